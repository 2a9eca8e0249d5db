package tools_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

func unasked(s *testserver.Settings) { s.Tools.Confirm = tool.ConfirmNever }

func TestProductLifecycle(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore, unasked)
	product := map[string]any{"product_id": s.Highlight("digital product").ID}
	changed := s.Must("update_product", map[string]any{"product_id": product["product_id"], "name": "Renamed", "price": 2500, "tags": []string{"one", "two"}})
	if changed.JSON["name"] != "Renamed" || changed.JSON["price"] != 2500.0 || changed.JSON["formatted_price"] != "$25" {
		t.Error(changed.Text)
	}
	if full := s.Must("get_product", product); fmt.Sprint(full.JSON["tags"]) != "[one two]" {
		t.Error(full.Text)
	}
	if s.Must("disable_product", product).JSON["published"] != false || s.Must("enable_product", product).JSON["published"] != true {
		t.Error("it is not on and off")
	}
	s.Must("delete_product", product)
	if s.Must("get_product", product).JSON["deleted"] != true {
		t.Error("it is not deleted")
	}
	refused := s.Fails(gumroad.Rejected, "enable_product", map[string]any{"product_id": s.Highlight("unpublishable product").ID})
	if !strings.Contains(refused.Text, `Gumroad said: "The product needs to be shippable`) {
		t.Error(refused.Text)
	}
	missing := s.Fails(gumroad.NotFound, "get_product", map[string]any{"product_id": "nothing"})
	if !strings.Contains(missing.Text, "gumroad_list_products shows the valid ones.") {
		t.Error(missing.Text)
	}
	tier := s.Fails(gumroad.Rejected, "update_product", map[string]any{"product_id": s.Highlight("membership").ID, "price": 100})
	if !strings.Contains(tier.Text, "Use the variant endpoints") {
		t.Error(tier.Text)
	}
}

func TestASeason(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore, unasked)
	product := s.Highlight("digital product").ID
	with := func(more ...any) map[string]any {
		arguments := map[string]any{"product_id": product}
		for i := 0; i < len(more); i += 2 {
			arguments[more[i].(string)] = more[i+1]
		}
		return arguments
	}
	category := s.Must("create_variant_category", with("title", "Licence")).JSON["id"]
	for i, name := range []string{"Solo", "Team"} {
		s.Must("create_variant", with("variant_category_id", category, "name", name, "price_difference_cents", 4000*i))
	}
	variants := rows(s.Must("list_variants", with("variant_category_id", category)), "variants")
	if len(variants) != 2 || variants[1]["price_difference_cents"] != 4000.0 {
		t.Error(variants)
	}
	variant := with("variant_category_id", category, "variant_id", variants[1]["id"])
	s.Must("update_variant", with("variant_category_id", category, "variant_id", variants[1]["id"], "max_purchase_count", 5))
	if s.Must("get_variant", variant).JSON["max_purchase_count"] != 5.0 {
		t.Error("the stock is not set")
	}

	code := s.Must("create_offer_code", with("name", "autumn30", "amount_off", 30, "offer_type", "percent", "max_purchase_count", 50))
	if code.JSON["discount"] != "30% off" || code.JSON["percent_off"] != 30.0 {
		t.Error(code.Text)
	}
	if cents := s.Must("create_offer_code", with("name", "smallchange", "amount_off", 30)); cents.JSON["discount"] != "$0.30 off" {
		t.Error(cents.Text)
	}
	ref := with("offer_code_id", code.JSON["id"])
	if s.Must("update_offer_code", with("offer_code_id", code.JSON["id"], "max_purchase_count", 60)).JSON["max_purchase_count"] != 60.0 {
		t.Error("the limit is not set")
	}
	if got := s.Must("get_offer_code", ref).JSON["name"]; got != "autumn30" {
		t.Error(got)
	}

	name := "Discord handle? (a/b.c)"
	s.Must("create_custom_field", with("name", name, "required", true))
	if s.Must("update_custom_field", with("name", name, "required", false)).JSON["required"] != false {
		t.Error("still required")
	}
	s.Must("delete_custom_field", with("name", name))
	s.Fails(gumroad.NotFound, "update_custom_field", with("name", name, "required", true))

	hook := s.Must("create_webhook", map[string]any{"resource_name": "refund", "post_url": "https://hooks.example.org/r"})
	if got := rows(s.Must("list_webhooks", map[string]any{"resource_name": "refund"}), "resource_subscriptions"); !slices.ContainsFunc(got, func(row map[string]any) bool { return row["id"] == hook.JSON["id"] }) {
		t.Error(got)
	}
	s.Must("delete_webhook", map[string]any{"resource_subscription_id": hook.JSON["id"]})
	other := s.Fails(gumroad.NotFound, "delete_webhook", map[string]any{"resource_subscription_id": s.Highlight("webhook of another application").ID})
	if !strings.Contains(other.Text, "gumroad_list_webhooks") {
		t.Error(other.Text)
	}

	yen := map[string]any{"sale_id": s.Highlight("JPY sale not refunded").ID}
	before := s.Must("get_sale", yen)
	half := s.Must("refund_sale", map[string]any{"sale_id": yen["sale_id"], "amount_cents": 750})
	if half.JSON["partially_refunded"] != true || before.JSON["amount_refundable_in_currency"] != "1500" || s.Must("get_sale", yen).JSON["amount_refundable_in_currency"] != "750" {
		t.Error(half.Text)
	}
	s.Fails(gumroad.Rejected, "refund_sale", map[string]any{"sale_id": yen["sale_id"], "amount_cents": 751})
	if s.Must("refund_sale", yen).JSON["refunded"] != true {
		t.Error("the rest is not refunded")
	}
	shipped := s.Must("mark_sale_shipped", map[string]any{"sale_id": s.Highlight("physical sale not shipped").ID, "tracking_url": "https://post.example/1"})
	if shipped.JSON["shipped"] != true || shipped.JSON["tracking_url"] != "https://post.example/1" {
		t.Error(shipped.Text)
	}

	s.Must("delete_variant", variant)
	s.Must("delete_variant_category", with("variant_category_id", category))
	s.Must("delete_offer_code", ref)
	s.Fails(gumroad.NotFound, "get_offer_code", ref)
}

