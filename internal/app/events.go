package app

import (
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

// openEvents returns what knows of the stores' events. h is nil without HTTP.
func (a *App) openEvents(c *settings.Common, h *settings.HTTP, shared state.State, keys [][]byte) *events.Events {
	o := events.Options{Client: a.Client, State: shared, Keys: keys, Logger: a.Logger, Metrics: a.Telemetry}
	if h != nil {
		o.PublicURL = a.hooksURL(c, h)
		o.BorrowedKeys = h.Auth == "passthrough"
	}
	return events.New(o)
}

// hooksURL is where Gumroad can reach this server with webhooks, or "" where it cannot: it sends them to public hosts
// alone, and what was accepted must outlive this process. A sandbox sends them to this machine.
func (a *App) hooksURL(c *settings.Common, h *settings.HTTP) string {
	if h.PublicURL == "" || h.DataDir == "" && len(h.NATSURL) == 0 {
		return ""
	}
	public := strings.TrimSuffix(h.PublicURL, "/")
	if fault := gumroad.PostURLFault(public); fault != "" && !c.Sandbox {
		all := settings.Of(h)
		a.Logger.Info("stores cannot be watched by webhooks: " + all.Sprintf("%s ", &h.PublicURL) + fault)
		return ""
	}
	return public
}

// keysOf returns the seal key that is configured, if any.
func keysOf(c *settings.Common) [][]byte {
	if c.SealKey == "" {
		return nil
	}
	return [][]byte{[]byte(c.SealKey)}
}
