package sandbox_test

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestUser(t *testing.T) {
	const (
		full   = `{"success":true,"user":{"name":"<string>","bio":"<string>","twitter_handle":"<string>","id":"<numeric>","user_id":"<id>","url":"~^https://[a-z0-9-]+\\.gumroad\\.com$","links":"<list>","currency_type":"usd","profile_url":"~^https://","email":"~@","display_name":"<text>"}}`
		medium = `{"success":true,"user":{"name":"<string>","id":"<numeric>","user_id":"<id>","url":"<text>","links":"<list>","currency_type":"usd","profile_url":"~^https://","email":"~@"}}`
		narrow = `{"success":true,"user":{"id":"<numeric>","user_id":"<id>","url":"<text>","links":"<list>"}}`
	)
	rows := []row{
		{name: "3 view_profile", do: "GET /user", token: "sandbox:view_profile", has: full},
		{name: "3 every scope", do: "GET /user", has: full},
		{name: "3 view_public with view_profile", do: "GET /user", token: "sandbox:view_public+view_profile", has: full},
		{name: "3 is_ifttt renames the key", do: "GET /user?is_ifttt=true", has: `{"success":true,"data":{"id":"<numeric>","name":"<text>"}}`, lacks: "user"},
		{name: "3 picture is profile_url", do: "GET /user", lacks: "user.profile_picture_url"},
	}
	for _, scope := range []string{"edit_products", "view_sales", "revenue_share", "ifttt"} {
		rows = append(rows, row{name: "3 " + scope + " gives no display name", do: "GET /user", token: "sandbox:" + scope, has: medium, lacks: "user.display_name"})
	}
	for _, scope := range []string{"view_public", "mark_sales_as_shipped", "account", "view_public+mark_sales_as_shipped"} {
		rows = append(rows, row{name: "3 " + scope + " is narrow", do: "GET /user", token: "sandbox:" + scope, has: narrow, lacks: "user.currency_type user.profile_url user.email user.display_name"})
	}
	checkRows(t, sandbox.Options{}, rows)
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "3 refund_sales is narrow", do: "GET /user", token: "sandbox:refund_sales", has: narrow, lacks: "user.currency_type user.profile_url user.email user.display_name"},
	})

	t.Run("3 links are the published products", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		permalink := text(t, s.get("/products/{digital product}"), "product.custom_permalink")
		links := func() []any { v, _ := at(s.get("/user"), "user.links"); return v.([]any) }
		if !slices.Contains(links(), any(permalink)) {
			t.Errorf("links %v lack %s", links(), permalink)
		}
		var published int
		for _, p := range s.products() {
			if p["published"] == true {
				published++
			}
		}
		if len(links()) != published {
			t.Errorf("%d links, %d published products", len(links()), published)
		}
		s.step("PUT /products/{digital product}/disable")
		if slices.Contains(links(), any(permalink)) {
			t.Errorf("links %v hold a disabled product", links())
		}
		s.step("PUT /products/{digital product}/enable")
		s.step("DELETE /products/{digital product}")
		if slices.Contains(links(), any(permalink)) {
			t.Errorf("links %v hold a deleted product", links())
		}
	})
}

// products walks the whole list.
func (s *service) products() []map[string]any {
	s.t.Helper()
	var all []map[string]any
	for _, p := range s.walk("/products", "products") {
		all = append(all, p.(map[string]any))
	}
	return all
}

// walk follows next_page_key to the end.
func (s *service) walk(path, list string) []any {
	s.t.Helper()
	var all []any
	for next := path; ; {
		body := s.get(next)
		rows, _ := at(body, list)
		all = append(all, rows.([]any)...)
		key, more := at(body, "next_page_key")
		if !more {
			return all
		}
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		next = path + separator + "page_key=" + key.(string)
		if len(all) > 10_000 {
			s.t.Fatal("the list does not end")
		}
	}
}

// productFields are those every product has, with or without view_sales.
const (
	productFields = "id name description preview_url require_shipping custom_receipt customizable_price custom_permalink subscription_duration url price currency short_url thumbnail_url tags formatted_price published file_info max_purchase_count deleted custom_fields custom_summary is_tiered_membership recurrences variants"
	sellerFields  = "custom_delivery_url sales_count sales_usd_cents"
	lateFields    = "covers main_cover_id taxonomy_id category category_label bundle_products"
	detailFields  = "custom_html refund_policy rich_content has_same_rich_content_for_all_variants main_section_index sections files"
	maybeFields   = "purchasing_power_parity_prices is_preorder is_in_preorder_state release_at landing_url"
)

