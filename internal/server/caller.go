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
	ID     string          // a hash, for limits and the log
	Client *gumroad.Client // with the credential, and perhaps the one store, that their calls act with
	Scopes Scopes
}

// Authenticator says who sent a request. Its error is a *Refusal.
type Authenticator interface {
	Authenticate(r *http.Request) (*Caller, error)
}

// Scopes are what a caller may do, in OAuth's words.
type Scopes []string

// scopes are the ones there are.
var scopes = []string{tool.Reads.Scope(), tool.Changes.Scope(), tool.Destroys.Scope()}

// AllScopes is everything.
func AllScopes() Scopes { return scopes }

// ParseScopes refuses names that are none.
func ParseScopes(names []string) (Scopes, error) {
	for _, name := range names {
		if !slices.Contains(scopes, name) {
			return nil, fmt.Errorf("there is no scope %q; the scopes are %s", name, strings.Join(scopes, ", "))
		}
	}
	return names, nil
}

func (s Scopes) and(others Scopes) Scopes {
	return slices.DeleteFunc(slices.Clone(s), func(scope string) bool { return !slices.Contains(others, scope) })
}

// callerID tells callers apart without giving them away.
func callerID(parts ...string) string {
	sum := sha256.Sum256([]byte("gumroad-mcp caller\x00" + strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:6])
}

type callerKey struct{}

func withCaller(ctx context.Context, c *Caller) context.Context {
	return tool.WithCaller(context.WithValue(ctx, callerKey{}, c),
		tool.Caller{Client: c.Client, MayConnect: slices.Contains(c.Scopes, tool.Changes.Scope())})
}

// scopeFor is what a message needs of its caller, or "".
func scopeFor(m mcpfix.Message, catalog *tool.Catalog) string {
	switch mcp.MCPMethod(m.Method) {
	case mcp.MethodToolsCall:
		if d := catalog.Named(toolName(m)); d != nil {
			return d.Effect.Scope()
		}
	case mcp.MethodResourcesRead, mcp.MethodCompletionComplete:
		return tool.Reads.Scope()
	}
	return ""
}

// toolsOfCaller leaves the tools that the caller may call: mcp-go asks for every list and every call. On stdio there is
// no caller, and everything is the user's own.
func toolsOfCaller(catalog *tool.Catalog) func(context.Context, []mcp.Tool) []mcp.Tool {
	return func(ctx context.Context, all []mcp.Tool) []mcp.Tool {
		caller, ok := ctx.Value(callerKey{}).(*Caller)
		if !ok {
			return all
		}
		return slices.DeleteFunc(slices.Clone(all), func(t mcp.Tool) bool {
			d := catalog.Named(t.Name)
			return d == nil || !slices.Contains(caller.Scopes, d.Effect.Scope()) || caller.Client.Pinned() && d.OfAccount()
		})
	}
}
