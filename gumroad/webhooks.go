package gumroad

import (
	"context"
	"net/http"

	"golang.org/x/sync/errgroup"
)

// WebhookEvents returns the resource names that Gumroad sends webhooks for (reference: "Resource subscriptions").
func WebhookEvents() []string {
	return []string{"sale", "refund", "dispute", "dispute_won", "cancellation",
		"subscription_updated", "subscription_ended", "subscription_restarted"}
}

// Webhook is a resource subscription: an address that receives one kind of event, named by one of WebhookEvents.
type Webhook struct {
	ResourceName string `json:"resource_name,omitempty" concise:"always"`
	PostURL      string `json:"post_url,omitempty" concise:"always"`
	ID           string `json:"id" concise:"always"`
}

// Envelope names the record.
func (Webhook) Envelope() (one, many string) {
	return "resource_subscription", "resource_subscriptions"
}

// RowID returns the webhook's id.
func (w Webhook) RowID() string { return w.ID }

// ListWebhooks asks for the webhooks of one event, or of all when it is empty.
type ListWebhooks struct {
	ResourceName string `query:"resource_name" json:"resource_name,omitempty" jsonschema:"enum=sale,enum=refund,enum=dispute,enum=dispute_won,enum=cancellation,enum=subscription_updated,enum=subscription_ended,enum=subscription_restarted" jsonschema_description:"The event."`
}

// ListWebhooks returns the store's webhooks on one page, those of other applications too
// (resource_subscriptions_controller#index). Gumroad lists one event at a time; without a name all eight are asked for
// side by side, and one failure fails the whole.
func (c *Client) ListWebhooks(ctx context.Context, in ListWebhooks) (Page[Webhook], error) {
	if in.ResourceName != "" {
		return do[Page[Webhook]](ctx, c, http.MethodGet, "/resource_subscriptions", in)
	}
	events := WebhookEvents()
	pages := make([]Page[Webhook], len(events))
	group, ctx := errgroup.WithContext(ctx)
	for i, event := range events {
		group.Go(func() (err error) {
			pages[i], err = c.ListWebhooks(ctx, ListWebhooks{ResourceName: event})
			return err
		})
	}
	var all Page[Webhook]
	if err := group.Wait(); err != nil {
		return all, err
	}
	for _, page := range pages {
		all.Rows = append(all.Rows, page.Rows...)
	}
	return all, nil
}

// CreateWebhook describes a new webhook.
type CreateWebhook struct {
	ResourceName string `form:"resource_name" json:"resource_name" jsonschema:"enum=sale,enum=refund,enum=dispute,enum=dispute_won,enum=cancellation,enum=subscription_updated,enum=subscription_ended,enum=subscription_restarted" jsonschema_description:"The event."`
	PostURL      string `form:"post_url" json:"post_url" jsonschema_description:"Public https address."`
	// Own says that the address is this program's, as its operator gave it: that of a sandbox need not be public.
	Own bool `json:"-"`
}

// CreateWebhook creates a webhook. It never replaces one: after the same call twice every event is delivered twice
// (resource_subscriptions_controller#create). InvalidArguments for an address that CheckPostURL refuses.
func (c *Client) CreateWebhook(ctx context.Context, in CreateWebhook) (Webhook, error) {
	if err := CheckPostURL(in.PostURL); err != nil && !in.Own {
		return Webhook{}, err
	}
	return do[Webhook](ctx, c, http.MethodPut, "/resource_subscriptions", in)
}

// WebhookRef names a webhook.
type WebhookRef struct {
	ResourceSubscriptionID string `path:"resource_subscription_id" json:"resource_subscription_id" jsonschema_description:"From list_webhooks."`
}

// DeleteWebhook deletes a webhook. Gumroad finds only those made by the same OAuth application, which through Maton is
// Maton's; any other is NotFound (resource_subscriptions_controller#destroy).
func (c *Client) DeleteWebhook(ctx context.Context, in WebhookRef) (Deleted[Webhook], error) {
	return do[Deleted[Webhook]](ctx, c, http.MethodDelete, "/resource_subscriptions/{resource_subscription_id}", in)
}
