package sandbox_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// inProcess sends a request without a network.
func (s *service) inProcess(ctx context.Context, method, path string) (*http.Response, error) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, s.server.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+sandbox.GumroadToken)
	return s.RoundTrip(request)
}

// overHTTP sends the same request to the served sandbox.
func (s *service) overHTTP(ctx context.Context, method, path string) (*http.Response, error) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, s.server.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+sandbox.GumroadToken)
	return s.server.Client().Do(request)
}

func TestFaultAnswers(t *testing.T) {
	const page = "Content-Type: ^text/html"
	status := func(status int) sandbox.Fault { return sandbox.Fault{Kind: sandbox.FaultStatus, Status: status} }
	for _, c := range []struct {
		fault sandbox.Fault
		row   row
	}{
		{status(429), row{name: "1.4 throttled", do: "GET /user", status: 429, text: "Retry later\n", headers: []string{"Content-Type: ^text/plain", "-Retry-After"}}},
		{sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, RetryAfter: "7"}, row{name: "1.4 throttled by something in front", do: "GET /user", status: 429, headers: []string{"Retry-After: ^7$"}}},
		{status(0), row{name: "1.4 exception, a page", do: "GET /user", status: 500, headers: []string{page}}},
		{status(500), row{name: "1.4 exception with .json", do: "GET /user.json", status: 500, is: `{"status":500,"error":"Internal Server Error"}`}},
		{status(500), row{name: "1.4 exception, JSON accepted", do: "GET /user", header: "Accept: application/json", status: 500, is: `{"status":500,"error":"Internal Server Error"}`}},
		{status(400), row{name: "1.4 bad request", do: "GET /user.json", status: 400, is: `{"status":400,"error":"Bad Request"}`}},
		{status(401), row{name: "1.2 token refused", do: "GET /user", status: 401, is: "empty", headers: []string{`WWW-Authenticate: ^Bearer realm="Doorkeeper"`}}},
		{status(403), row{name: "1.2 scope refused", do: "GET /user", status: 403, is: "empty"}},
		{status(201), row{name: "a success without content", do: "GET /user", status: 201, is: `{"success":true}`}},
		{sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, Path: "/connections"}, row{name: "18.1 Maton's own limit", do: "GET /connections", status: 429, is: `{"error":"Too Many Requests"}`}},
		{sandbox.Fault{Kind: sandbox.FaultStatus, Status: 500, Path: "/connections"}, row{name: "18.1 Maton's own failure", do: "GET /connections", status: 500, is: `{"error":"Internal Server Error"}`}},
		{sandbox.Fault{Kind: sandbox.FaultHTML, Path: "/user"}, row{name: "a page of something in front", do: "GET /gumroad/v2/user", status: 503, headers: []string{page}}},
		{sandbox.Fault{Kind: sandbox.FaultRedirect, URL: "https://elsewhere.example/"}, row{name: "a redirect", do: "GET /user", status: 302, headers: []string{"Location: ^https://elsewhere.example/$"}}},
		{sandbox.Fault{Kind: sandbox.FaultEcho}, row{name: "an echo of the credential", do: "GET /user", status: 500, has: `{"request_headers":{"Authorization":"Bearer sandbox"}}`}},
		{sandbox.Fault{Kind: sandbox.FaultSlow, Delay: time.Millisecond}, row{name: "a slow answer is the usual one", do: "GET /user", has: `{"success":true}`}},
	} {
		t.Run(c.row.name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			s.Inject(c.fault)
			s.expect(c.row)
			s.ClearFaults()
			s.expect(row{do: c.row.do})
		})
	}
}

