package cli_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHelpOfTool(t *testing.T) {
	const want = `
Refund a sale (refund_sale)
Refund a sale, wholly or in part. It cannot be recalled.
It cannot be undone. It asks first.

Usage
  gumroad-mcp call refund_sale [name=value …]

Arguments
  sale_id  text, required
      From list_sales.
  amount_cents  whole number
      In the sale's currency; default: all left.
  connection_id  text
      Which store.
  confirm_token  text
      From the first call.

Example, in the sandbox
  gumroad-mcp --sandbox call refund_sale sale_id=`
	for _, words := range []string{"help refund_sale", "help gumroad_refund_sale", "call refund_sale --help", "call refund_sale -h",
		"call --help refund_sale", "call refund_sale sale_id=x --help"} {
		t.Run(words, func(t *testing.T) {
			got := onTerminal(t, 80, nil, strings.Fields(words)...)
			got.want(t, 0, "")
			if diff := cmp.Diff(want[1:], got.stdout[:min(len(want)-1, len(got.stdout))]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("allowed values, limits and defaults", func(t *testing.T) {
		got := onTerminal(t, 80, nil, "help", "sales_report")
		got.want(t, 0, "  compare  one of previous, year_ago\n      With an earlier period.\n")
		got.want(t, 0, "  top  whole number of at most 100\n")
	})
	t.Run("a tool that does not exist", func(t *testing.T) {
		onTerminal(t, 80, nil, "help", "list_sale").want(t, 2, `did you mean "gumroad_list_sales"`)
		onTerminal(t, 80, nil, "help", "tols").want(t, 2, `There is a command "tools".`)
	})
}

func TestHelpOfCommands(t *testing.T) {
	for _, same := range [][2]string{{"help", "--help"}, {"help call", "call --help"}, {"help http", "http --help"},
		{"--version", "version"}} {
		t.Run(same[0], func(t *testing.T) {
			got := onTerminal(t, 80, nil, strings.Fields(same[0])...)
			got.want(t, 0, "")
			if diff := cmp.Diff(onTerminal(t, 80, nil, strings.Fields(same[1])...), got, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("(-%s +%s):\n%s", same[1], same[0], diff)
			}
		})
	}
	if help := onTerminal(t, 80, nil, "http", "--help").stdout; !strings.Contains(help, "--caller-rate") ||
		strings.Contains(help, "--rate-limit") || !strings.Contains(help, "gumroad-mcp --help") {
		t.Errorf("want http's own settings, and where the others are:\n%s", help)
	}
	onTerminal(t, 80, nil, "tols").want(t, 2, `did you mean "tools"`)
	onTerminal(t, 80, nil, "list_sales").want(t, 2, "gumroad-mcp call list_sales calls the tool of that name")
}
