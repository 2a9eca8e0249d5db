package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
)

// checkoutOffer is what the API calls an upsell: another version of what is in the cart or, as a cross-sell, another
// product.
type checkoutOffer struct {
	n         int
	id        string
	name      string
	text      *string
	about     *string // the description
	crossSell bool
	universal bool
	replaces  bool // the products it is offered with
	paused    bool
	inContent bool // part of a page or an e-mail, which the API does not show
	deleted   bool
	product   *product
	variant   *variant
	code      *offerCode
	selected  []*product
	changes   []*versionChange
}

// versionChange offers one version to those who chose another.
type versionChange struct {
	id       string
	from, to *variant
}

const missingReference = "The product, variant, or offer referenced by an external ID could not be found."

func named(id, name string) *object { return newObject().with("id", id).with("name", name) }

func offerJSON(u *checkoutOffer) *object {
	product := named(u.product.id, u.product.name).with("currency_type", u.product.currency).with("variant", nil)
	if u.variant != nil {
		product.set("variant", named(u.variant.id, u.variant.name))
	}
	selected, changes := []*object{}, []*object{}
	for _, p := range u.selected {
		selected = append(selected, named(p.id, p.name))
	}
	for _, c := range u.changes {
		changes = append(changes, newObject().with("id", c.id).with("selected_variant", named(c.from.id, c.from.name)).
			with("offered_variant", named(c.to.id, c.to.name)))
	}
	return newObject().with("id", u.id).with("name", u.name).with("cross_sell", u.crossSell).
		with("replace_selected_products", u.replaces).with("universal", u.universal).with("text", deref(u.text)).
		with("description", deref(u.about)).with("paused", u.paused).with("product", product).
		with("discount", u.discountJSON()).with("selected_products", selected).with("upsell_variants", changes)
}

func (u *checkoutOffer) discountJSON() any {
	if u.code == nil {
		return nil
	}
	discount := newObject()
	if u.code.cents != nil {
		discount.with("type", "fixed").set("cents", *u.code.cents)
	} else {
		discount.with("type", "percent").set("percents", *u.code.percent)
	}
	return discount.with("product_ids", []string{u.product.id}).with("expires_at", stampOrNull(u.code.expiresAt)).
		with("minimum_quantity", nil).with("duration_in_billing_cycles", nil).with("minimum_amount_cents", deref(u.code.minimum))
}

func (st *store) liveOffers() []*checkoutOffer {
	return slices.DeleteFunc(slices.Clone(st.offers), func(u *checkoutOffer) bool { return u.deleted || u.inContent })
}

func listUpsells(r *request) answer {
	rows := []*object{}
	for _, u := range r.store.liveOffers() {
		rows = append(rows, offerJSON(u))
	}
	return ok("upsells", rows)
}

func withUpsell(run func(*request, *checkoutOffer) answer) func(*request) answer {
	return func(r *request) answer {
		for _, u := range r.store.liveOffers() {
			if sameID(u.id, r.params.str("id")) {
				return run(r, u)
			}
		}
		return notFound("upsell")
	}
}

func showUpsell(_ *request, u *checkoutOffer) answer { return ok("upsell", offerJSON(u)) }

func createUpsell(r *request) answer {
	u := &checkoutOffer{}
	if problem := r.saveUpsell(u, r.params); problem != nil {
		return *problem
	}
	u.n, u.id = r.sb.numbered("upsell")
	r.store.offers = append(r.store.offers, u)
	r.commit()
	return ok("upsell", offerJSON(u))
}

