package mcpfix

// mcp-go: handlePost (server/streamable_http.go) writes no answer once the context of the request has ended, whoever
// ended it and whatever the handler returned. The client gets 200 and an empty body.
//
// Why it hurts: a server that cancels its calls before it stops cannot tell its clients whether anything was changed.
//
// Upstream: no report found. Its title would be "Streamable HTTP: answer a request whose context the server ended".
//
// Mended by: cancellable in internal/server/http.go, which ends the contexts of handlers and not of requests.
//
// Delete when: the answer of a handler is written while the client is there.
