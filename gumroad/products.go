package gumroad

import (
	"context"
	"fmt"
	"net/http"
	"unicode/utf8"
)

// Product is something the store sells. Prices are in minor units of Currency; SalesCount and SalesUSDCents need the
// scope view_sales (reference: "Products").
type Product struct {
	Name                 string                `json:"name" concise:"always"`
	Published            Bool                  `json:"published" concise:"always"`
	Deleted              Bool                  `json:"deleted" concise:"nonzero"`
	FormattedPrice       string                `json:"formatted_price,omitempty" concise:"always"`
	Kind                 string                `json:"kind,omitempty" concise:"always" jsonschema:"enum=bundle,enum=membership,enum=plan" jsonschema_description:"membership: has tiers; plan: recurring without, often of a fixed length. Absent: sold once."`
	Price                *Cents                `json:"price_cents,omitempty" concise:"always" jsonschema_description:"Minor units of currency."`
	PriceFrom            *Cents                `json:"price_from_cents,omitempty" concise:"always" jsonschema_description:"Of a membership: the cheapest tier, for a subscription_duration."`
	Currency             string                `json:"currency,omitempty" concise:"always" jsonschema_description:"ISO 4217, lower case."`
	SalesCount           *Int                  `json:"sales_count,omitempty" concise:"always"`
	SalesUSDCents        *Cents                `json:"sales_usd_cents,omitempty" concise:"always" jsonschema_description:"All-time sales less refunds, in US cents."`
	ShortURL             string                `json:"short_url,omitempty" concise:"always"`
	CustomizablePrice    Bool                  `json:"customizable_price,omitempty" concise:"nonzero" jsonschema_description:"Pay what you want."`
	IsTieredMembership   Bool                  `json:"is_tiered_membership" concise:"nonzero"`
	SubscriptionDuration string                `json:"subscription_duration,omitempty" concise:"always"`
	Recurrences          []string              `json:"recurrences,omitempty"`
	MaxPurchaseCount     *Int                  `json:"max_purchase_count,omitempty" concise:"always"`
	CustomPermalink      string                `json:"custom_permalink,omitempty"`
	CustomSummary        string                `json:"custom_summary,omitempty"`
	Description          string                `json:"description,omitempty" text:"long" jsonschema_description:"HTML."`
	CustomReceipt        string                `json:"custom_receipt,omitempty" text:"long"`
	Tags                 []string              `json:"tags,omitempty"`
	Category             string                `json:"category,omitempty"`
	RequireShipping      Bool                  `json:"require_shipping"`
	PreviewURL           string                `json:"preview_url,omitempty"`
	ThumbnailURL         string                `json:"thumbnail_url,omitempty"`
	LandingURL           string                `json:"landing_url,omitempty"`
	FileInfo             map[string]any        `json:"file_info,omitempty"`
	Files                []ProductFile         `json:"files,omitempty"`
	Covers               []Cover               `json:"covers,omitempty"`
	CustomFields         []CustomField         `json:"custom_fields,omitempty"`
	Variants             []ProductVariantGroup `json:"variants,omitempty"`
	BundleProducts       []BundleProduct       `json:"bundle_products,omitempty"`
	RefundPolicy         *RefundPolicy         `json:"refund_policy,omitempty"`
	Sections             []ProductSection      `json:"sections,omitempty" jsonschema_description:"Of its page; only the dashboard changes them."`
	PPPPrices            map[string]Cents      `json:"purchasing_power_parity_prices,omitempty" detail:"named" jsonschema_description:"Minor units by country; only if named in detail."`
	IsPreorder           Bool                  `json:"is_preorder,omitempty"`
	IsInPreorderState    Bool                  `json:"is_in_preorder_state,omitempty"`
	ReleaseAt            string                `json:"release_at,omitempty"`
	ID                   string                `json:"id" concise:"always"`
}

// ProductVariantGroup is a variant category as a product shows it: without ids, which the variants have.
type ProductVariantGroup struct {
	Title   string                 `json:"title,omitempty"`
	Options []ProductVariantOption `json:"options,omitempty"`
}

