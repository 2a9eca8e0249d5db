// Package config is every setting of the program: read once, from flags and environment, checked before anything
// starts, and turned into the parts the settings describe.
package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/lmittmann/tint"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// Config is the settings. Keys have no flags: a key on a command line is visible to every process.
type Config struct {
	Connection string `env:"MATON_CONNECTION" placeholder:"ID" help:"Maton connection to act on; unset: resolved for every call."`
	GatewayURL string `env:"MATON_GATEWAY_URL" placeholder:"URL" help:"Maton's gateway (default ${gateway_url})."`
	ControlURL string `env:"MATON_CONTROL_URL" placeholder:"URL" help:"Maton's control plane (default ${control_url})."`
	MatonURL   string `name:"maton-url" hidden:"" env:"MATON_API_URL" help:"Both of them."`
	APIURL     string `name:"api-url" env:"GUMROAD_API_BASE_URL" placeholder:"URL" help:"Gumroad's API, with GUMROAD_ACCESS_TOKEN (default ${api_url})."`

	Toolsets     []string `env:"GUMROAD_MCP_TOOLSETS" placeholder:"NAME,…" help:"Only these toolsets."`
	Tools        []string `env:"GUMROAD_MCP_TOOLS" placeholder:"NAME,…" help:"Only these tools, or these besides --toolsets."`
	ExcludeTools []string `env:"GUMROAD_MCP_EXCLUDE_TOOLS" placeholder:"NAME,…" help:"Never these tools."`
	ReadOnly     bool     `env:"GUMROAD_MCP_READ_ONLY" help:"No tool that changes anything; wins over the three above."`
	Confirm      string   `env:"GUMROAD_MCP_CONFIRM" enum:"auto,always,never" default:"auto" help:"Ask a person before what cannot be undone (auto), before every change (always), or never."`
	ToolPrefix   string   `env:"GUMROAD_MCP_TOOL_PREFIX" default:"gumroad_" help:"Stands before every tool's name."`
	MaskPII      bool     `name:"mask-pii" env:"GUMROAD_MCP_MASK_PII" help:"Mask buyers' e-mails, names, addresses and licence keys in results."`

	ExportDir   string `env:"GUMROAD_MCP_EXPORT_DIR" type:"path" placeholder:"DIR" help:"Directory for exported files, private to its owner (default: a temporary one)."`
	KeepExports bool   `env:"GUMROAD_MCP_KEEP_EXPORTS" help:"Leave exported files when the server ends; they hold buyers' data."`

	RateLimit float64       `env:"GUMROAD_MCP_RATE_LIMIT" placeholder:"N" help:"Requests a second to Maton or Gumroad, per credential (default 8; none for the sandbox)."`
	Timeout   time.Duration `env:"GUMROAD_MCP_TIMEOUT" default:"60s" help:"For one operation upstream, repeats included."`

	LogLevel  string `env:"GUMROAD_MCP_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"debug, info, warn or error."`
	LogFormat string `env:"GUMROAD_MCP_LOG_FORMAT" enum:"auto,text,json" default:"auto" help:"text or json; auto: text on a terminal. The log goes to stderr."`

	Sandbox       bool      `env:"GUMROAD_MCP_SANDBOX" help:"Use the built-in Gumroad instead of the real one: no account, no key, no network. Its data is in memory and gone on exit."`
	SandboxSeed   uint64    `env:"GUMROAD_MCP_SANDBOX_SEED" default:"1" help:"Fixes the sandbox's data."`
	SandboxNow    time.Time `env:"GUMROAD_MCP_SANDBOX_NOW" placeholder:"TIME" help:"Stops the sandbox's clock, at a time such as 2026-11-01T12:00:00Z."`
	SandboxCompat string    `env:"GUMROAD_MCP_SANDBOX_COMPAT" enum:"2025,2026" default:"2026" help:"Which year's Gumroad the sandbox is."`
}

