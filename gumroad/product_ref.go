package gumroad

import (
	"context"
	"errors"
	"regexp"
	"strings"
)

var (
	// externalID is Gumroad's form of ids: 16 encrypted bytes in base64, on some servers without the padding.
	externalID = regexp.MustCompile(`^[A-Za-z0-9_-]{22}(==)?$`)
	permalink  = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

// FindProducts returns the products that a person can mean by an id, a permalink, a name or a part of a name. It takes
// an id at its word and without a request: of such a product only the id is set.
func (c *Client) FindProducts(ctx context.Context, named string) ([]Product, error) {
	named = strings.TrimSpace(named)
	if externalID.MatchString(named) {
		return []Product{{ID: named}}, nil
	}
	if permalink.MatchString(named) {
		product, err := c.GetProduct(ctx, ProductRef{named})
		if err == nil {
			return []Product{product}, nil
		}
		if !errors.Is(err, NotFound) {
			return nil, err
		}
	}
	var all []Product
	for page, err := range Pages(ctx, ListProducts{}, c.ListProducts) {
		if err != nil {
			return nil, err
		}
		all = append(all, page.Rows...)
	}
	return ProductsNamed(all, named), nil
}

// ProductsNamed returns those of the products that a person can mean: the one of that id, or else those of that
// permalink or name, or else those whose name has it as a part.
func ProductsNamed(all []Product, named string) []Product {
	named = strings.TrimSpace(named)
	wanted := folded(named)
	for _, fits := range []func(Product) bool{
		func(p Product) bool { return SameID(p.ID, named) },
		func(p Product) bool { return folded(p.Name) == wanted || folded(p.CustomPermalink) == wanted },
		func(p Product) bool { return strings.Contains(folded(p.Name), wanted) },
	} {
		var found []Product
		for _, product := range all {
			if wanted != "" && fits(product) {
				found = append(found, product)
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// folded returns a name without differences of case and spacing.
func folded(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }
