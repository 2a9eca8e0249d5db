package gumroad

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Upsell is what buyers are offered at checkout. A cross-sell offers ProductID to the buyers of SelectedProducts, or to
// all; any other offers the buyers of ProductID another version of it. It takes off PercentOff, or AmountOff in minor
// units of Currency, or nothing (reference: "Upsells").
type Upsell struct {
	Name             string          `json:"name,omitempty" concise:"always"`
	Paused           Bool            `json:"paused" concise:"always" jsonschema_description:"True: no buyer sees it."`
	CrossSell        Bool            `json:"cross_sell" concise:"always" jsonschema_description:"True: offers product_name to the buyers of others. False: offers its buyers another version."`
	ProductName      string          `json:"product_name,omitempty" concise:"always"`
	VariantName      string          `json:"variant_name,omitempty" concise:"always"`
	PercentOff       *Int            `json:"percent_off,omitempty" concise:"always"`
	AmountOff        *Cents          `json:"amount_off_cents,omitempty" concise:"always" jsonschema_description:"Minor units of currency."`
	Currency         string          `json:"currency,omitempty" concise:"always"`
	Universal        Bool            `json:"universal" concise:"nonzero" jsonschema_description:"Offered to the buyers of every product."`
	Replaces         Bool            `json:"replace_selected_products" concise:"nonzero" jsonschema_description:"It takes the place of what was in the cart."`
	SelectedProducts []NamedRecord   `json:"selected_products,omitempty" concise:"always" jsonschema_description:"Whose buyers it is offered to."`
	VersionChanges   []VersionChange `json:"version_changes,omitempty" concise:"always"`
	Text             *string         `json:"text,omitempty" jsonschema_description:"Headline of the offer."`
	Description      *string         `json:"description,omitempty" text:"long"`
	MinimumAmount    *Cents          `json:"minimum_amount_cents,omitempty" jsonschema_description:"Smallest order that the discount is for."`
	MinimumQuantity  *Int            `json:"minimum_quantity,omitempty"`
	BillingCycles    *Int            `json:"duration_in_billing_cycles,omitempty" jsonschema_description:"How many charges of a membership the discount is for."`
	ExpiresAt        string          `json:"discount_expires_at,omitempty"`
	UnknownDiscount  bool            `json:"unknown_discount,omitempty" jsonschema_description:"It has a discount in a form that this server does not know."`
	ProductID        string          `json:"product_id,omitempty"`
	VariantID        string          `json:"variant_id,omitempty"`
	ID               string          `json:"id" concise:"always"`
}

// NamedRecord is a product or a version, by its name and id.
type NamedRecord struct {
	Name string `json:"name,omitempty"`
	ID   string `json:"id,omitempty"`
}

// VersionChange offers one version to those who chose another.
type VersionChange struct {
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	FromID string `json:"from_variant_id,omitempty"`
	ToID   string `json:"to_variant_id,omitempty"`
}

// UnmarshalJSON reads an upsell as Gumroad sends it, with product and discount as objects of their own.
func (u *Upsell) UnmarshalJSON(data []byte) error {
	type fields Upsell
	sent := struct {
		*fields
		Product struct {
			NamedRecord
			Currency string       `json:"currency_type"`
			Variant  *NamedRecord `json:"variant"`
		} `json:"product"`
		Discount json.RawMessage `json:"discount"`
		Changes  []struct {
			From NamedRecord `json:"selected_variant"`
			To   NamedRecord `json:"offered_variant"`
		} `json:"upsell_variants"`
	}{fields: (*fields)(u)}
	if err := unmarshal(data, &sent); err != nil {
		return err
	}
	u.ProductName, u.ProductID, u.Currency = sent.Product.Name, sent.Product.ID, sent.Product.Currency
	if v := sent.Product.Variant; v != nil {
		u.VariantName, u.VariantID = v.Name, v.ID
	}
	for _, c := range sent.Changes {
		u.VersionChanges = append(u.VersionChanges, VersionChange{c.From.Name, c.To.Name, c.From.ID, c.To.ID})
	}
	if len(sent.Discount) == 0 || bytes.Equal(sent.Discount, []byte("null")) {
		return nil
	}
	var discount struct {
		Type     string `json:"type"`
		Cents    *Cents `json:"cents"`
		Percents *Int   `json:"percents"`
		Minimum  *Cents `json:"minimum_amount_cents"`
		Quantity *Int   `json:"minimum_quantity"`
		Cycles   *Int   `json:"duration_in_billing_cycles"`
		Expires  string `json:"expires_at"`
	}
	if err := unmarshal(sent.Discount, &discount); err != nil {
		return err
	}
	switch {
	case discount.Type == "fixed" && discount.Cents != nil:
		u.AmountOff = discount.Cents
	case discount.Type == "percent" && discount.Percents != nil:
		u.PercentOff = discount.Percents
	default:
		u.UnknownDiscount = true
	}
	u.MinimumAmount, u.MinimumQuantity, u.BillingCycles, u.ExpiresAt = discount.Minimum, discount.Quantity, discount.Cycles, discount.Expires
	return nil
}

// Envelope names the record.
func (Upsell) Envelope() (one, many string) { return "upsell", "upsells" }

// RowID returns the upsell's id.
func (u Upsell) RowID() string { return u.ID }

