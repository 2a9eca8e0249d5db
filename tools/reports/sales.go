package reports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// SalesQuery holds the arguments of a sales report.
type SalesQuery struct {
	Period
	GroupBy   string       `json:"group_by,omitempty" jsonschema:"enum=day,enum=week,enum=month,enum=product,enum=country,enum=offer_code,enum=referrer" jsonschema_description:"One group for each."`
	Compare   string       `json:"compare,omitempty" jsonschema:"enum=previous,enum=year_ago" jsonschema_description:"With the period before, or a year ago."`
	ProductID string       `json:"product_id,omitempty" jsonschema_description:"Only this one; id or permalink."`
	Top       *gumroad.Int `json:"top,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"Only the groups of highest gross."`
	Detail    string       `json:"detail,omitempty" jsonschema:"enum=concise,enum=full" jsonschema_description:"full: fees, disputes, currencies; slower."`
}

// SalesReport is the sums of a period's sales, with their groups and the period they are compared with.
type SalesReport struct {
	Product   string   `json:"product,omitempty"`
	From      string   `json:"from" jsonschema_description:"First day."`
	To        string   `json:"to" jsonschema_description:"Last day, included."`
	TimeZone  string   `json:"time_zone" jsonschema:"enum=store,enum=UTC" jsonschema_description:"Whose days are counted."`
	Source    string   `json:"source" jsonschema:"enum=summary,enum=scan" jsonschema_description:"Gumroad's own sums, or every sale read and added up."`
	Complete  bool     `json:"complete"`
	Missing   []string `json:"missing,omitempty" jsonschema_description:"What the sums lack when they are not complete."`
	Currency  string   `json:"currency" jsonschema_description:"Of every amount except those in paid_in."`
	salesSums          // of the period asked for
	salesDetail
	PaidIn       []paidIn      `json:"paid_in,omitempty" jsonschema_description:"What buyers paid in other currencies; gross includes it."`
	Groups       []salesGroup  `json:"groups,omitempty"`
	LeftOut      *leftOutSales `json:"left_out,omitempty" jsonschema_description:"Groups beyond top."`
	ComparedWith *otherPeriod  `json:"compared_with,omitempty"`
	Change       *change       `json:"change,omitempty" jsonschema_description:"From compared_with to this period."`
	Counted      string        `json:"counted" jsonschema_description:"What the sums include."`
}

type salesSums struct {
	Gross         gumroad.Cents `json:"gross"`
	Refunds       gumroad.Cents `json:"refunds"`
	Net           gumroad.Cents `json:"net"`
	Units         gumroad.Int   `json:"units"`
	RefundedUnits gumroad.Int   `json:"refunded_units"`
}

// salesDetail holds the figures that need every sale to be read.
type salesDetail struct {
	Fees          *gumroad.Cents `json:"fees,omitempty" jsonschema_description:"Gumroad's, as charged."`
	Disputed      *gumroad.Cents `json:"disputed,omitempty" jsonschema_description:"Taken back by disputes that are lost or open."`
	AfterFees     *gumroad.Cents `json:"after_fees,omitempty" jsonschema_description:"net - fees - disputed."`
	Disputes      *gumroad.Int   `json:"disputes,omitempty"`
	DisputesWon   *gumroad.Int   `json:"disputes_won,omitempty"`
	Renewals      *gumroad.Int   `json:"renewals,omitempty" jsonschema_description:"Among units: later charges of memberships."`
	FreeUnits     *gumroad.Int   `json:"free_units,omitempty" jsonschema_description:"Among units: nothing paid."`
	Copies        *gumroad.Int   `json:"copies,omitempty" jsonschema_description:"Where buyers took several at once."`
	TrialsStarted *gumroad.Int   `json:"trials_started,omitempty" jsonschema_description:"Not among units."`
}

type paidIn struct {
	Currency string        `json:"currency"`
	Paid     gumroad.Cents `json:"paid" jsonschema_description:"Minor units of currency."`
	Refunded gumroad.Cents `json:"refunded"`
	Units    gumroad.Int   `json:"units"`
}

