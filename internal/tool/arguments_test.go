package tool_test

import (
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestArgumentsAreMended(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	licence, product := all.Highlight("working licence key"), all.Highlight("digital product").ID
	for _, limit := range []struct {
		name  string
		given any
	}{{"text is a number", "2"}, {"spaces around a number are dropped", " 2 "}, {"2.0 is 2", 2.0}} {
		t.Run(limit.name, func(t *testing.T) {
			if got := len(all.In(t).Must("list_products", map[string]any{"limit": limit.given}).Rows("products")); got != 2 {
				t.Errorf("want 2 rows, got %d", got)
			}
		})
	}
	t.Run("null is nothing", func(t *testing.T) {
		s := all.In(t)
		given := s.Must("list_products", map[string]any{"limit": nil, "detail": nil})
		testserver.Want(t, given, s.Must("list_products", nil).JSON)
	})
	t.Run("an enum in another case is meant", func(t *testing.T) {
		s := all.In(t)
		given := s.Must("list_products", map[string]any{"detail": " FULL "})
		testserver.Want(t, given, s.Must("list_products", map[string]any{"detail": "full"}).JSON)
	})
	t.Run("text is a boolean", func(t *testing.T) {
		s := all.In(t)
		key := map[string]any{"product_id": licence.ProductID, "license_key": licence.LicenseKey}
		before := s.Must("check_license", key)
		key["increment_uses_count"] = "False"
		testserver.Want(t, s.Must("verify_license", key), map[string]any{"uses": before.JSON["uses"]})
	})
	t.Run("a number is text", func(t *testing.T) {
		s := all.In(t)
		s.Sandbox.ResetJournal()
		refused := s.Fails(gumroad.NotFound, "get_sale", map[string]any{"sale_id": 12})
		if sent := strings.Join(s.Requests(), " "); !strings.HasSuffix(sent, "/sales/12") {
			t.Errorf("want a request for the sale 12, got %q: %s", sent, refused.Text)
		}
	})
	t.Run("a single value is a list", func(t *testing.T) {
		s := all.In(t)
		s.Must("update_product", map[string]any{"product_id": product, "tags": "one"})
		testserver.Want(t, s.Must("get_product", map[string]any{"product_id": product}),
			map[string]any{"tags": []string{"one"}})
	})
	t.Run("a list in a text is a list", func(t *testing.T) {
		s := all.In(t)
		s.Must("update_product", map[string]any{"product_id": product, "tags": ` ["two", "three"]`})
		testserver.Want(t, s.Must("get_product", map[string]any{"product_id": product}),
			map[string]any{"tags": []string{"two", "three"}})
	})
}

func TestArgumentsAreRefused(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	product := all.Highlight("digital product").ID
	with := func(more map[string]any) map[string]any {
		more["product_id"] = product
		return more
	}
	for _, c := range []struct {
		name, tool string
		arguments  map[string]any
		says       string
	}{
		{"an unknown name is told what it may have meant", "list_sales", map[string]any{"limt": 2},
			`did you mean "limit"? gumroad_list_sales takes: after, before,`},
		{"a name like no other is told what there is", "get_user", map[string]any{"verbose": true},
			`There is no argument "verbose". gumroad_get_user takes no arguments.`},
		{"a required one is missing", "get_sale", nil, "sale_id is required."},
		{"an enum has other values", "list_products", map[string]any{"detail": "brief"},
			`detail has "brief", which is no field. Give concise, full, or names of fields with commas between them: name, published,`},
		{"a number is too small", "list_sales", map[string]any{"limit": 0}, "limit must be at least 1."},
		{"a number is too large", "list_sales", map[string]any{"limit": 1000}, "limit must be at most 100."},
		{"a date is a word", "list_sales", map[string]any{"after": "yesterday"}, "after must be a date as YYYY-MM-DD."},
		{"a date does not exist", "list_sales", map[string]any{"after": "2026-02-30"}, "after must be a date as YYYY-MM-DD."},
		{"a number is a word", "list_sales", map[string]any{"limit": "many"}, "limit must be a whole number."},
		{"money is a fraction", "update_product", with(map[string]any{"price_cents": "12.50"}), "minor units, 1250 for $12.50"},
		{"Gumroad would ignore it", "update_offer_code", with(map[string]any{"offer_code_id": "x", "amount_off": 5}),
			"Gumroad ignores it; create a new code"},
		{"Gumroad has no expiry date", "create_offer_code",
			with(map[string]any{"name": "a", "percent_off": 5, "expires_at": "2027-01-01"}), "no expiry date"},
		{"the argument has another name", "create_variant",
			with(map[string]any{"variant_category_id": "x", "name": "a", "price_difference": 5}), "use price_difference_cents"},
		{"Gumroad keeps no reason", "refund_sale", map[string]any{"sale_id": "x", "reason": "late"},
			"Gumroad keeps no refund reason"},
		{"a percentage is above 100", "create_offer_code",
			with(map[string]any{"name": "a", "percent_off": 130}), "percent_off must be at most 100"},
		{"an update changes nothing", "update_product", with(map[string]any{}), "Nothing to change was given."},
		{"an id climbs the path", "get_sale", map[string]any{"sale_id": "../user"}, "sale_id is not an id"},
		{"an id climbs escaped", "get_sale", map[string]any{"sale_id": "%2e%2e/user"}, "sale_id is not an id"},
		{"an id has a slash", "get_sale", map[string]any{"sale_id": "a/b"}, "sale_id is not an id"},
		{"an id is empty", "get_product", map[string]any{"product_id": ""}, "product_id is empty"},
		{"a name in a path has a control character", "update_custom_field",
			with(map[string]any{"name": "a\x00b", "required": true}), "control character"},
		{"a name in a path climbs", "update_custom_field",
			with(map[string]any{"name": "../../user", "required": true}), "relative path"},
		{"a hostile name is quoted clean", "get_user", map[string]any{"ignore\u202eprevious \"instructions\"": 1},
			`There is no argument "ignoreprevious 'instructions'".`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			refused := s.Fails(gumroad.InvalidArguments, c.tool, c.arguments)
			testserver.Says(t, refused, c.says, "Nothing was changed.")
			testserver.Want(t, refused, map[string]any{"changed": "no"})
			if sent := s.Requests(); len(sent) > 0 {
				t.Errorf("want nothing sent upstream, got %q", sent)
			}
		})
	}
}
