package gumroad_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// TestRateLimit counts requests in every second of a burst of calls.
func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		s := open(t, func(c *gumroad.Config) {
			c.RequestsPerSecond = 8
			inner := c.Transport
			c.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				at = append(at, time.Now())
				return inner.RoundTrip(r)
			})
		})
		for range 40 {
			if _, err := s.WithCredential(s.Credential()).GetUser(t.Context(), struct{}{}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range at {
			inSecond := slices.IndexFunc(at[i:], func(other time.Time) bool { return other.Sub(at[i]) >= time.Second })
			if inSecond > 8 {
				t.Fatalf("%d requests within a second", inSecond)
			}
		}
		if whole := at[39].Sub(at[0]); whole > 5*time.Second {
			t.Errorf("40 requests took %v", whole)
		}
	})
}