func TestProductJSON(t *testing.T) {
	const shape = `{"id":"<id>","name":"<text>","description":"<string?>","preview_url":"<string?>","require_shipping":"<bool>","custom_receipt":"<string?>","custom_permalink":"<string?>","subscription_duration":"<duration?>","url":null,"price":"<int?>","currency":"~^[a-z]{3}$","short_url":"~^https://[a-z0-9-]+\\.gumroad\\.com/l/[A-Za-z0-9_-]+$","thumbnail_url":"<string?>","tags":"<list>","formatted_price":"<text>","published":"<bool>","file_info":"<file info>","max_purchase_count":"<int?>","deleted":false,"custom_fields":"<list>","custom_summary":"<string?>","is_tiered_membership":"<bool>","variants":"<list>","custom_delivery_url":null,"sales_count":"<int>"}`
	s := serve(t, sandbox.Options{})
	check := func(t *testing.T, p map[string]any, always, maybe string) {
		t.Helper()
		for _, problem := range contains("product", decode(t, shape), any(p)) {
			t.Errorf("%s: %s", p["name"], problem)
		}
		known := sortedWords(always + " " + maybe)
		for _, name := range sortedWords(always) {
			if _, ok := p[name]; !ok {
				t.Errorf("%s: no %s", p["name"], name)
			}
		}
		for name := range p {
			if !slices.Contains(known, name) {
				t.Errorf("%s: %s is no field of a product here", p["name"], name)
			}
		}
	}
	for _, p := range s.products() {
		t.Run(fmt.Sprintf("4.1 listed: %s", p["name"]), func(t *testing.T) {
			check(t, p, productFields+" "+sellerFields+" "+lateFields, maybeFields)
		})
		t.Run(fmt.Sprintf("4.1 shown: %s", p["name"]), func(t *testing.T) {
			s.t = t
			v, _ := at(s.get("/products/"+p["id"].(string)), "product")
			check(t, v.(map[string]any), productFields+" "+sellerFields+" "+lateFields+" "+detailFields, maybeFields)
		})
	}
	old := serve(t, sandbox.Options{Compat2025: true})
	for _, p := range old.products() {
		t.Run(fmt.Sprintf("4.1 in 2025: %s", p["name"]), func(t *testing.T) {
			check(t, p, productFields+" "+sellerFields, "purchasing_power_parity_prices is_preorder is_in_preorder_state release_at")
			old.t = t
			v, _ := at(old.get("/products/"+p["id"].(string)), "product")
			check(t, v.(map[string]any), productFields+" "+sellerFields, "purchasing_power_parity_prices is_preorder is_in_preorder_state release_at")
		})
	}

	const noSales = "product.custom_delivery_url product.sales_count product.sales_usd_cents product.view_count"
	checkRows(t, sandbox.Options{}, []row{
		{name: "4.1 view_sales gives counts", do: "GET /products/{digital product}", token: "sandbox:view_sales", has: `{"product":{"custom_delivery_url":null,"sales_count":"<int>","sales_usd_cents":"<any>"}}`, lacks: "product.view_count"},
		{name: "4.1 account gives counts", do: "GET /products/{digital product}", token: "sandbox:account", has: `{"product":{"sales_count":"<int>"}}`},
		{name: "4.1 no counts with view_public", do: "GET /products/{digital product}", token: "sandbox:view_public", lacks: noSales},
		{name: "4.1 no counts with edit_products", do: "GET /products/{digital product}", token: "sandbox:edit_products", lacks: noSales},
		{name: "4.1 no counts in the list with edit_products", do: "GET /products", token: "sandbox:edit_products", lacks: "products.0.sales_count products.0.sales_usd_cents products.0.custom_delivery_url"},
		{name: "4.1 no counts after enable with edit_products", do: "PUT /products/{draft product}/enable", token: "sandbox:edit_products", has: `{"success":true}`, lacks: noSales},
		{name: "4.1 tiered membership", do: "GET /products/{membership}", has: `{"product":{"price":0,"is_tiered_membership":true,"recurrences":"<list>","subscription_duration":"<duration?>","variants":[{"title":"Tier","options":[{"name":"<text>","price_difference":"<int?>","is_pay_what_you_want":"<bool>","url":null,"recurrence_prices":{"monthly":{"price_cents":"<int>","suggested_price_cents":"<int?>"},"yearly":{"price_cents":"<int>","suggested_price_cents":"<int?>"}}},"<object>"]}]}}`, lacks: "product.variants.0.id product.variants.0.options.0.id product.variants.0.options.0.recurrence_prices.quarterly"},
		{name: "4.1 recurrences only of memberships", do: "GET /products/{digital product}", has: `{"product":{"is_tiered_membership":false,"recurrences":null}}`},
		{name: "4.1 recurrences not of subscriptions", do: "GET /products/{fixed-length subscription}", has: `{"product":{"is_tiered_membership":false,"recurrences":null,"subscription_duration":"monthly"}}`},
		{name: "4.1 variants", do: "GET /products/{product with variants}", has: `{"product":{"variants":[{"title":"<text>","options":[{"name":"<text>","price_difference":"<int?>","is_pay_what_you_want":false,"recurrence_prices":null,"url":null},"<object>","<object>"]}]}}`},
		{name: "4.1 preorder", do: "GET /products/{pre-order product}", has: `{"product":{"is_preorder":true,"is_in_preorder_state":true,"release_at":"<ruby time>"}}`},
		{name: "4.1 no preorder", do: "GET /products/{digital product}", lacks: "product.is_preorder product.is_in_preorder_state product.release_at"},
		{name: "4.1 pay what you want", do: "GET /products/{pay-what-you-want product}", has: `{"product":{"customizable_price":true,"formatted_price":"$3+"}}`},
		{name: "4.1 shipping", do: "GET /products/{physical product}", has: `{"product":{"require_shipping":true}}`},
		{name: "4.1 bundle", do: "GET /products/{bundle}", has: `{"product":{"bundle_products":[{"product_id":"<id>","variant_id":"<string?>","quantity":"<int>","position":"<int>"},"<object>"]}}`},
		{name: "4.1 draft", do: "GET /products/{draft product}", has: `{"product":{"published":false,"deleted":false}}`},
		{name: "4.1 the first cover is the preview", given: []string{"GET /products/{digital product} => url:product.covers.0.url guid:product.covers.0.id"}, do: "GET /products/{digital product}", has: `{"product":{"preview_url":"{url}","main_cover_id":"{guid}","covers":[{"id":"{guid}","url":"{url}","original_url":"<string>","thumbnail":"<string?>","type":"~^(image|video|oembed|unsplash)$","filetype":"<string?>","width":"<int?>","height":"<int?>","native_width":"<int?>","native_height":"<int?>"}]}}`},
		{name: "4.1 no cover, no preview", do: "GET /products/{product with variants}", has: `{"product":{"preview_url":null,"covers":[],"main_cover_id":null}}`},
		{name: "4.1 whole dollars", given: []string{"POST /products name=x&price=500 => id:product.id"}, do: "GET /products/{id}", has: `{"product":{"price":500,"currency":"usd","formatted_price":"$5"}}`},
		{name: "4.1 dollars and cents", given: []string{"POST /products name=x&price=1250 => id:product.id"}, do: "GET /products/{id}", has: `{"product":{"formatted_price":"$12.50"}}`},
		{name: "4.1 cents alone", given: []string{"POST /products name=x&price=99 => id:product.id"}, do: "GET /products/{id}", has: `{"product":{"formatted_price":"99¢"}}`},
		{name: "4.1 five dollars or more", given: []string{"POST /products name=x&price=500&customizable_price=true => id:product.id"}, do: "GET /products/{id}", has: `{"product":{"formatted_price":"$5+","customizable_price":true}}`},
		{name: "4.1 price a month", do: "GET /products/{fixed-length subscription}", has: `{"product":{"formatted_price":"~^\\$[0-9.]+ a month$"}}`},
		{name: "4.1 whole euros", given: []string{"POST /products name=x&price=500&price_currency_type=eur => id:product.id"}, do: "GET /products/{id}", has: `{"product":{"price":500,"currency":"eur","formatted_price":"€5"}}`},
		{name: "4.1 yen", given: []string{"POST /products name=x&price=500&price_currency_type=jpy => id:product.id"}, do: "GET /products/{id}", has: `{"product":{"price":500,"currency":"jpy","formatted_price":"¥500"}}`},
		{name: "4.1 empty summary is kept", given: []string{"POST /products name=x&price=500&custom_summary=a => id:product.id", "PUT /products/{id} custom_summary="}, do: "GET /products/{id}", has: `{"product":{"custom_summary":""}}`},
		{name: "4.1 no summary is null", given: []string{"POST /products name=x&price=500 => id:product.id"}, do: "GET /products/{id}", has: `{"product":{"custom_summary":null}}`},
		{name: "4.1 short_url without custom permalink", given: []string{"POST /products name=x&price=500 => id:product.id"}, do: "GET /products/{id}", has: `{"product":{"custom_permalink":null,"short_url":"~/l/[a-z_A-Z]+$"}}`},
		{name: "4.1 short_url with custom permalink", given: []string{"POST /products name=x&price=500&custom_permalink=fresh-9 => id:product.id"}, do: "GET /products/{id}", has: `{"product":{"custom_permalink":"fresh-9","short_url":"~\\.gumroad\\.com/l/fresh-9$"}}`},
		{name: "4.1 file_info of a product without files", given: []string{"POST /products name=x&price=500 => id:product.id"}, do: "GET /products/{id}", has: `{"product":{"file_info":{}}}`, lacks: "product.file_info.Size"},
		{name: "4.1 file_info of two files", do: "GET /products/{product with variants}", has: `{"product":{"files":["<object>","<object>"]}}`, lacks: "product.file_info.Size product.file_info.Length"},
		{name: "4.1 a deleted variant is gone from the product", given: []string{
			"POST /products/{digital product}/variant_categories title=Size => cat:variant_category.id",
			"POST /products/{digital product}/variant_categories/{cat}/variants name=S",
			"POST /products/{digital product}/variant_categories/{cat}/variants name=M => gone:variant.id",
			"DELETE /products/{digital product}/variant_categories/{cat}/variants/{gone}",
		}, do: "GET /products/{digital product}", has: `{"product":{"variants":[{"title":"Size","options":[{"name":"S"}]}]}}`},
		{name: "4.1 a deleted category is gone from the product", given: []string{
			"POST /products/{digital product}/variant_categories title=Size => cat:variant_category.id",
			"POST /products/{digital product}/variant_categories/{cat}/variants name=S",
			"DELETE /products/{digital product}/variant_categories/{cat}",
		}, do: "GET /products/{digital product}", has: `{"product":{"variants":[]}}`},
		{name: "4.1 a new custom field comes after the global one", given: []string{"POST /products {\"name\":\"x\",\"price\":500} => id:product.id", "POST /products/{id}/custom_fields name=Size&required=true"},
			do: "GET /products/{id}", has: `{"product":{"custom_fields":["<object>",{"id":"<id>","type":"text","name":"Size","required":true,"collect_per_product":false}]}}`},
	})

	t.Run("4.1 custom fields: global ones first, post-purchase ones not", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		shown, _ := at(s.get("/products/{product with variants}"), "product.custom_fields")
		attached, _ := at(s.get("/products/{product with variants}/custom_fields"), "custom_fields")
		var inProduct, onlyListed, onlyShown []string
		for _, f := range shown.([]any) {
			if diff := cmp.Diff(sortedWords("id type name required collect_per_product"), sortedKeys(f.(map[string]any))); diff != "" {
				t.Error(diff)
			}
			inProduct = append(inProduct, text(t, f, "id"))
		}
		listed := ids(t, map[string]any{"l": attached}, "l")
		for _, id := range listed {
			if !slices.Contains(inProduct, id) {
				onlyListed = append(onlyListed, id)
			}
		}
		for i, id := range inProduct {
			if !slices.Contains(listed, id) {
				onlyShown = append(onlyShown, id)
				if i >= len(onlyShown) {
					t.Errorf("global field %s comes after the product's own", id)
				}
			}
		}
		if len(onlyListed) == 0 {
			t.Error("the demo has no post-purchase field to leave out")
		}
	})
	t.Run("4.1 purchasing power parity", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		prices := func(path string) map[string]any {
			v, _ := at(s.get(path), "product.purchasing_power_parity_prices")
			object, _ := v.(map[string]any)
			if len(object) == 0 {
				t.Fatalf("%s has no parity prices", path)
			}
			return object
		}
		base := prices("/products/{digital product}")
		full := float64(number(t, s.get("/products/{digital product}"), "product.price"))
		s.step("POST /products name=x&price=100 => cheap:product.id")
		cheap, free := prices("/products/{cheap}"), prices("/products/{free product}")
		for country, price := range base {
			if !regexp.MustCompile(`^[A-Z]{2}$`).MatchString(country) {
				t.Errorf("country %q", country)
			}
			if pays := price.(float64); pays < 99 || pays > full || pays != math.Trunc(pays) {
				t.Errorf("%s pays %v of %v", country, price, full)
			}
			if want := max(99, int(price.(float64)/full*100+0.5)); cheap[country] != float64(want) {
				t.Errorf("%s pays %v of 100 cents, want %d", country, cheap[country], want)
			}
			if free[country] != 0.0 {
				t.Errorf("%s pays %v for what is free", country, free[country])
			}
		}
	})
	t.Run("4.1 sales_usd_cents is gross minus refunds", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := number(t, s.get("/products/{digital product}"), "product.sales_usd_cents")
		s.step("PUT /sales/{USD sale not refunded}/refund amount_cents=500")
		if after := number(t, s.get("/products/{digital product}"), "product.sales_usd_cents"); after != before-500 {
			t.Errorf("%d after refunding 500 of %d", after, before)
		}
		s.buy(sandbox.Purchase{Product: "{digital product}"})
		if after := number(t, s.get("/products/{digital product}"), "product.sales_usd_cents"); after != before-500+1200 {
			t.Errorf("%d after another sale at 1200", after)
		}
	})
}

