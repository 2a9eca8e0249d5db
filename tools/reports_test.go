package tools_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
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
	gross, refunds, fees, disputed, units, refundedUnits, disputes, won, renewals, free, copies, trials int64
	groups                                                                                              map[string][2]int64 // gross, units
}

func sum(t testing.TB, rows []map[string]any, from, to string, keep func(map[string]any) bool, group func(map[string]any, time.Time) string) expected {
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
	share := new(big.Rat).Quo(new(big.Rat).Sub(paid, left), paid)
	back := share.Mul(share, new(big.Rat).SetInt64(number(row["price"])))
	return new(big.Int).Quo(back.Num(), back.Denom()).Int64()
}

func (e expected) sums() map[string]any {
	return map[string]any{"gross": float64(e.gross), "refunds": float64(e.refunds), "net": float64(e.gross - e.refunds),
		"units": float64(e.units), "refunded_units": float64(e.refundedUnits)}
}

func (e expected) full() map[string]any {
	sums := e.sums()
	for name, n := range map[string]int64{"fees": e.fees, "disputed": e.disputed, "after_fees": e.gross - e.refunds - e.fees - e.disputed, "disputes": e.disputes} {
		sums[name] = float64(n)
	}
	for name, n := range map[string]int64{"disputes_won": e.won, "renewals": e.renewals, "free_units": e.free, "trials_started": e.trials} {
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
	for _, name := range []string{"gross", "refunds", "net", "units", "refunded_units", "fees", "disputed", "after_fees", "disputes",
		"disputes_won", "renewals", "free_units", "copies", "trials_started"} {
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

// TestSalesReport compares every kind of answer with sums of the plain list.
func TestSalesReport(t *testing.T) {
	of := func(name string) func(map[string]any, time.Time) string {
		return func(row map[string]any, _ time.Time) string { s, _ := row[name].(string); return s }
	}
	groups := map[string]func(map[string]any, time.Time) string{
		"day":   func(_ map[string]any, at time.Time) string { return at.Format(time.DateOnly) },
		"month": func(_ map[string]any, at time.Time) string { return at.Format("2006-01") },
		"week": func(_ map[string]any, at time.Time) string {
			for at.Weekday() != time.Monday {
				at = at.AddDate(0, 0, -1)
			}
			return at.Format(time.DateOnly)
		},
		"product": of("product_id"),
		"country": of("country"),
		"referrer": func(row map[string]any, _ time.Time) string {
			host := strings.TrimPrefix(strings.TrimPrefix(row["referrer"].(string), "https://"), "www.")
			host, _, _ = strings.Cut(host, "/")
			return host
		},
		"offer_code": func(row map[string]any, _ time.Time) string {
			code, _ := row["offer_code"].(map[string]any)
			if code == nil {
				return "none"
			}
			if name, _ := code["code"].(string); name != "" {
				return name
			}
			return "without a name"
		},
	}
	for _, server := range []struct {
		name   string
		change func(*testserver.Settings)
		old    bool
	}{
		{"2026", func(*testserver.Settings) {}, false},
		{"2025", func(s *testserver.Settings) { s.Sandbox.Compat2025 = true }, true},
	} {
		s := testserver.Start(t, smallStore, server.change)
		all := books{t, s.Sandbox}.sales()
		membership, book := s.Highlight("membership").ID, s.Highlight("product with variants").ID
		for _, c := range []struct {
			arguments        map[string]any
			from, to, source string
			before           [2]string
		}{
			{map[string]any{"period": "2026-10"}, "2026-10-01", "2026-10-31", "summary", [2]string{}},
			{map[string]any{"period": "2026-10", "compare": "previous"}, "2026-10-01", "2026-10-31", "summary", [2]string{"2026-09-01", "2026-09-30"}},
			{map[string]any{"period": "2026-10", "compare": "previous", "detail": "full"}, "2026-10-01", "2026-10-31", "scan", [2]string{"2026-09-01", "2026-09-30"}},
			{map[string]any{"period": "2026-03", "compare": "year_ago", "detail": "full"}, "2026-03-01", "2026-03-31", "scan", [2]string{"2025-03-01", "2025-03-31"}},
			{map[string]any{"from": "2026-03-07", "to": "2026-03-09", "group_by": "day"}, "2026-03-07", "2026-03-09", "summary", [2]string{}},
			{map[string]any{"from": "2026-02-01", "to": "2026-05-31", "group_by": "week", "detail": "full", "top": 100}, "2026-02-01", "2026-05-31", "scan", [2]string{}},
			{map[string]any{"from": "2026-02-01", "to": "2026-05-31", "group_by": "week", "top": 100}, "2026-02-01", "2026-05-31", "summary", [2]string{}},
			{map[string]any{"period": "2026", "group_by": "month", "top": 100}, "2026-01-01", "2026-11-15", "summary", [2]string{}},
			{map[string]any{"from": "2025-05-01", "to": "2026-10-31", "group_by": "month", "top": 100}, "2025-05-01", "2026-10-31", "scan", [2]string{}},
			{map[string]any{"period": "2026-10", "group_by": "product", "top": 100}, "2026-10-01", "2026-10-31", "summary", [2]string{}},
			{map[string]any{"period": "2026-10", "group_by": "product", "detail": "full", "top": 100}, "2026-10-01", "2026-10-31", "scan", [2]string{}},
			{map[string]any{"period": "2026-10", "group_by": "country", "top": 100}, "2026-10-01", "2026-10-31", "scan", [2]string{}},
			{map[string]any{"period": "2026-10", "group_by": "referrer", "top": 100}, "2026-10-01", "2026-10-31", "scan", [2]string{}},
			{map[string]any{"period": "2026-10", "group_by": "offer_code", "top": 100}, "2026-10-01", "2026-10-31", "scan", [2]string{}},
			{map[string]any{"period": "2026-10", "product_id": membership}, "2026-10-01", "2026-10-31", "summary", [2]string{}},
			{map[string]any{"period": "2026-10", "product_id": "quiet-grid"}, "", "", "", [2]string{}},
			{map[string]any{"period": "2026-10", "product_id": "qtgrd", "group_by": "day", "top": 100}, "2026-10-01", "2026-10-31", "scan", [2]string{}},
			{map[string]any{"period": "2026-10-31"}, "2026-10-31", "2026-10-31", "summary", [2]string{}},
			{map[string]any{"period": "2020-01"}, "2020-01-01", "2020-01-31", "summary", [2]string{}},
		} {
			name := fmt.Sprintf("%s/%v", server.name, c.arguments)
			t.Run(name, func(t *testing.T) {
				if c.from == "" {
					s.Fails(gumroad.NotFound, "sales_report", c.arguments) // a custom permalink, which no lookup takes
					return
				}
				keep := everything
				switch c.arguments["product_id"] {
				case membership:
					keep = func(row map[string]any) bool { return row["product_id"] == membership }
				case "qtgrd":
					keep = func(row map[string]any) bool { return row["product_id"] == book }
				}
				groupBy, _ := c.arguments["group_by"].(string)
				source := c.source
				if server.old {
					source = "scan"
				}
				answer := s.Must("sales_report", c.arguments)
				got := answer.JSON
				if got["from"] != c.from || got["to"] != c.to || got["source"] != source || got["complete"] != true || got["time_zone"] != "store" || got["currency"] != "usd" {
					t.Errorf("%s", answer.Text)
				}
				want := sum(t, all, c.from, c.to, keep, groups[groupBy])
				if source == "scan" {
					if diff := cmp.Diff(want.full(), pick(got)); diff != "" {
						t.Error(diff)
					}
				} else if diff := cmp.Diff(want.sums(), pick(got)); diff != "" {
					t.Error(diff)
				}
				if groupBy != "" {
					lines := map[string][2]int64{}
					for _, line := range rows(answer, "groups") {
						lines[line["key"].(string)] = [2]int64{int64(line["gross"].(float64)), int64(line["units"].(float64))}
					}
					if diff := cmp.Diff(want.groups, lines); diff != "" {
						t.Error(diff)
					}
				}
				if c.before != [2]string{} {
					other := got["compared_with"].(map[string]any)
					if other["from"] != c.before[0] || other["to"] != c.before[1] {
						t.Errorf("compared with %v", other)
					}
					if diff := cmp.Diff(sum(t, all, c.before[0], c.before[1], keep, nil).sums(), pick(other)); diff != "" {
						t.Error(diff)
					}
				}
				if len(answer.Text) > tool.MaxResult {
					t.Errorf("%d characters", len(answer.Text))
				}
			})
		}
	}
}

// TestSalesReportIsShort: the question that is asked most, in one call, few bytes and few requests.
func TestSalesReportIsShort(t *testing.T) {
	s := testserver.Start(t, smallStore)
	s.Sandbox.ResetJournal()
	answer := s.Must("sales_report", map[string]any{"period": "2026-10", "compare": "previous"})
	if len(answer.Text) > 600 {
		t.Errorf("%d bytes: %s", len(answer.Text), answer.Text)
	}
	if sent := s.Requests(); len(sent) != 2 {
		t.Errorf("%d requests: %q", len(sent), sent)
	}
}

// TestSalesReportBounds: groups beyond the ones shown are added up in left_out, and nothing is lost between.
func TestSalesReportBounds(t *testing.T) {
	s := testserver.Start(t, smallStore)
	for _, c := range []struct {
		arguments map[string]any
		shown     int
	}{
		{map[string]any{"period": "2026", "group_by": "day"}, 100},
		{map[string]any{"period": "2026", "group_by": "day", "top": 3}, 3},
		{map[string]any{"period": "2026", "group_by": "product", "top": 2}, 2},
		{map[string]any{"period": "2026", "group_by": "product", "compare": "year_ago"}, 10},
	} {
		answer := s.Must("sales_report", c.arguments)
		lines := rows(answer, "groups")
		left := answer.JSON["left_out"].(map[string]any)
		gross, units := left["gross"].(float64), left["units"].(float64)
		var keys []string
		for _, line := range lines {
			gross += line["gross"].(float64)
			units += line["units"].(float64)
			keys = append(keys, line["key"].(string))
		}
		if len(lines) != c.shown || gross != answer.JSON["gross"] || units != answer.JSON["units"] || len(answer.Text) > tool.MaxResult {
			t.Errorf("%v: %d lines, %v gross and %v units of %v and %v", c.arguments, len(lines), gross, units, answer.JSON["gross"], answer.JSON["units"])
		}
		if c.arguments["group_by"] == "day" && !slices.IsSorted(keys) {
			t.Errorf("days out of order: %q", keys)
		}
	}
}

// TestPeriods: which days a period means, and which ones it is compared with. The store's clocks are eight hours behind.
func TestPeriods(t *testing.T) {
	for _, c := range []struct {
		now, period                    string
		from, to, beforeFrom, beforeTo string
	}{
		{"2026-11-15T12:00:00Z", "today", "2026-11-15", "2026-11-15", "2026-11-14", "2026-11-14"},
		{"2026-11-15T12:00:00Z", "Yesterday", "2026-11-14", "2026-11-14", "2026-11-13", "2026-11-13"},
		{"2026-11-15T12:00:00Z", "last_7_days", "2026-11-09", "2026-11-15", "2026-11-02", "2026-11-08"},
		{"2026-11-15T12:00:00Z", "", "2026-10-17", "2026-11-15", "2026-09-17", "2026-10-16"},
		{"2026-11-15T12:00:00Z", "this_month", "2026-11-01", "2026-11-15", "2026-10-01", "2026-10-15"},
		{"2026-11-15T12:00:00Z", "last_month", "2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"},
		{"2026-11-15T12:00:00Z", "this_year", "2026-01-01", "2026-11-15", "2025-01-01", "2025-11-15"},
		{"2026-11-15T12:00:00Z", "last_year", "2025-01-01", "2025-12-31", "2024-01-01", "2024-12-31"},
		{"2026-11-15T12:00:00Z", "2026-11", "2026-11-01", "2026-11-15", "2026-10-01", "2026-10-15"},
		{"2026-11-15T12:00:00Z", "2024-02-29", "2024-02-29", "2024-02-29", "2024-02-28", "2024-02-28"},
		// It is still October in the store.
		{"2026-11-01T03:00:00Z", "today", "2026-10-31", "2026-10-31", "2026-10-30", "2026-10-30"},
		{"2026-11-01T03:00:00Z", "this_month", "2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"},
		{"2026-11-01T03:00:00Z", "2026-10", "2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"},
		// A part of a month ends no later than the month before it.
		{"2026-03-30T12:00:00Z", "this_month", "2026-03-01", "2026-03-30", "2026-02-01", "2026-02-28"},
		{"2026-03-31T20:00:00Z", "this_month", "2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28"},
	} {
		for _, old := range []bool{false, true} {
			t.Run(fmt.Sprint(c.now, c.period, old), func(t *testing.T) {
				now, err := time.Parse(time.RFC3339, c.now)
				if err != nil {
					t.Fatal(err)
				}
				s := testserver.Start(t, smallStore, func(s *testserver.Settings) {
					s.Sandbox.Now = func() time.Time { return now }
					s.Client.Now = s.Sandbox.Now
					s.Sandbox.Compat2025, s.Sandbox.Sales = old, 260
				})
				arguments := map[string]any{"compare": "previous"}
				if c.period != "" {
					arguments["period"] = c.period
				}
				answer := s.Must("sales_report", arguments).JSON
				other := answer["compared_with"].(map[string]any)
				got := []any{answer["from"], answer["to"], other["from"], other["to"]}
				if diff := cmp.Diff([]any{c.from, c.to, c.beforeFrom, c.beforeTo}, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
	s := testserver.Start(t, smallStore)
	for _, arguments := range []map[string]any{
		{"period": "october"}, {"period": "2026-13"}, {"period": "2026-02-30"}, {"period": "2027"}, {"to": "2026-10-01"},
		{"from": "2026-10-02", "to": "2026-10-01"}, {"period": "2026-10", "from": "2026-10-01"}, {"from": "soon"},
		{"group_by": "buyer"}, {"compare": "budget"}, {"top": 0},
	} {
		s.Fails(gumroad.InvalidArguments, "sales_report", arguments)
	}
}

// canned answers with the same page of sales, and the same summary, whatever is asked.
type canned struct {
	sales   []map[string]any
	summary map[string]any
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := map[string]any{"success": true, "sales": c.sales}
	if !strings.HasSuffix(r.URL.Path, "/sales") {
		answer = map[string]any{"success": false, "message": "The sale was not found."}
	}
	if c.summary != nil && strings.HasSuffix(r.URL.Path, "/summary") {
		answer = c.summary
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

func reportOf(t *testing.T, sales ...map[string]any) testserver.Result {
	t.Helper()
	for i, sale := range sales {
		defaults := map[string]any{"id": strconv.Itoa(i), "created_at": "2026-10-05T12:00:00Z", "daystamp": " 5 Oct 2026  5:00 AM",
			"price": 1200, "gumroad_fee": 170, "currency": "usd", "formatted_total_price": "$12", "amount_refundable_in_currency": "12", "quantity": 1}
		for name, value := range defaults {
			if _, given := sale[name]; !given {
				sale[name] = value
			}
		}
	}
	s := testserver.Start(t, func(s *testserver.Settings) {
		s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential(sandbox.GumroadToken)
		s.Client.Transport = canned{sales: sales}
	})
	return s.Must("sales_report", map[string]any{"period": "2026-10-05", "detail": "full"})
}

// TestCounting is the guide's rules, one sale each.
func TestCounting(t *testing.T) {
	type sale = map[string]any
	ordinary := map[string]any{"gross": 1200.0, "refunds": 0.0, "net": 1200.0, "units": 1.0, "refunded_units": 0.0,
		"fees": 170.0, "disputed": 0.0, "after_fees": 1030.0, "disputes": 0.0}
	with := func(changes map[string]any) map[string]any {
		want := map[string]any{}
		for _, values := range []map[string]any{ordinary, changes} {
			for name, value := range values {
				want[name] = value
			}
		}
		return want
	}
	none := with(map[string]any{"gross": 0.0, "net": 0.0, "units": 0.0, "fees": 0.0, "after_fees": 0.0})
	for name, c := range map[string]struct {
		sales []map[string]any
		want  map[string]any
	}{
		"a purchase":             {[]sale{{}}, ordinary},
		"several copies":         {[]sale{{"quantity": 3}}, with(sale{"copies": 3.0})},
		"a free one":             {[]sale{{"price": 0, "gumroad_fee": 0, "formatted_total_price": "$0", "amount_refundable_in_currency": "0"}}, with(sale{"gross": 0.0, "net": 0.0, "fees": 0.0, "after_fees": 0.0, "free_units": 1.0})},
		"a renewal":              {[]sale{{"recurring_charge": true, "subscription_id": "s"}}, with(sale{"renewals": 1.0})},
		"an upgrade":             {[]sale{{"is_upgrade_purchase": true, "subscription_id": "s", "free_trial_ended": true}}, ordinary},
		"the start of a trial":   {[]sale{{"free_trial_ended": false, "recurring_charge": false, "subscription_id": "s"}}, with(map[string]any{"gross": 0.0, "net": 0.0, "units": 0.0, "fees": 0.0, "after_fees": 0.0, "trials_started": 1.0})},
		"its first charge":       {[]sale{{"free_trial_ended": true, "recurring_charge": true, "subscription_id": "s"}}, with(sale{"renewals": 1.0})},
		"a gift, the giver's":    {[]sale{{"is_gift_sender_purchase": true}}, ordinary},
		"a gift, the receiver's": {[]sale{{"is_gift_receiver_purchase": true, "price": 0}}, none},
		"what a bundle holds":    {[]sale{{"is_bundle_purchase": true}, {"is_bundle_product_purchase": true, "price": 0, "gumroad_fee": 0}}, ordinary},
		"a pre-order":            {[]sale{{"is_preorder_authorization": true}}, none},
		"a full refund":          {[]sale{{"refunded": true, "amount_refundable_in_currency": "0"}}, with(sale{"refunds": 1200.0, "net": 0.0, "refunded_units": 1.0, "after_fees": -170.0})},
		"a partial refund":       {[]sale{{"refunded": false, "partially_refunded": true, "amount_refundable_in_currency": "7.50"}}, with(sale{"refunds": 450.0, "net": 750.0, "refunded_units": 1.0, "after_fees": 580.0})},
		"half of euros":          {[]sale{{"price": 1957, "currency": "eur", "formatted_total_price": "€18", "partially_refunded": true, "amount_refundable_in_currency": "9"}}, with(sale{"gross": 1957.0, "refunds": 978.0, "net": 979.0, "refunded_units": 1.0, "after_fees": 809.0})},
		"an open dispute":        {[]sale{{"disputed": true, "chargedback": true}}, with(sale{"disputes": 1.0, "disputed": 1200.0, "after_fees": -170.0})},
		"a dispute won":          {[]sale{{"disputed": true, "dispute_won": true, "chargedback": false}}, with(sale{"disputes": 1.0, "disputes_won": 1.0})},
		"disputed after part was refunded": {[]sale{{"disputed": true, "chargedback": true, "partially_refunded": true, "amount_refundable_in_currency": "7.50"}},
			with(sale{"refunds": 450.0, "net": 750.0, "refunded_units": 1.0, "disputes": 1.0, "disputed": 750.0, "after_fees": -170.0})},
		"another day in the store":  {[]sale{{"created_at": "2026-10-05T03:00:00Z", "daystamp": " 4 Oct 2026  8:00 PM"}}, none},
		"the same day in the store": {[]sale{{"created_at": "2026-10-06T03:00:00Z", "daystamp": " 5 Oct 2026  8:00 PM"}}, ordinary},
	} {
		t.Run(name, func(t *testing.T) {
			answer := reportOf(t, c.sales...)
			if diff := cmp.Diff(c.want, pick(answer.JSON)); diff != "" || answer.JSON["complete"] != true {
				t.Errorf("%s\n%s", diff, answer.Text)
			}
		})
	}
}

// TestIncompleteSums: a refund of unknown size, a sale without a price: the sums say so. No local times: days are UTC.
func TestIncompleteSums(t *testing.T) {
	answer := reportOf(t, map[string]any{"partially_refunded": true, "formatted_total_price": ""}, map[string]any{})
	if answer.JSON["complete"] != false || !strings.Contains(answer.Text, "1 partly refunded sales, at most $12.00") {
		t.Error(answer.Text)
	}
	answer = reportOf(t, map[string]any{"price": nil})
	if answer.JSON["complete"] != false || !strings.Contains(answer.Text, "the price of 1 sales") {
		t.Error(answer.Text)
	}
	answer = reportOf(t, map[string]any{"daystamp": ""})
	if answer.JSON["time_zone"] != "UTC" || answer.JSON["units"] != 1.0 {
		t.Error(answer.Text)
	}
}

// TestUnusableSummary: a summary without its sums, of other days or in another currency is not taken for no revenue.
func TestUnusableSummary(t *testing.T) {
	good := map[string]any{"success": true, "gross_cents": 1200, "net_cents": 1200, "refunded_cents": 0, "units": 1, "refunded_units": 0,
		"currency": "usd", "from": "2026-10-01", "to": "2026-10-31"}
	for name, change := range map[string]func(map[string]any){
		"as it should be":  func(map[string]any) {},
		"without sums":     func(s map[string]any) { delete(s, "gross_cents") },
		"with null sums":   func(s map[string]any) { s["units"] = nil },
		"of other days":    func(s map[string]any) { s["from"] = "2026-10-02" },
		"in euros":         func(s map[string]any) { s["currency"] = "eur" },
		"only an envelope": func(s map[string]any) { clear(s); s["success"] = true },
	} {
		summary := map[string]any{}
		for key, value := range good {
			summary[key] = value
		}
		change(summary)
		s := testserver.Start(t, func(s *testserver.Settings) {
			s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential(sandbox.GumroadToken)
			s.Client.Transport = canned{summary: summary}
		})
		answer := s.Call("sales_report", map[string]any{"period": "2026-10"})
		if usable := name == "as it should be"; answer.IsError == usable || usable && answer.JSON["gross"] != 1200.0 {
			t.Errorf("%s: %s", name, answer.Text)
		}
	}
}

// TestPaidIn: what buyers paid in other currencies stands beside the sums and is not in them twice.
func TestPaidIn(t *testing.T) {
	answer := reportOf(t,
		map[string]any{"price": 1957, "currency": "eur", "formatted_total_price": "€18", "amount_refundable_in_currency": "9", "partially_refunded": true},
		map[string]any{"price": 1000, "currency": "jpy", "formatted_total_price": "¥1,500", "amount_refundable_in_currency": "1,500"},
		map[string]any{"price": 1957, "currency": "eur", "formatted_total_price": "€18", "amount_refundable_in_currency": "0", "refunded": true})
	want := []any{
		map[string]any{"currency": "eur", "paid": 3600.0, "refunded": 2700.0, "units": 2.0},
		map[string]any{"currency": "jpy", "paid": 1500.0, "refunded": 0.0, "units": 1.0}}
	if diff := cmp.Diff(want, answer.JSON["paid_in"]); diff != "" || answer.JSON["gross"] != 4914.0 {
		t.Errorf("%s\n%s", diff, answer.Text)
	}
}

// TestFortiethRequestFails: a report of a part of the sales would be a low number, so there is none, and no file.
func TestFortiethRequestFails(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	for _, fault := range []sandbox.Fault{
		{Path: "/sales", Kind: sandbox.FaultStatus, Status: http.StatusForbidden, After: 39},
		{Path: "/sales", Kind: sandbox.FaultRepeatPage, After: 39},
	} {
		for tool, arguments := range map[string]map[string]any{
			"sales_report": {"from": "2026-04-01", "to": "2026-10-31", "detail": "full"},
			"export_sales": {"after": "2026-04-01", "before": "2026-11-01"},
		} {
			s.Sandbox.ClearFaults()
			s.Sandbox.ResetJournal()
			s.Sandbox.Inject(fault)
			answer := s.Call(tool, arguments)
			if sent := len(s.Requests()); !answer.IsError || sent < 40 || sent > 60 || !strings.Contains(answer.Text, "part of the sales") {
				t.Errorf("%s after %d requests: %s", tool, sent, answer.Text)
			}
		}
	}
}

// TestMissingScope: without view_sales every report of money says what is missing.
func TestMissingScope(t *testing.T) {
	s := testserver.Start(t, func(s *testserver.Settings) {
		s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential(sandbox.GumroadToken+":edit_products")
	})
	for _, tool := range []string{"sales_report", "export_sales", "subscriber_report"} {
		s.Fails(gumroad.MissingScope, tool, nil)
	}
	s.Fails(gumroad.MissingScope, "find_customer", map[string]any{"email": "a@example.com"})
	s.Must("list_discounts", nil)
}
