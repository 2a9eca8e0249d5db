package tools

import (
	"context"
	"errors"
	"fmt"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools/reports"
)

var licenses = tool.Set{
	Name: "licenses", Doc: "Licence keys.",
	Tools: []tool.Tool{
		{Name: "verify_license", Title: "Verify a licence and count a use", Effect: tool.Changes,
			Doc: "Verify a licence key and count a use, as an app does. To only look: check_license.",
			Run: tool.Run((*gumroad.Client).VerifyLicense)},
		{Name: "check_license", Title: "Check a licence", Effect: tool.Reads,
			Doc: "Is this licence key valid? Never counts a use.",
			Run: tool.Concise(reports.CheckLicense)},
		{Name: "enable_license", Title: "Enable a licence", Effect: tool.Changes,
			Doc: "Make a disabled licence key valid again.",
			Run: tool.Concise((*gumroad.Client).EnableLicense)},
		{Name: "disable_license", Title: "Disable a licence", Effect: tool.Changes,
			Doc: "Disable a licence key until it is enabled again.",
			Run: tool.Concise((*gumroad.Client).DisableLicense)},
		{Name: "decrement_license_uses", Title: "Free a licence seat", Effect: tool.Changes,
			Doc: "Take one use of a licence back, to free a seat. Stops at 0.",
			Run: tool.Concise((*gumroad.Client).DecrementLicenseUses)},
		{Name: "rotate_license", Title: "Replace a licence key", Effect: tool.Destroys,
			Doc: "Give a licence a new key; the old one is dead at once.",
			Ask: tool.Ask(askRotateLicense),
			Run: tool.Run(rotateLicense)},
	},
}

// licenseToRotate looks at a licence whose key is to be replaced, and refuses one that Gumroad has no new key to show of.
func licenseToRotate(c *gumroad.Client, ctx context.Context, in gumroad.LicenseRef) (reports.LicenseCheck, error) {
	check, err := reports.CheckLicense(c, ctx, in)
	switch {
	case err != nil:
	case check.Verdict == "unknown_key":
		err = &gumroad.Error{Code: gumroad.NotFound, Message: check.Meaning,
			Hint: "A key that was replaced is unknown, too; the buyer's sale has the one that counts."}
	case check.Verdict == "access_revoked":
		err = &gumroad.Error{Code: gumroad.Rejected, Message: check.Meaning}
	case check.Buyer != nil && check.Buyer.SaleID == "":
		err = &gumroad.Error{Code: gumroad.Rejected, Message: "The key is of a customer imported from elsewhere, of whom " +
			"Gumroad would not show the new one."}
	}
	return check, err
}

func askRotateLicense(c *gumroad.Client, ctx context.Context, in gumroad.LicenseRef) (string, error) {
	check, err := licenseToRotate(c, ctx, in)
	if err != nil {
		return "", err
	}
	whose := "which is disabled" // of such a key Gumroad says no more
	if check.Uses != nil && check.Buyer != nil {
		whose = fmt.Sprintf("of %s (%s, used %d times)", text.Quote(text.MaskEmail(check.Buyer.Email)),
			text.Quote(check.Buyer.ProductName), *check.Uses)
	}
	return fmt.Sprintf("Replace the licence key %s, %s? It stops working at once and for good, in every program that has "+
		"it, and Gumroad does not tell the buyer.", text.Quote(text.Mask("key", in.LicenseKey)), whose), nil
}

// rotatedLicense is a licence with its new key.
type rotatedLicense struct {
	NewKey  string      `json:"new_license_key" pii:"key"`
	Next    string      `json:"next" jsonschema_description:"What to do now."`
	Uses    gumroad.Int `json:"uses" jsonschema_description:"They are kept."`
	Product string      `json:"product_name,omitempty"`
	Email   string      `json:"email,omitempty" pii:"email"`
	SaleID  string      `json:"sale_id,omitempty"`
}

// Envelope makes it a licence, so that the tools for licences find each other.
func (rotatedLicense) Envelope() (one, many string) { return gumroad.License{}.Envelope() }

// rotateLicense looks for the sale first, since that alone tells the new key if the answer is lost.
func rotateLicense(c *gumroad.Client, ctx context.Context, in gumroad.LicenseRef) (rotatedLicense, error) {
	before, err := licenseToRotate(c, ctx, in)
	if err != nil {
		return rotatedLicense{}, err
	}
	license, err := c.RotateLicense(ctx, in)
	if e, ok := errors.AsType[*gumroad.Error](err); ok && e.Code == gumroad.OutcomeUnknown {
		told := *e
		told.Hint = "If the old key is unknown now, it was replaced, and the buyer's sale has the new one."
		if before.Buyer != nil {
			told.Hint = fmt.Sprintf("If the old key is unknown now, it was replaced, and the sale %s has the new one.",
				before.Buyer.SaleID)
		}
		return rotatedLicense{}, &told
	}
	if err != nil {
		return rotatedLicense{}, err
	}
	out := rotatedLicense{Uses: license.Uses, Next: "Send the buyer the new key: nobody has told them. The old one is dead."}
	if of := license.Purchase; of != nil {
		out.NewKey, out.Product, out.Email, out.SaleID = of.LicenseKey, of.ProductName, of.Email, of.SaleID
	}
	return out, nil
}
