package tools_test

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
)

func rows(r testserver.Result, name string) []map[string]any {
	var rows []map[string]any
	for _, row := range r.JSON[name].([]any) {
		rows = append(rows, row.(map[string]any))
	}
	return rows
}

func ids(r testserver.Result, name string) []string {
	var ids []string
	for _, row := range rows(r, name) {
		ids = append(ids, row["id"].(string))
	}
	return ids
}

// walk lists to the end and returns the ids; between says what happens between two pages.
func walk(call func(string, map[string]any) testserver.Result, arguments map[string]any, between func()) []string {
	arguments = maps.Clone(arguments)
	var walked []string
	for {
		answer := call("list_sales", arguments)
		walked = append(walked, ids(answer, "sales")...)
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
	rapid.Check(t, func(r *rapid.T) {
		s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Sandbox.Sales = 260 })
		product := s.Highlight("digital product").ID
		from := map[string]any{"after": "2026-10-15", "limit": 100}
		there := walk(s.Must, from, func() {})
		if len(there) < 12 {
			r.Fatalf("only %d sales to walk", len(there))
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
			r.Fatalf("-there +walked:\n%s", diff)
		}
	})
}

func TestListEnds(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	all := s.Must("list_products", map[string]any{"limit": 100})
	if all.JSON["next_page_key"] != nil {
		t.Error("the end has a next page")
	}
	names := ids(all, "products")
	half := s.Must("list_products", map[string]any{"limit": 7})
	rest := s.Must("list_products", map[string]any{"limit": 100, "page_key": half.JSON["next_page_key"]})
	if diff := cmp.Diff(names, append(ids(half, "products"), ids(rest, "products")...)); diff != "" {
		t.Error(diff)
	}
	s.Fails(gumroad.InvalidArguments, "list_products", map[string]any{"page_key": "garbage"})
	gone := s.Fails(gumroad.InvalidArguments, "list_products", map[string]any{"page_key": "~" + s.Highlight("USD sale not refunded").ID})
	if !strings.Contains(gone.Text, "without page_key") {
		t.Error(gone.Text)
	}
}

func TestOldServersSendAllProductsAtOnce(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Sandbox.Compat2025 = true })
	first := s.Must("list_products", map[string]any{"limit": 4})
	rest := s.Must("list_products", map[string]any{"limit": 100, "page_key": first.JSON["next_page_key"]})
	all := s.Must("list_products", map[string]any{"limit": 100})
	if diff := cmp.Diff(ids(all, "products"), append(ids(first, "products"), ids(rest, "products")...)); diff != "" {
		t.Error(diff)
	}
}

func TestRepeatedPageKeyIsAnError(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	s.Sandbox.Inject(sandbox.Fault{Path: "/sales", Kind: sandbox.FaultRepeatPage, After: 1})
	s.Fails(gumroad.UpstreamUnavailable, "list_sales", map[string]any{"limit": 100})
}

// TestResultsAreBounded has rows that do not fit: whole ones are cut, and the next page continues behind them.
func TestResultsAreBounded(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	cuts := 0
	bounded := func(name string, arguments map[string]any) testserver.Result {
		answer := s.Must(name, arguments)
		if len(answer.Text) > 20_000 || !json.Valid([]byte(answer.Text)) {
			t.Fatalf("%d characters", len(answer.Text))
		}
		if left, cut := answer.JSON["left_out"].(float64); cut {
			cuts++
			if answer.JSON["next_page_key"] == nil || int(left)+len(ids(answer, "sales")) > 100 {
				t.Errorf("%v left out of %d", left, len(ids(answer, "sales")))
			}
		}
		return answer
	}
	full := walk(bounded, map[string]any{"limit": 100, "detail": "full", "after": "2026-10-01"}, func() {})
	if cuts == 0 {
		t.Error("nothing was ever cut")
	}
	if diff := cmp.Diff(walk(s.Must, map[string]any{"limit": 10, "after": "2026-10-01"}, func() {}), full); diff != "" {
		t.Error(diff)
	}
}

// TestRowsAreConcise keeps what a row costs.
func TestRowsAreConcise(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	concise := s.Must("list_sales", map[string]any{"limit": 10})
	full := s.Must("list_sales", map[string]any{"limit": 10, "detail": "full"})
	if len(concise.Text)*2 > len(full.Text) {
		t.Errorf("concise %d bytes, full %d", len(concise.Text), len(full.Text))
	}
	for _, text := range []string{concise.Text, full.Text} {
		for _, empty := range []string{":null", `:""`, ":[]", ":{}"} {
			if strings.Contains(text, empty) {
				t.Errorf("%s in %s", empty, text)
			}
		}
	}
	for i, row := range rows(concise, "sales") {
		if !strings.HasSuffix(strings.SplitAfter(concise.Text, fmt.Sprint(row["id"]))[0], fmt.Sprintf(`"id":"%s`, row["id"])) {
			t.Errorf("row %d: the id is not where it should be", i)
		}
	}
}
