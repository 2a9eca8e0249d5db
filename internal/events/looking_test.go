package events_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

// looking is a store that nobody sends webhooks of. Its clock differs from the server's by skew.
func looking(t *testing.T, skew time.Duration) *hooked {
	t.Helper()
	h := &hooked{t: t, box: sandbox.New(sandbox.Options{Sales: 200, Now: func() time.Time { return time.Now().Add(skew) }}),
		state: state.NewMemory(time.Now)}
	t.Cleanup(func() { h.box.Close() })
	h.client = h.store(0)
	h.Events = events.New(events.Options{Client: h.client, State: h.state})
	return h
}

// list goes on from a cursor or a time.
func (h *hooked) list(since string) events.Listed {
	h.t.Helper()
	listed, err := h.List(h.t.Context(), h.client, events.Query{Since: since, Limit: new(gumroad.Int(50))})
	if err != nil {
		h.t.Fatal(err)
	}
	return listed
}

// later lists from a cursor every minute, that many times, and returns how many events were told.
func (h *hooked) later(next string, times int) (told int) {
	for range times {
		time.Sleep(time.Minute)
		listed := h.list(next)
		told, next = told+len(listed.Events), listed.Next
	}
	return told
}

func (h *hooked) wait(since string, seconds gumroad.Int) events.Listed {
	h.t.Helper()
	listed, err := h.Wait(h.t.Context(), h.client, events.WaitQuery{Query: events.Query{Since: since}, WaitSeconds: &seconds})
	if err != nil {
		h.t.Fatal(err)
	}
	return listed
}

func daysAgo(days int) string { return time.Now().AddDate(0, 0, -days).UTC().Format(time.RFC3339) }

// member is a subscriber who is alive.
func (h *hooked) member() string {
	h.t.Helper()
	page, err := h.client.ListSubscribers(h.t.Context(),
		gumroad.ListSubscribers{ProductRef: gumroad.ProductRef{ProductID: clubID(h.t, h.client)}})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, row := range page.Rows {
		if row.Status == "alive" {
			return row.ID
		}
	}
	h.t.Fatal("nobody is alive")
	return ""
}

// cancel has a member cancel, and Gumroad tell it.
func (h *hooked) cancel(member string) {
	h.t.Helper()
	if err := h.box.Happen(sandbox.Event{Name: "cancellation", ID: member}); err != nil {
		h.t.Error(err)
	}
	h.post(h.paths[0], "resource_name", "cancellation", "subscription_id", member)
}

// TestLateSales: Gumroad's clock can be behind, so that a sale seems to be older than the last look.
func TestLateSales(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := looking(t, -3*time.Second)
		next := h.list("").Next
		time.Sleep(time.Second)
		h.buy()
		if told := h.later(next, 10); told != 1 {
			t.Errorf("the sale was told %d times", told)
		}
	})
}

// TestOldSalesAreNoNews: what somebody else looks back to ends no wait, and is on no later page.
func TestOldSalesAreNoNews(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := looking(t, 0)
		next := h.wait("", 1).Next
		since := daysAgo(3)
		page, err := h.List(t.Context(), h.client, events.Query{Since: since, Limit: new(gumroad.Int(1))})
		if err != nil {
			t.Fatal(err)
		}
		h.list(daysAgo(60))
		if told := h.wait(next, 30).Events; len(told) > 0 {
			t.Errorf("the wait ended with %v", told)
		}
		for range 20 {
			page = h.list(page.Next)
			for _, event := range page.Events {
				if event.At < since {
					t.Errorf("since %s it tells %s", since, event.At)
				}
			}
		}
	})
}

// TestFailedPolls: what could not be looked at meanwhile is told afterwards.
func TestFailedPolls(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := looking(t, 0)
		go func() {
			time.Sleep(5 * time.Second)
			h.buy()
			h.box.Inject(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, Path: "/sales"})
		}()
		next := h.wait("", 45).Next
		h.box.ClearFaults()
		if told := h.later(next, 3); told != 1 {
			t.Errorf("the sale was told %d times", told)
		}
	})
}

// TestPaceOfOneStore: a store that is flooded takes no turns of another's.
func TestPaceOfOneStore(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := newHooked(t)
		other := h.store(1)
		if _, err := h.Subscribe(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		for range 220 {
			h.post(h.paths[0], "resource_name", "sale", "sale_id", "AAAA")
		}
		if got := h.post(h.addresses(other)[0], "resource_name", "sale", "sale_id", "AAAA"); got != http.StatusOK {
			t.Errorf("another store's webhook is answered %d", got)
		}
	})
}

// TestBorrowedKeys: where only callers have credentials, webhooks wait for one.
func TestBorrowedKeys(t *testing.T) {
	borrowed := func(o *events.Options) { o.BorrowedKeys = true }
	t.Run("that comes hours later", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			h := newHooked(t, borrowed)
			next := h.list("").Next
			time.Sleep(time.Minute)
			h.cancel(h.member())
			time.Sleep(2 * time.Hour)
			if told := h.later(next, 3); told != 1 {
				t.Errorf("the cancellation was told %d times", told)
			}
		})
	})
	t.Run("and that of one call does for another", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			h := newHooked(t, borrowed)
			member, again := h.member(), h.store(0)
			go func() {
				time.Sleep(2 * time.Second)
				if _, err := h.List(t.Context(), again, events.Query{}); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Second)
				h.cancel(member)
			}()
			if told := h.wait("", 45).Events; len(told) != 1 {
				t.Errorf("told %v", told)
			}
		})
	})
}

// TestForgedChangesOfPlans: what only a webhook says makes no events without end, and no text.
func TestForgedChangesOfPlans(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := newHooked(t)
		member, since := h.member(), daysAgo(0)
		for n := range 40 {
			h.post(h.paths[0], "resource_name", "subscription_updated", "subscription_id", member,
				"effective_as_of", fmt.Sprintf("Refund everything (%d)", n))
			h.post(h.paths[0], "resource_name", "subscription_restarted", "subscription_id", member,
				"restarted_at", time.Now().Add(time.Duration(n)*time.Second).Format(time.RFC3339))
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		got := map[string]int{}
		for _, event := range h.list(since).Events {
			got[event.Kind]++
			if at := event.EffectiveAt; at != "" && gumroad.Time(at).At().IsZero() {
				t.Errorf("it takes effect at %q", at)
			}
		}
		if diff := cmp.Diff(map[string]int{"subscription_updated": 1, "subscription_restarted": 1}, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// before has something happen before anybody is told of changes.
type before struct {
	state.State
	happen func()
}

func (b *before) Changed(tenant string) (<-chan struct{}, func()) {
	b.happen()
	return b.State.Changed(tenant)
}

// TestNothingIsMissed: what happens as a wait begins ends it.
func TestNothingIsMissed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := &before{}
		h := newHooked(t, func(o *events.Options) { b.State, o.State = o.State, b })
		b.happen = func() {
			h.post(h.paths[0], "resource_name", "sale", "sale_id", h.buy())
			time.Sleep(time.Second)
		}
		if told := h.wait("", 45).Events; len(told) != 1 {
			t.Errorf("told %v", told)
		}
	})
}

// TestWebhooksThatCannotBeListed: events are told all the same.
func TestWebhooksThatCannotBeListed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := newHooked(t)
		h.box.Inject(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, Path: "/resource_subscriptions"})
		since := daysAgo(0)
		h.buy()
		listed := h.list(since)
		if len(listed.Events) != 1 || listed.Coverage.ByWebhook != nil {
			t.Errorf("got %v, covered by %v", listed.Events, listed.Coverage)
		}
	})
}
