package cli_test

import (
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBash: bash takes words apart at "=", and wants only what follows it.
func TestBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	script := run(t, nil, false, "", "completion", "bash").stdout
	for _, test := range []struct{ name, words, line, want string }{
		{"a word", "gumroad-mcp ca", "gumroad-mcp ca", "asked(ca) offered(ca-1 ca-2)"},
		{"nothing yet", "gumroad-mcp call ''", "gumroad-mcp call ", "asked(call|) offered(-1 -2)"},
		{"a value", "gumroad-mcp call x group_by = da", "gumroad-mcp call x group_by=da",
			"asked(call|x|group_by=da) offered(da-1 da-2)"},
		{"no value yet", "gumroad-mcp --confirm =", "gumroad-mcp --confirm=", "asked(--confirm=) offered(-1 -2)"},
		{"a value before", "gumroad-mcp call x a = b c", "gumroad-mcp call x  a=b c", "asked(call|x|a=b|c) offered(c-1 c-2)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			call := `
gumroad-mcp() { # answers with what was asked
	shift
	local IFS='|'
	echo "$*" >"$answer"
	local last="${*: -1}"
	printf '%s\tabout\n' "$last-1" "$last-2"
}
answer="$1" COMP_WORDS=(` + test.words + `) COMP_LINE='` + test.line + `'
COMP_POINT=${#COMP_LINE} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_gumroad_mcp
printf 'asked(%s) offered(%s)' "$(<"$answer")" "${COMPREPLY[*]}"`
			got, err := exec.CommandContext(t.Context(), bash, "-c", script+call, "bash", t.TempDir()+"/answer").CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, got)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
