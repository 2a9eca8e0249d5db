package tools_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

func TestCreateProduct(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore) // nothing asks
	create := func(t *testing.T, more map[string]any) testserver.Result {
		t.Helper()
		arguments := map[string]any{"name": "Ink Lessons", "price_cents": 1500}
		maps.Copy(arguments, more)
		return s.In(t).Must("create_product", arguments)
	}
	t.Run("it is a draft with all that was said", func(t *testing.T) {
		made := create(t, map[string]any{"currency": "EUR", "description": "<p>Six.</p>", "custom_permalink": "ink-lessons",
			"custom_summary": "Six lessons", "customizable_price": true, "suggested_price_cents": 2000, "max_purchase_count": 40,
			"category": "education", "tags": []string{"ink", "lesson"}, "refund_period": "14", "refund_fine_print": "Write to us.",
			"native_type": "course"})
		testserver.Want(t, made, map[string]any{"name": "Ink Lessons", "price_cents": 1500, "currency": "eur",
			"customizable_price": true, "published": false, "warning": nil, "formatted_price": "€15+"})
		shown := s.In(t).Must("get_product", map[string]any{"product_id": "ink-lessons"})
		testserver.Want(t, shown, map[string]any{"custom_summary": "Six lessons", "max_purchase_count": 40, "category": "education",
			"tags": []string{"ink", "lesson"}, "id": made.JSON["id"],
			"refund_policy": map[string]any{"refund_period": "14", "title": "14-day money back guarantee", "fine_print": "Write to us.", "inherited": false}})
	})
	t.Run("a free one", func(t *testing.T) {
		testserver.Want(t, create(t, map[string]any{"price_cents": 0}), map[string]any{"price_cents": 0, "published": false})
	})
	t.Run("a membership has its price on its tier", func(t *testing.T) {
		testserver.Want(t, create(t, map[string]any{"native_type": "membership", "subscription_duration": "yearly"}),
			map[string]any{"kind": "membership", "price_cents": nil, "price_from_cents": 1500, "subscription_duration": "yearly"})
	})
	t.Run("only a draft is ever sent, and nothing that has its own tool", func(t *testing.T) {
		for _, entry := range s.Sandbox.Journal() {
			if entry.Method != http.MethodPost {
				continue
			}
			if entry.Params.Get("draft") != "true" {
				t.Errorf("it sent %v", entry.Params)
			}
			for _, name := range []string{"published", "files", "rich_content", "custom_html"} {
				if entry.Params.Has(name) {
					t.Errorf("it sent %s", name)
				}
			}
		}
		for argument, why := range map[string]string{"published": "always", "draft": "always", "files": "tools of their own",
			"rich_content": "tools of their own", "custom_html": "landing_pages", "custom_receipt": "update_product", "price": "price_cents"} {
			testserver.Says(t, s.In(t).Fails(gumroad.InvalidArguments, "create_product",
				map[string]any{"name": "x", "price_cents": 100, argument: "x"}), strings.ReplaceAll(why, "always", "a draft"))
		}
	})
	for name, c := range map[string]struct {
		more map[string]any
		code gumroad.Code
		says string
	}{
		"too low a price":           {map[string]any{"price_cents": 5}, gumroad.Rejected, "must be at least $0.99"},
		"an unknown currency":       {map[string]any{"currency": "doge"}, gumroad.Rejected, "'doge' is not a supported currency"},
		"an unknown category":       {map[string]any{"category": "boats"}, gumroad.Rejected, "Invalid category"},
		"a permalink that is taken": {map[string]any{"custom_permalink": "gridsmith"}, gumroad.Rejected, "already been taken"},
		"a permalink with a space":  {map[string]any{"custom_permalink": "a b"}, gumroad.InvalidArguments, "custom_permalink"},
		"a long name":               {map[string]any{"name": strings.Repeat("n", 256)}, gumroad.InvalidArguments, "255"},
		"a call":                    {map[string]any{"native_type": "call"}, gumroad.InvalidArguments, "commission"},
		"a duration of no membership": {map[string]any{"subscription_duration": "monthly"}, gumroad.Rejected,
			"only valid for membership products"},
		"an unknown refund period": {map[string]any{"refund_period": "8"}, gumroad.Rejected, "inherit, none, 7, 14, 30, 183"},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			arguments := map[string]any{"name": "x", "price_cents": 700}
			maps.Copy(arguments, c.more)
			box := testserver.Start(t, testserver.FirstStore)
			testserver.Says(t, box.Fails(c.code, "create_product", arguments), c.says, "Nothing was changed.")
		})
	}
	t.Run("a lost answer is not sent again", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		s.Sandbox.Inject(sandbox.Fault{Method: "POST", Path: "/products", Kind: sandbox.FaultLost})
		lost := s.Fails(gumroad.OutcomeUnknown, "create_product", map[string]any{"name": "Ink Lessons", "price_cents": 1500})
		testserver.Says(t, lost, "gumroad_list_products", "Whether anything changed is unknown.")
		if writes := s.Writes(); len(writes) != 1 {
			t.Errorf("writes %q", writes)
		}
		s.Sandbox.ClearFaults()
		if rows := s.Must("list_products", map[string]any{"limit": 1}).Rows("products"); rows[0]["name"] != "Ink Lessons" {
			t.Errorf("the newest is %v", rows[0])
		}
	})
	t.Run("a limit of hours is reported", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		s.Sandbox.Inject(sandbox.Fault{Method: "POST", Kind: sandbox.FaultStatus, Status: 429, RetryAfter: "30000"})
		testserver.Says(t, s.Fails(gumroad.RateLimited, "create_product", map[string]any{"name": "x", "price_cents": 700}),
			"takes the next in 9 hours", "Nothing was changed.")
		if writes := s.Writes(); len(writes) != 1 {
			t.Errorf("writes %q", writes)
		}
	})
	t.Run("a missing scope is named", func(t *testing.T) {
		s := testserver.Start(t, func(s *testserver.Settings) {
			s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential("sandbox:view_sales")
		})
		testserver.Says(t, s.Fails(gumroad.MissingScope, "create_product", map[string]any{"name": "x", "price_cents": 700}),
			`"edit_products"`)
	})
}

