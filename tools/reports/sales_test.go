package reports_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// TestSalesReport compares every kind of answer with sums of the plain list.
func TestSalesReport(t *testing.T) {
	t.Parallel()
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
		"product": of("product_name"),
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
	none := [2]string{}
	const membership, book = "membership", "product with variants" // the highlights whose sales some ask for
	cases := []struct {
		name             string
		arguments        map[string]any
		product          string
		from, to, source string
		before           [2]string
	}{
		{"a month", map[string]any{"period": "2026-10"}, "", "2026-10-01", "2026-10-31", "summary", none},
		{"a month and the one before", map[string]any{"period": "2026-10", "compare": "previous"}, "",
			"2026-10-01", "2026-10-31", "summary", [2]string{"2026-09-01", "2026-09-30"}},
		{"a month and the one before, in full",
			map[string]any{"period": "2026-10", "compare": "previous", "detail": "full"}, "",
			"2026-10-01", "2026-10-31", "scan", [2]string{"2026-09-01", "2026-09-30"}},
		{"a month and that of the year before",
			map[string]any{"period": "2026-03", "compare": "year_ago", "detail": "full"}, "",
			"2026-03-01", "2026-03-31", "scan", [2]string{"2025-03-01", "2025-03-31"}},
		{"days around the change to summer time",
			map[string]any{"from": "2026-03-07", "to": "2026-03-09", "group_by": "day"}, "",
			"2026-03-07", "2026-03-09", "summary", none},
		{"weeks, in full",
			map[string]any{"from": "2026-02-01", "to": "2026-05-31", "group_by": "week", "detail": "full", "top": 100}, "",
			"2026-02-01", "2026-05-31", "scan", none},
		{"weeks", map[string]any{"from": "2026-02-01", "to": "2026-05-31", "group_by": "week", "top": 100}, "",
			"2026-02-01", "2026-05-31", "summary", none},
		{"months of the year so far", map[string]any{"period": "2026", "group_by": "month", "top": 100}, "",
			"2026-01-01", "2026-11-15", "summary", none},
		{"more months than a summary has",
			map[string]any{"from": "2025-05-01", "to": "2026-10-31", "group_by": "month", "top": 100}, "",
			"2025-05-01", "2026-10-31", "scan", none},
		{"products", map[string]any{"period": "2026-10", "group_by": "product", "top": 100}, "",
			"2026-10-01", "2026-10-31", "summary", none},
		{"products, in full", map[string]any{"period": "2026-10", "group_by": "product", "detail": "full", "top": 100}, "",
			"2026-10-01", "2026-10-31", "scan", none},
		{"countries", map[string]any{"period": "2026-10", "group_by": "country", "top": 100}, "",
			"2026-10-01", "2026-10-31", "scan", none},
		{"referrers", map[string]any{"period": "2026-10", "group_by": "referrer", "top": 100}, "",
			"2026-10-01", "2026-10-31", "scan", none},
		{"discount codes", map[string]any{"period": "2026-10", "group_by": "offer_code", "top": 100}, "",
			"2026-10-01", "2026-10-31", "scan", none},
		{"one product", map[string]any{"period": "2026-10"}, membership, "2026-10-01", "2026-10-31", "summary", none},
		{"days of one product, by its permalink",
			map[string]any{"period": "2026-10", "product_id": "qtgrd", "group_by": "day", "top": 100}, book,
			"2026-10-01", "2026-10-31", "scan", none},
		{"one day", map[string]any{"period": "2026-10-31"}, "", "2026-10-31", "2026-10-31", "summary", none},
		{"a month before the store was there", map[string]any{"period": "2020-01"}, "",
			"2020-01-01", "2020-01-31", "summary", none},
	}
	for _, server := range []struct {
		name string
		old  bool
	}{{"Gumroad", false}, {"Gumroad of 2025, which has no summary", true}} {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			all := testserver.Start(t, smallStore, func(s *testserver.Settings) { s.Sandbox.Compat2025 = server.old })
			read := books{t, all.Sandbox}
			listed := read.sales()
			// Gumroad's own sums hold pre-orders as they were placed, and the list as they were charged.
			inSummary := slices.DeleteFunc(slices.Clone(listed), func(row map[string]any) bool {
				return row["id"] == all.Highlight("pre-order, as charged").ID
			})
			for _, name := range []string{"pre-order authorization", "pre-order, as placed"} {
				inSummary = append(inSummary, read.get("/sales/"+all.Highlight(name).ID, nil)["sale"].(map[string]any))
			}
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					s := all.In(t)
					arguments, keep := maps.Clone(c.arguments), everything
					if c.product != "" {
						id := s.Highlight(c.product).ID
						keep = func(row map[string]any) bool { return row["product_id"] == id }
						if arguments["product_id"] == nil {
							arguments["product_id"] = id
						}
					}
					source, sales := c.source, inSummary
					if server.old {
						source = "scan"
					}
					if source == "scan" {
						sales = listed
					}
					groupBy, _ := arguments["group_by"].(string)
					answer := s.Must("sales_report", arguments)
					testserver.Want(t, answer, map[string]any{"from": c.from, "to": c.to, "source": source, "complete": true,
						"time_zone": "store", "currency": "usd"})
					sums := sum(t, sales, c.from, c.to, keep, groups[groupBy])
					want := sums.sums()
					if arguments["detail"] == "full" {
						want = sums.full()
					}
					if diff := cmp.Diff(want, pick(answer.JSON)); diff != "" {
						t.Errorf("sums (-want +got):\n%s", diff)
					}
					if groupBy != "" {
						lines := map[string][2]int64{}
						for _, line := range answer.Rows("lines") {
							lines[line["key"].(string)] = [2]int64{int64(line["gross_cents"].(float64)), int64(line["units"].(float64))}
						}
						if diff := cmp.Diff(sums.groups, lines); diff != "" {
							t.Errorf("groups, their gross and units (-want +got):\n%s", diff)
						}
					}
					if c.before != none {
						other := answer.JSON["compared_with"].(map[string]any)
						before := sum(t, sales, c.before[0], c.before[1], keep, nil)
						want := before.sums()
						if arguments["detail"] == "full" {
							want = before.full()
						}
						got := pick(other)
						want["from"], want["to"], got["from"], got["to"] = c.before[0], c.before[1], other["from"], other["to"]
						if diff := cmp.Diff(want, got); diff != "" {
							t.Errorf("compared with (-want +got):\n%s", diff)
						}
					}
					checkBounded(t, answer)
				})
			}
			t.Run("a product that is not there is no revenue of nothing", func(t *testing.T) {
				all.In(t).Fails(gumroad.NotFound, "sales_report", map[string]any{"period": "2026-10", "product_id": "nothing"})
			})
		})
	}
}

