package tool

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

const (
	connectAnswer = "connect"
	// authorizationWait is how long a call waits for the person to finish in the browser.
	authorizationWait = 45 * time.Second
)

// connect has the person connect a store, where none is connected yet. A client that can open links gets a result that
// has it open the OAuth link, and calls again when the person is done; others get the link in an error. It returns nil
// once a store is connected, so that the call goes on.
func (c *Catalog) connect(ctx context.Context, call *toolCall, account *gumroad.Client) (
	instead *mcp.CallToolResult, err error) {
	if !c.Has("create_connection") || !call.caller.MayConnect {
		return nil, errUnconnected("Connecting stores is switched off here; whoever runs this server has to connect one.")
	}
	if answer := call.answerTo(connectAnswer); answer != nil {
		if !wasAsked(answer) {
			return nil, errNotAsked
		}
		if answer.Action != mcp.ElicitationResponseActionAccept {
			return nil, failure{Code: gumroad.NoConnection, Changed: "no", Hint: "Do not try again unless they say so.",
				Message: "No Gumroad store is connected, and the person did not want to connect one."}
		}
		connection, err := account.WaitForConnection(ctx, gumroad.ConnectionRef{ConnectionID: call.state}, authorizationWait)
		if err != nil {
			return nil, err
		}
		c.stores.changed(account)
		if connection.Status == gumroad.ConnectionActive {
			return nil, nil
		}
		return nil, c.giveLink(connection)
	}
	pending, err := account.PendingConnection(ctx)
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

// giveLink returns the error that gives the person the OAuth link of a connection, or says why there is none.
func (c *Catalog) giveLink(connection gumroad.Connection) failure {
	f := failure{Code: gumroad.NoConnection, Changed: "no", ConnectionID: connection.ID, URL: connection.URL}
	look := ""
	if name := c.NameOf("get_connection"); name != "" {
		look = "call " + name + " with connection_id " + connection.ID + " and wait_seconds 45, and "
	}
	switch {
	case connection.URL != "":
		f.Message = "No Gumroad store is connected yet."
		f.Hint = "Have the person open " + connection.URL + " in a browser and authorize; then " + look + "repeat this call."
	case connection.Status == gumroad.ConnectionPending:
		f.Message = "No Gumroad store is connected yet. A connection was begun, but Maton has not given its link."
		f.Hint = "To get the link, " + look + "repeat this call once the person has authorized."
	default:
		f.Message = "The connection was not authorized."
		f.Hint = "Make a new one with " + c.NameOf("create_connection") + "."
	}
	return f
}

// errUnconnected returns the error for an account without a connected store.
func errUnconnected(hint string) error {
	return &gumroad.Error{
		Code: gumroad.NoConnection, Message: "No Gumroad store is connected to this Maton account.", Hint: hint}
}
