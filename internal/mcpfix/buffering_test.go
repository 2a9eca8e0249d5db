package mcpfix_test

import (
	"context"
	"testing"

	"github.com/mark3labs/mcp-go/server"
)

func TestStillNeededBuffering(t *testing.T) {
	bare := stateless(withTool(func(ctx context.Context, s *server.MCPServer) error {
		return s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progress": 1})
	}))
	header := post(t, bare, call(1, "tool")).Header()
	if kind, buffering := header.Get("Content-Type"), header.Get("X-Accel-Buffering"); kind != "text/event-stream" || buffering != "" {
		t.Errorf("Content-Type %q, X-Accel-Buffering %q", kind, buffering)
	}
}
