package sandbox

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUser(t *testing.T) {
	c := newSandbox(t, Options{})
	full := c.get("/v2/user").ok().object("user")
	check(t, full, map[string]any{
		"name": "Pixel & Page", "twitter_handle": "pixelandpage", "url": "https://pixelandpage.gumroad.com",
		"currency_type": "usd", "email": "hello@pixelandpage.example", "display_name": "Pixel & Page",
	})
	if id := full["id"].(string); len(id) != 13 || strings.Trim(id, "0123456789") != "" {
		t.Errorf("id %q", id)
	}
	if id := full["user_id"].(string); len(id) != 24 || !strings.HasSuffix(id, "==") {
		t.Errorf("user_id %q", id)
	}
	published := 0
	for _, p := range c.allProducts() {
		if p["published"] == true {
			published++
		}
	}
	if links := full["links"].([]any); len(links) != published {
		t.Errorf("%d links, %d published products", len(links), published)
	}
	for _, narrow := range []string{"view_public", "mark_sales_as_shipped", "refund_sales", "account"} {
		u := c.as("sandbox:" + narrow).get("/v2/user").ok().object("user")
		lacks(t, u, "currency_type", "profile_url", "email", "display_name")
	}
	for _, wide := range []string{"edit_products", "view_sales", "revenue_share", "ifttt"} {
		u := c.as("sandbox:" + wide).get("/v2/user").ok().object("user")
		lacks(t, u, "display_name")
		check(t, u, map[string]any{"email": "hello@pixelandpage.example"})
	}
	if got := c.as("sandbox:view_profile").get("/v2/user").ok().object("user")["display_name"]; got != "Pixel & Page" {
		t.Errorf("display_name %v", got)
	}
	ifttt := c.get("/v2/user?is_ifttt=true").ok()
	check(t, ifttt.object("data"), map[string]any{"name": "Pixel & Page"})
	lacks(t, ifttt.object(), "user")
	second := c.gateway("other store's product").get("/gumroad/v2/user").ok().object("user")
	if v, there := second["twitter_handle"]; !there || v != nil {
		t.Errorf("a wide token sees nulls, got %v %v", v, there)
	}
}

// gateway is a client of the Maton gateway, on the store of a highlight.
func (c *client) gateway(name string) *gatewayClient {
	c.t.Helper()
	return &gatewayClient{c, c.highlight(name).ConnectionID}
}

type gatewayClient struct {
	*client
	connection string
}

func (c *gatewayClient) get(target string) received {
	c.t.Helper()
	return c.request("GET", target, "", "", "Maton-Connection", c.connection)
}

// allProducts walks the pages.
func (c *client) allProducts() []map[string]any {
	c.t.Helper()
	var all []map[string]any
	target := "/v2/products"
	for {
		page := c.get(target).ok()
		all = append(all, page.list("products")...)
		next, more := page.object()["next_page_url"].(string)
		if !more {
			return all
		}
		target = next
	}
}

func TestProductList(t *testing.T) {
	c := newSandbox(t, Options{})
	first := c.get("/v2/products").ok()
	if n := len(first.list("products")); n != 10 {
		t.Errorf("%d products on a page", n)
	}
	key := first.value("next_page_key").(string)
	if got, want := first.value("next_page_url"), "/v2/products?page_key="+key; got != want {
		t.Errorf("next_page_url %v, want %s", got, want)
	}
	all := c.allProducts()
	seen := map[string]bool{}
	for _, p := range all {
		seen[p["id"].(string)] = true
		lacks(t, p, "rich_content", "files", "refund_policy", "has_same_rich_content_for_all_variants", "view_count")
	}
	if len(seen) != len(all) || len(all) != 16 {
		t.Errorf("%d products, %d different", len(all), len(seen))
	}
	for _, bad := range []string{"x", "-", "20230119081040000000", "20230119081040000000-0", "20230119081040000000-x"} {
		c.get("/v2/products?page_key=" + bad).bad("Invalid page_key.")
	}
	c.get("/v2/products?page_key[]=x").bad("Invalid page_key.")
	if rows := c.get("/v2/products?page_key=nonsense-123").ok().list("products"); len(rows) != 0 {
		t.Errorf("a key without a time finds %d rows", len(rows))
	}
	old := newSandbox(t, Options{Compat2025: true})
	unpaged := old.get("/v2/products?page_key=x").ok()
	if n := len(unpaged.list("products")); n != 16 {
		t.Errorf("%d products of 2025", n)
	}
	lacks(t, unpaged.list("products")[0], "covers", "custom_html", "landing_url", "taxonomy_id")
}

