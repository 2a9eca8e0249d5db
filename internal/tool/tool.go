// Package tool is the engine that runs every tool call: it checks the arguments, finds the store, asks for consent,
// runs the operation and renders the result. The tools themselves are declared in the tables of package tools.
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

// Effect is what a tool does to a store. The tool's MCP annotations, its OAuth scope, whether --read-only hides it and
// whether --confirm=always asks before it follow from the effect.
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
		OpenWorldHint:   new(true), // results can hold text that buyers wrote
	}
}

// Set is a toolset: tools that the operator switches on and off together.
type Set struct {
	Name    string
	Doc     string
	Account bool // its tools act on the Maton account instead of a store
	// Optional toolsets are off unless the operator names them: few sellers need them, and every conversation would pay.
	Optional bool
	Tools    []Tool
}

// Tool is one row of the menu.
type Tool struct {
	Name   string // without the prefix
	Title  string
	Effect Effect
	Doc    string
	// Ask builds the question that a person answers before the tool acts. Nil means that the tool does not ask.
	Ask Question
	// Refuses maps arguments that models try, and that do not exist or that Gumroad silently ignores, to what to do
	// instead.
	Refuses map[string]string
	// View names the page that shows the tool's result to a person (package views).
	View string
	// Links names the member of the result that holds the URI of a resource which the tool made.
	Links string
	Run   Operation
	// Picture draws the result for people. With it the tool takes the argument picture.
	Picture Drawing
}

// Question returns the question to put to a person. It reads the record anew, so that the person agrees to its present
// state. Its error ends the call, for example because the record does not exist.
type Question func(ctx context.Context, env Env, arguments json.RawMessage) (string, error)

// Operation is what a tool runs, with the schemas of its arguments and its result. Run, Concise, List and All make one
// from a method of the client.
type Operation struct {
	input, output func() *jsonschema.Schema
	execute       func(ctx context.Context, env Env, arguments json.RawMessage) (any, error)
	kind          kind
}

// kind says what an operation does with which records. It follows from the operation's result type; hints use it to
// name the tool that lists or reads the same records.
type kind struct {
	record string // the kind of record, by Gumroad's noun such as "sale"; "" for none
	lists  bool   // the operation returns a list of records
	gone   bool   // the operation deletes the record instead of returning it
}

// method is the type of the client's method expressions, such as (*gumroad.Client).GetSale.
type method[In, Out any] = func(*gumroad.Client, context.Context, In) (Out, error)

// Run makes an operation whose result has every field.
func Run[In, Out any](operation method[In, Out]) Operation {
	return RunWith(func(env Env, ctx context.Context, in In) (Out, error) { return operation(env.Client, ctx, in) })
}

// RunWith is Run for a function that needs more than the client, such as one that writes a file.
func RunWith[In, Out any](operation func(Env, context.Context, In) (Out, error)) Operation {
	return Operation{
		input:  schemas.Of[In],
		output: func() *jsonschema.Schema { return asRecord(schemas.ResultOf[Out]()) },
		kind:   kindOf[Out](),
		execute: func(ctx context.Context, env Env, arguments json.RawMessage) (any, error) {
			in, err := decode[In](arguments)
			if err != nil {
				return nil, err
			}
			out, err := operation(env, ctx, in)
			if err != nil {
				return nil, err // not out, because a nil pointer in an interface is not nil
			}
			return out, nil
		},
	}
}

// Concise makes an operation whose result has only the concise fields of the record that the method returns.
func Concise[In, Out any](operation method[In, Out]) Operation {
	o := Run(operation)
	o.output = func() *jsonschema.Schema { return asRecord(schemas.ConciseOf[Out]()) }
	full := o.execute
	o.execute = func(ctx context.Context, env Env, arguments json.RawMessage) (any, error) {
		out, err := full(ctx, env, arguments)
		return concise{out}, err
	}
	return o
}

// Update makes an operation refuse arguments that name a record but no change to it.
func Update(o Operation) Operation {
	change, required := o.execute, sync.OnceValue(func() []string { return o.input().Required })
	o.execute = func(ctx context.Context, env Env, arguments json.RawMessage) (any, error) {
		given, err := decode[map[string]any](arguments)
		if err != nil {
			return nil, err
		}
		delete(given, "connection_id")
		if len(given) == len(required()) {
			return nil, gumroad.Invalid("Nothing to change was given.", "Pass at least one argument that changes the record.")
		}
		return change(ctx, env, arguments)
	}
	return o
}

// Ask makes a Question from a function of typed arguments.
func Ask[In any](question method[In, string]) Question {
	return AskWith(func(env Env, ctx context.Context, in In) (string, error) { return question(env.Client, ctx, in) })
}

// AskWith is Ask for a function that needs more than the client, such as one that looks at a file.
func AskWith[In any](question func(Env, context.Context, In) (string, error)) Question {
	return func(ctx context.Context, env Env, arguments json.RawMessage) (string, error) {
		in, err := decode[In](arguments)
		if err != nil {
			return "", err
		}
		return question(env, ctx, in)
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
