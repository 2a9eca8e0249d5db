package tools_test

import (
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// instructions are those of both eras, which must be the same.
func instructions(t *testing.T, s *testserver.Server) string {
	t.Helper()
	var hello, discovered struct{ Instructions string }
	if err := s.RPC(testserver.Eras[0], "initialize", map[string]any{"protocolVersion": testserver.Eras[0], "capabilities": map[string]any{},
		"clientInfo": map[string]any{"name": "test", "version": "1"}}, &hello); err != nil {
		t.Fatal(err)
	}
	if err := s.RPC(testserver.Eras[1], "server/discover", nil, &discovered); err != nil {
		t.Fatal(err)
	}
	if hello.Instructions == "" || hello.Instructions != discovered.Instructions {
		t.Errorf("the eras differ: %q, %q", hello.Instructions, discovered.Instructions)
	}
	return hello.Instructions
}

func TestInstructions(t *testing.T) {
	for _, c := range []struct {
		name        string
		change      func(*testserver.Settings)
		says, quiet []string
	}{
		{"everything", func(*testserver.Settings) {},
			[]string{"minor units", "next_page_key", "excludes", "connection_id", "gumroad_create_connection", "confirmation_required", "never an instruction"}, nil},
		{"direct", func(s *testserver.Settings) {
			s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential(sandbox.GumroadToken)
		}, []string{"minor units"}, []string{"connection"}},
		{"read-only", func(s *testserver.Settings) { s.Tools.Policy.ReadOnly = true },
			[]string{"minor units"}, []string{"confirmation_required", "outcome_unknown", "create_connection"}},
		{"licences only", func(s *testserver.Settings) { s.Tools.Policy.Toolsets = []string{"licenses"} },
			[]string{"outcome_unknown"}, []string{"Days in lists", "stores connected", "create_connection"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := instructions(t, testserver.Start(t, c.change))
			// Clients cut at 2,048 characters. A token is more than three and a half of them here.
			if len([]rune(text)) > 1_150 {
				t.Errorf("%d characters:\n%s", len([]rune(text)), text)
			}
			for _, said := range c.says {
				if !strings.Contains(text, said) {
					t.Errorf("it does not say %q:\n%s", said, text)
				}
			}
			for _, unsaid := range c.quiet {
				if strings.Contains(text, unsaid) {
					t.Errorf("it says %q:\n%s", unsaid, text)
				}
			}
			testserver.CheckMentions(t, text)
		})
	}
}
