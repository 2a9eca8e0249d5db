package gumroad_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

func payoutOf(t *testing.T, members string) gumroad.Payout {
	t.Helper()
	client := answering(t, false, reply{status: 200, body: `{"success":true,"payout":{"id":"x",` + members + `}}`})
	payout, err := client.GetPayout(t.Context(), gumroad.GetPayout{PayoutID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return payout
}

// TestPayoutAmounts: Gumroad divides by a hundred whatever the currency, and nothing of it gets lost.
func TestPayoutAmounts(t *testing.T) {
	for _, c := range []struct {
		amount, currency string
		want             gumroad.Cents
	}{
		{`"150.00"`, "USD", 15000}, {`"0.07"`, "usd", 7}, {`"1234567.89"`, "eur", 123456789}, {`"150.00"`, "JPY", 15000},
		{`"-12.34"`, "usd", -1234}, {`"-0.07"`, "usd", -7}, {`"90071992547409.93"`, "usd", 9007199254740993}, {`150`, "usd", 15000},
		{`12.5`, "usd", 1250}, {`-0.0`, "usd", 0}, {`0.30000000000000004`, "usd", 30}, {`7.909999999999999`, "usd", 791},
		{`-2.9799999999999995`, "usd", -298}, {`"12.340"`, "usd", 1234}, {`1.15`, "usd", 115}, {`0.9999999999`, "usd", 100},
	} {
		t.Run(c.amount+" "+c.currency, func(t *testing.T) {
			got := payoutOf(t, `"amount":`+c.amount+`,"currency":"`+c.currency+`"`)
			if got.Amount == nil || *got.Amount != c.want || got.UnknownAmount.IsTrue() || got.Currency != strings.ToLower(c.currency) {
				t.Errorf("want %d, got %+v", c.want, got)
			}
		})
	}
	for _, amount := range []string{`"12.345"`, `"1,234.50"`, `"$5"`, `"1e3"`, `1e3`, `"twelve"`, `[1]`, `{"cents":1}`, `true`, `"12."`, `".5"`, `"99999999999999999999"`} {
		t.Run(amount+" is not guessed at", func(t *testing.T) {
			got := payoutOf(t, `"amount":`+amount)
			if got.Amount != nil || !got.UnknownAmount.IsTrue() {
				t.Errorf("got %+v", got)
			}
		})
	}
	t.Run("any amount is what it was", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			cents := rapid.Int64Range(-1<<53, 1<<53).Draw(rt, "cents")
			sign, whole := "", cents
			if cents < 0 {
				sign, whole = "-", -cents
			}
			got := payoutOf(t, fmt.Sprintf(`"amount":"%s%d.%02d"`, sign, whole/100, whole%100))
			if got.Amount == nil || int64(*got.Amount) != cents {
				rt.Fatalf("%d became %+v", cents, got.Amount)
			}
		})
	})
}

func TestPayoutTransactions(t *testing.T) {
	got := payoutOf(t, `"amount":"1.00","transactions":[
		{"type":"Sale","date":"2026-01-04","purchase_id":"s","item_name":"Demo","buyer_name":"J","buyer_email":"j@example.com","taxes":0.0,"shipping":1.5,"sale_price":10.0,"gumroad_fees":2.09,"net_total":7.91},
		{"type":"Payout Fee","date":"2026-01-05","purchase_id":"","taxes":"","shipping":"","sale_price":"","gumroad_fees":0.92,"net_total":-0.92},
		{"type":"Credit","sale_price":"some","net_total":null}]`).Transactions
	cents := func(n gumroad.Cents) *gumroad.Cents { return &n }
	want := []gumroad.PayoutTransaction{
		{Type: "Sale", Date: "2026-01-04", SaleID: "s", Item: "Demo", BuyerName: "J", BuyerEmail: "j@example.com",
			Shipping: cents(150), Price: cents(1000), Fees: cents(209), Net: cents(791)},
		{Type: "Payout Fee", Date: "2026-01-05", Fees: cents(92), Net: cents(-92)},
		{Type: "Credit", UnknownAmounts: gumroad.True},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// TestUpcomingPayouts: two have no id, and are told apart all the same; a payout whose id is missing is none.
func TestUpcomingPayouts(t *testing.T) {
	client := answering(t, false, reply{status: 200, body: `{"success":true,"payouts":[
		{"id":null,"amount":"15.00","currency":"usd","status":"payable","created_at":"2026-09-19T00:00:00Z"},
		{"id":null,"amount":"20.00","currency":"usd","status":"paused","created_at":"2026-09-26T00:00:00Z"}]}`})
	page, err := client.ListUpcomingPayouts(t.Context(), struct{}{})
	if err != nil || len(page.Rows) != 2 || page.Rows[0].RowID() == page.Rows[1].RowID() || !page.Rows[1].Upcoming.IsTrue() {
		t.Errorf("got %+v, %v", page.Rows, err)
	}
	client = answering(t, false, reply{status: 200, body: `{"success":true,"payout":{"amount":"15.00"}}`})
	if payout, err := client.GetPayout(t.Context(), gumroad.GetPayout{PayoutID: "x"}); err == nil {
		t.Errorf("got %+v", payout)
	}
}
