package gumroad_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

func TestPatternOfARequest(t *testing.T) {
	key, token := gumroad.NewCredential("key"), gumroad.NewCredential("token")
	refund := func(c *gumroad.Client) error {
		_, err := c.RefundSale(t.Context(), gumroad.RefundSale{SaleRef: gumroad.SaleRef{SaleID: "canary-id"}})
		return err
	}
	for _, c := range []struct {
		name   string
		config gumroad.Config
		act    func(*gumroad.Client) error
		want   []string
	}{
		{"through the gateway", gumroad.Config{MatonKey: key, Connection: "x"}, refund,
			[]string{"/gumroad/v2/sales/{sale_id}/refund"}},
		{"direct", gumroad.Config{GumroadToken: token}, refund, []string{"/v2/sales/{sale_id}/refund"}},
		{"with a path of the operator's",
			gumroad.Config{MatonKey: key, Connection: "x", GatewayURL: "https://proxy.example/maton/"}, refund,
			[]string{"/maton/gumroad/v2/sales/{sale_id}/refund"}},
		{"at the control plane", gumroad.Config{MatonKey: key}, func(c *gumroad.Client) error {
			_, err := c.GetConnection(t.Context(), gumroad.ConnectionRef{ConnectionID: "canary-id"})
			return err
		}, []string{"/connections/{connection_id}"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			c.config.RequestsPerSecond = -1
			c.config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				got = append(got, gumroad.Pattern(r.Context()))
				return reply{status: 404}.response(), nil
			})
			client, err := gumroad.New(c.config)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.act(client); !errors.Is(err, gumroad.NotFound) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPatternOfOtherContexts(t *testing.T) {
	if got := gumroad.Pattern(t.Context()); got != "" {
		t.Errorf("got %q", got)
	}
}

// TestSecretsStayPut has upstream echo the key in answers of every status, and looks for it where it must not be.
func TestSecretsStayPut(t *testing.T) {
	const canary = "mk_CANARY/9f3+long=enough"
	hasSecret := func(text string) bool {
		return strings.Contains(text, canary) || strings.Contains(text, url.QueryEscape(canary))
	}
	for _, status := range []int{200, 302, 400, 401, 403, 404, 500} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				var hosts []string
				client, err := gumroad.New(gumroad.Config{
					MatonKey: gumroad.NewCredential(canary), RequestsPerSecond: -1, Connection: "x",
					Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
					Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
						hosts = append(hosts, r.URL.Host)
						return reply{status: status, header: map[string]string{"Location": "https://evil.example/"},
							body: fmt.Sprintf(`{"success":false,"message":"you sent %s and %s"}`,
								r.Header.Get("Authorization"), url.QueryEscape(canary))}.response(), nil
					})})
				if err != nil {
					t.Fatal(err)
				}
				_, err = client.GetSale(t.Context(), gumroad.SaleRef{SaleID: "x"})
				e, ok := errors.AsType[*gumroad.Error](err)
				if !ok {
					t.Fatal(err)
				}
				whole, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				for where, text := range map[string]string{
					"error": e.Error(), "verbose error": fmt.Sprintf("%+v %#v", e, e),
					"error as JSON": string(whole), "log": log.String(),
				} {
					if hasSecret(text) {
						t.Errorf("the key is in the %s: %s", where, text)
					}
				}
				for _, host := range hosts {
					if !slices.Contains([]string{"gateway.maton.ai", "ctrl.maton.ai"}, host) {
						t.Errorf("a request went to %s", host)
					}
				}
			})
		})
	}
}

