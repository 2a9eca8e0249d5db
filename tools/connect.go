package tools

import (
	"context"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

const (
	connectAnswer = "connect"
	// linkLifetime is how old a PENDING connection's link may be to be given out again.
	linkLifetime = 15 * time.Minute
	// authorizing is how long a call waits for the person to finish in the browser.
	authorizing = 2 * time.Minute
)

// connect is what happens to a call when no store is connected: the person gets the OAuth link and the call goes on
// when they are done. It returns nil once a store is connected, or the result the client gets instead.
func (c *Catalog) connect(ctx context.Context, client *gumroad.Client, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if c.fullName("create_connection") == "" || onlyReads(ctx) {
		return nil, errUnconnected("Whoever runs this server has to connect one; connecting is switched off here.")
	}
	if answer := server.ElicitationResponse(request.Params.InputResponses, connectAnswer); answer != nil {
		if answer.Action != mcp.ElicitationResponseActionAccept {
			return failure{Code: gumroad.NoConnection, Message: "No Gumroad store is connected, and the person did not want to connect one.",
				Hint: "Do not try again unless they say so.", Changed: "no"}.result(), nil
		}
		connection, err := client.WaitForConnection(ctx, gumroad.ConnectionRef{ConnectionID: request.Params.RequestState}, authorizing)
		if err != nil {
			return nil, err
		}
		c.stores.drop(client)
		if connection.Status == gumroad.ConnectionActive {
			return nil, nil
		}
		return c.giveLink(connection), nil
	}
	pending, err := c.pendingConnection(ctx, client)
	if err != nil {
		return nil, err
	}
	if capability := c.elicitation(ctx); capability != nil && capability.URL != nil {
		return server.NewInputRequestBuilder(pending.ID).Elicit(connectAnswer, mcp.ElicitationParams{
			Mode:          mcp.ElicitationModeURL,
			Message:       "Connect your Gumroad store: sign in to Gumroad and authorize in the browser.",
			ElicitationID: pending.ID,
			URL:           pending.URL,
		}).ToolResult(), nil
	}
	return c.giveLink(pending), nil
}

// pendingConnection is one whose link can be opened: a recent one, so that repeated calls do not pile them up, or a
// new one.
func (c *Catalog) pendingConnection(ctx context.Context, client *gumroad.Client) (gumroad.Connection, error) {
	pending, err := client.ListConnections(ctx, gumroad.ListConnections{Status: gumroad.ConnectionPending})
	if err != nil {
		return gumroad.Connection{}, err
	}
	for _, connection := range pending.Rows {
		if connection.URL != "" && c.now().Sub(connection.Created()) < linkLifetime {
			return connection, nil
		}
	}
	return client.CreateConnection(ctx)
}

func (c *Catalog) giveLink(connection gumroad.Connection) *mcp.CallToolResult {
	f := failure{Code: gumroad.NoConnection, Changed: "no", ConnectionID: connection.ID, URL: connection.URL}
	f.Message = "No Gumroad store is connected yet."
	f.Hint = "Have the person open " + connection.URL + " in a browser and authorize; then call " +
		c.prefix + "get_connection with connection_id " + connection.ID + " and wait_seconds 60, and repeat this call."
	if connection.URL == "" {
		f.Message = "The connection was not authorized."
		f.Hint = "Make a new one with " + c.prefix + "create_connection."
	}
	return f.result()
}

// isUnconnected reports the error that connect is the answer to.
func isUnconnected(err error) bool {
	var e *gumroad.Error
	return errors.As(err, &e) && e.Code == gumroad.NoConnection
}
