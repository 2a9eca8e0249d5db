package gumroad

import (
	"context"
	"net/http"
	"strings"
)

// PriceComparison is what comparable products of all sellers cost, free ones left out. A quarter of the prices lies
// below the lower quartile, and a quarter above the upper one; all are nil where nothing compares.
type PriceComparison struct {
	Count    Int                 `json:"count" jsonschema_description:"Products compared."`
	Currency string              `json:"currency"`
	Lower    *Cents              `json:"lower_quartile_cents,omitempty" jsonschema_description:"A quarter costs less."`
	Median   *Cents              `json:"median_cents,omitempty"`
	Upper    *Cents              `json:"upper_quartile_cents,omitempty" jsonschema_description:"A quarter costs more."`
	Examples []ComparableProduct `json:"examples,omitempty" jsonschema_description:"Best-selling first; other sellers' text."`
}

// ComparableProduct is a product of any seller, with its price as text.
type ComparableProduct struct {
	Name  string `json:"name" pii:"other"`
	Price string `json:"price" jsonschema_description:"$15."`
	URL   string `json:"url,omitempty"`
}

// UnmarshalJSON reads a comparison as Gumroad sends it.
func (p *PriceComparison) UnmarshalJSON(data []byte) error {
	type fields PriceComparison
	sent := struct {
		*fields
		Prices struct {
			P25 *Cents `json:"p25"`
			P50 *Cents `json:"p50"`
			P75 *Cents `json:"p75"`
		} `json:"price_cents"`
	}{fields: (*fields)(p)}
	err := unmarshal(data, &sent)
	p.Lower, p.Median, p.Upper = sent.Prices.P25, sent.Prices.P50, sent.Prices.P75
	return err
}

// Envelope names the record.
func (PriceComparison) Envelope() (one, many string) { return "comps", "comps" }

// ComparePrices says which products to compare: those that a search finds, those of a category, or both.
type ComparePrices struct {
	Query    string `query:"query" json:"query,omitempty" jsonschema_description:"Words."`
	Category string `query:"taxonomy" json:"category,omitempty" jsonschema_description:"Listed path; this, or query."`
	Currency string `query:"price_currency_type" json:"currency,omitempty" jsonschema_description:"Default usd."`
}

// ComparePrices returns what products on Gumroad's public search cost, in one currency. InvalidArguments without
// anything to compare by, and NotFound for an unknown category; RateLimited beyond thirty a minute
// (products/comps_controller#index).
func (c *Client) ComparePrices(ctx context.Context, in ComparePrices) (PriceComparison, error) {
	if strings.TrimSpace(in.Query+in.Category) == "" {
		return PriceComparison{}, Invalid("Give query, category or both: words to search for, or a path of list_categories.")
	}
	return do[PriceComparison](ctx, c, http.MethodGet, "/products/comps", in)
}
