package mcpfix_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func TestStillNeededBody(t *testing.T) {
	bare := stateless(server.NewMCPServer("test", "1"))
	long := request(1, mcp.MethodPing, `"padding":"`+strings.Repeat("x", 8<<20)+`"`)
	if w := post(t, bare, long); w.Code != http.StatusOK {
		t.Errorf("8 MiB are answered with %d", w.Code)
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(long))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	http.MaxBytesHandler(bare, 1<<20).ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest {
		t.Errorf("a body over the limit is answered with %d", w.Code)
	}
}
