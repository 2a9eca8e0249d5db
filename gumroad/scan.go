package gumroad

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// scanWidth is how many pages are asked for at once. The rate limit decides how many requests a second that makes; 16
// keep up the limit's 8 a second as long as an answer takes two seconds at most.
const scanWidth = 16

// ScanSales yields every sale that in selects, each once, in no order; in's page is not used. It ends with an error if
// one occurs, and then what was yielded is incomplete. Sales made meanwhile may be among them or not.
//
// Gumroad gives ten rows a page, and the way to a page leads through the one before it (reference: "Sales"). So the
// days are cut into windows that are walked side by side, and a walk with many days left hands some of them over as
// soon as another walk has ended. Memory does not grow with the number of sales.
func (c *Client) ScanSales(ctx context.Context, in ListSales) iter.Seq2[Sale, error] {
	return func(yield func(Sale, error) bool) {
		whole, err := newWalk(in)
		if err != nil {
			yield(Sale{}, err)
			return
		}
		if whole.isEmpty() {
			return
		}
		ctx, cancel := context.WithCancel(WithBulk(ctx))
		answers := make(chan scanned, scanWidth)
		walking := 0
		defer func() {
			cancel()
			for range walking {
				<-answers
			}
		}()
		step := func(w *walk) {
			walking++
			go func() {
				page, err := c.ListSales(ctx, w.request())
				answers <- scanned{w, page, err}
			}()
		}
		rows := 0
		for step(whole); walking > 0; {
			answer := <-answers
			walking--
			var fresh []Sale
			if err = answer.err; err == nil {
				fresh, err = answer.walk.take(answer.page)
			}
			if err != nil {
				yield(Sale{}, err)
				return
			}
			if !answer.walk.done {
				for _, w := range answer.walk.split(scanWidth - 1 - walking) {
					step(w)
				}
				step(answer.walk)
			}
			for _, sale := range fresh {
				if !yield(sale, nil) {
					return
				}
			}
			rows += len(fresh)
			Report(ctx, rows, 0, fmt.Sprintf("%d sales read", rows))
		}
	}
}

// scanned is the page that a walk asked for, or why it did not come.
type scanned struct {
	walk *walk
	page Page[Sale]
	err  error
}

// walk reads the sales of a window of days, newest first.
type walk struct {
	filter        ListSales
	after, before time.Time // the window's days; zero at an open end
	key           string    // page key of the next page
	done          bool

	newest  time.Time       // time of the first row of the whole scan
	started time.Time       // time of the walk's first row
	at      time.Time       // time of the row read last
	second  map[string]bool // bare ids of the rows of that second, which the next page may repeat
	pages   int
}

func newWalk(in ListSales) (*walk, error) {
	w := &walk{filter: in.From("")}
	for _, end := range []struct {
		name, day string
		into      *time.Time
	}{{"after", in.After, &w.after}, {"before", in.Before, &w.before}} {
		if end.day == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, end.day)
		if err != nil {
			return nil, Invalid(end.name + " must be a date as YYYY-MM-DD.")
		}
		*end.into = day
	}
	return w, nil
}

func (w *walk) isEmpty() bool {
	return !w.after.IsZero() && !w.before.IsZero() && !w.after.Before(w.before)
}

func (w *walk) request() ListSales {
	in := w.filter.From(w.key)
	in.After, in.Before = "", ""
	if !w.after.IsZero() {
		in.After = w.after.Format(time.DateOnly)
	}
	if !w.before.IsZero() {
		in.Before = w.before.Format(time.DateOnly)
	}
	return in
}

// take moves the walk past a page and returns the page's new rows. It trusts nothing that a total depends on: rows from
// outside the window, rows out of order and pages that lead nowhere are errors; a repeated row is dropped.
func (w *walk) take(page Page[Sale]) ([]Sale, error) {
	lie := func(what string) ([]Sale, error) {
		return nil, &Error{Code: UpstreamUnavailable,
			Message: "Gumroad's list of sales cannot be read to its end: " + what + "."}
	}
	fresh := page.Rows[:0]
	for _, sale := range page.Rows {
		at, err := time.Parse(time.RFC3339, sale.CreatedAt)
		switch {
		case err != nil || sale.ID == "":
			return lie("a sale has no id or no time")
		case at.Before(w.after), !w.before.IsZero() && !at.Before(w.before):
			return lie("it gave a sale of another day than was asked for")
		case w.started.IsZero():
			w.started = at
			if w.newest.IsZero() {
				w.newest = at
			}
		case at.After(w.at):
			return lie("the sales are not in the order of time")
		}
		if !at.Equal(w.at) {
			w.at, w.second = at, map[string]bool{}
		}
		if id := BareID(sale.ID); !w.second[id] {
			w.second[id] = true
			fresh = append(fresh, sale)
		}
	}
	w.pages++
	w.done = page.NextPageKey == ""
	if !w.done && (len(fresh) == 0 || page.NextPageKey == w.key) {
		return lie("a page leads back to itself")
	}
	w.key = page.NextPageKey
	return fresh, nil
}

const (
	oneDay = 24 * time.Hour
	// minPagesApart is how many pages a window needs to be worth a walk of its own. Every walk wastes some of its last
	// page, which is seldom full.
	minPagesApart = 2
	// openReach is how far back the sales are assumed to go when in has no first day, as a multiple of the time seen.
	openReach = 16
)

// split cuts up to free windows of equal length off the older end of the walk, as many as the sales that seem to be
// left are worth.
func (w *walk) split(free int) []*walk {
	day := w.at.Truncate(oneDay) // only whole days before the last row's can be given away
	seen := max(w.started.Sub(w.at), time.Second)
	oldest := w.after
	if oldest.IsZero() {
		oldest = day.Add(-openReach * max(w.newest.Sub(w.at), oneDay)).Truncate(oneDay)
	}
	days := int(day.Sub(oldest) / oneDay)
	pages := float64(w.pages) * float64(day.Sub(oldest)) / float64(seen)
	parts := min(free, days, int(min(pages/minPagesApart, scanWidth)))
	var given []*walk
	for i := range max(parts, 0) {
		// The walk keeps one part more than it gives away.
		end := day.AddDate(0, 0, -days*(i+1)/(parts+1))
		given = append(given, &walk{filter: w.filter, after: w.after, before: end, newest: w.newest})
		if i > 0 {
			given[i-1].after = end
		}
	}
	if len(given) > 0 {
		w.after = given[0].before
	}
	return given
}
