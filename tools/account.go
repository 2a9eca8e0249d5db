package tools

import "github.com/gumroad-mcp/gumroad-mcp/gumroad"

var account = Toolset{
	Name: "account", Doc: "The store's owner.",
	Tools: []Tool{
		{Name: "get_user", Title: "Show the store's profile", Effect: Reads,
			Doc: "Who owns the store: name, e-mail, address, currency, published products.",
			Run: run((*gumroad.Client).GetUser)},
	},
}
