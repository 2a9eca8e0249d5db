package mcpfix_test

import (
	"context"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

const (
	modernCall = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tool","arguments":{},` + meta + `}}`
	iconData   = "data:image/png;base64,AAAA"
)

func withIcon(hooks *server.Hooks) *server.MCPServer {
	return withTool(func(context.Context, *server.MCPServer) error { return nil },
		server.WithIcons(mcp.Icon{Src: iconData}), server.WithHooks(hooks))
}

func TestStillNeededServerInfo(t *testing.T) {
	if got := answer(t, withIcon(&server.Hooks{}), modernCall); !strings.Contains(got, iconData) {
		t.Errorf("mcp-go leaves the icon out of results: delete serverinfo.go\n%s", got)
	}
}

func TestBriefServerInfo(t *testing.T) {
	hooks := &server.Hooks{}
	mcpfix.BriefServerInfo(hooks, "test", "1")
	s := withIcon(hooks)
	if got := answer(t, s, modernCall); strings.Contains(got, iconData) || !strings.Contains(got, `"name":"test"`) {
		t.Errorf("want the name and no icon, got %s", got)
	}
	discover := `{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{` + meta + `}}`
	if got := answer(t, s, discover); !strings.Contains(got, iconData) {
		t.Errorf("want the icon in the answer to server/discover, got %s", got)
	}
}
