package mcpfix_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/server"
)

func TestStillNeededEnded(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	bare := stateless(withTool(func(context.Context, *server.MCPServer) error {
		end()
		return nil
	}))
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(call(1, "tool")))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	bare.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Body.Len() > 0 {
		t.Errorf("the request was answered: %d %s", w.Code, w.Body)
	}
}
