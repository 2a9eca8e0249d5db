package clients_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
)

// TestInstallLinks decodes each link as its client does.
func TestInstallLinks(t *testing.T) {
	server := map[string]any{"command": "npx", "args": []any{"-y", "@gumroad-mcp/server"}}
	decoded := func(raw string) (value any) {
		if err := json.Unmarshal([]byte(raw), &value); err != nil {
			t.Errorf("%v: %s", err, raw)
		}
		return value
	}
	unpacked := func(raw string) any {
		text, err := base64.StdEncoding.DecodeString(raw)
		if err != nil {
			t.Error(err)
		}
		return decoded(string(text))
	}
	want := map[string]struct {
		at     string
		config func(string) any
		other  url.Values
		server any
	}{
		"cursor":   {"https://cursor.com/en/install-mcp", unpacked, url.Values{"name": {"gumroad"}}, server},
		"lmstudio": {"https://lmstudio.ai/install-mcp", unpacked, url.Values{"name": {"gumroad"}}, server},
		"kiro":     {"https://kiro.dev/launch/mcp/add", decoded, url.Values{"name": {"gumroad"}}, server},
		"vscode": {"https://insiders.vscode.dev/redirect/mcp/install", decoded, url.Values{"name": {"gumroad"}, "inputs": {
			`[{"id":"gumroad-maton-key","type":"promptString","description":"Maton API key, from https://maton.ai","password":true}]`}},
			map[string]any{"type": "stdio", "command": "npx", "args": []any{"-y", "@gumroad-mcp/server"},
				"env": map[string]any{"MATON_API_KEY": "${input:gumroad-maton-key}"}}},
		"goose": {"goose://extension", nil, url.Values{"cmd": {"npx"}, "arg": {"-y", "@gumroad-mcp/server"}, "id": {"gumroad"},
			"name": {"Gumroad"}, "env": {"MATON_API_KEY=Maton API key"},
			"description": {"Run a Gumroad store: products, sales, refunds, licences, discounts."}}, nil},
	}
	var linked []string
	for _, c := range clients.All() {
		link := c.InstallLink()
		if link == "" {
			continue
		}
		linked = append(linked, c.Name)
		u, err := url.Parse(link)
		if err != nil || strings.Contains(link, "+") {
			t.Errorf("%s: %v: %s", c.Name, err, link)
			continue
		}
		expected, query := want[c.Name], u.Query()
		if expected.config != nil {
			if diff := cmp.Diff(expected.server, expected.config(query.Get("config"))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.Name, diff)
			}
			query.Del("config")
		}
		u.RawQuery = ""
		if diff := cmp.Diff(expected.other, query); diff != "" || u.String() != expected.at {
			t.Errorf("%s: %s (-want +got):\n%s", c.Name, u, diff)
		}
	}
	slices.Sort(linked)
	if diff := cmp.Diff([]string{"cursor", "goose", "kiro", "lmstudio", "vscode"}, linked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
