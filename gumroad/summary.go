package gumroad

import (
	"context"
	"encoding/json"
	"net/http"
)

// MaxSummaryDays is how many days apart the ends of a summary may be in every version that has one
// (sales_controller#summary).
const MaxSummaryDays = 366

// SalesSummary asks for the store's sales of some days, added up by Gumroad. Days are those of the seller's
// time zone, and both ends are included; without them it is the last thirty days.
type SalesSummary struct {
	From    string `query:"from"`
	To      string `query:"to"`
	GroupBy string `query:"group_by"` // product, day, week, month, in newer versions hour; empty for none
}

// SalesTotals are sums in US cents. Net is gross less refunds; fees are not taken off. Units counts sales, whatever
// their quantities. A refund counts on the day of its sale.
type SalesTotals struct {
	Gross         Cents `json:"gross_cents"`
	Net           Cents `json:"net_cents"`
	Refunded      Cents `json:"refunded_cents"`
	Units         Int   `json:"units"`
	RefundedUnits Int   `json:"refunded_units"` // refunded wholly or in part
}

// SalesSummaryGroup is one line of a breakdown: a product by its id, a day or the Monday of a week (2026-10-05), or a
// month (2026-10).
type SalesSummaryGroup struct {
	Key   Text `json:"key"`
	Label Text `json:"label"` // a product's name
	SalesTotals
}

// SalesSummaryAnswer is a summary with the days it is for.
type SalesSummaryAnswer struct {
	SalesTotals
	Currency  Currency            `json:"currency"`
	From      string              `json:"from"`
	To        string              `json:"to"`
	Breakdown []SalesSummaryGroup `json:"breakdown"`
}

// fromEnvelope refuses an answer without the sums, which would read as no sales.
func (a *SalesSummaryAnswer) fromEnvelope(body []byte) error {
	required := []string{"gross_cents", "net_cents", "refunded_cents", "units", "refunded_units", "from", "to"}
	for _, name := range required {
		var present json.RawMessage
		if err := member(body, name, &present); err != nil {
			return err
		}
	}
	type plain SalesSummaryAnswer
	return unmarshal(body, (*plain)(a))
}

// GetSalesSummary returns the sums that Gumroad keeps. Free trials and the products inside a bundle are not in them;
// pre-orders are, from the day they were placed and before they are charged (sales_controller#summary). Servers of before 2026 take "summary" for a sale's id and answer NotFound.
func (c *Client) GetSalesSummary(ctx context.Context, in SalesSummary) (SalesSummaryAnswer, error) {
	return do[SalesSummaryAnswer](ctx, c, http.MethodGet, "/sales/summary", in)
}
