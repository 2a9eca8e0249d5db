package reports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// CustomerQuery names a buyer in one of three ways.
type CustomerQuery struct {
	Email      string       `json:"email,omitempty" jsonschema_description:"Used at checkout."`
	LicenseKey string       `json:"license_key,omitempty" jsonschema_description:"Or licence key."`
	OrderID    *gumroad.Int `json:"order_id,omitempty" jsonschema_description:"Or order number."`
}

// Customer is everything one buyer has.
type Customer struct {
	Email         string               `json:"email" pii:"email"`
	FullName      string               `json:"full_name,omitempty" pii:"text"`
	Complete      bool                 `json:"complete"`
	Missing       []string             `json:"missing,omitempty"`
	Purchases     gumroad.Int          `json:"purchases" jsonschema_description:"Charges, including renewals and free ones."`
	Spent         gumroad.Cents        `json:"spent_usd_cents" jsonschema_description:"Before refunds."`
	Refunded      gumroad.Cents        `json:"refunded_usd_cents"`
	Sales         []customerSale       `json:"sales" jsonschema_description:"Newest first."`
	LeftOut       *gumroad.Int         `json:"left_out,omitempty" jsonschema_description:"Older sales that did not fit; they are in the sums."`
	Subscriptions []gumroad.Subscriber `json:"subscriptions,omitempty"`
}

// customerSale is the part of a sale that support needs.
type customerSale struct {
	CreatedAt    string         `json:"created_at"`
	ProductName  string         `json:"product_name"`
	Variants     string         `json:"variants_and_quantity,omitempty"`
	Paid         string         `json:"paid,omitempty" jsonschema_description:"As the buyer paid it."`
	Price        *gumroad.Cents `json:"price_usd_cents,omitempty"`
	State        string         `json:"state" jsonschema:"enum=paid,enum=free,enum=refunded,enum=partly_refunded,enum=disputed,enum=trial,enum=in_bundle,enum=unknown"`
	Currency     string         `json:"currency,omitempty"`
	Refundable   *gumroad.Cents `json:"refundable_cents,omitempty" jsonschema_description:"What can still be refunded, in minor units of currency."`
	Renewal      gumroad.Bool   `json:"renewal,omitempty"`
	GiftTo       string         `json:"gift_to,omitempty" pii:"email" jsonschema_description:"The receiver, whose licence this is."`
	LicenseKey   string         `json:"license_key,omitempty" pii:"key"`
	LicenseState string         `json:"license_state,omitempty" jsonschema:"enum=enabled,enum=disabled,enum=access_revoked,enum=unknown"`
	LicenseUses  *gumroad.Int   `json:"license_uses,omitempty"`
	Shipped      gumroad.Bool   `json:"shipped,omitempty"`
	TrackingURL  string         `json:"tracking_url,omitempty" pii:"url"`
	OrderID      *gumroad.Int   `json:"order_id,omitempty"`
	ProductID    string         `json:"product_id,omitempty" jsonschema_description:"Of a licence."`
	ID           string         `json:"id"`
}

const (
	customerPages           = 50 // pages of ten sales that are read
	customerMemberships     = 15 // memberships that are read, one request each
	customerSaleBytes       = MaxBytes - 8_000
	customerMembershipBytes = 6_000
)

// FindCustomer gathers what one buyer has. Gumroad lists a buyer's sales by e-mail only, so for an order number or a
// licence key it first looks up the e-mail of that sale. What cannot be read is named in missing.
func FindCustomer(c *gumroad.Client, ctx context.Context, in CustomerQuery) (Customer, error) {
	email, err := in.email(c, ctx)
	if err != nil {
		return Customer{}, err
	}
	out := Customer{Email: email}
	rows, more, err := salesOf(c, ctx, email)
	if err != nil {
		return Customer{}, err
	}
	if more && len(rows) > 0 {
		out.Missing = append(out.Missing, fmt.Sprintf("sales before %s", rows[len(rows)-1].CreatedAt))
	}
	if len(rows) == 0 {
		return Customer{}, &gumroad.Error{Code: gumroad.NotFound, Message: "No sale was made with this e-mail address.",
			Hint: "Gumroad finds only the address used at checkout, in full. Try another address, or the order number."}
	}
	var memberships []string
	for _, sale := range rows {
		if out.FullName == "" {
			out.FullName = sale.FullName
		}
		if id := gumroad.BareID(sale.SubscriptionID); id != "" && !slices.Contains(memberships, id) {
			memberships = append(memberships, id)
		}
		out.Sales = append(out.Sales, newCustomerSale(sale))
		if !sale.IsCharge() {
			continue
		}
		out.Purchases++
		refunded, known := sale.RefundedCents()
		if !known || sale.IsUnclear() {
			out.Missing = append(out.Missing, "what became of sale "+sale.ID)
		}
		out.Refunded += refunded
		if sale.Price != nil {
			out.Spent += *sale.Price
		}
	}
	sales, left := takeFitting(out.Sales, customerSaleBytes)
	out.Sales, out.LeftOut = sales, nilIfZero(gumroad.Int(left))
	if len(memberships) > customerMemberships {
		out.Missing = append(out.Missing, fmt.Sprintf("%d older memberships", len(memberships)-customerMemberships))
		memberships = memberships[:customerMemberships]
	}
	subscriptions, missing, err := gather(ctx, memberships, func(id string) string { return "membership " + id },
		func(ctx context.Context, id string) (gumroad.Subscriber, error) {
			return c.GetSubscriber(ctx, gumroad.SubscriberRef{SubscriberID: id})
		})
	if isOutage(err) {
		missing, err = []string{"the memberships"}, nil
	}
	if err != nil {
		return Customer{}, err
	}
	for i := range subscriptions { // the purchases are among the sales
		subscriptions[i].PurchaseIDs = nil
	}
	if out.Subscriptions, left = takeFitting(subscriptions, customerMembershipBytes); left > 0 {
		missing = append(missing, fmt.Sprintf("%d memberships that did not fit", left))
	}
	out.Missing = append(out.Missing, missing...)
	out.Complete = len(out.Missing) == 0
	return out, nil
}

