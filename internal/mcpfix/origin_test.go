package mcpfix_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/server"
)

func TestStillNeededOrigin(t *testing.T) {
	bare := stateless(server.NewMCPServer("test", "1"))
	t.Run("a foreign Origin is served", func(t *testing.T) {
		if w := post(t, bare, ping, "Origin", "https://evil.example"); w.Code != http.StatusOK {
			t.Errorf("status %d", w.Code)
		}
	})
	t.Run("a proxy on this machine is refused", func(t *testing.T) {
		listening := httptest.NewServer(bare)
		defer listening.Close()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, listening.URL, strings.NewReader(ping))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "mcp.shop.example"
		r.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("status %d", response.StatusCode)
		}
	})
}
