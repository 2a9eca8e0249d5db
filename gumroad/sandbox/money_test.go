package sandbox_test

import (
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// TestRefundsGoThroughDollars: the server keeps refunds in US cents, so that amounts of other currencies come back rounded.
func TestRefundsGoThroughDollars(t *testing.T) {
	const eur, jpy = "PUT /sales/{EUR sale}/refund", "PUT /sales/{JPY sale not refunded}/refund"
	tooBig := refused("Refund amount cannot be greater than the purchase price.")
	left := func(amount string) string {
		return `{"sale":{"refunded":false,"partially_refunded":true,"amount_refundable_in_currency":"` + amount + `"}}`
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "five euros of eighteen leave a cent more", do: eur, body: "amount_cents=500", has: left("13.01")},
		{name: "what is said to remain completes the refund", given: []string{eur + " amount_cents=500"}, do: eur, body: "amount_cents=1301", has: `{"sale":{"refunded":true,"amount_refundable_in_currency":"0"}}`},
		{name: "thousands are separated", do: jpy, body: "amount_cents=1", has: left("1,499")},
	})
	t.Run("the price itself is more than what remains", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("POST /products name=Dear&price=10000 => id:product.id")
		s.step("PUT /products/{id}/enable")
		s.names["sale"] = s.buy(sandbox.Purchase{Product: "{id}"})
		s.step("PUT /sales/{sale}/refund amount_cents=4000")
		s.expect(row{do: "PUT /sales/{sale}/refund", body: "amount_cents=10000", is: tooBig})
		s.expect(row{do: "GET /sales/{sale}", has: left("60")})
	})
	checkRows(t, sandbox.Options{}, []row{
		{name: "an amount is compared before a free sale is refused", do: "PUT /sales/{free sale}/refund", body: "amount_cents=1", is: tooBig},
		{name: "an amount is compared before a failed sale is refused", do: "PUT /sales/{failed sale}/refund", body: "amount_cents=1201", is: tooBig},
	})
}

func TestFees(t *testing.T) {
	checkRows(t, sandbox.Options{}, []row{
		{name: "a card payment costs 12.9 percent and 80 cents", do: "GET /sales/{USD sale not refunded}", has: `{"sale":{"price":1200,"gumroad_fee":235}}`, lacks: "sale.payment_processor"},
		{name: "PayPal's costs 10 percent and 50 cents", do: "GET /sales/{sale whose PayPal balance is short}", has: `{"sale":{"price":1200,"gumroad_fee":170,"payment_processor":"paypal"}}`},
		{name: "the seller's own Stripe account costs as much", do: "GET /sales/{sale on a disconnected Stripe account}", has: `{"sale":{"price":2400,"gumroad_fee":290,"payment_processor":"stripe_connect"}}`},
		{name: "Discover takes 30 percent", do: "GET /sales/{sale through Discover}", has: `{"sale":{"price":1200,"gumroad_fee":360,"discover_fee_charged":true}}`},
		{name: "a free sale costs nothing", do: "GET /sales/{free sale}", has: `{"sale":{"gumroad_fee":0}}`},
		{name: "an untaxed sale does not say whether its price includes tax", do: "GET /sales/{USD sale not refunded}", lacks: "sale.tax_included_in_price"},
	})
}

func TestAmountsOfOtherCurrencies(t *testing.T) {
	tooLow := func(least string) string { return refused("Sorry, a product must be at least " + least + ".") }
	checkRows(t, sandbox.Options{}, []row{
		{name: "Singapore dollars begin with SGD$", do: "POST /products", body: "name=x&price=1&price_currency_type=sgd", is: tooLow("SGD$0.99")},
		{name: "the zloty stands behind", do: "POST /products", body: "name=x&price=1&price_currency_type=pln", is: tooLow("3.79 zł")},
		{name: "the koruna stands behind", do: "POST /products", body: "name=x&price=1&price_currency_type=czk", is: tooLow("21.49 Kč")},
		{name: "the lowest dollar price is in cents", do: "POST /products", body: "name=x&price=99", has: `{"product":{"formatted_price":"99¢"}}`},
	})
}

