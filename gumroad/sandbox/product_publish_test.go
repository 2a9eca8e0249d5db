package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestCreateAndPublish(t *testing.T) {
	const create = "POST /products"
	onSale := func(warning string) string {
		if warning == "" {
			return `{"success":true,"product":{"published":true}}`
		}
		return fmt.Sprintf(`{"success":true,"product":{"published":false},"warning":%q}`, "Saved as a draft: "+warning)
	}
	const draft = `{"success":true,"product":{"published":false}}`
	checkRows(t, sandbox.Options{}, []row{
		{name: "a new product is on sale at once", do: create, body: "name=x&price=700", has: onSale(""), lacks: "warning"},
		{name: "a draft is not", do: create, body: "name=x&price=700&draft=true", has: draft, lacks: "warning"},
		{name: "any word makes a draft", do: create, body: "name=x&price=700&draft=yes", has: draft},
		{name: "false makes none", do: create, body: "name=x&price=700&draft=false", has: onSale("")},
		{name: "unpublished is a draft", do: create, body: `{"name":"x","price":700,"published":false}`, has: draft, lacks: "warning"},
		{name: "unpublished as text", do: create, body: "name=x&price=700&published=false", has: draft},
		{name: "published says nothing new", do: create, body: "name=x&price=700&published=true", has: onSale("")},
		{name: "a draft wins over published", do: create, body: "name=x&price=700&published=true&draft=1", has: draft},
		{name: "an empty bundle stays a draft", do: create, body: "name=x&price=700&native_type=bundle", has: onSale("Bundles must have at least one product.")},
		{name: "a call stays a draft", do: create, body: "name=x&price=700&native_type=call", has: onSale("Calls must have at least one duration and Sorry, the product versions must have at least one option.")},
		{name: "a universal code that leaves too little", do: create, body: "name=x&price=250", has: onSale("An existing discount code puts the price of this product below the $0.99 minimum after discount.")},
		{name: "moderation keeps a draft", do: create, body: "name=Counterfeit+watches&price=700", has: onSale("This product can’t be saved because it looks like it contains counterfeit goods. Please update the content to follow our content guidelines.")},
		{name: "a draft is not moderated", do: create, body: "name=Counterfeit+watches&price=700&draft=1", has: draft, lacks: "warning"},
		{name: "nor is a change of one", given: []string{"POST /products name=x&price=700&draft=1 => id:product.id"}, do: "PUT /products/{id}", body: "name=Miracle", has: `{"success":true}`},
		{name: "a published product is", do: "PUT /products/{digital product}", body: "description=%3Cp%3EA+miracle%3C/p%3E", is: refused("This product can’t be saved because it looks like it contains something that may violate our content guidelines. Please update the content to follow our content guidelines.")},
		{name: "unless something else changes", given: []string{"POST /products name=Miracle&price=700&draft=1 => id:product.id"}, do: "PUT /products/{id}", body: "price=800", has: `{"success":true}`},
		{name: "publishing is moderated", given: []string{"POST /products name=Giveaway&price=700&draft=1 => id:product.id"}, do: "PUT /products/{id}/enable", is: refused("This product can’t be saved because it looks like it contains a giveaway or sweepstakes. Please update the content to follow our content guidelines.")},
		{name: "what is enabled was a draft", given: []string{"POST /products name=x&price=700&draft=1 => id:product.id"}, do: "PUT /products/{id}/enable", has: onSale("")},
		{name: "enable is a PUT", do: "POST /products/{draft product}/enable", status: 404},
		{name: "published is no field of a change", do: "PUT /products/{digital product}", body: "published=false&draft=true", has: onSale("")},

		{name: "adult words are refused", do: create, body: "name=NSFW+pack&price=700&is_adult=true", is: refused("Adult keywords are not allowed")},
		{name: "in a description too", do: "PUT /products/{draft product}", body: "description=%3Cb%3Exxx%3C/b%3E", is: refused("Adult keywords are not allowed")},
		{name: "part of a word is no word", do: create, body: "name=Unporncast&price=700", has: onSale("")},
		{name: "all that is wrong, in one sentence", do: create, body: "name=&price=5&custom_permalink=a+b&native_type=boat&description=xxx", is: refused("Name can't be blank, Sorry, a product must be at least $0.99., Custom permalink is invalid, Product type is not included in the list, and Adult keywords are not allowed")},
		{name: "a price beyond all numbers", do: create, body: "name=x&price=2147483648", is: refused("Sorry, the price entered is too large.")},
		{name: "a negative price", do: create, body: "name=x&price=-500", is: refused("Sorry, a product must be at least $0.99.")},
		{name: "a free product can be paid for", do: create, body: "name=x&price=0", has: `{"product":{"price":0,"customizable_price":true}}`},
		{name: "the order of durations", do: create, body: "name=x&price=700&native_type=membership&subscription_duration=weekly", is: refused("Invalid subscription duration 'weekly'. Valid values: monthly, yearly, quarterly, biannually, every_two_years.")},
		{name: "a blank summary is none", do: create, body: "name=x&price=700&custom_summary=", has: `{"product":{"custom_summary":null}}`},
		{name: "ignored when new", do: create, body: `{"name":"x","price":700,"quantity_enabled":true,"custom_html":"<p>x</p>","custom_receipt":"Thanks"}`, has: `{"success":true,"product":{"custom_html":null,"custom_receipt":null}}`, lacks: "sanitization_report"},
		{name: "an upsell in a description gets an id", do: create, body: `{"name":"x","price":700,"description":"<upsell-card productid=\"p\"></upsell-card>"}`, has: `{"product":{"description":"~^<upsell-card productid=\"p\" id=\"[^\"]+\"></upsell-card>$"}}`},
		{name: "and keeps it", do: create, body: `{"name":"x","price":700,"description":"<upsell-card id=\"u\"></upsell-card>"}`, has: `{"product":{"description":"<upsell-card id=\"u\"></upsell-card>"}}`},
	})
	t.Run("a hundred products a day", func(t *testing.T) {
		s := serve(t, sandbox.Options{Unthrottled: true})
		for range 100 {
			s.step("POST /products name=x&price=700&draft=1 => id:product.id")
		}
		s.step("DELETE /products/{id}")
		s.expect(row{do: create, body: "name=x&price=700", is: refused("Sorry, you can only create 100 products per day.")})
		s.clock.Advance(24 * time.Hour)
		s.expect(row{do: create, body: "name=x&price=700", has: onSale("")})
	})
}

