package tools_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// meanwhile lets somebody else act just before the nth request of a kind passes.
type meanwhile struct {
	next   http.RoundTripper
	method string
	path   string // the end of it
	before int
	act    func()
}

func (m *meanwhile) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == m.method && strings.HasSuffix(r.URL.Path, m.path) {
		if m.before--; m.before == 0 {
			m.act()
		}
	}
	return m.next.RoundTrip(r)
}

// ofAnother is a request by somebody else to the first store, past the server.
func ofAnother(t *testing.T, box *sandbox.Sandbox, method, path, body string) {
	t.Helper()
	r := httptest.NewRequest(method, "/v2"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+sandbox.GumroadToken)
	w := httptest.NewRecorder()
	if box.ServeHTTP(w, r); !strings.Contains(w.Body.String(), `"success":true`) {
		t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
}

// withConsent calls a tool that asks, and calls it again as if the person had agreed.
func withConsent(t *testing.T, s *testserver.Server, name string, arguments map[string]any) testserver.Result {
	t.Helper()
	again := maps.Clone(arguments)
	again["confirm_token"] = s.Fails(tool.ConfirmationRequired, name, arguments).JSON["confirm_token"]
	return s.Must(name, again)
}
