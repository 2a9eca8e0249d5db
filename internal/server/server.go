// Package server registers the tools, resources and prompts with mcp-go, and serves them over stdio or HTTP.
package server

import (
	_ "embed"
	"encoding/base64"
	"log/slog"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/identity"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/prompts"
	"github.com/gumroad-mcp/gumroad-mcp/resources"
)

// icon is small, because protocol 2026-07-28 sends it with every answer.
//
//go:embed icon.png
var icon []byte

func iconURL() string { return "data:image/png;base64," + base64.StdEncoding.EncodeToString(icon) }

// listLifetime is how long clients may keep the lists, in milliseconds. The lists change only with the configuration.
// How long a resource's contents may be kept is part of the resource.
const listLifetime = 5 * 60 * 1000

// MCP is mcp-go's MCP server. The name lets other packages hold one without importing mcp-go's server package.
type MCP = mcpserver.MCPServer

// Clients says what is known about the clients before they connect.
type Clients struct {
	TwoWay bool // the transport also carries requests from the server, as stdio does and stateless HTTP does not
	Local  bool // they run on this machine and may see paths of its files
}

// Options configures an MCP server.
type Options struct {
	Clients
	Version   string
	Logger    *slog.Logger
	Telemetry *telemetry.Telemetry
	Watcher   events.Watcher // tells clients when resources change; nil if nothing does
}

const name = "gumroad-mcp"

// New returns an MCP server with the catalog's tools and with the resources and prompts that the tools allow.
//
// mcp-go's options to validate arguments and to recover from panics are not used, because package tool does both;
// mcpfix/validation.go and mcpfix/recovery.go say why. The lists never change while the server runs, so clients are not
// offered notifications of changes.
func New(catalog *tool.Catalog, o Options) *MCP {
	hooks := &mcpserver.Hooks{}
	hooks.AddOnError(restate(catalog))
	mcpfix.BriefServerInfo(hooks, name, o.Version)
	if o.Watcher != nil {
		mcpfix.WatchResources(hooks, watchingWith(o.Watcher))
	}
	s := mcpserver.NewMCPServer(name, o.Version, append(slices.Concat(tracing(o.Telemetry), extensions(catalog)),
		mcpserver.WithTitle("Gumroad"),
		mcpserver.WithDescription(
			"Run a Gumroad store: products, sales, refunds, licences, subscribers, discount codes and webhooks."),
		mcpserver.WithWebsiteURL(identity.Website()),
		mcpserver.WithIcons(mcp.Icon{
			Src: iconURL(), MIMEType: "image/png", Sizes: []string{"48x48"},
		}),
		mcpserver.WithInstructions(catalog.Instructions()),
		mcpserver.WithToolCapabilities(false),
		mcpserver.WithResourceCapabilities(o.Watcher != nil, false),
		mcpserver.WithPromptCapabilities(false),
		mcpserver.WithCompletions(),
		mcpserver.WithCacheHints(listLifetime, mcp.CacheScopePrivate),
		mcpserver.WithHooks(hooks),
		mcpserver.WithToolFilter(toolsOfCaller(catalog)),
	)...)
	registerTools(s, catalog, o)
	completer := completion.New(catalog)
	rows := resources.New(catalog)
	registerResources(s, hooks, rows, o)
	mcpfix.CompleteResources(s, resources.Completer{Resources: rows, Fields: completer})
	registerPrompts(s, prompts.New(catalog, completer), o)
	return s
}

// extensions declares that the server has views. Some hosts show none unless it does.
func extensions(catalog *tool.Catalog) []mcpserver.ServerOption {
	if !catalog.HasViews() {
		return nil
	}
	return []mcpserver.ServerOption{mcpserver.WithExtensions(map[string]any{
		"io.modelcontextprotocol/ui": map[string]any{"mimeTypes": []string{resources.ViewType}},
	})}
}