func TestProductFields2026(t *testing.T) {
	const update = "PUT /products/{digital product}"
	checkRows(t, sandbox.Options{}, []row{
		{name: "fields of one product that lists lack", do: "GET /products", lacks: "products.0.custom_html products.0.refund_policy products.0.sections products.0.files products.0.rich_content products.0.main_section_index"},
		{name: "fields that lists have", do: "GET /products", has: `{"products":["<any>",{"landing_url":"<text>","covers":"<list>","category":"<text>","bundle_products":[]},"<any>","<any>","<any>","<any>","<any>","<any>","<any>","<any>"]}`},
		{name: "sections of a page", do: "GET /products/{digital product}", has: `{"product":{"main_section_index":1,"sections":[{"id":"<id>","type":"rich_text","header":"From the studio","hide_header":false},{"type":"products","shown_products":["<id>"],"default_product_sort":"page_layout","show_filters":false,"add_new_products":false},{"type":"featured_product","header":null,"hide_header":true,"featured_product":"<id>"}]}}`},
		{name: "no sections", do: "GET /products/{EUR product}", has: `{"product":{"main_section_index":0,"sections":[]}}`},
		{name: "the landing address is the product's", given: []string{"GET /products/{digital product} => url:product.short_url"}, do: "GET /products/{digital product}", has: `{"product":{"landing_url":"{url}"}}`},

		{name: "an empty taxonomy clears it", do: update, body: "taxonomy_id=", has: `{"product":{"taxonomy_id":null,"category":null,"category_label":null}}`},
		{name: "null too", do: update, body: `{"taxonomy_id":null}`, has: `{"product":{"category":null}}`},
		{name: "an empty category does nothing", do: update, body: "category=", has: `{"product":{"category":"drawing-and-painting/digital-illustration/procreate"}}`},
		{name: "a new product without a category is among the others", do: "POST /products", body: "name=x&price=700&category=&taxonomy_id=", has: `{"product":{"category":"other","category_label":"Other"}}`},

		{name: "no refunds", do: update, body: "refund_period=none", has: `{"product":{"refund_policy":{"refund_period":"none","title":"No refunds allowed","fine_print":null,"inherited":false}}}`},
		{name: "a period that is a number", do: update, body: `{"refund_period":7}`, is: refused("refund_period must be one of: inherit, none, 7, 14, 30, 183.")},
		{name: "a period alone keeps the fine print", given: []string{update + " refund_period=7&refund_fine_print=some"}, do: update, body: "refund_period=14", has: `{"product":{"refund_policy":{"refund_period":"14","fine_print":"some"}}}`},
		{name: "an empty fine print clears it", given: []string{update + " refund_period=7&refund_fine_print=some"}, do: update, body: "refund_fine_print=", has: `{"product":{"refund_policy":{"refund_period":"7","fine_print":null}}}`},
		{name: "tags leave the fine print", do: update, body: "refund_period=7&refund_fine_print=%3Cb%3Eall%3C/b%3E+good", has: `{"product":{"refund_policy":{"fine_print":"all good"}}}`},
		{name: "to inherit is no change of a new product", do: "POST /products", body: "name=x&price=700&refund_period=inherit", has: `{"product":{"refund_policy":{"refund_period":"inherit","inherited":true}}}`},

		{name: "a flag takes few words for yes", given: []string{"PUT /products/{EUR product} quantity_enabled=yes"}, do: "PUT /products/{membership}", body: "quantity_enabled=yes", has: `{"success":true}`},
		{name: "t is one", do: "PUT /products/{membership}", body: "quantity_enabled=t", is: refused("Customers cannot be allowed to choose a quantity for this product.")},
		{name: "a column takes any", do: update, body: "customizable_price=no", has: `{"product":{"customizable_price":true}}`},
		{name: "a column takes few words for no", do: update, body: "customizable_price=f", has: `{"product":{"customizable_price":false}}`},

		{name: "the currency of a membership", do: "PUT /products/{membership}", body: "price_currency_type=eur", is: refused("Currency cannot be updated for tiered membership products. Use the variant endpoints to manage tier pricing.")},
		{name: "its own is no change", do: "PUT /products/{membership}", body: "price_currency_type=USD", has: `{"success":true}`},
		{name: "a price before a currency nobody knows", do: "PUT /products/{membership}", body: "price=5&price_currency_type=doge", has: `{"message":"~^Price cannot be updated"}`},
		{name: "a new currency keeps the number", do: update, body: "price_currency_type=eur", has: `{"product":{"price":1200,"currency":"eur"}}`},
		{name: "and its minimum counts", do: update, body: "price_currency_type=twd", is: refused("Sorry, a product must be at least NT$29.99.")},
		{name: "an empty currency", do: update, body: "price_currency_type=", is: refused("'' is not a supported currency.")},
		{name: "PATCH speaks of PUT", do: "PATCH /products/{digital product}", body: "file=a", has: `{"message":"~^'file' is not an accepted parameter on PUT /v2/products/:id\\. "}`},
		{name: "the warning comes with any change while a code is bad", given: []string{
			"POST /products name=x&price=900 => id:product.id", "POST /products/{id}/offer_codes name=A&amount_off=750", "PUT /products/{id} price=840",
		}, do: "PUT /products/{id}", body: "name=y", has: `{"warning":"The following offer code discounts this product below $0.99: A. Please update it or it will not work at checkout."}`},
	})
}
