package sandbox_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestPages(t *testing.T) {
	t.Run("15 a walk sees every row once, newest first", func(t *testing.T) {
		s := serve(t, sandbox.Options{Sales: 400})
		seen := map[string]bool{}
		previous := "9999"
		for _, sale := range s.walk("/sales", "sales") {
			id, created := text(t, sale, "id"), text(t, sale, "created_at")
			if seen[id] {
				t.Errorf("%s comes twice", id)
			}
			if created > previous {
				t.Errorf("%s of %s comes after %s", id, created, previous)
			}
			seen[id], previous = true, created
		}
		if len(seen) != 400 {
			t.Errorf("%d sales, want 400", len(seen))
		}
		var byNumber int
		for page := 1; ; page++ {
			rows := ids(t, s.get(fmt.Sprintf("/sales?page=%d", page)), "sales")
			if len(rows) == 0 {
				break
			}
			byNumber += len(rows)
		}
		if byNumber != len(seen) {
			t.Errorf("%d sales by page number, %d by key", byNumber, len(seen))
		}
	})
	t.Run("15 the key is the last row's time and a number", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		body := s.get("/sales")
		created, err := time.Parse(time.RFC3339, text(t, body, "sales.9.created_at"))
		if err != nil {
			t.Fatal(err)
		}
		key := text(t, body, "next_page_key")
		if stamp, _, _ := strings.Cut(key, "-"); stamp[:14] != created.Format("20060102150405") {
			t.Errorf("key %s after a row of %v", key, created)
		}
		if got := text(t, body, "next_page_url"); got != "/v2/sales?page_key="+key {
			t.Errorf("next_page_url %s", got)
		}
	})
	t.Run("15 ten rows are one page, eleven are two", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("POST /products name=x&price=300 => id:product.id")
		s.step("PUT /products/{id}/enable")
		for range 10 {
			s.buy(sandbox.Purchase{Product: "{id}"})
			s.clock.Advance(time.Second)
		}
		s.expect(row{do: "GET /sales?product_id={id}", has: `{"sales":"<list>"}`, lacks: "next_page_key next_page_url sales.10"})
		s.expect(row{do: "GET /sales?product_id={id}&page=1", lacks: "next_page_key next_page_url"})
		s.expect(row{do: "GET /sales?product_id={id}&page=2", is: `{"success":true,"sales":[]}`})
		s.buy(sandbox.Purchase{Product: "{id}"})
		s.step("GET /sales?product_id={id} => key:next_page_key")
		s.expect(row{do: "GET /sales?product_id={id}&page_key={key}", has: `{"sales":["<object>"]}`, lacks: "next_page_key next_page_url"})
	})
	t.Run("15 rows of one second, highest id first, none lost", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		var bought []string
		for range 25 {
			bought = append(bought, s.buy(sandbox.Purchase{Product: "{digital product}", Email: "rush@example.com"}))
		}
		slices.Reverse(bought)
		if diff := cmp.Diff(bought, idsOf(t, s.walk("/sales?email=rush@example.com", "sales"))); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("15 new rows do not move a walk", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("GET /sales => key:next_page_key")
		before := ids(t, s.get("/sales?page_key={key}"), "sales")
		s.clock.Advance(time.Minute)
		s.buy(sandbox.Purchase{Product: "{digital product}"})
		if diff := cmp.Diff(before, ids(t, s.get("/sales?page_key={key}"), "sales")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("15 next_page_url has the filters, sorted, without token and page", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		for range 11 {
			s.buy(sandbox.Purchase{Product: "{digital product}", Email: "rush@example.com"})
		}
		for _, path := range []string{"/v2/sales", "/v2/sales.json", "/api/v2/sales"} {
			for _, query := range []string{
				"product_id={digital product}&email=rush%40example.com&before=2026-12-31&after=2025-01-01&access_token=sandbox&page=1",
				"email=rush@example.com&after=2025-01-01&product_id={digital product}&page=1&before=2026-12-31&access_token=sandbox&page_key=20260101000000000000-5",
			} {
				body := s.expect(row{do: "GET " + path + "?" + query, token: "none"}).json(t)
				next := text(t, body, "next_page_url")
				got, err := url.Parse(next)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]string{"", path}, []string{got.Host, got.Path}); diff != "" {
					t.Errorf("%s: %s", next, diff)
				}
				var names []string
				for pair := range strings.SplitSeq(got.RawQuery, "&") {
					name, _, _ := strings.Cut(pair, "=")
					names = append(names, name)
				}
				if diff := cmp.Diff([]string{"after", "before", "email", "page_key", "product_id"}, names); diff != "" {
					t.Errorf("%s: %s", next, diff)
				}
				if !strings.Contains(next, "email=rush%40example.com") {
					t.Errorf("@ is not %%40 in %s", next)
				}
				if key := got.Query().Get("page_key"); key != text(t, body, "next_page_key") {
					t.Errorf("page_key %s in the URL, %s beside it", key, text(t, body, "next_page_key"))
				}
				second := s.expect(row{do: "GET " + next, has: `{"sales":["<object>"]}`}).json(t)
				if email := text(t, second, "sales.0.purchase_email"); email != "rush@example.com" {
					t.Errorf("the next page is of %s", email)
				}
			}
		}
	})
	t.Run("15 the key carries no filters", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		for range 11 {
			s.buy(sandbox.Purchase{Product: "{digital product}", Email: "rush@example.com"})
			s.buy(sandbox.Purchase{Product: "{digital product}", Email: "other@example.com"})
		}
		s.step("GET /sales?email=rush@example.com => key:next_page_key")
		s.expect(row{do: "GET /sales?email=rush@example.com&page_key={key}", has: `{"sales":["<object>"]}`})
		body := s.get("/sales?page_key={key}")
		if n := len(ids(t, body, "sales")); n != 10 {
			t.Errorf("%d rows without the filter, want 10", n)
		}
	})
	t.Run("15 sales whose ids disagree with their times are skipped", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		var later []string
		for range 10 {
			later = append(later, s.buy(sandbox.Purchase{Product: "{digital product}", Email: "rush@example.com"}))
		}
		slices.Reverse(later)
		s.clock.Advance(-time.Hour)
		for range 5 {
			s.buy(sandbox.Purchase{Product: "{digital product}", Email: "rush@example.com"})
		}
		if diff := cmp.Diff(later, idsOf(t, s.walk("/sales?email=rush@example.com", "sales"))); diff != "" {
			t.Error(diff)
		}
		s.expect(row{do: "GET /sales?email=rush@example.com&page=2", has: `{"sales":["<object>","<object>","<object>","<object>","<object>"]}`})
	})
	t.Run("15 products whose ids disagree with their times are not", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := len(s.products())
		for range 10 {
			s.step("POST /products name=Later&price=100")
		}
		s.clock.Advance(-time.Hour)
		for range 5 {
			s.step("POST /products name=Earlier&price=100")
		}
		if after := len(s.products()); after != before+15 {
			t.Errorf("%d products, want %d", after, before+15)
		}
	})
	checkRows(t, sandbox.Options{}, []row{
		{name: "15 garbage time with a good id is an empty page", given: []string{"GET /sales => key:next_page_key"}, do: "GET /sales?page_key=nonsense-123456", is: `{"success":true,"sales":[]}`},
		{name: "15 a page size is not heard", do: "GET /sales?page_size=2&limit=2&per_page=2", has: `{"sales":["<any>","<any>","<any>","<any>","<any>","<any>","<any>","<any>","<any>","<any>"]}`},
		{name: "15 no total", do: "GET /sales", lacks: "total total_count count page"},
		{name: "15 offer codes are not paginated", do: "GET /products/{digital product}/offer_codes?page_key=x", has: `{"success":true}`, lacks: "next_page_key"},
		{name: "15 products, .json", do: "GET /products.json", has: `{"next_page_url":"~^/v2/products\\.json\\?page_key="}`},
	})
}

