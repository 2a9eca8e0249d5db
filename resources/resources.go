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
	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
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
}

const (
	jsonType     = "application/json"
	markdownType = "text/markdown"
)

func table(guide *guide, catalog *tool.Catalog) []resource {
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
			doc: "What to know about Gumroad before acting, a page a topic.", mime: markdownType, lifetime: 5 * time.Minute},
	}
}

func openExport(catalog *tool.Catalog) func(context.Context, map[string]string) (text, mime string, err error) {
	return func(ctx context.Context, variables map[string]string) (text, mime string, err error) {
		return catalog.ReadExport(ctx, variables["export_id"])
	}
}

func limit(rows int) map[string]any { return map[string]any{"limit": rows} }

// Resources are the rows that the policy leaves.
type Resources struct {
	catalog   *tool.Catalog
	completer *completion.Completer
	guide     *guide
	rows      []resource
}

// New leaves out the rows whose tools are off.
func New(catalog *tool.Catalog, completer *completion.Completer) *Resources {
	r := &Resources{catalog: catalog, completer: completer, guide: newGuide(catalog)}
	for _, row := range table(r.guide, catalog) {
		if len(row.from) == 0 || catalog.Has(row.from[0]) {
			r.rows = append(r.rows, row)
		}
	}
	return r
}

// List is the resources with an address of their own, the pages of the guide among them: menus of clients show no
// templates.
func (r *Resources) List() []mcp.Resource {
	var all []mcp.Resource
	add := func(uri, name, title, doc, mime string) {
		all = append(all, mcp.NewResource(uri, name, mcp.WithResourceTitle(title), mcp.WithResourceDescription(doc), mcp.WithMIMEType(mime)))
	}
	for _, row := range r.rows {
		if !row.hasVariables() {
			add(row.uri, row.name, row.title, row.doc, row.mime)
		}
	}
	for _, page := range r.guide.pages() {
		add(page.uri, page.name, page.title, page.doc, markdownType)
	}
	return all
}

// Templates are the resources whose address has variables.
func (r *Resources) Templates() []mcp.ResourceTemplate {
	var all []mcp.ResourceTemplate
	for _, row := range r.rows {
		if template := r.template(&row); strings.Contains(template, "{") {
			all = append(all, mcp.NewResourceTemplate(template, row.name, mcp.WithTemplateTitle(row.title),
				mcp.WithTemplateDescription(row.doc), mcp.WithTemplateMIMEType(row.mime)))
		}
	}
	return all
}

// takesStore reports whether the URI may say which store is meant.
func (r *Resources) takesStore(row *resource) bool {
	if row.open != nil {
		return false
	}
	d, _ := r.catalog.Find(row.from[0])
	return d.Takes(connectionID)
}

// Read returns the contents of a resource. Its error is a *gumroad.Error; NotFound is of a URI that names nothing here.
func (r *Resources) Read(ctx context.Context, uri string) ([]mcp.ResourceContents, error) {
	row, variables, ok := r.route(uri)
	if !ok {
		return nil, &gumroad.Error{Code: gumroad.NotFound,
			Message: "There is no such resource; resources/list and resources/templates/list show what there is."}
	}
	text, mime, err := r.contents(ctx, row, variables)
	if err != nil {
		return nil, err
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: uri, MIMEType: cmp.Or(mime, row.mime), Text: text}}, nil
}

func (r *Resources) contents(ctx context.Context, row *resource, variables map[string]string) (text, mime string, err error) {
	if row.open != nil {
		return row.open(ctx, variables)
	}
	arguments := maps.Clone(row.with)
	if arguments == nil {
		arguments = map[string]any{}
	}
	for name, value := range variables {
		arguments[name] = value
	}
	joined, err := r.joined(ctx, slices.DeleteFunc(slices.Clone(row.from), func(name string) bool { return !r.catalog.Has(name) }), arguments)
	if errors.Is(err, gumroad.NoConnection) && variables[connectionID] != "" {
		e := err.(*gumroad.Error)
		err = &gumroad.Error{Code: gumroad.NotFound, Message: e.Message, Hint: e.Hint} // the connection is part of the address
	}
	return string(joined.JSON()), "", err
}

// joined reads tools side by side and puts the members of their results into one object, in the order of the tools. Of
// every tool but the first only the rows are taken, and as many as fit; the number of the others is in left_out.
func (r *Resources) joined(ctx context.Context, from []string, arguments map[string]any) (object.Object, error) {
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

// Lifetime is how long a client may keep what it read at a URI.
func (r *Resources) Lifetime(uri string) (time.Duration, bool) {
	row, _, ok := r.route(uri)
	if !ok {
		return 0, false
	}
	return row.lifetime, true
}
