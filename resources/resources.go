// Package resources holds what a person attaches to a conversation, or a client reads without calling a tool: the
// records of the store, as the tools show them, and the guide.
package resources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
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

	// uri is the URI or URI template. A variable stands for a whole segment. An optional connection_id is added to it
	// if the tools take one.
	uri              string
	name, title, doc string
	mime             string
	lifetime         time.Duration // how long a client may keep the contents

	// from names the tools whose results are the contents, joined to one object. If the first tool is off, the resource
	// is not offered. If another is off, its part is left out. With open, it names the tools that make the contents, and
	// the resource is offered if one of them is on.
	from []string
	with map[string]any // the tools' arguments besides the variables of the URI

	// open reads contents that are not a tool's result.
	open func(ctx context.Context, variables map[string]string) (contents, error)

	ui map[string]any // what a host should know that shows the contents as a page; nil if they are none
}

// contents is what a resource holds.
type contents struct {
	text string
	mime string // only if it is not the resource's
	next string // the URI at which a file goes on
}

const (
	jsonType     = "application/json"
	markdownType = "text/markdown"
)

func table(guide *guide, catalog *tool.Catalog) []Resource {
	return []Resource{
		{uri: "gumroad://user", name: "user", title: "Store profile", from: []string{"get_user"},
			doc: "Who owns the store: name, e-mail, address, currency.", mime: jsonType, lifetime: time.Minute},
		{uri: "gumroad://products", name: "products", title: "Products",
			from: []string{"list_products"}, with: withLimit(100),
			doc:  "The store's products (the first 100) with price, sales and whether they are published; newest first.",
			mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://products/{product_id}", name: "product", title: "Product",
			from: []string{"get_product", "list_offer_codes"},
			doc:  "One product with its variants, custom fields and discount codes.",
			mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://products/{product_id}/offer_codes", name: "product_offer_codes",
			title: "Discount codes of a product", from: []string{"list_offer_codes"},
			doc: "A product's discount codes and how often each was used.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://products/{product_id}/variant_categories", name: "product_variant_categories",
			title: "Variant categories of a product", from: []string{"list_variant_categories"},
			doc: "What a product's versions differ in, with the ids.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://products/{product_id}/custom_fields", name: "product_custom_fields",
			title: "Checkout questions of a product", from: []string{"list_custom_fields"},
			doc: "What buyers of a product are asked at checkout.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://products/{product_id}/reviews", name: "product_reviews", title: "Reviews of a product",
			from: []string{"list_reviews"}, with: withLimit(100),
			doc:  "The written reviews of a product (the first 100), newest first. Buyers wrote them.",
			mime: jsonType, lifetime: time.Minute},
		{uri: "gumroad://products/{product_id}/subscribers", name: "product_subscribers", title: "Subscribers of a product",
			from: []string{"list_subscribers"}, with: withLimit(100),
			doc:  "Active subscribers of a membership (the first 100), newest first.",
			mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://sales/{sale_id}", name: "sale", title: "Sale", from: []string{"get_sale"},
			doc: "Everything about one sale.", mime: jsonType, lifetime: 15 * time.Second},
		{uri: "gumroad://subscribers/{subscriber_id}", name: "subscriber", title: "Subscriber",
			from: []string{"get_subscriber"},
			doc:  "One subscriber, active or not.", mime: jsonType, lifetime: 15 * time.Second},
		{uri: "gumroad://emails", name: "emails", title: "E-mails",
			from: []string{"list_emails"}, with: withLimit(100),
			doc:  "The store's e-mails to its audience (the newest 100) with state and audience, without their texts.",
			mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://emails/{email_id}", name: "email", title: "E-mail", from: []string{"get_email"},
			doc: "One e-mail with its text.", mime: jsonType, lifetime: 15 * time.Second},
		{uri: eventsURI, name: "events", title: "What happened", from: []string{"list_events"}, with: withLimit(50),
			doc: "What happened in the store in the last day (the first 50), and where to go on. It can be subscribed to.", mime: jsonType},
		{uri: "gumroad://pages", name: "pages", title: "Pages of the storefront", from: []string{"list_pages"},
			doc: "The storefront's pages with their addresses, without their bodies.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://pages/{slug}", name: "page", title: "Page of the storefront", from: []string{"get_page"},
			doc: "One page with the beginning of its body.", mime: jsonType, lifetime: 15 * time.Second},
		{uri: "gumroad://theme", name: "theme", title: "Theme of the store", from: []string{"get_theme"},
			doc: "The store's colours and font, and what they apply to.", mime: jsonType, lifetime: time.Minute},
		{uri: "gumroad://profile_layout", name: "profile_layout", title: "Layout of the storefront",
			from: []string{"get_profile_layout"},
			doc:  "The tabs and sections of the storefront, and whether visitors see them.", mime: jsonType, lifetime: time.Minute},
		{uri: "gumroad://utm_links", name: "utm_links", title: "Tracking links", from: []string{"list_utm_links"},
			doc: "The store's tracking links with UTM values and clicks; newest first.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://utm_links/{utm_link_id}", name: "utm_link", title: "Tracking link", from: []string{"get_utm_link"},
			doc: "One tracking link, where it leads and its clicks.", mime: jsonType, lifetime: 15 * time.Second},
		{uri: "gumroad://payouts", name: "payouts", title: "Payouts",
			from: []string{"list_payouts"}, with: withLimit(50),
			doc:  "Money sent to the store's owner (the newest 50 payouts), what is upcoming first.",
			mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://payouts/{payout_id}", name: "payout", title: "Payout", from: []string{"get_payout"},
			doc: "One payout, without its sales and buyers.", mime: jsonType, lifetime: 15 * time.Second},
		{uri: "gumroad://refund_policy", name: "refund_policy", title: "Refund policy", from: []string{"get_refund_policy"},
			doc: "What buyers of every product are promised.", mime: jsonType, lifetime: 30 * time.Second},
		{uri: "gumroad://connections", name: "connections", title: "Connected stores",
			from: []string{"list_connections"},
			doc:  "The stores connected through Maton, and their state.", mime: jsonType, lifetime: 5 * time.Second},
		{uri: "gumroad://exports/{export_id}{?part}", name: "export", title: "Exported file",
			from: []string{"export_sales", "edit_landing_page", "replace_landing_page", "clear_landing_page", "edit_profile_html",
				"replace_profile_html", "clear_profile_html", "update_page", "delete_page"}, open: openExport(catalog),
			doc:  "A file that a tool wrote, such as exported sales, for the caller who had it written, until kept_until.",
			mime: "text/csv", lifetime: 5 * time.Minute},
		{uri: "gumroad://guide/{topic}", name: "guide", title: "Guide", open: guide.open,
			doc:  "What to know about Gumroad before acting, one page for each topic.",
			mime: markdownType, lifetime: 5 * time.Minute},
	}
}

