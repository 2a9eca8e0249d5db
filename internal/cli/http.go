package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/app"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

const lookEvery = 5 * time.Second // for changed files

type httpCommand struct {
	settings.HTTP
}

// Run serves MCP over HTTP until ctx is done.
func (h *httpCommand) Run(ctx context.Context, p Process, c *settings.Common) error {
	if err := h.Check(c); err != nil {
		return err
	}
	a, err := app.Start(ctx, c, &h.HTTP, p.environment(), server.Clients{})
	if err != nil {
		return err
	}
	defer a.Close()
	listener, err := net.Listen("tcp", h.Addr)
	if err != nil {
		return settings.Of(&h.HTTP).Wrong(&h.Addr, "%w", err)
	}
	defer listener.Close()
	served, err := a.HTTP(&h.HTTP, listener.Addr())
	if err != nil {
		return err
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	go a.Watch(ctx, hangups, ticker.C)
	a.Logger.Info("listening", "addr", listener.Addr().String(), "path", h.Path, "auth", h.Auth, "tls", h.TLSCert != "",
		"sandbox", c.Sandbox)
	go served.Look(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	running, stop := context.WithCancel(ctx)
	defer stop()
	watching.Go(func() { a.Events.Run(running) })
	return served.Serve(ctx, listener)
}

type tokenCommand struct {
	Name   string   `env:"-" placeholder:"NAME" help:"What the log calls the caller: letters, digits and . _ - @ (default: only a hash)."`
	Pin    string   `env:"-" placeholder:"ID" help:"The only store that the token is for, by the id of its Maton connection (default: every store)."`
	Scopes []string `env:"-" placeholder:"NAME,…" help:"What it may do: gumroad:read, gumroad:write, gumroad:destroy (default: all)."`
}

// Run makes a token for a caller of --auth=token.
func (t tokenCommand) Run(p Process) error {
	if _, err := server.ParseScopes(t.Scopes); err != nil {
		return fmt.Errorf("--scopes: %w", err)
	}
	token, line := server.NewToken()
	if t.Name != "" {
		line += " name=" + t.Name
	}
	if t.Pin != "" {
		line += " connection=" + t.Pin
	}
	if len(t.Scopes) > 0 {
		line += " scopes=" + strings.Join(t.Scopes, ",")
	}
	// Check the line as the server will read it.
	client, err := gumroad.New(gumroad.Config{})
	if err == nil {
		_, err = server.ParseGrants(strings.NewReader(line), client)
	}
	if err != nil {
		return fmt.Errorf("--name, --pin: %w", err)
	}
	fmt.Fprintf(p.Stderr, "The token, for the caller only; it is not stored anywhere:\n  %s\n"+
		"The line for the tokens file:\n", token)
	_, err = fmt.Fprintln(p.Stdout, line)
	return err
}