func TestRefundedFlag(t *testing.T) {
	checkRows(t, sandbox.Options{}, []row{
		{name: "false on a sale that was paid", do: "GET /sales/{USD sale not refunded}", has: `{"sale":{"refunded":false}}`},
		{name: "absent on a free sale", do: "GET /sales/{free sale}", has: `{"success":true}`, lacks: "sale.refunded"},
		{name: "absent on a failed sale", do: "GET /sales/{failed sale}", has: `{"success":true}`, lacks: "sale.refunded"},
		{name: "absent at the start of a trial", given: []string{"GET /subscribers/{subscriber in a free trial} => trial:subscriber.purchase_ids.0"}, do: "GET /sales/{trial}", has: `{"success":true}`, lacks: "sale.refunded"},
	})
}

func TestFreeTrials(t *testing.T) {
	trial := []string{"GET /subscribers/{subscriber in a free trial} => trial:subscriber.purchase_ids.0"}
	checkRows(t, sandbox.Options{}, []row{
		{name: "the row of a trial shows what it will cost", given: trial, do: "GET /sales/{trial}", has: `{"sale":{"price":900,"paid":true,"formatted_total_price":"$9 a month","amount_refundable_in_currency":"9","recurring_charge":false,"free_trial_ended":false}}`},
		{name: "a trial is in no sum", given: trial, do: "GET /sales/summary?group_by=product&from=2026-03-07&to=2026-03-07", has: `{"units":1,"breakdown":[{"key":"{digital product}"}]}`},
	})
	t.Run("a trial ends on a day of UTC", func(t *testing.T) {
		// Begun at 02:00 in UTC, it is still the day before in Los Angeles.
		s := serve(t, sandbox.Options{Now: func() time.Time { return time.Date(2026, 3, 10, 2, 0, 0, 0, time.UTC) }})
		s.step(trial[0])
		s.expect(row{do: "GET /sales/{trial}", has: `{"sale":{"created_at":"2026-03-07T02:00:00Z","free_trial_ends_on":"Mar 14, 2026"}}`})
	})
}

func TestGifts(t *testing.T) {
	const sender, receiver = "{gift, sender's row}", "{gift, receiver's row}"
	const verify = "POST /licenses/verify"
	key := "increment_uses_count=false&product_id={licensed product}&license_key={gift, receiver's row.key}"
	checkRows(t, sandbox.Options{}, []row{
		{name: "the sender's row shows the receiver's licence", given: []string{"GET /sales/" + receiver + " => id:sale.license_id"}, do: "GET /sales/" + sender, has: `{"sale":{"license_key":"{gift, receiver's row.key}","license_id":"{id}"}}`},
		{name: "the receiver's licence is of a refunded purchase once the sender is refunded", given: []string{"PUT /sales/" + sender + "/refund"}, do: verify, body: key, has: `{"purchase":{"refunded":true}}`},
		{name: "and so is the receiver's row", given: []string{"PUT /sales/" + sender + "/refund"}, do: "GET /sales/" + receiver, has: `{"sale":{"refunded":true,"partially_refunded":false}}`},
		{name: "a partial refund marks the receiver's row", given: []string{"PUT /sales/" + sender + "/refund amount_cents=100"}, do: "GET /sales/" + receiver, has: `{"sale":{"partially_refunded":true}}`, lacks: "sale.refunded"},
		{name: "a gift that was not refunded", do: verify, body: key, has: `{"purchase":{"refunded":false,"chargebacked":false}}`},
	})
	t.Run("a dispute of the sender's is one of the receiver's", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		if err := s.Happen(sandbox.Event{Name: "dispute", ID: s.fill(sender)}); err != nil {
			t.Fatal(err)
		}
		s.expect(row{do: verify, body: key, has: `{"purchase":{"chargebacked":true,"disputed":true}}`})
	})
}
