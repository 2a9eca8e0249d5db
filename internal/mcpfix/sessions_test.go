package mcpfix_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// TestStillNeededSessions has a stranger listen while two others call.
func TestStillNeededSessions(t *testing.T) {
	var sessions []server.ClientSession
	bare := stateless(withTool(func(ctx context.Context, _ *server.MCPServer) error {
		sessions = append(sessions, server.ClientSessionFromContext(ctx))
		return nil
	}))
	listening := httptest.NewServer(bare)
	t.Cleanup(listening.Close)
	if stream := get(t, listening.URL); stream.StatusCode != http.StatusOK {
		t.Fatalf("a stream is answered with %s", stream.Status)
	}
	post(t, bare, call(1, "tool"))
	post(t, bare, call(1, "tool"))
	if len(sessions) != 2 || sessions[0] != sessions[1] {
		t.Error("two clients no longer share the listener's session")
	}
}

func TestNoStandingStreams(t *testing.T) {
	listening := httptest.NewServer(mcpfix.NewHTTP(server.NewMCPServer("test", "1")))
	defer listening.Close()
	if stream := get(t, listening.URL); stream.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a stream is answered with %s", stream.Status)
	}
}
