package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstall shows the file of a client of each kind before and after, and that uninstall gives it back.
func TestInstall(t *testing.T) {
	for _, test := range []struct{ client, file, before, after string }{
		{"cursor", ".cursor/mcp.json",
			"{\n\t// mine\n\t\"mcpServers\": {\n\t\t\"other\": {\"url\": \"https://x.example\"}, // keep\n\t}\n}\n",
			"{\n\t// mine\n\t\"mcpServers\": {\n\t\t\"other\": {\"url\": \"https://x.example\"}, // keep\n" +
				"\t\t\"gumroad\": {\n\t\t\t\"command\": \"~/bin/gumroad-mcp\",\n\t\t\t\"args\": [\n\t\t\t\t\"--toolsets=default,emails\",\n" +
				"\t\t\t\t\"--read-only\"\n\t\t\t],\n\t\t\t\"env\": {\n\t\t\t\t\"MATON_API_KEY_FILE\": \"~/.config/gumroad-mcp/maton-api-key\"\n" +
				"\t\t\t}\n\t\t},\n\t}\n}\n"},
		{"vscode", ".config/Code/User/mcp.json", `{"servers":{},"inputs":[{"id":"x"}]}`,
			"{\"servers\":{\n  \"gumroad\": {\n    \"type\": \"stdio\",\n    \"command\": \"~/bin/gumroad-mcp\",\n    \"args\": [\n" +
				"      \"--toolsets=default,emails\",\n      \"--read-only\"\n    ],\n    \"env\": {\n" +
				"      \"MATON_API_KEY\": \"${input:gumroad-maton-key}\"\n    }\n  }\n},\"inputs\":[{\"id\":\"x\"}," +
				`{"id":"gumroad-maton-key","type":"promptString","description":"Maton API key, from https://maton.ai","password":true}]}`},
		{"codex", ".codex/config.toml", "model = \"o9\" # mine\n\n[mcp_servers.other]\ncommand = \"x\"\n",
			"model = \"o9\" # mine\n\n[mcp_servers.other]\ncommand = \"x\"\n\n[mcp_servers.gumroad]\ncommand = '~/bin/gumroad-mcp'\n" +
				"args = ['--toolsets=default,emails', '--read-only']\nenv_vars = ['MATON_API_KEY']\n\n[mcp_servers.gumroad.env]\n" +
				"MATON_API_KEY_FILE = '~/.config/gumroad-mcp/maton-api-key'\n"},
		{"goose", ".config/goose/config.yaml", "GOOSE_MODEL:   x # mine\n\nextensions:\n  # keep\n  other:\n    type: builtin\n",
			"GOOSE_MODEL:   x # mine\n\nextensions:\n  gumroad:\n    type: stdio\n    name: gumroad\n" +
				"    description: 'Run a Gumroad store: products, sales, refunds, licences, discounts.'\n    cmd: ~/bin/gumroad-mcp\n" +
				"    args:\n      - --toolsets=default,emails\n      - --read-only\n    envs:\n" +
				"      MATON_API_KEY_FILE: ~/.config/gumroad-mcp/maton-api-key\n    enabled: true\n    timeout: 300\n" +
				"  # keep\n  other:\n    type: builtin\n"},
		{"opencode", ".config/opencode/opencode.jsonc", "{\"mcp\": {}} // mine",
			"{\"mcp\": {\n  \"gumroad\": {\n    \"type\": \"local\",\n    \"command\": [\n      \"~/bin/gumroad-mcp\",\n" +
				"      \"--toolsets=default,emails\",\n      \"--read-only\"\n    ],\n    \"environment\": {\n" +
				"      \"MATON_API_KEY_FILE\": \"~/.config/gumroad-mcp/maton-api-key\"\n    },\n    \"enabled\": true\n  }\n}} // mine"},
		{"amp", ".config/amp/settings.json", "{\n  \"amp.mcpServers\": {\"x\": {}}\n}",
			"{\n  \"amp.mcpServers\": {\"x\": {}, \"gumroad\": {\"command\":\"~/bin/gumroad-mcp\",\"args\":[\"--toolsets=default,emails\"," +
				"\"--read-only\"],\"env\":{\"MATON_API_KEY_FILE\":\"~/.config/gumroad-mcp/maton-api-key\"}}}\n}"},
	} {
		t.Run(test.client, func(t *testing.T) {
			p := newPerson(t)
			p.env["MATON_API_KEY"] = "canary"
			p.write(t, test.file, test.before, 0o640)
			got := p.run(t, "install", test.client, "--toolsets", "default,emails", "--read-only")
			got.want(t, 0, "added to ~/"+test.file)
			equal(t, "after install", test.after, p.read(t, test.file))
			equal(t, "files", []string{"-rw-r----- ~/" + test.file, "-rw-r----- ~/" + test.file + ".bak-TIME"},
				p.files(t, filepath.Dir(test.file)))
			copies, err := filepath.Glob(filepath.Join(p.home, test.file+".bak-*"))
			if err != nil || len(copies) != 1 {
				t.Fatalf("%v, %v", copies, err)
			}
			equal(t, "copy", test.before, p.read(t, strings.TrimPrefix(copies[0], p.home)))

			again := p.run(t, "install", test.client, "--toolsets", "default,emails", "--read-only")
			again.want(t, 0, "it is in ~/"+test.file+" already")
			equal(t, "after another install", test.after, p.read(t, test.file))

			delete(p.env, "MATON_API_KEY")
			p.write(t, ".config/gumroad-mcp/maton-api-key", "canary\n", 0o600)
			p.run(t, "uninstall", test.client).want(t, 0, "removed from ~/"+test.file)
			equal(t, "after uninstall", test.before, p.read(t, test.file))
		})
	}
}

