package tools

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

var licenses = Toolset{
	Name: "licenses", Doc: "Licence keys.",
	Tools: []Tool{
		{Name: "verify_license", Title: "Verify a licence and count a use", Effect: Changes, ReadBack: "check_license",
			Doc: "Verify a licence key and count a use, as an app does on activation. To only look: check_license.",
			Run: run((*gumroad.Client).VerifyLicense)},
		{Name: "check_license", Title: "Check a licence", Effect: Reads,
			Doc: "Is this licence key valid? Verdict, uses, refund, dispute, subscription. Never counts a use.",
			Run: brief(checkLicense)},
		{Name: "enable_license", Title: "Enable a licence", Effect: Changes, ReadBack: "check_license",
			Doc: "Make a disabled licence key valid again.",
			Run: brief((*gumroad.Client).EnableLicense)},
		{Name: "disable_license", Title: "Disable a licence", Effect: Changes, ReadBack: "check_license",
			Doc: "Disable a licence key until it is enabled again.",
			Run: brief((*gumroad.Client).DisableLicense)},
		{Name: "decrement_license_uses", Title: "Free a licence seat", Effect: Changes, ReadBack: "check_license",
			Doc: "Take one use of a licence back, to free a seat. Stops at 0.",
			Run: brief((*gumroad.Client).DecrementLicenseUses)},
	},
}

type licenseCheck struct {
	Valid bool `json:"valid" concise:"yes"`
	// Verdict is one of a closed set, worst first where several hold.
	Verdict string                   `json:"verdict" concise:"yes" jsonschema:"enum=valid,enum=unknown_key,enum=disabled,enum=access_revoked,enum=chargebacked,enum=refunded,enum=subscription_ended"`
	Meaning string                   `json:"meaning" concise:"yes"`
	Uses    *gumroad.Int             `json:"uses,omitempty" concise:"yes" jsonschema_description:"Activations counted so far."`
	Buyer   *gumroad.LicensePurchase `json:"purchase,omitempty" concise:"yes"`
}

// checkLicense looks a licence up without counting a use and says what it is worth. Gumroad verifies licences of
// refunded and disputed purchases all the same, and answers 404 for disabled ones.
func checkLicense(c *gumroad.Client, ctx context.Context, in gumroad.LicenseRef) (licenseCheck, error) {
	look := false
	license, err := c.VerifyLicense(ctx, gumroad.VerifyLicense{LicenseRef: in, IncrementUsesCount: &look})
	var e *gumroad.Error
	if errors.As(err, &e) && e.Status == http.StatusNotFound {
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
		return licenseCheck{}, err
	}
	buyer := license.Purchase
	if buyer == nil {
		buyer = license.ImportedCustomer
	}
	check := verdict("valid", "The key is good.")
	check.Valid = true
	if buyer != nil {
		switch {
		case isTrue(buyer.Chargebacked), isTrue(buyer.Disputed) && !isTrue(buyer.DisputeWon):
			check = verdict("chargebacked", "The buyer disputed the payment. Gumroad still verifies the key.")
		case isTrue(buyer.Refunded):
			check = verdict("refunded", "The purchase was refunded. Gumroad still verifies the key; disable_license stops that.")
		case slices.ContainsFunc([]string{buyer.SubscriptionEndedAt, buyer.SubscriptionFailedAt, buyer.SubscriptionCancelledAt},
			func(at string) bool { return hasPassed(at, c.Now()) }):
			check = verdict("subscription_ended", "The subscription behind the key has ended. Gumroad still verifies the key.")
		}
	}
	check.Uses, check.Buyer = &license.Uses, buyer
	return check, nil
}

func verdict(word, meaning string) licenseCheck { return licenseCheck{Verdict: word, Meaning: meaning} }
