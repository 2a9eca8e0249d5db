package events_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

// counted counts what became of webhooks.
type counted struct {
	mu               sync.Mutex
	received, judged map[string]int
}

func (*counted) Journaled(context.Context, string, string, time.Duration) {}

func (c *counted) Received(_ context.Context, outcome string) { c.add(&c.received, outcome) }
func (c *counted) Judged(_ context.Context, verdict string)   { c.add(&c.judged, verdict) }

func (c *counted) add(to *map[string]int, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *to == nil {
		*to = map[string]int{}
	}
	(*to)[what]++
}

// taken returns what was judged since it was last asked.
func (c *counted) taken() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.judged
	c.judged = nil
	return taken
}

// hooked is a store whose webhooks come to Events, within a bubble of time.
type hooked struct {
	*events.Events
	t       *testing.T
	box     *sandbox.Sandbox
	client  *gumroad.Client
	state   state.State
	counted *counted
	paths   []string // of the addresses of its webhooks
}

const public = "https://mcp.example.com"

func newHooked(t *testing.T, change ...func(*events.Options)) *hooked {
	t.Helper()
	h := &hooked{t: t, box: sandbox.New(sandbox.Options{Sales: 200}), counted: &counted{}, state: state.NewMemory(time.Now)}
	t.Cleanup(func() { h.box.Close() })
	h.client = h.store(0)
	o := events.Options{Client: h.client, State: h.state, PublicURL: public, Metrics: h.counted, Keys: [][]byte{[]byte("a key of the present")}}
	for _, f := range change {
		f(&o)
	}
	h.Events = events.New(o)
	if _, err := h.Subscribe(t.Context(), h.client); err != nil {
		t.Fatal(err)
	}
	h.paths = h.addresses(h.client)
	go h.Verify(t.Context())
	return h
}

// store is a client of one of the sandbox's stores.
func (h *hooked) store(n int) *gumroad.Client {
	h.t.Helper()
	account, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: h.box, RequestsPerSecond: -1})
	if err != nil {
		h.t.Fatal(err)
	}
	page, err := account.ListConnections(h.t.Context(), gumroad.ListConnections{Status: gumroad.ConnectionActive})
	if err != nil {
		h.t.Fatal(err)
	}
	store, err := account.WithConnection(page.Rows[n].ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return store
}

func (h *hooked) addresses(c *gumroad.Client) (paths []string) {
	h.t.Helper()
	page, err := c.ListWebhooks(h.t.Context(), gumroad.ListWebhooks{})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, webhook := range page.Rows {
		if path, ours := strings.CutPrefix(webhook.PostURL, public); ours {
			paths = append(paths, path)
		}
	}
	return paths
}

// post sends a webhook and returns the status of the answer.
func (h *hooked) post(path string, values ...string) int {
	form := url.Values{}
	for i := 0; i < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return answer.Code
}

// oldSale returns a sale that fits, of more than three days ago.
func (h *hooked) oldSale(fits func(gumroad.Sale) bool) gumroad.Sale {
	h.t.Helper()
	for sale, err := range h.client.ScanSales(h.t.Context(), gumroad.ListSales{}) {
		if err != nil {
			h.t.Fatal(err)
		}
		if at, ok := sale.Time(); ok && time.Since(at) > 96*time.Hour && fits(sale) {
			return sale
		}
	}
	h.t.Fatal("there is no such sale")
	return gumroad.Sale{}
}

func (h *hooked) buy() string {
	h.t.Helper()
	id, err := h.box.Buy(sandbox.Purchase{Product: "lyntx"})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func inBubble(t *testing.T, test func(t *testing.T)) { synctest.Test(t, test) }

// TestForgedWebhooks: what nobody but Gumroad can know is not enough to be believed, and what strangers can do is less.
func TestForgedWebhooks(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := newHooked(t)
		plain := func(s gumroad.Sale) bool {
			return !s.Refunded.IsTrue() && !s.PartiallyRefunded.IsTrue() && !s.Disputed.IsTrue()
		}
		bought, before := h.buy(), h.oldSale(plain)
		user, err := h.client.GetUser(t.Context(), struct{}{})
		if err != nil {
			t.Fatal(err)
		}
		member, err := h.client.ListSubscribers(t.Context(), gumroad.ListSubscribers{ProductRef: gumroad.ProductRef{ProductID: clubID(t, h.client)}})
		if err != nil {
			t.Fatal(err)
		}
		alive := ""
		for _, row := range member.Rows {
			if row.Status == "alive" {
				alive = row.ID
			}
		}
		of, err := h.store(1).ListSales(t.Context(), gumroad.ListSales{})
		if err != nil {
			t.Fatal(err)
		}
		path := h.paths[0]
		for name, test := range map[string]struct {
			values  []string
			verdict string
		}{
			"a sale that does not exist":       {[]string{"resource_name", "sale", "sale_id", "AAAAAAAAAAAAAAAAAAAAAA=="}, "unproven"},
			"a sale of another store":          {[]string{"resource_name", "sale", "sale_id", of.Rows[0].ID}, "unproven"},
			"a sale of long ago":               {[]string{"resource_name", "sale", "sale_id", before.ID}, "old"},
			"a sale that names another seller": {[]string{"resource_name", "sale", "sale_id", bought, "seller_id", "another"}, "foreign"},
			"a refund of what was not":         {[]string{"resource_name", "refund", "sale_id", bought, "refunded", "true"}, "unproven"},
			"a dispute of what is not":         {[]string{"resource_name", "dispute", "sale_id", bought, "disputed", "true"}, "unproven"},
			"a dispute that was not won":       {[]string{"resource_name", "dispute_won", "sale_id", bought}, "unproven"},
			"a cancellation of a member":       {[]string{"resource_name", "cancellation", "subscription_id", alive, "cancelled_at", "2026-01-01T00:00:00Z"}, "unproven"},
			"the end of a membership":          {[]string{"resource_name", "subscription_ended", "subscription_id", alive}, "unproven"},
			"a restart of three days ago": {[]string{"resource_name", "subscription_restarted", "subscription_id", alive,
				"restarted_at", time.Now().AddDate(0, 0, -3).Format(time.RFC3339)}, "unproven"},
			"another plan":      {[]string{"resource_name", "subscription_updated", "subscription_id", alive, "new_plan[recurrence]", "every_two_years"}, "unproven"},
			"a way into a path": {[]string{"resource_name", "sale", "sale_id", "../user"}, "unproven"},
		} {
			if status := h.post(path, test.values...); status != http.StatusOK {
				t.Errorf("%s: answered %d", name, status)
			}
			time.Sleep(time.Minute) // those that are not borne out are looked at once more
			got := h.counted.taken()
			delete(got, "later")
			if diff := cmp.Diff(map[string]int{test.verdict: 1}, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		step(t, "nothing of it is in the journal", func(t *testing.T) {
			told, err := h.List(t.Context(), h.client, events.Query{Kinds: []string{"refund", "dispute", "dispute_won", "cancellation",
				"subscription_ended", "subscription_restarted", "subscription_updated"}})
			if err != nil || len(told.Events) > 0 {
				t.Errorf("got %v (%v)", told.Events, err)
			}
		})
		step(t, "a true record gives the event that there is anyway", func(t *testing.T) {
			for range 3 {
				h.post(path, "resource_name", "sale", "sale_id", bought, "seller_id", user.UserID)
			}
			time.Sleep(time.Minute)
			told, err := h.List(t.Context(), h.client, events.Query{Kinds: []string{"sale"}, Since: time.Now().Add(-time.Hour).Format(time.RFC3339)})
			if err != nil || len(told.Events) != 1 {
				t.Errorf("got %v (%v)", told.Events, err)
			}
		})
		step(t, "strangers are not heard", func(t *testing.T) {
			other := newHooked(t, func(o *events.Options) { o.Keys = [][]byte{[]byte("another key")} })
			for name, token := range map[string]string{"none": "", "a guess": "AAAA", "no text": "%%%", "of another server": strings.TrimPrefix(other.paths[0], events.HookPath),
				"cut short": strings.TrimPrefix(path, events.HookPath)[:40], "with something behind": strings.TrimPrefix(path, events.HookPath) + "AAAA"} {
				if status := h.post(events.HookPath+url.PathEscape(token), "resource_name", "sale", "sale_id", bought); status != http.StatusNotFound {
					t.Errorf("%s: answered %d", name, status)
				}
			}
		})
	})
}

// clubID is the id of the membership.
func clubID(t *testing.T, c *gumroad.Client) string {
	t.Helper()
	products, err := c.FindProducts(t.Context(), "Pixel & Page Club")
	if err != nil || len(products) != 1 {
		t.Fatal(products, err)
	}
	return products[0].ID
}

// TestReceiver: 200 only for what is kept, and 503 for what Gumroad should send again.
func TestReceiver(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := newHooked(t)
		send := func(method, kind, body string) int {
			r := httptest.NewRequest(method, h.paths[0], strings.NewReader(body))
			r.Header.Set("Content-Type", kind)
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, r)
			return answer.Code
		}
		const form, json = "application/x-www-form-urlencoded", "application/json; charset=utf-8"
		for name, test := range map[string]struct {
			method, kind, body string
			want               int
		}{
			"a form":               {"POST", form, "resource_name=sale&sale_id=AAAA", 200},
			"JSON":                 {"POST", json, `{"resource_name":"subscription_updated","subscription_id":"AAAA","new_plan":{"tier":{"name":"Gold"}}}`, 200},
			"a kind that is new":   {"POST", form, "resource_name=payout&payout_id=AAAA", 200},
			"a kind without an id": {"POST", form, "resource_name=sale", 200},
			"an id that is long":   {"POST", form, "resource_name=sale&sale_id=" + strings.Repeat("A", 300), 200},
			"no POST":              {"GET", form, "", 405},
			"another type":         {"POST", "text/plain", "resource_name=sale", 400},
			"no JSON":              {"POST", json, "{", 400},
			"too much":             {"POST", form, strings.Repeat("A", 300<<10), 413},
		} {
			time.Sleep(time.Second) // the rate of a store
			if got := send(test.method, test.kind, test.body); got != test.want {
				t.Errorf("%s: answered %d instead of %d", name, got, test.want)
			}
		}
		step(t, "more than a store can have is told to come again", func(t *testing.T) {
			time.Sleep(time.Second)
			answers := map[int]int{}
			for range 120 {
				answers[send("POST", form, "resource_name=sale&sale_id=AAAA")]++
			}
			if answers[200] != 50 || answers[503] != 70 {
				t.Errorf("answered %v", answers)
			}
		})
		step(t, "what cannot be kept is told to come again", func(t *testing.T) {
			h := newHooked(t, func(o *events.Options) { o.State = full{o.State} })
			if got := h.post(h.paths[0], "resource_name", "sale", "sale_id", "AAAA"); got != http.StatusServiceUnavailable {
				t.Errorf("answered %d", got)
			}
		})
	})
}

