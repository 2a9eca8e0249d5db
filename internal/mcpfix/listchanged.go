package mcpfix

// mcp-go: AddTool (server/server.go) switches listChanged on unless the capability was set before. Clients then hold
// a subscriptions/listen stream.
//
// Why it hurts: the lists never change, and each client costs a stream.
//
// Upstream: no report found. Its title would be "AddTool offers listChanged although nobody asked for it".
//
// Mended by: internal/server/server.go sets the capabilities to false; subscriptions/listen is then answered and over.
//
// Delete when: AddTool leaves listChanged off. The options may stay all the same.