func TestProductList(t *testing.T) {
	checkRows(t, sandbox.Options{}, []row{
		{name: "4.2 ten to a page", do: "GET /products", has: `{"success":true,"products":["<object>","<object>","<object>","<object>","<object>","<object>","<object>","<object>","<object>","<object>"],"next_page_key":"<page key>","next_page_url":"~^/v2/products\\?page_key=\\d{20}-\\d+$"}`},
		{name: "4.2 bad page key", do: "GET /products?page_key=nonsense", status: 400, is: badRequest("Invalid page_key.")},
		{name: "4.2 page key without id", do: "GET /products?page_key=20230119081040000000-", status: 400, is: badRequest("Invalid page_key.")},
		{name: "4.2 page key with id zero", do: "GET /products?page_key=20230119081040000000-0", status: 400, is: badRequest("Invalid page_key.")},
		{name: "4.2 newest first", given: []string{"POST /products name=Newest&price=100"}, do: "GET /products", has: `{"products":[{"name":"Newest","published":false},"<any>","<any>","<any>","<any>","<any>","<any>","<any>","<any>","<any>"]}`},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "4.2 unpaginated in 2025", do: "GET /products", lacks: "next_page_key next_page_url", has: `{"success":true}`},
		{name: "4.2 no page keys in 2025", do: "GET /products?page_key=nonsense", lacks: "next_page_key", has: `{"success":true,"products":"<list>"}`},
	})
	t.Run("4.2 all in one answer in 2025", func(t *testing.T) {
		old, now := serve(t, sandbox.Options{Compat2025: true}), serve(t, sandbox.Options{})
		var want []string
		for _, p := range now.products() {
			want = append(want, p["id"].(string))
		}
		if len(want) <= 10 {
			t.Fatalf("only %d products", len(want))
		}
		if diff := cmp.Diff(want, ids(t, old.get("/products"), "products")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("4.2 deleted products are hidden, others are not", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		listed := func() (all []string) {
			for _, p := range s.products() {
				all = append(all, p["id"].(string))
			}
			return all
		}
		for _, name := range []string{"digital product", "draft product", "disabled product", "membership", "free product"} {
			if !slices.Contains(listed(), s.names[name]) {
				t.Errorf("the %s is not listed", name)
			}
		}
		s.step("DELETE /products/{digital product}")
		if slices.Contains(listed(), s.names["digital product"]) {
			t.Error("a deleted product is listed")
		}
		if slices.Contains(listed(), s.names["other store's product"]) {
			t.Error("another store's product is listed")
		}
	})
	t.Run("4.2 same second, newest id first", func(t *testing.T) {
		s := serve(t, sandbox.Options{Unthrottled: true})
		var made []string
		for i := range 25 {
			s.step(fmt.Sprintf("POST /products name=P%d&price=100 => id:product.id", i))
			made = append(made, s.names["id"])
		}
		slices.Reverse(made)
		var listed []string
		for _, p := range s.products() {
			listed = append(listed, p["id"].(string))
		}
		if diff := cmp.Diff(made, listed[:25]); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("4.2 newest first over pages", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("POST /products name=Older&price=100")
		s.clock.Advance(time.Hour)
		s.step("POST /products name=Newer&price=100")
		all := s.products()
		if diff := cmp.Diff([]any{"Newer", "Older"}, []any{all[0]["name"], all[1]["name"]}); diff != "" {
			t.Error(diff)
		}
	})
}

func TestProductActions(t *testing.T) {
	const published, unpublished = `{"success":true,"product":{"published":true,"deleted":false}}`, `{"success":true,"product":{"published":false}}`
	below := func(minimum string) string {
		return refused("An existing discount code puts the price of this product below the " + minimum + " minimum after discount.")
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "4.3 unknown", do: "GET /products/{unknown}", is: notFound("product")},
		{name: "4.3 foreign", do: "GET /products/{other store's product}", is: notFound("product")},
		{name: "4.3 deleted", given: []string{"DELETE /products/{digital product}"}, do: "GET /products/{digital product}", has: `{"success":true,"product":{"deleted":true}}`},

		{name: "4.4 disable", do: "PUT /products/{digital product}/disable", has: unpublished},
		{name: "4.4 disable changes the product", given: []string{"PUT /products/{digital product}/disable"}, do: "GET /products/{digital product}", has: unpublished},
		{name: "4.4 disable twice", given: []string{"PUT /products/{digital product}/disable"}, do: "PUT /products/{digital product}/disable", has: unpublished},
		{name: "4.4 body is ignored", do: "PUT /products/{digital product}/disable", body: "disabled=false", has: unpublished},
		{name: "4.4 unknown", do: "PUT /products/{unknown}/disable", is: notFound("product")},
		{name: "4.4 a category without options", given: []string{"POST /products/{digital product}/variant_categories title=Size"}, do: "PUT /products/{digital product}/disable.json", status: 500, is: `{"status":500,"error":"Internal Server Error"}`},
		{name: "4.4 a category whose options are deleted", given: []string{
			"POST /products/{digital product}/variant_categories title=Size => cat:variant_category.id",
			"POST /products/{digital product}/variant_categories/{cat}/variants name=S => v:variant.id",
			"DELETE /products/{digital product}/variant_categories/{cat}/variants/{v}",
		}, do: "PUT /products/{digital product}/disable.json", status: 500, is: `{"status":500,"error":"Internal Server Error"}`},
		{name: "4.4 a deleted category without options", given: []string{
			"POST /products/{digital product}/variant_categories title=Size => cat:variant_category.id",
			"DELETE /products/{digital product}/variant_categories/{cat}",
		}, do: "PUT /products/{digital product}/disable", has: unpublished},

		{name: "4.5 enable a draft", do: "PUT /products/{draft product}/enable", has: published},
		{name: "4.5 enable a disabled product", given: []string{"PUT /products/{digital product}/disable"}, do: "PUT /products/{digital product}/enable", has: published},
		{name: "4.5 enable twice", given: []string{"PUT /products/{draft product}/enable"}, do: "PUT /products/{draft product}/enable", has: published},
		{name: "4.5 enable un-deletes", given: []string{"DELETE /products/{digital product}"}, do: "PUT /products/{digital product}/enable", has: published},
		{name: "4.5 enable a membership", given: []string{"PUT /products/{membership}/disable"}, do: "PUT /products/{membership}/enable", has: published},
		{name: "4.5 enable a bundle", given: []string{"PUT /products/{bundle}/disable"}, do: "PUT /products/{bundle}/enable", has: published},
		{name: "4.5 enable a physical product", given: []string{"PUT /products/{physical product}/disable"}, do: "PUT /products/{physical product}/enable", has: published},
		{name: "4.5 unknown", do: "PUT /products/{unknown}/enable", is: notFound("product")},
		{name: "4.5 row 1, own fixed code in USD", given: []string{
			"POST /products name=x&price=900 => id:product.id",
			"POST /products/{id}/offer_codes name=A&amount_off=750",
			"PUT /products/{id} price=840",
		}, do: "PUT /products/{id}/enable", is: below("$0.99")},
		{name: "4.5 row 1, not when the code makes it free", given: []string{
			"POST /products name=x&price=900 => id:product.id",
			"POST /products/{id}/offer_codes name=A&amount_off=750",
			"PUT /products/{id} price=750",
		}, do: "PUT /products/{id}/enable", has: published},
		{name: "4.5 row 1, not when the code is deleted", given: []string{
			"POST /products name=x&price=900 => id:product.id",
			"POST /products/{id}/offer_codes name=A&amount_off=750 => code:offer_code.id",
			"PUT /products/{id} price=840",
			"DELETE /products/{id}/offer_codes/{code}",
		}, do: "PUT /products/{id}/enable", has: published},
		{name: "4.5 row 1, own fixed code in EUR", given: []string{
			"POST /products name=x&price=900&price_currency_type=eur => id:product.id",
			"POST /products/{id}/offer_codes name=A&amount_off=800",
			"PUT /products/{id} price=878",
		}, do: "PUT /products/{id}/enable", is: below("€0.79")},
		{name: "4.5 row 1, own fixed code in JPY", given: []string{
			"POST /products name=x&price=900&price_currency_type=jpy => id:product.id",
			"POST /products/{id}/offer_codes name=A&amount_off=750",
			"PUT /products/{id} price=848",
		}, do: "PUT /products/{id}/enable", is: below("¥99")},
		{name: "4.5 row 1, own fixed code in GBP", given: []string{
			"POST /products name=x&price=900&price_currency_type=gbp => id:product.id",
			"POST /products/{id}/offer_codes name=A&amount_off=750",
			"PUT /products/{id} price=808",
		}, do: "PUT /products/{id}/enable", is: below("£0.59")},
		{name: "4.5 row 1, universal fixed code", given: []string{"POST /products name=x&price=250 => id:product.id"}, do: "PUT /products/{id}/enable", is: below("$0.99")},
		{name: "4.5 row 1, universal fixed code of another currency", given: []string{"POST /products name=x&price=250&price_currency_type=eur => id:product.id"}, do: "PUT /products/{id}/enable", has: published},
		{name: "4.5 row 1, universal percent code", given: []string{"POST /products name=x&price=80&price_currency_type=eur => id:product.id"}, do: "PUT /products/{id}/enable", is: below("€0.79")},
		{name: "4.5 row 1 before row 2", given: []string{"PUT /products/{unpublishable product} price=250"}, do: "PUT /products/{unpublishable product}/enable", is: below("$0.99")},
		{name: "4.5 row 1 before row 5", given: []string{"POST /products name=x&price=250&native_type=bundle => id:product.id"}, do: "PUT /products/{id}/enable", is: below("$0.99")},
		{name: "4.5 row 2, no shipping destination", do: "PUT /products/{unpublishable product}/enable", is: refused("The product needs to be shippable to at least one destination.")},
		{name: "4.5 row 2, stays unpublished", do: "GET /products/{unpublishable product}", has: unpublished},
		{name: "4.5 row 5, empty bundle", given: []string{"POST /products name=x&price=1000&native_type=bundle => id:product.id"}, do: "PUT /products/{id}/enable", is: refused("Bundles must have at least one product.")},
		{name: "4.5 row 6, membership with two categories", given: []string{
			"PUT /products/{membership}/disable",
			"POST /products/{membership}/variant_categories title=Another => cat:variant_category.id",
			"POST /products/{membership}/variant_categories/{cat}/variants name=S",
		}, do: "PUT /products/{membership}/enable", is: refused("Memberships should only have one Tier version category.")},
		{name: "4.5 row 6, membership without a category", given: []string{
			"PUT /products/{membership}/disable",
			"GET /products/{membership}/variant_categories => cat:variant_categories.0.id",
			"DELETE /products/{membership}/variant_categories/{cat}",
		}, do: "PUT /products/{membership}/enable", is: refused("Memberships should only have one Tier version category.")},
		{name: "4.5 row 7, membership without a tier", given: []string{
			"PUT /products/{membership}/disable",
			"GET /products/{membership}/variant_categories => cat:variant_categories.0.id",
			"GET /products/{membership}/variant_categories/{cat}/variants => a:variants.0.id b:variants.1.id",
			"DELETE /products/{membership}/variant_categories/{cat}/variants/{a}",
			"DELETE /products/{membership}/variant_categories/{cat}/variants/{b}",
		}, do: "PUT /products/{membership}/enable", is: refused("Memberships should have at least one tier.")},
		{name: "4.5 row 8, category without options", given: []string{"POST /products/{draft product}/variant_categories title=Size"}, do: "PUT /products/{draft product}/enable", is: refused("Sorry, the product versions must have at least one option.")},

		{name: "4.6 delete", do: "DELETE /products/{digital product}", is: deleted("product")},
		{name: "4.6 delete twice", given: []string{"DELETE /products/{digital product}"}, do: "DELETE /products/{digital product}", is: deleted("product")},
		{name: "4.6 unknown", do: "DELETE /products/{unknown}", is: notFound("product")},
		{name: "4.6 foreign", do: "DELETE /products/{other store's product}", is: notFound("product")},
		{name: "4.6 sales stay", given: []string{"DELETE /products/{digital product}"}, do: "GET /sales/{USD sale not refunded}", has: `{"success":true}`},
	})
	const legacy = "You entered the name of the file to be uploaded incorrectly. Please refer to https://gumroad.com/api#methods for the correct syntax."
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "4.5 row 8 in 2025", given: []string{"POST /products/{draft product}/variant_categories title=Size"}, do: "PUT /products/{draft product}/enable", is: refused("Something broke. We're looking into what happened. Sorry about this!")},
		{name: "4.5 row 2 in 2025", do: "PUT /products/{unpublishable product}/enable", is: refused("The product needs to be shippable to at least one destination.")},
		{name: "4.5 row 6 in 2025", given: []string{"PUT /products/{membership}/disable", "POST /products/{membership}/variant_categories title=Another => cat:variant_category.id", "POST /products/{membership}/variant_categories/{cat}/variants name=S"}, do: "PUT /products/{membership}/enable", is: refused("Memberships should only have one Tier version category.")},
		{name: "4.7 POST in 2025", do: "POST /products", body: "name=x&price=100", header: "Accept: application/json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "4.7 PUT in 2025", do: "PUT /products/{digital product}", body: "name=x", header: "Accept: application/json", status: 404, is: `{"status":404,"error":"Not Found"}`},
		{name: "4.7 POST in 2025 as a page", do: "POST /products", body: "name=x&price=100", status: 404, headers: []string{"Content-Type: ^text/html"}},
		{name: "4.7 POST in 2025 without a token", do: "POST /products", body: "name=x&price=100", token: "none", status: 401, is: "empty"},
		{name: "4.7 POST in 2025 without the scope", do: "POST /products", body: "name=x&price=100", token: "sandbox:view_sales", status: 403, is: "empty"},
		{name: "4.7 POST in 2025 with a file name", do: "POST /products", body: "name=x&price=100&file=a.pdf", is: refused(legacy)},
		{name: "4.7 POST in 2025 with a preview name", do: "POST /products", body: "name=x&price=100&preview=a.png", is: refused(legacy)},
		{name: "4.7 PUT in 2025 with a file name", do: "PUT /products/{digital product}", body: "file=a.pdf", is: refused(legacy)},
	})
}

