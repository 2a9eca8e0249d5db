package events

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// Query says which events to list.
type Query struct {
	Since     string       `json:"since,omitempty" jsonschema_description:"next of the last answer, or a time in UTC."`
	Kinds     []string     `json:"kinds,omitempty" jsonschema:"enum=sale,enum=refund,enum=dispute,enum=dispute_won,enum=cancellation,enum=subscription_updated,enum=subscription_ended,enum=subscription_restarted" jsonschema_description:"Only these."`
	ProductID string       `json:"product_id,omitempty" jsonschema_description:"Id, permalink or name."`
	Limit     *gumroad.Int `json:"limit,omitempty" jsonschema:"minimum=1,maximum=50" jsonschema_description:"Default 10."`
}

// Listed is what happened, oldest first.
type Listed struct {
	Events   []Event      `json:"events"`
	Next     string       `json:"next" jsonschema_description:"Pass as since, to go on."`
	More     gumroad.Bool `json:"more,omitempty" jsonschema_description:"More are known: call again at once."`
	Gap      gumroad.Bool `json:"gap,omitempty" jsonschema_description:"Some before these may be missing; list_sales has sales."`
	Coverage Coverage     `json:"coverage"`
}

// Coverage says which events can be among those listed.
type Coverage struct {
	Complete    []string     `json:"complete" jsonschema_description:"Kinds of which none is missed."`
	ByWebhook   []string     `json:"by_webhook,omitempty" jsonschema_description:"Kinds that Gumroad tells within seconds."`
	BestEffort  []string     `json:"best_effort,omitempty" jsonschema_description:"Noticed when the newest 100 sales are looked at again."`
	NotCovered  []string     `json:"not_covered,omitempty" jsonschema_description:"Kinds that are never noticed."`
	LastWebhook string       `json:"last_webhook_at,omitempty"`
	Unverified  *gumroad.Int `json:"unverified,omitempty" jsonschema_description:"Webhooks that have not been read again yet."`
}

const (
	defaultRows = 10
	defaultAge  = 24 * time.Hour
	journalAge  = 90 * 24 * time.Hour
	readAtOnce  = 100
	maxRead     = 2000 // entries that one call looks through
)

// List returns what happened in the client's store since a cursor or a time, a day ago if none is given.
func (e *Events) List(ctx context.Context, c *gumroad.Client, q Query) (Listed, error) {
	s, err := e.sellerOf(ctx, c)
	if err != nil {
		return Listed{}, err
	}
	start, err := e.start(ctx, s, q.Since, defaultAge)
	if err != nil {
		return Listed{}, err
	}
	defer e.lend(s.tenant, c)()
	from, err := e.look(ctx, c, s, start.time, false)
	if err != nil {
		return Listed{}, err
	}
	listed, err := e.read(ctx, s, start, q)
	if err != nil {
		return Listed{}, err
	}
	listed.Gap = either(listed.Gap, from.After(start.time))
	listed.Coverage = e.coverage(ctx, c, s)
	return listed, nil
}

// start is where a reading begins: after a position of the journal, or at a time.
type start struct {
	time   time.Time
	after  uint64
	byTime bool // position is only near: older events follow it
}

// start reads since: a cursor, a time, or nothing for as long ago as age.
func (e *Events) start(ctx context.Context, s seller, since string, age time.Duration) (start, error) {
	now := e.now()
	incarnation, err := e.options.State.Incarnation(ctx)
	if err != nil {
		return start{}, e.unavailable(err)
	}
	at := now.Add(-age)
	if since != "" {
		if c, ok := e.open(since, s.tenant, incarnation); ok {
			if c.incarnation != "" {
				return start{time: c.time, after: c.position}, nil
			}
			at = c.time.Add(-overlap) // the position is of another journal; some events may be told again
		} else if at, ok = ParseTime(since); !ok {
			return start{}, gumroad.Invalid("since is neither next of an earlier answer nor a time.",
				"Times look like 2026-11-15, 2026-11-15T09:00:00Z or 2026-11-15T09:00:00+01:00.")
		}
	}
	if at.After(now) {
		return start{}, gumroad.Invalid(fmt.Sprintf("since is in the future: it is %s now.", stamp(now)))
	}
	if oldest := now.Add(-journalAge); at.Before(oldest) {
		return start{}, gumroad.Invalid(fmt.Sprintf("since is before %s; events are kept for 90 days.", stamp(oldest)),
			"list_sales and sales_report go back further.")
	}
	after, err := e.options.State.Seek(ctx, s.tenant, at.Add(-time.Minute)) // clocks of instances differ
	if err != nil {
		return start{}, e.unavailable(err)
	}
	return start{time: at, after: after, byTime: true}, nil
}

