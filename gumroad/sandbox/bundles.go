package sandbox

import (
	"fmt"
	"math"
	"regexp"
	"slices"
)

func (p *product) bundleJSON() []*object {
	rows := []*object{}
	for _, item := range p.bundle {
		row := newObject().with("product_id", item.product.id).with("variant_id", nil)
		if item.variant != nil {
			row.set("variant_id", item.variant.id)
		}
		rows = append(rows, row.with("quantity", item.quantity).with("position", deref(item.position)))
	}
	return rows
}

var wholeNumber = regexp.MustCompile(`^\s*[+-]?\d+\s*$`)

// wholeParam reads a number as Ruby's Integer() does, which takes no text around it.
func wholeParam(v any) (n int, ok bool) {
	text, isScalar := scalar(v)
	if _, isBool := v.(bool); !isScalar || isBool || !wholeNumber.MatchString(text) {
		return 0, false
	}
	n = rubyInt(text)
	return n, math.MinInt32 <= n && n <= math.MaxInt32
}

// replaceBundle is PUT /products/:id/bundle_contents: what is not in the list is no longer in the bundle.
func replaceBundle(r *request, p *product) answer {
	if !p.isBundle() {
		return refuse("This product is not a bundle.")
	}
	sent, isList := r.params["products"].([]any)
	if !isList && r.params["products"] != nil {
		return refuse("Products must be an array.")
	}
	var rows []map[string]any // what is no object is passed over
	for _, item := range sent {
		if row, isHash := item.(map[string]any); isHash {
			rows = append(rows, row)
		}
	}
	items, message := r.bundleItems(rows)
	if message == "" {
		message = p.bundleMessage(items)
	}
	if message != "" {
		return refuse(message)
	}
	if errors := p.structureErrors(); len(errors) > 0 {
		return invalid(errors)
	}
	slices.SortStableFunc(items, func(a, b bundleItem) int { return a.rank() - b.rank() })
	p.bundle = items
	r.commit()
	return ok("product", r.productJSON(p, true))
}

// rank: rows without a position come first, as null does in the database.
func (b bundleItem) rank() int {
	if b.position == nil {
		return math.MinInt32
	}
	return *b.position
}

// bundleItems reads the rows, whose shapes are all checked before any product is looked for.
func (r *request) bundleItems(rows []map[string]any) (items []bundleItem, message string) {
	for _, row := range rows {
		item := bundleItem{quantity: 1}
		if row["quantity"] != nil {
			n, whole := wholeParam(row["quantity"])
			if !whole || n < 1 {
				return nil, "Quantity must be an integer greater than 0."
			}
			item.quantity = n
		}
		items = append(items, item)
	}
	for i, row := range rows {
		if blank(row["position"]) && row["position"] != false {
			continue
		}
		n, whole := wholeParam(row["position"])
		if !whole {
			return nil, "Position must be a valid integer."
		}
		items[i].position = &n
	}
	for i, row := range rows {
		id, _ := scalar(row["product_id"])
		for _, st := range r.sb.stores {
			for _, other := range st.products {
				if sameID(other.id, id) && id != "" && other.deletedAt == nil {
					items[i].product = other
				}
			}
		}
		if items[i].product == nil {
			return nil, "One or more products could not be found."
		}
	}
	for i, row := range rows {
		wanted, _ := scalar(row["variant_id"])
		for _, other := range r.store.products {
			for _, v := range other.liveVariants() {
				if wanted != "" && sameID(v.id, wanted) {
					items[i].variant = v
				}
			}
		}
		if message := r.store.itemMessage(items[i]); message != "" {
			return nil, message
		}
		if slices.ContainsFunc(items[:i], func(other bundleItem) bool { return other.product == items[i].product }) {
			return nil, "Product is already in bundle"
		}
	}
	return items, ""
}

// itemMessage is the first validation of one product in a bundle that fails.
func (st *store) itemMessage(item bundleItem) string {
	switch options := item.product.liveVariants(); {
	case !slices.Contains(st.products, item.product):
		return "The product must belong to the bundle's seller"
	case item.variant == nil && len(options) > 1:
		return "Bundle product must have variant specified for versioned product"
	case item.variant != nil && !slices.Contains(options, item.variant):
		return "The bundle product's variant must belong to its product"
	case item.product.isBundle():
		return "A bundle product cannot be added to a bundle"
	case item.product.recurring():
		return "A subscription product cannot be added to a bundle"
	case item.product.nativeType == "call":
		return "A call product cannot be added to a bundle"
	}
	return ""
}

// bundleMessage is what the bundle itself says to its new contents.
func (p *product) bundleMessage(items []bundleItem) string {
	if len(items) == 0 && p.published() {
		return "Bundles must have at least one product."
	}
	if p.instalments {
		for _, item := range items {
			if item.product.price == 0 || item.product.payWhatYouWant != nil && *item.product.payWhatYouWant {
				return fmt.Sprintf("Installment plan is not available for the bundled product: %s", item.product.name)
			}
		}
	}
	return ""
}
