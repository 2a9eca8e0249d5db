package mcpfix_test

import (
	"context"
	"testing"

	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

// early reports whether the notification of a call was there before its answer.
func early(t *testing.T, wire transport.Interface) bool {
	t.Helper()
	arrived := make(chan struct{}, 1)
	wire.SetNotificationHandler(func(mcp.JSONRPCNotification) { arrived <- struct{}{} })
	if err := wire.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer wire.Close()
	send := func(method mcp.MCPMethod, params any) {
		answer, err := wire.SendRequest(t.Context(), transport.JSONRPCRequest{JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(1), Method: string(method), Params: params})
		if err != nil || answer.Error != nil {
			t.Fatalf("%s: %+v, %v", method, answer, err)
		}
	}
	send(mcp.MethodInitialize, mcp.InitializeParams{ProtocolVersion: "2025-11-25"})
	send(mcp.MethodToolsCall, mcp.CallToolParams{Name: "tool"})
	select {
	case <-arrived:
		return true
	default:
		return false
	}
}

func TestStillNeededInProcess(t *testing.T) {
	s := withTool(func(ctx context.Context, s *server.MCPServer) error {
		return s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progress": 1})
	})
	for range attempts {
		if !early(t, transport.NewInProcessTransport(s)) {
			return
		}
	}
	t.Error("every notification came before the answer")
}

func TestInProcess(t *testing.T) {
	s := withTool(func(ctx context.Context, s *server.MCPServer) error {
		return mcpfix.Notify(ctx, s, "notifications/progress", map[string]any{"progress": 1})
	})
	for range attempts {
		if !early(t, mcpfix.NewInProcess(s)) {
			t.Fatal("a notification came after the answer")
		}
	}
}
