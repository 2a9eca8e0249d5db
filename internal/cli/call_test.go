package cli_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
)

// TestArguments: flags behind the tool's name are its arguments, unless they are settings.
func TestArguments(t *testing.T) {
	call := func(t *testing.T, words string) string {
		t.Helper()
		got := run(t, nil, false, "", append([]string{"--sandbox", frozen}, strings.Fields(words)...)...)
		got.want(t, 0, "")
		return got.stdout
	}
	for _, test := range []struct{ name, pairs, flags string }{
		{"a value behind =", "call list_sales limit=3", "call list_sales --limit=3"},
		{"a value behind a space", "call list_sales limit=3", "call list_sales --limit 3"},
		{"dashes", "call list_sales product_id=quiet-grid limit=2", "call list_sales --product-id quiet-grid limit=2"},
		{"a boolean alone", "call list_sales has_custom_fields=true limit=2", "call list_sales --has-custom-fields --limit 2"},
		{"a boolean that is false", "call list_sales has_custom_fields=false limit=2",
			"call list_sales --has-custom-fields false limit=2"},
		{"a setting", "--mask-pii call list_sales limit=2", "call list_sales --mask-pii --limit=2"},
		{"a setting with a value", "--log-level=error call list_sales limit=2", "call list_sales --limit=2 --log-level error"},
		{"a setting between", "--mask-pii call list_sales limit=2", "call --mask-pii list_sales limit=2"},
		{"a list", `call sales_report {"group_by":["product","month"]}`, "call sales_report --group-by product --group-by month"},
		{"behind two dashes", "call list_sales limit=2", "call -- list_sales limit=2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(call(t, test.pairs), call(t, test.flags)); diff != "" {
				t.Errorf("(-pairs +flags):\n%s", diff)
			}
		})
	}
}

// TestSettingWins: a flag that is a setting stays one behind the tool's name.
func TestSettingWins(t *testing.T) {
	run(t, nil, false, "", "--sandbox", frozen, "call", "get_user", "--tools", "list_sales").want(t, 2, "switched off")
}

// signalled ends its context once a text has been written to it.
type signalled struct {
	mu     sync.Mutex
	text   bytes.Buffer
	part   string
	cancel context.CancelFunc
}

func (s *signalled) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(p)
	if strings.Contains(s.text.String(), s.part) {
		s.cancel()
	}
	return n, err
}

