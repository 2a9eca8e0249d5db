package cli

import (
	"testing"

	"github.com/alecthomas/kong"

	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

// TestOnlySettingsHaveVariables: a command's other flags are tagged env:"-", or kong gives them variables too. A secret
// has a variable and is no flag.
func TestOnlySettingsHaveVariables(t *testing.T) {
	var c commands
	parser, err := c.parser(nil)
	if err != nil {
		t.Fatal(err)
	}
	declared := settings.Of(&c.Common, &c.HTTP.HTTP)
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && len(flag.Envs) > 0 {
			name := declared.Sprintf("%v", flag.Target.Addr().Interface()) // a pointer to a setting prints as its flag
			if name != "--"+flag.Name {
				t.Errorf("--%s is no setting and has the variables %q", flag.Name, flag.Envs)
			}
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
}
