package app

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
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
		{"a directory without a key", "", &settings.HTTP{DataDir: t.TempDir()}, ""},
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

// TestSealKeys: which key seals, and whose seals are accepted besides.
func TestSealKeys(t *testing.T) {
	file, err := state.OpenFile(t.TempDir(), "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	memory, secret := state.NewMemory(time.Now), string(file.Secret())
	const old = "an older key of thirty-two bytes"
	for _, test := range []struct {
		name     string
		secrets  settings.Secrets
		shared   state.State
		key      string
		previous []string
	}{
		{"nothing", settings.Secrets{}, memory, "", nil},
		{"a key", settings.Secrets{SealKey: sealKey}, memory, sealKey, nil},
		{"only a key of the past", settings.Secrets{PreviousSealKeys: []settings.Secret{old}}, memory, "", []string{old}},
		{"a directory", settings.Secrets{}, file, secret, nil},
		{"a directory, and a key that was given later", settings.Secrets{SealKey: sealKey}, file, sealKey, []string{secret}},
		{"a directory, and a key of the past", settings.Secrets{PreviousSealKeys: []settings.Secret{old}}, file, secret,
			[]string{old}},
	} {
		t.Run(test.name, func(t *testing.T) {
			key, previous := sealKeys(&settings.Common{Secrets: test.secrets}, test.shared)
			var got []string
			for _, key := range previous {
				got = append(got, string(key))
			}
			if string(key) != test.key || !slices.Equal(got, test.previous) {
				t.Errorf("seals with %q and accepts %q besides", key, got)
			}
		})
	}
}