// TestInstallAll: a client that has no file yet gets one, and one whose file is broken does not keep --all from the rest.
// TestUninstallTakesGroupsAway: groups that install had to add go with the entry, and a person's own empty ones stay.
func TestUninstallTakesGroupsAway(t *testing.T) {
	for _, test := range []struct{ client, file, before string }{
		{"zed", ".config/zed/settings.json", "{\n  \"theme\": \"One\", // c\n}\n"},
		{"amp", ".config/amp/settings.json", "{\"amp.x\": 1}"},
		{"vscode", ".config/Code/User/mcp.json", "{\n\t// mine\n}\n"},
		{"vscode", ".config/Code/User/mcp.json", "{\"servers\": {}}\n"},
		{"vscode", ".config/Code/User/mcp.json", "{\"inputs\": []}\n"},
		{"codex", ".codex/config.toml", "model = \"o9\"\n"},
		{"goose", ".config/goose/config.yaml", "GOOSE_MODEL: x # mine\n"},
	} {
		t.Run(test.client+" with "+test.before, func(t *testing.T) {
			p := newPerson(t)
			p.env["MATON_API_KEY"] = "canary"
			p.write(t, test.file, test.before, 0o600)
			p.run(t, "install", test.client).want(t, 0, "added to")
			p.run(t, "uninstall", test.client).want(t, 0, "removed from")
			equal(t, "after uninstall", test.before, p.read(t, test.file))
		})
	}
}

func TestInstallAll(t *testing.T) {
	p := newPerson(t)
	p.mkdir(t, ".cursor")
	p.mkdir(t, ".gemini")
	p.write(t, ".lmstudio/mcp.json", "{ // none of JSON\n}", 0o600)
	got := p.run(t, "install", "--all", "--sandbox")
	equal(t, "exit code", 1, got.code)
	equal(t, "output", `Cursor: added to ~/.cursor/mcp.json.
Gemini CLI: added to ~/.gemini/settings.json.
LM Studio: ~/.lmstudio/mcp.json: it cannot be read as JSON: it is not JSON: there is a comment or a trailing comma. Nothing was changed. Add this by hand:

{
  "mcpServers": {
    "gumroad": {
      "command": "~/bin/gumroad-mcp",
      "args": [
        "--sandbox"
      ]
    }
  }
}
Restart Cursor, Gemini CLI for the change to take effect.
`, got.stdout)
	equal(t, "file", "{\n  \"mcpServers\": {\n    \"gumroad\": {\n      \"command\": \"~/bin/gumroad-mcp\",\n      \"args\": [\n"+
		"        \"--sandbox\"\n      ]\n    }\n  }\n}\n", p.read(t, ".cursor/mcp.json"))
	equal(t, "files", []string{"-rw------- ~/.cursor/mcp.json"}, p.files(t, ".cursor"))

	listed := p.run(t, "uninstall")
	equal(t, "what can be uninstalled", "cursor          ~/.cursor/mcp.json\ngemini          ~/.gemini/settings.json\n"+
		"Name the clients, or give --all.\n", listed.stdout)
	p.run(t, "uninstall", "--all").want(t, 0, "Restart Cursor, Gemini CLI")
	p.run(t, "uninstall", "--all").want(t, 0, "No client was found")
	p.run(t, "uninstall", "cursor").want(t, 0, "there is nothing to remove in ~/.cursor/mcp.json")
}

