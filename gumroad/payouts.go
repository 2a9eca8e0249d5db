package gumroad

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// Payout is money that Gumroad sent to the store's owner, or is about to send. An upcoming one has no id: it is what has
// been earned so far (reference: "Payouts").
type Payout struct {
	Amount        *Cents              `json:"amount_cents,omitempty" concise:"always" jsonschema_description:"Minor units of currency."`
	Currency      string              `json:"currency,omitempty" concise:"always"`
	UnknownAmount Bool                `json:"unknown_amount,omitempty" concise:"nonzero" jsonschema_description:"Gumroad sent an amount in a form that this server does not know."`
	Status        string              `json:"status,omitempty" concise:"always" jsonschema_description:"creating, processing, unclaimed, completed, failed, cancelled, reversed, returned; of an upcoming one payable, or paused: held back."`
	Upcoming      Bool                `json:"upcoming,omitempty" concise:"nonzero" jsonschema_description:"It is still to come, and has no id."`
	CreatedAt     string              `json:"created_at,omitempty" concise:"always" jsonschema_description:"UTC; of an upcoming one the day it is due."`
	ProcessedAt   string              `json:"processed_at,omitempty" concise:"always" jsonschema_description:"UTC; of completed ones."`
	Processor     string              `json:"payment_processor,omitempty"`
	BankAccount   string              `json:"bank_account_visual,omitempty"`
	PayPalEmail   string              `json:"paypal_email,omitempty"`
	Sales         []string            `json:"sale_ids,omitempty"`
	RefundedSales []string            `json:"refunded_sale_ids,omitempty"`
	DisputedSales []string            `json:"disputed_sale_ids,omitempty"`
	Transactions  []PayoutTransaction `json:"transactions,omitempty"`
	ID            string              `json:"id,omitempty" concise:"always"`
}

// PayoutTransaction is a line of a payout, in US cents whatever the payout's currency. Refunds, chargebacks and fees
// are negative in Net.
type PayoutTransaction struct {
	Type           string `json:"type,omitempty" jsonschema_description:"Sale, Full Refund, Partial Refund, Chargeback, Credit, Payout Fee …; PayPal Payouts and Stripe Connect Payouts: sales that were paid past Gumroad."`
	Date           string `json:"date,omitempty"`
	Item           string `json:"item_name,omitempty" pii:"other"`
	BuyerName      string `json:"buyer_name,omitempty" pii:"text"`
	BuyerEmail     string `json:"buyer_email,omitempty" pii:"email"`
	Price          *Cents `json:"sale_price_usd_cents,omitempty"`
	Taxes          *Cents `json:"taxes_usd_cents,omitempty"`
	Shipping       *Cents `json:"shipping_usd_cents,omitempty"`
	Fees           *Cents `json:"gumroad_fees_usd_cents,omitempty"`
	Net            *Cents `json:"net_usd_cents,omitempty"`
	UnknownAmounts Bool   `json:"unknown_amounts,omitempty" jsonschema_description:"An amount came in a form that this server does not know."`
	SaleID         string `json:"sale_id,omitempty"`
}

// UnmarshalJSON reads a payout as Gumroad sends it: its amount is a text of hundredths, in every currency.
func (p *Payout) UnmarshalJSON(data []byte) error {
	type fields Payout
	sent := struct {
		*fields
		ID       json.RawMessage `json:"id"`
		Amount   json.RawMessage `json:"amount"`
		Sales    []string        `json:"sales"`
		Refunded []string        `json:"refunded_sales"`
		Disputed []string        `json:"disputed_sales"`
	}{fields: (*fields)(p)}
	if err := unmarshal(data, &sent); err != nil {
		return err
	}
	if string(sent.ID) == "null" {
		p.Upcoming = True
	} else if len(sent.ID) > 0 {
		if err := unmarshal(sent.ID, &p.ID); err != nil {
			return err
		}
	}
	var known bool
	if p.Amount, known = minorUnits(sent.Amount); !known {
		p.UnknownAmount = True
	}
	p.Currency = strings.ToLower(p.Currency) // Gumroad writes both
	p.Sales, p.RefundedSales, p.DisputedSales = sent.Sales, sent.Refunded, sent.Disputed
	return nil
}

