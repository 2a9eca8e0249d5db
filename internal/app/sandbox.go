package app

import (
	"log/slog"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

// SandboxOptions returns the options of the sandbox that the settings describe.
func SandboxOptions(c *settings.Common, logger *slog.Logger) sandbox.Options {
	options := sandbox.Options{Seed: c.SandboxSeed, Stores: c.SandboxStores, Lives: c.SandboxLive, DeliverWebhooks: c.SandboxLive,
		Logger: logger}
	if !c.SandboxNow.IsZero() {
		options.Now = func() time.Time { return c.SandboxNow }
	}
	return options
}

// openSandbox makes the sandbox. Its OAuth page, which people open in a browser, is served on this machine.
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
