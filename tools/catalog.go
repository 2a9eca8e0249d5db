package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/invopop/jsonschema"
	"github.com/mark3labs/mcp-go/mcp"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/schemas"
)

// DefaultPrefix stands before every tool's name.
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
	Exports *Exports // where exports are written; nil for a temporary directory that nobody removes
	// Bidirectional says that the transport can carry questions to clients of the earlier protocol: stdio can.
	Bidirectional bool
	Logger        *slog.Logger
}

// Catalog is the tools a client may call, in a fixed order.
type Catalog struct {
	client        *gumroad.Client
	definitions   []*Definition
	byName        map[string]*Definition
	prefix        string
	confirm       Confirm
	seals         *seals
	stores        *stores
	renderer      renderer
	exports       *Exports
	bidirectional bool
	now           func() time.Time
	log           *slog.Logger
}

// Definition is a tool as clients see it.
type Definition struct {
	Tool
	FullName string // with the prefix
	toolset  *Toolset
	input    *jsonschema.Schema
	output   *jsonschema.Schema
	compiled func() (*validator.Schema, error)
}

// New applies the policy to the toolsets.
func New(config Config) (*Catalog, error) {
	sets := Toolsets()
	config.Policy.Direct = config.Client.Direct()
	policy, err := config.Policy.normalized(sets, config.Prefix)
	if err != nil {
		return nil, err
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Catalog{
		client:        config.Client,
		byName:        map[string]*Definition{},
		prefix:        config.Prefix,
		confirm:       config.Confirm,
		seals:         newSeals(config.SealKey, config.Client.Now),
		stores:        newStores(config.Client.Now),
		renderer:      renderer{mask: config.MaskPII},
		exports:       config.Exports,
		bidirectional: config.Bidirectional,
		now:           config.Client.Now,
		log:           config.Logger,
	}
	if c.exports == nil {
		c.exports = NewExports("", false)
	}
	for _, set := range sets {
		for _, tool := range set.Tools {
			if policy.allows(&set, &tool) {
				d := c.define(&set, tool)
				c.definitions = append(c.definitions, d)
				c.byName[d.FullName] = d
			}
		}
	}
	return c, nil
}

func (c *Catalog) define(set *Toolset, tool Tool) *Definition {
	d := &Definition{Tool: tool, FullName: c.prefix + tool.Name, toolset: set}
	inputs := []*jsonschema.Schema{tool.Run.input()}
	outputs := []*jsonschema.Schema{tool.Run.output()}
	if !set.Account && !c.client.Direct() && c.client.Connection() == "" {
		inputs = append(inputs, schemas.Of[storeArguments]())
		outputs = append(outputs, schemas.ResultOf[storeNote]())
	}
	if c.confirm.needsConsent(&tool) {
		inputs = append(inputs, schemas.Of[confirmArguments]())
	}
	d.input, d.output = schemas.Object(inputs...), schemas.Object(outputs...)
	d.compiled = sync.OnceValues(func() (*validator.Schema, error) { return compile(d.input) })
	return d
}

// storeNote names the store that was acted on when nobody had chosen it.
type storeNote struct {
	Store string `json:"store,omitempty"`
}

// Definitions are the tools, in the order of the catalogue.
func (c *Catalog) Definitions() []*Definition { return c.definitions }

// fullName is a tool's name with the prefix, or "" when the policy hides it.
func (c *Catalog) fullName(name string) string {
	if d := c.byName[c.prefix+name]; d != nil {
		return d.FullName
	}
	return ""
}

// Spec is the tool as tools/list shows it.
func (d *Definition) Spec() mcp.Tool {
	tool := mcp.NewToolWithRawSchema(d.FullName, d.Doc, literal(d.input))
	tool.Title = d.Title
	tool.RawOutputSchema = literal(d.output)
	tool.Annotations = d.Effect.annotations("")
	return tool
}

// Toolset is the name of the group the tool belongs to.
func (d *Definition) Toolset() string { return d.toolset.Name }

// call is a call's checked arguments, without those that say how it is made.
type call struct {
	arguments    []byte // canonical JSON
	confirmToken string
	connectionID string
}

// Call runs a tool. Every failure is a result, never a protocol error.
func (c *Catalog) Call(ctx context.Context, d *Definition, request mcp.CallToolRequest) *mcp.CallToolResult {
	started := time.Now()
	result, err := c.run(ctx, d, request)
	code := "ok"
	if err != nil {
		failed := c.describe(d, err)
		code, result = string(failed.Code), failed.result()
	} else if result.IsError {
		code = "refused"
	}
	c.log.InfoContext(ctx, "tool call", "tool", d.Name, "effect", d.Effect.String(),
		"duration", time.Since(started), "outcome", code)
	return result
}

func (c *Catalog) run(ctx context.Context, d *Definition, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	call, err := c.parse(d, request)
	if err != nil {
		return nil, err
	}
	client, name := clientFrom(ctx, c.client), ""
	if !d.toolset.Account {
		account := client
		client, name, err = c.stores.choose(ctx, account, call.connectionID, d.Effect)
		if isUnconnected(err) {
			if instead, err := c.connect(ctx, account, request); err != nil || instead != nil {
				return instead, err
			}
			client, name, err = c.stores.choose(ctx, account, call.connectionID, d.Effect)
		}
		if err != nil {
			return nil, err
		}
	}
	instead, err := c.consent(ctx, d, client, call, request)
	if err != nil || instead != nil {
		return instead, err
	}
	rendered, err := c.act(ctx, d, client, name, call)
	if err != nil {
		return nil, err
	}
	return success(rendered, d.links(rendered)...), nil
}

// act runs the operation and renders what it returns, with the name of a store that nobody had chosen.
func (c *Catalog) act(ctx context.Context, d *Definition, client *gumroad.Client, store string, call call) (json.RawMessage, error) {
	value, err := d.Run.call(c.withExports(ctx), client, call.arguments)
	if err != nil {
		c.stores.forget(client, err)
		return nil, err
	}
	if d.toolset.Account && d.Effect != Reads {
		c.stores.drop(client)
	}
	var tail []member
	if store != "" {
		tail = append(tail, member{"store", literal(store)})
	}
	return c.renderer.render(value, tail...), nil
}

func (c *Catalog) parse(d *Definition, request mcp.CallToolRequest) (call, error) {
	raw := []byte(request.Params.RawArguments)
	if raw == nil && request.Params.Arguments != nil {
		var err error
		if raw, err = json.Marshal(request.Params.Arguments); err != nil {
			return call{}, invalid("The arguments are not JSON.")
		}
	}
	checked, err := d.checkArguments(raw)
	if err != nil {
		return call{}, err
	}
	var parsed call
	how, err := decode[struct {
		storeArguments
		confirmArguments
	}](checked)
	if err != nil {
		return call{}, err
	}
	parsed.confirmToken, parsed.connectionID = how.ConfirmToken, how.ConnectionID
	parsed.arguments, err = without(checked, "confirm_token")
	return parsed, err
}

// without is a JSON object less one member.
func without(object []byte, name string) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, fmt.Errorf("arguments: %w", err)
	}
	delete(members, name)
	return json.Marshal(members)
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

type clientKey struct{}

// WithClient has calls under ctx act with another credential than the configured one.
func WithClient(ctx context.Context, client *gumroad.Client) context.Context {
	return context.WithValue(ctx, clientKey{}, client)
}

type onlyReadsKey struct{}

// WithOnlyReads has calls under ctx begin no connection on the way to an answer.
func WithOnlyReads(ctx context.Context) context.Context {
	return context.WithValue(ctx, onlyReadsKey{}, true)
}

func onlyReads(ctx context.Context) bool { return ctx.Value(onlyReadsKey{}) != nil }

func clientFrom(ctx context.Context, fallback *gumroad.Client) *gumroad.Client {
	if client, ok := ctx.Value(clientKey{}).(*gumroad.Client); ok {
		return client
	}
	return fallback
}
