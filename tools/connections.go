package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var connections = tool.Set{
	Name: "connections", Doc: "The stores connected through Maton.", Account: true,
	Tools: []tool.Tool{
		{Name: "list_connections", Title: "List connected stores", Effect: tool.Reads,
			Doc: "List the stores connected through Maton, oldest first.",
			Run: tool.All(listConnections)},
		{Name: "create_connection", Title: "Connect a store", Effect: tool.Changes,
			Doc: "Connect a store: gives an OAuth link for the person to open; then wait with get_connection.",
			Run: tool.RunWith(createConnection)},
		{Name: "get_connection", Title: "Check a connection", Effect: tool.Reads,
			Doc: "A connection's status and scopes.",
			Run: tool.RunWith(getConnection)},
		{Name: "delete_connection", Title: "Disconnect a store", Effect: tool.Destroys,
			Doc: "Disconnect a store from Maton. Its webhooks stop.",
			Ask: tool.Ask(askDeleteConnection),
			Run: tool.Run((*gumroad.Client).DeleteConnection)},
	},
}

// connectionRow is a connection with the store that it leads to.
type connectionRow struct {
	gumroad.Connection
	Store    string `json:"store,omitempty" concise:"always" jsonschema_description:"The store's name."`
	StoreURL string `json:"store_url,omitempty" concise:"always"`
}

// listConnections names the stores, which takes a request each.
func listConnections(c *gumroad.Client, ctx context.Context, in gumroad.ListConnections) (
	gumroad.Page[connectionRow], error) {
	var page gumroad.Page[connectionRow]
	found, err := c.ListConnections(ctx, in)
	if err != nil {
		return page, err
	}
	for _, connection := range found.Rows {
		// Whoever opens the link decides which store is connected, so only the tools that ask for one connection show
		// it.
		connection.URL = ""
		row := connectionRow{Connection: connection}
		if connection.Status == gumroad.ConnectionActive {
			row.Store, row.StoreURL = identify(ctx, c, connection.ID)
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// identify returns a store's name and address. If they cannot be read, it returns a text in place of the name instead
// of an error, so that one broken connection does not hide the others.
func identify(ctx context.Context, c *gumroad.Client, connection string) (name, url string) {
	store, err := c.WithConnection(connection)
	if err != nil {
		return "", ""
	}
	user, err := store.GetUser(ctx, struct{}{})
	if err != nil {
		return "unknown: the store did not answer", ""
	}
	return user.Name, user.URL
}

type connectionStatus struct {
	gumroad.Connection
	gumroad.Grant
	Next string `json:"next,omitempty" jsonschema_description:"What to do now."`
}

func newConnectionStatus(env tool.Env, ctx context.Context, connection gumroad.Connection) connectionStatus {
	s := connectionStatus{Connection: connection}
	switch {
	case connection.Status == gumroad.ConnectionPending && connection.URL == "":
		s.Next = "Maton has not given the link yet: call get_connection with this connection_id. " +
			"Do not make another connection."
	case connection.Status == gumroad.ConnectionPending:
		s.Next = "Have the person open url in a browser, sign in to Gumroad and authorize. " +
			"Then call get_connection with this connection_id and wait_seconds 45."
	case connection.Status == gumroad.ConnectionActive:
		s.Grant = env.Grant(ctx, connection)
		s.Next = "The store is connected. If several stores are, pass this connection_id to act on it." +
			withoutScopes(s.Missing)
	default:
		s.Next = "This connection cannot be used. Make a new one with create_connection."
	}
	return s
}

// needScope is what each scope that a grant can be seen to lack is for: toolsets, or a tool.
var needScope = map[string]string{
	"view_sales":    "sales, reports, subscribers, webhooks",
	"view_payouts":  "payouts",
	"edit_emails":   "emails, workflows",
	"view_profile":  "media, get_profile_layout",
	"view_tax_data": "taxes",
}

// withoutScopes says what to do about scopes that a grant lacks.
func withoutScopes(missing []string) string {
	if len(missing) == 0 {
		return ""
	}
	var each []string
	for _, scope := range missing {
		each = append(each, fmt.Sprintf("%s (for %s)", scope, needScope[scope]))
	}
	return " Its grant lacks " + strings.Join(each, ", ") + ": what is named there cannot be used with this connection. " +
		"If Maton grants an account these scopes, delete this connection and connect the store anew with that account " +
		"(create_connection)."
}

type waitArguments struct {
	WaitSeconds *gumroad.Int `json:"wait_seconds,omitempty" jsonschema:"minimum=0,maximum=45" jsonschema_description:"Wait for the person to finish."`
}

func (in waitArguments) wait() time.Duration {
	if in.WaitSeconds == nil {
		return 0
	}
	return time.Duration(*in.WaitSeconds) * time.Second
}

// createConnection waits only where the person sees the link meanwhile, as progress.
func createConnection(env tool.Env, ctx context.Context, in waitArguments) (connectionStatus, error) {
	connection, err := env.PendingConnection(ctx)
	if err == nil && in.wait() > 0 && connection.URL != "" && gumroad.HasProgress(ctx) {
		// If the wait fails, the connection still exists: return it as it was made.
		ref := gumroad.ConnectionRef{ConnectionID: connection.ID}
		if waited, err := env.WaitForConnection(ctx, ref, in.wait()); err == nil {
			connection = waited
		}
	}
	return newConnectionStatus(env, ctx, connection), err
}

type getConnectionArguments struct {
	gumroad.ConnectionRef
	waitArguments
}

func getConnection(env tool.Env, ctx context.Context, in getConnectionArguments) (connectionStatus, error) {
	connection, err := env.WaitForConnection(ctx, in.ConnectionRef, in.wait())
	return newConnectionStatus(env, ctx, connection), err
}

func askDeleteConnection(c *gumroad.Client, ctx context.Context, in gumroad.ConnectionRef) (string, error) {
	connection, err := c.GetConnection(ctx, in)
	if err != nil {
		return "", err
	}
	question := fmt.Sprintf("Disconnect the %s connection %s", connection.Status, connection.ID)
	if connection.Status == gumroad.ConnectionActive {
		name, _ := identify(ctx, c, connection.ID)
		question += fmt.Sprintf(" (store %s)", text.Quote(name))
	}
	question += "? To use the store again, its owner has to authorize it anew."
	if connection.Status != gumroad.ConnectionActive {
		return question, nil
	}
	store, err := c.WithConnection(connection.ID)
	if err != nil {
		return "", err
	}
	webhooks, err := store.ListWebhooks(ctx, gumroad.ListWebhooks{})
	if err != nil {
		return question + " Webhooks made through it stop; they could not be listed.", nil
	}
	if len(webhooks.Rows) > 0 {
		var names []string
		for _, webhook := range webhooks.Rows {
			names = append(names, webhook.ResourceName+" to "+text.Quote(webhook.PostURL))
		}
		question += " Webhooks made through it stop: " + strings.Join(names, ", ") + "."
	}
	return question, nil
}
