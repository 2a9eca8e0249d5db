package server

import (
	"context"
	"errors"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/resources"
)

// rpcError is a JSON-RPC error as a client is to see it. Resources and prompts fail with one; tools never do.
type rpcError struct{ mcp.JSONRPCErrorDetails }

func (e *rpcError) Error() string { return e.Message }

func newRPCError(code int, message string, data any) *rpcError {
	return &rpcError{mcp.NewJSONRPCErrorDetails(code, message, data)}
}

// resourceError is the error that the protocol has for what kept a resource from being read: -32002 for one that does
// not exist, or -32602 since protocol 2026-07-28.
func resourceError(ctx context.Context, uri string, err error) error {
	e, ok := errors.AsType[*gumroad.Error](err)
	if !ok {
		e = gumroad.Internal(err)
	}
	message := e.Message
	if e.Hint != "" {
		message += " " + e.Hint
	}
	if e.Code != gumroad.NotFound && e.Code != gumroad.InvalidArguments {
		return newRPCError(mcp.INTERNAL_ERROR, message, map[string]any{"uri": uri, "code": e.Code, "retryable": e.Retryable()})
	}
	code := mcp.RESOURCE_NOT_FOUND
	if mcp.IsModernProtocol(mcpserver.RequestProtocolVersion(ctx)) {
		code = mcp.INVALID_PARAMS
	}
	return newRPCError(code, message, map[string]string{"uri": uri})
}

func promptError(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*gumroad.Error](err)
	if !ok {
		e = gumroad.Internal(err)
	}
	if e.Code == gumroad.InvalidArguments {
		return newRPCError(mcp.INVALID_PARAMS, e.Message, nil)
	}
	return newRPCError(mcp.INTERNAL_ERROR, e.Message, map[string]any{"code": e.Code})
}

// restate is a hook that has the client see the error a handler returned, and the one the protocol prescribes where
// there is no handler.
func restate(ctx context.Context, _ any, _ mcp.MCPMethod, request any, failed error) {
	read, _ := request.(*mcp.ReadResourceRequest)
	switch {
	case errors.Is(failed, mcpserver.ErrResourceNotFound) && read != nil:
		failed = resourceError(ctx, read.Params.URI, resources.ErrNotFound)
	case errors.Is(failed, mcpserver.ErrPromptNotFound):
		failed = promptError(gumroad.Invalid("There is no such prompt; prompts/list shows what there is."))
	}
	if e, ok := errors.AsType[*rpcError](failed); ok {
		mcpfix.ChooseError(ctx, e.JSONRPCErrorDetails)
	}
}
