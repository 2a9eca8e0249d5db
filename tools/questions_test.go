package tools_test

import (
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

func TestEveryDestructiveToolAsks(t *testing.T) {
	t.Parallel()
	for _, set := range tools.Toolsets() {
		for _, row := range set.Tools {
			if row.Effect == tool.Destroys && row.Ask == nil {
				t.Errorf("%s destroys without asking", row.Name)
			}
		}
	}
}

// TestQuestions: what each question tells the person, from a fresh read.
func TestQuestions(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	product, sale := all.Highlight("product with variants").ID, all.Highlight("EUR sale").ID
	category := all.Must("list_variant_categories", map[string]any{"product_id": product}).Rows("variant_categories")[0]
	variant := all.Must("list_variants",
		map[string]any{"product_id": product, "variant_category_id": category["id"]}).Rows("variants")[0]
	all.Must("create_custom_field", map[string]any{"product_id": product, "name": "Your handle?"})
	code := all.Highlight("universal percent code").ID
	for name, c := range map[string]struct {
		arguments map[string]any
		says      []string
	}{
		"delete_product": {map[string]any{"product_id": product}, []string{`"The Quiet Grid"`, "sold ", "gone for good"}},
		"delete_offer_code": {map[string]any{"product_id": product, "offer_code_id": code},
			[]string{`"WELCOME10"`, "used ", "every product"}},
		"delete_variant_category": {map[string]any{"product_id": product, "variant_category_id": category["id"]},
			[]string{category["title"].(string), "variants"}},
		"delete_variant": {
			map[string]any{"product_id": product, "variant_category_id": category["id"], "variant_id": variant["id"]},
			[]string{variant["name"].(string)}},
		"delete_custom_field": {map[string]any{"product_id": product, "name": "your HANDLE?"}, []string{`"Your handle?"`}},
		"delete_webhook": {map[string]any{"resource_subscription_id": all.Highlight("webhook of this application").ID},
			[]string{"events to", "https://"}},
		"create_webhook": {map[string]any{"resource_name": "sale", "post_url": "https://hooks.example.org/in"},
			[]string{"every sale event", `"hooks.example.org"`, "e-mail"}},
		"refund_sale": {map[string]any{"sale_id": sale}, []string{"€", "…@", "cannot be undone"}},
		"delete_connection": {map[string]any{"connection_id": all.Highlight("first connection").ID},
			[]string{`"Pixel & Page"`, "stop", "https://"}},
	} {
		t.Run(name+" says what it would do", func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(tool.ConfirmationRequired, name, c.arguments), c.says...)
			s.WroteNothing()
		})
	}
	for _, c := range []struct {
		name, tool string
		arguments  map[string]any
		code       gumroad.Code
		says       string
	}{
		{"a checkout question that is not there is refused before asking", "delete_custom_field",
			map[string]any{"product_id": product, "name": "nothing"}, gumroad.NotFound, "gumroad_list_custom_fields"},
		{"a webhook that is not there is refused before asking", "delete_webhook",
			map[string]any{"resource_subscription_id": "nothing"}, gumroad.NotFound, "gumroad_list_webhooks"},
		{"a webhook to this machine is refused before asking", "create_webhook",
			map[string]any{"resource_name": "sale", "post_url": "https://127.0.0.1/"}, gumroad.InvalidArguments, "post_url"},
		{"a refund of a sale that is not there is refused before asking", "refund_sale",
			map[string]any{"sale_id": "nothing"}, gumroad.NotFound, "gumroad_list_sales"},
		{"a refund of more than remains is refused before asking", "refund_sale",
			map[string]any{"sale_id": sale, "amount_cents": 9_999_999}, gumroad.InvalidArguments, "can still be refunded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(c.code, c.tool, c.arguments), c.says, "Nothing was changed.")
			s.WroteNothing()
		})
	}
}