func TestProduct(t *testing.T) {
	c := newSandbox(t, Options{})
	get := func(name string) map[string]any { return c.get(c.product(name)).ok().object("product") }
	check(t, get("digital product"), map[string]any{
		"name": "Ink & Wash: 48 Brushes for Procreate", "price": 1200.0, "currency": "usd", "formatted_price": "$12", "published": true,
		"deleted": false, "url": nil, "custom_permalink": "ink-and-wash", "short_url": "https://pixelandpage.gumroad.com/l/ink-and-wash",
		"file_info": map[string]any{"Size": "91.7 MB"}, "subscription_duration": nil, "recurrences": nil, "is_tiered_membership": false,
		"custom_summary": "Instant download, free updates.", "variants": []any{}, "bundle_products": []any{}, "custom_delivery_url": nil,
		"purchasing_power_parity_prices": map[string]any{"BR": 600.0, "IN": 480.0, "MX": 660.0, "PL": 780.0},
		"category":                       "drawing-and-painting/digital-illustration/procreate", "category_label": "Procreate",
		"refund_policy": map[string]any{"refund_period": "30", "title": "30-day money back guarantee", "fine_print": nil, "inherited": true},
	})
	book := get("product with variants")
	check(t, book, map[string]any{"custom_summary": "", "formatted_price": "$24", "custom_receipt": "Thank you for reading. Write to us if a link ever breaks.", "file_info": map[string]any{}})
	options := book["variants"].([]any)[0].(map[string]any)
	check(t, options, map[string]any{"title": "Edition"})
	check(t, options["options"].([]any)[1].(map[string]any), map[string]any{
		"name": "PDF + EPUB", "price_difference": 800.0, "is_pay_what_you_want": false, "recurrence_prices": nil, "url": nil,
		"purchasing_power_parity_prices": map[string]any{"BR": 1600.0, "IN": 1280.0, "MX": 1760.0, "PL": 2080.0},
	})
	names := []string{}
	for _, f := range book["custom_fields"].([]any) {
		field := f.(map[string]any)
		names = append(names, field["name"].(string))
		lacks(t, field, "global", "products")
	}
	want := []string{"How did you hear about us?", "Name for the dedication", "https://pixelandpage.example/licence/commercial.v2"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("custom fields (global first, none for after the purchase):\n%s", diff)
	}
	check(t, get("pay-what-you-want product"), map[string]any{"formatted_price": "$3+", "customizable_price": true})
	club := get("membership")
	check(t, club, map[string]any{"price": 0.0, "is_tiered_membership": true, "subscription_duration": "monthly", "recurrences": []any{"monthly", "yearly"}, "formatted_price": "$9 a month"})
	tier := club["variants"].([]any)[0].(map[string]any)["options"].([]any)[1].(map[string]any)
	check(t, tier, map[string]any{"name": "Studio", "price_difference": nil, "recurrence_prices": map[string]any{
		"monthly": map[string]any{"price_cents": 2400.0, "suggested_price_cents": nil},
		"yearly":  map[string]any{"price_cents": 24000.0, "suggested_price_cents": nil},
	}})
	check(t, get("fixed-length subscription"), map[string]any{"formatted_price": "$39 a month", "is_tiered_membership": false})
	check(t, get("EUR product"), map[string]any{"formatted_price": "€18", "currency": "eur"})
	check(t, get("JPY product"), map[string]any{"formatted_price": "¥1,500", "price": 1500.0})
	check(t, get("free product"), map[string]any{"formatted_price": "$0", "purchasing_power_parity_prices": map[string]any{"BR": 0.0, "IN": 0.0, "MX": 0.0, "PL": 0.0}})
	check(t, get("pre-order product"), map[string]any{"is_preorder": true, "is_in_preorder_state": true, "release_at": "2026-04-24 00:00:00 UTC"})
	check(t, get("draft product"), map[string]any{"published": false, "description": nil})
	check(t, get("physical product"), map[string]any{"require_shipping": true, "max_purchase_count": 400.0})
	lacks(t, get("physical product"), "purchasing_power_parity_prices", "is_preorder")
	if parts := get("bundle")["bundle_products"].([]any); len(parts) != 2 || parts[0].(map[string]any)["product_id"] != c.id("digital product") {
		t.Errorf("bundle %v", parts)
	}

	for _, scope := range []string{"view_public", "edit_products"} {
		lacks(t, c.as("sandbox:"+scope).get(c.product("digital product")).object("product"), "sales_count", "sales_usd_cents", "custom_delivery_url")
	}
	for _, scope := range []string{"view_sales", "account"} {
		if _, there := c.as("sandbox:" + scope).get(c.product("digital product")).object("product")["sales_count"]; !there {
			t.Errorf("%s sees no sales_count", scope)
		}
	}
	c.get("/v2/products/inkwsh").ok()
	c.get("/v2/products/INKWSH").ok()
	c.get("/v2/products/ink-and-wash").refused("The product was not found.")
	c.get("/v2/products/" + url.PathEscape(c.id("other store's product"))).refused("The product was not found.")
	c.get("/v2/products/" + c.id("digital product") + "++").refused("The product was not found.")
	for _, sub := range []string{"offer_codes", "custom_fields", "variant_categories", "skus", "subscribers", "variant_categories/x/variants"} {
		c.get("/v2/products/nobody/" + sub).refused("The product was not found.")
	}
	if n := len(c.get("/v2/categories").ok().list("categories")); n < 20 {
		t.Errorf("%d categories", n)
	}
	newSandbox(t, Options{Compat2025: true}).get("/v2/categories.json").is(404, `{"status":404,"error":"Not Found"}`)
}

