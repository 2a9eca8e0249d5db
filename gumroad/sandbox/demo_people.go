package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The demo draws its ordinary buyers, subscribers and sales from the lists below.

type buyer struct {
	name, email string
	account     *buyerAccount
	place       place
}

type place struct{ country, iso, city, region, zip string }

var (
	givenNames = strings.Fields("Amara Noah Yuki Lucía Oliver Priya Jonas Zoë Mateus Ingrid Kwame Hana Theo Fatima Liam Sofia " +
		"Arjun Chloé Marek Nadia Elias Grace Tomás Mei Samuel Aisha Björn Valentina Ethan Ines")
	familyNames = strings.Fields("Okafor Lindqvist Tanaka García Bennett Sharma Vogel Dubois Almeida Hansen Mensah Sato " +
		"Papadakis Rahman Murphy Rossi Patel Laurent Nowak Petrov Weber Kim Silva Chen Wright Abdi Nilsson Torres Clarke " +
		"Costa")
	mailHosts = strings.Fields("example.com example.org example.net mail.example studio.example")
	places    = []place{
		{"United States", "US", "Portland", "OR", "97205"}, {"United States", "US", "Austin", "TX", "78701"},
		{"United States", "US", "Brooklyn", "NY", "11201"}, {"United States", "US", "Chicago", "IL", "60601"},
		{"United States", "US", "Oakland", "CA", "94607"}, {"United Kingdom", "GB", "Bristol", "", "BS1 4ND"},
		{"Germany", "DE", "Leipzig", "", "04103"}, {"France", "FR", "Lyon", "", "69001"},
		{"Canada", "CA", "Toronto", "ON", "M5V 2T6"}, {"Japan", "JP", "Kyoto", "", "600-8216"},
		{"Brazil", "BR", "Recife", "PE", "50030-230"}, {"India", "IN", "Pune", "MH", "411001"},
		{"Australia", "AU", "Melbourne", "VIC", "3000"}, {"Netherlands", "NL", "Utrecht", "", "3511 AD"},
	}
	referrers = strings.Fields("direct direct direct https://www.google.com https://t.co https://www.youtube.com " +
		"https://www.pinterest.com https://news.ycombinator.com https://pixelandpage.example/blog " +
		"https://gumroad.com/discover https://www.reddit.com/r/typography")
	cards = []card{
		{"**** **** **** 4242", "visa"}, {"**** **** **** 4444", "master"},
		{"**** ****** *0005", "amex"}, {"**** **** **** 1117", "discover"},
	}
	streets = []string{
		"14 Foundry Lane", "220 Harbour Street", "7 Rue des Imprimeurs", "31 Birch Court", "9 Mill Yard",
		"508 Letterpress Ave",
	}
)

// buyer is mostly a new one, sometimes one who bought before.
func (d *demo) buyer() buyer {
	if len(d.buyers) > 20 && d.chance(0.18) {
		return pick(d, d.buyers)
	}
	given, family := pick(d, givenNames), pick(d, familyNames)
	n := d.s.next("buyer")
	b := buyer{name: given + " " + family, place: pick(d, places)}
	b.email = ascii(given) + "." + ascii(family) + strconv.Itoa(n) + "@" + pick(d, mailHosts)
	if d.chance(0.6) {
		b.account = &buyerAccount{accountID(d.s.seed, "buyer", n), b.email}
	}
	d.buyers = append(d.buyers, b)
	return b
}

var accents = strings.NewReplacer("í", "i", "ë", "e", "é", "e", "á", "a", "ö", "o")

func ascii(name string) string { return strings.ToLower(accents.Replace(name)) }

// draft is an ordinary paid sale, before variants and discounts.
func (d *demo) draft(p *product, at time.Time) *sale {
	b := d.buyer()
	s := &sale{
		product: p, createdAt: at, state: stateSuccessful, quantity: 1, processor: processorGumroad,
		email: b.email, account: b.account, referrer: pick(d, referrers), card: pick(d, cards),
		canContact: d.chance(0.85), following: d.chance(0.1),
		country: b.place.country, countryISO: b.place.iso, ipCountry: b.place.country,
	}
	if d.chance(0.8) || p.physical {
		s.fullName = b.name
	}
	if b.place.region != "" {
		s.region = b.place.region
	}
	if p.physical {
		s.street, s.city, s.zip = pick(d, streets), b.place.city, b.place.zip
		s.shippingCents = p.shippingCents
	} else if b.place.iso == "US" {
		s.zip = b.place.zip
	}
	if d.chance(0.12) {
		s.processor, s.card = processorPayPal, card{b.email, "paypal"}
	}
	d.drafts = append(d.drafts, s)
	return s
}

