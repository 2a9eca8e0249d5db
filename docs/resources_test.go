package docs_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// era is the protocol version that says how long contents may be kept.
const era = "2026-07-28"

// resource is one as a client sees it, listed or as a template.
type resource struct {
	URI, URITemplate, Name, Title, Description, MIMEType string
}

// ofAStore is how a template ends that takes the store.
const ofAStore = "{?connection_id}"

// page is what resources/read answers.
type page struct {
	Contents []struct{ URI, MIMEType, Text string }
	TTLMs    int64
}

// variables are the URIs that are examples of templates, by the template's name, with highlights of the sandbox.
var variables = map[string]string{
	"product": "gumroad://products/{digital product}", "product_offer_codes": "gumroad://products/{digital product}/offer_codes",
	"product_variant_categories": "gumroad://products/{product with variants}/variant_categories",
	"product_custom_fields":      "gumroad://products/{physical product}/custom_fields",
	"product_reviews":            "gumroad://products/{digital product}/reviews",
	"product_subscribers":        "gumroad://products/{membership}/subscribers",
	"sale":                       "gumroad://sales/{USD sale not refunded}", "subscriber": "gumroad://subscribers/{subscriber alive}",
	"email": "gumroad://emails/{draft e-mail}", "page": "gumroad://pages/about",
	"utm_link": "gumroad://utm_links/{tracking link}", "payout": "gumroad://payouts/{completed payout}",
	"guide": "gumroad://guide/money",
}

// TestResourcePage writes what each resource is, with the beginning of its contents.
func TestResourcePage(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	exported := r.s.Must("export_sales", map[string]any{"from": "2026-10-01", "to": "2026-10-31"})
	uris := map[string]string{"export": exported.Links[0]}
	for name, uri := range variables {
		uris[name] = highlight.ReplaceAllStringFunc(uri, func(of string) string { return r.s.Highlight(of[1 : len(of)-1]).ID })
	}
	var table, examples strings.Builder
	fmt.Fprint(&table, "| URI | What | Type | May be kept |\n|---|---|---|---|\n")
	for _, one := range listedResources(t, r.s) {
		shown, template := one.URI, one.URITemplate != ""
		if template {
			shown = strings.TrimSuffix(one.URITemplate, ofAStore)
			uris[shown] = uris[one.Name]
		} else {
			uris[shown] = shown
		}
		uri := uris[shown]
		if uri == "" {
			t.Errorf("there is no example of %s", shown)
			continue
		}
		var read page
		if err := r.s.RPC(era, "resources/read", map[string]any{"uri": uri}, &read); err != nil {
			t.Errorf("%s: %+v", uri, err)
			continue
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %d s |\n", shown, escape(one.Description), one.MIMEType, read.TTLMs/1000)
		if template || !strings.HasPrefix(uri, "gumroad://guide/") {
			fmt.Fprintf(&examples, "\n### %s\n\n`%s`\n\n%s", one.Title, r.readable(uri), beginning(r.readable(read.Contents[0].Text), read.Contents[0].MIMEType))
		}
	}
	testserver.GoldenPart(t, "resources.md", "resources", table.String())
	testserver.GoldenPart(t, "resources.md", "examples", examples.String())
}

func listedResources(t *testing.T, s *testserver.Server) []resource {
	t.Helper()
	var all []resource
	for _, method := range []string{"resources/list", "resources/templates/list"} {
		var answer struct{ Resources, ResourceTemplates []resource }
		if err := s.RPC(era, method, nil, &answer); err != nil {
			t.Fatalf("%+v", err)
		}
		all = slices.Concat(all, answer.Resources, answer.ResourceTemplates)
	}
	listed := func(template resource) bool {
		return slices.ContainsFunc(all, func(one resource) bool { return one.URI+ofAStore == template.URITemplate })
	}
	return slices.DeleteFunc(slices.Clone(all), listed)
}

// beginning shows how contents begin.
func beginning(text, mime string) string {
	if mime == "application/json" {
		return "```json\n" + pretty(json.RawMessage(text)) + "\n```\n"
	}
	const shownLines = 8
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > shownLines {
		lines = append(lines[:shownLines], "…")
	}
	for i, line := range lines {
		if runes := []rune(line); len(runes) > shownText {
			lines[i] = string(runes[:shownText]) + "…"
		}
	}
	return "````text\n" + strings.Join(lines, "\n") + "\n````\n"
}
