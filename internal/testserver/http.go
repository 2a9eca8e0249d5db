package testserver

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// HTTP is the server on a loopback port: its guard, its authentication and its limits.
type HTTP struct {
	Backend
	*server.HTTP
	Base string // the server's address
	URL  string // of the MCP endpoint

	Stop   context.CancelFunc // begins the shutdown
	Served <-chan error       // what Serve returned after it
}

// StartHTTP runs a server until the test ends.
func StartHTTP(tb testing.TB, change ...func(*Settings)) *HTTP {
	tb.Helper()
	return newSettings(change).serve(tb)
}

func (s Settings) serve(tb testing.TB) *HTTP {
	tb.Helper()
	listener := s.Listener
	if listener == nil {
		var err error
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			tb.Fatal(err)
		}
	}
	base := "http://" + listener.Addr().String()
	if s.HTTP.TLS != nil {
		base = "https://" + listener.Addr().String()
	}
	if s.Hooks {
		s.Events.PublicURL = base
	}
	b := s.backend(tb)
	options := b.settings.HTTP
	options.Events = b.events
	options.Version = "test"
	options.Catalog = b.Catalog
	options.AllowedHosts = append(options.AllowedHosts, server.DefaultHosts(listener.Addr())...)
	options.Authenticator = s.Auth(b.client, base)
	front := server.NewHTTP(b.MCP(server.Clients{Local: s.Local}), options)
	ctx, stop := context.WithCancel(context.Background())
	tb.Cleanup(stop)
	if s.Hooks {
		go b.events.Verify(ctx)
	}
	served := make(chan error, 1)
	go func() { served <- front.Serve(ctx, listener) }()
	return &HTTP{Backend: *b, HTTP: front, Base: base, URL: base + options.Path, Stop: stop, Served: served}
}

// In is the server for a subtest, which fails by itself.
func (s *HTTP) In(tb testing.TB) *HTTP {
	its := *s
	its.tb = tb
	return &its
}

// Post sends a body as an MCP client does. Headers are name, value, …; the value "-" takes a header away.
func (s *HTTP) Post(body string, headers ...string) Answer {
	s.tb.Helper()
	return s.must(s.Send(http.MethodPost, s.URL, strings.NewReader(body), headers...))
}

// Get asks for a path of the server.
func (s *HTTP) Get(path string) Answer {
	s.tb.Helper()
	return s.must(s.Send(http.MethodGet, s.Base+path, nil))
}

func (s *HTTP) must(a Answer, err error) Answer {
	s.tb.Helper()
	if err != nil {
		s.tb.Fatal(err)
	}
	return a
}

// PostAside posts while the test goes on. An answer that does not come has the error as its body.
func (s *HTTP) PostAside(body string, headers ...string) <-chan Answer {
	answered := make(chan Answer, 1)
	go func() {
		a, err := s.Send(http.MethodPost, s.URL, strings.NewReader(body), headers...)
		if err != nil {
			a = Answer{Body: err.Error()}
		}
		answered <- a
	}()
	return answered
}

// Send sends any request, with what an MCP client sends in its header.
func (s *HTTP) Send(method, url string, body io.Reader, headers ...string) (Answer, error) {
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		return Answer{}, err
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
		return Answer{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return Answer{response.StatusCode, response.Header, string(raw)}, err
}

// Answer is what came back over HTTP.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// ListTools is a tools/list of protocol 2025-11-25.
const ListTools = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`

// CallBody is a tools/call of protocol 2025-11-25, of a tool by its name without the prefix.
func CallBody(name string, arguments map[string]any) string {
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

// Result is the structured content of a call's answer.
func (a Answer) Result(tb testing.TB) (structured map[string]any, isError bool) {
	tb.Helper()
	var message struct {
		Result struct {
			StructuredContent map[string]any `json:"structuredContent"`
			IsError           bool           `json:"isError"`
		} `json:"result"`
	}
	err := json.Unmarshal([]byte(a.Body), &message)
	if a.Status != http.StatusOK || err != nil || message.Result.StructuredContent == nil {
		tb.Fatalf("want a tool's result, got HTTP %d: %s", a.Status, a.Body)
	}
	return message.Result.StructuredContent, message.Result.IsError
}

// WantCode fails the test unless a call failed with a code, or succeeded where the code is "".
func (a Answer) WantCode(tb testing.TB, want string) {
	tb.Helper()
	structured, _ := a.Result(tb)
	if got, _ := structured["code"].(string); got != want {
		tb.Errorf("want the code %q, got %q: %s", want, got, a.Body)
	}
}

// WantStatus fails the test unless HTTP answered with a status.
func (a Answer) WantStatus(tb testing.TB, want int) {
	tb.Helper()
	if a.Status != want {
		tb.Errorf("want HTTP %d, got %d: %s", want, a.Status, a.Body)
	}
}

// ToolNames are the tools of a tools/list, without their prefix.
func (a Answer) ToolNames(tb testing.TB) []string {
	tb.Helper()
	var message struct {
		Result struct {
			Tools []struct{ Name string }
		}
	}
	if err := json.Unmarshal([]byte(a.Body), &message); err != nil {
		tb.Fatal(err)
	}
	var names []string
	for _, listed := range message.Result.Tools {
		names = append(names, strings.TrimPrefix(listed.Name, tool.DefaultPrefix))
	}
	return names
}
