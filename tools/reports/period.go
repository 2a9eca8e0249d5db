package reports

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// span is a range of days that includes both ends. Each day stands as midnight UTC, whatever time zone it is a day of,
// so that days can be counted and compared.
type span struct{ from, to time.Time }

const oneDay = 24 * time.Hour

func (s span) days() int { return int(s.to.Sub(s.from)/oneDay) + 1 }

func (s span) includes(day time.Time) bool { return !day.Before(s.from) && !day.After(s.to) }

func date(t time.Time) string { return t.Format(time.DateOnly) }

// Period holds the arguments that say which days a report covers.
type Period struct {
	Period string `json:"period,omitempty" jsonschema_description:"last_month, last_7_days…, YYYY[-MM[-DD]]."`
	From   string `json:"from,omitempty" jsonschema:"format=date" jsonschema_description:"Or first day."`
	To     string `json:"to,omitempty" jsonschema:"format=date" jsonschema_description:"Last day."`
}

const defaultPeriod = "last_30_days"

// calendarUnit says what a period is, because that decides which period comes before it: the month before a month, the
// year before a year, and otherwise as many days.
type calendarUnit int

const (
	unitDays calendarUnit = iota
	unitMonth
	unitYear
)

var datePattern = regexp.MustCompile(`^(\d{4})(-\d{2})?(-\d{2})?$`)

// askedPeriod is the days of a period.
type askedPeriod struct {
	span
	of  calendarUnit
	cut string // what was asked for, if a part of it was cut off
}

func (p askedPeriod) shown(zone string) days {
	return days{From: date(p.from), To: date(p.to), TimeZone: zone, Cut: p.cut}
}

// resolve returns the days of the period, cut off at today. today takes a request to Gumroad, so resolve calls it only
// if the result depends on it.
func (p Period) resolve(now time.Time, today func() (time.Time, error)) (askedPeriod, error) {
	asked, err := p.days(today)
	if err != nil {
		return asked, err
	}
	// Local time is at most 14 hours from UTC, so days before yesterday (UTC) are over in every time zone.
	if asked.to.Before(now.UTC().Truncate(oneDay).Add(-oneDay)) {
		return asked, nil
	}
	day, err := today()
	if err != nil {
		return asked, err
	}
	if asked.from.After(day) {
		return asked, gumroad.Invalid(fmt.Sprintf("These days are in the future: in the store it is %s.", date(day)))
	}
	if asked.to.After(day) {
		asked.cut = fmt.Sprintf("%s to %s; only the days until today are counted", date(asked.from), date(asked.to))
		asked.to = day
	}
	return asked, nil
}

// days returns the days of the period as they were asked for.
func (p Period) days(today func() (time.Time, error)) (asked askedPeriod, err error) {
	switch {
	case p.Period != "" && (p.From != "" || p.To != ""):
		return asked, gumroad.Invalid("Give period, or from and to, not both.")
	case p.From != "" || p.To != "":
		if p.From == "" {
			return asked, gumroad.Invalid("to needs from.")
		}
		if asked.from, err = time.Parse(time.DateOnly, p.From); err != nil {
			return asked, gumroad.Invalid("from must be a date as YYYY-MM-DD.")
		}
		if p.To == "" {
			asked.to, err = today()
			return asked, err
		}
		if asked.to, err = time.Parse(time.DateOnly, p.To); err != nil {
			return asked, gumroad.Invalid("to must be a date as YYYY-MM-DD.")
		}
		if asked.to.Before(asked.from) {
			return asked, gumroad.Invalid("from must not be after to.")
		}
		return asked, nil
	case datePattern.MatchString(p.Period):
		start, err := time.Parse(time.DateOnly[:len(p.Period)], p.Period)
		if err != nil {
			return asked, gumroad.Invalid(fmt.Sprintf("There is no day or month %s.", text.Quote(p.Period)))
		}
		switch len(p.Period) {
		case len("2006"):
			return askedPeriod{span: span{start, start.AddDate(1, 0, -1)}, of: unitYear}, nil
		case len("2006-01"):
			return askedPeriod{span: span{start, start.AddDate(0, 1, -1)}, of: unitMonth}, nil
		}
		return askedPeriod{span: span{start, start}}, nil
	}
	day, err := today()
	if err != nil {
		return asked, err
	}
	asked.span, asked.of, err = namedPeriod(p.Period, day)
	return asked, err
}

