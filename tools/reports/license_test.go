package reports_test

import (
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestCheckLicense(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore)
	for _, c := range []struct{ licence, verdict, meaning string }{
		{"working licence key", "valid", "The key is good."},
		{"licence of an imported customer", "valid", "The key is good."},
		{"disabled licence key", "disabled", "enable_license"},
		{"licence with access revoked", "access_revoked", "taken away"},
		{"licence of a refunded sale", "refunded", "was refunded"},
	} {
		t.Run("a "+c.licence+" is "+c.verdict, func(t *testing.T) {
			licence := all.Highlight(c.licence)
			check := all.In(t).Must("check_license",
				map[string]any{"product_id": licence.ProductID, "license_key": licence.LicenseKey})
			testserver.Want(t, check, map[string]any{"verdict": c.verdict, "valid": c.verdict == "valid"})
			testserver.Says(t, check, c.meaning)
		})
	}
	t.Run("a gift is judged by what the giver paid", func(t *testing.T) {
		all := testserver.Start(t, testserver.FirstStore, testserver.Unasked)
		giver, licence := all.Highlight("gift, sender's row"), all.Highlight("gift, receiver's row")
		key := map[string]any{"product_id": licence.ProductID, "license_key": licence.LicenseKey}
		testserver.Want(t, all.Must("check_license", key), map[string]any{"verdict": "valid"})
		if err := all.Sandbox.Happen(sandbox.Event{Name: "dispute", ID: giver.ID}); err != nil {
			t.Fatal(err)
		}
		testserver.Want(t, all.Must("check_license", key), map[string]any{"verdict": "chargebacked", "valid": false})
		if err := all.Sandbox.Happen(sandbox.Event{Name: "dispute_won", ID: giver.ID}); err != nil {
			t.Fatal(err)
		}
		testserver.Want(t, all.Must("check_license", key), map[string]any{"verdict": "valid"})
		all.Must("refund_sale", map[string]any{"sale_id": giver.ID})
		testserver.Want(t, all.Must("check_license", key), map[string]any{"verdict": "refunded", "valid": false})
	})
	t.Run("a key of no product is unknown", func(t *testing.T) {
		key := map[string]any{"product_id": all.Highlight("working licence key").ProductID, "license_key": "NOPE"}
		testserver.Want(t, all.In(t).Must("check_license", key), map[string]any{"verdict": "unknown_key", "valid": false})
	})
}

// TestNoVerdictWithoutClearWords: whether a licence is good is said only of a purchase that Gumroad describes clearly.
func TestNoVerdictWithoutClearWords(t *testing.T) {
	t.Parallel()
	const none = "" // no verdict
	for purchase, want := range map[string]string{
		`"purchase":{"email":"a@example.com"}`:                                                     "valid",
		`"imported_customer":{"email":"a@example.com"}`:                                            "valid",
		`"purchase":{"email":"a@example.com","subscription_ended_at":null}`:                        "valid",
		`"purchase":{"email":"a@example.com","subscription_cancelled_at":"2099-01-01T00:00:00Z"}`:  "valid",
		`"purchase":{"email":"a@example.com","subscription_failed_at":"2020-01-01T00:00:00.000Z"}`: "subscription_ended",
		`"uses":1`:                      none,
		`"purchase":null`:               none,
		`"purchase":{}`:                 none,
		`"purchase":"x"`:                none,
		`"purchase":[]`:                 none,
		`"imported_customer":[]`:        none,
		`"purchase":{"refunded":"yes"}`: none,
		`"purchase":{"email":"a@example.com","subscription_ended_at":true}`:                          none,
		`"purchase":{"email":"a@example.com","subscription_ended_at":1577836800}`:                    none,
		`"purchase":{"email":"a@example.com","subscription_ended_at":{}}`:                            none,
		`"purchase":{"email":"a@example.com","subscription_failed_at":"2020-01-01"}`:                 none,
		`"purchase":{"email":"a@example.com","subscription_cancelled_at":"2020-01-01 00:00:00 UTC"}`: none,
	} {
		t.Run(purchase, func(t *testing.T) {
			t.Parallel()
			s := startCanned(t, cannedBodies{"/licenses/verify": `{"success":true,` + purchase + `}`})
			key := map[string]any{"product_id": "AAAAAAAAAAAAAAAAAAAAAA==", "license_key": "K"}
			if want == none {
				s.Fails(gumroad.UpstreamUnavailable, "check_license", key)
				return
			}
			testserver.Want(t, s.Must("check_license", key), map[string]any{"verdict": want, "valid": want == "valid"})
		})
	}
}