// full is a state that keeps no more messages.
type full struct{ state.State }

func (full) Enqueue(context.Context, string, []byte) error { return errors.New("full") }

// TestOldKeys: addresses and cursors that were made with a key of the past still count.
func TestOldKeys(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := newHooked(t)
		renewed := newHooked(t, func(o *events.Options) {
			o.Keys = [][]byte{[]byte("a key of the future"), []byte("a key of the present")}
		})
		if got := renewed.post(h.paths[0], "resource_name", "sale", "sale_id", "AAAA"); got != http.StatusOK {
			t.Errorf("an address of before is answered %d", got)
		}
		told, err := h.List(t.Context(), h.client, events.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := renewed.List(t.Context(), renewed.client, events.Query{Since: told.Next}); err != nil {
			t.Errorf("a cursor of before: %v", err)
		}
	})
}

// TestUpstreamDown: a webhook that cannot be read again waits, and is read when it can be.
func TestUpstreamDown(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := newHooked(t)
		bought := h.buy()
		h.box.Inject(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, Path: "/sales/*"})
		h.post(h.paths[0], "resource_name", "sale", "sale_id", bought)
		time.Sleep(time.Second)
		waiting := func() int {
			n, err := h.List(t.Context(), h.client, events.Query{})
			if err != nil {
				t.Fatal(err)
			}
			return int(*n.Coverage.Unverified)
		}
		if got := waiting(); got != 1 {
			t.Errorf("%d wait", got)
		}
		h.box.ClearFaults()
		time.Sleep(10 * time.Minute)
		if got := waiting(); got != 0 {
			t.Errorf("%d wait after it is back", got)
		}
	})
}

// step is a part of a test in a bubble, which has no subtests.
func step(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Log(name)
	f(t)
}
