package tools

import (
	"context"
	"fmt"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var variants = tool.Set{
	Name: "variants", Doc: "Versions and tiers of products.",
	Tools: []tool.Tool{
		{Name: "list_variant_categories", Title: "List variant categories", Effect: tool.Reads,
			Doc: "List what a product's versions differ in (Size; Tier).",
			Run: tool.All((*gumroad.Client).ListVariantCategories)},
		{Name: "get_variant_category", Title: "Show a variant category", Effect: tool.Reads,
			Doc: "One variant category.",
			Run: tool.Run((*gumroad.Client).GetVariantCategory)},
		{Name: "create_variant_category", Title: "Create a variant category", Effect: tool.Changes,
			Doc: "Create a variant category; give it a variant next, or the product cannot be published.",
			Run: tool.Run((*gumroad.Client).CreateVariantCategory)},
		{Name: "update_variant_category", Title: "Rename a variant category", Effect: tool.Changes,
			Doc: "Rename a variant category.",
			Run: tool.Run((*gumroad.Client).UpdateVariantCategory)},
		{Name: "delete_variant_category", Title: "Delete a variant category", Effect: tool.Destroys,
			Doc: "Delete a variant category.",
			Ask: tool.Ask(askDeleteVariantCategory),
			Run: tool.Run((*gumroad.Client).DeleteVariantCategory)},
		{Name: "list_variants", Title: "List variants", Effect: tool.Reads,
			Doc: "List the variants (versions, tiers) of a category.",
			Run: tool.All((*gumroad.Client).ListVariants)},
		{Name: "get_variant", Title: "Show a variant", Effect: tool.Reads,
			Doc: "One variant.",
			Run: tool.Run((*gumroad.Client).GetVariant)},
		{Name: "create_variant", Title: "Create a variant", Effect: tool.Changes,
			Doc:     "Create a variant (version, tier).",
			Refuses: priceDifference,
			Run:     tool.Run((*gumroad.Client).CreateVariant)},
		{Name: "update_variant", Title: "Change a variant", Effect: tool.Changes,
			Doc:     "Change a variant; the rest stays.",
			Refuses: priceDifference,
			Run:     tool.Update(tool.Run((*gumroad.Client).UpdateVariant))},
		{Name: "delete_variant", Title: "Delete a variant", Effect: tool.Destroys,
			Doc: "Delete a variant.",
			Ask: tool.Ask(askDeleteVariant),
			Run: tool.Run((*gumroad.Client).DeleteVariant)},
	},
}

var priceDifference = map[string]string{
	"price_difference": "Gumroad ignores it; use price_difference_cents",
	"price":            "a variant adds price_difference_cents to the product's price",
}

func askDeleteVariantCategory(c *gumroad.Client, ctx context.Context, in gumroad.VariantCategoryRef) (string, error) {
	category, err := c.GetVariantCategory(ctx, in)
	if err != nil {
		return "", err
	}
	contained, err := c.ListVariants(ctx, in)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Delete the variant category %s with its %d variants? Buyers can no longer choose among them.",
		text.Quote(category.Title), len(contained.Rows)), nil
}

func askDeleteVariant(c *gumroad.Client, ctx context.Context, in gumroad.VariantRef) (string, error) {
	variant, err := c.GetVariant(ctx, in)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Delete the variant %s? It cannot be brought back.", text.Quote(variant.Name)), nil
}
