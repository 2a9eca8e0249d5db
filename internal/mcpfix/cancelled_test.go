package mcpfix_test

import (
	"context"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/server"
)

// TestStillNeededCancelled has one client cancel the request of another.
func TestStillNeededCancelled(t *testing.T) {
	started, cancelled := make(chan struct{}), make(chan bool, 1)
	bare := stateless(withTool(func(ctx context.Context, _ *server.MCPServer) error {
		close(started)
		select {
		case <-ctx.Done():
			cancelled <- true
		case <-time.After(tooLong):
			cancelled <- false
		}
		return nil
	}))
	go post(t, bare, call(1, "tool"))
	<-started
	post(t, bare, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	if !<-cancelled {
		t.Error("a stranger could not cancel the call")
	}
}
