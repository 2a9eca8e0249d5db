package tools

import (
	"context"
	"fmt"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var customFields = tool.Set{
	Name: "custom_fields", Doc: "Questions asked at checkout.",
	Tools: []tool.Tool{
		{Name: "list_custom_fields", Title: "List checkout questions", Effect: tool.Reads,
			Doc: "List the custom fields (checkout questions) of a product.",
			Run: tool.All((*gumroad.Client).ListCustomFields)},
		{Name: "create_custom_field", Title: "Create a checkout question", Effect: tool.Changes,
			Doc: "Ask buyers of a product a question at checkout.",
			Run: tool.Run((*gumroad.Client).CreateCustomField)},
		{Name: "update_custom_field", Title: "Change a checkout question", Effect: tool.Changes,
			Doc:     "Make an answer required or not; nothing else can change.",
			Refuses: map[string]string{"type": fieldFixed, "new_name": fieldFixed},
			Run:     tool.Run((*gumroad.Client).UpdateCustomField)},
		{Name: "delete_custom_field", Title: "Delete a checkout question", Effect: tool.Destroys,
			Doc: "Take a custom field off a product.",
			Ask: tool.Ask(askDeleteCustomField),
			Run: tool.Run((*gumroad.Client).DeleteCustomField)},
	},
}

const fieldFixed = "Gumroad cannot change it; create a new custom field and delete this one"

func askDeleteCustomField(c *gumroad.Client, ctx context.Context, in gumroad.CustomFieldRef) (string, error) {
	fields, err := c.ListCustomFields(ctx, in.ProductRef)
	if err != nil {
		return "", err
	}
	for _, field := range fields.Rows {
		if strings.EqualFold(field.Name, in.Name) {
			return fmt.Sprintf("Delete the checkout question %s? Buyers will no longer be asked.", text.Quote(field.Name)), nil
		}
	}
	return "", &gumroad.Error{
		Code: gumroad.NotFound, Record: "custom_field", Message: "The product has no such custom field."}
}
