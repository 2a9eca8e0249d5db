package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
			got.want(t, c.code, c.says)
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

// want checks the exit code, and what was said on stdout, stderr or in the error.
func (o outcome) want(t *testing.T, code int, says string) {
	t.Helper()
	said := o.stdout + o.stderr
	if o.err != nil {
		said += o.err.Error()
	}
	if o.code != code || !strings.Contains(said, says) {
		t.Errorf("want exit code %d and %q, got %+v", code, says, o)
	}
	if strings.Contains(said, "canary") {
		t.Errorf("a key was printed: %+v", o)
	}
}

func TestCredentials(t *testing.T) {
	t.Run("without one a call says what to set", func(t *testing.T) {
		run(t, nil, false, "", "call", "get_user").want(t, 1, "Set MATON_API_KEY (or GUMROAD_ACCESS_TOKEN")
	})
	t.Run("without one a person at a terminal is told how to begin", func(t *testing.T) {
		hint := run(t, nil, true, "")
		hint.want(t, 2, "gumroad-mcp --sandbox call")
		if diff := cmp.Diff("", hint.stdout); diff != "" {
			t.Errorf("standard output is the protocol's: %s", diff)
		}
	})
	t.Run("two contradict each other", func(t *testing.T) {
		both := map[string]string{"MATON_API_KEY": "canary-a", "GUMROAD_ACCESS_TOKEN": "canary-b"}
		run(t, both, false, "", "tools").want(t, 2, "unset the one you do not mean")
	})
	t.Run("one goes nowhere in the clear", func(t *testing.T) {
		key := map[string]string{"MATON_API_KEY": "canary"}
		run(t, key, false, "", "--gateway-url=http://evil.example", "tools").want(t, 2, "--gateway-url")
	})
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("canary-key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fromFile := map[string]string{"MATON_API_KEY_FILE": path}
	t.Run("one may come from a private file", func(t *testing.T) {
		run(t, fromFile, false, "", "tools").want(t, 0, "list_products")
	})
	t.Run("one never comes from a file that others can read", func(t *testing.T) {
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		run(t, fromFile, false, "", "tools").want(t, 2, "MATON_API_KEY_FILE: others can read")
	})
}

// TestCallLogsLess: a call leaves out what a server logs of every call, unless it is asked for.
func TestCallLogsLess(t *testing.T) {
	const line = `"level":"INFO"`
	for _, test := range []struct {
		name     string
		flags    []string
		variable string
		want     bool
	}{
		{"by default", nil, "", false},
		{"info by its flag", []string{"--log-level=info"}, "", true},
		{"info by its variable", nil, "info", true},
		{"a flag above a variable", []string{"--log-level=error"}, "info", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.variable != "" {
				t.Setenv("GUMROAD_MCP_LOG_LEVEL", test.variable)
			}
			got := run(t, nil, false, "", append(test.flags, "--sandbox", frozen, "call", "get_user")...)
			got.want(t, 0, "Pixel & Page")
			if diff := cmp.Diff(test.want, strings.Contains(got.stderr, line)); diff != "" {
				t.Errorf("%s\n%s", diff, got.stderr)
			}
		})
	}
}

func TestTools(t *testing.T) {
	t.Run("as clients get them", func(t *testing.T) {
		var list struct {
			Tools []struct{ Name string }
		}
		shown := run(t, nil, false, "", "tools", "--json").stdout
		if err := json.Unmarshal([]byte(shown), &list); err != nil || len(list.Tools) < 45 {
			t.Errorf("%d tools, %v", len(list.Tools), err)
		}
	})
	t.Run("that the settings leave", func(t *testing.T) {
		few := run(t, nil, false, "", "--read-only", "--toolsets=licenses", "tools")
		few.want(t, 0, "check_license")
		if strings.Contains(few.stdout, "disable_license") {
			t.Error(few.stdout)
		}
	})
}

func TestVersion(t *testing.T) {
	run(t, nil, false, "", "version").want(t, 0, "gumroad-mcp ")
}

func TestHelp(t *testing.T) {
	help := func(args ...string) string {
		got := run(t, nil, false, "", append(args, "--help")...)
		got.want(t, 0, "Usage: ")
		return strings.Join(strings.Fields(got.stdout), " ") // it wraps lines
	}
	for _, test := range []struct{ name, help, says string }{
		{"the sandbox does not last", help(), "gone on exit"},
		{"keys come from the environment", help(), "MATON_API_KEY Maton key."},
		{"what counts while nothing is given", help(), "Only these toolsets (default: all) ($GUMROAD_MCP_TOOLSETS)."},
		{"a default", help(), `--log-level="info"`},
		{"a command's own default", help("call"), `--log-level="warn"`},
		{"settings of HTTP", help("http"), "twice that in a burst; 0 for no limit ($GUMROAD_MCP_CALLER_RATE)."},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(test.help, test.says) {
				t.Errorf("there is no %q in %s", test.says, test.help)
			}
		})
	}
}
