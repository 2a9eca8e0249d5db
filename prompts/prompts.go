// Package prompts is the recurring jobs of a store's owner: each a row of the table and a text under text/ that leads
// an agent through the job with this server's tools.
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

// A text names tools with {{tool "list_sales"}}. Those a prompt needs are always there; around others goes
// {{with tool "…"}}…{{else}}…{{end}}, or the alternative is named: {{tool "…" "the orders page"}}. What a person gave
// is put in with {{quote .name}}.
//
//go:embed text/*.md
var texts embed.FS

// prompt is one row of the table.
type prompt struct {
	name, title, doc string
	needs            []string // tools without which the job cannot be done; the prompt is not offered then
	arguments        []argument
	// prepare checks what the arguments mean together, and adds to them what the text needs; nil does neither.
	prepare func(given values, now time.Time) error
}

// argument is what a person may fill in.
type argument struct {
	name, title, doc string
	required         bool
	check            func(value string) error // nil: any short text
	complete         func(p *Prompts, ctx context.Context, typed string) *mcp.Completion
}

// values are the arguments of one call; what was not given is not there.
type values map[string]string

// Prompts are the rows that the policy leaves.
type Prompts struct {
	catalog   *tool.Catalog
	completer *completion.Completer
	rows      []prompt
	texts     *template.Template
}

// New leaves out the rows that need a tool that is off.
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

// List is the prompts as prompts/list shows them.
func (p *Prompts) List() []mcp.Prompt {
	var all []mcp.Prompt
	for _, row := range p.rows {
		all = append(all, row.spec())
	}
	return all
}

// Get fills in a prompt. An error of InvalidArguments says what is wrong with the arguments.
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
		spec.Arguments = append(spec.Arguments, mcp.PromptArgument{Name: a.name, Title: a.title, Description: a.doc, Required: a.required})
	}
	return spec
}

func (p *Prompts) get(row *prompt, arguments map[string]string) (*mcp.GetPromptResult, error) {
	given, err := row.checked(arguments)
	if err == nil && row.prepare != nil {
		err = row.prepare(given, p.catalog.Now())
	}
	if err != nil {
		return nil, gumroad.Invalid(fmt.Sprintf("The prompt %s: %s.", row.name, strings.TrimSuffix(err.Error(), ".")))
	}
	var text strings.Builder
	if err := p.texts.ExecuteTemplate(&text, row.name+".md", given); err != nil {
		return nil, err
	}
	return &mcp.GetPromptResult{Description: row.doc, Messages: []mcp.PromptMessage{
		{Role: mcp.RoleUser, Content: mcp.NewTextContent(strings.TrimSpace(text.String()))},
	}}, nil
}

const maxArgument = 500

// checked returns the arguments that were filled in; an empty one counts as left out, as forms send it.
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

// quote sets off what somebody typed from the text around it.
func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, "'") + `"` }

// CompletePromptArgument completes the arguments that have something to complete from.
func (p *Prompts) CompletePromptArgument(ctx context.Context, name string, argument mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	for _, row := range p.rows {
		for _, a := range row.arguments {
			if row.name == name && a.name == argument.Name && a.complete != nil {
				return a.complete(p, ctx, argument.Value), nil
			}
		}
	}
	return completion.Match("", nil), nil
}
