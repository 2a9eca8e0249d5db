package reports_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// TestCounting is the guide's rules, one sale each.
func TestCounting(t *testing.T) {
	t.Parallel()
	type sale = map[string]any
	ordinary := map[string]any{"gross_cents": 1200.0, "refunds_cents": 0.0, "net_cents": 1200.0, "units": 1.0, "refunded_units": 0.0,
		"fees_cents": 170.0, "disputed_cents": 0.0, "after_fees_cents": 1030.0, "disputes": 0.0}
	with := func(changes map[string]any) map[string]any {
		want := maps.Clone(ordinary)
		maps.Copy(want, changes)
		return want
	}
	none := with(sale{"gross_cents": 0.0, "net_cents": 0.0, "units": 0.0, "fees_cents": 0.0, "after_fees_cents": 0.0})
	for _, c := range []struct {
		name  string
		sales []sale
		want  map[string]any
	}{
		{"a purchase", []sale{{}}, ordinary},
		{"several copies", []sale{{"quantity": 3}}, with(sale{"copies": 3.0})},
		{"a partial refund of thousands",
			[]sale{{"price": 240000, "formatted_total_price": "$2,400", "refunded": false, "partially_refunded": true,
				"amount_refundable_in_currency": "1,500.50"}},
			with(sale{"gross_cents": 240000.0, "refunds_cents": 89950.0, "net_cents": 150050.0, "refunded_units": 1.0, "partly_refunded_units": 1.0, "after_fees_cents": 149880.0})},
		{"a free one",
			[]sale{{"price": 0, "gumroad_fee": 0, "formatted_total_price": "$0", "amount_refundable_in_currency": "0"}},
			with(sale{"gross_cents": 0.0, "net_cents": 0.0, "fees_cents": 0.0, "after_fees_cents": 0.0, "free_units": 1.0})},
		{"a renewal",
			[]sale{{"recurring_charge": true, "subscription_id": "s"}},
			with(sale{"renewals": 1.0})},
		{"an upgrade",
			[]sale{{"is_upgrade_purchase": true, "subscription_id": "s", "free_trial_ended": true}},
			ordinary},
		{"the start of a trial, which looks paid",
			[]sale{{"paid": true, "free_trial_ended": false, "recurring_charge": false, "subscription_id": "s"}},
			with(sale{"gross_cents": 0.0, "net_cents": 0.0, "units": 0.0, "fees_cents": 0.0, "after_fees_cents": 0.0, "trials_started": 1.0})},
		{"the first charge after a trial",
			[]sale{{"free_trial_ended": true, "recurring_charge": true, "subscription_id": "s"}},
			with(sale{"renewals": 1.0})},
		{"a gift, the giver's", []sale{{"is_gift_sender_purchase": true}}, ordinary},
		{"a gift, the receiver's", []sale{{"is_gift_receiver_purchase": true, "price": 0}}, none},
		{"what a bundle holds",
			[]sale{{"is_bundle_purchase": true}, {"is_bundle_product_purchase": true, "price": 0, "gumroad_fee": 0}},
			ordinary},
		{"a pre-order that is not charged yet", []sale{{"is_preorder_authorization": true}}, none},
		{"the charge of a pre-order",
			[]sale{{"is_preorder_authorization": false, "is_in_preorder_state": false, "preorder_cancelled": false}},
			ordinary},
		{"a full refund",
			[]sale{{"refunded": true, "amount_refundable_in_currency": "0"}},
			with(sale{"refunds_cents": 1200.0, "net_cents": 0.0, "refunded_units": 1.0, "after_fees_cents": -170.0})},
		{"a partial refund",
			[]sale{{"refunded": false, "partially_refunded": true, "amount_refundable_in_currency": "7.50"}},
			with(sale{"refunds_cents": 450.0, "net_cents": 750.0, "refunded_units": 1.0, "partly_refunded_units": 1.0, "after_fees_cents": 580.0})},
		{"half of euros",
			[]sale{{"price": 1957, "currency": "eur", "formatted_total_price": "€18", "partially_refunded": true,
				"amount_refundable_in_currency": "9"}},
			with(sale{"gross_cents": 1957.0, "refunds_cents": 978.0, "net_cents": 979.0, "refunded_units": 1.0, "partly_refunded_units": 1.0, "after_fees_cents": 809.0})},
		{"an open dispute",
			[]sale{{"disputed": true, "chargedback": true}},
			with(sale{"disputes": 1.0, "disputed_cents": 1200.0, "after_fees_cents": -170.0})},
		{"a dispute won",
			[]sale{{"disputed": true, "dispute_won": true, "chargedback": false}},
			with(sale{"disputes": 1.0, "disputes_won": 1.0})},
		{"disputed after part was refunded",
			[]sale{{"disputed": true, "chargedback": true, "partially_refunded": true, "amount_refundable_in_currency": "7.50"}},
			with(sale{"refunds_cents": 450.0, "net_cents": 750.0, "refunded_units": 1.0, "partly_refunded_units": 1.0, "disputes": 1.0, "disputed_cents": 750.0,
				"after_fees_cents": -170.0})},
		{"another day in the store",
			[]sale{{"created_at": "2026-10-05T03:00:00Z", "daystamp": " 4 Oct 2026  8:00 PM"}},
			none},
		{"the same day in the store",
			[]sale{{"created_at": "2026-10-06T03:00:00Z", "daystamp": " 5 Oct 2026  8:00 PM"}},
			ordinary},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer := reportOf(t, c.sales...)
			if diff := cmp.Diff(c.want, pick(answer.JSON)); diff != "" {
				t.Errorf("sums (-want +got):\n%s", diff)
			}
			testserver.Want(t, answer, map[string]any{"complete": true})
		})
	}
}

func TestIncompleteSums(t *testing.T) {
	t.Parallel()
	t.Run("a refund of unknown size is named with the most it can be", func(t *testing.T) {
		answer := reportOf(t, map[string]any{"partially_refunded": true, "amount_refundable_in_currency": ""}, map[string]any{})
		testserver.Want(t, answer, map[string]any{"complete": false})
		testserver.Says(t, answer, "1 partly refunded sales, at most $12.00")
	})
	t.Run("a sale without a price is counted as missing", func(t *testing.T) {
		answer := reportOf(t, map[string]any{"price": nil})
		testserver.Want(t, answer, map[string]any{"complete": false})
		testserver.Says(t, answer, "the price of 1 sales")
	})
	t.Run("without local times days are UTC", func(t *testing.T) {
		testserver.Want(t, reportOf(t, map[string]any{"daystamp": ""}), map[string]any{"time_zone": "UTC", "units": 1})
	})
}

// TestPaidIn: what buyers paid in other currencies stands beside the sums and is not in them twice.
func TestPaidIn(t *testing.T) {
	t.Parallel()
	answer := reportOf(t,
		map[string]any{"price": 1957, "currency": "eur", "formatted_total_price": "€18",
			"amount_refundable_in_currency": "9", "partially_refunded": true},
		map[string]any{"price": 1000, "currency": "jpy", "formatted_total_price": "¥1,500",
			"amount_refundable_in_currency": "1,500"},
		map[string]any{"price": 1957, "currency": "eur", "formatted_total_price": "€18",
			"amount_refundable_in_currency": "0", "refunded": true})
	testserver.Want(t, answer, map[string]any{"gross_cents": 4914, "paid_in": []map[string]any{
		{"currency": "eur", "paid_cents": 3600, "refunded_cents": 2700, "units": 2},
		{"currency": "jpy", "paid_cents": 1500, "refunded_cents": 0, "units": 1},
	}})
}
