package server

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
	"golang.org/x/time/rate"

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
			ctx, end := cancellable(ctx)
			defer end()
			ctx, err := withProgress(ctx, s, request, catalog.Now)
			if err != nil {
				return nil, err
			}
			ctx = tool.WithCaller(ctx, o.caller(ctx, catalog))
			return catalog.Call(waiting(ctx), d, request), nil
		})
	}
}

// caller returns the caller in ctx, completed by what their client can do.
func (o Options) caller(ctx context.Context, catalog *tool.Catalog) tool.Caller {
	caller := catalog.Caller(ctx)
	caller.Local = o.Local
	if elicitation := o.elicitation(ctx); elicitation != nil {
		caller.CanBeAsked = elicitation.Form != nil || elicitation.URL == nil
		caller.CanOpenURL = elicitation.URL != nil
	}
	return caller
}

// elicitation returns the client's declared ability to ask the person, or nil if it has none or cannot be asked. A
// client of an earlier protocol cannot be asked over stateless HTTP, since there is no session for its answer to return
// to.
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

// Progress is bounded, since the client chooses the token that every notification repeats.
const (
	maxProgressToken = 256 // bytes
	progressRate     = 1   // notifications of one call a second, after a first burst
	progressBurst    = 10
	maxExact         = 1 << 53 // the largest integer up to which a JSON number is read exactly
)

// checkProgressToken accepts what the protocol allows, a string or an integer, of a reasonable size.
func checkProgressToken(token mcp.ProgressToken) error {
	switch token := token.(type) {
	case string:
		if len(token) <= maxProgressToken {
			return nil
		}
	case float64:
		if token == math.Trunc(token) && math.Abs(token) < maxExact {
			return nil
		}
	}
	return newRPCError(mcp.INVALID_PARAMS, fmt.Sprintf("The progressToken must be a string of at most %d bytes, or an "+
		"integer. Nothing was done.", maxProgressToken), nil)
}

// withProgress returns a context that sends an operation's progress to the client, if the client asked for it.
func withProgress(ctx context.Context, s *mcpserver.MCPServer, request mcp.CallToolRequest, now func() time.Time) (
	context.Context, error) {
	if request.Params.Meta == nil || request.Params.Meta.ProgressToken == nil {
		return ctx, nil
	}
	token := request.Params.Meta.ProgressToken
	if err := checkProgressToken(token); err != nil {
		return nil, err
	}
	var (
		mu      sync.Mutex // operations report from several goroutines
		step    int
		limiter = rate.NewLimiter(progressRate, progressBurst)
	)
	return gumroad.WithProgress(ctx, func(done, total int, message string) {
		mu.Lock()
		defer mu.Unlock()
		// The protocol wants a number that grows with every notification.
		step = max(step+1, done)
		if !limiter.AllowN(now(), 1) {
			return
		}
		params := map[string]any{"progressToken": token, "progress": step, "message": message}
		if total > 0 {
			params["total"] = max(total, step)
		}
		// An error means that the client is gone, which does not stop the call.
		_ = mcpfix.Notify(ctx, s, "notifications/progress", params)
	}), nil
}

// lasting holds the contents of a resource that a client may keep for some time.
type lasting struct {
	mcp.TextResourceContents
	lifetime time.Duration
}

// registerResources offers the resources on an MCP server. hooks must be those that the server was made with.
func registerResources(s *mcpserver.MCPServer, hooks *mcpserver.Hooks, rows []resources.Resource, o Options) {
	var templates []*mcp.URITemplate
	for _, row := range rows {
		read := func(ctx context.Context, uri string, variables map[string]string) ([]mcp.ResourceContents, error) {
			ctx, end := cancellable(ctx)
			defer end()
			contents, err := tool.Recovered(ctx, o.Logger, uri, func() ([]mcp.TextResourceContents, error) {
				return row.Read(ctx, uri, variables)
			})
			if err != nil {
				return nil, resourceError(ctx, uri, err)
			}
			var all []mcp.ResourceContents
			for _, one := range contents {
				all = append(all, lasting{one, row.Lifetime()})
			}
			return all, nil
		}
		if spec, ok := row.Spec(); ok {
			s.AddResource(spec, func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
				return read(ctx, request.Params.URI, nil)
			})
		}
		if spec, ok := row.Template(); ok {
			templates = append(templates, spec.URITemplate)
			s.AddResourceTemplate(spec, func(ctx context.Context, request mcp.ReadResourceRequest) (
				[]mcp.ResourceContents, error) {
				uri := request.Params.URI
				variables, ok := mcpfix.Variables(spec.URITemplate, uri)
				if !ok {
					return nil, resourceError(ctx, uri, resources.ErrNotFound)
				}
				return read(ctx, uri, variables)
			})
		}
	}
	mcpfix.ExpandURIs(hooks, func(uri string) bool {
		return slices.ContainsFunc(templates, func(template *mcp.URITemplate) bool {
			_, ok := mcpfix.Variables(template, uri)
			return ok
		})
	})
	hooks.AddAfterReadResource(func(
		ctx context.Context, _ any, _ *mcp.ReadResourceRequest, result *mcp.ReadResourceResult) {
		if !mcpserver.IsModernRequest(ctx) { // earlier protocols have no cache hints
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
