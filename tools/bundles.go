package tools

import (
	"context"
	"fmt"
	"slices"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var bundles = tool.Set{
	Name: "bundles", Doc: "Products that hold other products.", Optional: true,
	Tools: []tool.Tool{
		{Name: "add_bundle_product", Title: "Put a product into a bundle", Effect: tool.Changes,
			Doc:     "Put a product into a bundle.",
			Refuses: refusedOfBundles,
			Ask:     tool.Ask(askAddBundleProduct),
			Run:     tool.Run(addBundleProduct)},
		{Name: "update_bundle_product", Title: "Change a product of a bundle", Effect: tool.Changes,
			Doc:     "Change the quantity, version or place of a product in a bundle.",
			Refuses: refusedOfBundles,
			Run:     tool.Update(tool.Run(updateBundleProduct))},
		{Name: "remove_bundle_product", Title: "Take a product out of a bundle", Effect: tool.Destroys,
			Doc: "Take a product out of a bundle.",
			Ask: tool.Ask(askRemoveBundleProduct),
			Run: tool.Run(removeBundleProduct)},
	},
}

var refusedOfBundles = map[string]string{
	"products":    "one product is changed at a time, so that none is lost",
	"product_ids": "one product is changed at a time, so that none is lost",
	"variant":     "the argument is variant_id, which also takes a name",
}

// bundled names a product in a bundle.
type bundled struct {
	gumroad.BundleRef
	ProductID string `json:"product_id" jsonschema_description:"Id or name."`
}

// bundleChange is how a bundle is to hold a product.
type bundleChange struct {
	bundled
	VariantID string       `json:"variant_id,omitempty" jsonschema_description:"Id or name."`
	Quantity  *gumroad.Int `json:"quantity,omitempty" jsonschema:"minimum=1" jsonschema_description:"Default 1."`
	Place     *gumroad.Int `json:"place,omitempty" jsonschema:"minimum=1" jsonschema_description:"1 is first."`
}

// bundleNow is a bundle after a change.
type bundleNow struct {
	Bundle    string                  `json:"bundle"`
	Changed   string                  `json:"changed" jsonschema_description:"The product that was added, changed or removed."`
	Published gumroad.Bool            `json:"published"`
	Products  []gumroad.BundleProduct `json:"products,omitempty" jsonschema_description:"All that is in it now, in order."`
	Count     int                     `json:"count"`
	ID        string                  `json:"id"`
}

// Envelope makes it a product, so that get_product reads it back.
func (bundleNow) Envelope() (one, many string) { return gumroad.Product{}.Envelope() }

// bundleAndPart reads a bundle, and the product that is to go into it, come out of it or change within it.
func bundleAndPart(c *gumroad.Client, ctx context.Context, in bundled) (bundle, part gumroad.Product, at int, err error) {
	if bundle, err = c.GetProduct(ctx, gumroad.ProductRef{ProductID: in.BundleID}); err != nil {
		return bundle, part, -1, err
	}
	if part, err = c.GetProduct(ctx, gumroad.ProductRef{ProductID: in.ProductID}); err != nil {
		return bundle, part, -1, err
	}
	at = slices.IndexFunc(bundle.BundleProducts, func(p gumroad.BundleProduct) bool {
		return gumroad.SameID(p.ProductID, part.ID)
	})
	return bundle, part, at, nil
}

func errNotBundled(bundle, part gumroad.Product) error {
	return gumroad.Invalid(fmt.Sprintf("%s is not in the bundle %s.", text.Quote(part.Name), text.Quote(bundle.Name)),
		"get_product shows what is in it.")
}

// replaceBundle sends the whole list, which Gumroad replaces the old one by: it reads the bundle once more, and sends
// nothing if it no longer holds what the change was made from. Every product gets a number, since Gumroad cannot order
// some with and some without.
func replaceBundle(c *gumroad.Client, ctx context.Context, bundle, part gumroad.Product, list []gumroad.BundleProduct) (
	bundleNow, error) {
	now, err := c.GetProduct(ctx, gumroad.ProductRef{ProductID: bundle.ID})
	if err != nil {
		return bundleNow{}, err
	}
	same := func(a, b gumroad.BundleProduct) bool {
		return gumroad.SameID(a.ProductID, b.ProductID) && gumroad.SameID(a.VariantID, b.VariantID) && a.Quantity == b.Quantity
	}
	if !slices.EqualFunc(bundle.BundleProducts, now.BundleProducts, same) {
		return bundleNow{}, &gumroad.Error{Code: gumroad.Rejected,
			Message: "Somebody else changed the bundle meanwhile, so nothing was sent.", Hint: "Look at it again, then try again."}
	}
	for i := range list {
		list[i].Position = new(gumroad.Int(i))
	}
	changed, err := c.ReplaceBundle(ctx, gumroad.BundleContents{
		BundleRef: gumroad.BundleRef{BundleID: bundle.ID}, Products: list})
	if err != nil {
		return bundleNow{}, err
	}
	return bundleNow{Bundle: changed.Name, Changed: part.Name, Published: changed.Published,
		Products: changed.BundleProducts, Count: len(changed.BundleProducts), ID: changed.ID}, nil
}

func askAddBundleProduct(c *gumroad.Client, ctx context.Context, in bundleChange) (string, error) {
	bundle, part, at, err := bundleAndPart(c, ctx, in.bundled)
	switch {
	case err != nil:
		return "", err
	case at >= 0:
		return "", errBundled(bundle, part)
	case !bundle.Published.IsTrue():
		return "", nil
	}
	return fmt.Sprintf("Add %s to the bundle %s, which is on sale for %s with %d products? Whoever buys it from now on gets "+
		"it; earlier buyers do not.", text.Quote(part.Name), text.Quote(bundle.Name), text.Plain(bundle.FormattedPrice),
		len(bundle.BundleProducts)), nil
}

func errBundled(bundle, part gumroad.Product) error {
	return gumroad.Invalid(fmt.Sprintf("%s is in the bundle %s already.", text.Quote(part.Name), text.Quote(bundle.Name)),
		"update_bundle_product changes how many, which version and its place.")
}

func addBundleProduct(c *gumroad.Client, ctx context.Context, in bundleChange) (bundleNow, error) {
	bundle, part, at, err := bundleAndPart(c, ctx, in.bundled)
	if err != nil {
		return bundleNow{}, err
	}
	if at >= 0 {
		return bundleNow{}, errBundled(bundle, part)
	}
	row := gumroad.BundleProduct{ProductID: part.ID, Quantity: 1}
	list, err := in.placed(c, ctx, row, slices.Clone(bundle.BundleProducts), len(bundle.BundleProducts))
	if err != nil {
		return bundleNow{}, err
	}
	return replaceBundle(c, ctx, bundle, part, list)
}

func updateBundleProduct(c *gumroad.Client, ctx context.Context, in bundleChange) (bundleNow, error) {
	bundle, part, at, err := bundleAndPart(c, ctx, in.bundled)
	if err != nil {
		return bundleNow{}, err
	}
	if at < 0 {
		return bundleNow{}, errNotBundled(bundle, part)
	}
	row := bundle.BundleProducts[at]
	list, err := in.placed(c, ctx, row, slices.Delete(slices.Clone(bundle.BundleProducts), at, at+1), at)
	if err != nil {
		return bundleNow{}, err
	}
	return replaceBundle(c, ctx, bundle, part, list)
}

// placed puts a row, changed as asked, among the others: where it was asked to stand, or else at a place.
func (in bundleChange) placed(c *gumroad.Client, ctx context.Context, row gumroad.BundleProduct,
	others []gumroad.BundleProduct, at int) ([]gumroad.BundleProduct, error) {
	if in.VariantID != "" || row.VariantID == "" {
		variant, err := c.FindVariant(ctx, gumroad.ProductRef{ProductID: row.ProductID}, in.VariantID)
		if err != nil {
			return nil, err
		}
		if variant != nil {
			row.VariantID = variant.ID
		}
	}
	if in.Quantity != nil {
		row.Quantity = *in.Quantity
	}
	if in.Place != nil {
		at = min(int(*in.Place)-1, len(others))
	}
	return slices.Insert(others, at, row), nil
}

func askRemoveBundleProduct(c *gumroad.Client, ctx context.Context, in bundled) (string, error) {
	bundle, part, at, err := bundleAndPart(c, ctx, in)
	if err != nil {
		return "", err
	}
	if at < 0 {
		return "", errNotBundled(bundle, part)
	}
	last := ""
	if len(bundle.BundleProducts) == 1 {
		last = " It is the last one: the bundle will be empty, and cannot be on sale."
	}
	return fmt.Sprintf("Take %s out of the bundle %s, which holds %d products? New buyers will not get it; earlier ones keep "+
		"it.%s", text.Quote(part.Name), text.Quote(bundle.Name), len(bundle.BundleProducts), last), nil
}

func removeBundleProduct(c *gumroad.Client, ctx context.Context, in bundled) (bundleNow, error) {
	bundle, part, at, err := bundleAndPart(c, ctx, in)
	if err != nil {
		return bundleNow{}, err
	}
	if at < 0 {
		return bundleNow{}, errNotBundled(bundle, part)
	}
	return replaceBundle(c, ctx, bundle, part, slices.Delete(slices.Clone(bundle.BundleProducts), at, at+1))
}
