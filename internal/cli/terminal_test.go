package cli_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
)

// onTerminal runs a command line on a terminal of a width. env is NAME=value; NO_COLOR is set unless env has TERM.
func onTerminal(t *testing.T, width int, env []string, words ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if len(env) == 0 {
		env = []string{"NO_COLOR=1"}
	}
	code, err := cli.Run(t.Context(), cli.Process{
		Args: append([]string{"--sandbox", frozen}, words...), Environ: env, Width: width,
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		StdinIsTerminal: true, StdoutIsTerminal: true, StderrIsTerminal: true,
	})
	return outcome{code, stdout.String(), stderr.String(), err}
}

// TestPipe: what a program reads is the tool's result to the byte, whatever the environment says of colours.
func TestPipe(t *testing.T) {
	const want = `{"products":[{"name":"Harbour: Screen Print","published":false,"formatted_price":"$60","price_cents":6000,` +
		`"currency":"usd","sales_count":0,"sales_usd_cents":0,"short_url":"https://pixelandpage.gumroad.com/l/hrbprt",` +
		`"id":"22-jZnM4vRAAMn1-FnzKsA=="}],"next_page_key":"~22-jZnM4vRAAMn1-FnzKsA=="}` + "\n"
	for _, env := range []map[string]string{nil, {"FORCE_COLOR": "1"}, {"TERM": "xterm-256color"}} {
		got := run(t, env, false, "", "--sandbox", frozen, "call", "list_products", "limit=1")
		if diff := cmp.Diff(want, got.stdout); diff != "" {
			t.Errorf("%v (-want +got):\n%s", env, diff)
		}
	}
	const report = `{"from":"2026-11-01","to":"2026-11-15","time_zone":"store","source":"summary","complete":true,` +
		`"currency":"usd","gross_cents":177091,"refunds_cents":0,"net_cents":177091,"units":69,"refunded_units":0,` +
		`"counted":"All charges of these days, renewals too; refunds count on their sale's day. net is before fees: ` +
		`detail full has them."}` + "\n"
	got := run(t, nil, false, "", "--sandbox", frozen, "call", "sales_report", "period=this_month")
	if diff := cmp.Diff(report, got.stdout); diff != "" {
		t.Errorf("a report (-want +got):\n%s", diff)
	}
	drawn := run(t, nil, false, "", "--sandbox", frozen, "call", "sales_report", "period=this_month", "picture=true")
	if drawn.stdout != report || drawn.stderr != "A picture was drawn as well; only clients show it.\n" {
		t.Errorf("with a picture: %q, %q", drawn.stdout, drawn.stderr)
	}
}

