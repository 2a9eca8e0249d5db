package reports

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// LicenseCheck says whether a licence is good, and why not.
type LicenseCheck struct {
	Valid bool `json:"valid" concise:"always"`
	// Verdict is the worst of those that apply.
	Verdict string                   `json:"verdict" concise:"always" jsonschema:"enum=valid,enum=unknown_key,enum=disabled,enum=access_revoked,enum=chargebacked,enum=refunded,enum=subscription_ended"`
	Meaning string                   `json:"meaning" concise:"always"`
	Uses    *gumroad.Int             `json:"uses,omitempty" concise:"always" jsonschema_description:"Activations counted so far."`
	Buyer   *gumroad.LicensePurchase `json:"purchase,omitempty" concise:"always"`
}

// CheckLicense looks a licence up without counting a use, and judges it. Gumroad itself answers "success" for licences
// of refunded and disputed purchases, and 404 for disabled ones; only the text of the 404 tells the reasons apart.
func CheckLicense(c *gumroad.Client, ctx context.Context, in gumroad.LicenseRef) (LicenseCheck, error) {
	countUse := false
	license, err := c.VerifyLicense(ctx, gumroad.VerifyLicense{LicenseRef: in, IncrementUsesCount: &countUse})
	if e, ok := errors.AsType[*gumroad.Error](err); ok && e.Status == http.StatusNotFound {
		switch e.Said {
		case "This license key has been disabled.":
			return verdict("disabled", "The key exists but the seller disabled it. enable_license makes it valid again."), nil
		case "Access to the purchase associated with this license has expired.":
			return verdict("access_revoked", "The buyer's access to the purchase was taken away or ran out."), nil
		case "That license does not exist for the provided product.":
			return verdict("unknown_key", "No such key for this product: it may be mistyped, or belong to another product."), nil
		}
	}
	if err != nil {
		return LicenseCheck{}, err
	}
	buyer := license.Purchase
	if buyer == nil {
		buyer = license.ImportedCustomer
	}
	if buyer.IsUnclear() {
		return LicenseCheck{}, &gumroad.Error{Code: gumroad.UpstreamUnavailable,
			Message: "Gumroad does not say clearly whether the purchase was refunded or disputed, or whether its subscription " +
				"ended, so there is no verdict."}
	}
	check := verdict("valid", "The key is good.")
	switch {
	case buyer.Chargebacked.IsTrue(), buyer.Disputed.IsTrue() && !buyer.DisputeWon.IsTrue():
		check = verdict("chargebacked", "The buyer disputed the payment. Gumroad still verifies the key.")
	case buyer.Refunded.IsTrue():
		check = verdict("refunded", "The purchase was refunded. Gumroad still verifies the key; disable_license stops that.")
	case hasPassed(buyer.SubscriptionEndedAt, c.Now()), hasPassed(buyer.SubscriptionFailedAt, c.Now()),
		hasPassed(buyer.SubscriptionCancelledAt, c.Now()):
		check = verdict("subscription_ended", "The subscription behind the key has ended. Gumroad still verifies the key.")
	default:
		check.Valid = true
	}
	check.Uses, check.Buyer = &license.Uses, buyer
	return check, nil
}

func verdict(word, meaning string) LicenseCheck { return LicenseCheck{Verdict: word, Meaning: meaning} }

// Envelope makes LicenseCheck a gumroad.Record, so that the tools for licences find each other.
func (LicenseCheck) Envelope() (one, many string) { return gumroad.License{}.Envelope() }

// hasPassed reports whether a time is set and in the past. A cancellation can lie in the future.
func hasPassed(t gumroad.Time, now time.Time) bool { return t != "" && t.At().Before(now) }
