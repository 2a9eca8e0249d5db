package tools

import (
	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var subscribers = tool.Set{
	Name: "subscribers", Doc: "Memberships.",
	Tools: []tool.Tool{
		{Name: "list_subscribers", Title: "List subscribers", Effect: tool.Reads,
			Doc: "List a membership's active subscribers, newest first. Who left: subscriber_report.",
			Run: tool.List((*gumroad.Client).ListSubscribers)},
		{Name: "get_subscriber", Title: "Show a subscriber", Effect: tool.Reads,
			Doc: "One subscriber, active or not.",
			Run: tool.Run((*gumroad.Client).GetSubscriber)},
	},
}
