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

// saleFields are in every sale; saleTail may be null, everything else is left
// out when it has no value.
const (
	saleFields = "id email seller_id timestamp daystamp created_at product_name product_has_variants price gumroad_fee is_bundle_purchase is_bundle_product_purchase formatted_display_price formatted_total_price currency_symbol amount_refundable_in_currency product_id product_permalink partially_refunded chargedback purchase_email paid has_variants variants_and_quantity has_custom_fields custom_fields order_id is_product_physical is_recurring_billing can_contact is_following disputed dispute_won is_additional_contribution discover_fee_charged is_upgrade_purchase is_more_like_this_recommended is_gift_sender_purchase is_gift_receiver_purchase paypal_refund_expired referrer card product_rating quantity"
	saleMaybe  = "subscription_duration transaction_url_for_seller refunded giftee_email gifter_email full_name street_address city state zip_code country country_iso2 variants purchaser_id ppp upsell reviews_count average_rating subscription_id cancelled dead ended free_trial_ended free_trial_ends_on recurring_charge preorder_cancelled is_preorder_authorization is_in_preorder_state shipped tracking_url offer_code affiliate discover_fee_percentage license_key license_id license_disabled is_multiseat_license sku_id sku_external_id formatted_shipping_amount"
	saleLate   = "currency tip_cents tax_cents shipping_cents tax_label tax_included_in_price payment_processor processor_transaction_id processor_fee_cents processor_fee_currency access_revoked preorder_authorization_time variants_price_cents review cancellation_date subscription_end_date sent_abandoned_cart_email utm_source utm_medium utm_campaign utm_term utm_content license_uses buyer_presentment"
	saleTail   = "product_rating free_trial_ended free_trial_ends_on tracking_url"
	saleShape  = `{"id":"<id>","email":"~@","seller_id":"<id>","timestamp":"~ ago$","daystamp":"<daystamp>","created_at":"<time>","product_name":"<text>","product_has_variants":"<bool>","price":"<int>","gumroad_fee":"<int>","is_bundle_purchase":"<bool>","is_bundle_product_purchase":"<bool>","formatted_display_price":"<text>","formatted_total_price":"<text>","currency_symbol":"<text>","amount_refundable_in_currency":"~^\\d{1,3}(,\\d{3})*(\\.\\d\\d)?$","product_id":"<id>","product_permalink":"<permalink>","partially_refunded":"<bool>","chargedback":"<bool>","purchase_email":"~@","paid":"<bool>","has_variants":"<bool>","variants_and_quantity":"<string>","has_custom_fields":"<bool>","custom_fields":"<object>","order_id":"<order>","is_product_physical":"<bool>","is_recurring_billing":"<bool>","can_contact":"<bool>","is_following":"<bool>","disputed":"<bool>","dispute_won":"<bool>","is_additional_contribution":"<bool>","discover_fee_charged":"<bool>","is_upgrade_purchase":"<bool>","is_more_like_this_recommended":"<bool>","is_gift_sender_purchase":"<bool>","is_gift_receiver_purchase":"<bool>","paypal_refund_expired":"<bool>","referrer":"~^(direct|https?://.*)$","card":{"visual":"<string?>","type":"<string?>","bin":null,"expiry_month":null,"expiry_year":null},"product_rating":"<int?>","quantity":"<int>"}`
)

// saleHighlights are the demo's notable sales, listed or not.
var saleHighlights = []string{
	"working licence key", "licence of a refunded sale", "physical sale not shipped", "physical sale shipped", "USD sale not refunded", "EUR sale", "JPY sale not refunded",
	"fully refunded sale", "partially refunded sale", "disputed sale", "dispute won", "free sale", "purchasing-power-parity sale", "sale with an offer code", "affiliate sale",
	"sale with custom fields", "bundle sale", "gift, sender's row", "gift, receiver's row", "failed sale", "sale in progress", "test sale", "pre-order authorization", "sale not charged", "upgrade purchase",
}

