package tools_test

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// TestFindCustomer compares every buyer of a few sales with the plain list.
func TestFindCustomer(t *testing.T) {
	s := testserver.Start(t, smallStore)
	all := books{t, s.Sandbox}.sales()
	for _, name := range []string{"working licence key", "disabled licence key", "licence of a refunded sale", "partially refunded sale",
		"disputed sale", "EUR sale", "gift, sender's row", "bundle sale", "upgrade purchase", "prompt injection in a name", "very long name"} {
		t.Run(name, func(t *testing.T) {
			highlight := s.Highlight(name)
			var bought map[string]any
			for _, row := range all {
				if row["id"] == highlight.ID {
					bought = row
				}
			}
			email := bought["purchase_email"].(string)
			var want []string
			var spent, refunded, charges int64
			memberships := map[string]bool{}
			for _, row := range all {
				if !strings.EqualFold(row["purchase_email"].(string), email) {
					continue
				}
				want = append(want, row["id"].(string))
				if id, _ := row["subscription_id"].(string); id != "" {
					memberships[id] = true
				}
				if _, hasTrial := row["free_trial_ended"].(bool); hasTrial && row["recurring_charge"] != true || row["is_bundle_product_purchase"] == true {
					continue
				}
				charges++
				spent += number(row["price"])
				refunded += refundOf(t, row)
			}
			asked := []map[string]any{{"email": " " + strings.ToUpper(email)}, {"order_id": number(bought["order_id"])}}
			if key, _ := bought["license_key"].(string); key != "" {
				asked = append(asked, map[string]any{"license_key": strings.ToLower(key)})
			}
			for _, arguments := range asked {
				answer := s.Must("find_customer", arguments)
				got := answer.JSON
				if diff := cmp.Diff(want, ids(answer, "sales")); diff != "" {
					t.Errorf("%v: %s", arguments, diff)
				}
				if got["complete"] != true || got["spent"] != float64(spent) || got["refunded"] != float64(refunded) || got["purchases"] != float64(charges) {
					t.Errorf("%v: want %d spent, %d refunded, %d charges: %s", arguments, spent, refunded, charges, answer.Text)
				}
				subscriptions, _ := got["subscriptions"].([]any)
				if len(subscriptions) != len(memberships) || len(answer.Text) > tool.MaxResult {
					t.Errorf("%v: %d of %d memberships in %d characters", arguments, len(subscriptions), len(memberships), len(answer.Text))
				}
			}
		})
	}
	states := map[string]string{"disabled licence key": "license_state:disabled", "licence with access revoked": "license_state:access_revoked",
		"working licence key": "license_state:enabled", "licence of a refunded sale": "state:refunded", "partially refunded sale": "state:partly_refunded",
		"disputed sale": "state:disputed", "dispute won": "state:paid", "free sale": "state:free", "USD sale not refunded": "state:paid"}
	for name, state := range states {
		var order any
		for _, row := range all {
			if row["id"] == s.Highlight(name).ID {
				order = number(row["order_id"])
			}
		}
		field, want, _ := strings.Cut(state, ":")
		for _, row := range rows(s.Must("find_customer", map[string]any{"order_id": order}), "sales") {
			if row["id"] == s.Highlight(name).ID && row[field] != want {
				t.Errorf("%s: %v", name, row)
			}
		}
	}
	s.Fails(gumroad.NotFound, "find_customer", map[string]any{"email": "nobody@example.com"})
	s.Fails(gumroad.NotFound, "find_customer", map[string]any{"order_id": 1})
	s.Fails(gumroad.NotFound, "find_customer", map[string]any{"license_key": "00000000-00000000-00000000-00000000"})
	s.Fails(gumroad.InvalidArguments, "find_customer", nil)
	s.Fails(gumroad.InvalidArguments, "find_customer", map[string]any{"email": "a@example.com", "order_id": 1})
}

