package mcpfix_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

// things is a server with the template x://things/{id}{?store}.
func things(hooks *server.Hooks) (*server.MCPServer, *mcp.URITemplate) {
	s := server.NewMCPServer("test", "1", server.WithHooks(hooks))
	template := mcp.NewResourceTemplate("x://things/{id}{?store}", "thing")
	s.AddResourceTemplate(template, func(_ context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: request.Params.URI}}, nil
	})
	return s, template.URITemplate
}

func read(t *testing.T, s *server.MCPServer, uri string) string {
	t.Helper()
	return answer(t, s, request(1, mcp.MethodResourcesRead, fmt.Sprintf(`"uri":%q`, uri)))
}

func TestStillNeededURI(t *testing.T) {
	s, _ := things(&server.Hooks{})
	contains(t, read(t, s, "x://things/A%3D%3D"), `"result"`)
	contains(t, read(t, s, "x://things/A=="), `"code":-32002`)
}

func TestExpandURIs(t *testing.T) {
	hooks := &server.Hooks{}
	s, template := things(hooks)
	mcpfix.ExpandURIs(hooks, func(uri string) bool {
		_, ok := mcpfix.Variables(template, uri)
		return ok
	})
	for uri, found := range map[string]string{
		"x://things/A==":         "x://things/A%3D%3D",
		"x://things/A%3d%3D":     "x://things/A%3D%3D",
		"x://th%69ngs/a+b c":     "x://things/a%2Bb%20c",
		"x://things/é?store=a+b": "x://things/%C3%A9?store=a%20b",
		"x://things/a?":          "x://things/a",
		"x://things/a?&&":        "x://things/a",
	} {
		contains(t, read(t, s, uri), fmt.Sprintf(`"uri":%q`, found))
	}
	for _, uri := range []string{"x://things", "x://things/a/b==", "x://things/%", "x://things/a#b", "x://things/a?store=%", "things"} {
		contains(t, read(t, s, uri), "'"+uri+"'") // the error names it as it was
	}
}

func TestStillNeededTemplate(t *testing.T) {
	s, _ := things(&server.Hooks{})
	contains(t, read(t, s, "x://things/a?other=b"), `"result"`)
}

func TestVariables(t *testing.T) {
	_, template := things(&server.Hooks{})
	type result struct {
		Variables map[string]string
		OK        bool
	}
	for uri, want := range map[string]result{
		"x://things/a":                   {map[string]string{"id": "a"}, true},
		"x://things/A%3D%3D?store=b%2Fc": {map[string]string{"id": "A==", "store": "b/c"}, true},
		"x://things/%C3%A9":              {map[string]string{"id": "é"}, true},
		"x://things/a?other=b":           {},
		"x://things/a?id=b":              {},
		"x://things/a?store=b&store=c":   {},
		"x://things/A==":                 {},
		"y://things/a":                   {},
	} {
		variables, ok := mcpfix.Variables(template, uri)
		if diff := cmp.Diff(want, result{variables, ok}); diff != "" {
			t.Errorf("%s: %s", uri, diff)
		}
	}
}
