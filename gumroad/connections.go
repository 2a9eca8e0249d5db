package gumroad

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Connection is a store's OAuth grant, kept by Maton. Times are RFC 3339, in UTC.
type Connection struct {
	Status          string `json:"status" concise:"always" jsonschema_description:"ACTIVE, PENDING or FAILED; other words of Maton's mean that it cannot be used."`
	CreationTime    string `json:"creation_time,omitempty" concise:"always"`
	LastUpdatedTime string `json:"last_updated_time,omitempty"`
	// URL lets whoever opens it finish the OAuth of this connection. Maton sends it with ACTIVE connections too, where
	// nobody needs it and it could leak; it is dropped there.
	URL string `json:"url,omitempty" jsonschema_description:"OAuth link to open in a browser; only while PENDING."`
	ID  string `json:"connection_id" concise:"always"`
}

// The states of a connection.
const (
	ConnectionActive  = "ACTIVE"
	ConnectionPending = "PENDING"
	ConnectionFailed  = "FAILED"
)

// RowID returns the connection's id.
func (c Connection) RowID() string { return c.ID }

// Envelope names the record.
func (Connection) Envelope() (one, many string) { return "connection", "connections" }

// fromEnvelope accepts {"connection":{…}} and the bare object: Maton does not document which of them POST gives.
func (c *Connection) fromEnvelope(body []byte) error {
	var wrapped struct {
		Connection json.RawMessage `json:"connection"`
	}
	if err := unmarshal(body, &wrapped); err != nil {
		return err
	}
	if wrapped.Connection != nil {
		body = wrapped.Connection
	}
	if err := unmarshal(body, c); err != nil {
		return err
	}
	if c.ID == "" {
		return member([]byte("{}"), "connection", c)
	}
	c.hideLink()
	return nil
}

func (c *Connection) hideLink() {
	if c.Status != ConnectionPending {
		c.URL = ""
	}
}

// ListConnections asks for the connections of one status, or of all when it is empty.
type ListConnections struct {
	Status string `query:"status" json:"status,omitempty" jsonschema:"enum=ACTIVE,enum=PENDING,enum=FAILED" jsonschema_description:"Only in this state."`
}

// connectionsPage asks for one page. Maton does not document paging, but some versions had it.
type connectionsPage struct {
	ListConnections
	App       string `query:"app"`
	Limit     *Int   `query:"limit"`
	NextToken string `query:"next_token"`
}

// From continues at a token.
func (in connectionsPage) From(token string) connectionsPage {
	in.NextToken = token
	return in
}

const maxConnectionPages = 50

// ListConnections returns all of the account's Gumroad connections, oldest first. Like every operation on connections
// it is NotFound in direct mode and NotAllowed for a pinned Client.
func (c *Client) ListConnections(ctx context.Context, in ListConnections) (Page[Connection], error) {
	limit := Int(100)
	fetch := func(ctx context.Context, ask connectionsPage) (Page[Connection], error) {
		return control[Page[Connection]](ctx, c, http.MethodGet, "/connections", ask)
	}
	var all Page[Connection]
	pages, rows := 0, 0
	for page, err := range Pages(ctx, connectionsPage{ListConnections: in, App: "gumroad", Limit: &limit}, fetch) {
		if err != nil {
			return all, err
		}
		pages++
		if rows += len(page.Rows); pages > maxConnectionPages || rows > maxRows {
			return all, &Error{Code: UpstreamUnavailable, Message: "Maton's list of connections does not end."}
		}
		for _, connection := range page.Rows {
			if in.Status == "" || connection.Status == in.Status { // Maton's filter is not relied on
				connection.hideLink()
				all.Rows = append(all.Rows, connection)
			}
		}
	}
	slices.SortStableFunc(all.Rows, func(a, b Connection) int { return a.Created().Compare(b.Created()) })
	return all, nil
}

// Created returns when the connection was begun; zero when Maton did not say.
func (c Connection) Created() time.Time {
	t, _ := time.Parse(time.RFC3339Nano, c.CreationTime)
	return t
}

// ConnectionRef names a connection.
type ConnectionRef struct {
	ConnectionID string `path:"connection_id" json:"connection_id" jsonschema_description:"From list_connections."`
}

// GetConnection returns a connection, with its OAuth link while it is PENDING.
func (c *Client) GetConnection(ctx context.Context, in ConnectionRef) (Connection, error) {
	return control[Connection](ctx, c, http.MethodGet, "/connections/{connection_id}", in)
}

// CreateConnection begins a new connection. It is PENDING until someone has opened its URL and the store's owner
// agreed. The URL is empty where Maton did not give it: the connection is there all the same, and GetConnection may tell.
func (c *Client) CreateConnection(ctx context.Context) (Connection, error) {
	created, err := control[Connection](ctx, c, http.MethodPost, "/connections", struct {
		App string `body:"app"`
	}{"gumroad"})
	if err != nil || created.URL != "" {
		return created, err
	}
	if read, err := c.GetConnection(ctx, ConnectionRef{created.ID}); err == nil {
		return read, nil
	}
	return created, nil
}

// linkLifetime is the age up to which a PENDING connection is offered again.
const linkLifetime = 15 * time.Minute

// PendingConnection returns a recent connection whose link can still be opened, or begins a new one. Without the reuse,
// repeated tries would pile connections up.
func (c *Client) PendingConnection(ctx context.Context) (Connection, error) {
	pending, err := c.ListConnections(ctx, ListConnections{Status: ConnectionPending})
	if err != nil {
		return Connection{}, err
	}
	for _, connection := range slices.Backward(pending.Rows) {
		if connection.URL != "" && c.Now().Sub(connection.Created()) < linkLifetime {
			return connection, nil
		}
	}
	return c.CreateConnection(ctx)
}

// DeleteConnection ends Maton's access to a store. Maton does not document its answer; the message is ours.
func (c *Client) DeleteConnection(ctx context.Context, in ConnectionRef) (Deleted[Connection], error) {
	_, err := control[struct{}](ctx, c, http.MethodDelete, "/connections/{connection_id}", in)
	if err != nil {
		return Deleted[Connection]{}, err
	}
	return Deleted[Connection]{Message: "The connection was deleted."}, nil
}

const connectionPoll = 2 * time.Second

// WaitForConnection polls a connection until it is no longer PENDING or wait is over, and returns it as it then is. It
// returns at once where it must not wait (WithWaiting). A context that ends first is a Timeout.
func (c *Client) WaitForConnection(ctx context.Context, in ConnectionRef, wait time.Duration) (Connection, error) {
	deadline := time.Now().Add(wait)
	for waited := 0; ; {
		connection, err := c.GetConnection(ctx, in)
		rest := time.Until(deadline)
		if err != nil || connection.Status != ConnectionPending || rest <= 0 {
			return connection, err
		}
		if waited == 0 {
			over, ok := BeginWaiting(ctx)
			if !ok {
				return connection, nil
			}
			defer over()
		}
		Report(ctx, waited, int(wait.Seconds()), "Waiting for somebody to open "+connection.URL+" and authorize the store")
		pause := min(connectionPoll, rest)
		select {
		case <-ctx.Done():
			return connection, &Error{Code: Timeout, Message: "The wait was cancelled.", cause: ctx.Err()}
		case <-time.After(pause):
			waited += max(int(pause.Seconds()), 1)
		}
	}
}
