// Package app puts the parts together that the settings describe, once.
package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// Environment is what the program takes from outside.
type Environment struct {
	Getenv     func(string) string
	Stderr     io.Writer
	IsTerminal bool // of stderr
	Version    string
}

// App is the parts of the program, put together.
type App struct {
	Client    *gumroad.Client
	Catalog   *tool.Catalog
	Logger    *slog.Logger
	Telemetry *telemetry.Telemetry // nil unless OTEL_* variables ask for it

	mcp     server.Options
	closers []func() error
}

// Start checks the settings and puts together what they describe. Its errors name the setting. Nothing is sent.
func Start(ctx context.Context, c *settings.Common, env Environment, clients server.Clients) (*App, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	a := &App{Logger: NewLogger(c, env)}
	if err := a.start(ctx, c, env); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.mcp = server.Options{Clients: clients, Version: env.Version, Logger: a.Logger, Telemetry: a.Telemetry}
	return a, nil
}

func (a *App) start(ctx context.Context, c *settings.Common, env Environment) error {
	config, err := a.upstream(c, env)
	if err != nil {
		return err
	}
	if a.Telemetry, err = telemetry.Start(ctx, env.Getenv, a.Logger, env.Stderr, env.Version); err != nil {
		return err
	}
	a.onClose(a.flush)
	config.Transport, config.Waited = a.Telemetry.Transport(config.Transport), a.Telemetry.Waited
	if a.Client, err = gumroad.New(config); err != nil {
		return named(c, err)
	}
	if a.Catalog, err = a.catalog(c); err != nil {
		return named(c, err)
	}
	return nil
}

// MCP is a server that offers the catalog.
func (a *App) MCP() *server.MCP {
	return server.New(a.Catalog, a.mcp)
}

// Close ends what Start began, last things first.
func (a *App) Close() error {
	var errs []error
	for _, end := range slices.Backward(a.closers) {
		errs = append(errs, end())
	}
	err := errors.Join(errs...)
	if err != nil {
		a.Logger.Warn("not everything ended well", "error", err)
	}
	return err
}

func (a *App) onClose(end func() error) { a.closers = append(a.closers, end) }

const flushing = 5 * time.Second

func (a *App) flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), flushing)
	defer cancel()
	return a.Telemetry.Close(ctx)
}

// upstream decides whom the client talks to, with which credential.
func (a *App) upstream(c *settings.Common, env Environment) (gumroad.Config, error) {
	config := gumroad.Config{
		Connection:        c.Connection,
		RequestsPerSecond: c.RateLimit,
		Timeout:           c.Timeout,
		Logger:            a.Logger,
		UserAgent:         "gumroad-mcp/" + env.Version,
	}
	if c.Sandbox {
		// The real addresses and keys must not meet the sandbox, nor the sandbox's key the real services.
		config.MatonKey = gumroad.NewCredential(sandbox.MatonKey)
		config.Transport = a.openSandbox(c)
		config.Now = SandboxOptions(c, nil).Now
		if c.RateLimit == 0 {
			config.RequestsPerSecond = -1
		}
		return config, nil
	}
	key, err := matonKey(c)
	if err != nil {
		return config, err
	}
	config.MatonKey = gumroad.NewCredential(key)
	config.GumroadToken = gumroad.NewCredential(string(c.GumroadToken))
	config.GatewayURL, config.ControlURL, config.APIURL = c.GatewayURL, c.ControlURL, c.APIURL
	return config, nil
}

// matonKey is the key itself where both are given, else what its file holds.
func matonKey(c *settings.Common) (string, error) {
	if c.MatonKey != "" || c.MatonKeyFile == "" {
		return string(c.MatonKey), nil
	}
	key, err := readSecret(c.MatonKeyFile)
	if err != nil {
		return "", settings.Of(c).Wrong(&c.MatonKeyFile, "%w", err)
	}
	return key, nil
}

func (a *App) catalog(c *settings.Common) (*tool.Catalog, error) {
	exports := tool.NewExports(c.ExportDir, c.KeepExports)
	a.onClose(exports.Close)
	return tool.New(tools.Toolsets(), tool.Config{
		Client:  a.Client,
		Policy:  tool.Policy{Toolsets: c.Toolsets, Tools: c.Tools, Exclude: c.ExcludeTools, ReadOnly: c.ReadOnly},
		Confirm: tool.Confirm(c.Confirm),
		SealKey: []byte(c.SealKey),
		Prefix:  c.ToolPrefix,
		MaskPII: c.MaskPII,
		Exports: exports,
		Logger:  a.Logger,
		Observe: a.Telemetry.Observe,
	})
}

// named puts the setting's name to an error that tells its field; the client and the tools name their fields as the
// settings do.
func named(c *settings.Common, err error) error {
	e, ok := errors.AsType[*gumroad.Error](err)
	if !ok || e.Setting == "" {
		return err
	}
	field := reflect.ValueOf(c).Elem().FieldByName(e.Setting)
	if !field.IsValid() {
		return err
	}
	return settings.Of(c).Wrong(field.Addr().Interface(), "%s", e.Message)
}