func TestSaleJSON(t *testing.T) {
	check := func(t *testing.T, sale map[string]any, maybe string) {
		t.Helper()
		for _, problem := range contains("sale", decode(t, saleShape), any(sale)) {
			t.Error(problem)
		}
		known := sortedWords(saleFields + " " + maybe)
		for name, value := range sale {
			if !slices.Contains(known, name) {
				t.Errorf("%s is no field of a sale here", name)
			}
			if value == nil && !slices.Contains(strings.Fields(saleTail), name) {
				t.Errorf("%s is null, must be left out", name)
			}
		}
		for _, pair := range []string{
			"subscription_id cancelled", "subscription_id dead", "subscription_id ended", "subscription_id recurring_charge", "subscription_id free_trial_ended", "subscription_id free_trial_ends_on",
			"license_key license_id", "license_key license_disabled", "license_key is_multiseat_license", "shipped tracking_url",
			"is_preorder_authorization preorder_cancelled", "is_preorder_authorization is_in_preorder_state", "reviews_count average_rating", "sku_id sku_external_id", "country country_iso2",
		} {
			first, second, _ := strings.Cut(pair, " ")
			if _, ok := sale[first]; ok != has(sale, second) {
				t.Errorf("%s and %s do not go together", first, second)
			}
		}
		for flag, member := range map[string]string{"has_variants": "variants", "is_recurring_billing": "subscription_id"} {
			if sale[flag] == true != has(sale, member) {
				t.Errorf("%s is %v, but %s present: %v", flag, sale[flag], member, has(sale, member))
			}
		}
		if order := sale["order_id"].(float64); order >= 1<<30 {
			t.Errorf("order_id %v has more than 30 bits", order)
		}
		if sale["paid"] != (sale["price"] != 0.0) {
			t.Errorf("paid %v with price %v", sale["paid"], sale["price"])
		}
		if sale["has_custom_fields"] != (len(sale["custom_fields"].(map[string]any)) > 0) {
			t.Errorf("has_custom_fields %v with %v", sale["has_custom_fields"], sale["custom_fields"])
		}
		disputed, won := sale["disputed"] == true, sale["dispute_won"] == true
		if won && !disputed {
			t.Error("a dispute is won that was never made")
		}
		if sale["chargedback"] != (disputed && !won) {
			t.Errorf("charged back %v, disputed %v, won %v", sale["chargedback"], disputed, won)
		}
	}
	s, old := serve(t, sandbox.Options{}), serve(t, sandbox.Options{Compat2025: true})
	for _, name := range saleHighlights {
		t.Run("10.1 "+name, func(t *testing.T) {
			s.t, old.t = t, t
			v, _ := at(s.get("/sales/{"+name+"}"), "sale")
			check(t, v.(map[string]any), saleMaybe+" "+saleLate)
			v, _ = at(old.get("/sales/{"+name+"}"), "sale")
			check(t, v.(map[string]any), saleMaybe)
		})
	}
	t.Run("10.1 every listed sale", func(t *testing.T) {
		s := serve(t, sandbox.Options{Sales: 400})
		for _, v := range s.walk("/sales", "sales") {
			check(t, v.(map[string]any), saleMaybe+" "+saleLate)
		}
	})

	sale := func(members string) string { return `{"success":true,"sale":{` + members + `}}` }
	checkRows(t, sandbox.Options{}, []row{
		{name: "10.1 plain", do: "GET /sales/{USD sale not refunded}", has: sale(`"price":1200,"currency":"usd","currency_symbol":"$","formatted_display_price":"$12","formatted_total_price":"$12","amount_refundable_in_currency":"12","paid":true,"refunded":false,"partially_refunded":false,"chargedback":false,"product_id":"{digital product}","quantity":1,"custom_fields":{},"variants_and_quantity":""`), lacks: "sale.variants sale.subscription_id sale.license_key sale.offer_code sale.affiliate sale.shipped sale.ppp sale.upsell sale.sku_id sale.formatted_shipping_amount sale.street_address sale.subscription_duration"},
		{name: "10.1 EUR: price in USD cents", do: "GET /sales/{EUR sale}", has: sale(`"price":"<int>","currency":"eur","currency_symbol":"€","formatted_display_price":"€18","amount_refundable_in_currency":"18"`)},
		{name: "10.1 JPY: price in USD cents", do: "GET /sales/{JPY sale not refunded}", has: sale(`"price":"<int>","currency":"jpy","currency_symbol":"¥","amount_refundable_in_currency":"1,500"`)},
		{name: "10.1 fully refunded", do: "GET /sales/{fully refunded sale}", has: sale(`"refunded":true,"partially_refunded":false,"amount_refundable_in_currency":"0"`)},
		{name: "10.1 partially refunded", do: "GET /sales/{partially refunded sale}", has: sale(`"refunded":false,"partially_refunded":true`)},
		{name: "10.1 disputed", do: "GET /sales/{disputed sale}", has: sale(`"disputed":true,"dispute_won":false,"chargedback":true`)},
		{name: "10.1 dispute won", do: "GET /sales/{dispute won}", has: sale(`"disputed":true,"dispute_won":true,"chargedback":false`)},
		{name: "10.1 free", do: "GET /sales/{free sale}", has: sale(`"paid":false,"price":0,"amount_refundable_in_currency":"0"`)},
		{name: "10.1 gift, sender", do: "GET /sales/{gift, sender's row}", has: sale(`"is_gift_sender_purchase":true,"is_gift_receiver_purchase":false,"giftee_email":"~@","gifter_email":"~@"`)},
		{name: "10.1 gift, receiver", do: "GET /sales/{gift, receiver's row}", has: sale(`"is_gift_sender_purchase":false,"is_gift_receiver_purchase":true,"giftee_email":"~@","gifter_email":"~@","license_key":"<license>"`)},
		{name: "10.1 variants", do: "GET /sales/{sale with custom fields}", has: sale(`"product_has_variants":true,"has_variants":true,"variants":{"Edition":"<text>"},"variants_and_quantity":"~^\\(.+\\)$"`)},
		{name: "10.1 custom fields", do: "GET /sales/{sale with custom fields}", has: sale(`"has_custom_fields":true,"custom_fields":"<object>"`)},
		{name: "10.1 parity", do: "GET /sales/{purchasing-power-parity sale}", has: sale(`"ppp":{"country":"India","discount":"60%"}`)},
		{name: "10.1 offer code", do: "GET /sales/{sale with an offer code}", has: sale(`"offer_code":{"code":"BRUSH5","displayed_amount_off":"$5","name":"BRUSH5"}`)},
		{name: "10.1 affiliate", do: "GET /sales/{affiliate sale}", has: sale(`"affiliate":{"email":"~@","amount":"$4.80"}`)},
		{name: "10.1 licence", do: "GET /sales/{working licence key}", has: sale(`"license_key":"{working licence key.key}","license_id":"<id>","license_disabled":false,"is_multiseat_license":"<bool>"`)},
		{name: "10.1 disabled licence", do: "GET /sales/{disabled licence key}", has: sale(`"license_disabled":true`)},
		{name: "10.1 access revoked", do: "GET /sales/{licence with access revoked}", has: sale(`"access_revoked":true`)},
		{name: "10.1 physical, not shipped", do: "GET /sales/{physical sale not shipped}", has: sale(`"is_product_physical":true,"street_address":"<text>","city":"<text>","zip_code":"<text>","country":"<text>","sku_id":"<text>","sku_external_id":"<id>"`)},
		{name: "10.1 physical, shipped", do: "GET /sales/{physical sale shipped}", has: sale(`"shipped":true,"tracking_url":"<text>","formatted_shipping_amount":"<text>"`)},
		{name: "10.1 subscription", given: []string{"GET /subscribers/{subscriber alive} => first:subscriber.purchase_ids.0"}, do: "GET /sales/{first}", has: sale(`"subscription_id":"{subscriber alive}","is_recurring_billing":true,"subscription_duration":"monthly","formatted_display_price":"~ a month$","cancelled":false,"dead":false,"ended":false,"free_trial_ended":null,"free_trial_ends_on":null,"recurring_charge":"<bool>"`)},
		{name: "10.1 free trial", given: []string{"GET /subscribers/{subscriber in a free trial} => first:subscriber.purchase_ids.0"}, do: "GET /sales/{first}", has: sale(`"subscription_id":"{subscriber in a free trial}","free_trial_ended":false,"free_trial_ends_on":"~^[A-Z][a-z]{2} \\d{1,2}, \\d{4}$"`)},
		{name: "10.1 upgrade", do: "GET /sales/{upgrade purchase}", has: sale(`"is_upgrade_purchase":true`)},
		{name: "10.1 preorder", do: "GET /sales/{pre-order authorization}", has: sale(`"preorder_cancelled":false,"is_preorder_authorization":true,"is_in_preorder_state":true`)},
		{name: "10.1 bundle", do: "GET /sales/{bundle sale}", has: sale(`"is_bundle_purchase":true,"is_bundle_product_purchase":false`)},
		{name: "10.1 no licence uses counted by reading", given: []string{"GET /sales/{working licence key} => uses:sale.license_uses"}, do: "GET /sales/{working licence key}", has: `{"sale":{"license_uses":{uses}}}`},
	})

	t.Run("10.1 timestamp is relative", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		id := s.buy(sandbox.Purchase{Product: "{digital product}"})
		ago := func(d time.Duration, want string) {
			t.Helper()
			s.clock.Set(clockStart.Add(d))
			if got := text(t, s.get("/sales/"+id), "sale.timestamp"); got != want {
				t.Errorf("after %v %q, want %q", d, got, want)
			}
		}
		ago(5*time.Second, "less than a minute ago")
		ago(5*time.Minute, "5 minutes ago")
		ago(61*time.Minute, "about 1 hour ago")
		ago(5*time.Hour, "about 5 hours ago")
		ago(25*time.Hour, "1 day ago")
		ago(7*24*time.Hour, "7 days ago")
		ago(31*24*time.Hour, "about 1 month ago")
		ago(50*24*time.Hour, "about 2 months ago")
		ago(90*24*time.Hour, "3 months ago")
	})
	t.Run("10.1 daystamp in the seller's zone, padded", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.clock.Set(time.Date(2026, 6, 5, 18, 38, 0, 0, time.UTC))
		id := s.buy(sandbox.Purchase{Product: "{digital product}"})
		stamp := text(t, s.get("/sales/"+id), "sale.daystamp")
		local, err := time.Parse("_2 Jan 2006 03:04 PM", strings.Replace(stamp, "2026  ", "2026 0", 1))
		if err != nil {
			t.Fatal(err)
		}
		if local.Minute() != 38 || local.Sub(s.clock.Now()).Abs() > 14*time.Hour {
			t.Errorf("%q is not 2026-06-05 18:38 UTC anywhere", stamp)
		}
		if !strings.HasPrefix(stamp, " 5 Jun 2026") && !strings.HasPrefix(stamp, " 6 Jun 2026") {
			t.Errorf("day is not padded with a space: %q", stamp)
		}
	})
	t.Run("10.1 quantity", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		id := s.buy(sandbox.Purchase{Product: "{product with variants}", Variants: []string{"PDF"}, Quantity: 2})
		s.expect(row{do: "GET /sales/" + id, has: sale(`"quantity":2,"variants":{"Edition":"PDF"},"variants_and_quantity":"(PDF, Qty: 2)","price":4800`)})
	})
}

