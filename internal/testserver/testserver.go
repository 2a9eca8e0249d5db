// Package testserver runs the server in tests as its clients meet it: MCP over HTTP, with the sandbox behind it.
package testserver

import (
	"encoding/json"
	"log/slog"
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
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// Now is the sandbox's clock in tests.
var Now = time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)

// Settings are what a test may set differently.
type Settings struct {
	Sandbox sandbox.Options
	Client  gumroad.Config
	Tools   tool.Config
	Logger  *slog.Logger
	// Local puts the client on the server's machine.
	Local bool
	// Modern speaks protocol 2026-07-28 instead of 2025-11-25.
	Modern bool
	// Elicit answers questions; nil makes a client that cannot be asked.
	Elicit client.ElicitationHandler
}

// Server is a running server with a client connected to it.
type Server struct {
	*client.Client
	Sandbox *sandbox.Sandbox
	URL     string
	tb      testing.TB
}

// Start runs a server until the test ends.
func Start(tb testing.TB, change ...func(*Settings)) *Server {
	tb.Helper()
	s := Settings{
		Sandbox: sandbox.Options{Now: func() time.Time { return Now }},
		Client:  gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), RequestsPerSecond: -1, Now: func() time.Time { return Now }},
		Tools:   tool.Config{Prefix: tool.DefaultPrefix, Confirm: tool.ConfirmAuto},
		Logger:  slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&s)
	}
	store := sandbox.New(s.Sandbox)
	tb.Cleanup(func() { store.Close() })
	if s.Client.Transport == nil {
		s.Client.Transport = store
	}
	s.Client.Logger, s.Tools.Logger = s.Logger, s.Logger
	if s.Tools.Exports == nil {
		s.Tools.Exports = tool.NewExports("", false)
	}
	tb.Cleanup(func() { s.Tools.Exports.Close() })
	var err error
	if s.Tools.Client, err = gumroad.New(s.Client); err != nil {
		tb.Fatal(err)
	}
	catalog, err := tool.New(tools.Toolsets(), s.Tools)
	if err != nil {
		tb.Fatal(err)
	}
	listening := httptest.NewServer(mcpfix.NewHTTP(server.New(catalog, server.Options{Version: "test", Clients: server.Clients{Local: s.Local}, Logger: s.Logger})))
	tb.Cleanup(listening.Close)
	return &Server{Client: connect(tb, listening.URL, s), Sandbox: store, URL: listening.URL, tb: tb}
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
		options = append(options, client.WithElicitationHandler(s.Elicit), client.WithClientCapabilities(mcp.ClientCapabilities{
			Elicitation: &mcp.ElicitationCapability{Form: &struct{}{}, URL: &struct{}{}},
		}))
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
	Text    string
	JSON    map[string]any // of the structured content
	Links   []string       // URIs of resources the result links to
	IsError bool
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
		result.Links = append(result.Links, more.(mcp.ResourceLink).URI)
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
func (s *Server) Highlight(name string) sandbox.Highlight {
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
func (s *Server) Requests() []string {
	var requests []string
	for _, entry := range s.Sandbox.Journal() {
		requests = append(requests, entry.Method+" "+entry.Path)
	}
	return requests
}

// Writes are those of them that are no reads.
func (s *Server) Writes() []string {
	return slices.DeleteFunc(s.Requests(), func(r string) bool { return strings.HasPrefix(r, "GET ") })
}

// FirstStore has calls act on the first of the sandbox's stores.
func FirstStore(s *Settings) { s.Client.Connection = firstConnection() }

var firstConnection = sync.OnceValue(func() string {
	return sandbox.New(sandbox.Options{Sales: 1}).Highlights()[0].ID // the seed decides it
})

// Authorize does what a person does with an OAuth link: open it, and press the button for the first store.
func (s *Server) Authorize(link string) {
	s.tb.Helper()
	s.Press(link, "authorize")
}

// Press opens an OAuth link and presses one of its buttons.
func (s *Server) Press(link, button string) {
	s.tb.Helper()
	u, err := url.Parse(link)
	if err != nil {
		s.tb.Fatal(err)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		page := httptest.NewRecorder()
		form := strings.NewReader("decision=" + button + "&store=0&session_token=" + url.QueryEscape(u.Query().Get("session_token")))
		request := httptest.NewRequest(method, u.RequestURI(), form)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.Sandbox.ServeHTTP(page, request)
		if page.Code != http.StatusOK {
			s.tb.Fatalf("%s of the OAuth page: %d %s", method, page.Code, page.Body)
		}
	}
}
