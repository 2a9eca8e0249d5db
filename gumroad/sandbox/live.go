package sandbox

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Between two happenings of a store that lives lie these at least and at most.
const (
	soonest = 5 * time.Second
	latest  = 15 * time.Second
)

// life makes things happen in the first store as time passes, as buyers would.
type life struct {
	rng     *rand.Rand
	stop    context.CancelFunc
	running sync.WaitGroup
}

// live begins. Each happening is a step, until close.
func (s *Sandbox) live() *life {
	ctx, stop := context.WithCancel(context.Background())
	l := &life{rng: rand.New(rand.NewPCG(s.seed, 0x6c696665)), stop: stop}
	after := s.options.After
	if after == nil {
		after = time.After
	}
	l.running.Go(func() {
		for {
			select {
			case <-after(soonest + time.Duration(l.rng.Int64N(int64(latest-soonest)))):
				l.step(s)
			case <-ctx.Done():
				return
			}
		}
	})
	return l
}

func (l *life) close() {
	if l != nil {
		l.stop()
		l.running.Wait()
	}
}

// step makes one thing happen: mostly a sale, and whatever else is possible.
func (l *life) step(s *Sandbox) {
	what := l.rng.IntN(10)
	switch {
	case what == 9 && l.dispute(s), what == 8 && l.cancel(s), what >= 6 && l.refund(s):
	default:
		l.buy(s)
	}
}

func (l *life) buy(s *Sandbox) {
	products := those(s, func(st *store) []*product { return st.products }, func(p *product) bool {
		return p.published() && !p.isBundle() && (p.price > 0 || p.tiered()) && !p.physical && p.preorder == nil
	})
	for range len(products) { // one can be sold out
		id, err := s.Buy(Purchase{Product: products[l.rng.IntN(len(products))].id, FullName: buyers[l.rng.IntN(len(buyers))]})
		if err == nil {
			s.log.Info("somebody bought something in the sandbox", "sale", id)
			return
		}
	}
}

// buyers are the names of those who buy while the store lives.
var buyers = []string{"Mina Okafor", "Théo Lambert", "Anjali Rao", "Jonas Berg", "Zoë Nguyen", "Lucía Prieto", "和田 直子"}

func (l *life) refund(s *Sandbox) bool {
	sold := those(s, func(st *store) []*sale { return st.sales }, func(row *sale) bool {
		return row.state == stateSuccessful && row.refundableUSD() > 0 && !row.disputed && row.giftTo == nil && row.refusal == ""
	})
	if len(sold) == 0 {
		return false
	}
	row := sold[l.recent(len(sold))]
	c := &call{sb: s, now: s.now()}
	s.mu.Lock()
	c.refund(s.stores[0], row, row.refundableUSD())
	s.mu.Unlock()
	s.webhooks.send(c.events)
	s.log.Info("a sale of the sandbox was refunded", "sale", row.id)
	return true
}

func (l *life) dispute(s *Sandbox) bool {
	sold := those(s, func(st *store) []*sale { return st.sales }, func(row *sale) bool {
		return row.state == stateSuccessful && row.usdCents > 0 && !row.disputed && row.refundedUSD == 0
	})
	if len(sold) == 0 {
		return false
	}
	id := sold[l.recent(len(sold))].id
	if err := s.Happen(Event{Name: "dispute", ID: id}); err != nil {
		return false
	}
	s.log.Info("a sale of the sandbox was disputed", "sale", id)
	return true
}

func (l *life) cancel(s *Sandbox) bool {
	members := those(s, func(st *store) []*subscription { return st.subs }, func(sub *subscription) bool {
		return sub.deactivatedAt == nil && sub.cancelledAt == nil
	})
	if len(members) == 0 {
		return false
	}
	id := members[l.rng.IntN(len(members))].id
	if err := s.Happen(Event{Name: "cancellation", ID: id}); err != nil {
		return false
	}
	s.log.Info("a membership of the sandbox was cancelled", "subscriber", id)
	return true
}

// recent is a place near the end of a list of rows of that number.
func (l *life) recent(rows int) int { return rows - 1 - l.rng.IntN(min(rows, 20)) }

// those returns the rows of the first store that fit.
func those[R any](s *Sandbox, of func(*store) []*R, fits func(*R) bool) (all []*R) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, row := range of(s.stores[0]) {
		if fits(row) {
			all = append(all, row)
		}
	}
	return all
}
