package app

import (
	"net/url"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

// openEvents returns what knows of the stores' events. h is nil without HTTP.
func (a *App) openEvents(c *settings.Common, h *settings.HTTP, shared state.State) *events.Events {
	o := events.Options{Client: a.Client, State: shared, Logger: a.Logger, Metrics: a.Telemetry}
	key, previous := sealKeys(c, shared)
	if len(key) > 0 {
		o.Keys = append([][]byte{key}, previous...)
	}
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
	if fault := gumroad.PostURLFault(public); fault != "" && !isDouble(c) {
		all := settings.Of(h)
		a.Logger.Info("stores cannot be watched by webhooks: " + all.Sprintf("%s ", &h.PublicURL) + fault)
		return ""
	}
	return public
}

// isDouble reports whether Gumroad is a sandbox on this machine.
func isDouble(c *settings.Common) bool {
	upstream := c.GatewayURL
	if c.GumroadToken != "" {
		upstream = c.APIURL
	}
	u, err := url.Parse(upstream)
	return c.Sandbox || err == nil && gumroad.IsLoopback(u.Hostname())
}
