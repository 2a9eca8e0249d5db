package gumroad

import (
	"context"
	"fmt"
	"net/http"
)

// TaxForm is a form that Gumroad made for a US seller. FiledAt is empty until it was filed (reference: "Earnings and tax
// forms").
type TaxForm struct {
	Year    Int    `json:"tax_year"`
	Type    string `json:"tax_form_type,omitempty" jsonschema_description:"us_1099_k or us_1099_misc."`
	FiledAt string `json:"filed_at,omitempty" jsonschema_description:"UTC; absent: not filed yet."`
}

// Envelope names the record.
func (TaxForm) Envelope() (one, many string) { return "tax_form", "tax_forms" }

// RowID returns the year and the type, since forms have no ids.
func (f TaxForm) RowID() string { return fmt.Sprintf("%d-%s", f.Year, f.Type) }

// ListTaxForms returns the forms by year and type. Rejected without a tax centre, which US sellers alone have
// (tax_forms_controller#index).
func (c *Client) ListTaxForms(ctx context.Context, _ struct{}) (Page[TaxForm], error) {
	return do[Page[TaxForm]](ctx, c, http.MethodGet, "/tax_forms", nil)
}

// EarningsOf names a year.
type EarningsOf struct {
	Year Int `query:"year" json:"year" jsonschema_description:"Past year."`
}

// Earnings are the sums of a year. Net is gross less the other three.
type Earnings struct {
	Year            Int    `json:"year"`
	Currency        string `json:"currency,omitempty"`
	Gross           *Cents `json:"gross_cents,omitempty"`
	Fees            *Cents `json:"fees_cents,omitempty"`
	Taxes           *Cents `json:"taxes_cents,omitempty"`
	AffiliateCredit *Cents `json:"affiliate_credit_cents,omitempty"`
	Net             *Cents `json:"net_cents,omitempty"`
}

// GetEarnings returns what the store earned in a year that is over. Rejected without a tax centre; NotFound for
// this year and for those before the account (earnings_controller#show).
func (c *Client) GetEarnings(ctx context.Context, in EarningsOf) (Earnings, error) {
	return do[Earnings](ctx, c, http.MethodGet, "/earnings", in)
}
