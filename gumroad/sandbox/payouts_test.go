package sandbox_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

const (
	payoutShape = `{"id":"<id>","amount":"~^[0-9]+\\.[0-9]{2}$","currency":"USD","status":"<text>","created_at":"<time>","processed_at":null,"payment_processor":"stripe","bank_account_visual":"******6789","paypal_email":null}`
	comingShape = `{"id":null,"amount":"~^[0-9]+\\.[0-9]{2}$","currency":"usd","status":"payable","created_at":"2026-03-13T00:00:00Z","processed_at":null,"payment_processor":"stripe","bank_account_visual":"******6789","paypal_email":null}`
)

func badDay(field string) string {
	return badRequest("Invalid date format provided in field '" + field + "'. Dates must be in the format YYYY-MM-DD.")
}

func TestPayouts(t *testing.T) {
	only := "sandbox:view_payouts"
	checkRows(t, sandbox.Options{}, []row{
		{name: "28 what is upcoming comes first", do: "GET /payouts?after=2026-02-27", has: `{"success":true,"payouts":[` + comingShape + `,{"id":"{payout being created}","status":"creating"},{"id":"{payout being processed}","status":"processing"}]}`},
		{name: "28 every member", do: "GET /payouts/{failed payout}?include_sales=false", has: `{"success":true,"payout":` + payoutShape + `}`},
		{name: "28 no sales without view_sales", do: "GET /payouts/{completed payout}", token: only, has: `{"payout":{"status":"completed","processed_at":"<time>"}}`, lacks: "payout.sales payout.refunded_sales payout.disputed_sales payout.transactions"},
		{name: "28 account does not add view_sales", do: "GET /payouts/{completed payout}", token: "sandbox:account", has: `{"success":true}`, lacks: "payout.sales payout.refunded_sales payout.disputed_sales"},
		{name: "28 sales with view_sales itself", do: "GET /payouts/{completed payout}", token: only + "+view_sales", has: `{"payout":{"sales":"<any>","refunded_sales":"<any>","disputed_sales":"<any>"}}`, lacks: "payout.transactions"},
		{name: "28 sales unless told otherwise", do: "GET /payouts/{completed payout}?include_sales=false", lacks: "payout.sales payout.refunded_sales payout.disputed_sales"},
		{name: "28 other words leave them in", do: "GET /payouts/{completed payout}?include_sales=0", has: `{"payout":{"sales":"<any>"}}`},
		{name: "28 transactions if asked for", do: "GET /payouts/{completed payout}?include_transactions=true", token: only, has: `{"payout":{"transactions":"<any>"}}`, lacks: "payout.sales"},
		{name: "28 only that word", do: "GET /payouts/{completed payout}?include_transactions=1", lacks: "payout.transactions"},
		{name: "28 PayPal", do: "GET /payouts/{unclaimed payout}", has: `{"payout":{"payment_processor":"paypal","bank_account_visual":null,"paypal_email":"hello@pixelandpage.example","processed_at":null}}`},
		{name: "28 unknown", do: "GET /payouts/{unknown}", is: notFound("payout")},
		{name: "28 not an id", do: "GET /payouts/non-existent-id", is: notFound("payout")},
		{name: "28 of another store", do: "GET /payouts/{other store's payout}", is: notFound("payout")},
		{name: "28 in another currency", do: "GET /gumroad/v2/payouts/{other store's payout}", header: secondConnection, has: `{"payout":{"currency":"eur"}}`},

		{name: "28 upcoming is an array", do: "GET /payouts/upcoming", token: only, has: `{"success":true,"payouts":[` + comingShape + `]}`, lacks: "payouts.1 payouts.0.sales payout"},
		{name: "28 upcoming, with what is in it", do: "GET /payouts/upcoming?include_transactions=true", has: `{"payouts":[{"sales":"<any>","refunded_sales":"<any>","disputed_sales":"<any>","transactions":"<any>"}]}`},
		{name: "28 upcoming, without its sales", do: "GET /payouts/upcoming?include_sales=false", lacks: "payouts.0.sales"},

		{name: "28 only the string false hides what is upcoming", do: "GET /payouts?after=2026-03-06&include_upcoming=false", has: `{"payouts":[{"id":"{payout being created}"}]}`},
		{name: "28 0 does not", do: "GET /payouts?after=2026-03-07&include_upcoming=0", has: `{"payouts":[{"id":null}]}`},
		{name: "28 False does not", do: "GET /payouts?after=2026-03-07&include_upcoming=False", has: `{"payouts":[{"id":null}]}`},
		{name: "28 after does not hide it", do: "GET /payouts?after=2099-01-01", has: `{"payouts":[{"id":null}]}`, lacks: "payouts.1"},
		{name: "28 after and nothing", do: "GET /payouts?after=2099-01-01&include_upcoming=false", is: `{"success":true,"payouts":[]}`},
		{name: "28 a day before the end hides it", do: "GET /payouts?after=2026-03-06&before=2026-03-12", has: `{"payouts":[{"id":"{payout being created}"}]}`},
		{name: "28 the end itself does not", do: "GET /payouts?after=2026-03-06&before=2026-03-13", has: `{"payouts":[{"id":null},{"id":"{payout being created}"}]}`},
		{name: "28 after is included", do: "GET /payouts?after=2026-02-27&before=2026-03-01", has: `{"payouts":[{"id":"{payout being processed}"}]}`, lacks: "payouts.1"},
		{name: "28 before is not", do: "GET /payouts?after=2026-02-20&before=2026-02-27", has: `{"payouts":[{"id":"{completed payout}"}]}`},
		{name: "28 bad before", do: "GET /payouts?before=invalid-date", status: 400, is: badDay("before")},
		{name: "28 bad after", do: "GET /payouts?after=394293", status: 400, is: badDay("after")},
		{name: "28 empty after", do: "GET /payouts?after=", status: 400, is: badDay("after")},
		{name: "28 before is looked at first", do: "GET /payouts?after=x&before=y&page_key=z", status: 400, is: badDay("before")},
		{name: "28 then after", do: "GET /payouts?after=x&page_key=z", status: 400, is: badDay("after")},
		{name: "28 then the page key", do: "GET /payouts?page_key=invalid-page-key", status: 400, is: badRequest("Invalid page_key.")},
		{name: "28 an empty page key is none", do: "GET /payouts?after=2026-03-07&page_key=", has: `{"payouts":[{"id":null}]}`},

		{name: "1.3 account", do: "GET /payouts", token: "sandbox:account", has: `{"success":true}`},
		{name: "1.3 view_payouts", do: "GET /payouts/upcoming", token: only, has: `{"success":true}`},
		{name: "1.3 a public scope is not enough", do: "GET /payouts", token: "sandbox:view_public", status: 403, is: "empty", headers: []string{`WWW-Authenticate: view_payouts`}},
		{name: "1.3 nor is view_sales", do: "GET /payouts/{completed payout}", token: "sandbox:view_sales", status: 403, is: "empty"},
		{name: "1.3 nor edit_products", do: "GET /payouts/upcoming", token: "sandbox:edit_products", status: 403, is: "empty"},
		{name: "1.2 no token", do: "GET /payouts", token: "none", status: 401, is: "empty"},
		{name: "2 payouts are not written", do: "POST /payouts", status: 404},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{{name: "28 not in 2025", do: "GET /payouts", status: 404}})
}

// TestPayoutPages: what is upcoming takes one of the ten places, and no payout is passed over.
func TestPayoutPages(t *testing.T) {
	s := serve(t, sandbox.Options{Sales: 400})
	first := s.get("/payouts")
	rows, _ := at(first, "payouts")
	if len(rows.([]any)) != 10 {
		t.Fatalf("%d rows", len(rows.([]any)))
	}
	s.names["key"] = text(t, first, "next_page_key")
	s.expect(row{do: "GET /payouts", has: `{"next_page_key":"~^[0-9]{20}-[0-9]+$","next_page_url":"/v2/payouts?page_key={key}"}`})
	s.expect(row{do: "GET /payouts?page_key={key}&after=2099-01-01", is: `{"success":true,"payouts":[]}`})
	all, without := s.walk("/payouts", "payouts"), s.walk("/payouts?include_upcoming=false", "payouts")
	if len(all) != len(without)+1 || len(without) < 25 {
		t.Errorf("%d with what is upcoming, %d without", len(all), len(without))
	}
	if diff := cmp.Diff(without, all[1:]); diff != "" {
		t.Error(diff)
	}
	if !slices.IsSortedFunc(without, func(a, b any) int {
		return strings.Compare(text(t, b, "created_at"), text(t, a, "created_at"))
	}) {
		t.Error("not the newest first")
	}
}

// TestPayoutStates: whenever it is and however much is sold, the demo has a payout in every state.
func TestPayoutStates(t *testing.T) {
	for _, sales := range []int{1, 1200} {
		for _, now := range []time.Time{clockStart, time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC), time.Date(2028, 2, 29, 23, 59, 0, 0, time.UTC)} {
			t.Run(fmt.Sprint(now.Format(time.DateOnly), sales), func(t *testing.T) {
				s := serve(t, sandbox.Options{Sales: sales, Now: func() time.Time { return now }})
				states := map[string]bool{}
				for _, p := range s.walk("/payouts", "payouts") {
					states[text(t, p, "status")] = true
					if done, _ := at(p, "processed_at"); (done != nil) != (text(t, p, "status") == "completed") {
						t.Errorf("%v was processed %v", p, done)
					}
					if done, ok := at(p, "processed_at"); ok && done != nil && done.(string) > now.Format(time.RFC3339) {
						t.Errorf("processed %v", done)
					}
				}
				want := map[string]bool{"payable": true, "creating": true, "processing": true, "unclaimed": true, "completed": true, "failed": true, "cancelled": true, "reversed": true, "returned": true}
				if diff := cmp.Diff(want, states); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// cents reads a number of dollars.
func cents(v any) int {
	f, _ := v.(float64)
	return int(math.Round(f * 100))
}

// TestPayoutBooks: a payout's amount is the sum of its lines, its sales are among them, and every sale is paid once.
func TestPayoutBooks(t *testing.T) {
	s := serve(t, sandbox.Options{Sales: 400})
	paid := map[string]int{}
	types := map[string]bool{}
	for _, row := range append(s.walk("/payouts?include_upcoming=false", "payouts"), nil) { // nil is the one to come
		var whole any
		if row == nil {
			whole, _ = at(s.get("/payouts/upcoming?include_transactions=true"), "payouts.0")
		} else {
			whole, _ = at(s.get("/payouts/"+text(t, row, "id")+"?include_transactions=true"), "payout")
		}
		lines, _ := at(whole, "transactions")
		sum, sold := 0, map[string]bool{}
		for _, line := range lines.([]any) {
			kind, _ := at(line, "type")
			types[kind.(string)] = true
			net, _ := at(line, "net_total")
			sum += cents(net)
			if kind == "Sale" {
				sold[text(t, line, "purchase_id")] = true
				price, _ := at(line, "sale_price")
				sale, _ := at(s.get("/sales/"+text(t, line, "purchase_id")), "sale")
				if cents(price) != number(t, sale, "price") {
					t.Errorf("a line of %v for %v", price, sale)
				}
			}
		}
		if amount := text(t, whole, "amount"); amount != fmt.Sprintf("%d.%02d", sum/100, sum%100) {
			t.Errorf("%s, but its lines are %d cents", amount, sum)
		}
		sales, _ := at(whole, "sales")
		back := slices.Contains([]string{"failed", "cancelled", "reversed", "returned"}, text(t, whole, "status"))
		for _, id := range sales.([]any) {
			if !sold[id.(string)] {
				t.Errorf("%s has no line", id)
			}
			if !back {
				paid[id.(string)]++
			}
		}
	}
	for id, times := range paid {
		if times != 1 {
			t.Errorf("%s was paid %d times", id, times)
		}
	}
	for _, kind := range []string{"Sale", "Full Refund", "Partial Refund", "Chargeback", "PayPal Payouts", "Payout Fee"} {
		if !types[kind] {
			t.Errorf("no %s among %v", kind, types)
		}
	}
}

// TestPayoutsFollowSales: what happens now is in the payout to come.
func TestPayoutsFollowSales(t *testing.T) {
	s := serve(t, sandbox.Options{})
	coming := func() int {
		t.Helper()
		amount := strings.Replace(text(t, s.get("/payouts/upcoming"), "payouts.0.amount"), ".", "", 1)
		var n int
		fmt.Sscan(amount, &n)
		return n
	}
	before := coming()
	s.buy(sandbox.Purchase{Product: "{digital product}"})
	sold := coming()
	if sold != before+1200-235 {
		t.Errorf("%d after a sale of $12.00 less $2.35, %d before", sold, before)
	}
	old := text(t, s.get("/payouts/{completed payout}"), "payout.sales.0")
	s.names["old"] = old
	s.expect(row{do: "PUT /sales/{old}/refund", has: `{"success":true}`})
	s.expect(row{do: "GET /payouts/upcoming?include_transactions=true", has: `{"payouts":[{"refunded_sales":["{old}"]}]}`})
	if refunded := coming(); refunded >= sold {
		t.Errorf("%d after a refund, %d before", refunded, sold)
	}
}

func TestPayoutLines(t *testing.T) {
	s := serve(t, sandbox.Options{Sales: 400})
	raw := ""
	for _, p := range s.walk("/payouts?include_upcoming=false", "payouts") {
		raw += string(s.send(row{do: "GET /payouts/" + text(t, p, "id") + "?include_transactions=true"}).body)
	}
	for _, part := range []string{`"taxes":0.0,"shipping":0.0,"sale_price":12.0,"gumroad_fees":2.35,"net_total":9.65`, `"taxes":-0.0,"shipping":-0.0,"sale_price":-12.0`,
		`"buyer_name":"","buyer_email":"","taxes":"","shipping":"","sale_price":"","gumroad_fees":`, `"type":"Payout Fee","date":"20`} {
		if !strings.Contains(raw, part) {
			t.Errorf("no %s", part)
		}
	}
}
