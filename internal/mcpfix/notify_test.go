package mcpfix_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

// attempts is how often a race is run. mcp-go loses one notification in about ten.
const attempts = 3000

func arrives(t *testing.T, h http.Handler) bool {
	t.Helper()
	return strings.Contains(post(t, h, call(1, "tool")).Body.String(), "notifications/progress")
}

func TestStillNeededNotify(t *testing.T) {
	bare := stateless(withTool(func(ctx context.Context, s *server.MCPServer) error {
		return s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progress": 1})
	}))
	for range attempts {
		if !arrives(t, bare) {
			return
		}
	}
	t.Error("no notification was lost")
}

func TestNotify(t *testing.T) {
	ours := mcpfix.NewHTTP(withTool(func(ctx context.Context, s *server.MCPServer) error {
		return mcpfix.Notify(ctx, s, "notifications/progress", map[string]any{"progress": 1})
	}))
	for i := range attempts {
		if !arrives(t, ours) {
			t.Fatalf("the notification of call %d was lost", i)
		}
	}
}
