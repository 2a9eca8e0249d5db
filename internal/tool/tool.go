// Package tool is the engine that every call passes: arguments, store, consent, operation, result. What there is to
// call stands in the tables of package tools.
package tool

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/invopop/jsonschema"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/schemas"
)

// Effect is what a tool does to a store. Its MCP annotations, its OAuth scope, what read-only hides and what asks for
// consent all follow from it.
type Effect int

// The effects.
const (
	Reads    Effect = iota // changes nothing
	Changes                // can be changed back
	Destroys               // cannot be undone
)

func (e Effect) String() string { return [...]string{"reads", "changes", "destroys"}[e] }

// Scope is the OAuth scope a caller needs for tools of this effect.
func (e Effect) Scope() string {
	return [...]string{"gumroad:read", "gumroad:write", "gumroad:destroy"}[e]
}

func (e Effect) annotations() mcp.ToolAnnotation {
	return mcp.ToolAnnotation{
		ReadOnlyHint:    new(e == Reads),
		DestructiveHint: new(e == Destroys),
		IdempotentHint:  new(e == Reads),
		OpenWorldHint:   new(true), // results hold text that buyers wrote
	}
}

// Set is a toolset: tools that are switched on and off as one.
type Set struct {
	Name    string
	Doc     string
	Account bool // acts on the Maton account instead of a store
	Tools   []Tool
}

// Tool is one row of the menu.
type Tool struct {
	Name   string // without the prefix
	Title  string
	Effect Effect
	Doc    string
	// Ask builds the question a person answers before the tool acts; nil asks nothing.
	Ask Question
	// Refuses explains arguments that one would expect and that Gumroad does not have or silently ignores.
	Refuses map[string]string
	// Links names the member of the result that holds the URI of a resource the tool made.
	Links string
	Run   Operation
}

// Question builds the text of a consent from a fresh read.
type Question func(ctx context.Context, c *gumroad.Client, arguments json.RawMessage) (string, error)

// Operation is what a tool runs, with the schemas of its arguments and its result.
type Operation struct {
	input, output func() *jsonschema.Schema
	call          func(ctx context.Context, env Env, arguments json.RawMessage) (any, error)
	kind          kind
}

// kind is what an operation is about, as the types of its method declare it.
type kind struct {
	record string // the kind of record it returns or deletes: "sale"; "" for none
	lists  bool   // it returns a list of them
	gone   bool   // it deletes the record instead of returning it
}

// method is an operation of the client, as its method expressions are.
type method[In, Out any] = func(*gumroad.Client, context.Context, In) (Out, error)

// Run returns every field of an operation's result.
func Run[In, Out any](operation method[In, Out]) Operation {
	return RunWith(func(env Env, ctx context.Context, in In) (Out, error) { return operation(env.Client, ctx, in) })
}

// RunWith is Run for an operation that writes files.
func RunWith[In, Out any](operation func(Env, context.Context, In) (Out, error)) Operation {
	return Operation{
		input:  schemas.Of[In],
		output: schemas.ResultOf[Out],
		kind:   kindOf[Out](),
		call: func(ctx context.Context, env Env, arguments json.RawMessage) (any, error) {
			in, err := decode[In](arguments)
			if err != nil {
				return nil, err
			}
			out, err := operation(env, ctx, in)
			if err != nil {
				return nil, err // not out: a typed nil would be a result
			}
			return out, nil
		},
	}
}

// Concise returns only the concise fields of the record that an operation returns.
func Concise[In, Out any](operation method[In, Out]) Operation {
	o := Run(operation)
	o.output = schemas.ConciseOf[Out]
	whole := o.call
	o.call = func(ctx context.Context, env Env, arguments json.RawMessage) (any, error) {
		out, err := whole(ctx, env, arguments)
		return concise{out}, err
	}
	return o
}

// Update refuses arguments that name the record and no change.
func Update(o Operation) Operation {
	change, required := o.call, sync.OnceValue(func() []string { return o.input().Required })
	o.call = func(ctx context.Context, env Env, arguments json.RawMessage) (any, error) {
		given, err := decode[map[string]any](arguments)
		if err != nil {
			return nil, err
		}
		delete(given, "connection_id")
		if len(given) == len(required()) {
			return nil, gumroad.Invalid("Nothing to change was given.")
		}
		return change(ctx, env, arguments)
	}
	return o
}

// Ask builds a question from typed arguments.
func Ask[In any](question method[In, string]) Question {
	return func(ctx context.Context, c *gumroad.Client, arguments json.RawMessage) (string, error) {
		in, err := decode[In](arguments)
		if err != nil {
			return "", err
		}
		return question(c, ctx, in)
	}
}

func kindOf[Out any]() kind {
	var out Out
	record, ok := any(out).(gumroad.Record)
	if !ok {
		return kind{}
	}
	one, _ := record.Envelope()
	_, gone := any(out).(gumroad.Deletion)
	return kind{record: one, gone: gone}
}
