package gumroad_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

var clock = time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)

type store struct {
	*gumroad.Client
	*sandbox.Sandbox
}

func open(t testing.TB, change ...func(*gumroad.Config)) store {
	t.Helper()
	box := sandbox.New(sandbox.Options{Now: func() time.Time { return clock }, Sales: 260})
	config := gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: box, RequestsPerSecond: -1,
		Connection: box.Highlights()[0].ID}
	for _, f := range change {
		f(&config)
	}
	client, err := gumroad.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return store{client, box}
}

func (s store) highlight(t testing.TB, name string) sandbox.Highlight {
	t.Helper()
	for _, h := range s.Highlights() {
		if h.Name == name {
			return h
		}
	}
	t.Fatalf("no highlight %q", name)
	return sandbox.Highlight{}
}

// seen is the journal as "METHOD path status fault committed".
func (s store) seen() []string {
	var lines []string
	for _, e := range s.Journal() {
		line := fmt.Sprintf("%s %s %d", e.Method, strings.TrimPrefix(e.Path, "/gumroad/v2"), e.Status)
		if e.Fault != "" {
			line += " " + string(e.Fault)
		}
		if e.Committed {
			line += " committed"
		}
		lines = append(lines, line)
	}
	return lines
}

func code(err error) gumroad.Code {
	var e *gumroad.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestFaults runs a read and a write into every fault: reads recover, writes are sent once and say what is known.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name          string
		fault         sandbox.Fault
		read, write   gumroad.Code
		reads, writes int // requests it took
		commits       bool
	}{
		{"none", sandbox.Fault{Path: "/nowhere", Kind: sandbox.FaultCut}, "", "", 1, 1, true},
		{"429", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, Count: 2}, "", "", 3, 3, true},
		{"429 with Retry-After", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, RetryAfter: "2", Count: 1}, "", "", 2, 2, true},
		{"429 for good", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429}, gumroad.RateLimited, gumroad.RateLimited, 4, 4, false},
		{"408", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 408, Count: 1}, "", gumroad.Rejected, 2, 1, false},
		{"500", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 500, Count: 2}, "", gumroad.OutcomeUnknown, 3, 1, false},
		{"503 for good", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503}, gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown, 4, 1, false},
		{"cut-off body", sandbox.Fault{Kind: sandbox.FaultCut, Count: 1}, "", gumroad.OutcomeUnknown, 2, 1, true},
		{"HTML error page", sandbox.Fault{Kind: sandbox.FaultHTML, Status: 502, Count: 1}, "", gumroad.OutcomeUnknown, 2, 1, false},
		{"HTML with 200", sandbox.Fault{Kind: sandbox.FaultHTML, Status: 200}, gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown, 1, 1, false},
		{"slow", sandbox.Fault{Kind: sandbox.FaultSlow, Delay: 20 * time.Second}, "", "", 1, 1, true},
		{"slower than the limit", sandbox.Fault{Kind: sandbox.FaultSlow, Delay: 2 * time.Minute}, gumroad.Timeout, gumroad.OutcomeUnknown, 1, 1, false},
		{"lost after commit", sandbox.Fault{Kind: sandbox.FaultLost, Count: 1}, "", gumroad.OutcomeUnknown, 2, 1, true},
		{"connection refused", sandbox.Fault{Kind: sandbox.FaultRefused, Count: 2}, "", "", 3, 3, true},
		{"refused for good", sandbox.Fault{Kind: sandbox.FaultRefused}, gumroad.UpstreamUnavailable, gumroad.UpstreamUnavailable, 4, 4, false},
		{"redirect", sandbox.Fault{Kind: sandbox.FaultRedirect, URL: "https://evil.example/"}, gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown, 1, 1, false},
		{"12 MB", sandbox.Fault{Kind: sandbox.FaultBig}, gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown, 1, 1, false},
		{"gzip bomb", sandbox.Fault{Kind: sandbox.FaultBomb}, gumroad.UpstreamUnavailable, gumroad.OutcomeUnknown, 1, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the waits between attempts take no time
				for _, write := range []bool{false, true} {
					s := open(t)
					sale := s.highlight(t, "physical sale not shipped").ID
					s.Inject(c.fault)
					var err error
					want, requests := c.read, c.reads
					if write {
						_, err = s.MarkSaleShipped(t.Context(), gumroad.MarkSaleShipped{SaleRef: gumroad.SaleRef{SaleID: sale}})
						want, requests = c.write, c.writes
					} else {
						_, err = s.GetSale(t.Context(), gumroad.SaleRef{SaleID: sale})
					}
					if got := code(err); got != want || want == "" && err != nil {
						t.Errorf("write %v: want %q, got %v", write, want, err)
					}
					if got := s.seen(); len(got) != requests {
						t.Errorf("write %v: want %d requests, got %q", write, requests, got)
					}
					s.ClearFaults()
					if after, err := s.GetSale(t.Context(), gumroad.SaleRef{SaleID: sale}); err != nil {
						t.Error(err)
					} else if shipped := after.Shipped != nil && *after.Shipped; write && shipped != c.commits {
						t.Errorf("shipped is %v", shipped)
					}
				}
			})
		})
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			header   string
			min, max time.Duration
		}{
			{"date", 4 * time.Second, 5 * time.Second},
			{"3", 3 * time.Second, 3 * time.Second},
			{"86400", 30 * time.Second, 30 * time.Second},            // the ceiling
			{"soon", 100 * time.Millisecond, 400 * time.Millisecond}, // the backoff
		} {
			if c.header == "date" {
				c.header = time.Now().Add(5 * time.Second).UTC().Format(http.TimeFormat)
			}
			s := open(t)
			s.Inject(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, RetryAfter: c.header, Count: 1})
			started := time.Now()
			if _, err := s.GetUser(t.Context(), struct{}{}); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(started); waited < c.min || waited > c.max {
				t.Errorf("Retry-After %q: waited %v", c.header, waited)
			}
		}
	})
}

func TestTheCallersContextWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.Inject(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, RetryAfter: "20"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		_, err := s.GetUser(ctx, struct{}{})
		if err == nil || time.Since(started) > 2*time.Second || len(s.seen()) != 1 {
			t.Errorf("%v after %v and %q", err, time.Since(started), s.seen())
		}
	})
}

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

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestAnswers reads the shapes upstream answers with.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name         string
		status       int
		contentType  string
		body         string
		code         gumroad.Code
		said         string
		direct       bool
		onlyMentions string
	}{
		{name: "not found with 200", status: 200, body: `{"success":false,"message":"The sale was not found."}`, code: gumroad.NotFound, said: "The sale was not found."},
		{name: "refused with 200", status: 200, body: `{"success":false,"message":"Purchase is already refunded."}`, code: gumroad.Rejected, said: "Purchase is already refunded."},
		{name: "400 of Gumroad", status: 400, body: `{"status":400,"error":"Invalid page_key."}`, code: gumroad.InvalidArguments, said: "Invalid page_key."},
		{name: "400 of the gateway", status: 400, body: `{"error":"no connection"}`, code: gumroad.NoConnection, said: "no connection"},
		{name: "400 of the gateway as text", status: 400, contentType: "text/plain", body: `no connection`, code: gumroad.NoConnection},
		{name: "400 in direct mode", status: 400, body: ``, code: gumroad.InvalidArguments, direct: true},
		{name: "401 without a body", status: 401, code: gumroad.BadCredential, direct: true},
		{name: "403 without a body", status: 403, code: gumroad.MissingScope, onlyMentions: "view_sales"},
		{name: "404 of a route", status: 404, body: `{"status":404,"error":"Not Found"}`, code: gumroad.NotFound},
		{name: "404 as HTML", status: 404, contentType: "text/html", body: `<h1>no</h1>`, code: gumroad.NotFound},
		{name: "422", status: 422, body: `{}`, code: gumroad.Rejected},
		{name: "500 with an envelope", status: 500, body: `{"success":false,"message":"The 'product_id' parameter is required"}`, code: gumroad.Rejected, said: "The 'product_id' parameter is required"},
		{name: "no record", status: 200, body: `{"success":true}`, code: gumroad.UpstreamUnavailable},
		{name: "null record", status: 200, body: `{"success":true,"sale":null}`, code: gumroad.UpstreamUnavailable},
		{name: "a list", status: 200, body: `[]`, code: gumroad.UpstreamUnavailable},
		{name: "text that declares JSON", status: 200, body: `Internal Server Error`, code: gumroad.UpstreamUnavailable},
		{name: "an empty 200", status: 200, body: ``, code: gumroad.UpstreamUnavailable},
		{name: "fine", status: 200, body: `{"success":true,"sale":{"id":"x","price":"1250","order_id":7.0,"card":"odd"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := gumroad.Config{MatonKey: gumroad.NewCredential("mk_canary_1234"), RequestsPerSecond: -1, Connection: "x"}
				if c.direct {
					config = gumroad.Config{GumroadToken: gumroad.NewCredential("mk_canary_1234"), RequestsPerSecond: -1}
				}
				config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
					w := httptest.NewRecorder()
					w.Header().Set("Content-Type", or(c.contentType, "application/json; charset=utf-8"))
					w.WriteHeader(c.status)
					w.WriteString(c.body)
					return w.Result(), nil
				})
				client, err := gumroad.New(config)
				if err != nil {
					t.Fatal(err)
				}
				sale, err := client.GetSale(t.Context(), gumroad.SaleRef{SaleID: "x"})
				if c.code == "" {
					if err != nil || *sale.Price != 1250 || *sale.OrderID != 7 {
						t.Errorf("%+v, %v", sale, err)
					}
					return
				}
				var e *gumroad.Error
				if !errors.As(err, &e) || e.Code != c.code || c.said != "" && e.Said != c.said || !strings.Contains(e.Message, c.onlyMentions) {
					t.Errorf("%#v", err)
				}
			})
		})
	}
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func TestUnauthorizedIsToldApart(t *testing.T) {
	answer := func(api, control int) error {
		client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential("key"), RequestsPerSecond: -1, Connection: "x",
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				w := httptest.NewRecorder()
				w.Header().Set("Content-Type", "application/json")
				if strings.HasPrefix(r.URL.Path, "/connections") {
					w.WriteHeader(control)
					w.WriteString(`{"connections":[]}`)
				} else {
					w.WriteHeader(api)
				}
				return w.Result(), nil
			})})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.GetUser(t.Context(), struct{}{})
		return err
	}
	if err := answer(401, 401); !strings.Contains(err.Error(), "Maton refused the API key") {
		t.Error(err)
	}
	if err := answer(401, 200); !strings.Contains(err.Error(), "revoked") {
		t.Error(err)
	}
}

// TestSecretsStayPut runs into every fault with a canary for a key and looks for it in errors, logs and other hosts.
func TestSecretsStayPut(t *testing.T) {
	const canary = "mk_CANARY/9f3+long=enough"
	var log bytes.Buffer
	var hosts []string
	kinds := []int{200, 302, 400, 401, 403, 404, 500}
	for _, status := range kinds {
		synctest.Test(t, func(t *testing.T) {
			client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(canary), RequestsPerSecond: -1, Connection: "x",
				Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					hosts = append(hosts, r.URL.Host)
					w := httptest.NewRecorder()
					w.Header().Set("Content-Type", "application/json")
					w.Header().Set("Location", "https://evil.example/")
					w.WriteHeader(status)
					fmt.Fprintf(w, `{"success":false,"message":"you sent %s and %s"}`, r.Header.Get("Authorization"), url.QueryEscape(canary))
					return w.Result(), nil
				})})
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.GetSale(t.Context(), gumroad.SaleRef{SaleID: "x"})
			var e *gumroad.Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			whole, _ := json.Marshal(e)
			for _, text := range []string{err.Error(), fmt.Sprintf("%+v %#v", e, e), string(whole), fmt.Sprintf("%v %+v %#v %s %q", client.Credential(), client.Credential(), client.Credential(), client.Credential(), client.Credential())} {
				for _, form := range []string{canary, url.QueryEscape(canary)} {
					if strings.Contains(text, form) {
						t.Errorf("status %d: the key is in %q", status, text)
					}
				}
			}
		})
	}
	if strings.Contains(log.String(), "CANARY") {
		t.Errorf("the key is in the log: %s", &log)
	}
	for _, host := range hosts {
		if host != "gateway.maton.ai" && host != "ctrl.maton.ai" {
			t.Errorf("a request went to %s", host)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		config gumroad.Config
		says   string
	}{
		{gumroad.Config{GatewayURL: "http://gateway.maton.ai"}, "gateway URL"},
		{gumroad.Config{GatewayURL: "//evil"}, "gateway URL"},
		{gumroad.Config{ControlURL: "https://user:pass@ctrl.maton.ai"}, "control URL"},
		{gumroad.Config{ControlURL: "https://ctrl.maton.ai?x=1"}, "control URL"},
		{gumroad.Config{GumroadToken: gumroad.NewCredential("t"), APIURL: "ftp://x"}, "API URL"},
		{gumroad.Config{MatonKey: gumroad.NewCredential("a"), GumroadToken: gumroad.NewCredential("b")}, "keep one"},
		{gumroad.Config{MatonKey: gumroad.NewCredential("a\r\nb")}, "character"},
		{gumroad.Config{Connection: "a b"}, "connection id"},
	} {
		if _, err := gumroad.New(c.config); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: want %q, got %v", c.config, c.says, err)
		}
	}
	for _, config := range []gumroad.Config{{}, {GatewayURL: "http://127.0.0.1:8787", ControlURL: "http://[::1]:8787/"}, {GatewayURL: "http://localhost:1"}} {
		if _, err := gumroad.New(config); err != nil {
			t.Error(err)
		}
	}
}

func TestPostURL(t *testing.T) {
	for _, good := range []string{"https://example.com/hook", "https://hooks.example.co.uk:8443/a?b=c", "https://1.1.1.1/x", "https://[2606:4700:4700::1111]/", "https://a_b.example.com", "https://xn--bcher-kva.example.com/"} {
		if err := gumroad.CheckPostURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "example.com", "http://example.com", "ftp://example.com", "https://", "https:example.com", "https://user@example.com", "https://u:p@example.com",
		"https://localhost", "https://localhost.", "https://LOCALHOST/x", "https://a.localhost", "https://printer.local", "https://x.internal", "https://single",
		"https://127.0.0.1", "https://127.1", "https://0x7f.1", "https://2130706433", "https://0177.0.0.1", "https://0x7f000001", "https://1.2.3", "https://10.0.0.1.",
		"https://10.0.0.1", "https://172.16.0.1", "https://192.168.1.1", "https://169.254.169.254", "https://100.64.0.1", "https://0.0.0.0", "https://224.0.0.1", "https://255.255.255.255", "https://192.0.2.1", "https://198.18.0.1",
		"https://[::1]", "https://[::]", "https://[fe80::1]", "https://[fe80::1%25eth0]", "https://[fc00::1]", "https://[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]", "https://[::ffff:10.0.0.1]", "https://[64:ff9b::7f00:1]", "https://[2002:7f00:1::]", "https://[2001:db8::1]", "https://[ff02::1]",
		"https://exa mple.com", "https://example.com\r\nX: y", "https://example.com\\@evil", "https://bücher.example", "https://１２７.0.0.1", "https://-a.example.com",
	} {
		if err := gumroad.CheckPostURL(bad); code(err) != gumroad.InvalidArguments {
			t.Errorf("%q is accepted: %v", bad, err)
		}
	}
}

func TestWebhooksAreListedTogetherOrNotAtAll(t *testing.T) {
	s := open(t)
	page, err := s.ListWebhooks(t.Context(), gumroad.ListWebhooks{})
	if err != nil || len(page.Rows) < 2 {
		t.Fatal(page, err)
	}
	var events []string
	for _, e := range s.Journal() {
		events = append(events, e.Query.Get("resource_name"))
	}
	slices.Sort(events)
	want := gumroad.WebhookEvents()
	slices.Sort(want)
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.Inject(sandbox.Fault{Path: "/resource_subscriptions", Kind: sandbox.FaultStatus, Status: 500, After: 5})
		if page, err := s.ListWebhooks(t.Context(), gumroad.ListWebhooks{}); err == nil || len(page.Rows) > 0 {
			t.Error("a failed part was passed over")
		}
	})
}

func TestUndocumentedShapesOfMaton(t *testing.T) {
	box := sandbox.New(sandbox.Options{BareMatonErrors: true, Now: func() time.Time { return clock }})
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: box, RequestsPerSecond: -1})
	if err != nil {
		t.Fatal(err)
	}
	created, err := client.CreateConnection(t.Context())
	if err != nil || created.URL == "" || created.ID == "" || created.Status != gumroad.ConnectionPending {
		t.Fatalf("%+v %v", created, err)
	}
	if err := client.DeleteConnection(t.Context(), gumroad.ConnectionRef{ConnectionID: created.ID}); err != nil {
		t.Error(err)
	}
	wrong := client.WithCredential(gumroad.NewCredential("wrong"))
	if _, err := wrong.ListConnections(t.Context(), gumroad.ListConnections{}); code(err) != gumroad.BadCredential {
		t.Error(err)
	}
	chosen, err := wrong.WithConnection("x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chosen.GetUser(t.Context(), struct{}{}); code(err) != gumroad.BadCredential || !strings.Contains(err.Error(), "Maton refused the API key") {
		t.Error(err)
	}
}
