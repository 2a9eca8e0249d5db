package sandbox

import (
	"strings"
	"time"
)

// payoutRow is the payout of one week.
type payoutRow struct {
	name, what string
	status     string
	paypal     bool
}

// weeklyPayouts begins with the latest.
var weeklyPayouts = []payoutRow{
	{name: "payout being created", what: "the latest", status: payoutCreating},
	{name: "payout being processed", what: "on its way to the bank", status: payoutProcessing},
	{name: "completed payout", what: "to the bank, with the money of the failed one", status: payoutCompleted},
	{name: "failed payout", what: "the next one has its money", status: payoutFailed},
	{status: payoutCompleted},
	{name: "returned payout", what: "the bank sent it back", status: payoutReturned},
	{name: "unclaimed payout", what: "by PayPal, less its fee", status: payoutUnclaimed, paypal: true},
	{name: "cancelled payout", what: "by PayPal", status: payoutCancelled, paypal: true},
	{name: "reversed payout", what: "by PayPal", status: payoutReversed, paypal: true},
	{status: payoutCompleted},
}

const (
	demoBank   = "******6789"
	paypalFee  = 2 // percent
	payoutHour = 10 * time.Hour
)

// payWeekly pays what the open store's sales have earned, once they are numbered: each Friday what came in until the
// Friday before. A week in which too little was earned has no payout. Rows are of the latest that there are; the others
// are like the last row.
func (d *demo) payWeekly(rows []payoutRow, currency string) {
	st := d.st
	st.seller.bank = demoBank
	d.onceNumbered(func() {
		var fridays []time.Time
		latest := payday(d.now.Add(-payoutHour)).AddDate(0, 0, -7)
		for friday := payday(st.sales[0].createdAt); !friday.After(latest); friday = friday.AddDate(0, 0, 7) {
			p := &payout{status: payoutCompleted, entries: st.dueOn(friday)}
			if owed(p.entries) >= minimumPayout {
				fridays = append(fridays, friday)
				p.settle()
			}
		}
		for _, s := range st.sales { // what comes back makes later ones larger, so all of them are due again
			s.settled = settlement{}
		}
		for i, friday := range fridays {
			d.payOut(st, rows[min(len(fridays)-1-i, len(rows)-1)], friday, currency)
		}
	})
}

func (st *store) dueOn(friday time.Time) []entry { return st.unpaid(friday.AddDate(0, 0, -6)) }

func (d *demo) payOut(st *store, row payoutRow, friday time.Time, currency string) {
	p := &payout{createdAt: friday.Add(payoutHour), status: row.status, currency: currency, processor: processorGumroad,
		bank: st.seller.bank, entries: st.dueOn(friday)}
	cents := owed(p.entries)
	if row.paypal {
		p.processor, p.bank, p.paypal = processorPayPal, "", st.seller.email
		p.fee = percentOf(cents, paypalFee)
	}
	if row.status == payoutCompleted {
		p.processedAt = p.createdAt.Add(3 * day).Add(2 * time.Hour)
	}
	p.amount = currencies[strings.ToLower(currency)].fromUSD(cents - p.fee)
	p.n, p.id = d.s.numbered("payout")
	p.settle()
	st.payouts = append(st.payouts, p)
	if row.name != "" {
		d.highlight(Highlight{Name: row.name, What: row.what, ID: p.id})
	}
}
