package tools_test

import (
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// unasked is the first store, whose tools act at once.
func unasked(t *testing.T) *testserver.Server {
	t.Helper()
	return testserver.Start(t, testserver.FirstStore, testserver.Unasked)
}

func TestProducts(t *testing.T) {
	t.Parallel()
	t.Run("a change is shown at once", func(t *testing.T) {
		s := unasked(t)
		changed := s.Must("update_product",
			map[string]any{"product_id": s.Highlight("digital product").ID, "name": "Renamed", "price_cents": 2500})
		testserver.Want(t, changed, map[string]any{"name": "Renamed", "price_cents": 2500, "formatted_price": "$25"})
	})
	t.Run("a change is there when it is read back", func(t *testing.T) {
		s := unasked(t)
		product := s.Highlight("digital product").ID
		before := s.Must("get_product", map[string]any{"product_id": product})
		s.Must("update_product", map[string]any{"product_id": product, "tags": []string{"one", "two"}})
		after := s.Must("get_product", map[string]any{"product_id": product})
		testserver.Want(t, after, map[string]any{"tags": []string{"one", "two"}, "name": before.JSON["name"]})
	})
	t.Run("an unpublished one is published again", func(t *testing.T) {
		s := unasked(t)
		product := map[string]any{"product_id": s.Highlight("digital product").ID}
		testserver.Want(t, s.Must("disable_product", product), map[string]any{"published": false})
		testserver.Want(t, s.Must("enable_product", product), map[string]any{"published": true})
	})
	t.Run("a deleted one reads as deleted", func(t *testing.T) {
		s := unasked(t)
		product := map[string]any{"product_id": s.Highlight("digital product").ID}
		s.Must("delete_product", product)
		testserver.Want(t, s.Must("get_product", product), map[string]any{"deleted": true})
	})
	t.Run("one that cannot be published is refused in Gumroad's words", func(t *testing.T) {
		s := unasked(t)
		product := map[string]any{"product_id": s.Highlight("unpublishable product").ID}
		testserver.Says(t, s.Fails(gumroad.Rejected, "enable_product", product),
			`Gumroad said: "The product needs to be shippable`)
	})
	t.Run("an unknown one names the tool that lists them", func(t *testing.T) {
		missing := unasked(t).Fails(gumroad.NotFound, "get_product", map[string]any{"product_id": "nothing"})
		testserver.Says(t, missing, "gumroad_list_products shows the valid ones.")
	})
	t.Run("the price of a membership is its tiers'", func(t *testing.T) {
		s := unasked(t)
		membership := map[string]any{"product_id": s.Highlight("membership").ID, "price_cents": 100}
		testserver.Says(t, s.Fails(gumroad.Rejected, "update_product", membership), "Use the variant endpoints")
	})
}
