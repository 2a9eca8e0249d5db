package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

const (
	stdioGrace = 10 * time.Second // in which running calls may finish after the input ended or a signal came
	stdioCalls = 16               // that run at once
)

// ServeStdio serves one client on in and out until in ends or ctx is done. Running calls may then finish within a grace
// period, and are still answered; ending has those end early that only wait.
func ServeStdio(ctx context.Context, s *mcpserver.MCPServer, in io.Reader, out io.Writer, ending func(),
	logger *slog.Logger) error {
	return mcpfix.Stdio{Server: s, Calls: stdioCalls, Grace: stdioGrace, Ending: ending, Logger: logger,
		Recovered: recovering(logger, "stdio")}.Serve(ctx, in, out)
}

// waiting has a call of a stdio client hold no slot while it waits for a person. Over HTTP the guard sees to it.
func waiting(ctx context.Context) context.Context {
	if _, ok := mcpfix.Running(ctx); !ok {
		return ctx
	}
	return gumroad.WithWaiting(ctx, func() (over func(), ok bool) { return mcpfix.Rest(ctx), true })
}

// recovering recovers from a panic outside the handlers, which is mcp-go's.
func recovering(logger *slog.Logger, transport string) func(context.Context, func()) error {
	return func(ctx context.Context, run func()) error {
		_, err := tool.Recovered(ctx, logger, transport, func() (struct{}, error) {
			run()
			return struct{}{}, nil
		})
		if e, ok := errors.AsType[*gumroad.Error](err); ok {
			return errors.New(e.Message)
		}
		return err
	}
}
