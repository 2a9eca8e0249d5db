package tools_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// prices returns every product's price in dollars, by its name.
func prices(s *testserver.Server) map[string]any {
	all := map[string]any{}
	for _, row := range s.Must("list_products", map[string]any{"limit": 100}).Rows("products") {
		if row["currency"] == "usd" {
			all[row["name"].(string)] = row["price_cents"]
		}
	}
	return all
}

func TestChangePrices(t *testing.T) {
	t.Parallel()
	ten := map[string]any{"percent": 10, "currency": "USD", "except": []string{"Gridsmith", "The Quiet Grid"}}
	t.Run("all that are paid, but those excepted", func(t *testing.T) {
		s := unasked(t)
		want, count := prices(s), 0
		for name, price := range want {
			if cents, _ := price.(float64); name != "Gridsmith for Figma" && name != "The Quiet Grid" && cents > 0 {
				want[name] = cents * 11 / 10
				count++
			}
		}
		done := s.Must("change_prices", ten)
		testserver.Want(t, done, map[string]any{"count": count, "complete": true, "passed_by": []string{"Pixel & Page Club"}})
		if diff := cmp.Diff(want, prices(s)); diff != "" {
			t.Errorf("prices (-want +got):\n%s", diff)
		}
	})
	t.Run("an amount, for some", func(t *testing.T) {
		s := unasked(t)
		s.Must("change_prices", map[string]any{"amount_cents": -100, "currency": "usd", "products": "Gridsmith"})
		testserver.Want(t, s.Must("get_product", map[string]any{"product_id": "Gridsmith"}), map[string]any{"price_cents": 4800})
	})
	t.Run("asks with every old and new price", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		s.Sandbox.ResetJournal()
		asked := s.Fails(tool.ConfirmationRequired, "change_prices", ten)
		testserver.Says(t, asked, "Change the prices of 11 products?", "\n\"Layout Lint\": $29.00 -> $31.90\n", "\npercent: 10")
		testserver.SaysNot(t, asked, "Gridsmith for Figma")
		s.WroteNothing()
		raise := map[string]any{"product_id": "Layout Lint", "price_cents": 3000}
		raise["confirm_token"] = s.Fails(tool.ConfirmationRequired, "update_product", raise).JSON["confirm_token"]
		s.Must("update_product", raise)
		again := map[string]any{"confirm_token": asked.JSON["confirm_token"]}
		for name, value := range ten {
			again[name] = value
		}
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "change_prices", again), "earlier state of the record", "$30.00 -> $33.00")
	})
	for _, c := range []struct {
		name      string
		arguments map[string]any
		says      string
	}{
		{"neither percent nor amount", map[string]any{"currency": "usd"}, "exactly one of percent and amount_cents"},
		{"a currency of none", map[string]any{"percent": 10, "currency": "gbp"}, "No price would change"},
		{"a product in another currency", map[string]any{"percent": 10, "currency": "usd", "products": "Aquarell"}, "is sold in eur"},
		{"a price of nothing", map[string]any{"amount_cents": -300, "currency": "usd"}, "would fall to nothing"},
		{"a product that is not there", map[string]any{"percent": 10, "currency": "usd", "except": "Nothing"}, `"Nothing"`},
	} {
		t.Run(c.name+" is refused before anything changes", func(t *testing.T) {
			s := testserver.Start(t, testserver.FirstStore)
			s.Sandbox.ResetJournal()
			refused := s.Call("change_prices", c.arguments)
			if !refused.IsError {
				t.Errorf("want an error, got %s", refused.Text)
			}
			testserver.Says(t, refused, c.says, "Nothing was changed.")
			s.WroteNothing()
		})
	}
	t.Run("what is refused is told, and the rest goes on", func(t *testing.T) {
		s := unasked(t)
		done := s.Must("change_prices", map[string]any{"percent": -90, "currency": "usd", "products": []string{"Wallpapers", "Gridsmith"}})
		testserver.Want(t, done, map[string]any{"count": 1, "complete": false, "not_tried": nil})
		testserver.Says(t, done, "Paper Texture Wallpapers (rejected)", "$0.99")
	})
	t.Run("a lost answer stops, and says what nobody knows", func(t *testing.T) {
		s := unasked(t)
		s.Sandbox.Inject(sandbox.Fault{Method: "PUT", Kind: sandbox.FaultLost, After: 2, Count: 1})
		s.Sandbox.ResetJournal()
		done := s.Must("change_prices", ten)
		testserver.Want(t, done, map[string]any{"count": 2, "complete": false})
		testserver.Says(t, done, "(outcome_unknown)", `"not_tried":["`)
		if writes := len(s.Writes()); writes != 3 {
			t.Errorf("want 3 changes sent, got %d", writes)
		}
	})
	t.Run("a lost answer of the first is the call's", func(t *testing.T) {
		s := unasked(t)
		s.Sandbox.Inject(sandbox.Fault{Method: "PUT", Kind: sandbox.FaultLost, Count: 1})
		testserver.Says(t, s.Fails(gumroad.OutcomeUnknown, "change_prices", ten), "gumroad_list_products")
	})
}
