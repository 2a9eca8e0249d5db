package mcpfix

// mcp-go: WithRecovery (server/server.go) sends the panic's value to the client and logs nothing. There is no such
// option for prompts, where a panic cuts the HTTP connection.
//
// Why it hurts: a panic's value can hold a buyer's data, and without a stack in the log nobody can mend the cause.
//
// Upstream: no report found. Its title would be "Recovery: log the stack, tell the client nothing, cover prompts".
//
// Mended by: the recovering middleware of internal/server/server.go.
//
// Delete when: there is recovery for tools, resources and prompts that logs and keeps the value to itself.
