package tools

import (
	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var account = tool.Set{
	Name: "account", Doc: "The store's owner.",
	Tools: []tool.Tool{
		{Name: "get_user", Title: "Show the store's profile", Effect: tool.Reads,
			Doc: "Who owns the store, its address and currency.",
			Run: tool.Run((*gumroad.Client).GetUser)},
	},
}
