package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestOfferCodeJSON(t *testing.T) {
	const percent, fixed = "id name max_purchase_count universal times_used percent_off", "id name max_purchase_count universal times_used amount_cents"
	for _, version := range []struct {
		name    string
		options sandbox.Options
		late    string
	}{{"5.1", sandbox.Options{}, " minimum_amount_cents"}, {"5.1 in 2025", sandbox.Options{Compat2025: true}, ""}} {
		s := serve(t, version.options)
		keys := func(name, path, at, want string) {
			t.Run(version.name+" "+name, func(t *testing.T) {
				s.t = t
				if diff := cmp.Diff(sortedWords(want+version.late), keysOf(t, s.get(path), at)); diff != "" {
					t.Error(diff)
				}
			})
		}
		keys("percent code", "/products/{digital product}/offer_codes/{universal percent code}", "offer_code", percent)
		keys("fixed code", "/products/{digital product}/offer_codes/{fixed code}", "offer_code", fixed)
		keys("listed percent code", "/products/{digital product}/offer_codes", "offer_codes.0", percent)
		keys("listed fixed code", "/products/{digital product}/offer_codes", "offer_codes.1", fixed)
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "5.1 percent", do: "GET /products/{digital product}/offer_codes/{universal percent code}", has: `{"success":true,"offer_code":{"id":"{universal percent code}","name":"WELCOME10","universal":true,"percent_off":10,"times_used":"<int>","max_purchase_count":null,"minimum_amount_cents":"<int?>"}}`, lacks: "offer_code.amount_cents offer_code.amount_off"},
		{name: "5.1 fixed", do: "GET /products/{digital product}/offer_codes/{fixed code}", has: `{"success":true,"offer_code":{"id":"{fixed code}","name":"BRUSH5","universal":false,"amount_cents":500,"times_used":"<int>","max_purchase_count":"<int>"}}`, lacks: "offer_code.percent_off offer_code.amount_off"},
		{name: "5.1 a code of an upsell has no name", do: "GET /products/{licensed product}/offer_codes/{nameless code}", has: `{"offer_code":{"name":null}}`},
		{name: "5.1 list key", do: "GET /products/{digital product}/offer_codes", has: `{"success":true,"offer_codes":"<list>"}`, lacks: "next_page_key next_page_url"},
	})
	t.Run("5.1 times_used counts quantities", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		used := func() int {
			return number(t, s.get("/products/{digital product}/offer_codes/{fixed code}"), "offer_code.times_used")
		}
		before := used()
		s.buy(sandbox.Purchase{Product: "{digital product}", OfferCode: "BRUSH5", Quantity: 2})
		s.buy(sandbox.Purchase{Product: "{digital product}", OfferCode: "BRUSH5"})
		if after := used(); after != before+3 {
			t.Errorf("%d after 3 more than %d", after, before)
		}
	})
}

func TestOfferCodeList(t *testing.T) {
	s := serve(t, sandbox.Options{})
	list := func(product string) []string {
		return ids(t, s.get("/products/"+product+"/offer_codes"), "offer_codes")
	}
	has := func(product, code string, want bool) {
		t.Helper()
		if got := slices.Contains(list(product), s.fill(code)); got != want {
			t.Errorf("%s lists %s: %v", product, code, got)
		}
	}
	t.Run("5.2 own, universal and expired codes", func(t *testing.T) {
		for _, code := range []string{"{universal percent code}", "{universal fixed code}", "{fixed code}", "{expired code}"} {
			has("{digital product}", code, true)
		}
		has("{product with variants}", "{used-up code}", true)
		has("{digital product}", "{used-up code}", false)
	})
	t.Run("5.2 universal codes of the product's currency", func(t *testing.T) {
		has("{EUR product}", "{universal percent code}", true)
		has("{EUR product}", "{EUR code}", true)
		has("{EUR product}", "{universal fixed code}", false)
		has("{JPY product}", "{universal percent code}", true)
		has("{JPY product}", "{universal fixed code}", false)
	})
	t.Run("5.2 oldest first", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := ids(t, s.get("/products/{digital product}/offer_codes"), "offer_codes")
		s.clock.Advance(time.Minute)
		s.step("POST /products/{digital product}/offer_codes name=LATER1&amount_off=1 => one:offer_code.id")
		s.clock.Advance(time.Minute)
		s.step("POST /products/{digital product}/offer_codes name=LATER2&amount_off=1&universal=true => two:offer_code.id")
		s.clock.Advance(time.Minute)
		s.step("POST /products/{digital product}/offer_codes name=LATER3&amount_off=1 => three:offer_code.id")
		want := append(before, s.names["one"], s.names["two"], s.names["three"])
		if diff := cmp.Diff(want, ids(t, s.get("/products/{digital product}/offer_codes"), "offer_codes")); diff != "" {
			t.Error(diff)
		}
	})
	checkRows(t, sandbox.Options{}, []row{
		{name: "5.2 unknown product", do: "GET /products/{unknown}/offer_codes", is: notFound("product")},
		{name: "5.2 deleted codes are gone", given: []string{"POST /products name=x&price=900 => id:product.id", "GET /products/{id}/offer_codes => a:offer_codes.0.id b:offer_codes.1.id",
			"DELETE /products/{id}/offer_codes/{a}", "DELETE /products/{id}/offer_codes/{b}"}, do: "GET /products/{id}/offer_codes", is: `{"success":true,"offer_codes":[]}`},
	})
}