// salesGroup is the sums of the sales with the same key: a day, a product, a country and so on.
type salesGroup struct {
	Key   string         `json:"key"`
	Name  string         `json:"name,omitempty"`
	Gross gumroad.Cents  `json:"gross"`
	Net   gumroad.Cents  `json:"net"`
	Units gumroad.Int    `json:"units"`
	Was   *gumroad.Cents `json:"was,omitempty" jsonschema_description:"Gross in the other period."`
}

type leftOutSales struct {
	Groups gumroad.Int   `json:"groups"`
	Gross  gumroad.Cents `json:"gross"`
	Units  gumroad.Int   `json:"units"`
}

type otherPeriod struct {
	From string `json:"from"`
	To   string `json:"to"`
	salesSums
}

type change struct {
	Gross string `json:"gross,omitempty"`
	Net   string `json:"net,omitempty"`
	Units string `json:"units,omitempty"`
}

const (
	countedBySummary = "All charges of these days, renewals too; pre-orders count when placed, not when charged; " +
		"refunds count on their sale's day. net = gross - refunds, before fees: detail full has them."
	countedByScan = "All charges of these days, renewals too, in US cents by Gumroad's rate; " +
		"pre-orders count when charged; refunds count on their sale's day. net = gross - refunds."
)

// Sales adds up the sales of a period and, if asked, of another period to compare it with. There are two sources:
//
//   - Gumroad's own summary takes one request, but has no fees, no disputes and not every grouping.
//   - A scan reads every sale of the period and adds them up here. It is complete, and slow.
//
// The summary answers if it can. Both fill the same tallies, one for each period.
func Sales(c *gumroad.Client, ctx context.Context, in SalesQuery) (SalesReport, error) {
	none := SalesReport{}
	today := func() (time.Time, error) { return storeToday(ctx, c) }
	asked, of, err := in.resolve(c.Now(), today)
	if err != nil {
		return none, err
	}
	question := salesQuestion{groupBy: in.GroupBy, full: in.Detail == "full"}
	out := SalesReport{Currency: "usd"}
	if in.ProductID != "" {
		product, err := findProduct(c, ctx, in.ProductID)
		if err != nil {
			return none, err
		}
		question.product, out.Product = product.ID, product.Name
	}
	tallies := []*tally{newTally(asked, in.GroupBy)}
	switch in.Compare {
	case "previous":
		tallies = append(tallies, newTally(asked.previous(of), in.GroupBy))
	case "year_ago":
		tallies = append(tallies, newTally(asked.back(1, 0), in.GroupBy))
	}
	source, zone, err := question.answer(c, ctx, tallies)
	if err != nil {
		return none, err
	}
	main := tallies[0]
	out.From, out.To, out.TimeZone, out.Source = date(asked.from), date(asked.to), zone, source
	out.Counted = countedBySummary
	if source == "scan" {
		out.Counted = countedByScan
		out.salesDetail, out.PaidIn = main.detail(), main.currencies()
	}
	out.salesSums = main.salesSums
	for _, t := range tallies {
		out.Missing = append(out.Missing, t.missing()...)
	}
	out.Complete = len(out.Missing) == 0
	if len(tallies) > 1 {
		other := tallies[1]
		out.ComparedWith = &otherPeriod{From: date(other.from), To: date(other.to), salesSums: other.salesSums}
		out.Change = &change{
			percent(other.Gross, main.Gross), percent(other.Net, main.Net), percent(other.Units, main.Units)}
		main.compare(other)
	}
	out.Groups, out.LeftOut = main.topGroups(in.Top)
	return out, nil
}

// percent returns a change as "+12.3%", or "" if it would be a share of nothing.
func percent(from, to gumroad.Int) string {
	if from <= 0 {
		return ""
	}
	return fmt.Sprintf("%+.1f%%", float64(to-from)/float64(from)*100)
}

// salesQuestion is the part of the query that decides the source.
type salesQuestion struct {
	product, groupBy string
	full             bool
}

// answer fills the tallies, from Gumroad's summary if it can answer the question and from a scan otherwise. zone says
// whose days were counted: "store" or "UTC".
func (q salesQuestion) answer(c *gumroad.Client, ctx context.Context, tallies []*tally) (
	source, zone string, err error) {
	if q.fitsSummary(tallies) {
		err := q.summarize(c, ctx, tallies)
		if err == nil {
			return "summary", "store", nil
		}
		if !errors.Is(err, gumroad.NotFound) { // older versions of Gumroad have no summary
			return "", "", err
		}
	}
	zone, err = scanSales(c, ctx, q.product, tallies)
	return "scan", zone, err
}

