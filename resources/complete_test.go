package resources_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

const (
	productTemplate    = "gumroad://products/{product_id}{?connection_id}"
	saleTemplate       = "gumroad://sales/{sale_id}{?connection_id}"
	subscriberTemplate = "gumroad://subscribers/{subscriber_id}{?connection_id}"
	guideTemplate      = "gumroad://guide/{topic}"
)

// complete returns the values of an argument that go on with what was typed, given other arguments.
func complete(t *testing.T, s *testserver.Server, era, uri, argument, typed string, given map[string]any) []string {
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
	if of.Completion.Total != len(of.Completion.Values) || of.Completion.HasMore { // so few that all of them fit
		t.Errorf("%s %s: want all values there are, got %+v", uri, argument, of.Completion)
	}
	return of.Completion.Values
}

func TestCompletion(t *testing.T) {
	s := testserver.Start(t)
	idOf := map[string]string{} // of the first store's products, by name
	var all []string
	for _, row := range s.Must("list_products", map[string]any{"limit": 100}).JSON["products"].([]any) {
		row := row.(map[string]any)
		idOf[row["name"].(string)] = row["id"].(string)
		all = append(all, row["id"].(string))
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
	newest := s.Must("list_sales", map[string]any{"limit": 1}).JSON["sales"].([]any)[0].(map[string]any)
	sale := []string{newest["id"].(string)}
	second, theirs := s.Highlight("second connection").ID, s.Highlight("other store's product").ID

	inBothEras(t, func(t *testing.T, era string) {
		for _, test := range []struct {
			name, uri, argument, typed string
			want                       []string
		}{
			{"a beginning comes before a word", productTemplate, "product_id", "gri",
				ids("Gridsmith for Figma", "The Quiet Grid")},
			{"case does not matter", productTemplate, "product_id", "GRI", ids("Gridsmith for Figma", "The Quiet Grid")},
			{"a whole name", productTemplate, "product_id", "the quiet grid", ids("The Quiet Grid")},
			{"a permalink", productTemplate, "product_id", "quiet-g", ids("The Quiet Grid")},
			{"spaces around", productTemplate, "product_id", "  ink & w", ids("Ink & Wash: 48 Brushes for Procreate")},
			{"another script", productTemplate, "product_id", "和紙", ids("和紙テクスチャ集")},
			{"an id", productTemplate, "product_id", idOf["Layout Lint"][:10], ids("Layout Lint")},
			{"what fits nothing", productTemplate, "product_id", "no such product", []string{}},
			{"an address is not searched", productTemplate, "product_id", "gumroad.com", []string{}},
			{"nothing typed", productTemplate, "product_id", "", all},
			{"a connection by its store's name", productTemplate, "connection_id", "fjord", []string{second}},
			{"all topics", guideTemplate, "topic", "", topics(t)},
			{"a topic", guideTemplate, "topic", "Web", []string{"webhooks"}},
			{"a sale by its buyer", saleTemplate, "sale_id", newest["email"].(string), sale},
			{"a sale by its order", saleTemplate, "sale_id", fmt.Sprintf("%.0f", newest["order_id"]), sale},
			{"subscribers are not searched", subscriberTemplate, "subscriber_id", "", []string{}},
			{"an unknown template", "gumroad://nope/{product_id}", "product_id", "", []string{}},
			{"an unknown argument", productTemplate, "nope", "", []string{}},
			{"the beginning of an argument's name", productTemplate, "product", "", []string{}},
			{"another template's argument", guideTemplate, "product_id", "", []string{}},
			{"nothing at all", "", "", "", []string{}},
		} {
			t.Run(test.name, func(t *testing.T) {
				if diff := cmp.Diff(test.want, complete(t, s, era, test.uri, test.argument, test.typed, nil)); diff != "" {
					t.Errorf("values (-want +got):\n%s", diff)
				}
			})
		}
		t.Run("products are those of the connection that was given", func(t *testing.T) {
			uri := "gumroad://products/{product_id}/offer_codes{?connection_id}"
			got := complete(t, s, era, uri, "product_id", "", map[string]any{"connection_id": second})
			if !slices.Contains(got, theirs) || slices.Contains(got, idOf["The Quiet Grid"]) {
				t.Errorf("want the second store's products, with %s, got %q", theirs, got)
			}
		})
	})
	t.Run("nothing was written", func(t *testing.T) {
		if writes := s.Writes(); len(writes) > 0 {
			t.Errorf("got %q", writes)
		}
	})
}

func TestCompletionReadsOnce(t *testing.T) {
	var past atomic.Int64
	s := testserver.Start(t, func(s *testserver.Settings) {
		s.Client.Now = func() time.Time { return testserver.Now.Add(time.Duration(past.Load())) }
	})
	for _, test := range []struct {
		name    string
		perform func(t *testing.T)
		want    int
	}{
		{"many at once read the products once", func(t *testing.T) {
			var group sync.WaitGroup
			for i := range 20 {
				group.Go(func() {
					if got := complete(t, s, testserver.Eras[i%2], productTemplate, "product_id", "grid", nil); len(got) != 2 {
						t.Errorf("want two products, got %q", got)
					}
				})
			}
			group.Wait()
		}, 1},
		{"soon after they are not read again", func(t *testing.T) {
			complete(t, s, testserver.Eras[0], productTemplate, "product_id", "", nil)
		}, 0},
		{"another store is another list", func(t *testing.T) {
			second := map[string]any{"connection_id": s.Highlight("second connection").ID}
			complete(t, s, testserver.Eras[0], productTemplate, "product_id", "", second)
		}, 1},
		{"after a while they are read anew", func(t *testing.T) {
			past.Store(int64(time.Minute))
			complete(t, s, testserver.Eras[0], productTemplate, "product_id", "", nil)
		}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.Sandbox.ResetJournal()
			test.perform(t)
			reads := 0 // of the products' first page
			for _, entry := range s.Sandbox.Journal() {
				if strings.HasSuffix(entry.Path, "/products") && entry.Query.Get("page_key") == "" {
					reads++
				}
			}
			if diff := cmp.Diff(test.want, reads); diff != "" {
				t.Errorf("reads (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompletionShowsNothing(t *testing.T) {
	for _, test := range []struct {
		name   string
		uri    string
		change func(*testserver.Settings)
	}{
		{"of a tool that is off", "gumroad://products/{product_id}", func(s *testserver.Settings) {
			testserver.FirstStore(s)
			s.Tools.Policy.Exclude = []string{"list_products"}
		}},
		{"without a credential", productTemplate, withoutKey},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := testserver.Start(t, test.change)
			if got := complete(t, s, testserver.Eras[1], test.uri, "product_id", "", nil); len(got) > 0 {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestUnknownReference(t *testing.T) {
	err := testserver.Start(t).RPC(testserver.Eras[1], "completion/complete", map[string]any{
		"ref": map[string]any{"type": "ref/nothing"}, "argument": map[string]any{"name": "a", "value": "b"},
	}, &json.RawMessage{})
	if err == nil {
		t.Error("want an error, got none")
	}
}
