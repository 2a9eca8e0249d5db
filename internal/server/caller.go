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
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
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

// scopes are the ones there are, by the effect of the tools they are for.
var scopes = [...]string{tools.Reads: "gumroad:read", tools.Changes: "gumroad:write", tools.Destroys: "gumroad:destroy"}

// AllScopes is everything.
func AllScopes() Scopes { return scopes[:] }

// ParseScopes refuses names that are none.
func ParseScopes(names []string) (Scopes, error) {
	for _, name := range names {
		if !slices.Contains(scopes[:], name) {
			return nil, fmt.Errorf("there is no scope %q; the scopes are %s", name, strings.Join(scopes[:], ", "))
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
	ctx = tools.WithClient(context.WithValue(ctx, callerKey{}, c), c.Client)
	if !slices.Contains(c.Scopes, scopes[tools.Changes]) {
		ctx = tools.WithOnlyReads(ctx)
	}
	return ctx
}

// access is what it takes to call each tool.
type access map[string]*tools.Definition

func newAccess(catalog *tools.Catalog) access {
	a := access{}
	for _, d := range catalog.Definitions() {
		a[d.FullName] = d
	}
	return a
}

// scope is what a message needs of its caller, or "".
func (a access) scope(m mcpfix.Message) string {
	switch mcp.MCPMethod(m.Method) {
	case mcp.MethodToolsCall:
		if d := a[toolName(m)]; d != nil {
			return scopes[d.Effect]
		}
	case mcp.MethodResourcesRead, mcp.MethodCompletionComplete:
		return scopes[tools.Reads]
	}
	return ""
}

// filter leaves the tools that the caller may call: mcp-go asks for every list and every call. On stdio there is no
// caller, and everything is the user's own.
func (a access) filter(ctx context.Context, all []mcp.Tool) []mcp.Tool {
	caller, ok := ctx.Value(callerKey{}).(*Caller)
	if !ok {
		return all
	}
	account := map[string]bool{}
	for _, set := range tools.Toolsets() {
		account[set.Name] = set.Account
	}
	return slices.DeleteFunc(slices.Clone(all), func(tool mcp.Tool) bool {
		d := a[tool.Name]
		return d == nil || !slices.Contains(caller.Scopes, scopes[d.Effect]) || caller.Client.Pinned() && account[d.Toolset()]
	})
}

func (a access) option() mcpserver.ServerOption { return mcpserver.WithToolFilter(a.filter) }
