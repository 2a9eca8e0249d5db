package tools

import (
	"context"
	"fmt"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

var variants = Toolset{
	Name: "variants", Doc: "Versions and tiers of products.",
	Tools: []Tool{
		{Name: "list_variant_categories", Title: "List variant categories", Effect: Reads,
			Doc: "List what a product's versions differ in (Size; Tier for memberships).",
			Run: all((*gumroad.Client).ListVariantCategories)},
		{Name: "get_variant_category", Title: "Show a variant category", Effect: Reads,
			Doc: "One variant category.",
			Run: run((*gumroad.Client).GetVariantCategory)},
		{Name: "create_variant_category", Title: "Create a variant category", Effect: Changes, ReadBack: "list_variant_categories",
			Doc: "Create a variant category; give it a variant next, or the product cannot be published.",
			Run: run((*gumroad.Client).CreateVariantCategory)},
		{Name: "update_variant_category", Title: "Rename a variant category", Effect: Changes, ReadBack: "get_variant_category",
			Doc: "Rename a variant category.",
			Run: run((*gumroad.Client).UpdateVariantCategory)},
		{Name: "delete_variant_category", Title: "Delete a variant category", Effect: Destroys, ReadBack: "list_variant_categories",
			Doc: "Delete a variant category.",
			Ask: ask(askDeleteVariantCategory),
			Run: run((*gumroad.Client).DeleteVariantCategory)},
		{Name: "list_variants", Title: "List variants", Effect: Reads,
			Doc: "List the variants (versions, tiers) of a category.",
			Run: all((*gumroad.Client).ListVariants)},
		{Name: "get_variant", Title: "Show a variant", Effect: Reads,
			Doc: "One variant.",
			Run: run((*gumroad.Client).GetVariant)},
		{Name: "create_variant", Title: "Create a variant", Effect: Changes, ReadBack: "list_variants",
			Doc:     "Create a variant (version, tier) of a product.",
			Refuses: priceDifference,
			Run:     run((*gumroad.Client).CreateVariant)},
		{Name: "update_variant", Title: "Change a variant", Effect: Changes, ReadBack: "get_variant",
			Doc:     "Change a variant; the rest stays.",
			Refuses: priceDifference,
			Run:     run(updateVariant)},
		{Name: "delete_variant", Title: "Delete a variant", Effect: Destroys, ReadBack: "list_variants",
			Doc: "Delete a variant.",
			Ask: ask(askDeleteVariant),
			Run: run((*gumroad.Client).DeleteVariant)},
	},
}

var priceDifference = map[string]string{
	"price_difference": "Gumroad ignores it; use price_difference_cents",
	"price":            "a variant adds price_difference_cents to the product's price",
}

func updateVariant(c *gumroad.Client, ctx context.Context, in gumroad.UpdateVariant) (gumroad.Variant, error) {
	if err := somethingToChange(in, gumroad.UpdateVariant{VariantRef: in.VariantRef}); err != nil {
		return gumroad.Variant{}, err
	}
	return c.UpdateVariant(ctx, in)
}

func askDeleteVariantCategory(c *gumroad.Client, ctx context.Context, in gumroad.VariantCategoryRef) (string, error) {
	category, err := c.GetVariantCategory(ctx, in)
	if err != nil {
		return "", err
	}
	held, err := c.ListVariants(ctx, in)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Delete the variant category %s with its %d variants? Buyers can no longer choose among them.",
		quote(category.Title), len(held.Rows)), nil
}

func askDeleteVariant(c *gumroad.Client, ctx context.Context, in gumroad.VariantRef) (string, error) {
	variant, err := c.GetVariant(ctx, in)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Delete the variant %s? It cannot be brought back.", quote(variant.Name)), nil
}
