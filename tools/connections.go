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
			Doc: "List the Gumroad stores connected through Maton, oldest first.",
			Run: tool.All(listConnections)},
		{Name: "create_connection", Title: "Connect a store", Effect: tool.Changes,
			Doc: "Connect a Gumroad store: gives an OAuth link for the person to open; then wait with get_connection.",
			Run: tool.Run(createConnection)},
		{Name: "get_connection", Title: "Check a connection", Effect: tool.Reads,
			Doc: "Status of a connection; wait_seconds waits until the person has finished.",
			Run: tool.Run(getConnection)},
		{Name: "delete_connection", Title: "Disconnect a store", Effect: tool.Destroys,
			Doc: "Disconnect a store from Maton. Its webhooks stop.",
			Ask: tool.Ask(askDeleteConnection),
			Run: tool.Run((*gumroad.Client).DeleteConnection)},
	},
}

type connectionRow struct {
	gumroad.Connection
	Store    string `json:"store,omitempty" concise:"always" jsonschema_description:"The store's name."`
	StoreURL string `json:"store_url,omitempty" concise:"always"`
}

type listConnectionsArguments struct {
	gumroad.ListConnections
	WithStore *bool `json:"with_store,omitempty" jsonschema_description:"Add each store's name and address."`
}

func listConnections(c *gumroad.Client, ctx context.Context, in listConnectionsArguments) (gumroad.Page[connectionRow], error) {
	var page gumroad.Page[connectionRow]
	found, err := c.ListConnections(ctx, in.ListConnections)
	if err != nil {
		return page, err
	}
	for _, connection := range found.Rows {
		// The link is a secret; create_connection and get_connection give it to whom it is for.
		connection.URL = ""
		row := connectionRow{Connection: connection}
		if in.WithStore != nil && *in.WithStore && connection.Status == gumroad.ConnectionActive {
			row.Store, row.StoreURL = identify(ctx, c, connection.ID)
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// identify is a store's name and address, or why they are not known: one broken grant must not hide the others.
func identify(ctx context.Context, c *gumroad.Client, connection string) (name, url string) {
	of, err := c.WithConnection(connection)
	if err != nil {
		return "", ""
	}
	user, err := of.GetUser(ctx, struct{}{})
	if err != nil {
		return "unknown: the store did not answer", ""
	}
	return user.Name, user.URL
}

type connectionStatus struct {
	gumroad.Connection
	Next string `json:"next,omitempty" jsonschema_description:"What to do now."`
}

func status(connection gumroad.Connection) connectionStatus {
	s := connectionStatus{Connection: connection}
	switch connection.Status {
	case gumroad.ConnectionPending:
		s.Next = "Have the person open url in a browser, sign in to Gumroad and authorize. Then call get_connection with this connection_id and wait_seconds 60."
	case gumroad.ConnectionActive:
		s.Next = "The store is connected; use its connection_id if several are."
	default:
		s.Next = "It cannot be used. Make a new one with create_connection."
	}
	return s
}

type waitArguments struct {
	WaitSeconds *gumroad.Int `json:"wait_seconds,omitempty" jsonschema:"minimum=0,maximum=300" jsonschema_description:"Wait so long for the person."`
}

func (in waitArguments) wait() time.Duration {
	if in.WaitSeconds == nil {
		return 0
	}
	return time.Duration(*in.WaitSeconds) * time.Second
}

func createConnection(c *gumroad.Client, ctx context.Context, in waitArguments) (connectionStatus, error) {
	connection, err := c.CreateConnection(ctx)
	if err == nil && in.wait() > 0 {
		if waited, err := c.WaitForConnection(ctx, gumroad.ConnectionRef{ConnectionID: connection.ID}, in.wait()); err == nil {
			connection = waited
		}
	}
	return status(connection), err
}

type getConnectionArguments struct {
	gumroad.ConnectionRef
	waitArguments
}

func getConnection(c *gumroad.Client, ctx context.Context, in getConnectionArguments) (connectionStatus, error) {
	connection, err := c.WaitForConnection(ctx, in.ConnectionRef, in.wait())
	return status(connection), err
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
	question += "? The store's owner would have to authorize it anew."
	if connection.Status != gumroad.ConnectionActive {
		return question, nil
	}
	of, err := c.WithConnection(connection.ID)
	if err != nil {
		return "", err
	}
	webhooks, err := of.ListWebhooks(ctx, gumroad.ListWebhooks{})
	if err != nil {
		return question + " Webhooks made through it would stop; they could not be listed.", nil
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