func TestProductLifecycle(t *testing.T) {
	c := newSandbox(t, Options{})
	path := c.product("digital product")
	check(t, c.form("PUT", path+"/disable", "disabled", "true").ok().object("product"), map[string]any{"published": false})
	check(t, c.form("PUT", path+"/disable").ok().object("product"), map[string]any{"published": false})
	check(t, c.form("PUT", path+"/enable").ok().object("product"), map[string]any{"published": true})
	for range 2 {
		c.request("DELETE", path, "", "").is(200, `{"success":true,"message":"The product was deleted successfully."}`)
	}
	check(t, c.get(path).ok().object("product"), map[string]any{"deleted": true, "published": false})
	if n := len(c.allProducts()); n != 15 {
		t.Errorf("%d products after a delete", n)
	}
	check(t, c.form("PUT", path+"/enable").ok().object("product"), map[string]any{"deleted": false, "published": true})
	check(t, c.form("PUT", c.product("draft product")+"/enable").ok().object("product"), map[string]any{"published": true})
	c.form("DELETE", "/v2/products/nobody").refused("The product was not found.")

	c.form("PUT", c.product("unpublishable product")+"/enable").refused("The product needs to be shippable to at least one destination.")
	bundle := c.form("POST", "/v2/products", "name", "Empty bundle", "native_type", "bundle", "price", "500").ok().object("product")["id"].(string)
	c.form("PUT", "/v2/products/"+bundle+"/enable").refused("Bundles must have at least one product.")

	// A membership without its tier, then without its category.
	member := "/v2/products/" + c.form("POST", "/v2/products", "name", "Club", "native_type", "membership", "price", "500").ok().object("product")["id"].(string)
	category := member + "/variant_categories/" + c.get(member + "/variant_categories").list("variant_categories")[0]["id"].(string)
	tiers := c.get(category + "/variants").list("variants")
	check(t, tiers[0], map[string]any{"name": "Untitled", "is_customizable_price": false, "recurrence_price_values": map[string]any{
		"monthly": map[string]any{"enabled": true, "price_cents": 500.0, "suggested_price_cents": nil, "price": "5"}, "quarterly": map[string]any{"enabled": false},
		"biannually": map[string]any{"enabled": false}, "yearly": map[string]any{"enabled": false}, "every_two_years": map[string]any{"enabled": false},
	}})
	c.form("DELETE", category+"/variants/"+tiers[0]["id"].(string)).ok()
	c.form("PUT", member+"/enable").refused("Memberships should have at least one tier.")
	c.form("DELETE", category).ok()
	c.form("PUT", member+"/enable").refused("Memberships should only have one Tier version category.")

	// A category without an option stops everything that saves the product.
	c.form("POST", path+"/variant_categories", "title", "Empty").ok()
	c.form("PUT", path+"/enable").refused("Sorry, the product versions must have at least one option.")
	c.request("PUT", path+"/disable.json", "", "").is(500, `{"status":500,"error":"Internal Server Error"}`)
	c.form("PUT", path, "name", "Still here").refused("Sorry, the product versions must have at least one option.")
	old := newSandbox(t, Options{Compat2025: true})
	old.form("POST", old.product("digital product")+"/variant_categories").ok()
	old.form("PUT", old.product("digital product")+"/enable").refused("Something broke. We're looking into what happened. Sorry about this!")

	// A code that no longer fits the price.
	cheap := "/v2/products/" + c.form("POST", "/v2/products", "name", "Cheap", "price", "1000").ok().object("product")["id"].(string)
	c.form("POST", cheap+"/offer_codes", "name", "EIGHT", "amount_off", "800").ok()
	warned := c.form("PUT", cheap, "price", "850").ok()
	if got, want := warned.value("warning"), "The following offer code discounts this product below $0.99: EIGHT. Please update it or it will not work at checkout."; got != want {
		t.Errorf("warning %v, want %s", got, want)
	}
	c.form("PUT", cheap+"/enable").refused("An existing discount code puts the price of this product below the $0.99 minimum after discount.")
	c.form("POST", cheap+"/offer_codes", "name", "SEVEN", "amount_off", "800").refused("The price after discount for all of your products must be either $0 or at least $0.99.")
	eur := c.form("PUT", cheap, "price_currency_type", "EUR").ok()
	if got, want := eur.value("warning"), "The following offer code has currency mismatch with this product: EIGHT. Please update it or it will not work at checkout."; got != want {
		t.Errorf("warning %v, want %s", got, want)
	}
}

