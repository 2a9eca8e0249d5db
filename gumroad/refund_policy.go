package gumroad

import (
	"context"
	"net/http"
)

// StorePolicy is what the store promises the buyers of all its products, while that is in effect: a seller can have
// policies of single products instead (reference: "Refund policy").
type StorePolicy struct {
	RefundPeriod Text   `json:"refund_period,omitempty" jsonschema_description:"Days, or none: no refunds."`
	Title        string `json:"title,omitempty"`
	FinePrint    string `json:"fine_print,omitempty" text:"long"`
	InEffect     Bool   `json:"in_effect" jsonschema_description:"False: each product has a policy of its own."`
}

// Envelope names the record.
func (StorePolicy) Envelope() (one, many string) { return "refund_policy", "refund_policies" }

// GetRefundPolicy returns the store's refund policy (refund_policies_controller#show).
func (c *Client) GetRefundPolicy(ctx context.Context, _ struct{}) (StorePolicy, error) {
	return do[StorePolicy](ctx, c, http.MethodGet, "/refund_policy", nil)
}

// UpdateRefundPolicy is a new refund policy. Gumroad wants the period with every change.
type UpdateRefundPolicy struct {
	RefundPeriod string  `form:"refund_period" json:"refund_period" jsonschema:"enum=none,enum=7,enum=14,enum=30,enum=183" jsonschema_description:"Days."`
	FinePrint    *string `form:"fine_print" json:"fine_print,omitempty" jsonschema:"maxLength=3000" jsonschema_description:"\"\" clears it."`
}

// UpdateRefundPolicy changes the promise to everyone who buys from now on; earlier buyers keep the one they had. Rejected
// while the store's policy is not in effect, and for fine print that denies refunds (refund_policies_controller#update).
func (c *Client) UpdateRefundPolicy(ctx context.Context, in UpdateRefundPolicy) (StorePolicy, error) {
	return do[StorePolicy](ctx, c, http.MethodPut, "/refund_policy", in)
}