func has(object map[string]any, name string) bool { _, ok := object[name]; return ok }

func TestSaleList(t *testing.T) {
	const (
		badPage   = "Invalid page number. Page numbers start at 1."
		badBefore = "Invalid date format provided in field 'before'. Dates must be in the format YYYY-MM-DD."
		badAfter  = "Invalid date format provided in field 'after'. Dates must be in the format YYYY-MM-DD."
		badID     = "Invalid product ID."
		badOrder  = "Invalid order ID."
		badKey    = "Invalid page_key."
		empty     = `{"success":true,"sales":[]}`
		some      = `{"success":true,"sales":"<list>","next_page_key":"<page key>"}`
		ten       = `["<object>","<object>","<object>","<object>","<object>","<object>","<object>","<object>","<object>","<object>"]`
	)
	bad := func(name, query, message string) row {
		return row{name: "10.2 " + name, do: "GET /sales?" + query, status: 400, is: badRequest(message)}
	}
	rows := []row{
		bad("page 0", "page=0", badPage), bad("page -1", "page=-1", badPage), bad("page of letters", "page=two", badPage), bad("empty page", "page=", badPage),
		bad("before of digits", "before=394293", badBefore), bad("before of letters", "before=yesterday", badBefore), bad("no such day before", "before=2026-02-30", badBefore),
		bad("slashes before", "before=2026/03/10", badBefore), bad("empty before", "before=", badBefore),
		bad("after of digits", "after=394293", badAfter), bad("no such day after", "after=2026-02-30", badAfter), bad("no such month after", "after=2026-13-01", badAfter), bad("empty after", "after=", badAfter),
		bad("undecodable product", "product_id=nonsense", badID), bad("permalink as product", "product_id=inkwsh", badID), bad("junk behind a product", "product_id={digital product}%2B%2B", badID),
		bad("order of letters", "order_id=abc", badOrder), bad("order with a fraction", "order_id=1.5", badOrder), bad("order with letters", "order_id=12ab", badOrder),
		bad("page key of letters", "page_key=nonsense", badKey), bad("page key without id", "page_key=20230119081040000000-", badKey), bad("page key with id zero", "page_key=20230119081040000000-0", badKey), bad("page key with letters as id", "page_key=20230119081040000000-abc", badKey), bad("page key without dash", "page_key=20230119081040000000", badKey),
		bad("before is checked before after", "after=x&before=x", badBefore),
		bad("page is checked before before", "before=x&page=0", badPage),
		bad("page is checked before everything", "page=0&before=x&after=x&product_id=x&order_id=x&page_key=x", badPage),

		{name: "10.2 single digits", do: "GET /sales?after=2026-1-5", has: some},
		{name: "10.2 trailing text", do: "GET /sales?before=2026-03-10T10:00:00Z", has: some},
		{name: "10.2 trailing text after", do: "GET /sales?after=2026-01-01+noon", has: some},
		{name: "10.2 leap day", do: "GET /sales?before=2024-02-29", has: `{"success":true}`},
		{name: "10.2 unknown product", do: "GET /sales?product_id={other store's product}", is: empty},
		{name: "10.2 unknown order", do: "GET /sales?order_id=999999999999", is: empty},
		{name: "10.2 unknown e-mail", do: "GET /sales?email=nobody@nowhere.example", is: empty},
		{name: "10.2 after everything", do: "GET /sales?after=2030-01-01", is: empty},
		{name: "10.2 before everything", do: "GET /sales?before=2001-01-01", is: empty},
		{name: "10.2 ten to a page", do: "GET /sales", has: `{"success":true,"sales":` + ten + `,"next_page_key":"<page key>","next_page_url":"~^/v2/sales\\?page_key=\\d{20}-\\d+$"}`},
		{name: "10.2 page 1", do: "GET /sales?page=1", has: `{"success":true,"sales":` + ten + `,"next_page_key":"<page key>","next_page_url":"~^/v2/sales\\?page_key=\\d{20}-\\d+$"}`},
		{name: "10.2 page past the end", do: "GET /sales?page=10000", is: empty},
		{name: "10.2 order", given: []string{"GET /sales/{USD sale not refunded} => order:sale.order_id"}, do: "GET /sales?order_id={order}", has: `{"sales":[{"id":"{USD sale not refunded}"}]}`, lacks: "next_page_key next_page_url"},
		{name: "10.2 e-mail", given: []string{"GET /sales/{USD sale not refunded} => email:sale.purchase_email"}, do: "GET /sales?email={email}", has: `{"sales":[{"id":"{USD sale not refunded}"}]}`},
		{name: "10.2 e-mail is trimmed", given: []string{"GET /sales/{USD sale not refunded} => email:sale.purchase_email"}, do: "GET /sales?email=%20+{email}%20", has: `{"sales":[{"id":"{USD sale not refunded}"}]}`},
		{name: "10.2 part of an e-mail", do: "GET /sales?email=example.com", is: empty},
		{name: "10.2 unknown name", do: "GET /sales?name=Zzyzx+Nobody", is: empty},
		{name: "10.2 licence key", do: "GET /sales?license_key={working licence key.key}", has: `{"sales":[{"id":"{working licence key}"}]}`},
		{name: "10.2 unknown licence key", do: "GET /sales?license_key=AAAAAAAA-BBBBBBBB-CCCCCCCC-DDDDDDDD", is: empty},
		{name: "10.2 part of a licence key", do: "GET /sales?license_key=090B", is: empty},
		{name: "10.2 two filters", given: []string{"GET /sales/{USD sale not refunded} => email:sale.purchase_email"}, do: "GET /sales?email={email}&product_id={free product}", is: empty},

		{name: "10.3 unknown", do: "GET /sales/{unknown}", is: notFound("sale")},
		{name: "10.3 foreign", do: "GET /sales/{other store's sale}", is: notFound("sale")},
	}
	checkRows(t, sandbox.Options{}, rows)
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "10.2 no name filter in 2025", do: "GET /sales?name=Zzyzx+Nobody", has: some},
		{name: "10.2 no licence filter in 2025", do: "GET /sales?license_key=AAAAAAAA-BBBBBBBB-CCCCCCCC-DDDDDDDD", has: some},
	})

	t.Run("10.2 e-mail and licence key in any case", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		email := text(t, s.get("/sales/{USD sale not refunded}"), "sale.purchase_email")
		s.expect(row{do: "GET /sales?email=" + url.QueryEscape(strings.ToUpper(email)), has: `{"sales":[{"id":"{USD sale not refunded}"}]}`})
		s.expect(row{do: "GET /sales?license_key=" + strings.ToLower(s.names["working licence key.key"]), has: `{"sales":[{"id":"{working licence key}"}]}`})
	})
	t.Run("10.2 name is a part of the full name", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.buy(sandbox.Purchase{Product: "{digital product}", FullName: "Maximiliane von der Heide"})
		s.expect(row{do: "GET /sales?name=von+der", has: `{"sales":[{"full_name":"Maximiliane von der Heide"}]}`})
		s.expect(row{do: "GET /sales?name=Maximiliane", has: `{"sales":[{"full_name":"Maximiliane von der Heide"}]}`})
		s.expect(row{do: "GET /sales?name=%25", is: empty}) // no wildcard of the caller's
	})
	t.Run("10.2 days in UTC: after includes, before excludes", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		at := func(when time.Time) string {
			s.clock.Set(when)
			return s.buy(sandbox.Purchase{Product: "{digital product}", Email: "midnight@example.com"})
		}
		last := at(time.Date(2026, 3, 31, 23, 59, 59, 0, time.UTC))
		first := at(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))
		end := at(time.Date(2026, 4, 1, 23, 59, 59, 0, time.UTC))
		next := at(time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC))
		for query, want := range map[string][]string{
			"":                                    {next, end, first, last},
			"&after=2026-04-01":                   {next, end, first},
			"&before=2026-04-01":                  {last},
			"&after=2026-04-01&before=2026-04-02": {end, first},
			"&after=2026-04-01&before=2026-04-01": {},
			"&after=2026-04-02":                   {next},
			"&after=2026-03-31&before=2026-04-01": {last},
		} {
			if diff := cmp.Diff(want, ids(t, s.get("/sales?email=midnight@example.com"+query), "sales")); diff != "" {
				t.Errorf("%q: %s", query, diff)
			}
		}
	})
	t.Run("10.2 which states are listed", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("GET /subscribers/{subscriber in a free trial} => trial:subscriber.purchase_ids.0")
		listed := map[string]bool{}
		for _, sale := range s.walk("/sales", "sales") {
			listed[text(t, sale, "id")] = true
		}
		for name, want := range map[string]bool{
			"USD sale not refunded": true, "fully refunded sale": true, "partially refunded sale": true, "disputed sale": true, "dispute won": true, "free sale": true, "gift, sender's row": true, "bundle sale": true, "trial": true, "upgrade purchase": true,
			"failed sale": false, "sale in progress": false, "gift, receiver's row": false, "pre-order authorization": false, "test sale": false, "sale not charged": false, "other store's sale": false,
		} {
			if listed[s.names[name]] != want {
				t.Errorf("%s listed: %v, want %v", name, !want, want)
			}
			if name != "other store's sale" {
				s.expect(row{do: "GET /sales/{" + name + "}", has: `{"success":true,"sale":{"id":"{` + name + `}"}}`})
			}
		}
	})
	t.Run("10.2 page wins over page_key", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("GET /sales => key:next_page_key")
		first := ids(t, s.get("/sales"), "sales")
		if diff := cmp.Diff(first, ids(t, s.get("/sales?page=1&page_key={key}"), "sales")); diff != "" {
			t.Error(diff)
		}
		second := ids(t, s.get("/sales?page_key={key}"), "sales")
		if diff := cmp.Diff(second, ids(t, s.get("/sales?page=2"), "sales")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(first, second); diff == "" {
			t.Error("both pages are the same")
		}
	})
}

