package tool

import (
	"context"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// Caller is whom a call is for and what can be done with them.
type Caller struct {
	Client     *gumroad.Client // has their credential and, if they are held to one, their store
	MayConnect bool            // may begin a connection on the way to an answer
	CanBeAsked bool            // their client can put a form to the person
	CanOpenURL bool            // their client can have the person open a link
	Local      bool            // they are on this machine, where paths of files mean something
}

type callerKey struct{}

// WithCaller makes the calls under ctx those of a caller.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// Caller is the caller under ctx; without one it is the operator, who acts with the configured credential.
func (c *Catalog) Caller(ctx context.Context) Caller {
	if caller, ok := ctx.Value(callerKey{}).(Caller); ok {
		return caller
	}
	return Caller{Client: c.client, MayConnect: true}
}

// Principal tells callers apart that may see different things: by credential and fixed store.
func (c *Catalog) Principal(ctx context.Context) string { return c.Caller(ctx).principal() }

func (c Caller) principal() string {
	return c.Client.Credential().Fingerprint() + " " + c.Client.Connection()
}