// TestWhatReachesBuyersAsks: what Gumroad e-mails, publishes or gives away is a person's to decide, although it can be
// changed back.
func TestWhatReachesBuyersAsks(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	product, draft := all.Highlight("digital product").ID, all.Highlight("draft product").ID
	for name, c := range map[string]struct {
		tool      string
		arguments map[string]any
		says      []string
	}{
		"a shipping notice": {"mark_sale_shipped",
			map[string]any{"sale_id": all.Highlight("physical sale not shipped").ID, "tracking_url": "https://post.example.org/1"},
			[]string{"e-mails the buyer", "…@", `"post.example.org"`}},
		"a text for receipts": {"update_product", map[string]any{"product_id": product, "custom_receipt": "Thank you."},
			[]string{"get custom_receipt by e-mail", "custom_receipt: Thank you."}},
		"publishing": {"enable_product", map[string]any{"product_id": draft}, []string{"Anyone can then see", "affiliates"}},
		"a code for everything, for nothing": {"create_offer_code",
			map[string]any{"product_id": product, "name": "FREE", "percent_off": 100, "universal": true},
			[]string{"EVERY product", "for nothing", "without a limit"}},
		"a code that is worth the price": {"create_offer_code",
			map[string]any{"product_id": product, "name": "FREE", "amount_off_cents": 1_000_000, "max_purchase_count": 3},
			[]string{"for nothing", "up to 3 times"}},
		"an amount off every product": {"create_offer_code",
			map[string]any{"product_id": product, "name": "FIVER", "amount_off_cents": 500, "universal": true},
			[]string{"$5.00 off EVERY product in this currency", "universal: true"}},
		"more uses of a code that gives away": {"update_offer_code",
			map[string]any{"product_id": "Quiet", "offer_code_id": "FREEBOOK", "max_purchase_count": 1_000_000},
			[]string{`"FREEBOOK"`, "for nothing", "used 0 times, of 50 times", "max_purchase_count: 1000000"}},
		"a price of nothing": {"update_product", map[string]any{"product_id": product, "price_cents": 0, "name": "Gift"},
			[]string{"It costs $12 now; anyone will get it for nothing.", "\nname: Gift\nprice_cents: 0"}},
		"a receipt with other changes": {"update_product",
			map[string]any{"product_id": product, "price_cents": 500, "custom_receipt": "Thanks."},
			[]string{"\ncustom_receipt: Thanks.\nprice_cents: 500"}},
	} {
		t.Run(name+" asks", func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(tool.ConfirmationRequired, c.tool, c.arguments), c.says...)
			s.WroteNothing()
		})
	}
	t.Run("what reaches nobody does not ask", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		s.Must("update_product", map[string]any{"product_id": product, "custom_summary": "Short."})
		s.Must("update_offer_code", map[string]any{"product_id": "Quiet", "offer_code_id": "LAUNCH50", "max_purchase_count": 90})
		s.Must("update_offer_code", map[string]any{"product_id": "Quiet", "offer_code_id": "FREEBOOK", "max_purchase_count": 40})
		s.Must("enable_product", map[string]any{"product_id": product})
		s.Must("create_offer_code", map[string]any{"product_id": product, "name": "TENTH", "percent_off": 10})
	})
	t.Run("a tracking link that is no web address is refused", func(t *testing.T) {
		s := all.In(t)
		for _, link := range []string{"javascript:alert(1)", "data:text/html,x", "//evil.example", "https://user@evil.example/", "ftp://x.example"} {
			testserver.Says(t, s.Fails(gumroad.InvalidArguments, "mark_sale_shipped",
				map[string]any{"sale_id": all.Highlight("physical sale not shipped").ID, "tracking_url": link}), "not a web address")
		}
	})
	t.Run("a host is shown to its end", func(t *testing.T) {
		host := strings.Repeat("accounts-gumroad-com.", 10) + "evil.example.org"
		testserver.Says(t, all.In(t).Fails(tool.ConfirmationRequired, "create_webhook",
			map[string]any{"resource_name": "sale", "post_url": "https://" + host + "/"}), `"`+host+`"`)
	})
	t.Run("nothing is asked about a refund of nothing", func(t *testing.T) {
		s := unasked(t)
		sale := map[string]any{"sale_id": s.Highlight("USD sale not refunded").ID}
		s.Must("refund_sale", sale)
		asking := testserver.Start(t, testserver.FirstStore)
		refunded := map[string]any{"sale_id": asking.Highlight("fully refunded sale").ID}
		testserver.Says(t, asking.Fails(gumroad.Rejected, "refund_sale", refunded), "Nothing of this sale can be refunded")
	})
}
