package tool_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// walk lists sales to the end and returns their ids; between says what happens between two pages.
func walk(call func(string, map[string]any) testserver.Result, arguments map[string]any, between func()) []string {
	arguments = maps.Clone(arguments)
	var walked []string
	for {
		answer := call("list_sales", arguments)
		walked = append(walked, answer.IDs("sales")...)
		key, more := answer.JSON["next_page_key"]
		if !more {
			return walked
		}
		arguments["page_key"] = key
		between()
	}
}

// TestEveryRowOnce walks with whatever limits while sales arrive, and compares with what was there at the start.
func TestEveryRowOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Sandbox.Sales = 1 })
		product := s.Highlight("digital product").ID
		from := map[string]any{"after": "2026-10-15", "limit": 100}
		there := walk(s.Must, from, func() {})
		if len(there) < 12 {
			r.Fatalf("want at least 12 sales to walk, got %d", len(there))
		}
		from["limit"] = rapid.IntRange(1, 25).Draw(r, "limit")
		walked := walk(s.Must, from, func() {
			for range rapid.IntRange(0, 12).Draw(r, "sales arriving") {
				if _, err := s.Sandbox.Buy(sandbox.Purchase{Product: product}); err != nil {
					r.Fatal(err)
				}
			}
		})
		if diff := cmp.Diff(there, walked); diff != "" {
			r.Fatalf("sales (-there +walked):\n%s", diff)
		}
	})
}

func TestListEnds(t *testing.T) {
	t.Parallel()
	for _, server := range []struct {
		name string
		old  bool
	}{{"Gumroad sends pages", false}, {"Gumroad of 2025 sends all products at once", true}} {
		t.Run(server.name, func(t *testing.T) {
			s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Sandbox.Compat2025 = server.old })
			all := s.Must("list_products", map[string]any{"limit": 100})
			testserver.Want(t, all, map[string]any{"next_page_key": nil})
			first := s.Must("list_products", map[string]any{"limit": 7})
			rest := s.Must("list_products", map[string]any{"limit": 100, "page_key": first.JSON["next_page_key"]})
			parts := append(first.IDs("products"), rest.IDs("products")...)
			if diff := cmp.Diff(all.IDs("products"), parts); diff != "" {
				t.Errorf("products (-whole +in parts):\n%s", diff)
			}
			if got := len(first.IDs("products")); got != 7 {
				t.Errorf("want 7 rows at first, got %d", got)
			}
		})
	}
}

func TestPageKeys(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	t.Run("a word that is no key is refused", func(t *testing.T) {
		all.In(t).Fails(gumroad.InvalidArguments, "list_products", map[string]any{"page_key": "garbage"})
	})
	t.Run("a row that is not in the list has it listed anew", func(t *testing.T) {
		key := map[string]any{"page_key": "~" + all.Highlight("USD sale not refunded").ID}
		testserver.Says(t, all.In(t).Fails(gumroad.InvalidArguments, "list_products", key), "List again without page_key.")
	})
	t.Run("a page that names itself as the next is an error", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		s.Sandbox.Inject(sandbox.Fault{Path: "/sales", Kind: sandbox.FaultRepeatPage, After: 1})
		s.Fails(gumroad.UpstreamUnavailable, "list_sales", map[string]any{"limit": 100})
	})
}

// TestResultsAreBounded has rows that do not fit: whole ones are cut, and the next page continues behind them.
func TestResultsAreBounded(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	cuts := 0
	bounded := func(name string, arguments map[string]any) testserver.Result {
		answer := s.Must(name, arguments)
		if len(answer.Text) > tool.MaxResult {
			t.Errorf("want at most %d bytes, got %d", tool.MaxResult, len(answer.Text))
		}
		if !json.Valid([]byte(answer.Text)) {
			t.Errorf("want JSON, got %s", answer.Text)
		}
		if left, cut := answer.JSON["left_out"].(float64); cut {
			cuts++
			if answer.JSON["next_page_key"] == nil {
				t.Error("rows are left out and there is no next page")
			}
			if shown := len(answer.IDs("sales")); shown == 0 || int(left)+shown > 100 {
				t.Errorf("%v rows left out and %d shown of at most 100", left, shown)
			}
		}
		return answer
	}
	full := walk(bounded, map[string]any{"limit": 100, "detail": "full", "after": "2026-10-01"}, func() {})
	if cuts == 0 {
		t.Error("nothing was ever cut")
	}
	if diff := cmp.Diff(walk(s.Must, map[string]any{"limit": 10, "after": "2026-10-01"}, func() {}), full); diff != "" {
		t.Errorf("sales (-in small pages +in cut ones):\n%s", diff)
	}
}

// TestRowsAreConcise keeps what a row costs.
func TestRowsAreConcise(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	concise := s.Must("list_sales", map[string]any{"limit": 10})
	full := s.Must("list_sales", map[string]any{"limit": 10, "detail": "full"})
	t.Run("a concise list is at most half of a full one", func(t *testing.T) {
		if len(concise.Text)*2 > len(full.Text) {
			t.Errorf("concise %d bytes, full %d", len(concise.Text), len(full.Text))
		}
	})
	for name, list := range map[string]testserver.Result{"concise": concise, "full": full} {
		t.Run("a "+name+" row has no empty members", func(t *testing.T) {
			testserver.SaysNot(t, list, ":null", `:""`, ":[]", ":{}")
		})
	}
	t.Run("the id of a row stands last", func(t *testing.T) {
		for _, id := range concise.IDs("sales") {
			testserver.Says(t, concise, fmt.Sprintf(`"id":"%s"}`, id))
		}
		if got := strings.Count(concise.Text, `"id":"`); got != 10 {
			t.Errorf("want ten ids, got %d", got)
		}
	})
}

