package cli

import (
	"bytes"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

// TestHelpNamesTheSetting: an argument with the name of a setting has to be written as name=value, which help says.
func TestHelpNamesTheSetting(t *testing.T) {
	var c commands
	parser, err := c.parser(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"read_only": "  read_only  true or false\n      Description. Write read_only=…, because --read-only is a setting.\n",
		"limit":     "  limit  true or false\n      Description.\n",
	} {
		var out bytes.Buffer
		s := screen{Writer: &out, width: 80}
		s.argument(argument{Name: name, Type: "boolean", Description: "Description."}, settingNamed(parser, name))
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

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
