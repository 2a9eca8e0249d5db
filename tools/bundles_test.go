package tools_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// contents are the ids of the products in a bundle, in order.
func contents(t *testing.T, s *testserver.Server, bundle string) (ids []string) {
	t.Helper()
	for _, row := range s.Must("get_product", map[string]any{"product_id": bundle}).Rows("bundle_products") {
		ids = append(ids, row["product_id"].(string))
	}
	return ids
}

func TestBundles(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) *testserver.Server {
		return testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)
	}
	asking := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
	bundle, brushes := asking.Highlight("bundle").ID, asking.Highlight("digital product").ID
	book, plugin := asking.Highlight("product with variants").ID, asking.Highlight("licensed product").ID
	of := func(product string, more map[string]any) map[string]any {
		arguments := map[string]any{"bundle_id": bundle, "product_id": product}
		maps.Copy(arguments, more)
		return arguments
	}
	want := func(t *testing.T, s *testserver.Server, ids ...string) {
		t.Helper()
		if got := contents(t, s, bundle); strings.Join(got, " ") != strings.Join(ids, " ") {
			t.Errorf("the bundle holds %q, want %q", got, ids)
		}
	}
	t.Run("a product is added at the end, and everything is numbered", func(t *testing.T) {
		s := start(t)
		added := s.Must("add_bundle_product", of(plugin, map[string]any{"quantity": 2}))
		testserver.Want(t, added, map[string]any{"bundle": "Starter Studio Bundle", "changed": "Gridsmith for Figma", "count": 3, "published": true})
		want(t, s, brushes, book, plugin)
		for i, row := range added.Rows("products") {
			if row["position"] != float64(i) {
				t.Errorf("row %d is %v", i, row)
			}
		}
	})
	t.Run("by its name, at a place", func(t *testing.T) {
		s := start(t)
		s.Must("add_bundle_product", map[string]any{"bundle_id": "starter studio", "product_id": "gridsmith", "place": 1})
		want(t, s, plugin, brushes, book)
	})
	t.Run("a version is named by its name", func(t *testing.T) {
		s := start(t)
		s.Must("remove_bundle_product", of(book, nil))
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "add_bundle_product", of(book, nil)), "variant_id", `"PDF + EPUB" (`)
		added := s.Must("add_bundle_product", of(book, map[string]any{"variant_id": "pdf + epub"}))
		if rows := added.Rows("products"); rows[1]["variant_id"] == nil {
			t.Errorf("no variant in %v", rows)
		}
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "update_bundle_product",
			of(brushes, map[string]any{"variant_id": "PDF"})), "has no variants")
	})
	t.Run("quantity and place are changed, the rest stays", func(t *testing.T) {
		s := start(t)
		changed := s.Must("update_bundle_product", of(book, map[string]any{"quantity": 3, "place": 1}))
		rows := changed.Rows("products")
		if rows[0]["quantity"] != 3.0 || rows[0]["variant_id"] == nil || rows[1]["quantity"] != 1.0 {
			t.Errorf("it holds %v", rows)
		}
		want(t, s, book, brushes)
	})
	t.Run("one is taken out", func(t *testing.T) {
		s := start(t)
		s.Must("remove_bundle_product", of(brushes, nil))
		want(t, s, book)
	})
	t.Run("a published bundle is not emptied", func(t *testing.T) {
		s := start(t)
		s.Must("remove_bundle_product", of(brushes, nil))
		testserver.Says(t, s.Fails(gumroad.Rejected, "remove_bundle_product", of(book, nil)), "Bundles must have at least one product")
		want(t, s, book)
	})
	t.Run("what is there is not added again, and what is not is not changed", func(t *testing.T) {
		s := start(t)
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "add_bundle_product", of(brushes, nil)), "already", "update_bundle_product")
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "update_bundle_product", of(plugin, map[string]any{"quantity": 2})), "is not in the bundle")
		s.Fails(gumroad.InvalidArguments, "remove_bundle_product", of(plugin, nil))
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "update_bundle_product", of(book, nil)), "Nothing to change")
		s.WroteNothing()
	})
	t.Run("refusals are in Gumroad's words", func(t *testing.T) {
		s := start(t)
		testserver.Says(t, s.Fails(gumroad.Rejected, "add_bundle_product", of(s.Highlight("membership").ID, map[string]any{"variant_id": "Sketch"})),
			`Gumroad said: "A subscription product cannot be added to a bundle"`)
		testserver.Says(t, s.Fails(gumroad.Rejected, "add_bundle_product",
			map[string]any{"bundle_id": brushes, "product_id": plugin}), "This product is not a bundle")
	})
	t.Run("a list that changed meanwhile is not replaced", func(t *testing.T) {
		between := &meanwhile{method: http.MethodGet, path: "/products/" + bundle, before: 2}
		s := testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset, func(s *testserver.Settings) {
			s.Between = func(next http.RoundTripper) http.RoundTripper {
				between.next = next
				return between
			}
		})
		between.act = func() {
			ofAnother(t, s.Sandbox, http.MethodPut, "/products/"+bundle+"/bundle_contents",
				`{"products":[{"product_id":"`+brushes+`","quantity":5}]}`)
		}
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(gumroad.Rejected, "add_bundle_product", of(plugin, nil)), "Somebody else changed the bundle", "Nothing was changed")
		if writes := s.Writes(); len(writes) != 1 {
			t.Errorf("want the other's write alone, got %q", writes)
		}
		want(t, s, brushes)
	})
	t.Run("a lost answer is not sent again", func(t *testing.T) {
		s := start(t)
		s.Sandbox.ResetJournal()
		s.Sandbox.Inject(sandbox.Fault{Method: "PUT", Kind: sandbox.FaultLost})
		testserver.Says(t, s.Fails(gumroad.OutcomeUnknown, "add_bundle_product", of(plugin, nil)), "gumroad_get_product")
		if writes := s.Writes(); len(writes) != 1 {
			t.Errorf("writes %q", writes)
		}
		s.Sandbox.ClearFaults()
		want(t, s, brushes, book, plugin)
	})
	for name, c := range map[string]struct {
		tool    string
		product string
		says    []string
	}{
		"adding to a bundle that is on sale": {"add_bundle_product", plugin, []string{`Add "Gridsmith for Figma" to the bundle "Starter Studio Bundle"`, "on sale for $29 with 2 products", "earlier buyers do not"}},
		"taking out":                         {"remove_bundle_product", book, []string{`Take "The Quiet Grid" out of the bundle "Starter Studio Bundle"`, "2 products", "earlier ones keep it"}},
	} {
		t.Run(name+" asks", func(t *testing.T) {
			s := asking.In(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(tool.ConfirmationRequired, c.tool, of(c.product, nil)), c.says...)
			s.WroteNothing()
		})
	}
	t.Run("a draft is filled and emptied", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		draft := s.Must("create_product", map[string]any{"name": "All of it", "price_cents": 9900, "native_type": "bundle"})
		testserver.Want(t, draft, map[string]any{"published": false, "warning": nil})
		in := map[string]any{"bundle_id": draft.JSON["id"], "product_id": brushes}
		testserver.Want(t, s.Must("add_bundle_product", in), map[string]any{"count": 1})
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "remove_bundle_product", in), "It is the last one: the bundle will be empty")
		testserver.Want(t, withConsent(t, s, "remove_bundle_product", in), map[string]any{"count": 0, "products": nil})
	})
}
