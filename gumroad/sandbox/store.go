package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// store is one seller's account.
type store struct {
	seller   *seller
	products []*product // by creation
	codes    []*offerCode
	fields   []*customField
	subs     []*subscription // by creation
	hooks    []*resourceSubscription
	emails   []*email // by creation

	workflows []*workflow // by creation
	offers    []*checkoutOffer
	pages     []*storePage // by creation
	utmLinks  []*utmLink   // by creation
	payouts   []*payout    // by creation

	sales        []*sale          // every row, by (created_at, n)
	listed       []*sale          // those GET /sales shows
	saleByID     map[string]*sale // by bare id
	saleByN      map[int]*sale
	licenseByKey map[string]*license // by upper-case key
	salesByEmail map[string][]*sale
	subByID      map[string]*subscription // by bare id

	taxForms []taxForm
	booked   map[int]bookings // by year, besides the sales

	library
}

func newStore(owner *seller) *store {
	return &store{
		seller:       owner,
		saleByID:     map[string]*sale{},
		saleByN:      map[int]*sale{},
		licenseByKey: map[string]*license{},
		salesByEmail: map[string][]*sale{},
		subByID:      map[string]*subscription{},
	}
}

type seller struct {
	accountID  string // "id" of the user JSON
	externalID string // "user_id", "seller_id"
	name       string
	bio        string
	twitter    string
	username   string
	email      string
	avatarURL  string
	currency   string
	zone       *time.Location

	pppFactors   []pppFactor // none: purchasing power parity is off
	refundPeriod string
	standing
	storefront
	followers int    // who follow the store by e-mail
	bank      string // account of payouts, as Gumroad shows it
	finePrint string // of the refund policy
}

type pppFactor struct {
	country string
	factor  float64
}

func (u *seller) profileURL() string { return "https://" + u.username + ".gumroad.com" }

type product struct {
	n               int
	id              string
	permalink       string
	customPermalink string
	name            string
	description     *string
	summary         *string
	receipt         *string
	previewURL      string
	price           int // minor units of currency
	suggestedPrice  *int
	currency        string
	payWhatYouWant  *bool
	maxPurchases    *int
	nativeType      string
	duration        string // of a subscription
	chargeCount     *int   // of a fixed-length subscription
	physical        bool
	shipsTo         int // number of shipping destinations
	shippingCents   int // per sale, minor units
	licensed        bool
	multiseat       bool
	skusEnabled     bool
	bundle          []bundleItem
	instalments     bool // the price can be paid in several
	tags            []string
	taxonomyID      int
	files           []file
	fileInfo        *object
	preorder        *preorder
	categories      []*variantCategory
	skus            []*variant
	pppOptOut       bool
	showReviews     bool
	reviews         int
	averageRating   float64
	quantityEnabled bool
	sameContent     bool
	richContent     []*contentPage
	goneFiles       []file // deleted ones
	customHTML      *string
	sections        []*object // of its page
	mainSection     int       // before which of them the product itself stands
	written         []*review // what buyers wrote, by creation
	covers          []cover
	thumbnail       *thumbnail
	refundPolicy    *refundPolicy

	createdAt  time.Time
	disabledAt *time.Time
	deletedAt  *time.Time
	draft      bool

	rows  []*sale // of every kind
	sales []*sale // listed rows, by (created_at, n)
	subs  []*subscription
}

type bundleItem struct {
	product  *product
	variant  *variant
	quantity int
	position *int
}

type file struct {
	id, name, url, kind, group string
	size                       int
}

type cover struct {
	guid, url, kind, filetype string
	width, height             int
}

type refundPolicy struct{ period, finePrint string }

type preorder struct {
	releaseAt time.Time
	open      bool
}

func (p *product) money() currency { return currencies[p.currency] }

func (p *product) recurring() bool { return p.duration != "" || p.tiered() }

func (p *product) tiered() bool { return p.nativeType == "membership" }

func (p *product) isBundle() bool { return p.nativeType == "bundle" }

func (p *product) published() bool { return p.disabledAt == nil && p.deletedAt == nil && !p.draft }

func (p *product) liveCategories() []*variantCategory {
	return slices.DeleteFunc(slices.Clone(p.categories), func(c *variantCategory) bool { return c.deleted })
}

