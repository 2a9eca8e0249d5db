package sandbox

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"
)

// withProduct finds the product a path names, by id or permalink, deleted ones too.
func withProduct(run func(*request, *product) answer) func(*request) answer {
	return func(r *request) answer {
		p := r.store.product(r.params.str("link_id"))
		if p == nil {
			return notFound("product")
		}
		return run(r, p)
	}
}

func listProducts(r *request) answer {
	alive := []*product{}
	for _, p := range slices.Backward(r.store.products) {
		if p.deletedAt == nil {
			alive = append(alive, p)
		}
	}
	slices.SortStableFunc(alive, func(a, b *product) int {
		return cmp.Or(b.createdAt.Compare(a.createdAt), b.n-a.n)
	})
	more := false
	if !r.sb.options.Compat2025 {
		after, given, problem := r.cursorParam()
		if problem != nil {
			return *problem
		}
		if given {
			alive = slices.DeleteFunc(alive, func(p *product) bool {
				before := p.createdAt.Before(after.at) || p.createdAt.Equal(after.at) && p.n < after.n
				return !after.known || !before
			})
		}
		if more = len(alive) > pageSize; more {
			alive = alive[:pageSize]
		}
	}
	rows := make([]*object, 0, len(alive))
	for _, p := range alive {
		rows = append(rows, r.productJSON(p, false))
	}
	list := success().with("products", rows)
	if more {
		last := alive[len(alive)-1]
		r.nextPage(list, pageKey(last.createdAt, last.n))
	}
	return render(http.StatusOK, list)
}

func showProduct(r *request, p *product) answer { return ok("product", r.productJSON(p, true)) }

func deleteProduct(r *request, p *product) answer {
	if p.deletedAt == nil {
		p.deletedAt = new(r.now)
		r.commit()
	}
	return deleted("product")
}

func disableProduct(r *request, p *product) answer {
	if len(p.structureErrors()) > 0 {
		return crash() // the server saves without rescuing the validation
	}
	if p.disabledAt == nil {
		p.disabledAt = new(r.now)
		r.commit()
	}
	return ok("product", r.productJSON(p, true))
}

func enableProduct(r *request, p *product) answer {
	if message := r.publish(p); message != "" {
		return refuse(message)
	}
	return ok("product", r.productJSON(p, true))
}

// publish puts a product on sale, or says why it cannot be.
func (r *request) publish(p *product) (refusal string) {
	if message := r.whyNotPublish(p); message != "" {
		return message
	}
	p.disabledAt, p.deletedAt, p.draft = nil, nil, false
	r.commit()
	return ""
}

// whyNotPublish runs the checks of publishing in the server's order.
func (r *request) whyNotPublish(p *product) string {
	alive := *p
	alive.deletedAt = nil
	errors := alive.structureErrors()
	switch {
	case slices.ContainsFunc(r.store.codesFor(p), func(c *offerCode) bool { return !c.fits(p.price, p.money()) }):
		return fmt.Sprintf("An existing discount code puts the price of this product below the %s minimum after discount.", p.money().format(p.money().minimum))
	case p.physical && p.shipsTo == 0:
		return "The product needs to be shippable to at least one destination."
	case r.store.seller.unconfirmed:
		return "You have to confirm your email address before you can do that."
	case r.store.seller.unpayable && r.sb.options.Compat2025:
		return "You must connect connect at least one payment method before you can publish this product for sale."
	case r.store.seller.unpayable:
		return "You must connect at least one payment method before you can publish this product for sale."
	case p.isBundle() && len(p.bundle) == 0:
		return "Bundles must have at least one product."
	case slices.Contains(errors, emptyCategoryMessage) && r.sb.options.Compat2025:
		return "Something broke. We're looking into what happened. Sorry about this!"
	}
	return sentence(append(errors, r.moderation(p)...))
}

const emptyCategoryMessage = "Sorry, the product versions must have at least one option."

// structureErrors are the validations of a product's categories, which run whenever it is saved.
func (p *product) structureErrors() []string {
	categories := p.liveCategories()
	var errors []string
	switch {
	case p.tiered() && len(categories) != 1:
		return []string{"Memberships should only have one Tier version category."}
	case p.tiered() && len(categories[0].live()) == 0:
		return []string{"Memberships should have at least one tier."}
	case p.nativeType == "call" && len(p.liveVariants()) == 0:
		errors = append(errors, "Calls must have at least one duration")
	}
	if p.deletedAt == nil && p.emptyCategory() {
		errors = append(errors, emptyCategoryMessage)
	}
	return errors
}

// emptyCategory: a live category without a live option.
func (p *product) emptyCategory() bool {
	return slices.ContainsFunc(p.liveCategories(), func(c *variantCategory) bool { return len(c.live()) == 0 })
}

