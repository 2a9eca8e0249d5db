package server

import (
	"context"
	"io"
	"log/slog"
	"time"

	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

const (
	// finishing is how long running calls may go on once the client has gone or a signal came.
	finishing = 10 * time.Second
	workers   = 16
)

// ServeStdio serves one client on in and out until in ends or ctx is done. Running calls then finish, within a limit,
// and are still answered.
func ServeStdio(ctx context.Context, s *mcpserver.MCPServer, in io.Reader, out io.Writer, logger *slog.Logger) error {
	return mcpfix.Stdio{Server: s, Calls: workers, Grace: finishing, Logger: logger}.Serve(ctx, in, out)
}
