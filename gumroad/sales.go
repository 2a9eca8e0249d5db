package gumroad

import (
	"context"
	"net/http"
	"net/url"
)

// Sale is a purchase as the seller sees it. Gumroad leaves out what is null; a pointer is nil then. Price and
// GumroadFee are US cents, what can be refunded is in Currency, and CreatedAt is UTC (reference: "Sales"). Amounts have
// names that tell their unit, which Gumroad's do not.
type Sale struct {
	CreatedAt             string `json:"created_at,omitempty" concise:"always" jsonschema_description:"UTC."`
	ProductName           string `json:"product_name,omitempty" concise:"always"`
	Email                 string `json:"email,omitempty" concise:"always" pii:"email"`
	FullName              string `json:"full_name,omitempty" concise:"always" pii:"text"`
	FormattedTotalPrice   string `json:"formatted_total_price,omitempty" concise:"always" jsonschema_description:"What the buyer paid, in the buyer's terms."`
	Price                 *Cents `json:"price_usd_cents,omitempty" concise:"always" jsonschema_description:"US cents, whatever the product's currency."`
	GumroadFee            *Cents `json:"gumroad_fee_usd_cents,omitempty"`
	Currency              string `json:"currency,omitempty" concise:"always" jsonschema_description:"Currency of the sale, in which refunds are counted."`
	AmountRefundable      string `json:"-"` // as Gumroad writes it, in major units
	Refundable            *Cents `json:"refundable_cents,omitempty" jsonschema_description:"What can still be refunded, in minor units of currency."`
	Quantity              Int    `json:"quantity,omitempty"`
	VariantsAndQuantity   string `json:"variants_and_quantity,omitempty" concise:"always"`
	Refunded              Bool   `json:"refunded,omitempty" concise:"nonzero" jsonschema_description:"Wholly refunded."`
	PartiallyRefunded     Bool   `json:"partially_refunded,omitempty" concise:"nonzero"`
	Chargedback           Bool   `json:"chargedback,omitempty" concise:"nonzero" jsonschema_description:"Disputed and not won back."`
	Disputed              Bool   `json:"disputed,omitempty" concise:"nonzero" jsonschema_description:"Stays true after a dispute is won."`
	DisputeWon            Bool   `json:"dispute_won,omitempty" concise:"nonzero"`
	Paid                  Bool   `json:"paid,omitempty" jsonschema_description:"The price is not 0; true at the start of a free trial, too."`
	RecurringCharge       Bool   `json:"recurring_charge,omitempty" concise:"nonzero"`
	IsRecurringBilling    Bool   `json:"is_recurring_billing,omitempty"`
	SubscriptionDuration  string `json:"subscription_duration,omitempty"`
	Cancelled             Bool   `json:"cancelled,omitempty" concise:"nonzero"`
	Dead                  Bool   `json:"dead,omitempty"`
	Ended                 Bool   `json:"ended,omitempty" concise:"nonzero"`
	FreeTrialEnded        Bool   `json:"free_trial_ended,omitempty"`
	FreeTrialEndsOn       string `json:"free_trial_ends_on,omitempty"`
	IsUpgradePurchase     Bool   `json:"is_upgrade_purchase,omitempty"`
	IsGiftSender          Bool   `json:"is_gift_sender_purchase,omitempty" concise:"nonzero"`
	IsGiftReceiver        Bool   `json:"is_gift_receiver_purchase,omitempty"`
	GifteeEmail           string `json:"giftee_email,omitempty" pii:"email"`
	GifterEmail           string `json:"gifter_email,omitempty" pii:"email"`
	IsBundlePurchase      Bool   `json:"is_bundle_purchase,omitempty"`
	IsBundleProduct       Bool   `json:"is_bundle_product_purchase,omitempty"`
	IsPreorder            Bool   `json:"is_preorder_authorization,omitempty"`
	PreorderCancelled     Bool   `json:"preorder_cancelled,omitempty"`
	IsInPreorderState     Bool   `json:"is_in_preorder_state,omitempty"`
	IsProductPhysical     Bool   `json:"is_product_physical,omitempty"`
	Shipped               Bool   `json:"shipped,omitempty" concise:"always"`
	TrackingURL           string `json:"tracking_url,omitempty" concise:"always" pii:"url"`
	FormattedShipping     string `json:"formatted_shipping_amount,omitempty"`
	StreetAddress         string `json:"street_address,omitempty" pii:"text"`
	City                  string `json:"city,omitempty" pii:"text"`
	State                 string `json:"state,omitempty" pii:"text"`
	ZipCode               Text   `json:"zip_code,omitempty" pii:"text"`
	Country               string `json:"country,omitempty"`
	CountryISO2           string `json:"country_iso2,omitempty"`
	PurchaseEmail         string `json:"purchase_email,omitempty" pii:"email"`
	CanContact            Bool   `json:"can_contact,omitempty"`
	IsFollowing           Bool   `json:"is_following,omitempty"`
	LicenseKey            string `json:"license_key,omitempty" pii:"key"`
	LicenseID             string `json:"license_id,omitempty"`
	LicenseDisabled       Bool   `json:"license_disabled,omitempty" concise:"nonzero"`
	LicenseUses           *Int   `json:"license_uses,omitempty"`
	IsMultiseatLicense    Bool   `json:"is_multiseat_license,omitempty"`
	AccessRevoked         Bool   `json:"access_revoked,omitempty" concise:"nonzero"`
	HasVariants           Bool   `json:"has_variants,omitempty"`
	ProductHasVariants    Bool   `json:"product_has_variants,omitempty"`
	FormattedDisplayPrice string `json:"formatted_display_price,omitempty"`
	CurrencySymbol        string `json:"currency_symbol,omitempty"`

	Variants            map[string]any `json:"variants,omitempty"`
	HasCustomFields     Bool           `json:"has_custom_fields,omitempty" concise:"nonzero" jsonschema_description:"The buyer answered checkout questions."`
	CustomFields        map[string]any `json:"custom_fields,omitempty" pii:"text" jsonschema_description:"What the buyer answered; untrusted."`
	OfferCode           *SaleOfferCode `json:"offer_code,omitempty"`
	Affiliate           *SaleAffiliate `json:"affiliate,omitempty"`
	Upsell              map[string]any `json:"upsell,omitempty"`
	PPP                 *SalePPP       `json:"ppp,omitempty"`
	Referrer            string         `json:"referrer,omitempty" pii:"url"`
	UTMSource           string         `json:"utm_source,omitempty" pii:"text"`
	UTMMedium           string         `json:"utm_medium,omitempty" pii:"text"`
	UTMCampaign         string         `json:"utm_campaign,omitempty" pii:"text"`
	UTMTerm             string         `json:"utm_term,omitempty" pii:"text"`
	UTMContent          string         `json:"utm_content,omitempty" pii:"text"`
	DiscoverFeeCharged  Bool           `json:"discover_fee_charged,omitempty"`
	DiscoverFeePercent  *Int           `json:"discover_fee_percentage,omitempty"`
	TipCents            *Cents         `json:"tip_cents,omitempty"`
	TaxCents            *Cents         `json:"tax_cents,omitempty"`
	ShippingCents       *Cents         `json:"shipping_cents,omitempty"`
	TaxLabel            string         `json:"tax_label,omitempty"`
	TaxIncluded         Bool           `json:"tax_included_in_price,omitempty"`
	Card                *SaleCard      `json:"card,omitempty"`
	PaymentProcessor    string         `json:"payment_processor,omitempty"`
	TransactionURL      string         `json:"transaction_url_for_seller,omitempty"`
	ProductRating       *Int           `json:"product_rating,omitempty"`
	Review              string         `json:"review,omitempty" pii:"text"`
	CancellationDate    string         `json:"cancellation_date,omitempty" jsonschema_description:"When the subscriber asked to cancel."`
	SubscriptionEndDate string         `json:"subscription_end_date,omitempty" jsonschema_description:"Day (UTC); in the future while a cancellation is pending."`
	SKUID               string         `json:"sku_id,omitempty"`
	SKUExternalID       string         `json:"sku_external_id,omitempty"`
	PayPalRefundExpired Bool           `json:"paypal_refund_expired,omitempty"`
	Daystamp            string         `json:"daystamp,omitempty" jsonschema_description:"created_at in the seller's time zone."`
	PurchaserID         Text           `json:"purchaser_id,omitempty"`
	SubscriptionID      string         `json:"subscription_id,omitempty"`
	ProductPermalink    string         `json:"product_permalink,omitempty"`
	ProductID           string         `json:"product_id,omitempty"`
	OrderID             *Int           `json:"order_id,omitempty" concise:"always"`
	ID                  string         `json:"id" concise:"always"`
}