// TestFieldsByName: rows have the fields that are named, and their ids.
func TestFieldsByName(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	t.Run("only these and the id", func(t *testing.T) {
		for _, row := range all.In(t).Must("list_sales", map[string]any{"limit": 100, "detail": "email, currency"}).Rows("sales") {
			if len(row) != 3 && row["cleaned"] == nil || row["email"] == nil || row["currency"] == nil || row["id"] == nil {
				t.Fatalf("got %v", row)
			}
		}
	})
	t.Run("a hundred rows with answers fit", func(t *testing.T) {
		answer := all.In(t).Must("list_sales",
			map[string]any{"limit": 100, "detail": "email,custom_fields", "has_custom_fields": true})
		testserver.Want(t, answer, map[string]any{"left_out": nil})
	})
	t.Run("what is large has to be named", func(t *testing.T) {
		const large = "purchasing_power_parity_prices"
		named := all.In(t).Must("list_products", map[string]any{"detail": large, "limit": 1}).Rows("products")[0]
		if prices, _ := named[large].(map[string]any); len(prices) < 200 {
			t.Errorf("want a price for every country, got %d", len(prices))
		}
		testserver.SaysNot(t, all.In(t).Must("get_product", map[string]any{"product_id": named["id"]}), large)
	})
	for name, detail := range map[string]string{"a field that is not there": "email,emial", "none": " , "} {
		t.Run(name+" lists those that are", func(t *testing.T) {
			refused := all.In(t).Fails(gumroad.InvalidArguments, "list_subscribers",
				map[string]any{"product_id": "Club", "detail": detail})
			testserver.Says(t, refused, "Give concise, full, or names of fields", "Nothing was changed.")
		})
	}
	t.Run("a misspelt one is told what it may have meant", func(t *testing.T) {
		testserver.Says(t, all.In(t).Fails(gumroad.InvalidArguments, "list_sales", map[string]any{"detail": "emal"}),
			`did you mean "email"?`, "custom_fields, ")
	})
}

// TestFilterOfOurs: rows that a filter passes over are neither shown nor lost, page after page.
func TestFilterOfOurs(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	collect := func(arguments map[string]any, limit int) (ids []string) {
		arguments["limit"] = limit
		for calls := 0; calls < 200; calls++ {
			page := s.Must("list_sales", arguments)
			for _, row := range page.Rows("sales") {
				ids = append(ids, row["id"].(string))
			}
			key, more := page.JSON["next_page_key"]
			if !more {
				return ids
			}
			arguments["page_key"] = key
		}
		t.Fatal("the list does not end")
		return nil
	}
	var answered, silent []string
	arguments := map[string]any{"limit": 100, "detail": "custom_fields"}
	for more := true; more; {
		page := s.Must("list_sales", arguments)
		for _, row := range page.Rows("sales") {
			if row["custom_fields"] != nil {
				answered = append(answered, row["id"].(string))
			} else {
				silent = append(silent, row["id"].(string))
			}
		}
		arguments["page_key"], more = page.JSON["next_page_key"]
	}
	if len(answered) == 0 {
		t.Fatal("nobody answered anything")
	}
	for _, limit := range []int{7, 100} {
		if diff := cmp.Diff(answered, collect(map[string]any{"has_custom_fields": true}, limit)); diff != "" {
			t.Errorf("with answers, %d a call (-want +got):\n%s", limit, diff)
		}
		if diff := cmp.Diff(silent, collect(map[string]any{"has_custom_fields": false}, limit)); limit > 10 && diff != "" {
			t.Errorf("without, %d a call (-want +got):\n%s", limit, diff)
		}
	}
	t.Run("a search for nothing ends, and says where it goes on", func(t *testing.T) {
		s := s.In(t)
		s.Sandbox.ResetJournal()
		page := s.Must("list_sales", map[string]any{"has_custom_fields": true, "email": "tomas.sato1@example.com"})
		if len(page.Rows("sales")) != 0 || page.JSON["next_page_key"] != nil {
			t.Errorf("want an empty list that is complete, got %s", page.Text)
		}
	})
	t.Run("a long search stops, and says how far it came", func(t *testing.T) {
		page := s.In(t).Must("list_sales", map[string]any{"has_custom_fields": true, "limit": 100, "detail": "email"})
		testserver.Want(t, page, map[string]any{"searched": 500, "left_out": nil})
		if page.JSON["next_page_key"] == nil {
			t.Error("want a key to go on with")
		}
	})
	t.Run("rows with answers are marked", func(t *testing.T) {
		for _, row := range s.In(t).Must("list_sales", map[string]any{"has_custom_fields": true}).Rows("sales") {
			if row["has_custom_fields"] != true {
				t.Errorf("got %v", row)
			}
		}
	})
}