func TestProductPrices(t *testing.T) {
	minimums := []struct {
		currency string
		cents    int
		amount   string // as the messages write it
	}{
		{"usd", 99, `\$0\.99`}, {"gbp", 59, `£0\.59`}, {"eur", 79, `€0\.79`}, {"jpy", 99, `¥99`},
		{"inr", 7300, ".+"}, {"aud", 99, ".+"}, {"cad", 99, ".+"}, {"hkd", 799, ".+"}, {"sgd", 99, ".+"}, {"twd", 2999, ".+"},
		{"nzd", 99, ".+"}, {"brl", 533, ".+"}, {"zar", 1300, ".+"}, {"chf", 100, ".+"}, {"ils", 700, ".+"}, {"php", 4500, ".+"},
		{"krw", 111000, ".+"}, {"pln", 379, ".+"}, {"czk", 2149, ".+"},
	}
	var rows []row
	for _, m := range minimums {
		body := func(cents int) string {
			return fmt.Sprintf("name=x&price_currency_type=%s&price=%d", m.currency, cents)
		}
		tooLow := encode(map[string]any{"success": false, "message": "~^Sorry, a product must be at least " + m.amount + `\.$`})
		rows = append(rows,
			row{name: "4.8 minimum in " + m.currency, do: "POST /products", body: body(m.cents), has: fmt.Sprintf(`{"success":true,"product":{"currency":%q,"price":%d}}`, m.currency, m.cents)},
			row{name: "4.8 below the minimum in " + m.currency, do: "POST /products", body: body(m.cents - 1), has: tooLow},
			row{name: "4.8 free in " + m.currency, do: "POST /products", body: body(0), has: fmt.Sprintf(`{"success":true,"product":{"currency":%q,"price":0}}`, m.currency)},
			row{name: "4.8 below the minimum on update in " + m.currency, given: []string{"POST /products " + body(m.cents) + " => id:product.id"}, do: "PUT /products/{id}", body: fmt.Sprintf("price=%d", m.cents-1), has: tooLow},
		)
	}
	rows = append(rows,
		row{name: "4.8 exact message", do: "POST /products", body: "name=x&price=98", is: refused("Sorry, a product must be at least $0.99.")},
		row{name: "4.8 highest price", do: "POST /products", body: "name=x&price=500000", has: `{"success":true,"product":{"price":500000}}`},
		row{name: "4.8 above the highest price", do: "POST /products", body: "name=x&price=500001", is: refused("Sorry, we don't support pricing products above $5,000.")},
		row{name: "4.8 above the highest price on update", do: "PUT /products/{digital product}", body: "price=500001", is: refused("Sorry, we don't support pricing products above $5,000.")},
	)
	checkRows(t, sandbox.Options{}, rows)
}

