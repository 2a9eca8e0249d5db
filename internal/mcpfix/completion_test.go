package mcpfix_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

// TestStillNeededCompletion looks for a method of MCPServer that takes a provider, whatever its name.
func TestStillNeededCompletion(t *testing.T) {
	methods := reflect.TypeFor[*server.MCPServer]()
	for i := range methods.NumMethod() {
		method := methods.Method(i)
		for parameter := range method.Type.Ins() {
			if parameter == reflect.TypeFor[server.PromptCompletionProvider]() || parameter == reflect.TypeFor[server.ResourceCompletionProvider]() {
				t.Errorf("MCPServer.%s takes a provider", method.Name)
			}
		}
	}
}

type provider struct{}

func (provider) CompletePromptArgument(context.Context, string, mcp.CompleteArgument, mcp.CompleteContext) (*mcp.Completion, error) {
	return &mcp.Completion{Values: []string{"of a prompt"}}, nil
}

func (provider) CompleteResourceArgument(context.Context, string, mcp.CompleteArgument, mcp.CompleteContext) (*mcp.Completion, error) {
	return &mcp.Completion{Values: []string{"of a resource"}}, nil
}

func TestCompletion(t *testing.T) {
	s := server.NewMCPServer("test", "1", server.WithCompletions())
	mcpfix.CompletePrompts(s, provider{})
	mcpfix.CompleteResources(s, provider{})
	const argument = `,"argument":{"name":"a","value":""}`
	contains(t, answer(t, s, request(1, mcp.MethodCompletionComplete, `"ref":{"type":"ref/prompt","name":"x"}`+argument)), `["of a prompt"]`)
	contains(t, answer(t, s, request(1, mcp.MethodCompletionComplete, `"ref":{"type":"ref/resource","uri":"x://{a}"}`+argument)), `["of a resource"]`)
}
