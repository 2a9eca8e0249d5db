package sandbox_test

import (
	"slices"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestBuy(t *testing.T) {
	for _, c := range []struct {
		name  string
		given []string
		buy   sandbox.Purchase
		has   string // of the sale
	}{
		{name: "with a licence", buy: sandbox.Purchase{Product: "{licensed product}"}, has: `{"license_key":"<license>","license_uses":0}`},
		{name: "a tier for a year", buy: sandbox.Purchase{Product: "{membership}", Variants: []string{"Studio"}, Recurrence: "yearly"},
			has: `{"price":24000,"formatted_display_price":"$240 a year","recurring_charge":false,"subscription_id":"<id>"}`},
		{name: "the first option where none is named", buy: sandbox.Purchase{Product: "{membership}"}, has: `{"variants":{"Tier":"Sketch"},"price":900}`},
		{name: "options in any order", buy: sandbox.Purchase{Product: "{physical product}", Variants: []string{"Oak", "A3"}},
			has: `{"price":9900,"variants_and_quantity":"(A3 - Oak)"}`},
		{name: "the product's own period", buy: sandbox.Purchase{Product: "{fixed-length subscription}"}, has: `{"formatted_display_price":"$39 a month"}`},
		{name: "a bundle", buy: sandbox.Purchase{Product: "{bundle}", FullName: "Ann"}, has: `{"is_bundle_purchase":true,"full_name":"Ann"}`},
		{name: "a pre-order", buy: sandbox.Purchase{Product: "{pre-order product}"}, has: `{"is_preorder_authorization":true}`},
		{name: "an offer code in any case", buy: sandbox.Purchase{Product: "{digital product}", OfferCode: "brush5"},
			has: `{"price":700,"offer_code":{"name":"BRUSH5"}}`},
		{name: "an option of a category without a title", given: []string{
			"POST /products/{digital product}/variant_categories => cat:variant_category.id",
			"POST /products/{digital product}/variant_categories/{cat}/variants name=A4",
		}, buy: sandbox.Purchase{Product: "{digital product}"}, has: `{"variants":{"Version":"A4"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			for _, given := range c.given {
				s.step(given)
			}
			s.expect(row{do: "GET /sales/" + s.buy(c.buy), has: `{"sale":` + c.has + `}`})
		})
	}
	t.Run("a purchase is counted", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("POST /products/{digital product}/offer_codes name=once&amount_off=100&max_purchase_count=1 => code:offer_code.id")
		s.buy(sandbox.Purchase{Product: "{digital product}", OfferCode: "once"})
		s.expect(row{do: "GET /products/{digital product}/offer_codes/{code}", has: `{"offer_code":{"times_used":1}}`})
	})
	t.Run("a membership makes a subscriber", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.names["sale"] = s.buy(sandbox.Purchase{Product: "{membership}"})
		s.step("GET /sales/{sale} => subscriber:sale.subscription_id")
		s.expect(row{do: "GET /subscribers/{subscriber}", has: `{"subscriber":{"status":"alive","purchase_ids":["{sale}"]}}`})
		if newest := ids(t, s.get("/products/{membership}/subscribers"), "subscribers")[0]; newest != s.names["subscriber"] {
			t.Errorf("the newest subscriber is %s", newest)
		}
	})
	t.Run("pre-orders and the seller's own purchases are not listed", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		own := text(t, s.get("/user"), "user.email")
		hidden := []string{s.buy(sandbox.Purchase{Product: "{pre-order product}"}), s.buy(sandbox.Purchase{Product: "{membership}", Email: own})}
		for _, id := range ids(t, s.get("/sales"), "sales") {
			if slices.Contains(hidden, id) {
				t.Errorf("%s is listed", id)
			}
		}
	})
	t.Run("the seller's own subscription is not listed", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.names["sale"] = s.buy(sandbox.Purchase{Product: "{membership}", Email: text(t, s.get("/user"), "user.email")})
		s.step("GET /sales/{sale} => subscriber:sale.subscription_id")
		if slices.Contains(ids(t, s.get("/products/{membership}/subscribers"), "subscribers"), s.names["subscriber"]) {
			t.Error("it is")
		}
	})
}

func TestBuyRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		given []string
		buy   sandbox.Purchase
	}{
		{name: "nothing"},
		{name: "an unknown product", buy: sandbox.Purchase{Product: "nobody"}},
		{name: "a draft", buy: sandbox.Purchase{Product: "{draft product}"}},
		{name: "a negative quantity", buy: sandbox.Purchase{Product: "{digital product}", Quantity: -1}},
		{name: "a sold-out product", given: []string{"PUT /products/{free product} max_purchase_count=100"}, buy: sandbox.Purchase{Product: "{free product}", Quantity: 100}},
		{name: "a sold-out option", buy: sandbox.Purchase{Product: "{product with variants}", Variants: []string{"Studio licence"}, Quantity: 501}},
		{name: "a category without options", given: []string{"POST /products/{pay-what-you-want product}/variant_categories"}, buy: sandbox.Purchase{Product: "{pay-what-you-want product}"}},
		{name: "an unknown option", buy: sandbox.Purchase{Product: "{product with variants}", Variants: []string{"Scroll"}}},
		{name: "a period the tier lacks", buy: sandbox.Purchase{Product: "{membership}", Recurrence: "daily"}},
		{name: "a membership without a tier", given: []string{
			"GET /products/{membership}/variant_categories => tiers:variant_categories.0.id",
			"DELETE /products/{membership}/variant_categories/{tiers}",
		}, buy: sandbox.Purchase{Product: "{membership}"}},
		{name: "an unknown offer code", buy: sandbox.Purchase{Product: "{digital product}", OfferCode: "NONE"}},
		{name: "an expired offer code", buy: sandbox.Purchase{Product: "{digital product}", OfferCode: "SPRING"}},
		{name: "a used-up offer code", buy: sandbox.Purchase{Product: "{product with variants}", OfferCode: "LAUNCH50"}},
		{name: "an offer code of another product", buy: sandbox.Purchase{Product: "{digital product}", OfferCode: "DREI"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			for _, given := range c.given {
				s.step(given)
			}
			c.buy.Product = s.fill(c.buy.Product)
			before := dump(s)
			if id, err := s.Buy(c.buy); err == nil {
				t.Errorf("sold as %s", id)
			}
			same(t, before, dump(s))
		})
	}
}
