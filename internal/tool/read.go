package tool

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
)

// Reading is the result of a tool.
type Reading struct {
	object.Object
	RowsName    string          // the member that holds the rows of a list; "" for no list
	Rows        []object.Object // its rows
	NextPageKey string          // passed as page_key, it continues the list; "" at the end
}

// Read runs a tool that reads, named without its prefix: what a resource shows and a completion offers is the tool's
// result, under the same policy and of the same store. Its error is a *gumroad.Error whose Message and Hint say what a
// tool's result would say. With no store connected it is an error as well: nobody reads a resource to make a connection.
func (c *Catalog) Read(ctx context.Context, name string, arguments map[string]any) (reading Reading, err error) {
	d := c.named(name)
	if d == nil || d.Effect != Reads {
		return Reading{}, &gumroad.Error{Code: gumroad.NotAllowed, Message: fmt.Sprintf("%s is switched off on this server.", name)}
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
	call.store = call.caller.Client
	if !d.OfAccount() {
		if err := c.stores.choose(ctx, call); err != nil {
			return Reading{}, err
		}
	}
	return c.act(ctx, call)
}
