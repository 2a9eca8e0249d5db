package gumroad_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// TestFaults runs a read and a write into every fault: reads recover, writes are sent once and say what is known.
func TestFaults(t *testing.T) {
	type outcome struct {
		Code     gumroad.Code
		Requests int
		Shipped  bool // afterwards
	}
	for _, c := range []struct {
		name          string
		fault         sandbox.Fault
		read, write   gumroad.Code
		reads, writes int // requests it takes
		commits       bool
	}{
		{"none", sandbox.Fault{Path: "/nowhere", Kind: sandbox.FaultCut}, "", "", 1, 1, true},
		{"429", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, Count: 2}, "", "", 3, 3, true},
		{"429 with Retry-After", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, RetryAfter: "2", Count: 1},
			"", "", 2, 2, true},
		{"429 for good", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429},
			gumroad.RateLimited, gumroad.RateLimited, 4, 4, false},
		{"408", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 408, Count: 1}, "", gumroad.OutcomeUnknown, 2, 1, false},
		{"500", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 500, Count: 2},
			"", gumroad.OutcomeUnknown, 3, 1, false},
		{"503 for good", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503},
			gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown, 4, 1, false},
		{"cut-off body", sandbox.Fault{Kind: sandbox.FaultCut, Count: 1}, "", gumroad.OutcomeUnknown, 2, 1, true},
		{"HTML error page", sandbox.Fault{Kind: sandbox.FaultHTML, Status: 502, Count: 1},
			"", gumroad.OutcomeUnknown, 2, 1, false},
		{"HTML with 200", sandbox.Fault{Kind: sandbox.FaultHTML, Status: 200},
			gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown, 1, 1, false},
		{"slow", sandbox.Fault{Kind: sandbox.FaultSlow, Delay: 20 * time.Second}, "", "", 1, 1, true},
		{"slower than the limit", sandbox.Fault{Kind: sandbox.FaultSlow, Delay: 2 * time.Minute},
			gumroad.Timeout, gumroad.OutcomeUnknown, 1, 1, false},
		{"lost after commit", sandbox.Fault{Kind: sandbox.FaultLost, Count: 1}, "", gumroad.OutcomeUnknown, 2, 1, true},
		{"connection refused", sandbox.Fault{Kind: sandbox.FaultRefused, Count: 2}, "", "", 3, 3, true},
		{"refused for good", sandbox.Fault{Kind: sandbox.FaultRefused},
			gumroad.UpstreamUnavailable, gumroad.UpstreamUnavailable, 4, 4, false},
		{"redirect", sandbox.Fault{Kind: sandbox.FaultRedirect, URL: "https://evil.example/"},
			gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown, 1, 1, false},
		{"12 MB", sandbox.Fault{Kind: sandbox.FaultBig},
			gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown, 1, 1, false},
		{"gzip bomb", sandbox.Fault{Kind: sandbox.FaultBomb},
			gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown, 1, 1, false},
	} {
		run := func(name string, want outcome, act func(ctx context.Context, s store, sale gumroad.SaleRef) error) {
			t.Run(name+" "+c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { // the waits between attempts take no time
					s := open(t)
					sale := gumroad.SaleRef{SaleID: s.highlight(t, "physical sale not shipped").ID}
					s.Inject(c.fault)
					got := outcome{Code: code(act(t.Context(), s, sale)), Requests: len(s.Journal())}
					s.ClearFaults()
					after, err := s.GetSale(t.Context(), sale)
					if err != nil {
						t.Fatal(err)
					}
					got.Shipped = after.Shipped.IsTrue()
					if diff := cmp.Diff(want, got); diff != "" {
						t.Error(diff)
					}
				})
			})
		}
		run("read", outcome{c.read, c.reads, false}, func(ctx context.Context, s store, sale gumroad.SaleRef) error {
			_, err := s.GetSale(ctx, sale)
			return err
		})
		shipping := outcome{c.write, c.writes, c.commits}
		run("write", shipping, func(ctx context.Context, s store, sale gumroad.SaleRef) error {
			_, err := s.MarkSaleShipped(ctx, gumroad.MarkSaleShipped{SaleRef: sale})
			return err
		})
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	for _, c := range []struct {
		name, header string
		min, max     time.Duration
	}{
		{"seconds", "3", 3 * time.Second, 3 * time.Second},
		{"the ceiling", "30", 30 * time.Second, 30 * time.Second},
		{"neither seconds nor a date", "soon", 100 * time.Millisecond, 400 * time.Millisecond}, // the backoff
		{"date", "", 4 * time.Second, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if c.header == "" {
					c.header = time.Now().Add(5 * time.Second).UTC().Format(http.TimeFormat)
				}
				s := open(t)
				s.Inject(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, RetryAfter: c.header, Count: 1})
				started := time.Now()
				if _, err := s.GetUser(t.Context(), struct{}{}); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(started); waited < c.min || waited > c.max {
					t.Errorf("waited %v, want %v to %v", waited, c.min, c.max)
				}
			})
		})
	}
}

