package mcpfix_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// tooLong bounds waits that end at once unless a test fails.
const tooLong = 10 * time.Second

const meta = `"_meta":{"progressToken":"p","io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`

// request is a JSON-RPC request with the members of its params.
func request(id any, method mcp.MCPMethod, params string) string {
	raw, _ := json.Marshal(id)
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":{%s}}`, raw, method, params)
}

func call(id any, tool string) string {
	return request(id, mcp.MethodToolsCall, fmt.Sprintf(`"name":%q,"arguments":{}`, tool))
}

// post sends a message as a client of the earlier protocol, or of 2026-07-28 if headers say so.
func post(t *testing.T, h http.Handler, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func stateless(s *server.MCPServer) http.Handler {
	return server.NewStreamableHTTPServer(s, server.WithStateLess(true))
}

// answer is what bare mcp-go answers, as the client reads it.
func answer(t *testing.T, s *server.MCPServer, message string) string {
	t.Helper()
	raw, err := json.Marshal(s.HandleMessage(t.Context(), json.RawMessage(message)))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// withTool is a server with the one tool "tool".
func withTool(handler func(ctx context.Context, s *server.MCPServer) error, options ...server.ServerOption) *server.MCPServer {
	s := server.NewMCPServer("test", "1", options...)
	s.AddTool(mcp.NewTool("tool"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("done"), handler(ctx, s)
	})
	return s
}

func contains(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q is not in %s", part, text)
	}
}
