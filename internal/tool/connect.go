package tool

import (
	"context"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

const (
	connectAnswer = "connect"
	// linkLifetime is how long a PENDING connection's link is given out again.
	linkLifetime = 15 * time.Minute
	// authorizing is how long a call waits for the person to finish in the browser.
	authorizing = 2 * time.Minute
)

// connect gives the person the OAuth link when no store is connected. It returns nil once a store is, so that the call
// goes on, or the result that the client gets instead.
func (c *Catalog) connect(ctx context.Context, call *call, account *gumroad.Client) (instead *mcp.CallToolResult, err error) {
	if !c.Has("create_connection") || !call.caller.MayConnect {
		return nil, errUnconnected("Whoever runs this server has to connect one; connecting is switched off here.")
	}
	if answer := call.answerTo(connectAnswer); answer != nil {
		if answer.Action != mcp.ElicitationResponseActionAccept {
			return nil, failure{Code: gumroad.NoConnection, Changed: "no", Hint: "Do not try again unless they say so.",
				Message: "No Gumroad store is connected, and the person did not want to connect one."}
		}
		connection, err := account.WaitForConnection(ctx, gumroad.ConnectionRef{ConnectionID: call.state}, authorizing)
		if err != nil {
			return nil, err
		}
		c.stores.drop(account)
		if connection.Status == gumroad.ConnectionActive {
			return nil, nil
		}
		return nil, c.giveLink(connection)
	}
	pending, err := c.pendingConnection(ctx, account)
	if err != nil {
		return nil, err
	}
	if call.caller.CanOpenURL {
		return ask(pending.ID, connectAnswer, mcp.ElicitationParams{
			Mode:          mcp.ElicitationModeURL,
			Message:       "Connect your Gumroad store: sign in to Gumroad and authorize in the browser.",
			ElicitationID: pending.ID,
			URL:           pending.URL,
		}), nil
	}
	return nil, c.giveLink(pending)
}

// pendingConnection is a recent one whose link can still be opened, so that repeated calls do not pile them up, or a
// new one.
func (c *Catalog) pendingConnection(ctx context.Context, account *gumroad.Client) (gumroad.Connection, error) {
	pending, err := account.ListConnections(ctx, gumroad.ListConnections{Status: gumroad.ConnectionPending})
	if err != nil {
		return gumroad.Connection{}, err
	}
	for _, connection := range pending.Rows {
		if connection.URL != "" && c.Now().Sub(connection.Created()) < linkLifetime {
			return connection, nil
		}
	}
	return account.CreateConnection(ctx)
}

func (c *Catalog) giveLink(connection gumroad.Connection) failure {
	f := failure{Code: gumroad.NoConnection, Changed: "no", ConnectionID: connection.ID, URL: connection.URL}
	f.Message = "No Gumroad store is connected yet."
	f.Hint = "Have the person open " + connection.URL + " in a browser and authorize; then call " +
		c.prefix + "get_connection with connection_id " + connection.ID + " and wait_seconds 60, and repeat this call."
	if connection.URL == "" {
		f.Message = "The connection was not authorized."
		f.Hint = "Make a new one with " + c.prefix + "create_connection."
	}
	return f
}

// errUnconnected is that there is no store to act on.
func errUnconnected(hint string) error {
	return &gumroad.Error{Code: gumroad.NoConnection, Message: "No Gumroad store is connected to this Maton account.", Hint: hint}
}

// isUnconnected reports the error that connect is the answer to.
func isUnconnected(err error) bool { return errors.Is(err, gumroad.NoConnection) }
