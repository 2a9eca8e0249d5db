// Package resources is what a person attaches to a conversation, or a client reads without calling a tool: the store's
// records, as the tools show them, and the guide.
package resources

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/protocol"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// resource is one row of the table.
type resource struct {
	// uri is the address, a variable standing for one whole segment. Where a store has to be chosen, an optional
	// connection_id is added to it.
	uri              string
	name, title, doc string
	mime             string
	lifetime         time.Duration // for which a client may keep what it read

	// from names the tools whose results, in one object, are the contents. Without the first of them the resource is
	// not offered; of the others, those that are on are shown.
	from []string
	with map[string]any // arguments besides the variables of the URI

	// open reads what is not a tool's result; its mime is for contents that differ from the row's.
	open func(ctx context.Context, variables map[string]string) (text, mime string, err error)

	matcher *mcp.URITemplate // nil for a row that is offered without a template
}

const (
	jsonType     = "application/json"
	markdownType = "text/markdown"
)

func table(guide *guide, catalog *tools.Catalog) []resource {
	return []resource{
		{uri: "gumroad://user", name: "user", title: "Store profile", from: []string{"get_user"},
			doc: "Who owns the store: name, e-mail, address, currency.", mime: jsonType, lifetime: time.Minute},
		{uri: "gumroad://products", name: "products", title: "Products", from: []string{"list_products"}, with: limit(100),
			doc: "The store's products (the first 100) with price, sales and whether they are published; newest first.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://products/{product_id}", name: "product", title: "Product", from: []string{"get_product", "list_offer_codes"},
			doc: "One product with its variants, custom fields and discount codes.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://products/{product_id}/offer_codes", name: "product_offer_codes", title: "Discount codes of a product", from: []string{"list_offer_codes"},
			doc: "A product's discount codes and how often each was used.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://products/{product_id}/variant_categories", name: "product_variant_categories", title: "Variant categories of a product", from: []string{"list_variant_categories"},
			doc: "What a product's versions differ in, with the ids.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://products/{product_id}/custom_fields", name: "product_custom_fields", title: "Checkout questions of a product", from: []string{"list_custom_fields"},
			doc: "What buyers of a product are asked at checkout.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://products/{product_id}/subscribers", name: "product_subscribers", title: "Subscribers of a product", from: []string{"list_subscribers"}, with: limit(100),
			doc: "Active subscribers of a membership (the first 100), newest first.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://sales/{sale_id}", name: "sale", title: "Sale", from: []string{"get_sale"},
			doc: "Everything about one sale.", mime: jsonType, lifetime: 15 * time.Second},
		{uri: "gumroad://subscribers/{subscriber_id}", name: "subscriber", title: "Subscriber", from: []string{"get_subscriber"},
			doc: "One subscriber, active or not.", mime: jsonType, lifetime: 15 * time.Second},
		{uri: "gumroad://connections", name: "connections", title: "Connected stores", from: []string{"list_connections"}, with: map[string]any{"with_store": true},
			doc: "The stores connected through Maton, and their state.", mime: jsonType, lifetime: 5 * time.Second},
		{uri: "gumroad://exports/{export_id}", name: "export", title: "Exported sales", from: []string{"export_sales"}, open: openExport(catalog),
			doc: "A file of exported sales, for whoever had it written, until the server ends.", mime: "text/csv", lifetime: 5 * time.Minute},
		{uri: "gumroad://guide/{topic}", name: "guide", title: "Guide", open: guide.open,
			doc: "What to know about Gumroad before acting, a page a topic.", mime: markdownType, lifetime: guideLifetime},
	}
}

func openExport(catalog *tools.Catalog) func(context.Context, map[string]string) (text, mime string, err error) {
	return func(ctx context.Context, variables map[string]string) (text, mime string, err error) {
		return catalog.ReadExport(ctx, variables["export_id"])
	}
}

func limit(rows int) map[string]any { return map[string]any{"limit": rows} }

// Resources are the rows that the policy leaves.
type Resources struct {
	catalog   *tools.Catalog
	completer *completion.Completer
	guide     *guide
	rows      []*resource
}

