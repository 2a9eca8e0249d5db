package events

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

const (
	// overlap is looked at again each time: a sale can be listed a while after it was made.
	overlap = 15 * time.Minute
	// maxLook is how many sales one look reads at most.
	maxLook = 1000
	// compared is how many of the newest sales are compared with how they stood before, and how often.
	compared     = 100
	compareEvery = 5 * time.Minute
	maxStanding  = 2000
)

// standing is what became of a sale.
type standing struct {
	refunded, partly, disputed, won bool
	refundable                      string
}

func standingOf(s gumroad.Sale) standing {
	return standing{s.Refunded.IsTrue(), s.PartiallyRefunded.IsTrue(), s.Disputed.IsTrue(), s.DisputeWon.IsTrue(), s.AmountRefundable}
}

func (s standing) String() string {
	switch {
	case s.won:
		return "dispute_won"
	case s.disputed:
		return "disputed"
	case s.refunded:
		return "refunded"
	case s.partly:
		return "partially_refunded"
	}
	return ""
}

// watched is what this instance knows of a store by looking at its sales.
type watched struct {
	turn chan struct{} // held by whoever looks

	started  time.Time // when the last look began, by this machine's clock
	first    time.Time // when the first did
	deep     time.Time // when the newest sales were compared last
	from, to time.Time // all sales between them are in the journal
	sales    map[string]noticed
}

// noticed is a sale that was looked at.
type noticed struct {
	standing
	told bool // it is in the journal
}

// storeOf returns what is known of a store. Of too many stores, some are forgotten and looked at anew.
func (e *Events) storeOf(tenant string) *watched {
	e.mu.Lock()
	defer e.mu.Unlock()
	if w := e.stores[tenant]; w != nil {
		return w
	}
	for other := range e.stores {
		if len(e.stores) < maxStores {
			break
		}
		delete(e.stores, other)
		delete(e.looked, other)
	}
	w := &watched{turn: make(chan struct{}, 1), sales: map[string]noticed{}}
	e.stores[tenant] = w
	return w
}

// hasTold reports whether a sale was journaled by looking, so that it needs no reading.
func (w *watched) hasTold(saleID string) bool {
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
		return w.sales[gumroad.BareID(saleID)].told
	default:
		return false
	}
}

// look puts the sales since a time into the journal, and the refunds and disputes among them that are new to this
// instance. Callers at once share one look. It returns the time from which on all sales are known. For those who wait,
// the newest sales are compared from the second look on; for others only after a while, since that takes ten requests.
func (e *Events) look(ctx context.Context, c *gumroad.Client, s seller, since time.Time, waiting bool) (
	from time.Time, err error) {
	arrived := time.Now()
	since = since.Add(-overlap) // Gumroad's clock can be behind, and a sale be listed late
	w := e.storeOf(s.tenant)
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		return from, &gumroad.Error{Code: gumroad.Timeout, Message: "The call was cancelled while it waited for another look at the store."}
	}
	if w.started.After(arrived) && !w.from.After(since) {
		return w.from, nil
	}
	now, began := e.now(), time.Now()
	first := w.started.IsZero()
	start := since
	if joins := w.to.Add(-overlap); !first && !w.from.After(since) && joins.After(since) {
		start = joins
	}
	deep := !first && began.Sub(w.deep) >= compareEvery && (waiting || began.Sub(w.first) >= compareEvery)
	rows, complete, err := walkSales(ctx, c, start, deep)
	if err != nil {
		return from, err
	}
	if !complete {
		if oldest, ok := rows[len(rows)-1].Time(); ok {
			start = oldest
		} else {
			start = now // it is not known how far back the rows go
		}
	}
	for _, sale := range slices.Backward(rows) {
		if err := e.notice(ctx, s, w, sale, start, first); err != nil {
			return from, err
		}
	}
	if first {
		w.first = began
	}
	if deep {
		w.deep = began
	}
	if first || start.Before(w.from) || start.After(w.to) {
		w.from = start
	}
	w.started, w.to = began, now
	e.mu.Lock()
	e.looked[s.tenant] = now
	e.mu.Unlock()
	return w.from, nil
}

// walkSales returns the sales since a time, newest first, and if asked the newest that are older. It is complete unless
// there are too many.
func walkSales(ctx context.Context, c *gumroad.Client, start time.Time, deep bool) (rows []gumroad.Sale, complete bool, err error) {
	in := gumroad.ListSales{After: start.UTC().Format(time.DateOnly)}
	if deep {
		in.After = ""
	}
	for {
		page, err := c.ListSales(ctx, in)
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, page.Rows...)
		if page.NextPageKey == "" || len(page.Rows) == 0 {
			return rows, true, nil
		}
		at, ok := page.Rows[len(page.Rows)-1].Time()
		if ok && at.Before(start) && (!deep || len(rows) >= compared) {
			return rows, true, nil
		}
		if len(rows) >= maxLook {
			return rows, ok && at.Before(start), nil
		}
		in = in.From(page.NextPageKey)
	}
}

// notice journals a sale that was made since a time, and what happened to it since it was looked at before. What stood
// like that at the first look may have happened at any time, so only the status of the sale tells it.
func (e *Events) notice(ctx context.Context, s seller, w *watched, sale gumroad.Sale, since time.Time, first bool) error {
	made, dated := sale.Time()
	now := standingOf(sale)
	before, seen := w.sales[gumroad.BareID(sale.ID)]
	if !seen && len(w.sales) >= maxStanding {
		clear(w.sales)
	}
	isNew := !seen && !first && dated && !made.Before(w.to.Add(-overlap))
	var happened []Event
	add := func(kind, id string) { happened = append(happened, e.eventOf(kind, id, sale)) }
	told := !dated || !made.Before(since)
	if told {
		add("sale", saleID(sale))
	}
	if seen || isNew {
		if isRefunded(sale) && now.refundable != before.refundable {
			add("refund", refundID(sale))
		}
		if now.disputed && !before.disputed {
			add("dispute", "dispute:"+sale.ID)
		}
		if now.won && !before.won {
			add("dispute_won", "dispute_won:"+sale.ID)
		}
	}
	for _, event := range happened {
		event.Source = byPolling
		if _, err := e.append(ctx, s.tenant, event); err != nil {
			return err
		}
	}
	w.sales[gumroad.BareID(sale.ID)] = noticed{now, told || before.told}
	return nil
}

// lookedAt is when this instance last looked at a store, or the zero time.
func (e *Events) lookedAt(tenant string) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.looked[tenant]
}

// isMyTurn reports whether this instance looks at a store for all of them, for as long as they look once.
func (e *Events) isMyTurn(ctx context.Context, what, tenant string, every time.Duration) bool {
	window := time.Now().UnixNano() / int64(every)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", what, tenant, window))
	first, err := e.options.State.Claim(ctx, hex.EncodeToString(sum[:16]), e.now().Add(2*every))
	return first && err == nil
}