func TestOfferCodeCreate(t *testing.T) {
	const (
		missing  = "You are missing required offer code parameters. Please refer to https://gumroad.com/api#offer-codes for the correct parameters."
		unique   = "Discount code must be unique."
		negative = "Please enter a positive discount amount."
		tooMuch  = "Please enter a discount amount that is 100% or less."
		blank    = "Discount code can't be blank"
		letters  = "Discount code can only contain numbers, letters, dashes, and underscores."
	)
	floor := func(minimum string) string {
		zero := strings.TrimRight(minimum, "0123456789.") + "0"
		return refused("The price after discount for all of your products must be either " + zero + " or at least " + minimum + ".")
	}
	code := func(members string) string { return `{"success":true,"offer_code":{` + members + `}}` }
	priced := func(price int, currency string) []string {
		return []string{fmt.Sprintf("POST /products name=x&price=%d&price_currency_type=%s => id:product.id", price, currency)}
	}
	// Two variants: one at the base price of 100 cents, one at 1100.
	withVariants := func(differences ...int) []string {
		steps := []string{"POST /products name=x&price=100 => id:product.id", "POST /products/{id}/variant_categories title=Size => cat:variant_category.id"}
		for _, d := range differences {
			steps = append(steps, fmt.Sprintf("POST /products/{id}/variant_categories/{cat}/variants name=v%d&price_difference_cents=%d", d, d))
		}
		return steps
	}
	const digital, id = "POST /products/{digital product}/offer_codes", "POST /products/{id}/offer_codes"
	checkRows(t, sandbox.Options{}, []row{
		{name: "5.3 fixed by default", do: digital, body: "name=A&amount_off=200", has: code(`"id":"<id>","name":"A","amount_cents":200,"universal":false,"times_used":0,"max_purchase_count":null,"minimum_amount_cents":null`), lacks: "offer_code.percent_off"},
		{name: "5.3 percent", do: digital, body: "name=A&amount_off=20&offer_type=percent", has: code(`"name":"A","percent_off":20`), lacks: "offer_code.amount_cents"},
		{name: "5.3 cents", do: digital, body: "name=A&amount_off=20&offer_type=cents", has: code(`"amount_cents":20`)},
		{name: "5.3 only the exact word percent", do: digital, body: "name=A&amount_off=20&offer_type=Percent", has: code(`"amount_cents":20`), lacks: "offer_code.percent_off"},
		{name: "5.3 JSON", do: digital, body: `{"name":"A","amount_off":20,"offer_type":"percent","max_purchase_count":3}`, has: code(`"percent_off":20,"max_purchase_count":3`)},
		{name: "5.3 amount_cents alone", do: digital, body: "name=A&amount_cents=300", has: code(`"amount_cents":300`)},
		{name: "5.3 amount_cents overrides amount_off", do: digital, body: "name=A&amount_off=100&amount_cents=300", has: code(`"amount_cents":300`)},
		{name: "5.3 amount_cents is ignored for percent", do: digital, body: "name=A&amount_off=20&amount_cents=300&offer_type=percent", has: code(`"percent_off":20`), lacks: "offer_code.amount_cents"},
		{name: "5.3 name is trimmed", do: digital, body: "name=++SPACED+&amount_off=1", has: code(`"name":"SPACED"`)},
		{name: "5.3 accented letters, digits, dashes, underscores", do: digital, body: "name=%C3%89t%C3%A9-25_%C3%BF&amount_off=1", has: code(`"name":"Été-25_ÿ"`)},
		{name: "5.3 maximum count", do: digital, body: "name=A&amount_off=1&max_purchase_count=7", has: code(`"max_purchase_count":7`)},
		{name: "5.3 maximum count is clamped above", do: digital, body: "name=A&amount_off=1&max_purchase_count=10000001", has: code(`"max_purchase_count":10000000`)},
		{name: "5.3 maximum count is clamped below", do: digital, body: "name=A&amount_off=1&max_purchase_count=-1", has: code(`"max_purchase_count":0`)},
		{name: "5.3 empty maximum count", do: digital, body: "name=A&amount_off=1&max_purchase_count=", has: code(`"max_purchase_count":null`)},
		{name: "5.3 maximum count of letters", do: digital, body: "name=A&amount_off=1&max_purchase_count=many", has: code(`"max_purchase_count":0`)},
		{name: "5.3 minimum amount", do: digital, body: "name=A&amount_off=1&minimum_amount_cents=1000", has: code(`"minimum_amount_cents":1000`)},
		{name: "5.3 universal", do: digital, body: "name=A&amount_off=1&universal=true", has: code(`"universal":true`)},
		{name: "5.3 zero cents", do: digital, body: "name=A&amount_off=0", has: code(`"amount_cents":0`)},
		{name: "5.3 zero percent", do: digital, body: "name=A&amount_off=0&offer_type=percent", has: code(`"percent_off":0`)},
		{name: "5.3 percent of letters", do: digital, body: "name=A&amount_off=half&offer_type=percent", has: code(`"percent_off":0`)},
		{name: "5.3 hundred percent", do: digital, body: "name=A&amount_off=100&offer_type=percent", has: code(`"percent_off":100`)},
		{name: "5.3 more than the price", do: digital, body: "name=A&amount_off=99999", has: code(`"amount_cents":99999`)},
		{name: "5.3 the whole price", do: digital, body: "name=A&amount_off=1200", has: code(`"amount_cents":1200`)},

		{name: "5.3 no amount", do: digital, body: "name=A", is: refused(missing)},
		{name: "5.3 no amount, unknown product", do: "POST /products/{unknown}/offer_codes", body: "name=A", is: refused(missing)},
		{name: "5.3 nothing at all", do: digital, is: refused(missing)},
		{name: "5.3 unknown product", do: "POST /products/{unknown}/offer_codes", body: "name=A&amount_off=1", is: notFound("product")},
		{name: "5.3 foreign product", do: "POST /products/{other store's product}/offer_codes", body: "name=A&amount_off=1", is: notFound("product")},
		{name: "5.3 no name", do: digital, body: "amount_off=1", is: refused(blank)},
		{name: "5.3 empty name", do: digital, body: "name=&amount_off=1", is: refused(blank)},
		{name: "5.3 blank name", do: digital, body: "name=+++&amount_off=1", is: refused(blank)},
		{name: "5.3 space in the name", do: digital, body: "name=A+B&amount_off=1", is: refused(letters)},
		{name: "5.3 mark in the name", do: digital, body: "name=A!&amount_off=1", is: refused(letters)},
		{name: "5.3 other script in the name", do: digital, body: "name=%E5%89%B2%E5%BC%95&amount_off=1", is: refused(letters)},
		{name: "5.3 multiplication sign in the name", do: digital, body: "name=A%C3%97B&amount_off=1", is: refused(letters)},
		{name: "5.3 duplicate on the product", do: digital, body: "name=BRUSH5&amount_off=1", is: refused(unique)},
		{name: "5.3 duplicate of a universal code", do: digital, body: "name=WELCOME10&amount_off=1", is: refused(unique)},
		{name: "5.3 universal duplicate", do: digital, body: "name=WELCOME10&amount_off=1&universal=true", is: refused(unique)},
		{name: "5.3 same name on another product", do: "POST /products/{membership}/offer_codes", body: "name=BRUSH5&amount_off=1", has: code(`"name":"BRUSH5"`)},
		{name: "5.3 same name as a universal code of another currency", do: "POST /products/{EUR product}/offer_codes", body: "name=THANKS2&amount_off=1", has: code(`"name":"THANKS2"`)},
		{name: "5.3 negative cents", do: digital, body: "name=A&amount_off=-1", is: refused(negative)},
		{name: "5.3 negative percent", do: digital, body: "name=A&amount_off=-1&offer_type=percent", is: refused(negative)},
		{name: "5.3 more than all", do: digital, body: "name=A&amount_off=101&offer_type=percent", is: refused(tooMuch)},
		{name: "5.3 blank name and negative amount", do: digital, body: "name=&amount_off=-1", has: `{"success":false,"message":"~^(Discount code can't be blank and Please enter a positive discount amount\\.|Please enter a positive discount amount\\. and Discount code can't be blank)$"}`},

		{name: "5.3 floor in USD", given: priced(1000, "usd"), do: id, body: "name=A&amount_off=902", is: floor("$0.99")},
		{name: "5.3 at the floor in USD", given: priced(1000, "usd"), do: id, body: "name=A&amount_off=901", has: code(`"amount_cents":901`)},
		{name: "5.3 one cent left", given: priced(1000, "usd"), do: id, body: "name=A&amount_off=999", is: floor("$0.99")},
		{name: "5.3 nothing left", given: priced(1000, "usd"), do: id, body: "name=A&amount_off=1000", has: code(`"amount_cents":1000`)},
		{name: "5.3 floor in EUR", given: priced(1000, "eur"), do: id, body: "name=A&amount_off=922", is: floor("€0.79")},
		{name: "5.3 at the floor in EUR", given: priced(1000, "eur"), do: id, body: "name=A&amount_off=921", has: code(`"amount_cents":921`)},
		{name: "5.3 floor in JPY", given: priced(1000, "jpy"), do: id, body: "name=A&amount_off=902", is: floor("¥99")},
		{name: "5.3 at the floor in JPY", given: priced(1000, "jpy"), do: id, body: "name=A&amount_off=901", has: code(`"amount_cents":901`)},
		{name: "5.3 floor in GBP", given: priced(1000, "gbp"), do: id, body: "name=A&amount_off=942", is: floor("£0.59")},
		{name: "5.3 a free product has no floor", given: priced(0, "usd"), do: id, body: "name=A&amount_off=5", has: code(`"amount_cents":5`)},
		{name: "5.3 percent floor", given: priced(1000, "usd"), do: id, body: "name=A&amount_off=91&offer_type=percent", is: floor("$0.99")},
		{name: "5.3 percent at the floor", given: priced(1000, "usd"), do: id, body: "name=A&amount_off=90&offer_type=percent", has: code(`"percent_off":90`)},
		{name: "5.3 percent floor in EUR", given: priced(1000, "eur"), do: id, body: "name=A&amount_off=93&offer_type=percent", is: floor("€0.79")},
		{name: "5.3 half a cent off is rounded up", given: priced(197, "usd"), do: id, body: "name=A&amount_off=50&offer_type=percent", is: floor("$0.99")},
		{name: "5.3 half a cent off is rounded up to the floor", given: priced(199, "usd"), do: id, body: "name=A&amount_off=50&offer_type=percent", has: code(`"percent_off":50`)},

		{name: "5.3 floor of a variant", given: withVariants(1000), do: id, body: "name=A&amount_off=1050", is: floor("$0.99")},
		{name: "5.3 the base price alone is no price", given: withVariants(1000), do: id, body: "name=A&amount_off=50", has: code(`"amount_cents":50`)},
		{name: "5.3 floor of the cheaper variant", given: withVariants(0, 1000), do: id, body: "name=A&amount_off=50", is: floor("$0.99")},
		{name: "5.3 free for one variant, enough for the other", given: withVariants(0, 1000), do: id, body: "name=A&amount_off=100", has: code(`"amount_cents":100`)},
		{name: "5.3 floor of a tier", do: "POST /products/{membership}/offer_codes", body: "name=A&amount_off=850", is: floor("$0.99")},
		{name: "5.3 floor of a dearer tier", do: "POST /products/{membership}/offer_codes", body: "name=A&amount_off=2350", is: floor("$0.99")},
		{name: "5.3 tiers at the floor", do: "POST /products/{membership}/offer_codes", body: "name=A&amount_off=801", has: code(`"amount_cents":801`)},

		{name: "5.3 universal floor of another product", do: digital, body: "name=A&amount_off=250&universal=true", is: floor("$0.99")},
		{name: "5.3 the same code for one product only", do: digital, body: "name=A&amount_off=250", has: code(`"universal":false`)},
		{name: "5.3 universal percent floor of another product", do: digital, body: "name=A&amount_off=70&offer_type=percent&universal=true", is: floor("$0.99")},
		{name: "5.3 universal floor counts one currency", given: priced(1450, "usd"), do: "POST /products/{JPY product}/offer_codes", body: "name=A&amount_off=1400&universal=true", has: code(`"universal":true,"amount_cents":1400`)},
		{name: "5.3 universal floor in that currency", given: append(priced(1450, "jpy"), "PUT /products/{id}/enable"), do: "POST /products/{JPY product}/offer_codes", body: "name=A&amount_off=1400&universal=true", is: floor("¥99")},
		{name: "5.3 universal floor not of deleted products", given: append(priced(1450, "jpy"), "DELETE /products/{id}"), do: "POST /products/{JPY product}/offer_codes", body: "name=A&amount_off=1400&universal=true", has: code(`"universal":true`)},

		{name: "5.3 a universal code works on other products", given: []string{"POST /products/{digital product}/offer_codes name=A&amount_off=1&universal=true => code:offer_code.id"},
			do: "GET /products/{membership}/offer_codes/{code}", has: code(`"id":"{code}","name":"A"`)},
		{name: "5.3 a universal fixed code not on another currency", given: []string{"POST /products/{digital product}/offer_codes name=A&amount_off=1&universal=true => code:offer_code.id"},
			do: "GET /products/{EUR product}/offer_codes/{code}", is: notFound("offer_code")},
		{name: "5.3 a universal percent code on every currency", given: []string{"POST /products/{digital product}/offer_codes name=A&amount_off=1&offer_type=percent&universal=true => code:offer_code.id"},
			do: "GET /products/{EUR product}/offer_codes/{code}", has: code(`"id":"{code}"`)},
	})
	t.Run("5.3 a refused code is not there", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := s.get("/products/{digital product}/offer_codes")
		for _, body := range []string{"name=A&amount_off=1150", "name=A", "name=A+B&amount_off=1", "name=BRUSH5&amount_off=1", "name=A&amount_off=101&offer_type=percent"} {
			s.expect(row{do: digital, body: body, has: `{"success":false}`})
		}
		if diff := cmp.Diff(before, s.get("/products/{digital product}/offer_codes")); diff != "" {
			t.Error(diff)
		}
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "5.3 no minimum amount in 2025", do: digital, body: "name=A&amount_off=1&minimum_amount_cents=1000", has: code(`"amount_cents":1`), lacks: "offer_code.minimum_amount_cents"},
	})
}

