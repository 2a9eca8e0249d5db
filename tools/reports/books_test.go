package reports_test

import (
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// books is the sandbox's data as anybody can list it: plain requests, page after page, JSON as it comes. What the
// reports say is checked against sums of it that share no code with them.
type books struct {
	t     testing.TB
	store *sandbox.Sandbox
}

func (b books) get(path string, query url.Values) map[string]any {
	b.t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://sandbox/v2"+path+"?"+query.Encode(), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+sandbox.GumroadToken)
	response, err := b.store.RoundTrip(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	decoder := json.NewDecoder(response.Body)
	decoder.UseNumber()
	var answer map[string]any
	if err := decoder.Decode(&answer); err != nil || answer["success"] != true {
		b.t.Fatalf("%s: %v %v", path, answer, err)
	}
	return answer
}

func (b books) list(path, name string, query url.Values) (all []map[string]any) {
	b.t.Helper()
	query.Del("page_key")
	for {
		page := b.get(path, query)
		for _, row := range page[name].([]any) {
			all = append(all, row.(map[string]any))
		}
		key, more := page["next_page_key"].(string)
		if !more {
			return all
		}
		query.Set("page_key", key)
	}
}

func (b books) sales() []map[string]any { return b.list("/sales", "sales", url.Values{}) }

func number(v any) int64 {
	if v == nil {
		return 0
	}
	n, err := v.(json.Number).Int64()
	if err != nil {
		panic(err)
	}
	return n
}

// losAngeles is where the first store is.
func losAngeles(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// expected are the sums of the sales of some local days.
type expected struct {
	gross, refunds, fees, disputed                                              int64
	units, refundedUnits, partly, disputes, won, renewals, free, copies, trials int64
	groups                                                                      map[string][2]int64 // gross, units
}

func sum(t testing.TB, rows []map[string]any, from, to string, keep func(map[string]any) bool,
	group func(map[string]any, time.Time) string) expected {
	e := expected{groups: map[string][2]int64{}}
	zone := losAngeles(t)
	for _, row := range rows {
		created, err := time.Parse(time.RFC3339, row["created_at"].(string))
		if err != nil {
			t.Fatal(err)
		}
		local := created.In(zone)
		if day := local.Format(time.DateOnly); day < from || day > to || !keep(row) {
			continue
		}
		_, hasTrial := row["free_trial_ended"].(bool)
		if hasTrial && row["recurring_charge"] != true {
			e.trials++
			continue
		}
		if row["is_bundle_product_purchase"] == true {
			continue
		}
		price := number(row["price"])
		refunded := refundOf(t, row)
		e.gross += price
		e.refunds += refunded
		e.fees += number(row["gumroad_fee"])
		e.units++
		e.copies += number(row["quantity"])
		if refunded > 0 {
			e.refundedUnits++
			if row["refunded"] != true {
				e.partly++
			}
		}
		if row["disputed"] == true {
			e.disputes++
			if row["dispute_won"] == true {
				e.won++
			} else {
				e.disputed += price - refunded
			}
		}
		if row["recurring_charge"] == true {
			e.renewals++
		}
		if price == 0 {
			e.free++
		}
		if group != nil {
			line := e.groups[group(row, local)]
			e.groups[group(row, local)] = [2]int64{line[0] + price, line[1] + 1}
		}
	}
	return e
}

// refundOf works in fractions, with the amounts read off their symbols.
func refundOf(t testing.TB, row map[string]any) int64 {
	if row["refunded"] != true && row["partially_refunded"] != true {
		return 0
	}
	read := func(text string) *big.Rat {
		text = strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == '.' {
				return r
			}
			return -1
		}, text)
		amount, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q is no amount", text)
		}
		return amount
	}
	total, _, _ := strings.Cut(row["formatted_total_price"].(string), " ")
	paid, left := read(total), read(row["amount_refundable_in_currency"].(string))
	if paid.Sign() == 0 {
		return 0
	}
	price := number(row["price"])
	kept := new(big.Rat).Mul(new(big.Rat).Quo(left, paid), new(big.Rat).SetInt64(price))
	kept.Add(kept, big.NewRat(1, 2)) // rounds to the nearest cent
	return price - new(big.Int).Quo(kept.Num(), kept.Denom()).Int64()
}

func (e expected) sums() map[string]any {
	return map[string]any{"gross_cents": float64(e.gross), "refunds_cents": float64(e.refunds), "net_cents": float64(e.gross - e.refunds),
		"units": float64(e.units), "refunded_units": float64(e.refundedUnits)}
}

func (e expected) full() map[string]any {
	sums := e.sums()
	for name, n := range map[string]int64{"fees_cents": e.fees, "disputed_cents": e.disputed,
		"after_fees_cents": e.gross - e.refunds - e.fees - e.disputed, "disputes": e.disputes} {
		sums[name] = float64(n)
	}
	for name, n := range map[string]int64{
		"partly_refunded_units": e.partly, "disputes_won": e.won, "renewals": e.renewals, "free_units": e.free, "trials_started": e.trials,
	} {
		if n > 0 {
			sums[name] = float64(n)
		}
	}
	if e.copies != e.units {
		sums["copies"] = float64(e.copies)
	}
	return sums
}

// pick takes the sums out of an answer.
func pick(answer map[string]any) map[string]any {
	sums := map[string]any{}
	for _, name := range []string{
		"gross_cents", "refunds_cents", "net_cents", "units", "refunded_units", "partly_refunded_units", "fees_cents",
		"disputed_cents", "after_fees_cents", "disputes", "disputes_won", "renewals", "free_units", "copies", "trials_started",
	} {
		if value, ok := answer[name]; ok {
			sums[name] = value
		}
	}
	return sums
}

// smallStore has the hand-written sales and a few more.
func smallStore(s *testserver.Settings) {
	testserver.FirstStore(s)
	s.Sandbox.Sales = 400
}

func everything(map[string]any) bool { return true }
