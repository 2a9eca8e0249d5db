package mcpfix_test

import (
	"context"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func TestStillNeededRecovery(t *testing.T) {
	t.Run("the client sees the panic's value", func(t *testing.T) {
		s := withTool(func(context.Context, *server.MCPServer) error { panic("secret") }, server.WithRecovery())
		contains(t, answer(t, s, call(1, "tool")), "secret")
	})
	t.Run("prompts are not covered", func(t *testing.T) {
		s := server.NewMCPServer("test", "1", server.WithRecovery())
		s.AddPrompt(mcp.NewPrompt("prompt"), func(context.Context, mcp.GetPromptRequest) (*mcp.GetPromptResult, error) { panic("secret") })
		defer func() {
			if recover() == nil {
				t.Error("the panic was recovered")
			}
		}()
		answer(t, s, request(1, mcp.MethodPromptsGet, `"name":"prompt"`))
	})
}
