package tools

import (
	"context"
	"fmt"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

var products = Toolset{
	Name: "products", Doc: "What the store sells.",
	Tools: []Tool{
		{Name: "list_products", Title: "List products", Effect: Reads,
			Doc: "List products with price, sales and whether they are published; newest first.",
			Run: list((*gumroad.Client).ListProducts)},
		{Name: "get_product", Title: "Show a product", Effect: Reads,
			Doc: "Everything about one product: description, files, variants, custom fields.",
			Run: run((*gumroad.Client).GetProduct)},
		{Name: "update_product", Title: "Change a product", Effect: Changes, ReadBack: "get_product",
			Doc:     "Change a product's name, price, texts or tags; the rest stays.",
			Refuses: map[string]string{"published": "use enable_product or disable_product", "price_cents": "the argument is price, in minor units", "currency": "a product's currency cannot be changed here"},
			Run:     brief(updateProduct)},
		{Name: "enable_product", Title: "Publish a product", Effect: Changes, ReadBack: "get_product",
			Doc: "Publish a product: put it on sale. Brings a deleted product back.",
			Run: brief((*gumroad.Client).EnableProduct)},
		{Name: "disable_product", Title: "Unpublish a product", Effect: Changes, ReadBack: "get_product",
			Doc: "Unpublish a product: take it off sale. Buyers keep what they bought.",
			Run: brief((*gumroad.Client).DisableProduct)},
		{Name: "delete_product", Title: "Delete a product", Effect: Destroys, ReadBack: "get_product",
			Doc: "Delete a product with its memberships and files. disable_product only takes it off sale.",
			Ask: ask(askDeleteProduct),
			Run: run((*gumroad.Client).DeleteProduct)},
		{Name: "list_skus", Title: "List a product's SKUs", Effect: Reads,
			Doc: "List the SKUs of a physical product.",
			Run: all((*gumroad.Client).ListSKUs)},
	},
}

func updateProduct(c *gumroad.Client, ctx context.Context, in gumroad.UpdateProduct) (gumroad.Product, error) {
	if err := somethingToChange(in, gumroad.UpdateProduct{ProductRef: in.ProductRef}); err != nil {
		return gumroad.Product{}, err
	}
	return c.UpdateProduct(ctx, in)
}

func askDeleteProduct(c *gumroad.Client, ctx context.Context, in gumroad.ProductRef) (string, error) {
	product, err := c.GetProduct(ctx, in)
	if err != nil {
		return "", err
	}
	sold := ""
	if product.SalesCount != nil {
		sold = fmt.Sprintf(", sold %d times", *product.SalesCount)
	}
	return fmt.Sprintf("Delete the product %s (%s%s)? After ten minutes its memberships are cancelled and its files are gone for good.",
		quote(product.Name), plain(product.FormattedPrice), sold), nil
}
