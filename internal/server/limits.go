package server

import (
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const maxCallers = 4096 // how many callers' rates are remembered

// limits bounds how often each caller may call, and how many calls of all callers run at once.
type limits struct {
	rate  rate.Limit
	burst int
	slots chan struct{}
	now   func() time.Time

	mu      sync.Mutex
	callers map[string]*rate.Limiter
}

func newLimits(callsPerSecond float64, inFlight int, now func() time.Time) *limits {
	l := &limits{rate: rate.Limit(callsPerSecond), now: now, callers: map[string]*rate.Limiter{}}
	l.burst = max(1, int(2*callsPerSecond)) // agents call in bursts
	if callsPerSecond <= 0 {
		l.rate = rate.Inf
	}
	if inFlight > 0 {
		l.slots = make(chan struct{}, inFlight)
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

// enter takes one of the places for calls in flight, or refuses the call. leave gives the place back.
func (l *limits) enter() (leave func(), _ *Refusal) {
	if l.slots == nil {
		return func() {}, nil
	}
	select {
	case l.slots <- struct{}{}:
		return func() { <-l.slots }, nil
	default:
		return nil, refuse(http.StatusServiceUnavailable, "The server is busy, so nothing was done. Try again in a moment.").
			after(time.Second)
	}
}
