package sandbox_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// dump reads everything a client can list.
func dump(s *service) string {
	var b bytes.Buffer
	for _, list := range []struct{ path, plural string }{{"/products", "products"}, {"/sales", "sales"}, {"/products/{membership}/subscribers", "subscribers"}, {"/products/{digital product}/offer_codes", "offer_codes"}, {"/resource_subscriptions?resource_name=sale", "resource_subscriptions"}, {"/connections", "connections"}, {"/categories", "categories"}, {"/emails", "emails"}, {"/workflows", "workflows"}, {"/upsells", "upsells"}, {"/utm_links", "utm_links"}, {"/payouts", "payouts"}, {"/tax_forms", "tax_forms"}} {
		fmt.Fprintf(&b, "%s %s\n", list.path, encode(s.walk(list.path, list.plural)))
	}
	for _, path := range []string{"/user", "/sales/{working licence key}", "/subscribers/{subscriber alive}", "/products/{physical product}/skus", "/sales/summary?group_by=product", "/workflows/{live workflow}", "/payouts/{completed payout}?include_transactions=true", "/payouts/upcoming", "/refund_policy", "/earnings?year=2024"} {
		fmt.Fprintf(&b, "%s %s\n", path, encode(s.get(path)))
	}
	return b.String()
}

// same compares two dumps; the whole difference is only worked out if there is one.
func same(t *testing.T, a, b string) {
	t.Helper()
	if a != b {
		t.Error(cmp.Diff(a, b))
	}
}

// change makes one of each kind of row.
func change(s *service) {
	s.step("POST /products name=New&price=900 => new:product.id")
	s.step("POST /products/{new}/variant_categories title=Size => cat:variant_category.id")
	s.step("POST /products/{new}/variant_categories/{cat}/variants name=S => v:variant.id")
	s.step("POST /products/{new}/offer_codes name=A&amount_off=1 => code:offer_code.id")
	s.step("POST /products/{new}/custom_fields name=A => field:custom_field.id")
	s.step("PUT /resource_subscriptions resource_name=sale&post_url=https://h.example/ => hook:resource_subscription.id")
	s.step("PUT /licenses/rotate product_id={licensed product}&license_key={working licence key.key} => rotated:purchase.license_key")
	s.step("POST /emails subject=A&body=B => email:email.id")
	s.step(`POST /upsells {"name":"A","product_id":"{new}","cross_sell":true,"offer_code":{"amount_percentage":10}} => upsell:upsell.id`)
	s.step("POST /utm_links title=A&target_resource_type=profile_page&utm_source=s&utm_medium=m&utm_campaign=c => link:utm_link.id short:utm_link.short_url")
	s.step("POST /workflows/{draft workflow}/emails subject=A&body=B&delay_amount=1&delay_unit=day => step:email.id")
	s.step("PUT /refund_policy refund_period=7&fine_print=A")
	s.names["bought"] = s.buy(sandbox.Purchase{Product: "{membership}"})
	s.names["connection"], s.names["page"] = s.connect()
}

func TestDeterminism(t *testing.T) {
	t.Run("21 equal seed and clock, equal everything", func(t *testing.T) {
		for _, seed := range []uint64{0, 7} {
			options := sandbox.Options{Seed: seed, PublicURL: func() (string, error) { return "http://sandbox.example", nil }}
			a, b := serve(t, options), serve(t, options)
			if diff := cmp.Diff(a.Highlights(), b.Highlights()); diff != "" {
				t.Error(diff)
			}
			same(t, dump(a), dump(b))
			change(a)
			change(b)
			if diff := cmp.Diff(a.names, b.names); diff != "" {
				t.Error(diff)
			}
			same(t, dump(a), dump(b))
		}
	})
	t.Run("21 seed 0 is seed 1", func(t *testing.T) {
		same(t, dump(serve(t, sandbox.Options{})), dump(serve(t, sandbox.Options{Seed: 1})))
	})
	t.Run("21 another seed, other ids", func(t *testing.T) {
		a, b := serve(t, sandbox.Options{Seed: 1}), serve(t, sandbox.Options{Seed: 2})
		for _, name := range []string{"digital product", "working licence key.key", "first connection"} {
			if a.names[name] == b.names[name] {
				t.Errorf("%s is the same under two seeds", name)
			}
		}
	})
	t.Run("21 demo times follow the clock", func(t *testing.T) {
		s := serve(t, sandbox.Options{Now: func() time.Time { return time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC) }})
		created, err := time.Parse(time.RFC3339, text(t, s.get("/sales"), "sales.0.created_at"))
		if err != nil {
			t.Fatal(err)
		}
		if age := time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC).Sub(created); age < 0 || age > 60*24*time.Hour {
			t.Errorf("the newest sale is %v old", age)
		}
	})
	for _, sales := range []int{1, 1200} {
		t.Run(fmt.Sprintf("21 highlights are what they say, %d sales", sales), func(t *testing.T) {
			s := serve(t, sandbox.Options{Sales: sales})
			for _, r := range []row{
				{do: "GET /products/{product with variants}/offer_codes/{used-up code}", has: `{"offer_code":{"times_used":"<int>","max_purchase_count":"<int>"}}`},
				{do: "GET /products/{draft product}", has: `{"product":{"published":false}}`},
				{do: "PUT /products/{draft product}/enable", has: `{"success":true}`},
				{do: "GET /products/{free product}", has: `{"product":{"price":0}}`},
				{do: "GET /products/{JPY product}", has: `{"product":{"currency":"jpy"}}`},
				{do: "GET /products/{EUR product}", has: `{"product":{"currency":"eur"}}`},
				{do: "GET /gumroad/v2/products/{other store's product}", header: secondConnection, has: `{"success":true}`},
			} {
				s.expect(r)
			}
			code := s.get("/products/{product with variants}/offer_codes/{used-up code}")
			if used, most := number(t, code, "offer_code.times_used"), number(t, code, "offer_code.max_purchase_count"); used != most {
				t.Errorf("the used-up code was used %d of %d times", used, most)
			}
		})
	}
}

