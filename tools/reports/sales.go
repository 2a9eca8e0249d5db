package reports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// SalesQuery holds the arguments of a sales report.
type SalesQuery struct {
	Period
	GroupBy   []string     `json:"group_by,omitempty" jsonschema:"enum=day,enum=week,enum=month,enum=product,enum=country,enum=offer_code,enum=referrer" jsonschema_description:"A line for each; two nest: product,month."`
	Compare   string       `json:"compare,omitempty" jsonschema:"enum=previous,enum=year_ago" jsonschema_description:"With an earlier period."`
	ProductID string       `json:"product_id,omitempty" jsonschema_description:"Id, permalink or name."`
	Top       *gumroad.Int `json:"top,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"Lines of highest gross."`
	Detail    string       `json:"detail,omitempty" jsonschema:"enum=concise,enum=full" jsonschema_description:"full: fees, disputes, currencies; slower."`
}

// SalesReport is the sums of a period's sales, line by line if asked, and the period they are compared with.
type SalesReport struct {
	Product   string `json:"product,omitempty" jsonschema_description:"The only one counted."`
	ProductID string `json:"product_id,omitempty"`
	days
	Source    string   `json:"source" jsonschema:"enum=summary,enum=scan" jsonschema_description:"Gumroad's own sums, or every sale read and added up."`
	Complete  bool     `json:"complete"`
	Missing   []string `json:"missing,omitempty" jsonschema_description:"What the sums lack when they are not complete."`
	Currency  string   `json:"currency" jsonschema_description:"Of every amount except those in paid_in."`
	salesSums          // of the period asked for
	salesDetail
	PaidIn       []paidIn      `json:"paid_in,omitempty" jsonschema_description:"What buyers paid in other currencies; gross includes it."`
	RankedBy     string        `json:"ranked_by,omitempty" jsonschema:"enum=gross_cents,enum=time"`
	Lines        []salesLine   `json:"lines,omitempty"`
	LeftOut      *leftOutSales `json:"left_out,omitempty" jsonschema_description:"Lines beyond top."`
	ComparedWith *otherPeriod  `json:"compared_with,omitempty"`
	Change       *change       `json:"change,omitempty" jsonschema_description:"From compared_with to this period."`
	Counted      string        `json:"counted" jsonschema_description:"What the sums include."`

	tallies []*tally // of this period and, if asked, the other one; the picture is drawn from them
}

type salesSums struct {
	Gross         gumroad.Cents `json:"gross_cents"`
	Refunds       gumroad.Cents `json:"refunds_cents"`
	Net           gumroad.Cents `json:"net_cents" jsonschema_description:"gross - refunds."`
	Units         gumroad.Int   `json:"units"`
	RefundedUnits gumroad.Int   `json:"refunded_units" jsonschema_description:"Wholly or in part."`
}

// salesDetail holds the figures that need every sale to be read.
type salesDetail struct {
	PartlyRefunded *gumroad.Int   `json:"partly_refunded_units,omitempty" jsonschema_description:"Among refunded_units."`
	Fees           *gumroad.Cents `json:"fees_cents,omitempty" jsonschema_description:"Gumroad's, as charged."`
	Disputed       *gumroad.Cents `json:"disputed_cents,omitempty" jsonschema_description:"Taken back by disputes that are lost or open."`
	AfterFees      *gumroad.Cents `json:"after_fees_cents,omitempty" jsonschema_description:"net - fees - disputed."`
	Disputes       *gumroad.Int   `json:"disputes,omitempty"`
	DisputesWon    *gumroad.Int   `json:"disputes_won,omitempty"`
	Renewals       *gumroad.Int   `json:"renewals,omitempty" jsonschema_description:"Among units: later charges of memberships."`
	FreeUnits      *gumroad.Int   `json:"free_units,omitempty" jsonschema_description:"Among units: nothing paid."`
	Copies         *gumroad.Int   `json:"copies,omitempty" jsonschema_description:"Where buyers took several at once."`
	TrialsStarted  *gumroad.Int   `json:"trials_started,omitempty" jsonschema_description:"Not among units."`
}

type paidIn struct {
	Currency string        `json:"currency"`
	Paid     gumroad.Cents `json:"paid_cents" jsonschema_description:"Minor units of currency."`
	Refunded gumroad.Cents `json:"refunded_cents"`
	Units    gumroad.Int   `json:"units"`
}

// salesLine is the sums of the sales with the same key: a day, a product, a country and so on.
type salesLine struct {
	Key           string         `json:"key" jsonschema_description:"A product's name, the first day of a week."`
	ProductID     string         `json:"product_id,omitempty"`
	Gross         gumroad.Cents  `json:"gross_cents"`
	Refunds       *gumroad.Cents `json:"refunds_cents,omitempty" jsonschema_description:"Absent: none."`
	Net           gumroad.Cents  `json:"net_cents"`
	Fees          *gumroad.Cents `json:"fees_cents,omitempty"`
	Units         gumroad.Int    `json:"units"`
	Was           *gumroad.Cents `json:"was_gross_cents,omitempty" jsonschema_description:"In the other period."`
	Within        *Table         `json:"lines,omitempty" jsonschema_description:"By the second group_by."`
	WithinLeftOut *gumroad.Int   `json:"lines_left_out,omitempty"`
}

