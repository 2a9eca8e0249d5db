// Package server puts the tools, resources and prompts on mcp-go, and mcp-go on stdio or HTTP.
package server

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/maton-ai/gumroad-mcp/tools"
)

// listLifetime is how long clients may keep the lists, in milliseconds: they change only with the configuration.
const listLifetime = 5 * 60 * 1000

// New makes the MCP server that offers catalog.
//
// Arguments are checked by package tools instead of WithInputSchemaValidation, which ignores formats, passes over a
// schema that does not compile and answers in Go's words. Recovery is ours instead of WithRecovery, which shows
// clients the panic and logs nothing. Lists are static, so that nobody holds a stream open for changes.
func New(catalog *tools.Catalog, version string, logger *slog.Logger) *mcpserver.MCPServer {
	s := mcpserver.NewMCPServer("gumroad-mcp", version,
		mcpserver.WithTitle("Gumroad"),
		mcpserver.WithDescription("Run a Gumroad store: products, sales, refunds, licences, subscribers, discount codes and webhooks."),
		mcpserver.WithInstructions(catalog.Instructions()),
		mcpserver.WithToolCapabilities(false),
		mcpserver.WithOutputSchemaValidation(),
		mcpserver.WithCacheHints(0, mcp.CacheScopePrivate),
		mcpserver.WithMethodCacheHints(mcp.MethodToolsList, listLifetime, mcp.CacheScopePrivate),
		mcpserver.WithToolHandlerMiddleware(recovered(logger)),
	)
	catalog.Register(s)
	return s
}

// recovered turns a panic into an error that tells the client nothing of the inside; the log gets the stack.
func recovered(logger *slog.Logger) mcpserver.ToolHandlerMiddleware {
	return func(next mcpserver.ToolHandlerFunc) mcpserver.ToolHandlerFunc {
		return func(ctx context.Context, request mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
			defer func() {
				if r := recover(); r != nil {
					logger.ErrorContext(ctx, "panic", "tool", request.Params.Name, "panic", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
					result, err = tools.Panicked(), nil
				}
			}()
			return next(ctx, request)
		}
	}
}
