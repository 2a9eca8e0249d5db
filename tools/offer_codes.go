package tools

import (
	"context"
	"fmt"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var offerCodes = tool.Set{
	Name: "offer_codes", Doc: "Discount codes (coupons).",
	Tools: []tool.Tool{
		{Name: "list_offer_codes", Title: "List discount codes", Effect: tool.Reads,
			Doc: "List a product's discount codes, universal ones too, and how often each was used.",
			Run: tool.All((*gumroad.Client).ListOfferCodes)},
		{Name: "get_offer_code", Title: "Show a discount code", Effect: tool.Reads,
			Doc: "One discount code.",
			Run: tool.Run((*gumroad.Client).GetOfferCode)},
		{Name: "create_offer_code", Title: "Create a discount code", Effect: tool.Changes,
			Doc: "Create a discount code (coupon). It never expires; delete it to end the offer.",
			Refuses: map[string]string{
				"expires_at":   "Gumroad's API has no expiry date; delete the code to end the offer",
				"percent_off":  "use amount_off with offer_type percent",
				"amount_cents": "use amount_off, in minor units",
				"code":         "the code itself is called name",
			},
			Ask: tool.Ask(askCreateOfferCode),
			Run: tool.Run(createOfferCode)},
		{Name: "update_offer_code", Title: "Change a discount code's limits", Effect: tool.Changes,
			Doc: "Change how often a code can be used or its minimum amount; Gumroad can change nothing else.",
			Refuses: map[string]string{
				"name": fixedOnceMade, "amount_off": fixedOnceMade, "amount_cents": fixedOnceMade, "percent_off": fixedOnceMade,
				"offer_type": fixedOnceMade, "universal": fixedOnceMade,
			},
			Run: tool.Update(tool.Run(updateOfferCode))},
		{Name: "delete_offer_code", Title: "Delete a discount code", Effect: tool.Destroys,
			Doc: "Delete a discount code. A universal code is removed from every product.",
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

func checkDiscount(in gumroad.CreateOfferCode) error {
	if in.OfferType == "percent" && in.AmountOff != nil && *in.AmountOff > 100 {
		return gumroad.Invalid("amount_off is a percentage here and must be at most 100.")
	}
	return nil
}

// askCreateOfferCode asks only about a code that gives away everything there is to pay.
func askCreateOfferCode(c *gumroad.Client, ctx context.Context, in gumroad.CreateOfferCode) (string, error) {
	if err := checkDiscount(in); err != nil || in.AmountOff == nil {
		return "", err
	}
	product, err := c.GetProduct(ctx, in.ProductRef)
	if err != nil {
		return "", err
	}
	free := *in.AmountOff == 100
	if in.OfferType != "percent" {
		free = product.Price != nil && *product.Price > 0 && *in.AmountOff >= *product.Price
	}
	if !free {
		return "", nil
	}
	what := text.Quote(product.Name)
	if in.Universal != nil && *in.Universal {
		what = "EVERY product of the store in this currency"
	}
	limit := "without a limit"
	if in.MaxPurchaseCount != nil {
		limit = fmt.Sprintf("up to %d times", *in.MaxPurchaseCount)
	}
	return fmt.Sprintf("Create the discount code %s, with which anyone gets %s for nothing, %s?",
		text.Quote(in.Name), what, limit), nil
}

func createOfferCode(c *gumroad.Client, ctx context.Context, in gumroad.CreateOfferCode) (discount, error) {
	if err := checkDiscount(in); err != nil {
		return discount{}, err
	}
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
