package tools

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// refusedOfProducts are arguments of changes to a product that models try.
var refusedOfProducts = map[string]string{
	"published":       "use enable_product or disable_product",
	"price":           "the argument is price_cents, in minor units",
	"permalink":       "the argument is custom_permalink",
	"summary":         "the argument is custom_summary",
	"custom_html":     "a landing page has tools of its own: toolset landing_pages",
	"files":           "files have tools of their own, and are never replaced as a list",
	"rich_content":    "content pages have tools of their own, and are never replaced as a list",
	"taxonomy_id":     "use category, a path of list_categories",
	"native_type":     "Gumroad cannot change what kind of product it is; create another",
	"bundle_products": "bundles have tools of their own: toolset bundles",
}

// refusedOfNewProducts are those that differ for products to be.
var refusedOfNewProducts = with(refusedOfProducts, map[string]string{
	"published":      "a new product is a draft; enable_product puts it on sale",
	"draft":          "a new product is always a draft; enable_product puts it on sale",
	"native_type":    "",
	"type":           "the argument is native_type",
	"custom_receipt": "Gumroad ignores it for new products; use update_product",
})

// with adds to a map, and takes out what is added as nothing.
func with(base, more map[string]string) map[string]string {
	all := maps.Clone(base)
	maps.Copy(all, more)
	maps.DeleteFunc(all, func(_, why string) bool { return why == "" })
	return all
}

// askUpdateProduct asks about what reaches buyers, gives the product away, or changes the terms of a sale that anyone can
// make at this moment: price, currency, address and refunds of a published product.
func askUpdateProduct(c *gumroad.Client, ctx context.Context, in gumroad.UpdateProduct) (string, error) {
	receipt := in.CustomReceipt != nil && *in.CustomReceipt != ""
	terms := in.Currency != "" || in.CustomPermalink != "" || in.RefundPeriod != "" || in.RefundFinePrint != nil
	if !receipt && in.Price == nil && !terms {
		return "", nil
	}
	product, err := c.GetProduct(ctx, in.ProductRef)
	if err != nil {
		return "", err
	}
	var says []string
	if product.Published.IsTrue() {
		says = changedTerms(product, in)
	}
	if in.Price != nil && *in.Price == 0 && product.Price != nil && *product.Price > 0 {
		says = append(says, fmt.Sprintf("It costs %s now; anyone will get it for nothing.", text.Plain(product.FormattedPrice)))
	}
	if receipt {
		says = append(says, "Its buyers get custom_receipt by e-mail with every receipt.")
	}
	if len(says) == 0 {
		return "", nil
	}
	onSale := ""
	if product.Published.IsTrue() {
		onSale = ", which is on sale now"
	}
	return fmt.Sprintf("Change the product %s%s? %s", text.Quote(product.Name), onSale, strings.Join(says, " ")), nil
}

// changedTerms says what becomes of a published product's terms of sale, the old ones and the new.
func changedTerms(product gumroad.Product, in gumroad.UpdateProduct) (says []string) {
	currency, now := gumroad.Currency(product.Currency), gumroad.Currency(product.Currency)
	if in.Currency != "" {
		now = gumroad.Currency(strings.ToLower(strings.TrimSpace(in.Currency)))
	}
	price := product.Price
	if in.Price != nil {
		price = in.Price
	}
	switch {
	case product.Price == nil || price == nil: // of a membership, which Gumroad refuses
	case currency != now:
		says = append(says, fmt.Sprintf("Its price becomes %s instead of %s: the currency changes, and discount codes in the "+
			"old one stop working.", now.Format(*price), currency.Format(*product.Price)))
	case *price != *product.Price && *price != 0:
		says = append(says, fmt.Sprintf("Its price becomes %s instead of %s.", now.Format(*price), currency.Format(*product.Price)))
	}
	if in.CustomPermalink != "" && in.CustomPermalink != product.CustomPermalink {
		says = append(says, fmt.Sprintf("Its address ends in %s instead of %s: links to the old one break.",
			text.Quote(in.CustomPermalink), text.Quote(product.ShortURL[strings.LastIndexByte(product.ShortURL, '/')+1:])))
	}
	old := gumroad.RefundPolicy{RefundPeriod: "inherit"}
	if product.RefundPolicy != nil {
		old = *product.RefundPolicy
	}
	if in.RefundPeriod != "" && in.RefundPeriod != string(old.RefundPeriod) {
		says = append(says, fmt.Sprintf("Refunds: %s instead of %s.", refundTerms(in.RefundPeriod),
			refundTerms(string(old.RefundPeriod))))
	}
	if in.RefundFinePrint != nil && *in.RefundFinePrint != old.FinePrint {
		was := "There was none."
		if old.FinePrint != "" {
			was = "It was: " + text.Quote(old.FinePrint) + "."
		}
		says = append(says, "The fine print of its refunds changes. "+was)
	}
	return says
}

// refundTerms is a refund period in words.
func refundTerms(period string) string {
	switch period {
	case "inherit":
		return "as for the whole account"
	case "none":
		return "none"
	default:
		return "within " + text.Plain(period) + " days"
	}
}

func askPublish(c *gumroad.Client, ctx context.Context, in gumroad.ProductRef) (string, error) {
	product, err := c.GetProduct(ctx, in)
	if err != nil || product.Published.IsTrue() {
		return "", err
	}
	return fmt.Sprintf("Put %s on sale for %s? Anyone can then see and buy it. It appears on the store's profile, and "+
		"affiliates who promote all of the store's products get a mail, which cannot be called back.",
		text.Quote(product.Name), text.Plain(product.FormattedPrice)), nil
}

// categoriesUnder says which categories to list: hundreds would be no answer.
type categoriesUnder struct {
	Under string `json:"under,omitempty" jsonschema_description:"A path or a word of one; default: the top."`
}

// categoryRow is a category, and how many are below it.
type categoryRow struct {
	gumroad.Category
	Below gumroad.Int `json:"below,omitempty" concise:"nonzero" jsonschema_description:"Categories below it."`
}

func listCategories(c *gumroad.Client, ctx context.Context, in categoriesUnder) (gumroad.Page[categoryRow], error) {
	var page gumroad.Page[categoryRow]
	all, err := c.ListCategories(ctx, struct{}{})
	if err != nil {
		return page, err
	}
	under := strings.ToLower(strings.Trim(strings.TrimSpace(in.Under), "/"))
	isPath := false
	for _, category := range all.Rows {
		isPath = isPath || category.Path == under
	}
	for _, category := range all.Rows {
		row := categoryRow{Category: category}
		for _, other := range all.Rows {
			if strings.HasPrefix(other.Path, category.Path+"/") {
				row.Below++
			}
		}
		switch {
		case under == "" && !strings.Contains(category.Path, "/"),
			isPath && (category.Path == under || strings.HasPrefix(category.Path, under+"/")),
			under != "" && !isPath && (strings.Contains(category.Path, under) ||
				strings.Contains(strings.ToLower(category.Label), under)):
			page.Rows = append(page.Rows, row)
		}
	}
	return page, nil
}
