package gumroad

import (
	"context"
	"net/http"
)

const (
	categoriesPath = "/products/{product_id}/variant_categories"
	categoryPath   = categoriesPath + "/{variant_category_id}"
	variantsPath   = categoryPath + "/variants"
	variantPath    = variantsPath + "/{variant_id}"
)

// VariantCategory groups variants: "Size", or "Tier" for a membership (reference: "Variant categories").
type VariantCategory struct {
	Title string `json:"title,omitempty" concise:"always"`
	ID    string `json:"id" concise:"always"`
}

// Envelope names the record.
func (VariantCategory) Envelope() (one, many string) { return "variant_category", "variant_categories" }

// RowID returns the category's id.
func (c VariantCategory) RowID() string { return c.ID }

// ListVariantCategories returns a product's categories, oldest first and on one page.
func (c *Client) ListVariantCategories(ctx context.Context, in ProductRef) (Page[VariantCategory], error) {
	return do[Page[VariantCategory]](ctx, c, http.MethodGet, categoriesPath, in)
}

// VariantCategoryRef names a category of a product.
type VariantCategoryRef struct {
	ProductRef
	VariantCategoryID string `path:"variant_category_id" json:"variant_category_id" jsonschema_description:"From list_variant_categories."`
}

// GetVariantCategory returns a category, even a deleted one (variant_categories_controller#show).
func (c *Client) GetVariantCategory(ctx context.Context, in VariantCategoryRef) (VariantCategory, error) {
	return do[VariantCategory](ctx, c, http.MethodGet, categoryPath, in)
}

// CreateVariantCategory describes a new category.
type CreateVariantCategory struct {
	ProductRef
	Title string `form:"title" json:"title" jsonschema_description:"Such as Size."`
}

// CreateVariantCategory creates a category; an equal title makes a second one. Give it a variant soon: a product with
// an empty category cannot be saved (variant_categories_controller#create).
func (c *Client) CreateVariantCategory(ctx context.Context, in CreateVariantCategory) (VariantCategory, error) {
	return do[VariantCategory](ctx, c, http.MethodPost, categoriesPath, in)
}

// UpdateVariantCategory renames a category.
type UpdateVariantCategory struct {
	VariantCategoryRef
	Title string `form:"title" json:"title" jsonschema_description:"Such as Size."`
}

// UpdateVariantCategory renames a category.
func (c *Client) UpdateVariantCategory(ctx context.Context, in UpdateVariantCategory) (VariantCategory, error) {
	return do[VariantCategory](ctx, c, http.MethodPut, categoryPath, in)
}

// DeleteVariantCategory deletes a category, but not the variants in it. Deleting it again succeeds again
// (variant_categories_controller#destroy).
func (c *Client) DeleteVariantCategory(ctx context.Context, in VariantCategoryRef) (Deleted[VariantCategory], error) {
	return do[Deleted[VariantCategory]](ctx, c, http.MethodDelete, categoryPath, in)
}

// Variant is a choice within a category (reference: "Variants").
type Variant struct {
	Name                  string                     `json:"name,omitempty" concise:"always"`
	PriceDifferenceCents  *Cents                     `json:"price_difference_cents,omitempty" concise:"always" jsonschema_description:"Added to the product's price, in its minor units."`
	Description           string                     `json:"description,omitempty"`
	MaxPurchaseCount      *Int                       `json:"max_purchase_count,omitempty" concise:"always"`
	IsCustomizablePrice   Bool                       `json:"is_customizable_price,omitempty"`
	RecurrencePriceValues map[string]RecurrenceValue `json:"recurrence_price_values,omitempty"`
	ID                    string                     `json:"id" concise:"always"`
}

// RecurrenceValue is what a membership tier costs at one recurrence, in minor units of the product's currency. The
// prices are nil for a recurrence that is not offered.
type RecurrenceValue struct {
	Enabled             Bool   `json:"enabled"`
	PriceCents          *Cents `json:"price_cents,omitempty"`
	SuggestedPriceCents *Cents `json:"suggested_price_cents,omitempty"`
}

// Envelope names the record.
func (Variant) Envelope() (one, many string) { return "variant", "variants" }

// RowID returns the variant's id.
func (v Variant) RowID() string { return v.ID }

// ListVariants returns the variants of a category on one page.
func (c *Client) ListVariants(ctx context.Context, in VariantCategoryRef) (Page[Variant], error) {
	return do[Page[Variant]](ctx, c, http.MethodGet, variantsPath, in)
}

// VariantRef names a variant.
type VariantRef struct {
	VariantCategoryRef
	VariantID string `path:"variant_id" json:"variant_id" jsonschema_description:"From list_variants."`
}

// GetVariant returns a variant, even a deleted one (variants_controller#show).
func (c *Client) GetVariant(ctx context.Context, in VariantRef) (Variant, error) {
	return do[Variant](ctx, c, http.MethodGet, variantPath, in)
}

// VariantFields are what a variant has besides its name.
type VariantFields struct {
	// The full name matters: Gumroad ignores price_difference.
	PriceDifferenceCents *Cents  `form:"price_difference_cents" json:"price_difference_cents,omitempty" jsonschema:"minimum=0" jsonschema_description:"Added to the product's price."`
	Description          *string `form:"description" json:"description,omitempty" jsonschema_description:"Plain text."`
	MaxPurchaseCount     *Int    `form:"max_purchase_count" json:"max_purchase_count,omitempty" jsonschema:"minimum=0" jsonschema_description:"Stock."`
}

// CreateVariant describes a new variant.
type CreateVariant struct {
	VariantCategoryRef
	Name string `form:"name" json:"name" jsonschema_description:"Seen by buyers."`
	VariantFields
}

// CreateVariant creates a variant; an equal name makes a second one. Rejected for a blank name
// (variants_controller#create).
func (c *Client) CreateVariant(ctx context.Context, in CreateVariant) (Variant, error) {
	return do[Variant](ctx, c, http.MethodPost, variantsPath, in)
}

// UpdateVariant changes what is given and leaves the rest.
type UpdateVariant struct {
	VariantRef
	Name string `form:"name" json:"name,omitempty" jsonschema_description:"Seen by buyers."`
	VariantFields
}

// UpdateVariant changes a variant. Rejected for a stock below what was sold (variants_controller#update).
func (c *Client) UpdateVariant(ctx context.Context, in UpdateVariant) (Variant, error) {
	return do[Variant](ctx, c, http.MethodPut, variantPath, in)
}

// DeleteVariant deletes a variant. Deleting it again succeeds again (variants_controller#destroy).
func (c *Client) DeleteVariant(ctx context.Context, in VariantRef) (Deleted[Variant], error) {
	return do[Deleted[Variant]](ctx, c, http.MethodDelete, variantPath, in)
}
