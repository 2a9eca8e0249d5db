package tool_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

func TestLostWrite(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore, testserver.Unasked)
	s.Sandbox.Inject(sandbox.Fault{Path: "/sales/*/refund", Kind: sandbox.FaultLost, Count: 1})
	sale := map[string]any{"sale_id": s.Highlight("EUR sale").ID}
	s.Sandbox.ResetJournal()
	lost := s.Fails(gumroad.OutcomeUnknown, "refund_sale", sale)
	writes := s.Writes()
	t.Run("says that nobody knows what it changed", func(t *testing.T) {
		testserver.Want(t, lost, map[string]any{"changed": "unknown", "retryable": false})
		testserver.SaysNot(t, lost, "Nothing was changed")
	})
	t.Run("names the tool to read back with", func(t *testing.T) {
		testserver.Says(t, lost, "Read it back with gumroad_get_sale before you try again.")
	})
	t.Run("is not sent again", func(t *testing.T) {
		if len(writes) != 1 {
			t.Errorf("want one write, got %q", writes)
		}
	})
	t.Run("shows when it is read back", func(t *testing.T) {
		testserver.Want(t, s.In(t).Must("get_sale", sale), map[string]any{"refunded": true})
	})
}

// TestTextOnly: nothing is told twice, and the text alone has every fact.
func TestTextOnly(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Tools.TextOnly = true })
	listed, err := s.ListTools(t.Context(), mcp.ListToolsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, listed := range listed.Tools {
		if len(listed.RawOutputSchema) > 0 || listed.OutputSchema.Type != "" {
			t.Errorf("%s has an output schema", listed.Name)
		}
	}
	call := func(name string, arguments map[string]any) testserver.Result {
		result := s.Call(name, arguments)
		if result.JSON != nil {
			t.Errorf("%s has structured content: %v", name, result.JSON)
		}
		return result
	}
	testserver.Says(t, call("get_user", nil), `"currency_type":"usd"`)
	refund := map[string]any{"sale_id": s.Highlight("USD sale not refunded").ID}
	asked := call("refund_sale", refund)
	testserver.Says(t, asked, "confirmation_required: ", "Nothing was changed.")
	refund["confirm_token"] = regexp.MustCompile(`ct_[\w-]+`).FindString(asked.Text)
	testserver.Says(t, call("refund_sale", refund), `"refunded":true`)
}

// TestReadsBack: which tool shows whether a change has happened follows from what the tools return.
func TestReadsBack(t *testing.T) {
	t.Parallel()
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey)})
	if err != nil {
		t.Fatal(err)
	}
	policy := tool.Policy{Toolsets: []string{tool.AllToolsets}}
	catalog, err := tool.New(tools.Toolsets(), tool.Config{Client: client, Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range catalog.Definitions() {
		if d.Effect != tool.Reads {
			got[d.Name] = "nothing"
			if reader := catalog.ReadsBack(d); reader != nil {
				got[d.Name] = reader.Name
			}
		}
	}
	want := map[string]string{
		"add_bundle_product":      "get_product",
		"add_content_page":        "list_content_pages",
		"add_cover":               "get_product",
		"add_media":               "list_media",
		"add_product_file":        "get_product",
		"add_workflow_email":      "get_workflow",
		"change_prices":           "list_products",
		"clear_landing_page":      "get_landing_page",
		"clear_profile_html":      "get_profile_html",
		"create_connection":       "list_connections",
		"create_custom_field":     "list_custom_fields",
		"create_email_draft":      "list_emails",
		"create_offer_code":       "list_offer_codes",
		"create_page":             "list_pages",
		"create_product":          "list_products",
		"create_upsell":           "list_upsells",
		"create_utm_link":         "list_utm_links",
		"create_variant":          "list_variants",
		"create_variant_category": "list_variant_categories",
		"create_webhook":          "list_webhooks",
		"decrement_license_uses":  "check_license",
		"delete_connection":       "list_connections",
		"delete_content_page":     "list_content_pages",
		"delete_cover":            "get_product",
		"delete_custom_field":     "list_custom_fields",
		"delete_email":            "list_emails",
		"delete_media":            "list_media",
		"delete_offer_code":       "list_offer_codes",
		"delete_page":             "list_pages",
		"delete_product":          "get_product",
		"delete_product_file":     "get_product",
		"delete_thumbnail":        "get_product",
		"delete_upsell":           "list_upsells",
		"delete_utm_link":         "list_utm_links",
		"delete_variant":          "list_variants",
		"delete_variant_category": "list_variant_categories",
		"delete_webhook":          "list_webhooks",
		"disable_license":         "check_license",
		"disable_product":         "get_product",
		"disable_utm_link":        "get_utm_link",
		"edit_landing_page":       "get_landing_page",
		"edit_profile_html":       "get_profile_html",
		"email_sales_export":      "nothing",
		"enable_license":          "check_license",
		"enable_product":          "get_product",
		"enable_utm_link":         "get_utm_link",
		"mark_sale_shipped":       "get_sale",
		"pause_upsell":            "get_upsell",
		"preview_email":           "nothing",
		"refund_sale":             "get_sale",
		"remove_bundle_product":   "get_product",
		"reorder_covers":          "get_product",
		"replace_landing_page":    "get_landing_page",
		"replace_profile_html":    "get_profile_html",
		"resend_receipt":          "nothing",
		"restore_sale_access":     "get_sale",
		"resume_upsell":           "get_upsell",
		"revoke_sale_access":      "get_sale",
		"rotate_license":          "check_license",
		"schedule_email":          "get_email",
		"send_email":              "get_email",
		"set_thumbnail":           "get_product",
		"unschedule_email":        "get_email",
		"unwatch_store":           "list_webhooks",
		"update_bundle_product":   "get_product",
		"update_content_page":     "list_content_pages",
		"update_custom_field":     "list_custom_fields",
		"update_offer_code":       "get_offer_code",
		"update_page":             "get_page",
		"update_product":          "get_product",
		"update_refund_policy":    "get_refund_policy",
		"update_upsell":           "get_upsell",
		"update_user":             "get_user",
		"update_utm_link":         "get_utm_link",
		"update_variant":          "get_variant",
		"update_variant_category": "get_variant_category",
		"update_workflow_email":   "get_workflow",
		"verify_license":          "check_license",
		"watch_store":             "list_webhooks",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read-back tools (-want +got):\n%s", diff)
	}
}
