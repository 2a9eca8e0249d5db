package gumroad

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const maxLimiters = 1024

// limiters keeps the rate of requests, for every credential separately: Maton counts requests by account.
type limiters struct {
	rate    rate.Limit
	reserve func(ctx context.Context, key string, interval time.Duration) (time.Duration, error) // nil if alone
	waited  func(ctx context.Context, held time.Duration)
	log     *slog.Logger

	mu            sync.Mutex
	byFingerprint map[string]*queue
}

func newLimiters(config Config) *limiters {
	l := &limiters{rate: rate.Limit(cmp.Or(config.RequestsPerSecond, DefaultRequestsPerSecond)), reserve: config.Reserve,
		waited: config.Waited, log: config.Logger, byFingerprint: map[string]*queue{}}
	if l.rate < 0 {
		l.rate = rate.Inf
	}
	if l.waited == nil {
		l.waited = func(context.Context, time.Duration) {}
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	return l
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
	q := &queue{turns: newTurns(l, key)}
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
	turns *turns

	mu      sync.Mutex
	lines   [2]line // single requests, and bulk
	given   int     // turns
	running bool    // a goroutine hands out turns
}

const (
	single = iota
	bulk
	bulkEvery = 4
)

// turns are when requests with a credential may be sent.
type turns struct {
	*limiters
	key string
	own *rate.Limiter // while there is nobody to agree with
	off bool          // the instances could not agree on the last turn
}

const (
	// ownShare is the part of the rate that an instance takes without the others' consent, since it cannot know how many
	// they are.
	ownShare = 4
	// farOff is how many turns ahead one can be; beyond, a clock is wrong.
	farOff = 100
)

func newTurns(l *limiters, key string) *turns {
	own := l.rate
	if l.reserve != nil {
		own /= ownShare
	}
	return &turns{limiters: l, key: key, own: rate.NewLimiter(own, 1)}
}

// wait returns when the next turn has come.
func (t *turns) wait() {
	if t.reserve != nil {
		interval := time.Duration(float64(time.Second) / float64(t.rate))
		held, err := t.reserve(context.Background(), t.key, interval)
		if err == nil && held > farOff*interval {
			err = fmt.Errorf("the next turn would be in %s", held)
		}
		switch {
		case err != nil && !t.off:
			t.log.Warn("the instances cannot agree on the rate of requests; this one takes a part of it", "error", err)
		case err == nil && t.off:
			t.log.Info("the instances agree on the rate of requests again")
		}
		if t.off = err != nil; !t.off {
			time.Sleep(held)
			return
		}
	}
	_ = t.own.Wait(context.Background()) // one token is never more than the burst
}

// line is callers with requests that wait, the next one first.
type line []*waiting

type waiting struct {
	caller  string
	tickets []chan struct{} // closed when it is their turn
}

func (q *queue) isIdle() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.running && q.turns.own.Tokens() >= 1
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
		q.turns.wait()
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
	if q.given++; len(q.lines[single]) == 0 || q.given%bulkEvery == 0 && len(q.lines[bulk]) > 0 {
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
