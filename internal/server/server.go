// Package server puts the tools, resources and prompts on mcp-go, and mcp-go on stdio or HTTP.
package server

import (
	"context"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
	"github.com/gumroad-mcp/gumroad-mcp/internal/protocol"
	"github.com/gumroad-mcp/gumroad-mcp/prompts"
	"github.com/gumroad-mcp/gumroad-mcp/resources"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

const website = "https://github.com/gumroad-mcp/gumroad-mcp"

// icon goes out with every answer of protocol 2026-07-28, so it is a small one.
//
//go:embed icon.png
var icon []byte

// listLifetime is how long clients may keep the lists, in milliseconds: they change only with the configuration.
// Resources say for themselves how long their contents may be kept.
const listLifetime = 5 * 60 * 1000

// New makes the MCP server that offers catalog.
//
// Arguments are checked by package tools instead of WithInputSchemaValidation, which ignores formats, passes over a
// schema that does not compile and answers in Go's words. Recovery is ours instead of WithRecovery, which shows
// clients the panic and logs nothing. Lists are static, so that nobody holds a stream open for changes. What more
// there is comes first: telemetry sees a call from outside the recovery.
func New(catalog *tools.Catalog, version string, logger *slog.Logger, more ...mcpserver.ServerOption) *mcpserver.MCPServer {
	hooks := &mcpserver.Hooks{}
	hooks.AddOnError(protocol.Restate)
	s := mcpserver.NewMCPServer("gumroad-mcp", version, append(more,
		mcpserver.WithTitle("Gumroad"),
		mcpserver.WithDescription("Run a Gumroad store: products, sales, refunds, licences, subscribers, discount codes and webhooks."),
		mcpserver.WithWebsiteURL(website),
		mcpserver.WithIcons(mcp.Icon{Src: "data:image/png;base64," + base64.StdEncoding.EncodeToString(icon), MIMEType: "image/png", Sizes: []string{"48x48"}}),
		mcpserver.WithInstructions(catalog.Instructions()),
		mcpserver.WithToolCapabilities(false),
		mcpserver.WithResourceCapabilities(false, false),
		mcpserver.WithPromptCapabilities(false),
		mcpserver.WithCompletions(),
		mcpserver.WithOutputSchemaValidation(),
		mcpserver.WithCacheHints(listLifetime, mcp.CacheScopePrivate),
		mcpserver.WithHooks(hooks),
		newAccess(catalog).option(),
		mcpserver.WithToolHandlerMiddleware(func(next mcpserver.ToolHandlerFunc) mcpserver.ToolHandlerFunc {
			return recovered(logger, next, func() (*mcp.CallToolResult, error) { return tools.Panicked(), nil })
		}),
		mcpserver.WithResourceHandlerMiddleware(func(next mcpserver.ResourceHandlerFunc) mcpserver.ResourceHandlerFunc {
			return recovered(logger, next, func() ([]mcp.ResourceContents, error) { return nil, errInternal })
		}),
		mcpserver.WithPromptHandlerMiddleware(func(next mcpserver.PromptHandlerFunc) mcpserver.PromptHandlerFunc {
			return recovered(logger, next, func() (*mcp.GetPromptResult, error) { return nil, errInternal })
		}),
	)...)
	catalog.Register(s)
	completer := completion.New(catalog)
	resources.Register(s, hooks, catalog, completer)
	prompts.Register(s, catalog, completer)
	return s
}

var errInternal = errors.New("an internal error occurred; the server's log has the details")

// recovered turns a panic into an answer that tells the client nothing of the inside; the log gets the stack, and not
// the panic's own words, which can hold a buyer's data.
func recovered[In, Out any](logger *slog.Logger, next func(context.Context, In) (Out, error), instead func() (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (out Out, err error) {
		defer func() {
			if r := recover(); r != nil {
				logger.ErrorContext(ctx, "panic", "in", fmt.Sprintf("%T", in), "panic", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
				out, err = instead()
			}
		}()
		return next(ctx, in)
	}
}
