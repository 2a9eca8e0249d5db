package sandbox

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResourceSubscriptions(t *testing.T) {
	c := newSandbox(t, Options{})
	const path = "/v2/resource_subscriptions"
	for _, bad := range []string{"", "?resource_name=", "?resource_name=Sale", "?resource_name=payout"} {
		c.get(path + bad).refused("Valid resource_name parameter required")
	}
	for _, name := range resourceNames {
		c.get(path + "?resource_name=" + name).ok()
	}
	all := c.get(path + "?resource_name=sale").list("resource_subscriptions")
	if len(all) != 2 || all[0]["id"] != c.id("webhook of this application") || all[1]["id"] != c.id("webhook of another application") {
		t.Errorf("of all applications: %v", all)
	}
	own := c.request("GET", "/gumroad"+path+"?resource_name=sale&current_oauth_application_only=true", "", "")
	own.same(200, `{"success":true,"resource_subscriptions":[{"id":"`+c.id("webhook of this application")+`","resource_name":"sale","post_url":"https://hooks.pixelandpage.example/gumroad/sale"}]}`)

	create := func(c *client, name, post string) received {
		return c.form("PUT", path, "resource_name", name, "post_url", post)
	}
	refused := []string{
		"", "example.com", "foo bar", "http://foo bar", "ftp://example.com", "http://", "https://exa<mple.com", "http://127.0.0.1", "http://localhost:3000/x", "http://0.0.0.0", "http://LOCALHOST",
		"http://localhost.", "http://10.1.2.3", "http://172.20.0.1", "http://192.168.1.1/hook", "http://169.254.169.254/latest", "http://100.64.0.1", "http://192.0.2.1", "http://198.51.100.1",
		"http://203.0.113.5", "http://224.0.0.1", "http://255.255.255.255", "http://[::1]/x", "http://[::ffff:127.0.0.1]", "http://[fc00::1]", "http://[fe80::1]", "http://[2001:db8::1]", "http://[ff02::1]",
		"http://2130706433", "http://0x7f000001", "http://127.1", "http://0177.0.0.1", "http://./", "http://exämple.com",
	}
	for _, post := range refused {
		create(c, "sale", post).refused("Invalid post URL '" + post + "'")
		create(c, "nonsense", post).refused("Invalid post URL '" + post + "'")
	}
	for _, post := range []string{"https://example.com/hook?x=1", "http://mylocalhost.example", "http://8.8.8.8:9000", "http://[2606:4700::1111]/x", "https://hooks.zapier.com/1", "http://12monkeys.example"} {
		check(t, create(c, "refund", post).ok().object("resource_subscription"), map[string]any{"resource_name": "refund", "post_url": post})
	}
	create(c, "payout", "https://example.com").refused("Unable to subscribe to ''.")
	create(c, "", "https://example.com").refused("Unable to subscribe to ''.")
	// Duplicates stand side by side.
	twice := []any{create(c, "dispute", "https://example.com").value("resource_subscription", "id"), create(c, "dispute", "https://example.com").value("resource_subscription", "id")}
	if twice[0] == twice[1] || len(c.get(path+"?resource_name=dispute").list("resource_subscriptions")) != 2 {
		t.Errorf("duplicates: %v", twice)
	}
	for range 2 {
		c.request("DELETE", path+"/"+twice[0].(string), "", "").is(200, `{"success":true,"message":"The resource_subscription was deleted successfully."}`)
	}
	if len(c.get(path+"?resource_name=dispute").list("resource_subscriptions")) != 1 {
		t.Error("the deleted one is listed")
	}
	for _, other := range []string{c.id("webhook of another application"), c.id("webhook of this application"), "nobody"} {
		c.request("DELETE", path+"/"+url.PathEscape(other), "", "").refused("The resource_subscription was not found.")
	}
	c.request("DELETE", "/gumroad"+path+"/"+url.PathEscape(c.id("webhook of this application")), "", "").ok()

	old := newSandbox(t, Options{Compat2025: true})
	for _, post := range []string{"http://10.1.2.3", "http://[::1]/x", "http://2130706433"} {
		create(old, "sale", post).ok()
	}
	create(old, "sale", "http://127.0.0.1").refused("Invalid post URL 'http://127.0.0.1'")
	delivering := newSandbox(t, Options{DeliverWebhooks: true})
	create(delivering, "sale", "http://127.0.0.1:1/x").ok()
	create(delivering, "sale", "http://10.1.2.3").refused("Invalid post URL 'http://10.1.2.3'")
}

