package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/app"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

type sandboxCommand struct {
	Addr     string `env:"-" default:"127.0.0.1:8787" help:"Loopback address to listen on."`
	Webhooks bool   `env:"-" help:"Deliver webhooks, but only to receivers on this machine."`
	Compat   string `env:"-" hidden:"" enum:"2025,2026" default:"2026" help:"Behave as Gumroad did in this year."`
}

// BeforeReset makes two stores the default of this command: other programs should meet everything that Maton can give
// them. Who tries this server's own tools begins with one, so that no change needs connection_id.
func (sandboxCommand) BeforeReset(parser *kong.Kong, c *settings.Common) error {
	settings.SetDefault(parser, &c.SandboxStores, "2")
	return nil
}

// Run serves the sandbox until ctx is done.
func (s sandboxCommand) Run(ctx context.Context, p Process, c *settings.Common) error {
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil || !gumroad.IsLoopback(host) {
		return fmt.Errorf("--addr: %q is not a loopback address such as 127.0.0.1:8787; the sandbox's keys are public, "+
			"so other machines must not reach it", s.Addr)
	}
	listener, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	base := "http://" + listener.Addr().String()
	options := app.SandboxOptions(c, app.NewLogger(c, p.environment()))
	options.DeliverWebhooks, options.Compat2025 = s.Webhooks || c.SandboxLive, s.Compat == "2025"
	options.PublicURL = func() (string, error) { return base, nil }
	built := sandbox.New(options)
	defer built.Close()
	s.greet(p, base, built)

	server := &http.Server{Handler: built, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// greet prints how other programs reach the sandbox, last, because the list before it is longer than a screen.
func (s sandboxCommand) greet(p Process, base string, built *sandbox.Sandbox) {
	fmt.Fprintln(p.Stdout, "Worth a look:")
	table := tabwriter.NewWriter(p.Stdout, 2, 0, 2, ' ', 0)
	for _, highlight := range built.Highlights() {
		id := highlight.ID
		if highlight.LicenseKey != "" {
			id = fmt.Sprintf("product_id=%s license_key=%s", highlight.ProductID, highlight.LicenseKey)
		}
		fmt.Fprintf(table, "  %s\t%s\n", highlight.Name, id)
	}
	table.Flush()
	fmt.Fprintf(p.Stdout, `
A Gumroad and a Maton, in memory, until this program ends.

As Maton (gateway and control plane):
  MATON_API_URL=%[1]s MATON_API_KEY=%[2]s
As Gumroad itself, with every scope, or with exactly those named:
  GUMROAD_API_BASE_URL=%[1]s/v2 GUMROAD_ACCESS_TOKEN=%[3]s
  GUMROAD_API_BASE_URL=%[1]s/v2 GUMROAD_ACCESS_TOKEN=%[3]s:view_sales+edit_products
For tests: GET %[1]s/_sandbox/journal shows the requests, POST %[1]s/_sandbox/faults makes them fail.
`, base, sandbox.MatonKey, sandbox.GumroadToken)
}
