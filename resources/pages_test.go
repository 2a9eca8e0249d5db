package resources_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

const pageTemplate = "gumroad://pages/{slug}{?connection_id}"

func TestPageResources(t *testing.T) {
	s := testserver.Start(t, testserver.EveryToolset)
	usual := testserver.Start(t)
	inBothEras(t, func(t *testing.T, era string) {
		t.Run("they are there if the toolsets are on", func(t *testing.T) {
			resources, templates, _ := list(t, s, era)
			off, noTemplates, _ := list(t, usual, era)
			for _, uri := range []string{"gumroad://pages", "gumroad://theme", "gumroad://profile_layout"} {
				if !slices.Contains(resources, uri) || slices.Contains(off, uri) {
					t.Errorf("%s: got %q, and %q if off", uri, resources, off)
				}
				readError(t, usual, era, uri)
			}
			if !slices.Contains(templates, pageTemplate) || slices.Contains(noTemplates, pageTemplate) {
				t.Errorf("got %q, and %q if off", templates, noTemplates)
			}
		})
		t.Run("the list has no bodies, one page has its own", func(t *testing.T) {
			text, _ := read(t, s, era, "gumroad://pages")
			if strings.Count(text, `"slug"`) != 5 || strings.Contains(text, "content") {
				t.Errorf("got %s", text)
			}
			text, _ = read(t, s, era, "gumroad://pages/about")
			if !strings.Contains(text, "<h2>Two people, one scanner</h2>") {
				t.Errorf("got %s", text)
			}
			readError(t, s, era, "gumroad://pages/nowhere")
		})
		t.Run("theme and layout read as the tools show them", func(t *testing.T) {
			for uri, says := range map[string]string{"gumroad://theme": `"font":"Domine"`, "gumroad://profile_layout": `"header":"New this season"`} {
				if text, _ := read(t, s, era, uri); !strings.Contains(text, says) {
					t.Errorf("%s has %s", uri, text)
				}
			}
		})
		t.Run("a page is found by its title or slug", func(t *testing.T) {
			for typed, want := range map[string][]string{"the studio": {"about"}, "lice": {"licence", "licence-2"}, "": {"about", "licence", "licence-2", "soon", "system"}} {
				if diff := cmp.Diff(want, complete(t, s, era, pageTemplate, "slug", typed, nil)); diff != "" {
					t.Errorf("values for %q (-want +got):\n%s", typed, diff)
				}
			}
			theirs := complete(t, s, era, pageTemplate, "slug", "", map[string]any{"connection_id": s.Highlight("second connection").ID})
			if diff := cmp.Diff([]string{"visit"}, theirs); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	})
}
