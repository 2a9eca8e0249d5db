package tools_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

func TestTwoStepConsent(t *testing.T) {
	var mu sync.Mutex
	now := testserver.Now
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	s := testserver.Start(t, func(s *testserver.Settings) { s.Client.Now = clock })
	first, second := s.Highlight("first connection").ID, s.Highlight("second connection").ID
	sale := s.Highlight("USD sale not refunded").ID
	refund := func(token string, more ...any) map[string]any {
		arguments := map[string]any{"sale_id": sale, "amount_cents": 100, "connection_id": first}
		if token != "" {
			arguments["confirm_token"] = token
		}
		for i := 0; i < len(more); i += 2 {
			arguments[more[i].(string)] = more[i+1]
		}
		return arguments
	}
	token := func() string {
		t.Helper()
		s.Sandbox.ResetJournal()
		asked := s.Fails(tool.ConfirmationRequired, "refund_sale", refund(""))
		if !strings.Contains(asked.Text, "Refund $1.00 of the $") || !strings.Contains(asked.Text, "cannot be undone") {
			t.Errorf("the question is %q", asked.Text)
		}
		if writes := s.Writes(); len(writes) > 0 {
			t.Fatalf("the first step wrote: %q", writes)
		}
		given, _ := asked.JSON["confirm_token"].(string)
		if !strings.Contains(asked.Text, "confirm_token "+given+".") { // some clients show a model only the text
			t.Errorf("no token in %q", asked.Text)
		}
		return given
	}
	refused := func(what, why string, arguments map[string]any) {
		t.Helper()
		s.Sandbox.ResetJournal()
		if answer := s.Fails(tool.ConfirmationRequired, "refund_sale", arguments); !strings.Contains(answer.Text, why) {
			t.Errorf("%s: want %q in %q", what, why, answer.Text)
		}
		if writes := s.Writes(); len(writes) > 0 {
			t.Errorf("%s: it wrote %q", what, writes)
		}
	}

	given := token()
	flipped := given[:len(given)-1] + string('A'+('B'-given[len(given)-1]%2))
	refused("forged", "is ", refund(flipped))
	refused("garbage", "is not one of this server's", refund("ct_garbage"))
	refused("other amount", "other arguments", refund(given, "amount_cents", 200))
	given = token()
	if answer := s.Call("refund_sale", refund(given, "connection_id", second)); !answer.IsError {
		t.Error("accepted for another store")
	}
	if answer := s.Must("refund_sale", refund(given)); answer.JSON["partially_refunded"] != true {
		t.Error(answer.Text)
	}
	refused("replayed", "earlier state", refund(given)) // the refund itself changed the question
	given = token()
	mu.Lock()
	now = now.Add(11 * time.Minute)
	mu.Unlock()
	refused("expired", "has expired", refund(given))
}

func TestSingleUse(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	webhook := map[string]any{"resource_name": "sale", "post_url": "https://hooks.example.org/gumroad"}
	asked := s.Fails(tool.ConfirmationRequired, "create_webhook", webhook)
	webhook["confirm_token"] = asked.JSON["confirm_token"]
	s.Must("create_webhook", webhook)
	if again := s.Fails(tool.ConfirmationRequired, "create_webhook", webhook); !strings.Contains(again.Text, "was used before") {
		t.Error(again.Text)
	}
}

// person answers elicitations as told and remembers the questions.
type person struct {
	action mcp.ElicitationResponseAction
	yes    bool
	asked  []string
}

func (p *person) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	p.asked = append(p.asked, request.Params.Message)
	answer := &mcp.ElicitationResult{}
	answer.Action = p.action
	if p.action == mcp.ElicitationResponseActionAccept {
		answer.Content = map[string]any{"confirm": p.yes}
	}
	return answer, nil
}

func TestThePersonIsAsked(t *testing.T) {
	for _, c := range []struct {
		name   string
		person person
		acts   bool
	}{
		{"agrees", person{action: mcp.ElicitationResponseActionAccept, yes: true}, true},
		{"accepts without agreeing", person{action: mcp.ElicitationResponseActionAccept}, false},
		{"declines", person{action: mcp.ElicitationResponseActionDecline}, false},
		{"cancels", person{action: mcp.ElicitationResponseActionCancel}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := c.person
			s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Modern, s.Elicit = true, &asked })
			arguments := map[string]any{"sale_id": s.Highlight("JPY sale not refunded").ID}
			if c.acts {
				if answer := s.Must("refund_sale", arguments); answer.JSON["refunded"] != true {
					t.Error(answer.Text)
				}
			} else {
				s.Fails(gumroad.NotAllowed, "refund_sale", arguments)
				if writes := s.Writes(); len(writes) > 0 {
					t.Errorf("it wrote %q", writes)
				}
			}
			if len(asked.asked) != 1 || !strings.Contains(asked.asked[0], "¥") || strings.Contains(asked.asked[0], "@") && !strings.Contains(asked.asked[0], "…@") {
				t.Errorf("asked %q", asked.asked)
			}
		})
	}
}

func TestConfirmModes(t *testing.T) {
	never := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Tools.Confirm = tool.ConfirmNever })
	never.Must("delete_product", map[string]any{"product_id": never.Highlight("draft product").ID})
	never.Fails(gumroad.InvalidArguments, "delete_product", map[string]any{"product_id": never.Highlight("draft product").ID, "confirm_token": "x"})

	always := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Tools.Confirm = tool.ConfirmAlways })
	arguments := map[string]any{"product_id": always.Highlight("digital product").ID}
	asked := always.Fails(tool.ConfirmationRequired, "disable_product", arguments)
	arguments["confirm_token"] = asked.JSON["confirm_token"]
	always.Must("disable_product", arguments)
	always.Must("list_products", nil)
}

