package sandbox_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestRepeatedCalls(t *testing.T) {
	const (
		digital = "/products/{digital product}"
		key     = "product_id={licensed product}&license_key={working licence key.key}"
	)
	// same: the second answer is the first one's; state: a read whose answer
	// the second call does not change.
	type repeat struct {
		name, do, body string
		given          []string
		same           bool
		state          string
	}
	for _, r := range []repeat{
		{name: "17 GET product", do: "GET " + digital, same: true, state: "/products"},
		{name: "17 GET sales", do: "GET /sales", same: true, state: "/products"},
		{name: "17 GET subscribers", do: "GET /products/{membership}/subscribers", same: true, state: "/sales"},
		{name: "17 GET summary", do: "GET /sales/summary?group_by=day", same: true, state: "/sales"},
		{name: "17 licence enable", do: "PUT /licenses/enable", body: key, same: true, state: "/sales/{working licence key}"},
		{name: "17 licence disable", do: "PUT /licenses/disable", body: key, same: true, state: "/sales/{working licence key}"},
		{name: "17 product enable", do: "PUT /products/{draft product}/enable", same: true, state: "/products/{draft product}"},
		{name: "17 product disable", do: "PUT " + digital + "/disable", same: true, state: digital},
		{name: "17 DELETE product", do: "DELETE " + digital, same: true, state: digital},
		{name: "17 DELETE category", given: []string{"POST " + digital + "/variant_categories title=A => cat:variant_category.id"}, do: "DELETE " + digital + "/variant_categories/{cat}", same: true, state: digital},
		{name: "17 DELETE variant", given: []string{"POST " + digital + "/variant_categories title=A => cat:variant_category.id", "POST " + digital + "/variant_categories/{cat}/variants name=S => v:variant.id"}, do: "DELETE " + digital + "/variant_categories/{cat}/variants/{v}", same: true, state: digital + "/variant_categories/{cat}/variants"},
		{name: "17 DELETE resource subscription", given: []string{"PUT /resource_subscriptions resource_name=sale&post_url=https://h.example/ => id:resource_subscription.id"}, do: "DELETE /resource_subscriptions/{id}", same: true, state: "/resource_subscriptions?resource_name=sale"},
		{name: "17 mark_as_shipped", do: "PUT /sales/{physical sale not shipped}/mark_as_shipped", body: "tracking_url=https://track.example/", same: true, state: "/sales/{physical sale not shipped}"},
		{name: "17 disable a UTM link", do: "PUT /utm_links/{tracking link}/disable", same: true, state: "/utm_links"},
		{name: "17 enable a UTM link", do: "PUT /utm_links/{disabled tracking link}/enable", same: true, state: "/utm_links"},
		{name: "17 PUT UTM link", do: "PUT /utm_links/{tracking link}", body: "title=A&utm_term=t", same: true, state: "/utm_links"},
		{name: "17 POST UTM link", do: "POST /utm_links", body: "title=A&target_resource_type=profile_page&utm_source=s&utm_medium=m&utm_campaign=c", state: "/utm_links"},
		{name: "17 DELETE UTM link", do: "DELETE /utm_links/{tracking link}", state: "/utm_links"},
		{name: "17 revoke access", do: "PUT /sales/{working licence key}/revoke_access", state: "/sales/{working licence key}"},
		{name: "17 DELETE offer code", do: "DELETE " + digital + "/offer_codes/{fixed code}", state: digital + "/offer_codes"},
		{name: "17 DELETE custom field", given: []string{"POST " + digital + "/custom_fields name=A"}, do: "DELETE " + digital + "/custom_fields/A", state: digital + "/custom_fields"},
		{name: "17 POST offer code", do: "POST " + digital + "/offer_codes", body: "name=A&amount_off=1", state: digital + "/offer_codes"},
		{name: "17 full refund", do: "PUT /sales/{USD sale not refunded}/refund", state: "/sales/{USD sale not refunded}"},
		{name: "17 PUT offer code", do: "PUT " + digital + "/offer_codes/{fixed code}", body: "max_purchase_count=2000", same: true, state: digital + "/offer_codes"},
		{name: "17 PUT product", do: "PUT " + digital, body: "name=A&price=1300", same: true, state: digital},
		{name: "17 verify without counting", do: "POST /licenses/verify", body: key + "&increment_uses_count=false", same: true, state: "/sales/{working licence key}"},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			for _, given := range r.given {
				s.step(given)
			}
			first := s.expect(row{do: r.do, body: r.body, has: `{"success":true}`})
			before := s.send(row{do: "GET " + r.state})
			second := s.send(row{do: r.do, body: r.body})
			after := s.send(row{do: "GET " + r.state})
			if r.same != bytes.Equal(first.body, second.body) {
				t.Errorf("first %s\nsecond %s", first.body, second.body)
			}
			if !bytes.Equal(before.body, after.body) {
				t.Errorf("the second call changed the store:\n%s", cmp.Diff(before.json(t), after.json(t)))
			}
		})
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "17 POST category again", given: []string{"POST " + digital + "/variant_categories title=A", "POST " + digital + "/variant_categories title=A"}, do: "GET " + digital + "/variant_categories", has: `{"variant_categories":[{"title":"A"},{"title":"A"}]}`},
		{name: "17 POST product again", given: []string{"POST /products name=Twin&price=100", "POST /products name=Twin&price=100"}, do: "GET /products", has: `{"products":[{"name":"Twin"},{"name":"Twin"},"<any>","<any>","<any>","<any>","<any>","<any>","<any>","<any>"]}`},
		{name: "17 second DELETE of an offer code", given: []string{"DELETE " + digital + "/offer_codes/{fixed code}"}, do: "DELETE " + digital + "/offer_codes/{fixed code}", is: notFound("offer_code")},
		{name: "17 second DELETE of a custom field", given: []string{"POST " + digital + "/custom_fields name=A", "DELETE " + digital + "/custom_fields/A"}, do: "DELETE " + digital + "/custom_fields/A", is: notFound("custom_field")},
		{name: "17 second POST of an offer code", given: []string{"POST " + digital + "/offer_codes name=A&amount_off=1"}, do: "POST " + digital + "/offer_codes", body: "name=A&amount_off=1", is: refused("Discount code must be unique.")},
		{name: "17 second full refund", given: []string{"PUT /sales/{USD sale not refunded}/refund"}, do: "PUT /sales/{USD sale not refunded}/refund", is: refused("Purchase is already refunded.")},
		{name: "17 partial refund again", given: []string{"PUT /sales/{USD sale not refunded}/refund amount_cents=100"}, do: "PUT /sales/{USD sale not refunded}/refund", body: "amount_cents=100", has: `{"sale":{"amount_refundable_in_currency":"10"}}`},
		{name: "17 enable un-deletes again and again", given: []string{"DELETE " + digital, "PUT " + digital + "/enable", "DELETE " + digital}, do: "PUT " + digital + "/enable", has: `{"product":{"deleted":false,"published":true}}`},
	})
	t.Run("17 side by side", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		const callers = 16
		at := func(r row) (succeeded int) {
			results := make(chan bool, callers)
			for range callers {
				go func() {
					succeeded := false
					defer func() { results <- succeeded }()
					succeeded = bytes.Contains(s.send(r).body, []byte(`"success":true`))
				}()
			}
			for range callers {
				if <-results {
					succeeded++
				}
			}
			return succeeded
		}
		if n := at(row{do: "PUT /sales/{USD sale not refunded}/refund"}); n != 1 {
			t.Errorf("%d full refunds", n)
		}
		if n := at(row{do: "PUT /sales/{EUR sale}/refund", body: "amount_cents=500"}); n != 3 {
			t.Errorf("%d refunds of 5 of 18 euros", n)
		}
		if n := at(row{do: "POST " + digital + "/offer_codes", body: "name=A&amount_off=1"}); n != 1 {
			t.Errorf("%d codes of one name", n)
		}
		before := number(t, s.step("PUT /licenses/enable "+key), "uses")
		if n := at(row{do: "POST /licenses/verify", body: key}); n != callers {
			t.Errorf("%d verifications", n)
		}
		if after := number(t, s.step("PUT /licenses/enable "+key), "uses"); after != before+callers {
			t.Errorf("%d uses after %d verifications on %d", after, callers, before)
		}
	})
	t.Run("17 reading changes nothing", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		for _, e := range endpoints {
			if e.do[:4] == "GET " {
				s.send(row{do: e.do})
			}
		}
		for _, entry := range s.Journal() {
			if entry.Committed {
				t.Errorf("%s %s changed the store", entry.Method, entry.Path)
			}
		}
	})
}
