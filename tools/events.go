package tools

import (
	"context"
	"fmt"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var eventTools = tool.Set{
	Name: "events", Doc: "What happens in the store.",
	Tools: []tool.Tool{
		{Name: "list_events", Title: "What happened", Effect: tool.Reads,
			Doc: "What happened since a time (a day ago) or the last answer, oldest first; coverage says what cannot be seen.",
			Run: tool.RunWith(listEvents)},
		{Name: "wait_for_event", Title: "Wait for something to happen", Effect: tool.Reads,
			Doc: "Wait until something happens, from now on or since the last answer; call again with next.",
			Run: tool.RunWith(waitForEvent)},
		{Name: "watch_store", Title: "Watch a store", Effect: tool.Changes,
			Doc: "Have Gumroad send every event here at once, by webhooks.",
			Ask: tool.AskWith(askWatch),
			Run: tool.RunWith(watchStore)},
		{Name: "unwatch_store", Title: "Stop watching a store", Effect: tool.Changes,
			Doc: "Delete the webhooks of watch_store.",
			Run: tool.RunWith(unwatchStore)},
	},
}

func listEvents(env tool.Env, ctx context.Context, in events.Query) (events.Listed, error) {
	return env.Events.List(ctx, env.Client, in)
}

func waitForEvent(env tool.Env, ctx context.Context, in events.WaitQuery) (events.Listed, error) {
	return env.Events.Wait(ctx, env.Client, in)
}

func watchStore(env tool.Env, ctx context.Context, _ struct{}) (events.Subscription, error) {
	return env.Events.Subscribe(ctx, env.Client)
}

func unwatchStore(env tool.Env, ctx context.Context, _ struct{}) (events.Subscription, error) {
	return env.Events.Unsubscribe(ctx, env.Client)
}

// askWatch asks nothing where every event comes here already.
func askWatch(env tool.Env, ctx context.Context, _ struct{}) (string, error) {
	missing, err := env.Events.Missing(ctx, env.Client)
	if err != nil || len(missing) == 0 {
		return "", err
	}
	user, err := env.GetUser(ctx, struct{}{})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Have Gumroad send what happens in the store %s (%s) to this server at %s? Each message holds the buyer's name, "+
		"e-mail and purchase; the server keeps only what happened and the ids.",
		text.Quote(user.Name), strings.Join(missing, ", "), text.Quote(env.Events.Host())), nil
}
