package tools_test

import (
	"maps"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestCustomFields(t *testing.T) {
	t.Parallel()
	// A name travels in the path, whatever is in it.
	start := func(t *testing.T) (*testserver.Server, map[string]any) {
		s := unasked(t)
		field := map[string]any{"product_id": s.Highlight("digital product").ID, "name": "Discord handle? (a/b.c)"}
		asked := maps.Clone(field)
		asked["required"] = true
		testserver.Want(t, s.Must("create_custom_field", asked), map[string]any{"name": field["name"], "required": true})
		return s, field
	}
	t.Run("an answer becomes optional", func(t *testing.T) {
		s, field := start(t)
		field["required"] = false
		testserver.Want(t, s.Must("update_custom_field", field), map[string]any{"required": false})
	})
	t.Run("a deleted one is gone", func(t *testing.T) {
		s, field := start(t)
		s.Must("delete_custom_field", field)
		field["required"] = true
		s.Fails(gumroad.NotFound, "update_custom_field", field)
	})
}
