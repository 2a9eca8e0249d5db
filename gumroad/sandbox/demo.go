package sandbox

import (
	"cmp"
	"math/rand/v2"
	"slices"
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

// Highlights lists the notable rows of the stores that were connected at the start, as they were then.
func (s *Sandbox) Highlights() []Highlight { return slices.Clone(s.highlights) }

// Highlight finds a notable row by name.
func (s *Sandbox) Highlight(name string) (Highlight, bool) {
	i := slices.IndexFunc(s.highlights, func(h Highlight) bool { return h.Name == name })
	if i < 0 {
		return Highlight{}, false
	}
	return s.highlights[i], true
}

// demo fills a sandbox, one store after the other. Sales are drafted in any order, then numbered by time. Every
// draft draws from rng, so the order of the drafts decides the data.
type demo struct {
	s      *Sandbox
	st     *store
	rng    *rand.Rand
	now    time.Time
	codes  map[string]*offerCode // by key
	uses   map[*offerCode]int    // by ordinary buyers
	drafts []*sale
	subs   []*subscription
	buyers []buyer
	later  []func() // run once the drafts are numbered
}

const day = 24 * time.Hour

func (s *Sandbox) fillDemo() {
	now := s.now()
	s.productIDCutover = now.AddDate(-3, 0, 0)
	d := &demo{s: s, rng: rand.New(rand.NewPCG(s.seed, 0x67756d726f6164)), now: now}
	d.firstStore()
	d.finish()
	d.secondStore()
	d.finish()
	var connections []Highlight
	for i, row := range []struct {
		name, what string
		days       float64
	}{{"first connection", "the oldest", 400}, {"second connection", "the other", 150}}[:s.options.Stores] {
		c := s.newConnection(d.ago(row.days))
		c.status, c.store, c.updatedAt = connectionActive, s.stores[i], c.createdAt.Add(90*time.Second)
		c.url = "https://connect.maton.ai/?session_token=" + c.sessionToken
		what := row.what + " ACTIVE connection, to " + c.store.seller.name
		connections = append(connections, Highlight{Name: row.name, What: what, ID: c.id, ConnectionID: c.id})
	}
	s.highlights = slices.DeleteFunc(append(connections, s.highlights...), func(h Highlight) bool {
		return s.connectionBy(func(c *connection) bool { return c.id == h.ConnectionID }) == nil
	})
}

// ago is days before now, in whole seconds.
func (d *demo) ago(days float64) time.Time {
	return d.now.Add(-time.Duration(days * float64(day))).Truncate(time.Second)
}

func (d *demo) chance(p float64) bool { return d.rng.Float64() < p }

func pick[T any](d *demo, from []T) T { return from[d.rng.IntN(len(from))] }

// onceNumbered runs a function when the store's sales have their ids and licences.
func (d *demo) onceNumbered(run func()) { d.later = append(d.later, run) }

// openStore starts a store; what is added next is added to it.
func (d *demo) openStore(owner seller, zone string) {
	location, err := time.LoadLocation(zone)
	if err != nil {
		panic("sandbox: embedded time zones lack " + zone) // time/tzdata is imported
	}
	n := d.s.next("seller")
	owner.accountID, owner.externalID = accountID(d.s.seed, "seller", n), externalID(d.s.seed, "seller", n)
	owner.email = "hello@" + owner.username + ".example"
	owner.avatarURL = "https://public-files.gumroad.com/" + owner.username + "-avatar.png"
	owner.currency, owner.zone, owner.refundPeriod = "usd", location, "30"
	owner.joinedAt, owner.compliant = d.ago(5*365), true
	d.st, d.codes, d.uses = newStore(&owner), map[string]*offerCode{}, map[*offerCode]int{}
	d.s.stores = append(d.s.stores, d.st)
}

// product is the open store's product of that permalink.
func (d *demo) product(permalink string) *product {
	p := d.st.product(permalink)
	if p == nil {
		panic("sandbox: the demo has no product " + permalink)
	}
	return p
}

func (d *demo) addProducts(rows []productRow) {
	for _, row := range rows {
		p := &row.product
		p.n, p.id = d.s.numbered("product")
		p.createdAt = d.ago(row.days)
		p.nativeType = cmp.Or(p.nativeType, "digital")
		for i := range p.files {
			f := &p.files[i]
			_, f.id = d.s.numbered("file")
			f.url = d.st.seller.attachmentsURL() + f.name + "." + f.kind
		}
		for i := range p.covers {
			p.covers[i].guid = d.s.newGUID("cover")
			p.previewURL = p.covers[0].url
		}
		if p.thumbnail != nil {
			p.thumbnail.guid = d.s.newGUID("thumbnail")
		}
		if p.draft {
			p.disabledAt = new(p.createdAt)
		}
		for _, options := range row.options {
			c := d.s.newCategory(&options.title)
			c.variants = d.variants(options.variants)
			p.categories = append(p.categories, c)
		}
		p.skus = d.variants(row.skus)
		for _, permalink := range row.bundles {
			item := bundleItem{product: d.product(permalink), quantity: 1, position: new(len(p.bundle))}
			if options := item.product.liveVariants(); len(options) > 0 {
				item.variant = options[0]
			}
			p.bundle = append(p.bundle, item)
		}
		d.st.products = append(d.st.products, p)
	}
}

func (d *demo) variants(rows []variant) []*variant {
	var out []*variant
	for _, v := range rows {
		v.n, v.id = d.s.numbered("variant")
		out = append(out, &v)
	}
	return out
}

func (d *demo) addCodes(rows []codeRow) {
	for _, row := range rows {
		c := &row.offerCode
		c.n, c.id = d.s.numbered("offer_code")
		c.createdAt = d.ago(row.days)
		if !row.nameless {
			c.name = &row.key
		}
		if row.product != "" {
			c.product = d.product(row.product)
		}
		if row.expires > 0 {
			c.startsAt, c.expiresAt = new(d.ago(row.starts)), new(d.ago(row.expires))
		}
		d.st.codes = append(d.st.codes, c)
		d.codes[row.key] = c
	}
}

func (d *demo) addFields(rows []fieldRow) {
	for _, row := range rows {
		f := &row.customField
		f.n, f.id = d.s.numbered("custom_field")
		for _, permalink := range row.products {
			f.products = append(f.products, d.product(permalink))
		}
		d.st.fields = append(d.st.fields, f)
	}
}

func (d *demo) addSales(rows []saleRow) {
	for _, row := range rows {
		s := d.draft(d.product(row.product), d.ago(row.days)).choose(row.options...)
		if row.set != nil {
			row.set(s)
		}
		s.pay(0)
		switch row.refunded {
		case 0:
		case everything:
			s.refundedUSD = s.usdCents
		default:
			s.refundedUSD = s.money().toUSD(row.refunded)
		}
		if row.name != "" {
			d.highlightSale(row.name, row.what, s)
		}
	}
}

func (d *demo) addSubscribers(rows []subscriberRow) {
	for _, row := range rows {
		sub := d.subscribe(d.product(row.product), row.tier, row.recurrence, d.ago(row.days), row.set)
		if row.name != "" {
			h := d.highlight(Highlight{Name: row.name, What: row.what, ProductID: sub.product.id})
			d.onceNumbered(func() { d.s.highlights[h].ID = sub.id })
		}
		if row.then != nil {
			row.then(sub)
		}
	}
}

func (d *demo) addHooks(rows []resourceSubscription) {
	for _, h := range rows {
		d.s.addHook(d.st, &h)
		if h.name == "sale" {
			d.highlight(Highlight{Name: hookHighlights[h.app], What: "a sale subscription", ID: h.id})
		}
	}
}

// highlight adds a notable row of the open store and returns its index.
func (d *demo) highlight(h Highlight) int {
	h.ConnectionID = connectionID(d.s.seed, len(d.s.stores)) // connections are made in the order of the stores
	d.s.highlights = append(d.s.highlights, h)
	return len(d.s.highlights) - 1
}

func (d *demo) highlightProducts(rows []highlightRow) {
	for _, row := range rows {
		id := d.product(row.of).id
		d.highlight(Highlight{Name: row.name, What: row.what, ID: id, ProductID: id})
	}
}

func (d *demo) highlightCodes(rows []highlightRow) {
	for _, row := range rows {
		c := d.codes[row.of]
		h := Highlight{Name: row.name, What: row.what, ID: c.id}
		if c.product != nil {
			h.ProductID = c.product.id
		}
		d.highlight(h)
	}
}

func (d *demo) highlightSale(name, what string, s *sale) {
	i := d.highlight(Highlight{Name: name, What: what, ProductID: s.product.id})
	d.onceNumbered(func() {
		d.s.highlights[i].ID = s.id
		if s.license != nil {
			d.s.highlights[i].LicenseKey = s.license.key
		}
	})
}

// importedLicense adds the key of a customer imported from elsewhere.
func (d *demo) importedLicense(permalink string) {
	p := d.product(permalink)
	l := d.s.newLicense(p)
	l.imported = &importedCustomer{
		id: externalID(d.s.seed, "imported_customer", l.n), email: "old.customer@example.com", createdAt: d.ago(900),
	}
	d.st.addLicense(l)
	d.highlight(Highlight{
		Name: "licence of an imported customer", What: "no purchase behind it",
		ID: l.id, ProductID: p.id, LicenseKey: l.key,
	})
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
	d.addReviews()
	d.drafts, d.subs, d.later, d.buyers = nil, nil, nil, nil
}

// number gives a sale its ids, and a licence where its product has them.
func (s *Sandbox) number(row *sale) {
	row.n, row.id = s.numbered("sale")
	settled := row.freeTrial || slices.Contains([]string{stateSuccessful, stateGiftReceive, stateTest}, row.state)
	if row.product.licensed && settled && !row.recurring && row.giftTo == nil {
		row.license = s.newLicense(row.product)
		row.license.sale = row
	}
}

func (s *Sandbox) newLicense(p *product) *license {
	n, id := s.numbered("license")
	return &license{n: n, id: id, key: licenseKey(s.seed, s.next("license key")), product: p}
}