// TestUpdateProductAsks: what is on sale is not sold on other terms before a person has seen the old ones and the new.
func TestUpdateProductAsks(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	product := all.Highlight("digital product").ID
	for name, c := range map[string]struct {
		change map[string]any
		says   []string
	}{
		"a price": {map[string]any{"price_cents": 1500}, []string{"which is on sale now?", "$15.00 instead of $12.00"}},
		"a currency": {map[string]any{"currency": "eur"},
			[]string{"€12.00 instead of $12.00", "the currency changes", "discount codes in the old one stop working"}},
		"a currency and a price": {map[string]any{"currency": "jpy", "price_cents": 1800}, []string{"¥1800 instead of $12.00"}},
		"a permalink": {map[string]any{"custom_permalink": "washes"},
			[]string{`ends in "washes" instead of "ink-and-wash"`, "links to the old one break"}},
		"a refund period": {map[string]any{"refund_period": "none"}, []string{"Refunds: none instead of as for the whole account."}},
		"fine print": {map[string]any{"refund_period": "7", "refund_fine_print": "Unopened only."},
			[]string{"Refunds: within 7 days instead of", "The fine print of its refunds changes. There was none.", "refund_fine_print: Unopened only."}},
		"a price of nothing": {map[string]any{"price_cents": 0}, []string{"It costs $12 now; anyone will get it for nothing."}},
		"a receipt":          {map[string]any{"custom_receipt": "Hi"}, []string{"get custom_receipt by e-mail"}},
	} {
		t.Run(name+" asks", func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			arguments := map[string]any{"product_id": product}
			maps.Copy(arguments, c.change)
			testserver.Says(t, s.Fails(tool.ConfirmationRequired, "update_product", arguments),
				append(c.says, `"Ink & Wash: 48 Brushes for Procreate"`)...)
			s.WroteNothing()
		})
	}
	t.Run("the old fine print is shown", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		withConsent(t, s, "update_product", map[string]any{"product_id": product, "refund_period": "7", "refund_fine_print": "Unopened only."})
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "update_product",
			map[string]any{"product_id": product, "refund_period": "inherit"}), "as for the whole account instead of within 7 days")
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "update_product",
			map[string]any{"product_id": product, "refund_fine_print": ""}), `It was: "Unopened only."`)
	})
	t.Run("a consent is void if the price has changed since", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		change := map[string]any{"product_id": product, "price_cents": 1500}
		change["confirm_token"] = s.Fails(tool.ConfirmationRequired, "update_product", change).JSON["confirm_token"]
		ofAnother(t, s.Sandbox, "PUT", "/products/"+product, `{"price":1400}`)
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "update_product", change), "$15.00 instead of $14.00")
	})
	t.Run("what is the same already, or of a draft, does not ask", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		s.Must("update_product", map[string]any{"product_id": product, "price_cents": 1200, "currency": "USD",
			"custom_permalink": "ink-and-wash", "refund_period": "inherit", "category": "design", "tags": []string{"ink"},
			"display_product_reviews": false, "should_show_sales_count": true, "is_adult": false, "name": "Ink"})
		s.Must("update_product", map[string]any{"product_id": s.Highlight("draft product").ID, "price_cents": 1900,
			"currency": "eur", "custom_permalink": "workbook", "refund_period": "30"})
	})
	t.Run("agreed, it is done", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		testserver.Want(t, withConsent(t, s, "update_product", map[string]any{"product_id": product, "currency": "eur", "price_cents": 1100}),
			map[string]any{"currency": "eur", "price_cents": 1100})
	})
	t.Run("a warning comes first", func(t *testing.T) {
		s := unasked(t)
		changed := s.Must("update_product", map[string]any{"product_id": product, "price_cents": 560})
		testserver.Says(t, changed, "The following offer code discounts this product below $0.99: BRUSH5.")
		if !strings.HasPrefix(changed.Text, `{"warning":`) {
			t.Errorf("it begins %.60s", changed.Text)
		}
	})
	t.Run("a membership's currency is its tiers'", func(t *testing.T) {
		testserver.Says(t, unasked(t).Fails(gumroad.Rejected, "update_product",
			map[string]any{"product_id": "club", "currency": "eur"}), "Currency cannot be updated for tiered membership products")
	})
}