// Environment is what the program takes from outside.
type Environment struct {
	Getenv     func(string) string
	Stderr     io.Writer
	IsTerminal bool // of stderr
	Version    string
}

// Services are the parts the settings describe.
type Services struct {
	Client    *gumroad.Client
	Catalog   *tools.Catalog
	Logger    *slog.Logger
	Telemetry *telemetry.Telemetry // nil unless OTEL_* variables ask for it
	Sandbox   *sandbox.Sandbox     // nil when the real services are used
	close     []func() error
}

// Close releases what Open started.
func (s *Services) Close() error {
	var errs []error
	for _, end := range s.close {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

// Open checks the settings and builds what they describe. Its errors name the setting. Nothing is sent.
func (c Config) Open(env Environment, bidirectional bool) (*Services, error) {
	s := &Services{Logger: c.NewLogger(env)}
	connect, err := c.connect(env, s)
	if err != nil {
		return nil, err
	}
	if err := c.startTelemetry(env, s, &connect); err != nil {
		return nil, err
	}
	if s.Client, err = gumroad.New(connect); err != nil {
		return nil, settingError(connect, err)
	}
	exports := tools.NewExports(c.ExportDir, c.KeepExports)
	s.close = append(s.close, exports.Close)
	s.Catalog, err = tools.New(tools.Config{
		Client:        s.Client,
		Policy:        tools.Policy{Toolsets: c.Toolsets, Tools: c.Tools, Exclude: c.ExcludeTools, ReadOnly: c.ReadOnly},
		Confirm:       tools.Confirm(c.Confirm),
		SealKey:       []byte(env.Getenv("GUMROAD_MCP_SEAL_KEY")),
		Prefix:        c.ToolPrefix,
		MaskPII:       c.MaskPII,
		Exports:       exports,
		Bidirectional: bidirectional,
		Logger:        s.Logger,
	})
	return s, err
}

// connect decides whom the client talks to, with which credential.
func (c Config) connect(env Environment, s *Services) (gumroad.Config, error) {
	config := gumroad.Config{
		Connection:        c.Connection,
		GatewayURL:        first(c.GatewayURL, c.MatonURL),
		ControlURL:        first(c.ControlURL, c.MatonURL),
		APIURL:            c.APIURL,
		RequestsPerSecond: c.RateLimit,
		Timeout:           c.Timeout,
		Logger:            s.Logger,
		UserAgent:         "gumroad-mcp/" + env.Version,
	}
	switch {
	case c.RateLimit < 0:
		return config, errors.New("--rate-limit (GUMROAD_MCP_RATE_LIMIT): must not be negative")
	case c.Timeout <= 0:
		return config, errors.New("--timeout (GUMROAD_MCP_TIMEOUT): must be more than 0")
	case len(c.ToolPrefix) > 20 || strings.Trim(c.ToolPrefix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "":
		return config, errors.New("--tool-prefix (GUMROAD_MCP_TOOL_PREFIX): at most 20 letters, digits, '_' and '-'")
	}
	if c.Sandbox {
		s.Sandbox = c.openSandbox(s)
		// The real addresses and keys must not meet the sandbox, nor the sandbox's key the real services.
		config.MatonKey = gumroad.NewCredential(sandbox.MatonKey)
		config.GatewayURL, config.ControlURL = "", ""
		config.Transport = s.Sandbox
		config.Now = c.SandboxOptions(nil).Now
		if c.RateLimit == 0 {
			config.RequestsPerSecond = -1
		}
		return config, nil
	}
	key, err := c.matonKey(env)
	if err != nil {
		return config, err
	}
	config.MatonKey = gumroad.NewCredential(key)
	config.GumroadToken = gumroad.NewCredential(env.Getenv("GUMROAD_ACCESS_TOKEN"))
	if !config.MatonKey.IsZero() && !config.GumroadToken.IsZero() {
		return config, errors.New("MATON_API_KEY and GUMROAD_ACCESS_TOKEN are both set: unset the one you do not mean")
	}
	return config, nil
}

// matonKey reads the key from the environment or from a file that only its owner can read.
func (c Config) matonKey(env Environment) (string, error) {
	path := env.Getenv("MATON_API_KEY_FILE")
	if key := env.Getenv("MATON_API_KEY"); key != "" || path == "" {
		return key, nil
	}
	key, err := readSecret(path)
	if err != nil {
		return "", fmt.Errorf("MATON_API_KEY_FILE: %w", err)
	}
	return key, nil
}

const maxSecret = 4096

func readSecret(path string) (string, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", fmt.Errorf("the file cannot be read: %w", errors.Unwrap(err))
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return "", errors.New("the file is a symbolic link; name the file itself")
	case !info.Mode().IsRegular():
		return "", errors.New("it is not a regular file")
	case info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		return "", errors.New("others can read the file; make it private (chmod 600)")
	case info.Size() > maxSecret:
		return "", errors.New("the file is too large for a key")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("the file cannot be read: %w", errors.Unwrap(err))
	}
	secret := strings.TrimSpace(string(data))
	if secret == "" {
		return "", errors.New("the file is empty")
	}
	return secret, nil
}

// openSandbox makes the built-in store. Its OAuth page gets a loopback address when somebody first needs the link.
func (c Config) openSandbox(s *Services) *sandbox.Sandbox {
	options := c.SandboxOptions(s.Logger)
	page := &loopbackPage{}
	options.PublicURL = page.url
	built := sandbox.New(options)
	page.handler = built
	s.close = append(s.close, page.close, built.Close)
	return built
}

// SandboxOptions are the settings of a sandbox.
func (c Config) SandboxOptions(logger *slog.Logger) sandbox.Options {
	options := sandbox.Options{Seed: c.SandboxSeed, Compat2025: c.SandboxCompat == "2025", Logger: logger}
	if !c.SandboxNow.IsZero() {
		options.Now = func() time.Time { return c.SandboxNow }
	}
	return options
}

const flushing = 5 * time.Second

func (c Config) startTelemetry(env Environment, s *Services, connect *gumroad.Config) (err error) {
	s.Telemetry, err = telemetry.Start(context.Background(), env.Getenv, s.Logger, env.Stderr, env.Version)
	if err != nil {
		return err
	}
	connect.Transport, connect.Waited = s.Telemetry.Transport(connect.Transport), s.Telemetry.Waited
	s.close = append(s.close, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), flushing)
		defer cancel()
		return s.Telemetry.Close(ctx)
	})
	return nil
}