func namedPeriod(name string, today time.Time) (span, calendarUnit, error) {
	thisMonth := today.AddDate(0, 0, 1-today.Day())
	thisYear := time.Date(today.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "today":
		return span{today, today}, unitDays, nil
	case "yesterday":
		return span{today.Add(-oneDay), today.Add(-oneDay)}, unitDays, nil
	case "last_7_days":
		return span{today.AddDate(0, 0, -6), today}, unitDays, nil
	case "", defaultPeriod:
		return span{today.AddDate(0, 0, -29), today}, unitDays, nil
	case "this_month":
		return span{thisMonth, today}, unitMonth, nil
	case "last_month":
		return span{thisMonth.AddDate(0, -1, 0), thisMonth.Add(-oneDay)}, unitMonth, nil
	case "this_year":
		return span{thisYear, today}, unitYear, nil
	case "last_year":
		return span{thisYear.AddDate(-1, 0, 0), thisYear.Add(-oneDay)}, unitYear, nil
	}
	return span{}, unitDays, gumroad.Invalid(fmt.Sprintf("There is no period %s.", text.Quote(name)),
		"Use today, yesterday, last_7_days, last_30_days, this_month, last_month, this_year, last_year, YYYY, YYYY-MM or "+
			"YYYY-MM-DD.")
}

// previous returns the period before, to compare with. A period that is not over goes as far into its month or year as
// this one does: 1 to 15 November is compared with 1 to 15 October.
func (p askedPeriod) previous() span {
	switch p.of {
	case unitMonth:
		return p.back(0, 1)
	case unitYear:
		return p.back(1, 0)
	}
	return span{p.from.AddDate(0, 0, -p.days()), p.from.Add(-oneDay)}
}

// back returns the span some years and months earlier. A span of whole months stays one: 1 to 28 February becomes 1 to
// 31 January.
func (s span) back(years, months int) span {
	shift := func(day time.Time, last bool) time.Time {
		first := time.Date(day.Year()-years, day.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
		length := first.AddDate(0, 1, -1).Day()
		if last {
			return first.AddDate(0, 0, length-1)
		}
		return first.AddDate(0, 0, min(day.Day(), length)-1)
	}
	wholeMonths := s.from.Day() == 1 && s.to.Add(oneDay).Day() == 1
	return span{shift(s.from, false), shift(s.to, wholeMonths)}
}

// storeToday returns the present day in the store's time zone, which Gumroad does not tell directly. Its sales summary
// ends with that day. Older versions of Gumroad have no summary: there, the newest sale, which has both times, tells
// how far local time is from UTC. Without a sale, the day in UTC has to do.
func storeToday(ctx context.Context, c *gumroad.Client) (time.Time, error) {
	summary, err := c.GetSalesSummary(ctx, gumroad.SalesSummary{})
	if err == nil {
		if day, err := time.Parse(time.DateOnly, summary.To); err == nil {
			return day, nil
		}
	} else if !errors.Is(err, gumroad.NotFound) {
		return time.Time{}, err
	}
	now := c.Now().UTC()
	page, err := c.ListSales(ctx, gumroad.ListSales{})
	if err != nil {
		return now, err
	}
	if len(page.Rows) > 0 {
		at, known := page.Rows[0].Time()
		local, alsoKnown := page.Rows[0].LocalTime()
		if known && alsoKnown {
			now = now.Add(local.Sub(at.Truncate(time.Minute)))
		}
	}
	return now.Truncate(oneDay), nil
}
