package tools_test

import (
	"maps"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// autumn makes a discount code of 30 percent, of which there are 50.
func autumn(t *testing.T) (s *testserver.Server, made testserver.Result, code map[string]any) {
	t.Helper()
	s = unasked(t)
	product := s.Highlight("digital product").ID
	made = s.Must("create_offer_code", map[string]any{
		"product_id": product, "name": "autumn30", "percent_off": 30, "max_purchase_count": 50})
	return s, made, map[string]any{"product_id": product, "offer_code_id": made.JSON["id"]}
}

func TestOfferCodes(t *testing.T) {
	t.Parallel()
	t.Run("30 percent is spelled out", func(t *testing.T) {
		_, made, _ := autumn(t)
		testserver.Want(t, made, map[string]any{"discount": "30% off", "percent_off": 30})
	})
	t.Run("30 cents are not taken for 30 percent", func(t *testing.T) {
		s := unasked(t)
		made := s.Must("create_offer_code",
			map[string]any{"product_id": s.Highlight("digital product").ID, "name": "smallchange", "amount_off_cents": 30})
		testserver.Want(t, made, map[string]any{"discount": "$0.30 off", "percent_off": nil})
	})
	t.Run("a percentage or an amount, not both and not none", func(t *testing.T) {
		for name, takesOff := range map[string]map[string]any{
			"both": {"percent_off": 30, "amount_off_cents": 30}, "none": {}, "the amount of before": {"amount_off": 30},
		} {
			takesOff["product_id"], takesOff["name"] = "Ink & Wash", "AUTUMN"
			s := unasked(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(gumroad.InvalidArguments, "create_offer_code", takesOff), "percent_off", "amount_off_cents")
			if s.WroteNothing(); t.Failed() {
				t.Fatal(name)
			}
		}
	})
	t.Run("a name that is taken is refused", func(t *testing.T) {
		s, _, code := autumn(t)
		again := map[string]any{"product_id": code["product_id"], "name": "autumn30", "amount_off_cents": 10}
		testserver.Says(t, s.Fails(gumroad.Rejected, "create_offer_code", again), "Gumroad said: ")
	})
	t.Run("the limit is changed and shown with the discount", func(t *testing.T) {
		s, _, code := autumn(t)
		change := maps.Clone(code)
		change["max_purchase_count"] = 60
		testserver.Want(t, s.Must("update_offer_code", change),
			map[string]any{"max_purchase_count": 60, "discount": "30% off"})
		testserver.Want(t, s.Must("get_offer_code", code), map[string]any{"max_purchase_count": 60, "name": "autumn30"})
	})
	t.Run("a deleted one is gone", func(t *testing.T) {
		s, _, code := autumn(t)
		s.Must("delete_offer_code", code)
		s.Fails(gumroad.NotFound, "get_offer_code", code)
	})
}
