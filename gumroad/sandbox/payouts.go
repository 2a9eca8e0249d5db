package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// payout is one that was made. The upcoming one is not kept: it is what no other has paid.
type payout struct {
	n           int
	id          string
	createdAt   time.Time
	status      string
	currency    string // as it was recorded, in upper or lower case
	amount      int    // minor units of it
	fee         int    // US cents, of payouts by PayPal
	processor   string
	bank        string
	paypal      string
	processedAt time.Time // of completed ones
	entries     []entry
}

// States of payouts, and of what is upcoming.
const (
	payoutCreating   = "creating"
	payoutProcessing = "processing"
	payoutUnclaimed  = "unclaimed"
	payoutCompleted  = "completed"
	payoutFailed     = "failed"
	payoutCancelled  = "cancelled"
	payoutReversed   = "reversed"
	payoutReturned   = "returned"
	payoutPayable    = "payable"
	payoutPaused     = "paused"
)

// minimumPayout is what a seller must have earned to be paid, in US cents.
const minimumPayout = 10_00

// gaveBack: the money came back, so that the next payout has it.
func (p *payout) gaveBack() bool {
	return slices.Contains([]string{payoutFailed, payoutCancelled, payoutReversed, payoutReturned}, p.status)
}

// entry is what a sale, a refund or a chargeback did to the balance, in US cents.
type entry struct {
	kind            string
	sale            *sale
	at              time.Time
	price, fee, net int
}

const (
	saleEntry       = "Sale"
	chargebackEntry = "Chargeback"
	fullRefund      = "Full Refund"
	partialRefund   = "Partial Refund"
)

func (e entry) isRefund() bool { return strings.HasSuffix(e.kind, "Refund") }

// viaGumroad: the money came to Gumroad, which owes it to the seller. PayPal and a Stripe account of the seller's own
// paid it out at once.
func (e entry) viaGumroad() bool { return e.sale.onGumroadsAccount() }

// settlement is what payouts have paid of a sale.
type settlement struct {
	sold, charged bool
	refunded      int
}

// settle counts the entries as paid, unless their money came back.
func (p *payout) settle() {
	if p.gaveBack() {
		return
	}
	for _, e := range p.entries {
		switch {
		case e.kind == saleEntry:
			e.sale.settled.sold = true
		case e.kind == chargebackEntry:
			e.sale.settled.charged = true
		default:
			e.sale.settled.refunded -= e.price
		}
	}
}

// unpaid are the entries until a time that no payout has paid, by time.
func (st *store) unpaid(until time.Time) []entry {
	var entries []entry
	add := func(e entry) {
		if e.at.Before(until) {
			entries = append(entries, e)
		}
	}
	for _, s := range st.sales {
		refund := s.refundedUSD - s.settled.refunded
		if !s.charged() || s.settled.sold && refund == 0 && (s.settled.charged || !s.chargedBack()) {
			continue
		}
		fee, share := s.fee(), 0
		if s.affiliate != nil {
			share = s.affiliate.cents
		}
		if !s.settled.sold {
			add(entry{saleEntry, s, s.createdAt, s.usdCents, fee, s.usdCents - fee - share})
		}
		if s.chargedBack() && !s.settled.charged {
			add(entry{chargebackEntry, s, s.createdAt.Add(9 * day), -s.usdCents, -fee, fee + share - s.usdCents})
		}
		if refund > 0 {
			// Gumroad gives its own part of the fee back, not the processor's.
			back := gumroadFee(s.usdCents, false, s.discover) * refund / s.usdCents
			add(entry{s.refundKind(), s, s.refundedOn(), -refund, -back, back + share*refund/s.usdCents - refund})
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return a.at.Compare(b.at) })
	return entries
}

func (s *sale) refundKind() string {
	switch {
	case s.processor == processorPayPal:
		return "PayPal Refund"
	case s.processor == processorStripe:
		return "Stripe Connect Refund"
	case s.fullyRefunded():
		return fullRefund
	default:
		return partialRefund
	}
}

// refundedOn is when the last refund was made; those of the demo's own sales took three days.
func (s *sale) refundedOn() time.Time {
	if !s.refundedAt.IsZero() {
		return s.refundedAt
	}
	return s.createdAt.Add(3 * day)
}

// owed is what entries add up to for Gumroad to pay, in US cents.
func owed(entries []entry) (cents int) {
	for _, e := range entries {
		if e.viaGumroad() {
			cents += e.net
		}
	}
	return cents
}

// payday is the Friday after a time, when Gumroad pays.
func payday(after time.Time) time.Time {
	midnight := after.Truncate(day)
	return midnight.AddDate(0, 0, 1+(int(time.Friday)-int(midnight.Weekday())+6)%7)
}

// upcoming is the payout to come, or nil: there has to be enough for it.
func (r *request) upcoming() *payout {
	seller := r.store.seller
	p := &payout{createdAt: payday(r.now), status: payoutPayable, currency: seller.currency,
		processor: processorGumroad, bank: seller.bank, entries: r.store.unpaid(r.now.Add(time.Second))}
	if p.amount = owed(p.entries); p.amount < minimumPayout {
		return nil
	}
	if seller.payoutsPaused {
		p.status = payoutPaused
	}
	return p
}

func payoutJSON(p *payout) *object {
	o := newObject().with("id", orNull(p.id)).with("amount", hundredths(p.amount)).with("currency", p.currency).
		with("status", p.status).with("created_at", stamp(p.createdAt)).with("processed_at", nil).
		with("payment_processor", p.processor).with("bank_account_visual", orNull(p.bank)).
		with("paypal_email", orNull(p.paypal))
	if p.status == payoutCompleted {
		o.set("processed_at", stamp(p.processedAt))
	}
	return o
}