func TestSectionsAreShown(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	sections := s.Must("get_product", map[string]any{"product_id": "ink-and-wash"}).Rows("sections")
	if len(sections) != 3 || sections[0]["header"] != "From the studio" || sections[2]["featured_product"] != s.Highlight("product with variants").ID {
		t.Errorf("the sections are %v", sections)
	}
}

func TestPublishing(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	draft := map[string]any{"product_id": s.Highlight("draft product").ID}
	testserver.Says(t, s.Fails(tool.ConfirmationRequired, "enable_product", draft), `Put "Typography Workbook" on sale for $16?`,
		"appears on the store's profile", "affiliates who promote all of the store's products get a mail")
	testserver.Want(t, withConsent(t, s, "enable_product", draft), map[string]any{"published": true})
	s.Must("enable_product", draft) // what is on sale asks no more
}

func TestCategories(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	for name, c := range map[string]struct {
		under, has string
		count      int
	}{
		"the top ones":         {"", `{"path":"design","label":"Design","below":7}`, 18},
		"below one":            {"design", `{"path":"design/ui-and-web/figma","label":"Figma"}`, 8},
		"with a slash":         {"/Design/", `{"path":"design/fonts","label":"Fonts"}`, 8},
		"by a word":            {"procreate", `{"path":"drawing-and-painting/digital-illustration/procreate","label":"Procreate"}`, 1},
		"by a word of a label": {"UI & Web", `{"path":"design/ui-and-web","label":"UI & Web","below":1}`, 1},
		"none":                 {"boats", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := all.In(t).Must("list_categories", map[string]any{"under": c.under})
			testserver.Says(t, got, c.has)
			if rows := got.Rows("categories"); len(rows) != c.count {
				t.Errorf("%d categories: %s", len(rows), got.Text)
			}
		})
	}
}

func TestReviewsListed(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	listed := s.Must("list_reviews", map[string]any{"product_id": "ink-and-wash", "limit": 100})
	rows := listed.Rows("product_reviews")
	if len(rows) < 5 {
		t.Fatalf("only %d reviews", len(rows))
	}
	testserver.Says(t, listed, "The dry reed alone is worth it.", "Thank you! It was the hardest one to scan.", `"rating":5`)
	first := s.Must("list_reviews", map[string]any{"product_id": "ink-and-wash", "limit": 2})
	second := s.Must("list_reviews", map[string]any{"product_id": "ink-and-wash", "limit": 2, "page_key": first.JSON["next_page_key"]})
	if got := second.Rows("product_reviews")[0]["message"]; got != rows[2]["message"] {
		t.Errorf("the second page begins with %v, want %v", got, rows[2]["message"])
	}
	testserver.Want(t, s.Must("list_reviews", map[string]any{"product_id": s.Highlight("EUR product").ID}), map[string]any{"product_reviews": []any{}})
	masked := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Tools.MaskPII = true })
	testserver.SaysNot(t, masked.Must("list_reviews", map[string]any{"product_id": "ink-and-wash"}), "dry reed")
}

