package sandbox_test

import (
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// TestProductCounts: sales_count is of live customers, and sales_usd_cents of money that was kept.
func TestProductCounts(t *testing.T) {
	counts := func(s *service, product string) (sales, cents int) {
		shown := s.get("/products/" + product)
		return number(t, shown, "product.sales_count"), number(t, shown, "product.sales_usd_cents")
	}
	happens := func(name, id string) func(*service) {
		return func(s *service) {
			if err := s.Happen(sandbox.Event{Name: name, ID: s.fill(id)}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name, product string
		do            func(*service)
		sales, cents  int // by how much they change
	}{
		{"a purchase counts", "{digital product}", func(s *service) { s.buy(sandbox.Purchase{Product: "{digital product}"}) }, 1, 1200},
		{"a pre-order counts when it is placed", "{pre-order product}", func(s *service) { s.buy(sandbox.Purchase{Product: "{pre-order product}"}) }, 1, 1900},
		{"a full refund takes both away", "{digital product}", func(s *service) { s.step("PUT /sales/{USD sale not refunded}/refund") }, -1, -1200},
		{"a partial refund leaves the customer", "{digital product}", func(s *service) { s.step("PUT /sales/{USD sale not refunded}/refund amount_cents=500") }, 0, -500},
		{"a dispute takes both away", "{digital product}", happens("dispute", "{USD sale not refunded}"), -1, -1200},
		{"a dispute that was won gives both back", "{digital product}", happens("dispute_won", "{disputed sale}"), 1, 1200},
		{"a membership that ends is no customer any more", "{membership}", happens("subscription_ended", "{subscriber alive}"), -1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			sales, cents := counts(s, c.product)
			c.do(s)
			newSales, newCents := counts(s, c.product)
			if newSales-sales != c.sales || newCents-cents != c.cents {
				t.Errorf("%+d sales and %+d cents, want %+d and %+d", newSales-sales, newCents-cents, c.sales, c.cents)
			}
		})
	}
	t.Run("a membership has as many as it has active subscribers and trials", func(t *testing.T) {
		s := serve(t, sandbox.Options{Sales: 400})
		active := len(ids(t, s.get("/products/{membership}/subscribers"), "subscribers"))
		if sales, _ := counts(s, "{membership}"); sales != active {
			t.Errorf("%d, but %d are active", sales, active)
		}
	})
	t.Run("what a bundle holds counts for the bundle alone", func(t *testing.T) {
		s := serve(t, sandbox.Options{Sales: 400})
		kept, parts := 0, 0
		for _, sale := range s.walk("/sales?product_id="+s.fill("{product with variants}"), "sales") {
			is := func(name string) bool { v, _ := at(sale, name); return v == true }
			switch {
			case is("is_bundle_product_purchase"):
				parts++
			case !is("refunded") && !is("chargedback"):
				kept++
			}
		}
		if sales, _ := counts(s, "{product with variants}"); sales != kept || parts == 0 {
			t.Errorf("%d, but %d were kept, beside %d parts of bundles", sales, kept, parts)
		}
	})
}

// TestSummaryOfPreorders: an authorization counts on its own day, although nothing was charged and nothing is listed.
func TestSummaryOfPreorders(t *testing.T) {
	s := serve(t, sandbox.Options{})
	const today = "/sales/summary?group_by=product&from=2026-03-10&to=2026-03-10"
	s.buy(sandbox.Purchase{Product: "{pre-order product}"})
	s.expect(row{do: "GET " + today, has: `{"gross_cents":1900,"units":1,"breakdown":[{"key":"{pre-order product}","units":1}]}`})
	s.expect(row{do: "GET /sales?after=2026-03-10", is: `{"success":true,"sales":[]}`})
	const placed, charged = "from=2025-12-08&to=2025-12-08", "from=2026-01-07&to=2026-01-07"
	checkRows(t, sandbox.Options{}, []row{
		{name: "one that was charged since still counts when it was placed", do: "GET /sales/summary?" + placed, has: `{"gross_cents":800,"units":1}`},
		{name: "and not when it was charged", do: "GET /sales/summary?" + charged, has: `{"gross_cents":0,"units":0}`},
		{name: "what is listed is the charge", do: "GET /sales?product_id={released pre-order product}", has: `{"sales":[{"id":"{pre-order, as charged}","created_at":"2026-01-07T12:00:00Z","is_preorder_authorization":false,"is_in_preorder_state":false,"preorder_authorization_time":"2025-12-08T12:00:00Z","refunded":false}]}`},
		{name: "the authorization is found by its id", do: "GET /sales/{pre-order, as placed}", has: `{"sale":{"is_preorder_authorization":true,"price":800}}`, lacks: "sale.refunded sale.preorder_authorization_time"},
		{name: "a product counts the two as one", do: "GET /products/{released pre-order product}", has: `{"product":{"sales_count":1,"sales_usd_cents":800,"is_preorder":true,"is_in_preorder_state":false}}`},
	})
}

// TestLimitsOfTiers: a member who has left gives the place back.
func TestLimitsOfTiers(t *testing.T) {
	s := serve(t, sandbox.Options{})
	s.step("POST /products name=Circle&price=500&native_type=membership => id:product.id")
	s.step("PUT /products/{id}/enable")
	s.step("GET /products/{id}/variant_categories => tiers:variant_categories.0.id")
	s.step("GET /products/{id}/variant_categories/{tiers}/variants => tier:variants.0.id")
	for range 2 {
		s.names["sale"] = s.buy(sandbox.Purchase{Product: "{id}"})
	}
	limit := row{do: "PUT /products/{id}/variant_categories/{tiers}/variants/{tier}", body: "max_purchase_count=1"}
	limit.is = refused("You have chosen an amount lower than what you have already sold. Please enter an amount greater than 2.")
	s.expect(limit)
	s.step("GET /sales/{sale} => subscriber:sale.subscription_id")
	if err := s.Happen(sandbox.Event{Name: "subscription_ended", ID: s.names["subscriber"]}); err != nil {
		t.Fatal(err)
	}
	limit.is, limit.has = "", `{"variant":{"max_purchase_count":1}}`
	s.expect(limit)
}

// TestEndsOfMemberships: how a membership ended shows in its state and in its sales.
func TestEndsOfMemberships(t *testing.T) {
	for _, c := range []struct {
		name       string
		event      sandbox.Event
		subscriber string // what it becomes
		sale       string
	}{
		{"a dispute of a charge ends it", sandbox.Event{Name: "dispute", ID: "{sale}"},
			`"status":"cancelled","cancelled_at":"<time>","user_requested_cancellation_at":"<time>"`, `"cancelled":true,"dead":true,"chargedback":true`},
		{"payment failures end it as failed", sandbox.Event{Name: "cancellation", ID: "{subscriber alive}", By: "payment_failures"},
			`"status":"failed_payment","failed_at":"<time>","cancelled_at":null`, `"cancelled":true,"dead":true,"ended":false`},
		{"a buyer who cancels has until the period ends", sandbox.Event{Name: "cancellation", ID: "{subscriber alive}"},
			`"status":"pending_cancellation","cancelled_at":"<time>","failed_at":null`, `"cancelled":true,"dead":false`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			s.step("GET /subscribers/{subscriber alive} => sale:subscriber.purchase_ids.0")
			c.event.ID = s.fill(c.event.ID)
			if err := s.Happen(c.event); err != nil {
				t.Fatal(err)
			}
			s.expect(row{do: "GET /subscribers/{subscriber alive}", has: `{"subscriber":{` + c.subscriber + `}}`})
			s.expect(row{do: "GET /sales/{sale}", has: `{"sale":{` + c.sale + `}}`})
		})
	}
	t.Run("one that failed long ago is cancelled in its sales", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("GET /subscribers/{subscriber with failed payment} => sale:subscriber.purchase_ids.0")
		s.expect(row{do: "GET /sales/{sale}", has: `{"sale":{"cancelled":true,"dead":true,"ended":false}}`})
	})
}
