// Package resources is what a person attaches to a conversation, or a client reads without calling a tool: the store's
// records, as the tools show them, and the guide.
package resources

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"golang.org/x/sync/errgroup"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// Resource is one row of the table.
type Resource struct {
	catalog *tool.Catalog

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
}

const (
	jsonType     = "application/json"
	markdownType = "text/markdown"
)

func table(guide *guide, catalog *tool.Catalog) []Resource {
	return []Resource{
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
			doc: "What to know about Gumroad before acting, a page a topic.", mime: markdownType, lifetime: 5 * time.Minute},
	}
}

func openExport(catalog *tool.Catalog) func(context.Context, map[string]string) (text, mime string, err error) {
	return func(ctx context.Context, variables map[string]string) (text, mime string, err error) {
		return catalog.ReadExport(ctx, variables["export_id"])
	}
}

func limit(rows int) map[string]any { return map[string]any{"limit": rows} }

// New returns the rows whose tools are on, and a row for every page of the guide: menus of clients show no templates.
func New(catalog *tool.Catalog) []Resource {
	guide := newGuide(catalog)
	var rows []Resource
	for _, row := range slices.Concat(table(guide, catalog), guide.pages()) {
		if len(row.from) == 0 || catalog.Has(row.from[0]) {
			row.catalog = catalog
			rows = append(rows, row)
		}
	}
	return rows
}

// Spec is the resource as resources/list shows it, if it can be read without variables.
func (r *Resource) Spec() (_ mcp.Resource, ok bool) {
	return mcp.NewResource(r.uri, r.name, mcp.WithResourceTitle(r.title), mcp.WithResourceDescription(r.doc), mcp.WithMIMEType(r.mime)),
		!r.hasVariables()
}

// Template is the resource as resources/templates/list shows it, if it takes variables.
func (r *Resource) Template() (_ mcp.ResourceTemplate, ok bool) {
	template := r.template()
	return mcp.NewResourceTemplate(template, r.name, mcp.WithTemplateTitle(r.title),
		mcp.WithTemplateDescription(r.doc), mcp.WithTemplateMIMEType(r.mime)), strings.Contains(template, "{")
}

// Lifetime is how long a client may keep what it read.
func (r *Resource) Lifetime() time.Duration { return r.lifetime }

// Read returns the contents, with the values of the template's variables. Its error is a *gumroad.Error; NotFound is of
// a URI that names nothing here.
func (r *Resource) Read(ctx context.Context, uri string, variables map[string]string) (mcp.TextResourceContents, error) {
	none := mcp.TextResourceContents{}
	if len(uri) > maxURI || slices.ContainsFunc(slices.Collect(maps.Values(variables)), func(value string) bool { return !isName(value) }) {
		return none, ErrNotFound
	}
	text, mime, err := r.contents(ctx, variables)
	if err != nil {
		return none, err
	}
	return mcp.TextResourceContents{URI: uri, MIMEType: cmp.Or(mime, r.mime), Text: text}, nil
}

// ErrNotFound is that a URI belongs to no resource.
var ErrNotFound = &gumroad.Error{Code: gumroad.NotFound,
	Message: "There is no such resource; resources/list and resources/templates/list show what there is."}

func (r *Resource) contents(ctx context.Context, variables map[string]string) (text, mime string, err error) {
	if r.open != nil {
		return r.open(ctx, variables)
	}
	arguments := map[string]any{}
	maps.Copy(arguments, r.with)
	for name, value := range variables {
		arguments[name] = value
	}
	joined, err := r.joined(ctx, arguments)
	if e, ok := errors.AsType[*gumroad.Error](err); ok && e.Code == gumroad.NoConnection && variables[connectionID] != "" {
		err = &gumroad.Error{Code: gumroad.NotFound, Message: e.Message, Hint: e.Hint} // the connection is part of the address
	}
	return string(joined.JSON()), "", err
}

// joined reads tools side by side and puts the members of their results into one object, in the order of the tools. Of
// every tool but the first only the rows are taken, and as many as fit; the number of the others is in left_out.
func (r *Resource) joined(ctx context.Context, arguments map[string]any) (object.Object, error) {
	from := slices.DeleteFunc(slices.Clone(r.from), func(name string) bool { return !r.catalog.Has(name) })
	readings := make([]tool.Reading, len(from))
	group, ctx := errgroup.WithContext(ctx)
	for i, name := range from {
		group.Go(func() (err error) {
			readings[i], err = r.catalog.Read(ctx, name, arguments)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	whole := readings[0].Object
	for _, reading := range readings[1:] {
		whole = appendRows(whole, reading.RowsName, reading.Rows)
	}
	return whole, nil
}

// appendRows puts a list of rows, as many as fit, at the end of an object.
func appendRows(whole object.Object, name string, rows []object.Object) object.Object {
	const forTheRest = 100 // brackets, names and the count
	fits, size := 0, len(whole.JSON())+forTheRest
	for _, row := range rows {
		if size += len(row.JSON()) + 1; size > tool.MaxResult {
			break
		}
		fits++
	}
	whole = append(whole, object.Member{Name: name, Value: object.Array(rows[:fits])})
	if left := len(rows) - fits; left > 0 {
		whole = append(whole, object.Member{Name: "left_out", Value: object.Literal(left)})
	}
	return whole
}