func TestFaultSelection(t *testing.T) {
	statuses := func(s *service, requests ...string) []int {
		var got []int
		for _, do := range requests {
			got = append(got, s.send(row{do: do}).status)
		}
		return got
	}
	t.Run("the first that matches and is not used up acts", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.Inject(sandbox.Fault{Method: "get", Path: "/sales/*", Kind: sandbox.FaultStatus, Status: 503, After: 1, Count: 2})
		s.Inject(sandbox.Fault{Path: "sales/*/", Kind: sandbox.FaultStatus, Status: 502, Count: 1})
		got := statuses(s, "GET /sales/a", "GET /sales/a.json", "GET /gumroad/v2/sales/a", "GET /sales/a", "GET /sales", "GET /sales/a/refund")
		if diff := cmp.Diff([]int{502, 503, 503, 200, 200, 404}, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("only its method", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.Inject(sandbox.Fault{Method: "PUT", Kind: sandbox.FaultStatus, Status: 503})
		if diff := cmp.Diff([]int{200, 503}, statuses(s, "GET /user", "PUT /products/x")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFaultsThatCannotBe(t *testing.T) {
	s := serve(t, sandbox.Options{})
	for name, f := range map[string]sandbox.Fault{
		"no kind": {}, "unknown kind": {Kind: "odd"}, "redirect to nowhere": {Kind: sandbox.FaultRedirect},
		"no such status": {Kind: sandbox.FaultStatus, Status: 42}, "negative delay": {Kind: sandbox.FaultSlow, Delay: -1},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was taken", f)
				}
			}()
			s.Inject(f)
		})
	}
}

// TestBrokenConnections: the faults that break a connection do it in process as they do over HTTP.
func TestBrokenConnections(t *testing.T) {
	type carrier func(s *service, ctx context.Context, method, path string) (*http.Response, error)
	const disable = "/v2/products/inkwsh/disable"
	published := func(s *service) any {
		v, _ := at(s.get("/products/inkwsh"), "product.published")
		return v
	}
	for name, carry := range map[string]carrier{"over HTTP": (*service).overHTTP, "in process": (*service).inProcess} {
		t.Run("a cut-off body "+name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			s.Inject(sandbox.Fault{Kind: sandbox.FaultCut})
			response, err := carry(s, t.Context(), "GET", "/v2/sales")
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if raw, err := io.ReadAll(response.Body); !errors.Is(err, io.ErrUnexpectedEOF) || len(raw) == 0 {
				t.Errorf("cut off after %d bytes with %v", len(raw), err)
			}
		})
		t.Run("a refused connection changes nothing, "+name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			s.Inject(sandbox.Fault{Kind: sandbox.FaultRefused, Count: 1})
			if _, err := carry(s, t.Context(), "PUT", disable); err == nil {
				t.Error("it answered")
			}
			if published(s) != true {
				t.Error("it acted")
			}
			entry := s.Journal()[0]
			if diff := cmp.Diff([]any{sandbox.FaultRefused, 0, false}, []any{entry.Fault, entry.Status, entry.Committed}); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("a lost answer is of a committed change, "+name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			s.Inject(sandbox.Fault{Kind: sandbox.FaultLost, Count: 1})
			if _, err := carry(s, t.Context(), "PUT", disable); err == nil {
				t.Error("it answered")
			}
			if published(s) != false {
				t.Error("it did not act")
			}
			entry := s.Journal()[0]
			if diff := cmp.Diff([]any{sandbox.FaultLost, 0, true}, []any{entry.Fault, entry.Status, entry.Committed}); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("a slow answer gives up with its request, "+name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			// A busy machine may give up before the request is sent. The fault must not wait for the next one then.
			s.Inject(sandbox.Fault{Method: "PUT", Kind: sandbox.FaultSlow, Delay: time.Hour, Count: 1})
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
			defer cancel()
			if _, err := carry(s, ctx, "PUT", disable); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			if published(s) != true {
				t.Error("it acted")
			}
		})
		t.Run("GET and HEAD know their length, "+name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			for _, method := range []string{"GET", "HEAD"} {
				response, err := carry(s, t.Context(), method, "/v2/user")
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if response.StatusCode != http.StatusOK || response.ContentLength <= 0 && !response.Uncompressed {
					t.Errorf("%s: %d, %d bytes", method, response.StatusCode, response.ContentLength)
				}
			}
		})
	}
	for kind, want := range map[sandbox.FaultKind]error{sandbox.FaultRefused: syscall.ECONNREFUSED, sandbox.FaultLost: syscall.ECONNRESET} {
		t.Run(fmt.Sprintf("%s in process is %v", kind, want), func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			s.Inject(sandbox.Fault{Kind: kind})
			_, err := s.inProcess(t.Context(), "GET", "/v2/user")
			var network *net.OpError
			if !errors.Is(err, want) || !errors.As(err, &network) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("a cancelled request is not answered", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.inProcess(ctx, "GET", "/v2/user"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Run("a body ends with its request", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		response, err := s.inProcess(ctx, "GET", "/v2/user")
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := io.ReadAll(response.Body); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestFaultBodies(t *testing.T) {
	with := func(t *testing.T, kind sandbox.FaultKind) *service {
		s := serve(t, sandbox.Options{})
		s.Inject(sandbox.Fault{Kind: kind})
		return s
	}
	t.Run("big is 12 MB of JSON", func(t *testing.T) {
		a := with(t, sandbox.FaultBig).send(row{do: "GET /user"})
		if len(a.body) < 12<<20 || !json.Valid(a.body) {
			t.Errorf("%d bytes", len(a.body))
		}
	})
	t.Run("bomb unpacks to 64 MB", func(t *testing.T) {
		response, err := with(t, sandbox.FaultBomb).inProcess(t.Context(), "GET", "/v2/user")
		if err != nil {
			t.Fatal(err)
		}
		if encoding := response.Header.Get("Content-Encoding"); !response.Uncompressed || encoding != "" {
			t.Errorf("uncompressed %v, Content-Encoding %q", response.Uncompressed, encoding)
		}
		if n, err := io.Copy(io.Discard, response.Body); err != nil || n < 64<<20 {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
	t.Run("bomb is small on the wire", func(t *testing.T) {
		a := with(t, sandbox.FaultBomb).send(row{do: "GET /user", header: "Accept-Encoding: gzip"})
		if _, err := gzip.NewReader(strings.NewReader(string(a.body))); err != nil || len(a.body) > 1<<20 {
			t.Errorf("%d bytes, %v", len(a.body), err)
		}
	})
	t.Run("bomb is big where gzip is not accepted", func(t *testing.T) {
		a := with(t, sandbox.FaultBomb).send(row{do: "GET /user", header: "Accept-Encoding: identity"})
		if len(a.body) < 12<<20 {
			t.Errorf("%d bytes", len(a.body))
		}
	})
	t.Run("a repeated page names itself as the next", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("GET /sales => key:next_page_key")
		s.Inject(sandbox.Fault{Kind: sandbox.FaultRepeatPage})
		s.expect(row{do: "GET /sales", has: `{"next_page_key":"{key}"}`})
		s.expect(row{do: "GET /sales?page_key={key}", has: `{"next_page_key":"{key}"}`})
	})
}
