package gumroad_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

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

// TestTurns has two callers share a key's rate: what one asks for in great numbers must not hold up the other.
func TestTurns(t *testing.T) {
	const interval = time.Second / 8
	// at is how long after the others a request of a second caller is sent.
	at := func(t *testing.T, crowd func(ctx context.Context, s store)) time.Duration {
		var took time.Duration
		synctest.Test(t, func(t *testing.T) {
			s := open(t, func(c *gumroad.Config) { c.RequestsPerSecond = 8 })
			ctx, cancel := context.WithCancel(gumroad.WithCaller(t.Context(), "many"))
			crowd(ctx, s)
			synctest.Wait()
			asked := time.Now()
			if _, err := s.GetUser(gumroad.WithCaller(t.Context(), "one"), struct{}{}); err != nil {
				t.Error(err)
			}
			took = time.Since(asked)
			cancel()
			time.Sleep(time.Second) // of the bubble's clock: the queue notices that nobody waits
		})
		return took
	}
	t.Run("a caller with one request goes before the rest of another's", func(t *testing.T) {
		took := at(t, func(ctx context.Context, s store) {
			for range 100 {
				go s.GetUser(ctx, struct{}{})
			}
		})
		if took > 3*interval {
			t.Errorf("it waited for %v", took)
		}
	})
	t.Run("a single request goes before those of reports", func(t *testing.T) {
		took := at(t, func(ctx context.Context, s store) {
			for range 40 {
				go func() {
					for range s.ScanSales(ctx, gumroad.ListSales{}) {
					}
				}()
			}
		})
		if took > 3*interval {
			t.Errorf("it waited for %v", took)
		}
	})
	t.Run("a report is not held up for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, func(c *gumroad.Config) { c.RequestsPerSecond = 8 })
			ctx, cancel := context.WithCancel(t.Context())
			for range 20 {
				go func() {
					for ctx.Err() == nil {
						s.GetUser(ctx, struct{}{})
					}
				}()
			}
			synctest.Wait()
			asked := time.Now()
			for _, err := range s.ScanSales(t.Context(), gumroad.ListSales{}) {
				if err != nil {
					t.Error(err)
				}
				break
			}
			if took := time.Since(asked); took > 8*interval {
				t.Errorf("it waited for %v", took)
			}
			cancel()
			time.Sleep(time.Second) // of the bubble's clock: the queue notices that nobody waits
		})
	})
	t.Run("a request outside the queue does not wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, func(c *gumroad.Config) { c.RequestsPerSecond = 8 })
			ctx, cancel := context.WithCancel(t.Context())
			for range 100 {
				go s.GetUser(ctx, struct{}{})
			}
			synctest.Wait()
			asked := time.Now()
			if _, err := s.GetUser(gumroad.WithoutQueue(t.Context()), struct{}{}); err != nil {
				t.Error(err)
			}
			if took := time.Since(asked); took > 0 {
				t.Errorf("it waited for %v", took)
			}
			cancel()
			time.Sleep(time.Second) // of the bubble's clock: the queue notices that nobody waits
		})
	})
}

// TestSharedRate: requests take the turns that the instances agree on, and a quarter of the rate while they cannot.
func TestSharedRate(t *testing.T) {
	const interval = time.Second / 8
	synctest.Test(t, func(t *testing.T) {
		var (
			agree = true
			next  time.Time
			keys  = map[string]bool{}
			at    []time.Time
			log   bytes.Buffer
		)
		s := open(t, func(c *gumroad.Config) {
			c.RequestsPerSecond = 8
			c.Logger = slog.New(slog.NewTextHandler(&log, nil))
			c.Reserve = func(_ context.Context, key string, each time.Duration) (time.Duration, error) {
				keys[key] = true
				if !agree {
					return 0, errors.New("nobody answers")
				}
				if each != interval {
					t.Errorf("a turn each %v", each)
				}
				if now := time.Now(); next.Before(now) {
					next = now
				}
				next = next.Add(2 * interval) // every other turn is another instance's
				return time.Until(next), nil
			}
			inner := c.Transport
			c.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				at = append(at, time.Now())
				return inner.RoundTrip(r)
			})
		})
		requests := func(n int) {
			for range n {
				if _, err := s.GetUser(t.Context(), struct{}{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		requests(5)
		agree = false
		requests(5)
		agree = true
		requests(5)
		var apart []time.Duration
		for i := range len(at) - 1 {
			if i != 4 { // the first one alone does not wait
				apart = append(apart, at[i+1].Sub(at[i]))
			}
		}
		slow, quarter := 2*interval, 4*interval
		want := []time.Duration{slow, slow, slow, slow, quarter, quarter, quarter, quarter, slow, slow, slow, slow, slow}
		if diff := cmp.Diff(want, apart); diff != "" {
			t.Errorf("apart (-want +got):\n%s", diff)
		}
		if len(keys) != 1 || !keys[s.Credential().Fingerprint()] {
			t.Errorf("turns under %v", keys)
		}
		if lines := strings.Count(log.String(), "agree"); lines != 2 {
			t.Errorf("the log says it %d times: %s", lines, log.String())
		}
	})
}
