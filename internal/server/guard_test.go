package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestGuard(t *testing.T) {
	const page, withCharset = "https://app.example.com", "application/json; charset=utf-8"
	s := testserver.StartHTTP(t, func(s *testserver.Settings) { s.HTTP.AllowedOrigins = []string{page} })
	_, port, err := net.SplitHostPort(strings.TrimPrefix(s.Base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	ping := func(params string) string { return `{"jsonrpc":"2.0","id":1,"method":"ping","params":` + params + `}` }
	for _, test := range []struct {
		name    string
		body    string
		headers []string
		status  int
		says    string
	}{
		{"a call", getUser, nil, 200, "Pixel"},
		{"own Origin", getUser, []string{"Origin", s.Base}, 200, "Pixel"},
		{"listed Origin", getUser, []string{"Origin", page}, 200, "Pixel"},
		{"foreign Origin", getUser, []string{"Origin", "https://evil.example"}, 403, "Origin"},
		{"null Origin", getUser, []string{"Origin", "null"}, 403, "Origin"},
		{"Origin of another local port", getUser, []string{"Origin", "http://127.0.0.1:1"}, 403, "Origin"},
		{"localhost as Host", getUser, []string{"Host", "localhost:1234"}, 200, "Pixel"},
		{"a Host without a port", getUser, []string{"Host", "localhost"}, 200, "Pixel"},
		{"foreign Host", getUser, []string{"Host", "evil.example"}, 403, "Host"},
		{"foreign Host with our port", getUser, []string{"Host", "127.0.0.1.nip.io:" + port}, 403, "Host"},
		{"a rebound Host with its Origin", getUser, []string{"Host", "evil.example", "Origin", "http://evil.example"}, 403, "Host"},
		{"no Content-Type", getUser, []string{"Content-Type", "-"}, 415, "application/json"},
		{"a form", getUser, []string{"Content-Type", "-", "Content-Type", "text/plain"}, 415, "application/json"},
		{"JSON with a charset", getUser, []string{"Content-Type", "-", "Content-Type", withCharset}, 200, "Pixel"},
		{"compressed", getUser, []string{"Content-Encoding", "gzip"}, 415, "compressed"},
		{"too large", strings.Repeat(" ", 1<<20) + getUser, nil, 413, "1 MiB"},
		{"just not too large", strings.Repeat(" ", 1<<20-len(getUser)) + getUser, nil, 200, "Pixel"},
		{"nested too deeply", ping(deep), nil, 400, "nested"},
		{"brackets in a string", ping(`{"a":"\"` + strings.Repeat("[", 100) + `"}`), nil, 200, "result"},
		{"a batch", "[" + getUser + "]", nil, 400, "-32700"},
		{"no JSON", "hello", nil, 400, "-32700"},
		{"nothing", "", nil, 400, "-32700"},
		{"an answer to nothing", `{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`, nil, 400, "method"},
		{"a cancellation", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, nil, 202, ""},
		{"an unknown tool", testserver.CallBody("fly", nil), nil, 200, "There is no tool"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := s.In(t).Post(test.body, test.headers...)
			got.WantStatus(t, test.status)
			if !strings.Contains(got.Body, test.says) {
				t.Errorf("want %q, got %s", test.says, got.Body)
			}
			if got.Header.Get("X-Request-Id") == "" {
				t.Error("want an X-Request-Id, got none")
			}
		})
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete, http.MethodPut, http.MethodOptions} {
		t.Run(method+" is not allowed", func(t *testing.T) {
			got, err := s.Send(method, s.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			got.WantStatus(t, http.StatusMethodNotAllowed)
			if diff := cmp.Diff(http.MethodPost, got.Header.Get("Allow")); diff != "" {
				t.Errorf("Allow (-want +got):\n%s", diff)
			}
		})
	}
	for _, test := range []struct {
		name, origin string
		status       int
		allowed      string
	}{
		{"a preflight of a listed Origin", page, http.StatusNoContent, page},
		{"a preflight of a foreign Origin", "https://evil.example", http.StatusForbidden, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := s.Send(http.MethodOptions, s.URL, nil,
				"Origin", test.origin, "Access-Control-Request-Method", "POST")
			if err != nil {
				t.Fatal(err)
			}
			got.WantStatus(t, test.status)
			if diff := cmp.Diff(test.allowed, got.Header.Get("Access-Control-Allow-Origin")); diff != "" {
				t.Errorf("Access-Control-Allow-Origin (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRefusedHost: the answer and the log name the Host that came and what allows it.
func TestRefusedHost(t *testing.T) {
	s := testserver.StartHTTP(t)
	for _, test := range []struct{ name, host, says string }{
		{"a name", "mcp.example.com", "mcp.example.com"},
		{"the end of a long one", strings.Repeat("x", 300) + ".example.com", strings.Repeat("x", 241) + ".example.com"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := s.In(t).Post(getUser, "Host", test.host)
			got.WantStatus(t, http.StatusForbidden)
			line := s.Log.String()
			line = line[strings.LastIndex(line, `msg="request refused"`):]
			for what, text := range map[string]string{"answer": got.Body, "log": line} {
				for _, part := range []string{`\"` + test.says + `\"`, "--allowed-hosts", "--public-url"} {
					if !strings.Contains(text, part) {
						t.Errorf("the %s does not say %s: %s", what, part, text)
					}
				}
			}
		})
	}
}

// TestElsewhere: whoever looks at another address is told where MCP is, and how to be let in.
func TestElsewhere(t *testing.T) {
	_, line := server.NewToken()
	for _, test := range []struct {
		name string
		auth func(*testserver.Settings)
		says string
	}{
		{"none", func(*testserver.Settings) {}, "no authentication"},
		{"token", tokens(t, line), "This server takes tokens, not OAuth"},
		{"passthrough", passthrough, "It takes Maton keys, not OAuth"},
		{"oauth", func(s *testserver.Settings) {
			s.Auth = func(_ *gumroad.Client, base string) server.Authenticator {
				return &server.OAuth{Issuer: "https://issuer.example", Resource: base + "/mcp"}
			}
		}, "which /.well-known/oauth-protected-resource/mcp names"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := testserver.StartHTTP(t, test.auth)
			for _, path := range []string{"/", "/sse", "/mcp/", "//mcp", "/x/../mcp", "/./mcp", "/register",
				"/.well-known/oauth-authorization-server"} {
				for _, method := range []string{http.MethodGet, http.MethodPost} {
					got, err := s.Send(method, s.Base+path, nil)
					if err != nil {
						t.Fatal(err)
					}
					got.WantStatus(t, http.StatusNotFound)
					var said map[string]string
					if err := json.Unmarshal([]byte(got.Body), &said); err != nil {
						t.Errorf("%s %s: %v of %s", method, path, err, got.Body)
					}
					if said["mcp_endpoint"] != "/mcp" || !strings.Contains(said["error_description"], test.says) {
						t.Errorf("%s %s: want /mcp and %q, got %v", method, path, test.says, said)
					}
				}
			}
		})
	}
}

// spaces is a body without end that counts what was taken of it.
type spaces struct{ taken atomic.Int64 }

func (s *spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	s.taken.Add(int64(len(p)))
	return len(p), nil
}

func TestHugeBodyIsNotRead(t *testing.T) {
	s := testserver.StartHTTP(t)
	const size = 200 << 20
	var body spaces
	got, err := s.Send(http.MethodPost, s.URL, io.LimitReader(&body, size)) // chunked: the length is not known before
	if err == nil {                                                         // it may hang up while the client writes
		got.WantStatus(t, http.StatusRequestEntityTooLarge)
	}
	if taken := body.taken.Load(); taken > size/2 { // the system's buffers take some of it
		t.Errorf("the server took %d bytes of a body of %d", taken, size)
	}
	s.Post(getUser).WantStatus(t, http.StatusOK)
}

// TestSlowLoris sends a header, then a body, that never end, and waits for nothing but the server to hang up.
func TestSlowLoris(t *testing.T) {
	s := testserver.StartHTTP(t, func(s *testserver.Settings) {
		s.HTTP.HeaderTimeout, s.HTTP.BodyTimeout = 20*time.Millisecond, 20*time.Millisecond
	})
	addr := strings.TrimPrefix(s.Base, "http://")
	const begin = "POST /mcp HTTP/1.1\r\nHost: localhost\r\n"
	for _, test := range []struct{ name, sent, status string }{
		{"a header that does not end", begin + "X-Slow: ", ""},
		{"a body that does not end", begin + "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{", "HTTP/1.1 408"},
	} {
		t.Run(test.name, func(t *testing.T) {
			connection, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			if _, err := io.WriteString(connection, test.sent); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(connection) // until the server hangs up
			if err != nil && !errors.Is(err, syscall.ECONNRESET) {
				t.Error(err)
			}
			if !strings.HasPrefix(string(answer), test.status) || test.status == "" && len(answer) > 0 {
				t.Errorf("want %q, got %q", test.status, answer)
			}
		})
	}
}

// TestStrangersCancellation: request ids are the clients' own, and two clients use the same one.
func TestStrangersCancellation(t *testing.T) {
	g := newGate()
	s := testserver.StartHTTP(t, g.stands)
	first := s.PostAside(getUser)
	<-g.arrived
	s.Post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`).
		WantStatus(t, http.StatusAccepted)
	close(g.open)
	(<-first).WantCode(t, "")
}

// TestClientGone: closing the connection is how a call is cancelled over HTTP.
func TestClientGone(t *testing.T) {
	arrived, cancelled := make(chan struct{}), make(chan struct{})
	s := testserver.StartHTTP(t, testserver.FirstStore, hanging(arrived, cancelled))
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(getUser))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	go func() {
		<-arrived
		leave()
	}()
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
		t.Errorf("want no answer, got HTTP %d", response.StatusCode)
	}
	<-cancelled
}

// TestClientGoneAmidAChange: the change was sent, so the audit has to know what became of it.
func TestClientGoneAmidAChange(t *testing.T) {
	g := newGate()
	s := testserver.StartHTTP(t, testserver.FirstStore, g.stands)
	body := testserver.CallBody("disable_product", map[string]any{"product_id": s.Highlight("digital product").ID})
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	go func() {
		<-g.arrived
		leave()
	}()
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
		t.Errorf("want no answer, got HTTP %d", response.StatusCode)
	}
	close(g.open)
	s.Stop()
	if err := <-s.Served; err != nil { // after the call
		t.Errorf("Serve: %v", err)
	}
	first, _ := testserver.Connections()
	want := []string{"msg=audit tool=disable_product effect=changes store=" + first + " outcome=ok request_id caller"}
	if diff := cmp.Diff(want, audited(s)); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

func TestPanic(t *testing.T) {
	panics := func(*http.Request) (*http.Response, error) { panic("canary of the inside") }
	s := testserver.StartHTTP(t, func(s *testserver.Settings) { s.Client.Transport = roundTripper(panics) })
	got := s.Post(getUser)
	t.Run("the client learns nothing of the inside", func(t *testing.T) {
		got.WantCode(t, "internal_error")
		if strings.Contains(got.Body, "canary") || strings.Contains(got.Body, "goroutine") {
			t.Errorf("it learns %s", got.Body)
		}
	})
	t.Run("the log says where it was, and not what", func(t *testing.T) {
		log := s.Log.String()
		if !strings.Contains(log, "msg=panic") || !strings.Contains(log, "stack=") || strings.Contains(log, "canary") {
			t.Errorf("want a panic with its stack and without its value, got %s", log)
		}
	})
}

func TestRequestID(t *testing.T) {
	s := testserver.StartHTTP(t)
	for _, test := range []struct{ name, sent, want string }{
		{"the proxy's is kept", "from-the-proxy", "^from-the-proxy$"},
		{"a malformed one is replaced", "bad id", "^[0-9a-f]{16}$"},
		{"without one it is made", "-", "^[0-9a-f]{16}$"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := s.In(t).Post(getUser, "X-Request-Id", test.sent).Header.Get("X-Request-Id")
			if !regexp.MustCompile(test.want).MatchString(got) {
				t.Errorf("want %s, got %q", test.want, got)
			}
		})
	}
}

func TestLogLine(t *testing.T) {
	s := testserver.StartHTTP(t)
	s.Post(testserver.CallBody("find_me_not", nil)) // no tool, no line
	s.Post(getUser, "X-Request-Id", "from-the-proxy")
	var lines []string
	for line := range strings.Lines(s.Log.String()) {
		if strings.Contains(line, `msg="tool call"`) {
			lines = append(lines, line)
		}
	}
	if len(lines) != 1 {
		t.Fatalf("want one line for one call, got %q", lines)
	}
	for _, part := range []string{
		"tool=get_user", "effect=reads", "duration_ms=", "outcome=ok", "request_id=from-the-proxy", "caller=local",
	} {
		if !strings.Contains(lines[0], part) {
			t.Errorf("want %s, got %s", part, lines[0])
		}
	}
}

func TestHealth(t *testing.T) {
	var (
		clock  clock
		checks atomic.Int64
		fails  atomic.Bool
	)
	s := testserver.StartHTTP(t, clock.drives, func(s *testserver.Settings) {
		s.HTTP.Ready = func(context.Context) error {
			checks.Add(1)
			if fails.Load() {
				return errors.New("canary of the inside")
			}
			return nil
		}
	})
	ready := func(t *testing.T, status int, wantChecks int64) {
		t.Helper()
		checks.Store(0)
		for range 3 {
			got := s.In(t).Get("/readyz")
			got.WantStatus(t, status)
			if strings.Contains(got.Body, "canary") {
				t.Errorf("it tells strangers why: %s", got.Body)
			}
		}
		if diff := cmp.Diff(wantChecks, checks.Load()); diff != "" {
			t.Errorf("checks upstream (-want +got):\n%s", diff)
		}
	}
	t.Run("a server that runs is alive", func(t *testing.T) {
		fails.Store(true)
		s.In(t).Get("/healthz").WantStatus(t, http.StatusOK)
	})
	t.Run("one check that fails is believed for a moment", func(t *testing.T) {
		ready(t, http.StatusServiceUnavailable, 1)
	})
	t.Run("and repeated soon", func(t *testing.T) {
		fails.Store(false)
		clock.pass(3 * time.Second)
		ready(t, http.StatusOK, 1)
	})
	t.Run("one that succeeds is believed longer", func(t *testing.T) {
		fails.Store(true)
		clock.pass(3 * time.Second)
		ready(t, http.StatusOK, 0)
		clock.pass(20 * time.Second)
		ready(t, http.StatusServiceUnavailable, 1)
	})
}

// TestReadiness: /readyz says what is wrong, and does not wait behind calls.
func TestReadiness(t *testing.T) {
	store := sandbox.New(sandbox.Options{Sales: 1})
	defer store.Close()
	dead := roundTripper(func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded })
	const noKey = "not ready: no key is set, neither a Maton key nor a Gumroad token\n"
	const refused, silent = "not ready: upstream refuses this server's key\n", "not ready: upstream does not answer\n"
	for _, test := range []struct {
		name       string
		key, token string
		check      func(*gumroad.Client) func(context.Context) error
		transport  http.RoundTripper
		says       string
	}{
		{"its own key is accepted", sandbox.MatonKey, "", server.Accepted, store, "ready\n"},
		{"its own key is refused", "wrong", "", server.Accepted, store, refused},
		{"its own Gumroad token is accepted", "", sandbox.GumroadToken, server.Accepted, store, "ready\n"},
		{"its own Gumroad token is refused", "", "wrong", server.Accepted, store, refused},
		{"it has no key", "", "", server.Accepted, store, noKey},
		{"upstream is gone", sandbox.MatonKey, "", server.Accepted, dead, silent},
		{"callers bring their keys", "", "", server.Reached, store, "ready\n"},
		{"callers bring their keys and upstream is gone", "", "", server.Reached, dead, silent},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, err := gumroad.New(gumroad.Config{
				MatonKey: gumroad.NewCredential(test.key), GumroadToken: gumroad.NewCredential(test.token),
				Transport: test.transport, RequestsPerSecond: 1e-6,
			})
			if err != nil {
				t.Fatal(err)
			}
			// This takes the one turn that there is in eleven days.
			if client.Direct() {
				_, _ = client.GetUser(t.Context(), struct{}{})
			} else {
				_, _ = client.ListConnections(t.Context(), gumroad.ListConnections{})
			}
			s := testserver.StartHTTP(t, func(s *testserver.Settings) { s.HTTP.Ready = test.check(client) })
			got := s.Get("/readyz")
			s.Look(t.Context()) // says the same in the log
			if logged := strings.Contains(s.Log.String(), `msg="not ready"`); logged == (test.says == "ready\n") {
				t.Errorf("logged that it is not ready: %t", logged)
			}
			if diff := cmp.Diff(test.says, got.Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if got.Status == http.StatusOK != (test.says == "ready\n") {
				t.Errorf("HTTP %d with %q", got.Status, got.Body)
			}
		})
	}
}
