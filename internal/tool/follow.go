package tool

import (
	"context"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
)

// Follow calls f with what happens in a store of the caller, from now on until ctx ends or the server does. The store is
// that of a connection or, if it is "", the one that a read without connection_id takes. The error says why it cannot be
// watched.
func (c *Catalog) Follow(ctx context.Context, connectionID string, f func(events.Event)) error {
	call := &toolCall{Definition: c.onMenu("list_events"), caller: c.Caller(ctx), connectionID: connectionID}
	if call.Definition == nil {
		return &gumroad.Error{Code: gumroad.NotAllowed, Message: "Events are switched off on this server."}
	}
	ctx = gumroad.WithCaller(ctx, call.caller.principal())
	if err := c.stores.choose(ctx, call); err != nil {
		return err
	}
	return c.events.Follow(ctx, call.store, f)
}
