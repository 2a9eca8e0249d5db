package mcpfix

// mcp-go: handlerError (server/handler_errors.go) answers every error of a handler with the code -32603 and no data,
// and gives hooks no say in it; handleReadResource (server/server.go) names no URI for an unknown resource.
//
// Why it hurts: MCP prescribes -32002 or -32602 with data.uri for a resource that does not exist, and -32602 for
// wrong arguments of a prompt. A client must not take either for a fault of the server.
//
// Upstream: no report found. Its title would be "Let a handler's error choose its JSON-RPC code and data". The change
// is small, as mcp.URLElicitationRequiredError has the method already:
//
//	var coded interface{ JSONRPCError() mcp.JSONRPCError }
//	if errors.As(err, &coded) { … }
//
// Delete when: a handler's error keeps its code and data; the errors of package protocol then say them themselves.

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// chosenError is the error a request is to be answered with, if mcp-go answers it with any.
type chosenError struct {
	details atomic.Pointer[mcp.JSONRPCErrorDetails]
	modern  bool
}

type chosenErrorKey struct{}

func withChosenError(ctx context.Context) (context.Context, *chosenError) {
	chosen := &chosenError{}
	return context.WithValue(ctx, chosenErrorKey{}, chosen), chosen
}

// ChooseError says which error answers the request of ctx if it fails. A handler or an error hook may call it. Over a
// transport that is not of this package, the client gets mcp-go's code.
func ChooseError(ctx context.Context, details mcp.JSONRPCErrorDetails) {
	if chosen, ok := ctx.Value(chosenErrorKey{}).(*chosenError); ok {
		chosen.modern = server.IsModernRequest(ctx)
		chosen.details.Store(&details)
	}
}

// handleMessage is mcp-go's HandleMessage, whose errors can be chosen.
func handleMessage(ctx context.Context, s *server.MCPServer, message json.RawMessage) mcp.JSONRPCMessage {
	ctx, chosen := withChosenError(ctx)
	answer := s.HandleMessage(ctx, message)
	if failure, ok := answer.(mcp.JSONRPCError); ok {
		if details := chosen.details.Load(); details != nil {
			failure.Error = *details
		}
		return failure
	}
	return answer
}

// status is the HTTP status of an answer that mcp-go would give another: protocol 2026-07-28 maps codes to statuses.
func (c *chosenError) status(status int) int {
	details := c.details.Load()
	if details == nil || !c.modern {
		return status
	}
	switch details.Code {
	case mcp.INVALID_PARAMS, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY:
		return http.StatusBadRequest
	}
	return status
}

// restate puts the chosen error into an answer that carries another. Anything else stays as it is.
func (c *chosenError) restate(answer []byte) []byte {
	details := c.details.Load()
	var failure mcp.JSONRPCError
	if details == nil || json.Unmarshal(answer, &failure) != nil || failure.Error.Code == 0 {
		return answer
	}
	failure.Error = *details
	restated, err := json.Marshal(failure)
	if err != nil {
		return answer
	}
	return append(restated, '\n')
}