// receiver answers webhooks with the statuses given, then 200, and hands on what came.
type receiver struct {
	*httptest.Server
	got chan delivery

	mu       sync.Mutex
	statuses []int
}

type delivery struct {
	contentType string
	body        string
	form        url.Values
}

func newReceiver(t *testing.T, statuses ...int) *receiver {
	r := &receiver{got: make(chan delivery, 100), statuses: statuses}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		form, _ := url.ParseQuery(string(body))
		r.mu.Lock()
		status := 200
		if len(r.statuses) > 0 {
			status, r.statuses = r.statuses[0], r.statuses[1:]
		}
		r.mu.Unlock()
		w.WriteHeader(status)
		r.got <- delivery{q.Header.Get("Content-Type"), string(body), form}
	}))
	t.Cleanup(r.Close)
	return r
}

// timer fires at once and remembers what it was asked for.
type timer struct {
	mu     sync.Mutex
	delays []time.Duration
}

func (c *timer) after(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delays = append(c.delays, d)
	fired := make(chan time.Time, 1)
	fired <- time.Time{}
	return fired
}

func subscribeTo(c *client, post string, names ...string) {
	c.t.Helper()
	for _, name := range names {
		c.form("PUT", "/v2/resource_subscriptions", "resource_name", name, "post_url", post).ok()
	}
}

