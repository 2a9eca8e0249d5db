package mcpfix_test

import (
	"context"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func TestStillNeededValidation(t *testing.T) {
	for name, c := range map[string]struct{ schema, arguments, answer string }{
		"formats are not checked": {
			`{"type":"object","properties":{"day":{"type":"string","format":"date"}}}`, `{"day":"never"}`, `"text":"done"`},
		"a schema that does not compile lets everything pass": {
			`{"type":"object","properties":{"a":{"type":"nothing"}}}`, `{"a":1}`, `"text":"done"`},
		"messages are Go structs": {
			`{"type":"object","properties":{"limit":{"maximum":100}}}`, `{"limit":1000}`, `\u0026{Got:1000/1 Want:100/1}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := server.NewMCPServer("test", "1", server.WithInputSchemaValidation())
			s.AddTool(mcp.NewToolWithRawSchema("tool", "", []byte(c.schema)), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				return mcp.NewToolResultText("done"), nil
			})
			contains(t, answer(t, s, request(1, mcp.MethodToolsCall, `"name":"tool","arguments":`+c.arguments)), c.answer)
		})
	}
}
