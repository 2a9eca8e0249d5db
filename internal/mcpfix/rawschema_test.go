package mcpfix_test

import (
	"encoding/json"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

func TestStillNeededRawSchema(t *testing.T) {
	schema := json.RawMessage(`{"type":"object"}`)
	if raw, err := json.Marshal(mcp.NewTool("tool", mcp.WithRawInputSchema(schema))); err == nil {
		t.Errorf("NewTool with a raw schema is %s", raw)
	}
	hints := mcp.NewTool("tool").Annotations
	if hints.DestructiveHint == nil || !*hints.DestructiveHint || hints.OpenWorldHint == nil || !*hints.OpenWorldHint {
		t.Errorf("NewTool sets %+v", hints)
	}
	if _, err := json.Marshal(mcp.NewToolWithRawSchema("tool", "", schema)); err != nil {
		t.Errorf("NewToolWithRawSchema: %v", err)
	}
}
