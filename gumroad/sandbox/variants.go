package sandbox

import (
	"fmt"
	"strings"
)

// newCategory numbers a variant category.
func (s *Sandbox) newCategory(title *string) *variantCategory {
	n := s.next("variant_category")
	return &variantCategory{n: n, id: externalID(s.seed, "variant_category", n), title: title}
}

func (c *variantCategory) json() *object {
	return newObject().with("id", c.id).with("title", deref(c.title))
}

func (p *product) category(id string) *variantCategory {
	for _, c := range p.categories {
		if sameID(c.id, id) {
			return c
		}
	}
	return nil
}

// withCategory finds a category of the product, deleted ones too.
func withCategory(run func(*request, *product, *variantCategory) answer) func(*request) answer {
	return withProduct(func(r *request, p *product) answer {
		c := p.category(r.params.str("category_id"))
		if c == nil {
			return notFound("variant_category")
		}
		return run(r, p, c)
	})
}

// withVariantsCategory is withCategory on the variants routes, where the server of 2025 crashed.
func withVariantsCategory(run func(*request, *product, *variantCategory) answer) func(*request) answer {
	return withProduct(func(r *request, p *product) answer {
		if r.sb.options.Compat2025 && p.category(r.params.str("category_id")) == nil {
			return crash()
		}
		return withCategory(run)(r)
	})
}

func listCategories(r *request, p *product) answer {
	rows := []*object{}
	for _, c := range p.liveCategories() {
		rows = append(rows, c.json())
	}
	return ok("variant_categories", rows)
}

// createCategory takes any title, or none.
func createCategory(r *request, p *product) answer {
	c := r.sb.newCategory(titleParam(r.params))
	p.categories = append(p.categories, c)
	r.commit()
	return ok("variant_category", c.json())
}

func titleParam(p params) *string {
	title, isText := p.text("title")
	if !isText || p["title"] == nil {
		return nil
	}
	return &title
}

func showCategory(r *request, p *product, c *variantCategory) answer {
	return ok("variant_category", c.json())
}

func updateCategory(r *request, p *product, c *variantCategory) answer {
	if r.params.has("title") {
		c.title = titleParam(r.params)
		r.commit()
	}
	return ok("variant_category", c.json())
}

// deleteCategory leaves the category's variants as they are.
func deleteCategory(r *request, p *product, c *variantCategory) answer {
	if !c.deleted {
		c.deleted = true
		r.commit()
	}
	return deleted("variant_category")
}

func withVariant(run func(*request, *product, *variant) answer) func(*request) answer {
	return withVariantsCategory(func(r *request, p *product, c *variantCategory) answer {
		for _, v := range c.variants {
			if sameID(v.id, r.params.str("id")) {
				return run(r, p, v)
			}
		}
		return notFound("variant")
	})
}

func listVariants(r *request, p *product, c *variantCategory) answer {
	rows := []*object{}
	for _, v := range c.live() {
		rows = append(rows, v.json(p))
	}
	return ok("variants", rows)
}

func createVariant(r *request, p *product, c *variantCategory) answer {
	v := variant{}
	if message := assignVariant(&v, r.params, p, 0); message != "" {
		return refuse(message)
	}
	v.n, v.id = r.sb.numbered("variant")
	c.variants = append(c.variants, &v)
	r.commit()
	return ok("variant", r.fullVariant(p, &v))
}

func showVariant(r *request, p *product, v *variant) answer {
	return ok("variant", r.fullVariant(p, v))
}

func updateVariant(r *request, p *product, v *variant) answer {
	changed := *v
	if message := assignVariant(&changed, r.params, p, p.inventorySold(v)); message != "" {
		return refuse(message)
	}
	if r.params.has("rich_content") && !r.sb.options.Compat2025 {
		pages, message := r.variantPages(p, v)
		if message != "" {
			return refuse(message)
		}
		p.license(v.richContent, pages)
		changed.richContent = r.numberPages(pages)
	}
	*v = changed
	r.commit()
	return ok("variant", r.fullVariant(p, v))
}

func deleteVariant(r *request, p *product, v *variant) answer {
	if !v.deleted {
		v.deleted = true
		r.commit()
	}
	return deleted("variant")
}

const coffeePriceMessage = "Price difference cents must be greater than 0"

// maxCount is where purchase limits are clamped.
const maxCount = 10_000_000

// countParam is a purchase limit: clamped, null for an empty text, 0 for any other text without a number.
func countParam(p params, name string) *int {
	n, _ := p.integer(name)
	if n == nil {
		return nil
	}
	return new(min(max(*n, 0), maxCount))
}

// assignVariant copies the permitted parameters and runs the model's validations.
func assignVariant(v *variant, p params, owner *product, sold int) string {
	if p.has("name") {
		v.name = p.str("name")
	}
	if p.has("description") {
		v.description = textOrNil(p, "description")
	}
	if p.has("price_difference_cents") {
		n, inRange := p.integer("price_difference_cents")
		if !inRange {
			return outOfRange
		}
		v.difference = n
	}
	if p.has("max_purchase_count") {
		v.maxPurchases = countParam(p, "max_purchase_count")
	}
	coffee := owner.nativeType == "coffee"
	var errors []string
	if strings.TrimSpace(v.name) == "" && !coffee {
		errors = append(errors, "Name can't be blank")
	}
	switch {
	case coffee && v.difference != nil && *v.difference <= 0:
		errors = append(errors, coffeePriceMessage)
	case v.difference != nil && *v.difference < 0:
		errors = append(errors, "Please enter a price that is equal to or greater than the price of the product.")
	}
	if v.maxPurchases != nil && *v.maxPurchases < sold {
		errors = append(errors, fmt.Sprintf("You have chosen an amount lower than what you have already sold. Please enter an amount greater than %d.", sold))
	}
	return sentence(errors)
}

// json is the variant as lists hold it.
func (v *variant) json(p *product) *object {
	o := v.plain()
	if !p.tiered() && len(v.recurrence) == 0 {
		return o
	}
	o.set("is_customizable_price", false)
	values := newObject()
	for _, period := range recurrences {
		t, on := v.recurrence[period]
		if !on || v.deleted { // the prices of a deleted tier go with it
			values.set(period, newObject().with("enabled", false))
			continue
		}
		values.set(period, newObject().with("enabled", true).with("price_cents", t.cents).
			with("suggested_price_cents", nil).with("price", p.money().number(t.cents)))
	}
	o.set("recurrence_price_values", values)
	return o
}

func (v *variant) plain() *object {
	return newObject().with("id", v.id).with("max_purchase_count", deref(v.maxPurchases)).with("name", v.name).
		with("description", deref(v.description)).with("price_difference_cents", deref(v.difference))
}

// fullVariant is the variant as single answers hold it.
func (r *request) fullVariant(p *product, v *variant) *object {
	o := v.json(p)
	if !r.sb.options.Compat2025 {
		o.set("rich_content", p.variantPagesJSON(v))
	}
	return o
}

// listSKUs: SKUs where the product has them, a physical product's variants where not.
func listSKUs(r *request, p *product) answer {
	rows := []*object{}
	switch {
	case p.skusEnabled:
		for _, v := range p.skus {
			o := v.plain()
			if v.customSKU != "" {
				o.set("custom_sku", v.customSKU)
			}
			rows = append(rows, o)
		}
	case p.physical:
		for _, v := range p.liveVariants() {
			rows = append(rows, v.plain())
		}
	}
	return ok("skus", rows)
}
