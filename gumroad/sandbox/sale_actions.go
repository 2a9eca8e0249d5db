package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxTrackingURL is how long the address of a tracking page may be.
const maxTrackingURL = 2083

// shipSale can be repeated. The server of 2025 took any text, and sales that need no shipping.
func shipSale(r *request, s *sale) answer {
	given := r.params.str("tracking_url")
	if !r.sb.options.Compat2025 {
		switch {
		case !s.product.physical:
			return refuse("Purchase does not require shipping")
		case strings.TrimSpace(given) != "" && (!webURL(given) || len(given) > maxTrackingURL):
			return refuse("Tracking URL must be a full URL beginning with http:// or https://")
		}
	}
	if s.shipped == nil {
		s.shipped = &shipment{}
	}
	if r.params.has("tracking_url") {
		s.shipped.trackingURL = nil
		if strings.TrimSpace(given) != "" {
			s.shipped.trackingURL = &given
		}
	}
	r.commit()
	return ok("sale", r.saleJSON(s))
}

// What the server says to a refund that it does not make.
const (
	alreadyRefunded = "Purchase is already refunded."
	underDispute    = "This purchase has an active dispute. The funds have already been returned to the buyer. " +
		"No additional refund is needed."
	moreThanRemains   = "Refund amount cannot be greater than the purchase price."
	nothingToRefund   = "This purchase has already been refunded or has nothing left to refund."
	processorRejected = "The payment processor rejected this refund. Try again later or contact support if the problem persists."
)

// refundSale refunds what remains, or amount_cents of it. A partial refund repeated refunds again. The server converts
// every amount into US cents and keeps those.
func refundSale(r *request, s *sale) answer {
	if s.fullyRefunded() {
		return refuse(alreadyRefunded)
	}
	if s.chargedBack() {
		return r.noRefund(underDispute)
	}
	amount := s.refundableUSD()
	if !r.params.blank("amount_cents") {
		text, _ := r.params.text("amount_cents")
		minor := rubyInt(text)
		if r.sb.options.Compat2025 && s.money().scale() == 1 {
			minor /= 100 // the server of 2025 scaled every currency by 100
		}
		amount = s.money().toUSD(minor)
	}
	switch {
	case amount > s.refundableUSD():
		return refuse(moreThanRemains)
	case s.usdCents == 0:
		return r.noRefund(nothingToRefund)
	case s.state != stateSuccessful || amount <= 0:
		return r.noRefund(processorRejected)
	case s.refusal != "":
		return refuse(s.refusal)
	}
	r.commit()
	r.refund(r.store, s, amount)
	return ok("sale", r.saleJSON(s))
}

// refund gives an amount back, and ends a membership that was cancelled. The caller holds the lock.
func (c *call) refund(st *store, s *sale, amount int) {
	s.refundedUSD += amount
	s.refundedAt = c.now
	if s.giftTo == nil {
		c.emitSale(st, "refund", s)
	}
	if sub := s.subscription; sub != nil && sub.status(c.now) == "pending_cancellation" {
		sub.end(c.now)
		c.emitEnded(st, sub)
	}
}

// noRefund says why, which the server of 2025 did not.
func (r *request) noRefund(why string) answer {
	if r.sb.options.Compat2025 {
		return unableToModify("sale")
	}
	return refuse(why)
}

// resendReceipt mails nobody: there are no mailboxes here.
func resendReceipt(r *request, s *sale) answer {
	r.commit()
	return render(http.StatusOK, success())
}

// revokeAccess closes what a buyer got, and restoreAccess opens it again. What Gumroad says where it does neither is not
// known, so it is what it says of other records that cannot be changed.
func revokeAccess(r *request, s *sale) answer {
	if s.accessRevoked || s.fullyRefunded() || s.product.physical || s.subscription != nil {
		return unableToModify("sale")
	}
	return r.setRevoked(s, true)
}

func restoreAccess(r *request, s *sale) answer {
	if !s.accessRevoked {
		return unableToModify("sale")
	}
	return r.setRevoked(s, false)
}

func (r *request) setRevoked(s *sale, revoked bool) answer {
	s.accessRevoked = revoked
	r.commit()
	return ok("sale", r.saleJSON(s))
}

// exportSales mails nobody, either. Its days are UTC and may be in any order.
func exportSales(r *request) answer {
	for _, name := range []string{"from", "to"} {
		if _, problem := r.dayParam(name); problem != nil {
			return *problem
		}
	}
	if !r.params.blank("product_id") && r.store.productByID(r.params.str("product_id")) == nil {
		return badRequest("Invalid product ID.")
	}
	r.commit()
	return render(http.StatusOK, success().with("status", "queued").with("recipient_email", r.store.seller.email))
}