func TestProductCreate(t *testing.T) {
	c := newSandbox(t, Options{})
	created := c.json("POST", "/v2/products", map[string]any{
		"name": "New", "price": 700, "price_currency_type": " GBP ", "description": "<p>x</p>", "custom_permalink": "new-one", "custom_summary": "s",
		"custom_receipt": "ignored", "customizable_price": true, "suggested_price_cents": 900, "max_purchase_count": 3, "category": "design/icons",
		"tags": []string{"One", "two"}, "refund_period": "14", "refund_fine_print": "fine",
		"rich_content": []any{map[string]any{"title": "Page", "description": map[string]any{"type": "doc", "content": []any{map[string]any{"type": "paragraph"}}}}},
	}).ok().object("product")
	check(t, created, map[string]any{
		"published": false, "formatted_price": "£7+", "currency": "gbp", "custom_permalink": "new-one", "custom_summary": "s", "custom_receipt": nil,
		"max_purchase_count": 3.0, "category": "design/icons", "tags": []any{"one", "two"}, "sales_count": 0.0,
		"refund_policy": map[string]any{"refund_period": "14", "title": "14-day money back guarantee", "fine_print": "fine", "inherited": false},
	})
	if pages := created["rich_content"].([]any); len(pages) != 1 || pages[0].(map[string]any)["title"] != "Page" {
		t.Errorf("rich_content %v", pages)
	}
	if first := c.allProducts()[0]; first["id"] != created["id"] {
		t.Errorf("the newest is not first: %v", first["name"])
	}
	if got := c.form("POST", "/v2/products", "name", "Plain").ok().object("product")["category"]; got != "other" {
		t.Errorf("default category %v", got)
	}
	prefix := "https://s3.amazonaws.com/gumroad/attachments/" + c.get("/v2/user").object("user")["user_id"].(string) + "/"
	withFile := c.json("POST", "/v2/products", map[string]any{"name": "F", "files": []any{map[string]any{"url": prefix + "a/original/book.pdf"}}}).ok().object("product")
	check(t, withFile["files"].([]any)[0].(map[string]any), map[string]any{"name": "book", "filetype": "pdf", "url": prefix + "a/original/book.pdf"})

	long := strings.Repeat("x", 256)
	for _, row := range []struct {
		body    map[string]any
		message string
	}{
		{map[string]any{}, "Name can't be blank"},
		{map[string]any{"name": "  "}, "Name can't be blank"},
		{map[string]any{"name": long, "price": 5}, "Name is too long (maximum is 255 characters) and Sorry, a product must be at least $0.99."},
		{map[string]any{"name": "x", "price": 98}, "Sorry, a product must be at least $0.99."},
		{map[string]any{"name": "x", "price": -1}, "Sorry, a product must be at least $0.99."},
		{map[string]any{"name": "x", "price": 98, "price_currency_type": "jpy"}, "Sorry, a product must be at least ¥99."},
		{map[string]any{"name": "x", "price": 500_001}, "Sorry, we don't support pricing products above $5,000."},
		{map[string]any{"name": "x", "price": 1 << 40}, "One or more numeric values are out of range."},
		{map[string]any{"name": "x", "max_purchase_count": "99999999999"}, "One or more numeric values are out of range."},
		{map[string]any{"name": "x", "custom_permalink": "a b"}, "Custom permalink is invalid"},
		{map[string]any{"name": "x", "custom_permalink": "Gridsmith"}, "Custom permalink has already been taken"},
		{map[string]any{"name": "x", "price_currency_type": "ZZZ"}, "'ZZZ' is not a supported currency."},
		{map[string]any{"name": "x", "price_currency_type": ""}, "'' is not a supported currency."},
		{map[string]any{"name": "x", "native_type": "physical"}, "The product type 'physical' is not supported for creation."},
		{map[string]any{"name": "x", "native_type": "podcast"}, "The product type 'podcast' is not supported for creation."},
		{map[string]any{"name": "x", "native_type": "boat"}, "Native type is not included in the list"},
		{map[string]any{"name": "x", "subscription_duration": "daily"}, "Invalid subscription duration 'daily'. Valid values: monthly, quarterly, biannually, yearly, every_two_years."},
		{map[string]any{"name": "x", "subscription_duration": "monthly"}, "subscription_duration is only valid for membership products."},
		{map[string]any{"name": "x", "category": "design", "taxonomy_id": 1}, "Specify either category or taxonomy_id, not both."},
		{map[string]any{"name": "x", "category": "nowhere"}, "Invalid category."},
		{map[string]any{"name": "x", "category": []any{"design"}}, "category must be a scalar value."},
		{map[string]any{"name": "x", "taxonomy_id": 9999}, "Invalid taxonomy_id."},
		{map[string]any{"name": "x", "taxonomy_id": map[string]any{"a": 1}}, "taxonomy_id must be a scalar value."},
		{map[string]any{"name": "x", "taxonomy_id": 1 << 40}, "One or more numeric values are out of range."},
		{map[string]any{"name": "x", "tags": "a"}, "tags must be an array of strings."},
		{map[string]any{"name": "x", "tags": []any{1}}, "tags must be an array of strings."},
		{map[string]any{"name": "x", "refund_period": "8"}, "refund_period must be one of: inherit, 7, 14, 30, 183."},
		{map[string]any{"name": "x", "refund_period": "inherit", "refund_fine_print": "x"}, "refund_fine_print cannot be set when refund_period is 'inherit'; the account-level policy's fine print applies."},
		{map[string]any{"name": "x", "refund_fine_print": "x"}, "refund_fine_print requires refund_period, or an existing product-level refund policy."},
		{map[string]any{"name": "x", "refund_period": "7", "refund_fine_print": 5}, "refund_fine_print must be a string."},
		{map[string]any{"name": "x", "rich_content": "x"}, "rich_content must be an array of content page objects."},
		{map[string]any{"name": "x", "rich_content": []any{1}}, "rich_content must be an array of content page objects."},
		{map[string]any{"name": "x", "rich_content": []any{map[string]any{"description": "x"}}}, "Each rich_content page description must be a JSON object or array."},
		{map[string]any{"name": "x", "rich_content": []any{map[string]any{"description": map[string]any{"content": "x"}}}}, "rich_content description content must be an array."},
		{map[string]any{"name": "x", "rich_content": []any{map[string]any{"description": []any{1}}}}, "Each rich_content content node must be a JSON object."},
		{map[string]any{"name": "x", "files": "x"}, "files must be an array of file objects."},
		{map[string]any{"name": "x", "files": []any{"x"}}, "files must be an array of file objects."},
		{map[string]any{"name": "x", "files": []any{map[string]any{"url": 5}}}, "Each file must include a url string."},
		{map[string]any{"name": "x", "files": []any{map[string]any{"url": "https://elsewhere.example/f"}}}, "File URLs must reference your own uploaded files. Use the presigned upload endpoint to upload files first."},
		{map[string]any{"name": "x", "files": []any{map[string]any{"url": prefix + "../x"}}}, "File URLs must reference your own uploaded files. Use the presigned upload endpoint to upload files first."},
		{map[string]any{"file": "x"}, "'file' is not an accepted parameter on POST /v2/products. Upload files with the presign flow (POST /v2/files/presign, upload parts to the returned S3 URLs, then POST /v2/files/complete), then attach them by including the returned URLs in files[][url]."},
		{map[string]any{"preview": map[string]any{"a": "b"}}, "'preview' is not an accepted parameter on POST /v2/products. Covers can only be added after the product is created. Create the product first, then POST to /v2/products/:id/covers with a url or signed_blob_id."},
		{map[string]any{"thumbnail": []any{"x"}}, "'thumbnail' is not an accepted parameter on POST /v2/products. Thumbnails can only be set after the product is created. Create the product first, then POST to /v2/products/:id/thumbnail with a signed_blob_id."},
	} {
		c.json("POST", "/v2/products", row.body).refused(row.message)
	}
	c.json("POST", "/v2/products", map[string]any{"name": "fine", "file": map[string]any{"a": ""}, "preview": []any{}}).ok()

	old := newSandbox(t, Options{Compat2025: true})
	for _, call := range []struct{ method, path string }{{"POST", "/v2/products"}, {"PUT", old.product("digital product")}} {
		old.form(call.method, call.path, "file", "x").refused("You entered the name of the file to be uploaded incorrectly. Please refer to https://gumroad.com/api#methods for the correct syntax.")
		old.form(call.method, call.path+".json", "name", "x").is(404, `{"status":404,"error":"Not Found"}`)
		old.as("").form(call.method, call.path).is(401, "")
		old.as("sandbox:view_sales").form(call.method, call.path).is(403, "")
	}
}

