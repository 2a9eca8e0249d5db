package sandbox_test

import (
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestPricesShown(t *testing.T) {
	product := func(members string) string { return `{"product":{` + members + `}}` }
	version := []string{
		"POST /products name=x&price=1000 => id:product.id",
		"POST /products/{id}/variant_categories title=Size => cat:variant_category.id",
		"POST /products/{id}/variant_categories/{cat}/variants name=L&price_difference_cents=500 => v:variant.id",
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "a membership of several prices starts at the lowest", do: "GET /products/{membership}", has: product(`"formatted_price":"$9+ a month"`)},
		{name: "a membership of one price has just that", given: []string{"POST /products name=x&price=500&native_type=membership => id:product.id"}, do: "GET /products/{id}", has: product(`"formatted_price":"$5 a month"`)},
		{name: "the only version's difference is in the price", given: version, do: "GET /products/{id}", has: product(`"formatted_price":"$15","price":1000`)},
		{name: "the cheapest version decides", given: append(version, "POST /products/{id}/variant_categories/{cat}/variants name=M&price_difference_cents=200"), do: "GET /products/{id}", has: product(`"formatted_price":"$12"`)},
		{name: "what is free can be paid for", do: "GET /products/{free product}", has: product(`"formatted_price":"$0+","customizable_price":true`)},
		{name: "a price of nothing makes a product so", do: "PUT /products/{digital product}", body: "price=0", has: product(`"formatted_price":"$0+","customizable_price":true`)},
		{name: "unless a version costs something", given: append(version, "PUT /products/{id} price=0"), do: "GET /products/{id}", has: product(`"formatted_price":"$5","customizable_price":null`)},
	})
	t.Run("parity prices are of nearly every country, for each price", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		shown := s.get("/products/{product with variants}")
		for _, path := range []string{"product", "product.variants.0.options.0"} {
			if n := len(keysOf(t, shown, path+".purchasing_power_parity_prices")); n < 240 {
				t.Errorf("%s has the prices of %d countries", path, n)
			}
		}
	})
}

func TestSaleDetails(t *testing.T) {
	sale := func(members string) string { return `{"sale":{` + members + `}}` }
	checkRows(t, sandbox.Options{}, []row{
		{name: "a SKU is named by all categories at once", do: "GET /sales/{physical sale not shipped}", has: sale(`"variants":{"Size - Frame":"A3 - None"},"variants_and_quantity":"(A3 - None)"`)},
		{name: "accepted terms are true", do: "GET /sales/{sale with custom fields}", has: sale(`"custom_fields":{"https://pixelandpage.example/licence/commercial.v2":true,"Name for the dedication":"For Grandma Ruth"}`)},
		{name: "an upsell says what it began with", do: "GET /sales/{upsell sale}", has: sale(`"upsell":{"name":"Layout Lint owners","discount":"20%","selected_product":"Layout Lint","selected_version":null}`)},
		{name: "an empty tracking link is none", given: []string{"PUT /sales/{physical sale not shipped}/mark_as_shipped tracking_url=https://track.example/1"}, do: "PUT /sales/{physical sale not shipped}/mark_as_shipped", body: "tracking_url=", has: sale(`"shipped":true,"tracking_url":null`)},
		{name: "an empty title of a category stays", do: "POST /products/{digital product}/variant_categories", body: "title=", has: `{"variant_category":{"title":""}}`},
		{name: "no title is null", do: "POST /products/{digital product}/variant_categories", has: `{"variant_category":{"title":null}}`},
	})
	t.Run("a ticked box is true or false", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		id := s.buy(sandbox.Purchase{Product: "{physical product}", CustomFields: map[string]string{"Gift wrap": "false", "Wall width/height (e.g. 60.5 cm)": "true"}})
		s.expect(row{do: "GET /sales/" + id, has: sale(`"custom_fields":{"Gift wrap":false,"Wall width/height (e.g. 60.5 cm)":"true"}`)})
	})
	t.Run("products ask what their buyers have answered", func(t *testing.T) {
		s := serve(t, sandbox.Options{Sales: 400})
		for _, v := range s.walk("/sales", "sales") {
			if has, _ := at(v, "has_custom_fields"); has != true {
				continue
			}
			s.names["product"] = text(t, v, "product_id")
			if fields, _ := at(s.get("/products/{product}/custom_fields"), "custom_fields"); len(fields.([]any)) == 0 {
				t.Errorf("%s asks nothing", text(t, v, "product_name"))
			}
		}
	})
}