// dayParam reads a date that may be blank.
func (r *request) dayParam(name string) (*time.Time, *answer) {
	if r.params.blank(name) {
		return nil, nil
	}
	text, isText := r.params[name].(string)
	if !isText {
		return nil, new(crash()) // the server parses what is no text
	}
	date, valid := parseDate(text)
	if !valid {
		return nil, new(badDate(name))
	}
	return &date, nil
}

var summaryGroups = []string{"product", "day", "week", "month", "hour"}

// maxHourlyDays is how far apart from and to may be where hours are grouped.
const maxHourlyDays = 7

type tally struct {
	key, label                            string
	gross, refunded, units, refundedUnits int
}

func (t *tally) add(s *sale) {
	t.gross += s.usdCents
	t.refunded += s.refundedUSD
	t.units++
	if s.refundedUSD > 0 {
		t.refundedUnits++
	}
}

func (t *tally) writeTo(o *object) {
	o.set("gross_cents", t.gross)
	o.set("net_cents", t.gross-t.refunded)
	o.set("units", t.units)
	o.set("refunded_cents", t.refunded)
	o.set("refunded_units", t.refundedUnits)
}

// summarizeSales adds up sales by days of the seller's zone, both ends included.
func summarizeSales(r *request) answer {
	group := ""
	if !r.params.blank("group_by") {
		if group = r.params.str("group_by"); !slices.Contains(summaryGroups, group) {
			return badRequest(fmt.Sprintf("Invalid group_by. Valid values are: %s.", strings.Join(summaryGroups, ", ")))
		}
	}
	zone := r.store.seller.zone
	local := r.now.In(zone)
	to := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	first, problem := r.dayParam("from")
	if problem != nil {
		return *problem
	}
	last, problem := r.dayParam("to")
	if problem != nil {
		return *problem
	}
	if last != nil {
		to = *last
	}
	from := to.AddDate(0, 0, -29)
	if first != nil {
		from = *first
	}
	if from.After(to) {
		return badRequest("'from' must be on or before 'to'.")
	}
	if group == "hour" && to.Sub(from) > maxHourlyDays*day {
		return badRequest(fmt.Sprintf("Date range cannot exceed %d days when grouping by hour.", maxHourlyDays))
	}
	start := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, zone)
	end := time.Date(to.Year(), to.Month(), to.Day()+1, 0, 0, 0, 0, zone)

	var all, processing tally
	groups := map[string]*tally{}
	for _, s := range (salesFilter{rows: r.store.sales, after: &start, before: &end}).page(len(r.store.sales)) {
		if s.state == stateInProgress {
			processing.add(s)
		}
		if !s.isSale() {
			continue
		}
		all.add(s)
		key, label := summaryKey(s, group, zone)
		if groups[key] == nil {
			groups[key] = &tally{key: key, label: label}
		}
		groups[key].add(s)
	}
	o := success()
	all.writeTo(o)
	o.set("processing_units", processing.units)
	o.set("processing_gross_cents", processing.gross)
	o.set("currency", "usd")
	o.set("from", from.Format(time.DateOnly))
	o.set("to", to.Format(time.DateOnly))
	if group == "" {
		return render(http.StatusOK, o)
	}
	keys := sortedKeys(groups)
	if group == "product" {
		slices.SortStableFunc(keys, func(a, b string) int {
			if groups[a].gross != groups[b].gross {
				return groups[b].gross - groups[a].gross
			}
			return strings.Compare(groups[a].label, groups[b].label)
		})
	}
	rows := []*object{}
	for _, key := range keys {
		row := newObject()
		groups[key].writeTo(row)
		rows = append(rows, row.with("key", key).with("label", groups[key].label))
	}
	return render(http.StatusOK, o.with("breakdown", rows))
}

// summaryKey is the bucket of a sale; weeks start on Monday.
func summaryKey(s *sale, group string, zone *time.Location) (key, label string) {
	at := s.createdAt.In(zone)
	switch group {
	case "product":
		return s.product.id, s.product.name
	case "week":
		at = at.AddDate(0, 0, -(int(at.Weekday())+6)%7)
	case "month":
		return at.Format("2006-01"), at.Format("2006-01")
	case "hour":
		hour := at.Format("2006-01-02T15:00")
		return hour, hour
	}
	return at.Format(time.DateOnly), at.Format(time.DateOnly)
}
