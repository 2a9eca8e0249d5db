package cli

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/config"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
)

type httpCommand struct {
	config.HTTP
}

// Run serves MCP over HTTP until ctx is done.
func (h httpCommand) Run(ctx context.Context, p Process, c *config.Config) error {
	env := p.environment()
	if err := h.Check(*c, env); err != nil {
		return err
	}
	services, err := c.Open(env, false)
	if err != nil {
		return err
	}
	defer services.Close()
	listener, err := net.Listen("tcp", h.Addr)
	if err != nil {
		return fmt.Errorf("--addr (GUMROAD_MCP_ADDR): %w", err)
	}
	defer listener.Close()
	options, err := h.Options(services, listener.Addr())
	if err != nil {
		return err
	}
	mcp := server.New(services.Catalog, services.Options)
	services.Logger.Info("listening", "addr", listener.Addr().String(), "path", h.Path, "auth", h.Auth, "tls", options.TLS != nil)
	return server.NewHTTP(mcp, options).Serve(ctx, listener)
}

type tokenCommand struct {
	Pin    string   `placeholder:"ID" help:"Maton connection of the only store the token is for."`
	Scopes []string `placeholder:"NAME,…" help:"What it may do: gumroad:read, gumroad:write, gumroad:destroy (default: all)."`
}

// Run makes a token for a caller of --auth=token.
func (t tokenCommand) Run(p Process) error {
	if _, err := server.ParseScopes(t.Scopes); err != nil {
		return fmt.Errorf("--scopes: %w", err)
	}
	token, line := server.NewToken()
	if t.Pin != "" {
		line += " connection=" + t.Pin
	}
	if len(t.Scopes) > 0 {
		line += " scopes=" + strings.Join(t.Scopes, ",")
	}
	// The line must be one that the server will read.
	client, err := gumroad.New(gumroad.Config{})
	if err == nil {
		_, err = server.ParseGrants(strings.NewReader(line), client)
	}
	if err != nil {
		return fmt.Errorf("--pin: %w", err)
	}
	fmt.Fprintf(p.Stderr, "The token, for the caller alone; it is kept nowhere:\n  %s\nThe line for the tokens file:\n", token)
	_, err = fmt.Fprintln(p.Stdout, line)
	return err
}
