package mcpfix

// mcp-go: AddTool (server/server.go) switches listChanged on unless the capability was set before. Clients then hold
// a subscriptions/listen stream, which StreamableHTTPServer.Shutdown does not end.
//
// Why it hurts: the lists never change, each client costs a connection, and stopping the server takes the whole grace.
//
// Upstream: no report found. Its title would be "Shutdown does not end subscriptions/listen streams".
//
// Mended by: internal/server/server.go sets the capabilities to false; subscriptions/listen is then answered and over.
//
// Delete when: AddTool leaves listChanged off. The options may stay all the same.
