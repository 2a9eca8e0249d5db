package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// plainPurchase are the members of a verified purchase without anything
// special about it; maybePurchase those that a purchase's own features add.
const (
	plainPurchase = "id product_name created_at variants custom_fields quantity refunded chargebacked email seller_id product_id permalink product_permalink short_product_id price currency order_number sale_id sale_timestamp license_key is_gift_receiver_purchase disputed dispute_won gumroad_fee discover_fee_charged can_contact referrer card"
	maybePurchase = "full_name purchaser_id ip_country is_multiseat_license offer_code gifter_email gift_price affiliate affiliate_credit_amount_cents test"
)

func TestLicenses(t *testing.T) {
	const (
		verify, enable, disable, decrement = "POST /licenses/verify", "PUT /licenses/enable", "PUT /licenses/disable", "PUT /licenses/decrement_uses_count"

		missing  = "That license does not exist for the provided product."
		revoked  = "Access to the purchase associated with this license has expired."
		isOff    = "This license key has been disabled."
		notYours = `{"success":false,"error":"Not found"}`

		working = "product_id={licensed product}&license_key={working licence key.key}"
		peek    = working + "&increment_uses_count=false"
		off     = "product_id={licensed product}&license_key={disabled licence key.key}"
		expired = "product_id={licensed product}&license_key={licence with access revoked.key}"
		foreign = "product_id={other store's sale.product}&license_key={other store's sale.key}"
		older   = "license_key={licence verified by permalink.key}"
	)
	verified := `{"success":true,"uses":"<int>","purchase":{"license_key":"{working licence key.key}","id":"{working licence key}","sale_id":"{working licence key}"}}`
	oldVerified := `{"success":true,"uses":"<int>","purchase":{"id":"{licence verified by permalink}"}}`
	gone := func(name, do, body string) row {
		return row{name: "12.2 " + name, do: do, body: body, status: 404, is: refused(missing)}
	}
	var rows []row
	for _, action := range []struct{ name, do string }{{"verify", verify}, {"enable", enable}, {"disable", disable}, {"decrement", decrement}} {
		rows = append(rows,
			row{name: "12.2 " + action.name, do: action.do, body: working, has: verified},
			row{name: "12.2 " + action.name + " by JSON", do: action.do, body: `{"product_id":"{licensed product}","license_key":"{working licence key.key}"}`, has: verified},
			gone(action.name+", unknown key", action.do, "product_id={licensed product}&license_key=AAAAAAAA-BBBBBBBB-CCCCCCCC-DDDDDDDD"),
			gone(action.name+", unknown product", action.do, "product_id={unknown}&license_key={working licence key.key}"),
			gone(action.name+", key of another product", action.do, "product_id={digital product}&license_key={working licence key.key}"),
			gone(action.name+", no key", action.do, "product_id={licensed product}"),
			gone(action.name+", no product", action.do, older),
			row{name: "12.1 " + action.name + ", no product after the cutover", do: action.do, body: "license_key={working licence key.key}", status: 500,
				is: refused("The 'product_id' parameter is required to verify the license for this product. Please set 'product_id' to '{licensed product}' in the request.")},
			gone(action.name+", nothing", action.do, ""),
			gone(action.name+", permalink as product_id", action.do, "product_id=layout-lint&"+older),
			gone(action.name+", permalink mismatch", action.do, "product_permalink=ink-and-wash&"+older),
			row{name: "12.2 " + action.name + ", access revoked", do: action.do, body: expired, status: 404, is: refused(revoked)},
			row{name: "12.1 " + action.name + ", custom permalink", do: action.do, body: "product_permalink=layout-lint&" + older, has: oldVerified},
			row{name: "12.1 " + action.name + ", permalink in any case", do: action.do, body: "product_permalink=Layout-LINT&" + older, has: oldVerified},
			row{name: "12.1 " + action.name + ", unique permalink", given: []string{"GET /sales/{licence verified by permalink} => permalink:sale.product_permalink"}, do: action.do, body: "product_permalink={permalink}&" + older, has: oldVerified},
			row{name: "12.1 " + action.name + " after the cutover wants product_id", do: action.do, body: "product_permalink=gridsmith&license_key={working licence key.key}", status: 500,
				is: refused("The 'product_id' parameter is required to verify the license for this product. Please set 'product_id' to '{licensed product}' in the request.")},
			row{name: "12.1 " + action.name + ", spaces are not trimmed", do: action.do, body: "product_id={licensed product}&license_key=+{working licence key.key}+", status: 404, is: refused(missing)},
		)
	}
	rows = append(rows,
		row{name: "12.1 verify, legacy id", do: verify, body: "id=layout-lint&" + older, has: oldVerified},
		row{name: "12.1 verify, legacy link_id", do: verify, body: "link_id=layout-lint&" + older, has: oldVerified},
		row{name: "12.1 id before link_id", do: verify, body: "id=layout-lint&link_id=nope&product_permalink=nope&" + older, has: oldVerified},
		gone("link_id does not help a wrong id", verify, "id=nope&link_id=layout-lint&"+older),
		row{name: "12.1 link_id before product_permalink", do: verify, body: "link_id=layout-lint&product_permalink=nope&" + older, has: oldVerified},
		gone("product_permalink does not help a wrong link_id", verify, "link_id=nope&product_permalink=layout-lint&"+older),
		gone("enable knows no id", enable, "id=layout-lint&"+older),
		gone("disable knows no link_id", disable, "link_id=layout-lint&"+older),
		gone("decrement knows no id", decrement, "id=layout-lint&"+older),

		row{name: "12.2 disabled key on verify", do: verify, body: off, status: 404, is: refused(isOff)},
		row{name: "12.2 enable a disabled key", do: enable, body: off, has: `{"success":true}`},
		row{name: "12.2 enabled again", given: []string{"PUT /licenses/enable " + off}, do: verify, body: off, has: `{"success":true}`},
		row{name: "12.2 disabled now", given: []string{"PUT /licenses/disable " + working}, do: verify, body: working, status: 404, is: refused(isOff)},
		row{name: "12.2 disable a disabled key", do: disable, body: off, has: `{"success":true}`},
		row{name: "12.2 enable an enabled key", do: enable, body: working, has: `{"success":true}`},
		row{name: "12.2 decrement a disabled key", do: decrement, body: off, has: `{"success":true}`},
		row{name: "12.2 foreign key on verify", do: verify, body: foreign, has: `{"success":true,"purchase":{"id":"{other store's sale}"}}`},
		row{name: "12.2 foreign key on enable", do: enable, body: foreign, status: 404, is: notYours},
		row{name: "12.2 foreign key on disable", do: disable, body: foreign, status: 404, is: notYours},
		row{name: "12.2 foreign key on decrement", do: decrement, body: foreign, status: 404, is: notYours},
		row{name: "12.2 refunded still verifies", do: verify, body: "product_id={licensed product}&license_key={licence of a refunded sale.key}", has: `{"success":true,"purchase":{"refunded":true,"chargebacked":false}}`},
		row{name: "12.2 neither refunded nor charged back", do: verify, body: working, has: `{"success":true,"purchase":{"refunded":false,"chargebacked":false,"disputed":false,"dispute_won":false}}`},

		row{name: "12.2 key as a list", do: verify, body: "product_id={licensed product}&license_key[]=x", status: 400, is: refused("The 'license_key' parameter must be a string.")},
		row{name: "12.2 key as an object", do: verify, body: `{"product_id":"{licensed product}","license_key":{"a":"b"}}`, status: 400, is: refused("The 'license_key' parameter must be a string.")},
		row{name: "12.2 product as a list", do: verify, body: "product_id[]=x&license_key={working licence key.key}", status: 400, is: refused("The 'product_id' parameter must be a string.")},
		row{name: "12.2 permalink as a list", do: verify, body: "product_permalink[]=x&license_key={working licence key.key}", status: 400, is: refused("The 'product_permalink' parameter must be a string.")},

		row{name: "20.3 rotate", do: "PUT /licenses/rotate", body: working, has: `{"success":true,"uses":"<int>","purchase":{"id":"{working licence key}","license_key":"<license>"}}`},
		row{name: "20.3 the old key is gone", given: []string{"PUT /licenses/rotate " + working}, do: verify, body: working, status: 404, is: refused(missing)},
		row{name: "20.3 the new key works", given: []string{"PUT /licenses/rotate " + working + " => new:purchase.license_key"}, do: verify, body: "product_id={licensed product}&license_key={new}", has: `{"success":true,"purchase":{"license_key":"{new}"}}`},
		row{name: "20.3 the sale has the new key", given: []string{"PUT /licenses/rotate " + working + " => new:purchase.license_key"}, do: "GET /sales/{working licence key}", has: `{"sale":{"license_key":"{new}"}}`},
		row{name: "20.3 unknown key", do: "PUT /licenses/rotate", body: "product_id={licensed product}&license_key=x", status: 404, is: refused(missing)},
		row{name: "20.3 foreign key", do: "PUT /licenses/rotate", body: foreign, status: 404, is: notYours},
		row{name: "20.3 access revoked", do: "PUT /licenses/rotate", body: expired, status: 404, is: refused(revoked)},

		row{name: "12.3 imported customer", do: verify, body: "product_permalink=layout-lint&license_key={licence of an imported customer.key}", has: `{"success":true,"uses":"<int>","imported_customer":{"email":"~@","created_at":"<time>","timestamp":"~ ago$","link_name":"<text>","product_name":"<text>","price":null,"is_imported_customer":true,"purchase_email":"~@","id":"<id>","can_update":null}}`, lacks: "purchase imported_customer.license_key"},
	)
	checkRows(t, sandbox.Options{}, rows)
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "12.2 key as a list in 2025", do: verify, body: "product_id={licensed product}&license_key[]=x", status: 404, is: refused(missing)},
		{name: "20.3 no rotate in 2025", do: "PUT /licenses/rotate.json", body: working, status: 404, is: `{"status":404,"error":"Not Found"}`},
	})

	t.Run("12.1 key in any case", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.expect(row{do: verify, body: "product_id={licensed product}&license_key=" + strings.ToLower(s.names["working licence key.key"]), has: verified})
	})
	t.Run("12.1 increment_uses_count", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		uses := func() int { return number(t, s.step("POST /licenses/verify "+peek), "uses") }
		for _, p := range []struct {
			body string
			adds int
		}{
			{working, 1}, {working + "&increment_uses_count=true", 1}, {working + "&increment_uses_count=0", 1}, {working + "&increment_uses_count=False", 1}, {working + "&increment_uses_count=no", 1}, {working + "&increment_uses_count=", 1},
			{peek, 0}, {`{"product_id":"{licensed product}","license_key":"{working licence key.key}","increment_uses_count":false}`, 0}, {`{"product_id":"{licensed product}","license_key":"{working licence key.key}","increment_uses_count":"false"}`, 0}, {`{"product_id":"{licensed product}","license_key":"{working licence key.key}","increment_uses_count":0}`, 1},
		} {
			before := uses()
			if got := number(t, s.step("POST /licenses/verify "+p.body), "uses"); got != before+p.adds {
				t.Errorf("%s: %d uses after %d, want %d", s.fill(p.body), got, before, before+p.adds)
			}
		}
	})
	t.Run("12.2 uses from the first verification down to zero", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.names["sale"] = s.buy(sandbox.Purchase{Product: "{licensed product}"})
		s.step("GET /sales/{sale} => key:sale.license_key")
		const body = "product_id={licensed product}&license_key={key}"
		for _, p := range []struct {
			do   string
			want string
		}{
			{verify, "1"}, {verify, "2"}, {decrement, "1"}, {enable, "1"}, {disable, "1"}, {decrement, "0"}, {decrement, "0"}, {enable, "0"}, {verify, "1"},
		} {
			s.expect(row{do: p.do, body: body, has: `{"success":true,"uses":` + p.want + `}`})
		}
	})
	t.Run("12.2 a disabled key counts no uses", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := number(t, s.step("POST /licenses/verify "+peek), "uses")
		s.step("PUT /licenses/disable " + working)
		s.expect(row{do: verify, body: working, status: 404, is: refused(isOff)})
		if got := number(t, s.step("PUT /licenses/enable "+working), "uses"); got != before {
			t.Errorf("%d uses, want %d", got, before)
		}
	})

	t.Run("12.3 plain purchase", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		for _, name := range []string{"working licence key", "licence of a refunded sale"} {
			body := s.step("POST /licenses/verify product_id={licensed product}&license_key={" + name + ".key}")
			got := keysOf(t, body, "purchase")
			for _, key := range sortedWords(plainPurchase) {
				if !slices.Contains(got, key) {
					t.Errorf("%s: no %s", name, key)
				}
			}
			for _, key := range got {
				if !slices.Contains(sortedWords(plainPurchase+" "+maybePurchase), key) {
					t.Errorf("%s: %s is no member of a purchase here", name, key)
				}
			}
			if diff := cmp.Diff(sortedWords("bin expiry_month expiry_year type visual"), keysOf(t, body, "purchase.card")); diff != "" {
				t.Error(diff)
			}
			for _, problem := range contains("purchase", decode(t, s.fill(`{"id":"{`+name+`}","sale_id":"{`+name+`}","created_at":"<time>","sale_timestamp":"<time>","variants":"","custom_fields":[],"quantity":1,"refunded":"<bool>","chargebacked":false,"email":"~@","seller_id":"<id>","product_id":"{licensed product}","product_name":"<text>","permalink":"gridsmith","product_permalink":"~^https://[a-z0-9-]+\\.gumroad\\.com/l/gridsmith$","short_product_id":"<permalink>","price":4900,"currency":"usd","order_number":"<order>","license_key":"<license>","is_gift_receiver_purchase":false,"disputed":false,"dispute_won":false,"gumroad_fee":"<int>","discover_fee_charged":"<bool>","can_contact":"<bool>","referrer":"<text>"}`)), func() any { v, _ := at(body, "purchase"); return v }()) {
				t.Error(problem)
			}
			if _, present := at(body, "purchase.resource_name"); present {
				t.Error("resource_name is the webhook's")
			}
		}
	})
	t.Run("12.3 variants as text, code as object, custom fields as list and members", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("POST /products/{older licensed product}/variant_categories title=Seats => cat:variant_category.id")
		s.step("POST /products/{older licensed product}/variant_categories/{cat}/variants name=Team&price_difference_cents=1000")
		s.step("POST /products/{older licensed product}/custom_fields name=Company")
		s.step("POST /products/{older licensed product}/offer_codes name=TEAM&amount_off=20&offer_type=percent")
		s.names["sale"] = s.buy(sandbox.Purchase{Product: "{older licensed product}", Variants: []string{"Team"}, OfferCode: "TEAM", CustomFields: map[string]string{"Company": "Acme"}, URLParams: map[string]string{"source": "mail"}})
		s.step("GET /sales/{sale} => key:sale.license_key")
		s.expect(row{do: verify, body: "product_permalink=layout-lint&license_key={key}", has: `{"purchase":{"variants":"(Team)","custom_fields":["Company: Acme"],"Company":"Acme","offer_code":{"code":"TEAM","displayed_amount_off":"20%","name":"TEAM"}}}`, lacks: "purchase.url_params purchase.resource_name"})
		s.expect(row{do: "GET /sales/{sale}", has: `{"sale":{"variants":{"Seats":"Team"},"custom_fields":{"Company":"Acme"},"offer_code":{"code":"TEAM","displayed_amount_off":"20%","name":"TEAM"}}}`})
	})
	t.Run("12.3 gift", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.expect(row{do: verify, body: "product_id={licensed product}&license_key={gift, receiver's row.key}", has: `{"purchase":{"is_gift_receiver_purchase":true,"gifter_email":"~@","gift_price":"<int>"}}`})
	})
	t.Run("12.2 refund and dispute show", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.step("PUT /sales/{working licence key}/refund amount_cents=100")
		s.expect(row{do: verify, body: working, has: `{"purchase":{"refunded":false}}`})
		s.step("PUT /sales/{working licence key}/refund")
		s.expect(row{do: verify, body: working, has: `{"purchase":{"refunded":true}}`})
		s.names["sale"] = s.buy(sandbox.Purchase{Product: "{licensed product}"})
		s.step("GET /sales/{sale} => key:sale.license_key")
		if err := s.Happen(sandbox.Event{Name: "dispute", ID: s.names["sale"]}); err != nil {
			t.Fatal(err)
		}
		s.expect(row{do: verify, body: "product_id={licensed product}&license_key={key}", has: `{"success":true,"purchase":{"disputed":true,"dispute_won":false,"chargebacked":true}}`})
		if err := s.Happen(sandbox.Event{Name: "dispute_won", ID: s.names["sale"]}); err != nil {
			t.Fatal(err)
		}
		s.expect(row{do: verify, body: "product_id={licensed product}&license_key={key}", has: `{"success":true,"purchase":{"disputed":true,"dispute_won":true,"chargebacked":false}}`})
	})
}