func TestShipping(t *testing.T) {
	const ship = "PUT /sales/{physical sale not shipped}/mark_as_shipped"
	shipped := func(url string) string { return `{"success":true,"sale":{"shipped":true,"tracking_url":` + url + `}}` }
	const full = "Tracking URL must be a full URL beginning with http:// or https://"
	checkRows(t, sandbox.Options{}, []row{
		{name: "10.4 with tracking", do: ship, body: "tracking_url=https://track.example/1", has: shipped(`"https://track.example/1"`)},
		{name: "10.4 with free text", do: ship, body: "tracking_url=by+hand", is: refused(full)},
		{name: "10.4 with half an address", do: ship, body: "tracking_url=track.example/1", is: refused(full)},
		{name: "10.4 with a very long address", do: ship, body: "tracking_url=https://track.example/" + strings.Repeat("1", 2100), is: refused(full)},
		{name: "10.4 without tracking", do: ship, has: shipped("null")},
		{name: "10.4 stays", given: []string{ship + " tracking_url=https://a.example/"}, do: "GET /sales/{physical sale not shipped}", has: shipped(`"https://a.example/"`)},
		{name: "10.4 again with another", given: []string{ship + " tracking_url=https://a.example/"}, do: ship, body: "tracking_url=https://b.example/", has: shipped(`"https://b.example/"`)},
		{name: "10.4 again", given: []string{ship}, do: ship, has: shipped("null")},
		{name: "10.4 not physical", do: "PUT /sales/{USD sale not refunded}/mark_as_shipped", is: refused("Purchase does not require shipping")},
		{name: "10.4 unknown", do: "PUT /sales/{unknown}/mark_as_shipped", is: notFound("sale")},
		{name: "10.4 foreign", do: "PUT /sales/{other store's sale}/mark_as_shipped", is: notFound("sale")},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "10.4 with free text in 2025", do: ship, body: "tracking_url=by+hand", has: shipped(`"by hand"`)},
		{name: "10.4 not physical in 2025", do: "PUT /sales/{USD sale not refunded}/mark_as_shipped", has: shipped("null")},
	})
}

