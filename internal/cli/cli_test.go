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
	var environ []string
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	code, err := cli.Run(t.Context(), cli.Process{
		Args: args, Environ: environ,
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
		run(t, nil, false, "", append(update, "name=one", "name=two")...).want(t, 2, "name is given twice, and has one value")
	})
	t.Run("a list without rows says so", func(t *testing.T) {
		run(t, nil, true, "", "--sandbox", frozen, "call", "list_sales", "email=nobody@example.com").want(t, 0, "No sales.\n")
	})
}

func TestExportOutlivesTheCall(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	exported := run(t, nil, false, "", "--sandbox", frozen, "call", "export_sales", "from=2026-11-01")
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
		{"misspelt tool", []string{"call", "list_sale"}, 2, `did you mean "gumroad_list_sales"`},
		{"unknown tool", []string{"call", "frobnicate"}, 2, "`gumroad-mcp tools` in a shell"},
		{"a tool that is off", []string{"--read-only", "call", "refund_sale"}, 2, "switched off by a setting of this server: --read-only"},
		{"no pair", []string{"call", "list_sales", "limit"}, 2, "not name=value"},
		{"a flag without its value", []string{"call", "list_sales", "--limit"}, 2, "--limit needs a value"},
		{"a flag that is no argument", []string{"call", "list_sales", "--limt", "5"}, 1, `did you mean \"limit\"?","retryable"`},
		{"a flag that is no argument, alone", []string{"call", "list_sales", "--newest"}, 1, "gumroad_list_sales takes: after"},
		{"one dash", []string{"call", "list_sales", "-limit=5"}, 2, "not name=value or --name=value"},
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
	t.Run("one in a file that everyone can read is warned of", func(t *testing.T) {
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		run(t, fromFile, false, "", "tools").want(t, 0, `"setting":"MATON_API_KEY_FILE"`)
	})
	t.Run("one is not sent where it is malformed", func(t *testing.T) {
		malformed := map[string]string{"MATON_API_KEY": "canary key"}
		run(t, malformed, false, "", "call", "get_user").want(t, 2, "MATON_API_KEY: ")
		run(t, malformed, false, "", "http", "--addr=127.0.0.1:0").want(t, 2, "MATON_API_KEY: ")
	})
}

// TestServesWithoutCredential: on stdio a client shows its person the calls' errors, and little of an error at start.
func TestServesWithoutCredential(t *testing.T) {
	const messages = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"gumroad_get_user"}}