// liveVariants are those of the live categories.
func (p *product) liveVariants() []*variant {
	var out []*variant
	for _, c := range p.liveCategories() {
		out = append(out, c.live()...)
	}
	return out
}

func (p *product) url(owner *seller) string {
	link := p.permalink
	if p.customPermalink != "" {
		link = p.customPermalink
	}
	return owner.profileURL() + "/l/" + link
}

// hasPermalink matches unique and custom permalinks without regard to case, as the database does.
func (p *product) hasPermalink(link string) bool {
	return link != "" && (strings.EqualFold(link, p.permalink) || strings.EqualFold(link, p.customPermalink))
}

type variantCategory struct {
	n        int
	id       string
	title    *string
	deleted  bool
	variants []*variant
}

func (c *variantCategory) live() []*variant {
	return slices.DeleteFunc(slices.Clone(c.variants), func(v *variant) bool { return v.deleted })
}

// variant is a version, a tier or a SKU.
type variant struct {
	n            int
	id           string
	name         string
	description  *string
	difference   *int // minor units over the product's price
	maxPurchases *int
	recurrence   map[string]tierPrice
	customSKU    string
	richContent  []*contentPage
	deleted      bool
}

type tierPrice struct{ cents int }

type offerCode struct {
	n            int
	id           string
	name         *string
	percent      *int
	cents        *int
	currency     string // of a fixed code
	maxPurchases *int
	minimum      *int
	universal    bool
	product      *product // of a code that is not universal
	createdAt    time.Time
	startsAt     *time.Time
	expiresAt    *time.Time
	deleted      bool
	timesUsed    int
}

// off is the discount on a price, in the price's minor units.
func (c *offerCode) off(price int) int {
	if c.percent != nil {
		return percentOf(price, *c.percent)
	}
	return *c.cents
}

// appliesTo covers the product's own codes and the matching universal ones.
func (c *offerCode) appliesTo(p *product) bool {
	if c.deleted {
		return false
	}
	if c.universal {
		return c.percent != nil || c.currency == p.currency
	}
	return c.product == p
}

func (c *offerCode) displayAmount() string {
	if c.percent != nil {
		return strconv.Itoa(*c.percent) + "%"
	}
	return currencies[c.currency].format(*c.cents)
}

type customField struct {
	n            int
	id           string
	kind         string
	name         string
	required     bool
	global       bool
	perProduct   bool
	postPurchase bool
	products     []*product
}

type resourceSubscription struct {
	n       int
	id      string
	app     string // OAuth application that made it
	name    string
	postURL string
	deleted bool
}

type license struct {
	n        int
	id       string
	key      string
	product  *product
	sale     *sale             // original purchase
	imported *importedCustomer // instead of a sale
	uses     int
	disabled bool
	owner    *store
}

type importedCustomer struct {
	id, email string
	createdAt time.Time
}

// Purchase states.
const (
	stateSuccessful  = "successful"
	stateNotCharged  = "not_charged"
	stateFailed      = "failed"
	stateInProgress  = "in_progress"
	stateTest        = "test_successful"
	statePreorder    = "preorder_authorization_successful"
	stateReleased    = "preorder_concluded_successfully" // a pre-order that was charged, by another row
	stateGiftReceive = "gift_receiver_purchase_successful"
)

// Payment processors, as the API names them; it does not name the account that is Gumroad's own.
const (
	processorGumroad = "stripe"
	processorStripe  = "stripe_connect"
	processorPayPal  = "paypal"
)

type sale struct {
	n         int
	id        string
	product   *product
	createdAt time.Time
	state     string

	email      string // of the purchase
	account    *buyerAccount
	fullName   string
	street     string
	city       string
	region     string
	zip        string
	country    string
	countryISO string
	ipCountry  string

	quantity      int
	total         int       // what was paid, minor units of the product's currency
	usdCents      int       // the same in USD cents: the API's "price"
	shippingCents int       // minor units of the product's currency
	refundedUSD   int       // refunds are kept in USD cents, whatever the product's currency
	refundedAt    time.Time // of the last refund; zero for the demo's own
	settled       settlement
	refusal       string // what is said to a refund that cannot be paid
	processor     string

	variants     []chosenVariant
	sku          *variant
	customFields []fieldAnswer
	referrer     string
	urlParams    []fieldAnswer
	card         card
	code         *offerCode
	codeAmount   string
	affiliate    *affiliate
	ppp          *pppDiscount
	upsell       *upsell
	canContact   bool
	following    bool
	discover     bool

	disputed    bool
	disputeWon  bool
	rating      int
	reviewText  string
	bundle      bool
	bundlePart  bool
	preordered  *sale // the authorization, on the charge of a pre-order
	giftOf      *sale // the sender's row, on the receiver's
	giftTo      *sale // the receiver's row, on the sender's
	utmSource   string
	utmMedium   string
	utmCampaign string
	utmContent  string

	subscription *subscription
	recurring    bool // a charge after the first
	upgrade      bool
	freeTrial    bool

	license       *license
	accessRevoked bool
	shipped       *shipment
}

