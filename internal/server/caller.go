package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// Caller is who sent a request over HTTP, and what they may do.
type Caller struct {
	ID     string          // a hash that identifies them to the limits and in the log
	Name   string          // what the operator calls them, or ""
	Client *gumroad.Client // acts with their credential and, if they are restricted to one, on their store
	Scopes Scopes
	// Obtainable holds the scopes that they may have besides, once their access token has them.
	Obtainable Scopes
}

// Authenticator finds out who sent a request. Its error is a *Refusal.
type Authenticator interface {
	Authenticate(r *http.Request) (*Caller, error)
}

// Granting is an Authenticator that admits whom grants name. The grants can be replaced while it serves.
type Granting interface {
	Authenticator
	Replace(grants map[string]Grant) error
}

// Scopes say what a caller may do. They are OAuth scopes, one for each effect of a tool.
type Scopes []string

var allScopes = []string{tool.Reads.Scope(), tool.Changes.Scope(), tool.Destroys.Scope()}

// AllScopes returns the scopes of a caller who may do everything.
func AllScopes() Scopes { return allScopes }

// ParseScopes returns the scopes of those names, or an error if one does not exist.
func ParseScopes(names []string) (Scopes, error) {
	for _, name := range names {
		if !slices.Contains(allScopes, name) {
			return nil, fmt.Errorf("there is no scope %q; the scopes are %s", name, strings.Join(allScopes, ", "))
		}
	}
	return names, nil
}

// and returns the scopes that are in both.
func (s Scopes) and(others Scopes) Scopes {
	return slices.DeleteFunc(slices.Clone(s), func(scope string) bool { return !slices.Contains(others, scope) })
}

// without returns the scopes that are not in others.
func (s Scopes) without(others Scopes) Scopes {
	return slices.DeleteFunc(slices.Clone(s), func(scope string) bool { return slices.Contains(others, scope) })
}

// callerID returns a short hash that tells callers apart without revealing who they are.
func callerID(parts ...string) string {
	sum := sha256.Sum256([]byte("gumroad-mcp caller\x00" + strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:6])
}

type callerKey struct{}

func withCaller(ctx context.Context, c *Caller) context.Context {
	return tool.WithCaller(context.WithValue(ctx, callerKey{}, c),
		tool.Caller{ID: c.ID, Client: c.Client, MayConnect: slices.Contains(c.Scopes, tool.Changes.Scope())})
}

// scopeFor returns the scope that the sender of a message needs, or "".
func scopeFor(m mcpfix.Message, catalog *tool.Catalog) string {
	switch mcp.MCPMethod(m.Method) {
	case mcp.MethodToolsCall:
		if d := catalog.Named(toolName(m)); d != nil {
			return d.Effect.Scope()
		}
	case mcp.MethodResourcesRead, mcp.MethodSubscriptionsListen, mcp.MethodCompletionComplete:
		return tool.Reads.Scope()
	}
	return ""
}

// toolsOfCaller returns a filter that leaves the tools which the caller in ctx may call. mcp-go applies it to lists and
// to calls. On stdio there is no such caller, and the user may call every tool.
func toolsOfCaller(catalog *tool.Catalog) func(context.Context, []mcp.Tool) []mcp.Tool {
	return func(ctx context.Context, all []mcp.Tool) []mcp.Tool {
		caller, ok := ctx.Value(callerKey{}).(*Caller)
		if !ok {
			return all
		}
		return slices.DeleteFunc(slices.Clone(all), func(t mcp.Tool) bool {
			d := catalog.Named(t.Name)
			return d == nil || !slices.Contains(caller.Scopes, d.Effect.Scope()) ||
				caller.Client.Pinned() && d.OfAccount() // one store, and nothing else of the account
		})
	}
}
