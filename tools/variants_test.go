package tools_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// licences makes a variant category with a variant for one and one for a team.
func licences(t *testing.T) (s *testserver.Server, category, team map[string]any) {
	t.Helper()
	s = unasked(t)
	product := s.Highlight("digital product").ID
	made := s.Must("create_variant_category", map[string]any{"product_id": product, "title": "Licence"})
	category = map[string]any{"product_id": product, "variant_category_id": made.JSON["id"]}
	for i, name := range []string{"Solo", "Team"} {
		variant := maps.Clone(category)
		variant["name"], variant["price_difference_cents"] = name, 4000*i
		made = s.Must("create_variant", variant)
	}
	team = maps.Clone(category)
	team["variant_id"] = made.JSON["id"]
	return s, category, team
}

func TestVariants(t *testing.T) {
	t.Parallel()
	t.Run("new ones are listed with their prices", func(t *testing.T) {
		s, category, _ := licences(t)
		got := map[string]any{}
		for _, row := range s.Must("list_variants", category).Rows("variants") {
			got[row["name"].(string)] = row["price_difference_cents"]
		}
		if diff := cmp.Diff(map[string]any{"Solo": 0.0, "Team": 4000.0}, got); diff != "" {
			t.Errorf("variants and what they add (-want +got):\n%s", diff)
		}
	})
	t.Run("a changed one is read back, the rest of it as it was", func(t *testing.T) {
		s, _, team := licences(t)
		change := maps.Clone(team)
		change["max_purchase_count"] = 5
		s.Must("update_variant", change)
		testserver.Want(t, s.Must("get_variant", team),
			map[string]any{"name": "Team", "price_difference_cents": 4000, "max_purchase_count": 5})
	})
	t.Run("a category is renamed", func(t *testing.T) {
		s, category, _ := licences(t)
		change := maps.Clone(category)
		change["title"] = "Seats"
		s.Must("update_variant_category", change)
		testserver.Want(t, s.Must("get_variant_category", category), map[string]any{"title": "Seats"})
	})
	t.Run("a deleted one is gone", func(t *testing.T) {
		s, category, team := licences(t)
		s.Must("delete_variant", team)
		if got := len(s.Must("list_variants", category).Rows("variants")); got != 1 {
			t.Errorf("want one variant left, got %d", got)
		}
	})
	t.Run("a deleted category is gone", func(t *testing.T) {
		s, category, _ := licences(t)
		product := map[string]any{"product_id": category["product_id"]}
		listed := func() []string { return s.Must("list_variant_categories", product).IDs("variant_categories") }
		id := category["variant_category_id"].(string)
		if got := listed(); !slices.Contains(got, id) {
			t.Errorf("want %q among %q", id, got)
		}
		s.Must("delete_variant_category", category)
		if got := listed(); slices.Contains(got, id) {
			t.Errorf("want no %q among %q", id, got)
		}
	})
}