func idsOf(t *testing.T, rows []any) []string {
	t.Helper()
	return ids(t, map[string]any{"rows": rows}, "rows")
}

const subscriberKeys = "id email product_id product_name user_id user_email purchase_ids created_at user_requested_cancellation_at charge_occurrence_count recurrence cancelled_at ended_at failed_at free_trial_ends_at status"

func TestSubscribers(t *testing.T) {
	names := map[string]string{ // highlight to status
		"subscriber alive": "alive", "subscriber pending cancellation": "pending_cancellation", "subscriber pending failure": "pending_failure", "subscriber cancelled": "cancelled",
		"subscriber with failed payment": "failed_payment", "subscriber whose fixed period ended": "fixed_subscription_period_ended", "subscriber in a free trial": "alive", "yearly subscriber": "alive",
	}
	s := serve(t, sandbox.Options{})
	for name, status := range names {
		t.Run("11.1 "+name, func(t *testing.T) {
			s.t = t
			a := s.expect(row{do: "GET /subscribers/{" + name + "}", has: `{"success":true,"subscriber":{"id":"{` + name + `}","status":"` + status + `","email":"~@","product_id":"<id>","product_name":"<text>","user_email":"<string?>","purchase_ids":"<list>","created_at":"<time>","user_requested_cancellation_at":"<time?>","charge_occurrence_count":"<int?>","recurrence":"<duration?>","cancelled_at":"<time?>","ended_at":"<time?>","failed_at":"<time?>","free_trial_ends_at":"<time?>"}}`, lacks: "subscribers subscriber.email_address"})
			if diff := cmp.Diff(sortedWords(subscriberKeys), keysOf(t, a.json(t), "subscriber")); diff != "" {
				t.Error(diff)
			}
		})
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "11.1 pending cancellation lies ahead", do: "GET /subscribers/{subscriber pending cancellation}", has: `{"subscriber":{"cancelled_at":"<time>","user_requested_cancellation_at":"<time>","ended_at":null,"failed_at":null}}`},
		{name: "11.1 cancelled", do: "GET /subscribers/{subscriber cancelled}", has: `{"subscriber":{"cancelled_at":"<time>","failed_at":null}}`},
		{name: "11.1 failed payment", do: "GET /subscribers/{subscriber with failed payment}", has: `{"subscriber":{"failed_at":"<time>"}}`},
		{name: "11.1 fixed period ended", do: "GET /subscribers/{subscriber whose fixed period ended}", has: `{"subscriber":{"ended_at":"<time>","charge_occurrence_count":3}}`},
		{name: "11.1 open-ended", do: "GET /subscribers/{subscriber alive}", has: `{"subscriber":{"charge_occurrence_count":null,"recurrence":"monthly"}}`},
		{name: "11.1 yearly", do: "GET /subscribers/{yearly subscriber}", has: `{"subscriber":{"recurrence":"yearly"}}`},
		{name: "11.1 free trial", do: "GET /subscribers/{subscriber in a free trial}", has: `{"subscriber":{"free_trial_ends_at":"<time>","purchase_ids":["<id>"]}}`},

		{name: "11.2 list", do: "GET /products/{membership}/subscribers", has: `{"success":true,"subscribers":"<list>"}`, lacks: "next_page_key next_page_url"},
		{name: "11.2 product without any", do: "GET /products/{free product}/subscribers", is: `{"success":true,"subscribers":[]}`},
		{name: "11.2 by permalink", given: []string{"GET /sales/{upgrade purchase} => permalink:sale.product_permalink"}, do: "GET /products/{permalink}/subscribers", has: `{"success":true,"subscribers":"<list>"}`},
		{name: "11.2 e-mail", given: []string{"GET /subscribers/{subscriber alive} => first:subscriber.purchase_ids.0", "GET /sales/{first} => email:sale.purchase_email"}, do: "GET /products/{membership}/subscribers?email={email}", has: `{"subscribers":[{"id":"{subscriber alive}"}]}`},
		{name: "11.2 e-mail is trimmed", given: []string{"GET /subscribers/{subscriber alive} => first:subscriber.purchase_ids.0", "GET /sales/{first} => email:sale.purchase_email"}, do: "GET /products/{membership}/subscribers?email=%20{email}+", has: `{"subscribers":[{"id":"{subscriber alive}"}]}`},
		{name: "11.2 unknown e-mail", do: "GET /products/{membership}/subscribers?email=nobody@nowhere.example", is: `{"success":true,"subscribers":[]}`},
		{name: "11.2 few are one page", do: "GET /products/{fixed-length subscription}/subscribers?paginated=true", has: `{"success":true}`, lacks: "next_page_key next_page_url"},
		{name: "11.2 bad page key", do: "GET /products/{membership}/subscribers?page_key=nonsense", status: 400, is: badRequest("Invalid page_key.")},
		{name: "11.2 bad page key of an unknown product", do: "GET /products/{unknown}/subscribers", is: notFound("product")},
		{name: "11.2 foreign product", do: "GET /products/{other store's product}/subscribers", is: notFound("product")},

		{name: "11.3 ended", do: "GET /subscribers/{subscriber whose fixed period ended}", has: `{"success":true}`},
		{name: "11.3 unknown", do: "GET /subscribers/{unknown}", is: notFound("subscriber")},
		{name: "11.3 raw number", do: "GET /subscribers/12345", is: notFound("subscriber")},
		{name: "11.3 id of a sale", do: "GET /subscribers/{USD sale not refunded}", is: notFound("subscriber")},
	})
	t.Run("11.3 foreign", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.expect(row{do: "GET /gumroad/v2/subscribers/{subscriber alive}", header: "Maton-Connection: {second connection}", is: notFound("subscriber")})
		s.expect(row{do: "GET /gumroad/v2/subscribers/{subscriber alive}", header: "Maton-Connection: {first connection}", has: `{"success":true}`})
	})
	t.Run("11.2 active ones only, newest first", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		all := append(ids(t, s.get("/products/{membership}/subscribers"), "subscribers"), ids(t, s.get("/products/{fixed-length subscription}/subscribers"), "subscribers")...)
		for name, want := range map[string]bool{
			"subscriber alive": true, "subscriber pending cancellation": true, "subscriber pending failure": true, "subscriber in a free trial": true, "yearly subscriber": true, "course subscriber": true,
			"subscriber cancelled": false, "subscriber with failed payment": false, "subscriber whose fixed period ended": false, "test subscriber": false,
		} {
			if slices.Contains(all, s.names[name]) != want {
				t.Errorf("%s listed: %v", name, !want)
			}
		}
		v, _ := at(s.get("/products/{membership}/subscribers"), "subscribers")
		previous := "9999"
		for _, subscriber := range v.([]any) {
			created := text(t, subscriber, "created_at")
			if created > previous {
				t.Errorf("%s comes after %s", created, previous)
			}
			previous = created
			if diff := cmp.Diff(sortedWords(subscriberKeys), sortedKeys(subscriber.(map[string]any))); diff != "" {
				t.Error(diff)
			}
		}
	})
	t.Run("11.1 user_email is the account's", func(t *testing.T) {
		s := serve(t, sandbox.Options{Sales: 400})
		v, _ := at(s.get("/products/{membership}/subscribers"), "subscribers")
		var guests, accounts int
		for _, subscriber := range v.([]any) {
			user, _ := at(subscriber, "user_id")
			email, _ := at(subscriber, "user_email")
			if (user == nil) != (email == nil) {
				t.Errorf("user_id %v with user_email %v", user, email)
			}
			if user == nil {
				guests++
			} else {
				accounts++
				if address := text(t, subscriber, "email"); address != email {
					t.Errorf("email %s of the account %v", address, email)
				}
			}
		}
		if guests == 0 || accounts == 0 {
			t.Errorf("%d guests, %d accounts: both were wanted", guests, accounts)
		}
	})
	t.Run("11.2 pages of a hundred, when asked for", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		for range 120 {
			s.buy(sandbox.Purchase{Product: "{membership}"})
		}
		const list = "/products/{membership}/subscribers"
		everything := ids(t, s.get(list), "subscribers")
		if len(everything) <= 120 {
			t.Fatalf("%d subscribers", len(everything))
		}
		for query, want := range map[string]int{
			"": len(everything), "?paginated=true": 100, "?paginated=1": 100,
			"?paginated=yes": len(everything), "?paginated=True": len(everything), "?paginated=false": len(everything), "?paginated=": len(everything),
		} {
			body := s.get(list + query)
			if got := len(ids(t, body, "subscribers")); got != want {
				t.Errorf("%q: %d subscribers, want %d", query, got, want)
			}
			if _, more := at(body, "next_page_key"); more != (want == 100) {
				t.Errorf("%q: next_page_key present: %v", query, more)
			}
		}
		s.expect(row{do: "GET " + list + "?paginated=true", has: `{"next_page_key":"<page key>","next_page_url":"~^/v2/products/.+/subscribers\\?page_key=\\d{20}-\\d+&paginated=true$"}`})
		if diff := cmp.Diff(everything, idsOf(t, s.walk(list+"?paginated=true", "subscribers"))); diff != "" {
			t.Error(diff)
		}
		s.step("GET " + list + "?paginated=true => key:next_page_key")
		s.expect(row{do: "GET " + list + "?page_key={key}", has: `{"success":true,"subscribers":"<list>"}`, lacks: "subscribers.100"})
		rest := ids(t, s.get(list+"?page_key={key}"), "subscribers")
		if diff := cmp.Diff(everything[100:], rest); diff != "" {
			t.Error(diff)
		}
	})
}