type leftOutSales struct {
	Lines gumroad.Int   `json:"lines"`
	Gross gumroad.Cents `json:"gross_cents"`
	Units gumroad.Int   `json:"units"`
}

type otherPeriod struct {
	From string `json:"from"`
	To   string `json:"to"`
	salesSums
	salesDetail
}

type change struct {
	Gross string `json:"gross,omitempty"`
	Net   string `json:"net,omitempty"`
	Units string `json:"units,omitempty"`
}

const (
	countedBySummary = "All charges of these days, renewals too; refunds count on their sale's day. " +
		"net is before fees: detail full has them."
	countedByScan = "All charges of these days, renewals too, in US cents by Gumroad's rate; " +
		"refunds count on their sale's day."
)

// Sales adds up the sales of a period and, if asked, of another period to compare it with. There are two sources:
//
//   - Gumroad's own summary takes one request, but has no fees, no disputes and not every grouping.
//   - A scan reads every sale of the period and adds them up here. It is complete, and slow.
//
// The summary answers if it can. Both fill the same tallies, one for each period.
func Sales(c *gumroad.Client, ctx context.Context, in SalesQuery) (SalesReport, error) {
	none := SalesReport{}
	if len(in.GroupBy) > 2 || len(in.GroupBy) == 2 && in.GroupBy[0] == in.GroupBy[1] {
		return none, gumroad.Invalid("group_by takes one or two different groupings.", "For example product,month.")
	}
	today := func() (time.Time, error) { return storeToday(ctx, c) }
	asked, err := in.resolve(c.Now(), today)
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
		question.product, out.Product, out.ProductID = product.ID, product.Name, product.ID
	}
	tallies := []*tally{newTally(asked.span, in.GroupBy)}
	switch in.Compare {
	case "previous":
		tallies = append(tallies, newTally(asked.previous(), in.GroupBy))
	case "year_ago":
		tallies = append(tallies, newTally(asked.back(1, 0), in.GroupBy))
	}
	source, zone, err := question.answer(c, ctx, tallies)
	if err != nil {
		return none, err
	}
	main := tallies[0]
	out.tallies = tallies
	out.days, out.Source, out.Counted = asked.shown(zone), source, countedBySummary
	if source == "scan" {
		out.Counted = countedByScan
	}
	if question.full {
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
		if question.full {
			out.ComparedWith.salesDetail = other.detail()
		}
		out.Change = &change{
			percent(other.Gross, main.Gross), percent(other.Net, main.Net), percent(other.Units, main.Units)}
		main.compare(other)
	}
	if len(in.GroupBy) > 0 {
		out.RankedBy = "gross_cents"
		if isTime(in.GroupBy[0]) {
			out.RankedBy = "time"
		}
	}
	out.Lines, out.LeftOut = main.topLines(in.Top, question.full)
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
	product string
	groupBy []string
	full    bool
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
	known := []string{"day", "week", "month", "product"}
	if q.product != "" {
		known = []string{"product"}
	}
	if q.full || len(q.groupBy) > 1 || len(q.groupBy) == 1 && !slices.Contains(known, q.groupBy[0]) {
		return false
	}
	return !slices.ContainsFunc(tallies, func(t *tally) bool { return t.days() > gumroad.MaxSummaryDays })
}

// summarize fills the tallies from Gumroad's summary. The summary cannot be limited to a product, so for one product it
// is grouped by product and the sums are taken from that product's line.
func (q salesQuestion) summarize(c *gumroad.Client, ctx context.Context, tallies []*tally) error {
	groupBy := strings.Join(q.groupBy, "")
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
		for _, of := range summary.Breakdown {
			if q.product != "" && !gumroad.SameID(string(of.Key), q.product) {
				continue
			}
			if q.product != "" {
				sums = of.SalesTotals
			}
			if len(q.groupBy) > 0 {
				one := t.lines.of(string(of.Key), string(of.Label))
				one.gross, one.refunds, one.units = of.Gross, of.Refunded, of.Units
			}
		}
		t.salesSums = salesSums{sums.Gross, sums.Refunded, sums.Net, sums.Units, sums.RefundedUnits}
	}
	return nil
}

// scanSales reads every sale of the tallies' days and adds each to the tallies whose days include it.
func scanSales(c *gumroad.Client, ctx context.Context, product string, tallies []*tally) (zone string, err error) {
	var spans []span
	for _, t := range tallies {
		spans = append(spans, t.span)
	}
	zone, err = scanDays(c, ctx, gumroad.ListSales{ProductID: product}, spans, func(sale gumroad.Sale, at time.Time) error {
		for _, t := range tallies {
			if t.includes(at.Truncate(oneDay)) {
				t.add(sale, at)
			}
		}
		return nil
	})
	return zone, withConsequence(err, noSums)
}