// openExport reads a part of an exported file, the first unless another is asked for.
func openExport(catalog *tool.Catalog) func(context.Context, map[string]string) (contents, error) {
	return func(ctx context.Context, variables map[string]string) (contents, error) {
		id, part := variables["export_id"], 1
		if asked, ok := variables["part"]; ok {
			var err error
			if part, err = strconv.Atoi(asked); err != nil {
				return contents{}, ErrNotFound
			}
		}
		read, err := catalog.ReadExport(ctx, id, part)
		if err != nil {
			return contents{}, err
		}
		c := contents{text: read.Text, mime: read.MIME}
		if read.Part < read.Parts {
			c.next = fmt.Sprintf("%sexports/%s?part=%d", scheme, id, read.Part+1)
		}
		return c, nil
	}
}

func withLimit(rows int) map[string]any { return map[string]any{"limit": rows} }

// New returns the resources whose tools are on, with those of the guide and the views.
func New(catalog *tool.Catalog) []Resource {
	guide := newGuide(catalog)
	var rows []Resource
	for _, row := range slices.Concat(table(guide, catalog), guide.pages(), viewPages(catalog)) {
		if len(row.from) == 0 || catalog.Has(row.from[0]) || row.open != nil && slices.ContainsFunc(row.from, catalog.Has) {
			row.catalog = catalog
			rows = append(rows, row)
		}
	}
	return rows
}

