package gumroad

import (
	"context"
	"net/http"
	"slices"
)

// Subscriber is a membership or other recurring purchase. Status is alive, pending_cancellation, pending_failure,
// cancelled, failed_payment or fixed_subscription_period_ended; times that do not apply are "" (reference:
// "Subscribers").
type Subscriber struct {
	Status                      string   `json:"status,omitempty" concise:"always"`
	Email                       string   `json:"email,omitempty" concise:"always" pii:"email"`
	ProductName                 string   `json:"product_name,omitempty" concise:"always"`
	Recurrence                  string   `json:"recurrence,omitempty" concise:"always"`
	CreatedAt                   Time     `json:"created_at,omitempty" concise:"always"`
	UserRequestedCancellationAt Time     `json:"user_requested_cancellation_at,omitempty"`
	CancelledAt                 Time     `json:"cancelled_at,omitempty" concise:"always" jsonschema_description:"In the future: access lasts until then."`
	EndedAt                     Time     `json:"ended_at,omitempty" concise:"always"`
	FailedAt                    Time     `json:"failed_at,omitempty" concise:"always"`
	FreeTrialEndsAt             Time     `json:"free_trial_ends_at,omitempty"`
	ChargeOccurrenceCount       *Int     `json:"charge_occurrence_count,omitempty" jsonschema_description:"Charges in all, of a fixed-length subscription."`
	LicenseKey                  string   `json:"license_key,omitempty" pii:"key"`
	UserEmail                   string   `json:"user_email,omitempty" pii:"email"`
	UserID                      Text     `json:"user_id,omitempty"`
	PurchaseIDs                 []string `json:"purchase_ids,omitempty"`
	ProductID                   string   `json:"product_id,omitempty"`
	ID                          string   `json:"id" concise:"always"`
}

// Envelope names the record.
func (Subscriber) Envelope() (one, many string) { return "subscriber", "subscribers" }

// RowID returns the subscriber's id.
func (s Subscriber) RowID() string { return s.ID }

// IsUnclear reports whether upstream said in an unknown way when the membership began or ended.
func (s Subscriber) IsUnclear() bool {
	return s.CreatedAt == "" || slices.ContainsFunc(
		[]Time{s.CreatedAt, s.CancelledAt, s.EndedAt, s.FailedAt, s.FreeTrialEndsAt}, Time.IsUnclear)
}

// ListSubscribers asks for the active subscribers of a product.
type ListSubscribers struct {
	ProductRef
	Email   string `query:"email" json:"email,omitempty" jsonschema_description:"In full."`
	PageKey string `query:"page_key" json:"page_key,omitempty" jsonschema_description:"From next_page_key."`
}

// From continues at a page key.
func (in ListSubscribers) From(pageKey string) ListSubscribers {
	in.PageKey = pageKey
	return in
}

// ListSubscribers returns active subscribers, newest first, a hundred a page. Gumroad does not list those that have
// ended (subscribers_controller#index).
func (c *Client) ListSubscribers(ctx context.Context, in ListSubscribers) (Page[Subscriber], error) {
	return do[Page[Subscriber]](ctx, c, http.MethodGet, "/products/{product_id}/subscribers", struct {
		ListSubscribers
		// Without it Gumroad sends every subscriber at once.
		Paginated bool `query:"paginated"`
	}{in, true})
}

// SubscriberRef names a subscriber.
type SubscriberRef struct {
	SubscriberID string `path:"subscriber_id" json:"subscriber_id" jsonschema_description:"From list_subscribers."`
}

// GetSubscriber returns a subscriber in any state (subscribers_controller#show).
func (c *Client) GetSubscriber(ctx context.Context, in SubscriberRef) (Subscriber, error) {
	return do[Subscriber](ctx, c, http.MethodGet, "/subscribers/{subscriber_id}", in)
}