func TestLicences(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	arguments := func(name string) map[string]any {
		h := s.Highlight(name)
		return map[string]any{"product_id": h.ProductID, "license_key": h.LicenseKey}
	}
	for name, want := range map[string]string{
		"working licence key": "valid", "disabled licence key": "disabled", "licence with access revoked": "access_revoked",
		"licence of a refunded sale": "refunded", "licence of an imported customer": "valid",
	} {
		check := s.Must("check_license", arguments(name))
		if check.JSON["verdict"] != want || check.JSON["valid"] != (want == "valid") || check.JSON["meaning"] == "" {
			t.Errorf("%s: %s", name, check.Text)
		}
	}
	if got := s.Must("check_license", map[string]any{"product_id": s.Highlight("working licence key").ProductID, "license_key": "NOPE"}); got.JSON["verdict"] != "unknown_key" {
		t.Error(got.Text)
	}
	key := arguments("working licence key")
	uses := func() float64 { return s.Must("check_license", key).JSON["uses"].(float64) }
	start := uses()
	for range 5 {
		uses()
	}
	if uses() != start {
		t.Error("checking counts uses")
	}
	if s.Must("verify_license", key).JSON["uses"] != start+1 || s.Must("decrement_license_uses", key).JSON["uses"] != start {
		t.Error("verifying and freeing do not add up")
	}
	s.Must("disable_license", key)
	s.Fails(gumroad.Rejected, "verify_license", key)
	s.Must("enable_license", key)
	s.Must("verify_license", key)
	foreign := map[string]any{"product_id": s.Highlight("other store's product").ID, "license_key": key["license_key"]}
	s.Fails(gumroad.NotFound, "disable_license", foreign)
}

func TestLostWrite(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore, unasked)
	s.Sandbox.Inject(sandbox.Fault{Path: "/sales/*/refund", Kind: sandbox.FaultLost, Count: 1})
	sale := map[string]any{"sale_id": s.Highlight("EUR sale").ID}
	s.Sandbox.ResetJournal()
	lost := s.Fails(gumroad.OutcomeUnknown, "refund_sale", sale)
	if lost.JSON["changed"] != "unknown" || lost.JSON["retryable"] != false || !strings.Contains(lost.Text, "gumroad_get_sale before you try again") || strings.Contains(lost.Text, "Nothing was changed") {
		t.Error(lost.Text)
	}
	if writes := s.Writes(); len(writes) != 1 {
		t.Errorf("sent %q", writes)
	}
	if s.Must("get_sale", sale).JSON["refunded"] != true {
		t.Error("reading back does not show it")
	}
}

// TestHostileTextIsCleaned reads every demo row that a hostile buyer wrote, every way there is.
func TestHostileTextIsCleaned(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	hostile := []string{"prompt injection in a name", "prompt injection in a custom field", "fake JSON", "bidirectional override", "zero-width characters",
		"tag characters", "ANSI escapes", "spreadsheet formula", "markdown image", "very long name"}
	for _, name := range hostile {
		id := s.Highlight(name).ID
		for _, answer := range []testserver.Result{
			s.Must("get_sale", map[string]any{"sale_id": id}),
			s.Fails(tool.ConfirmationRequired, "refund_sale", map[string]any{"sale_id": id}),
		} {
			if !json.Valid([]byte(answer.Text)) && !answer.IsError {
				t.Errorf("%s: not JSON", name)
			}
			for _, text := range texts(answer.JSON) {
				if i := strings.IndexFunc(text, func(r rune) bool {
					return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r > 0xe0000 && r < 0xe1000)
				}); i >= 0 {
					t.Errorf("%s: %q holds %U", name, text, []rune(text[i:])[0])
				}
				if len([]rune(text)) > 900 {
					t.Errorf("%s: a text of %d characters", name, len([]rune(text)))
				}
			}
		}
	}
}

