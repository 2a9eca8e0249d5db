// Package views makes the pages that show results to people, in hosts that support MCP Apps. A page is one HTML document
// without anything from the network. Its sources are base.css, and modules of JavaScript that are written to be read:
// each page has a module of its own, and those that it imports.
package views

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	minifier "github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/js"
)

// MIME is the type of a page.
const MIME = "text/html;profile=mcp-app"

// View is a row of the table.
type View struct {
	Name, Title, Doc string
	// Calls names the tools that the page calls, the first of which makes the result that it shows.
	Calls []string
}

var table = []View{
	{"sales", "Sales", "Revenue of a period, against the period before.", []string{"sales_report"}},
	{"sale", "Sale", "One sale, with refund and shipping.", []string{"get_sale", "refund_sale", "mark_sale_shipped"}},
	{"members", "Members", "Who came and who left, and what the present members pay.", []string{"subscriber_report"}},
	{"discounts", "Discounts", "Discount codes with their uses.", []string{"list_discounts"}},
	{"payouts", "Payouts", "Payouts with their states, upcoming first.", []string{"list_payouts"}},
}

// All returns the views.
func All() []View { return slices.Clone(table) }

//go:embed *.css *.js
var sources embed.FS

// Page returns the document. tools holds the full names of the tools that are on, by short name.
func (v View) Page(tools map[string]string) string {
	config, err := json.Marshal(struct { // it escapes "<"
		View  string            `json:"view"`
		Tools map[string]string `json:"tools"`
	}{v.Name, tools})
	if err != nil {
		panic(err)
	}
	style, script := v.sources()
	return fmt.Sprintf(`<!doctype html><html lang="en"><head><meta charset="utf-8">`+
		`<meta name="viewport" content="width=device-width"><title>%s</title><style>%s</style></head><body>`+
		`<script type="application/json" id="config">%s</script><script>%s</script></body></html>`,
		v.Title, style, config, script)
}

var (
	imports  = regexp.MustCompile(`(?m)^import \{[^}]*\} from "\./(.+)\.js";\n`)
	exported = regexp.MustCompile(`(?m)^export `)
	comments = regexp.MustCompile(`(?s)/\*.*?\*/`)
	spaces   = regexp.MustCompile(`\s*([{}:;,])\s*`)
)

// sources returns the page's style and script. They are those of the page's module and of the modules that it imports,
// each once and before the one that imports it. The words import and export are taken away, because inline modules
// cannot import each other: all share one scope.
func (v View) sources() (style, script string) {
	style = read("base.css")
	var seen []string
	var add func(module string)
	add = func(module string) {
		if slices.Contains(seen, module) {
			return
		}
		seen = append(seen, module)
		text := read(module + ".js")
		for _, imported := range imports.FindAllStringSubmatch(text, -1) {
			add(imported[1])
		}
		style += read(module + ".css")
		script += exported.ReplaceAllString(imports.ReplaceAllString(text, ""), "")
	}
	add(v.Name)
	style = spaces.ReplaceAllString(comments.ReplaceAllString(style, ""), "$1")
	script, err := minify(`(()=>{"use strict";` + "\n" + script + "})()")
	if err != nil {
		panic(err) // the module is no JavaScript, which is a fault of the program
	}
	return style, script
}

// read returns a source, or "" if there is none: not every module has a style.
func read(name string) string {
	text, err := sources.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		panic(err)
	}
	return string(text)
}

// minify takes away comments and white space, and shortens the names that nobody outside sees.
func minify(script string) (string, error) {
	var small strings.Builder
	err := (&js.Minifier{}).Minify(minifier.New(), &small, strings.NewReader(script), nil)
	return small.String(), err
}
