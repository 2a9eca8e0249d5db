package sandbox

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the stores' zones must be known everywhere
)

// Highlight is a notable row of the demo data, so that nobody needs to guess.
type Highlight struct {
	// Name says what the row is good for, such as "working licence key".
	Name string `json:"name"`
	// What describes it in a sentence.
	What string `json:"what"`
	// ID is the row's id: of a product, sale, subscriber, offer code, resource
	// subscription or connection.
	ID string `json:"id"`
	// ProductID is the product the row belongs to, if any.
	ProductID string `json:"product_id,omitempty"`
	// LicenseKey is set for licences.
	LicenseKey string `json:"license_key,omitempty"`
	// ConnectionID is the connection of the row's store.
	ConnectionID string `json:"connection_id"`
}

// Highlights lists the demo's notable rows, as they were at the start.
func (s *Sandbox) Highlights() []Highlight { return slices.Clone(s.highlights) }

// demo fills a sandbox. Sales are drafted in any order, then numbered by time.
type demo struct {
	s      *Sandbox
	st     *store
	rng    *rand.Rand
	now    time.Time
	drafts []*sale
	subs   []*subscription
	buyers []buyer
	later  []func() // what needs ids
}

type buyer struct {
	name, email string
	account     *buyerAccount
	place       place
}

type place struct{ country, iso, city, region, zip string }

const day = 24 * time.Hour

func (s *Sandbox) fillDemo() {
	now := s.now()
	s.productIDCutover = now.AddDate(-3, 0, 0)
	d := &demo{s: s, rng: rand.New(rand.NewPCG(s.seed, 0x67756d726f6164)), now: now}
	d.firstStore()
	d.finish()
	d.secondStore()
	d.finish()
	for i, st := range s.stores {
		c := s.newConnection(d.ago(400 - 250*float64(i)))
		c.status, c.store, c.updatedAt = connectionActive, st, c.createdAt.Add(90*time.Second)
		c.url = "https://connect.maton.ai/?session_token=" + c.sessionToken
	}
	s.highlights = append([]Highlight{
		{Name: "first connection", What: "the oldest ACTIVE connection, to " + s.stores[0].seller.name, ID: s.connections[0].id, ConnectionID: s.connections[0].id},
		{Name: "second connection", What: "the other ACTIVE connection, to " + s.stores[1].seller.name, ID: s.connections[1].id, ConnectionID: s.connections[1].id},
	}, s.highlights...)
	for i := range s.highlights {
		if s.highlights[i].ConnectionID == "" {
			s.highlights[i].ConnectionID = s.connections[0].id
		}
	}
}

// ago is days before now, in whole seconds.
func (d *demo) ago(days float64) time.Time {
	return d.now.Add(-time.Duration(days * float64(day))).Truncate(time.Second)
}

func (d *demo) chance(p float64) bool { return d.rng.Float64() < p }

func pick[T any](d *demo, from []T) T { return from[d.rng.IntN(len(from))] }

func (d *demo) store(name, username, zone string) *store {
	location, err := time.LoadLocation(zone)
	if err != nil {
		panic("sandbox: embedded time zones lack " + zone) // time/tzdata is imported
	}
	n := d.s.next("seller")
	d.st = newStore(&seller{
		accountID: accountID(d.s.seed, "seller", n), externalID: externalID(d.s.seed, "seller", n),
		name: name, username: username, email: "hello@" + username + ".example",
		avatarURL: "https://public-files.gumroad.com/" + username + "-avatar.png",
		currency:  "usd", zone: location, emailConfirmed: true, paymentConnected: true, refundPeriod: "30",
	})
	d.s.stores = append(d.s.stores, d.st)
	return d.st
}

