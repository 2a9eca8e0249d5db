package server_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/resources"
)

// reader reads resources of a server without a transport, on which fuzzing would spend its time.
type reader struct {
	*testserver.Backend
	protocol *server.MCP
}

func newReader(tb testing.TB) reader {
	s := testserver.New(tb, func(s *testserver.Settings) { s.Sandbox.Sales = 1 })
	return reader{s, s.MCP(server.Clients{})}
}

// read returns the requests upstream that a read led to.
func (r reader) read(tb testing.TB, uri string) []string {
	tb.Helper()
	message, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": mcp.MethodResourcesRead,
		"params": map[string]any{"uri": uri}})
	if err != nil {
		tb.Fatal(err)
	}
	r.Sandbox.ResetJournal()
	r.protocol.HandleMessage(tb.Context(), message)
	return r.Requests()
}

// good are URIs of every kind that name something in the first of the sandbox's stores.
func (r reader) good() []string {
	variables := strings.NewReplacer(
		"{product_id}", r.Highlight("digital product").ID,
		"{sale_id}", r.Highlight("EUR sale").ID,
		"{subscriber_id}", r.Highlight("subscriber alive").ID,
		"{payout_id}", r.Highlight("completed payout").ID,
		"{topic}", "money",
		"{export_id}", "none",
	)
	var uris []string
	for _, row := range resources.New(r.Catalog) {
		if template, ok := row.Template(); ok {
			uri, _, inStore := strings.Cut(template.URITemplate.Raw(), "{?connection_id}")
			uri = variables.Replace(uri)
			uris = append(uris, uri)
			if inStore {
				uris = append(uris, uri+"?connection_id="+r.Highlight("first connection").ID)
			}
		}
	}
	return uris
}

// FuzzURI reads whatever URI, however it is written: what goes upstream is a read of a plain path.
func FuzzURI(f *testing.F) {
	r := newReader(f)
	plain := regexp.MustCompile(`^GET /(gumroad/v2|connections)(/[A-Za-z0-9_=-]+)*$`)
	for _, uri := range slices.Concat(r.good(), []string{
		"gumroad://products/%41%3d", "gumroad://products/é", "gumroad://products/a+b%2Bc", "gumroad://products/..%2f",
		"gumroad://products/{product_id}", "gumroad://guide/%C3%A9?", "gumroad://user?connection_id=a+b",
		"gumroad://user?&&", "gumroad://\xff", "ui://gumroad/sales", "ui://gumroad/sale?connection_id=a", "ui://gumroad/..%2fuser",
	}) {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		for _, request := range r.read(t, uri) {
			if !plain.MatchString(request) {
				t.Errorf("%q became %s", uri, request)
			}
		}
	})
}

// TestGoodURIsReachTheStore: if they did not, FuzzURI would have nothing to look at.
func TestGoodURIsReachTheStore(t *testing.T) {
	r := newReader(t)
	reached := 0
	for _, uri := range r.good() {
		path, _, _ := strings.Cut(strings.TrimPrefix(uri, "gumroad://"), "?")
		if strings.HasPrefix(path, "guide/") || strings.HasPrefix(path, "exports/") {
			continue // the server's own
		}
		if path == "events" {
			path = "sales" // which are looked at
		}
		t.Run(uri, func(t *testing.T) {
			if got, want := r.read(t, uri), "GET /gumroad/v2/"+path; !slices.Contains(got, want) {
				t.Errorf("want %s upstream, got %q", want, got)
			}
		})
		reached++
	}
	if reached < 10 {
		t.Errorf("want at least 10 kinds of URI, got %d", reached)
	}
}
