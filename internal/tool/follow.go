package tool

import (
	"context"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
)

// Follow begins to watch a store of the caller: that of a connection or, if it is "", the one that a read without
// connection_id takes. tell then calls f with all that happens from now on, until ctx ends or the server does; it has to
// be called. The error says why the store cannot be watched.
func (c *Catalog) Follow(ctx context.Context, connectionID string) (tell func(f func(events.Event)), err error) {
	call := &toolCall{Definition: c.onMenu("list_events"), caller: c.Caller(ctx), connectionID: connectionID}
	if call.Definition == nil {
		return nil, &gumroad.Error{Code: gumroad.NotAllowed, Message: "Events are switched off on this server."}
	}
	ctx = gumroad.WithCaller(ctx, call.caller.principal())
	if err := c.stores.choose(ctx, call); err != nil {
		return nil, err
	}
	return c.events.Follow(ctx, call.store)
}