// Discount is what is taken off, as people write it: "20% off", "$5 off", or "no discount".
func (u Upsell) Discount() string {
	if u.UnknownDiscount {
		return "a discount of an unknown form"
	}
	return OfferCode{PercentOff: u.PercentOff, AmountCents: u.AmountOff}.Discount(Currency(u.Currency))
}

// ListUpsells returns the store's upsells and cross-sells on one page, without those inside of pages and e-mails
// (upsells_controller#index).
func (c *Client) ListUpsells(ctx context.Context, _ struct{}) (Page[Upsell], error) {
	return do[Page[Upsell]](ctx, c, http.MethodGet, "/upsells", nil)
}

// UpsellRef names an upsell.
type UpsellRef struct {
	UpsellID string `path:"upsell_id" json:"upsell_id" jsonschema_description:"From list_upsells."`
}

// GetUpsell returns an upsell. NotFound for a deleted one (upsells_controller#show).
func (c *Client) GetUpsell(ctx context.Context, in UpsellRef) (Upsell, error) {
	return do[Upsell](ctx, c, http.MethodGet, "/upsells/{upsell_id}", in)
}

// upsellBody is all that Gumroad takes of an upsell. It is sent whole: servers differ in whether they keep what a change
// leaves out. It is JSON because a form can express neither an empty list nor null.
type upsellBody struct {
	Name       string          `body:"name"`
	ProductID  string          `body:"product_id"`
	Text       *string         `body:"text"`
	About      *string         `body:"description"`
	CrossSell  *bool           `body:"cross_sell"`
	Universal  *bool           `body:"universal"`
	Replaces   *bool           `body:"replace_selected_products"`
	Paused     *bool           `body:"paused"`
	VariantID  *string         `body:"variant_id"`
	ProductIDs []string        `body:"product_ids"`
	Discount   json.RawMessage `body:"offer_code"`
	Changes    []versionPair   `body:"upsell_variants"`
}

type versionPair struct {
	From string `json:"selected_variant_id"`
	To   string `json:"offered_variant_id"`
}

// body returns the upsell as it is sent. What Gumroad said of it in an unknown way cannot be sent back, so it is
// Rejected.
func (u Upsell) body() (upsellBody, error) {
	b := upsellBody{Name: u.Name, ProductID: u.ProductID, Text: u.Text, About: u.Description, VariantID: &u.VariantID,
		ProductIDs: []string{}, Discount: json.RawMessage("null"), Changes: []versionPair{}}
	for _, flag := range []struct {
		name string
		is   Bool
		to   **bool
	}{
		{"cross_sell", u.CrossSell, &b.CrossSell}, {"universal", u.Universal, &b.Universal},
		{"replace_selected_products", u.Replaces, &b.Replaces}, {"paused", u.Paused, &b.Paused},
	} {
		if !flag.is.IsKnown() {
			return b, unclearUpsell(flag.name)
		}
		*flag.to = new(flag.is.IsTrue())
	}
	switch {
	case u.UnknownDiscount:
		return b, unclearUpsell("discount")
	case u.PercentOff != nil:
		b.Discount = fmt.Appendf(nil, `{"amount_percentage":%d}`, *u.PercentOff)
	case u.AmountOff != nil:
		b.Discount = fmt.Appendf(nil, `{"amount_cents":%d}`, *u.AmountOff)
	}
	for _, product := range u.SelectedProducts {
		b.ProductIDs = append(b.ProductIDs, product.ID)
	}
	for _, change := range u.VersionChanges {
		b.Changes = append(b.Changes, versionPair{change.FromID, change.ToID})
	}
	return b, nil
}

func unclearUpsell(what string) error {
	return &Error{Code: Rejected, Message: fmt.Sprintf("Gumroad tells this upsell's %s in a way that is not known here, "+
		"so it cannot be changed without losing it.", what), Hint: "Change it on Gumroad's website."}
}

// CreateUpsell makes an upsell of the members that a seller decides about; the names and ids that Gumroad gives are
// ignored. The same cross-sell made twice is there twice. Rejected for a second upsell of one product's versions, a
// version of another product, and a discount that leaves less than the smallest price (upsells_controller#create).
func (c *Client) CreateUpsell(ctx context.Context, in Upsell) (Upsell, error) {
	body, err := in.body()
	if err != nil {
		return Upsell{}, err
	}
	return do[Upsell](ctx, c, http.MethodPost, "/upsells", body)
}

// ReplaceUpsell has the upsell with in's id be as in says, in everything that a seller decides about. Further conditions
// of its discount stay. Rejected as for CreateUpsell (upsells_controller#update).
func (c *Client) ReplaceUpsell(ctx context.Context, in Upsell) (Upsell, error) {
	body, err := in.body()
	if err != nil {
		return Upsell{}, err
	}
	return do[Upsell](ctx, c, http.MethodPut, "/upsells/{upsell_id}", struct {
		UpsellRef
		upsellBody
	}{UpsellRef{in.ID}, body})
}

// DeleteUpsell deletes an upsell with its discount code (upsells_controller#destroy).
func (c *Client) DeleteUpsell(ctx context.Context, in UpsellRef) (Deleted[Upsell], error) {
	return do[Deleted[Upsell]](ctx, c, http.MethodDelete, "/upsells/{upsell_id}", in)
}
