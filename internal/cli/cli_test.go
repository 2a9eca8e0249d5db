package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
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

const (
	frozen     = "--sandbox-now=2026-11-15T12:00:00Z"
	firstStore = "61a5279f-8500-4029-b82c-78c1cd338711" // of the sandbox
)

func TestCall(t *testing.T) {
	call := func(t *testing.T, terminal bool, words ...string) outcome {
		t.Helper()
		got := run(t, nil, terminal, "", append([]string{"--sandbox", frozen, "call"}, words...)...)
		got.want(t, 0, "")
		return got
	}
	t.Run("a pipe gets the result as it is", func(t *testing.T) {
		var result struct{ Products []map[string]any }
		got := call(t, false, "list_products", "limit=3")
		if err := json.Unmarshal([]byte(got.stdout), &result); err != nil {
			t.Fatalf("%v: %+v", err, got)
		}
		if diff := cmp.Diff(3, len(result.Products)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
	t.Run("the prefix may stand, and arguments may be an object", func(t *testing.T) {
		want := call(t, false, "list_products", "limit=3").stdout
		if diff := cmp.Diff(want, call(t, false, "gumroad_list_products", `{"limit": 3}`).stdout); diff != "" {
			t.Errorf("(-pairs +object):\n%s", diff)
		}
	})
	t.Run("a name that is repeated makes a list", func(t *testing.T) {
		update := []string{"--sandbox", frozen, "--connection", firstStore, "call", "update_product", "product_id=tpgwbk"}
		run(t, nil, false, "", append(update, "tags=one", "tags=two", "tags=three")...).want(t, 0, "Typography Workbook")
		run(t, nil, false, "", append(update, "name=one", "name=two")...).want(t, 1, "name must be")
	})
	t.Run("a person gets a table, with the id last", func(t *testing.T) {
		lines := strings.Split(call(t, true, "list_products", "limit=6").stdout, "\n")
		if !strings.HasPrefix(lines[0], "name ") || !strings.HasSuffix(lines[0], " id") {
			t.Errorf("want the columns name … id, got %q", lines[0])
		}
		if diff := cmp.Diff(10, len(lines)); diff != "" { // the head, 6 rows, 2 members beside them, the last line's end
			t.Errorf("lines (-want +got):\n%s\n%q", diff, lines)
		}
	})
	t.Run("a list without rows says so", func(t *testing.T) {
		run(t, nil, true, "", "--sandbox", frozen, "call", "list_sales", "email=nobody@example.com").want(t, 0, "No sales.\n")
	})
	t.Run("a person gets a record indented", func(t *testing.T) {
		run(t, nil, true, "", "--sandbox", frozen, "call", "get_user").want(t, 0, "\n  \"name\": \"Pixel & Page\",\n")
	})
	t.Run("a person sees how far it is", func(t *testing.T) {
		run(t, nil, true, "", "--sandbox", frozen, "call", "subscriber_report").want(t, 0, " sales read …\n")
	})
}

func TestExportOutlivesTheCall(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	exported := run(t, nil, false, "", "--sandbox", frozen, "call", "export_sales", "after=2026-11-01")
	var result struct{ Path string }
	if err := json.Unmarshal([]byte(exported.stdout), &result); err != nil {
		t.Fatalf("%v: %+v", err, exported)
	}
	info, err := os.Stat(result.Path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(os.FileMode(0o600), info.Mode().Perm()); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
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

func TestQuestion(t *testing.T) {
	deletion := []string{"--sandbox", frozen, "--connection", firstStore, "call", "delete_product", "product_id=tpgwbk"}
	for _, test := range []struct {
		name     string
		terminal bool
		stdin    string
		code     int
		says     []string
	}{
		{"a person who says no", true, "n\n", 1, []string{"[y/N]", "did not agree"}},
		{"a person who says nothing", true, "", 1, []string{"[y/N]", "did not agree"}},
		{"a person who says yes", true, "y\n", 0, []string{"[y/N]", "deleted successfully"}},
		{"a pipe cannot be asked", false, "", 1, []string{"--confirm=never"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := run(t, nil, test.terminal, test.stdin, deletion...)
			for _, says := range test.says {
				got.want(t, test.code, says)
			}
		})
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
	names := func(t *testing.T, flags ...string) []string {
		t.Helper()
		var list struct {
			Tools []struct{ Name string }
		}
		got := run(t, nil, false, "", append(flags, "tools", "--json")...)
		if err := json.Unmarshal([]byte(got.stdout), &list); err != nil {
			t.Fatalf("%v: %+v", err, got)
		}
		var names []string
		for _, tool := range list.Tools {
			names = append(names, tool.Name)
		}
		return names
	}
	t.Run("all of them, as clients get them", func(t *testing.T) {
		var want []string
		for _, set := range tools.Toolsets() {
			for _, row := range set.Tools {
				want = append(want, "gumroad_"+row.Name)
			}
		}
		got := names(t)
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("tools (-want +got):\n%s", diff)
		}
	})
	t.Run("those that the settings leave", func(t *testing.T) {
		if diff := cmp.Diff([]string{"gumroad_check_license"}, names(t, "--read-only", "--toolsets=licenses")); diff != "" {
			t.Errorf("tools (-want +got):\n%s", diff)
		}
	})
	t.Run("a table for people", func(t *testing.T) {
		run(t, nil, true, "", "tools").want(t, 0, "list_products")
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