func TestProductUpdate(t *testing.T) {
	c := newSandbox(t, Options{})
	path := c.product("digital product")
	updated := c.json("PATCH", path, map[string]any{
		"name": "Renamed", "price": "1300", "custom_receipt": "r", "customizable_price": "1", "description": nil, "custom_summary": nil,
		"max_purchase_count": "", "quantity_enabled": true, "is_adult": false, "display_product_reviews": "0", "should_show_sales_count": true,
		"has_same_rich_content_for_all_variants": true, "taxonomy_id": "5", "suggested_price_cents": 1500,
	}).ok().object("product")
	check(t, updated, map[string]any{
		"name": "Renamed", "price": 1300.0, "formatted_price": "$13+", "custom_receipt": "r", "description": nil, "custom_summary": nil,
		"max_purchase_count": nil, "has_same_rich_content_for_all_variants": true, "taxonomy_id": 5.0,
	})
	check(t, c.get(path).object("product"), map[string]any{"name": "Renamed"})
	c.form("PUT", path, "name", "").refused("Name can't be blank")
	check(t, c.get(path).object("product"), map[string]any{"name": "Renamed"})
	c.form("PUT", path, "price_currency_type", "doge").refused("'doge' is not a supported currency.")
	c.form("PUT", path, "custom_html", "<p>").refused("You do not have access to custom HTML pages.")
	c.form("PUT", path, "price", "99999999999").refused("One or more numeric values are out of range.")
	c.form("PUT", path, "cover_ids", "x").refused("cover_ids must be an array of strings.")
	c.form("PUT", path, "thumbnail", "x").refused("'thumbnail' is not an accepted parameter on PUT /v2/products/:id. Use POST /v2/products/:id/thumbnail with a signed_blob_id to set the thumbnail.")
	c.form("PUT", c.product("membership"), "price", "500").refused("Price cannot be updated for tiered membership products. Use the variant endpoints to manage tier pricing.")
	c.form("PUT", "/v2/products/nobody", "name", "x").refused("The product was not found.")
	c.form("PUT", "/v2/products/nobody", "category", "nowhere").refused("Invalid category.")
	c.json("PUT", path, map[string]any{"cover_ids": []any{updated["main_cover_id"]}}).ok()

	c.form("PUT", path, "refund_period", "7").ok()
	check(t, c.form("PUT", path, "refund_fine_print", "more").ok().object("product", "refund_policy"), map[string]any{"refund_period": "7", "fine_print": "more"})
	check(t, c.form("PUT", path, "refund_period", "inherit").ok().object("product", "refund_policy"), map[string]any{"inherited": true})

	c.json("PUT", c.product("product with variants"), map[string]any{"rich_content": []any{}}).
		refused("Cannot update product-level rich content while in per-variant mode. Set has_same_rich_content_for_all_variants to true first, or use the variant endpoint to update per-variant content.")
	files := c.get(c.product("product with variants")).object("product")["files"].([]any)
	kept := files[0].(map[string]any)
	for _, row := range []struct {
		file    map[string]any
		message string
	}{
		{map[string]any{"id": kept["id"], "modified": true}, "'modified' is not an accepted parameter on files[]; it is an internal save-path flag."},
		{map[string]any{"id": kept["id"], "display_name": "x"}, "Include the canonical url returned by POST /v2/files/complete when updating fields on an existing file; an entry with only id keeps the file unchanged."},
		{map[string]any{"id": kept["id"], "url": "https://x.example"}, "File URLs must reference your own uploaded files. Use the presigned upload endpoint to upload files first."},
		{map[string]any{"id": "x"}, "Each files entry must reference an existing file by id or include a url for a new file uploaded via POST /v2/files/complete."},
	} {
		c.json("PUT", c.product("product with variants"), map[string]any{"files": []any{row.file}}).refused(row.message)
	}
	c.form("PUT", c.product("product with variants"), "files", "x").refused("files must be an array of file objects.")
	left := c.json("PUT", c.product("product with variants"), map[string]any{"files": []any{map[string]any{"id": kept["id"]}, map[string]any{"id": files[1].(map[string]any)["id"], "url": files[1].(map[string]any)["url"]}}}).ok()
	if got := left.object("product")["files"].([]any); len(got) != 2 {
		t.Errorf("%d files kept", len(got))
	}
	left = c.json("PUT", c.product("product with variants"), map[string]any{"files": []any{map[string]any{"id": kept["id"]}}}).ok()
	if got := left.object("product")["files"].([]any); len(got) != 1 {
		t.Errorf("%d files after a replacement", len(got))
	}
}

