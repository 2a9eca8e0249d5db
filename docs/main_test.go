package docs_test

import (
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// allTools are the tools of all toolsets.
func allTools() (rows []tool.Tool) {
	for _, set := range tools.Toolsets() {
		rows = append(rows, set.Tools...)
	}
	return rows
}