// UnmarshalJSON reads a line as Gumroad sends it: amounts are numbers of dollars, or "" where there is none.
func (t *PayoutTransaction) UnmarshalJSON(data []byte) error {
	type fields PayoutTransaction
	sent := struct {
		*fields
		SaleID   string          `json:"purchase_id"`
		Price    json.RawMessage `json:"sale_price"`
		Taxes    json.RawMessage `json:"taxes"`
		Shipping json.RawMessage `json:"shipping"`
		Fees     json.RawMessage `json:"gumroad_fees"`
		Net      json.RawMessage `json:"net_total"`
	}{fields: (*fields)(t)}
	if err := unmarshal(data, &sent); err != nil {
		return err
	}
	t.SaleID = sent.SaleID
	for _, amount := range []struct {
		sent json.RawMessage
		to   **Cents
	}{{sent.Price, &t.Price}, {sent.Taxes, &t.Taxes}, {sent.Shipping, &t.Shipping}, {sent.Fees, &t.Fees}, {sent.Net, &t.Net}} {
		cents, known := minorUnits(amount.sent)
		if !known {
			t.UnknownAmounts = True
		}
		*amount.to = cents
	}
	for _, amount := range []**Cents{&t.Taxes, &t.Shipping} { // most lines have none
		if *amount != nil && **amount == 0 {
			*amount = nil
		}
	}
	return nil
}

// Envelope names the record.
func (Payout) Envelope() (one, many string) { return "payout", "payouts" }

// RowID returns the payout's id, and for an upcoming one its day, since there can be two of them.
func (p Payout) RowID() string {
	if p.Upcoming.IsTrue() {
		return "upcoming-" + p.CreatedAt
	}
	return p.ID
}

// ListPayouts filters payouts by the day they were made; what is left out does not filter.
type ListPayouts struct {
	After   string `query:"after" json:"after,omitempty" jsonschema:"format=date" jsonschema_description:"First day, UTC."`
	Before  string `query:"before" json:"before,omitempty" jsonschema:"format=date" jsonschema_description:"Day after the last."`
	PageKey string `query:"page_key" json:"page_key,omitempty" jsonschema_description:"From next_page_key."`
}

// From continues at a page key.
func (in ListPayouts) From(pageKey string) ListPayouts {
	in.PageKey = pageKey
	return in
}

// ListPayouts returns payouts, the newest first, ten a page. What is upcoming comes first, on the first page alone; it
// is left out where the days end before it (payouts_controller#index).
func (c *Client) ListPayouts(ctx context.Context, in ListPayouts) (Page[Payout], error) {
	return do[Page[Payout]](ctx, c, http.MethodGet, "/payouts", in)
}

// GetPayout names a payout and what else is wanted of it: ids of its sales, and its lines, which have buyers' names and
// addresses.
type GetPayout struct {
	PayoutID     string `path:"payout_id" json:"payout_id" jsonschema_description:"From list_payouts."`
	Sales        *bool  `query:"include_sales" json:"include_sales,omitempty" jsonschema_description:"Sales' ids."`
	Transactions bool   `query:"include_transactions" json:"include_transactions,omitempty" jsonschema_description:"Lines, with buyers' data."`
}

// GetPayout returns a payout. It has ids of sales only if the grant has view_sales by itself (payouts_controller#show).
func (c *Client) GetPayout(ctx context.Context, in GetPayout) (Payout, error) {
	if in.Sales == nil {
		in.Sales = new(bool) // Gumroad sends them unless it is told not to
	}
	return do[Payout](ctx, c, http.MethodGet, "/payouts/{payout_id}", in)
}

// ListUpcomingPayouts returns the payouts to come, two at most, the next one first. There is none while less has been
// earned than Gumroad pays out (payouts_controller#upcoming).
func (c *Client) ListUpcomingPayouts(ctx context.Context, _ struct{}) (Page[Payout], error) {
	return do[Page[Payout]](ctx, c, http.MethodGet, "/payouts/upcoming", struct {
		Sales *bool `query:"include_sales"`
	}{new(bool)})
}
