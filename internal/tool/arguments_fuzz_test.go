package tool_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// FuzzArguments calls tools with whatever is sent as arguments: an answer or a helpful refusal, never a panic, never a
// change without consent.
func FuzzArguments(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `"x"`, `{"limit":"5"}`, `{"limit":5.5}`, `{"limit":1e99}`, `{"limit":5,"limit":"x"}`,
		`{"after":"2026-13-01"}`, `{"sale_id":"../x"}`, `{"sale_id":{"a":1}}`, `{"a":{"b":[[[]]]}}`, `{"detail":"FULL"}`,
		`{"tags":"x","product_id":"y"}`, `{"page_key":"~x"}`, `{"page_key":"a~b~c"}`,
	} {
		for which := range 4 {
			f.Add(uint8(which), []byte(seed))
		}
	}
	box := sandbox.New(sandbox.Options{Sales: 1})
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: box,
		RequestsPerSecond: -1, Connection: box.Highlights()[0].ID})
	if err != nil {
		f.Fatal(err)
	}
	catalog, err := tool.New(tools.Toolsets(), tool.Config{Client: client, Confirm: tool.ConfirmAlways})
	if err != nil {
		f.Fatal(err)
	}
	definitions := catalog.Definitions()
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		box.ResetJournal()
		d := definitions[int(which)%len(definitions)]
		request := mcp.CallToolRequest{}
		request.Params.RawArguments = raw
		result := catalog.Call(t.Context(), d, request)
		text := result.Content[0].(mcp.TextContent).Text
		if result.IsError && !strings.Contains(text, "changed") {
			t.Errorf("%s %q: the error does not say whether anything changed: %s", d.Name, raw, text)
		}
		if !result.IsError && !json.Valid([]byte(text)) {
			t.Errorf("%s %q: want JSON, got %s", d.Name, raw, text)
		}
		for _, entry := range box.Journal() {
			if entry.Committed && d.Name != "create_connection" {
				t.Errorf("%s %q changed the store: %s %s", d.Name, raw, entry.Method, entry.Path)
			}
		}
	})
}