func TestOfferCodes(t *testing.T) {
	c := newSandbox(t, Options{})
	base := c.product("digital product") + "/offer_codes"
	names := []any{}
	for _, code := range c.get(base).ok().list("offer_codes") {
		names = append(names, code["name"])
	}
	if diff := cmp.Diff([]any{"WELCOME10", "THANKS2", "BRUSH5", "SPRING"}, names); diff != "" {
		t.Errorf("oldest first, universal and expired ones too:\n%s", diff)
	}
	eur := []any{}
	for _, code := range c.get(c.product("EUR product") + "/offer_codes").ok().list("offer_codes") {
		eur = append(eur, code["name"])
	}
	if diff := cmp.Diff([]any{"WELCOME10", "DREI"}, eur); diff != "" {
		t.Errorf("only codes of the currency:\n%s", diff)
	}
	const missing = "You are missing required offer code parameters. Please refer to https://gumroad.com/api#offer-codes for the correct parameters."
	c.form("POST", base, "name", "X").refused(missing)
	c.form("POST", "/v2/products/nobody/offer_codes", "name", "X", "amount_off", "").refused(missing)
	c.form("POST", "/v2/products/nobody/offer_codes", "name", "X", "amount_off", "1").refused("The product was not found.")

	fixed := c.form("POST", base, "name", " ONE ", "amount_off", "200", "amount_cents", "100", "max_purchase_count", "99999999", "minimum_amount_cents", "500").ok().object("offer_code")
	check(t, fixed, map[string]any{"name": "ONE", "amount_cents": 100.0, "max_purchase_count": 10_000_000.0, "universal": false, "times_used": 0.0, "minimum_amount_cents": 500.0})
	lacks(t, fixed, "percent_off", "amount_off")
	percent := c.form("POST", base, "name", "HALF", "amount_off", "50", "amount_cents", "1", "offer_type", "percent", "max_purchase_count", "").ok().object("offer_code")
	check(t, percent, map[string]any{"percent_off": 50.0, "max_purchase_count": nil})
	lacks(t, percent, "amount_cents")
	check(t, c.form("POST", base, "name", "zero", "amount_off", "0").ok().object("offer_code"), map[string]any{"amount_cents": 0.0})
	check(t, c.form("POST", base, "name", "all", "amount_off", "100", "offer_type", "percent").ok().object("offer_code"), map[string]any{"percent_off": 100.0})
	check(t, c.form("POST", base, "name", "over", "amount_off", "9999").ok().object("offer_code"), map[string]any{"amount_cents": 9999.0})
	check(t, c.form("POST", base, "name", "text", "amount_off", "abc", "offer_type", "percent").ok().object("offer_code"), map[string]any{"percent_off": 0.0})
	check(t, c.form("POST", base, "name", "cents", "amount_off", "0", "offer_type", "cents", "max_purchase_count", "x").ok().object("offer_code"), map[string]any{"max_purchase_count": 0.0})
	check(t, c.form("POST", base, "name", "Größe-1", "amount_off", "0").ok().object("offer_code"), map[string]any{"name": "Größe-1"})
	check(t, c.json("POST", base, map[string]any{"name": "json", "amount_off": 1, "universal": true}).ok().object("offer_code"), map[string]any{"universal": false})
	check(t, c.form("POST", base, "name", "everywhere", "amount_off", "1", "offer_type", "percent", "universal", "true").ok().object("offer_code"), map[string]any{"universal": true})

	const tooLow = "The price after discount for all of your products must be either $0 or at least $0.99."
	for _, row := range []struct {
		pairs   []string
		message string
	}{
		{[]string{"amount_off", "1"}, "Discount code can't be blank"},
		{[]string{"name", "  ", "amount_off", "1"}, "Discount code can't be blank"},
		{[]string{"name", "a b", "amount_off", "1"}, "Discount code can only contain numbers, letters, dashes, and underscores."},
		{[]string{"name", "one", "amount_off", "1"}, "Discount code must be unique."},
		{[]string{"name", "welcome10", "amount_off", "1"}, "Discount code must be unique."},
		{[]string{"name", "BRUSH5", "amount_off", "1", "universal", "true"}, "Discount code must be unique."},
		{[]string{"name", "THANKS2", "amount_off", "1", "universal", "true"}, "Discount code must be unique."},
		{[]string{"name", "n", "amount_off", "-1"}, "Please enter a positive discount amount."},
		{[]string{"name", "n", "amount_off", "-1", "offer_type", "percent"}, "Please enter a positive discount amount."},
		{[]string{"name", "n", "amount_off", "101", "offer_type", "percent"}, "Please enter a discount amount that is 100% or less."},
		{[]string{"name", "n", "amount_off", "1102"}, tooLow},
		{[]string{"name", "n", "amount_off", "95", "offer_type", "percent"}, tooLow},
		{[]string{"name", "n", "amount_off", "250", "universal", "true"}, tooLow},
		{[]string{"name", "", "amount_off", "101", "offer_type", "percent"}, "Discount code can't be blank and Please enter a discount amount that is 100% or less."},
		{[]string{"name", "n", "amount_off", "99999999999"}, "One or more numeric values are out of range."},
	} {
		c.form("POST", base, row.pairs...).refused(row.message)
	}
	c.form("POST", c.product("JPY product")+"/offer_codes", "name", "n", "amount_off", "1450").refused("The price after discount for all of your products must be either ¥0 or at least ¥99.")

	code := base + "/" + fixed["id"].(string)
	check(t, c.get(code).ok().object("offer_code"), map[string]any{"name": "ONE"})
	check(t, c.form("PUT", code, "name", "TWO", "amount_off", "5", "max_purchase_count", "7", "minimum_amount_cents", "").ok().object("offer_code"),
		map[string]any{"name": "ONE", "amount_cents": 100.0, "max_purchase_count": 7.0, "minimum_amount_cents": nil})
	c.form("DELETE", code).is(200, `{"success":true,"message":"The offer_code was deleted successfully."}`)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		c.form(method, code).refused("The offer_code was not found.")
	}
	c.get(base + "/" + c.id("EUR code")).refused("The offer_code was not found.")

	used := c.product("product with variants") + "/offer_codes/" + url.PathEscape(c.id("used-up code"))
	count := c.get(used).ok().object("offer_code")["times_used"].(float64)
	if count < 2 {
		t.Fatalf("used %v times", count)
	}
	c.form("PUT", used, "max_purchase_count", "1").refused("You have chosen a discount code quantity that is less that the number already used. Please enter an amount no less than " + strconv.Itoa(int(count)) + ".")
	if name := c.get(c.product("licensed product") + "/offer_codes/" + url.PathEscape(c.id("nameless code"))).ok().object("offer_code")["name"]; name != nil {
		t.Errorf("name %v", name)
	}
	// Deleted through one product, a universal code is gone from all.
	c.form("DELETE", base+"/"+url.PathEscape(c.id("universal percent code"))).ok()
	c.get(c.product("EUR product") + "/offer_codes/" + url.PathEscape(c.id("universal percent code"))).refused("The offer_code was not found.")

	old := newSandbox(t, Options{Compat2025: true})
	lacks(t, old.form("POST", old.product("digital product")+"/offer_codes", "name", "n", "amount_off", "1", "minimum_amount_cents", "5").ok().object("offer_code"), "minimum_amount_cents")
	old.form("PUT", old.product("digital product")+"/offer_codes/"+url.PathEscape(old.id("fixed code")), "minimum_amount_cents", "5").ok()
}

