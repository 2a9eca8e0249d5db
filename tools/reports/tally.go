package reports

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// tally is the sums of some days.
type tally struct {
	span
	groupBy string
	salesSums
	fees, disputed                                gumroad.Cents
	disputes, won, renewals, free, copies, trials gumroad.Int
	unpriced, unknownRefunds                      gumroad.Int
	atMost                                        gumroad.Cents // of the unknown refunds
	paid                                          map[string]*paidIn
	groups                                        map[string]*salesGroup
}

func newTally(days span, groupBy string) *tally {
	return &tally{span: days, groupBy: groupBy, paid: map[string]*paidIn{}, groups: map[string]*salesGroup{}}
}

// add counts a sale made at a time of the store's clocks.
func (t *tally) add(sale gumroad.Sale, at time.Time) {
	switch {
	case sale.StartsTrial():
		t.trials++
		return
	case !sale.IsCharge():
		return
	}
	t.Units++
	t.copies += max(sale.Quantity, 1)
	var price gumroad.Cents
	if sale.Price == nil {
		t.unpriced++
	} else {
		price = *sale.Price
	}
	refunded, known := sale.RefundedCents()
	if !known && sale.Price != nil {
		t.unknownRefunds++
		t.atMost += price
	}
	if gumroad.IsTrue(sale.Refunded) || gumroad.IsTrue(sale.PartiallyRefunded) {
		if price > 0 {
			t.RefundedUnits++
		}
	}
	t.Gross += price
	t.Refunds += refunded
	t.Net += price - refunded
	if sale.GumroadFee != nil {
		t.fees += *sale.GumroadFee
	}
	if gumroad.IsTrue(sale.Disputed) {
		t.disputes++
	}
	if gumroad.IsTrue(sale.DisputeWon) {
		t.won++
	}
	if gumroad.IsTrue(sale.Chargedback) {
		t.disputed += price - refunded
	}
	if gumroad.IsTrue(sale.RecurringCharge) {
		t.renewals++
	}
	if price == 0 {
		t.free++
	}
	t.addPaid(sale)
	if key, name := groupOf(sale, t.groupBy, at); key != "" {
		line := t.groups[key]
		if line == nil {
			line = &salesGroup{Key: key, Name: name}
			t.groups[key] = line
		}
		line.Gross += price
		line.Net += price - refunded
		line.Units++
	}
}

func (t *tally) addPaid(sale gumroad.Sale) {
	amount, known := sale.PaidAmount()
	if currency := strings.ToLower(sale.Currency); known && amount > 0 && currency != "usd" {
		in := t.paid[currency]
		if in == nil {
			in = &paidIn{Currency: currency}
			t.paid[currency] = in
		}
		in.Units++
		in.Paid += amount
		if remaining, known := sale.RefundableAmount(); known && (gumroad.IsTrue(sale.Refunded) || gumroad.IsTrue(sale.PartiallyRefunded)) {
			in.Refunded += amount - remaining
		}
	}
}

// groupOf is the line a sale stands in.
func groupOf(sale gumroad.Sale, by string, at time.Time) (key, name string) {
	switch by {
	case "day":
		return date(at), ""
	case "week":
		return date(at.AddDate(0, 0, -(int(at.Weekday())+6)%7)), "" // from its Monday
	case "month":
		return at.Format("2006-01"), ""
	case "product":
		return sale.ProductID, sale.ProductName
	case "country":
		return cmp.Or(sale.Country, "unknown"), ""
	case "offer_code":
		if sale.OfferCode == nil {
			return "none", ""
		}
		return cmp.Or(sale.OfferCode.Code, "without a name"), ""
	case "referrer":
		if u, err := url.Parse(sale.Referrer); err == nil && u.Host != "" {
			return strings.TrimPrefix(u.Host, "www."), ""
		}
		return cmp.Or(sale.Referrer, "unknown"), ""
	}
	return "", ""
}

func (t *tally) detail() salesDetail {
	afterFees := t.Net - t.fees - t.disputed
	d := salesDetail{
		Fees: &t.fees, Disputed: &t.disputed, AfterFees: &afterFees, Disputes: &t.disputes,
		DisputesWon: nilIfZero(t.won), Renewals: nilIfZero(t.renewals), FreeUnits: nilIfZero(t.free), TrialsStarted: nilIfZero(t.trials),
	}
	if t.copies != t.Units {
		d.Copies = &t.copies
	}
	return d
}

func (t *tally) currencies() []paidIn {
	var all []paidIn
	for _, in := range t.paid {
		all = append(all, *in)
	}
	slices.SortFunc(all, func(a, b paidIn) int { return cmp.Compare(a.Currency, b.Currency) })
	return all
}

func (t *tally) missing() []string {
	var all []string
	if t.unpriced > 0 {
		all = append(all, fmt.Sprintf("the price of %d sales", t.unpriced))
	}
	if t.unknownRefunds > 0 {
		all = append(all, fmt.Sprintf("what was refunded of %d partly refunded sales, at most %s",
			t.unknownRefunds, gumroad.Currency("usd").Format(t.atMost)))
	}
	return all
}

func (t *tally) byTime() bool { return slices.Contains([]string{"day", "week", "month"}, t.groupBy) }

// compare puts the other period's gross beside each line that has one there. Lines of time have none.
func (t *tally) compare(other *tally) {
	if t.byTime() {
		return
	}
	for key, line := range other.groups {
		if t.groups[key] == nil {
			t.groups[key] = &salesGroup{Key: key, Name: line.Name}
		}
	}
	for key, line := range t.groups {
		line.Was = new(gumroad.Cents)
		if before := other.groups[key]; before != nil {
			*line.Was = before.Gross
		}
	}
}

const (
	defaultTop = 10
	maxTop     = 100
)

// lines are the best groups, best first, or in the order of time; unasked, of times the latest that fit.
func (t *tally) lines(top *gumroad.Int) ([]salesGroup, *leftOutSales) {
	var all []salesGroup
	for _, line := range t.groups {
		all = append(all, *line)
	}
	byKey := func(a, b salesGroup) int { return cmp.Compare(a.Key, b.Key) }
	best := func(a, b salesGroup) int {
		return cmp.Or(cmp.Compare(b.Gross, a.Gross), cmp.Compare(b.Units, a.Units), byKey(a, b))
	}
	limit, order := defaultTop, best
	if t.byTime() && top == nil {
		limit, order = maxTop, func(a, b salesGroup) int { return byKey(b, a) }
	}
	if top != nil {
		limit = int(*top)
	}
	slices.SortFunc(all, order)
	var left *leftOutSales
	fitting, _ := takeFitting(all, MaxBytes-4_000)
	if limit = min(limit, len(fitting)); len(all) > limit {
		left = &leftOutSales{Groups: gumroad.Int(len(all) - limit)}
		for _, line := range all[limit:] {
			left.Gross += line.Gross
			left.Units += line.Units
		}
		all = all[:limit]
	}
	if t.byTime() {
		slices.SortFunc(all, byKey)
	}
	return all, left
}
