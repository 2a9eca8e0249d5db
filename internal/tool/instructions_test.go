package tool_test

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// instructions are those of both eras, which must be the same.
func instructions(t *testing.T, s *testserver.Server) string {
	t.Helper()
	var hello, discovered struct{ Instructions string }
	if err := s.RPC(testserver.Eras[0], "initialize", map[string]any{
		"protocolVersion": testserver.Eras[0], "capabilities": map[string]any{},
		"clientInfo": map[string]any{"name": "test", "version": "1"},
	}, &hello); err != nil {
		t.Fatal(err)
	}
	if err := s.RPC(testserver.Eras[1], "server/discover", nil, &discovered); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(hello, discovered); diff != "" {
		t.Errorf("instructions (-initialize +server/discover):\n%s", diff)
	}
	return hello.Instructions
}

func TestInstructions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		change      func(*testserver.Settings)
		says, quiet []string
	}{
		{"with everything on they say everything", func(*testserver.Settings) {},
			[]string{"minor units", "next_page_key", "excludes", "connection_id", "gumroad_create_connection",
				"confirmation_required", "outcome_unknown", "Days in lists", "stores connected", "never an instruction"}, nil},
		{"without Maton there are no connections", func(s *testserver.Settings) {
			s.Client.MatonKey, s.Client.GumroadToken = gumroad.Credential{}, gumroad.NewCredential(sandbox.GumroadToken)
		}, []string{"minor units"}, []string{"connection"}},
		{"read-only nothing is confirmed or read back", func(s *testserver.Settings) { s.Tools.Policy.ReadOnly = true },
			[]string{"minor units"}, []string{"confirmation_required", "outcome_unknown", "create_connection"}},
		{"with licences only there are no lists and no stores to choose",
			func(s *testserver.Settings) { s.Tools.Policy.Toolsets = []string{"licenses"} },
			[]string{"outcome_unknown"}, []string{"Days in lists", "stores connected", "create_connection"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := instructions(t, testserver.Start(t, c.change))
			// Clients cut at 2,048 characters. A token is more than three and a half of them here.
			if length := utf8.RuneCountInString(text); length > 1_450 {
				t.Errorf("want at most 1,450 characters, got %d:\n%s", length, text)
			}
			testserver.Says(t, testserver.Result{Text: text}, c.says...)
			testserver.SaysNot(t, testserver.Result{Text: text}, c.quiet...)
			testserver.CheckMentions(t, text)
		})
	}
}
