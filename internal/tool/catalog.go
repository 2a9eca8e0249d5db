package tool

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/invopop/jsonschema"
	"github.com/mark3labs/mcp-go/mcp"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/schemas"
)

// DefaultPrefix begins every tool's name.
const DefaultPrefix = "gumroad_"

// Config is what a Catalog is made from.
type Config struct {
	Client  *gumroad.Client
	Policy  Policy
	Confirm Confirm
	// SealKey makes confirm tokens that several instances accept of each other; empty for a key of this process.
	SealKey []byte
	Prefix  string
	MaskPII bool
	Exports *Exports // nil for a temporary directory that nobody removes
	Logger  *slog.Logger
	// Observe is told of every tool call that has ended, for metrics; nil tells nobody.
	Observe func(context.Context, Event)
}

// Catalog is the tools a client may call, in a fixed order.
type Catalog struct {
	client      *gumroad.Client
	definitions []*Definition
	byName      map[string]*Definition // by full name
	known       map[string]bool        // every tool of the menu, without the prefix, those that are off too
	prefix      string
	confirm     Confirm
	seals       *seals
	stores      *stores
	renderer    renderer
	exports     *Exports
	log         *slog.Logger
	observe     func(context.Context, Event)
}

// Definition is a tool as clients see it.
type Definition struct {
	Tool
	FullName string // with the prefix
	set      *Set
	input    *jsonschema.Schema
	output   *jsonschema.Schema
	compiled func() (*validator.Schema, error)
}

