// Package prompts holds the recurring jobs of a store's owner. Each is a row of the table and a text in text/, which
// leads an agent through the job with this server's tools.
package prompts

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"
	"unicode"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// A text is a template. It names a tool as {{tool "list_sales"}}. A tool that is not among those the prompt needs can be
// off: the text then has {{with tool "…"}}…{{else}}…{{end}}, or an alternative as in {{tool "…" "the orders page"}}. An
// argument is put in as {{quote .name}}.
//
//go:embed text/*.md
var texts embed.FS

// prompt is one row of the table.
type prompt struct {
	name, title, doc string
	needs            []string // if one of these tools is off, the prompt is not offered
	arguments        []argument
	// prepare checks arguments that depend on each other, and adds values that the text needs. It may be nil.
	prepare func(given values, now time.Time) error
}

// argument is an argument of a prompt, which a person fills in.
type argument struct {
	name, title, doc string
	required         bool
	check            func(value string) error // nil accepts any short text
	complete         func(p *Prompts, ctx context.Context, typed string) *mcp.Completion
}

// values holds the given arguments of one call, by name.
type values map[string]string

// Prompts holds the prompts whose tools are on.
type Prompts struct {
	catalog   *tool.Catalog
	completer *completion.Completer
	rows      []prompt
	texts     *template.Template
}

// New returns the prompts, without those that need a tool which is off.
func New(catalog *tool.Catalog, completer *completion.Completer) *Prompts {
	functions := template.FuncMap{"tool": catalog.NameOf, "quote": quote}
	p := &Prompts{catalog: catalog, completer: completer,
		texts: template.Must(template.New("").Funcs(functions).ParseFS(texts, "text/*.md"))}
	for _, row := range table() {
		if !slices.ContainsFunc(row.needs, func(name string) bool { return !catalog.Has(name) }) {
			p.rows = append(p.rows, row)
		}
	}
	return p
}

// List returns the prompts as prompts/list shows them.
func (p *Prompts) List() []mcp.Prompt {
	var all []mcp.Prompt
	for _, row := range p.rows {
		all = append(all, row.spec())
	}
	return all
}

// Get returns the text of a prompt, with the arguments filled in. Its error is InvalidArguments if they are wrong.
func (p *Prompts) Get(name string, arguments map[string]string) (*mcp.GetPromptResult, error) {
	for _, row := range p.rows {
		if row.name == name {
			return p.get(&row, arguments)
		}
	}
	return nil, gumroad.Invalid(fmt.Sprintf("There is no prompt %s.", quote(name)))
}

func (row *prompt) spec() mcp.Prompt {
	spec := mcp.Prompt{Name: row.name, Title: row.title, Description: row.doc}
	for _, a := range row.arguments {
		spec.Arguments = append(spec.Arguments,
			mcp.PromptArgument{Name: a.name, Title: a.title, Description: a.doc, Required: a.required})
	}
	return spec
}

func (p *Prompts) get(row *prompt, arguments map[string]string) (*mcp.GetPromptResult, error) {
	given, err := row.checked(arguments)
	if err == nil && row.prepare != nil {
		err = row.prepare(given, p.catalog.Now())
	}
	if err != nil {
		return nil, gumroad.Invalid(
			fmt.Sprintf("The prompt %s: %s.", row.name, strings.TrimSuffix(err.Error(), ".")))
	}
	var text strings.Builder
	if err := p.texts.ExecuteTemplate(&text, row.name+".md", given); err != nil {
		return nil, err
	}
	return &mcp.GetPromptResult{Description: row.doc, Messages: []mcp.PromptMessage{
		{Role: mcp.RoleUser, Content: mcp.NewTextContent(strings.TrimSpace(text.String()))},
	}}, nil
}

const maxArgument = 500 // bytes

// checked returns the arguments that were filled in. An empty one counts as not given, because forms send empty fields.
func (row *prompt) checked(arguments map[string]string) (values, error) {
	given := values{}
	var known []string
	for _, a := range row.arguments {
		known = append(known, a.name)
		value := strings.TrimSpace(arguments[a.name])
		switch {
		case value == "" && a.required:
			return nil, fmt.Errorf("%s is required. %s", a.name, a.doc)
		case value == "":
			continue
		case len(value) > maxArgument, strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsGraphic(r) }):
			return nil, fmt.Errorf("%s must be one line of at most %d bytes. %s", a.name, maxArgument, a.doc)
		}
		if a.check != nil {
			if err := a.check(value); err != nil {
				return nil, fmt.Errorf("%s %w. %s", a.name, err, a.doc)
			}
		}
		given[a.name] = value
	}
	for name := range arguments {
		switch {
		case slices.Contains(known, name):
		case len(known) == 0:
			return nil, fmt.Errorf("it takes no arguments")
		default:
			return nil, fmt.Errorf("there is no argument %s; it takes %s", quote(name), strings.Join(known, ", "))
		}
	}
	return given, nil
}

// quote returns what somebody typed in quotes, to set it off from the text around it.
func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, "'") + `"` }

// CompletePromptArgument suggests values for an argument, if its row has a function for that.
func (p *Prompts) CompletePromptArgument(ctx context.Context, name string, argument mcp.CompleteArgument,
	_ mcp.CompleteContext) (*mcp.Completion, error) {
	for _, row := range p.rows {
		for _, a := range row.arguments {
			if row.name == name && a.name == argument.Name && a.complete != nil {
				return a.complete(p, ctx, argument.Value), nil
			}
		}
	}
	return completion.Match("", nil), nil
}
