package docs_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// TestToolPages writes a page for each toolset, and the menu.
func TestToolPages(t *testing.T) {
	t.Parallel()
	examples := runExamples(t)
	t.Run("every tool has an example, and each that can ask shows what", func(t *testing.T) {
		checkExamples(t, examples)
	})
	if t.Failed() {
		return
	}
	defined := map[string]*tool.Definition{}
	for _, d := range testserver.New(t, testserver.EveryToolset).Catalog.Definitions() {
		defined[d.Name] = d
	}
	pages := []string{filepath.Join("tools", "README.md")}
	for _, set := range tools.Toolsets() {
		var page strings.Builder
		writeHead(&page, set)
		for _, row := range set.Tools {
			writeTool(&page, set, row, defined[row.Name].Input(), examples[row.Name])
		}
		path := filepath.Join("tools", set.Name+".md")
		testserver.Golden(t, path, page.String())
		pages = append(pages, path)
	}
	testserver.OnlyGoldens(t, "tools/*.md", pages)
	testserver.GoldenPart(t, pages[0], "tools", menu())
}

func checkExamples(t *testing.T, examples map[string][]example) {
	asks := func(e example) bool { return e.question != "" }
	for _, set := range tools.Toolsets() {
		for _, row := range set.Tools {
			switch of := examples[row.Name]; {
			case len(of) == 0:
				t.Errorf("tools/examples.txt has none of %s that succeeds", row.Name)
			case row.Ask != nil && !slices.ContainsFunc(of, asks):
				t.Errorf("%s asks in no example", row.Name)
			}
		}
	}
}

// menu is a table of all toolsets, and one of the tools of each.
func menu() string {
	var list, tables strings.Builder
	count := 0
	for _, set := range tools.Toolsets() {
		when := "on"
		if set.Optional {
			when = "if named"
		}
		fmt.Fprintf(&list, "| [%[1]s](%[1]s.md) | %s | %d | %s |\n", set.Name, strings.TrimSuffix(set.Doc, "."), len(set.Tools), when)
		fmt.Fprintf(&tables, "\n### %s\n\n| Tool | | What it does |\n|---|---|---|\n", set.Name)
		for _, row := range set.Tools {
			effect := row.Effect.String()
			if row.Ask != nil {
				effect += ", asks first"
			}
			fmt.Fprintf(&tables, "| [`%s`](%s.md#%s) | %s | %s |\n", fullName(row), set.Name, fullName(row), effect, escape(row.Doc))
			count++
		}
	}
	return fmt.Sprintf("%d tools in %d toolsets.\n\n| Toolset | What it is for | Tools | |\n|---|---|---:|---|\n", count,
		len(tools.Toolsets())) + list.String() + tables.String()
}

func fullName(row tool.Tool) string { return tool.DefaultPrefix + row.Name }

func writeHead(page *strings.Builder, set tool.Set) {
	fmt.Fprintf(page, "# %s\n\n%s ", set.Name, set.Doc)
	if set.Optional {
		fmt.Fprintf(page, "It is off unless it is named: `--toolsets=default,%s` adds it to the usual ones, `--toolsets=%s` gives nothing else.",
			set.Name, set.Name)
	} else {
		fmt.Fprint(page, "It is on by default.")
	}
	if set.Account {
		fmt.Fprint(page, " Its tools act on the Maton account; with `GUMROAD_ACCESS_TOKEN` they are off.")
	}
	fmt.Fprint(page, "\n\n[How to read this page, and arguments that all tools share](README.md)\n\n")
	for _, row := range set.Tools {
		fmt.Fprintf(page, "- [%s](#%s): %s\n", row.Name, fullName(row), escape(row.Title))
	}
}

var effects = map[tool.Effect]string{
	tool.Reads:    "It only reads.",
	tool.Changes:  "It changes something.",
	tool.Destroys: "What it does cannot be undone.",
}

