package tool

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// finder returns the id of the record that an argument names in another way. It is given the arguments that were found
// before.
type finder func(ctx context.Context, c *gumroad.Client, named string, found map[string]string) (id string, err error)

// finders are the arguments that people and models know by other names than their ids, in the order in which they are
// found.
var finders = []struct {
	argument string
	find     finder
}{
	{"product_id", findProduct},
	{"bundle_id", findProduct},
	{"offer_code_id", func(ctx context.Context, c *gumroad.Client, named string, found map[string]string) (string, error) {
		return c.FindOfferCode(ctx, gumroad.ProductRef{ProductID: found["product_id"]}, named)
	}},
}

func findProduct(ctx context.Context, c *gumroad.Client, named string, _ map[string]string) (string, error) {
	found, err := c.FindProducts(ctx, named)
	if err != nil {
		return "", err
	}
	product, err := OneProduct(found, named)
	return product.ID, err
}

const maxChoices = 10

// OneProduct returns the only one of the products that were found by a name. If there is none, or several, its error
// says so, and names those that could be meant.
func OneProduct(found []gumroad.Product, named string) (gumroad.Product, error) {
	switch len(found) {
	case 0:
		kind, _ := gumroad.Product{}.Envelope()
		return gumroad.Product{}, &gumroad.Error{Code: gumroad.NotFound, Record: kind,
			Message: fmt.Sprintf("No product has the id, permalink or name %s.", text.Quote(named))}
	case 1:
		return found[0], nil
	}
	var choices []string
	for _, product := range found[:min(len(found), maxChoices)] {
		choices = append(choices, fmt.Sprintf("%s (%s)", product.ID, text.Quote(product.Name)))
	}
	return gumroad.Product{}, gumroad.Invalid(
		fmt.Sprintf("%s could mean %d products.", text.Quote(named), len(found)),
		"Pass an id, such as one of: "+strings.Join(choices, ", ")+".")
}

// findRecords puts ids in place of the other names in the call's arguments. It comes before consent, which is thus given
// for a record, whatever it is called by the time of the second call.
func (call *toolCall) findRecords(ctx context.Context) error {
	var arguments map[string]json.RawMessage
	found := map[string]string{}
	for _, f := range finders {
		if !call.Takes(f.argument) {
			continue
		}
		if arguments == nil {
			if err := json.Unmarshal(call.arguments, &arguments); err != nil {
				return err
			}
		}
		var named string
		if raw, given := arguments[f.argument]; !given || json.Unmarshal(raw, &named) != nil || named == "" {
			continue
		}
		id, err := f.find(ctx, call.store, named, found)
		if err != nil {
			return err
		}
		arguments[f.argument], found[f.argument] = object.Literal(id), id
	}
	if len(found) == 0 {
		return nil
	}
	changed, err := json.Marshal(arguments)
	call.arguments = changed
	return err
}
