package tools_test

import (
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestRefunds(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (s *testserver.Server, sale string) {
		s = unasked(t)
		return s, s.Highlight("JPY sale not refunded").ID
	}
	t.Run("a half leaves the other half", func(t *testing.T) { // of ¥1,500, which has no cents
		s, sale := start(t)
		left := func() testserver.Result { return s.Must("get_sale", map[string]any{"sale_id": sale}) }
		testserver.Want(t, left(), map[string]any{"refundable_cents": 1500})
		half := map[string]any{"sale_id": sale, "amount_cents": 500} // which US cents hit to a yen
		testserver.Want(t, s.Must("refund_sale", half), map[string]any{"refunded_now_cents": 500, "refunded_before_cents": 0,
			"left_to_refund_cents": 1001, "currency": "jpy", "refunded": false})
		half["amount_cents"] = 250
		testserver.Want(t, s.Must("refund_sale", half), map[string]any{"refunded_now_cents": 250, "refunded_before_cents": 499,
			"left_to_refund_cents": 750, "currency": "jpy", "refunded": false})
		testserver.Want(t, left(), map[string]any{"refundable_cents": 750})
	})
	t.Run("more than remains is rejected", func(t *testing.T) {
		s, sale := start(t)
		s.Must("refund_sale", map[string]any{"sale_id": sale, "amount_cents": 750})
		s.Fails(gumroad.Rejected, "refund_sale", map[string]any{"sale_id": sale, "amount_cents": 751})
	})
	t.Run("what was only tried cannot be refunded", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		member := s.Must("get_subscriber", map[string]any{"subscriber_id": s.Highlight("subscriber in a free trial").ID})
		trial := member.JSON["purchase_ids"].([]any)[0]
		testserver.Says(t, s.Fails(gumroad.Rejected, "refund_sale", map[string]any{"sale_id": trial}), "free trial")
	})
	t.Run("without an amount it is all that remains", func(t *testing.T) {
		s, sale := start(t)
		s.Must("refund_sale", map[string]any{"sale_id": sale, "amount_cents": 750})
		testserver.Want(t, s.Must("refund_sale", map[string]any{"sale_id": sale}),
			map[string]any{"refunded": true, "refunded_now_cents": 750, "left_to_refund_cents": 0})
	})
}

func TestShipping(t *testing.T) {
	t.Parallel()
	s := unasked(t)
	shipped := s.Must("mark_sale_shipped", map[string]any{
		"sale_id": s.Highlight("physical sale not shipped").ID, "tracking_url": "https://post.example.org/1"})
	testserver.Want(t, shipped, map[string]any{"shipped": true, "tracking_url": "https://post.example.org/1"})
}
