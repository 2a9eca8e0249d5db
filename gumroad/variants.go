package gumroad

import (
	"context"
	"net/http"
)

// VariantCategory groups variants: "Size", or "Tier" for a membership.
type VariantCategory struct {
	Title string `json:"title,omitempty" concise:"yes"`
	ID    string `json:"id" concise:"yes"`
}

// Envelope names the record in answers.
func (VariantCategory) Envelope() (one, many string) { return "variant_category", "variant_categories" }

// RowID is the category's id.
func (c VariantCategory) RowID() string { return c.ID }

// ListVariantCategories returns a product's categories, oldest first.
func (c *Client) ListVariantCategories(ctx context.Context, in ProductRef) (Page[VariantCategory], error) {
	return do[Page[VariantCategory]](ctx, c, http.MethodGet, "/products/{product_id}/variant_categories", in)
}

// VariantCategoryRef names a category of a product.
type VariantCategoryRef struct {
	ProductRef
	VariantCategoryID string `path:"variant_category_id" json:"variant_category_id" jsonschema_description:"Its category."`
}

// GetVariantCategory returns a category, a deleted one too.
func (c *Client) GetVariantCategory(ctx context.Context, in VariantCategoryRef) (VariantCategory, error) {
	return do[VariantCategory](ctx, c, http.MethodGet, "/products/{product_id}/variant_categories/{variant_category_id}", in)
}

// CreateVariantCategory describes a new category.
type CreateVariantCategory struct {
	ProductRef
	Title string `form:"title" json:"title" jsonschema_description:"Size, Tier or the like."`
}

// CreateVariantCategory creates a category; an equal title makes a second one.
func (c *Client) CreateVariantCategory(ctx context.Context, in CreateVariantCategory) (VariantCategory, error) {
	return do[VariantCategory](ctx, c, http.MethodPost, "/products/{product_id}/variant_categories", in)
}

// UpdateVariantCategory renames a category.
type UpdateVariantCategory struct {
	VariantCategoryRef
	Title string `form:"title" json:"title" jsonschema_description:"Size, Tier or the like."`
}

// UpdateVariantCategory renames a category.
func (c *Client) UpdateVariantCategory(ctx context.Context, in UpdateVariantCategory) (VariantCategory, error) {
	return do[VariantCategory](ctx, c, http.MethodPut, "/products/{product_id}/variant_categories/{variant_category_id}", in)
}

// DeleteVariantCategory deletes a category, but not the variants in it.
func (c *Client) DeleteVariantCategory(ctx context.Context, in VariantCategoryRef) (Done, error) {
	return do[Done](ctx, c, http.MethodDelete, "/products/{product_id}/variant_categories/{variant_category_id}", in)
}

// Variant is a choice within a category.
type Variant struct {
	Name                  string                     `json:"name,omitempty" concise:"yes"`
	PriceDifferenceCents  *Cents                     `json:"price_difference_cents,omitempty" concise:"yes" jsonschema_description:"Added to the product's price, in its minor units."`
	Description           string                     `json:"description,omitempty"`
	MaxPurchaseCount      *Int                       `json:"max_purchase_count,omitempty" concise:"yes"`
	IsCustomizablePrice   *bool                      `json:"is_customizable_price,omitempty"`
	RecurrencePriceValues map[string]RecurrenceValue `json:"recurrence_price_values,omitempty"`
	ID                    string                     `json:"id" concise:"yes"`
}

// RecurrenceValue is what a variant costs at one recurrence, where that is offered.
type RecurrenceValue struct {
	Enabled             bool   `json:"enabled"`
	PriceCents          *Cents `json:"price_cents,omitempty"`
	SuggestedPriceCents *Cents `json:"suggested_price_cents,omitempty"`
}

// Envelope names the record in answers.
func (Variant) Envelope() (one, many string) { return "variant", "variants" }

// RowID is the variant's id.
func (v Variant) RowID() string { return v.ID }

// ListVariants returns the variants of a category.
func (c *Client) ListVariants(ctx context.Context, in VariantCategoryRef) (Page[Variant], error) {
	return do[Page[Variant]](ctx, c, http.MethodGet, "/products/{product_id}/variant_categories/{variant_category_id}/variants", in)
}

// VariantRef names a variant.
type VariantRef struct {
	VariantCategoryRef
	VariantID string `path:"variant_id" json:"variant_id" jsonschema_description:"From list_variants."`
}

const variantPath = "/products/{product_id}/variant_categories/{variant_category_id}/variants/{variant_id}"

// GetVariant returns a variant, a deleted one too.
func (c *Client) GetVariant(ctx context.Context, in VariantRef) (Variant, error) {
	return do[Variant](ctx, c, http.MethodGet, variantPath, in)
}

// VariantFields are what a variant has besides its name.
type VariantFields struct {
	// Gumroad ignores the name price_difference.
	PriceDifferenceCents *Cents  `form:"price_difference_cents" json:"price_difference_cents,omitempty" jsonschema:"minimum=0" jsonschema_description:"Minor units, added to the product's price."`
	Description          *string `form:"description" json:"description,omitempty" jsonschema_description:"Text."`
	MaxPurchaseCount     *Int    `form:"max_purchase_count" json:"max_purchase_count,omitempty" jsonschema:"minimum=0,maximum=10000000" jsonschema_description:"Stock."`
}

// CreateVariant describes a new variant.
type CreateVariant struct {
	VariantCategoryRef
	Name string `form:"name" json:"name" jsonschema_description:"Title."`
	VariantFields
}

// CreateVariant creates a variant; an equal name makes a second one.
func (c *Client) CreateVariant(ctx context.Context, in CreateVariant) (Variant, error) {
	return do[Variant](ctx, c, http.MethodPost, "/products/{product_id}/variant_categories/{variant_category_id}/variants", in)
}

// UpdateVariant changes what is given and leaves the rest.
type UpdateVariant struct {
	VariantRef
	Name string `form:"name" json:"name,omitempty" jsonschema_description:"Title."`
	VariantFields
}

// UpdateVariant changes a variant.
func (c *Client) UpdateVariant(ctx context.Context, in UpdateVariant) (Variant, error) {
	return do[Variant](ctx, c, http.MethodPut, variantPath, in)
}

// DeleteVariant deletes a variant.
func (c *Client) DeleteVariant(ctx context.Context, in VariantRef) (Done, error) {
	return do[Done](ctx, c, http.MethodDelete, variantPath, in)
}