func TestInstallKey(t *testing.T) {
	const kept = ".config/gumroad-mcp/maton-api-key"
	t.Run("one that is given is kept in a private file", func(t *testing.T) {
		p := newPerson(t)
		p.env["MATON_API_KEY"] = "canary"
		p.run(t, "install", "cursor").want(t, 0, "The Maton key is kept in ~/"+kept)
		equal(t, "key", "canary\n", p.read(t, kept))
		equal(t, "files", []string{"-rw------- ~/" + kept}, p.files(t, ".config"))
		if strings.Contains(p.read(t, ".cursor/mcp.json"), "canary") {
			t.Error("the key is in the client's file")
		}
	})
	t.Run("one in a file stays there", func(t *testing.T) {
		p := newPerson(t)
		p.write(t, "own", "canary", 0o600)
		p.env["MATON_API_KEY_FILE"] = filepath.Join(p.home, "own")
		p.run(t, "install", "cursor").want(t, 0, "added to")
		if !strings.Contains(p.read(t, ".cursor/mcp.json"), `"MATON_API_KEY_FILE": "~/own"`) {
			t.Error(p.read(t, ".cursor/mcp.json"))
		}
	})
	t.Run("a person at a terminal is asked", func(t *testing.T) {
		p := newPerson(t)
		p.mkdir(t, ".cursor")
		p.mkdir(t, ".warp")
		p.terminal, p.stdin = true, "warp, cursor\ncanary\n"
		got := p.run(t, "install")
		equal(t, "questions", "Which ones? Names, or all: "+
			"Maton API key, from https://maton.ai (it is not shown; leave it empty to set it later): ", got.stderr)
		got.want(t, 0, "Restart Warp, Cursor for the change to take effect.\nThen ask there to connect your Gumroad store.\n")
		equal(t, "key", "canary\n", p.read(t, kept))
	})
	t.Run("a client that asks itself needs none", func(t *testing.T) {
		p := newPerson(t)
		p.terminal = true
		p.run(t, "install", "vscode").want(t, 0, "VS Code asks for the Maton key")
		equal(t, "key", "", p.read(t, kept))
	})
	t.Run("without one the entry has none", func(t *testing.T) {
		p := newPerson(t)
		p.run(t, "install", "cursor").want(t, 0, "There is no Maton key yet")
		if strings.Contains(p.read(t, ".cursor/mcp.json"), "env") {
			t.Error(p.read(t, ".cursor/mcp.json"))
		}
	})
	t.Run("one that no service can accept is refused", func(t *testing.T) {
		p := newPerson(t)
		p.env["MATON_API_KEY"] = "canary key"
		p.run(t, "install", "cursor").want(t, 2, "MATON_API_KEY: It holds a character")
	})
	t.Run("a Gumroad token is not kept", func(t *testing.T) {
		p := newPerson(t)
		p.env["GUMROAD_ACCESS_TOKEN"] = "canary"
		p.run(t, "install", "cursor").want(t, 2, "GUMROAD_ACCESS_TOKEN: clients' files hold no keys")
		equal(t, "file", "", p.read(t, ".cursor/mcp.json"))
	})
}

