package tools_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// matonSays answers every request to the control plane with the same JSON.
type matonSays string

func (m matonSays) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(string(m)))}, nil
}

// TestWordsOfMatonsThatAreNew: a status that nobody knows breaks no answer, least of all one of a connection that was
// made.
func TestWordsOfMatonsThatAreNew(t *testing.T) {
	t.Parallel()
	says := func(answer string) *testserver.Server {
		return testserver.Start(t, func(s *testserver.Settings) { s.Client.Transport = matonSays(answer) })
	}
	t.Run("in a list", func(t *testing.T) {
		rows := says(`{"connections":[{"connection_id":"c","status":"EXPIRED"}]}`).
			Must("list_connections", nil).Rows("connections")
		if len(rows) != 1 || rows[0]["status"] != "EXPIRED" {
			t.Errorf("the list is %v", rows)
		}
	})
	t.Run("of a new connection", func(t *testing.T) {
		testserver.Want(t, says(`{"connection":{"connection_id":"c","status":"INITIATED"}}`).Must("create_connection", nil),
			map[string]any{"connection_id": "c", "status": "INITIATED"})
	})
	t.Run("a new connection without its link is told, not made again", func(t *testing.T) {
		made := says(`{"connection":{"connection_id":"c","status":"PENDING"}}`).Must("create_connection", nil)
		testserver.Says(t, made, "Do not make another connection")
	})
}
