package clients_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
	"github.com/gumroad-mcp/gumroad-mcp/internal/splice"
)

// machine has variables, and a home directory.
func machine(goos, home string, env map[string]string) clients.Machine {
	return clients.Machine{OS: goos, Getenv: func(name string) string {
		if name == "HOME" || name == "USERPROFILE" {
			return home
		}
		return env[name]
	}}
}

func client(t *testing.T, name string) clients.Client {
	t.Helper()
	c, ok := clients.Find(name)
	if !ok {
		t.Fatalf("there is no client %s", name)
	}
	return c
}

// TestFile: where a client's file is depends on variables, and on what is there.
func TestFile(t *testing.T) {
	for _, test := range []struct {
		client, goos string
		there        string // a file in the home directory, or ""
		env          map[string]string
		want         string
	}{
		{"claude-desktop", "darwin", "", nil, "Library/Application Support/Claude/claude_desktop_config.json"},
		{"claude-desktop", "linux", "", nil, ".config/Claude/claude_desktop_config.json"},
		{"claude-desktop", "windows", "", nil, "AppData/Roaming/Claude/claude_desktop_config.json"},
		{"claude-desktop", "windows", "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/x", nil,
			"AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json"},
		{"vscode", "linux", "", map[string]string{"XDG_CONFIG_HOME": "~/own"}, "own/Code/User/mcp.json"},
		{"vscode", "windows", "", map[string]string{"APPDATA": "~/roaming"}, "roaming/Code/User/mcp.json"},
		{"zed", "darwin", "", nil, ".config/zed/settings.json"},
		{"zed", "linux", "flatpak/x", map[string]string{"FLATPAK_XDG_CONFIG_HOME": "~/flatpak"}, "flatpak/zed/settings.json"},
		{"zed", "windows", "", nil, "AppData/Roaming/Zed/settings.json"},
		{"codex", "linux", "", map[string]string{"CODEX_HOME": "~/elsewhere"}, "elsewhere/config.toml"},
		{"copilot", "darwin", "", map[string]string{"COPILOT_HOME": "~/elsewhere"}, "elsewhere/mcp-config.json"},
		{"windsurf", "linux", "", nil, ".config/devin/mcp_config.json"},
		{"windsurf", "linux", ".codeium/windsurf/x", nil, ".codeium/windsurf/mcp_config.json"},
		{"opencode", "linux", "", nil, ".config/opencode/opencode.jsonc"},
		{"opencode", "linux", ".config/opencode/opencode.json", nil, ".config/opencode/opencode.json"},
		{"goose", "windows", "", nil, "AppData/Roaming/Block/goose/config/config.yaml"},
		{"antigravity", "linux", ".gemini/antigravity/mcp_config.json", nil, ".gemini/antigravity/mcp_config.json"},
	} {
		t.Run(test.client+" on "+test.goos+" with "+test.there, func(t *testing.T) {
			home := t.TempDir()
			if test.there != "" {
				there := filepath.Join(home, test.there)
				if err := os.MkdirAll(filepath.Dir(there), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(there, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			env := map[string]string{}
			for name, value := range test.env {
				env[name] = strings.Replace(value, "~", home, 1)
			}
			got := client(t, test.client).File(machine(test.goos, home, env))
			if diff := cmp.Diff(filepath.Join(home, test.want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("without a home directory there is none", func(t *testing.T) {
		for _, c := range clients.All() {
			if got := c.File(machine("linux", "", nil)); got != "" {
				t.Errorf("%s: %s", c.Name, got)
			}
		}
	})
}

// TestIsPresent: a client is there if its own directory is, whether or not it has a file in it.
func TestIsPresent(t *testing.T) {
	home := t.TempDir()
	for _, dir := range []string{".cursor", ".junie", ".kiro", ".config/zed"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	var present []string
	for _, c := range clients.All() {
		if c.IsPresent(machine("linux", home, nil)) {
			present = append(present, c.Name)
		}
	}
	if diff := cmp.Diff([]string{"cursor", "zed", "junie", "kiro"}, present); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEntries: what is written is found again as it was, and is known as ours.
func TestEntries(t *testing.T) {
	launch := clients.Launch{Command: "/opt/gumroad-mcp", Args: []string{"--read-only"}}
	for _, c := range clients.All() {
		t.Run(c.Name, func(t *testing.T) {
			text, err := c.Format.Apply(nil, c.Install(launch, true, "/key")...)
			if err != nil {
				t.Fatal(err)
			}
			values, err := c.Format.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			want := &clients.Entry{Launch: launch, IsOurs: true}
			want.Env = map[string]string{"MATON_API_KEY_FILE": "/key"}
			switch c.Name {
			case "vscode":
				want.Env = map[string]string{"MATON_API_KEY": "${input:gumroad-maton-key}"}
			case "codex":
				want.Inherit = []string{"MATON_API_KEY"}
			}
			if diff := cmp.Diff(want, c.Find(values)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			text, err = c.Format.Apply(text, c.Uninstall()...)
			if err != nil || strings.Contains(string(text), "gumroad") {
				t.Errorf("%v, after uninstall:\n%s", err, text)
			}
		})
	}
}

func TestIsOurs(t *testing.T) {
	for command, ours := range map[string]bool{
		`"/usr/bin/gumroad-mcp"`: true, `"C:\\x\\gumroad-mcp.exe"`: true, `"gumroad-mcp"`: true, `""`: false, `"/opt/gumroad-mcp-other"`: false,
		`"npx", "args": ["-y", "@gumroad-mcp/server"]`: true, `"cmd", "args": ["/c", "npx", "-y", "@gumroad-mcp/server@1.0.0"]`: true,
		`"npx", "args": ["-y", "gumroad-mcp"]`: false, `"npx", "args": ["@gumroad-mcp/server-other"]`: false,
	} {
		values, err := splice.JSON.Parse([]byte(`{"mcpServers": {"gumroad": {"command": ` + command + `}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := client(t, "cursor").Find(values).IsOurs; got != ours {
			t.Errorf("%s: %t", command, got)
		}
	}
}

func TestProgram(t *testing.T) {
	home := t.TempDir()
	program := filepath.Join(home, "gumroad-mcp")
	if err := os.WriteFile(program, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	elsewhere := map[string]string{"TMPDIR": "/elsewhere"}
	for _, test := range []struct {
		name, goos, path string
		env              map[string]string
		want             clients.Launch
		err              string
	}{
		{"a program", "linux", program, elsewhere, clients.Launch{Command: program}, ""},
		{"in a temporary directory", "linux", program, map[string]string{"TMPDIR": home}, clients.Launch{}, "temporary files"},
		{"in the build cache", "linux", "/h/.cache/go-build/ab/gumroad-mcp", elsewhere, clients.Launch{}, "build cache of Go"},
		{"that is gone", "linux", "/none/gumroad-mcp", elsewhere, clients.Launch{}, "not there any more"},
		{"of which only the name is known", "linux", "", elsewhere, clients.Launch{}, "is not known"},
		{"in the cache of npx", "linux", "/h/.npm/_npx/1/node_modules/x/gumroad-mcp", elsewhere,
			clients.Launch{Command: "npx", Args: []string{"-y", "@gumroad-mcp/server@1.2.0"}}, ""},
		{"by npm exec on Windows", "windows", `C:\n\node_modules\x\gumroad-mcp.exe`, map[string]string{"npm_command": "exec"},
			clients.Launch{Command: "cmd", Args: []string{"/c", "npx", "-y", "@gumroad-mcp/server@1.2.0"}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := clients.Program(machine(test.goos, home, test.env), test.path, "v1.2.0")
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("want an error that says %q, got %v", test.err, err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWayOf(t *testing.T) {
	m := machine("linux", "/h", map[string]string{"GOBIN": "/h/gobin", "TMPDIR": "/t"})
	for path, want := range map[string]string{
		"/h/.npm/_npx/1/node_modules/a/gumroad-mcp": "npx", "/usr/lib/node_modules/a/gumroad-mcp": "npm",
		"/opt/homebrew/bin/gumroad-mcp": "Homebrew", "/usr/local/Cellar/gumroad-mcp/1/bin/gumroad-mcp": "Homebrew",
		`C:\Users\x\scoop\apps\gumroad-mcp\gumroad-mcp.exe`: "Scoop", "/h/go/bin/gumroad-mcp": "go install", "/h/gobin/gumroad-mcp": "go install",
		"/usr/bin/gumroad-mcp": "a package of the system", "/t/x/gumroad-mcp": "a temporary file", "/h/bin/gumroad-mcp": "a file",
		"/h/Library/Application Support/Claude/Claude Extensions/x/server/darwin/gumroad-mcp": "a Claude Desktop extension",
	} {
		if got := m.WayOf(path).Name; got != want {
			t.Errorf("%s: want %s, got %s", path, want, got)
		}
	}
}

// TestWriteRefuses: what another program has written meanwhile is not lost.
func TestWriteRefuses(t *testing.T) {
	for name, before := range map[string]string{"a file": "{}", "no file": ""} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "mcp.json")
			if before != "" {
				if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			file, err := client(t, "cursor").Read(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("theirs"), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := file.Write([]byte("ours"), time.Unix(0, 0)); err == nil || !strings.Contains(err.Error(), "changed by another program") {
				t.Errorf("want a refusal, got %v", err)
			}
			left, err := os.ReadDir(dir)
			text, _ := os.ReadFile(path)
			if err != nil || len(left) != 1 || string(text) != "theirs" {
				t.Errorf("%v, %v, %s", err, left, text)
			}
		})
	}
}

func TestShellLine(t *testing.T) {
	got := clients.ShellLine([]string{"a", "-b=c", "it's $HOME", ""})
	if diff := cmp.Diff(`a -b=c 'it'\''s $HOME' ''`, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
