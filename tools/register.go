package tools

import (
	"context"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

// Register offers the tools on an MCP server.
func (c *Catalog) Register(s *server.MCPServer) {
	for _, d := range c.definitions {
		s.AddTool(d.Spec(), func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return c.Call(withProgress(ctx, s, request), d, request), nil
		})
	}
}

// withProgress sends what the operation reports to a client that asked for progress.
func withProgress(ctx context.Context, s *server.MCPServer, request mcp.CallToolRequest) context.Context {
	if request.Params.Meta == nil || request.Params.Meta.ProgressToken == nil {
		return ctx
	}
	var (
		mu   sync.Mutex // operations report from several goroutines
		step int
	)
	return gumroad.WithProgress(ctx, func(done, total int, message string) {
		mu.Lock()
		defer mu.Unlock()
		// The protocol wants a number that grows with every notification.
		step = max(step+1, done)
		params := map[string]any{"progressToken": request.Params.Meta.ProgressToken, "progress": step, "message": message}
		if total > 0 {
			params["total"] = max(total, step)
		}
		// A client that cannot be told is no reason to fail the call.
		_ = mcpfix.Notify(ctx, s, "notifications/progress", params)
	})
}
