package reports

import (
	"cmp"
	"context"
	"slices"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// DiscountsQuery says which products' codes to read.
type DiscountsQuery struct {
	ProductID string `json:"product_id,omitempty" jsonschema_description:"Id, permalink or name."`
}

// Discounts is every discount code, most used first.
type Discounts struct {
	Complete  bool           `json:"complete"`
	Missing   []string       `json:"missing,omitempty" jsonschema_description:"Products whose codes could not be read."`
	Discounts []discountLine `json:"discounts" jsonschema_description:"Some may have expired: Gumroad's API does not tell dates."`
	LeftOut   *gumroad.Int   `json:"left_out,omitempty" jsonschema_description:"Codes that did not fit, the least used; product_id shows them."`
}

type discountLine struct {
	Code      string         `json:"code,omitempty" jsonschema_description:"What the buyer types."`
	Unnamed   gumroad.Bool   `json:"unnamed,omitempty" jsonschema_description:"Nobody can type it: it was made for an upsell."`
	Discount  string         `json:"discount" jsonschema_description:"30% off, or $5 off."`
	Universal gumroad.Bool   `json:"universal,omitempty" jsonschema_description:"For every product in its currency."`
	Product   string         `json:"product,omitempty"`
	Used      gumroad.Int    `json:"used"`
	Limit     *gumroad.Int   `json:"limit,omitempty" jsonschema_description:"Absent: no limit."`
	Left      *gumroad.Int   `json:"left,omitempty" jsonschema_description:"0: used up."`
	Minimum   *gumroad.Cents `json:"minimum_amount_cents,omitempty" jsonschema_description:"Smallest order, in minor units of currency."`
	Currency  string         `json:"currency,omitempty"`
	ID        string         `json:"id,omitempty" jsonschema_description:"Of one without a code; any other goes by its code."`
}

// discountBytes is how long the list of codes may be. The rest of MaxBytes is for the other members.
const discountBytes = MaxBytes - 4_000

// ListDiscounts reads the codes of every product. Gumroad lists codes by product only, and repeats a universal code
// under each product that it applies to, so codes are counted once by id.
func ListDiscounts(c *gumroad.Client, ctx context.Context, in DiscountsQuery) (Discounts, error) {
	products, err := productsOf(c, ctx, in.ProductID)
	if err != nil {
		return Discounts{}, err
	}
	type productCodes struct {
		product gumroad.Product
		codes   []gumroad.OfferCode
	}
	found, missing, err := gather(ctx, products, func(p gumroad.Product) string { return p.Name },
		func(ctx context.Context, p gumroad.Product) (productCodes, error) {
			page, err := c.ListOfferCodes(ctx, gumroad.ProductRef{ProductID: p.ID})
			return productCodes{p, page.Rows}, err
		})
	if err != nil {
		return Discounts{}, err
	}
	out := Discounts{Missing: missing, Complete: len(missing) == 0}
	seen := map[string]bool{}
	for _, of := range found {
		for _, code := range of.codes {
			if seen[gumroad.BareID(code.ID)] {
				continue
			}
			seen[gumroad.BareID(code.ID)] = true
			out.Discounts = append(out.Discounts, newDiscountLine(code, of.product))
		}
	}
	slices.SortStableFunc(out.Discounts, func(a, b discountLine) int {
		return cmp.Or(cmp.Compare(b.Used, a.Used), cmp.Compare(a.Code, b.Code))
	})
	kept, left := takeFitting(out.Discounts, discountBytes)
	out.Discounts, out.LeftOut = kept, nilIfZero(gumroad.Int(left))
	return out, nil
}

func newDiscountLine(code gumroad.OfferCode, product gumroad.Product) discountLine {
	// Gumroad's API tells no currency of a code. The product's is right for universal codes too, since a fixed amount
	// applies only to products in the code's currency.
	currency := gumroad.Currency(product.Currency)
	line := discountLine{Code: code.Name, Discount: code.Discount(currency), Used: code.TimesUsed}
	if code.Name == "" {
		line.Unnamed, line.ID = gumroad.True, code.ID
	}
	if code.Universal.IsTrue() {
		line.Universal = code.Universal
	} else {
		line.Product = product.Name
	}
	if code.MaxPurchaseCount != nil {
		left := max(*code.MaxPurchaseCount-code.TimesUsed, 0)
		line.Limit, line.Left = code.MaxPurchaseCount, &left
	}
	if code.MinimumAmountCents != nil {
		line.Minimum, line.Currency = code.MinimumAmountCents, product.Currency
	}
	return line
}

// productsOf returns the product of that id, or all products of the store if the id is "".
func productsOf(c *gumroad.Client, ctx context.Context, id string) ([]gumroad.Product, error) {
	if id == "" {
		return readAll(ctx, gumroad.ListProducts{}, c.ListProducts)
	}
	product, err := c.GetProduct(ctx, gumroad.ProductRef{ProductID: id})
	return []gumroad.Product{product}, err
}