func (d *demo) product(daysOld float64, p product) *product {
	p.n = d.s.next("product")
	p.id = externalID(d.s.seed, "product", p.n)
	p.createdAt = d.ago(daysOld)
	if p.nativeType == "" {
		p.nativeType = "digital"
	}
	for i := range p.files {
		p.files[i].id = externalID(d.s.seed, "file", d.s.next("file"))
		p.files[i].url = "https://s3.amazonaws.com/gumroad/attachments/" + d.st.seller.externalID + "/" + p.files[i].name + "." + p.files[i].kind
	}
	for i := range p.covers {
		p.covers[i].guid = strings.ReplaceAll(uuid(d.s.seed, "cover", d.s.next("cover")), "-", "")
	}
	if len(p.covers) > 0 {
		p.previewURL = p.covers[0].url
	}
	if p.draft {
		p.disabledAt = new(p.createdAt)
	}
	d.st.products = append(d.st.products, &p)
	return &p
}

func (d *demo) category(p *product, title string, options ...*variant) *variantCategory {
	n := d.s.next("variant_category")
	c := &variantCategory{n: n, id: externalID(d.s.seed, "variant_category", n), title: &title}
	for _, v := range options {
		c.variants = append(c.variants, d.variant(v))
	}
	p.categories = append(p.categories, c)
	return c
}

func (d *demo) variant(v *variant) *variant {
	v.n = d.s.next("variant")
	v.id = externalID(d.s.seed, "variant", v.n)
	return v
}

func (d *demo) code(daysOld float64, c offerCode) *offerCode {
	c.n = d.s.next("offer_code")
	c.id = externalID(d.s.seed, "offer_code", c.n)
	c.createdAt = d.ago(daysOld)
	d.st.codes = append(d.st.codes, &c)
	return &c
}

func (d *demo) field(f customField, products ...*product) *customField {
	f.n = d.s.next("custom_field")
	f.id = externalID(d.s.seed, "custom_field", f.n)
	f.products = products
	d.st.fields = append(d.st.fields, &f)
	return &f
}

func (d *demo) highlightProduct(name, what string, p *product) {
	d.s.highlights = append(d.s.highlights, Highlight{Name: name, What: what, ID: p.id, ProductID: p.id})
}

func (d *demo) highlightSale(name, what string, s *sale) *sale {
	i := len(d.s.highlights)
	d.s.highlights = append(d.s.highlights, Highlight{Name: name, What: what, ProductID: s.product.id})
	d.later = append(d.later, func() {
		d.s.highlights[i].ID = s.id
		if s.license != nil {
			d.s.highlights[i].LicenseKey = s.license.key
		}
	})
	return s
}

func (d *demo) highlightSub(name, what string, sub *subscription) {
	i := len(d.s.highlights)
	d.s.highlights = append(d.s.highlights, Highlight{Name: name, What: what, ProductID: sub.product.id})
	d.later = append(d.later, func() { d.s.highlights[i].ID = sub.id })
}

var (
	givenNames = []string{"Amara", "Noah", "Yuki", "Lucía", "Oliver", "Priya", "Jonas", "Zoë", "Mateus", "Ingrid", "Kwame", "Hana", "Theo", "Fatima", "Liam", "Sofia", "Arjun", "Chloé", "Marek", "Nadia", "Elias", "Grace", "Tomás", "Mei", "Samuel", "Aisha", "Björn", "Valentina", "Ethan", "Ines"}
	familyName = []string{"Okafor", "Lindqvist", "Tanaka", "García", "Bennett", "Sharma", "Vogel", "Dubois", "Almeida", "Hansen", "Mensah", "Sato", "Papadakis", "Rahman", "Murphy", "Rossi", "Patel", "Laurent", "Nowak", "Petrov", "Weber", "Kim", "Silva", "Chen", "Wright", "Abdi", "Nilsson", "Torres", "Clarke", "Costa"}
	mailHosts  = []string{"example.com", "example.org", "example.net", "mail.example", "studio.example"}
	places     = []place{
		{"United States", "US", "Portland", "OR", "97205"}, {"United States", "US", "Austin", "TX", "78701"},
		{"United States", "US", "Brooklyn", "NY", "11201"}, {"United States", "US", "Chicago", "IL", "60601"},
		{"United States", "US", "Oakland", "CA", "94607"}, {"United Kingdom", "GB", "Bristol", "", "BS1 4ND"},
		{"Germany", "DE", "Leipzig", "", "04103"}, {"France", "FR", "Lyon", "", "69001"},
		{"Canada", "CA", "Toronto", "ON", "M5V 2T6"}, {"Japan", "JP", "Kyoto", "", "600-8216"},
		{"Brazil", "BR", "Recife", "PE", "50030-230"}, {"India", "IN", "Pune", "MH", "411001"},
		{"Australia", "AU", "Melbourne", "VIC", "3000"}, {"Netherlands", "NL", "Utrecht", "", "3511 AD"},
	}
	referrers = []string{"direct", "direct", "direct", "https://www.google.com", "https://t.co", "https://www.youtube.com", "https://www.pinterest.com", "https://news.ycombinator.com", "https://pixelandpage.example/blog", "https://gumroad.com/discover", "https://www.reddit.com/r/typography"}
	cards     = []card{{"**** **** **** 4242", "visa"}, {"**** **** **** 4444", "master"}, {"**** ****** *0005", "amex"}, {"**** **** **** 1117", "discover"}}
	streets   = []string{"14 Foundry Lane", "220 Harbour Street", "7 Rue des Imprimeurs", "31 Birch Court", "9 Mill Yard", "508 Letterpress Ave"}
)

