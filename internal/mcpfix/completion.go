package mcpfix

// mcp-go: the completion providers can be set only by options of NewMCPServer (server/server.go), unlike tools,
// resources and prompts, which are added to the server.
//
// Why it hurts: whoever adds resources or prompts also completes them, and has the server by then.
//
// Upstream: no report found. Its title would be "Set completion providers on an MCPServer as tools are added".
//
// Delete when: MCPServer has methods for it. An option is a function on the server, so applying one late does the
// same, as long as nothing is served yet.

import "github.com/mark3labs/mcp-go/server"

// CompletePrompts has provider complete the arguments of prompts.
func CompletePrompts(s *server.MCPServer, provider server.PromptCompletionProvider) {
	server.WithPromptCompletionProvider(provider)(s)
}

// CompleteResources has provider complete the variables of resource templates.
func CompleteResources(s *server.MCPServer, provider server.ResourceCompletionProvider) {
	server.WithResourceCompletionProvider(provider)(s)
}
