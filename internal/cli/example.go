package cli

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/internal/app"
	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// samples are the values that examples have for arguments that are no ids.
var samples = map[string]string{
	"name": "Sampler", "title": "Sampler", "text": "Hello.", "subject": "News", "body": "Hello.", "custom_html": "<p>Hello.</p>",
	"find": "Hello", "replace": "Welcome", "price_cents": "1250", "currency": "usd", "year": "2025", "required": "true",
	"post_url": "https://example.com/hook", "delay_amount": "3", "utm": "utm_source=newsletter",
	"send_at": "2030-01-01T09:00:00Z", "refund_period": "30", "license_key": "LICENCE-KEY",
}

// listedBy are the tools that list the ids which examples have.
var listedBy = map[string]string{
	"subscriber_id": "list_subscribers", "offer_code_id": "list_offer_codes", "variant_id": "list_variants",
	"variant_category_id": "list_variant_categories", "resource_subscription_id": "list_webhooks",
	"file_id": "list_product_files", "media_id": "list_media", "workflow_id": "list_workflows",
	"upsell_id": "list_upsells", "page_id": "list_content_pages", "cover_id": "list_covers", "cover_ids": "list_covers",
}

// exampler finds ids in the sandbox.
type exampler struct {
	app       *app.App
	completer *completion.Completer
}

// example returns a command that calls a tool in the sandbox.
func (p Process) example(ctx context.Context, d *tool.Definition) (string, error) {
	var c commands
	parser, err := c.parser(nil)
	if err != nil {
		return "", err
	}
	if _, err := parser.Parse([]string{"tools", "--sandbox", "--log-level=error", "--toolsets=all"}); err != nil {
		return "", err
	}
	p.Stderr = io.Discard
	a, err := p.start(ctx, &c.Common)
	if err != nil {
		return "", err
	}
	defer a.Close()
	words := []string{"gumroad-mcp", "--sandbox"}
	if d.Optional() {
		words = append(words, "--toolsets="+d.Toolset())
	}
	words = append(words, "call", d.Name)
	e := exampler{a, completion.New(a.Catalog)}
	for _, pair := range e.arguments(ctx, argumentsOf(d)) {
		words = append(words, shellWord(pair))
	}
	return strings.Join(words, " "), nil
}

// arguments returns values for the arguments that must be given: of the first product that has all they need.
func (e exampler) arguments(ctx context.Context, all []argument) (pairs []string) {
	if slices.ContainsFunc(all, func(a argument) bool { return a.Name == "limit" }) {
		defer func() { pairs = append(pairs, "limit=3") }()
	}
	wanted := slices.DeleteFunc(slices.Clone(all), func(a argument) bool { return !a.Required })
	products := []string{""}
	if slices.ContainsFunc(wanted, func(a argument) bool { return a.Name == "product_id" }) {
		products = e.completer.Field(ctx, "product_id", "", "").Values
	}
	for _, product := range products {
		given, whole := map[string]any{"product_id": product}, true
		var found []string
		for _, a := range wanted {
			value := e.value(ctx, a, given)
			whole = whole && value != ""
			given[a.Name] = value
			found = append(found, a.Name+"="+cmp.Or(value, "…"))
		}
		if pairs == nil || whole {
			pairs = found
		}
		if whole {
			break
		}
	}
	return pairs
}

// value returns a value for one argument, or "" if the sandbox has none beside those that are given.
func (e exampler) value(ctx context.Context, a argument, given map[string]any) string {
	if value, ok := given[a.Name].(string); ok {
		return value
	}
	if lister, ok := listedBy[a.Name]; ok {
		arguments := map[string]any{}
		d, _ := e.app.Catalog.Find(lister)
		for name, value := range given {
			if d != nil && d.Takes(name) && value != "" {
				arguments[name] = value
			}
		}
		reading, err := e.app.Catalog.Read(ctx, lister, arguments)
		if err != nil || len(reading.Rows) == 0 {
			return ""
		}
		return cmp.Or(reading.Rows[0].Text("id"), reading.Rows[0].Text(a.Name))
	}
	if values := e.completer.Field(ctx, a.Name, "", "").Values; len(values) > 0 {
		return values[0]
	}
	return cmp.Or(samples[a.Name], strings.Join(a.Enum[:min(len(a.Enum), 1)], ""))
}
