package mcpfix

// mcp-go: InProcessTransport (client/transport/inprocess.go) hands a client its notifications from a goroutine of its
// own, so those a handler sends last arrive after the answer, or never if the client then closes.
//
// Why it hurts: the command line's last line of progress comes after the result, or is missing.
//
// Upstream: no report found. Its title would be "In-process client: deliver the notifications of a request before its
// response".
//
// Delete when: that is so, and errors.go is gone, whose mending this transport carries as well.

import (
	"context"

	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

type inProcess struct {
	*transport.InProcessTransport
	delivered *deliveries
}

// NewInProcess connects a client to a server in the same process.
func NewInProcess(s *server.MCPServer, options ...transport.InProcessOption) transport.Interface {
	return inProcess{transport.NewInProcessTransportWithOptions(s, options...), newDeliveries()}
}

func (t inProcess) SendRequest(ctx context.Context, request transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
	ctx, chosen := withChosenError(withDeliveries(ctx, t.delivered))
	answer, err := t.InProcessTransport.SendRequest(ctx, request)
	if details := chosen.details.Load(); err == nil && answer.Error != nil && details != nil {
		answer.Error = details
	}
	return answer, err
}

func (t inProcess) SetNotificationHandler(handler func(mcp.JSONRPCNotification)) {
	t.InProcessTransport.SetNotificationHandler(func(notification mcp.JSONRPCNotification) {
		defer t.delivered.wrote()
		handler(notification)
	})
}