// buyPrices are all prices a buyer can choose.
func (p *product) buyPrices() []int {
	variants := p.liveVariants()
	if p.skusEnabled {
		variants = p.skus
	}
	var prices []int
	for _, v := range variants {
		if p.tiered() {
			for _, period := range recurrences {
				if t, on := v.recurrence[period]; on {
					prices = append(prices, t.cents)
				}
			}
			continue
		}
		difference := 0
		if v.difference != nil {
			difference = *v.difference
		}
		prices = append(prices, p.price+difference)
	}
	if len(variants) == 0 {
		prices = append(prices, p.price)
	}
	return prices
}

// productJSON is the product as the token may see it; full adds what only single products have.
func (r *request) productJSON(p *product, full bool) *object {
	seller := r.store.seller
	later := !r.sb.options.Compat2025
	var factors []pppFactor
	if !p.pppOptOut {
		factors = seller.pppFactors
	}

	o := newObject()
	o.set("id", p.id)
	o.set("name", p.name)
	o.set("description", deref(p.description))
	o.set("preview_url", orNull(p.previewURL))
	o.set("require_shipping", p.physical)
	o.set("custom_receipt", deref(p.receipt))
	o.set("customizable_price", deref(p.customizable()))
	o.set("custom_permalink", orNull(p.customPermalink))
	o.set("subscription_duration", orNull(p.duration))
	if later && full {
		o.set("custom_html", deref(p.customHTML))
	}
	o.set("url", nil)
	o.set("price", p.price)
	o.set("currency", p.currency)
	o.set("short_url", p.url(seller))
	if later {
		o.set("landing_url", p.url(seller))
	}
	o.set("thumbnail_url", p.thumbnailURL())
	o.set("tags", append([]string{}, p.tags...))
	o.set("formatted_price", p.formattedPrice())
	o.set("published", p.published())
	if p.fileInfo != nil {
		o.set("file_info", p.fileInfo)
	} else {
		o.set("file_info", newObject())
	}
	o.set("max_purchase_count", deref(p.maxPurchases))
	o.set("deleted", p.deletedAt != nil)
	fields := []*object{}
	for _, f := range r.store.checkoutFields(p) {
		fields = append(fields, f.descriptor())
	}
	o.set("custom_fields", fields)
	o.set("custom_summary", deref(p.summary))
	o.set("is_tiered_membership", p.tiered())
	if p.tiered() {
		o.set("recurrences", p.offeredRecurrences())
	} else {
		o.set("recurrences", nil)
	}
	if later {
		covers := []*object{}
		for _, c := range p.covers {
			covers = append(covers, c.json())
		}
		o.set("covers", covers)
		o.set("main_cover_id", p.mainCoverID())
		category := taxonomyByID(p.taxonomyID)
		o.set("taxonomy_id", orNull(p.taxonomyID))
		o.set("category", orNull(category.path))
		o.set("category_label", orNull(category.label))
		o.set("bundle_products", p.bundleJSON())
	}
	variants := []*object{}
	for _, c := range p.liveCategories() {
		options := []*object{}
		for _, v := range c.live() {
			options = append(options, p.optionJSON(v, factors, full && later))
		}
		variants = append(variants, newObject().with("title", deref(c.title)).with("options", options))
	}
	o.set("variants", variants)
	if full && later {
		o.set("refund_policy", r.refundPolicyJSON(p))
		o.set("rich_content", pagesJSON(p.richContent, nil))
		o.set("has_same_rich_content_for_all_variants", p.sameContent)
		o.set("main_section_index", p.mainSection)
		o.set("sections", append([]*object{}, p.sections...))
		o.set("files", r.filesJSON(p))
	}
	if p.preorder != nil {
		o.set("is_preorder", true)
		o.set("is_in_preorder_state", p.preorder.open)
		o.set("release_at", p.preorder.releaseAt.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	if len(factors) > 0 {
		o.set("purchasing_power_parity_prices", parityPrices(p.price, factors, p.money()))
	}
	if r.grant.has("view_sales") || later && r.grant.has("account") {
		o.set("custom_delivery_url", nil)
		o.set("sales_count", p.salesCount())
		o.set("sales_usd_cents", p.salesUSDCents())
	}
	return o
}

func (p *product) optionJSON(v *variant, factors []pppFactor, content bool) *object {
	o := newObject()
	o.set("name", v.name)
	o.set("price_difference", deref(v.difference))
	o.set("is_pay_what_you_want", false)
	var prices any
	if p.tiered() {
		byPeriod := newObject()
		for _, period := range recurrences {
			t, on := v.recurrence[period]
			if !on {
				continue
			}
			price := newObject().with("price_cents", t.cents).with("suggested_price_cents", nil)
			if len(factors) > 0 {
				price.set("purchasing_power_parity_prices", parityPrices(t.cents, factors, p.money()))
			}
			byPeriod.set(period, price)
		}
		prices = byPeriod
	}
	o.set("recurrence_prices", prices)
	o.set("url", nil)
	if content {
		o.set("rich_content", pagesJSON(v.richContent, v))
	}
	if len(factors) > 0 {
		if v.difference == nil {
			o.set("purchasing_power_parity_prices", nil)
		} else {
			o.set("purchasing_power_parity_prices", parityPrices(p.price+*v.difference, factors, p.money()))
		}
	}
	return o
}

func parityPrices(price int, factors []pppFactor, c currency) *object {
	o := newObject()
	for _, f := range factors {
		if price == 0 {
			o.set(f.country, 0)
			continue
		}
		o.set(f.country, int(math.Round(max(f.factor*float64(price), float64(c.minimum)))))
	}
	return o
}

// customizable: what is free can be paid for, unless an option costs something.
func (p *product) customizable() *bool {
	costs := slices.ContainsFunc(p.liveVariants(), func(v *variant) bool { return v.difference != nil && *v.difference > 0 })
	if !p.tiered() && p.price == 0 && !costs {
		return new(true)
	}
	return p.payWhatYouWant
}

// cheapest is the lowest price of the product's options, and the period it pays for.
func (p *product) cheapest() (price int, period string) {
	if !p.tiered() {
		return slices.Min(p.buyPrices()), p.duration
	}
	price, period = 0, p.duration
	for _, v := range p.liveVariants() {
		for _, recurrence := range recurrences {
			if t, on := v.recurrence[recurrence]; on && (price == 0 || t.cents < price) {
				price, period = t.cents, recurrence
			}
		}
	}
	return price, period
}

// startsAt: the price shown is only the lowest one.
func (p *product) startsAt() bool {
	if p.tiered() {
		return len(p.buyPrices()) > 1
	}
	customizable := p.customizable()
	return customizable != nil && *customizable
}

// formattedPrice is $5, $5+, $5 a month.
func (p *product) formattedPrice() string {
	price, period := p.cheapest()
	text := p.money().price(price)
	if p.startsAt() {
		text += "+"
	}
	if period != "" {
		text += " " + recurrenceTexts[period]
	}
	return text
}

func (p *product) offeredRecurrences() []string {
	offered := []string{}
	for _, period := range recurrences {
		if slices.ContainsFunc(p.liveVariants(), func(v *variant) bool { _, on := v.recurrence[period]; return on }) {
			offered = append(offered, period)
		}
	}
	return offered
}

func (c cover) json() *object {
	width, height := c.width, c.height
	if width > maxShownWidth {
		width, height = maxShownWidth, c.height*maxShownWidth/c.width
	}
	var preview any
	if c.kind == "oembed" {
		preview = publicFile("embed-" + c.guid)
	}
	return newObject().with("id", c.guid).with("url", c.url).with("original_url", c.url).with("thumbnail", preview).
		with("type", c.kind).with("filetype", orNull(c.filetype)).with("width", orNull(width)).with("height", orNull(height)).
		with("native_width", orNull(c.width)).with("native_height", orNull(c.height))
}

func (p *product) mainCoverID() any {
	if len(p.covers) == 0 {
		return nil
	}
	return p.covers[0].guid
}

var refundPeriodTitles = map[string]string{
	"none": "No refunds allowed",
	"7":    "7-day money back guarantee",
	"14":   "14-day money back guarantee",
	"30":   "30-day money back guarantee",
	"183":  "6-month money back guarantee",
}

func (r *request) refundPolicyJSON(p *product) *object {
	policy, inherited := refundPolicy{period: "inherit"}, true
	if p.refundPolicy != nil {
		policy, inherited = *p.refundPolicy, false
	}
	return newObject().with("refund_period", policy.period).with("title", orNull(refundPeriodTitles[policy.period])).
		with("fine_print", orNull(policy.finePrint)).with("inherited", inherited)
}

// checkoutFields are what a buyer is asked: the seller's global fields, then the product's.
func (st *store) checkoutFields(p *product) []*customField {
	var out []*customField
	for _, f := range st.fields {
		if f.global && !f.postPurchase {
			out = append(out, f)
		}
	}
	for _, f := range st.fields {
		if !f.global && !f.postPurchase && slices.Contains(f.products, p) {
			out = append(out, f)
		}
	}
	return out
}

// descriptor is the field as a product's JSON holds it.
func (f *customField) descriptor() *object {
	return newObject().with("id", f.id).with("type", f.kind).with("name", f.name).
		with("required", f.required).with("collect_per_product", f.perProduct)
}

// fits: after the discount a price is free or at least the minimum.
func (c *offerCode) fits(price int, money currency) bool {
	after := price - c.off(price)
	return after <= 0 || after >= money.minimum
}

func (c *offerCode) pricesFit(p *product) bool {
	return !slices.ContainsFunc(p.buyPrices(), func(price int) bool { return !c.fits(price, p.money()) })
}

func addMonths(t time.Time, months int) time.Time { return t.AddDate(0, months, 0) }