// ProductVariantOption is a variant as a product shows it.
type ProductVariantOption struct {
	Name             string                     `json:"name,omitempty"`
	PriceDifference  *Cents                     `json:"price_difference_cents,omitempty"`
	IsPayWhatYouWant Bool                       `json:"is_pay_what_you_want"`
	RecurrencePrices map[string]RecurrencePrice `json:"recurrence_prices,omitempty"`
}

// RecurrencePrice is what a membership tier costs at one recurrence.
type RecurrencePrice struct {
	PriceCents          Cents  `json:"price_cents"`
	SuggestedPriceCents *Cents `json:"suggested_price_cents,omitempty"`
}

// ProductFile is a file buyers receive.
type ProductFile struct {
	Name     string `json:"name,omitempty"`
	Size     Int    `json:"size,omitempty" jsonschema_description:"Bytes."`
	Filetype string `json:"filetype,omitempty"`
	ID       string `json:"id,omitempty"`
}

// BundleProduct is a product inside a bundle.
type BundleProduct struct {
	ProductID string `json:"product_id,omitempty"`
	VariantID string `json:"variant_id,omitempty"`
	Quantity  Int    `json:"quantity,omitempty"`
	Position  *Int   `json:"position,omitempty"`
}

// ProductSection is a part of a product's page, below the product or above it.
type ProductSection struct {
	Type            string   `json:"type"`
	Header          string   `json:"header,omitempty"`
	ShownProducts   []string `json:"shown_products,omitempty"`
	FeaturedProduct string   `json:"featured_product,omitempty"`
}

// RefundPolicy is what the product promises its buyers.
type RefundPolicy struct {
	RefundPeriod Text   `json:"refund_period,omitempty" jsonschema_description:"Days, none, or inherit: the account's."`
	Title        string `json:"title,omitempty"`
	FinePrint    string `json:"fine_print,omitempty"`
	Inherited    Bool   `json:"inherited"`
}

// UnmarshalJSON reads a product as Gumroad sends it. A membership has no price of its own there, but 0.
func (p *Product) UnmarshalJSON(data []byte) error {
	type fields Product
	sent := struct {
		*fields
		Price *Cents `json:"price"`
	}{fields: (*fields)(p)}
	if err := unmarshal(data, &sent); err != nil {
		return err
	}
	switch {
	case p.IsTieredMembership.IsTrue():
		p.Kind, p.PriceFrom = "membership", p.cheapestTier()
		return nil
	case len(p.BundleProducts) > 0:
		p.Kind = "bundle"
	case p.SubscriptionDuration != "":
		p.Kind = "plan"
	}
	p.Price = sent.Price
	return nil
}

// cheapestTier returns the lowest price of a tier, or nil if there is none.
func (p *Product) cheapestTier() (lowest *Cents) {
	for _, group := range p.Variants {
		for _, tier := range group.Options {
			price, ok := tier.RecurrencePrices[p.SubscriptionDuration]
			if ok && (lowest == nil || price.PriceCents < *lowest) {
				lowest = &price.PriceCents
			}
		}
	}
	return lowest
}

// UnmarshalJSON reads an option as Gumroad sends it.
func (o *ProductVariantOption) UnmarshalJSON(data []byte) error {
	type fields ProductVariantOption
	sent := struct {
		*fields
		PriceDifference *Cents `json:"price_difference"`
	}{fields: (*fields)(o)}
	err := unmarshal(data, &sent)
	o.PriceDifference = sent.PriceDifference
	return err
}

// Envelope names the record.
func (Product) Envelope() (one, many string) { return "product", "products" }

// RowID returns the product's id.
func (p Product) RowID() string { return p.ID }

// ListProducts asks for the store's products, unpublished ones included and deleted ones not.
type ListProducts struct {
	PageKey string `query:"page_key" json:"page_key,omitempty" jsonschema_description:"From next_page_key."`
}

// From continues at a page key.
func (in ListProducts) From(pageKey string) ListProducts {
	in.PageKey = pageKey
	return in
}

