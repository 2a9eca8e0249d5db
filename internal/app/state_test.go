package app

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

const sealKey = "0123456789abcdef0123456789abcdef"

// TestStartNamesTheSettingOfTheState: what is wrong with files and addresses keeps the server from starting.
func TestStartNamesTheSettingOfTheState(t *testing.T) {
	file := write(t, "no certificate", 0o600)
	nowhere := []string{"nats://127.0.0.1:1"}
	taken := t.TempDir()
	sandbox := read(t, "--sandbox")
	first, err := Start(t.Context(), sandbox, &settings.HTTP{DataDir: taken}, environment(nil), server.Clients{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	for _, test := range []struct {
		name string
		h    settings.HTTP
		want string
	}{
		{"a directory that another server has", settings.HTTP{DataDir: taken}, "--data-dir"},
		{"a file for a directory", settings.HTTP{DataDir: file}, "--data-dir"},
		{"no credentials", settings.HTTP{NATSURL: nowhere, NATSCredentials: "none"}, "--nats-credentials"},
		{"no certificates", settings.HTTP{NATSURL: nowhere, NATSCA: "none"}, "--nats-ca"},
		{"a file without certificates", settings.HTTP{NATSURL: nowhere, NATSCA: file}, "--nats-ca"},
		{"an address that cannot be read", settings.HTTP{NATSURL: []string{"nats://["}}, "--nats-url"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, err := Start(t.Context(), sandbox, &test.h, environment(nil), server.Clients{})
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

// TestStartSaysWhatConsentsLack: a server that starts says in its log what its consents cannot keep.
func TestStartSaysWhatConsentsLack(t *testing.T) {
	for _, test := range []struct {
		name string
		key  settings.Secret
		h    *settings.HTTP
		says string // "" for nothing
	}{
		{"a key that nothing is remembered for", sealKey, &settings.HTTP{}, "each counts once on every instance"},
		{"a key and a directory", sealKey, &settings.HTTP{DataDir: t.TempDir()}, ""},
		{"no key", "", &settings.HTTP{}, ""},
		{"a key, but no other instance", sealKey, nil, ""},
		{"NATS that is away", sealKey, &settings.HTTP{NATSURL: []string{"nats://127.0.0.1:1"}},
			`state="NATS (--nats-url)" error="there is no connection`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			env := environment(nil)
			env.Stderr = &log
			c := read(t, "--sandbox", "--log-format=text")
			c.SealKey = test.key
			a, err := Start(t.Context(), c, test.h, env, server.Clients{})
			if err != nil {
				t.Fatal(err)
			}
			a.Close()
			got := log.String()
			if test.says == "" && got != "" || strings.Count(got, test.says) != 1 && test.says != "" {
				t.Errorf("want %q once, got %s", test.says, got)
			}
		})
	}
}
