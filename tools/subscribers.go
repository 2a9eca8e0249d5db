package tools

import "github.com/gumroad-mcp/gumroad-mcp/gumroad"

var subscribers = Toolset{
	Name: "subscribers", Doc: "Memberships.",
	Tools: []Tool{
		{Name: "list_subscribers", Title: "List subscribers", Effect: Reads,
			Doc: "List the active subscribers of a membership, newest first. Gumroad lists no ended ones.",
			Run: list((*gumroad.Client).ListSubscribers)},
		{Name: "get_subscriber", Title: "Show a subscriber", Effect: Reads,
			Doc: "One subscriber, active or not: status, cancellation, purchases.",
			Run: run((*gumroad.Client).GetSubscriber)},
	},
}