type buyerAccount struct{ id, email string }

type chosenVariant struct {
	category string
	variant  *variant
}

// fieldAnswer is a string, or a boolean where the buyer ticked a box.
type fieldAnswer struct {
	name  string
	value any
}

func (f fieldAnswer) String() string { return fmt.Sprintf("%s: %v", f.name, f.value) }

// upsell is the offer with which a sale was made.
type upsell struct {
	name     string
	selected *product // what the buyer had chosen before
}

type card struct{ visual, kind string }

type affiliate struct {
	email string
	cents int // USD
}

type pppDiscount struct {
	country string
	percent int
}

type shipment struct{ trackingURL *string }

func (s *sale) money() currency { return s.product.money() }

// isListed is the rule of GET /sales.
func (s *sale) isListed() bool {
	switch s.state {
	case stateSuccessful:
		return s.giftOf == nil
	case stateNotCharged:
		return s.freeTrial
	default:
		return false
	}
}

// givenLicense is the row's licence; the sender of a gift sees the receiver's.
func (s *sale) givenLicense() *license {
	if s.giftTo != nil {
		return s.giftTo.license
	}
	return s.license
}

// payer is the row that was paid for: of a gift it is the sender's.
func (s *sale) payer() *sale {
	if s.giftOf != nil {
		return s.giftOf
	}
	return s
}

func (s *sale) charged() bool { return s.state == stateSuccessful && s.usdCents > 0 }

func (s *sale) fullyRefunded() bool { return s.refundedUSD > 0 && s.refundedUSD == s.usdCents }

func (s *sale) partlyRefunded() bool { return s.refundedUSD > 0 && !s.fullyRefunded() }

// refundableUSD is what the server believes can be refunded, of sales that were never charged too.
func (s *sale) refundableUSD() int { return s.usdCents - s.refundedUSD }

func (s *sale) chargedBack() bool { return s.disputed && !s.disputeWon }

// countsTowardsInventory: the row takes one of a limited number away; that of an ended subscription gives it back.
func (s *sale) countsTowardsInventory() bool {
	switch s.state {
	case stateSuccessful, stateNotCharged, statePreorder, stateInProgress:
		return s.isOriginal() && (s.subscription == nil || s.subscription.deactivatedAt == nil)
	default:
		return false
	}
}

// isOriginal: the row is no later charge of a subscription.
func (s *sale) isOriginal() bool { return !s.recurring && !s.upgrade }

// isActiveCustomer is what a product's sales_count counts.
func (s *sale) isActiveCustomer() bool {
	return s.countsTowardsInventory() && s.state != stateInProgress && !s.bundlePart && !s.chargedBack() &&
		(!s.fullyRefunded() || s.subscription != nil)
}

// isSale is what the sums of money count: charges, but of pre-orders their authorization, on the day they were placed.
func (s *sale) isSale() bool {
	switch s.state {
	case stateSuccessful:
		return s.preordered == nil && !s.bundlePart
	case statePreorder, stateReleased:
		return true
	default:
		return false
	}
}

func (s *sale) buyerEmail() string {
	if s.account != nil {
		return s.account.email
	}
	return s.email
}

// Who ended a subscription.
const (
	byBuyer  = "cancelled_by_buyer"
	bySeller = "cancelled_by_seller"
	byAdmin  = "cancelled_by_admin"
	byFailed = "cancelled_due_to_payment_failures"
)

type subscription struct {
	n                int
	id               string
	product          *product
	original         *sale
	charges          []*sale // the original first
	email            string
	account          *buyerAccount
	createdAt        time.Time
	tier             *variant // of a membership
	recurrence       string
	requestedAt      *time.Time // the buyer asked to cancel
	cancelledAt      *time.Time
	endedAt          *time.Time
	failedAt         *time.Time
	deactivatedAt    *time.Time
	freeTrialEndsAt  *time.Time
	lastChargeFailed bool
	test             bool
}