func TestTables(t *testing.T) {
	for _, test := range []struct {
		name  string
		width int
		want  string
	}{
		{"narrow", 60, `
created    product n…  total price  id
yesterday  Tidal For…  $69          BGI5mF5Pcc3IOeVa5NBkBQ==
yesterday  Starter S…  $29          HfVskCJEgcuReG5iAmnpsg==
Left out: email, full name, price, currency, variants and
quantity, order id. A wider terminal shows more, and a pipe
gets everything.
There is more: add page_key='~HfVskCJEgcuReG5iAmnpsg=='
`},
		{"wide", 200, `
created    product name                  email                       full name    total price   price  currency  variants and quantity  order id    id
yesterday  Tidal Forms: Risograph Print  liam.hansen319@example.org  Liam Hansen  $69          $69.00  usd       (A3 - None)            408575156   BGI5mF5Pcc3IOeVa5NBkBQ==
yesterday  Starter Studio Bundle         bjorn.weber591@example.com               $29          $29.00  usd                              1025527877  HfVskCJEgcuReG5iAmnpsg==
There is more: add page_key='~HfVskCJEgcuReG5iAmnpsg=='
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := onTerminal(t, test.width, nil, "call", "list_sales", "limit=2")
			if diff := cmp.Diff(test.want[1:], got.stdout); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTableKeepsID: a store is named by the id of its connection, so that stays where there is no room for all.
func TestTableKeepsID(t *testing.T) {
	got := onTerminal(t, 80, nil, "call", "list_connections")
	if head, _, _ := strings.Cut(got.stdout, "\n"); head != "status  creation time  store         connection id" {
		t.Errorf("%q of\n%s", head, got.stdout)
	}
}

// TestWidths: no line is wider than the terminal, apart from a word that cannot be broken.
func TestWidths(t *testing.T) {
	for _, call := range []string{
		"list_products limit=20", "list_sales limit=50", "sales_report group_by=product compare=previous",
		"sales_report group_by=product,month", "subscriber_report", "list_discounts", "list_payouts",
		"get_product product_id=quiet-grid", "find_customer email=tomas.sato1@example.com",
	} {
		for _, width := range []int{48, 101} {
			got := onTerminal(t, width, nil, append([]string{"call"}, strings.Fields(call)...)...)
			got.want(t, 0, "")
			for line := range strings.Lines(got.stdout) {
				line = strings.TrimRight(line, "\n")
				if cli.Columns(line) > width && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, "/") {
					t.Errorf("%s at %d: %q takes %d columns", call, width, line, cli.Columns(line))
				}
			}
		}
	}
}

var escape = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestColours(t *testing.T) {
	call := []string{"call", "list_payouts", "limit=2"}
	bare := onTerminal(t, 80, nil, call...).stdout
	for _, test := range []struct {
		name string
		env  []string
		want bool
	}{
		{"a terminal", []string{"TERM=xterm"}, true},
		{"NO_COLOR", []string{"TERM=xterm", "NO_COLOR=1"}, false},
		{"a dumb terminal", []string{"TERM=dumb"}, false},
		{"NO_COLOR above FORCE_COLOR", []string{"FORCE_COLOR=1", "NO_COLOR=1"}, false},
		{"a dumb terminal, forced", []string{"TERM=dumb", "CLICOLOR_FORCE=1"}, true},
		{"forced by 0", []string{"TERM=dumb", "CLICOLOR_FORCE=0"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := onTerminal(t, 80, test.env, call...).stdout
			if diff := cmp.Diff(test.want, escape.MatchString(got)); diff != "" {
				t.Errorf("coloured (-want +got):\n%s%q", diff, got)
			}
			if diff := cmp.Diff(bare, escape.ReplaceAllString(got, "")); diff != "" && !strings.Contains(test.name, "dumb") {
				t.Errorf("colours change the text (-bare +coloured):\n%s", diff)
			}
		})
	}
	t.Run("states by what they mean", func(t *testing.T) {
		got := onTerminal(t, 80, []string{"TERM=xterm"}, "call", "list_payouts", "limit=2").stdout
		for _, want := range []string{"\x1b[33mpayable\x1b[0m", "\x1b[1m$599.68\x1b[0m", "\x1b[2m5nxJUcJB-WpMcWSbUhXRtA==\x1b[0m"} {
			if !strings.Contains(got, want) {
				t.Errorf("want %q in %q", want, got)
			}
		}
	})
	t.Run("the log", func(t *testing.T) {
		for variable, want := range map[string]bool{"TERM=xterm": true, "NO_COLOR=1": false, "TERM=dumb": false} {
			got := onTerminal(t, 80, []string{variable}, "--log-level=debug", "call", "get_user").stderr
			if !strings.Contains(got, "tool call") {
				t.Fatalf("there is no log: %q", got)
			}
			if diff := cmp.Diff(want, escape.MatchString(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s%q", variable, diff, got)
			}
		}
	})
}

func TestReports(t *testing.T) {
	for _, test := range []struct {
		name, call, term, want string
	}{
		{"sales", "sales_report group_by=product compare=previous top=2 period=last_month", "xterm", `
Sales from 1 Oct to 31 Oct
$4,102.08 gross, $68.80 refunded, $4,033.28 net.
150 sold, 5 refunded.
From 1 Sep to 30 Sep it was $2,554.94 gross, $143.50 refunded, $2,411.44 net;
107 sold, 5 refunded.
Change: +60.6% gross, +67.3% net, +40.2% sold.

                                                gross      net  units  was gross
Pixel & Page Club             ██████████┃███  $924.00  $924.00     29    $708.00
Tidal Forms: Risograph Print  ██████┃█████▊   $838.00  $838.00     10    $444.00
And 11 more lines: $2,340.08 gross, 111 sold.

time zone  store
source     summary
ranked by  gross_cents
counted    All charges of these days, renewals too; refunds count on their
           sale's day. net is before fees: detail full has them.
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := onTerminal(t, 80, []string{"NO_COLOR=1", "TERM=" + test.term}, append([]string{"call"}, strings.Fields(test.call)...)...)
			if diff := cmp.Diff(test.want[1:], got.stdout); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