func TestDeletedTiers(t *testing.T) {
	checkRows(t, sandbox.Options{}, []row{
		{name: "a deleted tier can be read, without prices", given: []string{
			"GET /products/{membership}/variant_categories => tiers:variant_categories.0.id",
			"GET /products/{membership}/variant_categories/{tiers}/variants => tier:variants.0.id",
			"DELETE /products/{membership}/variant_categories/{tiers}/variants/{tier}",
		}, do: "GET /products/{membership}/variant_categories/{tiers}/variants/{tier}", has: `{"variant":{"name":"Sketch","recurrence_price_values":{"monthly":{"enabled":false},"quarterly":{"enabled":false},"biannually":{"enabled":false},"yearly":{"enabled":false},"every_two_years":{"enabled":false}}}}`},
	})
}

func TestProductRules(t *testing.T) {
	const digital = "PUT /products/{digital product}"
	const tooFew = "Sorry, you cannot limit the number of purchases to that amount."
	const oneTier = "Memberships should only have one Tier version category."
	const noOption = "Sorry, the product versions must have at least one option."
	fresh := []string{"POST /products name=x&price=1000 => id:product.id"}
	call := []string{"POST /products name=x&price=1000&native_type=call => id:product.id"}
	coffee := []string{
		"POST /products name=x&price=500&native_type=coffee => id:product.id",
		"GET /products/{id}/variant_categories => cat:variant_categories.0.id",
	}
	twoCategories := []string{
		"POST /products/{membership}/variant_categories title=Other => cat:variant_category.id",
		"POST /products/{membership}/variant_categories/{cat}/variants name=S",
	}
	emptyCategory := []string{"POST /products/{digital product}/variant_categories title=Size"}
	tag := func(name, tag, message string) row {
		return row{name: name, do: digital, body: "tags[]=" + tag, is: refused("Name A tag " + message)}
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "a price cannot be emptied", do: digital, body: "price=", is: refused("Price cents can't be blank")},
		{name: "a product needs a price", do: "POST /products", body: "name=x", is: refused("New products should be created with a price")},
		{name: "a membership needs one, too", do: "POST /products", body: "name=x&native_type=membership", is: refused("Default price cents can't be blank")},
		{name: "a limit below what was sold", do: digital, body: "max_purchase_count=1", is: refused(tooFew)},
		{name: "a negative limit is one of nothing", given: fresh, do: "PUT /products/{id}", body: "max_purchase_count=-5", has: `{"product":{"max_purchase_count":0}}`},
		tag("a long tag", "abcdefghijklmnopqrstu", "is too long. Please try again with a shorter one, under 20 characters."),
		tag("a short tag", "a", "is too short. Please try again with a longer one, above 2 characters."),
		tag("a tag with a comma", "ink,wash", "cannot start with hashes or contain commas."),
		tag("a tag with a hash", "%23ink", "cannot start with hashes or contain commas."),
		{name: "a tag of a new product", do: "POST /products", body: "name=x&price=100&tags[]=a", is: refused("Name A tag is too short. Please try again with a longer one, above 2 characters.")},
		{name: "an unknown type", do: "POST /products", body: "name=x&price=100&native_type=bogus", is: refused("Product type is not included in the list")},
		{name: "a type is not shortened", do: "POST /products", body: "name=x&price=100&native_type=e", is: refused("Product type is not included in the list")},
		{name: "a suggested price below the price", do: digital, body: "customizable_price=true&suggested_price_cents=1199", is: refused("The suggested price you entered was too low.")},
		{name: "a suggested price of a fixed one does not matter", do: digital, body: "suggested_price_cents=1199", has: `{"success":true}`},
		{name: "quantities of a membership", do: "PUT /products/{membership}", body: "quantity_enabled=true", is: refused("Customers cannot be allowed to choose a quantity for this product.")},

		{name: "a coffee has amounts instead of a price", given: coffee, do: "GET /products/{id}", has: `{"product":{"price":0,"customizable_price":true,"variants":[{"title":"Suggested Amounts","options":[{"name":"","price_difference":500}]}]}}`},
		{name: "a coffee's amount may be left out", given: coffee, do: "POST /products/{id}/variant_categories/{cat}/variants", body: "name=", has: `{"variant":{"price_difference_cents":null}}`},
		{name: "a coffee's amount is not 0", do: "POST /products", body: "name=x&price=0&native_type=coffee", is: refused("Price difference cents must be greater than 0")},
		{name: "one coffee is enough", given: coffee, do: "POST /products", body: "name=x&price=500&native_type=coffee", is: refused("You can only have one coffee product.")},
		{name: "a commission pays half in advance", do: "POST /products", body: "name=x&price=197&native_type=commission", is: refused("The commission price must be at least 1.98 USD.")},
		{name: "a call cannot be published", given: call, do: "PUT /products/{id}/enable", is: refused("Calls must have at least one duration and " + noOption)},
		{name: "a call has no durations yet", given: call, do: "GET /products/{id}", has: `{"product":{"variants":[{"title":"Duration","options":[]}]}}`},

		{name: "a membership of two categories cannot be saved", given: twoCategories, do: "PUT /products/{membership}/disable", status: 500},
		{name: "nor changed", given: twoCategories, do: "PUT /products/{membership}", body: "name=x", is: refused(oneTier)},
		{name: "a deleted product with an empty category can be disabled", given: append(emptyCategory, "DELETE /products/{digital product}"), do: "PUT /products/{digital product}/disable", has: `{"product":{"deleted":true,"published":false}}`},
		{name: "but not published", given: append(emptyCategory, "DELETE /products/{digital product}"), do: "PUT /products/{digital product}/enable", is: refused(noOption)},
		{name: "its fields cannot be changed while a category is empty", given: append(emptyCategory, "POST /products/{digital product}/custom_fields name=Note"), do: "PUT /products/{digital product}/custom_fields/Note", body: "required=true", is: refused("The custom_field was unable to be modified.")},
		{name: "a field of an empty type", do: "POST /products/{digital product}/custom_fields", body: "name=Note&type=", is: refused("Field type is not included in the list")},
		{name: "terms at an address with a space", do: "POST /products/{digital product}/custom_fields", body: "type=terms&name=https://terms.example/of%20sale", is: refused("Please provide a valid URL for custom field of Terms type.")},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "a field of an empty type in 2025", do: "POST /products/{digital product}/custom_fields", body: "name=Note&type=", is: refused("The custom_field was unable to be created.")},
	})
	t.Run("covers that are not named come first", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("GET /products/{digital product} => cover:product.main_cover_id")
		s.expect(row{do: digital, body: "cover_ids[]=nonsense", has: `{"product":{"main_cover_id":"{cover}"}}`})
	})
}

