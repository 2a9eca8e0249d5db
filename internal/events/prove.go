package events

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// verdict is what reading again made of a webhook.
type verdict string

const (
	proven   verdict = "proven"
	unproven verdict = "unproven" // the record does not bear it out, or does not exist
	foreign  verdict = "foreign"  // it is about another seller
	old      verdict = "old"      // a replay of long ago
	known    verdict = "known"    // it is in the journal
	later    verdict = "later"    // it could not be read for now
)

const (
	keptFor = 72 * time.Hour // as long as the state keeps messages
	// overtaking is how long a webhook may be ahead of what Gumroad answers to reads.
	overtaking = 10 * time.Second
	clockError = 48 * time.Hour // how far off the times that only a webhook says may be
	// maxEffective is how long a change of plan takes to take effect at most: until the end of a period of two years.
	maxEffective = 2 * 366 * 24 * time.Hour
)

// proof is how a kind of webhook is borne out: by a sale, or by a subscriber.
type proof struct {
	sale       func(p ping, s gumroad.Sale) (id string, ok bool)
	subscriber func(p ping, s gumroad.Subscriber) (id, at string, ok bool)
}

// id is the id that the webhook has to have.
func (p proof) id(of ping) string {
	if p.sale != nil {
		return of.SaleID
	}
	return of.Subscription
}

// proofs are those of each kind. An id says which event it is, however often and from wherever it is heard of.
var proofs = map[string]proof{
	"sale":   {sale: func(_ ping, s gumroad.Sale) (string, bool) { return saleID(s), true }},
	"refund": {sale: func(_ ping, s gumroad.Sale) (string, bool) { return refundID(s), isRefunded(s) }},
	"dispute": {sale: func(_ ping, s gumroad.Sale) (string, bool) {
		return "dispute:" + s.ID, s.Disputed.IsTrue() || s.Chargedback.IsTrue()
	}},
	"dispute_won": {sale: func(_ ping, s gumroad.Sale) (string, bool) { return "dispute_won:" + s.ID, s.DisputeWon.IsTrue() }},
	"cancellation": {subscriber: func(_ ping, s gumroad.Subscriber) (id, at string, ok bool) {
		at = cmp.Or(string(s.UserRequestedCancellationAt), string(s.CancelledAt), string(s.FailedAt))
		return "cancellation:" + s.ID + ":" + at, at, at != ""
	}},
	"subscription_ended": {subscriber: func(_ ping, s gumroad.Subscriber) (id, at string, ok bool) {
		at = cmp.Or(string(s.EndedAt), string(s.FailedAt), string(s.CancelledAt))
		switch s.Status {
		case "cancelled", "failed_payment", "fixed_subscription_period_ended":
			ok = at != ""
		}
		return "subscription_ended:" + s.ID + ":" + at, at, ok
	}},
	"subscription_restarted": {subscriber: func(p ping, s gumroad.Subscriber) (id, at string, ok bool) {
		restarted := gumroad.Time(p.RestartedAt).At()
		off := restarted.Sub(p.Received).Abs()
		return "subscription_restarted:" + s.ID + ":" + day(restarted), stamp(restarted),
			s.Status == "alive" && !restarted.IsZero() && off <= clockError
	}},
	"subscription_updated": {subscriber: func(p ping, s gumroad.Subscriber) (id, at string, ok bool) {
		return "subscription_updated:" + s.ID + ":" + day(p.effective()) + ":" + s.Recurrence, stamp(p.Received),
			p.Recurrence == "" || p.Recurrence == s.Recurrence
	}},
}

// day is as much of a time that only the webhook says as becomes part of an id: whoever makes webhooks up shall not make
// events without end.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// effective is when a change of plan takes effect: when the webhook came, unless it says another time that can be right.
func (p ping) effective() time.Time {
	at := gumroad.Time(p.EffectiveAt).At()
	if at.Before(p.Received.Add(-clockError)) || at.After(p.Received.Add(maxEffective)) {
		return p.Received
	}
	return at
}

func saleID(s gumroad.Sale) string { return "sale:" + s.ID }

// refundID counts refunds by what is left, since Gumroad says no id and no amount of a refund.
func refundID(s gumroad.Sale) string { return "refund:" + s.ID + ":" + s.AmountRefundable }

func isRefunded(s gumroad.Sale) bool { return s.Refunded.IsTrue() || s.PartiallyRefunded.IsTrue() }

// eventOf is something that happened to a sale. Of a sale itself, the time is when it was made.
func (e *Events) eventOf(kind, id string, s gumroad.Sale) Event {
	event := Event{
		Kind: kind, At: stamp(e.now()), ProductName: s.ProductName, Price: s.Price, Currency: s.Currency, Refundable: s.Refundable,
		Quantity: s.Quantity, Status: standingOf(s).String(), SeenAt: stamp(e.now()), ProductID: s.ProductID, SaleID: s.ID, ID: id,
	}
	if kind == "sale" {
		event.At = s.CreatedAt
		if at, ok := s.Time(); ok {
			event.At = stamp(at)
		}
	}
	return event
}

func (e *Events) eventOfSubscriber(p ping, id, at string, s gumroad.Subscriber) Event {
	if t := gumroad.Time(at).At(); !t.IsZero() {
		at = stamp(t)
	}
	event := Event{
		Kind: p.Name, At: at, ProductName: s.ProductName, Status: s.Status, SeenAt: stamp(e.now()), ProductID: s.ProductID,
		Subscriber: s.ID, ID: id,
	}
	switch p.Name {
	case "cancellation":
		event.EffectiveAt = string(s.CancelledAt)
	case "subscription_updated":
		event.EffectiveAt = stamp(p.effective())
		event.NewPlan = p.Tier
		if p.Recurrence != "" {
			event.NewPlan = cmp.Or(p.Tier, "plan") + ", " + p.Recurrence
		}
	}
	return event
}

