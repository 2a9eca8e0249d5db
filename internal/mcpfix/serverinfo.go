package mcpfix

// mcp-go: decorateResult (server/response.go) puts the whole implementation, with description and icons, into the _meta
// of every result of protocol 2026-07-28.
//
// Why it hurts: the icon is the larger half of a short answer, and every answer carries it.
//
// Upstream: no report found. Its title would be "Identify the server in results by name and version alone".
//
// Delete when: it does.

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// BriefServerInfo has results name the server and its version only. The answer to server/discover tells the rest.
func BriefServerInfo(hooks *server.Hooks, name, version string) {
	hooks.AddOnSuccess(func(ctx context.Context, _ any, method mcp.MCPMethod, _ any, result any) {
		metadata, ok := result.(mcp.ResultMetadata)
		if !ok || !server.IsModernRequest(ctx) || method == mcp.MethodServerDiscover {
			return
		}
		if meta := metadata.EnsureResultMeta(); meta != nil && meta.ServerInfo() == nil {
			meta.SetServerInfo(mcp.Implementation{Name: name, Version: version})
		}
	})
}
