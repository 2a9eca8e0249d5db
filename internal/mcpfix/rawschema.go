package mcpfix

// mcp-go: mcp.NewTool with WithRawInputSchema (mcp/tools.go) leaves the type of the other schema set, and such a tool
// cannot be marshalled; one of them empties the whole tools/list. NewTool also marks every tool as destructive and
// open-world unless told otherwise.
//
// Why it hurts: the schemas here are generated, so every tool has a raw one; and a client shows a warning before each
// tool that reads.
//
// Upstream: no report found. Its title would be "NewTool: WithRawInputSchema makes tools/list fail".
//
// Mended by: tools are made with mcp.NewToolWithRawSchema, and their annotations are set whole.
//
// Delete when: NewTool takes a raw schema. Nothing has to change then.
