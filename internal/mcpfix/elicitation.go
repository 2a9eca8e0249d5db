package mcpfix

// mcp-go: handleSamplingResponse (server/streamable_http.go) refuses an answer without a session id, and a stateless
// server gives out none. A question to a client of a protocol before 2026-07-28 then waits for ever.
//
// Why it hurts: a tool that asks for consent hangs until the client gives up.
//
// Upstream: no report found. Its title would be "Stateless streamable HTTP: elicitation can never be answered".
//
// Mended by: tools ask only clients of 2026-07-28 and those on stdio; others confirm by a second call.
//
// Delete when: asking fails at once where no answer can arrive.
