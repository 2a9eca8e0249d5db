package tools

import "github.com/maton-ai/gumroad-mcp/gumroad"

var subscribers = Toolset{
	Name: "subscribers", Doc: "Memberships.",
	Tools: []Tool{
		{Name: "list_subscribers", Title: "List subscribers", Effect: Reads,
			Doc: "List the active subscribers of a membership, newest first. Ended ones are not listed by Gumroad.",
			Run: list((*gumroad.Client).ListSubscribers)},
		{Name: "get_subscriber", Title: "Show a subscriber", Effect: Reads,
			Doc: "One subscriber in any state: status, cancellation, failure, purchases.",
			Run: run((*gumroad.Client).GetSubscriber)},
	},
}
