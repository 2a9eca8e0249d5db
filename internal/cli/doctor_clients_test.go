package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDoctorClients(t *testing.T) {
	const file = ".cursor/mcp.json"
	for _, test := range []struct {
		name  string
		setUp func(t *testing.T, p *person)
		code  int
		says  string
	}{
		{"it starts", func(t *testing.T, p *person) {}, 0, "ok    cursor: ~/.cursor/mcp.json starts it"},
		{"the file does not parse", func(t *testing.T, p *person) { p.write(t, file, "{", 0o600) }, 1,
			"fail  cursor: ~/.cursor/mcp.json: it cannot be read as JSON with comments and trailing commas: " +
				"hujson: line 2, column 1: parsing value: unexpected EOF\n      Correct the file; the client cannot read it either."},
		{"the server is not in it", func(t *testing.T, p *person) { p.write(t, file, "{}", 0o600) }, 0,
			"skip  cursor: this server is not in ~/.cursor/mcp.json\n      Run `gumroad-mcp install cursor`."},
		{"another server is", func(t *testing.T, p *person) {
			p.write(t, file, "{\"mcpServers\": {\"gumroad\": {\"command\": \"x\u202ey\"}}}", 0o600)
		}, 0, "warn  cursor: another server has the name gumroad in ~/.cursor/mcp.json: it starts \"x\\u202ey\"\n" +
			"      `gumroad-mcp install --force cursor` replaces it."},
		{"the program is missing", func(t *testing.T, p *person) {
			p.write(t, file, `{"mcpServers": {"gumroad": {"command": "/none/gumroad-mcp"}}}`, 0o600)
		}, 1, "fail  cursor: ~/.cursor/mcp.json: /none/gumroad-mcp does not start: it is not there\n      Run `gumroad-mcp install cursor`."},
		{"the program is not on the PATH", func(t *testing.T, p *person) {
			p.write(t, file, `{"mcpServers": {"gumroad": {"command": "npx", "args": ["-y", "@gumroad-mcp/server"]}}}`, 0o600)
		}, 1, "fail  cursor: ~/.cursor/mcp.json: npx does not start: it is not on the PATH\n      Run `gumroad-mcp install cursor`."},
		{"the entry has a setting that is wrong", func(t *testing.T, p *person) {
			p.write(t, file, `{"mcpServers": {"gumroad": {"command": "`+p.program+`", "args": ["--nonsense"]}}}`, 0o600)
		}, 1, "fail  cursor: ~/.cursor/mcp.json: ~/bin/gumroad-mcp does not start: "},
		{"another version", func(t *testing.T, p *person) {
			p.write(t, "old/gumroad-mcp", "#!/bin/sh\nread line\nid=${line#*\\\"id\\\":}\necho '"+`{"jsonrpc":"2.0","id":'${id%%[,\}]*}',"result":{"protocolVersion":"2025-11-25",`+
				`"capabilities":{},"serverInfo":{"name":"gumroad-mcp","version":"v0.0.1"}}}`+"'\nread line\n", 0o755)
			p.write(t, file, `{"mcpServers": {"gumroad": {"command": "`+p.home+`/old/gumroad-mcp"}}}`, 0o600)
		}, 0, "warn  cursor: ~/.cursor/mcp.json starts version v0.0.1, and this is "},
		{"others may read the key", func(t *testing.T, p *person) {
			if err := os.Chmod(filepath.Join(p.home, ".config/gumroad-mcp/maton-api-key"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, 1, "fail  cursor: others may read the Maton key in ~/.config/gumroad-mcp/maton-api-key\n" +
			"      Make it private: chmod 600 ~/.config/gumroad-mcp/maton-api-key"},
		{"the key is missing", func(t *testing.T, p *person) {
			if err := os.Remove(filepath.Join(p.home, ".config/gumroad-mcp/maton-api-key")); err != nil {
				t.Fatal(err)
			}
		}, 1, "fail  cursor: there is no Maton key in ~/.config/gumroad-mcp/maton-api-key\n" +
			"      Run `gumroad-mcp install` again with MATON_API_KEY set."},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPerson(t)
			p.env["MATON_API_KEY"] = "canary"
			p.run(t, "install", "cursor").want(t, 0, "added to")
			test.setUp(t, p)
			p.env["MATON_API_KEY"] = ""
			code, said := p.doctor(t, "--sandbox", "--client=cursor")
			equal(t, "exit code", test.code, code)
			if _, got, _ := strings.Cut(said, "none is set\n"); !strings.HasPrefix(got, test.says) {
				t.Errorf("want %q, got %q", test.says, got)
			}
		})
	}
	t.Run("no client of that name", func(t *testing.T) {
		newPerson(t).run(t, "doctor", "--client=emacs").want(t, 2, `"emacs" is no client that is known`)
	})
}

// TestDoctorStartsAsClientsDo: the server gets what its entry says, and none of the settings of who runs doctor.
func TestDoctorStartsAsClientsDo(t *testing.T) {
	for client, want := range map[string]string{"cursor": "none ~/.config/gumroad-mcp/maton-api-key none\n",
		"codex": "given ~/.config/gumroad-mcp/maton-api-key none\n"} {
		t.Run(client, func(t *testing.T) {
			p := newPerson(t)
			p.env["MATON_API_KEY"] = "canary"
			p.env["GUMROAD_MCP_CONFIRM"] = "auto"
			p.program = filepath.Join(p.home, "noted", "gumroad-mcp")
			p.write(t, "noted/gumroad-mcp", "#!/bin/sh\n"+
				`echo "${MATON_API_KEY:+given}${MATON_API_KEY:-none}" "$MATON_API_KEY_FILE" "${GUMROAD_MCP_CONFIRM:-none}" > "$HOME/noted/env"`+"\n", 0o755)
			p.run(t, "install", client).want(t, 0, "added to")
			p.doctor(t, "--sandbox", "--client="+client)
			equal(t, "environment", want, strings.Replace(p.read(t, "noted/env"), "givencanary", "given", 1))
		})
	}
}
