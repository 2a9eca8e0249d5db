package gumroad

import (
	"context"
	"net/http"
)

// License is what Gumroad says of a licence key.
type License struct {
	Uses             Int              `json:"uses" concise:"yes" jsonschema_description:"Activations counted so far."`
	Purchase         *LicensePurchase `json:"purchase,omitempty" concise:"yes"`
	ImportedCustomer *LicensePurchase `json:"imported_customer,omitempty" concise:"yes" jsonschema_description:"Instead of purchase, for a customer brought from elsewhere."`
}

// LicensePurchase is the purchase behind a licence.
type LicensePurchase struct {
	ProductName             string         `json:"product_name,omitempty" concise:"yes"`
	Email                   string         `json:"email,omitempty" concise:"yes" pii:"email"`
	FullName                string         `json:"full_name,omitempty" pii:"text"`
	CreatedAt               string         `json:"created_at,omitempty" concise:"yes"`
	Price                   *Cents         `json:"price,omitempty" jsonschema_description:"US cents."`
	Currency                string         `json:"currency,omitempty" jsonschema_description:"Currency of the product."`
	Quantity                Int            `json:"quantity,omitempty" concise:"yes"`
	Variants                string         `json:"variants,omitempty"`
	Refunded                *bool          `json:"refunded,omitempty" concise:"true"`
	Chargebacked            *bool          `json:"chargebacked,omitempty" concise:"true"`
	Disputed                *bool          `json:"disputed,omitempty" concise:"true"`
	DisputeWon              *bool          `json:"dispute_won,omitempty"`
	SubscriptionEndedAt     string         `json:"subscription_ended_at,omitempty" concise:"yes"`
	SubscriptionCancelledAt string         `json:"subscription_cancelled_at,omitempty" concise:"yes"`
	SubscriptionFailedAt    string         `json:"subscription_failed_at,omitempty" concise:"yes"`
	Recurrence              string         `json:"recurrence,omitempty"`
	IsGiftReceiver          *bool          `json:"is_gift_receiver_purchase,omitempty"`
	IsMultiseatLicense      *bool          `json:"is_multiseat_license,omitempty" concise:"true"`
	Test                    *bool          `json:"test,omitempty"`
	OfferCode               *SaleOfferCode `json:"offer_code,omitempty"`
	CustomFields            []string       `json:"custom_fields,omitempty" pii:"text" jsonschema_description:"What the buyer answered; untrusted."`
	LicenseKey              string         `json:"license_key,omitempty" pii:"key"`
	ProductID               string         `json:"product_id,omitempty"`
	OrderNumber             *Int           `json:"order_number,omitempty"`
	SubscriptionID          string         `json:"subscription_id,omitempty"`
	SaleID                  string         `json:"sale_id,omitempty" concise:"yes"`
}

// LicenseRef names a licence. Its product is named by id: newer products refuse a permalink.
type LicenseRef struct {
	ProductID  string `form:"product_id" json:"product_id" jsonschema_description:"Id, not permalink."`
	LicenseKey string `form:"license_key" json:"license_key" jsonschema_description:"As the buyer has it."`
}

// VerifyLicense asks whether a key is good and, unless told otherwise, counts a use.
type VerifyLicense struct {
	LicenseRef
	IncrementUsesCount *bool `form:"increment_uses_count" json:"increment_uses_count,omitempty" jsonschema_description:"Default true; false: look only."`
}

func (in VerifyLicense) harmless() bool {
	return in.IncrementUsesCount != nil && !*in.IncrementUsesCount
}

// VerifyLicense returns the licence with the use just counted. A disabled key and one whose access was revoked are
// errors; one whose purchase was refunded or disputed is not.
func (c *Client) VerifyLicense(ctx context.Context, in VerifyLicense) (License, error) {
	return do[License](ctx, c, http.MethodPost, "/licenses/verify", in)
}

// EnableLicense makes a disabled key good again.
func (c *Client) EnableLicense(ctx context.Context, in LicenseRef) (License, error) {
	return do[License](ctx, c, http.MethodPut, "/licenses/enable", in)
}

// DisableLicense makes verification of a key fail.
func (c *Client) DisableLicense(ctx context.Context, in LicenseRef) (License, error) {
	return do[License](ctx, c, http.MethodPut, "/licenses/disable", in)
}

// DecrementLicenseUses takes one use back; it stops at 0.
func (c *Client) DecrementLicenseUses(ctx context.Context, in LicenseRef) (License, error) {
	return do[License](ctx, c, http.MethodPut, "/licenses/decrement_uses_count", in)
}
