package mcpfix

// mcp-go: StreamableHTTPServer.ServeHTTP (server/streamable_http.go) reads a body of any length into memory. Behind
// http.MaxBytesHandler it answers 400 and -32700 instead of 413.
//
// Why it hurts: a few large requests use up the server's memory.
//
// Upstream: no report found. Its title would be "Streamable HTTP: limit the request body and answer 413".
//
// Mended by: readBody in internal/server/guard.go.
//
// Delete when: there is a limit, with the answer 413. The guard needs the body all the same, to know the tool.
