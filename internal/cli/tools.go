package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

type toolsCommand struct {
	JSON bool `env:"-" help:"Print them as JSON, as tools/list shows them to a client."`
}

// Run lists the tools that are on.
func (t toolsCommand) Run(ctx context.Context, p Process, c *settings.Common) error {
	a, err := p.start(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	switch {
	case t.JSON:
		return p.printSpecs(a.Catalog.Definitions())
	case p.StdoutIsTerminal:
		p.screen(p.Stdout, a.Catalog.Now()).menu(a.Catalog.Definitions())
		return nil
	}
	table := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	for _, d := range a.Catalog.Definitions() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", d.Toolset(), d.Name, d.Effect, d.Doc)
	}
	return table.Flush()
}

func (p Process) printSpecs(definitions []*tool.Definition) error {
	specs := []any{}
	for _, d := range definitions {
		specs = append(specs, d.Spec())
	}
	return p.printJSON(map[string]any{"tools": specs}, p.StdoutIsTerminal)
}

func (p Process) printJSON(value any, indented bool) error {
	encoder := json.NewEncoder(p.Stdout)
	encoder.SetEscapeHTML(false)
	if indented {
		encoder.SetIndent("", "  ")
	}
	return encoder.Encode(value)
}

// effects are the styles of what tools do.
var effects = map[tool.Effect]style{tool.Reads: green, tool.Changes: yellow, tool.Destroys: red}

// menu lists tools under the names of their toolsets.
func (s screen) menu(definitions []*tool.Definition) {
	longest, set := 0, ""
	for _, d := range definitions {
		longest = max(longest, columns(d.Name))
	}
	left := indent + longest + gap + len(tool.Destroys.String()) + gap
	for _, d := range definitions {
		if d.Toolset() != set {
			if set != "" {
				s.line("")
			}
			set = d.Toolset()
			s.line(s.paint(bold, set))
		}
		effect := d.Effect.String()
		head := fmt.Sprintf("%*s%-*s%*s", indent, "", longest, d.Name, gap, "") + s.paint(effects[d.Effect], effect) +
			strings.Repeat(" ", left-indent-longest-gap-len(effect))
		if s.width-left < 30 { // too narrow for three columns
			s.line(strings.TrimRight(head, " "))
			fmt.Fprintf(s, "%*s", 2*indent, "")
			s.wrapped(plain, d.Doc, 2*indent)
			continue
		}
		fmt.Fprint(s, head)
		s.wrapped(plain, d.Doc, left)
	}
	s.line("")
	s.wrapped(dim, "gumroad-mcp help TOOL explains one. gumroad-mcp call TOOL name=value … calls it.", 0)
}