// TestFindCustomerByKeyOf2025: that server ignores the filter and lists everybody's sales; nobody is taken for the buyer.
func TestFindCustomerByKeyOf2025(t *testing.T) {
	s := testserver.Start(t, smallStore, func(s *testserver.Settings) { s.Sandbox.Compat2025 = true })
	answer := s.Fails(gumroad.NotFound, "find_customer", map[string]any{"license_key": s.Highlight("licence verified by permalink").LicenseKey})
	if !strings.Contains(answer.Text, "cannot find sales by licence key") {
		t.Error(answer.Text)
	}
}

// TestFindCustomerWithoutMemberships: what a failed part would have told is named, the rest is told.
func TestFindCustomerWithoutMemberships(t *testing.T) {
	s := testserver.Start(t, smallStore)
	var order any
	for _, row := range (books{t, s.Sandbox}).sales() {
		if row["id"] == s.Highlight("upgrade purchase").ID {
			order = number(row["order_id"])
		}
	}
	s.Sandbox.Inject(sandbox.Fault{Path: "/subscribers/*", Kind: sandbox.FaultBig})
	answer := s.Must("find_customer", map[string]any{"order_id": order})
	if answer.JSON["complete"] != false || answer.JSON["missing"] == nil || len(rows(answer, "sales")) == 0 {
		t.Error(answer.Text)
	}
}

func TestFindCustomerMasked(t *testing.T) {
	s := testserver.Start(t, smallStore, func(s *testserver.Settings) { s.Tools.MaskPII = true })
	h := s.Highlight("working licence key")
	answer := s.Must("find_customer", map[string]any{"license_key": h.LicenseKey})
	if strings.Contains(answer.Text, h.LicenseKey) || !strings.Contains(answer.Text, "…@") {
		t.Error(answer.Text)
	}
}

// TestListDiscounts compares with the codes of every product, read one after another.
func TestListDiscounts(t *testing.T) {
	s := testserver.Start(t, smallStore)
	b := books{t, s.Sandbox}
	want := map[string]string{}
	products := b.list("/products", "products", url.Values{})
	for _, product := range products {
		for _, row := range b.list("/products/"+url.PathEscape(product["id"].(string))+"/offer_codes", "offer_codes", url.Values{}) {
			left := "any"
			if row["max_purchase_count"] != nil {
				left = fmt.Sprint(max(number(row["max_purchase_count"])-number(row["times_used"]), 0))
			}
			where := "every product"
			if row["universal"] != true {
				where = product["name"].(string)
			}
			want[row["id"].(string)] = fmt.Sprintf("%v used %d left %s on %s", row["name"], number(row["times_used"]), left, where)
		}
	}
	s.Sandbox.ResetJournal()
	answer := s.Must("list_discounts", nil)
	got := map[string]string{}
	for _, row := range rows(answer, "discounts") {
		left, where := "any", "every product"
		if n, limited := row["left"].(float64); limited {
			left = fmt.Sprint(int(n))
		}
		if row["universal"] != true {
			where = row["product"].(string)
		}
		got[row["id"].(string)] = fmt.Sprintf("%v used %d left %s on %s", row["code"], int(row["used"].(float64)), left, where)
	}
	if diff := cmp.Diff(want, got); diff != "" || answer.JSON["complete"] != true || len(answer.Text) > tool.MaxResult {
		t.Errorf("%s\n%s", diff, answer.Text)
	}
	if sent := len(s.Requests()); sent != len(products)+2 { // two pages of products
		t.Errorf("%d requests for %d products", sent, len(products))
	}
	for _, spelled := range []string{`"10% off"`, `"$2.00 off"`, `"€3.00 off"`} {
		if !strings.Contains(answer.Text, spelled) {
			t.Errorf("%s is missing", spelled)
		}
	}

	one := s.Must("list_discounts", map[string]any{"product_id": s.Highlight("EUR product").ID})
	if codes := rows(one, "discounts"); len(codes) != 2 || one.JSON["products"] != 1.0 {
		t.Error(one.Text)
	}
	s.Sandbox.Inject(sandbox.Fault{Path: "/products/" + s.Highlight("EUR product").ID + "/offer_codes", Kind: sandbox.FaultBig})
	part := s.Must("list_discounts", nil)
	if part.JSON["complete"] != false || !strings.Contains(part.Text, `"missing":["Aquarellpapier-Texturen (upstream_unavailable)"]`) || strings.Contains(part.Text, "DREI") {
		t.Error(part.Text)
	}
	s.Sandbox.Inject(sandbox.Fault{Path: "/products/*/offer_codes", Kind: sandbox.FaultBig})
	s.Fails(gumroad.UpstreamUnavailable, "list_discounts", nil)
}