func TestCustomFields(t *testing.T) {
	c := newSandbox(t, Options{})
	base := c.product("product with variants") + "/custom_fields"
	fields := c.get(base).ok().list("custom_fields")
	if len(fields) != 3 {
		t.Fatalf("%d fields", len(fields))
	}
	check(t, fields[1], map[string]any{"type": "terms", "required": true, "global": false, "collect_per_product": true, "products": []any{c.id("product with variants"), c.id("licensed product")}})

	check(t, c.form("POST", base, "url", "Site", "label", "Other", "required", "true").ok().object("custom_field"), map[string]any{"name": "Site", "type": "text", "required": true})
	check(t, c.json("POST", base, map[string]any{"label": "Flag", "type": "checkbox", "required": true}).ok().object("custom_field"), map[string]any{"name": "Flag", "type": "checkbox", "required": false})
	for _, kind := range []string{"long_text", "file", "text"} {
		c.form("POST", base, "name", kind, "type", kind).ok()
	}
	terms := "https://x.example/terms/v1.html"
	c.form("POST", base, "name", terms, "type", "terms").ok()
	for _, bad := range [][]string{{}, {"name", " "}, {"name", "x", "type", "number"}, {"name", "not a url", "type", "terms"}, {"name", "ftp://x.example", "type", "terms"}} {
		c.form("POST", base, bad...).refused("The custom_field was unable to be created.")
	}
	escaped := base + "/" + strings.ReplaceAll(url.PathEscape(terms), ".", "%2E")
	check(t, c.form("PUT", escaped, "required", "true").ok().object("custom_field"), map[string]any{"required": true, "name": terms})
	check(t, c.form("PATCH", escaped, "name", "new", "type", "text").ok().object("custom_field"), map[string]any{"required": true, "name": terms, "type": "terms"})
	check(t, c.json("PUT", escaped, map[string]any{"required": true}).ok().object("custom_field"), map[string]any{"required": false})
	c.form("PUT", base+"/SITE", "required", "false").ok()
	c.form("PUT", base+"/Nothing", "required", "true").refused("The custom_field was not found.")
	c.form("DELETE", base+"/Nothing").refused("The custom_field was not found.")
	// The dot of an unescaped name starts a format, so this is the field "https:…" no more.
	c.form("PUT", c.product("physical product")+"/custom_fields/Gift%20wrap.v2", "required", "true").ok()

	// Of two alike the later one goes first.
	first := c.form("POST", base, "name", "Twin").ok().object("custom_field")["id"]
	second := c.form("POST", base, "name", "twin").ok().object("custom_field")["id"]
	check(t, c.form("PUT", base+"/TWIN", "required", "true").ok().object("custom_field"), map[string]any{"id": second})
	c.form("DELETE", base+"/Twin").is(200, `{"success":true,"message":"The custom_field was deleted successfully."}`)
	check(t, c.form("PUT", base+"/Twin").ok().object("custom_field"), map[string]any{"id": first})
	c.form("DELETE", base+"/Twin").ok()
	c.form("DELETE", base+"/Twin").refused("The custom_field was not found.")

	// A shared field leaves one product and stays with the other.
	shared := "https:%2F%2Fpixelandpage%2Eexample%2Flicence%2Fcommercial%2Ev2"
	c.form("DELETE", base+"/"+shared).ok()
	c.form("DELETE", base+"/"+shared).refused("The custom_field was not found.")
	if left := c.get(c.product("licensed product") + "/custom_fields").ok().list("custom_fields"); len(left) != 1 {
		t.Errorf("%d fields on the other product", len(left))
	}
}

