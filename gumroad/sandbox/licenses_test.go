package sandbox

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const unknownLicense = `{"success":false,"message":"That license does not exist for the provided product."}`

func TestVerify(t *testing.T) {
	c := newSandbox(t, Options{}).as("")
	working := c.highlight("working licence key")
	verify := func(pairs ...string) received {
		t.Helper()
		return c.form("POST", "/v2/licenses/verify", pairs...)
	}
	uses := verify("product_id", working.ProductID, "license_key", working.LicenseKey, "increment_uses_count", "false").ok().value("uses").(float64)
	expect := func(want float64, r received) {
		t.Helper()
		if got := r.ok().value("uses"); got != want {
			t.Errorf("uses %v, want %v", got, want)
		}
	}
	expect(uses+1, verify("product_id", working.ProductID, "license_key", working.LicenseKey))
	expect(uses+2, verify("product_id", working.ProductID, "license_key", strings.ToLower(working.LicenseKey), "increment_uses_count", "False"))
	expect(uses+3, verify("product_id", working.ProductID, "license_key", working.LicenseKey, "increment_uses_count", "0"))
	expect(uses+4, c.json("POST", "/v2/licenses/verify", map[string]any{"product_id": working.ProductID, "license_key": working.LicenseKey, "increment_uses_count": true}))
	expect(uses+4, c.json("POST", "/v2/licenses/verify", map[string]any{"product_id": working.ProductID, "license_key": working.LicenseKey, "increment_uses_count": false}))

	// The keys of a plain purchase, exactly.
	purchase := verify("product_id", working.ProductID, "license_key", working.LicenseKey).object("purchase")
	keys := []string{}
	for key := range purchase {
		if !slices.Contains([]string{"full_name", "purchaser_id", "ip_country"}, key) { // sent when known
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	want := strings.Fields(`can_contact card chargebacked created_at currency custom_fields discover_fee_charged dispute_won disputed email
		gumroad_fee id is_gift_receiver_purchase license_key order_number permalink price product_id product_name product_permalink quantity referrer
		refunded sale_id sale_timestamp seller_id short_product_id variants`)
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("purchase keys:\n%s", diff)
	}
	check(t, purchase, map[string]any{
		"id": working.ID, "sale_id": working.ID, "variants": "", "custom_fields": []any{}, "permalink": "gridsmith", "short_product_id": "grdsmt",
		"product_permalink": "https://pixelandpage.gumroad.com/l/gridsmith", "price": 4900.0, "currency": "usd", "refunded": false, "chargebacked": false,
	})
	refunded := c.highlight("licence of a refunded sale")
	check(t, verify("product_id", refunded.ProductID, "license_key", refunded.LicenseKey).ok().object("purchase"), map[string]any{"refunded": true})

	for name, pairs := range map[string][]string{
		"unknown key": {"product_id", working.ProductID, "license_key", "x"}, "unknown product": {"product_id", "x", "license_key", working.LicenseKey},
		"other product": {"product_id", c.id("older licensed product"), "license_key", working.LicenseKey}, "nothing": {}, "no key": {"product_id", working.ProductID},
		"permalink as id": {"product_id", "gridsmith", "license_key", working.LicenseKey}, "white space": {"product_id", working.ProductID, "license_key", " " + working.LicenseKey},
	} {
		t.Run(name, func(t *testing.T) { verify(pairs...).is(404, unknownLicense) })
	}
	disabled := c.highlight("disabled licence key")
	verify("product_id", disabled.ProductID, "license_key", disabled.LicenseKey).is(404, `{"success":false,"message":"This license key has been disabled."}`)
	revoked := c.highlight("licence with access revoked")
	const gone = `{"success":false,"message":"Access to the purchase associated with this license has expired."}`
	verify("product_id", revoked.ProductID, "license_key", revoked.LicenseKey).is(404, gone)
	for _, action := range []string{"enable", "disable", "decrement_uses_count", "rotate"} {
		c.as("sandbox").form("PUT", "/v2/licenses/"+action, "product_id", revoked.ProductID, "license_key", revoked.LicenseKey).is(404, gone)
	}

	// By permalink: not for products made after the cutover, and under every old name for the others.
	verify("product_permalink", "gridsmith", "license_key", working.LicenseKey).same(500,
		`{"success":false,"message":"The 'product_id' parameter is required to verify the license for this product. Please set 'product_id' to '`+working.ProductID+`' in the request."}`)
	older := c.highlight("licence verified by permalink")
	for _, pairs := range [][]string{
		{"product_permalink", "layout-lint"}, {"product_permalink", "LYNTX"}, {"link_id", "lyntx", "product_permalink", "wrong"},
		{"id", "Layout-Lint", "link_id", "wrong"}, {"id", "", "product_permalink", "lyntx", "product_id", ""},
	} {
		verify(append(pairs, "license_key", older.LicenseKey)...).ok()
	}
	verify("product_permalink", "wrong", "license_key", older.LicenseKey).is(404, unknownLicense)
	verify("license_key", older.LicenseKey).is(404, unknownLicense)

	for _, name := range []string{"license_key", "product_id", "product_permalink", "id", "link_id"} {
		c.json("POST", "/v2/licenses/verify", map[string]any{name: []any{"x"}}).same(400, `{"success":false,"message":"The '`+name+`' parameter must be a string."}`)
		c.json("POST", "/v2/licenses/verify", map[string]any{name: 5}).same(400, `{"success":false,"message":"The '`+name+`' parameter must be a string."}`)
	}
	c.form("POST", "/v2/licenses/verify", "license_key[]", "x", "id[a]", "x").same(400, `{"success":false,"message":"The 'license_key' parameter must be a string."}`)
	newSandbox(t, Options{Compat2025: true}).form("POST", "/v2/licenses/verify", "license_key[]", "x").is(404, unknownLicense)

	imported := c.highlight("licence of an imported customer")
	r := verify("product_id", imported.ProductID, "license_key", imported.LicenseKey).ok()
	check(t, r.object("imported_customer"), map[string]any{"email": "old.customer@example.com", "is_imported_customer": true, "price": nil, "can_update": nil, "timestamp": "over 2 years ago", "link_name": "Layout Lint"})
	lacks(t, r.object(), "purchase")
	receiver := c.highlight("gift, receiver's row")
	check(t, verify("product_id", receiver.ProductID, "license_key", receiver.LicenseKey).ok().object("purchase"), map[string]any{
		"is_gift_receiver_purchase": true, "price": 0.0, "gift_price": 4900.0, "gifter_email": c.as("sandbox").get(c.sale("gift, sender's row")).object("sale")["purchase_email"],
	})
	// What a purchase can have besides, in the license API's own forms.
	shop := c.as("sandbox")
	shop.form("POST", "/v2/products/grdsmt/offer_codes", "name", "seats", "amount_off", "10", "offer_type", "percent").ok()
	edition := shop.form("POST", "/v2/products/grdsmt/variant_categories", "title", "Plan").ok().object("variant_category")["id"].(string)
	shop.form("POST", "/v2/products/grdsmt/variant_categories/"+edition+"/variants", "name", "Team", "price_difference_cents", "1000").ok()
	id, err := c.s.Buy(Purchase{Product: "grdsmt", OfferCode: "seats", CustomFields: map[string]string{"Company": "A", "price": "B"}})
	if err != nil {
		t.Fatal(err)
	}
	key := shop.get("/v2/sales/" + id).object("sale")["license_key"].(string)
	check(t, verify("product_id", working.ProductID, "license_key", key).ok().object("purchase"), map[string]any{
		"variants": "(Team)", "custom_fields": []any{"Company: A", "price: B"}, "Company": "A", "price": 5310.0,
		"offer_code": map[string]any{"code": "seats", "displayed_amount_off": "10%", "name": "seats"},
	})
	// Anyone may verify a key of any store.
	other := c.highlight("other store's sale")
	verify("product_id", other.ProductID, "license_key", other.LicenseKey).ok()
}

func TestLicenseActions(t *testing.T) {
	c := newSandbox(t, Options{})
	working := c.highlight("working licence key")
	act := func(action string, pairs ...string) received {
		t.Helper()
		return c.form("PUT", "/v2/licenses/"+action, append([]string{"product_id", working.ProductID, "license_key", working.LicenseKey}, pairs...)...)
	}
	c.form("POST", "/v2/licenses/verify", "product_id", working.ProductID, "license_key", working.LicenseKey).ok()
	before := act("enable").ok().value("uses").(float64)
	for range 2 {
		if got := act("disable").ok().value("uses"); got != before {
			t.Errorf("disable changed uses to %v", got)
		}
	}
	c.form("POST", "/v2/licenses/verify", "product_id", working.ProductID, "license_key", working.LicenseKey).is(404, `{"success":false,"message":"This license key has been disabled."}`)
	act("enable").ok()
	for range int(before) + 2 {
		act("decrement_uses_count").ok()
	}
	if got := act("decrement_uses_count").ok().value("uses"); got != 0.0 {
		t.Errorf("uses below zero: %v", got)
	}
	if got := c.form("POST", "/v2/licenses/verify", "product_id", working.ProductID, "license_key", working.LicenseKey).value("uses"); got != 1.0 {
		t.Errorf("first use is %v", got)
	}
	other := c.highlight("other store's sale")
	for _, action := range []string{"enable", "disable", "decrement_uses_count", "rotate"} {
		c.form("PUT", "/v2/licenses/"+action, "product_id", other.ProductID, "license_key", other.LicenseKey).is(404, `{"success":false,"error":"Not found"}`)
		c.form("PUT", "/v2/licenses/"+action, "product_id", working.ProductID, "license_key", "x").is(404, unknownLicense)
		c.form("PUT", "/v2/licenses/"+action, "license_key", c.highlight("licence verified by permalink").LicenseKey, "link_id", "layout-lint").is(404, unknownLicense)
	}
	c.form("PUT", "/v2/licenses/enable", "license_key", c.highlight("licence verified by permalink").LicenseKey, "product_permalink", "layout-lint").ok()

	rotated := act("rotate").ok().object("purchase")["license_key"].(string)
	if rotated == working.LicenseKey || len(rotated) != 35 {
		t.Errorf("new key %q", rotated)
	}
	act("enable").is(404, unknownLicense)
	c.form("PUT", "/v2/licenses/enable", "product_id", working.ProductID, "license_key", rotated).ok()
	newSandbox(t, Options{Compat2025: true}).form("PUT", "/v2/licenses/rotate.json").is(404, `{"status":404,"error":"Not Found"}`)
}
