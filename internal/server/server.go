// Package server puts the tools, resources and prompts on mcp-go, and mcp-go on stdio or HTTP.
package server

import (
	_ "embed"
	"encoding/base64"
	"log/slog"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/prompts"
	"github.com/gumroad-mcp/gumroad-mcp/resources"
)

const website = "https://github.com/gumroad-mcp/gumroad-mcp"

// icon goes out with every answer of protocol 2026-07-28, so it is a small one.
//
//go:embed icon.png
var icon []byte

// listLifetime is how long clients may keep the lists, in milliseconds: they change only with the configuration.
// Resources say for themselves how long their contents may be kept.
const listLifetime = 5 * 60 * 1000

// MCP is an MCP server of mcp-go, which only this package and mcpfix know.
type MCP = mcpserver.MCPServer

// Clients is what is known of the clients before they connect.
type Clients struct {
	TwoWay bool // their transport carries the server's own requests, as stdio does and stateless HTTP does not
	Local  bool // they run on this machine and may see its paths
}

// Options are how an MCP server is offered.
type Options struct {
	Clients
	Version   string
	Logger    *slog.Logger
	Telemetry *telemetry.Telemetry
}

// New makes the MCP server that offers catalog.
//
// Package tool checks arguments and recovers from panics; why mcp-go's options for both are not used is told in
// mcpfix/validation.go and mcpfix/recovery.go. The lists are static, so that nobody holds a stream open for changes.
func New(catalog *tool.Catalog, o Options) *MCP {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	hooks := &mcpserver.Hooks{}
	hooks.AddOnError(restate)
	mcpfix.AwaitAcknowledgement(hooks)
	s := mcpserver.NewMCPServer("gumroad-mcp", o.Version, append(tracing(o.Telemetry),
		mcpserver.WithTitle("Gumroad"),
		mcpserver.WithDescription("Run a Gumroad store: products, sales, refunds, licences, subscribers, discount codes and webhooks."),
		mcpserver.WithWebsiteURL(website),
		mcpserver.WithIcons(mcp.Icon{Src: "data:image/png;base64," + base64.StdEncoding.EncodeToString(icon), MIMEType: "image/png", Sizes: []string{"48x48"}}),
		mcpserver.WithInstructions(catalog.Instructions()),
		mcpserver.WithToolCapabilities(false),
		mcpserver.WithResourceCapabilities(false, false),
		mcpserver.WithPromptCapabilities(false),
		mcpserver.WithCompletions(),
		mcpserver.WithOutputSchemaValidation(),
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