func TestProductCreate(t *testing.T) {
	created := func(field, value string) string {
		return fmt.Sprintf(`{"success":true,"product":{%q:%s}}`, field, value)
	}
	rows := []row{
		{name: "20.1 a draft", do: "POST /products", body: "name=Fresh&price=700&draft=true", has: `{"success":true,"product":{"id":"<id>","name":"Fresh","price":700,"currency":"usd","published":false,"deleted":false,"description":null,"tags":[],"variants":[],"files":[],"category":"other","sales_count":0}}`},
		{name: "20.1 JSON", do: "POST /products", body: `{"name":"Fresh","price":700,"tags":["aa","bb"],"customizable_price":true}`, has: `{"success":true,"product":{"name":"Fresh","price":700,"tags":["aa","bb"],"customizable_price":true}}`},
		{name: "20.1 can be enabled", given: []string{"POST /products name=x&price=700 => id:product.id"}, do: "PUT /products/{id}/enable", has: `{"success":true,"product":{"published":true}}`},
		{name: "20.1 is listed", given: []string{"POST /products name=Fresh&price=700 => id:product.id"}, do: "GET /products", has: `{"products":[{"id":"{id}"},"<any>","<any>","<any>","<any>","<any>","<any>","<any>","<any>","<any>"]}`},
		{name: "20.1 name is required", do: "POST /products", body: "price=700", has: `{"success":false,"message":"~can't be blank"}`},
		{name: "20.1 name of 255 characters", do: "POST /products", body: "price=700&name=" + strings.Repeat("n", 255), has: `{"success":true}`},
		{name: "20.1 name of 256 characters", do: "POST /products", body: "price=700&name=" + strings.Repeat("n", 256), has: `{"success":false,"message":"<text>"}`},
		{name: "20.1 currency is trimmed and lower-cased", do: "POST /products", body: "name=x&price=700&price_currency_type=+EUR+", has: created("currency", `"eur"`)},
		{name: "20.1 unknown currency", do: "POST /products", body: "name=x&price=700&price_currency_type=xyz", is: refused("'xyz' is not a supported currency.")},
		{name: "20.1 blank currency", do: "POST /products", body: "name=x&price=700&price_currency_type=", is: refused("'' is not a supported currency.")},
		{name: "20.1 physical type", do: "POST /products", body: "name=x&price=700&native_type=physical", is: refused("The product type 'physical' is not supported for creation.")},
		{name: "20.1 membership", do: "POST /products", body: "name=x&price=700&native_type=membership&subscription_duration=yearly", has: `{"success":true,"product":{"is_tiered_membership":true,"subscription_duration":"yearly"}}`},
		{name: "20.1 bad duration", do: "POST /products", body: "name=x&price=700&native_type=membership&subscription_duration=weekly", has: `{"success":false,"message":"~^Invalid subscription duration 'weekly'\\. Valid values: .+\\.$"}`},
		{name: "20.1 duration of what is no membership", do: "POST /products", body: "name=x&price=700&subscription_duration=monthly", is: refused("subscription_duration is only valid for membership products.")},
		{name: "20.1 description", do: "POST /products", body: "name=x&price=700&description=%3Cp%3EHi%3C%2Fp%3E", has: created("description", `"<p>Hi</p>"`)},
		{name: "20.1 summary and permalink", do: "POST /products", body: "name=x&price=700&custom_summary=Short&custom_permalink=pl-1", has: `{"product":{"custom_summary":"Short","custom_permalink":"pl-1"}}`},
		{name: "20.1 receipt is ignored on create", do: "POST /products", body: "name=x&price=700&custom_receipt=Thanks", has: created("custom_receipt", "null")},
		{name: "20.1 receipt on update", do: "PUT /products/{draft product}", body: "custom_receipt=Thanks", has: created("custom_receipt", `"Thanks"`)},
		{name: "20.1 maximum count", do: "POST /products", body: "name=x&price=700&max_purchase_count=12", has: created("max_purchase_count", "12")},
		{name: "20.1 maximum count overflows", do: "POST /products", body: "name=x&price=700&max_purchase_count=99999999999999999999", is: refused("One or more numeric values are out of range.")},
		{name: "20.1 suggested price overflows", do: "POST /products", body: "name=x&price=700&suggested_price_cents=99999999999999999999", is: refused("One or more numeric values are out of range.")},
		{name: "20.1 category and taxonomy", do: "POST /products", body: "name=x&price=700&category=design&taxonomy_id=1", is: refused("Specify either category or taxonomy_id, not both.")},
		{name: "20.1 category", do: "POST /products", body: "name=x&price=700&category=design", has: created("category", `"design"`)},
		{name: "20.1 nested category", given: []string{"GET /products/{digital product} => path:product.category"}, do: "POST /products", body: "name=x&price=700&category={path}", has: created("category", `"{path}"`)},
		{name: "20.1 taxonomy", given: []string{"GET /products/{digital product} => taxonomy:product.taxonomy_id path:product.category"}, do: "POST /products", body: "name=x&price=700&taxonomy_id={taxonomy}", has: `{"product":{"category":"{path}"}}`},
		{name: "20.1 unknown category", do: "POST /products", body: "name=x&price=700&category=nowhere", is: refused("Invalid category.")},
		{name: "20.1 unknown taxonomy", do: "POST /products", body: "name=x&price=700&taxonomy_id=987654", is: refused("Invalid taxonomy_id.")},
		{name: "20.1 taxonomy of letters", do: "POST /products", body: "name=x&price=700&taxonomy_id=design", is: refused("Invalid taxonomy_id.")},
		{name: "20.1 category list", do: "POST /products", body: "name=x&price=700&category[]=design", is: refused("category must be a scalar value.")},
		{name: "20.1 taxonomy list", do: "POST /products", body: "name=x&price=700&taxonomy_id[]=1", is: refused("taxonomy_id must be a scalar value.")},
		{name: "20.1 category object", do: "POST /products", body: `{"name":"x","price":700,"category":{"path":"design"}}`, is: refused("category must be a scalar value.")},
		{name: "20.1 tags", do: "POST /products", body: "name=x&price=700&tags[]=one&tags[]=two", has: created("tags", `["one","two"]`)},
		{name: "20.1 tags as text", do: "POST /products", body: "name=x&price=700&tags=one,two", is: refused("tags must be an array of strings.")},
		{name: "20.1 tags as numbers", do: "POST /products", body: `{"name":"x","price":700,"tags":[1,2]}`, is: refused("tags must be an array of strings.")},
		{name: "20.1 tags as an object", do: "POST /products", body: `{"name":"x","price":700,"tags":{"0":"a"}}`, is: refused("tags must be an array of strings.")},
		{name: "20.1 files as text", do: "POST /products", body: `{"name":"x","price":700,"files":"a.pdf"}`, is: refused("files must be an array of file objects.")},
		{name: "20.1 files of text", do: "POST /products", body: `{"name":"x","price":700,"files":["a.pdf"]}`, is: refused("files must be an array of file objects.")},
		{name: "20.1 file without url", do: "POST /products", body: `{"name":"x","price":700,"files":[{"display_name":"a"}]}`, is: refused("Each file must include a url string.")},
		{name: "20.1 file url is no string", do: "POST /products", body: `{"name":"x","price":700,"files":[{"url":7}]}`, is: refused("Each file must include a url string.")},
		{name: "20.1 foreign file", do: "POST /products", body: `{"name":"x","price":700,"files":[{"url":"https://elsewhere.example/a.pdf"}]}`, is: refused("File URLs must reference your own uploaded files. Use the presigned upload endpoint to upload files first.")},
		{name: "20.1 rich_content as text", do: "POST /products", body: `{"name":"x","price":700,"rich_content":"hello"}`, is: refused("rich_content must be an array of content page objects.")},
		{name: "20.1 rich_content of text", do: "POST /products", body: `{"name":"x","price":700,"rich_content":["hello"]}`, is: refused("rich_content must be an array of content page objects.")},
		{name: "20.1 rich_content", do: "POST /products", body: `{"name":"x","price":700,"rich_content":[{"title":"Page","description":{"type":"doc","content":[]}}]}`, has: `{"success":true,"product":{"rich_content":[{"title":"Page","description":{"type":"doc","content":[]}}]}}`},
		{name: "20.1 rich_content on update", do: "PUT /products/{digital product}", body: `{"rich_content":[{"title":"A","description":{"type":"doc","content":[]}},{"title":"B","description":{"type":"doc","content":[]}}]}`, has: `{"success":true,"product":{"rich_content":[{"title":"A"},{"title":"B"}]}}`},
		{name: "20.1 price overflows", do: "POST /products", body: "name=x&price=99999999999999999999", is: refused("Sorry, the price entered is too large.")},
		{name: "20.1 modified files are refused", given: []string{"GET /products/{product with variants} => keep:product.files.0.id"}, do: "PUT /products/{product with variants}", body: `{"files":[{"id":"{keep}","modified":true}]}`, has: `{"success":false,"message":"~modified"}`},
		{name: "20.1 reviews are hidden", given: []string{"PUT /products/{digital product} display_product_reviews=false"}, do: "GET /sales/{USD sale not refunded}", has: `{"success":true}`, lacks: "sale.reviews_count sale.average_rating"},
		{name: "20.1 reviews are shown", do: "GET /sales/{USD sale not refunded}", has: `{"sale":{"reviews_count":"<int>","average_rating":"<any>"}}`},
		{name: "20.1 same content for all variants", do: "PUT /products/{product with variants}", body: "has_same_rich_content_for_all_variants=true", has: created("has_same_rich_content_for_all_variants", "true")},
		{name: "20.1 unknown parameters are ignored", do: "POST /products", body: "name=x&price=700&frobnicate=1&deleted=true", has: created("deleted", "false")},

		{name: "20.1 update", do: "PUT /products/{digital product}", body: "name=Renamed&price=1500&description=%3Cp%3EB%3C%2Fp%3E&custom_summary=S", has: `{"success":true,"product":{"id":"{digital product}","name":"Renamed","price":1500,"description":"<p>B</p>","custom_summary":"S","published":true}}`},
		{name: "20.1 update stays", given: []string{"PUT /products/{digital product} name=Renamed"}, do: "GET /products/{digital product}", has: `{"product":{"name":"Renamed","price":1200}}`},
		{name: "20.1 update by JSON", do: "PUT /products/{digital product}", body: `{"name":"Renamed","tags":["zz"],"price":1300}`, has: `{"product":{"name":"Renamed","tags":["zz"],"price":1300}}`},
		{name: "20.1 update of nothing", do: "PUT /products/{digital product}", has: `{"success":true,"product":{"price":1200}}`},
		{name: "20.1 update to free", do: "PUT /products/{draft product}", body: "price=0", has: created("price", "0")},
		{name: "20.1 update unknown product", do: "PUT /products/{unknown}", body: "name=x", is: notFound("product")},
		{name: "20.1 update foreign product", do: "PUT /products/{other store's product}", body: "name=x", is: notFound("product")},
		{name: "20.1 update to a blank name", do: "PUT /products/{digital product}", body: "name=", has: `{"success":false,"message":"~can't be blank"}`},
		{name: "20.1 membership price", do: "PUT /products/{membership}", body: "price=1000", is: refused("Price cannot be updated for tiered membership products. Use the variant endpoints to manage tier pricing.")},
		{name: "20.1 membership name", do: "PUT /products/{membership}", body: "name=Club", has: created("name", `"Club"`)},
		{name: "20.1 cover_ids as text", do: "PUT /products/{digital product}", body: "cover_ids=abc", is: refused("cover_ids must be an array of strings.")},
		{name: "20.1 custom_html without access to pages", do: "PUT /gumroad/v2/products/{other store's product}", header: "Maton-Connection: {second connection}", body: "custom_html=x", is: refused("You do not have access to custom HTML pages.")},
		{name: "20.1 without access to pages the rest can be changed", do: "PUT /gumroad/v2/products/{other store's product}", header: "Maton-Connection: {second connection}", body: "name=x", has: `{"success":true}`, lacks: "previous_custom_html sanitization_report"},
		{name: "20.1 files are replaced", given: []string{"GET /products/{product with variants} => keep:product.files.0.id"}, do: "PUT /products/{product with variants}", body: `{"files":[{"id":"{keep}"}]}`, has: `{"success":true,"product":{"files":[{"id":"{keep}"}]}}`},
		{name: "20.1 all files are removed", do: "PUT /products/{product with variants}", body: `{"files":[]}`, has: `{"success":true,"product":{"files":[]}}`},
		{name: "20.1 foreign file on update", do: "PUT /products/{product with variants}", body: `{"files":[{"url":"https://elsewhere.example/a.pdf"}]}`, is: refused("File URLs must reference your own uploaded files. Use the presigned upload endpoint to upload files first.")},
		{name: "20.1 files untouched when not sent", given: []string{"PUT /products/{product with variants} name=Renamed"}, do: "GET /products/{product with variants}", has: `{"product":{"files":["<object>","<object>"]}}`},
		{name: "20.1 tags on update", do: "PUT /products/{digital product}", body: "tags=one", is: refused("tags must be an array of strings.")},
		{name: "20.1 category on update", do: "PUT /products/{digital product}", body: "category=nowhere", is: refused("Invalid category.")},
		{name: "20.1 warning of a code that fits no more", given: []string{
			"POST /products name=x&price=900 => id:product.id",
			"POST /products/{id}/offer_codes name=A&amount_off=750",
		}, do: "PUT /products/{id}", body: "price=840", has: `{"success":true,"warning":"<text>","product":{"price":840}}`},
		{name: "20.1 no warning otherwise", do: "PUT /products/{digital product}", body: "price=2000", has: `{"success":true}`, lacks: "warning previous_custom_html sanitization_report"},
		{name: "20.1 update a category without options", given: []string{"POST /products/{digital product}/variant_categories title=Size"}, do: "PUT /products/{digital product}", body: "name=x", is: refused("Sorry, the product versions must have at least one option.")},

		{name: "20.1 categories", do: "GET /categories", has: `{"success":true,"categories":"<list>"}`, lacks: "next_page_key", headers: []string{"Cache-Control: ^max-age=3600, private$"}},
	}
	for _, file := range []string{"file", "preview", "thumbnail"} {
		rows = append(rows, row{name: "20.1 " + file + " is not accepted on update", do: "PUT /products/{draft product}", body: file + "=a.png", has: `{"success":false,"message":"~^'` + file + `' is not an accepted parameter on PUT /v2/products"}`})
		rows = append(rows, row{name: "20.1 " + file + " is not accepted", do: "POST /products", body: "name=x&price=700&" + file + "=a.png", has: `{"success":false,"message":"~^'` + file + `' is not an accepted parameter on POST /v2/products\\. "}`})
	}
	for _, kind := range []string{"digital", "course", "ebook", "bundle", "coffee", "call", "commission"} {
		rows = append(rows, row{name: "20.1 native type " + kind, do: "POST /products", body: "name=x&price=1000&draft=1&native_type=" + kind, has: `{"success":true,"product":{"is_tiered_membership":false,"published":false}}`})
	}
	for _, duration := range []string{"monthly", "quarterly", "biannually", "yearly", "every_two_years"} {
		rows = append(rows, row{name: "20.1 membership, " + duration, do: "POST /products", body: "name=x&price=1000&native_type=membership&subscription_duration=" + duration, has: created("subscription_duration", `"`+duration+`"`)})
	}
	checkRows(t, sandbox.Options{}, rows)

	t.Run("20.1 category JSON", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		v, _ := at(s.get("/categories"), "categories")
		paths := map[float64]string{}
		for _, c := range v.([]any) {
			if diff := cmp.Diff(sortedWords("id name label path parent_id"), sortedKeys(c.(map[string]any))); diff != "" {
				t.Error(diff)
			}
			for _, problem := range contains("category", decode(t, `{"id":"<int>","name":"<text>","label":"<text>","path":"<text>","parent_id":"<int?>"}`), c) {
				t.Error(problem)
			}
			id, _ := at(c, "id")
			paths[id.(float64)] = text(t, c, "path")
		}
		for _, c := range v.([]any) {
			if parent, _ := at(c, "parent_id"); parent != nil && !strings.HasPrefix(text(t, c, "path"), paths[parent.(float64)]+"/") {
				t.Errorf("%s is not under its parent %s", text(t, c, "path"), paths[parent.(float64)])
			}
		}
		if !slices.Contains(members(v, "path"), "other") {
			t.Error("no category other")
		}
	})
}

