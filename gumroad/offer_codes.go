package gumroad

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// OfferCode is a discount. It takes off either AmountCents, in minor units of the product's currency, or PercentOff, of
// 100; the other is nil. TimesUsed adds up the quantities of the sales that used it (reference: "Offer codes").
type OfferCode struct {
	Name               string `json:"name,omitempty" concise:"always" jsonschema_description:"The code that buyers type."`
	PercentOff         *Int   `json:"percent_off,omitempty" concise:"always"`
	AmountCents        *Cents `json:"amount_cents,omitempty" concise:"always" jsonschema_description:"Minor units of the product's currency."`
	MaxPurchaseCount   *Int   `json:"max_purchase_count,omitempty" concise:"always" jsonschema_description:"Absent: no limit."`
	TimesUsed          Int    `json:"times_used" concise:"always"`
	Universal          Bool   `json:"universal" concise:"nonzero" jsonschema_description:"For every product of the store."`
	MinimumAmountCents *Cents `json:"minimum_amount_cents,omitempty" concise:"always"`
	ID                 string `json:"id" concise:"always"`
}

// Envelope names the record.
func (OfferCode) Envelope() (one, many string) { return "offer_code", "offer_codes" }

// Discount is what the code takes off, as people write it: "30% off", "$5 off". A fixed amount is in the currency of the
// product it is for.
func (c OfferCode) Discount(currency Currency) string {
	switch {
	case c.PercentOff != nil:
		return fmt.Sprintf("%d%% off", *c.PercentOff)
	case c.AmountCents != nil:
		return currency.Format(*c.AmountCents) + " off"
	default:
		return "no discount"
	}
}

// RowID returns the code's id.
func (c OfferCode) RowID() string { return c.ID }

// ListOfferCodes returns a product's codes and the universal ones that fit its currency, oldest first and on one page.
// Expired codes are among them (offer_codes_controller#index).
func (c *Client) ListOfferCodes(ctx context.Context, in ProductRef) (Page[OfferCode], error) {
	return do[Page[OfferCode]](ctx, c, http.MethodGet, "/products/{product_id}/offer_codes", in)
}

// OfferCodeRef names a code of a product.
type OfferCodeRef struct {
	ProductRef
	OfferCodeID string `path:"offer_code_id" json:"offer_code_id" jsonschema_description:"Id or code."`
}

// FindOfferCode returns the id of a product's code that is named by its id or by the code itself, in any case. Ids are
// returned as they are, without a request.
func (c *Client) FindOfferCode(ctx context.Context, product ProductRef, named string) (id string, err error) {
	if externalID.MatchString(named) {
		return named, nil
	}
	page, err := c.ListOfferCodes(ctx, product)
	if err != nil {
		return "", err
	}
	named = strings.TrimSpace(named)
	var folded []OfferCode // Gumroad tells codes apart by case
	for _, code := range page.Rows {
		if code.Name == named {
			return code.ID, nil
		}
		if strings.EqualFold(code.Name, named) {
			folded = append(folded, code)
		}
	}
	if len(folded) == 1 {
		return folded[0].ID, nil
	}
	one, _ := OfferCode{}.Envelope()
	return "", &Error{Code: NotFound, Record: one, Message: "The product has no such discount code."}
}

// GetOfferCode returns a code of a product or a universal one that fits it. NotFound for an unknown or deleted one.
func (c *Client) GetOfferCode(ctx context.Context, in OfferCodeRef) (OfferCode, error) {
	return do[OfferCode](ctx, c, http.MethodGet, "/products/{product_id}/offer_codes/{offer_code_id}", in)
}

// CreateOfferCode describes a new code, which takes off either PercentOff or AmountOff.
type CreateOfferCode struct {
	ProductRef
	Name               string `form:"name" json:"name" jsonschema:"pattern=^[A-Za-zÀ-ÖØ-öø-ÿ0-9_-]+$" jsonschema_description:"What buyers type."`
	PercentOff         *Int   `json:"percent_off,omitempty" jsonschema:"minimum=0,maximum=100" jsonschema_description:"Or amount_off_cents."`
	AmountOff          *Cents `json:"amount_off_cents,omitempty" jsonschema:"minimum=0" jsonschema_description:"Minor units."`
	MaxPurchaseCount   *Int   `form:"max_purchase_count" json:"max_purchase_count,omitempty" jsonschema:"minimum=0" jsonschema_description:"Uses allowed."`
	Universal          *bool  `form:"universal" json:"universal,omitempty" jsonschema_description:"For all products in its currency."`
	MinimumAmountCents *Cents `form:"minimum_amount_cents" json:"minimum_amount_cents,omitempty" jsonschema:"minimum=0" jsonschema_description:"Smallest order."`
}

// CreateOfferCode creates a code; the API cannot give it an expiry date. Rejected for a name in use and for a price
// between 0 and the currency's minimum after the discount (offer_codes_controller#create).
func (c *Client) CreateOfferCode(ctx context.Context, in CreateOfferCode) (OfferCode, error) {
	if err := in.Check(); err != nil {
		return OfferCode{}, err
	}
	sent := struct {
		CreateOfferCode
		Amount *Int   `form:"amount_off"`
		Type   string `form:"offer_type"`
	}{in, in.AmountOff, "cents"}
	if in.PercentOff != nil {
		sent.Amount, sent.Type = in.PercentOff, "percent"
	}
	return do[OfferCode](ctx, c, http.MethodPost, "/products/{product_id}/offer_codes", sent)
}

// Check refuses a code that takes off nothing, or both.
func (in CreateOfferCode) Check() error {
	if (in.PercentOff == nil) == (in.AmountOff == nil) {
		return Invalid("Give exactly one of percent_off and amount_off_cents.",
			"percent_off 30 takes off 30%, amount_off_cents 500 takes off $5.00.")
	}
	return nil
}

// UpdateOfferCode changes a code's limits; Gumroad ignores anything else.
type UpdateOfferCode struct {
	OfferCodeRef
	MaxPurchaseCount   *Int   `form:"max_purchase_count" json:"max_purchase_count,omitempty" jsonschema:"minimum=0" jsonschema_description:"Uses allowed."`
	MinimumAmountCents *Cents `form:"minimum_amount_cents" json:"minimum_amount_cents,omitempty" jsonschema:"minimum=0" jsonschema_description:"Smallest order."`
}

// UpdateOfferCode changes the limits of a code. Rejected for fewer uses than were made
// (offer_codes_controller#update).
func (c *Client) UpdateOfferCode(ctx context.Context, in UpdateOfferCode) (OfferCode, error) {
	return do[OfferCode](ctx, c, http.MethodPut, "/products/{product_id}/offer_codes/{offer_code_id}", in)
}

// DeleteOfferCode deletes a code; a universal code is removed from every product. A second time it is NotFound
// (offer_codes_controller#destroy).
func (c *Client) DeleteOfferCode(ctx context.Context, in OfferCodeRef) (Deleted[OfferCode], error) {
	return do[Deleted[OfferCode]](ctx, c, http.MethodDelete, "/products/{product_id}/offer_codes/{offer_code_id}", in)
}