// SaleOfferCode is the discount code a sale used.
type SaleOfferCode struct {
	Code               string `json:"code,omitempty"`
	DisplayedAmountOff string `json:"displayed_amount_off,omitempty"`
}

// SaleAffiliate is the affiliate who earned part of a sale.
type SaleAffiliate struct {
	Email  string `json:"email,omitempty" pii:"email"`
	Amount string `json:"amount,omitempty"`
}

// SalePPP is the purchasing-power discount of a sale.
type SalePPP struct {
	Country  string `json:"country,omitempty"`
	Discount string `json:"discount,omitempty"`
}

// SaleCard is how a sale was paid.
type SaleCard struct {
	Visual string `json:"visual,omitempty" pii:"text"`
	Type   string `json:"type,omitempty"`
}

// UnmarshalJSON reads a sale as Gumroad sends it.
func (s *Sale) UnmarshalJSON(data []byte) error {
	type fields Sale
	sent := struct {
		*fields
		Price            *Cents `json:"price"`
		GumroadFee       *Cents `json:"gumroad_fee"`
		AmountRefundable string `json:"amount_refundable_in_currency"`
	}{fields: (*fields)(s)}
	if err := unmarshal(data, &sent); err != nil {
		return err
	}
	s.Price, s.GumroadFee, s.AmountRefundable = sent.Price, sent.GumroadFee, sent.AmountRefundable
	if amount, known := s.RefundableAmount(); known {
		s.Refundable = &amount
	}
	return nil
}

