package tool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/invopop/jsonschema"
	"github.com/mark3labs/mcp-go/mcp"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/source"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/schemas"
)

// DefaultPrefix is the prefix of tool names where none is configured.
const DefaultPrefix = "gumroad_"

// Config is what a Catalog is made from.
type Config struct {
	Client  *gumroad.Client
	Policy  Policy
	Confirm Confirm
	// SealKey seals confirm tokens. Instances that share it accept each other's. Empty makes a random key.
	SealKey []byte
	// PreviousSealKeys are keys of the past, whose seals are accepted as well.
	PreviousSealKeys [][]byte
	// State is what instances share: which consents have been used, exported files, and word of what has changed. Nil is
	// for this catalog alone.
	State   state.State
	Prefix  string
	MaskPII bool
	// TextOnly leaves out output schemas and structured content, for clients that send a model every result twice.
	TextOnly bool
	Views    bool           // tools tell clients which page shows their results to a person
	Sandbox  bool           // the stores are made up, which the instructions say
	Events   *events.Events // nil for those that are found by looking
	Exports  *Exports       // nil for a temporary directory that is never removed
	Files    *source.Files  // nil for files of the public web alone
	Logger   *slog.Logger
	// Observe receives every tool call that has ended, for metrics. It may be nil.
	Observe func(context.Context, Event)
}

// Catalog holds the tools that the policy leaves on, in the order of the menu, and runs calls to them.
//
// Every call takes the same path (run): newCall checks the arguments, chooseStore finds the store, consent asks the
// person if the tool needs it, act runs the operation and renders its result. Each step may end the call, either with
// an error or with a result to send instead, such as a question for the person.
type Catalog struct {
	client      *gumroad.Client        // the operator's; calls of other callers use their own
	definitions []*Definition          // the tools that are on
	byName      map[string]*Definition // the same tools, by full name
	offBy       map[string]string      // what switches each tool of the menu off, or "", by name without the prefix
	offSets     []string               // the toolsets that nobody named
	prefix      string
	sandbox     bool
	confirm     Confirm
	seals       *seals
	stores      *stores
	renderer    renderer
	textOnly    bool
	views       bool
	events      *events.Events
	exports     *Exports
	shared      state.State
	files       *source.Files
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
	textOnly bool // the output schema is not shown
	views    bool // the view is shown
	compiled func() (*validator.Schema, error)
}

