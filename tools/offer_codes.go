package tools

import (
	"context"
	"fmt"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var offerCodes = tool.Set{
	Name: "offer_codes", Doc: "Discount codes (coupons).",
	Tools: []tool.Tool{
		{Name: "list_offer_codes", Title: "List discount codes", Effect: tool.Reads,
			Doc: "List a product's discount codes, with ids. The store's: list_discounts.",
			Run: tool.All((*gumroad.Client).ListOfferCodes)},
		{Name: "get_offer_code", Title: "Show a discount code", Effect: tool.Reads,
			Doc: "One discount code.",
			Run: tool.Run((*gumroad.Client).GetOfferCode)},
		{Name: "create_offer_code", Title: "Create a discount code", Effect: tool.Changes,
			Doc: "Create a discount code (coupon), which never expires.",
			Refuses: map[string]string{
				"expires_at":   "Gumroad's API has no expiry date; delete the code to end the offer",
				"offer_type":   "use percent_off or amount_off_cents",
				"amount_off":   "use percent_off, or amount_off_cents in minor units",
				"amount_cents": "use amount_off_cents",
				"code":         "the code itself is called name",
			},
			Ask: tool.Ask(askCreateOfferCode),
			Run: tool.Run(createOfferCode)},
		{Name: "update_offer_code", Title: "Change a discount code's limits", Effect: tool.Changes,
			Doc: "Change a discount code's limits; Gumroad can change nothing else.",
			Refuses: map[string]string{
				"name": fixedOnceMade, "amount_off": fixedOnceMade, "amount_off_cents": fixedOnceMade, "amount_cents": fixedOnceMade, "percent_off": fixedOnceMade,
				"offer_type": fixedOnceMade, "universal": fixedOnceMade,
			},
			Ask: tool.Ask(askUpdateOfferCode),
			Run: tool.Update(tool.Run(updateOfferCode))},
		{Name: "delete_offer_code", Title: "Delete a discount code", Effect: tool.Destroys,
			Doc: "Delete a discount code, a universal one from all products.",
			Ask: tool.Ask(askDeleteOfferCode),
			Run: tool.Run((*gumroad.Client).DeleteOfferCode)},
	},
}

const fixedOnceMade = "Gumroad ignores it; create a new code and delete this one"

// discount is a code with the discount spelled out, so that a model does not mistake 30 cents for 30 percent.
type discount struct {
	Discount string `json:"discount" jsonschema_description:"30% off, or $5 off."`
	gumroad.OfferCode
}

// askCreateOfferCode asks only about a code that can give away all there is to pay.
func askCreateOfferCode(c *gumroad.Client, ctx context.Context, in gumroad.CreateOfferCode) (string, error) {
	if err := in.Check(); err != nil {
		return "", err
	}
	product, err := c.GetProduct(ctx, in.ProductRef)
	if err != nil {
		return "", err
	}
	universal := in.Universal != nil && *in.Universal
	question := fmt.Sprintf("Create the discount code %s, ", text.Quote(in.Name))
	switch {
	case universal && (in.AmountOff != nil && *in.AmountOff > 0):
		return question + fmt.Sprintf("which takes %s off EVERY product in this currency? Anyone gets what costs less for "+
			"nothing.", gumroad.Currency(product.Currency).Format(*in.AmountOff)), nil
	case !givesAway(in.PercentOff, in.AmountOff, product):
		return "", nil
	case universal:
		return question + "with which anyone gets EVERY product of the store for nothing, " + uses(in.MaxPurchaseCount) + "?", nil
	}
	return question + fmt.Sprintf("with which anyone gets %s for nothing, %s?",
		text.Quote(product.Name), uses(in.MaxPurchaseCount)), nil
}

// givesAway reports whether a discount leaves nothing to pay for a product.
func givesAway(percent *gumroad.Int, amount *gumroad.Cents, product gumroad.Product) bool {
	if percent != nil {
		return *percent >= 100
	}
	price := product.Price
	if price == nil {
		price = product.PriceFrom
	}
	return amount != nil && price != nil && *price > 0 && *amount >= *price
}

func uses(limit *gumroad.Int) string {
	if limit == nil {
		return "without a limit"
	}
	return fmt.Sprintf("up to %d times", *limit)
}

// askUpdateOfferCode asks only about a code that gives something away, if more can then use it.
func askUpdateOfferCode(c *gumroad.Client, ctx context.Context, in gumroad.UpdateOfferCode) (string, error) {
	code, err := c.GetOfferCode(ctx, in.OfferCodeRef)
	if err != nil {
		return "", err
	}
	more := in.MaxPurchaseCount != nil && code.MaxPurchaseCount != nil && *in.MaxPurchaseCount > *code.MaxPurchaseCount
	easier := in.MinimumAmountCents != nil && code.MinimumAmountCents != nil && *in.MinimumAmountCents < *code.MinimumAmountCents
	if !more && !easier {
		return "", nil
	}
	product, err := c.GetProduct(ctx, in.ProductRef)
	if err != nil {
		return "", err
	}
	if !givesAway(code.PercentOff, code.AmountCents, product) {
		return "", nil
	}
	return fmt.Sprintf("Let more people use the discount code %s, with which anyone gets %s for nothing? It was used %d "+
		"times, of %s.", text.Quote(code.Name), text.Quote(product.Name), code.TimesUsed,
		strings.TrimPrefix(uses(code.MaxPurchaseCount), "up to ")), nil
}

func createOfferCode(c *gumroad.Client, ctx context.Context, in gumroad.CreateOfferCode) (discount, error) {
	code, err := c.CreateOfferCode(ctx, in)
	if err != nil {
		return discount{}, err
	}
	return spellOut(ctx, c, in.ProductRef, code), nil
}

func updateOfferCode(c *gumroad.Client, ctx context.Context, in gumroad.UpdateOfferCode) (discount, error) {
	code, err := c.UpdateOfferCode(ctx, in)
	if err != nil {
		return discount{}, err
	}
	return spellOut(ctx, c, in.ProductRef, code), nil
}

// spellOut adds the discount in words. For a fixed amount it reads the product, which has the currency. If that read
// fails it leaves the currency out instead of failing: the code exists by now, and an error would say that nothing
// changed.
func spellOut(ctx context.Context, c *gumroad.Client, ref gumroad.ProductRef, code gumroad.OfferCode) discount {
	var currency gumroad.Currency
	if code.AmountCents != nil {
		if product, err := c.GetProduct(ctx, ref); err == nil {
			currency = gumroad.Currency(product.Currency)
		}
	}
	return discount{code.Discount(currency), code}
}

func askDeleteOfferCode(c *gumroad.Client, ctx context.Context, in gumroad.OfferCodeRef) (string, error) {
	code, err := c.GetOfferCode(ctx, in)
	if err != nil {
		return "", err
	}
	where := "this product"
	if code.Universal.IsTrue() {
		where = "every product"
	}
	return fmt.Sprintf("Delete the discount code %s (used %d times) from %s? It cannot be brought back.",
		text.Quote(code.Name), code.TimesUsed, where), nil
}
