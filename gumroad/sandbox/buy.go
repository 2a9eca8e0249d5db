package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Purchase describes a sale to make.
type Purchase struct {
	// Product is an id or permalink of a published product of either store.
	Product string `json:"product"`
	// Email is the buyer's; empty is a made-up one. The seller's own makes a test purchase.
	Email    string `json:"email,omitempty"`
	FullName string `json:"full_name,omitempty"`
	// Variants are option names, one for each category; omitted ones take the first option.
	Variants []string `json:"variants,omitempty"`
	// Recurrence is the period of a membership; empty is the product's own.
	Recurrence string `json:"recurrence,omitempty"`
	// OfferCode is the code's name.
	OfferCode string `json:"offer_code,omitempty"`
	Quantity  int    `json:"quantity,omitempty"`
	// CustomFields are the buyer's answers, in no order.
	CustomFields map[string]string `json:"custom_fields,omitempty"`
	// URLParams are the query of the product's URL, sent with the sale webhook.
	URLParams map[string]string `json:"url_params,omitempty"`
}

// Buy makes a sale now, as a buyer in a browser would, and sends its webhook.
// It returns the sale's id.
func (s *Sandbox) Buy(p Purchase) (saleID string, err error) {
	c := &call{sb: s, now: s.now()}
	saleID, err = c.buy(p)
	s.webhooks.send(c.events)
	return saleID, err
}

func (c *call) buy(p Purchase) (string, error) {
	s := c.sb
	s.mu.Lock()
	defer s.mu.Unlock()
	var st *store
	var product *product
	for _, candidate := range s.stores {
		if found := candidate.product(p.Product); found != nil && p.Product != "" {
			st, product = candidate, found
		}
	}
	switch {
	case product == nil:
		return "", fmt.Errorf("there is no product %q", p.Product)
	case !product.published():
		return "", errors.New("the product is not for sale")
	case p.Quantity < 0:
		return "", errors.New("quantity cannot be negative")
	case product.maxPurchases != nil && product.inventorySold(nil)+max(p.Quantity, 1) > *product.maxPurchases:
		return "", errors.New("the product is sold out")
	}
	n := s.next("buyer")
	row := &sale{
		product: product, createdAt: c.now, state: stateSuccessful, quantity: max(p.Quantity, 1), processor: processorGumroad,
		email: cmp.Or(p.Email, fmt.Sprintf("buyer%d@example.com", n)), fullName: p.FullName, canContact: true,
		referrer: "direct", card: cards[0], country: "United States", countryISO: "US", ipCountry: "United States",
	}
	if err := row.chooseNamed(p.Variants); err != nil {
		return "", err
	}
	if product.recurring() {
		period := cmp.Or(p.Recurrence, product.duration)
		if product.tiered() {
			if len(row.variants) == 0 {
				return "", errors.New("the membership has no tier")
			}
			if _, on := row.variants[0].variant.recurrence[period]; !on {
				return "", fmt.Errorf("the tier has no %q price", period)
			}
		}
		row.subscription = &subscription{
			product: product, original: row, email: row.email, createdAt: c.now, recurrence: period,
		}
		row.subscription.n, row.subscription.id = s.numbered("subscriber")
		if product.tiered() {
			row.subscription.tier = row.variants[0].variant
		}
	}
	if product.physical {
		row.street, row.city, row.region, row.zip = "14 Foundry Lane", "Portland", "OR", "97205"
		row.shippingCents = product.shippingCents
	}
	if p.OfferCode != "" {
		if row.code = st.usableCode(product, p.OfferCode, row); row.code == nil {
			return "", fmt.Errorf("the offer code %q cannot be used", p.OfferCode)
		}
	}
	for _, name := range sortedKeys(p.CustomFields) {
		row.customFields = append(row.customFields, st.answer(product, name, p.CustomFields[name]))
	}
	for _, name := range sortedKeys(p.URLParams) {
		row.urlParams = append(row.urlParams, fieldAnswer{name, p.URLParams[name]})
	}
	row.pay(0)
	row.bundle = product.isBundle()
	switch {
	case strings.EqualFold(row.email, st.seller.email):
		row.state, row.account = stateTest, &buyerAccount{st.seller.accountID, st.seller.email}
		if row.subscription != nil {
			row.subscription.test, row.subscription.account = true, row.account
		}
	case product.preorder != nil && product.preorder.open:
		row.state = statePreorder
	}
	s.number(row)
	if row.subscription != nil {
		st.addSubscription(row.subscription)
	}
	st.addSale(row)
	c.emitSale(st, "sale", row)
	return row.id, nil
}

// answer is what a buyer says to a checkout question; to a box that can be ticked it is true or false.
func (st *store) answer(p *product, name, text string) fieldAnswer {
	for _, f := range st.checkoutFields(p) {
		if f.name == name && (f.kind == "checkbox" || f.kind == "terms") {
			return fieldAnswer{name, boolean(text)}
		}
	}
	return fieldAnswer{name, text}
}

// chooseNamed picks options by name, the first of a category where none is named.
func (s *sale) chooseNamed(names []string) error {
	used := 0
	var options []int
	for _, category := range s.product.liveCategories() {
		live := category.live()
		if len(live) == 0 {
			return errors.New("a category of the product has no option")
		}
		option := 0
		for i, v := range live {
			if slices.Contains(names, v.name) {
				option = i
				used++
			}
		}
		if v := live[option]; v.maxPurchases != nil && s.product.inventorySold(v)+s.quantity > *v.maxPurchases {
			return fmt.Errorf("%q is sold out", v.name)
		}
		options = append(options, option)
	}
	if used != len(names) {
		return fmt.Errorf("the product has no such options: %s", strings.Join(names, ", "))
	}
	s.choose(options...)
	return nil
}

func (st *store) usableCode(p *product, name string, row *sale) *offerCode {
	for _, c := range st.codesFor(p) {
		if c.name == nil || !strings.EqualFold(*c.name, name) {
			continue
		}
		started := c.startsAt == nil || !c.startsAt.After(row.createdAt)
		expired := c.expiresAt != nil && c.expiresAt.Before(row.createdAt)
		usedUp := c.maxPurchases != nil && c.timesUsed+row.quantity > *c.maxPurchases
		if started && !expired && !usedUp {
			return c
		}
	}
	return nil
}