func TestSaleWebhook(t *testing.T) {
	clock := &timer{}
	c := newSandbox(t, Options{DeliverWebhooks: true, After: clock.after})
	r := newReceiver(t)
	subscribeTo(c, r.URL+"/hook", "sale")
	id, err := c.s.Buy(Purchase{
		Product: c.id("product with variants"), Email: "new@example.com", FullName: "New Buyer", Variants: []string{"PDF + EPUB"}, OfferCode: "welcome10", Quantity: 2,
		CustomFields: map[string]string{"Name [first]": "A & B"}, URLParams: map[string]string{"source": "x"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := <-r.got
	if got.contentType != "application/x-www-form-urlencoded" {
		t.Errorf("Content-Type %s", got.contentType)
	}
	want := map[string]string{
		"sale_id": id, "resource_name": "sale", "email": "new@example.com", "full_name": "New Buyer", "price": "5760", "currency": "usd", "quantity": "2",
		"variants[Edition]": "PDF + EPUB", "offer_code": "WELCOME10", "card[visual]": "**** **** **** 4242", "card[bin]": "", "url_params": `{"source":"x"}`,
		"refunded": "false", "disputed": "false", "product_permalink": "https://pixelandpage.gumroad.com/l/quiet-grid", "permalink": "quiet-grid",
		"short_product_id": "qtgrd", "Name [first]": "A & B", "sale_timestamp": "2026-03-10T12:00:00Z", "is_gift_receiver_purchase": "false",
	}
	for name, value := range want {
		if values, there := got.form[name]; !there || values[0] != value {
			t.Errorf("%s is %q, want %q", name, values, value)
		}
	}
	if !strings.Contains(got.body, "custom_fields[Name+%5Bfirst%5D]=A+%26+B") || strings.Contains(got.body, "retry_count") {
		t.Errorf("body %s", got.body)
	}
	if diff := cmp.Diff([]time.Duration{10 * time.Second}, clock.delays); diff != "" {
		t.Error(diff)
	}
	// The sale is in the store, and counted.
	check(t, c.get("/v2/sales").list("sales")[0], map[string]any{"id": id, "price": 5760.0, "variants_and_quantity": "(PDF + EPUB, Qty: 2)"})
}

func TestWebhookRetries(t *testing.T) {
	for _, row := range []struct {
		name     string
		statuses []int
		attempts int
	}{
		{"gives up after four", []int{500, 502, 503, 504, 200}, 4}, {"499 is tried again", []int{499, 200}, 2},
		{"404 is final", []int{404}, 1}, {"501 is final", []int{501}, 1}, {"a redirect is not followed", []int{302}, 1}, {"418 after 500 is final", []int{500, 418}, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			clock := &timer{}
			c := newSandbox(t, Options{DeliverWebhooks: true, After: clock.after})
			r := newReceiver(t, row.statuses...)
			subscribeTo(c, r.URL, "refund")
			c.form("PUT", c.sale("USD sale not refunded")+"/refund").ok()
			for i := range row.attempts {
				got := <-r.got
				want := ""
				if i > 0 {
					want = string(rune('0' + i))
				}
				if got.form.Get("retry_count") != want || got.form.Get("refunded") != "true" {
					t.Errorf("attempt %d: %s", i+1, got.body)
				}
			}
			if err := c.s.Close(); err != nil {
				t.Fatal(err)
			}
			if len(r.got) > 0 {
				t.Errorf("%d attempts too many", len(r.got))
			}
			want := append([]time.Duration{5 * time.Second}, retryDelays[:row.attempts-1]...)
			if diff := cmp.Diff(want, clock.delays); diff != "" {
				t.Error(diff)
			}
			c.s.webhooks.send([]event{{}}) // after the end nothing starts
		})
	}
}

func TestEvents(t *testing.T) {
	clock := &timer{}
	c := newSandbox(t, Options{DeliverWebhooks: true, After: clock.after})
	r := newReceiver(t)
	subscribeTo(c, r.URL, resourceNames...)
	expect := func(name string, want map[string]string) url.Values {
		t.Helper()
		got := (<-r.got).form
		if got.Get("resource_name") != name {
			t.Fatalf("got %s, want %s", got.Get("resource_name"), name)
		}
		for key, value := range want {
			if got.Get(key) != value {
				t.Errorf("%s: %s is %q, want %q", name, key, got.Get(key), value)
			}
		}
		return got
	}
	happen := func(e Event) {
		t.Helper()
		if err := c.s.Happen(e); err != nil {
			t.Fatal(err)
		}
	}
	sale := c.id("USD sale not refunded")
	happen(Event{Name: "dispute", ID: sale})
	expect("dispute", map[string]string{"sale_id": sale, "disputed": "true", "dispute_won": "false"})
	happen(Event{Name: "dispute_won", ID: sale})
	expect("dispute_won", map[string]string{"disputed": "true", "dispute_won": "true"})
	c.form("PUT", c.sale("partially refunded sale")+"/refund", "amount_cents", "100").ok()
	expect("refund", map[string]string{"refunded": "false"})
	c.form("PUT", c.sale("gift, sender's row")+"/refund").ok() // says nothing

	alive := c.id("subscriber alive")
	happen(Event{Name: "subscription_updated", ID: alive, Tier: "Studio"})
	updated := expect("subscription_updated", map[string]string{"type": "upgrade", "old_plan[tier][name]": "Sketch", "new_plan[tier][name]": "Studio", "new_plan[price_cents]": "2400", "effective_as_of": "2026-03-10T12:00:00Z"})
	if updated.Get("user_email") == "" || len(updated["purchase_ids[]"]) == 0 {
		t.Errorf("subscription payload %v", updated)
	}
	happen(Event{Name: "subscription_updated", ID: alive, Tier: "Sketch"})
	expect("subscription_updated", map[string]string{"type": "downgrade"})
	happen(Event{Name: "subscription_updated", ID: alive, Recurrence: "yearly"})
	expect("subscription_updated", map[string]string{"new_plan[recurrence]": "yearly"})
	happen(Event{Name: "cancellation", ID: alive, By: "seller"})
	expect("cancellation", map[string]string{"cancelled": "true", "cancelled_by_seller": "true", "cancelled_by_buyer": ""})
	check(t, c.get("/v2/subscribers/"+alive).object("subscriber"), map[string]any{"status": "pending_cancellation"})
	happen(Event{Name: "subscription_ended", ID: alive})
	expect("subscription_ended", map[string]string{"ended_reason": "cancelled", "ended_at": "2026-03-10T12:00:00Z"})
	check(t, c.get("/v2/subscribers/"+alive).object("subscriber"), map[string]any{"status": "cancelled"})
	happen(Event{Name: "subscription_restarted", ID: alive})
	expect("subscription_restarted", map[string]string{"restarted_at": "2026-03-10T12:00:00Z"})
	check(t, c.get("/v2/subscribers/"+alive).object("subscriber"), map[string]any{"status": "alive"})

	pending := c.get("/v2/subscribers/" + c.id("subscriber pending cancellation")).object("subscriber")["purchase_ids"].([]any)[0].(string)
	c.form("PUT", "/v2/sales/"+pending+"/refund").ok()
	names := map[string]bool{(<-r.got).form.Get("resource_name"): true, (<-r.got).form.Get("resource_name"): true}
	if !names["refund"] || !names["subscription_ended"] {
		t.Errorf("events %v", names)
	}

	course := c.id("course subscriber")
	for _, e := range []Event{
		{Name: "odd", ID: sale}, {Name: "dispute", ID: "nobody"}, {Name: "dispute", ID: sale}, {Name: "dispute_won", ID: sale}, {Name: "cancellation", ID: alive, By: "cat"},
		{Name: "cancellation", ID: c.id("subscriber cancelled")}, {Name: "subscription_ended", ID: c.id("subscriber cancelled")}, {Name: "subscription_restarted", ID: alive},
		{Name: "subscription_updated", ID: course}, {Name: "subscription_updated", ID: alive, Tier: "Gold"}, {Name: "subscription_updated", ID: alive, Recurrence: "daily"},
	} {
		if err := c.s.Happen(e); err == nil {
			t.Errorf("%+v happened", e)
		}
	}
	if err := c.s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(r.got) > 0 {
		t.Errorf("%d events too many", len(r.got))
	}
}

func TestWebhooksHeldBack(t *testing.T) {
	release := make(chan time.Time)
	c := newSandbox(t, Options{DeliverWebhooks: true, After: func(time.Duration) <-chan time.Time { return release }})
	r := newReceiver(t)
	subscribeTo(c, r.URL, "subscription_ended", "subscription_restarted", "refund")
	alive := c.id("subscriber alive")
	for _, name := range []string{"subscription_ended", "subscription_restarted"} {
		if err := c.s.Happen(Event{Name: name, ID: alive}); err != nil {
			t.Fatal(err)
		}
	}
	release <- time.Time{}
	release <- time.Time{}
	if got := (<-r.got).form.Get("resource_name"); got != "subscription_restarted" {
		t.Errorf("delivered %s", got)
	}
	// What still waits at the end is dropped.
	c.form("PUT", c.sale("USD sale not refunded")+"/refund").ok()
	if err := c.s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(r.got) > 0 {
		t.Error("an event too many")
	}
}

func TestWebhookNeedsALiveApplication(t *testing.T) {
	clock := &timer{}
	c := newSandbox(t, Options{DeliverWebhooks: true, After: clock.after})
	r := newReceiver(t)
	c.form("PUT", "/gumroad/v2/resource_subscriptions", "resource_name", "sale", "post_url", r.URL).ok()
	buy := func() {
		t.Helper()
		if _, err := c.s.Buy(Purchase{Product: "inkwsh"}); err != nil {
			t.Fatal(err)
		}
	}
	buy()
	<-r.got
	c.request("DELETE", "/connections/"+c.id("first connection"), "", "").answered()
	buy()
	if err := c.s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(r.got) > 0 {
		t.Error("an event without a connection")
	}
	if n := len(c.get("/v2/resource_subscriptions?resource_name=sale").list("resource_subscriptions")); n != 3 {
		t.Errorf("%d subscriptions; the silenced one still stands", n)
	}
}

func TestWebhooksStayOnLoopback(t *testing.T) {
	w := newWebhooks(nil, newSandbox(t, Options{}).s.log)
	defer w.close()
	if _, err := w.post(event{url: "http://192.0.2.1:9/", payload: newObject()}, 0); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("a delivery left the machine: %v", err)
	}
	for _, bad := range []string{"http://%zz", "http://127.0.0.1:1/"} {
		if _, err := w.post(event{url: bad, payload: newObject()}, 0); err == nil {
			t.Errorf("%s took a delivery", bad)
		}
	}
	for post, want := range map[string]bool{"http://localhost:1": true, "http://[::1]:1": true, "http://127.9.9.9": true, "http://example.com": false, "http://%zz": false} {
		if loopbackURL(post) != want {
			t.Errorf("loopbackURL(%s) is not %v", post, want)
		}
	}
}
