package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

var now = time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)

// front is the server on a real loopback port, with a sandbox behind it.
type front struct {
	tb      testing.TB
	url     string // of the MCP endpoint
	base    string
	sandbox *sandbox.Sandbox
	log     *logBuffer
	stop    context.CancelFunc // begins the shutdown
	served  chan error
}

// setup is what a test may set differently.
type setup struct {
	client  gumroad.Config
	tools   tool.Config
	options server.HTTPOptions
	auth    func(client *gumroad.Client, base string) server.Authenticator
}

func start(tb testing.TB, change ...func(*setup)) *front {
	tb.Helper()
	f := &front{tb: tb, log: &logBuffer{}, served: make(chan error, 1)}
	f.sandbox = sandbox.New(sandbox.Options{Now: func() time.Time { return now }})
	tb.Cleanup(func() { f.sandbox.Close() })
	logger := slog.New(telemetry.LogHandler(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	s := setup{
		client: gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), RequestsPerSecond: -1, Transport: f.sandbox, Logger: logger},
		tools:  tool.Config{Prefix: tool.DefaultPrefix, Confirm: tool.ConfirmAuto, Logger: logger},
		auth:   func(client *gumroad.Client, _ string) server.Authenticator { return server.Open(client) },
	}
	s.options = server.HTTPOptions{HTTP: settings.HTTP{Path: "/mcp", Grace: time.Minute}, Logger: logger}
	for _, f := range change {
		f(&s)
	}
	client, err := gumroad.New(s.client)
	if err != nil {
		tb.Fatal(err)
	}
	s.tools.Client, s.tools.Observe = client, s.options.Telemetry.Observe
	catalog, err := tool.New(tools.Toolsets(), s.tools)
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	scheme := "http://"
	if s.options.TLS != nil {
		scheme = "https://"
	}
	f.base = scheme + listener.Addr().String()
	f.url = f.base + "/mcp"
	s.options.Catalog = catalog
	s.options.AllowedHosts = append(s.options.AllowedHosts, server.DefaultHosts(listener.Addr())...)
	s.options.Authenticator = s.auth(client, f.base)
	var ctx context.Context
	ctx, f.stop = context.WithCancel(context.Background())
	http := server.NewHTTP(server.New(catalog, server.Options{Version: "test", Logger: logger, Telemetry: s.options.Telemetry}), s.options)
	go func() { f.served <- http.Serve(ctx, listener) }()
	tb.Cleanup(func() { f.stop() })
	return f
}

// logBuffer takes lines from many goroutines.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type answer struct {
	status int
	header http.Header
	body   string
}

// post sends a body as an MCP client does; headers are name, value, …, and "-" as a value takes one away.
func (f *front) post(body string, headers ...string) answer {
	f.tb.Helper()
	a, err := f.try(body, headers...)
	if err != nil {
		f.tb.Fatal(err)
	}
	return a
}

func (f *front) try(body string, headers ...string) (answer, error) {
	return f.send(http.MethodPost, f.url, strings.NewReader(body), headers...)
}

func (f *front) send(method, url string, body io.Reader, headers ...string) (answer, error) {
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		switch name, value := headers[i], headers[i+1]; {
		case value == "-":
			r.Header.Del(name)
		case name == "Host":
			r.Host = value
		default:
			r.Header.Add(name, value)
		}
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(raw)}, err
}

func (f *front) get(path string) answer {
	f.tb.Helper()
	a, err := f.send(http.MethodGet, f.base+path, nil)
	if err != nil {
		f.tb.Fatal(err)
	}
	return a
}

// callBody is a tools/call of protocol 2025-11-25.
func callBody(name string, arguments map[string]any) string {
	if arguments == nil {
		arguments = map[string]any{}
	}
	raw, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call",
		"params": map[string]any{"name": tool.DefaultPrefix + name, "arguments": arguments}})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// result is the structured content of a call's answer.
func (a answer) result(tb testing.TB) (structured map[string]any, isError bool) {
	tb.Helper()
	var message struct {
		Result struct {
			StructuredContent map[string]any `json:"structuredContent"`
			IsError           bool           `json:"isError"`
		} `json:"result"`
	}
	if a.status != http.StatusOK {
		tb.Fatalf("HTTP %d: %s", a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &message); err != nil || message.Result.StructuredContent == nil {
		tb.Fatalf("no tool result: %s (%v)", a.body, err)
	}
	return message.Result.StructuredContent, message.Result.IsError
}

// code is the code of a call's error, or "".
func (a answer) code(tb testing.TB) string {
	tb.Helper()
	structured, _ := a.result(tb)
	code, _ := structured["code"].(string)
	return code
}

// toolNames are the tools of a tools/list, without their prefix.
func (a answer) toolNames(tb testing.TB) []string {
	tb.Helper()
	var message struct {
		Result struct {
			Tools []struct{ Name string }
		}
	}
	if err := json.Unmarshal([]byte(a.body), &message); err != nil {
		tb.Fatal(err)
	}
	var names []string
	for _, listed := range message.Result.Tools {
		names = append(names, strings.TrimPrefix(listed.Name, tool.DefaultPrefix))
	}
	return names
}

const listTools = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`

// gate is a transport that holds every request until it is opened, and tells of each that arrives.
type gate struct {
	next    http.RoundTripper
	arrived chan struct{}
	open    chan struct{}
}

func newGate() *gate { return &gate{arrived: make(chan struct{}, 1000), open: make(chan struct{})} }

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	g.arrived <- struct{}{}
	select {
	case <-g.open:
		return g.next.RoundTrip(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func (g *gate) behind(s *setup) { g.next, s.client.Transport = s.client.Transport, g }
