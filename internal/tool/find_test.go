package tool_test

import (
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// TestProductsAreFound: a product goes by its id, its permalink, its name, or a part of its name that is no other's.
func TestProductsAreFound(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	book := all.Highlight("product with variants").ID // The Quiet Grid
	for how, named := range map[string]string{
		"its id": book, "its id without padding": strings.TrimSuffix(book, "=="), "its permalink": "qtgrd",
		"its custom permalink": "quiet-grid", "its name": "the quiet  GRID", "a part of its name": "Quiet",
	} {
		t.Run(how, func(t *testing.T) {
			s := all.In(t)
			testserver.Want(t, s.Must("get_product", map[string]any{"product_id": named}), map[string]any{"id": book})
			for _, list := range []string{"list_sales", "list_offer_codes", "list_variant_categories"} {
				if s.Must(list, map[string]any{"product_id": named}).Text != s.Must(list, map[string]any{"product_id": book}).Text {
					t.Errorf("%s differs from that of the id", list)
				}
			}
		})
	}
	t.Run("a name of several is asked back", func(t *testing.T) {
		testserver.Says(t, all.In(t).Fails(gumroad.InvalidArguments, "disable_product", map[string]any{"product_id": "grid"}),
			`"grid" could mean 2 products.`, book+` ("The Quiet Grid")`, `("Gridsmith for Figma")`, "Nothing was changed.")
	})
	t.Run("a name of none is not found", func(t *testing.T) {
		testserver.Says(t, all.In(t).Fails(gumroad.NotFound, "delete_product", map[string]any{"product_id": "loud grid"}),
			`"loud grid"`, "gumroad_list_products shows the valid ones.")
	})
	t.Run("consent is for the product, not for its name", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		asked := s.Fails(tool.ConfirmationRequired, "delete_product", map[string]any{"product_id": "Quiet"})
		testserver.Says(t, asked, `Delete the product "The Quiet Grid"`)
		s.Must("delete_product", map[string]any{"product_id": book, "confirm_token": asked.JSON["confirm_token"]})
	})
}

func TestCodesAreFound(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore, testserver.Unasked)
	code := func(named string) map[string]any {
		return map[string]any{"product_id": "Quiet", "offer_code_id": named}
	}
	testserver.Want(t, s.Must("get_offer_code", code("LAUNCH50")), map[string]any{"percent_off": 50})
	testserver.Want(t, s.Must("get_offer_code", code("launch50")), map[string]any{"name": "LAUNCH50"})
	testserver.Says(t, s.Fails(gumroad.NotFound, "delete_offer_code", code("LAUNCH")), "no such discount code",
		"gumroad_list_offer_codes shows the valid ones.")
	s.Must("delete_offer_code", code("LAUNCH50"))
	s.Fails(gumroad.NotFound, "get_offer_code", code("LAUNCH50"))
}
