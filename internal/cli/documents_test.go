package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
	"github.com/tailscale/hujson"
	"go.yaml.in/yaml/v4"
	"mvdan.cc/sh/v3/syntax"

	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// TestDocumentedCommands checks every command line of ours that stands in a document, in a shell block or in a
// client's configuration, and runs those on the sandbox.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	takes := map[string][]argument{} // by tool
	for _, d := range testserver.New(t, testserver.EveryToolset).Catalog.Definitions() {
		takes[d.Name] = argumentsOf(d)
	}
	count := 0
	for _, d := range testserver.Documents(t, "../..") {
		for _, block := range d.Blocks {
			for _, line := range commandsIn(t, block) {
				count++
				at := fmt.Sprintf("%s:%d: %s", d.Path, block.Line, line)
				if err := line.check(takes); err != nil {
					t.Errorf("%s: %v", at, err)
				} else if line.canRun() {
					t.Run(at, line.run)
				}
			}
		}
	}
	if count < 100 {
		t.Errorf("only %d command lines were found", count)
	}
}

// documented is a command line of ours in a document.
type documented struct {
	args    []string // without the program
	environ []string // as NAME=value
}

func (c documented) String() string { return strings.Join(c.args, " ") }

// check returns what is wrong with a command line.
func (c documented) check(takes map[string][]argument) error {
	var grammar commands
	env := settings.NewEnvironment(c.environ)
	exited := false
	parser, err := grammar.parser(env, kong.Bind(&grammar.Common), kong.Writers(io.Discard, io.Discard),
		kong.Exit(func(int) { exited = true }))
	if err != nil {
		return err
	}
	_, err = parser.Parse(takeApart(c.args, parser.Model).forParser(parser.Model))
	if exited { // --help, --version
		return nil
	}
	if err != nil {
		return err
	}
	if err := env.Check(); err != nil {
		return err
	}
	if grammar.Call.Tool == "" {
		return nil
	}
	name := strings.TrimPrefix(grammar.Call.Tool, grammar.ToolPrefix)
	known, ok := takes[name]
	if !ok {
		return fmt.Errorf("there is no tool %s", name)
	}
	given, err := parseArguments(grammar.Call.Arguments, known)
	if err != nil {
		return err
	}
	for _, argument := range slices.Sorted(maps.Keys(given.(map[string]any))) {
		if _, ok := named(known, argument); !ok {
			return fmt.Errorf("%s takes no %s", name, argument)
		}
	}
	return nil
}

// canRun reports whether a command line ends by itself and needs nothing but the sandbox.
func (c documented) canRun() bool {
	has := func(word string) bool { return slices.Contains(c.args, word) }
	return has("--sandbox") && (has("call") || has("tools")) && !has("wait_for_event")
}

func (c documented) run(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	code, err := Run(context.Background(), Process{Args: c.args, Environ: c.environ, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs})
	if code != exitOK || err != nil || out.Len() == 0 {
		t.Errorf("exit code %d, %v\n%s%s", code, err, &out, &errs)
	}
}

// commandsIn returns the command lines of ours in a block.
func commandsIn(t *testing.T, block testserver.Block) []documented {
	t.Helper()
	var value any
	var err error
	switch block.Language {
	case "sh":
		return commandsInShell(t, block.Text)
	case "json", "jsonc":
		var plain []byte
		if plain, err = hujson.Standardize([]byte(block.Text)); err == nil {
			err = json.Unmarshal(plain, &value)
		}
	case "toml":
		err = toml.Unmarshal([]byte(block.Text), &value)
	case "yaml":
		err = yaml.Unmarshal([]byte(block.Text), &value)
	}
	if err != nil {
		t.Errorf("%v:\n%s", err, block.Text)
	}
	return commandsInConfiguration(value)
}

// ours reports whether a word is the program, by whatever path, or npm's package of it.
func ours(word string) bool {
	return filepath.Base(word) == "gumroad-mcp" || strings.HasPrefix(word, "@gumroad-mcp/server")
}

// commandsInShell finds commands of ours, those that another command is given included: claude mcp add … -- gumroad-mcp.
func commandsInShell(t *testing.T, source string) (found []documented) {
	t.Helper()
	file, err := syntax.NewParser().Parse(strings.NewReader(source), "")
	if err != nil {
		t.Errorf("%v:\n%s", err, source)
		return nil
	}
	syntax.Walk(file, func(node syntax.Node) bool {
		call, ok := node.(*syntax.CallExpr)
		if !ok {
			return true
		}
		var words []string
		for _, word := range call.Args {
			words = append(words, wordOf(word))
		}
		environ := []string{}
		for _, assignment := range call.Assigns {
			if assignment.Value != nil {
				environ = append(environ, assignment.Name.Value+"="+wordOf(assignment.Value))
			}
		}
		at := 0
		if i := slices.Index(words, "--"); i >= 0 {
			at = i + 1
		}
		if at < len(words) && words[at] == "npx" {
			at += slices.IndexFunc(words[at:], ours)
		}
		if at < len(words) && ours(words[at]) {
			found = append(found, documented{words[at+1:], environ})
		}
		return true
	})
	return found
}

// wordOf is a word as the shell makes it, with a word in place of what only the shell knows.
func wordOf(word *syntax.Word) string {
	var text strings.Builder
	var write func([]syntax.WordPart)
	write = func(parts []syntax.WordPart) {
		for _, part := range parts {
			switch part := part.(type) {
			case *syntax.Lit:
				text.WriteString(part.Value)
			case *syntax.SglQuoted:
				text.WriteString(part.Value)
			case *syntax.DblQuoted:
				write(part.Parts)
			default:
				text.WriteString("something")
			}
		}
	}
	write(word.Parts)
	return text.String()
}

// commandsInConfiguration finds objects that say how to start a server: a command with args and env, in one of the
// forms that clients have.
func commandsInConfiguration(value any) (found []documented) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			found = append(found, commandsInConfiguration(item)...)
		}
	case map[string]any:
		var words []string
		for _, name := range []string{"command", "cmd", "args"} {
			switch of := value[name].(type) {
			case string:
				words = append(words, of)
			case []any:
				for _, word := range of {
					words = append(words, fmt.Sprint(word))
				}
			}
		}
		if at := slices.IndexFunc(words, ours); at >= 0 {
			line := documented{args: words[at+1:]}
			for _, name := range []string{"env", "environment", "envs"} {
				variables, _ := value[name].(map[string]any)
				for variable, of := range variables {
					line.environ = append(line.environ, fmt.Sprintf("%s=%v", variable, of))
				}
			}
			found = append(found, line)
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			found = append(found, commandsInConfiguration(value[name])...)
		}
	}
	return found
}
