// Package testserver runs the server in tests as its clients meet it, with the sandbox behind it. A test chooses how it
// talks to the server: Start connects an MCP client over HTTP, StartHTTP takes requests as they stand on the wire, and
// StartStdio takes lines.
package testserver

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// Now is the sandbox's clock in tests.
var Now = time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)

// Settings are what a test may set differently.
type Settings struct {
	Sandbox   sandbox.Options
	Client    gumroad.Config                                 // without a transport its requests go to the sandbox
	Between   func(next http.RoundTripper) http.RoundTripper // stands between the client and its transport
	Tools     tool.Config
	Telemetry *telemetry.Telemetry
	Logger    *slog.Logger   // writes to Log
	Watcher   events.Watcher // that of the events, if it is nil
	Events    events.Options
	// Hooks has Gumroad's webhooks come to the server on HTTP.
	Hooks bool

	// HTTP is the front on HTTP.
	HTTP server.HTTPOptions
	// Listener takes its connections; without one it listens on a loopback port.
	Listener net.Listener
	// Auth decides who may call over HTTP, where base is the server's address; without it everyone may.
	Auth func(client *gumroad.Client, base string) server.Authenticator

	// Local puts the client of HTTP on the server's machine.
	Local bool
	// Modern speaks protocol 2026-07-28 instead of 2025-11-25.
	Modern bool
	// Elicit answers questions; nil makes a client that cannot be asked.
	Elicit client.ElicitationHandler
}

// Server is a server on HTTP with a client connected to it.
type Server struct {
	*client.Client
	HTTP
}

// Start runs a server until the test ends.
func Start(tb testing.TB, change ...func(*Settings)) *Server {
	tb.Helper()
	s := newSettings(change)
	front := s.serve(tb)
	return &Server{Client: connect(tb, front.URL, s), HTTP: *front}
}

func connect(tb testing.TB, url string, s Settings) *client.Client {
	tb.Helper()
	wire, err := transport.NewStreamableHTTP(url)
	if err != nil {
		tb.Fatal(err)
	}
	version := "2025-11-25"
	if s.Modern {
		version = "2026-07-28"
	}
	options := []client.ClientOption{client.WithProtocolVersion(version)}
	if s.Elicit != nil {
		elicitation := &mcp.ElicitationCapability{Form: &struct{}{}, URL: &struct{}{}}
		options = append(options, client.WithElicitationHandler(s.Elicit),
			client.WithClientCapabilities(mcp.ClientCapabilities{Elicitation: elicitation}))
	}
	c := client.NewClient(wire, options...)
	if err := c.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	hello := mcp.InitializeRequest{}
	hello.Params.ProtocolVersion = version
	hello.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	if _, err := c.Initialize(tb.Context(), hello); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	return c
}

// Result is a tool's answer as a model sees it.
type Result struct {
	Text     string
	JSON     map[string]any     // of the structured content
	Links    []string           // URIs of resources the result links to
	Pictures []mcp.ImageContent // that follow the text
	Notes    []string           // further texts
	IsError  bool
}

// Call calls a tool by its name without the prefix.
func (s *Server) Call(name string, arguments map[string]any) Result {
	s.tb.Helper()
	request := mcp.CallToolRequest{}
	request.Params.Name, request.Params.Arguments = tool.DefaultPrefix+name, arguments
	answer, err := s.CallTool(s.tb.Context(), request)
	if err != nil {
		s.tb.Fatalf("%s: protocol error: %v", name, err)
	}
	result := Result{IsError: answer.IsError}
	if len(answer.Content) == 0 {
		s.tb.Fatalf("%s: no content", name)
	}
	result.Text = answer.Content[0].(mcp.TextContent).Text
	for _, more := range answer.Content[1:] {
		switch more := more.(type) {
		case mcp.ResourceLink:
			result.Links = append(result.Links, more.URI)
		case mcp.ImageContent:
			result.Pictures = append(result.Pictures, more)
		case mcp.TextContent:
			result.Notes = append(result.Notes, more.Text)
		default:
			s.tb.Fatalf("%s: content of type %T", name, more)
		}
	}
	raw, err := json.Marshal(answer.StructuredContent)
	if err != nil {
		s.tb.Fatal(err)
	}
	if err := json.Unmarshal(raw, &result.JSON); err != nil {
		s.tb.Fatalf("%s: structured content is not an object: %s", name, raw)
	}
	return result
}

// Must is Call for a call that has to succeed.
func (s *Server) Must(name string, arguments map[string]any) Result {
	s.tb.Helper()
	result := s.Call(name, arguments)
	if result.IsError {
		s.tb.Fatalf("%s: %s", name, result.Text)
	}
	return result
}

// Fails is Call for a call that has to fail with a code.
func (s *Server) Fails(code gumroad.Code, name string, arguments map[string]any) Result {
	s.tb.Helper()
	result := s.Call(name, arguments)
	if !result.IsError || result.JSON["code"] != string(code) {
		s.tb.Fatalf("%s: want the error %s, got %s", name, code, result.Text)
	}
	return result
}

