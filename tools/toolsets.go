package tools

import "github.com/gumroad-mcp/gumroad-mcp/internal/tool"

// Toolsets are all there are, in the order clients see them.
func Toolsets() []tool.Set {
	return []tool.Set{
		connections, account, products, sales, reportTools, licenses, subscribers, offerCodes, variants, customFields, webhooks,
	}
}
