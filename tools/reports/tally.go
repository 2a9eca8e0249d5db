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
	groupBy []string // what a line stands for, and what its own lines do
	salesSums
	fees, disputed                                gumroad.Cents
	disputes, won, renewals, free, copies, trials gumroad.Int
	partly                                        gumroad.Int // among the refunded units

	// What the sums lack: sales without a price, and partial refunds of unknown amount with the most they can come to.
	unpriced, unclear, unknownRefunds gumroad.Int
	atMost                            gumroad.Cents

	paid  map[string]*paidIn // by currency, other than US dollars
	lines lines
}

// lines are the sums of the sales with the same key, by that key: a day, a product's id, a country and so on.
type lines map[string]*line

// line is the sums of one key, and within it those of each key of the second grouping.
type line struct {
	name                 string // a product's
	gross, refunds, fees gumroad.Cents
	units                gumroad.Int
	was                  *gumroad.Cents // gross in the other period
	within               lines
}

// of returns the line of a key, which it makes if there is none yet.
func (l lines) of(key, name string) *line {
	if l[key] == nil {
		l[key] = &line{name: name, within: lines{}}
	}
	return l[key]
}

func newTally(days span, groupBy []string) *tally {
	return &tally{span: days, groupBy: groupBy, paid: map[string]*paidIn{}, lines: lines{}}
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
			if !sale.Refunded.IsTrue() {
				t.partly++
			}
		}
	}
	t.Gross += price
	t.Refunds += refunded
	t.Net += price - refunded
	var fee gumroad.Cents
	if sale.GumroadFee != nil {
		fee = *sale.GumroadFee
		t.fees += fee
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
	all := t.lines
	for _, by := range t.groupBy {
		one := all.of(keyOf(sale, by, at))
		one.gross += price
		one.refunds += refunded
		one.fees += fee
		one.units++
		all = one.within
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

// keyOf returns the key of the line that a sale belongs to, and its name if that is another.
func keyOf(sale gumroad.Sale, by string, at time.Time) (key, name string) {
	switch by {
	case "day":
		return date(at), ""
	case "week":
		return date(monday(at)), ""
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

// monday returns the first day of the week that a day lies in.
func monday(day time.Time) time.Time { return day.AddDate(0, 0, -(int(day.Weekday())+6)%7) }

func (t *tally) detail() salesDetail {
	afterFees := t.Net - t.fees - t.disputed
	d := salesDetail{
		PartlyRefunded: nilIfZero(t.partly), Fees: &t.fees, Disputed: &t.disputed, AfterFees: &afterFees, Disputes: &t.disputes,
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

func isTime(by string) bool { return slices.Contains([]string{"day", "week", "month"}, by) }

// compare sets what each line had in the other period, and adds the lines that only the other period has. Lines of
// time are left alone: the other period has other days.
func (t *tally) compare(other *tally) {
	if len(t.groupBy) == 0 || isTime(t.groupBy[0]) {
		return
	}
	for key, before := range other.lines {
		t.lines.of(key, before.name)
	}
	for key, now := range t.lines {
		now.was = new(gumroad.Cents)
		if before := other.lines[key]; before != nil {
			*now.was = before.gross
		}
	}
}

const (
	defaultTop = 10
	maxTop     = 100
	// maxWithin is how many lines stand within a line.
	maxWithin = 60
)

// keyed is a line with its key, for sorting.
type keyed struct {
	key string
	*line
}

// ranked returns the lines to show and those that are left out. Lines of highest gross are shown, the highest first.
// Lines of time are shown in their order; without top they are the latest ones instead of those of highest gross.
func (l lines) ranked(by string, top *gumroad.Int, most int) (shown, left []keyed) {
	var all []keyed
	for key, one := range l {
		all = append(all, keyed{key, one})
	}
	byKey := func(a, b keyed) int { return cmp.Compare(a.key, b.key) }
	best := func(a, b keyed) int {
		return cmp.Or(cmp.Compare(b.gross, a.gross), cmp.Compare(b.units, a.units), byKey(a, b))
	}
	order := best
	if isTime(by) && top == nil {
		order = func(a, b keyed) int { return byKey(b, a) }
	}
	if top != nil {
		most = int(*top)
	}
	slices.SortFunc(all, order)
	shown, left = all[:min(most, len(all))], all[min(most, len(all)):]
	if isTime(by) {
		slices.SortFunc(shown, byKey)
	}
	return shown, left
}

// topLines returns the lines to show, and the sums of those that are left out.
func (t *tally) topLines(top *gumroad.Int, full bool) ([]salesLine, *leftOutSales) {
	if len(t.groupBy) == 0 {
		return nil, nil
	}
	most := defaultTop
	if isTime(t.groupBy[0]) {
		most = maxTop
	}
	shown, left := t.lines.ranked(t.groupBy[0], top, most)
	var all []salesLine
	for _, one := range shown {
		rendered := salesLine{Gross: one.gross, Refunds: nilIfZero(one.refunds), Net: one.net(), Units: one.units, Was: one.was}
		if full {
			rendered.Fees = &one.fees
		}
		rendered.Key, rendered.ProductID = t.lines.label(t.groupBy[0], one, full)
		if len(t.groupBy) > 1 {
			within, more := one.within.ranked(t.groupBy[1], nil, maxWithin)
			rendered.Within = one.within.table(t.groupBy[1], within, full)
			rendered.WithinLeftOut = nilIfZero(gumroad.Int(len(more)))
		}
		all = append(all, rendered)
	}
	fitting, _ := takeFitting(all, MaxBytes-4_000)
	left = append(left, shown[len(fitting):]...)
	if len(left) == 0 {
		return fitting, nil
	}
	out := &leftOutSales{Lines: gumroad.Int(len(left))}
	for _, one := range left {
		out.Gross += one.gross
		out.Units += one.units
	}
	return fitting, out
}

func (one *line) net() gumroad.Cents { return one.gross - one.refunds }

// table returns lines as rows, which name their columns once: there can be many.
func (l lines) table(by string, shown []keyed, full bool) *Table {
	t := &Table{Columns: []string{by, "gross_cents", "refunds_cents", "net_cents", "units"}}
	if full {
		t.Columns = append(t.Columns, "fees_cents")
	}
	for _, one := range shown {
		key, _ := l.label(by, one, false)
		row := Row{key, one.gross, one.refunds, one.net(), one.units}
		if full {
			row = append(row, one.fees)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// label returns the key as it is shown: a product by its name, with its id in full detail and where the name is another
// product's too.
func (l lines) label(by string, of keyed, full bool) (key, id string) {
	if by != "product" {
		return of.key, ""
	}
	same := 0
	for _, other := range l {
		if other.name == of.name {
			same++
		}
	}
	if full || same > 1 || of.name == "" {
		id = of.key
	}
	return cmp.Or(of.name, of.key), id
}
