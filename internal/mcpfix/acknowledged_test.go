package mcpfix_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

// acknowledges reports whether the first event that answers subscriptions/listen is the acknowledgement.
func acknowledges(t *testing.T, h http.Handler) bool {
	t.Helper()
	listen := request(1, mcp.MethodSubscriptionsListen, `"notifications":{"toolsListChanged":true},`+meta)
	answer := post(t, h, listen, "MCP-Protocol-Version", "2026-07-28", "Mcp-Method", string(mcp.MethodSubscriptionsListen),
		"Accept", "application/json, text/event-stream").Body.String()
	if !strings.Contains(answer, `"result"`) {
		t.Fatalf("no answer: %s", answer)
	}
	first, _, _ := strings.Cut(answer, `"result"`)
	return strings.Contains(first, mcp.MethodNotificationSubscriptionsAcknowledged)
}

func TestStillNeededAwaitAcknowledgement(t *testing.T) {
	bare := stateless(server.NewMCPServer("test", "1"))
	for range attempts {
		if !acknowledges(t, bare) {
			return
		}
	}
	t.Error("no acknowledgement was lost")
}

func TestAwaitAcknowledgement(t *testing.T) {
	hooks := &server.Hooks{}
	mcpfix.AwaitAcknowledgement(hooks)
	ours := mcpfix.NewHTTP(server.NewMCPServer("test", "1", server.WithHooks(hooks)))
	for i := range attempts {
		if !acknowledges(t, ours) {
			t.Fatalf("the acknowledgement of request %d was lost", i)
		}
	}
}