// TestSalesReportIsShort: the question that is asked most takes one call, few bytes and few requests.
func TestSalesReportIsShort(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, smallStore)
	s.Sandbox.ResetJournal()
	answer := s.Must("sales_report", map[string]any{"period": "2026-10", "compare": "previous"})
	if len(answer.Text) > 600 {
		t.Errorf("want at most 600 bytes, got %d: %s", len(answer.Text), answer.Text)
	}
	if sent := s.Requests(); len(sent) != 2 {
		t.Errorf("want 2 requests, got %q", sent)
	}
}

// TestSalesReportLeavesOut: groups beyond the ones shown are added up in left_out, and nothing is lost between.
func TestSalesReportLeavesOut(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, smallStore)
	for _, c := range []struct {
		name      string
		arguments map[string]any
		shown     int
	}{
		{"days beyond a hundred", map[string]any{"period": "2026", "group_by": "day"}, 100},
		{"days beyond the top", map[string]any{"period": "2026", "group_by": "day", "top": 3}, 3},
		{"products beyond the top", map[string]any{"period": "2026", "group_by": "product", "top": 2}, 2},
		{"products beyond ten", map[string]any{"period": "2026", "group_by": "product", "compare": "year_ago"}, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer := s.In(t).Must("sales_report", c.arguments)
			left := answer.JSON["left_out"].(map[string]any)
			gross, units := left["gross_cents"].(float64), left["units"].(float64)
			var keys []string
			for _, line := range answer.Rows("lines") {
				gross += line["gross_cents"].(float64)
				units += line["units"].(float64)
				keys = append(keys, line["key"].(string))
			}
			if len(keys) != c.shown {
				t.Errorf("want %d groups, got %d", c.shown, len(keys))
			}
			testserver.Want(t, answer, map[string]any{"gross_cents": gross, "units": units})
			if c.arguments["group_by"] == "day" && !slices.IsSorted(keys) {
				t.Errorf("want the days in order, got %q", keys)
			}
			checkBounded(t, answer)
		})
	}
}

// TestSummary: a summary without its sums, of other days or in another currency is not taken for no revenue.
func TestSummary(t *testing.T) {
	t.Parallel()
	report := func(t *testing.T, change func(map[string]any)) testserver.Result {
		summary := map[string]any{"success": true, "gross_cents": 1200, "net_cents": 1200, "refunded_cents": 0, "units": 1,
			"refunded_units": 0, "currency": "usd", "from": "2026-10-01", "to": "2026-10-31"}
		change(summary)
		return startCanned(t, canned{summary: summary}).Call("sales_report", map[string]any{"period": "2026-10"})
	}
	t.Run("as it should be is the report", func(t *testing.T) {
		testserver.Want(t, report(t, func(map[string]any) {}), map[string]any{"gross_cents": 1200, "units": 1, "source": "summary"})
	})
	for name, change := range map[string]func(map[string]any){
		"without sums is refused":             func(s map[string]any) { delete(s, "gross_cents") },
		"with null for a sum is refused":      func(s map[string]any) { s["units"] = nil },
		"of other days is refused":            func(s map[string]any) { s["from"] = "2026-10-02" },
		"in euros is refused":                 func(s map[string]any) { s["currency"] = "eur" },
		"that is only an envelope is refused": func(s map[string]any) { clear(s); s["success"] = true },
	} {
		t.Run(name, func(t *testing.T) {
			if answer := report(t, change); !answer.IsError {
				t.Errorf("want an error, got %s", answer.Text)
			}
		})
	}
}