func TestOfferCodeRules(t *testing.T) {
	const digital = "POST /products/{digital product}/offer_codes"
	const taken = "Discount code must be unique."
	const floor = "The price after discount for all of your products must be either $0 or at least $0.99."
	// A product whose code fits its price when it is made, and a version of it.
	version := func(price, off, difference string) []string {
		return []string{
			"POST /products name=x&price=" + price + " => id:product.id",
			"POST /products/{id}/offer_codes name=off&amount_off=" + off,
			"POST /products/{id}/variant_categories title=Size => cat:variant_category.id",
			"POST /products/{id}/variant_categories/{cat}/variants name=L&price_difference_cents=" + difference,
		}
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "on a product, case makes another code", do: digital, body: "name=brush5&amount_off=100", has: `{"offer_code":{"name":"brush5"}}`},
		{name: "the same code does not", do: digital, body: "name=BRUSH5&amount_off=100", is: refused(taken)},
		{name: "a universal code is the only one of its name, whatever the currency", do: digital, body: "name=DREI&amount_off=100&universal=true", is: refused(taken)},
		{name: "in any case", do: digital, body: "name=drei&amount_off=100&universal=true", is: refused(taken)},
		{name: "an unpublished product does not stop a universal code", given: []string{"POST /products name=x&price=120&draft=true"}, do: digital, body: "name=A&amount_off=100&universal=true", has: `{"success":true}`},
		{name: "a published one does", given: []string{"POST /products name=x&price=150 => id:product.id", "PUT /products/{id}/enable"}, do: digital, body: "name=A&amount_off=100&universal=true", is: refused(floor)},
		{name: "of two faults the price is named first", do: digital, body: "name=BRUSH5&amount_off=1150", is: refused(floor + " and " + taken)},
		{name: "a percentage beyond all numbers is beyond 100", do: digital, body: "name=A&offer_type=percent&amount_off=99999999999", is: refused("Please enter a discount amount that is 100% or less.")},
		{name: "publishing asks about the product's own price alone", given: version("1000", "1000", "50"), do: "PUT /products/{id}/enable", has: `{"success":true}`},
		{name: "even where every version fits", given: append(version("139", "40", "100"), "PUT /products/{id} price=130"), do: "PUT /products/{id}/enable", is: refused("An existing discount code puts the price of this product below the $0.99 minimum after discount.")},
	})
}

