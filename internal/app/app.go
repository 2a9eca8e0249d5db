// Package app makes the parts of the program from the settings, and puts them together. It is the only place that does.
package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/source"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/resources"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// Environment is what the program gets from outside, besides the settings.
type Environment struct {
	Getenv     func(string) string
	Stderr     io.Writer
	IsTerminal bool // of stderr
	Colour     bool // stderr shows colours
	Version    string
	// Patient starts the app although its credential cannot be used; every call then says why.
	Patient bool
	// Transport wraps what sends requests upstream, for who wants to see them. Nil wraps nothing.
	Transport func(http.RoundTripper) http.RoundTripper
}

// App holds the parts of the program.
type App struct {
	Client    *gumroad.Client
	Catalog   *tool.Catalog
	Events    *events.Events
	Logger    *slog.Logger
	Telemetry *telemetry.Telemetry // nil unless OTEL_* variables ask for it

	mcp     server.Options
	closers []func() error
	files   []*reread
}

// Start checks the settings and makes the parts that they describe. h is nil unless the app will serve HTTP. It sends
// no requests upstream. Its errors name the setting at fault. Whatever it has begun when it fails, it ends.
func Start(ctx context.Context, c *settings.Common, h *settings.HTTP, env Environment, clients server.Clients) (
	*App, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	a := &App{Logger: NewLogger(c, env)}
	if err := a.start(ctx, c, h, env); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.mcp = server.Options{Clients: clients, Version: env.Version, Logger: a.Logger, Telemetry: a.Telemetry}
	return a, nil
}

func (a *App) start(ctx context.Context, c *settings.Common, h *settings.HTTP, env Environment) error {
	config, err := a.upstream(c, env)
	if err != nil {
		return err
	}
	if a.Telemetry, err = telemetry.Start(ctx, env.Getenv, a.Logger, env.Stderr, env.Version); err != nil {
		return err
	}
	a.onClose(a.flush)
	if env.Transport != nil {
		config.Transport = env.Transport(config.Transport)
	}
	config.Transport, config.Waited = a.Telemetry.Transport(config.Transport), a.Telemetry.Waited
	now := config.Now
	if now == nil {
		now = time.Now
	}
	shared, err := a.openState(ctx, c, h, now)
	if err != nil {
		return err
	}
	a.onClose(shared.Close)
	if _, several := shared.(*state.NATS); several {
		config.Reserve = shared.Reserve
	}
	if a.Client, err = gumroad.New(config); err != nil {
		return nameSetting(c, err)
	}
	if err := a.Telemetry.ObserveState(func(ctx context.Context) (claims, messages, entries int, err error) {
		sizes, err := shared.Sizes(ctx)
		return sizes.Claims, sizes.Messages, sizes.Entries, err
	}); err != nil {
		return err
	}
	a.Events = a.openEvents(c, h, shared)
	if a.Catalog, err = a.catalog(c, shared); err != nil {
		return nameSetting(c, err)
	}
	return nil
}

// MCP returns an MCP server that offers the catalog.
func (a *App) MCP() *server.MCP {
	o := a.mcp
	o.Watcher = resources.NewWatcher(a.Catalog)
	return server.New(a.Catalog, o)
}

// Close ends what Start began, in reverse order.
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

const flushTimeout = 5 * time.Second

// flush sends the telemetry that is still waiting.
func (a *App) flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	return a.Telemetry.Close(ctx)
}

