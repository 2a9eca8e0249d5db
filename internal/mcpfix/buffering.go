package mcpfix

// mcp-go: handlePost (server/streamable_http.go) sends event streams without X-Accel-Buffering, as the specification
// asks for.
//
// Why it hurts: nginx holds progress back until the call is over.
//
// Upstream: no report found. Its title would be "Send X-Accel-Buffering: no with event streams".
//
// Mended by: the guard in internal/server/http.go sets the header.
//
// Delete when: mcp-go sets it.
