package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/prompts"
	"github.com/gumroad-mcp/gumroad-mcp/resources"
)

// registerTools offers the tools on an MCP server.
func registerTools(s *mcpserver.MCPServer, catalog *tool.Catalog, o Options) {
	for _, d := range catalog.Definitions() {
		s.AddTool(d.Spec(), func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			ctx = tool.WithCaller(withProgress(ctx, s, request), o.caller(ctx, catalog))
			return catalog.Call(ctx, d, request), nil
		})
	}
}

// caller is the caller under ctx with what can be done with the client at the other end.
func (o Options) caller(ctx context.Context, catalog *tool.Catalog) tool.Caller {
	caller := catalog.Caller(ctx)
	caller.Local = o.Local
	if elicitation := o.elicitation(ctx); elicitation != nil {
		caller.CanBeAsked = elicitation.Form != nil || elicitation.URL == nil
		caller.CanOpenURL = elicitation.URL != nil
	}
	return caller
}

// elicitation is what the client declared, if it can be reached. A client of an earlier protocol on stateless HTTP
// cannot be: its answer would find no session to return to.
func (o Options) elicitation(ctx context.Context) *mcp.ElicitationCapability {
	if mcpserver.IsModernRequest(ctx) {
		if capabilities := mcpserver.RequestProtocolInfoFromContext(ctx).ClientCapabilities; capabilities != nil {
			return capabilities.Elicitation
		}
		return nil
	}
	session, ok := mcpserver.ClientSessionFromContext(ctx).(mcpserver.SessionWithClientInfo)
	if !ok || !o.TwoWay {
		return nil
	}
	return session.GetClientCapabilities().Elicitation
}

// withProgress sends what the operation reports to a client that asked for progress.
func withProgress(ctx context.Context, s *mcpserver.MCPServer, request mcp.CallToolRequest) context.Context {
	if request.Params.Meta == nil || request.Params.Meta.ProgressToken == nil {
		return ctx
	}
	var (
		mu   sync.Mutex // operations report from several goroutines
		step int
	)
	return gumroad.WithProgress(ctx, func(done, total int, message string) {
		mu.Lock()
		defer mu.Unlock()
		// The protocol wants a number that grows with every notification.
		step = max(step+1, done)
		params := map[string]any{"progressToken": request.Params.Meta.ProgressToken, "progress": step, "message": message}
		if total > 0 {
			params["total"] = max(total, step)
		}
		// The call goes on whether or not the client still listens.
		_ = mcpfix.Notify(ctx, s, "notifications/progress", params)
	})
}

// lasting is contents that a client may keep for some time.
type lasting struct {
	mcp.TextResourceContents
	lifetime time.Duration
}

// registerResources offers the resources on an MCP server that was made with hooks.
func registerResources(s *mcpserver.MCPServer, hooks *mcpserver.Hooks, rows []resources.Resource, o Options) {
	var templates []*mcp.URITemplate
	for _, row := range rows {
		read := func(ctx context.Context, uri string, variables map[string]string) ([]mcp.ResourceContents, error) {
			contents, err := tool.Recovered(ctx, o.Logger, uri, func() (mcp.TextResourceContents, error) { return row.Read(ctx, uri, variables) })
			if err != nil {
				return nil, resourceError(ctx, uri, err)
			}
			return []mcp.ResourceContents{lasting{contents, row.Lifetime()}}, nil
		}
		if spec, ok := row.Spec(); ok {
			s.AddResource(spec, func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
				return read(ctx, request.Params.URI, nil)
			})
		}
		if spec, ok := row.Template(); ok {
			templates = append(templates, spec.URITemplate)
			s.AddResourceTemplate(spec, func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
				variables, ok := mcpfix.Variables(spec.URITemplate, request.Params.URI)
				if !ok {
					return nil, resourceError(ctx, request.Params.URI, resources.ErrNotFound)
				}
				return read(ctx, request.Params.URI, variables)
			})
		}
	}
	mcpfix.ExpandURIs(hooks, func(uri string) bool {
		return slices.ContainsFunc(templates, func(template *mcp.URITemplate) bool {
			_, ok := mcpfix.Variables(template, uri)
			return ok
		})
	})
	hooks.AddAfterReadResource(func(ctx context.Context, _ any, _ *mcp.ReadResourceRequest, result *mcp.ReadResourceResult) {
		if !mcpserver.IsModernRequest(ctx) { // only protocol 2026-07-28 has a word for it
			return
		}
		for _, contents := range result.Contents {
			if read, ok := contents.(lasting); ok {
				result.SetCacheHints(read.lifetime.Milliseconds(), mcp.CacheScopePrivate)
			}
		}
	})
}

// registerPrompts offers the prompts on an MCP server.
func registerPrompts(s *mcpserver.MCPServer, p *prompts.Prompts, o Options) {
	for _, prompt := range p.List() {
		s.AddPrompt(prompt, func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			result, err := tool.Recovered(ctx, o.Logger, prompt.Name, func() (*mcp.GetPromptResult, error) {
				return p.Get(prompt.Name, request.Params.Arguments)
			})
			return result, promptError(err)
		})
	}
	mcpfix.CompletePrompts(s, p)
}