// members lists a text member of each object.
func members(list any, name string) (values []string) {
	for _, v := range list.([]any) {
		value, _ := at(v, name)
		s, _ := value.(string)
		values = append(values, s)
	}
	return values
}

func TestProductContents(t *testing.T) {
	const (
		create  = "POST /products"
		update  = "PUT /products/{digital product}"
		book    = "PUT /products/{product with variants}"
		noURL   = "Include the canonical url returned by POST /v2/files/complete when updating fields on an existing file; an entry with only id keeps the file unchanged."
		foreign = "File URLs must reference your own uploaded files. Use the presigned upload endpoint to upload files first."
		nodes   = "Each rich_content content node must be a JSON object."
	)
	user := "GET /user => seller:user.user_id"
	files := "GET /products/{product with variants} => first:product.files.0.id second:product.files.1.id url:product.files.1.url"
	owned := []string{user, "PUT /products/{digital product} {\"files\":[{\"url\":\"https://gumroad-specials.s3.amazonaws.com/attachments/{seller}/a/original/book.pdf\"}]} => own:product.files.0.id"}
	own := "https://gumroad-specials.s3.amazonaws.com/attachments/{seller}/a/original/"
	product := func(members string) string { return `{"success":true,"product":{` + members + `}}` }
	checkRows(t, sandbox.Options{}, []row{
		{name: "20.1 an own file", given: []string{user}, do: create, body: `{"name":"x","price":100,"files":[{"url":"` + own + `book.pdf"}]}`, has: product(`"files":[{"id":"<id>","name":"book","filetype":"pdf","url":"~^https://files\\.gumroad\\.com/.*/book\\.pdf\\?Expires="}]`)},
		{name: "20.1 an own file with a display name", given: []string{user}, do: update, body: `{"files":[{"url":"` + own + `book.pdf","display_name":"The Book"}]}`, has: product(`"files":[{"name":"The Book"}]`)},
		{name: "20.1 a path out of the own files", given: []string{user}, do: create, body: `{"name":"x","price":100,"files":[{"url":"` + own + `../x"}]}`, is: refused(foreign)},
		{name: "20.1 files kept by id", given: []string{files}, do: book, body: `{"files":[{"id":"{first}"},{"id":"{second}"}]}`, has: product(`"files":[{"id":"{first}"},{"id":"{second}"}]`)},
		{name: "20.1 a file changed by its canonical URL", given: owned, do: update, body: `{"files":[{"id":"{own}","url":"` + own + `book.pdf","display_name":"The Book"}]}`, has: product(`"files":[{"id":"{own}","name":"The Book"}]`)},
		{name: "20.1 a file's signed URL is not its canonical one", given: []string{files}, do: book, body: `{"files":[{"id":"{first}"},{"id":"{second}","url":"{url}"}]}`, is: refused(foreign)},
		{name: "20.1 a kept file changed without its URL", given: []string{files}, do: book, body: `{"files":[{"id":"{first}","display_name":"x"}]}`, is: refused(noURL)},
		{name: "20.1 a kept file with another URL", given: []string{files}, do: book, body: `{"files":[{"id":"{first}","url":"https://x.example"}]}`, is: refused(foreign)},
		{name: "20.1 an unknown file without a URL", do: book, body: `{"files":[{"id":"x"}]}`, is: refused("Each files entry must reference an existing file by id or include a url for a new file uploaded via POST /v2/files/complete.")},
		{name: "20.1 files as text on update", do: book, body: "files=x", is: refused("files must be an array of file objects.")},
		{name: "20.1 file uploads hidden in empty values are none", do: create, body: `{"name":"x","price":100,"file":{"a":""},"preview":[]}`, has: product(`"name":"x"`)},
		{name: "20.1 a preview in an object", do: create, body: `{"name":"x","price":100,"preview":{"a":"b"}}`, has: `{"success":false,"message":"~^'preview' is not an accepted parameter"}`},
		{name: "20.1 a thumbnail in a list", do: create, body: `{"name":"x","price":100,"thumbnail":["b"]}`, has: `{"success":false,"message":"~^'thumbnail' is not an accepted parameter"}`},

		{name: "20.1 a page without a description", do: create, body: `{"name":"x","price":100,"rich_content":[{"title":"A"}]}`, has: product(`"rich_content":[{"title":"A","description":{"type":"doc","content":[]}}]`)},
		{name: "20.1 a page of a list of nodes", do: create, body: `{"name":"x","price":100,"rich_content":[{"id":"p1","description":[{"type":"paragraph"}]}]}`, has: product(`"rich_content":[{"id":"<id>","title":null,"description":{"type":"doc","content":[{"type":"paragraph"}]}}]`)},
		{name: "20.1 a page of text", do: create, body: `{"name":"x","price":100,"rich_content":[{"description":"x"}]}`, is: refused("Each rich_content page description must be a JSON object or array.")},
		{name: "20.1 a page whose content is text", do: create, body: `{"name":"x","price":100,"rich_content":[{"description":{"content":"x"}}]}`, is: refused("rich_content description content must be an array.")},
		{name: "20.1 a page of numbers", do: create, body: `{"name":"x","price":100,"rich_content":[{"description":[1]}]}`, is: refused(nodes)},
		{name: "20.1 a document of numbers", do: create, body: `{"name":"x","price":100,"rich_content":[{"description":{"content":[1]}}]}`, is: refused(nodes)},
		{name: "20.1 pages while each variant has its own", do: book, body: `{"rich_content":[]}`, is: refused("Cannot update product-level rich content while in per-variant mode. Set has_same_rich_content_for_all_variants to true first, or use the variant endpoint to update per-variant content.")},
		{name: "8 pages of a variant as text", given: []string{
			"POST /products/{digital product}/variant_categories title=Size => cat:variant_category.id",
			"POST /products/{digital product}/variant_categories/{cat}/variants name=S => v:variant.id",
		}, do: "PUT /products/{digital product}/variant_categories/{cat}/variants/{v}", body: `{"rich_content":"x"}`, is: refused("Invalid JSON in rich_content parameter.")},

		{name: "20.1 covers put in order", given: []string{"GET /products/{digital product} => cover:product.covers.0.id"}, do: update, body: `{"cover_ids":["other","{cover}"]}`, has: product(`"main_cover_id":"{cover}"`)},
		{name: "20.1 covers left out of the order", given: []string{"GET /products/{digital product} => cover:product.covers.0.id"}, do: update, body: `{"cover_ids":["other"]}`, has: product(`"main_cover_id":"{cover}"`)},
	})
}