// New applies the policy to the toolsets.
func New(sets []Set, config Config) (*Catalog, error) {
	config.Policy.Direct = config.Client.Direct()
	policy, err := config.Policy.normalized(sets, config.Prefix)
	if err != nil {
		return nil, err
	}
	c := &Catalog{
		client:   config.Client,
		byName:   map[string]*Definition{},
		known:    map[string]bool{},
		prefix:   config.Prefix,
		confirm:  config.Confirm,
		seals:    newSeals(config.SealKey, config.Client.Now),
		stores:   newStores(config.Client.Now),
		renderer: renderer{mask: config.MaskPII},
		exports:  config.Exports,
		log:      config.Logger,
		observe:  config.Observe,
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.exports == nil {
		c.exports = NewExports("", false)
	}
	if c.observe == nil {
		c.observe = func(context.Context, Event) {}
	}
	for _, set := range sets {
		for _, tool := range set.Tools {
			c.known[tool.Name] = true
			if policy.allows(&set, &tool) {
				d := c.define(&set, tool)
				c.definitions = append(c.definitions, d)
				c.byName[d.FullName] = d
			}
		}
	}
	return c, nil
}

func (c *Catalog) define(set *Set, tool Tool) *Definition {
	d := &Definition{Tool: tool, FullName: c.prefix + tool.Name, set: set}
	inputs := []*jsonschema.Schema{tool.Run.input()}
	outputs := []*jsonschema.Schema{tool.Run.output()}
	if !set.Account && !c.client.Direct() && c.client.Connection() == "" {
		inputs = append(inputs, schemas.Of[storeArguments]())
		outputs = append(outputs, schemas.ResultOf[storeNote]())
	}
	if c.confirm.needsConsent(&d.Tool) {
		inputs = append(inputs, schemas.Of[confirmArguments]())
	}
	d.input, d.output = schemas.Object(inputs...), schemas.Object(outputs...)
	d.compiled = sync.OnceValues(func() (*validator.Schema, error) { return compile(d.input) })
	return d
}

// Definitions are the tools that are on, in the order of the menu.
func (c *Catalog) Definitions() []*Definition { return c.definitions }

// Toolset is the name of the set the tool belongs to.
func (d *Definition) Toolset() string { return d.set.Name }

// OfAccount reports whether the tool acts on the Maton account instead of a store.
func (d *Definition) OfAccount() bool { return d.set.Account }

// Takes reports whether the tool has an argument of that name.
func (d *Definition) Takes(argument string) bool {
	_, ok := d.input.Properties.Get(argument)
	return ok
}

// Spec is the tool as tools/list shows it.
func (d *Definition) Spec() mcp.Tool {
	spec := mcp.NewToolWithRawSchema(d.FullName, d.Doc, object.Literal(d.input))
	spec.Title = d.Title
	spec.RawOutputSchema = object.Literal(d.output)
	spec.Annotations = d.Effect.annotations()
	return spec
}

// Find returns a tool by its name, with or without the prefix; failing that, the name that was most likely meant.
func (c *Catalog) Find(name string) (d *Definition, meant string) {
	for _, full := range []string{name, c.prefix + name} {
		if d := c.byName[full]; d != nil {
			return d, ""
		}
	}
	var names []string
	for _, d := range c.definitions {
		names = append(names, d.Name)
	}
	return nil, nearest(strings.TrimPrefix(name, c.prefix), names)
}

// Named returns a tool by its full name, or nil.
func (c *Catalog) Named(fullName string) *Definition { return c.byName[fullName] }

// named returns a tool of the menu by its name without the prefix, or nil when it is off. A name that is not on the
// menu is an error of the program.
func (c *Catalog) named(name string) *Definition {
	if !c.known[name] {
		panic(fmt.Sprintf("tool: there is no tool %q", name))
	}
	return c.byName[c.prefix+name]
}

// Has reports whether a tool of the menu, named without its prefix, is on.
func (c *Catalog) Has(name string) bool { return c.named(name) != nil }

// NameOf is a tool's full name, for a text that a model acts on; where the tool is off it is the alternative, or
// nothing.
func (c *Catalog) NameOf(name string, alternative ...string) string {
	if d := c.named(name); d != nil {
		return d.FullName
	}
	return strings.Join(alternative, "")
}

// Now is the time by the clock the tools go by.
func (c *Catalog) Now() time.Time { return c.client.Now() }

// call is a call on its way through the catalog.
type call struct {
	*Definition
	caller       Caller
	arguments    []byte // canonical JSON, without confirm_token
	confirmToken string
	connectionID string
	answers      mcp.InputResponses // of the person, to what this server asked
	state        string             // what this server asked the client to send back with them

	store     *gumroad.Client // acts on the store, or on the account
	storeName string          // of a store that nobody chose
}

// Call runs a tool. Every failure is a result, never a protocol error.
func (c *Catalog) Call(ctx context.Context, d *Definition, request mcp.CallToolRequest) *mcp.CallToolResult {
	var result *mcp.CallToolResult
	event := c.observed(ctx, d, "tool call", func() (outcome Outcome, err error) {
		if result, err = c.run(ctx, d, request); err == nil && result.NeedsInput() {
			return InputRequired, nil
		}
		return OK, err
	}, func(f failure) { result = f.result() })
	c.observe(ctx, event)
	return result
}

func (c *Catalog) run(ctx context.Context, d *Definition, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	call, err := c.newCall(ctx, d, request)
	if err != nil {
		return nil, err
	}
	if instead, err := c.chooseStore(ctx, call); err != nil || instead != nil {
		return instead, err
	}
	if instead, err := c.consent(ctx, call); err != nil || instead != nil {
		return instead, err
	}
	reading, err := c.act(ctx, call)
	if err != nil {
		return nil, err
	}
	return success(reading, d.links(reading)...), nil
}

// chooseStore finds the store that a call acts on; where none is connected the person is asked to connect one, which
// is the result the client gets instead.
func (c *Catalog) chooseStore(ctx context.Context, call *call) (instead *mcp.CallToolResult, err error) {
	account := call.caller.Client
	call.store = account
	if call.OfAccount() {
		return nil, nil
	}
	if err = c.stores.choose(ctx, call); isUnconnected(err) {
		if instead, err := c.connect(ctx, call, account); err != nil || instead != nil {
			return instead, err
		}
		err = c.stores.choose(ctx, call)
	}
	return nil, err
}

// act runs the operation and renders its result, with the name of a store that nobody had chosen.
func (c *Catalog) act(ctx context.Context, call *call) (Reading, error) {
	value, err := call.Run.call(ctx, c.env(call), call.arguments)
	if err != nil {
		c.stores.forget(call.store, err)
		return Reading{}, err
	}
	if call.OfAccount() && call.Effect != Reads {
		c.stores.drop(call.store)
	}
	var tail object.Object
	if call.storeName != "" {
		tail = object.Object{{Name: "store", Value: object.Literal(call.storeName)}}
	}
	return c.renderer.render(value, tail), nil
}

// observed runs a call, turns its error or panic into a failure, and logs its outcome.
func (c *Catalog) observed(ctx context.Context, d *Definition, message string, run func() (Outcome, error), fail func(failure)) Event {
	started := time.Now()
	outcome, err := Recovered(ctx, c.log, d.Name, run)
	if err != nil {
		f := c.describe(d, err)
		outcome = Outcome(f.Code)
		fail(f)
	}
	took := time.Since(started)
	c.log.InfoContext(ctx, message, "tool", d.Name, "effect", d.Effect.String(), "duration", took, "outcome", string(outcome))
	return Event{Tool: d.FullName, Effect: d.Effect, Outcome: outcome, Took: took}
}

// storeNote names the store that was acted on when nobody had chosen it.
type storeNote struct {
	Store string `json:"store,omitempty"`
}

// nameStore is the name of a store for people: its owner's, or its address.
func nameStore(user gumroad.User) string {
	for _, name := range []string{user.Name, user.DisplayName, user.URL} {
		if name != "" {
			return text.Plain(name)
		}
	}
	return ""
}
