package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// walk collects every row of a list by next_page_url.
func (c *client) walk(target, plural string) []map[string]any {
	c.t.Helper()
	var all []map[string]any
	for {
		page := c.get(target).ok()
		all = append(all, page.list(plural)...)
		next, more := page.object()["next_page_url"].(string)
		if _, key := page.object()["next_page_key"]; key != more {
			c.t.Fatal("next_page_key and next_page_url come together")
		}
		if !more {
			return all
		}
		target = next
	}
}

func TestSaleListOrderAndTotals(t *testing.T) {
	c := newSandbox(t, Options{})
	rows := c.walk("/v2/sales", "sales")
	if len(rows) != 400 {
		t.Fatalf("%d sales listed, asked for 400", len(rows))
	}
	seen := map[string]bool{}
	count, usd := map[string]float64{}, map[string]float64{}
	previous := "9"
	for _, row := range rows {
		at := row["created_at"].(string)
		if at > previous {
			t.Errorf("%s comes after %s", at, previous)
		}
		previous = at
		seen[row["id"].(string)] = true
		product := row["product_id"].(string)
		count[product]++
		usd[product] += row["price"].(float64)
		if row["is_gift_receiver_purchase"] == true {
			t.Error("a gift receiver's row is listed")
		}
		for name, value := range row {
			if value == nil && !slices.Contains([]string{"product_rating", "free_trial_ended", "free_trial_ends_on", "tracking_url"}, name) {
				t.Errorf("%s is null", name)
			}
		}
		if fee, price := row["gumroad_fee"].(float64), row["price"].(float64); fee > price || price > 0 && fee == 0 {
			t.Errorf("fee %v of %v", fee, price)
		}
	}
	if len(seen) != len(rows) {
		t.Errorf("%d different rows of %d", len(seen), len(rows))
	}
	for _, p := range c.allProducts() {
		id := p["id"].(string)
		if p["sales_count"] != count[id] {
			t.Errorf("%s: sales_count %v, listed %v", p["name"], p["sales_count"], count[id])
		}
	}
	// What came in, less what went back, product by product.
	net, gross := map[string]float64{}, map[string]float64{}
	for _, span := range []string{"from=2024-06-01&to=2024-12-31", "from=2025-01-01&to=2025-12-31", "from=2026-01-01&to=2026-03-10"} {
		for _, row := range c.get("/v2/sales/summary?group_by=product&" + span).ok().list("breakdown") {
			key := row["key"].(string)
			net[key] += row["net_cents"].(float64)
			gross[key] += row["gross_cents"].(float64)
		}
	}
	for _, p := range c.allProducts() {
		id := p["id"].(string)
		if gross[id] != usd[id] {
			t.Errorf("%s: gross %v, rows add up to %v", p["name"], gross[id], usd[id])
		}
		if p["sales_usd_cents"] != net[id] {
			t.Errorf("%s: sales_usd_cents %v, net %v", p["name"], p["sales_usd_cents"], net[id])
		}
	}
	first := c.get("/v2/sales")
	if n := len(first.list("sales")); n != 10 {
		t.Errorf("%d rows on a page", n)
	}
	if !regexp.MustCompile(`^\d{20}-\d+$`).MatchString(first.value("next_page_key").(string)) {
		t.Errorf("next_page_key %v", first.value("next_page_key"))
	}
}

func TestTimesUsed(t *testing.T) {
	c := newSandbox(t, Options{})
	used := map[string]float64{}
	for _, row := range c.walk("/v2/sales", "sales") {
		if code, ok := row["offer_code"].(map[string]any); ok && row["recurring_charge"] != true && code["name"] != nil {
			used[code["name"].(string)] += row["quantity"].(float64)
		}
	}
	if len(used) < 4 {
		t.Fatalf("codes used: %v", used)
	}
	for _, p := range c.allProducts() {
		for _, code := range c.get("/v2/products/" + p["id"].(string) + "/offer_codes").list("offer_codes") {
			if name, ok := code["name"].(string); ok && code["times_used"] != used[name] {
				t.Errorf("%s: times_used %v, sales say %v", name, code["times_used"], used[name])
			}
		}
	}
	launch := c.get(c.product("product with variants") + "/offer_codes/" + url.PathEscape(c.id("used-up code"))).object("offer_code")
	if launch["times_used"] != launch["max_purchase_count"] {
		t.Errorf("the used-up code is not used up: %v", launch)
	}
}

