package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

const upsellShape = `{"id":"<id>","name":"<text>","cross_sell":"<bool>","replace_selected_products":"<bool>","universal":"<bool>","text":"<string?>","description":"<string?>","paused":"<bool>","product":{"id":"<id>","name":"<text>","currency_type":"<text>","variant":"<any>"},"discount":"<any>","selected_products":"<list>","upsell_variants":"<list>"}`

func upsell(members string) string { return `{"success":true,"upsell":{` + members + `}}` }

// versions keep the ids of the e-book's three editions as {pdf}, {epub} and {studio}.
var versions = []string{
	"GET /products/{product with variants}/variant_categories => cat:variant_categories.0.id",
	"GET /products/{product with variants}/variant_categories/{cat}/variants => pdf:variants.0.id epub:variants.1.id studio:variants.2.id",
}

func given(before []string, steps ...string) []string {
	return append(append([]string{}, before...), steps...)
}

func TestUpsells(t *testing.T) {
	checkRows(t, sandbox.Options{}, []row{
		{name: "24 show", do: "GET /upsells/{live cross-sell}", has: upsell(`"name":"Layout Lint owners","cross_sell":true,"paused":false,"universal":false,"product":{"id":"{licensed product}","currency_type":"usd","variant":null},"selected_products":[{"id":"{older licensed product}","name":"Layout Lint"}],"upsell_variants":[]`)},
		{name: "24 percent", do: "GET /upsells/{live cross-sell}", has: upsell(`"discount":{"type":"percent","percents":20,"product_ids":["{licensed product}"],"expires_at":null,"minimum_quantity":null,"duration_in_billing_cycles":null,"minimum_amount_cents":null}`)},
		{name: "24 fixed", do: "GET /upsells/{paused cross-sell}", has: upsell(`"paused":true,"universal":true,"discount":{"type":"fixed","cents":200}`), lacks: "upsell.discount.percents"},
		{name: "24 version changes", do: "GET /upsells/{live upsell}", has: upsell(`"cross_sell":false,"discount":null,"upsell_variants":[{"id":"<id>","selected_variant":{"id":"<id>","name":"PDF"},"offered_variant":{"id":"<id>","name":"PDF + EPUB"}},"<any>"]`)},
		{name: "24 a version is offered", do: "GET /upsells/{cross-sell of a version}", has: upsell(`"replace_selected_products":true,"product":{"variant":{"id":"<id>","name":"PDF"}},"selected_products":[{"id":"{digital product}"},{"id":"{free product}"}]`)},
		{name: "24 every member", do: "GET /upsells/{live upsell}", has: `{"success":true,"upsell":` + upsellShape + `}`},
		{name: "24 content upsells are invisible", do: "GET /upsells/{upsell in an e-mail}", is: notFound("upsell")},
		{name: "24 deleted", do: "GET /upsells/{deleted upsell}", is: notFound("upsell")},
		{name: "24 of another store", do: "GET /upsells/{other store's upsell}", is: notFound("upsell")},
		{name: "24 unknown", do: "GET /upsells/{live upsell}++", is: notFound("upsell")},
		{name: "24 list", do: "GET /upsells", has: `{"success":true,"upsells":[{"id":"{live upsell}"},{"id":"{paused upsell}"},{"id":"{live cross-sell}"},{"id":"{paused cross-sell}"},{"id":"{cross-sell of a version}"},{"id":"{prompt injection in an upsell}"}]}`},
		{name: "1.3 public read", do: "GET /upsells", token: "sandbox:view_public", has: `{"success":true}`},
		{name: "1.3 account", do: "GET /upsells", token: "sandbox:account", has: `{"success":true}`},
		{name: "1.3 no reading with edit_emails", do: "GET /upsells", token: "sandbox:edit_emails", status: 403, is: "empty"},
		{name: "1.3 writing needs edit_products", do: "POST /upsells", token: "sandbox:view_public+view_sales", status: 403, is: "empty", headers: []string{`WWW-Authenticate: edit_products`}},
		{name: "1.3 deleting needs edit_products", do: "DELETE /upsells/{live upsell}", token: "sandbox:view_public", status: 403, is: "empty"},
		{name: "24 delete", do: "DELETE /upsells/{live cross-sell}", is: deleted("upsell")},
		{name: "24 delete twice", given: []string{"DELETE /upsells/{live cross-sell}"}, do: "DELETE /upsells/{live cross-sell}", is: notFound("upsell")},
		{name: "24 its code dies with it", given: []string{"DELETE /upsells/{live cross-sell}"}, do: "GET /products/{licensed product}/offer_codes/{nameless code}", is: notFound("offer_code")},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{{name: "24 not in 2025", do: "GET /upsells", status: 404}})
}

func TestUpsellCreation(t *testing.T) {
	const (
		post    = "POST /upsells"
		missing = "The product, variant, or offer referenced by an external ID could not be found."
		book    = `"product_id":"{product with variants}"`
	)
	body := func(members string) string { return `{"name":"A",` + members + `}` }
	checkRows(t, sandbox.Options{}, []row{
		{name: "24 cross-sell", do: post, body: body(`"product_id":"{digital product}","cross_sell":true,"text":"T","description":"D","product_ids":["{free product}","{licensed product}"],"offer_code":{"amount_cents":200}`),
			has: upsell(`"name":"A","cross_sell":true,"universal":false,"replace_selected_products":false,"paused":false,"text":"T","description":"D","discount":{"type":"fixed","cents":200,"product_ids":["{digital product}"]},"selected_products":[{"id":"{licensed product}"},{"id":"{free product}"}]`)},
		{name: "24 universal, percent", do: post, body: body(`"product_id":"{digital product}","cross_sell":true,"universal":true,"offer_code":{"amount_percentage":25}`), has: upsell(`"universal":true,"discount":{"type":"percent","percents":25}`)},
		{name: "24 paused", do: post, body: body(`"product_id":"{digital product}","paused":true`), has: upsell(`"paused":true,"cross_sell":false`)},
		{name: "24 version", given: versions, do: post, body: body(`"product_id":"{product with variants}","cross_sell":true,"variant_id":"{epub}"`), has: upsell(`"product":{"variant":{"id":"{epub}","name":"PDF + EPUB"}}`)},
		{name: "24 version changes", given: given(versions, "DELETE /upsells/{live upsell}"), do: post, body: body(book + `,"upsell_variants":[{"selected_variant_id":"{pdf}","offered_variant_id":"{studio}"}]`), has: upsell(`"upsell_variants":[{"selected_variant":{"id":"{pdf}"},"offered_variant":{"id":"{studio}"}}]`)},
		{name: "24 without cross_sell it is a version upsell", do: post, body: body(`"product_id":"{digital product}"`), has: upsell(`"cross_sell":false`)},
		{name: "24 as a form", do: post, body: "name=A&product_id={digital product}&cross_sell=1&product_ids[]={free product}&offer_code[amount_percentage]=10", has: upsell(`"cross_sell":true,"discount":{"percents":10},"selected_products":[{"id":"{free product}"}]`)},
		{name: "24 unknown keys are ignored", do: post, body: body(`"product_id":"{digital product}","cross_sell":true,"price":1,"id":"x"`), has: upsell(`"name":"A"`)},
		{name: "24 foreign selected products are dropped", do: post, body: body(`"product_id":"{digital product}","cross_sell":true,"product_ids":["{other store's product}","{free product}","x"]`), has: upsell(`"selected_products":[{"id":"{free product}"}]`)},
		{name: "24 a word is true", do: post, body: "name=A&product_id={digital product}&cross_sell=no&paused=False&universal=n", has: upsell(`"cross_sell":true,"paused":true,"universal":true`)},
		{name: "24 words that are false", do: post, body: "name=A&product_id={digital product}&cross_sell=off&paused=0&universal=f", has: upsell(`"cross_sell":false,"paused":false,"universal":false`)},
		{name: "24 the code is the product's", given: []string{`POST /upsells {"name":"A","product_id":"{free product}","cross_sell":true,"offer_code":{"amount_percentage":10}} => id:upsell.id`},
			do: "GET /products/{free product}/offer_codes", has: `{"offer_codes":["<any>","<any>",{"name":null,"percent_off":10,"universal":false}]}`},

		{name: "24 no name", do: post, body: `{"product_id":"{digital product}","cross_sell":true}`, is: refused("Name can't be blank")},
		{name: "24 blank name", do: post, body: `{"name":" ","product_id":"{digital product}","cross_sell":true}`, is: refused("Name can't be blank")},
		{name: "24 no product", do: post, body: `{"name":"A"}`, is: refused(missing)},
		{name: "24 unknown product", do: post, body: body(`"product_id":"nonexistent"`), is: refused(missing)},
		{name: "24 foreign product", do: post, body: body(`"product_id":"{other store's product}"`), is: refused(missing)},
		{name: "24 a permalink is no id", do: post, body: body(`"product_id":"inkwsh"`), is: refused(missing)},
		{name: "24 unknown version", do: post, body: body(`"product_id":"{digital product}","cross_sell":true,"variant_id":"x"`), is: refused(missing)},
		{name: "24 version of another product", given: versions, do: post, body: body(`"product_id":"{digital product}","cross_sell":true,"variant_id":"{pdf}"`), is: refused("The offered variant must belong to the offered product.")},
		{name: "24 two reasons", given: versions, do: post, body: `{"product_id":"{digital product}","cross_sell":true,"variant_id":"{pdf}"}`, is: refused("Name can't be blank and The offered variant must belong to the offered product.")},
		{name: "24 second version upsell", do: post, body: body(book), is: refused("You can only create one upsell per product.")},
		{name: "24 second cross-sell", do: post, body: body(`"product_id":"{licensed product}","cross_sell":true`), has: upsell(`"id":"<id>"`)},
		{name: "24 changes of another product", given: versions, do: post, body: body(`"product_id":"{digital product}","upsell_variants":[{"selected_variant_id":"{pdf}","offered_variant_id":"{epub}"}]`), has: `{"success":false,"message":"~^Upsell variants"}`},
		{name: "24 two changes of one version", given: given(versions, "DELETE /upsells/{live upsell}"), do: post, body: body(book + `,"upsell_variants":[{"selected_variant_id":"{pdf}","offered_variant_id":"{epub}"},{"selected_variant_id":"{pdf}","offered_variant_id":"{studio}"}]`), is: refused("The upsell cannot have more than one upsell variant per selected variant.")},
		{name: "24 a call", given: []string{"POST /products name=Call&price=5000&native_type=call => call:product.id"}, do: post, body: body(`"product_id":"{call}","cross_sell":true`), is: refused("Calls cannot be offered as upsells.")},
		{name: "24 more than all", do: post, body: body(`"product_id":"{digital product}","cross_sell":true,"offer_code":{"amount_percentage":101}`), is: refused("Offer code Please enter a discount amount that is 100% or less.")},
		{name: "24 less than nothing", do: post, body: body(`"product_id":"{digital product}","cross_sell":true,"offer_code":{"amount_cents":-1}`), is: refused("Offer code Please enter a positive discount amount.")},
		{name: "24 below the floor", do: post, body: body(`"product_id":"{digital product}","cross_sell":true,"offer_code":{"amount_cents":1150}`), is: refused("Offer code The price after discount for all of your products must be either $0 or at least $0.99.")},
		{name: "24 no discount", do: post, body: body(`"product_id":"{digital product}","cross_sell":true,"offer_code":null`), has: upsell(`"discount":null`)},
		{name: "24 an empty discount", do: post, body: body(`"product_id":"{digital product}","cross_sell":true,"offer_code":{}`), has: upsell(`"discount":null`)},
	})
	t.Run("24 what is refused is not there", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before, codes := s.get("/upsells"), s.get("/products/{digital product}/offer_codes")
		s.expect(row{do: post, body: `{"product_id":"{digital product}","cross_sell":true,"offer_code":{"amount_cents":100}}`, is: refused("Name can't be blank")})
		if diff := cmp.Diff(before, s.get("/upsells")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(codes, s.get("/products/{digital product}/offer_codes")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestUpsellChanges(t *testing.T) {
	const (
		cross  = "PUT /upsells/{live cross-sell}"
		change = "PUT /upsells/{live upsell}"
		of     = "PUT /upsells/{cross-sell of a version}"
	)
	checkRows(t, sandbox.Options{}, []row{
		{name: "24 omitted keys are kept", do: cross, body: `{"name":"Renamed"}`, has: upsell(`"name":"Renamed","cross_sell":true,"text":"Grids to go with it","discount":{"percents":20},"selected_products":[{"id":"{older licensed product}"}]`)},
		{name: "24 version changes are kept", do: change, body: `{"paused":true}`, has: upsell(`"paused":true,"upsell_variants":["<any>","<any>"],"text":"Read it on every device"`)},
		{name: "24 a version is kept", do: of, body: `{"name":"B"}`, has: upsell(`"product":{"variant":{"name":"PDF"}},"replace_selected_products":true,"selected_products":["<any>","<any>"]`)},
		{name: "24 PATCH", do: "PATCH /upsells/{live upsell}", body: `{"paused":true}`, has: upsell(`"paused":true`)},
		{name: "24 nothing", do: change, has: upsell(`"name":"A better edition","upsell_variants":["<any>","<any>"]`)},
		{name: "24 clear the version", do: of, body: `{"variant_id":""}`, has: upsell(`"product":{"variant":null}`)},
		{name: "24 clear the products", do: of, body: `{"product_ids":[]}`, has: upsell(`"selected_products":[]`)},
		{name: "24 clear the changes", do: change, body: `{"upsell_variants":[]}`, has: upsell(`"upsell_variants":[]`)},
		{name: "24 clear the text", do: change, body: `{"text":null,"description":""}`, has: upsell(`"text":null,"description":""`)},
		{name: "24 clear the discount", do: cross, body: `{"offer_code":null}`, has: upsell(`"discount":null`)},
		{name: "24 its code is deleted then", given: []string{`PUT /upsells/{live cross-sell} {"offer_code":null}`}, do: "GET /products/{licensed product}/offer_codes/{nameless code}", is: notFound("offer_code")},
		{name: "24 one amount nulls the other", do: cross, body: `{"offer_code":{"amount_cents":500}}`, has: upsell(`"discount":{"type":"fixed","cents":500}`), lacks: "upsell.discount.percents"},
		{name: "24 the code stays the same code", given: []string{`PUT /upsells/{live cross-sell} {"offer_code":{"amount_percentage":30}}`}, do: "GET /products/{licensed product}/offer_codes/{nameless code}", has: `{"offer_code":{"percent_off":30}}`},
		{name: "24 another product drops changes", do: change, body: `{"product_id":"{digital product}"}`, has: upsell(`"product":{"id":"{digital product}"},"upsell_variants":[]`)},
		{name: "24 another product drops the version", do: of, body: `{"product_id":"{digital product}"}`, has: upsell(`"product":{"variant":null},"selected_products":["<any>","<any>"]`)},
		{name: "24 the same product drops nothing", do: change, body: `{"product_id":"{product with variants}"}`, has: upsell(`"upsell_variants":["<any>","<any>"]`)},
		{name: "24 a cross-sell has no changes", do: change, body: `{"cross_sell":true,"product_ids":["{free product}"]}`, has: upsell(`"cross_sell":true,"upsell_variants":[],"selected_products":[{"id":"{free product}"}]`)},
		{name: "24 a version upsell has no version and no products", given: []string{"DELETE /upsells/{live upsell}"}, do: of, body: `{"cross_sell":false}`, has: upsell(`"cross_sell":false,"product":{"variant":null},"selected_products":[]`)},
		{name: "24 a change stays the same change", given: given(versions, "GET /upsells/{live upsell} => row:upsell.upsell_variants.0.id"), do: change, body: `{"upsell_variants":[{"selected_variant_id":"{pdf}","offered_variant_id":"{studio}"}]}`, has: upsell(`"upsell_variants":[{"id":"{row}","offered_variant":{"id":"{studio}"}}]`)},

		{name: "24 blank name", do: change, body: `{"name":""}`, is: refused("Name can't be blank")},
		{name: "24 blank product", do: change, body: `{"product_id":""}`, is: refused("The product, variant, or offer referenced by an external ID could not be found.")},
		{name: "24 unknown change", do: change, body: `{"upsell_variants":[{"selected_variant_id":"x","offered_variant_id":"y"}]}`, is: refused("The product, variant, or offer referenced by an external ID could not be found.")},
		{name: "24 second version upsell", do: "PUT /upsells/{paused upsell}", body: `{"product_id":"{product with variants}"}`, is: refused("You can only create one upsell per product.")},
		{name: "24 unknown", do: "PUT /upsells/{unknown}", body: `{"name":"A"}`, is: notFound("upsell")},
		{name: "24 deleted", do: "PUT /upsells/{deleted upsell}", body: `{"name":"A"}`, is: notFound("upsell")},
		{name: "24 of another store", do: "PUT /upsells/{other store's upsell}", body: `{"name":"A"}`, is: notFound("upsell")},
	})
	t.Run("24 a failed change changes nothing", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := s.get("/upsells")
		for _, body := range []string{`{"name":"","offer_code":{"amount_cents":450},"product_ids":[]}`, `{"product_id":"{free product}","offer_code":{"amount_percentage":101}}`, `{"offer_code":{"amount_cents":4850}}`} {
			s.expect(row{do: cross, body: body, has: `{"success":false}`})
		}
		if diff := cmp.Diff(before, s.get("/upsells")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("24 a sale keeps the offer it was made with", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := encode(s.get("/sales/{upsell sale}"))
		s.step("DELETE /upsells/{live cross-sell}")
		if after := encode(s.get("/sales/{upsell sale}")); !strings.Contains(before, `"upsell"`) || before != after {
			t.Error(cmp.Diff(before, after))
		}
	})
}