func TestRefunds(t *testing.T) {
	const (
		unable = "The sale was unable to be modified."
		tooBig = "Refund amount cannot be greater than the purchase price."
		twice  = "Purchase is already refunded."

		rejected = "The payment processor rejected this refund. Try again later or contact support if the problem persists."
		trial    = "GET /subscribers/{subscriber in a free trial} => trial:subscriber.purchase_ids.0"
	)
	left := func(refunded, partially bool, amount string) string {
		return fmt.Sprintf(`{"success":true,"sale":{"refunded":%t,"partially_refunded":%t,"amount_refundable_in_currency":%q}}`, refunded, partially, amount)
	}
	full, partial := left(true, false, "0"), func(amount string) string { return left(false, true, amount) }
	const usd, eur, jpy = "PUT /sales/{USD sale not refunded}/refund", "PUT /sales/{EUR sale}/refund", "PUT /sales/{JPY sale not refunded}/refund"
	rows := []row{
		{name: "10.5 full", do: usd, has: full},
		{name: "10.5 full stays", given: []string{usd}, do: "GET /sales/{USD sale not refunded}", has: full},
		{name: "10.5 blank amount is full", do: usd, body: "amount_cents=", has: full},
		{name: "10.5 amount of spaces is full", do: usd, body: "amount_cents=++", has: full},
		{name: "10.5 null amount is full", do: usd, body: `{"amount_cents":null}`, has: full},
		{name: "10.5 partial", do: usd, body: "amount_cents=550", has: partial("6.50")},
		{name: "10.5 partial to a whole amount", do: usd, body: "amount_cents=200", has: partial("10")},
		{name: "10.5 partial by JSON", do: usd, body: `{"amount_cents":550}`, has: partial("6.50")},
		{name: "10.5 partial stays", given: []string{usd + " amount_cents=550"}, do: "GET /sales/{USD sale not refunded}", has: partial("6.50")},
		{name: "10.5 partial again", given: []string{usd + " amount_cents=550"}, do: usd, body: "amount_cents=550", has: partial("1")},
		{name: "10.5 the price", do: usd, body: "amount_cents=1200", has: full},
		{name: "10.5 what remains", given: []string{usd + " amount_cents=550"}, do: usd, body: "amount_cents=650", has: full},
		{name: "10.5 full after partial", given: []string{usd + " amount_cents=550"}, do: usd, has: full},
		{name: "10.5 more than the price", do: usd, body: "amount_cents=1201", is: refused(tooBig)},
		{name: "10.5 more than remains", given: []string{usd + " amount_cents=550"}, do: usd, body: "amount_cents=651", is: refused(tooBig)},
		{name: "10.5 already refunded", do: "PUT /sales/{fully refunded sale}/refund", is: refused(twice)},
		{name: "10.5 already refunded, with amount", do: "PUT /sales/{fully refunded sale}/refund", body: "amount_cents=5", is: refused(twice)},
		{name: "10.5 twice", given: []string{usd}, do: usd, is: refused(twice)},
		{name: "10.5 the rest of a partial one", do: "PUT /sales/{partially refunded sale}/refund", has: full},
		{name: "10.5 dispute won", do: "PUT /sales/{dispute won}/refund", has: full},
		{name: "10.5 disconnected account", do: "PUT /sales/{sale on a disconnected Stripe account}/refund", is: refused("We cannot refund this sale because you have disconnected the associated payment account on Stripe. Please connect it and try again.")},
		{name: "10.5 PayPal balance short", do: "PUT /sales/{sale whose PayPal balance is short}/refund", is: refused("Your PayPal account does not have sufficient funds to make this refund.")},
		{name: "10.5 unknown", do: "PUT /sales/{unknown}/refund", is: notFound("sale")},
		{name: "10.5 foreign", do: "PUT /sales/{other store's sale}/refund", is: notFound("sale")},
		{name: "10.5 EUR full", do: eur, has: full},
		{name: "10.5 EUR partial in euro cents", do: eur, body: "amount_cents=550", has: partial("12.50")},
		{name: "10.5 EUR the price", do: eur, body: "amount_cents=1800", has: full},
		{name: "10.5 EUR more than the price", do: eur, body: "amount_cents=1801", is: refused(tooBig)},
		{name: "10.5 JPY full", do: jpy, has: full},
	}
	why := map[string]string{} // what the server of 2026 says where that of 2025 only refuses
	for _, refusal := range []struct{ name, do, body, why string }{
		{"negative", usd, "amount_cents=-1", rejected}, {"zero", usd, "amount_cents=0", rejected},
		{"letters", usd, "amount_cents=all", rejected},
		{"failed", "PUT /sales/{failed sale}/refund", "", rejected},
		{"in progress", "PUT /sales/{sale in progress}/refund", "", rejected},
		{"a free trial", "PUT /sales/{trial}/refund", "", rejected},
		{"free", "PUT /sales/{free sale}/refund", "", "This purchase has already been refunded or has nothing left to refund."},
		{"charged back", "PUT /sales/{disputed sale}/refund", "", "This purchase has an active dispute. The funds have already been returned to the buyer. No additional refund is needed."},
	} {
		why["10.5 "+refusal.name] = refusal.why
		rows = append(rows, row{name: "10.5 " + refusal.name, given: []string{trial}, do: refusal.do, body: refusal.body, is: refused(unable)})
	}
	later := slices.Clone(rows)
	for i := range later {
		if told := why[later[i].name]; told != "" {
			later[i].is = refused(told)
		}
	}
	checkRows(t, sandbox.Options{}, append(later,
		row{name: "10.5 the store's balance is short", do: "PUT /sales/{sale beyond the store's balance}/refund", is: refused("Your balance is insufficient to process this refund.")},
		row{name: "10.5 JPY partial in yen", do: jpy, body: "amount_cents=500", has: partial("1,001")},
		row{name: "10.5 JPY twice in yen", given: []string{jpy + " amount_cents=500"}, do: jpy, body: "amount_cents=999", has: partial("2")},
		row{name: "10.5 JPY the price", do: jpy, body: "amount_cents=1500", has: full},
		row{name: "10.5 JPY more than the price", do: jpy, body: "amount_cents=1501", is: refused(tooBig)},
	))
	checkRows(t, sandbox.Options{Compat2025: true}, append(slices.Clone(rows),
		row{name: "10.5 JPY in 2025 is divided by 100", do: jpy, body: "amount_cents=500", has: partial("1,496")},
		row{name: "10.5 JPY the price in 2025", do: jpy, body: "amount_cents=150000", has: full},
		row{name: "10.5 JPY more than the price in 2025", do: jpy, body: "amount_cents=150100", is: refused(tooBig)},
	))

	t.Run("10.5 a refused refund changes nothing", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := s.get("/sales/{USD sale not refunded}")
		for _, amount := range []string{"1201", "-1", "0", "all"} {
			s.expect(row{do: usd, body: "amount_cents=" + amount, has: `{"success":false}`})
		}
		if diff := cmp.Diff(before, s.get("/sales/{USD sale not refunded}")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("10.5 5050 of 10000", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("POST /products name=x&price=10000 => id:product.id")
		s.step("PUT /products/{id}/enable")
		s.names["sale"] = s.buy(sandbox.Purchase{Product: "{id}"})
		s.expect(row{do: "GET /sales/{sale}", has: `{"sale":{"amount_refundable_in_currency":"100","refunded":false}}`})
		s.expect(row{do: "PUT /sales/{sale}/refund", body: "amount_cents=5050", has: partial("49.50")})
		s.expect(row{do: "PUT /sales/{sale}/refund", body: "amount_cents=5000", is: refused(tooBig)})
		s.expect(row{do: "PUT /sales/{sale}/refund", body: "amount_cents=4950", has: full})
		s.expect(row{do: "PUT /sales/{sale}/refund", body: "amount_cents=1", is: refused(twice)})
	})
	t.Run("10.5 a pending cancellation becomes one", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.expect(row{do: "GET /subscribers/{subscriber pending cancellation}", has: `{"subscriber":{"status":"pending_cancellation"}}`})
		s.step("GET /subscribers/{subscriber pending cancellation} => first:subscriber.purchase_ids.0")
		s.step("PUT /sales/{first}/refund")
		s.expect(row{do: "GET /subscribers/{subscriber pending cancellation}", has: `{"subscriber":{"status":"cancelled"}}`})
	})
}

