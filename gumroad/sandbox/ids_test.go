package sandbox_test

import (
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// TestIDsWithoutPadding: the padding of an id says nothing, so an id is found without it, wherever it stands.
func TestIDsWithoutPadding(t *testing.T) {
	const product, variant = "/products/{bare product}", "/variant_categories/{bare category}/variants/{bare variant}"
	for _, r := range []row{
		{name: "a product", do: "GET " + product, has: `{"product":{"id":"{product}"}}`},
		{name: "a variant category", do: "GET " + product + "/variant_categories/{bare category}", has: `{"variant_category":{"id":"{category}"}}`},
		{name: "a variant", do: "GET " + product + variant, has: `{"variant":{"id":"{variant}"}}`},
		{name: "an offer code", do: "GET " + product + "/offer_codes/{bare code}", has: `{"offer_code":{"id":"{code}"}}`},
		{name: "a sale", do: "GET /sales/{bare sale}", has: `{"sale":{"id":"{sale}"}}`},
		{name: "a subscriber", do: "GET /subscribers/{bare subscriber}", has: `{"subscriber":{"id":"{subscriber}"}}`},
		{name: "a resource subscription", do: "DELETE /resource_subscriptions/{bare hook}", is: deleted("resource_subscription")},
		{name: "a filter of sales", do: "GET /sales?product_id={bare product}", has: `{"sales":"<list>","next_page_key":"<page key>"}`},
		{name: "the product of a licence", do: "POST /licenses/verify", body: "product_id={bare licensed}&license_key={working licence key.key}", has: `{"success":true}`},
		{name: "half of the padding is none", do: "GET " + product + "=", is: notFound("product")},
		{name: "more padding is none", do: "GET /sales/{sale}=", is: notFound("sale")},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := serve(t, sandbox.Options{Sales: 400})
			s.names["product"], s.names["sale"] = s.names["product with variants"], s.names["USD sale not refunded"]
			s.names["subscriber"], s.names["code"] = s.names["subscriber alive"], s.names["used-up code"]
			s.names["licensed"] = s.names["licensed product"]
			s.step("GET /products/{product}/variant_categories => category:variant_categories.0.id")
			s.step("GET /products/{product}/variant_categories/{category}/variants => variant:variants.0.id")
			s.step("PUT /resource_subscriptions resource_name=sale&post_url=https://h.example/ => hook:resource_subscription.id")
			for _, name := range []string{"product", "category", "variant", "code", "sale", "subscriber", "hook", "licensed"} {
				s.names["bare "+name] = strings.TrimSuffix(s.names[name], "==")
			}
			s.expect(r)
		})
	}
}

// TestFilterBySomeProduct: an id cannot be made up, because it would not decrypt.
func TestFilterBySomeProduct(t *testing.T) {
	const invalid = "Invalid product ID."
	checkRows(t, sandbox.Options{}, []row{
		{name: "a made-up id is invalid", do: "GET /sales?product_id={unknown}", status: 400, is: badRequest(invalid)},
		{name: "another store's product has no sales here", do: "GET /sales?product_id={other store's product}", is: `{"success":true,"sales":[]}`},
		{name: "the id of a sale names no product", do: "GET /sales?product_id={USD sale not refunded}", is: `{"success":true,"sales":[]}`},
	})
}

// TestDatesAndPageKeys: dates are read as Ruby reads them.
func TestDatesAndPageKeys(t *testing.T) {
	const none = `{"success":true,"sales":[]}`
	checkRows(t, sandbox.Options{}, []row{
		{name: "a date for a page key", do: "GET /sales?page_key=2023-01-19", status: 400, is: badRequest("Invalid page_key.")},
		{name: "a page key whose time has no digits finds nothing", do: "GET /sales?page_key=soon-12345", is: none},
		{name: "a year of two digits is one of antiquity", do: "GET /sales?before=25-11-01", is: none},
		{name: "so is the day of a date in the other order", do: "GET /sales?before=03-10-2026", is: none},
	})
}

func TestLinksOfTheSeller(t *testing.T) {
	checkRows(t, sandbox.Options{}, []row{
		{name: "the seller's own permalinks come before the generated ones", do: "GET /user", has: `{"user":{"links":["layout-lint","ink-and-wash","quiet-grid","wllppr","tdlfrm","club","ltrcrs","gridsmith","strtbn","clrmix","aqrlpp","wsshtx","fldnts","mrgnzn"]}}`},
	})
}