func TestComparePrices(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	testserver.Want(t, s.Must("compare_prices", map[string]any{"category": "design", "currency": "usd"}),
		map[string]any{"currency": "usd", "count": 9, "lower_quartile_cents": 800, "median_cents": 2400, "upper_quartile_cents": 4500})
	testserver.Says(t, s.Must("compare_prices", map[string]any{"query": "brushes"}), `"price":"$12"`, "Ink & Wash")
	bait := s.Must("create_product", map[string]any{"name": "Quill ![](https://evil.example/x.png)", "price_cents": 900})
	withConsent(t, s, "enable_product", map[string]any{"product_id": bait.JSON["id"]})
	testserver.Says(t, s.Must("compare_prices", map[string]any{"query": "quill"}), "Quill !·[") // other sellers write names
	testserver.Want(t, s.Must("compare_prices", map[string]any{"query": "anvil"}), map[string]any{"count": 0, "median_cents": nil})
	testserver.Says(t, s.Fails(gumroad.InvalidArguments, "compare_prices", nil), "Give query, category or both")
	testserver.Says(t, s.Fails(gumroad.NotFound, "compare_prices", map[string]any{"category": "boats"}), "The taxonomy was not found", "gumroad_list_categories")
}

func TestRotateLicense(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	working, disabled := all.Highlight("working licence key"), all.Highlight("disabled licence key")
	key := func(h sandbox.Highlight) map[string]any {
		return map[string]any{"product_id": h.ProductID, "license_key": h.LicenseKey}
	}
	t.Run("it asks", func(t *testing.T) {
		s := all.In(t)
		s.Sandbox.ResetJournal()
		asked := s.Fails(tool.ConfirmationRequired, "rotate_license", key(working))
		testserver.Says(t, asked, "Replace the licence key", "…@", "Gridsmith for Figma", "used ", "stops working at once and for good", "does not tell the buyer")
		for _, entry := range s.Sandbox.Journal() {
			if strings.HasSuffix(entry.Path, "/rotate") {
				t.Error("it rotated")
			}
		}
	})
	t.Run("a disabled one too", func(t *testing.T) {
		testserver.Says(t, all.In(t).Fails(tool.ConfirmationRequired, "rotate_license", key(disabled)), "which is disabled?")
	})
	t.Run("the new key is given, uses are kept and the old one is dead", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		uses := s.Must("check_license", key(working)).JSON["uses"]
		rotated := withConsent(t, s, "rotate_license", key(working))
		testserver.Want(t, rotated, map[string]any{"uses": uses, "sale_id": working.ID})
		testserver.Says(t, rotated, "Send the buyer the new key")
		testserver.Want(t, s.Must("check_license", key(working)), map[string]any{"verdict": "unknown_key"})
		renewed := map[string]any{"product_id": working.ProductID, "license_key": rotated.JSON["new_license_key"]}
		testserver.Want(t, s.Must("check_license", renewed), map[string]any{"valid": true, "uses": uses})
		testserver.Says(t, s.Fails(gumroad.NotFound, "rotate_license", key(working)), "the buyer's sale has the one that counts")
	})
	t.Run("a disabled one stays disabled", func(t *testing.T) {
		s := unasked(t)
		rotated := s.Must("rotate_license", key(disabled))
		testserver.Want(t, s.Must("check_license", map[string]any{"product_id": disabled.ProductID,
			"license_key": rotated.JSON["new_license_key"]}), map[string]any{"verdict": "disabled"})
	})
	t.Run("a lost answer is not sent again, and says where the key is", func(t *testing.T) {
		s := unasked(t)
		s.Sandbox.Inject(sandbox.Fault{Path: "/licenses/rotate", Kind: sandbox.FaultLost})
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(gumroad.OutcomeUnknown, "rotate_license", key(working)), "the sale "+working.ID+" has the new one", "gumroad_check_license")
		rotations := 0
		for _, entry := range s.Sandbox.Journal() {
			if strings.HasSuffix(entry.Path, "/rotate") {
				rotations++
			}
		}
		if rotations != 1 {
			t.Errorf("sent %d times", rotations)
		}
	})
	t.Run("what has no key to show is refused before asking", func(t *testing.T) {
		testserver.Says(t, all.In(t).Fails(gumroad.Rejected, "rotate_license", key(all.Highlight("licence of an imported customer"))), "imported from elsewhere")
		testserver.Says(t, all.In(t).Fails(gumroad.Rejected, "rotate_license", key(all.Highlight("licence with access revoked"))), "access to the purchase")
	})
}
