package cli_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestInstallLeavesReadOnly: who made a file read-only wants it to stay as it is.
func TestInstallLeavesReadOnly(t *testing.T) {
	p := newPerson(t)
	p.write(t, ".cursor/mcp.json", "{}", 0o444)
	p.run(t, "install", "cursor", "--sandbox").want(t, 1, "~/.cursor/mcp.json is read-only, so it was not changed")
	equal(t, "file", "{}", p.read(t, ".cursor/mcp.json"))
	equal(t, "files", []string{"-r--r--r-- ~/.cursor/mcp.json"}, p.files(t, ".cursor"))
}

// TestInstallProjectStaysInside: a project may be a stranger's, and its links lead anywhere.
func TestInstallProjectStaysInside(t *testing.T) {
	for _, test := range []struct{ name, link, to, client string }{
		{"a file that is a link", ".mcp.json", "../own.json", "claude-code"},
		{"a directory that is a link", ".cursor", "../.cursor", "cursor"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPerson(t)
			p.write(t, "own.json", "{}", 0o600)
			p.mkdir(t, ".cursor")
			p.mkdir(t, "project")
			t.Chdir(filepath.Join(p.home, "project"))
			if err := os.Symlink(test.to, test.link); err != nil {
				t.Fatal(err)
			}
			got := p.run(t, "install", test.client, "--project", "--sandbox")
			got.want(t, 1, "leads out of the project, so it was not touched")
			equal(t, "file", "{}", p.read(t, "own.json"))
			equal(t, "files", []string(nil), p.files(t, ".cursor"))
		})
	}
	t.Run("a link within the project", func(t *testing.T) {
		p := newPerson(t)
		p.write(t, "project/config/mcp.json", "{}", 0o600)
		t.Chdir(filepath.Join(p.home, "project"))
		if err := os.Symlink("config/mcp.json", ".mcp.json"); err != nil {
			t.Fatal(err)
		}
		p.run(t, "install", "claude-code", "--project", "--sandbox").want(t, 0, "added to")
	})
}

// TestInstallKeepsOthers: what has our name and is no entry at all is not ours either.
func TestInstallKeepsOthers(t *testing.T) {
	p := newPerson(t)
	const theirs = `{"mcpServers": {"gumroad": ["theirs"]}}`
	p.write(t, ".cursor/mcp.json", theirs, 0o600)
	p.run(t, "install", "cursor", "--sandbox").want(t, 1, "another server has the name gumroad")
	p.run(t, "uninstall", "cursor").want(t, 1, "another server has the name gumroad")
	equal(t, "file", theirs, p.read(t, ".cursor/mcp.json"))
}

// TestInstallClaudeCodeKeepsCopy: an entry is removed before the new one is added, which may fail.
func TestInstallClaudeCodeKeepsCopy(t *testing.T) {
	p := newPerson(t)
	const theirs = `{"mcpServers": {"gumroad": {"command": "theirs"}}}`
	p.write(t, ".claude.json", theirs, 0o600)
	p.write(t, "bin/claude", "#!/bin/sh\n[ $2 = remove ] && echo '{}' > \"$HOME/.claude.json\"\n", 0o755)
	got := p.run(t, "install", "--force", "claude-code", "--sandbox")
	got.want(t, 1, "failed: exit status 1\n (~/.claude.json as it was: ~/.claude.json.bak-")
	equal(t, "file", "{}\n", p.read(t, ".claude.json"))
	copies, err := filepath.Glob(filepath.Join(p.home, ".claude.json.bak-*"))
	if err != nil || len(copies) != 1 {
		t.Fatal(copies, err)
	}
	equal(t, "copy", theirs, p.read(t, filepath.Base(copies[0])))
}

// TestDryRunIsPlain: a comment may hold what a terminal obeys.
func TestDryRunIsPlain(t *testing.T) {
	p := newPerson(t)
	p.write(t, ".cursor/mcp.json", "{\n// \x1b]0;title\x07\u202e\n}\n", 0o600)
	equal(t, "output", `--- ~/.cursor/mcp.json
+++ ~/.cursor/mcp.json
@@ -1,3 +1,11 @@
 {
+  "mcpServers": {
+    "gumroad": {
+      "command": "~/bin/gumroad-mcp",
+      "args": [
+        "--sandbox"
+      ]
+    }
+  }
 // ]0;title
 }
`, p.run(t, "install", "cursor", "--sandbox", "--dry-run").stdout)
}

// TestInstallKeepsNoKeyForOthers: a key that no client reads from a file is not written to one.
func TestInstallKeepsNoKeyForOthers(t *testing.T) {
	p := newPerson(t)
	p.env["MATON_API_KEY"] = "canary"
	p.run(t, "install", "vscode").want(t, 0, "VS Code asks for the Maton key when it starts the server")
	equal(t, "files", []string{"-rw------- ~/.config/Code/User/mcp.json"}, p.files(t, ".config"))
}

// TestInstallRefusesWhatDoesNotStart: with such settings the client would show its person nothing but a failure. A
// password in an address would stand in the client's file besides.
func TestInstallRefusesWhatDoesNotStart(t *testing.T) {
	for flag, says := range map[string]string{
		"--gateway-url=https://user:canary@gateway.example": "must hold a scheme, a host and a path only",
		"--toolsets=sale": "sales",
	} {
		p := newPerson(t)
		p.run(t, "install", "cursor", flag).want(t, 2, says)
		equal(t, "file", "", p.read(t, ".cursor/mcp.json"))
	}
}