// choose sets the options bought: one index per live category.
func (s *sale) choose(options ...int) *sale {
	for i, c := range s.product.liveCategories() {
		chosen := chosenVariant{variant: c.live()[options[i]]}
		if c.title != nil {
			chosen.category = *c.title
		}
		s.variants = append(s.variants, chosen)
	}
	if s.product.skusEnabled {
		var names []string
		for _, v := range s.variants {
			names = append(names, v.variant.name)
		}
		want := strings.Join(names, " - ")
		for _, sku := range s.product.skus {
			if sku.name == want {
				s.sku = sku
			}
		}
	}
	return s
}

// unitPrice is what one copy costs with the options chosen, before discounts.
func (s *sale) unitPrice() int {
	price := s.product.price
	for _, v := range s.variants {
		if s.subscription != nil && s.product.tiered() {
			return v.variant.recurrence[s.subscription.recurrence].cents
		}
		if v.variant.difference != nil {
			price += *v.variant.difference
		}
	}
	return price
}

// pay settles the amounts; extra is what a generous buyer adds to each copy.
func (s *sale) pay(extra int) *sale {
	price := s.unitPrice() + extra
	if s.code != nil {
		price -= s.code.off(price)
		s.codeAmount = s.code.displayAmount()
	}
	if s.ppp != nil {
		price = max(price-percentOf(price, s.ppp.percent), s.money().minimum)
	}
	s.total = max(price, 0)*s.quantity + s.shippingCents
	s.usdCents = s.money().toUSD(s.total)
	if s.total == 0 {
		s.processor, s.card = "", card{}
	}
	return s
}

// subscribe drafts a subscription with its charges up to its end or now.
// The recurrence and the tier decide the price.
func (d *demo) subscribe(
	p *product, tier int, recurrence string, started time.Time, adjust func(*subscription),
) *subscription {
	first := d.draft(p, started)
	sub := &subscription{
		product: p, original: first, email: first.email, account: first.account, createdAt: started, recurrence: recurrence,
	}
	first.subscription = sub
	if p.tiered() {
		first.choose(tier)
		sub.tier = first.variants[0].variant
	}
	first.pay(0)
	if adjust != nil {
		adjust(sub)
	}
	trial := sub.freeTrialEndsAt != nil
	if trial {
		first.state, first.freeTrial = stateNotCharged, true
	}
	end := d.now
	if sub.deactivatedAt != nil && sub.deactivatedAt.Before(end) {
		end = *sub.deactivatedAt
	}
	for k := 1; p.chargeCount == nil || k < *p.chargeCount; k++ {
		at := addMonths(started, k*recurrenceMonths[recurrence])
		if trial {
			at = addMonths(*sub.freeTrialEndsAt, (k-1)*recurrenceMonths[recurrence])
		}
		if !at.Before(end) {
			break
		}
		charge := *first
		charge.createdAt, charge.state, charge.code = at, stateSuccessful, nil
		charge.recurring, charge.freeTrial = true, false
		charge.pay(0)
		d.drafts = append(d.drafts, &charge)
	}
	d.subs = append(d.subs, sub)
	return sub
}

// calendar draws moments of the last 18 months: sales grow, and weekdays sell better.
type calendar struct {
	start      time.Time
	cumulative []float64
}

func (d *demo) calendar() calendar {
	c := calendar{start: d.ago(548).Truncate(day)}
	factors := [...]float64{
		time.Sunday: 0.7, time.Monday: 1.1, time.Tuesday: 1.25, time.Wednesday: 1.2, time.Thursday: 1.15, time.Friday: 0.95,
		time.Saturday: 0.65,
	}
	total := 0.0
	for i := range 548 {
		total += (1 + 2.2*float64(i)/548) * factors[c.start.AddDate(0, 0, i).Weekday()]
		c.cumulative = append(c.cumulative, total)
	}
	return c
}

func (c calendar) moment(d *demo) time.Time {
	at, _ := slices.BinarySearch(c.cumulative, d.rng.Float64()*c.cumulative[len(c.cumulative)-1])
	// Most people buy between 13:00 and 03:00 UTC.
	seconds := 13*3600 + d.rng.IntN(14*3600)
	if d.chance(0.2) {
		seconds = d.rng.IntN(86400)
	}
	return c.start.AddDate(0, 0, at).Add(time.Duration(seconds%86400) * time.Second)
}