func TestSalesSummary(t *testing.T) {
	const wrong = "Dates must be in the format YYYY-MM-DD."
	bad := func(name, query, pattern string) row {
		return row{name: "20.11 " + name, do: "GET /sales/summary?" + query, status: 400, has: `{"status":400,"error":"~^` + pattern + `$"}`, lacks: "success message"}
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "20.11 defaults to thirty days", do: "GET /sales/summary", has: `{"success":true,"gross_cents":"<int>","net_cents":"<int>","units":"<int>","refunded_cents":"<int>","refunded_units":"<int>","currency":"usd","from":"2026-02-09","to":"2026-03-10"}`, lacks: "breakdown"},
		{name: "20.11 from and to", do: "GET /sales/summary?from=2026-01-01&to=2026-01-31", has: `{"success":true,"from":"2026-01-01","to":"2026-01-31"}`},
		{name: "20.11 from alone", do: "GET /sales/summary?from=2026-02-01", has: `{"from":"2026-02-01","to":"2026-03-10"}`},
		{name: "20.11 to alone", do: "GET /sales/summary?to=2026-02-01", has: `{"from":"2026-01-03","to":"2026-02-01"}`},
		{name: "20.11 one day", do: "GET /sales/summary?from=2026-03-01&to=2026-03-01", has: `{"success":true,"units":"<int>"}`},
		{name: "20.11 by day", do: "GET /sales/summary?group_by=day", has: `{"success":true,"breakdown":"<list>"}`},
		{name: "20.11 by week", do: "GET /sales/summary?group_by=week", has: `{"success":true,"breakdown":"<list>"}`},
		{name: "20.11 by month", do: "GET /sales/summary?group_by=month", has: `{"success":true,"breakdown":"<list>"}`},
		{name: "20.11 by product", do: "GET /sales/summary?group_by=product", has: `{"success":true,"breakdown":"<list>"}`},
		{name: "20.11 no sales", do: "GET /sales/summary?from=2001-01-01&to=2001-01-31", has: `{"success":true,"gross_cents":0,"net_cents":0,"units":0,"refunded_cents":0,"refunded_units":0}`},
		{name: "20.11 a range of a year", do: "GET /sales/summary?from=2025-03-11&to=2026-03-10", has: `{"success":true}`},
		bad("unknown grouping", "group_by=quarter", `Invalid group_by\\. Valid values are: .+\\.`),
		bad("from after to", "from=2026-03-02&to=2026-03-01", `'from' must be on or before 'to'\\.`),
		{name: "20.11 a range of years", do: "GET /sales/summary?from=2020-01-01&to=2026-03-10", has: `{"success":true}`},
		{name: "20.11 by hour", do: "GET /sales/summary?group_by=hour&from=2026-03-03&to=2026-03-10", has: `{"success":true,"breakdown":"<list>"}`},
		{name: "20.11 the hour of a sale", do: "GET /sales/summary?group_by=hour&from=2026-03-01&to=2026-03-01", has: `{"breakdown":[{"key":"2026-03-01T04:00","label":"2026-03-01T04:00","gross_cents":1200,"units":1}]}`},
		{name: "20.11 what is still processing stands beside the sums", do: "GET /sales/summary?from=2026-02-22&to=2026-02-22", has: `{"processing_units":1,"processing_gross_cents":1200}`},
		bad("too many hours", "group_by=hour&from=2026-03-02&to=2026-03-10", `Date range cannot exceed 7 days when grouping by hour\\.`),
		bad("bad from", "from=yesterday", `Invalid date format provided in field 'from'\\. `+strings.ReplaceAll(wrong, ".", `\\.`)),
		bad("bad to", "to=2026-02-30", `Invalid date format provided in field 'to'\\. `+strings.ReplaceAll(wrong, ".", `\\.`)),

		{name: "20.11 resend a receipt", do: "POST /sales/{USD sale not refunded}/resend_receipt", is: `{"success":true}`},
		{name: "20.11 resend twice", given: []string{"POST /sales/{USD sale not refunded}/resend_receipt"}, do: "POST /sales/{USD sale not refunded}/resend_receipt", is: `{"success":true}`},
		{name: "20.11 resend of an unknown sale", do: "POST /sales/{unknown}/resend_receipt", is: notFound("sale")},
		{name: "20.11 resend of a foreign sale", do: "POST /sales/{other store's sale}/resend_receipt", is: notFound("sale")},
	})
	checkRows(t, sandbox.Options{}, []row{
		{name: "20.11 blank parameters are none", do: "GET /sales/summary?from=&to=+&group_by=", has: `{"from":"2026-02-09","to":"2026-03-10"}`, lacks: "breakdown"},
		{name: "20.11 group_by is looked at first", do: "GET /sales/summary?group_by=x&from=y", status: 400, is: badRequest("Invalid group_by. Valid values are: product, day, week, month, hour.")},
		{name: "20.11 then from, then to", do: "GET /sales/summary?to=y&from=x", status: 400, is: badRequest("Invalid date format provided in field 'from'. " + wrong)},
		{name: "20.11 the default range is too long for hours", do: "GET /sales/summary?group_by=hour", status: 400, is: badRequest("Date range cannot exceed 7 days when grouping by hour.")},
	})

	t.Run("20.11 sums and breakdowns agree", func(t *testing.T) {
		s := serve(t, sandbox.Options{Sales: 500})
		for _, group := range []string{"product", "day", "week", "month"} {
			body := s.get("/sales/summary?from=2025-06-01&to=2026-03-10&group_by=" + group)
			if number(t, body, "net_cents") != number(t, body, "gross_cents")-number(t, body, "refunded_cents") {
				t.Errorf("by %s: net is not gross minus refunds: %v", group, body)
			}
			v, _ := at(body, "breakdown")
			var gross, units int
			var order []string
			last := -1
			for _, part := range v.([]any) {
				gross += number(t, part, "gross_cents")
				units += number(t, part, "units")
				text(t, part, "label")
				order = append(order, text(t, part, "key"))
				if g := number(t, part, "gross_cents"); group == "product" {
					if last >= 0 && g > last {
						t.Errorf("products are not sorted by gross: %d after %d", g, last)
					}
					last = g
				}
			}
			whole := []int{number(t, body, "gross_cents"), number(t, body, "units")}
			if diff := cmp.Diff(whole, []int{gross, units}); diff != "" {
				t.Errorf("by %s the parts are not the whole: %s", group, diff)
			}
			if group != "product" && !slices.IsSorted(order) {
				t.Errorf("by %s: dates are not ascending: %v", group, order)
			}
		}
	})
	t.Run("20.11 a sale and a refund count", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		figures := func() [4]int {
			b := s.get("/sales/summary")
			return [4]int{number(t, b, "gross_cents"), number(t, b, "units"), number(t, b, "refunded_cents"), number(t, b, "net_cents")}
		}
		before := figures()
		id := s.buy(sandbox.Purchase{Product: "{digital product}"})
		want := [4]int{before[0] + 1200, before[1] + 1, before[2], before[3] + 1200}
		if got := figures(); got != want {
			t.Errorf("%v after a sale, want %v", got, want)
		}
		s.step("PUT /sales/" + id + "/refund amount_cents=500")
		want[2], want[3] = want[2]+500, want[3]-500
		if got := figures(); got != want {
			t.Errorf("%v after a refund, want %v", got, want)
		}
	})
	t.Run("20.11 days of the seller's zone, both inclusive", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.clock.Set(time.Date(2026, 7, 15, 6, 30, 0, 0, time.UTC))
		s.names["id"] = s.buy(sandbox.Purchase{Product: "{digital product}"})
		local, err := time.Parse("_2 Jan 2006", text(t, s.get("/sales/{id}"), "sale.daystamp")[:11])
		if err != nil {
			t.Fatal(err)
		}
		if today := text(t, s.get("/sales/summary"), "to"); today != local.Format(time.DateOnly) {
			t.Errorf("today is %s, the seller's day is %s", today, local.Format(time.DateOnly))
		}
		for days, want := range map[int]int{-1: 0, 0: 1, 1: 0} {
			day := local.AddDate(0, 0, days).Format(time.DateOnly)
			if units := number(t, s.get("/sales/summary?from="+day+"&to="+day), "units"); units != want {
				t.Errorf("%d units on %s, want %d", units, day, want)
			}
		}
	})
}

