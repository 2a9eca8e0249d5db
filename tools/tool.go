// Package tools is everything an agent can do with a store: one table per resource, and the one path every call takes.
package tools

import (
	"context"

	"github.com/invopop/jsonschema"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/schemas"
)

// Effect is what a tool does to a store. The MCP annotations, what read-only hides and what asks for consent all
// follow from it.
type Effect int

// The effects.
const (
	Reads    Effect = iota // changes nothing
	Changes                // can be changed back
	Destroys               // cannot be undone
)

func (e Effect) String() string { return [...]string{"reads", "changes", "destroys"}[e] }

func (e Effect) annotations(title string) mcp.ToolAnnotation {
	return mcp.ToolAnnotation{
		Title:           title,
		ReadOnlyHint:    new(e == Reads),
		DestructiveHint: new(e == Destroys),
		IdempotentHint:  new(e == Reads),
		OpenWorldHint:   new(true), // results hold text that buyers wrote
	}
}

// Toolset is a group of tools that is switched on and off as one.
type Toolset struct {
	Name    string
	Doc     string
	Account bool // acts on the Maton account instead of a store
	Tools   []Tool
}

// Tool is one row of the catalogue.
type Tool struct {
	Name   string // without the prefix
	Title  string
	Effect Effect
	Doc    string
	// Ask builds the question a person answers before the tool acts; nil asks nothing.
	Ask Question
	// ReadBack names the tool that shows whether a write whose answer was lost has happened.
	ReadBack string
	// Refuses explains arguments that one would expect and Gumroad does not have, or silently ignores.
	Refuses map[string]string
	// Links names the member of the result that is the URI of a resource the tool made.
	Links string
	Run   Operation
}

// Question builds the text of a consent from a fresh read.
type Question func(ctx context.Context, c *gumroad.Client, arguments []byte) (string, error)

// Operation is what a tool runs, with the schemas of what it takes and gives.
type Operation struct {
	input  func() *jsonschema.Schema
	output func() *jsonschema.Schema
	call   func(ctx context.Context, c *gumroad.Client, arguments []byte) (any, error)
}

// method is an operation of the client, as its method expressions are.
type method[In, Out any] = func(*gumroad.Client, context.Context, In) (Out, error)

// run shows all that an operation returns.
func run[In, Out any](operation method[In, Out]) Operation {
	return Operation{
		input:  schemas.Of[In],
		output: schemas.ResultOf[Out],
		call: func(ctx context.Context, c *gumroad.Client, arguments []byte) (any, error) {
			in, err := decode[In](arguments)
			if err != nil {
				return nil, err
			}
			return result(operation(c, ctx, in))
		},
	}
}

// brief shows the concise fields of the record an operation returns.
func brief[In, Out any](operation method[In, Out]) Operation {
	o := run(operation)
	o.output = schemas.RowOf[Out]
	call := o.call
	o.call = func(ctx context.Context, c *gumroad.Client, arguments []byte) (any, error) {
		out, err := call(ctx, c, arguments)
		return concise{out}, err
	}
	return o
}

// ask builds a question from typed arguments.
func ask[In any](question method[In, string]) Question {
	return func(ctx context.Context, c *gumroad.Client, arguments []byte) (string, error) {
		in, err := decode[In](arguments)
		if err != nil {
			return "", err
		}
		return question(c, ctx, in)
	}
}

// result keeps a typed nil or zero value out of the way of an error.
func result[Out any](out Out, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}