// TestInterruptedQuestion: Ctrl-C ends a question although nobody presses Enter.
func TestInterruptedQuestion(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stdin, typed := io.Pipe() // on which nothing ever comes
	defer typed.Close()
	stderr := &signalled{part: "[y/N]", cancel: cancel}
	code, err := cli.Run(ctx, cli.Process{
		Args:    []string{"--sandbox", frozen, "call", "delete_product", "product_id=tpgwbk"},
		Environ: []string{"NO_COLOR=1"}, Width: 50, Stdin: stdin, Stdout: io.Discard, Stderr: stderr,
		StdinIsTerminal: true, StdoutIsTerminal: true, StderrIsTerminal: true,
	})
	const want = `Delete the product "Typography Workbook" ($16,
sold 0 times)? After ten minutes its memberships
are cancelled and its files are gone for good.
[y/N] 
Nothing was changed.
`
	if diff := cmp.Diff(want, stderr.text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if code != 130 || err != nil {
		t.Errorf("want exit code 130, got %d %v", code, err)
	}
}

func TestErrors(t *testing.T) {
	call := []string{"call", "find_customer", "email=nobody@example.com"}
	got := onTerminal(t, 60, nil, call...)
	const want = `No sale was made with this e-mail address.
Gumroad finds only the address used at checkout, in full.
  Try another address, or the order number.
Nothing was changed.
`
	if diff := cmp.Diff(outcome{code: 1, stderr: want}, got, cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if coloured := onTerminal(t, 60, []string{"TERM=xterm"}, call...).stderr; !strings.HasPrefix(coloured, "\x1b[31mNo sale") {
		t.Errorf("want red, got %q", coloured)
	}
}

// TestProgress: one line that is written anew and gone at the end, a line now and then where there is no going back, and
// nothing for a program.
func TestProgress(t *testing.T) {
	export := []string{"call", "subscriber_report"}
	t.Run("on a terminal", func(t *testing.T) {
		got := onTerminal(t, 80, []string{"NO_COLOR=1", "TERM=xterm"}, export...).stderr
		if !strings.Contains(got, " sales read …") || strings.Contains(got, "\n") || !strings.HasSuffix(got, "\r\x1b[K") {
			t.Errorf("got %q", got)
		}
	})
	t.Run("where there is no going back", func(t *testing.T) {
		got := onTerminal(t, 80, []string{"TERM=dumb"}, export...).stderr
		if lines := strings.Count(got, "\n"); !strings.Contains(got, " sales read ...\n") || lines > 5 || strings.Contains(got, "\r") {
			t.Errorf("got %q", got)
		}
	})
	t.Run("in a pipe", func(t *testing.T) {
		if got := run(t, nil, false, "", append([]string{"--sandbox", frozen}, export...)...); got.stderr != "" {
			t.Errorf("got %q", got.stderr)
		}
	})
	t.Run("a link stays", func(t *testing.T) {
		for _, term := range []string{"TERM=xterm", "TERM=dumb"} {
			got := onTerminal(t, 60, []string{"NO_COLOR=1", term}, "call", "create_connection", "wait_seconds=1")
			link := got.stdout[strings.Index(got.stdout, "http://"):]
			link = link[:strings.Index(link, "\n")]
			if !strings.Contains(got.stderr, link+"\n") || strings.Contains(got.stderr, "\r") {
				t.Errorf("%s: want %s on a line, got %q", term, link, got.stderr)
			}
		}
	})
}

func TestComplete(t *testing.T) {
	for _, test := range []struct {
		name  string
		words []string
		want  string
	}{
		{"a command", []string{"ca"}, "call"},
		{"a command behind a setting", []string{"--log-level", "info", "ver"}, "version"},
		{"a flag", []string{"--conf"}, "--confirm"},
		{"a flag of a command", []string{"http", "--tokens"}, "--tokens-file"},
		{"the value of a flag", []string{"--confirm", ""}, "auto always never"},
		{"the value of a flag behind =", []string{"--confirm=a"}, "--confirm=auto --confirm=always"},
		{"a client", []string{"install", "zed", "cu"}, "cursor"},
		{"a client to look at", []string{"doctor", "--client", "vs"}, "vscode"},
		{"a shell", []string{"completion", ""}, "bash zsh fish"},
		{"a tool", []string{"call", "list_sa"}, "list_sales"},
		{"a tool of a toolset that is off", []string{"--toolsets", "emails", "call", "list_ema"}, "list_emails"},
		{"a tool that read-only hides", []string{"call", "--read-only", "refund"}, ""},
		{"a tool or command to explain", []string{"help", "to"}, "token tools"},
		{"an argument", []string{"call", "list_sales", "lim"}, "limit="},
		{"an argument as a flag", []string{"call", "sales_report", "--gro"}, "--group-by"},
		{"the value of an argument", []string{"call", "sales_report", "compare="}, "compare=previous compare=year_ago"},
		{"the value of an argument as a flag", []string{"call", "sales_report", "--compare", "p"}, "previous"},
		{"a boolean", []string{"call", "list_sales", "has_custom_fields="}, "has_custom_fields=true has_custom_fields=false"},
		{"a setting behind a tool", []string{"call", "get_user", "--log-level", "w"}, "warn"},
		{"nothing known", []string{"call", "frobnicate", ""}, ""},
		{"a wrong setting", []string{"--confirm=x", "call", ""}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := run(t, nil, false, "", append([]string{"__complete"}, test.words...)...)
			got.want(t, 0, "")
			var words []string
			for line := range strings.Lines(got.stdout) {
				word, _, _ := strings.Cut(line, "\t")
				words = append(words, word)
			}
			if diff := cmp.Diff(outcome{stdout: test.want}, outcome{got.code, strings.Join(words, " "), got.stderr, got.err},
				cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