// TestReportsAreBounded: more codes and more purchases than fit are counted, not cut in the middle.
func TestReportsAreBounded(t *testing.T) {
	s := testserver.Start(t, smallStore)
	product := s.Highlight("digital product").ID
	for i := range 150 {
		s.Must("create_offer_code", map[string]any{"product_id": product, "name": fmt.Sprintf("%s%d", strings.Repeat("x", 60), i), "amount_off": 10, "offer_type": "percent"})
		if _, err := s.Sandbox.Buy(sandbox.Purchase{Product: product, Email: "regular@example.com", FullName: strings.Repeat("name ", 100)}); err != nil {
			t.Fatal(err)
		}
	}
	discounts := s.Must("list_discounts", nil)
	shown, left := len(rows(discounts, "discounts")), discounts.JSON["left_out"].(float64)
	if shown+int(left) != 158 || shown < 20 || len(discounts.Text) > tool.MaxResult {
		t.Errorf("%d codes and %v left out in %d characters", shown, left, len(discounts.Text))
	}
	customer := s.Must("find_customer", map[string]any{"email": "regular@example.com"})
	shown, left = len(rows(customer, "sales")), customer.JSON["left_out"].(float64)
	if shown+int(left) != 150 || shown < 20 || customer.JSON["purchases"] != 150.0 || len(customer.Text) > tool.MaxResult {
		t.Errorf("%d sales and %v left out in %d characters", shown, left, len(customer.Text))
	}
}