func TestOwnWebhooksOnly(t *testing.T) {
	const list = "GET /resource_subscriptions?resource_name=sale&current_oauth_application_only="
	given := []string{"PUT /resource_subscriptions resource_name=sale&post_url=https://h.example/ => hook:resource_subscription.id"}
	const own = `{"resource_subscriptions":[{"id":"{hook}"}]}`
	const all = `{"resource_subscriptions":["<object>","<object>","<object>"]}`
	checkRows(t, sandbox.Options{}, []row{
		{name: "1 is true", given: given, do: list + "1", has: own},
		{name: "true is true", given: given, do: list + "true", has: own},
		{name: "any other word is true", given: given, do: list + "no", has: own},
		{name: "0 is false", given: given, do: list + "0", has: all},
		{name: "nothing is false", given: given, do: list, has: all},
	})
}

func TestComparableProducts(t *testing.T) {
	const comps = "GET /products/comps"
	checkRows(t, sandbox.Options{}, []row{
		{name: "comps is no product", do: comps, is: refused("A taxonomy or query parameter is required.")},
		{name: "prices of a category", do: comps + "?taxonomy=drawing-and-painting", has: `{"comps":{"count":1,"currency":"usd","price_cents":{"p25":1200,"p50":1200,"p75":1200},"examples":[{"name":"Ink & Wash: 48 Brushes for Procreate","price":"$12","url":"~/l/ink-and-wash$"}]}}`},
		{name: "prices of a search", do: comps + "?query=club", has: `{"comps":{"count":1,"price_cents":{"p50":900}}}`},
		{name: "in another currency", do: comps + "?query=aquarell&price_currency_type=EUR", has: `{"comps":{"count":1,"currency":"eur"}}`},
		{name: "nothing like it", do: comps + "?query=anvil", is: `{"success":true,"comps":{"count":0,"currency":"usd","price_cents":{"p25":null,"p50":null,"p75":null},"examples":[]}}`},
		{name: "a query that is no text", do: comps + "?query[]=x", is: refused("query must be a string.")},
		{name: "a currency nobody sells in", do: comps + "?query=x&price_currency_type=Doge", is: refused("'Doge' is not a supported currency.")},
		{name: "an unknown category", do: comps + "?taxonomy=boats", is: refused("The taxonomy was not found.")},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "in 2025 it was looked for", do: comps, is: notFound("product")},
	})
}
