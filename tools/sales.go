package tools

import (
	"context"
	"fmt"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var sales = tool.Set{
	Name: "sales", Doc: "Purchases, refunds and shipping.",
	Tools: []tool.Tool{
		{Name: "list_sales", Title: "List sales", Effect: tool.Reads,
			Doc: "List sales, newest first, by date, product, buyer's e-mail or order. " +
				"Refunded and disputed sales are included.",
			Run: tool.List((*gumroad.Client).ListSales)},
		{Name: "get_sale", Title: "Show a sale", Effect: tool.Reads,
			Doc: "Everything about one sale: buyer, amounts, refunds, licence, shipping.",
			Run: tool.Run((*gumroad.Client).GetSale)},
		{Name: "mark_sale_shipped", Title: "Mark a sale as shipped", Effect: tool.Changes,
			Doc: "Mark a sale as shipped; the buyer is e-mailed the first time.",
			Ask: tool.Ask(askShip),
			Run: tool.Concise((*gumroad.Client).MarkSaleShipped)},
		{Name: "refund_sale", Title: "Refund a sale", Effect: tool.Destroys,
			Doc: "Refund a sale, wholly or in part. The money cannot be recalled. Gumroad keeps no refund reason.",
			Refuses: map[string]string{
				"reason":   "Gumroad keeps no refund reason",
				"amount":   "the argument is amount_cents, in minor units of the sale's currency",
				"order_id": "a refund is for one sale; list_sales with order_id gives its sale_id",
			},
			Ask: tool.Ask(askRefund),
			Run: tool.Concise((*gumroad.Client).RefundSale)},
	},
}

func askShip(c *gumroad.Client, ctx context.Context, in gumroad.MarkSaleShipped) (string, error) {
	if err := in.Check(); err != nil {
		return "", err
	}
	sale, err := c.GetSale(ctx, in.SaleRef)
	if err != nil || sale.Shipped.IsTrue() {
		return "", err // nobody is e-mailed again
	}
	link := ""
	if in.TrackingURL != "" {
		link = " with the tracking link " + quoteURL(in.TrackingURL)
	}
	return fmt.Sprintf("Mark the sale of %s as shipped? Gumroad e-mails the buyer, %s,%s. It cannot be called back.",
		text.Quote(sale.ProductName), text.Quote(text.MaskEmail(sale.Email)), link), nil
}

func askRefund(c *gumroad.Client, ctx context.Context, in gumroad.RefundSale) (string, error) {
	sale, err := c.GetSale(ctx, in.SaleRef)
	if err != nil {
		return "", err
	}
	currency := gumroad.Currency(sale.Currency)
	remaining, known := currency.Minor(sale.AmountRefundable)
	if known && remaining == 0 {
		return "", &gumroad.Error{Code: gumroad.Rejected, Message: "Nothing of this sale can be refunded any more."}
	}
	if sale.StartsTrial() {
		return "", &gumroad.Error{Code: gumroad.Rejected,
			Message: "Nothing can be refunded: this sale starts a free trial, so nothing was paid."}
	}
	what := "all that remains"
	if known {
		what = currency.Format(remaining)
	}
	if in.AmountCents != nil {
		what = currency.Format(*in.AmountCents)
		if !sale.CanRefund(*in.AmountCents) {
			return "", gumroad.Invalid(fmt.Sprintf("amount_cents is %s, but only %s of this sale can still be refunded.",
				what, currency.Format(remaining)))
		}
		if known {
			what += fmt.Sprintf(" of the %s that can still be refunded", currency.Format(remaining))
		}
	}
	return fmt.Sprintf("Refund %s to %s, who paid %s for %s? It cannot be undone.", what,
		text.Quote(text.MaskEmail(sale.Email)), text.Plain(sale.FormattedTotalPrice), text.Quote(sale.ProductName)), nil
}