// upstream returns the client's configuration: the sandbox, or the real services with the configured credential.
func (a *App) upstream(c *settings.Common, env Environment) (gumroad.Config, error) {
	config := gumroad.Config{
		Connection:        c.Connection,
		RequestsPerSecond: c.RateLimit,
		Timeout:           c.Timeout,
		Logger:            a.Logger,
		UserAgent:         "gumroad-mcp/" + env.Version,
	}
	if c.Sandbox {
		// Nothing real is configured here, so that no real key goes to the sandbox and nothing of it to a real service.
		config.MatonKey = gumroad.NewCredential(sandbox.MatonKey)
		config.Transport = a.openSandbox(c)
		config.Now = SandboxOptions(c, nil).Now
		if c.RateLimit == 0 {
			config.RequestsPerSecond = -1
		}
		return config, nil
	}
	var err error
	config.MatonKey, config.GumroadToken, err = a.credential(c)
	if err != nil {
		if !env.Patient {
			return config, err
		}
		why := strings.TrimSuffix(err.Error(), ".")
		config.MatonKey, config.GumroadToken = gumroad.NoCredential(why), gumroad.Credential{}
	}
	config.GatewayURL, config.ControlURL, config.APIURL = c.GatewayURL, c.ControlURL, c.APIURL
	return config, nil
}

// credential returns the Maton key, from its file if only that is given, or the Gumroad token.
func (a *App) credential(c *settings.Common) (key, token gumroad.Credential, err error) {
	if err := c.CheckCredential(); err != nil {
		return key, token, err
	}
	all := settings.Of(c)
	if c.GumroadToken != "" {
		token = gumroad.NewCredential(string(c.GumroadToken))
		return key, token, Usable(all, &c.GumroadToken, token)
	}
	if c.MatonKey != "" || c.MatonKeyFile == "" {
		key = gumroad.NewCredential(string(c.MatonKey))
		return key, token, Usable(all, &c.MatonKey, key)
	}
	secret, shared, err := readSecret(c.MatonKeyFile)
	if err != nil {
		return key, token, all.Wrong(&c.MatonKeyFile, "%w", err)
	}
	if shared {
		a.warnOfShared(all, &c.MatonKeyFile)
	}
	key = gumroad.NewCredential(secret)
	return key, token, Usable(all, &c.MatonKeyFile, key)
}

// warnOfShared logs that everyone can read the file of a secret that the setting names.
func (a *App) warnOfShared(all settings.List, setting any) {
	a.Logger.Warn("everyone on this machine can read the file of the key; chmod 600 makes it private",
		"setting", all.Sprintf("%s", setting))
}

// Usable returns an error that names the setting of a credential which could not be sent.
func Usable(all settings.List, setting any, credential gumroad.Credential) error {
	if e, ok := errors.AsType[*gumroad.Error](credential.Valid()); ok {
		return all.Wrong(setting, "%s", e.Message)
	}
	return nil
}

// WarnOfCredential logs why every call will fail, if there is no credential for them.
func (a *App) WarnOfCredential() {
	if err := a.Client.Credential().Missing(); err != nil {
		a.Logger.Warn("calls will fail until there is a credential", "reason", err.Error())
	}
}

func (a *App) catalog(c *settings.Common, shared state.State) (*tool.Catalog, error) {
	exports := tool.NewExports(c.ExportDir, c.KeepExports)
	a.onClose(exports.Close)
	key, previous := sealKeys(c, shared)
	return tool.New(tools.Toolsets(), tool.Config{
		Client:           a.Client,
		Policy:           tool.Policy{Toolsets: c.Toolsets, Tools: c.Tools, Exclude: c.ExcludeTools, ReadOnly: c.ReadOnly},
		Confirm:          tool.Confirm(c.Confirm),
		SealKey:          key,
		PreviousSealKeys: previous,
		State:            shared,
		Events:           a.Events,
		Prefix:           c.ToolPrefix,
		MaskPII:          c.MaskPII,
		TextOnly:         c.TextOnly,
		Views:            c.Views == "on",
		Sandbox:          c.Sandbox,
		Exports:          exports,
		Files:            source.New(source.Options{Dirs: c.UploadDir}),
		Logger:           a.Logger,
		Observe:          a.Telemetry.Observe,
	})
}

// nameSetting puts the name of the setting at fault before an error that tells its field. The client and the tools use
// the same names for their fields as the settings do.
func nameSetting(c *settings.Common, err error) error {
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
