package tools

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/richcontent"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// place is where content pages are: a product, or one of its variants if each has pages of its own.
type place struct {
	product gumroad.ProductContent
	variant *gumroad.VariantRef // nil for the product's own pages
	name    string              // in quotation marks
	pages   []gumroad.ContentPage
}

// findPlace reads the pages of a product, or of the variant that is named by its id or name.
func findPlace(c *gumroad.Client, ctx context.Context, ref gumroad.ProductRef, variant string) (place, error) {
	product, err := c.GetContent(ctx, ref)
	if err != nil {
		return place{}, err
	}
	at := place{product: product, name: text.Quote(product.Name), pages: product.Pages}
	if product.Shared.IsTrue() || !product.HasVariants() {
		if variant != "" {
			return place{}, gumroad.Invalid(fmt.Sprintf("The pages of %s are the same for all who buy it.", at.name),
				"Leave variant_id out.")
		}
		return at, nil
	}
	variants, err := variantsOf(c, ctx, ref)
	if err != nil {
		return place{}, err
	}
	var choices []string
	for _, v := range variants {
		if !gumroad.SameID(v.VariantID, variant) && !strings.EqualFold(strings.TrimSpace(v.name), strings.TrimSpace(variant)) {
			choices = append(choices, fmt.Sprintf("%s (%s)", v.VariantID, text.Quote(v.name)))
			continue
		}
		content, err := c.GetVariantContent(ctx, v.VariantRef)
		at.variant, at.pages = &v.VariantRef, content.Pages
		at.name = fmt.Sprintf("%s of %s", text.Quote(v.name), at.name)
		return at, err
	}
	return place{}, gumroad.Invalid(fmt.Sprintf("Each variant of %s has pages of its own.", at.name),
		"Pass one of these as variant_id: "+strings.Join(choices, ", ")+".")
}

// namedVariant is a variant by its id and name.
type namedVariant struct {
	gumroad.VariantRef
	name string
}

func variantsOf(c *gumroad.Client, ctx context.Context, ref gumroad.ProductRef) (all []namedVariant, err error) {
	categories, err := c.ListVariantCategories(ctx, ref)
	if err != nil {
		return nil, err
	}
	for _, category := range categories.Rows {
		of := gumroad.VariantCategoryRef{ProductRef: ref, VariantCategoryID: category.ID}
		variants, err := c.ListVariants(ctx, of)
		if err != nil {
			return nil, err
		}
		for _, v := range variants.Rows {
			all = append(all, namedVariant{gumroad.VariantRef{VariantCategoryRef: of, VariantID: v.ID}, v.Name})
		}
	}
	return all, nil
}

// again reads the same place anew.
func (at place) again(c *gumroad.Client, ctx context.Context) (place, error) {
	product, err := c.GetContent(ctx, gumroad.ProductRef{ProductID: at.product.ID})
	if err != nil {
		return place{}, err
	}
	now := at
	now.product, now.pages = product, product.Pages
	if at.variant != nil {
		content, err := c.GetVariantContent(ctx, *at.variant)
		if err != nil {
			return place{}, err
		}
		now.pages = content.Pages
	}
	return now, nil
}

// unchanged refuses a change to content that somebody else has changed since it was read: the whole of it is about to be
// sent back.
func (at place) unchanged(c *gumroad.Client, ctx context.Context) error {
	now, err := at.again(c, ctx)
	if err != nil {
		return err
	}
	samePage := func(a, b gumroad.ContentPage) bool {
		return a.ID == b.ID && a.Title == b.Title && a.UpdatedAt == b.UpdatedAt && string(a.Description) == string(b.Description)
	}
	if !slices.EqualFunc(at.pages, now.pages, samePage) || !slices.Equal(at.product.Files, now.product.Files) ||
		at.product.Shared != now.product.Shared {
		return &gumroad.Error{Code: gumroad.Rejected,
			Message: fmt.Sprintf("Somebody else changed the content of %s a moment ago.", at.name), Hint: "Read it again, then try again."}
	}
	return nil
}

// entries are the pages as they are, to be sent back.
func (at place) entries() []gumroad.PageEntry {
	entries := []gumroad.PageEntry{}
	for _, page := range at.pages {
		entries = append(entries, page.Entry())
	}
	return entries
}

// setPages replaces all pages of a place, and returns them as they are then.
func (at place) setPages(c *gumroad.Client, ctx context.Context, pages []gumroad.PageEntry) ([]gumroad.ContentPage, error) {
	if err := at.unchanged(c, ctx); err != nil {
		return nil, err
	}
	if at.variant != nil {
		changed, err := c.SetVariantContent(ctx, gumroad.SetVariantContent{VariantRef: *at.variant, Pages: pages})
		return changed.Pages, err
	}
	changed, err := c.SetContent(ctx,
		gumroad.SetContent{ProductRef: gumroad.ProductRef{ProductID: at.product.ID}, Pages: pages})
	return changed.Pages, err
}

// page returns the index of a page.
func (at place) page(id string) (int, error) {
	if i := slices.IndexFunc(at.pages, func(p gumroad.ContentPage) bool { return gumroad.SameID(p.ID, id) }); i >= 0 {
		return i, nil
	}
	hint := "It has none."
	if len(at.pages) > 0 {
		var pages []string
		for _, page := range at.pages {
			pages = append(pages, fmt.Sprintf("%s (%s)", page.ID, text.Quote(page.Title)))
		}
		hint = "Its pages are: " + strings.Join(pages, ", ") + "."
	}
	return 0, &gumroad.Error{Code: gumroad.NotFound, Hint: hint,
		Message: fmt.Sprintf("%s has no page %s.", at.name, text.Quote(id))}
}

// isSold reports whether there may be buyers, whom a change reaches at once. Without the right to see sales nobody knows.
func (at place) isSold() bool { return at.product.SalesCount == nil || *at.product.SalesCount > 0 }

// buyers says whom a change reaches.
func (at place) buyers() string {
	if at.product.SalesCount == nil {
		return "all who bought " + at.name
	}
	return fmt.Sprintf("all who bought %s (%d sales)", at.name, *at.product.SalesCount)
}

// document reads the text of a page. A text that cannot be read must not be replaced.
func document(page gumroad.ContentPage) (richcontent.Document, error) {
	d, err := richcontent.Read(page.Description)
	if err != nil {
		return d, &gumroad.Error{Code: gumroad.UpstreamUnavailable,
			Message: fmt.Sprintf("The text of the page %s has a form that is not known.", text.Quote(page.Title))}
	}
	return d, nil
}

// newUID identifies a new block of a page.
func newUID() string {
	random := make([]byte, 16)
	rand.Read(random) // never fails
	random[6], random[8] = random[6]&0x0f|0x40, random[8]&0x3f|0x80
	h := hex.EncodeToString(random)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
