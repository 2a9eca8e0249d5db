package resources

import (
	"context"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
)

// Completer completes the variables of URI templates, for mcp-go.
type Completer struct {
	Resources []Resource
	Fields    *completion.Completer
}

// CompleteResourceArgument suggests values for a variable of a template. For anything else it suggests none.
func (c Completer) CompleteResourceArgument(ctx context.Context, uri string, argument mcp.CompleteArgument,
	given mcp.CompleteContext) (*mcp.Completion, error) {
	for _, row := range c.Resources {
		template := row.template()
		if uri != template && uri != row.uri || !hasVariable(template, argument.Name) {
			continue
		}
		if argument.Name == "topic" {
			return completion.Match(argument.Value, completion.Values(c.topics()...)), nil
		}
		return c.Fields.Field(ctx, argument.Name, given.Arguments[connectionID], argument.Value), nil
	}
	return completion.Match("", nil), nil
}

func (c Completer) topics() []string {
	var topics []string
	for _, row := range c.Resources {
		if topic, ok := strings.CutPrefix(row.uri, scheme+"guide/"); ok && !row.hasVariables() {
			topics = append(topics, topic)
		}
	}
	return topics
}
