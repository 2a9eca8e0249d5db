package app

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

// read takes the common settings from a command line.
func read(t *testing.T, args ...string) *settings.Common {
	t.Helper()
	c := &settings.Common{}
	parser, err := settings.NewParser(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	return c
}

func environment(variables map[string]string) Environment {
	return Environment{Getenv: func(name string) string { return variables[name] }, Stderr: io.Discard, Version: "test"}
}

// settingOf is the flag, or a secret's variable, that an error begins with.
func settingOf(err error) string {
	if err == nil {
		return ""
	}
	return regexp.MustCompile(`^[\w-]*`).FindString(err.Error())
}

// TestStartNamesTheSetting: what only the client and the tools can tell is said of the setting, too.
func TestStartNamesTheSetting(t *testing.T) {
	for _, test := range []struct {
		name, args string
		secrets    settings.Secrets
		want       string
	}{
		{"gateway", "--gateway-url=http://evil.example", settings.Secrets{}, "--gateway-url"},
		{"control plane", "--control-url=https://a@b", settings.Secrets{}, "--control-url"},
		{"Gumroad's API", "--api-url=nowhere", settings.Secrets{GumroadToken: "token"}, "--api-url"},
		{"connection", "--connection=a/b", settings.Secrets{}, "--connection"},
		{"Maton key", "", settings.Secrets{MatonKey: "a b"}, "MATON_API_KEY"},
		{"file of the Maton key", "", settings.Secrets{MatonKeyFile: "none"}, "MATON_API_KEY_FILE"},
		{"Gumroad token", "", settings.Secrets{GumroadToken: "a b"}, "GUMROAD_ACCESS_TOKEN"},
		{"toolsets", "--toolsets=none", settings.Secrets{}, "--toolsets"},
		{"tools", "--tools=none", settings.Secrets{}, "--tools"},
		{"tools to exclude", "--exclude-tools=none", settings.Secrets{}, "--exclude-tools"},
		{"a checked setting", "--timeout=0s", settings.Secrets{}, "--timeout"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := read(t, strings.Fields(test.args)...)
			c.Secrets = test.secrets
			a, err := Start(t.Context(), c, nil, environment(nil), server.Clients{})
			if err == nil {
				a.Close()
				t.Fatal("it started")
			}
			if diff := cmp.Diff(test.want, settingOf(err)); diff != "" {
				t.Errorf("%s\n%v", diff, err)
			}
		})
	}
}

// TestViewsSetting: views are on unless the operator switches them off.
func TestViewsSetting(t *testing.T) {
	for args, want := range map[string]bool{"--sandbox": true, "--sandbox --views=on": true, "--sandbox --views=off": false} {
		a, err := Start(t.Context(), read(t, strings.Fields(args)...), nil, environment(nil), server.Clients{})
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Catalog.HasViews(); got != want {
			t.Errorf("%s: want views %t, got %t", args, want, got)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestStartLeavesNothingBehind: a bubble that goroutines outlive fails.
func TestStartLeavesNothingBehind(t *testing.T) {
	metrics := environment(map[string]string{"OTEL_METRICS_EXPORTER": "console"})
	t.Run("when a later part fails", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := read(t, "--sandbox", "--toolsets=none")
			if _, err := Start(t.Context(), c, nil, metrics, server.Clients{}); err == nil {
				t.Error("it started")
			}
		})
	})
	t.Run("when it is closed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a, err := Start(t.Context(), read(t, "--sandbox"), nil, metrics, server.Clients{})
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestCloseBeginsWithTheLast(t *testing.T) {
	var a App
	var closed []string
	for _, part := range []string{"first", "second", "third"} {
		a.onClose(func() error {
			closed = append(closed, part)
			return nil
		})
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"third", "second", "first"}, closed); diff != "" {
		t.Error(diff)
	}
}