// Register offers the resources on an MCP server that was made with hooks.
func Register(s *server.MCPServer, hooks *server.Hooks, catalog *tools.Catalog, completer *completion.Completer) {
	r := &Resources{catalog: catalog, completer: completer, guide: newGuide(catalog)}
	for _, row := range slices.Concat(table(r.guide, catalog), r.guide.pages()) {
		if len(row.from) > 0 && catalog.Mention(row.from[0]) == "" {
			continue
		}
		r.rows = append(r.rows, &row)
		r.offer(s, &row)
	}
	mcpfix.ExpandURIs(hooks, r.knows)
	hooks.AddAfterReadResource(setLifetime)
	mcpfix.CompleteResources(s, r)
}

// offer lists a row: as a resource if its URI can do without variables, and as a template if it can have any.
func (r *Resources) offer(s *server.MCPServer, row *resource) {
	if template := r.template(row); template != row.uri || row.hasVariables() {
		spec := mcp.NewResourceTemplate(template, row.name, mcp.WithTemplateTitle(row.title),
			mcp.WithTemplateDescription(row.doc), mcp.WithTemplateMIMEType(row.mime))
		row.matcher = spec.URITemplate
		s.AddResourceTemplate(spec, func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			values, ok := row.variables(request.Params.URI)
			if !ok {
				return nil, server.ErrResourceNotFound
			}
			return r.reader(row, values)(ctx, request)
		})
	}
	if !row.hasVariables() {
		s.AddResource(mcp.NewResource(row.uri, row.name, mcp.WithResourceTitle(row.title),
			mcp.WithResourceDescription(row.doc), mcp.WithMIMEType(row.mime)), r.reader(row, nil))
	}
}

// takesStore reports whether the URI may say which store is meant.
func (r *Resources) takesStore(row *resource) bool {
	if row.open != nil {
		return false
	}
	d, _ := r.catalog.Find(row.from[0])
	return d.Takes(connectionID)
}

// contents also tell the hook that sees the whole result how long a client may keep them.
type contents struct {
	mcp.TextResourceContents
	lifetime time.Duration
}

// reader answers resources/read for a row whose variables have these values.
func (r *Resources) reader(row *resource, variables map[string]string) server.ResourceHandlerFunc {
	return func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		uri := request.Params.URI
		text, mime, err := r.contents(ctx, row, variables)
		if err != nil {
			return nil, explain(ctx, uri, variables, err)
		}
		return []mcp.ResourceContents{contents{
			mcp.TextResourceContents{URI: uri, MIMEType: cmp.Or(mime, row.mime), Text: text}, row.lifetime,
		}}, nil
	}
}

func (r *Resources) contents(ctx context.Context, row *resource, variables map[string]string) (text, mime string, err error) {
	if row.open != nil {
		return row.open(ctx, variables)
	}
	arguments := map[string]any{}
	for name, value := range row.with {
		arguments[name] = value
	}
	for name, value := range variables {
		arguments[name] = value
	}
	from := slices.DeleteFunc(slices.Clone(row.from), func(tool string) bool { return r.catalog.Mention(tool) == "" })
	text, err = r.joined(ctx, from, arguments)
	return text, "", err
}

// explain turns an error into the one the protocol has for it.
func explain(ctx context.Context, uri string, variables map[string]string, err error) error {
	var e *gumroad.Error
	if !errors.As(err, &e) {
		return err
	}
	message := e.Message
	if e.Hint != "" {
		message += " " + e.Hint
	}
	switch {
	case e.Code == gumroad.NotFound, e.Code == gumroad.InvalidArguments, e.Code == gumroad.NoConnection && variables[connectionID] != "":
		return protocol.ResourceNotFound(ctx, uri, message)
	default:
		return protocol.Internal(message, map[string]any{"uri": uri, "code": e.Code, "retryable": e.Retryable()})
	}
}

// setLifetime says how long a client may keep what it read; only protocol 2026-07-28 has a word for it.
func setLifetime(ctx context.Context, _ any, _ *mcp.ReadResourceRequest, result *mcp.ReadResourceResult) {
	if !server.IsModernRequest(ctx) {
		return
	}
	for _, one := range result.Contents {
		if read, ok := one.(contents); ok {
			result.SetCacheHints(read.lifetime.Milliseconds(), mcp.CacheScopePrivate)
		}
	}
}
