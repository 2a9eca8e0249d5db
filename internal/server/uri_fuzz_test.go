package server_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/resources"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// FuzzURI reads whatever URI, however it is written: what goes upstream is a read of a plain path.
func FuzzURI(f *testing.F) {
	box := sandbox.New(sandbox.Options{Sales: 1})
	f.Cleanup(func() { box.Close() })
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: box, RequestsPerSecond: -1})
	if err != nil {
		f.Fatal(err)
	}
	catalog, err := tool.New(tools.Toolsets(), tool.Config{Client: client, Prefix: tool.DefaultPrefix})
	if err != nil {
		f.Fatal(err)
	}
	s := server.New(catalog, server.Options{})
	for _, row := range resources.New(catalog) {
		if template, ok := row.Template(); ok {
			uri, _, _ := strings.Cut(template.URITemplate.Raw(), "{?")
			f.Add(strings.NewReplacer("{", "A-m3CDDC5dlrSdKZp0RFhA==", "}", "").Replace(uri))
			f.Add(uri + "?connection_id=61a5279f-8500-4029-b82c-78c1cd338711")
		}
	}
	for _, uri := range []string{"gumroad://products/%41%3d", "gumroad://products/é", "gumroad://products/a+b%2Bc", "gumroad://user?connection_id=a+b",
		"gumroad://products/..%2f", "gumroad://guide/%C3%A9?", "gumroad://user?&&", "gumroad://\xff"} {
		f.Add(uri)
	}
	plain := regexp.MustCompile(`^/(gumroad/v2|connections)(/[A-Za-z0-9_=-]+)*$`)
	f.Fuzz(func(t *testing.T, uri string) {
		box.ResetJournal()
		message, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": mcp.MethodResourcesRead, "params": map[string]any{"uri": uri}})
		if err != nil {
			t.Fatal(err)
		}
		s.HandleMessage(t.Context(), message)
		for _, entry := range box.Journal() {
			if entry.Method != "GET" || !plain.MatchString(entry.Path) {
				t.Errorf("%q became %s %s", uri, entry.Method, entry.Path)
			}
		}
	})
}