// TestSubscriberReport compares with every membership read on its own, found through every sale there is.
func TestSubscriberReport(t *testing.T) {
	s := testserver.Start(t, smallStore)
	b := books{t, s.Sandbox}
	all := b.sales()
	last := map[string]map[string]any{} // the last full charge; the list is newest first
	var subscriptions []map[string]any
	seen := map[string]bool{}
	for _, row := range all {
		id, _ := row["subscription_id"].(string)
		if id == "" {
			continue
		}
		_, hasTrial := row["free_trial_ended"].(bool)
		if last[id] == nil && row["is_upgrade_purchase"] != true && (!hasTrial || row["recurring_charge"] == true) {
			last[id] = row
		}
		if !seen[id] {
			seen[id] = true
			subscriptions = append(subscriptions, b.get("/subscribers/"+url.PathEscape(id), url.Values{})["subscriber"].(map[string]any))
		}
	}
	when := func(v any) time.Time {
		text, _ := v.(string)
		at, _ := time.Parse(time.RFC3339, text)
		return at
	}
	months := map[string]float64{"monthly": 1, "quarterly": 3, "biannually": 6, "yearly": 12, "every_two_years": 24}
	for _, c := range []struct{ product, period, from, until string }{
		{"", "2026-10", "2026-10-01", "2026-11-01"},
		{"", "2026-08", "2026-08-01", "2026-09-01"},
		{"", "this_year", "2026-01-01", "2026-11-16"},
		{"membership", "last_30_days", "2026-10-17", "2026-11-16"},
		{"fixed-length subscription", "2026", "2026-01-01", "2026-11-16"},
	} {
		t.Run(c.product+" "+c.period, func(t *testing.T) {
			arguments := map[string]any{"period": c.period}
			product := ""
			if c.product != "" {
				product = s.Highlight(c.product).ID
				arguments["product_id"] = product
			}
			from, until := when(c.from+"T00:00:00Z"), when(c.until+"T00:00:00Z")
			want := map[string]any{}
			count := map[string]int{}
			var mrr, risk float64
			for _, sub := range subscriptions {
				if product != "" && sub["product_id"] != product {
					continue
				}
				created, status := when(sub["created_at"]), sub["status"].(string)
				ended := map[string]time.Time{"cancelled": when(sub["cancelled_at"]), "failed_payment": when(sub["failed_at"]), "fixed_subscription_period_ended": when(sub["ended_at"])}[status]
				over := !ended.IsZero()
				if created.Before(from) && (!over || !ended.Before(from)) {
					count["active_before"]++
				}
				if created.Before(until) && (!over || !ended.Before(until)) {
					count["active_after"]++
				}
				if !created.Before(from) && created.Before(until) {
					count["new"]++
				}
				if over && !ended.Before(from) && ended.Before(until) {
					count[map[string]string{"cancelled": "cancelled", "failed_payment": "failed", "fixed_subscription_period_ended": "fixed_ended"}[status]]++
				}
				if over {
					continue
				}
				count["now"]++
				count[status]++
				if when(sub["free_trial_ends_at"]).After(testserver.Now) {
					count["trial"]++
					continue
				}
				if charge := last[sub["id"].(string)]; sub["charge_occurrence_count"] == nil && charge != nil {
					monthly := math.Round(float64(number(charge["price"])) / months[sub["recurrence"].(string)])
					mrr += monthly
					if status != "alive" {
						risk += monthly
					}
				}
			}
			for _, name := range []string{"active_before", "active_after", "new", "cancelled", "failed", "fixed_ended"} {
				want[name] = float64(count[name])
			}
			want["now"] = map[string]any{"active": float64(count["now"]), "in_trial": float64(count["trial"]), "leaving": float64(count["pending_cancellation"]),
				"failing": float64(count["pending_failure"]), "mrr": mrr, "mrr_at_risk": risk, "currency": "usd"}
			answer := s.Must("subscriber_report", arguments)
			got := map[string]any{}
			for name := range want {
				got[name] = answer.JSON[name]
			}
			if diff := cmp.Diff(want, got); diff != "" || answer.JSON["complete"] != true || answer.JSON["time_zone"] != "UTC" {
				t.Errorf("%s\n%s", diff, answer.Text)
			}
			if got := answer.JSON["churn"]; count["active_before"] > 0 &&
				got != fmt.Sprintf("%.1f%%", 100*float64(count["cancelled"]+count["failed"])/float64(count["active_before"])) {
				t.Errorf("churn %v", got)
			}
		})
	}
	s.Fails(gumroad.InvalidArguments, "subscriber_report", map[string]any{"product_id": s.Highlight("digital product").ID})
	s.Sandbox.Inject(sandbox.Fault{Path: "/subscribers/*", Kind: sandbox.FaultBig, After: 1})
	s.Fails(gumroad.UpstreamUnavailable, "subscriber_report", map[string]any{"period": "this_year"})
}

// TestReportsOnlyRead: no report sends anything but reads.
func TestReportsOnlyRead(t *testing.T) {
	s := testserver.Start(t, smallStore)
	s.Must("sales_report", map[string]any{"detail": "full"})
	s.Must("find_customer", map[string]any{"license_key": s.Highlight("working licence key").LicenseKey})
	s.Must("subscriber_report", nil)
	s.Must("list_discounts", nil)
	s.Must("export_sales", map[string]any{"after": "2026-11-01"})
	for _, entry := range s.Sandbox.Journal() {
		if entry.Method != http.MethodGet || entry.Committed {
			t.Errorf("%s %s", entry.Method, entry.Path)
		}
	}
	if !slices.ContainsFunc(s.Sandbox.Journal(), func(e sandbox.Entry) bool { return strings.HasSuffix(e.Path, "/sales") }) {
		t.Error("nothing was read")
	}
}
