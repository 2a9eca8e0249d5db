package tools

import (
	"context"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// settle lets a last notification leave before the answer: mcp-go writes the two from different goroutines, and on
// HTTP an answer that is first cuts the notification off.
const settle = 2 * time.Millisecond

// Register offers the tools on an MCP server.
func (c *Catalog) Register(s *server.MCPServer) {
	for _, d := range c.definitions {
		s.AddTool(d.Spec(), func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			ctx, finish := withProgress(ctx, s, request)
			defer finish()
			return c.Call(ctx, d, request), nil
		})
	}
}

// withProgress sends what the operation reports to a client that asked for progress.
func withProgress(ctx context.Context, s *server.MCPServer, request mcp.CallToolRequest) (_ context.Context, finish func()) {
	if request.Params.Meta == nil || request.Params.Meta.ProgressToken == nil {
		return ctx, func() {}
	}
	var (
		mu   sync.Mutex // operations report from several goroutines
		step int
		sent bool
	)
	progress := func(done, total int, message string) {
		mu.Lock()
		defer mu.Unlock()
		// The protocol wants a number that grows with every notification.
		step = max(step+1, done)
		params := map[string]any{"progressToken": request.Params.Meta.ProgressToken, "progress": step, "message": message}
		if total > 0 {
			params["total"] = max(total, step)
		}
		sent = s.SendNotificationToClient(ctx, "notifications/progress", params) == nil || sent
	}
	return gumroad.WithProgress(ctx, progress), func() {
		if sent {
			time.Sleep(settle)
		}
	}
}
