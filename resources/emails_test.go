package resources_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

const emailTemplate = "gumroad://emails/{email_id}{?connection_id}"

func TestEmailResources(t *testing.T) {
	s := testserver.Start(t, testserver.EveryToolset)
	usual := testserver.Start(t)
	sent := s.Highlight("sent e-mail").ID
	inBothEras(t, func(t *testing.T, era string) {
		t.Run("they are there if the toolset is on", func(t *testing.T) {
			resources, templates, _ := list(t, s, era)
			if !slices.Contains(resources, "gumroad://emails") || !slices.Contains(templates, emailTemplate) {
				t.Errorf("got %q and %q", resources, templates)
			}
			resources, templates, _ = list(t, usual, era)
			if slices.Contains(resources, "gumroad://emails") || slices.Contains(templates, emailTemplate) {
				t.Errorf("off, but got %q and %q", resources, templates)
			}
			readError(t, usual, era, "gumroad://emails")
		})
		t.Run("the list has no texts, one e-mail has its own", func(t *testing.T) {
			text, _ := read(t, s, era, "gumroad://emails")
			if strings.Count(text, `"state"`) != 14 || strings.Contains(text, "<p>") {
				t.Errorf("got %s", text)
			}
			text, _ = read(t, s, era, "gumroad://emails/"+sent)
			if !strings.Contains(text, "<p>The second edition is out") {
				t.Errorf("got %s", text)
			}
		})
		t.Run("one is found by its subject", func(t *testing.T) {
			got := complete(t, s, era, emailTemplate, "email_id", "second edition", nil)
			if diff := cmp.Diff([]string{sent}, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			theirs := complete(t, s, era, emailTemplate, "email_id", "", map[string]any{"connection_id": s.Highlight("second connection").ID})
			if diff := cmp.Diff([]string{s.Highlight("other store's e-mail").ID}, theirs); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	})
}
