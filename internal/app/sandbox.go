package app

import (
	"log/slog"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

// SandboxOptions are what the settings say of the built-in Gumroad.
func SandboxOptions(c *settings.Common, logger *slog.Logger) sandbox.Options {
	options := sandbox.Options{Seed: c.SandboxSeed, Logger: logger}
	if !c.SandboxNow.IsZero() {
		options.Now = func() time.Time { return c.SandboxNow }
	}
	return options
}

// openSandbox makes the built-in Gumroad. Its OAuth page gets a loopback address when somebody first needs the link.
func (a *App) openSandbox(c *settings.Common) *sandbox.Sandbox {
	options := SandboxOptions(c, a.Logger)
	page := &loopbackPage{}
	options.PublicURL = page.url
	built := sandbox.New(options)
	a.onClose(built.Close)
	page.handler = built
	a.onClose(page.close)
	return built
}