func TestOfferCodeChanges(t *testing.T) {
	const digital = "/products/{digital product}/offer_codes"
	checkRows(t, sandbox.Options{}, []row{
		{name: "5.4 show", do: "GET " + digital + "/{fixed code}", has: `{"success":true,"offer_code":{"id":"{fixed code}"}}`},
		{name: "5.4 show a universal code through any product", do: "GET /products/{product with variants}/offer_codes/{universal fixed code}", has: `{"success":true,"offer_code":{"id":"{universal fixed code}"}}`},
		{name: "5.4 unknown", do: "GET " + digital + "/{unknown}", is: notFound("offer_code")},
		{name: "5.4 code of another product", do: "GET " + digital + "/{EUR code}", is: notFound("offer_code")},
		{name: "5.4 universal code of another currency", do: "GET /products/{EUR product}/offer_codes/{universal fixed code}", is: notFound("offer_code")},
		{name: "5.4 deleted", given: []string{"DELETE " + digital + "/{fixed code}"}, do: "GET " + digital + "/{fixed code}", is: notFound("offer_code")},

		{name: "5.4 PUT maximum count", do: "PUT " + digital + "/{expired code}", body: "max_purchase_count=77", has: `{"success":true,"offer_code":{"max_purchase_count":77}}`},
		{name: "5.4 PUT stays", given: []string{"PUT " + digital + "/{expired code} max_purchase_count=77"}, do: "GET " + digital + "/{expired code}", has: `{"offer_code":{"max_purchase_count":77}}`},
		{name: "5.4 PUT clamps", do: "PUT " + digital + "/{expired code}", body: "max_purchase_count=99000000", has: `{"offer_code":{"max_purchase_count":10000000}}`},
		{name: "5.4 PUT empty", given: []string{"PUT " + digital + "/{expired code} max_purchase_count=77"}, do: "PUT " + digital + "/{expired code}", body: "max_purchase_count=", has: `{"success":true,"offer_code":{"max_purchase_count":null}}`},
		{name: "5.4 PUT minimum amount", do: "PUT " + digital + "/{expired code}", body: "minimum_amount_cents=2500", has: `{"success":true,"offer_code":{"minimum_amount_cents":2500}}`},
		{name: "5.4 PUT ignores name and amount", do: "PUT " + digital + "/{fixed code}", body: "name=OTHER&amount_off=1&amount_cents=2&offer_type=percent&universal=true&max_purchase_count=4000", has: `{"success":true,"offer_code":{"name":"BRUSH5","amount_cents":500,"universal":false,"max_purchase_count":4000}}`, lacks: "offer_code.percent_off"},
		{name: "5.4 PUT nothing", do: "PUT " + digital + "/{fixed code}", has: `{"success":true,"offer_code":{"name":"BRUSH5","max_purchase_count":1000}}`},
		{name: "5.4 PUT unknown", do: "PUT " + digital + "/{unknown}", body: "max_purchase_count=1", is: notFound("offer_code")},
		{name: "5.4 PUT deleted", given: []string{"DELETE " + digital + "/{fixed code}"}, do: "PUT " + digital + "/{fixed code}", body: "max_purchase_count=1", is: notFound("offer_code")},
		{name: "5.4 PUT as often as used", given: []string{"GET " + digital + "/{fixed code} => used:offer_code.times_used"}, do: "PUT " + digital + "/{fixed code}", body: "max_purchase_count={used}", has: `{"success":true}`},
		{name: "5.4 PUT less than used", given: []string{"GET " + digital + "/{fixed code} => used:offer_code.times_used"}, do: "PUT " + digital + "/{fixed code}", body: "max_purchase_count=0",
			is: refused("You have chosen a discount code quantity that is less that the number already used. Please enter an amount no less than {used}.")},
		{name: "5.4 PUT a code that fits no more", given: []string{
			"POST /products name=x&price=900 => id:product.id",
			"POST /products/{id}/offer_codes name=A&amount_off=750 => code:offer_code.id",
			"PUT /products/{id} price=840",
		}, do: "PUT /products/{id}/offer_codes/{code}", body: "max_purchase_count=5", is: refused("The price after discount for all of your products must be either $0 or at least $0.99.")},

		{name: "5.4 DELETE", do: "DELETE " + digital + "/{fixed code}", is: deleted("offer_code")},
		{name: "5.4 DELETE twice", given: []string{"DELETE " + digital + "/{fixed code}"}, do: "DELETE " + digital + "/{fixed code}", is: notFound("offer_code")},
		{name: "5.4 DELETE unknown", do: "DELETE " + digital + "/{unknown}", is: notFound("offer_code")},
		{name: "5.4 DELETE a universal code everywhere", given: []string{"DELETE /products/{membership}/offer_codes/{universal fixed code}"}, do: "GET " + digital + "/{universal fixed code}", is: notFound("offer_code")},
		{name: "5.4 DELETE through the wrong currency", do: "DELETE /products/{EUR product}/offer_codes/{universal fixed code}", is: notFound("offer_code")},
		{name: "5.4 the sale of a deleted code keeps it", given: []string{"DELETE " + digital + "/{fixed code}"}, do: "GET /sales/{sale with an offer code}", has: `{"sale":{"offer_code":{"code":"BRUSH5"}}}`},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "5.4 PUT minimum amount is ignored in 2025", do: "PUT " + digital + "/{expired code}", body: "minimum_amount_cents=2500", has: `{"success":true}`, lacks: "offer_code.minimum_amount_cents"},
	})
}

func TestOfferCodeNumbers(t *testing.T) {
	const (
		digital    = "POST /products/{digital product}/offer_codes"
		outOfRange = "One or more numeric values are out of range."
	)
	checkRows(t, sandbox.Options{}, []row{
		{name: "5.3 cents out of range", do: digital, body: "name=A&amount_off=99999999999", is: refused(outOfRange)},
		{name: "5.3 percent out of range", do: digital, body: "name=A&amount_off=99999999999&offer_type=percent", is: refused("Please enter a discount amount that is 100% or less.")},
		{name: "5.3 no percent where cents are given", do: digital, body: "name=A&amount_cents=5&offer_type=percent", has: `{"offer_code":{"percent_off":0}}`},
		{name: "5.3 a universal name that a product's code has", do: digital, body: "name=SPRING&amount_off=1&universal=true", is: refused("Discount code must be unique.")},
		{name: "5.3 a universal percent name that a universal code has", do: digital, body: "name=THANKS2&amount_off=1&offer_type=percent&universal=true", is: refused("Discount code must be unique.")},
		{name: "8 difference out of range", given: []string{"POST /products/{digital product}/variant_categories title=A => cat:variant_category.id"},
			do: "POST /products/{digital product}/variant_categories/{cat}/variants", body: "name=S&price_difference_cents=99999999999", is: refused(outOfRange)},
	})
}
