package reports

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// tally adds up the sales of some days. What counts as a sale, a refund or a unit is decided here and in package
// gumroad (Sale.IsCharge, Sale.RefundedCents); resources/guide/reports.md explains it to people.
type tally struct {
	span
	groupBy string
	salesSums
	fees, disputed                                gumroad.Cents
	disputes, won, renewals, free, copies, trials gumroad.Int

	// What the sums lack: sales without a price, and partial refunds of unknown amount with the most they can come to.
	unpriced, unclear, unknownRefunds gumroad.Int
	atMost                            gumroad.Cents

	paid   map[string]*paidIn     // by currency, other than US dollars
	groups map[string]*salesGroup // by key
}

func newTally(days span, groupBy string) *tally {
	return &tally{span: days, groupBy: groupBy, paid: map[string]*paidIn{}, groups: map[string]*salesGroup{}}
}

// add adds a sale, made at the given local time. Rows that are no charge of their own, such as the parts of a bundle,
// are left out.
func (t *tally) add(sale gumroad.Sale, at time.Time) {
	if sale.IsUnclear() {
		t.unclear++
	}
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
	if sale.Refunded.IsTrue() || sale.PartiallyRefunded.IsTrue() {
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
	if sale.Disputed.IsTrue() {
		t.disputes++
	}
	if sale.DisputeWon.IsTrue() {
		t.won++
	}
	if sale.Chargedback.IsTrue() {
		t.disputed += price - refunded
	}
	if sale.RecurringCharge.IsTrue() {
		t.renewals++
	}
	if price == 0 {
		t.free++
	}
	t.addPaid(sale)
	if key, name := groupOf(sale, t.groupBy, at); key != "" {
		group := t.groups[key]
		if group == nil {
			group = &salesGroup{Key: key, Name: name}
			t.groups[key] = group
		}
		group.Gross += price
		group.Net += price - refunded
		group.Units++
	}
}

// addPaid adds what the buyer paid, if it was in another currency than US dollars.
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
		refunded := sale.Refunded.IsTrue() || sale.PartiallyRefunded.IsTrue()
		if remaining, known := sale.RefundableAmount(); known && refunded {
			in.Refunded += amount - remaining
		}
	}
}

var hostname = regexp.MustCompile(`^[\pL\pM\pN.-]+$`)

// groupOf returns the key and name of the group that a sale belongs to.
func groupOf(sale gumroad.Sale, by string, at time.Time) (key, name string) {
	switch by {
	case "day":
		return date(at), ""
	case "week":
		return date(at.AddDate(0, 0, -(int(at.Weekday())+6)%7)), "" // the week's Monday
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
		switch u, err := url.Parse(sale.Referrer); {
		case sale.Referrer == "", sale.Referrer == "direct":
			return cmp.Or(sale.Referrer, "unknown"), ""
		case err != nil || !hostname.MatchString(u.Hostname()):
			return "other", "" // a buyer's browser sends what it likes
		default:
			return strings.TrimPrefix(u.Hostname(), "www."), ""
		}
	}
	return "", ""
}

func (t *tally) detail() salesDetail {
	afterFees := t.Net - t.fees - t.disputed
	d := salesDetail{
		Fees: &t.fees, Disputed: &t.disputed, AfterFees: &afterFees, Disputes: &t.disputes,
		DisputesWon: nilIfZero(t.won), Renewals: nilIfZero(t.renewals), FreeUnits: nilIfZero(t.free),
		TrialsStarted: nilIfZero(t.trials),
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

// missing says what the sums lack, in words for the report.
func (t *tally) missing() []string {
	var all []string
	if t.unpriced > 0 {
		all = append(all, fmt.Sprintf("the price of %d sales", t.unpriced))
	}
	if t.unclear > 0 {
		all = append(all, fmt.Sprintf("what became of %d sales: Gumroad's answer is unclear", t.unclear))
	}
	if t.unknownRefunds > 0 {
		all = append(all, fmt.Sprintf("what was refunded of %d partly refunded sales, at most %s",
			t.unknownRefunds, gumroad.Currency("usd").Format(t.atMost)))
	}
	return all
}

func (t *tally) byTime() bool { return slices.Contains([]string{"day", "week", "month"}, t.groupBy) }

// compare sets what each group had in the other period, and adds the groups that only the other period has. Groups of
// time are left alone: the other period has other days.
func (t *tally) compare(other *tally) {
	if t.byTime() {
		return
	}
	for key, group := range other.groups {
		if t.groups[key] == nil {
			t.groups[key] = &salesGroup{Key: key, Name: group.Name}
		}
	}
	for key, group := range t.groups {
		group.Was = new(gumroad.Cents)
		if before := other.groups[key]; before != nil {
			*group.Was = before.Gross
		}
	}
}

const (
	defaultTop = 10
	maxTop     = 100
)

// topGroups returns the groups to show and the sums of those left out. The groups of highest gross are shown, the
// highest first. Groups of time (days, weeks, months) are shown in their order; without top they are the latest ones
// instead of those of highest gross.
func (t *tally) topGroups(top *gumroad.Int) ([]salesGroup, *leftOutSales) {
	var all []salesGroup
	for _, group := range t.groups {
		all = append(all, *group)
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
		for _, group := range all[limit:] {
			left.Gross += group.Gross
			left.Units += group.Units
		}
		all = all[:limit]
	}
	if t.byTime() {
		slices.SortFunc(all, byKey)
	}
	return all, left
}