// ParseTime reads a time as people write it: a day, or a time with or without a zone, in UTC unless it says another.
func ParseTime(text string) (time.Time, bool) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.Parse(form, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// read returns events that are in the journal.
func (e *Events) read(ctx context.Context, s seller, from start, q Query) (listed Listed, err error) {
	limit := defaultRows
	if q.Limit != nil {
		limit = int(*q.Limit)
	}
	known := e.lookedAt(s.tenant) // sales made later may not be in the journal
	if known.Before(from.time) {
		known = from.time
	}
	incarnation, err := e.options.State.Incarnation(ctx)
	if err != nil {
		return listed, e.unavailable(err)
	}
	listed.Events = []Event{}
	at := cursor{time: known, position: from.after, incarnation: incarnation}
	for looked := 0; ; {
		entries, gap, err := e.options.State.Read(ctx, s.tenant, at.position, readAtOnce)
		if err != nil {
			return listed, e.unavailable(err)
		}
		listed.Gap = either(listed.Gap, gap)
		for _, entry := range entries {
			if len(listed.Events) == limit {
				listed.More = gumroad.True
				break
			}
			at.position = entry.Position
			var event Event
			if err := json.Unmarshal(entry.Data, &event); err != nil {
				return listed, gumroad.Internal(err)
			}
			if q.wants(event) && !event.isOld(from) {
				listed.Events = append(listed.Events, event)
			}
		}
		looked += len(entries)
		if gap && len(entries) == 0 {
			// What was dropped is told once.
			last, err := e.options.State.Seek(ctx, s.tenant, e.now().Add(-time.Minute))
			if err != nil {
				return listed, e.unavailable(err)
			}
			at.position = max(at.position, last)
		}
		if listed.More.IsTrue() || len(entries) < readAtOnce {
			break
		}
		if looked >= maxRead {
			listed.More = gumroad.True
			break
		}
	}
	if listed.More.IsTrue() {
		at.time = from.time
	}
	listed.Next = e.seal(at, s.tenant)
	return listed, nil
}

// either is a member that is said only where it is true.
func either(said gumroad.Bool, too bool) gumroad.Bool {
	if too {
		return gumroad.True
	}
	return said
}

func (q Query) wants(event Event) bool {
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, event.Kind)) &&
		(q.ProductID == "" || gumroad.SameID(q.ProductID, event.ProductID))
}

// isOld reports whether an event is no news to whoever reads from there on. A sale that was found when somebody else
// looked further back is not, although it stands behind the position.
func (e Event) isOld(from start) bool {
	if from.byTime {
		return e.isBefore(from.time)
	}
	return e.Kind == "sale" && e.Source == byPolling && e.isBefore(from.time.Add(-overlap))
}

func (e Event) isBefore(t time.Time) bool {
	at := gumroad.Time(e.At).At()
	return !at.IsZero() && at.Before(t.Truncate(time.Second))
}

// coverage says what can be known about a store.
func (e *Events) coverage(ctx context.Context, c *gumroad.Client, s seller) Coverage {
	told := e.told(ctx, c, s)
	out := Coverage{Complete: []string{"sale"}, ByWebhook: told}
	for _, kind := range gumroad.WebhookEvents() {
		switch {
		case kind == "sale" || slices.Contains(told, kind):
		case proofs[kind].sale != nil:
			out.BestEffort = append(out.BestEffort, kind)
		default:
			out.NotCovered = append(out.NotCovered, kind)
		}
	}
	if len(told) == 0 {
		return out
	}
	e.mu.Lock()
	last, known := e.pinged[s.tenant]
	e.mu.Unlock()
	if known {
		out.LastWebhook = stamp(last)
	}
	if waiting, err := e.options.State.Waiting(ctx, s.tenant); err == nil {
		out.Unverified = new(gumroad.Int(waiting))
	}
	return out
}
