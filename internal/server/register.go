package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/protocol"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/prompts"
	"github.com/gumroad-mcp/gumroad-mcp/resources"
)

// registerTools offers the tools on an MCP server.
func registerTools(s *mcpserver.MCPServer, catalog *tool.Catalog, o Options) {
	for _, d := range catalog.Definitions() {
		s.AddTool(d.Spec(), func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			ctx, finish := withProgress(ctx, s, request)
			defer finish()
			return catalog.Call(tool.WithCaller(ctx, o.caller(ctx, catalog)), d, request), nil
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

// settle lets a last notification leave before the answer: mcp-go writes the two from different goroutines, and on
// HTTP an answer that is first cuts the notification off.
const settle = 2 * time.Millisecond

// withProgress sends what the operation reports to a client that asked for progress.
func withProgress(ctx context.Context, s *mcpserver.MCPServer, request mcp.CallToolRequest) (_ context.Context, finish func()) {
	if request.Params.Meta == nil || request.Params.Meta.ProgressToken == nil {
		return ctx, func() {}
	}
	var (
		mu   sync.Mutex // operations report from several goroutines
		step int
		sent bool
	)
	progress := func(done, total int, message string) {
		mu.Lock()
		defer mu.Unlock()
		// The protocol wants a number that grows with every notification.
		step = max(step+1, done)
		params := map[string]any{"progressToken": request.Params.Meta.ProgressToken, "progress": step, "message": message}
		if total > 0 {
			params["total"] = max(total, step)
		}
		sent = s.SendNotificationToClient(ctx, "notifications/progress", params) == nil || sent
	}
	return gumroad.WithProgress(ctx, progress), func() {
		if sent {
			time.Sleep(settle)
		}
	}
}

// registerResources offers the resources on an MCP server that was made with hooks.
func registerResources(s *mcpserver.MCPServer, hooks *mcpserver.Hooks, r *resources.Resources, o Options) {
	read := func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		uri := request.Params.URI
		contents, err := tool.Recovered(ctx, o.Logger, uri, func() ([]mcp.ResourceContents, error) { return r.Read(ctx, uri) })
		return contents, resourceError(ctx, uri, err)
	}
	for _, resource := range r.List() {
		s.AddResource(resource, read)
	}
	for _, template := range r.Templates() {
		s.AddResourceTemplate(template, mcpserver.ResourceTemplateHandlerFunc(read))
	}
	hooks.AddBeforeReadResource(func(_ context.Context, _ any, request *mcp.ReadResourceRequest) {
		request.Params.URI = r.Canonical(request.Params.URI)
	})
	hooks.AddAfterReadResource(func(ctx context.Context, _ any, request *mcp.ReadResourceRequest, result *mcp.ReadResourceResult) {
		// Only protocol 2026-07-28 has a word for it.
		if lifetime, ok := r.Lifetime(request.Params.URI); ok && mcpserver.IsModernRequest(ctx) {
			result.SetCacheHints(lifetime.Milliseconds(), mcp.CacheScopePrivate)
		}
	})
	mcpserver.WithResourceCompletionProvider(r)(s)
}

// resourceError is the JSON-RPC error that the protocol has for what kept a resource from being read.
func resourceError(ctx context.Context, uri string, err error) error {
	e, ok := errors.AsType[*gumroad.Error](err)
	if !ok {
		return err
	}
	message := e.Message
	if e.Hint != "" {
		message += " " + e.Hint
	}
	if e.Code == gumroad.NotFound || e.Code == gumroad.InvalidArguments {
		return protocol.ResourceNotFound(ctx, uri, message)
	}
	return protocol.Internal(message, map[string]any{"uri": uri, "code": e.Code, "retryable": e.Retryable()})
}

// registerPrompts offers the prompts on an MCP server.
func registerPrompts(s *mcpserver.MCPServer, p *prompts.Prompts, o Options) {
	for _, prompt := range p.List() {
		s.AddPrompt(prompt, func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			result, err := tool.Recovered(ctx, o.Logger, prompt.Name, func() (*mcp.GetPromptResult, error) {
				return p.Get(prompt.Name, request.Params.Arguments)
			})
			if e, ok := errors.AsType[*gumroad.Error](err); ok && e.Code == gumroad.InvalidArguments {
				return nil, protocol.InvalidParams(e.Message)
			} else if ok {
				return nil, protocol.Internal(e.Message, map[string]any{"code": e.Code})
			}
			return result, err
		})
	}
	mcpserver.WithPromptCompletionProvider(p)(s)
}
