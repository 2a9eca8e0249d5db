package tool

import (
	"context"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// Caller is the one a call is made for, with what they may do and what their client can do.
type Caller struct {
	ID         string          // tells callers apart that share a credential; "" for the operator
	Client     *gumroad.Client // acts with their credential and, if they are restricted to one, on their store
	MayConnect bool            // may connect a store in the middle of a call
	CanBeAsked bool            // their client can show the person a form
	CanOpenURL bool            // their client can have the person open a link
	Local      bool            // they are on this machine, so that they can use the path of a file
}

type callerKey struct{}

// WithCaller returns a context whose calls are made for caller.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// Caller returns the caller in ctx. Without one it is the operator, who acts with the configured credential.
func (c *Catalog) Caller(ctx context.Context) Caller {
	if caller, ok := ctx.Value(callerKey{}).(Caller); ok {
		return caller
	}
	return Caller{Client: c.client, MayConnect: true}
}

// Principal identifies a caller: by their credential, the store they are restricted to, and themselves. What is
// remembered, written or agreed to for one caller is kept under it, so that no other caller meets it.
func (c *Catalog) Principal(ctx context.Context) string { return c.Caller(ctx).principal() }

func (c Caller) principal() string {
	return strings.Join([]string{c.Client.Credential().Fingerprint(), c.Client.Connection(), c.ID}, " ")
}
