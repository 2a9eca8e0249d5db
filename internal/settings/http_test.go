package config_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/config"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
)

func environment(variables map[string]string) config.Environment {
	return config.Environment{Getenv: func(name string) string { return variables[name] }, Stderr: io.Discard, Version: "test"}
}

// TestHTTPSettingsThatContradict: each error names the setting to change.
func TestHTTPSettingsThatContradict(t *testing.T) {
	for _, test := range []struct {
		name, names string
		change      func(*config.HTTP, *config.Config)
		env         map[string]string
	}{
		{"everyone from everywhere", "--auth", func(h *config.HTTP, _ *config.Config) { h.Addr = "0.0.0.0:8080" }, nil},
		{"every interface", "--auth", func(h *config.HTTP, _ *config.Config) { h.Addr = ":8080" }, nil},
		{"everyone under any name", "--allowed-hosts", func(h *config.HTTP, _ *config.Config) { h.AllowedHosts = []string{"*"} }, nil},
		{"secrets in the clear", "--tls-cert", func(h *config.HTTP, _ *config.Config) { h.Addr, h.Auth = "10.0.0.1:8080", "passthrough" }, nil},
		{"a certificate without its key", "--tls-key", func(h *config.HTTP, _ *config.Config) { h.TLSCert = "cert.pem" }, nil},
		{"no address", "--addr", func(h *config.HTTP, _ *config.Config) { h.Addr = "8080" }, nil},
		{"a path that is taken", "--path", func(h *config.HTTP, _ *config.Config) { h.Path = "/healthz" }, nil},
		{"a pattern for a path", "--path", func(h *config.HTTP, _ *config.Config) { h.Path = "/{x}" }, nil},
		{"token without tokens", "--tokens-file", func(h *config.HTTP, _ *config.Config) { h.Auth = "token" }, nil},
		{"passthrough with a key", "--auth", func(h *config.HTTP, _ *config.Config) { h.Auth = "passthrough" }, map[string]string{"MATON_API_KEY": "k"}},
		{"passthrough with a connection", "--connection", func(h *config.HTTP, c *config.Config) { h.Auth, c.Connection = "passthrough", "c" }, nil},
		{"oauth without an issuer", "--oauth-issuer", func(h *config.HTTP, _ *config.Config) { h.Auth = "oauth" }, nil},
		{"oauth without subjects", "--subjects-file", func(h *config.HTTP, _ *config.Config) { h.Auth, h.OAuthIssuer = "oauth", "https://issuer.example" }, nil},
		{"an issuer in the clear", "--oauth-issuer", func(h *config.HTTP, _ *config.Config) {
			h.Auth, h.OAuthIssuer, h.SubjectsFile = "oauth", "http://issuer.example", "subjects"
		}, nil},
		{"an origin with a path", "--allowed-origins", func(h *config.HTTP, _ *config.Config) { h.AllowedOrigins = []string{"https://a.example/app"} }, nil},
		{"a short seal key", "GUMROAD_MCP_SEAL_KEY", func(*config.HTTP, *config.Config) {}, map[string]string{"GUMROAD_MCP_SEAL_KEY": "short"}},
		{"a negative rate", "--caller-rate", func(h *config.HTTP, _ *config.Config) { h.CallerRate = -1 }, nil},
		{"a negative cap", "--max-in-flight", func(h *config.HTTP, _ *config.Config) { h.MaxInFlight = -1 }, nil},
	} {
		h, c := config.HTTP{Addr: "127.0.0.1:8080", Path: "/mcp", Auth: "none"}, config.Config{}
		if err := h.Check(c, environment(test.env)); err != nil {
			if test.env == nil {
				t.Fatalf("the defaults: %v", err)
			}
		}
		test.change(&h, &c)
		if err := h.Check(c, environment(test.env)); err == nil || !strings.Contains(err.Error(), test.names) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestHTTPOptions(t *testing.T) {
	c := config.Config{Sandbox: true, Timeout: time.Minute, ToolPrefix: "gumroad_", Confirm: "auto"}
	services, err := c.Open(environment(nil), false)
	if err != nil {
		t.Fatal(err)
	}
	defer services.Close()
	directory := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	_, line := server.NewToken()
	everywhere := &net.TCPAddr{IP: net.IPv4zero, Port: 8080}
	here := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	for _, test := range []struct {
		name    string
		h       config.HTTP
		address net.Addr
		says    string // "" for no error
	}{
		{"on every address under a public name", config.HTTP{Auth: "token", TokensFile: file("tokens", line, 0o600), PublicURL: "https://mcp.example.com"}, everywhere, ""},
		{"on every address under no name", config.HTTP{Auth: "token", TokensFile: file("tokens", line, 0o600)}, everywhere, "--allowed-hosts"},
		{"tokens that others can write", config.HTTP{Auth: "token", TokensFile: file("open", line, 0o666)}, here, "--tokens-file"},
		{"tokens that are not hashed", config.HTTP{Auth: "token", TokensFile: file("plain", "secret", 0o600)}, here, "--tokens-file"},
		{"no file", config.HTTP{Auth: "token", TokensFile: filepath.Join(directory, "none")}, here, "--tokens-file"},
		{"a directory", config.HTTP{Auth: "oauth", SubjectsFile: directory}, here, "--subjects-file"},
		{"no certificate", config.HTTP{TLSCert: "none.pem", TLSKey: "none.pem"}, here, "--tls-cert"},
	} {
		test.h.Path = "/mcp"
		options, err := test.h.Options(services, test.address)
		if test.says == "" {
			if err != nil || options.Auth == nil {
				t.Errorf("%s: %v", test.name, err)
			}
		} else if err == nil || !strings.HasPrefix(err.Error(), test.says) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	oauth, err := config.HTTP{Path: "/mcp", Auth: "oauth", PublicURL: "https://mcp.example.com", OAuthIssuer: "https://issuer.example",
		SubjectsFile: file("subjects", "anna connection=c", 0o600)}.Options(services, everywhere)
	if err != nil {
		t.Fatal(err)
	}
	if o := oauth.Auth.(*server.OAuth); o.Resource != "https://mcp.example.com/mcp" || o.Audience != o.Resource {
		t.Errorf("resource %q, audience %q", o.Resource, o.Audience)
	}
}
