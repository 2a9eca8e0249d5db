package testserver

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/resources"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// Backend is a server without a transport: the catalog of tools, and the sandbox upstream of it.
type Backend struct {
	Sandbox *sandbox.Sandbox
	Catalog *tool.Catalog
	Log     *Log

	tb       testing.TB
	settings Settings
	client   *gumroad.Client
	events   *events.Events
}

// New makes a server without a transport; MCP takes its messages.
func New(tb testing.TB, change ...func(*Settings)) *Backend {
	tb.Helper()
	return newSettings(change).backend(tb)
}

func newSettings(change []func(*Settings)) Settings {
	clock := func() time.Time { return Now }
	s := Settings{
		Sandbox: sandbox.Options{Now: clock},
		Client:  gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), RequestsPerSecond: -1, Now: clock},
		Tools:   tool.Config{Prefix: tool.DefaultPrefix, Confirm: tool.ConfirmAuto, Views: true},
		HTTP:    server.HTTPOptions{HTTP: settings.HTTP{Path: "/mcp", Grace: time.Minute}},
		Auth:    func(client *gumroad.Client, _ string) server.Authenticator { return server.Open(client) },
	}
	for _, f := range change {
		f(&s)
	}
	return s
}

func (s Settings) backend(tb testing.TB) *Backend {
	tb.Helper()
	b := &Backend{Sandbox: sandbox.New(s.Sandbox), Log: &Log{}, tb: tb}
	tb.Cleanup(func() { b.Sandbox.Close() })
	if s.Logger == nil {
		lines := slog.NewTextHandler(b.Log, &slog.HandlerOptions{Level: slog.LevelDebug})
		s.Logger = slog.New(telemetry.LogHandler(lines))
	}
	if s.Client.Transport == nil {
		s.Client.Transport = b.Sandbox
	}
	if s.Between != nil {
		s.Client.Transport = s.Between(s.Client.Transport)
	}
	if s.Tools.Exports == nil {
		s.Tools.Exports = tool.NewExports("", false)
	}
	tb.Cleanup(func() { s.Tools.Exports.Close() })
	s.Client.Logger, s.Tools.Logger, s.HTTP.Logger = s.Logger, s.Logger, s.Logger
	s.Client.Transport, s.Client.Waited = s.Telemetry.Transport(s.Client.Transport), s.Telemetry.Waited
	s.Tools.Observe, s.HTTP.Telemetry = s.Telemetry.Observe, s.Telemetry
	var err error
	if b.client, err = gumroad.New(s.Client); err != nil {
		tb.Fatal(err)
	}
	s.Tools.Client = b.client
	if s.Tools.State == nil {
		s.Tools.State = state.NewMemory(b.client.Now)
	}
	s.Events.Client, s.Events.State, s.Events.Logger = b.client, s.Tools.State, s.Logger
	b.events = events.New(s.Events)
	s.Tools.Events = b.events
	if b.Catalog, err = tool.New(tools.Toolsets(), s.Tools); err != nil {
		tb.Fatal(err)
	}
	if s.Watcher == nil {
		s.Watcher = resources.NewWatcher(b.Catalog)
	}
	b.settings = s
	return b
}

// MCP is a server of mcp-go that offers the catalog.
func (b *Backend) MCP(clients server.Clients) *server.MCP {
	s := b.settings
	options := server.Options{Clients: clients, Version: "test", Logger: s.Logger, Telemetry: s.Telemetry,
		Watcher: s.Watcher}
	return server.New(b.Catalog, options)
}

// Log takes lines from many goroutines.
type Log struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}
