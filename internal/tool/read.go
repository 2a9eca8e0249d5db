package tool

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
)

// Reading is the rendered result of a tool. For a list it also has the rows, so that nobody has to parse them again.
type Reading struct {
	object.Object
	RowsName    string          // the member that holds the rows of a list; "" if it is not a list
	Rows        []object.Object // the rows
	LeftOut     int             // rows that did not fit
	NextPageKey string          // the page key that continues the list; "" at the end
}

// Read runs a tool that only reads, for a resource or a completion, and returns the result that the tool would have.
// The name is without the prefix. The policy and the choice of the store are those of a tool call, but nobody is asked
// to connect a store: without one it fails. The error is a *gumroad.Error with the Message and Hint of the tool's
// result.
func (c *Catalog) Read(ctx context.Context, name string, arguments map[string]any) (reading Reading, err error) {
	d := c.onMenu(name)
	if d == nil || d.Effect != Reads {
		return Reading{}, &gumroad.Error{
			Code: gumroad.NotAllowed, Message: fmt.Sprintf("%s is switched off on this server.", name)}
	}
	c.observed(ctx, d, "read", func() (_ Outcome, failed error) {
		reading, failed = c.read(ctx, d, arguments)
		return OK, failed
	}, func(f failure) {
		err = &gumroad.Error{Code: f.Code, Message: f.Message, Hint: f.Hint}
	})
	return reading, err
}

func (c *Catalog) read(ctx context.Context, d *Definition, arguments map[string]any) (Reading, error) {
	request := mcp.CallToolRequest{}
	request.Params.Arguments = arguments
	call, err := c.newCall(ctx, d, request)
	if err != nil {
		return Reading{}, err
	}
	ctx = gumroad.WithCaller(ctx, call.caller.principal())
	call.store = call.caller.Client
	if !d.OfAccount() {
		if err := c.stores.choose(ctx, call); err != nil {
			return Reading{}, err
		}
	}
	err = call.findRecords(ctx)
	var reading Reading
	if err == nil {
		_, reading, err = c.act(ctx, call)
	}
	return reading, c.stores.explain(ctx, call, err)
}