// ordinarySubscribers are as many members as the size of the store asks for.
func (d *demo) ordinarySubscribers() {
	for range d.s.options.Sales / 30 {
		days := 5 + 530*d.rng.Float64()*d.rng.Float64()
		tier, period := 0, "monthly"
		if d.chance(0.35) {
			tier = 1
		}
		if d.chance(0.25) {
			period = "yearly"
		}
		d.subscribe(d.product(pixelClub), tier, period, d.ago(days), func(s *subscription) {
			if lasted := d.rng.Float64() * days; d.chance(0.55) && lasted > 31 {
				at := d.ago(days - lasted)
				s.requestedAt, s.cancelledAt, s.deactivatedAt = new(at.Add(-5*day)), &at, &at
			}
		})
	}
}

// ordinarySales drafts sales until the store lists as many as asked for.
func (d *demo) ordinarySales() {
	listed := 0
	for _, s := range d.drafts {
		if s.isListed() {
			listed++
		}
	}
	calendar := d.calendar()
	for listed < d.s.options.Sales {
		at, p := calendar.moment(d), d.bestseller()
		if at.Before(p.createdAt) || p.disabledAt != nil && at.After(*p.disabledAt) {
			continue
		}
		listed++
		d.ordinarySale(p, at)
	}
	launch := d.codes["LAUNCH50"]
	d.onceNumbered(func() { launch.maxPurchases = new(launch.timesUsed) })
}

func (d *demo) bestseller() *product {
	total := 0
	for _, row := range bestsellers {
		total += row.weight
	}
	ticket := d.rng.IntN(total)
	for _, row := range bestsellers {
		if ticket -= row.weight; ticket < 0 {
			return d.product(row.product)
		}
	}
	panic("sandbox: the weights do not add up to their total")
}

// ordinarySale is bought by somebody, perhaps at a discount, and may be refunded or disputed later.
func (d *demo) ordinarySale(p *product, at time.Time) {
	s := d.draft(p, at)
	var options []int
	for _, c := range p.liveCategories() {
		options = append(options, min(d.rng.IntN(len(c.variants)), d.rng.IntN(len(c.variants))))
	}
	s.choose(options...)
	if p.quantityEnabled && d.chance(0.08) {
		s.quantity = 2
	}
	d.discount(s, d.rng.Float64())
	extra := 0
	if p.payWhatYouWant != nil {
		extra = 100 * d.rng.IntN(9)
	}
	s.pay(extra)
	s.bundle = p.isBundle()
	if d.chance(0.03) && s.usdCents > 0 {
		s.affiliate = &affiliate{"partner@affiliates.example", s.usdCents / 5}
	}
	if d.chance(0.04) && s.usdCents > 0 && p.currency == "usd" {
		s.discover, s.referrer = true, "https://gumroad.com/discover"
	}
	if p.showReviews && d.chance(0.1) {
		s.rating = 3 + d.rng.IntN(3)
	}
	if p.physical && d.now.Sub(at) > 5*day {
		s.shipped = &shipment{}
		if d.chance(0.7) {
			s.shipped.trackingURL = new("https://track.example/94001118992" + digits(d, 5))
		}
	}
	switch luck := d.rng.Float64(); {
	case s.total == 0:
	case luck < 0.03:
		s.refundedUSD = s.usdCents
	case luck < 0.045:
		s.refundedUSD = s.money().toUSD(max(s.total/2, 1))
	case luck < 0.052:
		s.disputed, s.disputeWon = true, d.chance(0.5)
	}
}

// discount gives a lucky buyer an offer code, or else one in a poorer country a lower price.
func (d *demo) discount(s *sale, luck float64) {
	if s.product.price == 0 {
		return
	}
	for _, row := range discounts {
		c := d.codes[row.code]
		fits := c.appliesTo(s.product) && c.inUse(s.createdAt) && (row.limit == 0 || d.uses[c] < row.limit)
		if luck < row.below && fits {
			s.code = c
			d.uses[c]++
			return
		}
	}
	if luck >= 0.4 || s.product.pppOptOut {
		return
	}
	switch s.countryISO {
	case "IN":
		s.ppp = &pppDiscount{"India", 60}
	case "BR":
		s.ppp = &pppDiscount{"Brazil", 50}
	}
}

// inUse tells whether buyers knew the code at that time.
func (c *offerCode) inUse(at time.Time) bool {
	from := c.createdAt
	if c.startsAt != nil {
		from = *c.startsAt
	}
	return at.After(from) && (c.expiresAt == nil || at.Before(*c.expiresAt))
}

func digits(d *demo, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + d.rng.IntN(10)))
	}
	return b.String()
}
