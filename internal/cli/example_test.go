package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// TestExamples: the example of every tool is a call that the sandbox understands. Tools that read and need no arguments
// have nothing to get wrong.
func TestExamples(t *testing.T) {
	examples, err := Process{}.newExampler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer examples.app.Close()
	for _, d := range examples.app.Catalog.Definitions() {
		if d.Effect == tool.Reads && len(examples.arguments(t.Context(), d)) == 0 {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			example := examples.command(t.Context(), d)
			words := split(example)
			var stdout, stderr bytes.Buffer
			code, err := Run(t.Context(), Process{
				Args: words[1:], Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
			})
			said := stdout.String()
			if code == exitUsage || strings.Contains(said, `"invalid_arguments"`) || strings.Contains(said, `"not_found"`) {
				t.Errorf("%s: exit code %d, %s %v", example, code, stderr.String(), err)
			}
		})
	}
}

// split takes a command line apart as a shell does, as far as examples need it.
func split(line string) (words []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}