func TestInstallRefuses(t *testing.T) {
	const foreign = "{\"mcpServers\": {\"gumroad\": {\"command\": \"npx\", \"args\": [\"gumroad-mcp\"], \"env\": {\"K\": \"canary\"}}}}"
	t.Run("another server of the same name", func(t *testing.T) {
		p := newPerson(t)
		p.write(t, ".cursor/mcp.json", foreign, 0o600)
		for _, command := range []string{"install", "uninstall"} {
			p.run(t, command, "cursor", "--sandbox").want(t, 1, `another server has the name gumroad in ~/.cursor/mcp.json: it starts "npx"`)
			equal(t, "file", foreign, p.read(t, ".cursor/mcp.json"))
		}
		p.run(t, "install", "cursor", "--sandbox", "--force").want(t, 0, "changed in")
	})
	t.Run("a client that is not known", func(t *testing.T) {
		newPerson(t).run(t, "install", "emacs").want(t, 2, `"emacs" is no client that is known; there are: claude-desktop, claude-code, cursor`)
	})
	t.Run("a client without a file for a project", func(t *testing.T) {
		newPerson(t).run(t, "install", "goose", "--project").want(t, 2, "Goose has no file for a project")
	})
	t.Run("a wrong setting", func(t *testing.T) {
		newPerson(t).run(t, "install", "cursor", "--rate-limit=-1").want(t, 2, "--rate-limit")
	})
	t.Run("a program that will be gone", func(t *testing.T) {
		p := newPerson(t)
		p.env["TMPDIR"] = p.home
		p.run(t, "install", "cursor", "--sandbox").want(t, 2, "clients cannot start the program at ~/bin/gumroad-mcp: it stands in a directory for temporary files")
	})
	t.Run("a link that leads nowhere", func(t *testing.T) {
		p := newPerson(t)
		p.mkdir(t, ".cursor")
		if err := os.Symlink("nowhere", filepath.Join(p.home, ".cursor/mcp.json")); err != nil {
			t.Fatal(err)
		}
		p.run(t, "install", "cursor", "--sandbox").want(t, 1, "it is a link to a file that is not there")
	})
}

func TestInstallDryRun(t *testing.T) {
	p := newPerson(t)
	p.env["MATON_API_KEY"] = "canary"
	before := "{\n  \"mcpServers\": {\n    \"x\": {\"command\": \"x\", \"env\": {\"TOKEN\": \"canary-\\\"token\"}, \"headers\": {\"A\": [\"canary-b\"]}}\n  }\n}\n"
	p.write(t, ".cursor/mcp.json", before, 0o600)
	got := p.run(t, "install", "cursor", "--dry-run")
	equal(t, "output", `--- ~/.cursor/mcp.json
+++ ~/.cursor/mcp.json
@@ -1,5 +1,12 @@
 {
   "mcpServers": {
-    "x": {"command": "x", "env": {"TOKEN": "HIDDEN"}, "headers": {"A": ["HIDDEN"]}}
+    "x": {"command": "x", "env": {"TOKEN": "HIDDEN"}, "headers": {"A": ["HIDDEN"]}},
+    "gumroad": {
+      "command": "~/bin/gumroad-mcp",
+      "args": [],
+      "env": {
+        "MATON_API_KEY_FILE": "HIDDEN"
+      }
+    }
   }
 }
`, got.stdout)
	equal(t, "file", before, p.read(t, ".cursor/mcp.json"))
	equal(t, "files", []string{"-rw------- ~/.cursor/mcp.json"}, p.files(t, ".cursor"))
	if _, err := os.Stat(filepath.Join(p.home, ".config")); err == nil {
		t.Error("the key was kept")
	}
	t.Run("a value that is written in another way than it reads", func(t *testing.T) {
		p.write(t, ".cursor/mcp.json", `{"env": {"TOKEN": "c\u0061nary"}}`, 0o600)
		p.run(t, "install", "cursor", "--dry-run").want(t, 0, "It is left out what changes in ~/.cursor/mcp.json")
	})
}

func TestInstallKeepsLinksAndModes(t *testing.T) {
	p := newPerson(t)
	p.write(t, "dotfiles/mcp.json", "{}", 0o644)
	p.mkdir(t, ".cursor")
	if err := os.Symlink("../dotfiles/mcp.json", filepath.Join(p.home, ".cursor/mcp.json")); err != nil {
		t.Fatal(err)
	}
	p.run(t, "install", "cursor", "--sandbox").want(t, 0, "added to")
	equal(t, "files", []string{"-rw-r--r-- ~/dotfiles/mcp.json", "-rw-r--r-- ~/dotfiles/mcp.json.bak-TIME"}, p.files(t, "dotfiles"))
	target, err := os.Readlink(filepath.Join(p.home, ".cursor/mcp.json"))
	if err != nil || target != "../dotfiles/mcp.json" {
		t.Errorf("the link is %q, %v", target, err)
	}
}

