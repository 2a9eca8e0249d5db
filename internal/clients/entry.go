package clients

import (
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/internal/splice"
)

// EntryName is what the server is called in the files of clients.
const EntryName = "gumroad"

// Variables in which an entry gives the Maton key.
const (
	KeyVariable     = "MATON_API_KEY"
	KeyFileVariable = "MATON_API_KEY_FILE"
)

// Launch is how a client starts the server.
type Launch struct {
	Command string
	Args    []string
	Env     map[string]string
	Inherit []string // variables that come from the client's own environment
}

// keyPlace is where a client has the Maton key from.
type keyPlace int

const (
	inFile    keyPlace = iota // a private file, which the entry names
	asked                     // the client asks for it, and keeps it
	inherited                 // its own environment, or else the file
)

// AsksForKey reports a client that asks for the Maton key itself.
func (c Client) AsksForKey() bool { return c.Key == asked }

// inputID names the question by which VS Code asks for the key.
const inputID = "gumroad-maton-key"

type input struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	Description string `json:"description"`
	Password    bool   `json:"password"`
}

var keyInput = input{inputID, "promptString", "Maton API key, from https://maton.ai", true}

// withKey returns how the client starts the server if it gets a key: from this file, or in the client's own way.
func (c Client) withKey(l Launch, file string) Launch {
	if c.Key == asked {
		l.Env = map[string]string{KeyVariable: "${input:" + inputID + "}"}
		return l
	}
	if c.Key == inherited {
		l.Inherit = []string{KeyVariable}
	}
	if file != "" {
		l.Env = map[string]string{KeyFileVariable: file}
	}
	return l
}

// Install returns the changes of a file that make the client start the server.
func (c Client) Install(l Launch, needsKey bool, keyFile string) []splice.Edit {
	if needsKey {
		l = c.withKey(l, keyFile)
	}
	edits := []splice.Edit{{Path: c.entryPath(), Value: c.Entry(l)}}
	if needsKey && c.Key == asked {
		edits = append(edits, splice.Edit{Path: c.inputPath(), Value: keyInput})
	}
	return edits
}

// Uninstall returns the changes that take the entry away.
func (c Client) Uninstall() []splice.Edit {
	edits := []splice.Edit{{Path: c.entryPath()}}
	if c.Key == asked {
		edits = append(edits, splice.Edit{Path: c.inputPath()})
	}
	return edits
}

func (c Client) entryPath() []string { return append(slices.Clone(c.At), EntryName) }

func (c Client) inputPath() []string { return []string{"inputs", splice.Element(inputID)} }

// Entry is the server's entry in a client's file.
type Entry struct {
	Launch
	IsOurs bool // it starts this program, and not another one that has the same name
}

// Find returns the entry among the values of a file, or nil if there is none.
func (c Client) Find(values any) *Entry {
	value := splice.Get(values, c.entryPath())
	if value == nil {
		return nil
	}
	found, _ := value.(map[string]any) // anything else is an entry too, and not ours
	var e Entry
	words := append(texts(found["command"]), texts(found["cmd"])...)
	words = append(words, texts(found["args"])...)
	if len(words) > 0 {
		e.Command, e.Args = words[0], words[1:]
	}
	e.IsOurs = isProgram(e.Command) || slices.ContainsFunc(e.Args, isPackage)
	e.Inherit = texts(found["env_vars"])
	e.Env = map[string]string{}
	for _, name := range []string{"env", "envs", "environment"} {
		variables, _ := found[name].(map[string]any)
		for name, value := range variables {
			if text, ok := value.(string); ok {
				e.Env[name] = text
			}
		}
	}
	return &e
}

// texts returns the texts of a value that is one or a list of them.
func texts(value any) (all []string) {
	switch at := value.(type) {
	case string:
		return []string{at}
	case []any:
		for _, each := range at {
			if text, ok := each.(string); ok {
				all = append(all, text)
			}
		}
	}
	return all
}

// isProgram reports a command that is this program.
func isProgram(command string) bool {
	parts := strings.FieldsFunc(command, func(r rune) bool { return r == '/' || r == '\\' })
	return len(parts) > 0 && strings.TrimSuffix(parts[len(parts)-1], ".exe") == "gumroad-mcp"
}

// isPackage reports an argument of npx that is this program. Its name without the scope is another project's.
func isPackage(word string) bool { return word == Package || strings.HasPrefix(word, Package+"@") }

// The shapes of an entry.

type plainEntry struct {
	Type    string            `json:"type,omitempty"`
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env,omitempty"`
	Tools   []string          `json:"tools,omitempty"`
}

func plain(l Launch) any { return typed("")(l) }

func typed(kind string) func(Launch) any {
	return func(l Launch) any { return plainEntry{Type: kind, Command: l.Command, Args: list(l.Args), Env: l.Env} }
}

func copilot(l Launch) any {
	return plainEntry{Type: "local", Command: l.Command, Args: list(l.Args), Env: l.Env, Tools: []string{"*"}}
}

// list is never null in JSON.
func list(args []string) []string { return append([]string{}, args...) }

func opencode(l Launch) any {
	return struct {
		Type        string            `json:"type"`
		Command     []string          `json:"command"`
		Environment map[string]string `json:"environment,omitempty"`
		Enabled     bool              `json:"enabled"`
	}{"local", append([]string{l.Command}, l.Args...), l.Env, true}
}

func codex(l Launch) any {
	return struct {
		Command string            `toml:"command"`
		Args    []string          `toml:"args"`
		Inherit []string          `toml:"env_vars,omitempty"`
		Env     map[string]string `toml:"env,omitempty"`
	}{l.Command, list(l.Args), l.Inherit, l.Env}
}

func goose(l Launch) any {
	return struct {
		Type        string            `yaml:"type"`
		Name        string            `yaml:"name"`
		Description string            `yaml:"description"`
		Command     string            `yaml:"cmd"`
		Args        []string          `yaml:"args"`
		Env         map[string]string `yaml:"envs,omitempty"`
		Enabled     bool              `yaml:"enabled"`
		Timeout     int               `yaml:"timeout"` // seconds
	}{"stdio", EntryName, about, l.Command, list(l.Args), l.Env, true, 300}
}

const about = "Run a Gumroad store: products, sales, refunds, licences, discounts."
