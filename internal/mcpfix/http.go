package mcpfix

import (
	"net/http"
	"slices"

	"github.com/mark3labs/mcp-go/server"
)

// NewHTTP serves MCP over HTTP with the mendings of errors.go, notify.go and sessions.go. It goes when they go.
func NewHTTP(s *server.MCPServer, options ...server.StreamableHTTPOption) http.Handler {
	bare := server.NewStreamableHTTPServer(s, slices.Concat(options, withoutSessions)...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, chosen := withChosenError(r.Context())
		delivered := newDeliveries()
		bare.ServeHTTP(&response{w, chosen, delivered}, r.WithContext(withDeliveries(ctx, delivered)))
	})
}

// response is what mcp-go writes its answer to: every event of a stream, and every whole answer, in one Write.
type response struct {
	http.ResponseWriter
	chosen    *chosenError
	delivered *deliveries
}

func (w *response) WriteHeader(status int) { w.ResponseWriter.WriteHeader(w.chosen.status(status)) }

func (w *response) Write(p []byte) (int, error) {
	defer w.delivered.wrote()
	if _, err := w.ResponseWriter.Write(w.chosen.restate(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush makes mcp-go stream: it looks for the method and not for Unwrap.
func (w *response) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }
