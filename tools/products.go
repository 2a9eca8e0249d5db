package tools

import (
	"context"
	"fmt"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var products = tool.Set{
	Name: "products", Doc: "What the store sells.",
	Tools: []tool.Tool{
		{Name: "list_products", Title: "List products", Effect: tool.Reads,
			Doc: "List products with price, sales and whether they are published; newest first.",
			Run: tool.List((*gumroad.Client).ListProducts)},
		{Name: "get_product", Title: "Show a product", Effect: tool.Reads,
			Doc: "Everything about one product: description, files, variants, custom fields.",
			Run: tool.Run((*gumroad.Client).GetProduct)},
		{Name: "update_product", Title: "Change a product", Effect: tool.Changes,
			Doc: "Change a product's name, price, texts or tags; the rest stays.",
			Refuses: map[string]string{
				"published":   "use enable_product or disable_product",
				"price_cents": "the argument is price, in minor units",
				"currency":    "a product's currency cannot be changed here",
			},
			Ask: tool.Ask(askUpdateProduct),
			Run: tool.Update(tool.Concise((*gumroad.Client).UpdateProduct))},
		{Name: "enable_product", Title: "Publish a product", Effect: tool.Changes,
			Doc: "Publish a product: put it on sale. Brings a deleted product back.",
			Ask: tool.Ask(askPublish),
			Run: tool.Concise((*gumroad.Client).EnableProduct)},
		{Name: "disable_product", Title: "Unpublish a product", Effect: tool.Changes,
			Doc: "Unpublish a product: take it off sale. Buyers keep what they bought.",
			Run: tool.Concise((*gumroad.Client).DisableProduct)},
		{Name: "delete_product", Title: "Delete a product", Effect: tool.Destroys,
			Doc: "Delete a product with its memberships and files. disable_product only takes it off sale.",
			Ask: tool.Ask(askDeleteProduct),
			Run: tool.Run((*gumroad.Client).DeleteProduct)},
		{Name: "list_skus", Title: "List a product's SKUs", Effect: tool.Reads,
			Doc: "List the SKUs of a physical product.",
			Run: tool.All((*gumroad.Client).ListSKUs)},
	},
}

// maxReceipt is how much of a receipt's text the question shows: more than Gumroad takes.
const maxReceipt = 2_000

// askUpdateProduct asks only about the text that goes out with receipts; the rest reaches nobody unasked.
func askUpdateProduct(c *gumroad.Client, ctx context.Context, in gumroad.UpdateProduct) (string, error) {
	if in.CustomReceipt == nil || *in.CustomReceipt == "" {
		return "", nil
	}
	product, err := c.GetProduct(ctx, in.ProductRef)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Put this text into the receipts of %s, which every buyer gets by e-mail?\n    %s",
		text.Quote(product.Name), text.Block(*in.CustomReceipt, maxReceipt)), nil
}

func askPublish(c *gumroad.Client, ctx context.Context, in gumroad.ProductRef) (string, error) {
	product, err := c.GetProduct(ctx, in)
	if err != nil || product.Published.IsTrue() {
		return "", err
	}
	return fmt.Sprintf("Publish the product %s (%s)? Anyone can then see and buy it.",
		text.Quote(product.Name), text.Plain(product.FormattedPrice)), nil
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
	return fmt.Sprintf("Delete the product %s (%s%s)? "+
		"After ten minutes its memberships are cancelled and its files are gone for good.",
		text.Quote(product.Name), text.Plain(product.FormattedPrice), sold), nil
}
