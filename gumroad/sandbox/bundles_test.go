package sandbox_test

import (
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestBundleContents(t *testing.T) {
	const (
		bundle = "PUT /products/{bundle}/bundle_contents"
		fresh  = "PUT /products/{id}/bundle_contents"
		brush  = `{"product_id":"{digital product}"}`
	)
	draft := []string{"POST /products name=b&price=900&native_type=bundle => id:product.id"}
	book := append(draft, "GET /products/{product with variants}/variant_categories => cat:variant_categories.0.id",
		"GET /products/{product with variants}/variant_categories/{cat}/variants => pdf:variants.0.id")
	filled := append(draft, `PUT /products/{id}/bundle_contents {"products":[`+brush+`]}`)
	of := func(rows string) string { return `{"products":[` + rows + `]}` }
	shown := func(rows string) string { return `{"success":true,"product":{"bundle_products":[` + rows + `]}}` }
	const nothing = `{"success":true,"product":{"bundle_products":[]}}`
	checkRows(t, sandbox.Options{}, []row{
		{name: "the demo's", do: "GET /products/{bundle}", has: `{"product":{"bundle_products":[{"product_id":"{digital product}","variant_id":null,"quantity":1,"position":0},{"product_id":"{product with variants}","variant_id":"<id>","quantity":1,"position":1}]}}`},
		{name: "the list replaces the old one", do: bundle, body: of(`{"product_id":"{licensed product}","quantity":3,"position":1},{"product_id":"{digital product}","position":0}`), has: shown(`{"product_id":"{digital product}","quantity":1,"position":0},{"product_id":"{licensed product}","quantity":3,"position":1}`)},
		{name: "positions are not implied", given: draft, do: fresh, body: of(brush), has: shown(`{"product_id":"{digital product}","variant_id":null,"quantity":1,"position":null}`)},
		{name: "numbers may be text", given: draft, do: fresh, body: of(`{"product_id":"{digital product}","quantity":"2","position":"4"}`), has: shown(`{"quantity":2,"position":4}`)},
		{name: "no quantity is one", given: draft, do: fresh, body: of(`{"product_id":"{digital product}","quantity":null}`), has: shown(`{"quantity":1}`)},
		{name: "a form of rows", given: draft, do: fresh, body: "products[][product_id]={digital product}&products[][quantity]=2", has: shown(`{"quantity":2}`)},
		{name: "an option", given: book, do: fresh, body: of(`{"product_id":"{product with variants}","variant_id":"{pdf}"}`), has: shown(`{"variant_id":"{pdf}"}`)},
		{name: "again is the same", given: filled, do: fresh, body: of(brush), has: shown(`{"product_id":"{digital product}"}`)},
		{name: "no key clears an unpublished bundle", given: filled, do: fresh, has: nothing},
		{name: "an empty list too", given: filled, do: fresh, body: `{"products":[]}`, has: nothing},
		{name: "null too", given: filled, do: fresh, body: `{"products":null}`, has: nothing},
		{name: "and texts, which are no rows", given: filled, do: fresh, body: `{"products":["{digital product}"]}`, has: nothing},
		{name: "then it can be published", given: filled, do: "PUT /products/{id}/enable", has: `{"product":{"published":true}}`},
		{name: "without POST", do: "POST /products/{bundle}/bundle_contents", body: of(brush), status: 404},

		{name: "no bundle", do: "PUT /products/{digital product}/bundle_contents", body: "products=x", is: refused("This product is not a bundle.")},
		{name: "text", do: bundle, body: `{"products":"x"}`, is: refused("Products must be an array.")},
		{name: "an indexed form", do: bundle, body: "products[0][product_id]={digital product}", is: refused("Products must be an array.")},
		{name: "quantity before the product", do: bundle, body: of(`{"product_id":"{unknown}","quantity":"2.5"}`), is: refused("Quantity must be an integer greater than 0.")},
		{name: "a quantity of nothing", do: bundle, body: of(`{"product_id":"{digital product}","quantity":0}`), is: refused("Quantity must be an integer greater than 0.")},
		{name: "a quantity of no number", do: bundle, body: of(`{"product_id":"{digital product}","quantity":true}`), is: refused("Quantity must be an integer greater than 0.")},
		{name: "too large a quantity", do: bundle, body: of(`{"product_id":"{digital product}","quantity":2147483648}`), is: refused("Quantity must be an integer greater than 0.")},
		{name: "a position of no number", do: bundle, body: of(`{"product_id":"{digital product}","position":"first"}`), is: refused("Position must be a valid integer.")},
		{name: "an empty position", given: draft, do: fresh, body: of(`{"product_id":"{digital product}","position":""}`), has: shown(`{"position":null}`)},
		{name: "an unknown product", do: bundle, body: of(`{"product_id":"{unknown}"}`), is: refused("One or more products could not be found.")},
		{name: "a permalink is no id", do: bundle, body: of(`{"product_id":"inkwsh"}`), is: refused("One or more products could not be found.")},
		{name: "another seller's", do: bundle, body: of(`{"product_id":"{other store's product}"}`), is: refused("The product must belong to the bundle's seller")},
		{name: "several options and none named", do: bundle, body: of(`{"product_id":"{product with variants}"}`), is: refused("Bundle product must have variant specified for versioned product")},
		{name: "an unknown option is none", do: bundle, body: of(`{"product_id":"{product with variants}","variant_id":"{unknown}"}`), is: refused("Bundle product must have variant specified for versioned product")},
		{name: "another product's option", given: book, do: bundle, body: of(`{"product_id":"{digital product}","variant_id":"{pdf}"}`), is: refused("The bundle product's variant must belong to its product")},
		{name: "a bundle in itself", do: bundle, body: of(`{"product_id":"{bundle}"}`), is: refused("A bundle product cannot be added to a bundle")},
		{name: "a membership", given: []string{
			"GET /products/{membership}/variant_categories => cat:variant_categories.0.id",
			"GET /products/{membership}/variant_categories/{cat}/variants => tier:variants.0.id",
		}, do: bundle, body: of(`{"product_id":"{membership}","variant_id":"{tier}"}`), is: refused("A subscription product cannot be added to a bundle")},
		{name: "a call", given: []string{"POST /products name=c&price=900&native_type=call => call:product.id"}, do: bundle, body: of(`{"product_id":"{call}"}`), is: refused("A call product cannot be added to a bundle")},
		{name: "twice", do: bundle, body: of(brush + "," + brush), is: refused("Product is already in bundle")},
		{name: "a published bundle cannot be emptied", do: bundle, body: `{"products":[]}`, is: refused("Bundles must have at least one product.")},
		{name: "a refusal changes nothing", given: draft, do: fresh, body: of(brush + `,{"product_id":"{unknown}"}`), is: refused("One or more products could not be found.")},
		{name: "a category without options is in the way", given: append(filled, "POST /products/{id}/variant_categories title=Size"), do: fresh, body: of(brush), is: refused("Sorry, the product versions must have at least one option.")},
		{name: "an unknown bundle", do: "PUT /products/{unknown}/bundle_contents", body: of(brush), is: notFound("product")},
	})
}