func TestSaleFilters(t *testing.T) {
	c := newSandbox(t, Options{})
	for _, row := range []struct{ query, text string }{
		{"before=394293", "Invalid date format provided in field 'before'. Dates must be in the format YYYY-MM-DD."},
		{"before=2026-02-30", "Invalid date format provided in field 'before'. Dates must be in the format YYYY-MM-DD."},
		{"before=x&after=x", "Invalid date format provided in field 'before'. Dates must be in the format YYYY-MM-DD."},
		{"after=", "Invalid date format provided in field 'after'. Dates must be in the format YYYY-MM-DD."},
		{"after=99999999999-01-01", "Invalid date format provided in field 'after'. Dates must be in the format YYYY-MM-DD."},
		{"after=x&product_id=inkwsh", "Invalid date format provided in field 'after'. Dates must be in the format YYYY-MM-DD."},
		{"after[]=2026-01-01", "Invalid date format provided in field 'after'. Dates must be in the format YYYY-MM-DD."},
		{"product_id=inkwsh", "Invalid product ID."},
		{"product_id=inkwsh&order_id=x", "Invalid product ID."},
		{"order_id=x", "Invalid order ID."},
		{"order_id=012", "Invalid order ID."},
		{"order_id=1.5", "Invalid order ID."},
		{"page=0", "Invalid page number. Page numbers start at 1."},
		{"page=-1&before=x", "Invalid page number. Page numbers start at 1."},
		{"page=abc", "Invalid page number. Page numbers start at 1."},
		{"page=", "Invalid page number. Page numbers start at 1."},
		{"page_key=123", "Invalid page_key."},
		{"page_key=20230119081040000000-0", "Invalid page_key."},
		{"page_key=20230119081040000000-abc", "Invalid page_key."},
	} {
		c.get("/v2/sales?" + row.query).bad(row.text)
	}
	c.get("/v2/sales.json?email[]=x").is(500, `{"status":500,"error":"Internal Server Error"}`)
	for _, empty := range []string{
		"product_id=AAAAAAAAAAAAAAAAAAAAAA==", "product_id=" + url.QueryEscape(c.id("other store's product")), "order_id=12345", "order_id=-5",
		"email=nobody@example.com", "after=2030-01-01", "before=1999-1-1", "page=4000000", "page_key=garbage-123", "page_key=99999999999999999999-5",
		"name=zzzzz", "license_key=nothing", "page_key=20200101000000000000-999",
	} {
		c.get("/v2/sales?"+empty).is(200, `{"success":true,"sales":[]}`)
	}

	// after includes its day, before excludes it; both are UTC.
	month := c.walk("/v2/sales?after=2026-02-01&before=2026-03-01", "sales")
	for _, row := range month {
		if at := row["created_at"].(string); at < "2026-02-01T00:00:00Z" || at >= "2026-03-01T00:00:00Z" {
			t.Errorf("%s is not in February", at)
		}
	}
	same := 0
	for _, row := range month {
		if row["created_at"] == "2026-02-01T00:00:00Z" {
			same++
		}
	}
	if same != 3 {
		t.Errorf("%d sales in the first second of the month", same)
	}
	for _, dates := range []string{"after=2026-2-1&before=2026-3-1", "after=2026-02-01T10:00:00Z&before=2026-03-01+00:00", "after=2026-02-01&before=2026-03-01&email=&product_id=&order_id=&page_key=&name="} {
		if got := c.walk("/v2/sales?"+dates, "sales"); len(got) != len(month) {
			t.Errorf("%s: %d rows, want %d", dates, len(got), len(month))
		}
	}

	all := c.walk("/v2/sales", "sales")
	find := func(query string, keep func(map[string]any) bool) {
		t.Helper()
		want := []any{}
		for _, row := range all {
			if keep(row) {
				want = append(want, row["id"])
			}
		}
		got := []any{}
		for _, row := range c.walk("/v2/sales?"+query, "sales") {
			got = append(got, row["id"])
		}
		if len(want) == 0 {
			t.Fatalf("%s: nothing to find", query)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", query, diff)
		}
	}
	brushes := c.id("digital product")
	find("product_id="+url.QueryEscape(brushes), func(r map[string]any) bool { return r["product_id"] == brushes })
	buyer := c.get(c.sale("USD sale not refunded")).object("sale")
	email := buyer["purchase_email"].(string)
	isBuyer := func(r map[string]any) bool { return r["purchase_email"] == email }
	find("email="+url.QueryEscape(email), isBuyer)
	find("email="+url.QueryEscape("  "+strings.ToUpper(email)+" "), isBuyer)
	find("email="+url.QueryEscape(email)+"&product_id="+url.QueryEscape(brushes), func(r map[string]any) bool { return isBuyer(r) && r["product_id"] == brushes })
	order := fmt.Sprintf("%.0f", buyer["order_id"])
	find("order_id="+order, func(r map[string]any) bool { return r["id"] == buyer["id"] })
	find("name=ignore%20previous", func(r map[string]any) bool {
		name, _ := r["full_name"].(string)
		return strings.Contains(strings.ToLower(name), "ignore previous")
	})
	licensed := c.highlight("working licence key")
	find("license_key="+strings.ToLower(licensed.LicenseKey), func(r map[string]any) bool { return r["id"] == licensed.ID })
	find("license_key="+licensed.LicenseKey+"&after=2026-01-01&email="+url.QueryEscape(c.get(c.sale("working licence key")).object("sale")["purchase_email"].(string)),
		func(r map[string]any) bool { return r["id"] == licensed.ID })
	c.get("/v2/sales?license_key="+licensed.LicenseKey+"&product_id="+url.QueryEscape(brushes)).is(200, `{"success":true,"sales":[]}`)
	c.get("/v2/sales?license_key="+c.highlight("gift, receiver's row").LicenseKey).is(200, `{"success":true,"sales":[]}`)

	// Pages by number say the same as pages by key, and lead over to them.
	for n := 1; n <= 3; n++ {
		page := c.get(fmt.Sprintf("/v2/sales?page=%d&page_key=bad", n)).ok()
		for i, row := range page.list("sales") {
			if want := all[(n-1)*10+i]["id"]; row["id"] != want {
				t.Errorf("page %d row %d: %v, want %v", n, i, row["id"], want)
			}
		}
		next := c.get("/v2/sales?page_key=" + page.value("next_page_key").(string)).ok().list("sales")
		if next[0]["id"] != all[n*10]["id"] {
			t.Errorf("the key of page %d leads elsewhere", n)
		}
	}
	old := newSandbox(t, Options{Compat2025: true})
	if n := len(old.get("/v2/sales?name=zzzzz&license_key=x").ok().list("sales")); n != 10 {
		t.Errorf("the server of 2025 knows no name filter, got %d rows", n)
	}
	lacks(t, old.get("/v2/sales").list("sales")[0], "currency", "tax_cents", "access_revoked")
}