// New makes a catalog of the tools in sets that the policy allows. Its error names a tool or toolset in the policy that
// does not exist.
func New(sets []Set, config Config) (*Catalog, error) {
	config.Policy.Direct = config.Client.Direct()
	if config.State == nil {
		config.State = state.NewMemory(config.Client.Now)
	}
	policy, err := config.Policy.normalized(sets, config.Prefix)
	if err != nil {
		return nil, err
	}
	c := &Catalog{
		client:   config.Client,
		byName:   map[string]*Definition{},
		offBy:    map[string]string{},
		prefix:   config.Prefix,
		sandbox:  config.Sandbox,
		confirm:  config.Confirm,
		seals:    newSeals(config.SealKey, config.PreviousSealKeys, config.Client.Now, config.State),
		stores:   newStores(config.Client.Now, config.State),
		renderer: renderer{mask: config.MaskPII},
		textOnly: config.TextOnly,
		views:    config.Views,
		events:   config.Events,
		exports:  config.Exports,
		shared:   config.State,
		files:    config.Files,
		log:      config.Logger,
		observe:  config.Observe,
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.events == nil {
		c.events = events.New(events.Options{Client: config.Client, State: config.State, Logger: c.log})
	}
	if c.exports == nil {
		c.exports = NewExports("", false)
	}
	if c.files == nil {
		c.files = source.New(source.Options{})
	}
	if c.observe == nil {
		c.observe = func(context.Context, Event) {}
	}
	for _, set := range sets {
		if set.Optional && !policy.names(&set) {
			c.offSets = append(c.offSets, set.Name)
		}
		for _, tool := range set.Tools {
			c.offBy[tool.Name] = policy.offBy(&set, &tool)
			if c.offBy[tool.Name] == "" {
				d := c.define(&set, tool)
				c.definitions = append(c.definitions, d)
				c.byName[d.FullName] = d
			}
		}
	}
	return c, nil
}

// define makes a tool's schemas: those of its operation, and the members that the engine adds. connection_id (and, in
// the result, store) belongs only to tools of a store, and only while no store is configured. picture belongs only to tools
// that can draw their result, and confirm_token only to tools that ask for consent.
func (c *Catalog) define(set *Set, tool Tool) *Definition {
	d := &Definition{Tool: tool, FullName: c.prefix + tool.Name, set: set, textOnly: c.textOnly, views: c.views}
	inputs := []*jsonschema.Schema{tool.Run.input()}
	outputs := []*jsonschema.Schema{tool.Run.output()}
	if !set.Account && !c.client.Direct() && c.client.Connection() == "" {
		inputs = append(inputs, schemas.Of[storeArguments]())
		outputs = append(outputs, schemas.ResultOf[storeNote]())
	}
	if tool.Picture != nil {
		inputs = append(inputs, schemas.Of[pictureArguments]())
	}
	if c.confirm.needsConsent(&d.Tool) {
		inputs = append(inputs, schemas.Of[confirmArguments]())
	}
	d.input, d.output = schemas.Object(inputs...), schemas.Object(outputs...)
	// It is compiled on the first call, since most tools of a session are never called.
	d.compiled = sync.OnceValues(func() (*validator.Schema, error) { return compile(d.input) })
	return d
}

// Definitions returns the tools that are on, in the order of the menu.
func (c *Catalog) Definitions() []*Definition { return c.definitions }

// Sandbox reports whether the stores are made up.
func (c *Catalog) Sandbox() bool { return c.sandbox }

// Toolset returns the name of the set the tool belongs to.
func (d *Definition) Toolset() string { return d.set.Name }

// Optional reports whether the tool is off unless the operator names its set.
func (d *Definition) Optional() bool { return d.set.Optional }

// OfAccount reports whether the tool acts on the Maton account instead of a store.
func (d *Definition) OfAccount() bool { return d.set.Account }

// Takes reports whether the tool has an argument of that name.
func (d *Definition) Takes(argument string) bool {
	_, ok := d.input.Properties.Get(argument)
	return ok
}

// Input returns the schema that arguments are checked against. It has limits that Spec leaves out.
func (d *Definition) Input() *jsonschema.Schema { return d.input }

// Spec returns the tool as tools/list shows it.
func (d *Definition) Spec() mcp.Tool {
	spec := mcp.NewToolWithRawSchema(d.FullName, d.Doc, object.Literal(schemas.Shown(d.input)))
	spec.Title = d.Title
	if !d.textOnly {
		spec.RawOutputSchema = object.Literal(schemas.Shown(d.output))
	}
	spec.Annotations = d.Effect.annotations()
	if d.views && d.View != "" {
		spec.Meta = mcp.NewMetaFromMap(map[string]any{"ui": map[string]any{"resourceUri": ViewURI(d.View)}})
	}
	return spec
}

// ViewURI returns the address of a view. It is the same for ever, since hosts keep views by it.
func ViewURI(name string) string { return "ui://gumroad/" + name }

// HasViews reports whether clients are told of views.
func (c *Catalog) HasViews() bool { return c.views }

// Find returns a tool by its name, with or without the prefix, or says why there is none.
func (c *Catalog) Find(name string) (d *Definition, whyNot string) {
	for _, full := range []string{name, c.prefix + name} {
		if d := c.byName[full]; d != nil {
			return d, ""
		}
	}
	return nil, c.WhyNot(name)
}

// WhyNot says why there is no tool of that name, as far as a caller can see, and which one may have been meant.
func (c *Catalog) WhyNot(name string) string {
	short := strings.TrimPrefix(name, c.prefix)
	setting, known := c.offBy[short]
	switch {
	case setting != "":
		return fmt.Sprintf("The tool %q is switched off by a setting of this server: %s.", c.prefix+short, setting)
	case known && name == c.prefix+short:
		return fmt.Sprintf("The tool %q is not for this caller.", name)
	}
	var names []string
	for _, d := range c.definitions {
		names = append(names, d.Name)
	}
	if meant := Nearest(short, names); meant != "" {
		return fmt.Sprintf("There is no tool %s; did you mean %q?", text.Quote(name), c.prefix+meant)
	}
	return fmt.Sprintf("There is no tool %s; tools/list (`gumroad-mcp tools` in a shell) shows what there is.",
		text.Quote(name))
}

// Named returns the tool of that full name, or nil.
func (c *Catalog) Named(fullName string) *Definition { return c.byName[fullName] }

// onMenu returns the tool of that name (without the prefix), or nil if it is off. It panics if the menu has no such
// tool, since then the program itself names a tool that does not exist.
func (c *Catalog) onMenu(name string) *Definition {
	if _, ok := c.offBy[name]; !ok {
		panic(fmt.Sprintf("tool: there is no tool %q", name))
	}
	return c.byName[c.prefix+name]
}

// Has reports whether a tool of the menu, named without its prefix, is on.
func (c *Catalog) Has(name string) bool { return c.onMenu(name) != nil }

// NameOf returns the full name of a tool, for a text that a model acts on. If the tool is off it returns the
// alternative, or "": a text must not name a tool that cannot be called.
func (c *Catalog) NameOf(name string, alternative ...string) string {
	if d := c.onMenu(name); d != nil {
		return d.FullName
	}
	return strings.Join(alternative, "")
}

// Now returns the time by the clock that the tools use.
func (c *Catalog) Now() time.Time { return c.client.Now() }

// toolCall is one call on its way through the catalog.
type toolCall struct {
	*Definition
	caller       Caller
	arguments    []byte // checked and coerced, as JSON with sorted names; without confirm_token
	confirmToken string
	picture      bool // the answer is to be drawn, too, if the tool can
	connectionID string
	answers      mcp.InputResponses // the person's answers to what this server asked in an earlier result
	state        string             // what that result told the client to send back with the answers

	store     *gumroad.Client // set by chooseStore: acts on the store, or on the Maton account
	consent   string          // "asked", "declined" or "given", once the person's consent was wanted
	storeName string          // if several are connected, so that the result can say which one it is about
}

// Call runs a tool. Every failure is a result, never a protocol error.
func (c *Catalog) Call(ctx context.Context, d *Definition, request mcp.CallToolRequest) *mcp.CallToolResult {
	var (
		call   = &toolCall{Definition: d} // until the request has been read
		result *mcp.CallToolResult
	)
	event := c.observed(ctx, d, "tool call", func() (Outcome, error) {
		read, err := c.newCall(ctx, d, request)
		if err != nil {
			return "", err
		}
		call = read
		if result, err = c.run(ctx, call); err == nil && result.NeedsInput() {
			return InputRequired, nil
		}
		return OK, c.stores.explain(ctx, call, err)
	}, func(f failure) { result = f.result() })
	if call.store != nil {
		event.Store = call.store.Connection()
	}
	c.audit(ctx, call, event)
	c.observe(ctx, event)
	if c.textOnly {
		result.StructuredContent = nil // the text has the same facts
	}
	return result
}

// audit logs who changed what, and what they were asked. The caller is in ctx. Arguments are left out, because they can
// hold a buyer's data.
func (c *Catalog) audit(ctx context.Context, call *toolCall, e Event) {
	if e.Effect == Reads && call.consent == "" {
		return
	}
	what := []any{"tool", call.Name, "effect", e.Effect.String(), "store", e.Store, "outcome", string(e.Outcome)}
	if call.consent != "" {
		what = append(what, "consent", call.consent)
	}
	c.log.InfoContext(ctx, "audit", what...)
}

// run takes a call through its steps. A result from chooseStore or consent is sent instead of the tool's own: it asks
// the person something, and the client then calls again with the answer.
func (c *Catalog) run(ctx context.Context, call *toolCall) (*mcp.CallToolResult, error) {
	ctx = gumroad.WithCaller(ctx, call.caller.principal())
	if instead, err := c.chooseStore(ctx, call); err != nil || instead != nil {
		return instead, err
	}
	if err := call.findRecords(ctx); err != nil {
		return nil, err
	}
	if instead, err := c.consent(ctx, call); err != nil || instead != nil {
		return instead, err
	}
	value, reading, err := c.act(ctx, call)
	if err != nil {
		return nil, err
	}
	return success(reading, append(call.links(reading), c.picture(ctx, call, value)...)...), nil
}

// chooseStore sets call.store. If no store is connected, it returns a result that asks the person to connect one.
func (c *Catalog) chooseStore(ctx context.Context, call *toolCall) (instead *mcp.CallToolResult, err error) {
	account := call.caller.Client
	call.store = account
	if call.OfAccount() {
		return nil, nil
	}
	if err = c.stores.choose(ctx, call); errors.Is(err, gumroad.NoConnection) {
		if instead, err := c.connect(ctx, call, account); err != nil || instead != nil {
			return instead, err
		}
		err = c.stores.choose(ctx, call)
	}
	return nil, err
}

// act runs the operation and renders its result. It returns both: what the operation returned, and how it is read.
func (c *Catalog) act(ctx context.Context, call *toolCall) (any, Reading, error) {
	value, err := call.Run.execute(ctx, c.env(call), call.arguments)
	if err != nil {
		c.stores.forget(call.store, err)
		return nil, Reading{}, err
	}
	if call.OfAccount() && call.Effect != Reads { // a connection was made or deleted
		c.stores.changed(call.store)
	}
	var tail object.Object
	if call.storeName != "" {
		tail = object.Object{{Name: "store", Value: object.Literal(call.storeName)}}
	}
	return value, c.renderer.render(value, tail), nil
}

// observed runs a call and logs its outcome. If run fails or panics, it passes what the client is told to fail.
func (c *Catalog) observed(ctx context.Context, d *Definition, message string,
	run func() (Outcome, error), fail func(failure)) Event {
	started := time.Now()
	outcome, err := Recovered(ctx, c.log, d.Name, run)
	if err != nil {
		f := c.describe(d, err)
		outcome = Outcome(f.Code)
		fail(f)
	}
	took := time.Since(started)
	c.log.InfoContext(ctx, message,
		"tool", d.Name, "effect", d.Effect.String(), "duration", took, "outcome", string(outcome))
	return Event{Tool: d.FullName, Effect: d.Effect, Outcome: outcome, Took: took}
}

// storeNote is the schema of the result's member that names the store, one of several.
type storeNote struct {
	Store string `json:"store,omitempty"`
}
