package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestUpcoming: what Gumroad makes of a seller's balance, which the demo's own stores do not show.
func TestUpcoming(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*store)
		has    string
	}{
		{"paused payouts", func(st *store) { st.seller.payoutsPaused = true }, `"payouts":[{"id":null,"amount":"192.31","currency":"usd","status":"paused"`},
		{"nothing earned", func(st *store) { st.sales = nil }, `"payouts":[]`},
		{"less than is paid out", func(st *store) {
			for _, s := range st.sales[:len(st.sales)-1] {
				s.state = stateFailed
			}
			st.sales[len(st.sales)-1].usdCents, st.sales[len(st.sales)-1].processor = 1200, processorGumroad
		}, `"payouts":[]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New(Options{Now: func() time.Time { return standingNow }, Sales: 1})
			c.change(s.stores[0])
			r := httptest.NewRequest(http.MethodGet, "/v2/payouts/upcoming?include_sales=false", nil)
			r.Header.Set("Authorization", "Bearer "+GumroadToken)
			w := httptest.NewRecorder()
			if s.ServeHTTP(w, r); !strings.Contains(w.Body.String(), c.has) {
				t.Errorf("want %s, got %.300s", c.has, w.Body)
			}
		})
	}
}