func TestSaleListOddities(t *testing.T) {
	const none = `{"success":true,"sales":[]}`
	badDate := func(field string) string {
		return badRequest("Invalid date format provided in field '" + field + "'. Dates must be in the format YYYY-MM-DD.")
	}
	order := "GET /sales/{working licence key} => order:sale.order_id email:sale.purchase_email"
	checkRows(t, sandbox.Options{}, []row{
		{name: "10.2 year far out of range", do: "GET /sales?after=99999999999-01-01", status: 400, is: badDate("after")},
		{name: "10.2 year that is no number at all", do: "GET /sales?after=99999999999999999999-01-01", status: 400, is: badDate("after")},
		{name: "10.2 list of dates", do: "GET /sales?after[]=2026-01-01", status: 400, is: badDate("after")},
		{name: "10.2 order with a leading zero", do: "GET /sales?order_id=012", status: 400, is: badRequest("Invalid order ID.")},
		{name: "10.2 negative order", do: "GET /sales?order_id=-5", is: none},
		{name: "10.2 order outside the other filters", given: []string{order}, do: "GET /sales?order_id={order}&product_id={digital product}", is: none},
		{name: "10.2 licence key outside the other filters", do: "GET /sales?license_key={working licence key.key}&product_id={digital product}", is: none},
		{name: "10.2 licence key of a row that is not listed", do: "GET /sales?license_key={gift, receiver's row.key}", is: none},
		{name: "10.2 every filter at once", given: []string{order}, do: "GET /sales?license_key={working licence key.key}&order_id={order}&email={email}&after=2025-01-01", has: `{"sales":[{"id":"{working licence key}"}]}`},
		{name: "10.2 e-mail of few within a product of fewer", given: []string{order}, do: "GET /sales?product_id={older licensed product}&email={email}", has: `{"success":true,"sales":"<list>"}`},
		{name: "10.2 empty filters are none", do: "GET /sales?email=&name=&product_id=&order_id=&page_key=&license_key=", has: `{"success":true,"next_page_key":"<page key>"}`},
		{name: "10.2 e-mail that is a list", do: "GET /sales.json?email[]=x", status: 500, is: `{"status":500,"error":"Internal Server Error"}`},
		{name: "15 page key with a time beyond the calendar", do: "GET /sales?page_key=20231319081040000000-5", status: 400, is: badRequest("Invalid page_key.")},
		{name: "15 page key with a time far ahead", do: "GET /sales?page_key=99991231235959000000-5", has: `{"success":true,"sales":"<list>"}`},
		{name: "15 page key with more digits than a microsecond", do: "GET /sales?page_key=202301190810400000001-5", has: `{"success":true}`},
		{name: "11.2 e-mail that is a list", do: "GET /products/{membership}/subscribers.json?email[]=x", status: 500, is: `{"status":500,"error":"Internal Server Error"}`},
		{name: "11.2 garbage time with a good id is an empty page", do: "GET /products/{membership}/subscribers?page_key=garbage-5", is: `{"success":true,"subscribers":[]}`},
		{name: "10.1 a link to the payment where PayPal took it", do: "GET /sales/{sale whose PayPal balance is short}", has: `{"sale":{"payment_processor":"paypal","paypal_refund_expired":false,"transaction_url_for_seller":"~^https://www\\.paypal\\.com/"}}`},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "11.2 e-mail and page key in 2025", given: []string{"GET /sales => key:next_page_key"}, do: "GET /products/{membership}/subscribers.json?email=a@example.com&page_key={key}", status: 500, is: `{"status":500,"error":"Internal Server Error"}`},
	})
	checkRows(t, sandbox.Options{}, []row{
		{name: "11.2 e-mail and page key", given: []string{"GET /sales => key:next_page_key"}, do: "GET /products/{membership}/subscribers?email=a@example.com&page_key={key}", is: `{"success":true,"subscribers":[]}`},
	})
	t.Run("15 the key of a numbered page leads on", func(t *testing.T) {
		s := serve(t, sandbox.Options{Sales: 60})
		all := idsOf(t, s.walk("/sales", "sales"))
		for n := 1; n <= 3; n++ {
			page := s.get(fmt.Sprintf("/sales?page=%d", n))
			next := s.get("/sales?page_key=" + text(t, page, "next_page_key"))
			if diff := cmp.Diff(all[(n-1)*10:(n+1)*10], append(ids(t, page, "sales"), ids(t, next, "sales")...)); diff != "" {
				t.Errorf("page %d: %s", n, diff)
			}
		}
	})
	t.Run("20.11 weeks start on Monday", func(t *testing.T) {
		s := serve(t, sandbox.Options{}) // on a Tuesday
		s.buy(sandbox.Purchase{Product: "{digital product}"})
		s.expect(row{do: "GET /sales/summary?group_by=week&from=2026-03-10&to=2026-03-10", has: `{"breakdown":[{"key":"2026-03-09","label":"2026-03-09"}]}`})
	})
}

