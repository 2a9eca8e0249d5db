package reports

import (
	"cmp"
	"context"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// days are the days that a report covers.
type days struct {
	From     string `json:"from,omitempty" jsonschema_description:"First day."`
	To       string `json:"to,omitempty" jsonschema_description:"Last day, included."`
	TimeZone string `json:"time_zone" jsonschema:"enum=store,enum=UTC" jsonschema_description:"Whose days are counted."`
	Cut      string `json:"cut,omitempty" jsonschema_description:"What was asked for, if it lies partly in the future."`
}

// Whose days are counted: the store's where Gumroad tells the local times of sales, and otherwise those of UTC. It is one
// rule for every report and for exports.
const (
	storeZone = "store"
	utcZone   = "UTC"
)

// scanDays reads every sale that fits filter and was made on a day of spans, or on any day if there are none, and passes
// each to add with its time by the store's clock, labelled as UTC. The error of add ends the scan.
//
// Gumroad filters by days of UTC. So each window read is a day longer at both ends, and a sale is passed on only if its
// local day belongs.
func scanDays(c *gumroad.Client, ctx context.Context, filter gumroad.ListSales, spans []span,
	add func(sale gumroad.Sale, at time.Time) error) (zone string, err error) {
	filters := []gumroad.ListSales{filter}
	if len(spans) > 0 {
		filters = nil
		for _, window := range windows(spans) {
			filter.After, filter.Before = date(window.from), date(window.to)
			filters = append(filters, filter)
		}
	}
	local, unknown := 0, 0
	for _, filter := range filters {
		for sale, err := range c.ScanSales(ctx, filter) {
			if err != nil {
				return "", err
			}
			at, known := sale.LocalTime()
			if known {
				local++
			} else {
				unknown++
				at, _ = sale.Time() // ScanSales yields only sales with a time
			}
			at = at.UTC()
			if !anyIncludes(spans, at.Truncate(oneDay)) {
				continue
			}
			if err := add(sale, at); err != nil {
				return "", err
			}
		}
	}
	switch {
	case unknown == 0:
		return storeZone, nil
	case local == 0:
		return utcZone, nil
	}
	return "", &gumroad.Error{Code: gumroad.UpstreamUnavailable,
		Message: "Gumroad tells the local time of only some of the sales, so their days cannot be counted."}
}

func anyIncludes(spans []span, day time.Time) bool {
	for _, s := range spans {
		if s.includes(day) {
			return true
		}
	}
	return len(spans) == 0
}

// windows returns the days to ask Gumroad for, the last of which it excludes. Windows that overlap become one, so that
// no sale is read twice.
func windows(spans []span) (all []span) {
	for _, s := range spans {
		window := span{s.from.Add(-oneDay), s.to.Add(2 * oneDay)}
		last := len(all) - 1
		if last >= 0 && !window.to.Before(all[last].from) && !all[last].to.Before(window.from) {
			all[last] = span{earlier(window.from, all[last].from), later(window.to, all[last].to)}
			continue
		}
		all = append(all, window)
	}
	return all
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

// clock tells the store's time at any moment, from the sales that Gumroad gives with both times: the distance from UTC
// is that of the nearest of them, so that it is right on both sides of a change to daylight saving.
type clock struct {
	offsets map[time.Time]time.Duration // by day of UTC
}

func (k *clock) learn(sale gumroad.Sale) {
	at, known := sale.Time()
	local, alsoKnown := sale.LocalTime()
	if known && alsoKnown {
		if k.offsets == nil {
			k.offsets = map[time.Time]time.Duration{}
		}
		k.offsets[at.Truncate(oneDay)] = local.Sub(at.Truncate(time.Minute))
	}
}

func (k *clock) zone() string {
	if len(k.offsets) == 0 {
		return utcZone
	}
	return storeZone
}

// local returns a moment by the store's clock, labelled as UTC.
func (k *clock) local(at time.Time) time.Time {
	var nearest time.Time
	away := func(day time.Time) time.Duration { return at.Sub(day.Add(oneDay / 2)).Abs() }
	for day := range k.offsets {
		if nearest.IsZero() || cmp.Or(cmp.Compare(away(day), away(nearest)), day.Compare(nearest)) < 0 {
			nearest = day
		}
	}
	return at.UTC().Add(k.offsets[nearest])
}
