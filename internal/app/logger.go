package app

import (
	"log/slog"
	"time"

	"github.com/lmittmann/tint"

	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
)

// NewLogger returns the program's logger, which writes to stderr.
func NewLogger(c *settings.Common, env Environment) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	var handler slog.Handler
	if c.LogFormat == "text" || c.LogFormat == "auto" && env.IsTerminal {
		options := &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: !env.Colour}
		handler = tint.NewTextHandler(env.Stderr, options)
	} else {
		handler = slog.NewJSONHandler(env.Stderr, &slog.HandlerOptions{Level: level})
	}
	return slog.New(telemetry.LogHandler(handler))
}
