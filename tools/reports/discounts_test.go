package reports_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// TestListDiscounts compares with the codes of every product, read one after another.
func TestListDiscounts(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, smallStore)
	b := books{t, s.Sandbox}
	want := map[string]string{}
	products := b.list("/products", "products", url.Values{})
	for _, product := range products {
		codes := "/products/" + url.PathEscape(product["id"].(string)) + "/offer_codes"
		for _, row := range b.list(codes, "offer_codes", url.Values{}) {
			left := "any"
			if row["max_purchase_count"] != nil {
				left = fmt.Sprint(max(number(row["max_purchase_count"])-number(row["times_used"]), 0))
			}
			where := "every product"
			if row["universal"] != true {
				where = product["name"].(string)
			}
			name := row["name"]
			if name == nil || name == "" { // made for an upsell
				name = row["id"]
			}
			want[name.(string)] = fmt.Sprintf("used %d, left %s of %v, on %s",
				number(row["times_used"]), left, row["max_purchase_count"], where)
		}
	}
	s.Sandbox.ResetJournal()
	answer := s.Must("list_discounts", nil)
	sent := s.Requests()
	t.Run("every code is there once", func(t *testing.T) {
		got := map[string]string{}
		for _, row := range answer.Rows("discounts") {
			left, where := "any", "every product"
			if n, limited := row["left"].(float64); limited {
				left = fmt.Sprint(int(n))
			}
			if row["universal"] != true {
				where = row["product"].(string)
			}
			name := row["code"]
			if row["unnamed"] == true {
				name = row["id"]
			}
			got[name.(string)] = fmt.Sprintf("used %d, left %s of %v, on %s",
				int(row["used"].(float64)), left, row["limit"], where)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
		if rows := len(answer.Rows("discounts")); rows != len(want) {
			t.Errorf("want %d rows, got %d", len(want), rows)
		}
		testserver.Want(t, answer, map[string]any{"complete": true})
		checkBounded(t, answer)
	})
	t.Run("each product takes one request", func(t *testing.T) {
		if want := len(products) + 2; len(sent) != want { // two pages of products
			t.Errorf("want %d requests, got %d", want, len(sent))
		}
	})
	t.Run("amounts are spelled out in their currency", func(t *testing.T) {
		testserver.Says(t, answer, `"10% off"`, `"$2.00 off"`, `"€3.00 off"`)
	})
	t.Run("one product has its own and the universal ones", func(t *testing.T) {
		one := s.In(t).Must("list_discounts", map[string]any{"product_id": s.Highlight("EUR product").ID})
		if got := len(one.Rows("discounts")); got != 2 {
			t.Errorf("want 2 codes, got %d: %s", got, one.Text)
		}
	})
}

func TestListDiscountsOfAPart(t *testing.T) {
	t.Parallel()
	t.Run("a product that cannot be read is named", func(t *testing.T) {
		s := testserver.Start(t, smallStore)
		product := s.Highlight("EUR product").ID
		s.Sandbox.Inject(sandbox.Fault{Path: "/products/" + product + "/offer_codes", Kind: sandbox.FaultBig})
		part := s.Must("list_discounts", nil)
		testserver.Want(t, part,
			map[string]any{"complete": false, "missing": []string{"Aquarellpapier-Texturen (upstream_unavailable)"}})
		testserver.SaysNot(t, part, "DREI")
	})
	t.Run("where none can be read it is an error", func(t *testing.T) {
		s := testserver.Start(t, smallStore)
		s.Sandbox.Inject(sandbox.Fault{Path: "/products/*/offer_codes", Kind: sandbox.FaultBig})
		s.Fails(gumroad.UpstreamUnavailable, "list_discounts", nil)
	})
}

// TestDiscountsAreBounded: more codes than fit are counted, not cut in the middle.
func TestDiscountsAreBounded(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	before := len(s.Must("list_discounts", nil).Rows("discounts"))
	product := s.Highlight("digital product").ID
	for i := range 150 {
		name := fmt.Sprintf("%s%d", strings.Repeat("x", 60), i)
		s.Must("create_offer_code",
			map[string]any{"product_id": product, "name": name, "percent_off": 10})
	}
	answer := s.Must("list_discounts", nil)
	shown := len(answer.Rows("discounts"))
	if shown < 20 {
		t.Errorf("want at least 20 codes shown, got %d", shown)
	}
	testserver.Want(t, answer, map[string]any{"left_out": before + 150 - shown})
	checkBounded(t, answer)
}