// ListProducts returns products, newest first: ten a page, or all at once on servers of before 2026
// (links_controller#index).
func (c *Client) ListProducts(ctx context.Context, in ListProducts) (Page[Product], error) {
	return do[Page[Product]](ctx, c, http.MethodGet, "/products", in)
}

// ProductRef names a product.
type ProductRef struct {
	ProductID string `path:"product_id" json:"product_id" jsonschema_description:"Id, permalink or name."`
}

// GetProduct returns a product, even a deleted one (links_controller#show). NotFound for an unknown id.
func (c *Client) GetProduct(ctx context.Context, in ProductRef) (Product, error) {
	return do[Product](ctx, c, http.MethodGet, "/products/{product_id}", in)
}

// ProductDetails are what a product can be made with and changed to. Prices are in minor units of its currency.
type ProductDetails struct {
	Currency            string   `form:"price_currency_type" json:"currency,omitempty" jsonschema_description:"usd, eur."`
	Description         *string  `form:"description" json:"description,omitempty" jsonschema_description:"HTML."`
	CustomPermalink     string   `form:"custom_permalink" json:"custom_permalink,omitempty" jsonschema_description:"End of its URL."`
	CustomSummary       *string  `form:"custom_summary" json:"custom_summary,omitempty" jsonschema_description:"Short text."`
	CustomizablePrice   *bool    `form:"customizable_price" json:"customizable_price,omitempty" jsonschema_description:"Pay what you want."`
	SuggestedPriceCents *Cents   `form:"suggested_price_cents" json:"suggested_price_cents,omitempty" jsonschema:"minimum=0" jsonschema_description:"Suggested."`
	MaxPurchaseCount    *Int     `form:"max_purchase_count" json:"max_purchase_count,omitempty" jsonschema:"minimum=0" jsonschema_description:"Stock."`
	Category            string   `form:"category" json:"category,omitempty" jsonschema_description:"Listed path."`
	Tags                []string `form:"tags" json:"tags,omitempty" jsonschema_description:"All tags."`
	RefundPeriod        string   `form:"refund_period" json:"refund_period,omitempty" jsonschema_description:"Days, none or inherit."`
	RefundFinePrint     *string  `form:"refund_fine_print" json:"refund_fine_print,omitempty" jsonschema_description:"Terms."`
}

// ChangedProduct is a product as it was left by a change, with what Gumroad warns of.
type ChangedProduct struct {
	Warning string `json:"warning,omitempty" concise:"always" jsonschema_description:"Tell the person."`
	Product
}

// fromEnvelope reads the warning beside the product.
func (p *ChangedProduct) fromEnvelope(body []byte) error {
	one, _ := p.Envelope()
	if err := member(body, one, &p.Product); err != nil {
		return err
	}
	var beside struct {
		Warning Text `json:"warning"`
	}
	err := unmarshal(body, &beside)
	p.Warning = string(beside.Warning)
	return err
}

// CreateProduct describes a new product. A membership's price is that of its one tier.
type CreateProduct struct {
	Name                 string `form:"name" json:"name" jsonschema_description:"Name."`
	Price                Cents  `json:"price_cents" jsonschema:"minimum=0" jsonschema_description:"Minor units."`
	NativeType           string `form:"native_type" json:"native_type,omitempty" jsonschema:"enum=digital,enum=course,enum=ebook,enum=membership,enum=bundle,enum=coffee,enum=commission" jsonschema_description:"digital."`
	SubscriptionDuration string `form:"subscription_duration" json:"subscription_duration,omitempty" jsonschema:"enum=monthly,enum=quarterly,enum=biannually,enum=yearly,enum=every_two_years" jsonschema_description:"Of memberships."`
	ProductDetails
}

// CreateProduct makes a product that is not on sale yet. Rejected, in Gumroad's words, for a value that it does not
// accept and beyond its daily number of new products; RateLimited beyond ten a minute. Sent twice it makes two
// (links_controller#create).
func (c *Client) CreateProduct(ctx context.Context, in CreateProduct) (ChangedProduct, error) {
	if err := checkDetails(in.Name, in.ProductDetails); err != nil {
		return ChangedProduct{}, err
	}
	sent := struct {
		CreateProduct
		Price *Cents `form:"price"` // 0 is a price, too
		Draft bool   `form:"draft"`
	}{in, &in.Price, true}
	return do[ChangedProduct](ctx, c, http.MethodPost, "/products", sent)
}