func writeTool(page *strings.Builder, set tool.Set, row tool.Tool, input *jsonschema.Schema, examples []example) {
	fmt.Fprintf(page, "\n## %s\n\n%s\n\n%s", fullName(row), escape(row.Doc), effects[row.Effect])
	if row.Ask != nil {
		fmt.Fprint(page, " It asks a person first.")
	}
	fmt.Fprintf(page, " A caller needs `%s`", row.Effect.Scope())
	if needed := allScopes(examples); len(needed) > 0 && !set.Account {
		fmt.Fprintf(page, ", and the store's grant `%s`", strings.Join(needed, "`, `"))
	}
	fmt.Fprint(page, ".\n")
	writeArguments(page, input)
	writeRefusals(page, row.Refuses)
	for _, e := range examples {
		fmt.Fprintf(page, "\n```sh\n%s\n```\n", e.command)
		if e.question != "" {
			fmt.Fprintf(page, "\nThe person is asked:\n\n```text\n%s\n```\n\nAfter a yes:\n", e.question)
		}
		fmt.Fprintf(page, "\n```json\n%s\n```\n", pretty(json.RawMessage(e.answer)))
	}
}

func allScopes(examples []example) (all []string) {
	for _, e := range examples {
		all = append(all, e.scopes...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// shared are arguments that README.md explains.
var shared = []string{"connection_id", "confirm_token"}

func writeArguments(page *strings.Builder, input *jsonschema.Schema) {
	var rows strings.Builder
	for pair := input.Properties.Oldest(); pair != nil; pair = pair.Next() {
		required := slices.Contains(input.Required, pair.Key)
		if slices.Contains(shared, pair.Key) && !required {
			continue
		}
		name := "`" + pair.Key + "`"
		if required {
			name += ", required"
		}
		fmt.Fprintf(&rows, "| %s | %s | %s |\n", name, kindOf(pair.Value), strings.Join(append([]string{escape(pair.Value.Description)}, limits(pair.Value)...), " "))
	}
	if rows.Len() == 0 {
		fmt.Fprint(page, "\nIt takes no arguments of its own.\n")
		return
	}
	fmt.Fprintf(page, "\n| Argument | Type | What it is |\n|---|---|---|\n%s", rows.String())
}

// kindOf names the type of an argument.
func kindOf(of *jsonschema.Schema) string {
	switch of.Type {
	case "string":
		if of.Format != "" {
			return "text, a " + of.Format
		}
		return "text"
	case "integer":
		return "whole number"
	case "boolean":
		return "true or false"
	case "array":
		return "list of " + kindOf(of.Items)
	}
	return of.Type
}

// limits are sentences about the values that an argument may have.
func limits(of *jsonschema.Schema) (all []string) {
	say := func(format string, values ...any) { all = append(all, fmt.Sprintf(format, values...)) }
	if of.Default != nil {
		say("Default: `%v`.", of.Default)
	}
	if len(of.Enum) > 0 {
		say("One of %s.", quoted(of.Enum))
	}
	switch least, most := of.Minimum, of.Maximum; {
	case least != "" && most != "":
		say("From %s to %s.", least, most)
	case least != "":
		say("At least %s.", least)
	case most != "":
		say("At most %s.", most)
	}
	if of.MaxLength != nil {
		say("At most %d characters.", *of.MaxLength)
	}
	if of.MaxItems != nil {
		say("At most %d of them.", *of.MaxItems)
	}
	if of.Items != nil {
		for _, limit := range limits(of.Items) {
			say("Each: %s", strings.ToLower(limit[:1])+limit[1:])
		}
		if of.Items.Properties != nil {
			for pair := of.Items.Properties.Oldest(); pair != nil; pair = pair.Next() {
				say("`%s` (%s): %s", pair.Key, kindOf(pair.Value), escape(pair.Value.Description))
			}
		}
	}
	return all
}

func quoted(values []any) string {
	var all []string
	for _, value := range values {
		all = append(all, fmt.Sprintf("`%v`", value))
	}
	return strings.Join(all, ", ")
}

// writeRefusals lists the arguments that are refused with an explanation, those with the same one together.
func writeRefusals(page *strings.Builder, refuses map[string]string) {
	why := map[string][]string{}
	for argument, reason := range refuses {
		why[reason] = append(why[reason], "`"+argument+"`")
	}
	var lines []string
	for reason, arguments := range why {
		slices.Sort(arguments)
		lines = append(lines, fmt.Sprintf("- %s: %s\n", strings.Join(arguments, ", "), escape(reason)))
	}
	if len(lines) == 0 {
		return
	}
	slices.Sort(lines)
	fmt.Fprintf(page, "\nIt refuses:\n\n%s", strings.Join(lines, ""))
}

// escape keeps a text from acting as markup, also within a table.
func escape(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "[", `\[`, "{", `\{`, "\n", " ").Replace(text)
}
