package sandbox

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

func (r *request) offerCodeJSON(c *offerCode) *object {
	o := newObject().with("id", c.id).with("name", deref(c.name)).
		with("max_purchase_count", deref(c.maxPurchases)).with("universal", c.universal).with("times_used", c.timesUsed)
	if c.percent != nil {
		o.set("percent_off", *c.percent)
	} else {
		o.set("amount_cents", *c.cents)
	}
	if !r.sb.options.Compat2025 {
		o.set("minimum_amount_cents", deref(c.minimum))
	}
	return o
}

func listOfferCodes(r *request, p *product) answer {
	rows := []*object{}
	for _, c := range r.store.codesFor(p) {
		rows = append(rows, r.offerCodeJSON(c))
	}
	return ok("offer_codes", rows)
}

// withOfferCode looks through the product's codes, then the matching universal ones.
func withOfferCode(run func(*request, *product, *offerCode) answer) func(*request) answer {
	return withProduct(func(r *request, p *product) answer {
		for _, c := range r.store.codesFor(p) {
			if sameID(c.id, r.params.str("id")) {
				return run(r, p, c)
			}
		}
		return notFound("offer_code")
	})
}

func showOfferCode(r *request, p *product, c *offerCode) answer {
	return ok("offer_code", r.offerCodeJSON(c))
}

var codeForm = regexp.MustCompile(`^[A-Za-zÀ-ÖØ-öø-ÿ0-9_-]*$`)

// createOfferCode asks for an amount before it looks for the product.
func createOfferCode(r *request) answer {
	if r.params.blank("amount_off") && r.params.blank("amount_cents") {
		return refuse("You are missing required offer code parameters. Please refer to https://gumroad.com/api#offer-codes for the correct parameters.")
	}
	return withProduct(addOfferCode)(r)
}

func addOfferCode(r *request, p *product) answer {
	sent := r.params
	c := &offerCode{
		name: new(strings.TrimSpace(sent.str("name"))), maxPurchases: countParam(sent, "max_purchase_count"),
		universal: sent.is("universal", "true"), createdAt: r.now,
	}
	if !c.universal {
		c.product = p
	}
	amount := "amount_off"
	if sent.is("offer_type", "percent") {
		n, _ := sent.integer("amount_off") // beyond the column's range it is beyond 100 too
		if n == nil {
			n = new(0)
		}
		c.percent = n
	} else {
		if !sent.blank("amount_cents") {
			amount = "amount_cents"
		}
		n, inRange := sent.integer(amount)
		if !inRange {
			return refuse(outOfRange)
		}
		c.cents, c.currency = n, p.currency
	}
	if !r.sb.options.Compat2025 {
		c.minimum = countParam(sent, "minimum_amount_cents")
	}
	if errors := r.store.offerCodeErrors(c); len(errors) > 0 {
		return invalid(errors)
	}
	c.n, c.id = r.sb.numbered("offer_code")
	r.store.codes = append(r.store.codes, c)
	r.commit()
	return ok("offer_code", r.offerCodeJSON(c))
}

// updateOfferCode knows the purchase limit and the minimum; everything else is ignored.
func updateOfferCode(r *request, p *product, c *offerCode) answer {
	changed := *c
	if r.params.has("max_purchase_count") {
		changed.maxPurchases = countParam(r.params, "max_purchase_count")
	}
	if r.params.has("minimum_amount_cents") && !r.sb.options.Compat2025 {
		changed.minimum = countParam(r.params, "minimum_amount_cents")
	}
	if errors := r.store.offerCodeErrors(&changed); len(errors) > 0 {
		return invalid(errors)
	}
	*c = changed
	r.commit()
	return ok("offer_code", r.offerCodeJSON(c))
}

func deleteOfferCode(r *request, p *product, c *offerCode) answer {
	c.deleted = true
	r.commit()
	return deleted("offer_code")
}

// offerCodeErrors are the model's validations, of a new code or a changed one.
func (st *store) offerCodeErrors(c *offerCode) []string {
	var errors []string
	if c.name != nil {
		switch {
		case *c.name == "":
			errors = append(errors, "Discount code can't be blank")
		case !codeForm.MatchString(*c.name):
			errors = append(errors, "Discount code can only contain numbers, letters, dashes, and underscores.")
		}
	}
	if c.maxPurchases != nil && *c.maxPurchases < c.timesUsed {
		errors = append(errors, fmt.Sprintf("You have chosen a discount code quantity that is less that the number already used. Please enter an amount no less than %d.", c.timesUsed))
	}
	switch {
	case c.percent != nil && *c.percent < 0, c.cents != nil && *c.cents < 0:
		errors = append(errors, "Please enter a positive discount amount.")
	case c.percent != nil && *c.percent > 100:
		errors = append(errors, "Please enter a discount amount that is 100% or less.")
	default:
		for _, p := range st.products {
			if (c.product == p || c.appliesTo(p) && p.published()) && !c.pricesFit(p) {
				errors = append(errors, fmt.Sprintf("The price after discount for all of your products must be either %s0 or at least %s.",
					p.money().symbol, p.money().format(p.money().minimum)))
				break
			}
		}
	}
	if c.name != nil && *c.name != "" && st.codeTaken(c) {
		errors = append(errors, "Discount code must be unique.")
	}
	return errors
}

// codeTaken: a universal code must be unique in the store, where the database compares without regard to case. That of a
// product must be on the product alone, where Ruby compares exactly.
func (st *store) codeTaken(c *offerCode) bool {
	return slices.ContainsFunc(st.codes, func(other *offerCode) bool {
		switch {
		case other.deleted || other.n == c.n || other.name == nil:
			return false
		case c.universal:
			return strings.EqualFold(*other.name, *c.name)
		default:
			return *other.name == *c.name && other.appliesTo(c.product)
		}
	})
}
