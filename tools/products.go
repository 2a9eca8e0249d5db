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
				"published": "use enable_product or disable_product",
				"price":     "the argument is price_cents, in minor units",
				"currency":  "a product's currency cannot be changed here",
			},
			Ask: tool.Ask(askUpdateProduct),
			Run: tool.Update(tool.Concise((*gumroad.Client).UpdateProduct))},
		{Name: "change_prices", Title: "Change many prices", Effect: tool.Changes,
			Doc: "Raise or lower the prices of many products, by a percentage or an amount.",
			Ask: tool.Ask(askChangePrices),
			Run: tool.Run(changePrices)},
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

// askUpdateProduct asks only about what reaches buyers or gives the product away: the text that goes out with receipts,
// and a price of nothing.
func askUpdateProduct(c *gumroad.Client, ctx context.Context, in gumroad.UpdateProduct) (string, error) {
	receipt := in.CustomReceipt != nil && *in.CustomReceipt != ""
	free := in.Price != nil && *in.Price == 0
	if !receipt && !free {
		return "", nil
	}
	product, err := c.GetProduct(ctx, in.ProductRef)
	if err != nil {
		return "", err
	}
	question := fmt.Sprintf("Change the product %s?", text.Quote(product.Name))
	if free = free && product.Price != nil && *product.Price > 0; free {
		question += fmt.Sprintf(" It costs %s now; anyone will get it for nothing.", text.Plain(product.FormattedPrice))
	}
	if receipt {
		question += " Its buyers get custom_receipt by e-mail with every receipt."
	}
	if !receipt && !free {
		return "", nil
	}
	return question, nil
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
