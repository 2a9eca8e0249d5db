package sandbox

import (
	"encoding/json"
	"testing"
)

// payload is a ping's JSON, as a receiver that gets JSON reads it.
func payload(t *testing.T, o *object) map[string]any {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal(mustJSON(o), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestPurchasePayload(t *testing.T) {
	c := newSandbox(t, Options{})
	st := c.s.stores[0]
	of := func(name string) map[string]any { return payload(t, purchasePayload(st, st.saleByID[c.id(name)])) }

	print := of("physical sale not shipped")
	address := print["shipping_information"].(map[string]any)
	for _, key := range []string{"full_name", "street_address", "country", "state", "zip_code", "city"} {
		value, there := address[key]
		if !there || value != print[key] {
			t.Errorf("%s is %v in the address and %v beside it", key, value, print[key])
		}
	}
	check(t, print, map[string]any{"shipping_rate": 900.0, "sku_id": "TF-A3", "variants": map[string]any{"Size": "A3", "Frame": "None"}, "Wall width/height (e.g. 60.5 cm)": "80 / 120.5 cm"})
	if print["original_sku_id"] == nil || print["original_sku_id"] == "TF-A3" {
		t.Errorf("original_sku_id %v", print["original_sku_id"])
	}
	check(t, of("affiliate sale"), map[string]any{"affiliate": "partner@affiliates.example", "affiliate_credit_amount_cents": 480.0})
	check(t, of("sale with an offer code"), map[string]any{"offer_code": "BRUSH5"})
	check(t, of("test sale"), map[string]any{"test": true})
	check(t, of("pre-order authorization"), map[string]any{"is_preorder_authorization": true})
	check(t, of("upgrade purchase"), map[string]any{"is_recurring_charge": true, "recurrence": "monthly"})
	lacks(t, of("USD sale not refunded"), "test", "offer_code", "affiliate", "variants", "shipping_information", "license_key", "subscription_id", "is_recurring_charge", "url_params")
}

func TestRubyValues(t *testing.T) {
	for text, want := range map[string]int{"": 0, "12abc": 12, " 7": 7, "-3": -3, "+4": 4, "1_000": 1000, "x1": 0, "99999999999999999999": 1 << 62, "-99999999999999999999": -1 << 62} {
		if got := rubyInt(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	for _, row := range []struct {
		value any
		want  bool
	}{{nil, false}, {true, true}, {false, false}, {"0", false}, {"f", false}, {"off", false}, {"", false}, {"no", true}, {json.Number("1"), true}, {json.Number("0"), false}, {[]any{}, true}} {
		if got := boolean(row.value); got != row.want {
			t.Errorf("%v: %v", row.value, got)
		}
	}
	p := params{"big": json.Number("1e400"), "half": json.Number("12.7"), "list": []any{"5"}}
	if n, inRange := p.integer("half"); !inRange || *n != 12 {
		t.Errorf("12.7 is %v", n)
	}
	if _, inRange := p.integer("big"); inRange {
		t.Error("1e400 is in range")
	}
	if n, _ := p.integer("list"); *n != 0 {
		t.Errorf("a list is %v", *n)
	}
}
