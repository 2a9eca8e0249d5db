package mcpfix

// mcp-go: inflightKey (server/server.go) knows a running request by its session and its id. Stateless requests and
// those of protocol 2026-07-28 have the session "", so handleNotification takes anyone's notifications/cancelled.
//
// Why it hurts: a stranger who posts {"requestId": 1} stops another client's running call.
//
// Upstream: no report found. https://github.com/mark3labs/mcp-go/pull/756 brought the cancelling. The title would be
// "Stateless streamable HTTP: notifications/cancelled cancels other clients' requests".
//
// Mended by: the guard in internal/server/http.go, which accepts such a notification and drops it. Over HTTP a client
// cancels by closing its connection.
//
// Delete when: a request can be cancelled only by its sender; the step of the guard goes too.
