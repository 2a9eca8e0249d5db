package tools

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools/reports"
)

// changedPrices says how the prices of many products are to change.
type changedPrices struct {
	Percent  *gumroad.Int   `json:"percent,omitempty" jsonschema:"minimum=-90,maximum=900" jsonschema_description:"10 raises by 10%, -20 lowers."`
	Amount   *gumroad.Cents `json:"amount_cents,omitempty" jsonschema_description:"Or added; negative lowers."`
	Currency string         `json:"currency" jsonschema_description:"usd, eur."`
	Products []string       `json:"products,omitempty" jsonschema_description:"Only these: ids or names."`
	Except   []string       `json:"except,omitempty" jsonschema_description:"Not these."`
}

// newPrice is what a product's price is to become.
type newPrice struct {
	product, id string
	was, is     gumroad.Cents
}

// priceChanges is what became of them.
type priceChanges struct {
	Count    gumroad.Int   `json:"count" jsonschema_description:"Prices that were changed."`
	Complete bool          `json:"complete" jsonschema_description:"false: see failed and not_tried."`
	Currency string        `json:"currency"`
	Prices   reports.Table `json:"prices"`
	Failed   []string      `json:"failed,omitempty"`
	NotTried []string      `json:"not_tried,omitempty" jsonschema_description:"Unchanged, since one before failed."`
	PassedBy []string      `json:"passed_by,omitempty" jsonschema_description:"Memberships, whose tiers have the prices."`
}

// Envelope names the kind of record that changed.
func (priceChanges) Envelope() (one, many string) { return gumroad.Product{}.Envelope() }

// plan returns the new prices, in the order of the list of products, and the memberships it passes by.
func (in changedPrices) plan(c *gumroad.Client, ctx context.Context) (plan []newPrice, passedBy []string, err error) {
	if (in.Percent == nil) == (in.Amount == nil) {
		return nil, nil, gumroad.Invalid("Give exactly one of percent and amount_cents.")
	}
	var all []gumroad.Product
	for page, err := range gumroad.Pages(ctx, gumroad.ListProducts{}, c.ListProducts) {
		if err != nil {
			return nil, nil, err
		}
		all = append(all, page.Rows...)
	}
	wanted, err := idsOf(all, in.Products)
	if err != nil {
		return nil, nil, err
	}
	unwanted, err := idsOf(all, in.Except)
	if err != nil {
		return nil, nil, err
	}
	for _, product := range all {
		switch {
		case len(wanted) > 0 && !wanted[product.ID], unwanted[product.ID]:
		case !strings.EqualFold(product.Currency, in.Currency):
			if wanted[product.ID] {
				return nil, nil, gumroad.Invalid(fmt.Sprintf("%s is sold in %s, not in %s.",
					text.Quote(product.Name), product.Currency, text.Quote(in.Currency)))
			}
		case product.Price == nil:
			passedBy = append(passedBy, product.Name)
		case *product.Price > 0:
			price := newPrice{product: product.Name, id: product.ID, was: *product.Price, is: in.changed(*product.Price)}
			if price.is <= 0 {
				return nil, nil, gumroad.Invalid(fmt.Sprintf("The price of %s would fall to nothing.", text.Quote(product.Name)))
			}
			if price.is != price.was {
				plan = append(plan, price)
			}
		}
	}
	if len(plan) == 0 {
		return nil, nil, gumroad.Invalid(fmt.Sprintf("No price would change: no paid product in %s is among those chosen.",
			text.Quote(in.Currency)))
	}
	return plan, passedBy, nil
}

func (in changedPrices) changed(price gumroad.Cents) gumroad.Cents {
	if in.Amount != nil {
		return price + *in.Amount
	}
	return gumroad.Cents(math.Round(float64(price) * float64(100+*in.Percent) / 100))
}

// idsOf returns the ids of the products that are named.
func idsOf(all []gumroad.Product, names []string) (map[string]bool, error) {
	ids := map[string]bool{}
	for _, name := range names {
		product, err := tool.OneProduct(gumroad.ProductsNamed(all, name), name)
		if err != nil {
			return nil, err
		}
		ids[product.ID] = true
	}
	return ids, nil
}

func askChangePrices(c *gumroad.Client, ctx context.Context, in changedPrices) (string, error) {
	plan, _, err := in.plan(c, ctx)
	if err != nil {
		return "", err
	}
	currency := gumroad.Currency(in.Currency)
	question := fmt.Sprintf("Change the prices of %d products?", len(plan))
	for _, price := range plan {
		question += fmt.Sprintf("\n%s: %s -> %s",
			text.Quote(price.product), currency.Format(price.was), currency.Format(price.is))
	}
	return question, nil
}

// changePrices changes one price after the other. After a refusal it goes on, since the next product may be fine; after
// anything else it stops, since the next change would most likely fail as well.
func changePrices(c *gumroad.Client, ctx context.Context, in changedPrices) (priceChanges, error) {
	plan, passedBy, err := in.plan(c, ctx)
	if err != nil {
		return priceChanges{}, err
	}
	out := priceChanges{Currency: strings.ToLower(in.Currency), PassedBy: passedBy,
		Prices: reports.Table{Columns: []string{"product", "was_cents", "is_cents"}}}
	for i, price := range plan {
		_, err := c.UpdateProduct(ctx, gumroad.UpdateProduct{
			ProductRef: gumroad.ProductRef{ProductID: price.id}, Price: &price.is})
		if err == nil {
			out.Count++
			out.Prices.Rows = append(out.Prices.Rows, reports.Row{price.product, price.was, price.is})
			continue
		}
		e, ok := errors.AsType[*gumroad.Error](err)
		if !ok || out.Count == 0 && len(out.Failed) == 0 && e.Code != gumroad.Rejected {
			return priceChanges{}, err // it tells of all that there is to tell
		}
		said := fmt.Sprintf("%s (%s): %s", price.product, e.Code, e.Message)
		if e.Said != "" {
			said += " Gumroad said: " + text.Quote(e.Said) + "."
		}
		out.Failed = append(out.Failed, said)
		if e.Code != gumroad.Rejected {
			for _, left := range plan[i+1:] {
				out.NotTried = append(out.NotTried, left.product)
			}
			break
		}
	}
	out.Complete = len(out.Failed) == 0
	return out, nil
}