// prove reads what a webhook is about. After an error it may be proven later.
func (e *Events) prove(ctx context.Context, c *gumroad.Client, p ping) (Event, verdict, error) {
	owner, err := e.sellerOf(ctx, c)
	if err != nil {
		return Event{}, later, err
	}
	if owner.id != p.Seller || p.SaysSeller != "" && !gumroad.SameID(p.SaysSeller, p.Seller) {
		return Event{}, foreign, nil
	}
	proof := proofs[p.Name]
	var event Event
	var ok bool
	if proof.sale != nil {
		sale, err := c.GetSale(ctx, gumroad.SaleRef{SaleID: p.SaleID})
		if err != nil {
			return Event{}, unproven, notFoundIsNone(err)
		}
		if at, ok := sale.Time(); p.Name == "sale" && (!ok || e.now().Sub(at) > keptFor) {
			return Event{}, old, nil
		}
		var id string
		id, ok = proof.sale(p, sale)
		event = e.eventOf(p.Name, id, sale)
	} else {
		subscriber, err := c.GetSubscriber(ctx, gumroad.SubscriberRef{SubscriberID: p.Subscription})
		if err != nil {
			return Event{}, unproven, notFoundIsNone(err)
		}
		var id, at string
		id, at, ok = proof.subscriber(p, subscriber)
		event = e.eventOfSubscriber(p, id, at, subscriber)
	}
	if !ok {
		return Event{}, unproven, nil
	}
	event.Source, event.Test = byWebhook, either(gumroad.Unsaid, p.Test)
	return event, proven, nil
}

// notFoundIsNone is the error, unless it says that there is no such record.
func notFoundIsNone(err error) error {
	if errors.Is(err, gumroad.NotFound) || errors.Is(err, gumroad.InvalidArguments) {
		return nil
	}
	return err
}

// Verify reads what webhooks say again, and journals what is borne out, until ctx ends.
func (e *Events) Verify(ctx context.Context) error {
	return e.options.State.Work(gumroad.WithCaller(gumroad.WithBulk(ctx), "webhooks"), e.handle)
}

// handle returns how long it takes until a webhook is looked at again, or 0 once it is done with.
func (e *Events) handle(ctx context.Context, _ string, message []byte) (again time.Duration) {
	var p ping
	if err := json.Unmarshal(message, &p); err != nil {
		return 0 // not one of ours
	}
	age := max(0, e.now().Sub(p.Received))
	verdict, err := e.judge(ctx, p)
	switch {
	case errors.Is(err, errNoLender) && age < keptFor:
		verdict, again = later, lenderEvery
	case verdict == unproven && age < overtaking:
		verdict, again = later, overtaking
	case err != nil && age < keptFor:
		verdict, again = later, patience(age)
	case err != nil:
		e.log.Warn("a webhook was given up", "event", p.Name, "error", err)
	}
	e.options.Metrics.Judged(ctx, string(verdict))
	return again
}

func (e *Events) judge(ctx context.Context, p ping) (verdict, error) {
	tenant := e.tenant(p.Seller) // with a new key it is another than it was
	if p.Name == "sale" && e.storeOf(tenant).hasTold(p.SaleID) {
		return known, nil
	}
	c, err := e.verifier(tenant, p)
	if err != nil {
		return later, err
	}
	event, verdict, err := e.prove(ctx, c, p)
	if err != nil || verdict != proven {
		return verdict, err
	}
	added, err := e.append(ctx, tenant, event)
	if err != nil {
		return later, err
	}
	if !added {
		return known, nil
	}
	return proven, nil
}

var errNoLender = errors.New("nobody has lent a credential")

// verifier returns the client that can read what a webhook is about.
func (e *Events) verifier(tenant string, p ping) (*gumroad.Client, error) {
	c := e.options.Client
	if e.options.BorrowedKeys {
		e.mu.Lock()
		defer e.mu.Unlock()
		lenders := e.lenders[tenant]
		if len(lenders) == 0 {
			return nil, errNoLender
		}
		return lenders[len(lenders)-1], nil
	}
	if p.Connection == "" || c.Direct() {
		return c, nil
	}
	return c.WithConnection(p.Connection)
}

// patience is how long a webhook of an age waits until it is tried again.
func patience(age time.Duration) time.Duration {
	switch {
	case age < 5*time.Second:
		return 5 * time.Second
	case age < time.Minute:
		return 30 * time.Second
	case age < 5*time.Minute:
		return 2 * time.Minute
	case age < time.Hour:
		return 10 * time.Minute
	default:
		return time.Hour
	}
}

// A caller's credential is lent for so long after the call, and those who need one look for it so often.
const (
	loan        = 30 * time.Second
	lenderEvery = 15 * time.Second
)

// lend has a caller's credential verify the webhooks of the caller's own store, until a while after end is called.
func (e *Events) lend(tenant string, c *gumroad.Client) (end func()) {
	if !e.options.BorrowedKeys {
		return func() {}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lenders[tenant] = append(e.lenders[tenant], c)
	return func() { time.AfterFunc(loan, func() { e.giveBack(tenant, c) }) }
}

func (e *Events) giveBack(tenant string, c *gumroad.Client) {
	e.mu.Lock()
	defer e.mu.Unlock()
	lenders := e.lenders[tenant]
	if i := slices.Index(lenders, c); i >= 0 {
		lenders = slices.Delete(lenders, i, i+1)
	}
	if e.lenders[tenant] = lenders; len(lenders) == 0 {
		delete(e.lenders, tenant)
	}
}
