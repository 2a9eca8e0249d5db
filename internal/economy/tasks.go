package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// task is one thing that a seller asks for.
type task struct {
	asks string
	// agreed is what its results cost here, in tokens, when that was last looked at. A tenth more fails the test.
	agreed int
	here   func(ctx context.Context, s *byTools) error
	rest   func(ctx context.Context, s *byREST) error
	// facts are the texts that the answer to the seller needs, as they stand in what the model reads.
	facts func(ctx context.Context, b books) ([]string, error)
}

// The names that the tasks are about, in the demo data.
const (
	buyer     = "tomas.sato1@example.com"
	webhookTo = "https://hooks.pixelandpage.com/gumroad"
)

func cents(name string, amount int) string { return fmt.Sprintf(`"%s":%d`, name, amount) }

var tasks = []task{
	{
		asks: "What did October make, against September?", agreed: 178,
		here: func(ctx context.Context, s *byTools) error {
			_, err := s.call(ctx, "sales_report", map[string]any{"period": "2026-10", "compare": "previous"})
			return err
		},
		rest: func(ctx context.Context, s *byREST) error {
			_, err := s.list(ctx, "/sales", "sales", url.Values{"after": {"2026-09-01"}, "before": {"2026-11-01"}})
			return err
		},
		facts: func(ctx context.Context, b books) (facts []string, err error) {
			for _, month := range []string{"2026-10", "2026-09"} {
				charges, err := b.summed(ctx, month)
				if err != nil {
					return nil, err
				}
				facts = append(facts, cents("gross_cents", sum(charges, "price")), fmt.Sprintf(`"units":%d`, len(charges)))
			}
			return facts, nil
		},
	},
	{
		asks: "How did this year's best product do, month by month?", agreed: 371,
		here: func(ctx context.Context, s *byTools) error {
			_, err := s.call(ctx, "sales_report",
				map[string]any{"period": "this_year", "group_by": []string{"product", "month"}, "top": 1})
			return err
		},
		rest: func(ctx context.Context, s *byREST) error {
			_, err := s.list(ctx, "/sales", "sales", url.Values{"after": {"2026-01-01"}, "before": {"2026-11-16"}})
			return err
		},
		facts: func(ctx context.Context, b books) ([]string, error) {
			charges, err := b.charges(ctx, "2026")
			if err != nil {
				return nil, err
			}
			products, months := map[string]int{}, map[string]int{}
			for _, charge := range charges {
				products[charge.text("product_name")] += sum([]result{charge}, "price")
			}
			best := ""
			for name, gross := range products {
				if gross > products[best] {
					best = name
				}
			}
			for _, charge := range charges {
				if charge.text("product_name") == best {
					months[charge.text("month")] += sum([]result{charge}, "price")
				}
			}
			facts := []string{best, cents("gross_cents", products[best])}
			for month, gross := range months {
				facts = append(facts, fmt.Sprintf(`["%s",%d,`, month, gross))
			}
			return facts, nil
		},
	},
	{
		asks: "What has " + buyer + " bought, and does the licence work?", agreed: 279,
		here: func(ctx context.Context, s *byTools) error {
			_, err := s.call(ctx, "find_customer", map[string]any{"email": buyer})
			return err
		},
		rest: func(ctx context.Context, s *byREST) error {
			sales, err := s.list(ctx, "/sales", "sales", url.Values{"email": {buyer}})
			if err != nil {
				return err
			}
			for _, sale := range sales {
				if key := sale.text("license_key"); key != "" {
					if _, err := s.send(ctx, http.MethodPost, "/licenses/verify", url.Values{
						"product_id": {sale.text("product_id")}, "license_key": {key}, "increment_uses_count": {"false"}}); err != nil {
						return err
					}
				}
			}
			return nil
		},
		facts: func(ctx context.Context, b books) (facts []string, err error) {
			sales, err := b.all(ctx, "/sales", "sales", url.Values{"email": {buyer}})
			for _, sale := range sales {
				facts = append(facts, sale.text("product_name"), sale.text("id"))
				if key := sale.text("license_key"); key != "" {
					facts = append(facts, key, fmt.Sprintf(`"license_uses":%v`, sale["license_uses"]))
				}
			}
			return facts, err
		},
	},
	{
		asks: "Make a code AUTUMN30 for 30 % off Ink & Wash, fifty times.", agreed: 52,
		here: func(ctx context.Context, s *byTools) error {
			_, err := s.call(ctx, "create_offer_code", map[string]any{
				"product_id": "Ink & Wash", "name": "AUTUMN30", "percent_off": 30, "max_purchase_count": 50})
			return err
		},
		rest: func(ctx context.Context, s *byREST) error {
			products, err := s.list(ctx, "/products", "products", nil)
			if err != nil {
				return err
			}
			_, err = s.send(ctx, http.MethodPost, "/products/"+named(products, "Ink & Wash").text("id")+"/offer_codes", url.Values{
				"name": {"AUTUMN30"}, "amount_off": {"30"}, "offer_type": {"percent"}, "max_purchase_count": {"50"}})
			return err
		},
		facts: func(context.Context, books) ([]string, error) {
			return []string{`"AUTUMN30"`, `"percent_off":30`, `"max_purchase_count":50`}, nil
		},
	},
	{
		asks: "Send sales to my webhook, show that it is there, then take it away.", agreed: 182,
		here: func(ctx context.Context, s *byTools) error {
			made, err := s.call(ctx, "create_webhook", map[string]any{"resource_name": "sale", "post_url": webhookTo})
			if err != nil {
				return err
			}
			if _, err := s.call(ctx, "list_webhooks", map[string]any{"resource_name": "sale"}); err != nil {
				return err
			}
			_, err = s.call(ctx, "delete_webhook", map[string]any{"resource_subscription_id": made["id"]})
			return err
		},
		rest: func(ctx context.Context, s *byREST) error {
			made, err := s.send(ctx, http.MethodPut, "/resource_subscriptions",
				url.Values{"resource_name": {"sale"}, "post_url": {webhookTo}})
			if err != nil {
				return err
			}
			if _, err := s.send(ctx, http.MethodGet, "/resource_subscriptions", url.Values{"resource_name": {"sale"}}); err != nil {
				return err
			}
			_, err = s.send(ctx, http.MethodDelete,
				"/resource_subscriptions/"+made.record("resource_subscription").text("id"), nil)
			return err
		},
		facts: func(context.Context, books) ([]string, error) {
			return []string{webhookTo, `"sale"`, "deleted"}, nil
		},
	},
	{
		asks: "Write all of 2025 into a file for my accountant, with its totals.", agreed: 165,
		here: func(ctx context.Context, s *byTools) error {
			_, err := s.call(ctx, "export_sales", map[string]any{"period": "2025"})
			return err
		},
		rest: func(ctx context.Context, s *byREST) error {
			_, err := s.list(ctx, "/sales", "sales", url.Values{"after": {"2025-01-01"}, "before": {"2026-01-01"}})
			return err
		},
		facts: func(ctx context.Context, b books) ([]string, error) {
			charges, err := b.charges(ctx, "2025")
			return []string{fmt.Sprintf(`"units":%d`, len(charges)), cents("gross_cents", sum(charges, "price")),
				cents("fees_cents", sum(charges, "gumroad_fee")), `"path":"`}, err
		},
	},
	{
		asks: "Give back half of a yen order.", agreed: 170,
		here: func(ctx context.Context, s *byTools) error {
			order, price, err := yenOrder(ctx, s.store())
			if err != nil {
				return err
			}
			found, err := s.call(ctx, "list_sales", map[string]any{"order_id": order})
			if err != nil {
				return err
			}
			_, err = s.call(ctx, "refund_sale",
				map[string]any{"sale_id": found.rows("sales")[0]["id"], "amount_cents": price / 2})
			return err
		},
		rest: func(ctx context.Context, s *byREST) error {
			order, price, err := yenOrder(ctx, books{s.store})
			if err != nil {
				return err
			}
			found, err := s.send(ctx, http.MethodGet, "/sales", url.Values{"order_id": {strconv.Itoa(order)}})
			if err != nil {
				return err
			}
			_, err = s.send(ctx, http.MethodPut, "/sales/"+found.rows("sales")[0].text("id")+"/refund",
				url.Values{"amount_cents": {strconv.Itoa(price / 2)}})
			return err
		},
		facts: func(ctx context.Context, b books) ([]string, error) {
			_, price, err := yenOrder(ctx, b)
			return []string{cents("refunded_now_cents", price/2), cents("left_to_refund_cents", price-price/2), `"jpy"`}, err
		},
	},
	{
		asks: "How many members are there, who left in October, and what is the MRR?", agreed: 268,
		here: func(ctx context.Context, s *byTools) error {
			_, err := s.call(ctx, "subscriber_report", map[string]any{"period": "2026-10", "product_id": "Club"})
			return err
		},
		rest: func(ctx context.Context, s *byREST) error {
			products, err := s.list(ctx, "/products", "products", nil)
			if err != nil {
				return err
			}
			club := named(products, "Club").text("id")
			if _, err := s.list(ctx, "/products/"+club+"/subscribers", "subscribers", url.Values{"paginated": {"true"}}); err != nil {
				return err
			}
			sales, err := s.list(ctx, "/sales", "sales", url.Values{"product_id": {club}, "after": {"2025-09-01"}})
			if err != nil {
				return err
			}
			for _, id := range ended(sales, "2026-10") {
				if _, err := s.send(ctx, http.MethodGet, "/subscribers/"+id, nil); err != nil {
					return err
				}
			}
			return nil
		},
		facts: func(ctx context.Context, b books) ([]string, error) {
			products, err := b.all(ctx, "/products", "products", nil)
			if err != nil {
				return nil, err
			}
			club := named(products, "Club").text("id")
			active, err := b.all(ctx, "/products/"+club+"/subscribers", "subscribers", url.Values{"paginated": {"true"}})
			if err != nil {
				return nil, err
			}
			sales, err := b.all(ctx, "/sales", "sales", url.Values{"product_id": {club}})
			if err != nil {
				return nil, err
			}
			facts := []string{fmt.Sprintf(`"active":%d`, len(active)), cents("mrr_cents", mrr(active, sales))}
			for _, id := range ended(sales, "2026-10") {
				facts = append(facts, `"subscriber_id":"`+id)
			}
			return facts, nil
		},
	},
	{
		asks: "Raise all paid dollar products by 10 %, but not Gridsmith and The Quiet Grid.", agreed: 175,
		here: func(ctx context.Context, s *byTools) error {
			_, err := s.call(ctx, "change_prices", map[string]any{
				"percent": 10, "currency": "usd", "except": []string{"Gridsmith", "The Quiet Grid"}})
			return err
		},
		rest: func(ctx context.Context, s *byREST) error {
			products, err := s.list(ctx, "/products", "products", nil)
			if err != nil {
				return err
			}
			for _, product := range raised(products) {
				price := sum([]result{product}, "price")
				if _, err := s.send(ctx, http.MethodPut, "/products/"+product.text("id"),
					url.Values{"price": {strconv.Itoa((price*11 + 5) / 10)}}); err != nil {
					return err
				}
			}
			return nil
		},
		facts: func(ctx context.Context, b books) ([]string, error) {
			products, err := b.all(ctx, "/products", "products", nil)
			if err != nil {
				return nil, err
			}
			var facts []string
			for _, product := range raised(products) {
				price := sum([]result{product}, "price")
				facts = append(facts, fmt.Sprintf(`["%s",%d,%d]`, product.text("name"), price, (price*11+5)/10))
			}
			return facts, nil
		},
	},
	{
		asks: "Which discount codes are there, and what is left of each?", agreed: 316,
		here: func(ctx context.Context, s *byTools) error {
			_, err := s.call(ctx, "list_discounts", nil)
			return err
		},
		rest: func(ctx context.Context, s *byREST) error {
			products, err := s.list(ctx, "/products", "products", nil)
			if err != nil {
				return err
			}
			for _, product := range products {
				if _, err := s.send(ctx, http.MethodGet, "/products/"+product.text("id")+"/offer_codes", nil); err != nil {
					return err
				}
			}
			return nil
		},
		facts: func(ctx context.Context, b books) ([]string, error) {
			products, err := b.all(ctx, "/products", "products", nil)
			if err != nil {
				return nil, err
			}
			facts := map[string]bool{}
			for _, product := range products {
				codes, err := b.all(ctx, "/products/"+product.text("id")+"/offer_codes", "offer_codes", nil)
				if err != nil {
					return nil, err
				}
				for _, code := range codes {
					if name := code.text("name"); name != "" {
						facts[`"code":"`+name+`"`] = true
					}
					if limit, ok := code["max_purchase_count"].(float64); ok {
						facts[fmt.Sprintf(`"limit":%d,"left":%d`, int(limit), max(int(limit-code["times_used"].(float64)), 0))] = true
					}
				}
			}
			var all []string
			for fact := range facts {
				all = append(all, fact)
			}
			return all, nil
		},
	},
}