func TestCredentialsPrintRedacted(t *testing.T) {
	secret := gumroad.NewCredential("mk_CANARY")
	asJSON, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{fmt.Sprint(secret), fmt.Sprintf("%+v", secret), fmt.Sprintf("%#v", secret),
		fmt.Sprintf("%q", secret)[1:11], secret.LogValue().String(), string(asJSON)}
	want := []string{"[redacted]", "[redacted]", "[redacted]", "[redacted]", "[redacted]", `"[redacted]"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// slowly is a body of whatever length that tells how many like it are being read beyond their first megabyte.
type slowly struct {
	io.Reader
	read          int
	current, peak *atomic.Int64
}

func (s *slowly) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if before := s.read; before <= 1<<20 && before+n > 1<<20 {
		if held := s.current.Add(1); held > s.peak.Load() {
			s.peak.Store(held)
		}
		time.Sleep(time.Second) // of the bubble's clock: whoever else may read does so now
	}
	s.read += n
	return n, err
}

func (s *slowly) Close() error {
	if s.read > 1<<20 {
		s.current.Add(-1)
	}
	return nil
}

// TestLargeAnswersTakeTurns: however many callers ask, few large answers are in memory at once.
func TestLargeAnswersTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var current, peak atomic.Int64
		client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential("key"), RequestsPerSecond: -1, Connection: "x",
			Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				response := reply{status: 200}.response()
				response.Body = &slowly{Reader: io.MultiReader(strings.NewReader(`{"success":true,"sale":{"id":"`),
					strings.NewReader(strings.Repeat("a", 3<<20)), strings.NewReader(`"}}`)), current: &current, peak: &peak}
				return response, nil
			})})
		if err != nil {
			t.Fatal(err)
		}
		var group errgroup.Group
		for range 20 {
			group.Go(func() error {
				_, err := client.GetSale(t.Context(), gumroad.SaleRef{SaleID: "x"})
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		if peak.Load() == 0 || peak.Load() > 2 {
			t.Errorf("%d were read at once", peak.Load())
		}
	})
}

// ending is a body that calls end when it has been read to its end.
type ending struct {
	io.Reader
	end func()
}

func (e ending) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		e.end()
	}
	return n, err
}

func (ending) Close() error { return nil }

// TestAnAnswerThatComesAtTheLastMoment: an answer that is complete counts, even if the caller leaves or the time runs
// out as its last byte arrives. A large one gives its place back: more come so than there are places.
func TestAnAnswerThatComesAtTheLastMoment(t *testing.T) {
	const long = 2 * gumroad.DefaultTimeout
	for name, end := range map[string]func(cancel func()){
		"as the caller leaves":  func(cancel func()) { cancel() },
		"as the time runs out":  func(func()) { time.Sleep(long) },
		"as neither of it does": func(func()) {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cancel := func() {}
				body := ""
				client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential("key"), RequestsPerSecond: -1, Connection: "x",
					Transport: roundTripper(func(*http.Request) (*http.Response, error) {
						response := reply{status: 200}.response()
						response.Body = ending{strings.NewReader(body), func() { end(cancel) }}
						return response, nil
					})})
				if err != nil {
					t.Fatal(err)
				}
				sale := gumroad.SaleRef{SaleID: "x"}
				read := func(ctx context.Context) error {
					_, err := client.GetSale(ctx, sale)
					return err
				}
				write := func(ctx context.Context) error {
					_, err := client.RefundSale(ctx, gumroad.RefundSale{SaleRef: sale})
					return err
				}
				for range 2 { // so eight large answers come so, where two have a place
					for kind, act := range map[string]func(context.Context) error{"read": read, "write": write} {
						for _, said := range []struct {
							answer string
							want   gumroad.Code
						}{
							{`{"success":true,"sale":{"id":"x","custom":"%s"}}`, ""},
							{`{"success":false,"message":"The sale was not found.","custom":"%s"}`, gumroad.NotFound},
						} {
							for _, size := range []int{1, 600 << 10} {
								var ctx context.Context
								ctx, cancel = context.WithCancel(t.Context())
								body = fmt.Sprintf(said.answer, strings.Repeat("a", size))
								if got := code(act(ctx)); got != said.want {
									t.Errorf("a %s of %d bytes ends as %q, want %q", kind, size, got, said.want)
								}
								cancel()
							}
						}
					}
				}
			})
		})
	}
}