// fitsSummary reports whether Gumroad's summary can answer the question.
func (q salesQuestion) fitsSummary(tallies []*tally) bool {
	for _, t := range tallies {
		if t.days() > gumroad.MaxSummaryDays {
			return false
		}
	}
	if q.product != "" {
		return !q.full && (q.groupBy == "" || q.groupBy == "product")
	}
	return !q.full && slices.Contains([]string{"", "day", "week", "month", "product"}, q.groupBy)
}

// summarize fills the tallies from Gumroad's summary. The summary cannot be limited to a product, so for one product it
// is grouped by product and the sums are taken from that product's line.
func (q salesQuestion) summarize(c *gumroad.Client, ctx context.Context, tallies []*tally) error {
	groupBy := q.groupBy
	if q.product != "" {
		groupBy = "product"
	}
	for _, t := range tallies {
		asked := gumroad.SalesSummary{From: date(t.from), To: date(t.to), GroupBy: groupBy}
		summary, err := c.GetSalesSummary(ctx, asked)
		if err != nil {
			return err
		}
		if summary.From != date(t.from) || summary.To != date(t.to) || summary.Currency != "usd" {
			return &gumroad.Error{Code: gumroad.UpstreamUnavailable,
				Message: "Gumroad's summary covers other days than asked for, or is not in US dollars."}
		}
		sums := summary.SalesTotals
		if q.product != "" {
			sums = gumroad.SalesTotals{}
		}
		for _, line := range summary.Breakdown {
			if q.product != "" && !gumroad.SameID(string(line.Key), q.product) {
				continue
			}
			if q.product != "" {
				sums = line.SalesTotals
			}
			if q.groupBy != "" {
				t.groups[string(line.Key)] = &salesGroup{
					Key: string(line.Key), Gross: line.Gross, Net: line.Net, Units: line.Units}
				if q.groupBy == "product" {
					t.groups[string(line.Key)].Name = string(line.Label)
				}
			}
		}
		t.salesSums = salesSums{sums.Gross, sums.Refunded, sums.Net, sums.Units, sums.RefundedUnits}
	}
	return nil
}

// scanSales reads every sale of the tallies' days and adds each to the tallies whose days include it.
//
// The tallies count days of the store's time zone, but Gumroad filters by days of UTC. So each window read is a day
// longer at both ends, and a sale is added only where its local day belongs. Gumroad tells the local time of a sale; if
// it does so for none of them, days of UTC are counted instead.
func scanSales(c *gumroad.Client, ctx context.Context, product string, tallies []*tally) (zone string, err error) {
	var windows []span
	for _, t := range tallies {
		window := span{t.from.Add(-oneDay), t.to.Add(2 * oneDay)} // as a filter: its last day is excluded
		last := len(windows) - 1
		if last >= 0 && !window.to.Before(windows[last].from) && !windows[last].to.Before(window.from) {
			// The windows overlap: read them as one, so that no sale is read twice.
			windows[last] = span{earlier(window.from, windows[last].from), later(window.to, windows[last].to)}
			continue
		}
		windows = append(windows, window)
	}
	local, unknown := 0, 0
	for _, window := range windows {
		filter := gumroad.ListSales{After: date(window.from), Before: date(window.to), ProductID: product}
		for sale, err := range c.ScanSales(ctx, filter) {
			if err != nil {
				return "", withConsequence(err, noSums)
			}
			day, known := sale.LocalTime()
			if known {
				local++
			} else {
				unknown++
				day, _ = sale.Time() // ScanSales yields only sales with a time
			}
			for _, t := range tallies {
				if t.includes(day.UTC().Truncate(oneDay)) {
					t.add(sale, day.UTC())
				}
			}
		}
	}
	if unknown > 0 && local > 0 {
		return "", &gumroad.Error{Code: gumroad.UpstreamUnavailable,
			Message: "Gumroad tells the local time of only some of the sales, so their days cannot be counted."}
	}
	if unknown > 0 {
		return "UTC", nil
	}
	return "store", nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
