package resources

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/completion"
)

// CompleteResourceArgument completes the variables of the templates; of anything else it knows no values.
func (r *Resources) CompleteResourceArgument(ctx context.Context, uri string, argument mcp.CompleteArgument, given mcp.CompleteContext) (*mcp.Completion, error) {
	for _, row := range r.rows {
		template := r.template(&row)
		switch {
		case uri != template && uri != row.uri, !hasVariable(template, argument.Name):
			continue
		case argument.Name == "topic":
			return completion.Match(argument.Value, completion.Values(r.guide.topics...)), nil
		}
		return r.completer.Field(ctx, argument.Name, given.Arguments[connectionID], argument.Value), nil
	}
	return completion.Match("", nil), nil
}
