// Package protocol is the JSON-RPC errors that MCP prescribes for resources and prompts.
package protocol

import (
	"context"
	"errors"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

// Error is a JSON-RPC error as a client is to see it.
type Error struct {
	Code    int
	Message string
	Data    any
}

func (e *Error) Error() string { return e.Message }

// InvalidParams says what is wrong with the parameters of a request.
func InvalidParams(message string) *Error { return &Error{Code: mcp.INVALID_PARAMS, Message: message} }

// Internal says why the server could not do what was asked.
func Internal(message string, data any) *Error {
	return &Error{Code: mcp.INTERNAL_ERROR, Message: message, Data: data}
}

// ResourceNotFound has the code -32002, or -32602 since protocol 2026-07-28.
func ResourceNotFound(ctx context.Context, uri, message string) *Error {
	code := mcp.RESOURCE_NOT_FOUND
	if mcp.IsModernProtocol(server.RequestProtocolVersion(ctx)) {
		code = mcp.INVALID_PARAMS
	}
	return &Error{Code: code, Message: message, Data: map[string]string{"uri": uri}}
}

// Restate is a hook that has the client see the *Error a handler returned, and the one MCP prescribes where there is
// no handler.
func Restate(ctx context.Context, _ any, _ mcp.MCPMethod, request any, failed error) {
	as, ok := errors.AsType[*Error](failed)
	read, _ := request.(*mcp.ReadResourceRequest)
	switch {
	case ok:
	case errors.Is(failed, server.ErrResourceNotFound) && read != nil:
		as = ResourceNotFound(ctx, read.Params.URI, "There is no such resource; resources/list and resources/templates/list show what there is.")
	case errors.Is(failed, server.ErrPromptNotFound):
		as = InvalidParams("There is no such prompt; prompts/list shows what there is.")
	default:
		return
	}
	mcpfix.ChooseError(ctx, mcp.NewJSONRPCErrorDetails(as.Code, as.Message, as.Data))
}
