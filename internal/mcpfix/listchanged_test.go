package mcpfix_test

import (
	"context"
	"testing"

	"github.com/mark3labs/mcp-go/server"
)

func TestStillNeededListChanged(t *testing.T) {
	nothing := func(context.Context, *server.MCPServer) error { return nil }
	contains(t, answer(t, withTool(nothing), hello), `"tools":{"listChanged":true}`)
	contains(t, answer(t, withTool(nothing, server.WithToolCapabilities(false)), hello), `"tools":{}`)
}
