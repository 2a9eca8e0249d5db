package mcpfix

// mcp-go: handleGet (server/streamable_http.go) registers a stateless server's GET stream under the empty session id,
// where handlePost finds it for everyone's requests. With sessions instead, the default manager keeps an entry for
// every initialize for ever and accepts any id of the right form.
//
// Why it hurts: one client's progress notifications arrive in the stream or the answers of another.
//
// Upstream: no report found. Its title would be "Stateless streamable HTTP: a GET stream receives the notifications
// of other clients' requests".
//
// Delete when: a stateless server refuses GET, or gives each stream a session of its own. WithStateLess stays: this
// server keeps nothing between requests.

import "github.com/mark3labs/mcp-go/server"

// withoutSessions must not be split: statelessness without the other option shares notifications among clients.
var withoutSessions = []server.StreamableHTTPOption{server.WithStateLess(true), server.WithDisableStreaming(true)}