// email returns the address of the buyer, which it looks up if the query has another way of naming them.
func (in CustomerQuery) email(c *gumroad.Client, ctx context.Context) (string, error) {
	given := 0
	for _, set := range []bool{in.Email != "", in.LicenseKey != "", in.OrderID != nil} {
		if set {
			given++
		}
	}
	if given != 1 {
		return "", gumroad.Invalid("Give exactly one of email, license_key and order_id.")
	}
	var page gumroad.Page[gumroad.Sale]
	var err error
	notFound := "There is no sale with this order number."
	switch {
	case in.Email != "":
		return strings.TrimSpace(in.Email), nil
	case in.OrderID != nil:
		page, err = c.ListSales(ctx, gumroad.ListSales{OrderID: in.OrderID})
	default:
		notFound = "There is no sale with this licence key."
		page, err = c.ListSalesOfLicense(ctx, in.LicenseKey)
	}
	if err != nil {
		return "", err
	}
	for _, sale := range page.Rows {
		// Older versions of Gumroad ignore the filter by licence key and list every sale.
		if in.LicenseKey == "" || strings.EqualFold(sale.LicenseKey, strings.TrimSpace(in.LicenseKey)) {
			return cmp.Or(sale.PurchaseEmail, sale.Email), nil
		}
	}
	e := &gumroad.Error{Code: gumroad.NotFound, Message: notFound}
	if in.LicenseKey != "" {
		e.Hint = "Licences that were gifts or were imported have no sale of their own; check_license finds them by product."
		if len(page.Rows) > 0 {
			e.Message = "This Gumroad cannot find sales by licence key."
			e.Hint = "Use email or order_id; check_license with the product names the buyer."
		}
	}
	return "", e
}

// salesOf returns the sales made with an address, newest first, and whether there are more than it read.
func salesOf(c *gumroad.Client, ctx context.Context, email string) (rows []gumroad.Sale, more bool, err error) {
	pages := 0
	for page, err := range gumroad.Pages(ctx, gumroad.ListSales{Email: email}, c.ListSales) {
		if err != nil {
			return nil, false, err
		}
		for _, sale := range page.Rows {
			// If Gumroad ignored the filter, the report would show this person another buyer's purchases.
			if !strings.EqualFold(sale.PurchaseEmail, email) && !strings.EqualFold(sale.Email, email) {
				return nil, false, &gumroad.Error{
					Code: gumroad.UpstreamUnavailable, Message: "Gumroad listed sales of other buyers than the one asked for."}
			}
		}
		rows = append(rows, page.Rows...)
		if pages++; pages == customerPages {
			return rows, page.NextPageKey != "", nil
		}
	}
	return rows, false, nil
}

func newCustomerSale(sale gumroad.Sale) customerSale {
	out := customerSale{
		CreatedAt: sale.CreatedAt, ProductName: sale.ProductName, Variants: sale.VariantsAndQuantity,
		Paid: sale.FormattedTotalPrice, Price: sale.Price, State: saleState(sale),
		LicenseKey: sale.LicenseKey, LicenseUses: sale.LicenseUses, Shipped: sale.Shipped, TrackingURL: sale.TrackingURL,
		OrderID: sale.OrderID, ID: sale.ID,
	}
	if out.State == "paid" || out.State == "partly_refunded" {
		out.Currency, out.Refundable = sale.Currency, sale.Refundable
	}
	if sale.RecurringCharge.IsTrue() {
		out.Renewal = sale.RecurringCharge
	}
	if sale.IsGiftSender.IsTrue() {
		out.GiftTo = sale.GifteeEmail
	}
	if sale.LicenseKey != "" {
		out.ProductID = sale.ProductID
		switch {
		case sale.AccessRevoked == gumroad.Unclear, sale.LicenseDisabled == gumroad.Unclear:
			out.LicenseState = "unknown"
		case sale.AccessRevoked.IsTrue():
			out.LicenseState = "access_revoked"
		case sale.LicenseDisabled.IsTrue():
			out.LicenseState = "disabled"
		default:
			out.LicenseState = "enabled"
		}
	}
	return out
}

// saleState says in one word what became of the money. The order matters where several hold.
func saleState(sale gumroad.Sale) string {
	switch {
	case sale.IsUnclear():
		return "unknown"
	case sale.StartsTrial():
		return "trial"
	case sale.IsBundleProduct.IsTrue():
		return "in_bundle"
	case sale.Chargedback.IsTrue():
		return "disputed"
	case sale.Refunded.IsTrue() && sale.Price != nil && *sale.Price > 0:
		return "refunded"
	case sale.PartiallyRefunded.IsTrue():
		return "partly_refunded"
	case sale.Price != nil && *sale.Price == 0:
		return "free"
	default:
		return "paid"
	}
}

// isOutage reports whether Gumroad did not answer, so that a report can go on without this part.
func isOutage(err error) bool {
	return errors.Is(err, gumroad.UpstreamUnavailable) ||
		errors.Is(err, gumroad.Timeout) && !errors.Is(err, context.Canceled)
}
