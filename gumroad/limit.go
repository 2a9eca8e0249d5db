package gumroad

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const maxLimiters = 1024

// limiters keeps the rate of requests, for every credential separately: Maton counts requests by account.
type limiters struct {
	rate   rate.Limit
	waited func(ctx context.Context, held time.Duration)

	mu            sync.Mutex
	byFingerprint map[string]*queue
}

func newLimiters(perSecond float64, waited func(context.Context, time.Duration)) *limiters {
	limit := rate.Limit(cmp.Or(perSecond, DefaultRequestsPerSecond))
	if limit < 0 {
		limit = rate.Inf
	}
	if waited == nil {
		waited = func(context.Context, time.Duration) {}
	}
	return &limiters{rate: limit, waited: waited, byFingerprint: map[string]*queue{}}
}

// wait returns when a request with credential may be sent, or with the context's error.
func (l *limiters) wait(ctx context.Context, credential Credential) error {
	if l.rate == rate.Inf || isUnqueued(ctx) {
		l.waited(ctx, 0)
		return ctx.Err()
	}
	arrived := time.Now()
	err := l.of(credential).wait(ctx)
	l.waited(ctx, time.Since(arrived))
	if err != nil {
		return fmt.Errorf("waiting for the rate limit: %w", err)
	}
	return nil
}

// of returns the queue of a credential.
func (l *limiters) of(credential Credential) *queue {
	key := credential.Fingerprint()
	l.mu.Lock()
	defer l.mu.Unlock()
	if q, ok := l.byFingerprint[key]; ok {
		return q
	}
	if len(l.byFingerprint) >= maxLimiters {
		for other, q := range l.byFingerprint {
			if q.isIdle() { // a full bucket without anyone waiting is as good as a new one
				delete(l.byFingerprint, other)
			}
		}
	}
	// A burst of 1 keeps the rate in every second; a request that takes longer than the interval never has to wait.
	q := &queue{limiter: rate.NewLimiter(l.rate, 1)}
	l.byFingerprint[key] = q
	return q
}

type (
	callerKey   struct{}
	bulkKey     struct{}
	unqueuedKey struct{}
)

// WithCaller names whom the requests under ctx are for: callers who share a credential take turns.
func WithCaller(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, callerKey{}, id)
}

// WithBulk marks requests that come in great numbers, which let others go first.
func WithBulk(ctx context.Context) context.Context { return context.WithValue(ctx, bulkKey{}, true) }

// WithoutQueue sends the requests under ctx at once. It is for the few that must not wait behind callers, such as a
// probe of readiness.
func WithoutQueue(ctx context.Context) context.Context {
	return context.WithValue(ctx, unqueuedKey{}, true)
}

func isUnqueued(ctx context.Context) bool { return ctx.Value(unqueuedKey{}) != nil }

// queue hands out the turns of one credential at its rate. Callers take turns, whatever their number of requests, and
// single requests go before those that come in bulk, which still get one turn in four.
type queue struct {
	limiter *rate.Limiter

	mu      sync.Mutex
	lines   [2]line // single requests, and bulk
	turns   int
	running bool // a goroutine hands out turns
}

const (
	single = iota
	bulk
	bulkEvery = 4
)

// line is callers with requests that wait, the next one first.
type line []*waiting

type waiting struct {
	caller  string
	tickets []chan struct{} // closed when it is their turn
}

func (q *queue) isIdle() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.running && q.limiter.Tokens() >= 1
}

func (q *queue) wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ticket := make(chan struct{})
	q.join(ctx, ticket)
	select {
	case <-ticket:
		return nil
	case <-ctx.Done():
		q.leave(ticket)
		return ctx.Err()
	}
}

func (q *queue) join(ctx context.Context, ticket chan struct{}) {
	caller, _ := ctx.Value(callerKey{}).(string)
	kind := single
	if ctx.Value(bulkKey{}) != nil {
		kind = bulk
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.IndexFunc(q.lines[kind], func(w *waiting) bool { return w.caller == caller })
	if at < 0 {
		at = len(q.lines[kind])
		q.lines[kind] = append(q.lines[kind], &waiting{caller: caller})
	}
	of := q.lines[kind][at]
	of.tickets = append(of.tickets, ticket)
	if !q.running {
		q.running = true
		go q.run()
	}
}

// leave gives a place up. A turn that was just handed out is lost.
func (q *queue) leave(ticket chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for kind := range q.lines {
		for _, of := range q.lines[kind] {
			of.tickets = slices.DeleteFunc(of.tickets, func(other chan struct{}) bool { return other == ticket })
		}
		q.lines[kind] = slices.DeleteFunc(q.lines[kind], func(w *waiting) bool { return len(w.tickets) == 0 })
	}
}

// run hands out turns until nobody waits.
func (q *queue) run() {
	for q.isWanted() {
		_ = q.limiter.Wait(context.Background()) // one token is never more than the burst
		q.mu.Lock()
		if ticket := q.next(); ticket != nil {
			close(ticket)
		}
		q.mu.Unlock()
	}
}

// isWanted reports whether anybody waits; if not, whoever comes next starts the hand-out again.
func (q *queue) isWanted() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running = len(q.lines[single])+len(q.lines[bulk]) > 0
	return q.running
}

// next takes a ticket out of the line whose turn it is; its caller goes to the end of the line.
func (q *queue) next() chan struct{} {
	kind := single
	if q.turns++; len(q.lines[single]) == 0 || q.turns%bulkEvery == 0 && len(q.lines[bulk]) > 0 {
		kind = bulk
	}
	if len(q.lines[kind]) == 0 {
		return nil
	}
	first := q.lines[kind][0]
	ticket := first.tickets[0]
	first.tickets = first.tickets[1:]
	if q.lines[kind] = q.lines[kind][1:]; len(first.tickets) > 0 {
		q.lines[kind] = append(q.lines[kind], first)
	}
	return ticket
}
