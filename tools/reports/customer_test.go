package reports_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// find is the sale with an id among plain rows.
func find(t *testing.T, sales []map[string]any, id string) map[string]any {
	t.Helper()
	for _, row := range sales {
		if row["id"] == id {
			return row
		}
	}
	t.Fatalf("there is no sale %q", id)
	return nil
}

// TestFindCustomer compares every buyer of a few sales with the plain list, asked for in every way.
func TestFindCustomer(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, smallStore)
	sales := books{t, all.Sandbox}.sales()
	for _, name := range []string{
		"working licence key", "disabled licence key", "licence of a refunded sale", "partially refunded sale",
		"disputed sale", "EUR sale", "gift, sender's row", "bundle sale", "upgrade purchase", "prompt injection in a name",
		"very long name",
	} {
		bought := find(t, sales, all.Highlight(name).ID)
		email := bought["purchase_email"].(string)
		var want []string
		var spent, refunded, charges int64
		memberships := map[string]bool{}
		for _, row := range sales {
			if !strings.EqualFold(row["purchase_email"].(string), email) {
				continue
			}
			want = append(want, row["id"].(string))
			if id, _ := row["subscription_id"].(string); id != "" {
				memberships[id] = true
			}
			_, hasTrial := row["free_trial_ended"].(bool)
			if hasTrial && row["recurring_charge"] != true || row["is_bundle_product_purchase"] == true {
				continue
			}
			charges++
			spent += number(row["price"])
			refunded += refundOf(t, row)
		}
		asked := map[string]map[string]any{
			"its buyer's e-mail": {"email": " " + strings.ToUpper(email)},
			"its order":          {"order_id": number(bought["order_id"])},
		}
		if key, _ := bought["license_key"].(string); key != "" && bought["is_gift_sender_purchase"] != true {
			asked["its licence key"] = map[string]any{"license_key": strings.ToLower(key)}
		}
		for how, arguments := range asked {
			t.Run(name+" by "+how, func(t *testing.T) {
				answer := all.In(t).Must("find_customer", arguments)
				if diff := cmp.Diff(want, answer.IDs("sales")); diff != "" {
					t.Errorf("sales (-want +got):\n%s", diff)
				}
				testserver.Want(t, answer,
					map[string]any{"complete": true, "spent_usd_cents": spent, "refunded_usd_cents": refunded, "purchases": charges})
				if got := len(answer.Rows("subscriptions")); got != len(memberships) {
					t.Errorf("want %d memberships, got %d", len(memberships), got)
				}
				checkBounded(t, answer)
			})
		}
	}
}

func TestSaleStates(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, smallStore)
	sales := books{t, all.Sandbox}.sales()
	for name, want := range map[string]map[string]any{
		"disabled licence key":        {"license_state": "disabled"},
		"licence with access revoked": {"license_state": "access_revoked"},
		"working licence key":         {"license_state": "enabled"},
		"licence of a refunded sale":  {"state": "refunded"},
		"partially refunded sale":     {"state": "partly_refunded"},
		"disputed sale":               {"state": "disputed"},
		"dispute won":                 {"state": "paid"},
		"free sale":                   {"state": "free"},
		"USD sale not refunded":       {"state": "paid"},
	} {
		t.Run(name, func(t *testing.T) {
			s := all.In(t)
			id := s.Highlight(name).ID
			order := number(find(t, sales, id)["order_id"])
			answer := s.Must("find_customer", map[string]any{"order_id": order})
			row := find(t, answer.Rows("sales"), id)
			testserver.Want(t, testserver.Result{JSON: row, Text: fmt.Sprint(row)}, want)
		})
	}
}

func TestFindCustomerFails(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, smallStore)
	for _, c := range []struct {
		name      string
		code      gumroad.Code
		arguments map[string]any
		says      string
	}{
		{"nobody has bought with an e-mail", gumroad.NotFound, map[string]any{"email": "nobody@example.com"},
			"No sale was made with this e-mail address."},
		{"there is no such order", gumroad.NotFound, map[string]any{"order_id": 1},
			"There is no sale with this order number."},
		{"there is no such licence key", gumroad.NotFound,
			map[string]any{"license_key": "00000000-00000000-00000000-00000000"},
			"There is no sale with this licence key."},
		{"nothing is asked for", gumroad.InvalidArguments, nil, "Give exactly one of email, license_key and order_id."},
		{"two things are asked for", gumroad.InvalidArguments, map[string]any{"email": "a@example.com", "order_id": 1},
			"Give exactly one of email, license_key and order_id."},
	} {
		t.Run(c.name, func(t *testing.T) {
			testserver.Says(t, s.In(t).Fails(c.code, "find_customer", c.arguments), c.says)
		})
	}
	t.Run("Gumroad of 2025 lists everybody's sales for a key", func(t *testing.T) { // and nobody is taken for the buyer
		s := testserver.Start(t, smallStore, func(s *testserver.Settings) { s.Sandbox.Compat2025 = true })
		key := map[string]any{"license_key": s.Highlight("licence verified by permalink").LicenseKey}
		testserver.Says(t, s.Fails(gumroad.NotFound, "find_customer", key), "cannot find sales by licence key")
	})
}

func TestFindCustomerWithoutMemberships(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, smallStore)
	sale := find(t, books{t, s.Sandbox}.sales(), s.Highlight("upgrade purchase").ID)
	s.Sandbox.Inject(sandbox.Fault{Path: "/subscribers/*", Kind: sandbox.FaultBig})
	answer := s.Must("find_customer", map[string]any{"order_id": number(sale["order_id"])})
	t.Run("what failed is named", func(t *testing.T) {
		testserver.Want(t, answer, map[string]any{"complete": false, "missing": []string{"the memberships"}})
	})
	t.Run("the sales are there", func(t *testing.T) { find(t, answer.Rows("sales"), s.Highlight("upgrade purchase").ID) })
}

// TestCustomerIsBounded: more purchases than fit are counted, not cut in the middle.
func TestCustomerIsBounded(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	product := s.Highlight("digital product").ID
	for range 150 {
		purchase := sandbox.Purchase{Product: product, Email: "regular@example.com", FullName: strings.Repeat("name ", 100)}
		if _, err := s.Sandbox.Buy(purchase); err != nil {
			t.Fatal(err)
		}
	}
	answer := s.Must("find_customer", map[string]any{"email": "regular@example.com"})
	shown := len(answer.Rows("sales"))
	if shown < 20 {
		t.Errorf("want at least 20 sales shown, got %d", shown)
	}
	testserver.Want(t, answer, map[string]any{"purchases": 150, "left_out": 150 - shown})
	checkBounded(t, answer)
}
