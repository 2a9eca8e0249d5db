package gumroad

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	// externalID is Gumroad's form of ids: 16 encrypted bytes in base64, on some servers without the padding.
	externalID = regexp.MustCompile(`^[A-Za-z0-9_-]{22}(==)?$`)
	permalink  = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

// FindProduct returns the id of the product that a person names by its id, its permalink, its name, or a part of its
// name that no other product has. Ids are returned as they are, without a request. NotFound names what comes close, and
// InvalidArguments the products among which the name does not decide.
func (c *Client) FindProduct(ctx context.Context, named string) (id string, err error) {
	named = strings.TrimSpace(named)
	if externalID.MatchString(named) {
		return named, nil
	}
	if permalink.MatchString(named) {
		product, err := c.GetProduct(ctx, ProductRef{named})
		if err == nil || !errors.Is(err, NotFound) {
			return product.ID, err
		}
	}
	var all []Product
	for page, err := range Pages(ctx, ListProducts{}, c.ListProducts) {
		if err != nil {
			return "", err
		}
		all = append(all, page.Rows...)
	}
	product, err := ProductNamed(all, named)
	return product.ID, err
}

// ProductNamed returns the product among those given that is named as for FindProduct.
func ProductNamed(all []Product, named string) (Product, error) {
	wanted := folded(named)
	choose := func(is func(Product) bool) (found []Product) {
		for _, product := range all {
			if is(product) {
				found = append(found, product)
			}
		}
		return found
	}
	found := choose(func(p Product) bool { return SameID(p.ID, strings.TrimSpace(named)) })
	if len(found) == 0 {
		found = choose(func(p Product) bool { return folded(p.Name) == wanted || folded(p.CustomPermalink) == wanted })
	}
	if len(found) == 0 && wanted != "" {
		found = choose(func(p Product) bool { return strings.Contains(folded(p.Name), wanted) })
	}
	switch len(found) {
	case 0:
		one, _ := Product{}.Envelope()
		return Product{}, &Error{Code: NotFound, Record: one,
			Message: fmt.Sprintf("No product has the id, permalink or name %q.", named)}
	case 1:
		return found[0], nil
	}
	var choices []string
	for _, product := range found {
		choices = append(choices, fmt.Sprintf("%q (%s)", product.Name, product.ID))
	}
	return Product{}, Invalid(fmt.Sprintf("%q could mean %d products.", named, len(found)),
		"Pass one of these ids: "+strings.Join(choices, ", ")+".")
}

// folded returns a name without differences of case and spacing.
func folded(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }
