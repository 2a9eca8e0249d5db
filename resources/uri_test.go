package resources

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// FuzzURI checks that a URI is read in one way: its canonical form means the same, is its own canonical form, and is
// the one in which its template is found; and that what comes out of it is safe to hand on.
func FuzzURI(f *testing.F) {
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey)})
	if err != nil {
		f.Fatal(err)
	}
	catalog, err := tool.New(tools.Toolsets(), tool.Config{Client: client, Prefix: tool.DefaultPrefix})
	if err != nil {
		f.Fatal(err)
	}
	r := New(catalog, nil)
	for _, row := range r.rows {
		f.Add(strings.NewReplacer("{", "A-m3CDDC5dlrSdKZp0RFhA==", "}", "").Replace(row.uri))
		f.Add(row.uri + "?connection_id=61a5279f-8500-4029-b82c-78c1cd338711")
	}
	for _, uri := range []string{"gumroad://products/%41%3d", "gumroad://products/é", "gumroad://products/a+b%2Bc", "gumroad://user?connection_id=a+b",
		"gumroad://products/..%2f", "gumroad://guide/%C3%A9?", "gumroad://user?&&", "gumroad://\xff"} {
		f.Add(uri)
	}
	control := regexp.MustCompile(`[\x00-\x1f\x7f/\\]`)
	f.Fuzz(func(t *testing.T, uri string) {
		row, variables, ok := r.route(uri)
		if !ok {
			return
		}
		for name, value := range variables {
			if value == "" || value == "." || value == ".." || control.MatchString(value) {
				t.Errorf("%q: %s is %q", uri, name, value)
			}
		}
		canonical := r.Canonical(uri)
		again, same, ok := r.route(canonical)
		if !ok || again != row || !cmp.Equal(same, variables) {
			t.Errorf("%q became %q: %v, %v", uri, canonical, variables, same)
		}
		if twice := r.Canonical(canonical); twice != canonical {
			t.Errorf("%q became %q, then %q", uri, canonical, twice)
		}
		template := mcp.NewResourceTemplate(r.template(row), row.name).URITemplate
		if canonical != row.uri && !template.Regexp().MatchString(canonical) {
			t.Errorf("%q is not found as %q in %q", uri, canonical, template.Raw())
		}
	})
}
