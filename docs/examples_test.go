package docs_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/shell"
	"mvdan.cc/sh/v3/syntax"

	"github.com/gumroad-mcp/gumroad-mcp/internal/source"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// example is a call of tools/examples.txt and what came of it.
type example struct {
	command  string   // as it is typed, with what its references stand for
	question string   // what the person was asked before, or ""
	answer   string   // the text of the result
	scopes   []string // that Gumroad wants for its requests
}

// Directories, as the examples name them.
const (
	uploads = "/home/you/uploads"
	exports = "/home/you/exports"
)

// runner runs examples one after another on one sandbox.
type runner struct {
	t       *testing.T
	s       *testserver.Server
	scopes  *scopes
	real    *strings.Replacer // the directories' real names for those in examples
	shown   *strings.Replacer // and the other way round
	answers map[string]any    // the last of each tool
}

func newRunner(t *testing.T) *runner {
	t.Helper()
	up, out := t.TempDir(), filepath.Join(t.TempDir(), "exports") // which the server makes, private
	writePicture(t, filepath.Join(up, "front.png"), 1600, 900)
	writePicture(t, filepath.Join(up, "square.png"), 800, 800)
	if err := os.WriteFile(filepath.Join(up, "guide.pdf"), []byte("%PDF-1.7 how to use the brushes"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &runner{t: t, scopes: &scopes{}, answers: map[string]any{},
		real: strings.NewReplacer(uploads, up, exports, out), shown: strings.NewReplacer(up, uploads, out, exports)}
	r.s = testserver.Start(t, testserver.EveryToolset, r.scopes.watch, func(s *testserver.Settings) {
		s.Sandbox.Stores, s.Sandbox.Unthrottled = 1, true
		s.Sandbox.PublicURL = func() (string, error) { return "https://connect.example.com", nil }
		s.Local = true
		s.Tools.Files = source.New(source.Options{Dirs: []string{up}})
		s.Tools.Exports = tool.NewExports(out, false)
		s.Events.PublicURL = "https://mcp.example.com"
	})
	r.scopes.sandbox = r.s.Sandbox
	return r
}

func writePicture(t *testing.T, path string, width, height int) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// runExamples runs tools/examples.txt and returns what became of it, by tool.
func runExamples(t *testing.T) map[string][]example {
	t.Helper()
	script, err := os.ReadFile("tools/examples.txt")
	if err != nil {
		t.Fatal(err)
	}
	r, examples := newRunner(t), map[string][]example{}
	for n, line := range strings.Split(string(script), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, done, err := r.run(line)
		if err != nil {
			t.Errorf("tools/examples.txt:%d: %s: %v", n+1, line, err)
			continue
		}
		examples[name] = append(examples[name], done)
	}
	return examples
}

// run makes one call. If it asks, the person says yes.
func (r *runner) run(line string) (name string, done example, err error) {
	line, err = r.resolve(line)
	if err != nil {
		return "", done, err
	}
	words, err := shell.Fields(line, func(string) string { return "" })
	if err != nil {
		return "", done, err
	}
	name, arguments := words[0], map[string]any{}
	done.command = "gumroad-mcp call " + line
	for _, word := range words[1:] {
		argument, value, ok := strings.Cut(r.real.Replace(word), "=")
		if !ok {
			return "", done, fmt.Errorf("%q is not name=value", word)
		}
		switch earlier := arguments[argument].(type) { // as on the command line, a repeated name makes a list
		case string:
			arguments[argument] = []any{earlier, value}
		case []any:
			arguments[argument] = append(earlier, value)
		default:
			arguments[argument] = value
		}
	}
	r.scopes.reset()
	result := r.s.Call(name, arguments)
	if token, asks := result.JSON["confirm_token"].(string); asks {
		question, _ := result.JSON["message"].(string)
		done.question = r.readable(strings.TrimPrefix(question, "This needs a person's consent: "))
		arguments["confirm_token"] = token
		result = r.s.Call(name, arguments)
	}
	if result.IsError {
		return "", done, fmt.Errorf("%s", result.Text)
	}
	r.answers[name] = result.JSON
	done.answer, done.scopes = r.readable(result.Text), r.scopes.seen()
	return name, done, nil
}

var (
	earlier   = regexp.MustCompile(`\$([a-z_]+)((?:\.\w+)+)`)
	highlight = regexp.MustCompile(`\{([\w' ,-]+)(\.license_key)?\}`)
	randomID  = regexp.MustCompile(`\b[0-9a-f]{32}\b`)          // of a file
	position  = regexp.MustCompile(`(": ?"\d{10}\.)[\w-]{22}"`) // in the events of one server
)

// resolve puts values in place of the references of a line.
func (r *runner) resolve(line string) (string, error) {
	var failed error
	value := func(v string) string {
		quoted, err := syntax.Quote(v, syntax.LangPOSIX)
		if err != nil {
			failed = err
		}
		return quoted
	}
	line = highlight.ReplaceAllStringFunc(line, func(reference string) string {
		parts := highlight.FindStringSubmatch(reference)
		if of := r.s.Highlight(parts[1]); parts[2] != "" {
			return value(of.LicenseKey)
		} else {
			return value(of.ID)
		}
	})
	line = earlier.ReplaceAllStringFunc(line, func(reference string) string {
		parts := earlier.FindStringSubmatch(reference)
		found := r.answers[parts[1]]
		for _, step := range strings.Split(parts[2][1:], ".") {
			switch inner := found.(type) {
			case map[string]any:
				found = inner[step]
			case []any:
				if i, err := strconv.Atoi(step); err == nil && i < len(inner) {
					found = inner[i]
				}
			}
		}
		text, ok := found.(string)
		if !ok {
			failed = fmt.Errorf("%s stands for nothing", reference)
		}
		return value(text)
	})
	return line, failed
}

// readable returns a text with the directories as examples name them, and with what is random replaced.
func (r *runner) readable(text string) string {
	text = randomID.ReplaceAllString(r.shown.Replace(text), "0123456789abcdef0123456789abcdef")
	return position.ReplaceAllString(text, `${1}0123456789abcdefghijkl"`)
}