`
	for _, test := range []struct {
		name   string
		env    map[string]string
		reason string
	}{
		{"none", nil, "No credential is set"},
		{"one that a client left out", map[string]string{"MATON_API_KEY": ""}, "No credential is set"},
		{"a placeholder that the client did not fill in", map[string]string{"MATON_API_KEY": "${user_config.maton_key}"},
			"No credential is set"},
		{"a placeholder", map[string]string{"MATON_API_KEY": "canary key"}, "MATON_API_KEY: It holds a character"},
		{"a token with a line end", map[string]string{"GUMROAD_ACCESS_TOKEN": "canary\ntoken"},
			"GUMROAD_ACCESS_TOKEN: It holds a character"},
		{"two", map[string]string{"MATON_API_KEY": "canary", "GUMROAD_ACCESS_TOKEN": "canary"},
			"GUMROAD_ACCESS_TOKEN: a Maton key is set as well"},
		{"a file that is not there", map[string]string{"MATON_API_KEY_FILE": "none"}, "MATON_API_KEY_FILE: the file cannot be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := run(t, test.env, false, messages)
			got.want(t, 0, "gumroad_list_products")
			got.want(t, 0, `"code":"bad_credential"`)
			for stream, said := range map[string]string{"a call": got.stdout, "the log": got.stderr} {
				if !strings.Contains(said, test.reason) {
					t.Errorf("%s does not say %q: %s", stream, test.reason, said)
				}
			}
			if !strings.Contains(got.stdout, "Set MATON_API_KEY") && !strings.Contains(got.stdout, "set MATON_API_KEY") {
				t.Errorf("it does not say what to set: %s", got.stdout)
			}
		})
	}
	t.Run("http says so in its log", func(t *testing.T) {
		_, stop := serve(t, "not ready: no key is set", "http", "--addr", "127.0.0.1:0")
		stop()
	})
}

func TestVariables(t *testing.T) {
	for _, test := range []struct {
		name string
		env  map[string]string
		code int
		says string
	}{
		{"a misspelt one", map[string]string{"GUMROAD_MCP_READONLY": "1"}, 2,
			"GUMROAD_MCP_READONLY is not a setting; did you mean GUMROAD_MCP_READ_ONLY?"},
		{"a misspelt one of http", map[string]string{"GUMROAD_MCP_TOKEN_FILE": "f"}, 2, "did you mean GUMROAD_MCP_TOKENS_FILE?"},
		{"one that is part of several", map[string]string{"GUMROAD_MCP_TOOL": "get_user"}, 2,
			"GUMROAD_MCP_TOOL is not a setting; did you mean GUMROAD_MCP_TOOLS?"},
		{"a misspelt one of Maton's", map[string]string{"MATON_APIKEY": "k"}, 2,
			"MATON_APIKEY is not a setting; did you mean MATON_API_KEY?"},
		{"two misspelt ones", map[string]string{"MATON_CONNECTIONS": "c", "MATON_GATEWAY": "https://x.example"}, 2,
			"MATON_GATEWAY is not a setting; did you mean MATON_GATEWAY_URL?"},
		{"one of another program of Maton's", map[string]string{"MATON_PROFILE": "x", "MATON_API_KEY": ""}, 0, "delete_product"},
		{"one in small letters", map[string]string{"GUMROAD_MCP_read_only": "1"}, 2, "did you mean GUMROAD_MCP_READ_ONLY?"},
		{"one like no other", map[string]string{"GUMROAD_MCP_FROBNICATE": "1"}, 2, "`gumroad-mcp http --help` lists them all"},
		{"one without a value", map[string]string{"GUMROAD_MCP_READ_ONLY": "", "GUMROAD_MCP_READONLY": ""}, 0, "delete_product"},
		{"one with a placeholder", map[string]string{"GUMROAD_MCP_READ_ONLY": "${user_config.read_only}"}, 0, "delete_product"},
		{"one with a wrong value", map[string]string{"GUMROAD_MCP_READ_ONLY": "perhaps"}, 2, "GUMROAD_MCP_READ_ONLY: "},
		{"one with a value that is no choice", map[string]string{"GUMROAD_MCP_CONFIRM": "perhaps"}, 2, "GUMROAD_MCP_CONFIRM: "},
		{"those of a Service in Kubernetes", map[string]string{
			"GUMROAD_MCP_SERVICE_HOST": "10.0.0.1", "GUMROAD_MCP_SERVICE_PORT": "80", "GUMROAD_MCP_SERVICE_PORT_HTTP": "80",
			"GUMROAD_MCP_PORT": "tcp://10.0.0.1:80", "GUMROAD_MCP_PORT_80_TCP": "tcp://10.0.0.1:80",
			"GUMROAD_MCP_PORT_80_TCP_PROTO": "tcp", "GUMROAD_MCP_PORT_80_TCP_PORT": "80", "GUMROAD_MCP_PORT_80_TCP_ADDR": "10.0.0.1",
		}, 0, "delete_product"},
		{"a port that is no Service's", map[string]string{"GUMROAD_MCP_PORT": "8080"}, 2, "GUMROAD_MCP_PORT is not a setting"},
		{"a short seal key", map[string]string{"GUMROAD_MCP_SEAL_KEY": "x"}, 2, "GUMROAD_MCP_SEAL_KEY: it is shorter"},
		{"a seal key of spaces", map[string]string{"GUMROAD_MCP_SEAL_KEY": strings.Repeat(" ", 40)}, 2,
			"GUMROAD_MCP_SEAL_KEY: it is one character again and again"},
	} {
		t.Run(test.name, func(t *testing.T) { run(t, test.env, false, "", "tools").want(t, test.code, test.says) })
	}
	t.Run("a placeholder is told once", func(t *testing.T) {
		const message = "a client did not replace the placeholders in these variables; they count as unset"
		got := run(t, map[string]string{"GUMROAD_MCP_READ_ONLY": "${user_config.canary}", "MATON_API_KEY": ""}, false, "", "tools")
		if strings.Count(got.stderr, message) != 1 || !strings.Contains(got.stderr, `"variables":["GUMROAD_MCP_READ_ONLY"]`) {
			t.Errorf("want one warning that names the variable, got %s", got.stderr)
		}
		got.want(t, 0, message)
	})
	t.Run("a list is read once", func(t *testing.T) {
		env := map[string]string{"GUMROAD_MCP_TOOLS": "get_user,list_products"}
		got := run(t, env, false, "", "tools")
		if diff := cmp.Diff(2, strings.Count(got.stdout, "\n")); diff != "" {
			t.Errorf("%s\n%s", diff, got.stdout)
		}
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
			got := run(t, map[string]string{"GUMROAD_MCP_LOG_LEVEL": test.variable}, false, "", append(test.flags, "--sandbox", frozen, "call", "get_user")...)
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
		got := names(t, "--toolsets=all")
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
		{"what counts while nothing is given", help(), "($GUMROAD_MCP_TOOLSETS)."},
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
