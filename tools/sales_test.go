package tools_test

import (
	"net/http"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

func TestRefunds(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (s *testserver.Server, sale string) {
		s = unasked(t)
		return s, s.Highlight("JPY sale not refunded").ID
	}
	t.Run("a half leaves the other half", func(t *testing.T) { // of ¥1,500, which has no cents
		s, sale := start(t)
		left := func() testserver.Result { return s.Must("get_sale", map[string]any{"sale_id": sale}) }
		testserver.Want(t, left(), map[string]any{"refundable_cents": 1500})
		half := map[string]any{"sale_id": sale, "amount_cents": 500} // which US cents hit to a yen
		testserver.Want(t, s.Must("refund_sale", half), map[string]any{"refunded_now_cents": 500, "refunded_before_cents": 0,
			"left_to_refund_cents": 1001, "currency": "jpy", "refunded": false})
		half["amount_cents"] = 250
		testserver.Want(t, s.Must("refund_sale", half), map[string]any{"refunded_now_cents": 250, "refunded_before_cents": 499,
			"left_to_refund_cents": 750, "currency": "jpy", "refunded": false})
		testserver.Want(t, left(), map[string]any{"refundable_cents": 750})
	})
	t.Run("more than remains is rejected", func(t *testing.T) {
		s, sale := start(t)
		s.Must("refund_sale", map[string]any{"sale_id": sale, "amount_cents": 750})
		s.Fails(gumroad.Rejected, "refund_sale", map[string]any{"sale_id": sale, "amount_cents": 751})
	})
	t.Run("what remains can be named", func(t *testing.T) { // of €18, where 17.77 is a US cent more than is left, by the rate
		s := unasked(t)
		sale := s.Highlight("EUR sale").ID
		s.Must("refund_sale", map[string]any{"sale_id": sale, "amount_cents": 24})
		testserver.Want(t, s.Must("refund_sale", map[string]any{"sale_id": sale, "amount_cents": 1777}),
			map[string]any{"refunded": true, "refunded_now_cents": 1777, "left_to_refund_cents": 0})
	})
	t.Run("what was only tried cannot be refunded", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		member := s.Must("get_subscriber", map[string]any{"subscriber_id": s.Highlight("subscriber in a free trial").ID})
		trial := member.JSON["purchase_ids"].([]any)[0]
		testserver.Says(t, s.Fails(gumroad.Rejected, "refund_sale", map[string]any{"sale_id": trial}), "free trial")
	})
	t.Run("without an amount it is all that remains", func(t *testing.T) {
		s, sale := start(t)
		s.Must("refund_sale", map[string]any{"sale_id": sale, "amount_cents": 750})
		testserver.Want(t, s.Must("refund_sale", map[string]any{"sale_id": sale}),
			map[string]any{"refunded": true, "refunded_now_cents": 750, "left_to_refund_cents": 0})
	})
}

func TestShipping(t *testing.T) {
	t.Parallel()
	s := unasked(t)
	shipped := s.Must("mark_sale_shipped", map[string]any{
		"sale_id": s.Highlight("physical sale not shipped").ID, "tracking_url": "https://post.example.org/1"})
	testserver.Want(t, shipped, map[string]any{"shipped": true, "tracking_url": "https://post.example.org/1"})
}

// saleOf names a sale of the demo.
func saleOf(s *testserver.Server, name string) map[string]any {
	return map[string]any{"sale_id": s.Highlight(name).ID}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	t.Run("a receipt is a person's to send", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "resend_receipt", saleOf(s, "EUR sale")),
			`E-mail the receipt for "Aquarellpapier-Texturen" again, to`, "…@", "cannot be called back")
		s.WroteNothing()
		testserver.Says(t, withConsent(t, s, "resend_receipt", saleOf(s, "EUR sale")), "Gumroad e-mails the receipt again.")
		if writes := s.Writes(); len(writes) != 1 {
			t.Errorf("want one request, got %q", writes)
		}
	})
	t.Run("of a gift two get one", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		for _, row := range []string{"gift, sender's row", "gift, receiver's row"} {
			testserver.Says(t, s.Fails(tool.ConfirmationRequired, "resend_receipt", saleOf(s, row)), "to the giver, ", "and to the receiver, ")
		}
	})
	t.Run("a missing scope is named", func(t *testing.T) {
		s := testserver.Start(t, testserver.Unasked, func(s *testserver.Settings) {
			s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential("sandbox:view_sales")
		})
		testserver.Says(t, s.Fails(gumroad.MissingScope, "resend_receipt", saleOf(s, "EUR sale")), `"edit_sales"`)
	})
	t.Run("an unknown sale is refused before asking", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		testserver.Says(t, s.Fails(gumroad.NotFound, "resend_receipt", map[string]any{"sale_id": "nothing"}), "gumroad_list_sales")
	})
}