// Envelope names the record.
func (Sale) Envelope() (one, many string) { return "sale", "sales" }

// RowID returns the sale's id.
func (s Sale) RowID() string { return s.ID }

// ListSales filters sales; what is left out does not filter.
type ListSales struct {
	After     string `query:"after" json:"after,omitempty" jsonschema:"format=date" jsonschema_description:"First day (UTC), YYYY-MM-DD."`
	Before    string `query:"before" json:"before,omitempty" jsonschema:"format=date" jsonschema_description:"Day after the last."`
	ProductID string `query:"product_id" json:"product_id,omitempty" jsonschema_description:"Id, permalink or name."`
	Email     string `query:"email" json:"email,omitempty" jsonschema_description:"Buyer's, in full."`
	OrderID   *Int   `query:"order_id" json:"order_id,omitempty" jsonschema_description:"Order number."`
	PageKey   string `query:"page_key" json:"page_key,omitempty" jsonschema_description:"From next_page_key."`
}

// From continues at a page key.
func (in ListSales) From(pageKey string) ListSales {
	in.PageKey = pageKey
	return in
}

// ListSales returns successful sales and free trials, newest first, ten a page; refunded and disputed ones are among
// them. An order_id that does not exist gives an empty list, and so does another store's product_id; one that nobody has,
// or that is malformed, gives InvalidArguments (sales_controller#index).
func (c *Client) ListSales(ctx context.Context, in ListSales) (Page[Sale], error) {
	return do[Page[Sale]](ctx, c, http.MethodGet, "/sales", in)
}

// ListSalesOfLicense returns the sales of a licence key, given whole and in upper or lower case. Servers of before 2026
// ignore the filter and list every sale (sales_controller#index).
func (c *Client) ListSalesOfLicense(ctx context.Context, key string) (Page[Sale], error) {
	return do[Page[Sale]](ctx, c, http.MethodGet, "/sales", struct {
		LicenseKey string `query:"license_key"`
	}{key})
}

// SaleRef names a sale.
type SaleRef struct {
	SaleID string `path:"sale_id" json:"sale_id" jsonschema_description:"From list_sales."`
}

// GetSale returns a sale in any state, even one that failed and is not listed (sales_controller#show).
func (c *Client) GetSale(ctx context.Context, in SaleRef) (Sale, error) {
	return do[Sale](ctx, c, http.MethodGet, "/sales/{sale_id}", in)
}