func TestInstallProject(t *testing.T) {
	p := newPerson(t)
	p.mkdir(t, "project")
	t.Chdir(filepath.Join(p.home, "project"))
	p.run(t, "install", "claude-code", "zed", "--project", "--sandbox").want(t, 0, "Restart Claude Code, Zed")
	equal(t, "files", []string{"-rw------- ~/project/.mcp.json", "-rw------- ~/project/.zed/settings.json"}, p.files(t, "project"))
	equal(t, "file", "{\n  \"mcpServers\": {\n    \"gumroad\": {\n      \"type\": \"stdio\",\n      \"command\": \"~/bin/gumroad-mcp\",\n"+
		"      \"args\": [\n        \"--sandbox\"\n      ]\n    }\n  }\n}\n", p.read(t, "project/.mcp.json"))
}

// TestInstallClaudeCode: Claude Code writes its file all the time, so its own program changes it.
func TestInstallClaudeCode(t *testing.T) {
	const added = "claude mcp add --scope user gumroad -e MATON_API_KEY_FILE=~/.config/gumroad-mcp/maton-api-key -- ~/bin/gumroad-mcp --read-only"
	p := newPerson(t)
	p.env["MATON_API_KEY"] = "canary"
	t.Run("without its program the command is printed", func(t *testing.T) {
		p.run(t, "install", "claude-code", "--read-only").want(t, 0, "Claude Code: run this:\n  "+added+"\n")
	})
	p.write(t, "bin/claude", "#!/bin/sh\necho claude \"$@\" >> \"$HOME/called\"\n", 0o755)
	t.Run("with it the command is run", func(t *testing.T) {
		p.run(t, "install", "claude-code", "--read-only").want(t, 0, "Claude Code: done by `"+added+"`")
		equal(t, "calls", added+"\n", p.read(t, "called"))
	})
	p.write(t, ".claude.json", `{"mcpServers": {"gumroad": {"command": "/old/gumroad-mcp"}}}`, 0o600)
	t.Run("an older entry goes first", func(t *testing.T) {
		p.write(t, "called", "", 0o600)
		p.run(t, "install", "claude-code", "--read-only").want(t, 0, "done by")
		equal(t, "calls", "claude mcp remove --scope user gumroad\n"+added+"\n", p.read(t, "called"))
	})
	t.Run("and is removed", func(t *testing.T) {
		p.write(t, "called", "", 0o600)
		p.run(t, "uninstall", "claude-code").want(t, 0, "done by `claude mcp remove --scope user gumroad`")
		equal(t, "calls", "claude mcp remove --scope user gumroad\n", p.read(t, "called"))
	})
	t.Run("what it says when it fails is told", func(t *testing.T) {
		p.write(t, "bin/claude", "#!/bin/sh\necho no \"\u202e\" can do\nexit 3\n", 0o755)
		if err := os.Chmod(filepath.Join(p.home, "bin/claude"), 0o755); err != nil {
			t.Fatal(err)
		}
		p.run(t, "uninstall", "claude-code").want(t, 1, "failed: exit status 3\nno  can do")
	})
}

// TestInstallFromNPX: what npx downloaded is not there for long, so clients start it through npx as well.
func TestInstallFromNPX(t *testing.T) {
	p := newPerson(t)
	p.program = filepath.Join(p.home, ".npm/_npx/1a2b/node_modules/@gumroad-mcp/server-linux-x64/bin/gumroad-mcp")
	p.run(t, "install", "cursor", "--sandbox").want(t, 0, "added to")
	if got := p.read(t, ".cursor/mcp.json"); !strings.Contains(got, "\"command\": \"npx\",\n      \"args\": [\n        \"-y\",\n        \"@gumroad-mcp/server") {
		t.Error(got)
	}
}