// In is the server for a subtest, which fails by itself.
func (s *Server) In(tb testing.TB) *Server {
	its := *s
	its.tb = tb
	return &its
}

// WroteNothing fails the test if anything but reads went upstream since the journal was reset.
func (s *Server) WroteNothing() {
	s.tb.Helper()
	if writes := s.Writes(); len(writes) > 0 {
		s.tb.Errorf("want no writes upstream, got %q", writes)
	}
}

// Unasked has tools act without asking a person.
func Unasked(s *Settings) { s.Tools.Confirm = tool.ConfirmNever }

// EveryToolset switches the optional toolsets on, too.
func EveryToolset(s *Settings) { s.Tools.Policy.Toolsets = []string{tool.AllToolsets} }

// Rows are the rows of a list in a result.
func (r Result) Rows(name string) []map[string]any {
	list, _ := r.JSON[name].([]any)
	var rows []map[string]any
	for _, row := range list {
		rows = append(rows, row.(map[string]any))
	}
	return rows
}

// IDs are the ids of those rows.
func (r Result) IDs(name string) []string {
	var ids []string
	for _, row := range r.Rows(name) {
		ids = append(ids, row["id"].(string))
	}
	return ids
}

// Want compares members of a result with what they should be, in the types that JSON has; nil is no such member.
func Want(tb testing.TB, r Result, want map[string]any) {
	tb.Helper()
	raw, err := json.Marshal(want)
	if err != nil {
		tb.Fatal(err)
	}
	var expected map[string]any
	if err := json.Unmarshal(raw, &expected); err != nil {
		tb.Fatal(err)
	}
	got := map[string]any{}
	for name := range expected {
		got[name] = r.JSON[name]
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		tb.Errorf("result (-want +got):\n%s\nof %.1000s", diff, r.Text)
	}
}

// Says fails the test for every part that the text of a result lacks.
func Says(tb testing.TB, r Result, parts ...string) {
	tb.Helper()
	for _, part := range parts {
		if !strings.Contains(r.Text, part) {
			tb.Errorf("it does not say %q: %.1000s", part, r.Text)
		}
	}
}

// SaysNot fails the test for every part that stands in the text of a result.
func SaysNot(tb testing.TB, r Result, parts ...string) {
	tb.Helper()
	for _, part := range parts {
		if strings.Contains(r.Text, part) {
			tb.Errorf("it says %q: %.1000s", part, r.Text)
		}
	}
}

// Highlight is a notable row of the sandbox's data.
func (s *Backend) Highlight(name string) sandbox.Highlight {
	s.tb.Helper()
	for _, highlight := range s.Sandbox.Highlights() {
		if highlight.Name == name {
			return highlight
		}
	}
	s.tb.Fatalf("the sandbox has no highlight %q", name)
	return sandbox.Highlight{}
}

// Requests are the requests upstream since the journal was reset, as "PUT /gumroad/v2/…".
func (s *Backend) Requests() []string {
	var requests []string
	for _, entry := range s.Sandbox.Journal() {
		requests = append(requests, entry.Method+" "+entry.Path)
	}
	return requests
}

// Writes are those of them that are no reads.
func (s *Backend) Writes() []string {
	return slices.DeleteFunc(s.Requests(), func(r string) bool { return strings.HasPrefix(r, "GET ") })
}

// FirstStore has calls act on the first of the sandbox's stores.
func FirstStore(s *Settings) { s.Client.Connection, _ = Connections() }

// Connections are the connections to the sandbox's two stores.
var Connections = sync.OnceValues(func() (first, second string) {
	box := sandbox.New(sandbox.Options{Sales: 1}) // the seed decides them
	defer box.Close()
	ids := map[string]string{}
	for _, highlight := range box.Highlights() {
		ids[highlight.Name] = highlight.ID
	}
	return ids["first connection"], ids["second connection"]
})

// Authorize does what a person does with an OAuth link: open it, and press the button for the first store.
func (s *Backend) Authorize(link string) {
	s.tb.Helper()
	s.Press(link, "authorize")
}

// Press opens an OAuth link and presses one of its buttons.
func (s *Backend) Press(link, button string) {
	s.tb.Helper()
	u, err := url.Parse(link)
	if err != nil {
		s.tb.Fatal(err)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		page := httptest.NewRecorder()
		session := url.QueryEscape(u.Query().Get("session_token"))
		form := strings.NewReader("decision=" + button + "&store=0&session_token=" + session)
		request := httptest.NewRequest(method, u.RequestURI(), form)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.Sandbox.ServeHTTP(page, request)
		if page.Code != http.StatusOK {
			s.tb.Fatalf("%s of the OAuth page: %d %s", method, page.Code, page.Body)
		}
	}
}
