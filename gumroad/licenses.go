package gumroad

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// License is the state of a licence key, with the purchase or the imported customer it belongs to (reference:
// "Licenses").
type License struct {
	Uses             Int              `json:"uses" concise:"always" jsonschema_description:"Activations counted so far."`
	Purchase         *LicensePurchase `json:"purchase,omitempty" concise:"always"`
	ImportedCustomer *LicensePurchase `json:"imported_customer,omitempty" concise:"always" jsonschema_description:"Instead of purchase, for a customer brought from elsewhere."`
}

// Envelope names the record. Answers hold its members beside success, without a name of their own.
func (License) Envelope() (one, many string) { return "license", "licenses" }

// fromEnvelope reads the members from the envelope itself. Every licence belongs to somebody.
func (l *License) fromEnvelope(body []byte) error {
	if err := unmarshal(body, l); err != nil {
		return err
	}
	for _, owner := range []*LicensePurchase{l.Purchase, l.ImportedCustomer} {
		if owner != nil {
			return notEmpty("purchase", owner)
		}
	}
	return errors.New("the answer has no purchase")
}

// LicensePurchase is the purchase behind a licence. Its fields are a sale's by other names; Price is in US cents
// (licenses_controller).
type LicensePurchase struct {
	ProductName             string         `json:"product_name,omitempty" concise:"always"`
	Email                   string         `json:"email,omitempty" concise:"always" pii:"email"`
	FullName                string         `json:"full_name,omitempty" pii:"text"`
	CreatedAt               string         `json:"created_at,omitempty" concise:"always"`
	Price                   *Cents         `json:"price_usd_cents,omitempty"`
	Currency                string         `json:"currency,omitempty" jsonschema_description:"Currency of the product."`
	Quantity                Int            `json:"quantity,omitempty" concise:"always"`
	Variants                string         `json:"variants,omitempty"`
	Refunded                Bool           `json:"refunded,omitempty" concise:"nonzero"`
	Chargebacked            Bool           `json:"chargebacked,omitempty" concise:"nonzero"`
	Disputed                Bool           `json:"disputed,omitempty" concise:"nonzero"`
	DisputeWon              Bool           `json:"dispute_won,omitempty"`
	SubscriptionEndedAt     Time           `json:"subscription_ended_at,omitempty" concise:"always"`
	SubscriptionCancelledAt Time           `json:"subscription_cancelled_at,omitempty" concise:"always"`
	SubscriptionFailedAt    Time           `json:"subscription_failed_at,omitempty" concise:"always"`
	Recurrence              string         `json:"recurrence,omitempty"`
	IsGiftReceiver          Bool           `json:"is_gift_receiver_purchase,omitempty"`
	IsMultiseatLicense      Bool           `json:"is_multiseat_license,omitempty" concise:"nonzero"`
	Test                    Bool           `json:"test,omitempty"`
	OfferCode               *SaleOfferCode `json:"offer_code,omitempty"`
	CustomFields            []string       `json:"custom_fields,omitempty" pii:"text" jsonschema_description:"What the buyer answered; untrusted."`
	LicenseKey              string         `json:"license_key,omitempty" pii:"key"`
	ProductID               string         `json:"product_id,omitempty"`
	OrderNumber             *Int           `json:"order_number,omitempty"`
	SubscriptionID          string         `json:"subscription_id,omitempty"`
	SaleID                  string         `json:"sale_id,omitempty" concise:"always"`
}

// UnmarshalJSON reads a purchase as Gumroad sends it, where its price does not tell the unit.
func (p *LicensePurchase) UnmarshalJSON(data []byte) error {
	type fields LicensePurchase
	sent := struct {
		*fields
		Price *Cents `json:"price"`
	}{fields: (*fields)(p)}
	err := unmarshal(data, &sent)
	p.Price = sent.Price
	return err
}

// IsUnclear reports whether upstream said in an unknown way whether the purchase still stands.
func (p LicensePurchase) IsUnclear() bool {
	return slices.Contains([]Bool{p.Chargebacked, p.Disputed, p.DisputeWon, p.Refunded}, Unclear) ||
		slices.ContainsFunc([]Time{p.SubscriptionEndedAt, p.SubscriptionCancelledAt, p.SubscriptionFailedAt}, Time.IsUnclear)
}

// LicenseRef names a licence by its key and its product's id; newer products refuse a permalink.
type LicenseRef struct {
	ProductID  string `form:"product_id" json:"product_id" jsonschema_description:"Id, permalink or name."`
	LicenseKey string `form:"license_key" json:"license_key" jsonschema_description:"The buyer's."`
}

// VerifyLicense asks whether a key is good and, unless told otherwise, counts a use.
type VerifyLicense struct {
	LicenseRef
	IncrementUsesCount *bool `form:"increment_uses_count" json:"increment_uses_count,omitempty" jsonschema_description:"Default true."`
}

func (in VerifyLicense) repeatable() bool {
	return in.IncrementUsesCount != nil && !*in.IncrementUsesCount
}

// VerifyLicense returns the licence with the use just counted. A disabled key and one whose access was revoked are
// Rejected and an unknown one is NotFound, all with HTTP 404; a refunded or disputed purchase is no error
// (licenses_controller#verify).
func (c *Client) VerifyLicense(ctx context.Context, in VerifyLicense) (License, error) {
	return do[License](ctx, c, http.MethodPost, "/licenses/verify", in)
}

// EnableLicense makes a disabled key valid again. Enabling it twice does no harm.
func (c *Client) EnableLicense(ctx context.Context, in LicenseRef) (License, error) {
	return do[License](ctx, c, http.MethodPut, "/licenses/enable", in)
}

// DisableLicense makes verification of a key fail. Disabling it twice does no harm.
func (c *Client) DisableLicense(ctx context.Context, in LicenseRef) (License, error) {
	return do[License](ctx, c, http.MethodPut, "/licenses/disable", in)
}

// DecrementLicenseUses takes one use back; it stops at 0 (licenses_controller#decrement_uses_count).
func (c *Client) DecrementLicenseUses(ctx context.Context, in LicenseRef) (License, error) {
	return do[License](ctx, c, http.MethodPut, "/licenses/decrement_uses_count", in)
}

// RotateLicense gives a licence a new key, which is in the answer. From then on the old one is unknown, here too: a second
// time it is NotFound. Uses and a disabled state are kept, and nobody tells the buyer (licenses_controller#rotate).
func (c *Client) RotateLicense(ctx context.Context, in LicenseRef) (License, error) {
	return do[License](ctx, c, http.MethodPut, "/licenses/rotate", in)
}