// buyer is mostly a new one, sometimes one who bought before.
func (d *demo) buyer() buyer {
	if len(d.buyers) > 20 && d.chance(0.18) {
		return pick(d, d.buyers)
	}
	given, family := pick(d, givenNames), pick(d, familyName)
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
		product: p, createdAt: at, state: stateSuccessful, quantity: 1, processor: "stripe",
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
		s.processor, s.card = "paypal", card{b.email, "paypal"}
	}
	d.drafts = append(d.drafts, s)
	return s
}

// choose sets the options bought: one index per live category.
func (s *sale) choose(options ...int) *sale {
	for i, c := range s.product.liveCategories() {
		s.variants = append(s.variants, chosenVariant{*c.title, c.live()[options[i]]})
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
func (d *demo) subscribe(p *product, tier int, recurrence string, started time.Time, adjust func(*subscription)) *subscription {
	first := d.draft(p, started)
	sub := &subscription{product: p, original: first, email: first.email, account: first.account, createdAt: started, recurrence: recurrence}
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
		first.total, first.usdCents = 0, 0
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
		charge.createdAt, charge.recurring, charge.freeTrial, charge.state, charge.code = at, true, false, stateSuccessful, nil
		charge.pay(0)
		if charge.total > 0 && charge.processor == "" {
			charge.processor, charge.card = "stripe", cards[0]
		}
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
	factors := [...]float64{time.Sunday: 0.7, time.Monday: 1.1, time.Tuesday: 1.25, time.Wednesday: 1.2, time.Thursday: 1.15, time.Friday: 0.95, time.Saturday: 0.65}
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

// finish numbers the drafts by time and files them.
func (d *demo) finish() {
	slices.SortStableFunc(d.subs, func(a, b *subscription) int { return a.createdAt.Compare(b.createdAt) })
	for _, sub := range d.subs {
		sub.n = d.s.next("subscriber")
		sub.id = externalID(d.s.seed, "subscriber", sub.n)
		d.st.addSubscription(sub)
	}
	slices.SortStableFunc(d.drafts, func(a, b *sale) int { return a.createdAt.Compare(b.createdAt) })
	for _, s := range d.drafts {
		d.s.number(s)
		if s.license != nil {
			s.license.uses = d.rng.IntN(4)
		}
		d.st.addSale(s)
	}
	for _, run := range d.later {
		run()
	}
	d.drafts, d.subs, d.later, d.buyers = nil, nil, nil, nil
}

// number gives a sale its ids, and a licence where its product has them.
func (s *Sandbox) number(row *sale) {
	row.n = s.next("sale")
	row.id = externalID(s.seed, "sale", row.n)
	if row.product.licensed && !row.recurring && row.giftTo == nil && (row.state == stateSuccessful || row.state == stateGiftReceive || row.state == stateTest || row.freeTrial) {
		n := s.next("license")
		row.license = &license{n: n, id: externalID(s.seed, "license", n), key: licenseKey(s.seed, s.next("license key")), product: row.product, sale: row}
	}
}
