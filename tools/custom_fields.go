package tools

import (
	"context"
	"fmt"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

var customFields = Toolset{
	Name: "custom_fields", Doc: "Questions asked at checkout.",
	Tools: []Tool{
		{Name: "list_custom_fields", Title: "List checkout questions", Effect: Reads,
			Doc: "List the custom fields (checkout questions) of a product.",
			Run: all((*gumroad.Client).ListCustomFields)},
		{Name: "create_custom_field", Title: "Create a checkout question", Effect: Changes, ReadBack: "list_custom_fields",
			Doc: "Ask buyers of a product a question at checkout.",
			Run: run((*gumroad.Client).CreateCustomField)},
		{Name: "update_custom_field", Title: "Change a checkout question", Effect: Changes, ReadBack: "list_custom_fields",
			Doc:     "Change whether an answer is required; Gumroad can change nothing else.",
			Refuses: map[string]string{"type": fieldFixed, "new_name": fieldFixed},
			Run:     run((*gumroad.Client).UpdateCustomField)},
		{Name: "delete_custom_field", Title: "Delete a checkout question", Effect: Destroys, ReadBack: "list_custom_fields",
			Doc: "Take a custom field off a product.",
			Ask: ask(askDeleteCustomField),
			Run: run((*gumroad.Client).DeleteCustomField)},
	},
}

const fieldFixed = "Gumroad cannot change it; create a new field and delete this one"

func askDeleteCustomField(c *gumroad.Client, ctx context.Context, in gumroad.CustomFieldRef) (string, error) {
	fields, err := c.ListCustomFields(ctx, in.ProductRef)
	if err != nil {
		return "", err
	}
	for _, field := range fields.Rows {
		if strings.EqualFold(field.Name, in.Name) {
			return fmt.Sprintf("Delete the checkout question %s? Buyers are no longer asked.", quote(field.Name)), nil
		}
	}
	return "", &gumroad.Error{Code: gumroad.NotFound, Message: "The product has no such custom field.", Said: "The custom_field was not found."}
}
