package resources_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestUTMLinkResources(t *testing.T) {
	const template = "gumroad://utm_links/{utm_link_id}{?connection_id}"
	s := testserver.Start(t, testserver.EveryToolset)
	usual := testserver.Start(t)
	link := s.Highlight("disabled tracking link").ID
	inBothEras(t, func(t *testing.T, era string) {
		t.Run("they are there if the toolset is on", func(t *testing.T) {
			resources, templates, _ := list(t, s, era)
			if !slices.Contains(resources, "gumroad://utm_links") || !slices.Contains(templates, template) {
				t.Errorf("got %q and %q", resources, templates)
			}
			resources, templates, _ = list(t, usual, era)
			if slices.Contains(resources, "gumroad://utm_links") || slices.Contains(templates, template) {
				t.Errorf("off, but got %q and %q", resources, templates)
			}
		})
		t.Run("the list has clicks, one link where it leads", func(t *testing.T) {
			text, _ := read(t, s, era, "gumroad://utm_links")
			if strings.Count(text, `"total_clicks"`) != 7 || strings.Contains(text, `"utm_url"`) {
				t.Errorf("got %s", text)
			}
			text, _ = read(t, s, era, "gumroad://utm_links/"+link)
			if !strings.Contains(text, `"utm_url":"https://pixelandpage.gumroad.com/l/quiet-grid?`) {
				t.Errorf("got %s", text)
			}
		})
		t.Run("one is found by its title", func(t *testing.T) {
			if diff := cmp.Diff([]string{link}, complete(t, s, era, template, "utm_link_id", "launch w", nil)); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	})
}