func TestAccess(t *testing.T) {
	t.Parallel()
	t.Run("revoking says what it does", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "revoke_sale_access", saleOf(s, "working licence key")),
			`Close "Gridsmith for Figma" to`, "…@", "who paid $49", "no money goes back", "restore_sale_access")
		s.WroteNothing()
		testserver.Want(t, withConsent(t, s, "revoke_sale_access", saleOf(s, "working licence key")), map[string]any{"access_revoked": true})
	})
	t.Run("restoring does not ask", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		testserver.Want(t, s.Must("restore_sale_access", saleOf(s, "licence with access revoked")),
			map[string]any{"access_revoked": nil, "done": "Downloads and licence are open again."})
		testserver.Want(t, s.Must("get_sale", saleOf(s, "licence with access revoked")), map[string]any{"access_revoked": false})
	})
	t.Run("what is open already is not sent", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Must("restore_sale_access", saleOf(s, "EUR sale")), "nothing was sent")
		s.WroteNothing()
	})
	for _, confirm := range []func(*testserver.Settings){func(*testserver.Settings) {}, testserver.Unasked} {
		s := testserver.Start(t, testserver.FirstStore, confirm)
		for name, says := range map[string]string{"licence with access revoked": "revoked already", "fully refunded sale": "is refunded",
			"physical sale shipped": "physical product", "upgrade purchase": "subscription"} {
			t.Run(name+" is refused before asking", func(t *testing.T) {
				s := s.In(t)
				s.Sandbox.ResetJournal()
				testserver.Says(t, s.Fails(gumroad.Rejected, "revoke_sale_access", saleOf(s, name)), says, "Nothing was changed.")
				s.WroteNothing()
			})
		}
	}
	t.Run("a licence says that access is revoked", func(t *testing.T) {
		s := unasked(t)
		s.Must("revoke_sale_access", saleOf(s, "working licence key"))
		key := s.Highlight("working licence key")
		testserver.Says(t, s.Must("check_license", map[string]any{"product_id": key.ProductID, "license_key": key.LicenseKey}), "revoked")
	})
}

func TestMailedExports(t *testing.T) {
	t.Parallel()
	t.Run("one goes to the account holder", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		testserver.Want(t, s.Must("email_sales_export", map[string]any{"from": "2026-01-01", "to": "2026-01-01"}),
			map[string]any{"status": "queued", "recipient_email": "hello@pixelandpage.example"})
	})
	for name, c := range map[string]struct {
		arguments map[string]any
		says      string
	}{
		"days in the wrong order": {map[string]any{"from": "2026-01-02", "to": "2026-01-01"}, "from is after to"},
		"a day that is none":      {map[string]any{"from": "2026-02-30"}, "from"},
		"another mailbox":         {map[string]any{"email": "a@example.com"}, "account holder only"},
		"one product":             {map[string]any{"product_id": "ink & wash"}, "export_sales"},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			s := testserver.Start(t, testserver.FirstStore)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(gumroad.InvalidArguments, "email_sales_export", c.arguments), c.says)
			s.WroteNothing()
		})
	}
}

// TestLostSaleAnswers: what mails is sent once, and access can be read back.
func TestLostSaleAnswers(t *testing.T) {
	t.Parallel()
	for name, sale := range map[string]string{"resend_receipt": "EUR sale", "revoke_sale_access": "EUR sale",
		"restore_sale_access": "licence with access revoked", "email_sales_export": ""} {
		t.Run(name, func(t *testing.T) {
			s := testserver.Start(t, testserver.FirstStore, testserver.Unasked)
			for _, method := range []string{http.MethodPost, http.MethodPut} {
				s.Sandbox.Inject(sandbox.Fault{Method: method, Kind: sandbox.FaultLost})
			}
			s.Sandbox.ResetJournal()
			arguments, says := map[string]any{}, "Whether anything changed is unknown"
			if sale != "" {
				arguments = saleOf(s, sale)
			}
			answer := s.Fails(gumroad.OutcomeUnknown, name, arguments)
			testserver.Says(t, answer, says)
			if name == "revoke_sale_access" || name == "restore_sale_access" {
				testserver.Says(t, answer, "gumroad_get_sale")
			}
			if writes := s.Writes(); len(writes) != 1 {
				t.Errorf("want it sent once, got %q", writes)
			}
		})
	}
}
