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
			Doc: "List products, newest first, with price and sales.",
			Run: tool.List((*gumroad.Client).ListProducts)},
		{Name: "get_product", Title: "Show a product", Effect: tool.Reads,
			Doc: "Everything about one product.",
			Run: tool.Run((*gumroad.Client).GetProduct)},
		{Name: "create_product", Title: "Make a product", Effect: tool.Changes,
			Doc:     "Make a product as a draft; enable_product puts it on sale.",
			Refuses: refusedOfNewProducts,
			Run:     tool.Concise((*gumroad.Client).CreateProduct)},
		{Name: "update_product", Title: "Change a product", Effect: tool.Changes,
			Doc:     "Change a product; what is omitted stays.",
			Refuses: refusedOfProducts,
			Ask:     tool.Ask(askUpdateProduct),
			Run:     tool.Update(tool.Concise((*gumroad.Client).UpdateProduct))},
		{Name: "change_prices", Title: "Change many prices", Effect: tool.Changes,
			Doc: "Raise or lower the prices of many products at once.",
			Ask: tool.Ask(askChangePrices),
			Run: tool.Run(changePrices)},
		{Name: "enable_product", Title: "Publish a product", Effect: tool.Changes,
			Doc: "Publish a product: put it on sale, even a deleted one.",
			Ask: tool.Ask(askPublish),
			Run: tool.Concise((*gumroad.Client).EnableProduct)},
		{Name: "disable_product", Title: "Unpublish a product", Effect: tool.Changes,
			Doc: "Unpublish a product: take it off sale. Buyers keep it.",
			Run: tool.Concise((*gumroad.Client).DisableProduct)},
		{Name: "delete_product", Title: "Delete a product", Effect: tool.Destroys,
			Doc: "Delete a product with its memberships and files. To unpublish: disable_product.",
			Ask: tool.Ask(askDeleteProduct),
			Run: tool.Run((*gumroad.Client).DeleteProduct)},
		{Name: "list_skus", Title: "List a product's SKUs", Effect: tool.Reads,
			Doc: "List the SKUs of a physical product.",
			Run: tool.All((*gumroad.Client).ListSKUs)},
		{Name: "list_categories", Title: "List Gumroad's categories", Effect: tool.Reads,
			Doc: "List the paths of Gumroad's product categories.",
			Run: tool.All(listCategories)},
		{Name: "list_reviews", Title: "List a product's reviews", Effect: tool.Reads,
			Doc: "List a product's written reviews, newest first.",
			Run: tool.List((*gumroad.Client).ListReviews)},
		{Name: "compare_prices", Title: "Compare prices", Effect: tool.Reads,
			Doc: "What similar products on Gumroad cost.",
			Run: tool.Run((*gumroad.Client).ComparePrices)},
	},
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