// TestReferrersOfBuyersWhoLie: a browser sends what it likes as the page it came from.
func TestReferrersOfBuyersWhoLie(t *testing.T) {
	t.Parallel()
	referrers := []string{"![x](https://evil.example)", "https://[x](a)/", "javascript:alert(1)", "jane@mail.example",
		"https://jane:secret@www.mail.example:443/jane", "direct", ""}
	var sales []map[string]any
	for i, referrer := range referrers {
		sales = append(sales, map[string]any{"id": strconv.Itoa(i), "created_at": "2026-10-05T12:00:00Z", "price": 100,
			"currency": "usd", "referrer": referrer})
	}
	report := startCanned(t, canned{sales: sales}).Must("sales_report",
		map[string]any{"period": "2026-10-05", "group_by": "referrer"})
	got := map[string]any{}
	for _, group := range report.Rows("lines") {
		got[group["key"].(string)] = group["units"]
	}
	want := map[string]any{"other": 4.0, "mail.example": 1.0, "direct": 1.0, "unknown": 1.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("referrers (-want +got):\n%s", diff)
	}
}

// TestTwoGroupings: the lines within a line add up to it, and the lines to the sums.
func TestTwoGroupings(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, smallStore)
	columns := []any{"month", "gross_cents", "refunds_cents", "net_cents", "units"}
	for detail, want := range map[string][]any{"concise": columns, "full": append(slices.Clone(columns), "fees_cents")} {
		report := s.Must("sales_report",
			map[string]any{"period": "2026", "group_by": "product,month", "top": 100, "detail": detail})
		testserver.Want(t, report, map[string]any{"source": "scan", "ranked_by": "gross_cents", "left_out": nil})
		total := map[string]float64{}
		for _, line := range report.Rows("lines") {
			within := line["lines"].(map[string]any)
			if diff := cmp.Diff(want, within["columns"]); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
			var months []string
			sums := map[string]float64{}
			for _, row := range within["rows"].([]any) {
				cells := row.([]any)
				months = append(months, cells[0].(string))
				for i, name := range want[1:] {
					sums[name.(string)] += cells[i+1].(float64)
				}
			}
			if !slices.IsSorted(months) {
				t.Errorf("want the months in order, got %q", months)
			}
			for name, sum := range sums {
				total[name] += sum
				if of, _ := line[name].(float64); of != sum {
					t.Errorf("%s: %s is %v, and its months come to %v", line["key"], name, of, sum)
				}
			}
		}
		for name, sum := range total {
			if of, ok := report.JSON[name].(float64); ok && of != sum {
				t.Errorf("%s is %v, and the lines come to %v", name, of, sum)
			}
		}
		checkBounded(t, report)
	}
	for name, groupings := range map[string]any{"three": "product,month,country", "the same twice": "month,month"} {
		t.Run(name+" are refused", func(t *testing.T) {
			testserver.Says(t, s.In(t).Fails(gumroad.InvalidArguments, "sales_report", map[string]any{"group_by": groupings}),
				"one or two different groupings", "product,month", "Nothing was changed.")
		})
	}
}

// TestLinesTellAll: a line has what a seller asks of it next, so that no product needs a call of its own.
func TestLinesTellAll(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, smallStore)
	report := s.Must("sales_report",
		map[string]any{"period": "2026", "group_by": "product", "detail": "full", "compare": "year_ago", "top": 100})
	var fees, refunds, net float64
	for _, line := range report.Rows("lines") {
		fees += line["fees_cents"].(float64)
		net += line["net_cents"].(float64)
		if refunded, ok := line["refunds_cents"].(float64); ok {
			refunds += refunded
		}
		if line["product_id"] == nil || line["was_gross_cents"] == nil {
			t.Errorf("want the product's id and its gross of the other period, got %v", line)
		}
	}
	testserver.Want(t, report, map[string]any{"fees_cents": fees, "refunds_cents": refunds, "net_cents": net})
	other, _ := report.JSON["compared_with"].(map[string]any)
	if other["fees_cents"] == nil || other["after_fees_cents"] == nil {
		t.Errorf("want the fees of the other period, got %v", other)
	}
	t.Run("one product is named", func(t *testing.T) {
		one := s.In(t).Must("sales_report", map[string]any{"period": "2026-10", "product_id": "Quiet"})
		testserver.Want(t, one, map[string]any{"product": "The Quiet Grid", "product_id": s.Highlight("product with variants").ID})
	})
	t.Run("what lies in the future is cut, and said", func(t *testing.T) {
		cut := s.In(t).Must("sales_report", map[string]any{"from": "2026-11-01", "to": "2026-12-24"})
		testserver.Want(t, cut, map[string]any{"to": "2026-11-15",
			"cut": "2026-11-01 to 2026-12-24; only the days until today are counted"})
		testserver.Want(t, s.In(t).Must("sales_report", map[string]any{"period": "2026-10"}), map[string]any{"cut": nil})
	})
}