// hundredths is an amount as payouts have it, divided by a hundred whatever the currency.
func hundredths(cents int) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

func listPayouts(r *request) answer {
	before, problem := r.dateParam("before")
	if problem != nil {
		return *problem
	}
	after, problem := r.dateParam("after")
	if problem != nil {
		return *problem
	}
	from, given, problem := r.cursorParam()
	if problem != nil {
		return *problem
	}
	var rows []*payout
	for _, p := range r.store.payouts {
		switch {
		case after != nil && p.createdAt.Before(*after), before != nil && !p.createdAt.Before(*before),
			given && (!from.known || cmpDescending(from.at, p.createdAt, from.n, p.n) >= 0):
		default:
			rows = append(rows, p)
		}
	}
	slices.SortFunc(rows, func(a, b *payout) int { return cmpDescending(a.createdAt, b.createdAt, a.n, b.n) })
	if !given && !r.params.is("include_upcoming", "false") {
		if next := r.upcoming(); next != nil && (before == nil || !before.Before(next.createdAt)) {
			rows = slices.Insert(rows, 0, next)
		}
	}
	page := make([]*object, 0, pageSize)
	for _, p := range rows[:min(len(rows), pageSize)] {
		page = append(page, payoutJSON(p))
	}
	list := success().with("payouts", page)
	if len(rows) > pageSize {
		last := rows[pageSize-1]
		r.nextPage(list, pageKey(last.createdAt, last.n))
	}
	return render(http.StatusOK, list)
}

func showPayout(r *request) answer {
	for _, p := range r.store.payouts {
		if sameID(p.id, r.params.str("id")) {
			return ok("payout", r.wholePayout(p))
		}
	}
	return notFound("payout")
}

func listUpcomingPayouts(r *request) answer {
	rows := []*object{}
	if p := r.upcoming(); p != nil {
		rows = append(rows, r.wholePayout(p))
	}
	return ok("payouts", rows)
}

// wholePayout adds what a payout consists of. For the ids of sales the token itself must have view_sales.
func (r *request) wholePayout(p *payout) *object {
	o := payoutJSON(p)
	if r.grant.has("view_sales") && !r.params.is("include_sales", "false") {
		o.set("sales", p.sales(func(e entry) bool { return e.kind == saleEntry }))
		o.set("refunded_sales", p.sales(entry.isRefund))
		o.set("disputed_sales", p.sales(func(e entry) bool { return e.kind == chargebackEntry }))
	}
	if r.params.is("include_transactions", "true") {
		o.set("transactions", p.transactions())
	}
	return o
}

// sales are the ids of those that Gumroad owes for, the newest first.
func (p *payout) sales(which func(entry) bool) []string {
	var sales []*sale
	for _, e := range p.entries {
		if which(e) && e.viaGumroad() {
			sales = append(sales, e.sale)
		}
	}
	slices.SortFunc(sales, func(a, b *sale) int { return saleOrder(b, a) })
	ids := []string{}
	for _, s := range slices.Compact(sales) {
		ids = append(ids, s.id)
	}
	return ids
}

// transactions are the lines of the file that sellers can download. What was paid past Gumroad is taken off in one.
func (p *payout) transactions() []*object {
	lines := []*object{}
	past := map[string]int{}
	for _, e := range p.entries {
		s := e.sale
		sign := 1
		if e.price < 0 {
			sign = -1
		}
		shipping := 0
		if e.kind == saleEntry || e.kind == chargebackEntry {
			shipping = s.money().toUSD(s.shippingCents)
		}
		lines = append(lines, newObject().with("type", e.kind).with("date", e.at.Format(time.DateOnly)).with("purchase_id", s.id).
			with("item_name", s.product.name).with("buyer_name", s.fullName).with("buyer_email", s.buyerEmail()).
			with("taxes", dollars(0, sign)).with("shipping", dollars(shipping*sign, sign)).with("sale_price", dollars(e.price, sign)).
			with("gumroad_fees", dollars(e.fee, sign)).with("net_total", dollars(e.net, 1)))
		if !e.viaGumroad() {
			past[s.processor] += e.net
		}
	}
	last := p.createdAt.Format(time.DateOnly)
	whole := func(kind string, price, fee any, net int) {
		lines = append(lines, newObject().with("type", kind).with("date", last).with("purchase_id", "").with("item_name", "").
			with("buyer_name", "").with("buyer_email", "").with("taxes", "").with("shipping", "").with("sale_price", price).
			with("gumroad_fees", fee).with("net_total", dollars(net, 1)))
	}
	for _, way := range []struct{ processor, kind string }{
		{processorPayPal, "PayPal Payouts"}, {processorStripe, "Stripe Connect Payouts"},
	} {
		if net := past[way.processor]; net != 0 {
			whole(way.kind, dollars(-net, 1), "", -net)
		}
	}
	if p.fee > 0 {
		whole("Payout Fee", "", dollars(p.fee, 1), -p.fee)
	}
	return lines
}

// dollars is a floating-point number as Ruby writes it: 10.0, 2.09, and -0.0 for nothing that was taken back.
func dollars(cents, sign int) json.Number {
	minus := ""
	if cents < 0 || cents == 0 && sign < 0 {
		minus, cents = "-", max(cents, -cents)
	}
	fraction := strings.TrimSuffix(fmt.Sprintf("%02d", cents%100), "0")
	return json.Number(fmt.Sprintf("%s%d.%s", minus, cents/100, cmp.Or(fraction, "0")))
}
