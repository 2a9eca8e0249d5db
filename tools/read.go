package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// Read runs a tool that reads, named without its prefix, and returns the JSON of its result: what a resource shows and
// a completion offers is what the tool gives, under the same policy and of the same store. An error is a
// *gumroad.Error whose Message and Hint say what a tool's result would. With no store connected it is one as well:
// nobody reads a resource to make a connection.
//
// Callers read on goroutines of their own, which no middleware guards: a panic is an error as well.
func (c *Catalog) Read(ctx context.Context, tool string, arguments map[string]any) (rendered json.RawMessage, err error) {
	defer func() {
		if r := recover(); r != nil {
			c.log.ErrorContext(ctx, "panic", "in", "read", "tool", tool, "panic", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
			rendered, err = nil, &gumroad.Error{Code: gumroad.UpstreamUnavailable, Message: "An internal error occurred; the server's log has the details."}
		}
	}()
	d := c.byName[c.prefix+tool]
	if d == nil || d.Effect != Reads {
		return nil, &gumroad.Error{Code: NotAllowed, Message: fmt.Sprintf("%s is switched off on this server.", tool)}
	}
	started := time.Now()
	rendered, err = c.read(ctx, d, arguments)
	code := "ok"
	if err != nil {
		failed := c.describe(d, err)
		code, err = string(failed.Code), &gumroad.Error{Code: failed.Code, Message: failed.Message, Hint: failed.Hint}
	}
	c.log.InfoContext(ctx, "read", "tool", d.Name, "duration", time.Since(started), "outcome", code)
	return rendered, err
}

func (c *Catalog) read(ctx context.Context, d *Definition, arguments map[string]any) (json.RawMessage, error) {
	request := mcp.CallToolRequest{}
	request.Params.Arguments = arguments
	call, err := c.parse(d, request)
	if err != nil {
		return nil, err
	}
	client, store := clientFrom(ctx, c.client), ""
	if !d.toolset.Account {
		if client, store, err = c.stores.choose(ctx, client, call.connectionID, d.Effect); err != nil {
			return nil, err
		}
	}
	return c.act(ctx, d, client, store, call)
}

// Takes reports whether the tool has an argument of that name.
func (d *Definition) Takes(argument string) bool {
	_, ok := d.input.Properties.Get(argument)
	return ok
}

// Principal tells callers apart that may see different things: by credential and fixed store.
func (c *Catalog) Principal(ctx context.Context) string {
	client := clientFrom(ctx, c.client)
	return client.Credential().Fingerprint() + " " + client.Connection()
}

// Now is the time by the clock the tools go by.
func (c *Catalog) Now() time.Time { return c.now() }

// Mention is a tool's full name, for a text that a model acts on; where the policy hides the tool it is the
// alternative, or nothing.
func (c *Catalog) Mention(tool string, alternative ...string) string {
	if name := c.fullName(tool); name != "" || len(alternative) == 0 {
		return name
	}
	return alternative[0]
}
