package mcpfix

// mcp-go: handlePost (server/streamable_http.go) has two goroutines take notifications off one channel. When a handler
// returns right after its last notification, the forwarding one may hold it without having written it; the answering
// one then ends the stream, and the notification is dropped.
//
// Why it hurts: the last progress message of a call is lost, most often in short calls, and the conformance suite's
// progress scenario fails every time.
//
// Upstream: https://github.com/mark3labs/mcp-go/pull/969 (open).
//
// Delete when: that is released; callers of Notify then call SendNotificationToClient.

import (
	"context"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/server"
)

// deliveries tells when mcp-go has delivered a notification: written it to an HTTP response, handed it to a client.
type deliveries struct {
	mu      sync.Mutex
	written chan struct{} // holds at most one
}

type deliveriesKey struct{}

func newDeliveries() *deliveries { return &deliveries{written: make(chan struct{}, 1)} }

func withDeliveries(ctx context.Context, d *deliveries) context.Context {
	return context.WithValue(ctx, deliveriesKey{}, d)
}

// deliveryLimit bounds the wait for a notification that mcp-go never writes.
const deliveryLimit = time.Second

// Notify sends a notification to the client whose request ctx belongs to, and returns once it is delivered. On stdio
// it need not wait: the connection of this package keeps the order by itself.
func Notify(ctx context.Context, s *server.MCPServer, method string, params map[string]any) error {
	d, ok := ctx.Value(deliveriesKey{}).(*deliveries)
	if !ok {
		return s.SendNotificationToClient(ctx, method, params)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.written: // belongs to an earlier write
	default:
	}
	if err := s.SendNotificationToClient(ctx, method, params); err != nil {
		return err
	}
	d.await(ctx)
	return nil
}

// await returns once the next notification is delivered.
func (d *deliveries) await(ctx context.Context) {
	select {
	case <-d.written:
	case <-ctx.Done():
	case <-time.After(deliveryLimit):
	}
}

func (d *deliveries) wrote() {
	select {
	case d.written <- struct{}{}:
	default:
	}
}