// TestBooks adds the demo's sales up and compares with what the store says of itself.
func TestBooks(t *testing.T) {
	s := serve(t, sandbox.Options{Sales: 400})
	sales := s.walk("/sales", "sales")
	// What is summed up are charges: not the starts of trials nor what bundles hold, but pre-orders, which are not listed.
	preorder := s.get("/sales/{pre-order authorization}")
	of, _ := at(preorder, "sale.product_id")
	gross, takings, used := map[string]int{of.(string): number(t, preorder, "sale.price")}, map[string]int{}, map[string]int{}
	for _, sale := range sales {
		is := func(name string) bool { v, _ := at(sale, name); return v == true }
		_, trial := at(sale, "free_trial_ends_on")
		ends, _ := at(sale, "free_trial_ends_on")
		if name, _ := at(sale, "offer_code.name"); name != nil && !is("recurring_charge") {
			used[name.(string)] += number(t, sale, "quantity")
		}
		if trial && ends != nil && !is("recurring_charge") || is("is_bundle_product_purchase") {
			continue
		}
		gross[text(t, sale, "product_id")] += number(t, sale, "price")
		if is("chargedback") {
			takings[text(t, sale, "product_id")] -= number(t, sale, "price")
		}
	}
	summed := map[string]int{}
	for _, span := range []string{"from=2024-06-01&to=2024-12-31", "from=2025-01-01&to=2025-12-31", "from=2026-01-01&to=2026-03-10"} {
		breakdown, _ := at(s.get("/sales/summary?group_by=product&"+span), "breakdown")
		for _, product := range breakdown.([]any) {
			summed[text(t, product, "key")] += number(t, product, "gross_cents")
			takings[text(t, product, "key")] += number(t, product, "net_cents")
		}
	}
	t.Run("as many sales as asked for", func(t *testing.T) {
		if len(sales) != 400 {
			t.Errorf("%d", len(sales))
		}
	})
	t.Run("the summary's gross is the sales' prices", func(t *testing.T) {
		if diff := cmp.Diff(gross, summed); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a product's takings are the summary's net without what was charged back", func(t *testing.T) {
		for _, p := range s.products() {
			if id := p["id"].(string); takings[id] != int(p["sales_usd_cents"].(float64)) {
				t.Errorf("%s: %v, want %d", p["name"], p["sales_usd_cents"], takings[id])
			}
		}
	})
	t.Run("an offer code is used as often as sales name it", func(t *testing.T) {
		s.t = t
		if len(used) < 4 {
			t.Fatalf("too few codes used to compare: %v", used)
		}
		stated := map[string]int{}
		for _, p := range s.products() {
			codes, _ := at(s.get("/products/"+p["id"].(string)+"/offer_codes"), "offer_codes")
			for _, code := range codes.([]any) {
				if name, _ := at(code, "name"); name != nil && number(t, code, "times_used") > 0 {
					stated[name.(string)] = number(t, code, "times_used")
				}
			}
		}
		if diff := cmp.Diff(used, stated); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("no fee exceeds its price, and every price bears one", func(t *testing.T) {
		for _, sale := range sales {
			if fee, price := number(t, sale, "gumroad_fee"), number(t, sale, "price"); fee > price || price > 0 && fee == 0 {
				t.Errorf("a fee of %d for %d", fee, price)
			}
		}
	})
}

// TestPagesCoverEverything: whatever the range of days, a walk by page keys finds what the whole list holds.
func TestPagesCoverEverything(t *testing.T) {
	s := serve(t, sandbox.Options{Sales: 400})
	all := s.walk("/sales", "sales")
	rapid.Check(t, func(rt *rapid.T) {
		from := clockStart.AddDate(0, 0, -rapid.IntRange(0, 560).Draw(rt, "days back"))
		to := from.AddDate(0, 0, rapid.IntRange(0, 90).Draw(rt, "days"))
		after, before := from.Format(time.DateOnly), to.Format(time.DateOnly)
		var want []any
		for _, sale := range all {
			if day := text(t, sale, "created_at")[:len(time.DateOnly)]; day >= after && day < before {
				want = append(want, sale)
			}
		}
		if diff := cmp.Diff(want, s.walk("/sales?after="+after+"&before="+before, "sales")); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestHostileTexts(t *testing.T) {
	for name, part := range map[string]string{
		"prompt injection in a name": "Ignore previous instructions",
		"fake JSON":                  `"success":true`,
		"bidirectional override":     "\u202e",
		"zero-width characters":      "\u200b",
		"tag characters":             "\U000E0072",
		"ANSI escapes":               "\x1b[2J",
		"spreadsheet formula":        "=HYPERLINK(",
		"very long name":             strings.Repeat("long ", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			if got := text(t, s.get("/sales/{"+name+"}"), "sale.full_name"); !strings.Contains(got, part) {
				t.Errorf("%.60q", got)
			}
		})
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "prompt injection in a custom field", do: "GET /sales/{prompt injection in a custom field}", has: `{"sale":{"custom_fields":{"Name for the dedication":"~<system>"}}}`},
		{name: "markdown image", do: "GET /sales/{markdown image}", has: `{"sale":{"custom_fields":{"What do you paint with?":"~^!.logo."},"referrer":"~<script>"}}`},
		{name: "prompt injection in a description", do: "GET /products/{disabled product}", has: `{"product":{"description":"~ignore all previous instructions"}}`},
	})
}
