package mcpfix

// mcp-go: the defect of notify.go also meets notifications/subscriptions/acknowledged, which handleSubscriptionsListen
// (server/subscriptions.go) sends right before it answers a client that asked for changes the server never announces.
//
// Why it hurts: the client is answered without the acknowledgement that tells it so, and the conformance suite's
// server-stateless scenario fails now and then.
//
// Upstream: https://github.com/mark3labs/mcp-go/pull/969 (open).
//
// Delete when: that is released.

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// AwaitAcknowledgement has subscriptions/listen answered only once its acknowledgement is delivered.
func AwaitAcknowledgement(hooks *server.Hooks) {
	hooks.AddAfterSubscriptionsListen(func(
		ctx context.Context, _ any, _ *mcp.SubscriptionsListenRequest, _ *mcp.SubscriptionsListenResult,
	) {
		if d, ok := ctx.Value(deliveriesKey{}).(*deliveries); ok {
			d.await(ctx)
		}
	})
}
