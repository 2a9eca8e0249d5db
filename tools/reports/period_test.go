package reports_test

import (
	"cmp"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// TestPeriods: which days a period means, and which ones it is compared with. The store's clocks are eight hours
// behind.
func TestPeriods(t *testing.T) {
	t.Parallel()
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
			name := c.now + " " + cmp.Or(c.period, "no period")
			if old {
				name += " of Gumroad of 2025"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				now, err := time.Parse(time.RFC3339, c.now)
				if err != nil {
					t.Fatal(err)
				}
				s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) {
					s.Sandbox.Now = func() time.Time { return now }
					s.Client.Now = s.Sandbox.Now
					s.Sandbox.Compat2025, s.Sandbox.Sales = old, 1
				})
				arguments := map[string]any{"compare": "previous"}
				if c.period != "" {
					arguments["period"] = c.period
				}
				answer := s.Must("sales_report", arguments)
				testserver.Want(t, answer, map[string]any{"from": c.from, "to": c.to})
				other := testserver.Result{Text: answer.Text, JSON: answer.JSON["compared_with"].(map[string]any)}
				testserver.Want(t, other, map[string]any{"from": c.beforeFrom, "to": c.beforeTo})
			})
		}
	}
}

func TestPeriodsAreRefused(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	for _, c := range []struct {
		name      string
		arguments map[string]any
		says      string
	}{
		{"a word", map[string]any{"period": "october"}, "period"},
		{"a month that does not exist", map[string]any{"period": "2026-13"}, `There is no day or month "2026-13"`},
		{"a day that does not exist", map[string]any{"period": "2026-02-30"}, `There is no day or month "2026-02-30"`},
		{"a year to come", map[string]any{"period": "2027"}, "in the future"},
		{"an end without a start", map[string]any{"to": "2026-10-01"}, "to needs from"},
		{"an end before the start", map[string]any{"from": "2026-10-02", "to": "2026-10-01"}, "from must not be after to"},
		{"a period and a start", map[string]any{"period": "2026-10", "from": "2026-10-01"}, "not both"},
		{"a start that is no date", map[string]any{"from": "soon"}, "from must be a date"},
		{"groups of buyers", map[string]any{"group_by": "buyer"}, "group_by must be one of"},
		{"a comparison with the budget", map[string]any{"compare": "budget"}, "compare must be one of"},
		{"the top none", map[string]any{"top": 0}, "top must be at least 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			testserver.Says(t, s.In(t).Fails(gumroad.InvalidArguments, "sales_report", c.arguments), c.says)
		})
	}
}
