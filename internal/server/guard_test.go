package server_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
)

func TestGuard(t *testing.T) {
	f := start(t, func(s *setup) { s.options.AllowedOrigins = []string{"https://app.example.com"} })
	own := strings.TrimPrefix(f.base, "http://")
	user := callBody("get_user", nil)
	tests := []struct {
		name    string
		body    string
		headers []string
		status  int
		says    string
	}{
		{"a call", user, nil, 200, "Pixel"},
		{"own Origin", user, []string{"Origin", f.base}, 200, "Pixel"},
		{"listed Origin", user, []string{"Origin", "https://app.example.com"}, 200, "Pixel"},
		{"foreign Origin", user, []string{"Origin", "https://evil.example"}, 403, "Origin"},
		{"null Origin", user, []string{"Origin", "null"}, 403, "Origin"},
		{"Origin of another local port", user, []string{"Origin", "http://127.0.0.1:1"}, 403, "Origin"},
		{"localhost as Host", user, []string{"Host", "localhost:1234"}, 200, "Pixel"},
		{"foreign Host", user, []string{"Host", "evil.example"}, 403, "Host"},
		{"foreign Host with our port", user, []string{"Host", "127.0.0.1.nip.io:" + own[strings.LastIndex(own, ":")+1:]}, 403, "Host"},
		{"Host and Origin of a rebound name", user, []string{"Host", "evil.example", "Origin", "http://evil.example"}, 403, "Host"},
		{"no Content-Type", user, []string{"Content-Type", "-"}, 415, "application/json"},
		{"a form", user, []string{"Content-Type", "-", "Content-Type", "text/plain"}, 415, "application/json"},
		{"JSON with a charset", user, []string{"Content-Type", "-", "Content-Type", "application/json; charset=utf-8"}, 200, "Pixel"},
		{"compressed", user, []string{"Content-Encoding", "gzip"}, 415, "compressed"},
		{"too large", strings.Repeat(" ", 1<<20) + user, nil, 413, "1 MiB"},
		{"just not too large", strings.Repeat(" ", 1<<20-len(user)) + user, nil, 200, "Pixel"},
		{"nested too deeply", `{"jsonrpc":"2.0","id":1,"method":"ping","params":` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_001), nil, 400, "nested"},
		{"brackets in a string", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\"` + strings.Repeat("[", 100) + `"}}`, nil, 200, "result"},
		{"a batch", "[" + user + "]", nil, 400, "-32700"},
		{"no JSON", "hello", nil, 400, "-32700"},
		{"nothing", "", nil, 400, "-32700"},
		{"an answer to nothing", `{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`, nil, 400, "method"},
		{"a cancellation", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, nil, 202, ""},
		{"an unknown tool", callBody("fly", nil), nil, 200, "not found"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := f.post(test.body, test.headers...)
			if got.status != test.status || !strings.Contains(got.body, test.says) {
				t.Errorf("got %d %s; want %d with %q", got.status, got.body, test.status, test.says)
			}
			if got.header.Get("X-Request-Id") == "" {
				t.Error("no X-Request-Id")
			}
		})
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete, http.MethodPut, http.MethodOptions} {
		got, err := f.send(method, f.url, nil)
		if err != nil || got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != http.MethodPost {
			t.Errorf("%s: %d, Allow %q (%v)", method, got.status, got.header.Get("Allow"), err)
		}
	}
}

func TestPreflight(t *testing.T) {
	f := start(t, func(s *setup) { s.options.AllowedOrigins = []string{"https://app.example.com"} })
	got, err := f.send(http.MethodOptions, f.url, nil, "Origin", "https://app.example.com", "Access-Control-Request-Method", "POST")
	if err != nil || got.status != http.StatusNoContent || got.header.Get("Access-Control-Allow-Origin") != "https://app.example.com" {
		t.Errorf("listed: %d %v (%v)", got.status, got.header, err)
	}
	got, err = f.send(http.MethodOptions, f.url, nil, "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
	if err != nil || got.status != http.StatusForbidden || got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("foreign: %d %v (%v)", got.status, got.header, err)
	}
}

// endless is a body of spaces that counts what was taken of it.
type endless struct{ taken, size int }

func (e *endless) Read(p []byte) (int, error) {
	if e.taken >= e.size {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = ' '
	}
	e.taken += len(p)
	return len(p), nil
}

func TestHugeBodyIsNotRead(t *testing.T) {
	f := start(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	body := &endless{size: 50 << 20}
	got, err := f.send(http.MethodPost, f.url, body) // chunked: the length is not known before
	// The server may close the connection while the client still writes.
	if err == nil && got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("HTTP %d %s", got.status, got.body)
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 16<<20 {
		t.Errorf("%d bytes were allocated for a refused body", grown)
	}
	if got := f.post(callBody("get_user", nil)); got.status != http.StatusOK {
		t.Errorf("afterwards: %d", got.status)
	}
}

// TestSlowLoris sends a header, then a body, that never end. The server hangs up; the test waits for just that.
func TestSlowLoris(t *testing.T) {
	f := start(t, func(s *setup) {
		s.options.HeaderTimeout, s.options.BodyTimeout = 20*time.Millisecond, 20*time.Millisecond
	})
	addr := strings.TrimPrefix(f.base, "http://")
	for name, sent := range map[string]string{
		"header": "POST /mcp HTTP/1.1\r\nHost: " + addr + "\r\nX-Slow: ",
		"body":   "POST /mcp HTTP/1.1\r\nHost: " + addr + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			connection, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			if _, err := io.WriteString(connection, sent); err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err == nil && response.StatusCode != http.StatusRequestTimeout {
				t.Errorf("HTTP %d", response.StatusCode)
			}
			rest, err := io.ReadAll(connection)
			if err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
				t.Errorf("%q, %v", rest, err)
			}
		})
	}
}

// TestStrangersCancellation: request ids are the clients' own, and two clients use the same one.
func TestStrangersCancellation(t *testing.T) {
	g := newGate()
	f := start(t, g.behind)
	done := make(chan answer, 1)
	go func() {
		a, err := f.try(callBody("get_user", nil))
		if err != nil {
			a.body = err.Error()
		}
		done <- a
	}()
	<-g.arrived
	if got := f.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`); got.status != http.StatusAccepted {
		t.Fatalf("HTTP %d %s", got.status, got.body)
	}
	close(g.open)
	if got := <-done; got.code(t) != "" {
		t.Errorf("the call of another client was cancelled: %s", got.body)
	}
}