// NewLogger is the program's log.
func (c Config) NewLogger(env Environment) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	if c.LogFormat == "text" || c.LogFormat == "auto" && env.IsTerminal {
		return slog.New(telemetry.LogHandler(tint.NewTextHandler(env.Stderr, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: !env.IsTerminal})))
	}
	return slog.New(telemetry.LogHandler(slog.NewJSONHandler(env.Stderr, &slog.HandlerOptions{Level: level})))
}

// settingError puts the setting's name to an error of the client.
func settingError(connect gumroad.Config, err error) error {
	setting := map[string]string{
		"gateway URL": "--gateway-url (MATON_GATEWAY_URL, MATON_API_URL)",
		"control URL": "--control-url (MATON_CONTROL_URL, MATON_API_URL)",
		"API URL":     "--api-url (GUMROAD_API_BASE_URL)",
	}
	for prefix, name := range setting {
		if rest, ok := strings.CutPrefix(err.Error(), prefix+": "); ok {
			return fmt.Errorf("%s: %s", name, rest)
		}
	}
	if e := (*gumroad.Error)(nil); errors.As(err, &e) {
		return fmt.Errorf("--connection (MATON_CONNECTION): %s", e.Message)
	}
	if !connect.GumroadToken.IsZero() {
		return fmt.Errorf("GUMROAD_ACCESS_TOKEN: %w", err)
	}
	return fmt.Errorf("MATON_API_KEY: %w", err)
}

func first(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
