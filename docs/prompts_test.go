package docs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// given are the arguments of the examples, by prompt.
var given = map[string]map[string]string{
	"connect_store":        {},
	"catch_up":             {"since": "2026-11-12"},
	"monthly_review":       {"month": "2026-10"},
	"monthly_payout_check": {"month": "2026-10"},
	"launch_discount":      {"product": "Ink & Wash: 48 Brushes for Procreate", "percent": "30", "max_uses": "50"},
	"launch_product":       {"name": "Rain Brushes", "price": "12.50", "about": "40 brushes for wet paper."},
	"refund_request":       {"email": "tomas.sato1@example.com"},
	"license_support":      {"product": "Layout Lint", "license_key": "85DB562A-C11D4B06-A2335A6B-8C079166"},
	"webhook_setup":        {"url": "https://hooks.example.com/gumroad"},
	"write_newsletter":     {"about": "Twelve new brushes, free for everyone who has the set."},
	"store_audit":          {},
}

// TestPromptPage writes what each prompt takes, and the text that it gives.
func TestPromptPage(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.EveryToolset)
	listed, err := s.ListPrompts(t.Context(), mcp.ListPromptsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, prompt := range listed.Prompts {
		example, ok := given[prompt.Name]
		if !ok {
			t.Errorf("there is no example of %s", prompt.Name)
			continue
		}
		fmt.Fprintf(&all, "\n## %s\n\n%s: %s\n", prompt.Name, prompt.Title, escape(prompt.Description))
		if len(prompt.Arguments) > 0 {
			fmt.Fprint(&all, "\n| Argument | | What it is |\n|---|---|---|\n")
		}
		var with []string
		for _, argument := range prompt.Arguments {
			required := ""
			if argument.Required {
				required = "required"
			}
			fmt.Fprintf(&all, "| `%s` | %s | %s |\n", argument.Name, required, escape(argument.Description))
			if value := example[argument.Name]; value != "" {
				with = append(with, fmt.Sprintf("`%s` %q", argument.Name, value))
			}
		}
		request := mcp.GetPromptRequest{}
		request.Params.Name, request.Params.Arguments = prompt.Name, example
		answer, err := s.GetPrompt(t.Context(), request)
		if err != nil {
			t.Errorf("%s: %v", prompt.Name, err)
			continue
		}
		says := "It says"
		if len(with) > 0 {
			says = "With " + strings.Join(with, ", ") + " it says"
		}
		fmt.Fprintf(&all, "\n%s:\n\n````text\n%s\n````\n", says, answer.Messages[0].Content.(mcp.TextContent).Text)
	}
	testserver.GoldenPart(t, "prompts.md", "prompts", all.String())
}
