package cli

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/internal/app"
	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// samples are the values that required arguments have in examples.
var samples = map[string]string{
	"product_id": "gridsmith", "bundle_id": "strtbn", "name": "Sampler", "title": "Sampler", "text": "Hello.",
	"subject": "News", "body": "Hello.", "custom_html": "<p>Hello.</p>", "find": "Hello", "replace": "Welcome",
	"price_cents": "1250", "currency": "usd", "year": "2025", "required": "true", "delay_amount": "3",
	"post_url": "https://example.com/hook", "utm": "utm_source=newsletter", "send_at": "2030-01-01T09:00:00Z",
}

const sampleWithVariants = "quiet-grid"

// found says where the sandbox has an id: in which member of which list of which tool's result.
type found struct {
	tool   string
	with   map[string]any // arguments, where the example has none of that name
	list   string         // "" for the rows of a list
	member string
}

// ids are found in the sandbox, since they differ from day to day. A tool's own go before those of every tool.
var ids = map[string]found{
	"subscriber_id":                  {tool: "list_subscribers", with: map[string]any{"product_id": "club"}, member: "id"},
	"offer_code_id":                  {tool: "list_offer_codes", member: "id"},
	"variant_category_id":            {tool: "list_variant_categories", member: "id"},
	"variant_id":                     {tool: "list_variants", member: "id"},
	"resource_subscription_id":       {tool: "list_webhooks", member: "id"},
	"media_id":                       {tool: "list_media", member: "id"},
	"workflow_id":                    {tool: "list_workflows", member: "id"},
	"upsell_id":                      {tool: "list_upsells", member: "id"},
	"page_id":                        {tool: "list_content_pages", member: "id"},
	"file_id":                        {tool: "get_product", list: "files", member: "id"},
	"cover_id":                       {tool: "get_product", list: "covers", member: "id"},
	"cover_ids":                      {tool: "get_product", list: "covers", member: "id"},
	"update_workflow_email.email_id": {tool: "get_workflow", list: "emails", member: "id"},
	"license_key": {tool: "list_sales", with: map[string]any{"limit": 100, "detail": "license_key"},
		member: "license_key"},
}

// furnished are arguments of examples that differ from samples, or that a tool needs although none of them is required.
var furnished = map[string]map[string]string{
	"add_bundle_product":    {"product_id": "fldnts"},
	"wait_for_event":        {"wait_seconds": "1"},
	"remove_bundle_product": {"product_id": "ink-and-wash"},
	"update_bundle_product": {"product_id": "ink-and-wash", "quantity": "2"},
	"add_cover":             {"url": "https://example.com/cover.png"},
	"add_media":             {"url": "https://example.com/photo.png"},
	"add_product_file":      {"url": "https://example.com/book.pdf"},
	"change_prices":         {"percent": "10"},
	"compare_prices":        {"query": "brushes"},
	"create_offer_code":     {"percent_off": "10"},
	"create_upsell":         {"universal": "true"},
	"delete_custom_field":   {"product_id": "ink-and-wash", "name": "What do you paint with?"},
	"find_customer":         {"email": "tomas.sato1@example.com"},
	"get_help_article":      {"slug": "190-refunding-a-sale"},
	"sales_report":          {"period": "last_month", "compare": "previous"},
	"set_thumbnail":         {"url": "https://example.com/square.png"},
	"update_content_page":   {"title": "Sampler"},
	"update_custom_field":   {"product_id": "ink-and-wash", "name": "What do you paint with?"},
	"update_offer_code":     {"max_purchase_count": "50"},
	"update_page":           {"title": "Sampler"},
	"update_product":        {"price_cents": "1250"},
	"update_upsell":         {"name": "Sampler"},
	"update_user":           {"name": "Sampler"},
	"update_utm_link":       {"title": "Sampler"},
	"update_variant":        {"name": "Sampler"},
	"update_workflow_email": {"subject": "News"},
}

// exampler makes examples with values that it finds in a sandbox of its own.
type exampler struct {
	app       *app.App
	completer *completion.Completer
}

// newExampler returns an exampler. Its app has to be closed.
func (p Process) newExampler(ctx context.Context) (exampler, error) {
	var c commands
	parser, err := c.parser(nil)
	if err != nil {
		return exampler{}, err
	}
	if _, err := parser.Parse([]string{"tools", "--sandbox", "--log-level=error", "--toolsets=all"}); err != nil {
		return exampler{}, err
	}
	p.Stderr = io.Discard
	a, err := p.start(ctx, &c.Common)
	if err != nil {
		return exampler{}, err
	}
	return exampler{a, completion.New(a.Catalog)}, nil
}

// command is a command line that calls a tool in the sandbox.
func (e exampler) command(ctx context.Context, d *tool.Definition) string {
	words := []string{"gumroad-mcp", "--sandbox"}
	if d.Optional() {
		words = append(words, "--toolsets="+d.Toolset())
	}
	words = append(words, "call", d.Name)
	return strings.Join(append(words, e.arguments(ctx, d)...), " ")
}

// arguments returns the arguments of an example as a shell reads them.
func (e exampler) arguments(ctx context.Context, d *tool.Definition) []string {
	given, more := map[string]any{}, furnished[d.Name]
	for name, value := range more {
		given[name] = value
	}
	var pairs []string
	for _, a := range argumentsOf(d) {
		if a.Name == "limit" {
			given["limit"] = "3"
		}
		if a.Required && given[a.Name] == nil {
			given[a.Name] = e.value(ctx, d, a, given)
		}
		if a.Required || more[a.Name] != "" || a.Name == "limit" {
			pairs = append(pairs, clients.ShellLine([]string{a.Name + "=" + given[a.Name].(string)}))
		}
	}
	return pairs
}

// value returns a value for one argument beside those that are given.
func (e exampler) value(ctx context.Context, d *tool.Definition, a argument, given map[string]any) string {
	for _, name := range []string{d.Name + "." + a.Name, a.Name} {
		if where, ok := ids[name]; ok {
			return e.look(ctx, where, given)
		}
	}
	if a.Name == "product_id" && d.Takes("variant_category_id") {
		return sampleWithVariants
	}
	if sample := samples[a.Name]; sample != "" {
		return sample
	}
	if values := e.completer.Field(ctx, a.Name, "", "").Values; len(values) > 0 {
		return values[0]
	}
	return strings.Join(a.Enum[:min(len(a.Enum), 1)], "")
}

// look finds an id, or "" where there is none.
func (e exampler) look(ctx context.Context, where found, given map[string]any) string {
	d, _ := e.app.Catalog.Find(where.tool)
	if d == nil {
		return ""
	}
	arguments := map[string]any{}
	maps.Copy(arguments, where.with)
	for name, value := range given {
		if d.Takes(name) && name != "limit" {
			arguments[name] = value
		}
	}
	reading, err := e.app.Catalog.Read(ctx, where.tool, arguments)
	if err != nil {
		return ""
	}
	rows := reading.Rows
	if m, ok := at(reading.Object, where.list); ok {
		rows, _ = rowsOf(m.Value)
	}
	i := slices.IndexFunc(rows, func(row object.Object) bool { return row.Text(where.member) != "" })
	if i < 0 {
		return ""
	}
	return rows[i].Text(where.member)
}