// updateUpsell puts what was omitted back first, as far as it still applies.
func updateUpsell(r *request, u *checkoutOffer) answer {
	p := params{}
	for name, value := range r.params {
		p[name] = value
	}
	moves := !p.blank("product_id") && p.str("product_id") != u.product.id // as text: an id without padding is another
	crossSell := u.crossSell
	if p.has("cross_sell") {
		crossSell = boolean(p["cross_sell"])
	}
	keep := func(name string, value any) {
		if !p.has(name) {
			p[name] = value
		}
	}
	keep("product_id", u.product.id)
	var variant any
	if crossSell && !moves && u.variant != nil {
		variant = u.variant.id
	}
	keep("variant_id", variant)
	selected, changes := []any{}, []any{}
	for _, product := range u.selected {
		if crossSell {
			selected = append(selected, product.id)
		}
	}
	for _, c := range u.changes {
		if !crossSell && !moves {
			changes = append(changes, map[string]any{"selected_variant_id": c.from.id, "offered_variant_id": c.to.id})
		}
	}
	keep("product_ids", selected)
	keep("upsell_variants", changes)
	if !p.has("offer_code") && u.code != nil {
		p["offer_code"] = map[string]any{"amount_cents": intParam(u.code.cents), "amount_percentage": intParam(u.code.percent)}
	}
	changed := *u
	if problem := r.saveUpsell(&changed, p); problem != nil {
		return *problem
	}
	*u = changed
	r.commit()
	return ok("upsell", offerJSON(u))
}

func intParam(n *int) any {
	if n == nil {
		return nil
	}
	return json.Number(mustJSON(*n))
}

func deleteUpsell(r *request, u *checkoutOffer) answer {
	if u.code != nil {
		u.code.deleted = true
	}
	u.deleted = true
	r.commit()
	return deleted("upsell")
}

// saveUpsell puts the parameters into an upsell, and its discount into the store, or says why it does neither.
func (r *request) saveUpsell(u *checkoutOffer, p params) *answer {
	no := func(a answer) *answer { return &a }
	var errors []string
	i := slices.IndexFunc(r.store.products, func(product *product) bool { return sameID(product.id, p.str("product_id")) })
	if i < 0 {
		return no(refuse(missingReference))
	}
	u.product = r.store.products[i]
	u.selected = nil
	for _, product := range r.store.products { // those of others are passed over
		if slices.ContainsFunc(p.list("product_ids"), func(id any) bool { text, _ := scalar(id); return sameID(product.id, text) }) {
			u.selected = append(u.selected, product)
		}
	}
	for name, to := range map[string]**string{"text": &u.text, "description": &u.about} {
		if text, isText := p.text(name); p.has(name) && isText {
			*to = &text
			if p[name] == nil {
				*to = nil
			}
		}
	}
	if name, isText := p.text("name"); p.has("name") && isText {
		u.name = name
	}
	for name, to := range map[string]*bool{"cross_sell": &u.crossSell, "universal": &u.universal, "paused": &u.paused} {
		if value := p[name]; value != nil && value != "" {
			*to = boolean(value)
		}
	}
	if p.has("replace_selected_products") { // a flag, which has words of its own for true
		word, _ := p.text("replace_selected_products")
		u.replaces = slices.Contains([]string{"true", "1", "t", "T", "TRUE"}, word)
	}
	u.variant = nil
	if !p.blank("variant_id") {
		if u.variant = r.sb.anyVariant(p.str("variant_id")); u.variant == nil {
			return no(refuse(missingReference))
		}
	}
	problem, unknown := r.saveChanges(u, p.list("upsell_variants"))
	if problem != nil {
		return problem
	}
	code, problem := r.discountOf(u, p["offer_code"])
	if problem != nil {
		return problem
	}
	if code != nil {
		for _, e := range r.store.offerCodeErrors(code) {
			errors = append(errors, "Offer code "+e)
		}
	}
	errors = append(errors, unknown...)
	if strings.TrimSpace(u.name) == "" {
		errors = append(errors, "Name can't be blank")
	}
	if u.variant != nil && !u.product.hasVariant(u.variant) {
		errors = append(errors, "The offered variant must belong to the offered product.")
	}
	seen := map[*variant]bool{}
	for _, c := range u.changes {
		if seen[c.from] {
			errors = append(errors, "The upsell cannot have more than one upsell variant per selected variant.")
			break
		}
		seen[c.from] = true
	}
	if !u.crossSell && slices.ContainsFunc(r.store.offers, func(other *checkoutOffer) bool {
		return !other.deleted && !other.crossSell && other.product == u.product && other.n != u.n
	}) {
		errors = append(errors, "You can only create one upsell per product.")
	}
	if u.product.nativeType == "call" {
		errors = append(errors, "Calls cannot be offered as upsells.")
	}
	if len(errors) > 0 {
		return no(invalid(errors))
	}
	r.saveDiscount(u, code)
	return nil
}