func TestProductTerms(t *testing.T) {
	const (
		create = "POST /products"
		update = "PUT /products/{digital product}"
		policy = "PUT /products/{digital product} refund_period=7&refund_fine_print=some"
	)
	shown := func(members string) string { return `{"success":true,"product":{"refund_policy":{` + members + `}}}` }
	checkRows(t, sandbox.Options{}, []row{
		{name: "20.1 the account's refund policy", do: "GET /products/{digital product}", has: shown(`"refund_period":"inherit","title":null,"fine_print":null,"inherited":true`)},
		{name: "20.1 a refund policy", do: create, body: "name=x&price=100&refund_period=14&refund_fine_print=fine", has: shown(`"refund_period":"14","title":"14-day money back guarantee","fine_print":"fine","inherited":false`)},
		{name: "20.1 fine print of a policy there is", given: []string{policy}, do: update, body: "refund_fine_print=more", has: shown(`"refund_period":"7","fine_print":"more"`)},
		{name: "20.1 back to the account's policy", given: []string{policy}, do: update, body: "refund_period=inherit", has: shown(`"refund_period":"inherit","inherited":true`)},
		{name: "20.1 no such period", do: create, body: "name=x&refund_period=8", is: refused("refund_period must be one of: inherit, none, 7, 14, 30, 183.")},
		{name: "20.1 fine print of an inherited policy", do: create, body: "name=x&refund_period=inherit&refund_fine_print=x", is: refused("refund_fine_print cannot be set when refund_period is 'inherit'; the account-level policy's fine print applies.")},
		{name: "20.1 fine print without a policy", do: update, body: "refund_fine_print=x", is: refused("refund_fine_print requires refund_period, or an existing product-level refund policy.")},
		{name: "20.1 fine print that is no text", do: create, body: `{"name":"x","price":100,"refund_period":"7","refund_fine_print":5}`, is: refused("refund_fine_print must be a string.")},

		{name: "20.1 permalink with a space", do: create, body: "name=x&custom_permalink=a+b", is: refused("Custom permalink is invalid")},
		{name: "20.1 permalink that is taken, in another case", do: create, body: "name=x&custom_permalink=Gridsmith", is: refused("Custom permalink has already been taken")},
		{name: "20.1 unknown type", do: create, body: "name=x&native_type=boat", is: refused("Product type is not included in the list")},
		{name: "20.1 taxonomy overflows", do: create, body: `{"name":"x","price":100,"taxonomy_id":1099511627776}`, is: refused("One or more numeric values are out of range.")},
		{name: "20.1 price with a fraction", do: create, body: `{"name":"x","price":100,"price":700.9}`, has: `{"product":{"price":700}}`},
		{name: "20.1 price too large for any number", do: create, body: `{"name":"x","price":100,"price":1e9999999999}`, is: refused("One or more numeric values are out of range.")},
		{name: "20.1 price in thousands", do: create, body: "name=x&price=1_000", has: `{"product":{"price":1000}}`},
		{name: "20.1 price far out of range", do: create, body: "name=x&price=99999999999999999999", is: refused("Sorry, the price entered is too large.")},
		{name: "20.1 price far below", do: create, body: "name=x&price=-99999999999999999999", is: refused("Sorry, a product must be at least $0.99.")},
		{name: "20.1 price overflows on update", do: update, body: "price=99999999999", is: refused("Sorry, the price entered is too large.")},
		{name: "20.1 currency on update", do: update, body: "price_currency_type=EUR", has: `{"product":{"currency":"eur"}}`},
		{name: "20.1 unknown currency on update", do: update, body: "price_currency_type=doge", is: refused("'doge' is not a supported currency.")},
		{name: "20.1 summary removed", do: update, body: `{"custom_summary":null,"description":null}`, has: `{"product":{"custom_summary":null,"description":null}}`},
		{name: "20.1 pay what you want, undone", given: []string{update + " customizable_price=1"}, do: update, body: "customizable_price=off", has: `{"product":{"customizable_price":false}}`},
		{name: "20.1 pay what you want, as a number", do: update, body: `{"customizable_price":1}`, has: `{"product":{"customizable_price":true}}`},
		{name: "20.1 pay what you want, as a list", do: update, body: `{"customizable_price":[0]}`, has: `{"product":{"customizable_price":true}}`},
		{name: "20.1 category before product", do: "PUT /products/{unknown}", body: "category=nowhere", is: refused("Invalid category.")},
		{name: "20.1 warning of a code in another currency", given: []string{"POST /products name=x&price=1000 => id:product.id", "POST /products/{id}/offer_codes name=A&amount_off=800"},
			do: "PUT /products/{id}", body: "price_currency_type=eur", has: `{"warning":"The following offer code has currency mismatch with this product: A. Please update it or it will not work at checkout."}`},
		{name: "20.1 warning of two codes, each for its reason", given: []string{
			"POST /products name=x&price=1000 => id:product.id", "POST /products/{id}/offer_codes name=A&amount_off=800", "POST /products/{id}/offer_codes name=B&amount_off=75&offer_type=percent",
		}, do: "PUT /products/{id}", body: "price_currency_type=jpy&price=200", has: `{"warning":"The following offer codes have currency mismatches or would discount this product below ¥99: A, B. Please update them or they will not work at checkout."}`},
		{name: "1.5 permalink in any case", do: "GET /products/INKWSH", has: `{"product":{"id":"{digital product}"}}`},
		{name: "4.2 page key that is a list", do: "GET /products?page_key[]=x", status: 400, is: badRequest("Invalid page_key.")},
	})
}
