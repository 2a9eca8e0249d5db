package gumroad

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// BundleRef names a product that is a bundle of others.
type BundleRef struct {
	BundleID string `path:"bundle_id" json:"bundle_id" jsonschema_description:"Id or name."`
}

// BundleContents is all that a bundle is to hold.
type BundleContents struct {
	BundleRef
	Products []BundleProduct `body:"products"`
}

// ReplaceBundle gives a bundle exactly these products, in one transaction: what is not among them is no longer in it, and
// an empty list empties it. Earlier buyers neither get nor lose anything. Rejected for what cannot be in a bundle, and
// for a published one without products (bundle_contents_controller#update).
func (c *Client) ReplaceBundle(ctx context.Context, in BundleContents) (Product, error) {
	if in.Products == nil {
		in.Products = []BundleProduct{}
	}
	return do[Product](ctx, c, http.MethodPut, "/products/{bundle_id}/bundle_contents", in)
}

// FindVariant returns the variant of a product, of whatever category, that is named by its id or by its name in any
// case. Without a name it returns the only one there is, or nil for a product without variants. InvalidArguments names
// those among which to choose.
func (c *Client) FindVariant(ctx context.Context, product ProductRef, named string) (*Variant, error) {
	categories, err := c.ListVariantCategories(ctx, product)
	if err != nil {
		return nil, err
	}
	var all []Variant
	for _, category := range categories.Rows {
		page, err := c.ListVariants(ctx, VariantCategoryRef{ProductRef: product, VariantCategoryID: category.ID})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Rows...)
	}
	var found []Variant
	for _, variant := range all {
		if SameID(variant.ID, named) || folded(variant.Name) == folded(named) {
			found = append(found, variant)
		}
	}
	switch {
	case named == "" && len(all) == 0:
		return nil, nil
	case named == "" && len(all) == 1:
		return &all[0], nil
	case named != "" && len(found) == 1:
		return &found[0], nil
	case named != "" && len(all) == 0:
		return nil, Invalid("The product has no variants; leave variant_id out.")
	}
	var choices []string
	for _, variant := range all {
		choices = append(choices, fmt.Sprintf("%q (%s)", variant.Name, variant.ID))
	}
	return nil, Invalid("variant_id has to name one of the product's variants.", "They are: "+strings.Join(choices, ", ")+".")
}
