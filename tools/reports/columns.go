package reports

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/picture"
)

// unit is what a column of a picture stands for.
type unit struct {
	name string // as in group_by, but for the year
	days int    // how many it has at least
}

// units are the units from the finest on.
var units = []unit{{"day", 1}, {"week", 7}, {"month", 28}, {"year", 365}}

const (
	maxColumns  = 366 // that a picture has, unless they are years
	maxCompared = 122 // the same where each has two bars
	maxByDay    = 45  // days of a period that is drawn by day although nobody asked for that
)

// unitOf returns the unit that the columns of a report have: the one it is grouped by, or a longer one if there were too
// many columns.
func unitOf(groupBy []string, tallies []*tally) unit {
	days, most := tallies[0].days(), maxColumns
	if len(tallies) > 1 {
		most = maxCompared
	}
	asked := "month"
	switch {
	case len(groupBy) > 0:
		asked = groupBy[0]
	case days <= maxByDay:
		asked = "day"
	}
	from := slices.IndexFunc(units, func(u unit) bool { return u.name == asked })
	for _, u := range units[from:] {
		if days/u.days <= most {
			return u
		}
	}
	return units[len(units)-1]
}

// grouping returns the group_by whose lines can be added up to columns.
func (u unit) grouping() string {
	if u.name == "year" {
		return "month"
	}
	return u.name
}

// start returns the first day of the unit that a day lies in.
func (u unit) start(day time.Time) time.Time {
	switch u.name {
	case "week":
		return monday(day)
	case "month":
		return day.AddDate(0, 0, 1-day.Day())
	case "year":
		return day.AddDate(0, 0, 1-day.YearDay())
	}
	return day
}

// next returns the first day of the unit that follows.
func (u unit) next(start time.Time) time.Time {
	switch u.name {
	case "week":
		return start.AddDate(0, 0, 7)
	case "month":
		return start.AddDate(0, 1, 0)
	case "year":
		return start.AddDate(1, 0, 0)
	}
	return start.AddDate(0, 0, 1)
}

func (u unit) label(start time.Time) string {
	switch u.name {
	case "month":
		return start.Format("Jan 2006")
	case "year":
		return start.Format("2006")
	}
	return start.Format("2 Jan")
}

// byTime returns tallies whose lines can be added up to columns: those of the report or, if it is grouped otherwise,
// those of another reading.
func (out SalesReport) byTime(c *gumroad.Client, ctx context.Context, in SalesQuery, u unit) ([]*tally, error) {
	by := []string{u.grouping()}
	if len(in.GroupBy) > 0 && (in.GroupBy[0] == by[0] || in.GroupBy[0] == "day") {
		return out.tallies, nil
	}
	var tallies []*tally
	for _, t := range out.tallies {
		tallies = append(tallies, newTally(t.span, by))
	}
	question := salesQuestion{product: out.ProductID, groupBy: by, full: in.Detail == "full"}
	_, _, err := question.answer(c, ctx, tallies)
	return tallies, err
}

func missingOf(tallies []*tally) (all []string) {
	for _, t := range tallies {
		all = append(all, t.missing()...)
	}
	return all
}

// columns makes the chart of the tallies: a column for each unit of the days, those without sales too.
func (out SalesReport) columns(u unit, tallies []*tally) (chart picture.Columns, err error) {
	chart.Format = amounts(out.Currency)
	chart.NowIs, chart.WasIs = out.legend()
	if chart.Labels, chart.Now, err = tallies[0].columns(u); err == nil && len(tallies) > 1 {
		_, chart.Was, err = tallies[1].columns(u)
	}
	return chart, err
}

func (t *tally) columns(u unit) (labels []string, gross []int64, err error) {
	at := map[time.Time]int{}
	for start := u.start(t.from); !start.After(t.to); start = u.next(start) {
		at[start] = len(labels)
		labels = append(labels, u.label(start))
	}
	gross = make([]int64, len(labels))
	for key, line := range t.lines {
		day, err := time.Parse(time.DateOnly[:min(len(key), len(time.DateOnly))], key)
		i, ok := at[u.start(day)]
		if err != nil || !ok {
			return nil, nil, &gumroad.Error{Code: gumroad.UpstreamUnavailable,
				Message: fmt.Sprintf("Gumroad's sums are of a %s outside of the period.", u.name)}
		}
		gross[i] += int64(line.gross)
	}
	return labels, gross, nil
}