func TestNextPageURL(t *testing.T) {
	c := newSandbox(t, Options{})
	for _, row := range []struct{ target, path, query string }{
		{"/v2/sales?before=2026-03-01&after=2025-01-01&access_token=sandbox", "/v2/sales", "after=2025-01-01&before=2026-03-01&"},
		{"/v2/sales.json?page=1", "/v2/sales.json", ""},
		{"/api/v2/sales?name=a%20b%26&name=a", "/api/v2/sales", "name=a&"},
		{"/gumroad/v2/sales?name=e", "/v2/sales", "name=e&"},
	} {
		page := c.get(row.target).ok()
		want := row.path + "?" + row.query + "page_key=" + page.value("next_page_key").(string)
		if got := page.value("next_page_url"); got != want {
			t.Errorf("%s: %v, want %s", row.target, got, want)
		}
	}
	busy := ""
	counts := map[string]int{}
	for _, row := range c.walk("/v2/sales", "sales") {
		email := row["purchase_email"].(string)
		if counts[email]++; counts[email] == 11 {
			busy = email
			break
		}
	}
	if busy == "" {
		t.Skip("nobody bought eleven times in this data")
	}
	if got := c.get("/v2/sales?email=" + busy).value("next_page_url").(string); !strings.Contains(got, "%40") {
		t.Errorf("@ is not escaped in %s", got)
	}
}