// named returns the product whose name has a part.
func named(products []result, part string) result {
	at := slices.IndexFunc(products, func(p result) bool { return strings.Contains(p.text("name"), part) })
	if at < 0 {
		return nil
	}
	return products[at]
}

// raised returns the products whose price the ninth task raises.
func raised(products []result) []result {
	return slices.DeleteFunc(slices.Clone(products), func(p result) bool {
		return p.text("currency") != "usd" || sum([]result{p}, "price") == 0 ||
			strings.Contains(p.text("name"), "Gridsmith") || p.text("name") == "The Quiet Grid"
	})
}

// yenOrder returns the number and the price of a yen order of which nothing was given back.
func yenOrder(ctx context.Context, b books) (order, price int, err error) {
	sale, _ := b.store.Highlight("JPY sale not refunded")
	sales, err := b.all(ctx, "/sales", "sales", nil)
	if err != nil {
		return 0, 0, err
	}
	for _, row := range sales {
		if row.text("id") == sale.ID {
			price, err = strconv.Atoi(strings.Map(digit, row.text("formatted_total_price")))
			return sum([]result{row}, "order_id"), price, err
		}
	}
	return 0, 0, fmt.Errorf("there is no yen order")
}

func digit(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// ended returns the memberships among sales that ended in a month, newest sale first, each once.
func ended(sales []result, month string) (ids []string) {
	for _, sale := range sales {
		if id := sale.text("subscription_id"); strings.HasPrefix(sale.text("subscription_end_date"), month) &&
			!slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// mrr is what the active members pay a month, by the last full charge of each; trials and plans of a fixed length pay
// nothing that recurs.
func mrr(active, sales []result) (total int) {
	months := map[string]int{"monthly": 1, "quarterly": 3, "biannually": 6, "yearly": 12, "every_two_years": 24}
	for _, member := range active {
		if member["charge_occurrence_count"] != nil || member.text("free_trial_ends_at") > now.Format("2006-01-02T15:04:05Z") {
			continue
		}
		for _, sale := range sales { // newest first
			_, trial := sale["free_trial_ended"].(bool)
			if sale.text("subscription_id") == member.text("id") && sale["is_upgrade_purchase"] != true &&
				!(trial && sale["recurring_charge"] != true) {
				total += (2*sum([]result{sale}, "price")/months[member.text("recurrence")] + 1) / 2
				break
			}
		}
	}
	return total
}