// UpdateProduct changes what is given and leaves the rest. Tiered memberships refuse a price and a currency: their tiers
// have the prices. A new currency keeps the number of the price.
type UpdateProduct struct {
	ProductRef
	Name  string `form:"name" json:"name,omitempty" jsonschema_description:"Name."`
	Price *Cents `form:"price" json:"price_cents,omitempty" jsonschema:"minimum=0" jsonschema_description:"Minor units."`
	ProductDetails
	CustomReceipt         *string `form:"custom_receipt" json:"custom_receipt,omitempty" jsonschema_description:"Text."`
	QuantityEnabled       *bool   `form:"quantity_enabled" json:"quantity_enabled,omitempty" jsonschema_description:"Sold in numbers."`
	IsAdult               *bool   `form:"is_adult" json:"is_adult,omitempty" jsonschema_description:"18+."`
	DisplayProductReviews *bool   `form:"display_product_reviews" json:"display_product_reviews,omitempty" jsonschema_description:"Shown."`
	ShouldShowSalesCount  *bool   `form:"should_show_sales_count" json:"should_show_sales_count,omitempty" jsonschema_description:"Shown."`
}

const maxName = 255 // characters

// checkDetails refuses what Gumroad would refuse with less to go by.
func checkDetails(name string, in ProductDetails) error {
	if utf8.RuneCountInString(name) > maxName {
		return Invalid(fmt.Sprintf("name must have at most %d characters.", maxName))
	}
	if in.CustomPermalink != "" && !permalink.MatchString(in.CustomPermalink) {
		return Invalid("custom_permalink must have only letters, digits, '_' and '-'.")
	}
	return nil
}

// UpdateProduct changes a product. A value that Gumroad does not accept is Rejected; servers of before 2026 have no
// such operation, which is NotFound (links_controller#update).
func (c *Client) UpdateProduct(ctx context.Context, in UpdateProduct) (ChangedProduct, error) {
	if err := checkDetails(in.Name, in.ProductDetails); err != nil {
		return ChangedProduct{}, err
	}
	return do[ChangedProduct](ctx, c, http.MethodPut, "/products/{product_id}", in)
}

// EnableProduct publishes a product and brings a deleted one back. Rejected, with the reason in Said, for a product
// that cannot be sold yet (links_controller#enable).
func (c *Client) EnableProduct(ctx context.Context, in ProductRef) (Product, error) {
	return do[Product](ctx, c, http.MethodPut, "/products/{product_id}/enable", in)
}

// DisableProduct takes a product off sale; buyers keep what they bought (reference: "Products").
func (c *Client) DisableProduct(ctx context.Context, in ProductRef) (Product, error) {
	return do[Product](ctx, c, http.MethodPut, "/products/{product_id}/disable", in)
}

// DeleteProduct deletes a product. Ten minutes later its memberships are cancelled and its files are gone; until then
// EnableProduct brings it back. Deleting it again succeeds again (links_controller#destroy).
func (c *Client) DeleteProduct(ctx context.Context, in ProductRef) (Deleted[Product], error) {
	return do[Deleted[Product]](ctx, c, http.MethodDelete, "/products/{product_id}", in)
}

// SKU is a stock-keeping unit of a physical product.
type SKU struct {
	Variant
	CustomSKU string `json:"custom_sku,omitempty" concise:"always"`
}

// Envelope names the record.
func (SKU) Envelope() (one, many string) { return "sku", "skus" }

// ListSKUs returns a product's SKUs on one page. A physical product without SKUs gives its variants, any other an empty
// list (skus_controller#index).
func (c *Client) ListSKUs(ctx context.Context, in ProductRef) (Page[SKU], error) {
	return do[Page[SKU]](ctx, c, http.MethodGet, "/products/{product_id}/skus", in)
}