// TestLongRetryAfterIsReported: a call that is refused for longer than anybody waits ends at once, and says for how long.
func TestLongRetryAfterIsReported(t *testing.T) {
	for header, want := range map[string]string{
		"31": "a minute", "61": "2 minutes", "512": "9 minutes", "32768": "10 hours", "99999999999999": "596524 hours", "date": "2 hours",
	} {
		t.Run(header, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if header == "date" {
					header = time.Now().Add(2 * time.Hour).UTC().Format(http.TimeFormat)
				}
				s := open(t)
				s.Inject(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, RetryAfter: header, Count: 1})
				started := time.Now()
				_, err := s.CreateProduct(t.Context(), gumroad.CreateProduct{Name: "x", Price: 700})
				want := &gumroad.Error{Code: gumroad.RateLimited, Origin: gumroad.Gumroad, Status: 429,
					Message: "Too many requests; Gumroad takes the next in " + want + "."}
				if diff := diffError(want, err); diff != "" {
					t.Error(diff)
				}
				if waited := time.Since(started); waited > 0 || len(s.Journal()) != 1 {
					t.Errorf("it waited %v and sent %d requests", waited, len(s.Journal()))
				}
			})
		})
	}
}

func TestTheCallersContextEndsTheWaitForARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.Inject(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, RetryAfter: "20"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		_, err := s.GetUser(ctx, struct{}{})
		type outcome struct {
			Code     gumroad.Code
			After    time.Duration
			Requests int
		}
		want := outcome{gumroad.Timeout, time.Second, 1}
		if diff := cmp.Diff(want, outcome{code(err), time.Since(started), len(s.Journal())}); diff != "" {
			t.Error(diff)
		}
	})
}

// TestHostsThatAreNotReached: what a person can do depends on the way in which a host was not reached.
func TestHostsThatAreNotReached(t *testing.T) {
	for says, failure := range map[string]error{
		"The name gateway.maton.ai could not be resolved.": &net.DNSError{Err: "no such host", Name: "gateway.maton.ai"},
		"gateway.maton.ai refused the connection.":         &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		"The certificate of gateway.maton.ai is not trusted.": &tls.CertificateVerificationError{
			Err: x509.UnknownAuthorityError{}},
		"No connection to gateway.maton.ai could be made.": &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH},
	} {
		t.Run(says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential("key"), RequestsPerSecond: -1, Connection: "x",
					Logger:    slog.New(slog.NewTextHandler(&log, nil)),
					Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, failure })})
				if err != nil {
					t.Fatal(err)
				}
				_, err = client.ListSales(t.Context(), gumroad.ListSales{Email: "canary@example.com"})
				want := &gumroad.Error{Code: gumroad.UpstreamUnavailable, Message: says}
				if diff := diffError(want, err); diff != "" {
					t.Error(diff)
				}
				if !strings.Contains(log.String(), failure.Error()) || strings.Contains(log.String(), "canary") {
					t.Errorf("the log is to have the cause and not what was asked for: %s", &log)
				}
			})
		})
	}
}
