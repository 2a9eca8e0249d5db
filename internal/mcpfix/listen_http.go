package mcpfix

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Listening serves subscriptions/listen over HTTP with the mending of listen.go, and goes with it.
type Listening struct {
	Server *server.MCPServer
	Ending <-chan struct{} // closed when the streams have to end
	// Recovered runs a function and returns its panic as the error that the client is told; nil recovers nothing.
	Recovered func(ctx context.Context, run func()) error
}

// Takes reports whether a message is a subscriptions/listen in good form. Any other is mcp-go's, which says what is
// wrong with it.
func (o Listening) Takes(header http.Header, m Message) bool {
	if m.Method != string(mcp.MethodSubscriptionsListen) || !m.IsRequest() {
		return false
	}
	var params struct {
		Meta *mcp.Meta `json:"_meta"`
	}
	if json.Unmarshal(m.Params, &params) != nil {
		return false
	}
	version := params.Meta.ProtocolVersion()
	return mcp.IsModernProtocol(version) && mcp.IsValidProtocolVersion(version) &&
		header.Get(mcp.HeaderProtocolVersion) == version && header.Get(mcp.HeaderLastEventID) == "" &&
		mcp.ValidateStandardHeaders(header.Get, version, mcp.MethodSubscriptionsListen, m.Params) == nil
}

// Serve answers a message that it takes, of which body is the text.
func (o Listening) Serve(w http.ResponseWriter, r *http.Request, m Message, body []byte) {
	events := &eventStream{w: w}
	answer := listen(r.Context(), o.Server, stream{events.send, events.comment, o.Ending},
		func(ctx context.Context) mcp.JSONRPCMessage { return handle(ctx, o.Server, o.Recovered, m, body) })
	switch failure, failed := answer.(mcp.JSONRPCError); {
	case events.begun:
		_ = events.send(answer) // the client may be gone
	case answer == nil: // it is no request after all
		w.WriteHeader(http.StatusAccepted)
	default:
		w.Header().Set("Content-Type", "application/json")
		if failed && failure.Error.Code != mcp.INTERNAL_ERROR {
			w.WriteHeader(http.StatusBadRequest)
		}
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// eventStream is an answer of server-sent events. It begins with the first.
type eventStream struct {
	w     http.ResponseWriter
	begun bool
}

func (e *eventStream) send(messages ...any) error {
	var events bytes.Buffer
	for _, message := range messages {
		raw, err := json.Marshal(message)
		if err != nil {
			return err
		}
		fmt.Fprintf(&events, "event: message\ndata: %s\n\n", raw)
	}
	if !e.begun {
		e.begun = true
		e.w.Header().Set("Content-Type", "text/event-stream")
		e.w.WriteHeader(http.StatusOK)
	}
	return e.write(events.Bytes())
}

func (e *eventStream) comment() error { return e.write([]byte(":\n\n")) }

func (e *eventStream) write(p []byte) error {
	if _, err := e.w.Write(p); err != nil {
		return err
	}
	return http.NewResponseController(e.w).Flush()
}
