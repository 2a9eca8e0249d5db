package tools_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// passing is a clock for the sandbox and the server, which a test moves.
type passing struct{ since atomic.Int64 }

func (p *passing) now() time.Time            { return testserver.Now.Add(time.Duration(p.since.Load())) }
func (p *passing) pass(d time.Duration)      { p.since.Add(int64(d)) }
func (p *passing) on(s *testserver.Settings) { s.Sandbox.Now, s.Client.Now = p.now, p.now }

// happened is each event of a result in short: kind, product and status.
func happened(r testserver.Result) []string {
	all := []string{}
	for _, event := range r.Rows("events") {
		line := fmt.Sprint(event["kind"], " ", event["product_name"])
		if event["status"] != nil {
			line += fmt.Sprint(" ", event["status"])
		}
		all = append(all, line)
	}
	return all
}

func buy(t *testing.T, s *testserver.Server, product string) (saleID string) {
	t.Helper()
	id, err := s.Sandbox.Buy(sandbox.Purchase{Product: product})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func wantHappened(t *testing.T, r testserver.Result, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, happened(r)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// quick polls without waiting for long.
func quick(s *testserver.Settings) { s.Events.Poll = 20 * time.Millisecond }

func TestEvents(t *testing.T) {
	clock := &passing{}
	s := testserver.Start(t, testserver.FirstStore, testserver.Unasked, quick, clock.on)
	clock.pass(time.Hour)
	first := s.Must("list_events", map[string]any{"since": clock.now().Format(time.RFC3339)})
	wantHappened(t, first)
	next := first.JSON["next"]
	sale := buy(t, s, "lyntx")

	t.Run("a sale is told once, from the cursor on", func(t *testing.T) {
		s := s.In(t)
		told := s.Must("list_events", map[string]any{"since": next})
		wantHappened(t, told, "sale Layout Lint")
		event := told.Rows("events")[0]
		if event["sale_id"] != sale || event["id"] != "sale:"+sale || event["source"] != "polling" {
			t.Errorf("got %v", event)
		}
		wantHappened(t, s.Must("list_events", map[string]any{"since": told.JSON["next"]}))
		wantHappened(t, s.Must("list_events", map[string]any{"since": next}), "sale Layout Lint") // at least once
	})
	t.Run("nothing of the buyer is in it", func(t *testing.T) {
		told := s.In(t).Must("list_events", map[string]any{"since": next})
		testserver.SaysNot(t, told, "@", "buyer", "email")
	})
	t.Run("a refund is noticed when looking again", func(t *testing.T) {
		s := s.In(t)
		before := s.Must("list_events", map[string]any{"since": next}).JSON["next"]
		s.Must("refund_sale", map[string]any{"sale_id": sale})
		told := s.Must("list_events", map[string]any{"since": before})
		wantHappened(t, told, "refund Layout Lint refunded")
		if err := s.Sandbox.Happen(sandbox.Event{Name: "dispute", ID: buy(t, s, "lyntx")}); err != nil {
			t.Fatal(err)
		}
		wantHappened(t, s.Must("list_events", map[string]any{"since": told.JSON["next"]}),
			"sale Layout Lint disputed", "dispute Layout Lint disputed")
	})
	t.Run("kinds, products and a limit choose", func(t *testing.T) {
		s := s.In(t)
		testserver.Want(t, s.Must("list_events", map[string]any{"since": next, "limit": 1}), map[string]any{"more": true})
		wantHappened(t, s.Must("list_events", map[string]any{"since": next, "kinds": []string{"refund"}}), "refund Layout Lint refunded")
		wantHappened(t, s.Must("list_events", map[string]any{"since": next, "product_id": "Ink & Wash: 48 Brushes"}))
		page := s.Must("list_events", map[string]any{"since": next, "limit": 3})
		wantHappened(t, s.Must("list_events", map[string]any{"since": page.JSON["next"], "limit": 3}), "dispute Layout Lint disputed")
	})
	t.Run("coverage says what cannot be seen", func(t *testing.T) {
		coverage := s.In(t).Must("list_events", nil).JSON["coverage"]
		want := map[string]any{"complete": []any{"sale"}, "best_effort": []any{"refund", "dispute", "dispute_won"},
			"not_covered": []any{"cancellation", "subscription_updated", "subscription_ended", "subscription_restarted"}}
		if diff := cmp.Diff(any(want), coverage); diff != "" {
			t.Errorf("coverage (-want +got):\n%s", diff)
		}
	})
	t.Run("a day back is the default, and agrees with the list of sales", func(t *testing.T) {
		s := s.In(t)
		since := clock.now().AddDate(0, 0, -10)
		told := 0
		for at := since.Format(time.RFC3339); ; {
			page := s.Must("list_events", map[string]any{"since": at, "kinds": []string{"sale"}, "limit": 50})
			told += len(page.Rows("events"))
			if page.JSON["more"] == nil {
				break
			}
			at = page.JSON["next"].(string)
		}
		listed := 0
		for _, sale := range s.Must("list_sales", map[string]any{"after": since.Format(time.DateOnly), "limit": 100}).Rows("sales") {
			if at, err := time.Parse(time.RFC3339, sale["created_at"].(string)); err == nil && !at.Before(since) {
				listed++
			}
		}
		if told != listed || told == 0 {
			t.Errorf("%d events, and %d sales", told, listed)
		}
	})
	t.Run("what is no time is refused, and what lies in the future or too far back", func(t *testing.T) {
		s := s.In(t)
		for since, says := range map[string]string{
			"yesterday": "2026-11-15T09:00:00Z", "2027-01-01": "in the future", "2020-01-01": "90 days", "12.AAAA": "neither",
		} {
			testserver.Says(t, s.Fails(gumroad.InvalidArguments, "list_events", map[string]any{"since": since}), says)
		}
	})
	t.Run("a cursor of another store is only a time", func(t *testing.T) {
		other := testserver.Start(t, quick, clock.on, func(s *testserver.Settings) { _, s.Client.Connection = testserver.Connections() })
		told := other.Must("list_events", map[string]any{"since": next})
		for _, line := range happened(told) {
			if strings.Contains(line, "Layout Lint") {
				t.Error(line)
			}
		}
	})
}

func TestWaitForEvent(t *testing.T) {
	clock := &passing{}
	s := testserver.Start(t, testserver.FirstStore, testserver.Unasked, quick, clock.on)
	t.Run("it ends with what happens", func(t *testing.T) {
		s := s.In(t)
		go func() {
			for len(s.Requests()) < 2 { // it has looked once
				time.Sleep(time.Millisecond)
			}
			if _, err := s.Sandbox.Buy(sandbox.Purchase{Product: "lyntx"}); err != nil {
				t.Error(err)
			}
		}()
		s.Sandbox.ResetJournal()
		told := s.Must("wait_for_event", nil)
		wantHappened(t, told, "sale Layout Lint")
		testserver.Want(t, s.Must("wait_for_event", map[string]any{"since": told.JSON["next"], "wait_seconds": 0}), map[string]any{"events": []any{}})
	})
	t.Run("when the time is over it says where to go on", func(t *testing.T) {
		s := s.In(t)
		clock.pass(time.Minute)
		told := s.Must("wait_for_event", map[string]any{"wait_seconds": 1})
		wantHappened(t, told)
		buy(t, s, "lyntx")
		wantHappened(t, s.Must("wait_for_event", map[string]any{"since": told.JSON["next"]}), "sale Layout Lint")
	})
}

// TestLostJournal: without the state nothing is known, and that is said.
func TestLostJournal(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) {
		s.Tools.State = lostJournal{state.NewMemory(s.Client.Now)}
	})
	testserver.Says(t, s.Fails(gumroad.StateUnavailable, "list_events", map[string]any{"since": "2026-10-01"}), "list_sales", "the memory that is lost")
}

