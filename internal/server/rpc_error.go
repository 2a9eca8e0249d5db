package server

import (
	"context"
	"errors"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/resources"
)

// rpcError is the JSON-RPC error that a client gets. Resources and prompts fail with one. Tools do so only before they
// run: their own errors are results.
type rpcError struct{ mcp.JSONRPCErrorDetails }

func (e *rpcError) Error() string { return e.Message }

func newRPCError(code int, message string, data any) *rpcError {
	return &rpcError{mcp.NewJSONRPCErrorDetails(code, message, data)}
}

// resourceError returns the error that the protocol prescribes for a failed read. For a resource that does not exist
// the code is -32002, or -32602 since protocol 2026-07-28.
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
		return newRPCError(mcp.INTERNAL_ERROR, message,
			map[string]any{"uri": uri, "code": e.Code, "retryable": e.Retryable()})
	}
	code := mcp.RESOURCE_NOT_FOUND
	if mcp.IsModernProtocol(mcpserver.RequestProtocolVersion(ctx)) {
		code = mcp.INVALID_PARAMS
	}
	return newRPCError(code, message, map[string]string{"uri": uri})
}

// promptError returns the error that the protocol prescribes for a prompt that could not be filled in.
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

// restate is a hook for errors. mcp-go would send an error of its own: restate replaces it by the one that a handler
// returned or, if there was no handler for the resource, prompt or tool, by the one that the protocol prescribes.
func restate(catalog *tool.Catalog) mcpserver.OnErrorHookFunc {
	return func(ctx context.Context, _ any, _ mcp.MCPMethod, request any, failed error) {
		if e, ok := errors.AsType[*rpcError](restated(ctx, catalog, request, failed)); ok {
			mcpfix.ChooseError(ctx, e.JSONRPCErrorDetails)
		}
	}
}

func restated(ctx context.Context, catalog *tool.Catalog, request any, failed error) error {
	read, _ := request.(*mcp.ReadResourceRequest)
	call, _ := request.(*mcp.CallToolRequest)
	switch {
	case errors.Is(failed, mcpserver.ErrToolNotFound) && call != nil:
		return newRPCError(mcp.INVALID_PARAMS, catalog.WhyNot(call.Params.Name), nil)
	case errors.Is(failed, mcpserver.ErrResourceNotFound) && read != nil:
		return resourceError(ctx, read.Params.URI, resources.ErrNotFound)
	case errors.Is(failed, mcpserver.ErrPromptNotFound):
		return promptError(gumroad.Invalid("There is no such prompt; prompts/list shows what there is."))
	}
	return failed
}
