package reports

import (
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// TestClock: the store's time is told on both sides of a change to daylight saving, from the nearest sale.
func TestClock(t *testing.T) {
	var k clock
	if got := k.zone(); got != utcZone {
		t.Errorf("without a sale: %s", got)
	}
	for _, s := range []gumroad.Sale{
		{CreatedAt: "2026-03-01T20:00:30Z", Daystamp: " 1 Mar 2026 12:00 PM"}, // eight hours behind
		{CreatedAt: "2026-03-20T20:00:00Z", Daystamp: "20 Mar 2026  1:00 PM"}, // seven
		{CreatedAt: "2026-03-19T20:00:00Z"},                                   // tells nothing
	} {
		k.learn(s)
	}
	if got := k.zone(); got != storeZone {
		t.Errorf("with sales: %s", got)
	}
	for at, want := range map[string]string{
		"2025-12-31T07:30:00Z": "2025-12-30", "2026-03-02T07:59:00Z": "2026-03-01", "2026-03-02T08:00:00Z": "2026-03-02",
		"2026-03-21T06:59:00Z": "2026-03-20", "2026-07-01T07:00:00Z": "2026-07-01",
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := date(k.local(moment)); got != want {
			t.Errorf("%s is %s in the store, got %s", at, want, got)
		}
	}
}