// saveChanges puts the version changes into an upsell. A version of another product is an error of the new upsell or, of
// one that exists, of its change alone; one that nobody has is not found only where the upsell exists.
func (r *request) saveChanges(u *checkoutOffer, list []any) (problem *answer, errors []string) {
	existing := u.id != ""
	before := u.changes
	u.changes = nil
	versions := u.product.variantsOrSKUs()
	for _, item := range list {
		pair, _ := item.(map[string]any)
		from, to := params(pair).str("selected_variant_id"), params(pair).str("offered_variant_id")
		find := func(id string) *variant {
			if existing {
				return r.sb.anyVariant(id)
			}
			i := slices.IndexFunc(versions, func(v *variant) bool { return sameID(v.id, id) })
			if i < 0 {
				return nil
			}
			return versions[i]
		}
		c := &versionChange{from: find(from), to: find(to)}
		if c.from == nil || c.to == nil {
			if existing {
				return new(refuse(missingReference)), nil
			}
			for _, what := range []string{" must exist", " can't be blank"} {
				if c.from == nil {
					errors = append(errors, "Upsell variants selected variant"+what)
				}
				if c.to == nil {
					errors = append(errors, "Upsell variants offered variant"+what)
				}
			}
			continue
		}
		if !u.product.hasVariant(c.from) || !u.product.hasVariant(c.to) {
			errors = append(errors, "Upsell variants The selected variant and the offered variant must belong to the upsell's offered product.")
		}
		i := slices.IndexFunc(before, func(b *versionChange) bool { return b.from == c.from })
		if i >= 0 {
			c.id = before[i].id
		} else {
			_, c.id = r.sb.numbered("upsell_variant")
		}
		u.changes = append(u.changes, c)
	}
	return nil, errors
}

// discountOf is the code that the parameter describes, not yet part of the store, or nil for none.
func (r *request) discountOf(u *checkoutOffer, value any) (*offerCode, *answer) {
	sent, isObject := value.(map[string]any)
	_, hasCents := sent["amount_cents"]
	_, hasPercent := sent["amount_percentage"]
	if !isObject || !hasCents && !hasPercent {
		return nil, nil
	}
	cents, fits := params(sent).integer("amount_cents")
	percent, alsoFits := params(sent).integer("amount_percentage")
	switch {
	case !fits || !alsoFits:
		return nil, new(refuse(outOfRange))
	case cents == nil && percent == nil:
		return nil, new(crash())
	case cents != nil:
		percent = nil
	}
	code := &offerCode{createdAt: r.now}
	if u.code != nil {
		*code = *u.code
	}
	code.product, code.cents, code.percent, code.currency = u.product, cents, percent, u.product.currency
	return code, nil
}

// saveDiscount keeps the code that an upsell has, which sales refer to, and changes it.
func (r *request) saveDiscount(u *checkoutOffer, code *offerCode) {
	switch {
	case code == nil && u.code != nil:
		u.code.deleted = true
		u.code = nil
	case code == nil:
	case u.code != nil:
		*u.code = *code
	default:
		code.n, code.id = r.sb.numbered("offer_code")
		r.store.codes = append(r.store.codes, code)
		u.code = code
	}
}

// list is an array parameter; anything else is none.
func (p params) list(name string) []any {
	list, _ := p[name].([]any)
	return list
}

func (p *product) variantsOrSKUs() []*variant {
	if p.skusEnabled {
		return p.skus
	}
	return p.liveVariants()
}

// hasVariant counts deleted ones, too.
func (p *product) hasVariant(v *variant) bool {
	return slices.Contains(p.skus, v) || slices.ContainsFunc(p.categories, func(c *variantCategory) bool { return slices.Contains(c.variants, v) })
}

// anyVariant finds a version, tier or SKU of any store.
func (s *Sandbox) anyVariant(id string) *variant {
	for _, st := range s.stores {
		for _, p := range st.products {
			all := slices.Clone(p.skus)
			for _, c := range p.categories {
				all = append(all, c.variants...)
			}
			for _, v := range all {
				if sameID(v.id, id) {
					return v
				}
			}
		}
	}
	return nil
}
