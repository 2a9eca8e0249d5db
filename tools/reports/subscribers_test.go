package reports_test

import (
	"fmt"
	"math"
	"net/url"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// TestSubscriberReport compares with every membership read on its own, found through every sale there is.
func TestSubscriberReport(t *testing.T) {
	t.Parallel()
	server := testserver.Start(t, smallStore)
	b := books{t, server.Sandbox}
	all := b.sales()
	last := map[string]map[string]any{} // the last full charge; the list is newest first
	var subscriptions []map[string]any
	seen := map[string]bool{}
	for _, row := range all {
		id, _ := row["subscription_id"].(string)
		if id == "" {
			continue
		}
		_, hasTrial := row["free_trial_ended"].(bool)
		if last[id] == nil && row["is_upgrade_purchase"] != true && (!hasTrial || row["recurring_charge"] == true) {
			last[id] = row
		}
		if !seen[id] {
			seen[id] = true
			subscriptions = append(subscriptions,
				b.get("/subscribers/"+url.PathEscape(id), url.Values{})["subscriber"].(map[string]any))
		}
	}
	when := func(v any) time.Time {
		text, _ := v.(string)
		at, _ := time.Parse(time.RFC3339, text)
		return at
	}
	months := map[string]float64{"monthly": 1, "quarterly": 3, "biannually": 6, "yearly": 12, "every_two_years": 24}
	for _, c := range []struct{ name, product, period, from, until string }{
		{"all in a month", "", "2026-10", "2026-10-01", "2026-11-01"},
		{"all in another month", "", "2026-08", "2026-08-01", "2026-09-01"},
		{"all in a year", "", "this_year", "2026-01-01", "2026-11-16"},
		{"one membership in some days", "membership", "last_30_days", "2026-10-17", "2026-11-16"},
		{"one of fixed length in a year", "fixed-length subscription", "2026", "2026-01-01", "2026-11-16"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := server.In(t)
			arguments := map[string]any{"period": c.period}
			product := ""
			if c.product != "" {
				product = s.Highlight(c.product).ID
				arguments["product_id"] = product
			}
			from, until := when(c.from+"T00:00:00Z"), when(c.until+"T00:00:00Z")
			count := map[string]int{}
			var mrr, risk float64
			for _, sub := range subscriptions {
				if product != "" && sub["product_id"] != product {
					continue
				}
				created, status := when(sub["created_at"]), sub["status"].(string)
				ended := map[string]time.Time{"cancelled": when(sub["cancelled_at"]), "failed_payment": when(sub["failed_at"]),
					"fixed_subscription_period_ended": when(sub["ended_at"])}[status]
				over := !ended.IsZero()
				if created.Before(from) && (!over || !ended.Before(from)) {
					count["active_before"]++
				}
				if created.Before(until) && (!over || !ended.Before(until)) {
					count["active_after"]++
				}
				if !created.Before(from) && created.Before(until) {
					count["new"]++
				}
				if over && !ended.Before(from) && ended.Before(until) {
					count[map[string]string{"cancelled": "cancelled", "failed_payment": "failed",
						"fixed_subscription_period_ended": "fixed_ended"}[status]]++
				}
				if over {
					continue
				}
				count["now"]++
				count[status]++
				if when(sub["free_trial_ends_at"]).After(testserver.Now) {
					count["trial"]++
					continue
				}
				if charge := last[sub["id"].(string)]; sub["charge_occurrence_count"] == nil && charge != nil {
					monthly := math.Round(float64(number(charge["price"])) / months[sub["recurrence"].(string)])
					mrr += monthly
					if status != "alive" {
						risk += monthly
					}
				}
			}
			want := map[string]any{"complete": true, "time_zone": "store"}
			for _, name := range []string{"active_before", "active_after", "new", "cancelled", "failed", "fixed_ended"} {
				want[name] = count[name]
			}
			want["now"] = map[string]any{
				"active": count["now"], "in_trial": count["trial"], "leaving": count["pending_cancellation"],
				"failing": count["pending_failure"], "mrr_cents": mrr, "mrr_at_risk_cents": risk, "currency": "usd",
			}
			if before := count["active_before"]; before > 0 {
				want["churn"] = fmt.Sprintf("%.1f%%", 100*float64(count["cancelled"]+count["failed"])/float64(before))
			}
			testserver.Want(t, s.Must("subscriber_report", arguments), want)
		})
	}
}