// MarkSaleShipped names a sale that is on its way and where to follow it.
type MarkSaleShipped struct {
	SaleRef
	TrackingURL string `form:"tracking_url" json:"tracking_url,omitempty" jsonschema_description:"Tracking page."`
}

// Check refuses a tracking link that is no address of a public host: it stands in an e-mail to the buyer.
func (in MarkSaleShipped) Check() error {
	if in.TrackingURL == "" {
		return nil
	}
	u, err := url.Parse(in.TrackingURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return Invalid("tracking_url is not a web address.", "Give one that begins with https:// or http://.")
	}
	if fault := hostFault(u.Hostname()); fault != "" {
		return Invalid("tracking_url " + fault + ".")
	}
	return nil
}

// MarkSaleShipped marks a sale as shipped; the buyer is e-mailed the first time (sales_controller#mark_as_shipped).
func (c *Client) MarkSaleShipped(ctx context.Context, in MarkSaleShipped) (Sale, error) {
	if err := in.Check(); err != nil {
		return Sale{}, err
	}
	return do[Sale](ctx, c, http.MethodPut, "/sales/{sale_id}/mark_as_shipped", in)
}

// RefundSale names a sale and how much of it goes back.
type RefundSale struct {
	SaleRef
	AmountCents *Cents `form:"amount_cents" json:"amount_cents,omitempty" jsonschema:"minimum=1" jsonschema_description:"In the sale's currency; default: all left."`
}

// RefundSale returns money to the buyer, who is told by e-mail. A partial refund refunds again when it is repeated, so
// it is never sent twice. Rejected, with the reason in Said, where nothing or less than asked for can be refunded
// (sales_controller#refund).
func (c *Client) RefundSale(ctx context.Context, in RefundSale) (Sale, error) {
	return do[Sale](ctx, c, http.MethodPut, "/sales/{sale_id}/refund", in)
}

// ResendReceipt mails the buyer the receipt again, each time it is called; of a gift the giver and the receiver get one.
// The sale may be in any state (sales_controller#resend_receipt).
func (c *Client) ResendReceipt(ctx context.Context, in SaleRef) error {
	_, err := do[struct{}](ctx, c, http.MethodPost, "/sales/{sale_id}/resend_receipt", in)
	return err
}

// RevokeSaleAccess closes downloads and licence of a sale to its buyer, without a refund. Rejected for a refunded sale, a
// physical product, a subscription, and where access is closed already (sales_controller#revoke_access).
func (c *Client) RevokeSaleAccess(ctx context.Context, in SaleRef) (Sale, error) {
	return do[Sale](ctx, c, http.MethodPut, "/sales/{sale_id}/revoke_access", in)
}

// RestoreSaleAccess gives back what RevokeSaleAccess took. Rejected where nothing was taken
// (sales_controller#undo_revoke_access).
func (c *Client) RestoreSaleAccess(ctx context.Context, in SaleRef) (Sale, error) {
	return do[Sale](ctx, c, http.MethodPut, "/sales/{sale_id}/undo_revoke_access", in)
}

// ExportSales says which sales an export holds; without anything it holds all.
type ExportSales struct {
	From string `form:"from" json:"from,omitempty" jsonschema:"format=date" jsonschema_description:"First day (UTC)."`
	To   string `form:"to" json:"to,omitempty" jsonschema:"format=date" jsonschema_description:"Last day."`
}

// QueuedExport is an export on its way to a mailbox.
type QueuedExport struct {
	Status string `json:"status,omitempty"`
	Email  string `json:"recipient_email,omitempty" pii:"email" jsonschema_description:"The account holder's address."`
}

// EmailSalesExport has Gumroad mail a CSV file of sales to the account holder, and to nobody else, each time it is
// called. Nobody can ask how far it is. InvalidArguments for days in the wrong order, of which Gumroad would mail an empty
// file (sales_controller#export).
func (c *Client) EmailSalesExport(ctx context.Context, in ExportSales) (QueuedExport, error) {
	if in.From != "" && in.To != "" && in.From > in.To {
		return QueuedExport{}, Invalid("from is after to.", "Both days are part of the export.")
	}
	return do[QueuedExport](ctx, c, http.MethodPost, "/sales/exports", in)
}
