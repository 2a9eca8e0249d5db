package reports

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/picture"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// DrawSales draws a sales report as a PNG: columns over time or, if it is grouped by anything else, a ranking. For a
// report without groups it reads the sums by time, which the report does not have.
func DrawSales(c *gumroad.Client, ctx context.Context, in SalesQuery, out SalesReport) ([]byte, error) {
	frame := picture.Frame{Facts: out.facts(), Empty: "No revenue in these days."}
	var (
		chart picture.Chart
		by    string
	)
	missing := out.Missing
	if len(in.GroupBy) > 0 && !isTime(in.GroupBy[0]) {
		by = in.GroupBy[0]
		chart = out.ranking(by)
	} else {
		unit := unitOf(in.GroupBy, out.tallies)
		tallies, err := out.byTime(c, ctx, in, unit)
		if err != nil {
			return nil, err
		}
		if chart, err = out.columns(unit, tallies); err != nil {
			return nil, err
		}
		if len(missing) == 0 {
			missing = missingOf(tallies)
		}
		by = unit.name
	}
	frame.Title = fmt.Sprintf("Sales by %s, %s", strings.ReplaceAll(by, "_", " "), between(out.From, out.To))
	if out.Product != "" {
		frame.Title += ": " + text.Clean(out.Product)
	}
	frame.Note = incomplete(missing)
	return picture.PNG(frame, chart)
}

// facts are the totals of the report.
func (out SalesReport) facts() string {
	changed := change{}
	if out.Change != nil {
		changed = *out.Change
	}
	with := func(fact, changed string) string {
		if changed == "" {
			return fact
		}
		return fmt.Sprintf("%s (%s)", fact, changed)
	}
	format := amounts(out.Currency)
	return strings.Join([]string{
		with("Gross "+format(int64(out.Gross)), changed.Gross), "refunds " + format(int64(out.Refunds)),
		with("net "+format(int64(out.Net)), changed.Net), with(text.Grouped(fmt.Sprint(out.Units))+" units", changed.Units),
	}, " · ")
}

// legend says which period is which, with its gross.
func (out SalesReport) legend() (now, was string) {
	if out.ComparedWith == nil {
		return "", ""
	}
	other, format := out.ComparedWith, amounts(out.Currency)
	return fmt.Sprintf("%s: %s", between(out.From, out.To), format(int64(out.Gross))),
		fmt.Sprintf("%s: %s", between(other.From, other.To), format(int64(other.Gross)))
}

func (out SalesReport) ranking(by string) picture.Ranking {
	kinds := map[string]string{"product": "Product", "country": "Country", "offer_code": "Code", "referrer": "Referrer"}
	r := picture.Ranking{Kind: kinds[by], Format: amounts(out.Currency)}
	r.NowIs, r.WasIs = out.legend()
	var rest leftOutSales
	if out.LeftOut != nil {
		rest = *out.LeftOut
	}
	for i, line := range out.Lines {
		if i >= picture.MaxRows {
			rest.Lines++
			rest.Gross += line.Gross
			continue
		}
		r.Rows = append(r.Rows, picture.Row{Name: text.Clean(line.Key), Now: int64(line.Gross), Was: (*int64)(line.Was)})
	}
	if rest.Lines > 0 {
		r.Rest = fmt.Sprintf("%d more: %s", rest.Lines, r.Format(int64(rest.Gross)))
	}
	return r
}

// DrawSubscribers draws a subscriber report as a PNG: from the members when the period began to those when it ended.
func DrawSubscribers(_ *gumroad.Client, _ context.Context, _ SubscribersQuery, out SubscribersReport) ([]byte, error) {
	format := amounts(out.Now.Currency)
	frame := picture.Frame{
		Title: "Members, " + between(out.From, out.To),
		Facts: fmt.Sprintf("MRR now %s a month, %s of it at risk", format(int64(out.Now.MRR)), format(int64(out.Now.MRRRisk))),
		Note:  incomplete(out.Missing),
		Empty: "No members in these days.",
	}
	if out.Churn != "" {
		frame.Facts += " · churn " + out.Churn
	}
	if out.Product != "" {
		frame.Title += ": " + text.Clean(out.Product)
	}
	return picture.PNG(frame, picture.Waterfall{
		Steps: []picture.Step{
			{Name: "Active before", Value: int64(out.ActiveBefore), Total: true},
			{Name: "New", Value: int64(out.New)},
			{Name: "Cancelled", Value: -int64(out.Cancelled)},
			{Name: "Failed", Value: -int64(out.Failed)},
			{Name: "Fixed ended", Value: -int64(out.FixedEnded)},
			{Name: "Active after", Value: int64(out.ActiveAfter), Total: true},
		},
		Format: func(n int64) string { return text.Grouped(fmt.Sprint(n)) },
	})
}

func incomplete(missing []string) string {
	if len(missing) == 0 {
		return ""
	}
	return "Not complete. Missing: " + text.Clean(strings.Join(missing, "; "))
}

// between names a period: "5 Oct 2026", "1 to 31 Oct 2026", "1 May to 31 Oct 2026".
func between(from, to string) string {
	first, last := parseDay(from), parseDay(to)
	short := "2 Jan 2006"
	switch {
	case from == to:
		return last.Format(short)
	case first.Year() == last.Year() && first.Month() == last.Month():
		short = "2"
	case first.Year() == last.Year():
		short = "2 Jan"
	}
	return first.Format(short) + " to " + last.Format("2 Jan 2006")
}

// parseDay reads a date that this package wrote.
func parseDay(s string) time.Time {
	day, _ := time.Parse(time.DateOnly, s)
	return day
}

// amounts writes amounts of a currency as people do, with commas.
func amounts(currency string) picture.Format {
	return func(amount int64) string {
		return text.Grouped(gumroad.Currency(currency).Format(gumroad.Cents(amount)))
	}
}
