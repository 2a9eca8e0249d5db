package docs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/tailscale/hujson"
	"go.yaml.in/yaml/v4"
	"mvdan.cc/sh/v3/syntax"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// syntaxes read a fenced block of their language. The other languages are only looked at by people.
var syntaxes = map[string]func(string) error{
	"json": func(source string) error {
		if !json.Valid([]byte(source)) {
			return errors.New("it is not JSON")
		}
		return nil
	},
	"jsonc": func(source string) error {
		_, err := hujson.Parse([]byte(source))
		return err
	},
	"toml": func(source string) error {
		var into map[string]any
		return toml.Unmarshal([]byte(source), &into)
	},
	"yaml": func(source string) error {
		decoder := yaml.NewDecoder(strings.NewReader(source))
		for {
			var into any
			if err := decoder.Decode(&into); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	},
	"sh": func(source string) error {
		_, err := syntax.NewParser().Parse(strings.NewReader(source), "")
		return err
	},
	"": nil, "text": nil, "go": nil, "python": nil, "ts": nil, "js": nil, "http": nil,
	"nginx": nil, "caddyfile": nil, "ini": nil, "dockerfile": nil,
}

// TestBlocks reads every fenced block as its language. What commands in them mean is checked by internal/cli.
func TestBlocks(t *testing.T) {
	t.Parallel()
	for _, d := range testserver.Documents(t, project) {
		for _, block := range d.Blocks {
			at := fmt.Sprintf("%s:%d", d.Path, block.Line)
			read, known := syntaxes[block.Language]
			if !known {
				t.Errorf("%s: %q is not a language that is known here", at, block.Language)
			} else if read != nil {
				if err := read(block.Text); err != nil {
					t.Errorf("%s: %v", at, err)
				}
			}
		}
	}
}