type lostJournal struct{ *state.Memory }

func (lostJournal) Append(_ context.Context, _, _ string, _ []byte) (bool, error) {
	return false, fmt.Errorf("no answer")
}
func (lostJournal) String() string { return "the memory that is lost" }

// TestWatchStore makes the webhooks, has them delivered to this server, and takes them away.
func TestWatchStore(t *testing.T) {
	clock := &passing{}
	s := testserver.Start(t, testserver.FirstStore, quick, clock.on, withHooks)
	t.Run("it asks, and says what is sent where", func(t *testing.T) {
		question := s.In(t).Fails("confirmation_required", "watch_store", nil)
		testserver.Says(t, question, "sale, refund", "e-mail", "127.0.0.1")
	})
	t.Run("every kind is covered then, each once", func(t *testing.T) {
		s := s.In(t)
		made := withConsent(t, s, "watch_store", map[string]any{})
		testserver.Want(t, made, map[string]any{"kinds": gumroad.WebhookEvents(), "started": gumroad.WebhookEvents()})
		testserver.Want(t, s.Must("watch_store", nil), map[string]any{"started": nil, "kinds": gumroad.WebhookEvents()}) // unasked
		coverage := s.Must("list_events", nil).JSON["coverage"].(map[string]any)
		if coverage["by_webhook"] == nil || coverage["not_covered"] != nil {
			t.Errorf("coverage is %v", coverage)
		}
	})
	t.Run("a cancellation is told", func(t *testing.T) {
		s := s.In(t)
		member := s.Must("list_subscribers", map[string]any{"product_id": "Pixel & Page Club", "limit": 1}).Rows("subscribers")[0]
		next := s.Must("list_events", nil).JSON["next"]
		if err := s.Sandbox.Happen(sandbox.Event{Name: "cancellation", ID: member["id"].(string)}); err != nil {
			t.Fatal(err)
		}
		told := s.Must("wait_for_event", map[string]any{"since": next})
		wantHappened(t, told, "cancellation Pixel & Page Club pending_cancellation")
		if event := told.Rows("events")[0]; event["source"] != "webhook" || event["subscriber_id"] != member["id"] {
			t.Errorf("got %v", event)
		}
	})
	t.Run("a sale by webhook and by looking is one event", func(t *testing.T) {
		s := s.In(t)
		next := s.Must("list_events", nil).JSON["next"]
		buy(t, s, "lyntx")
		wantHappened(t, s.Must("wait_for_event", map[string]any{"since": next}), "sale Layout Lint")
		for s.Must("list_events", nil).JSON["coverage"].(map[string]any)["unverified"] != 0.0 { // until the webhook was read
			time.Sleep(10 * time.Millisecond)
		}
		wantHappened(t, s.Must("list_events", map[string]any{"since": next}), "sale Layout Lint")
	})
	t.Run("unwatching deletes them all", func(t *testing.T) {
		s := s.In(t)
		testserver.Want(t, s.Must("unwatch_store", nil), map[string]any{"kinds": []any{}, "stopped": gumroad.WebhookEvents()})
		if rows := s.Must("list_webhooks", nil).Rows("resource_subscriptions"); strings.Contains(fmt.Sprint(rows), "127.0.0.1") {
			t.Errorf("left: %v", rows)
		}
	})
	t.Run("a server that cannot be reached says so", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		testserver.Says(t, s.Fails(gumroad.NotAllowed, "watch_store", nil), "public address", "list_events")
		s.WroteNothing()
	})
}

// withHooks has webhooks delivered to the server at once.
func withHooks(s *testserver.Settings) {
	s.Sandbox.DeliverWebhooks = true
	s.Sandbox.After = func(time.Duration) <-chan time.Time {
		now := make(chan time.Time, 1)
		now <- time.Time{}
		return now
	}
	s.Hooks = true
}

var _ http.Handler = (*events.Events)(nil)