func TestSubscriberReportFails(t *testing.T) {
	t.Parallel()
	t.Run("a product that is no membership is refused", func(t *testing.T) {
		s := testserver.Start(t, smallStore)
		s.Fails(gumroad.InvalidArguments, "subscriber_report",
			map[string]any{"product_id": s.Highlight("digital product").ID})
	})
	t.Run("a time that cannot be read is none", func(t *testing.T) {
		for member, readable := range map[string]bool{
			`"created_at":"2026-01-05T12:00:00Z"`:                                 true,
			`"created_at":null`:                                                   false,
			`"created_at":"5 Jan 2026"`:                                           false,
			`"created_at":1767614400`:                                             false,
			`"created_at":"2026-01-05T12:00:00Z","free_trial_ends_at":true`:       false,
			`"created_at":"2026-01-05T12:00:00Z","cancelled_at":"2026-02-01"`:     false,
			`"created_at":"2026-01-05T12:00:00Z","failed_at":{"at":"2026-02-01"}`: false,
		} {
			s := startCanned(t, cannedBodies{
				"/products":    `{"success":true,"products":[{"id":"p","name":"Club","is_tiered_membership":true}]}`,
				"/sales":       `{"success":true,"sales":[]}`,
				"/subscribers": `{"success":true,"subscribers":[{"id":"s","status":"alive",` + member + `}]}`,
			})
			arguments := map[string]any{"period": "2026-01"}
			if readable {
				testserver.Want(t, s.Must("subscriber_report", arguments), map[string]any{"new": 1})
			} else {
				s.Fails(gumroad.UpstreamUnavailable, "subscriber_report", arguments)
			}
		}
	})
	t.Run("a part of the memberships is no report", func(t *testing.T) {
		s := testserver.Start(t, smallStore)
		s.Sandbox.Inject(sandbox.Fault{Path: "/subscribers/*", Kind: sandbox.FaultBig, After: 1})
		s.Fails(gumroad.UpstreamUnavailable, "subscriber_report", map[string]any{"period": "this_year"})
	})
}

// TestMembershipsApart: each membership has a line, and who left is named.
func TestMembershipsApart(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	report := s.Must("subscriber_report", map[string]any{"period": "2026"})
	lines := map[string]map[string]any{}
	sums := map[string]float64{}
	for _, line := range report.Rows("memberships") {
		lines[line["product"].(string)] = line
		for _, name := range []string{"new", "cancelled", "failed", "active_before", "active_after"} {
			sums[name] += line[name].(float64)
		}
	}
	if len(lines) != 2 || lines["Twelve Weeks of Lettering"]["fixed_length"] != true ||
		lines["Pixel & Page Club"]["fixed_length"] != nil {
		t.Errorf("want the club and the course of a fixed length, got %v", lines)
	}
	for name, sum := range sums {
		testserver.Want(t, report, map[string]any{name: sum})
	}
	left := report.Rows("left")
	counted := report.JSON["cancelled"].(float64) + report.JSON["failed"].(float64) + report.JSON["fixed_ended"].(float64)
	if len(left) == 0 || float64(len(left)) != counted {
		t.Errorf("%v left, and %d are named", counted, len(left))
	}
	for _, gone := range left {
		member := s.Must("get_subscriber", map[string]any{"subscriber_id": gone["subscriber_id"]})
		testserver.Want(t, member, map[string]any{"email": gone["email"], "product_name": gone["product"]})
		if on := gone["on"].(string); on < "2026-01-01" || on > "2026-11-15" || gone["since"].(string) > on {
			t.Errorf("got %v", gone)
		}
	}
	t.Run("one membership has no lines", func(t *testing.T) {
		one := s.In(t).Must("subscriber_report", map[string]any{"period": "2026", "product_id": "Club"})
		testserver.Want(t, one, map[string]any{"product": "Pixel & Page Club", "memberships": nil})
	})
	t.Run("who left is masked where buyers are", func(t *testing.T) {
		masked := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Tools.MaskPII = true }).
			Must("subscriber_report", map[string]any{"period": "2026"})
		for _, gone := range left {
			testserver.SaysNot(t, masked, gone["email"].(string))
		}
	})
}