// TestPagesCoverEverything: whatever the range, walking by key finds what listing finds.
func TestPagesCoverEverything(t *testing.T) {
	c := newSandbox(t, Options{})
	all := c.walk("/v2/sales", "sales")
	rapid.Check(t, func(rt *rapid.T) {
		from := noon.AddDate(0, 0, -rapid.IntRange(0, 560).Draw(rt, "days back"))
		to := from.AddDate(0, 0, rapid.IntRange(0, 90).Draw(rt, "days"))
		after, before := from.Format(time.DateOnly), to.Format(time.DateOnly)
		want, got := []any{}, []any{}
		for _, row := range all {
			if day := row["created_at"].(string)[:10]; day >= after && day < before {
				want = append(want, row["id"])
			}
		}
		for _, row := range c.walk("/v2/sales?after="+after+"&before="+before, "sales") {
			got = append(got, row["id"])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestSaleJSON(t *testing.T) {
	c := newSandbox(t, Options{})
	get := func(name string) map[string]any { return c.get(c.sale(name)).ok().object("sale") }
	plain := get("USD sale not refunded")
	check(t, plain, map[string]any{
		"id": c.id("USD sale not refunded"), "timestamp": "9 days ago", "created_at": "2026-03-01T12:00:00Z", "daystamp": " 1 Mar 2026  4:00 AM",
		"price": 1200.0, "gumroad_fee": 170.0, "formatted_display_price": "$12", "formatted_total_price": "$12", "currency_symbol": "$", "currency": "usd",
		"amount_refundable_in_currency": "12", "product_id": c.id("digital product"), "product_permalink": "inkwsh", "partially_refunded": false,
		"chargedback": false, "paid": true, "has_variants": false, "variants_and_quantity": "", "has_custom_fields": false, "custom_fields": map[string]any{},
		"is_product_physical": false, "disputed": false, "dispute_won": false, "quantity": 1.0, "product_rating": nil, "is_recurring_billing": false,
		"reviews_count": 64.0, "average_rating": 4.8, "access_revoked": false,
	})
	lacks(t, plain, "refunded", "variants", "subscription_id", "shipped", "offer_code", "affiliate", "license_key", "ppp", "giftee_email", "preorder_cancelled", "sku_id")
	check(t, get("EUR sale"), map[string]any{"price": 1957.0, "currency": "eur", "currency_symbol": "€", "amount_refundable_in_currency": "18", "formatted_display_price": "€18"})
	check(t, get("JPY sale not refunded"), map[string]any{"price": 1000.0, "currency": "jpy", "amount_refundable_in_currency": "1500", "formatted_display_price": "¥1,500"})
	check(t, get("fully refunded sale"), map[string]any{"refunded": true, "partially_refunded": false, "amount_refundable_in_currency": "0"})
	check(t, get("partially refunded sale"), map[string]any{"refunded": false, "partially_refunded": true, "amount_refundable_in_currency": "35"})
	check(t, get("disputed sale"), map[string]any{"disputed": true, "chargedback": true, "dispute_won": false})
	check(t, get("dispute won"), map[string]any{"disputed": true, "chargedback": false, "dispute_won": true})
	check(t, get("free sale"), map[string]any{"price": 0.0, "gumroad_fee": 0.0, "paid": false, "formatted_display_price": "$0",
		"card": map[string]any{"visual": nil, "type": nil, "bin": nil, "expiry_month": nil, "expiry_year": nil}})
	check(t, get("physical sale not shipped"), map[string]any{"is_product_physical": true, "price": 6900.0, "formatted_display_price": "$60", "formatted_total_price": "$69",
		"variants": map[string]any{"Size": "A3", "Frame": "None"}, "variants_and_quantity": "(A3, None)", "sku_id": "TF-A3", "formatted_shipping_amount": "$9",
		"custom_fields": map[string]any{"Wall width/height (e.g. 60.5 cm)": "80 / 120.5 cm"}, "shipping_cents": 900.0})
	lacks(t, get("physical sale not shipped"), "shipped", "tracking_url")
	check(t, get("physical sale shipped"), map[string]any{"shipped": true, "tracking_url": "https://track.example/9400111899223"})
	check(t, get("purchasing-power-parity sale"), map[string]any{"price": 480.0, "ppp": map[string]any{"country": "India", "discount": "60%"}})
	check(t, get("sale with an offer code"), map[string]any{"price": 700.0, "offer_code": map[string]any{"code": "BRUSH5", "displayed_amount_off": "$5", "name": "BRUSH5"}})
	check(t, get("affiliate sale"), map[string]any{"affiliate": map[string]any{"email": "partner@affiliates.example", "amount": "$4.80"}})
	check(t, get("bundle sale"), map[string]any{"is_bundle_purchase": true})
	giver := get("gift, sender's row")
	check(t, giver, map[string]any{"is_gift_sender_purchase": true, "is_gift_receiver_purchase": false, "gifter_email": giver["purchase_email"]})
	lacks(t, giver, "license_key")
	check(t, get("gift, receiver's row"), map[string]any{"is_gift_receiver_purchase": true, "price": 0.0, "license_key": c.highlight("gift, receiver's row").LicenseKey, "gifter_email": giver["purchase_email"]})
	check(t, get("working licence key"), map[string]any{"license_key": c.highlight("working licence key").LicenseKey, "license_disabled": false, "is_multiseat_license": true})
	check(t, get("disabled licence key"), map[string]any{"license_disabled": true})
	check(t, get("licence with access revoked"), map[string]any{"access_revoked": true})
	check(t, get("upgrade purchase"), map[string]any{"is_upgrade_purchase": true, "price": 1500.0, "formatted_display_price": "$15 a month", "is_recurring_billing": true, "subscription_duration": "monthly"})
	check(t, get("pre-order authorization"), map[string]any{"is_preorder_authorization": true, "is_in_preorder_state": true, "preorder_cancelled": false})
	check(t, get("sale whose PayPal balance is short"), map[string]any{"payment_processor": "paypal", "paypal_refund_expired": false})
	if link, _ := get("sale whose PayPal balance is short")["transaction_url_for_seller"].(string); !strings.HasPrefix(link, "https://www.paypal.com/") {
		t.Errorf("transaction_url_for_seller %q", link)
	}
	lacks(t, plain, "transaction_url_for_seller_missing")
	trial := c.get("/v2/subscribers/" + c.id("subscriber in a free trial")).object("subscriber")["purchase_ids"].([]any)
	check(t, c.get("/v2/sales/"+trial[0].(string)).ok().object("sale"), map[string]any{"free_trial_ended": false, "free_trial_ends_on": "Mar 14, 2026", "recurring_charge": false, "cancelled": false, "dead": false, "ended": false})

	listed := map[string]bool{}
	for _, row := range c.walk("/v2/sales", "sales") {
		listed[row["id"].(string)] = true
	}
	for _, name := range []string{"failed sale", "sale in progress", "test sale", "pre-order authorization", "sale not charged", "gift, receiver's row"} {
		get(name)
		if listed[c.id(name)] {
			t.Errorf("%s is listed", name)
		}
	}
	if !listed[trial[0].(string)] {
		t.Error("a free-trial row is not listed")
	}
	c.get("/v2/sales/nobody").refused("The sale was not found.")
	c.get("/v2/sales/" + url.PathEscape(c.id("other store's sale"))).refused("The sale was not found.")
	c.get(c.sale("USD sale not refunded") + "++").refused("The sale was not found.")
}

func TestHostileTextsArrive(t *testing.T) {
	c := newSandbox(t, Options{})
	for name, fragment := range map[string]string{
		"prompt injection in a name": "Ignore previous instructions", "fake JSON": `"success":true`, "bidirectional override": "\u202e",
		"zero-width characters": "\u200b", "tag characters": "\U000E0072", "ANSI escapes": "\x1b[2J", "spreadsheet formula": "=HYPERLINK(",
		"very long name": strings.Repeat("long ", 2000),
	} {
		if got, _ := c.get(c.sale(name)).object("sale")["full_name"].(string); !strings.Contains(got, fragment) {
			t.Errorf("%s: %.60q", name, got)
		}
	}
	fields, _ := json.Marshal(c.get(c.sale("markdown image")).object("sale")["custom_fields"])
	if !strings.Contains(string(fields), "![logo](https://evil.example") {
		t.Errorf("custom fields %s", fields)
	}
	if !strings.Contains(c.get(c.product("disabled product")).body, "ignore all previous instructions") {
		t.Error("no injection in the product's description")
	}
}

func TestShip(t *testing.T) {
	c := newSandbox(t, Options{})
	path := c.sale("physical sale not shipped") + "/mark_as_shipped"
	check(t, c.form("PUT", path).ok().object("sale"), map[string]any{"shipped": true, "tracking_url": nil})
	check(t, c.form("PUT", path, "tracking_url", "not a url").ok().object("sale"), map[string]any{"shipped": true, "tracking_url": "not a url"})
	check(t, c.form("PUT", path).ok().object("sale"), map[string]any{"tracking_url": "not a url"})
	check(t, c.form("PUT", c.sale("free sale")+"/mark_as_shipped", "tracking_url", "").ok().object("sale"), map[string]any{"shipped": true, "tracking_url": ""})
	c.form("PUT", "/v2/sales/nobody/mark_as_shipped").refused("The sale was not found.")
}

func TestRefund(t *testing.T) {
	c := newSandbox(t, Options{})
	refund := func(name string, amount ...string) received {
		t.Helper()
		pairs := []string{}
		if len(amount) > 0 {
			pairs = []string{"amount_cents", amount[0]}
		}
		return c.form("PUT", c.sale(name)+"/refund", pairs...)
	}
	usd := func(name string) float64 {
		return c.get(c.product(name)).object("product")["sales_usd_cents"].(float64)
	}
	before := usd("digital product")
	for _, bad := range []string{"-5", "0", "abc"} {
		refund("USD sale not refunded", bad).refused("The sale was unable to be modified.")
	}
	refund("USD sale not refunded", "1201").refused("Refund amount cannot be greater than the purchase price.")
	check(t, refund("USD sale not refunded", "505").ok().object("sale"), map[string]any{"refunded": false, "partially_refunded": true, "amount_refundable_in_currency": "6.95"})
	check(t, refund("USD sale not refunded", "505").ok().object("sale"), map[string]any{"amount_refundable_in_currency": "1.90"})
	if got := before - usd("digital product"); got != 1010 {
		t.Errorf("sales_usd_cents fell by %v", got)
	}
	refund("USD sale not refunded", "191").refused("Refund amount cannot be greater than the purchase price.")
	check(t, refund("USD sale not refunded", "190").ok().object("sale"), map[string]any{"refunded": true, "partially_refunded": false, "amount_refundable_in_currency": "0"})
	refund("USD sale not refunded").refused("Purchase is already refunded.")
	refund("USD sale not refunded", "-5").refused("Purchase is already refunded.")
	if got := before - usd("digital product"); got != 1200 {
		t.Errorf("sales_usd_cents fell by %v", got)
	}
	// The whole price counts as what remains.
	check(t, refund("partially refunded sale", "5000").ok().object("sale"), map[string]any{"refunded": true, "amount_refundable_in_currency": "0"})
	check(t, refund("sale with an offer code", "700").ok().object("sale"), map[string]any{"refunded": true, "partially_refunded": false})
	check(t, refund("EUR sale", "").ok().object("sale"), map[string]any{"refunded": true})
	check(t, refund("JPY sale not refunded", "500").ok().object("sale"), map[string]any{"partially_refunded": true, "amount_refundable_in_currency": "1000"})
	for _, name := range []string{"free sale", "failed sale", "sale in progress", "disputed sale", "test sale", "sale not charged", "gift, receiver's row"} {
		refund(name).refused("The sale was unable to be modified.")
	}
	check(t, refund("dispute won").ok().object("sale"), map[string]any{"refunded": true})
	refund("fully refunded sale").refused("Purchase is already refunded.")
	refund("sale whose PayPal balance is short").refused("Your PayPal account does not have sufficient funds to make this refund.")
	refund("sale on a disconnected Stripe account").refused("We cannot refund this sale because you have disconnected the associated payment account on Stripe. Please connect it and try again.")
	c.form("PUT", "/v2/sales/nobody/refund").refused("The sale was not found.")
	c.form("PUT", "/v2/sales/"+url.PathEscape(c.id("other store's sale"))+"/refund").refused("The sale was not found.")

	// Refunding a subscription about to end ends it.
	subscriber := "/v2/subscribers/" + url.PathEscape(c.id("subscriber pending cancellation"))
	row := c.get(subscriber).object("subscriber")
	check(t, row, map[string]any{"status": "pending_cancellation"})
	c.form("PUT", "/v2/sales/"+row["purchase_ids"].([]any)[0].(string)+"/refund").ok()
	check(t, c.get(subscriber).object("subscriber"), map[string]any{"status": "cancelled", "cancelled_at": "2026-03-10T12:00:00Z"})

	old := newSandbox(t, Options{Compat2025: true})
	check(t, old.form("PUT", old.sale("JPY sale not refunded")+"/refund", "amount_cents", "500").ok().object("sale"), map[string]any{"amount_refundable_in_currency": "1495"})
	check(t, old.form("PUT", old.sale("USD sale not refunded")+"/refund", "amount_cents", "500").ok().object("sale"), map[string]any{"amount_refundable_in_currency": "7"})
}

func TestResendReceipt(t *testing.T) {
	c := newSandbox(t, Options{})
	c.form("POST", c.sale("free sale")+"/resend_receipt").is(200, `{"success":true}`)
	c.form("POST", "/v2/sales/nobody/resend_receipt").refused("The sale was not found.")
	newSandbox(t, Options{Compat2025: true}).form("POST", "/v2/sales/x/resend_receipt.json").is(404, `{"status":404,"error":"Not Found"}`)
}

func TestSalesSummary(t *testing.T) {
	c := newSandbox(t, Options{})
	for _, row := range []struct{ query, text string }{
		{"group_by=year", "Invalid group_by. Valid values are: product, day, week, month."},
		{"from=x", "Invalid date format provided in field 'from'. Dates must be in the format YYYY-MM-DD."},
		{"to=2026-13-01", "Invalid date format provided in field 'to'. Dates must be in the format YYYY-MM-DD."},
		{"from=2026-03-02&to=2026-03-01", "'from' must be on or before 'to'."},
		{"from=2025-01-01&to=2026-02-01", "Date range cannot exceed 366 days."},
	} {
		c.get("/v2/sales/summary?" + row.query).bad(row.text)
	}
	check(t, c.get("/v2/sales/summary").ok().object(), map[string]any{"from": "2026-02-09", "to": "2026-03-10", "currency": "usd"})
	lacks(t, c.get("/v2/sales/summary").object(), "breakdown")

	// The same numbers from the rows, by days of the seller's zone.
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	gross, units := 0.0, 0.0
	months := map[string]float64{}
	for _, row := range c.walk("/v2/sales", "sales") {
		at, err := time.Parse(time.RFC3339, row["created_at"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if day := at.In(zone).Format(time.DateOnly); day >= "2025-11-01" && day <= "2026-02-28" && (row["free_trial_ended"] == nil || row["recurring_charge"] == true) {
			if row["is_bundle_product_purchase"] == true {
				continue // counted with its bundle
			}
			gross += row["price"].(float64)
			units++
			months[day[:7]] += row["price"].(float64)
		}
	}
	target := "/v2/sales/summary?from=2025-11-01&to=2026-02-28"
	check(t, c.get(target).ok().object(), map[string]any{"gross_cents": gross, "units": units})
	var keys []string
	for _, row := range c.get(target + "&group_by=month").ok().list("breakdown") {
		keys = append(keys, row["key"].(string))
		if row["gross_cents"] != months[row["key"].(string)] || row["label"] != row["key"] {
			t.Errorf("month %v, want gross %v", row, months[row["key"].(string)])
		}
	}
	if diff := cmp.Diff([]string{"2025-11", "2025-12", "2026-01", "2026-02"}, keys); diff != "" {
		t.Error(diff)
	}
	for _, group := range []string{"day", "week", "product"} {
		sum, last := 0.0, ""
		lastGross := 1e18
		for _, row := range c.get(target + "&group_by=" + group).ok().list("breakdown") {
			sum += row["gross_cents"].(float64)
			key := row["key"].(string)
			switch group {
			case "product":
				if row["gross_cents"].(float64) > lastGross {
					t.Errorf("products are not sorted by gross: %v", row)
				}
				lastGross = row["gross_cents"].(float64)
			case "week":
				if day, _ := time.Parse(time.DateOnly, key); day.Weekday() != time.Monday {
					t.Errorf("week of %s", key)
				}
				fallthrough
			default:
				if key <= last {
					t.Errorf("%s after %s", key, last)
				}
				last = key
			}
		}
		if sum != gross {
			t.Errorf("by %s: %v, want %v", group, sum, gross)
		}
	}
}

func TestSubscribers(t *testing.T) {
	c := newSandbox(t, Options{Sales: 4500})
	want := map[string]map[string]any{
		"subscriber alive":                    {"status": "alive", "recurrence": "monthly", "cancelled_at": nil, "charge_occurrence_count": nil},
		"subscriber pending cancellation":     {"status": "pending_cancellation", "user_requested_cancellation_at": "2026-03-06T12:00:00Z", "cancelled_at": "2026-03-30T12:00:00Z"},
		"subscriber pending failure":          {"status": "pending_failure"},
		"subscriber cancelled":                {"status": "cancelled"},
		"subscriber with failed payment":      {"status": "failed_payment"},
		"subscriber whose fixed period ended": {"status": "fixed_subscription_period_ended", "charge_occurrence_count": 3.0},
		"subscriber in a free trial":          {"status": "alive", "free_trial_ends_at": "2026-03-14T12:00:00Z"},
		"yearly subscriber":                   {"status": "alive", "recurrence": "yearly"},
	}
	for name, members := range want {
		row := c.get("/v2/subscribers/" + url.PathEscape(c.id(name))).ok().object("subscriber")
		check(t, row, members)
		for _, key := range []string{"id", "email", "product_id", "product_name", "user_id", "user_email", "purchase_ids", "created_at", "user_requested_cancellation_at",
			"charge_occurrence_count", "recurrence", "cancelled_at", "ended_at", "failed_at", "free_trial_ends_at", "status"} {
			if _, there := row[key]; !there {
				t.Errorf("%s: no %s", name, key)
			}
		}
		lacks(t, row, "license_key", "email_address")
	}
	fixed := c.get("/v2/subscribers/" + c.id("subscriber whose fixed period ended")).object("subscriber")
	if n := len(fixed["purchase_ids"].([]any)); n != 3 {
		t.Errorf("%d payments of three", n)
	}
	for _, id := range []string{"nobody", "12345"} {
		c.get("/v2/subscribers/" + id).refused("The subscriber was not found.")
	}

	base := c.product("membership") + "/subscribers"
	all := c.get(base).ok()
	rows := all.list("subscribers")
	lacks(t, all.object(), "next_page_key")
	if len(rows) <= 100 {
		t.Fatalf("%d subscribers; the test needs more than a page", len(rows))
	}
	inactive := map[string]bool{}
	for _, name := range []string{"subscriber cancelled", "subscriber with failed payment", "test subscriber"} {
		inactive[c.id(name)] = true
	}
	previous := "9"
	for _, row := range rows {
		if inactive[row["id"].(string)] {
			t.Errorf("%v is listed", row)
		}
		if at := row["created_at"].(string); at > previous {
			t.Errorf("%s after %s", at, previous)
		} else {
			previous = at
		}
	}
	first := c.get(base + "?paginated=1").ok()
	if n := len(first.list("subscribers")); n != 100 {
		t.Errorf("%d on a page", n)
	}
	walked := c.walk(base+"?paginated=true", "subscribers")
	if diff := cmp.Diff(rows, walked); diff != "" {
		t.Errorf("pages differ from the whole:\n%s", diff)
	}
	if got := c.get(base + "?page_key=" + first.value("next_page_key").(string)).ok().list("subscribers"); got[0]["id"] != rows[100]["id"] {
		t.Error("page_key alone does not page")
	}
	if got := c.get(base + "?paginated=yes").ok().list("subscribers"); len(got) != len(rows) {
		t.Errorf("paginated=yes gave %d", len(got))
	}
	c.get(base + "?page_key=x").bad("Invalid page_key.")
	c.get(base+"?page_key=garbage-5").is(200, `{"success":true,"subscribers":[]}`)
	email := rows[7]["email"].(string)
	if got := c.get(base + "?email=+" + url.QueryEscape(strings.ToUpper(email))).ok().list("subscribers"); len(got) == 0 || got[0]["email"] != email {
		t.Errorf("by e-mail: %v", got)
	}
	for _, crash := range []string{"?email[]=x", "?email=x&page_key=" + first.value("next_page_key").(string)} {
		if r := c.get(base + crash); r.status != http.StatusInternalServerError {
			t.Errorf("%s: %d", crash, r.status)
		}
	}
}
