package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
)

type outcome struct {
	code           int
	stdout, stderr string
	err            error
}

// run carries a command line out with an environment; terminal makes all three streams one.
func run(t *testing.T, env map[string]string, terminal bool, stdin string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code, err := cli.Run(t.Context(), cli.Process{
		Args: args, Getenv: func(name string) string { return env[name] },
		Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr,
		StdinIsTerminal: terminal, StdoutIsTerminal: terminal, StderrIsTerminal: terminal,
	})
	return outcome{code, stdout.String(), stderr.String(), err}
}

const frozen = "--sandbox-now=2026-11-15T12:00:00Z"

func TestCall(t *testing.T) {
	piped := run(t, nil, false, "", "--sandbox", frozen, "call", "list_products", "limit=3")
	var result struct{ Products []map[string]any }
	if err := json.Unmarshal([]byte(piped.stdout), &result); err != nil || len(result.Products) != 3 || piped.code != 0 {
		t.Errorf("%+v", piped)
	}
	if asJSON := run(t, nil, false, "", "--sandbox", frozen, "call", "gumroad_list_products", `{"limit": 3}`); asJSON.stdout != piped.stdout {
		t.Errorf("%+v", asJSON)
	}
	shown := run(t, nil, true, "", "--sandbox", frozen, "call", "list_products", "limit=6")
	lines := strings.Split(shown.stdout, "\n")
	if !strings.HasPrefix(lines[0], "name ") || !strings.HasSuffix(lines[0], " id") || len(lines) != 10 {
		t.Errorf("%+v", shown)
	}
	if record := run(t, nil, true, "", "--sandbox", frozen, "call", "get_user"); !strings.Contains(record.stdout, "\n  \"name\": \"Pixel & Page\",\n") {
		t.Errorf("%+v", record)
	}
}

func TestExportOutlivesTheCall(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	exported := run(t, nil, false, "", "--sandbox", frozen, "call", "export_sales", "after=2026-11-01")
	var result struct{ Path string }
	if err := json.Unmarshal([]byte(exported.stdout), &result); err != nil {
		t.Fatalf("%+v", exported)
	}
	if info, err := os.Stat(result.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestCallFailures(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"tool error", []string{"call", "get_sale", "sale_id=nothing"}, 1, "The sale was not found"},
		{"misspelt argument", []string{"call", "list_sales", "limt=5"}, 1, `did you mean "limit"`},
		{"misspelt tool", []string{"call", "list_sale"}, 2, `did you mean "list_sales"`},
		{"unknown tool", []string{"call", "frobnicate"}, 2, "lists them"},
		{"no pair", []string{"call", "list_sales", "limit"}, 2, "not name=value"},
		{"broken JSON", []string{"call", "list_sales", "{"}, 2, "not a JSON object"},
		{"unknown command", []string{"frobnicate"}, 2, "frobnicate"},
		{"unknown flag", []string{"--frobnicate"}, 2, "frobnicate"},
		{"unknown toolset", []string{"--toolsets=sale", "tools"}, 2, "connections, account, products"},
		{"unknown tool to exclude", []string{"--exclude-tools=x", "tools"}, 2, "exclude-tools"},
		{"bad mode", []string{"--confirm=maybe", "tools"}, 2, "--confirm"},
		{"bad prefix", []string{"--tool-prefix=a b", "tools"}, 2, "--tool-prefix"},
		{"bad rate", []string{"--rate-limit=-1", "tools"}, 2, "--rate-limit"},
		{"bad connection", []string{"--connection=a b", "tools"}, 2, "MATON_CONNECTION"},
		{"sandbox off this machine", []string{"sandbox", "--addr=0.0.0.0:0"}, 2, "--addr"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := run(t, nil, false, "", append([]string{"--sandbox", frozen}, c.args...)...)
			said := got.stdout + got.stderr
			if got.err != nil {
				said += got.err.Error()
			}
			if got.code != c.code || !strings.Contains(said, c.says) {
				t.Errorf("want %d and %q, got %+v", c.code, c.says, got)
			}
		})
	}
}

func TestQuestionOnATerminal(t *testing.T) {
	first := "61a5279f-8500-4029-b82c-78c1cd338711"
	draft := []string{"--sandbox", frozen, "--connection", first, "call", "delete_product", "product_id=tpgwbk"}
	no := run(t, nil, true, "n\n", draft...)
	if no.code != 1 || !strings.Contains(no.stderr, "[y/N]") || !strings.Contains(no.stderr, "did not agree") {
		t.Errorf("%+v", no)
	}
	if yes := run(t, nil, true, "y\n", draft...); yes.code != 0 || !strings.Contains(yes.stdout, "deleted successfully") {
		t.Errorf("%+v", yes)
	}
	if piped := run(t, nil, false, "", draft...); piped.code != 1 || !strings.Contains(piped.stderr, "--confirm=never") {
		t.Errorf("%+v", piped)
	}
}

func TestCredentials(t *testing.T) {
	none := run(t, nil, false, "", "call", "get_user")
	if none.code != 1 || !strings.Contains(none.stderr, "MATON_API_KEY") || !strings.Contains(none.stderr, "--sandbox") {
		t.Errorf("%+v", none)
	}
	if hint := run(t, nil, true, ""); hint.code != 2 || !strings.Contains(hint.stderr, "gumroad-mcp --sandbox call") || hint.stdout != "" {
		t.Errorf("%+v", hint)
	}
	both := run(t, map[string]string{"MATON_API_KEY": "canary-a", "GUMROAD_ACCESS_TOKEN": "canary-b"}, false, "", "tools")
	if both.code != 2 || !strings.Contains(both.err.Error(), "both set") || strings.Contains(both.err.Error(), "canary") {
		t.Errorf("%+v", both)
	}
	for _, args := range [][]string{{"--gateway-url=http://evil.example"}, {"--control-url=https://a@b"}} {
		if bad := run(t, map[string]string{"MATON_API_KEY": "k"}, false, "", append(args, "tools")...); bad.code != 2 || !strings.Contains(bad.err.Error(), args[0][:12]) {
			t.Errorf("%+v", bad)
		}
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("canary-key\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"MATON_API_KEY_FILE": path}
	if open := run(t, env, false, "", "tools"); open.code != 2 || !strings.Contains(open.err.Error(), "MATON_API_KEY_FILE: others can read") {
		t.Errorf("%+v", open)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if private := run(t, env, false, "", "tools"); private.code != 0 || strings.Contains(private.stdout+private.stderr, "canary") {
		t.Errorf("%+v", private)
	}
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if linked := run(t, map[string]string{"MATON_API_KEY_FILE": link}, false, "", "tools"); linked.code != 2 {
		t.Errorf("%+v", linked)
	}
}

func TestToolsAndVersion(t *testing.T) {
	listed := run(t, nil, false, "", "tools", "--json")
	var list struct {
		Tools []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(listed.stdout), &list); err != nil || len(list.Tools) < 45 {
		t.Errorf("%d tools, %v", len(list.Tools), err)
	}
	if few := run(t, nil, false, "", "--read-only", "--toolsets=licenses", "tools"); !strings.Contains(few.stdout, "check_license") || strings.Contains(few.stdout, "disable_license") {
		t.Errorf("%+v", few)
	}
	if v := run(t, nil, false, "", "version"); !strings.HasPrefix(v.stdout, "gumroad-mcp ") {
		t.Errorf("%+v", v)
	}
	if help := run(t, nil, false, "", "--help"); help.code != 0 || !strings.Contains(help.stdout, "gone on exit") || strings.Contains(help.stdout, "--maton-api-key") {
		t.Errorf("%+v", help)
	}
}
