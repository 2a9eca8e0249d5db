package resources_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

const productTemplate = "gumroad://products/{product_id}{?connection_id}"

func complete(t *testing.T, s *testserver.Server, era, uri, argument, typed string, given map[string]any) (values []string, total int) {
	t.Helper()
	var of struct {
		Completion struct {
			Values  []string
			Total   int
			HasMore bool
		}
	}
	params := map[string]any{
		"ref":      map[string]any{"type": "ref/resource", "uri": uri},
		"argument": map[string]any{"name": argument, "value": typed},
	}
	if given != nil {
		params["context"] = map[string]any{"arguments": given}
	}
	if err := s.RPC(era, "completion/complete", params, &of); err != nil {
		t.Fatalf("%s %s: %+v", uri, argument, err)
	}
	if of.Completion.Values == nil || len(of.Completion.Values) > 100 || of.Completion.HasMore != (of.Completion.Total > len(of.Completion.Values)) {
		t.Errorf("%s %s: %+v", uri, argument, of.Completion)
	}
	return of.Completion.Values, of.Completion.Total
}

func TestCompletion(t *testing.T) {
	s := testserver.Start(t)
	idOf := map[string]string{}
	for _, row := range s.Must("list_products", map[string]any{"limit": 100}).JSON["products"].([]any) {
		row := row.(map[string]any)
		idOf[row["name"].(string)] = row["id"].(string)
	}
	ids := func(names ...string) []string {
		values := []string{}
		for _, name := range names {
			if idOf[name] == "" {
				t.Fatalf("the sandbox has no product %q", name)
			}
			values = append(values, idOf[name])
		}
		return values
	}
	second := s.Highlight("second connection").ID
	for _, era := range testserver.Eras {
		for typed, want := range map[string][]string{
			"gri":                    ids("Gridsmith for Figma", "The Quiet Grid"), // a beginning before a word
			"GRI":                    ids("Gridsmith for Figma", "The Quiet Grid"),
			"the quiet grid":         ids("The Quiet Grid"),
			"quiet-g":                ids("The Quiet Grid"), // by permalink
			"  ink & w":              ids("Ink & Wash: 48 Brushes for Procreate"),
			"和紙":                     ids("和紙テクスチャ集"),
			idOf["Layout Lint"][:10]: ids("Layout Lint"),
			"no such product":        {},
			"gumroad.com":            {}, // the address is not what is searched
		} {
			if values, _ := complete(t, s, era, productTemplate, "product_id", typed, nil); !cmp.Equal(values, want) {
				t.Errorf("%s %q: %q, want %q", era, typed, values, want)
			}
		}
		if values, total := complete(t, s, era, productTemplate, "product_id", "", nil); len(values) != len(idOf) || total != len(idOf) {
			t.Errorf("nothing typed: %d of %d", len(values), total)
		}
		theirs := s.Highlight("other store's product").ID
		if values, _ := complete(t, s, era, "gumroad://products/{product_id}/offer_codes{?connection_id}", "product_id", "", map[string]any{"connection_id": second}); !slices.Contains(values, theirs) || slices.Contains(values, idOf["The Quiet Grid"]) {
			t.Errorf("the second store's products are %q", values)
		}
		if values, _ := complete(t, s, era, productTemplate, "connection_id", "fjord", nil); !cmp.Equal(values, []string{second}) {
			t.Errorf("connections: %q", values)
		}
		if values, _ := complete(t, s, era, "gumroad://guide/{topic}", "topic", "", nil); !cmp.Equal(values, topics(t)) {
			t.Errorf("topics: %q", values)
		}
		if values, _ := complete(t, s, era, "gumroad://guide/{topic}", "topic", "Web", nil); !cmp.Equal(values, []string{"webhooks"}) {
			t.Errorf("topics: %q", values)
		}
		newest := s.Must("list_sales", map[string]any{"limit": 1}).JSON["sales"].([]any)[0].(map[string]any)
		for _, typed := range []string{newest["email"].(string), fmt.Sprintf("%.0f", newest["order_id"])} {
			if values, _ := complete(t, s, era, "gumroad://sales/{sale_id}{?connection_id}", "sale_id", typed, nil); !slices.Contains(values, newest["id"].(string)) {
				t.Errorf("sale by %q: %q", typed, values)
			}
		}
		for _, unknown := range [][2]string{{"gumroad://nope/{product_id}", "product_id"}, {productTemplate, "nope"}, {productTemplate, "product"},
			{"gumroad://guide/{topic}", "product_id"}, {"gumroad://subscribers/{subscriber_id}{?connection_id}", "subscriber_id"}, {"", ""}} {
			if values, _ := complete(t, s, era, unknown[0], unknown[1], "", nil); len(values) > 0 {
				t.Errorf("%q: %q", unknown, values)
			}
		}
	}
	if writes := s.Writes(); len(writes) > 0 {
		t.Error(writes)
	}
}

// firstPages counts the reads of the products, not those of their further pages.
func firstPages(s *testserver.Server) (n int) {
	for _, entry := range s.Sandbox.Journal() {
		if strings.HasSuffix(entry.Path, "/products") && entry.Query.Get("page_key") == "" {
			n++
		}
	}
	return n
}

func TestCompletionReadsOnce(t *testing.T) {
	var mu sync.Mutex
	now := testserver.Now
	s := testserver.Start(t, func(s *testserver.Settings) {
		s.Client.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	})
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if values, _ := complete(t, s, testserver.Eras[i%2], productTemplate, "product_id", "grid", nil); len(values) != 2 {
				t.Error(values)
			}
		})
	}
	group.Wait()
	if n := firstPages(s); n != 1 {
		t.Errorf("20 concurrent completions read the products %d times", n)
	}
	// Another store is another list, and after a while it is read anew.
	complete(t, s, testserver.Eras[0], productTemplate, "product_id", "", map[string]any{"connection_id": s.Highlight("second connection").ID})
	if n := firstPages(s); n != 2 {
		t.Errorf("%d reads for two stores", n)
	}
	mu.Lock()
	now = now.Add(time.Minute)
	mu.Unlock()
	complete(t, s, testserver.Eras[0], productTemplate, "product_id", "", nil)
	if n := firstPages(s); n != 3 {
		t.Errorf("%d reads after a minute", n)
	}
}

// TestCompletionDoesNotFail completes without a credential: an empty list, nothing remembered.
func TestCompletionDoesNotFail(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Tools.Policy.Exclude = []string{"list_products"} })
	if values, _ := complete(t, s, testserver.Eras[1], "gumroad://products/{product_id}", "product_id", "", nil); len(values) > 0 {
		t.Errorf("it shows what the policy hides: %q", values)
	}
	if err := s.RPC(testserver.Eras[1], "completion/complete", map[string]any{
		"ref": map[string]any{"type": "ref/nothing"}, "argument": map[string]any{"name": "a", "value": "b"},
	}, &json.RawMessage{}); err == nil {
		t.Error("an unknown kind of reference is accepted")
	}
}