// TestClientGone: closing the connection is how a call is cancelled over HTTP.
func TestClientGone(t *testing.T) {
	arrived, cancelled := make(chan struct{}), make(chan struct{})
	f := start(t, func(s *setup) {
		s.client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			close(arrived)
			<-r.Context().Done()
			close(cancelled)
			return nil, r.Context().Err()
		})
	})
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, strings.NewReader(callBody("get_user", map[string]any{"connection_id": "any"})))
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
		t.Errorf("HTTP %d", response.StatusCode)
	}
	<-cancelled
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestPanicsTellClientsNothing(t *testing.T) {
	f := start(t, func(s *setup) {
		s.client.Transport = roundTripper(func(*http.Request) (*http.Response, error) { panic("canary of the inside") })
	})
	got := f.post(callBody("get_user", nil))
	if _, isError := got.result(t); !isError || strings.Contains(got.body, "canary") || strings.Contains(got.body, "goroutine") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if log := f.log.String(); !strings.Contains(log, "panic") || !strings.Contains(log, "stack=") || strings.Contains(log, "canary") {
		t.Errorf("the log: %s", log)
	}
}

func TestLogLine(t *testing.T) {
	f := start(t)
	got := f.post(callBody("find_me_not", nil), "X-Request-Id", "bad id")
	if id := got.header.Get("X-Request-Id"); len(id) != 16 {
		t.Errorf("a malformed request id was answered with %q", id)
	}
	f.post(callBody("get_user", nil), "X-Request-Id", "from-the-proxy")
	var lines []string
	for line := range strings.Lines(f.log.String()) {
		if strings.Contains(line, `msg="tool call"`) {
			lines = append(lines, line)
		}
	}
	if len(lines) != 1 {
		t.Fatalf("%d lines for one call: %q", len(lines), lines)
	}
	for _, part := range []string{"tool=get_user", "effect=reads", "duration=", "outcome=ok", "request_id=from-the-proxy", "caller=local"} {
		if !strings.Contains(lines[0], part) {
			t.Errorf("no %s in %s", part, lines[0])
		}
	}
}

func TestHealth(t *testing.T) {
	answers := make(chan error, 2)
	var clock atomic.Pointer[time.Time]
	clock.Store(&now)
	f := start(t, func(s *setup) {
		s.options.Now = func() time.Time { return *clock.Load() }
		s.options.Ready = func(context.Context) error { return <-answers }
	})
	if got := f.get("/healthz"); got.status != http.StatusOK {
		t.Errorf("healthz: %d", got.status)
	}
	answers <- errors.New("canary of the inside")
	for range 3 { // one check serves them all
		if got := f.get("/readyz"); got.status != http.StatusServiceUnavailable || strings.Contains(got.body, "canary") {
			t.Errorf("readyz: %d %s", got.status, got.body)
		}
	}
	clock.Store(new(now.Add(time.Minute)))
	answers <- nil
	for range 3 {
		if got := f.get("/readyz"); got.status != http.StatusOK {
			t.Errorf("readyz: %d %s", got.status, got.body)
		}
	}
}

func TestReaches(t *testing.T) {
	store := sandbox.New(sandbox.Options{})
	defer store.Close()
	dead := roundTripper(func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded })
	tests := []struct {
		name      string
		key       string
		transport http.RoundTripper
		ready     bool
	}{
		{"own key", sandbox.MatonKey, store, true},
		{"own key refused", "wrong", store, false},
		{"callers' keys", "", store, true},
		{"no answer", "", dead, false},
	}
	for _, test := range tests {
		client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(test.key), Transport: test.transport, RequestsPerSecond: -1})
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Reaches(client)(t.Context()); (err == nil) != test.ready {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
