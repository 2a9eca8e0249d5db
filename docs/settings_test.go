package docs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// TestSettingsPage writes a table of the settings of every command, and one of those of http.
func TestSettingsPage(t *testing.T) {
	for name, declared := range map[string]any{"settings": &settings.Common{}, "http": &settings.HTTP{}} {
		table := "| Setting | Flag | Environment | Default |\n|---|---|---|---|\n"
		for _, s := range settings.Of(declared) {
			value := s.Unset
			if s.Default != "" {
				value = code(s.Default)
			}
			table += fmt.Sprintf("| %s | %s | %s | %s |\n",
				strings.TrimSuffix(s.Help, "."), code(s.Flag), code(s.Variables...), value)
		}
		testserver.GoldenPart(t, "settings.md", name, table)
	}
}

// code is words as they are typed.
func code(words ...string) string {
	var typed []string
	for _, word := range words {
		if word != "" {
			typed = append(typed, "`"+word+"`")
		}
	}
	return strings.Join(typed, ", ")
}
