package mcpfix_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// noticing is a response that tells when the first event, the question, is written.
type noticing struct {
	*httptest.ResponseRecorder
	asked chan<- struct{}
}

func (n noticing) Flush() { n.asked <- struct{}{} }

// TestStillNeededElicitation has a stateless server ask a client of the earlier protocol, and the client answer.
func TestStillNeededElicitation(t *testing.T) {
	asked := make(chan struct{}, 10)
	bare := stateless(withTool(func(ctx context.Context, s *server.MCPServer) error {
		_, err := s.RequestElicitation(ctx, mcp.ElicitationRequest{Params: mcp.ElicitationParams{Message: "?", RequestedSchema: map[string]any{"type": "object"}}})
		return err
	}))
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(call(1, "tool")))
		r.Header.Set("Content-Type", "application/json")
		bare.ServeHTTP(noticing{httptest.NewRecorder(), asked}, r)
	}()
	<-asked
	w := post(t, bare, `{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`)
	if w.Code != http.StatusBadRequest {
		t.Errorf("the answer is answered with %d %s", w.Code, w.Body)
	}
	contains(t, w.Body.String(), "Missing session ID")
	select {
	case <-ended:
		t.Error("the call ended without its answer")
	default:
	}
	leave()
	<-ended
}
