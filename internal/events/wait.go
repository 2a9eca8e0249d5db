package events

import (
	"context"
	"errors"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// WaitQuery is a Query, and how long to wait for the first event.
type WaitQuery struct {
	Query
	WaitSeconds *gumroad.Int `json:"wait_seconds,omitempty" jsonschema:"minimum=0,maximum=45" jsonschema_description:"Default 45."`
}

const (
	maxWait     = 45 * time.Second
	reportEvery = 10 * time.Second
	slowPoll    = 4 // times the interval, where webhooks tell of everything
)

// Wait returns what happened since a cursor or a time, now if none is given, as soon as there is something. When the
// time is over, or the server ends, it returns no events and where to go on.
func (e *Events) Wait(ctx context.Context, c *gumroad.Client, q WaitQuery) (Listed, error) {
	wait := maxWait
	if q.WaitSeconds != nil {
		wait = time.Duration(*q.WaitSeconds) * time.Second
	}
	if q.Since == "" {
		q.Since = stamp(e.now())
	}
	if wait == 0 {
		return e.List(ctx, c, q.Query)
	}
	ended, began := time.After(wait), time.Now()
	f, err := e.follow(ctx, c)
	if err != nil {
		return Listed{}, err
	}
	defer f.stop()
	at, err := e.start(ctx, f.seller, q.Since, 0)
	if err != nil {
		return Listed{}, err
	}
	over, ok := gumroad.BeginWaiting(ctx)
	if !ok {
		return Listed{}, &gumroad.Error{Code: gumroad.RateLimited, Message: "As many calls wait already as can.",
			Hint: "Call list_events now, and wait again in a minute."}
	}
	defer over()
	looking, stop := context.WithCancel(ctx)
	defer stop()
	first := make(chan error, 1)
	since := at.time
	go func() {
		from, err := e.look(looking, c, f.seller, since, false)
		if err == nil && from.After(since) {
			err = errGap
		}
		first <- err
	}()
	polled := make(chan struct{}, 1)
	report := func() {
		gumroad.Report(ctx, int(time.Since(began).Seconds()), int(wait.Seconds()), "Waiting for something to happen in the store")
	}
	report()
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	var gap gumroad.Bool
	poll := (<-chan time.Time)(nil) // not before the first look
	for last := false; ; {
		listed, err := e.read(ctx, f.seller, at, q.Query)
		if listed.Gap = either(listed.Gap, gap.IsTrue()); err != nil || len(listed.Events) > 0 || last {
			if err == nil {
				listed.Coverage = e.coverage(ctx, c, f.seller)
			}
			return listed, err
		}
		if at, err = e.start(ctx, f.seller, listed.Next, 0); err != nil {
			return Listed{}, err
		}
		if gap = listed.Gap; listed.More.IsTrue() {
			continue // none so far is of the kind that is waited for
		}
	waiting:
		for {
			select {
			case err := <-first:
				if err != nil && !errors.Is(err, errGap) {
					return Listed{}, err
				}
				gap, poll = either(gap, err != nil), f.poll.C
				break waiting
			case <-f.changed:
				break waiting
			case <-polled:
				poll = f.poll.C
				break waiting
			case <-poll:
				poll = nil // until this look is over
				go func() {
					f.look(looking)
					polled <- struct{}{}
				}()
			case <-tick.C:
				report()
			case <-ended:
				last = true
				break waiting
			case <-e.draining:
				last = true
				break waiting
			case <-ctx.Done():
				return Listed{}, &gumroad.Error{Code: gumroad.Timeout, Message: "The wait was cancelled."}
			}
		}
	}
}

// errGap says that a look did not reach back as far as was asked.
var errGap = errors.New("some sales were not read")

// following is somebody who waits for events of a store.
type following struct {
	events  *Events
	client  *gumroad.Client
	seller  seller
	changed <-chan struct{}
	poll    *time.Ticker
	stop    func()
}

// follow begins to watch a store. Its caller looks at it at each tick of poll.
func (e *Events) follow(ctx context.Context, c *gumroad.Client) (*following, error) {
	s, err := e.sellerOf(ctx, c)
	if err != nil {
		return nil, err
	}
	every := e.options.Poll
	if told := e.told(ctx, c, s); len(told) == len(gumroad.WebhookEvents()) {
		every *= slowPoll
	}
	f := &following{events: e, client: c, seller: s, poll: time.NewTicker(every)}
	changed, stop := e.options.State.Changed(s.tenant)
	endLoan := e.lend(s.tenant, c)
	f.changed = changed
	f.stop = func() {
		stop()
		endLoan()
		f.poll.Stop()
	}
	return f, nil
}

// look looks at the store, unless another instance or caller has just done so. What cannot be read now is read at the
// next look.
func (f *following) look(ctx context.Context) {
	e := f.events
	if !e.isMyTurn(ctx, "poll", f.seller.tenant, e.options.Poll) {
		return
	}
	if _, err := e.look(ctx, f.client, f.seller, e.now().Add(-overlap), true); err != nil && ctx.Err() == nil {
		e.log.Info("a store could not be looked at", "error", err)
	}
}

// Follow begins to watch a store. tell then calls f with all that happens from now on, in its order, until ctx or the
// server ends; it has to be called.
func (e *Events) Follow(ctx context.Context, c *gumroad.Client) (tell func(f func(Event)), err error) {
	following, err := e.follow(ctx, c)
	if err != nil {
		return nil, err
	}
	now := e.now()
	at, err := e.start(ctx, following.seller, "", 0)
	if err == nil {
		_, err = e.look(ctx, c, following.seller, now, false) // what is new is told by the difference
	}
	if err != nil {
		following.stop()
		return nil, err
	}
	return func(f func(Event)) {
		defer following.stop()
		for {
			next, more := following.read(ctx, at, f)
			if at = next; more {
				continue
			}
			select {
			case <-following.changed:
			case <-following.poll.C:
				following.look(ctx)
			case <-e.draining:
				return
			case <-ctx.Done():
				return
			}
		}
	}, nil
}

// read calls tell with the events after a position. It returns the position of the last, and whether there are more.
func (f *following) read(ctx context.Context, at start, tell func(Event)) (next start, more bool) {
	e := f.events
	listed, err := e.read(ctx, f.seller, at, Query{Limit: new(gumroad.Int(readAtOnce))})
	if err == nil {
		for _, event := range listed.Events {
			tell(event)
		}
		next, err = e.start(ctx, f.seller, listed.Next, 0)
	}
	if err != nil {
		if ctx.Err() == nil {
			e.log.Info("what happened could not be read", "error", err)
		}
		return at, false
	}
	return next, listed.More.IsTrue()
}

// Drain ends everybody's waiting, because the server ends.
func (e *Events) Drain() { e.drain.Do(func() { close(e.draining) }) }
