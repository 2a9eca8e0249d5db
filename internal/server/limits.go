package server

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

const (
	maxCallers = 4096 // how many callers' rates are remembered
	// Calls that wait and streams of changes last long and take little.
	maxWaits          = 1000
	maxWaitsPerCaller = 20
)

// limits bounds how often each caller may call, and how many calls run or wait at once.
type limits struct {
	rate    rate.Limit
	burst   int
	running pool // calls that take time and memory
	waiting pool // calls that wait, and streams of changes
	now     func() time.Time

	mu      sync.Mutex
	callers map[string]*rate.Limiter
}

func newLimits(h *settings.HTTP, now func() time.Time) *limits {
	callsPerSecond := h.CallerRate
	l := &limits{rate: rate.Limit(callsPerSecond), now: now, callers: map[string]*rate.Limiter{},
		running: pool{total: h.MaxInFlight, perCaller: h.InFlightPerCaller()},
		waiting: pool{total: maxWaits, perCaller: maxWaitsPerCaller}}
	l.burst = max(1, int(2*callsPerSecond)) // agents call in bursts
	if callsPerSecond <= 0 {
		l.rate = rate.Inf
	}
	return l
}

// pace refuses a request of a caller who sends too many, and says how long to wait.
func (l *limits) pace(caller string) *Refusal {
	now := l.now()
	reservation := l.limiter(caller, now).ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	reservation.CancelAt(now)
	return refuse(http.StatusTooManyRequests, "Too many requests, so nothing was done. Wait, then try again.").after(wait)
}

func (l *limits) limiter(caller string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter, ok := l.callers[caller]
	if ok {
		return limiter
	}
	if len(l.callers) >= maxCallers {
		for other, limiter := range l.callers { // a full bucket can be dropped, since a new one is full as well
			if limiter.TokensAt(now) >= float64(l.burst) {
				delete(l.callers, other)
			}
		}
		for other := range l.callers {
			if len(l.callers) < maxCallers {
				break
			}
			delete(l.callers, other)
		}
	}
	limiter = rate.NewLimiter(l.rate, l.burst)
	l.callers[caller] = limiter
	return limiter
}

// enter takes one of the slots for running calls, or refuses the call. leave gives the slot back.
func (l *limits) enter(caller string) (leave func(), _ *Refusal) {
	switch l.running.take(caller) {
	case fullForCaller:
		return nil, refuse(http.StatusTooManyRequests, fmt.Sprintf("As many of your requests are running as one caller "+
			"may have (%d, --max-in-flight-per-caller), so nothing was done. Let one of them end, then try again.",
			l.running.perCaller)).after(time.Second)
	case fullForAll:
		return nil, refuse(http.StatusServiceUnavailable, fmt.Sprintf("The server is busy with the requests of all "+
			"callers (%d, --max-in-flight), so nothing was done. Try again in a moment.", l.running.total)).after(time.Second)
	}
	return func() { l.running.give(caller) }, nil
}

// wait has a running call wait, or stream changes, without a slot, unless too many do already. When the wait is over
// the call takes a slot even if none is free, so that it can end.
func (l *limits) wait(caller string) (over func(), ok bool) {
	if l.waiting.take(caller) != free {
		return nil, false
	}
	l.running.give(caller)
	return func() {
		l.running.force(caller)
		l.waiting.give(caller)
	}, true
}

// pool is a number of slots, of which one caller can have some.
type pool struct {
	total, perCaller int // 0 for no limit

	mu    sync.Mutex
	taken int
	by    map[string]int
}

type vacancy int

const (
	free vacancy = iota
	fullForCaller
	fullForAll
)

// take takes a slot if one is free.
func (p *pool) take(caller string) vacancy {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.perCaller > 0 && p.by[caller] >= p.perCaller:
		return fullForCaller
	case p.total > 0 && p.taken >= p.total:
		return fullForAll
	}
	p.add(caller, 1)
	return free
}

func (p *pool) force(caller string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(caller, 1)
}

func (p *pool) give(caller string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(caller, -1)
}

func (p *pool) add(caller string, slots int) {
	if p.by == nil {
		p.by = map[string]int{}
	}
	p.taken += slots
	if p.by[caller] += slots; p.by[caller] == 0 {
		delete(p.by, caller)
	}
}
