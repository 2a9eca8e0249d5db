package resources

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// FuzzURI checks that what comes out of a URI is safe to hand on, whatever the way it is written.
func FuzzURI(f *testing.F) {
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey)})
	if err != nil {
		f.Fatal(err)
	}
	catalog, err := tools.New(tools.Config{Client: client, Prefix: tools.DefaultPrefix})
	if err != nil {
		f.Fatal(err)
	}
	hooks := &server.Hooks{}
	s := server.NewMCPServer("test", "1", server.WithHooks(hooks), server.WithResourceCapabilities(false, false))
	r := &Resources{catalog: catalog, guide: newGuide(catalog)}
	var read map[string]string
	for _, row := range table(r.guide, catalog) {
		r.rows = append(r.rows, &row)
		r.offer(s, &row)
		row.open = func(_ context.Context, variables map[string]string) (text, mime string, err error) {
			read = variables
			return "", "", nil
		}
		f.Add(strings.NewReplacer("{", "A-m3CDDC5dlrSdKZp0RFhA==", "}", "").Replace(row.uri))
		f.Add(row.uri + "?connection_id=61a5279f-8500-4029-b82c-78c1cd338711")
	}
	mcpfix.ExpandURIs(hooks, r.knows)
	for _, uri := range []string{"gumroad://products/%41%3d", "gumroad://products/é", "gumroad://products/a+b%2Bc", "gumroad://user?connection_id=a+b",
		"gumroad://products/..%2f", "gumroad://guide/%C3%A9?", "gumroad://user?&&", "gumroad://\xff"} {
		f.Add(uri)
	}
	control := regexp.MustCompile(`[\x00-\x1f\x7f/\\]`)
	f.Fuzz(func(t *testing.T, uri string) {
		read = nil
		message, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": mcp.MethodResourcesRead, "params": map[string]any{"uri": uri}})
		if err != nil {
			t.Fatal(err)
		}
		s.HandleMessage(t.Context(), message)
		for name, value := range read {
			if value == "" || value == "." || value == ".." || control.MatchString(value) {
				t.Errorf("%q: %s is %q", uri, name, value)
			}
		}
	})
}