// TestLaterSaleFields: those that the server of 2026 added.
func TestLaterSaleFields(t *testing.T) {
	sale := func(members string) string { return `{"success":true,"sale":{` + members + `}}` }
	first := func(subscriber string) []string {
		return []string{"GET /subscribers/{" + subscriber + "} => first:subscriber.purchase_ids.0"}
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "10.1 always there", do: "GET /sales/{USD sale not refunded}", has: sale(`"tax_cents":0,"shipping_cents":0,"variants_price_cents":0,"access_revoked":false,"sent_abandoned_cart_email":false`), lacks: "sale.tip_cents sale.tax_label sale.tax_included_in_price sale.utm_source sale.utm_content sale.review sale.cancellation_date sale.subscription_end_date sale.preorder_authorization_time sale.payment_processor sale.buyer_presentment"},
		{name: "10.1 what the version costs", do: "GET /sales/{partially refunded sale}", has: sale(`"variants_price_cents":2600`)},
		{name: "10.1 UTM values", do: "GET /sales?after=2026-03-05&before=2026-03-06", has: `{"sales":[{"utm_source":"newsletter","utm_medium":"email","utm_campaign":"issue-42","utm_content":"header button"},"<any>"]}`},
		{name: "10.1 asked to cancel, and when it ends", given: first("subscriber pending cancellation"), do: "GET /sales/{first}", has: sale(`"cancellation_date":"2026-03-06T12:00:00Z","subscription_end_date":"2026-03-30","dead":false`)},
		{name: "10.1 cancelled", given: first("subscriber cancelled"), do: "GET /sales/{first}", has: sale(`"cancellation_date":"2025-12-05T12:00:00Z","subscription_end_date":"2025-12-20","dead":true`)},
		{name: "10.1 ended without being asked to", given: first("subscriber with failed payment"), do: "GET /sales/{first}", has: sale(`"subscription_end_date":"2026-01-19"`), lacks: "sale.cancellation_date"},
		{name: "10.1 alive", given: first("subscriber alive"), do: "GET /sales/{first}", has: sale(`"dead":false`), lacks: "sale.cancellation_date sale.subscription_end_date"},
	})
}

func TestSalesExports(t *testing.T) {
	const (
		post   = "POST /sales/exports"
		queued = `{"success":true,"status":"queued","recipient_email":"hello@pixelandpage.example"}`
	)
	badDate := func(field string) string {
		return badRequest("Invalid date format provided in field '" + field + "'. Dates must be in the format YYYY-MM-DD.")
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "20.11 everything", do: post, is: queued},
		{name: "20.11 of some days", do: post, body: "from=2026-01-01&to=2026-01-31", is: queued},
		{name: "20.11 of days in the wrong order", do: post, body: "from=2026-02-01&to=2026-01-31", is: queued},
		{name: "20.11 of a product", do: post, body: `{"product_id":"{digital product}"}`, is: queued},
		{name: "20.11 by a query", do: post + "?from=2026-01-01", is: queued},
		{name: "20.11 blank parameters are none", do: post, body: "from=&to=+&product_id=", is: queued},
		{name: "20.11 twice", given: []string{post}, do: post, is: queued},
		{name: "20.11 bad from", do: post, body: "from=yesterday&to=x", status: 400, is: badDate("from")},
		{name: "20.11 bad to, before the product", do: post, body: "to=2026-02-30&product_id=x", status: 400, is: badDate("to")},
		{name: "20.11 unknown product", do: post, body: "product_id={unknown}", status: 400, is: badRequest("Invalid product ID.")},
		{name: "20.11 a permalink is no id", do: post, body: "product_id=inkwsh", status: 400, is: badRequest("Invalid product ID.")},
		{name: "20.11 another store's product", do: post, body: "product_id={other store's product}", status: 400, is: badRequest("Invalid product ID.")},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{{name: "20.11 not in 2025", do: post, status: 404}})
}

func TestRevokedAccess(t *testing.T) {
	const (
		unable = "The sale was unable to be modified."
		key    = "product_id={licensed product}&license_key={working licence key.key}"
		revoke = "PUT /sales/{working licence key}/revoke_access"
		undo   = "PUT /sales/{working licence key}/undo_revoke_access"
	)
	revoked := func(is string) string {
		return `{"success":true,"sale":{"id":"{working licence key}","access_revoked":` + is + `}}`
	}
	checkRows(t, sandbox.Options{}, []row{
		{name: "20.11 revoke", do: revoke, has: revoked("true")},
		{name: "20.11 it stays", given: []string{revoke}, do: "GET /sales/{working licence key}", has: revoked("true")},
		{name: "20.11 no money moves", given: []string{revoke}, do: "GET /sales/{working licence key}", has: `{"sale":{"refunded":false,"amount_refundable_in_currency":"49"}}`},
		{name: "20.11 the licence is closed", given: []string{revoke}, do: "POST /licenses/verify", body: key, status: 404, is: refused("Access to the purchase associated with this license has expired.")},
		{name: "20.11 undo", given: []string{revoke}, do: undo, has: revoked("false")},
		{name: "20.11 and open again", given: []string{revoke, undo}, do: "POST /licenses/verify", body: key, has: `{"success":true}`},
		{name: "20.11 revoke twice", given: []string{revoke}, do: revoke, is: refused(unable)},
		{name: "20.11 undo what was not revoked", do: undo, is: refused(unable)},
		{name: "20.11 a refunded sale", do: "PUT /sales/{fully refunded sale}/revoke_access", is: refused(unable)},
		{name: "20.11 a partly refunded sale", do: "PUT /sales/{partially refunded sale}/revoke_access", has: `{"sale":{"access_revoked":true}}`},
		{name: "20.11 a physical product", do: "PUT /sales/{physical sale shipped}/revoke_access", is: refused(unable)},
		{name: "20.11 a subscription", do: "PUT /sales/{upgrade purchase}/revoke_access", is: refused(unable)},
		{name: "20.11 a free sale", do: "PUT /sales/{free sale}/revoke_access", has: `{"sale":{"access_revoked":true}}`},
		{name: "20.11 undo after a refund", given: []string{revoke, "PUT /sales/{working licence key}/refund"}, do: undo, has: revoked("false")},
		{name: "20.11 unknown", do: "PUT /sales/{unknown}/revoke_access", is: notFound("sale")},
		{name: "20.11 foreign", do: "PUT /sales/{other store's sale}/undo_revoke_access", is: notFound("sale")},
		{name: "20.11 revoke is a PUT", do: "POST /sales/{working licence key}/revoke_access", status: 404},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{{name: "20.11 not in 2025", do: revoke, status: 404}})
}
