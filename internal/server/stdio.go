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
	stdioGrace = 10 * time.Second // in which running calls may finish after the input ended or a signal came
	stdioCalls = 16               // that run at once
)

// ServeStdio serves one client on in and out until in ends or ctx is done. Running calls may then finish within a grace
// period, and are still answered.
func ServeStdio(ctx context.Context, s *mcpserver.MCPServer, in io.Reader, out io.Writer, logger *slog.Logger) error {
	return mcpfix.Stdio{Server: s, Calls: stdioCalls, Grace: stdioGrace, Logger: logger}.Serve(ctx, in, out)
}