func (s *subscription) active(now time.Time) bool {
	return !s.test && s.failedAt == nil && s.endedAt == nil && (s.cancelledAt == nil || s.cancelledAt.After(now))
}

func (s *subscription) status(now time.Time) string {
	switch {
	case s.deactivatedAt != nil && s.failedAt != nil:
		return "failed_payment"
	case s.deactivatedAt != nil && s.endedAt != nil:
		return "fixed_subscription_period_ended"
	case s.deactivatedAt != nil:
		return "cancelled"
	case s.lastChargeFailed:
		return "pending_failure"
	case s.cancelledAt != nil && s.cancelledAt.After(now):
		return "pending_cancellation"
	default:
		return "alive"
	}
}

// saleOrder is the order rows are kept in; lists read it backwards.
func saleOrder(a, b *sale) int {
	return cmp.Or(a.createdAt.Compare(b.createdAt), cmp.Compare(a.n, b.n))
}

func insertSale(rows []*sale, s *sale) []*sale {
	if len(rows) == 0 || saleOrder(rows[len(rows)-1], s) < 0 {
		return append(rows, s)
	}
	at, _ := slices.BinarySearchFunc(rows, s, saleOrder)
	return slices.Insert(rows, at, s)
}

// addSale files a row under every index and counts it where sales count.
func (st *store) addSale(s *sale) {
	st.sales = insertSale(st.sales, s)
	st.saleByID[bareID(s.id)] = s
	st.saleByN[s.n] = s
	if s.license != nil {
		st.addLicense(s.license)
	}
	if sub := s.subscription; sub != nil {
		sub.charges = insertSale(sub.charges, s)
	}
	s.product.rows = append(s.product.rows, s)
	if counted := s.state == stateSuccessful || s.state == statePreorder || s.state == stateNotCharged; counted &&
		!s.recurring && s.code != nil {
		s.code.timesUsed += s.quantity
	}
	if !s.isListed() {
		return
	}
	st.listed = insertSale(st.listed, s)
	email := strings.ToLower(s.email)
	st.salesByEmail[email] = insertSale(st.salesByEmail[email], s)
	s.product.sales = insertSale(s.product.sales, s)
}

// inventorySold is how many of the product were sold, or of one of its options.
func (p *product) inventorySold(of *variant) int {
	sold := 0
	for _, s := range p.rows {
		if s.countsTowardsInventory() && (of == nil || s.bought(of)) {
			sold += s.quantity
		}
	}
	return sold
}

func (s *sale) bought(v *variant) bool {
	return s.sku == v || slices.ContainsFunc(s.variants, func(c chosenVariant) bool { return c.variant == v })
}

func (p *product) salesCount() int {
	count := 0
	for _, s := range p.rows {
		if s.isActiveCustomer() {
			count++
		}
	}
	return count
}

func (p *product) salesUSDCents() int {
	sum := 0
	for _, s := range p.rows {
		if s.isSale() && !s.chargedBack() {
			sum += s.refundableUSD()
		}
	}
	return sum
}

func (st *store) addLicense(l *license) {
	l.owner = st
	st.licenseByKey[strings.ToUpper(l.key)] = l
}

func (st *store) addSubscription(s *subscription) {
	st.subs = append(st.subs, s)
	st.subByID[bareID(s.id)] = s
	s.product.subs = append(s.product.subs, s)
}

func (st *store) sale(id string) *sale { return st.saleByID[bareID(id)] }

func (st *store) subscription(id string) *subscription { return st.subByID[bareID(id)] }

// product finds by external id or unique permalink, deleted ones too.
func (st *store) product(ref string) *product {
	for _, p := range st.products {
		if sameID(p.id, ref) {
			return p
		}
	}
	for _, p := range st.products {
		if strings.EqualFold(p.permalink, ref) {
			return p
		}
	}
	return nil
}

// codesFor are the product's codes and the matching universal ones, oldest first.
func (st *store) codesFor(p *product) []*offerCode {
	var out []*offerCode
	for _, c := range st.codes {
		if c.appliesTo(p) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b *offerCode) int { return a.createdAt.Compare(b.createdAt) })
	return out
}