func TestEveryDestructiveToolAsks(t *testing.T) {
	for _, set := range tools.Toolsets() {
		for _, row := range set.Tools {
			if row.Effect == tool.Destroys && row.Ask == nil {
				t.Errorf("%s destroys without asking", row.Name)
			}
		}
	}
}

// TestReadsBack: which tool shows whether a change has happened follows from what the tools return.
func TestReadsBack(t *testing.T) {
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey)})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := tool.New(tools.Toolsets(), tool.Config{Client: client})
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
		"create_connection": "list_connections", "delete_connection": "list_connections",
		"update_product": "get_product", "enable_product": "get_product", "disable_product": "get_product", "delete_product": "get_product",
		"mark_sale_shipped": "get_sale", "refund_sale": "get_sale",
		"verify_license": "check_license", "enable_license": "check_license", "disable_license": "check_license", "decrement_license_uses": "check_license",
		"create_offer_code": "list_offer_codes", "update_offer_code": "get_offer_code", "delete_offer_code": "list_offer_codes",
		"create_variant_category": "list_variant_categories", "update_variant_category": "get_variant_category", "delete_variant_category": "list_variant_categories",
		"create_variant": "list_variants", "update_variant": "get_variant", "delete_variant": "list_variants",
		"create_custom_field": "list_custom_fields", "update_custom_field": "list_custom_fields", "delete_custom_field": "list_custom_fields",
		"create_webhook": "list_webhooks", "delete_webhook": "list_webhooks",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read-back tools (-want +got):\n%s", diff)
	}
}

// TestSealKey lets one instance accept what another issued, and nobody else's.
func TestSealKey(t *testing.T) {
	with := func(key string) *testserver.Server {
		return testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Tools.SealKey = []byte(key) })
	}
	one, two, stranger := with("0123456789abcdef0123456789abcdef"), with("0123456789abcdef0123456789abcdef"), with("another key of thirty-two bytes!")
	arguments := map[string]any{"product_id": one.Highlight("draft product").ID}
	asked := one.Fails(tool.ConfirmationRequired, "delete_product", arguments)
	arguments["confirm_token"] = asked.JSON["confirm_token"]
	stranger.Fails(tool.ConfirmationRequired, "delete_product", arguments)
	two.Must("delete_product", arguments)
}

// TestQuestions says what each question tells the person, from a fresh read.
func TestQuestions(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	product := s.Highlight("product with variants").ID
	category := rows(s.Must("list_variant_categories", map[string]any{"product_id": product}), "variant_categories")[0]
	variant := rows(s.Must("list_variants", map[string]any{"product_id": product, "variant_category_id": category["id"]}), "variants")[0]
	s.Must("create_custom_field", map[string]any{"product_id": product, "name": "Your handle?"})
	code := s.Highlight("universal percent code")
	for name, c := range map[string]struct {
		arguments map[string]any
		says      []string
	}{
		"delete_product":          {map[string]any{"product_id": product}, []string{`"The Quiet Grid"`, "sold ", "gone for good"}},
		"delete_offer_code":       {map[string]any{"product_id": product, "offer_code_id": code.ID}, []string{`"WELCOME10"`, "used ", "every product"}},
		"delete_variant_category": {map[string]any{"product_id": product, "variant_category_id": category["id"]}, []string{category["title"].(string), "variants"}},
		"delete_variant":          {map[string]any{"product_id": product, "variant_category_id": category["id"], "variant_id": variant["id"]}, []string{variant["name"].(string)}},
		"delete_custom_field":     {map[string]any{"product_id": product, "name": "your HANDLE?"}, []string{`"Your handle?"`}},
		"delete_webhook":          {map[string]any{"resource_subscription_id": s.Highlight("webhook of this application").ID}, []string{"events to", "https://"}},
		"create_webhook":          {map[string]any{"resource_name": "sale", "post_url": "https://hooks.example.org/in"}, []string{"every sale event", `"hooks.example.org"`, "e-mail"}},
		"refund_sale":             {map[string]any{"sale_id": s.Highlight("EUR sale").ID}, []string{"€", "…@", "cannot be undone"}},
		"delete_connection":       {map[string]any{"connection_id": s.Highlight("first connection").ID}, []string{`"Pixel & Page"`, "stop", "https://"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.Sandbox.ResetJournal()
			asked := s.Fails(tool.ConfirmationRequired, name, c.arguments)
			for _, part := range c.says {
				if !strings.Contains(asked.Text, part) {
					t.Errorf("no %q in %q", part, asked.Text)
				}
			}
			if writes := s.Writes(); len(writes) > 0 {
				t.Errorf("asking wrote %q", writes)
			}
		})
	}
	s.Fails(gumroad.NotFound, "delete_custom_field", map[string]any{"product_id": product, "name": "nothing"})
	s.Fails(gumroad.NotFound, "delete_webhook", map[string]any{"resource_subscription_id": "nothing"})
	s.Fails(gumroad.InvalidArguments, "create_webhook", map[string]any{"resource_name": "sale", "post_url": "https://127.0.0.1/"})
	s.Fails(gumroad.InvalidArguments, "refund_sale", map[string]any{"sale_id": s.Highlight("EUR sale").ID, "amount_cents": 9_999_999})
}