// Spec returns the resource as resources/list shows it, and false if it can be read only with variables.
func (r *Resource) Spec() (_ mcp.Resource, ok bool) {
	spec := mcp.NewResource(r.uri, r.name, mcp.WithResourceTitle(r.title),
		mcp.WithResourceDescription(r.doc), mcp.WithMIMEType(r.mime))
	if r.ui != nil {
		spec.Meta = mcp.NewMetaFromMap(r.meta())
	}
	return spec, !r.hasVariables()
}

// meta returns the resource's _meta, in a map of its own because mcp-go may add to it.
func (r *Resource) meta() map[string]any {
	if r.ui == nil {
		return nil
	}
	return map[string]any{"ui": r.ui}
}

// Template returns the resource as resources/templates/list shows it, and false if it takes no variables.
func (r *Resource) Template() (_ mcp.ResourceTemplate, ok bool) {
	template := r.template()
	return mcp.NewResourceTemplate(template, r.name, mcp.WithTemplateTitle(r.title),
		mcp.WithTemplateDescription(r.doc), mcp.WithTemplateMIMEType(r.mime)), strings.Contains(template, "{")
}

// Lifetime is how long a client may keep the contents.
func (r *Resource) Lifetime() time.Duration { return r.lifetime }

// Read returns the contents at a URI, and where a file goes on. variables holds the values of its template's variables. The error is a
// *gumroad.Error; it is NotFound if the URI names nothing.
func (r *Resource) Read(ctx context.Context, uri string, variables map[string]string) (
	[]mcp.TextResourceContents, error) {
	if len(uri) > maxURI {
		return nil, ErrNotFound
	}
	for _, value := range variables {
		if !isName(value) {
			return nil, ErrNotFound
		}
	}
	c, err := r.contents(ctx, variables)
	if err != nil {
		return nil, err
	}
	all := []mcp.TextResourceContents{{URI: uri, MIMEType: cmp.Or(c.mime, r.mime), Text: c.text, Meta: r.meta()}}
	if c.next != "" {
		all = append(all, mcp.TextResourceContents{URI: c.next, MIMEType: "text/plain", Text: "The file goes on at " + c.next + "."})
	}
	return all, nil
}

// ErrNotFound is the error for a URI that belongs to no resource.
var ErrNotFound = &gumroad.Error{Code: gumroad.NotFound,
	Message: "There is no such resource; resources/list and resources/templates/list show what there is."}

func (r *Resource) contents(ctx context.Context, variables map[string]string) (contents, error) {
	if r.open != nil {
		return r.open(ctx, variables)
	}
	arguments := map[string]any{}
	maps.Copy(arguments, r.with)
	for name, value := range variables {
		arguments[name] = value
	}
	joined, err := r.joined(ctx, arguments)
	e, ok := errors.AsType[*gumroad.Error](err)
	if ok && e.Code == gumroad.NoConnection && variables[connectionID] != "" {
		// The connection is part of the URI, so that a resource of a connection that does not exist does not exist
		// either.
		err = &gumroad.Error{Code: gumroad.NotFound, Message: e.Message, Hint: e.Hint}
	}
	return contents{text: string(joined.JSON())}, err
}

// joined calls the tools, all at once, and joins their results to one object. It takes the whole result of the first
// tool, and the rows of the others, as many as fit; left_out counts those that do not.
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
		whole = appendRows(whole, reading)
	}
	return whole, nil
}

// appendRows appends a list with as many of its rows as fit into a result, and counts the others.
func appendRows(whole object.Object, list tool.Reading) object.Object {
	const forTheRest = 100 // brackets, names and the count
	fits, size := 0, len(whole.JSON())+forTheRest
	for _, row := range list.Rows {
		if size += len(row.JSON()) + 1; size > tool.MaxResult {
			break
		}
		fits++
	}
	whole = append(whole, object.Member{Name: list.RowsName, Value: object.Array(list.Rows[:fits])})
	if left := len(list.Rows) - fits + list.LeftOut; left > 0 {
		whole = append(whole, object.Member{Name: "left_out", Value: object.Literal(left)})
	}
	return whole
}