// personal is what an unmasked result shows of buyers.
var personal = regexp.MustCompile(`[a-z0-9._+-]+@[a-z0-9.-]+|[0-9A-F]{8}(-[0-9A-F]{8}){3}`)

// synchronized lets handlers of several goroutines write one log.
type synchronized struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *synchronized) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// arguments are the arguments each tool takes, by the live list.
func arguments(t *testing.T, s *testserver.Server) map[string]map[string]any {
	t.Helper()
	list, err := s.ListTools(t.Context(), mcp.ListToolsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]map[string]any{}
	for _, listed := range list.Tools {
		taken[strings.TrimPrefix(listed.Name, tool.DefaultPrefix)] = listed.InputSchema.Properties
	}
	return taken
}

func texts(value any) []string {
	var all []string
	switch value := value.(type) {
	case string:
		all = append(all, value)
	case []any:
		for _, inner := range value {
			all = append(all, texts(inner)...)
		}
	case map[string]any:
		for name, inner := range value {
			all = append(append(all, name), texts(inner)...)
		}
	}
	return all
}

func TestMaskedData(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Tools.MaskPII = true })
	clear := testserver.Start(t, testserver.FirstStore)
	licence := s.Highlight("working licence key")
	for _, c := range []struct {
		tool      string
		arguments map[string]any
	}{
		{"list_sales", map[string]any{"limit": 50, "detail": "full"}},
		{"get_sale", map[string]any{"sale_id": s.Highlight("physical sale shipped").ID}},
		{"check_license", map[string]any{"product_id": licence.ProductID, "license_key": licence.LicenseKey}},
		{"list_subscribers", map[string]any{"product_id": s.Highlight("membership").ID, "detail": "full"}},
	} {
		masked, open := s.Must(c.tool, c.arguments).Text, clear.Must(c.tool, c.arguments).Text
		for _, match := range personal.FindAllString(open, -1) {
			if strings.Contains(masked, match) {
				t.Errorf("%s shows %q", c.tool, match)
			}
		}
		if !strings.Contains(masked, "…@") && !strings.Contains(masked, "[hidden]") {
			t.Errorf("%s: nothing is masked: %s", c.tool, masked)
		}
	}
}

// TestNothingSecretIsLogged runs every tool at debug level, well and badly, and looks for what must not be there.
func TestNothingSecretIsLogged(t *testing.T) {
	var log bytes.Buffer
	s := testserver.Start(t, func(s *testserver.Settings) {
		s.Tools.Confirm = tool.ConfirmNever
		s.Logger = slog.New(slog.NewTextHandler(&synchronized{w: &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
		s.Client.Timeout = 5 * time.Second
	})
	first := s.Highlight("first connection").ID
	licence := s.Highlight("working licence key")
	values := map[string]any{
		"connection_id": first, "product_id": licence.ProductID, "license_key": licence.LicenseKey, "email": "canary.buyer@example.com",
		"sale_id": s.Highlight("USD sale not refunded").ID, "subscriber_id": s.Highlight("subscriber alive").ID, "offer_code_id": s.Highlight("fixed code").ID,
		"variant_category_id": "x", "variant_id": "y", "resource_subscription_id": "z", "name": "canarybuyerx", "title": "t", "amount_off": 100, "required": true,
		"resource_name": "sale", "post_url": "https://hooks.example.org/canary-secret", "tracking_url": "https://post.example/canary-secret",
	}
	taken := arguments(t, s)
	for _, fault := range []*sandbox.Fault{nil, {Path: "/sales/*", Kind: sandbox.FaultEcho}, {Path: "/licenses/*", Kind: sandbox.FaultCut}} {
		if fault != nil {
			s.Sandbox.Inject(*fault)
		}
		for _, set := range tools.Toolsets() {
			for _, row := range set.Tools {
				if row.Name == "delete_connection" || set.Name == "reports" {
					continue
				}
				given := map[string]any{}
				for name := range taken[row.Name] {
					if value, ok := values[name]; ok {
						given[name] = value
					}
				}
				s.Call(row.Name, given)
			}
		}
	}
	link, _ := s.Must("create_connection", nil).JSON["url"].(string)
	for _, secret := range []string{"Bearer", licence.LicenseKey, "canary.buyer", "canary-secret", "canarybuyerx", "session_token", link, "@example"} {
		if secret == "" || strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if strings.Count(log.String(), "tool call") < 2*len(taken) {
		t.Error("calls are not logged")
	}
}
