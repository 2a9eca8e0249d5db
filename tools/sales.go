package tools

import (
	"cmp"
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
			Doc: "List sales, newest first, refunded and disputed ones too.",
			Run: tool.List(listSales)},
		{Name: "get_sale", Title: "Show a sale", Effect: tool.Reads,
			Doc:  "Everything about one sale.",
			View: "sale",
			Run:  tool.Run((*gumroad.Client).GetSale)},
		{Name: "mark_sale_shipped", Title: "Mark a sale as shipped", Effect: tool.Changes,
			Doc: "Mark a sale as shipped; the buyer is e-mailed the first time.",
			Ask: tool.Ask(askShip),
			Run: tool.Concise((*gumroad.Client).MarkSaleShipped)},
		{Name: "refund_sale", Title: "Refund a sale", Effect: tool.Destroys,
			Doc: "Refund a sale, wholly or in part. It cannot be recalled.",
			Refuses: map[string]string{
				"reason":   "Gumroad keeps no refund reason",
				"amount":   "the argument is amount_cents, in minor units of the sale's currency",
				"order_id": "a refund is for one sale; list_sales with order_id gives its sale_id",
			},
			Ask: tool.Ask(askRefund),
			Run: tool.Run(refundSale)},
		{Name: "resend_receipt", Title: "Resend a receipt", Effect: tool.Changes,
			Doc: "Mail the receipt again.",
			Ask: tool.Ask(askResendReceipt),
			Run: tool.Run(resendReceipt)},
		{Name: "revoke_sale_access", Title: "Revoke a buyer's access", Effect: tool.Changes,
			Doc: "Close a buyer's access, without a refund.",
			Ask: tool.Ask(askRevokeAccess),
			Run: tool.Concise(revokeAccess)},
		{Name: "restore_sale_access", Title: "Restore a buyer's access", Effect: tool.Changes,
			Doc: "Undo revoke_sale_access.",
			Run: tool.Concise(restoreAccess)},
		{Name: "email_sales_export", Title: "E-mail an export of sales", Effect: tool.Changes,
			Doc: "Mail the seller a CSV of sales.",
			Refuses: map[string]string{
				"email":      "Gumroad mails it to the account holder only",
				"product_id": "export_sales writes the sales of one product to a file",
			},
			Run: tool.Run((*gumroad.Client).EmailSalesExport)},
	},
}

// listedSales is a filter of sales with a condition that Gumroad does not know.
type listedSales struct {
	gumroad.ListSales
	HasCustomFields *bool `json:"has_custom_fields,omitempty" jsonschema_description:"With checkout answers, or without."`
}

// From continues at a page key.
func (in listedSales) From(pageKey string) listedSales {
	in.ListSales = in.ListSales.From(pageKey)
	return in
}

// Keeps reports whether a sale fits.
func (in listedSales) Keeps(sale gumroad.Sale) bool {
	return in.HasCustomFields == nil || *in.HasCustomFields == (len(sale.CustomFields) > 0)
}

