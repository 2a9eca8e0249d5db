package app

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

var (
	everywhere = &net.TCPAddr{IP: net.IPv4zero, Port: 8080}
	here       = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
)

func started(t *testing.T) *App {
	t.Helper()
	a, err := Start(t.Context(), read(t, "--sandbox"), nil, environment(nil), server.Clients{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// write makes a file whose permissions are exactly mode.
func write(t *testing.T, content string, mode os.FileMode) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHTTPNamesTheSetting(t *testing.T) {
	a := started(t)
	_, line := server.NewToken()
	tokens := func(content string, mode os.FileMode) settings.HTTP {
		return settings.HTTP{Auth: "token", TokensFile: write(t, content, mode)}
	}
	named := tokens(line, 0o600)
	named.PublicURL = "https://mcp.example.com"
	for _, test := range []struct {
		name    string
		h       settings.HTTP
		address net.Addr
		want    string // "" for no error
	}{
		{"on every address under a public name", named, everywhere, ""},
		{"on every address under no name", tokens(line, 0o600), everywhere, "--allowed-hosts"},
		{"tokens that others can write", tokens(line, 0o666), here, "--tokens-file"},
		{"tokens that are not hashed", tokens("secret", 0o600), here, "--tokens-file"},
		{"no file", settings.HTTP{Auth: "token", TokensFile: "none"}, here, "--tokens-file"},
		{"a directory", settings.HTTP{Auth: "oauth", SubjectsFile: t.TempDir()}, here, "--subjects-file"},
		{"no certificate", settings.HTTP{TLSCert: "none.pem", TLSKey: "none.pem"}, here, "--tls-cert"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.h.Path = "/mcp"
			_, err := a.HTTP(&test.h, test.address)
			if diff := cmp.Diff(test.want, settingOf(err)); diff != "" {
				t.Errorf("%s\n%v", diff, err)
			}
		})
	}
}

func TestHTTPOptions(t *testing.T) {
	a := started(t)
	h := settings.HTTP{
		Path: "/mcp", Auth: "oauth", PublicURL: "https://mcp.example.com", AllowedHosts: []string{"other.example.com"},
		OAuthIssuer: "https://issuer.example", SubjectsFile: write(t, "anna connection=c", 0o600),
	}
	options := func(t *testing.T, h settings.HTTP, listening net.Addr) server.HTTPOptions {
		t.Helper()
		o, err := a.httpOptions(&h, listening)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	resource := func(o server.HTTPOptions) [2]string {
		oauth := o.Authenticator.(*server.OAuth)
		return [2]string{oauth.Resource, oauth.Audience}
	}
	t.Run("the audience is the public address", func(t *testing.T) {
		want := [2]string{"https://mcp.example.com/mcp", "https://mcp.example.com/mcp"}
		if diff := cmp.Diff(want, resource(options(t, h, everywhere))); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("unless another is set", func(t *testing.T) {
		h := h
		h.OAuthAudience = "store"
		want := [2]string{"https://mcp.example.com/mcp", "store"}
		if diff := cmp.Diff(want, resource(options(t, h, everywhere))); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("the names are the address, the configured ones and the public one", func(t *testing.T) {
		want := []string{"localhost", "127.0.0.1", "::1", "127.0.0.1", "other.example.com", "mcp.example.com"}
		if diff := cmp.Diff(want, options(t, h, here).AllowedHosts); diff != "" {
			t.Error(diff)
		}
	})
}

// TestReadiness: the sandbox refuses made-up keys, so a server whose callers bring theirs is ready without one.
func TestReadiness(t *testing.T) {
	a := started(t)
	const noKey = "not ready: no key is set, neither a Maton key nor a Gumroad token"
	for auth, want := range map[string]string{"none": noKey, "passthrough": ""} {
		t.Run(auth+" without a key", func(t *testing.T) {
			keyless := *a
			keyless.Client = a.Client.WithCredential(gumroad.Credential{})
			o, err := keyless.httpOptions(&settings.HTTP{Path: "/mcp", Auth: auth}, here)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := o.Ready(t.Context()); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
