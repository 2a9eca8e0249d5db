package tools

import (
	"context"
	"fmt"
	"net/url"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var webhooks = tool.Set{
	Name: "webhooks", Doc: "Events sent to other systems.",
	Tools: []tool.Tool{
		{Name: "list_webhooks", Title: "List webhooks", Effect: tool.Reads,
			Doc: "List webhooks; other apps' cannot be deleted here.",
			Run: tool.All((*gumroad.Client).ListWebhooks)},
		{Name: "create_webhook", Title: "Create a webhook", Effect: tool.Changes,
			Doc: "Send events with buyers' data to an https address.",
			Ask: tool.Ask(askCreateWebhook),
			Run: tool.Run((*gumroad.Client).CreateWebhook)},
		{Name: "delete_webhook", Title: "Delete a webhook", Effect: tool.Destroys,
			Doc: "Delete a webhook made through this connection.",
			Ask: tool.Ask(askDeleteWebhook),
			Run: tool.Run((*gumroad.Client).DeleteWebhook)},
	},
}

func askCreateWebhook(_ *gumroad.Client, _ context.Context, in gumroad.CreateWebhook) (string, error) {
	if err := gumroad.CheckPostURL(in.PostURL); err != nil {
		return "", err
	}
	return fmt.Sprintf("Send every %s event, with the buyer's name, e-mail and purchase, to %s? "+
		"Whoever runs that host will see all of it.", in.ResourceName, quoteURL(in.PostURL)), nil
}

func askDeleteWebhook(c *gumroad.Client, ctx context.Context, in gumroad.WebhookRef) (string, error) {
	all, err := c.ListWebhooks(ctx, gumroad.ListWebhooks{})
	if err != nil {
		return "", err
	}
	for _, webhook := range all.Rows {
		if gumroad.SameID(webhook.ID, in.ResourceSubscriptionID) {
			return fmt.Sprintf("Delete the webhook that sends %s events to %s?",
				webhook.ResourceName, quoteURL(webhook.PostURL)), nil
		}
	}
	return "", &gumroad.Error{
		Code: gumroad.NotFound, Record: "resource_subscription", Message: "The store has no such webhook."}
}

// quoteURL quotes an address with its host whole, however long it is: the end of a host says whose it is.
func quoteURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return text.Quote(raw)
	}
	return fmt.Sprintf("the host %q (%s)", text.Clean(u.Host), text.Quote(raw))
}