func listSales(c *gumroad.Client, ctx context.Context, in listedSales) (gumroad.Page[gumroad.Sale], error) {
	return c.ListSales(ctx, in.ListSales)
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

// refund is what became of the money of a sale.
type refund struct {
	Now             *gumroad.Cents `json:"refunded_now_cents,omitempty" jsonschema_description:"In minor units of currency, as the next two."`
	Before          *gumroad.Cents `json:"refunded_before_cents,omitempty"`
	Left            *gumroad.Cents `json:"left_to_refund_cents,omitempty"`
	Currency        string         `json:"currency"`
	Refunded        gumroad.Bool   `json:"refunded,omitempty" jsonschema_description:"Wholly."`
	ProductName     string         `json:"product_name"`
	Email           string         `json:"email" pii:"email"`
	LicenseDisabled gumroad.Bool   `json:"license_disabled,omitempty"`
	ID              string         `json:"id"`
}

// Envelope names the kind of record that was changed.
func (refund) Envelope() (one, many string) { return gumroad.Sale{}.Envelope() }

// refundSale reads the sale first, since only the difference shows how much went back.
func refundSale(c *gumroad.Client, ctx context.Context, in gumroad.RefundSale) (refund, error) {
	before, err := c.GetSale(ctx, in.SaleRef)
	if err != nil {
		return refund{}, err
	}
	asked := in.AmountCents
	if asked != nil && before.Refundable != nil && *asked == *before.Refundable {
		in.AmountCents = nil // all that remains: as an amount it can be a US cent too much, by the rate
	}
	after, err := c.RefundSale(ctx, in)
	if err != nil {
		return refund{}, err
	}
	out := refund{Left: after.Refundable, Currency: after.Currency, Refunded: after.Refunded, ProductName: after.ProductName,
		Email: after.Email, LicenseDisabled: after.LicenseDisabled, ID: after.ID}
	paid, known := before.PaidAmount()
	if before.Refundable != nil {
		if after.Refundable != nil {
			out.Now = new(*before.Refundable - *after.Refundable)
		}
		if known {
			out.Before = new(paid - *before.Refundable)
		}
	}
	if asked != nil { // what remains is converted from US cents, and can be one off
		out.Now = asked
	}
	return out, nil
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

// mailed says what went out.
type mailed struct {
	Done string `json:"done"`
}

func askResendReceipt(c *gumroad.Client, ctx context.Context, in gumroad.SaleRef) (string, error) {
	sale, err := c.GetSale(ctx, in)
	if err != nil {
		return "", err
	}
	to := "to " + text.Quote(text.MaskEmail(cmp.Or(sale.PurchaseEmail, sale.Email)))
	if sale.GifteeEmail != "" || sale.GifterEmail != "" {
		to = fmt.Sprintf("to the giver, %s, and to the receiver, %s",
			text.Quote(text.MaskEmail(sale.GifterEmail)), text.Quote(text.MaskEmail(sale.GifteeEmail)))
	}
	return fmt.Sprintf("E-mail the receipt for %s again, %s? It cannot be called back.", text.Quote(sale.ProductName), to), nil
}

func resendReceipt(c *gumroad.Client, ctx context.Context, in gumroad.SaleRef) (mailed, error) {
	return mailed{"Gumroad e-mails the receipt again."}, c.ResendReceipt(ctx, in)
}

// saleAccess is a sale with what was done about its buyer's access.
type saleAccess struct {
	Done string `json:"done" concise:"always"`
	gumroad.Sale
}

func askRevokeAccess(c *gumroad.Client, ctx context.Context, in gumroad.SaleRef) (string, error) {
	sale, err := revocable(c, ctx, in)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Close %s to %s, who paid %s? Downloads and licence key stop working, and no money goes back. "+
		"restore_sale_access undoes it.", text.Quote(sale.ProductName), text.Quote(text.MaskEmail(sale.Email)),
		text.Plain(sale.FormattedTotalPrice)), nil
}

func revokeAccess(c *gumroad.Client, ctx context.Context, in gumroad.SaleRef) (saleAccess, error) {
	if _, err := revocable(c, ctx, in); err != nil {
		return saleAccess{}, err
	}
	sale, err := c.RevokeSaleAccess(ctx, in)
	return saleAccess{"Downloads and licence are closed until restore_sale_access.", sale}, err
}

// revocable returns a sale whose access can be revoked. Gumroad says no without a reason.
func revocable(c *gumroad.Client, ctx context.Context, in gumroad.SaleRef) (gumroad.Sale, error) {
	sale, err := c.GetSale(ctx, in)
	switch {
	case err != nil:
	case sale.AccessRevoked.IsTrue():
		err = rejected("Access to this sale is revoked already.", "")
	case sale.Refunded.IsTrue():
		err = rejected("The sale is refunded, and access to a refunded sale cannot be revoked.", "")
	case sale.IsProductPhysical.IsTrue():
		err = rejected("A physical product has no access that could be revoked.", "")
	case sale.SubscriptionID != "":
		err = rejected("Access to a subscription cannot be revoked through Gumroad's API.", "It ends with the subscription.")
	}
	return sale, err
}

func restoreAccess(c *gumroad.Client, ctx context.Context, in gumroad.SaleRef) (saleAccess, error) {
	sale, err := c.GetSale(ctx, in)
	if err != nil {
		return saleAccess{}, err
	}
	if sale.AccessRevoked == gumroad.False {
		return saleAccess{asItWas, sale}, nil
	}
	sale, err = c.RestoreSaleAccess(ctx, in)
	return saleAccess{"Downloads and licence are open again.", sale}, err
}