func TestVariants(t *testing.T) {
	c := newSandbox(t, Options{})
	product := c.product("digital product")
	base := product + "/variant_categories"
	c.get(base).is(200, `{"success":true,"variant_categories":[]}`)
	check(t, c.form("POST", base).ok().object("variant_category"), map[string]any{"title": nil})
	check(t, c.form("POST", base, "title", " ").ok().object("variant_category"), map[string]any{"title": nil})
	id := c.form("POST", base, "title", "Size").ok().object("variant_category")["id"].(string)
	if n := len(c.get(base).list("variant_categories")); n != 3 {
		t.Errorf("%d categories", n)
	}
	category := base + "/" + id
	check(t, c.form("PUT", category, "title", "Format").ok().object("variant_category"), map[string]any{"id": id, "title": "Format"})
	check(t, c.form("PUT", category).ok().object("variant_category"), map[string]any{"title": "Format"})
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		c.form(method, base+"/nobody").refused("The variant_category was not found.")
	}

	variants := category + "/variants"
	plain := c.form("POST", variants, "name", "A", "price_difference", "200").ok().object("variant")
	check(t, plain, map[string]any{"name": "A", "price_difference_cents": nil, "description": nil, "max_purchase_count": nil, "rich_content": []any{}})
	lacks(t, plain, "is_customizable_price", "recurrence_price_values")
	full := c.form("POST", variants, "name", "B", "price_difference_cents", "300", "description", "d", "max_purchase_count", "20000000").ok().object("variant")
	check(t, full, map[string]any{"price_difference_cents": 300.0, "description": "d", "max_purchase_count": 10_000_000.0})
	c.form("POST", variants, "price_difference_cents", "1").refused("Name can't be blank")
	c.form("POST", variants, "name", "C", "price_difference_cents", "-1").refused("Please enter a price that is equal to or greater than the price of the product.")
	c.form("POST", variants, "name", "C", "price_difference_cents", "99999999999").refused("One or more numeric values are out of range.")
	rows := c.get(variants).ok().list("variants")
	if len(rows) != 2 {
		t.Errorf("%d variants", len(rows))
	}
	lacks(t, rows[0], "rich_content")
	one := variants + "/" + full["id"].(string)
	check(t, c.form("PATCH", one, "price_difference_cents", "400").ok().object("variant"), map[string]any{"name": "B", "price_difference_cents": 400.0})
	page := map[string]any{"title": "T", "description": []any{map[string]any{"type": "paragraph"}}}
	if got := c.json("PUT", one, map[string]any{"rich_content": []any{page}}).ok().object("variant")["rich_content"].([]any); len(got) != 1 {
		t.Errorf("rich_content %v", got)
	}
	c.json("PUT", one, map[string]any{"rich_content": "x"}).refused("rich_content must be an array of content page objects.")
	for range 2 {
		c.form("DELETE", one).is(200, `{"success":true,"message":"The variant was deleted successfully."}`)
	}
	check(t, c.get(one).ok().object("variant"), map[string]any{"name": "B"})
	c.form("PUT", one, "name", "B2").ok()
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		c.form(method, variants+"/nobody").refused("The variant was not found.")
	}
	for range 2 {
		c.form("DELETE", category).is(200, `{"success":true,"message":"The variant_category was deleted successfully."}`)
	}
	c.get(category).ok()
	c.form("PUT", category, "title", "again").ok()
	if n := len(c.get(variants).ok().list("variants")); n != 1 {
		t.Errorf("deleting the category took %d variants along", 1-n)
	}
	for _, call := range [][2]string{{"GET", "/variants"}, {"POST", "/variants"}, {"GET", "/variants/x"}, {"PUT", "/variants/x"}, {"DELETE", "/variants/x"}} {
		c.form(call[0], base+"/nobody"+call[1]).refused("The variant_category was not found.")
	}
	old := newSandbox(t, Options{Compat2025: true})
	for _, call := range [][2]string{{"GET", "/variants"}, {"POST", "/variants"}, {"GET", "/variants/x"}} {
		old.form(call[0], old.product("digital product")+"/variant_categories/nobody"+call[1]+".json").is(500, `{"status":500,"error":"Internal Server Error"}`)
	}
	lacks(t, old.form("POST", old.product("digital product")+"/variant_categories/"+old.form("POST", old.product("digital product")+"/variant_categories").object("variant_category")["id"].(string)+"/variants", "name", "x").ok().object("variant"), "rich_content")

	book := c.product("product with variants") + "/variant_categories"
	editions := book + "/" + c.get(book).list("variant_categories")[0]["id"].(string) + "/variants"
	pdf := c.get(editions).list("variants")[0]
	message := c.form("PUT", editions+"/"+pdf["id"].(string), "max_purchase_count", "1").value("message").(string)
	if !strings.HasPrefix(message, "You have chosen an amount lower than what you have already sold. Please enter an amount greater than ") {
		t.Errorf("message %q", message)
	}
	coffee := "/v2/products/" + c.form("POST", "/v2/products", "name", "Coffee", "native_type", "coffee").ok().object("product")["id"].(string) + "/variant_categories"
	cup := coffee + "/" + c.form("POST", coffee).object("variant_category")["id"].(string) + "/variants"
	c.form("POST", cup, "price_difference_cents", "0").refused("Price difference cents must be greater than 0")
	c.form("POST", cup, "price_difference_cents", "300").ok()
}

func TestSKUs(t *testing.T) {
	c := newSandbox(t, Options{})
	skus := c.get(c.product("physical product") + "/skus").ok().list("skus")
	if len(skus) != 4 {
		t.Fatalf("%d SKUs", len(skus))
	}
	check(t, skus[1], map[string]any{"name": "A4 - Oak", "price_difference_cents": 3000.0, "custom_sku": "TF-A4-OAK", "description": nil, "max_purchase_count": nil})
	lacks(t, skus[3], "custom_sku", "rich_content")
	c.get(c.product("digital product")+"/skus").is(200, `{"success":true,"skus":[]}`)
	plain := c.product("unpublishable product")
	category := plain + "/variant_categories/" + c.form("POST", plain+"/variant_categories").object("variant_category")["id"].(string)
	c.form("POST", category+"/variants", "name", "Blue").ok()
	if got := c.get(plain + "/skus").ok().list("skus"); len(got) != 1 || got[0]["name"] != "Blue" {
		t.Errorf("variants of a physical product: %v", got)
	}
}
