package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

var resourceNames = []string{"sale", "refund", "dispute", "dispute_won", "cancellation", "subscription_updated", "subscription_ended", "subscription_restarted"}

func TestResourceSubscriptions(t *testing.T) {
	const (
		path    = "/resource_subscriptions"
		badName = "Valid resource_name parameter required"
		noName  = "Unable to subscribe to ''."
		hook    = "https://hooks.buyer.example/in"
		made    = "PUT " + path + " resource_name=dispute&post_url=" + hook + " => id:resource_subscription.id"
	)
	invalid := func(url string) string { return refused("Invalid post URL '" + url + "'") }
	rows := []row{
		{name: "13 list", do: "GET " + path + "?resource_name=sale", is: `{"success":true,"resource_subscriptions":[{"id":"{webhook of this application}","resource_name":"sale","post_url":"https://hooks.pixelandpage.example/gumroad/sale"},{"id":"{webhook of another application}","resource_name":"sale","post_url":"https://hooks.zapier.com/hooks/catch/1234567/abcdef/"}]}`},
		{name: "13 list without a name", do: "GET " + path, is: refused(badName)},
		{name: "13 list with an invalid name", do: "GET " + path + "?resource_name=sales", is: refused(badName)},
		{name: "13 list in order of creation", given: []string{made, "PUT " + path + " resource_name=dispute&post_url=" + hook + "/2 => second:resource_subscription.id"}, do: "GET " + path + "?resource_name=dispute", is: `{"success":true,"resource_subscriptions":[{"id":"{id}","resource_name":"dispute","post_url":"` + hook + `"},{"id":"{second}","resource_name":"dispute","post_url":"` + hook + `/2"}]}`},
		{name: "13 PUT", do: "PUT " + path, body: "resource_name=dispute&post_url=" + hook, has: `{"success":true,"resource_subscription":{"id":"<id>","resource_name":"dispute","post_url":"` + hook + `"}}`},
		{name: "13 PUT by JSON", do: "PUT " + path, body: `{"resource_name":"dispute","post_url":"` + hook + `"}`, has: `{"success":true,"resource_subscription":{"post_url":"` + hook + `"}}`},
		{name: "13 PUT never replaces", given: []string{made, made}, do: "GET " + path + "?resource_name=dispute", has: `{"resource_subscriptions":[{"post_url":"` + hook + `"},{"post_url":"` + hook + `"}]}`},
		{name: "13 PUT with an invalid name", do: "PUT " + path, body: "resource_name=sales&post_url=" + hook, is: refused(noName)},
		{name: "13 PUT without a name", do: "PUT " + path, body: "post_url=" + hook, is: refused(noName)},
		{name: "13 PUT: the URL is validated first", do: "PUT " + path, body: "resource_name=sales&post_url=foo", is: invalid("foo")},
		{name: "13 PUT without a URL", do: "PUT " + path, body: "resource_name=sale", is: invalid("")},
		{name: "13 PUT without anything", do: "PUT " + path, is: invalid("")},
		{name: "13 DELETE", given: []string{made}, do: "DELETE " + path + "/{id}", is: deleted("resource_subscription")},
		{name: "13 DELETE twice", given: []string{made, "DELETE " + path + "/{id}"}, do: "DELETE " + path + "/{id}", is: deleted("resource_subscription")},
		{name: "13 deleted is not listed", given: []string{made, "DELETE " + path + "/{id}"}, do: "GET " + path + "?resource_name=dispute", is: `{"success":true,"resource_subscriptions":[]}`},
		{name: "13 DELETE of this application's", do: "DELETE /gumroad/v2" + path + "/{webhook of this application}", is: deleted("resource_subscription")},
		{name: "13 DELETE of another application's", do: "DELETE /gumroad/v2" + path + "/{webhook of another application}", is: notFound("resource_subscription")},
		{name: "13 DELETE of what was made through Maton", do: "DELETE " + path + "/{webhook of this application}", is: notFound("resource_subscription")},
		{name: "13 DELETE through Maton of what was made without", given: []string{made}, do: "DELETE /gumroad/v2" + path + "/{id}", is: notFound("resource_subscription")},
		{name: "13 DELETE unknown", do: "DELETE " + path + "/{unknown}", is: notFound("resource_subscription")},
	}
	for _, name := range resourceNames {
		rows = append(rows, row{name: "13 valid name " + name, do: "PUT " + path, body: "resource_name=" + name + "&post_url=" + hook, has: `{"success":true,"resource_subscription":{"resource_name":"` + name + `"}}`},
			row{name: "13 list of " + name, do: "GET " + path + "?resource_name=" + name, has: `{"success":true,"resource_subscriptions":"<list>"}`, lacks: "next_page_key"})
	}
	good := func(url string) row {
		return row{name: "13 accepted: " + url, do: "PUT " + path, body: "resource_name=sale&post_url=" + escape(url), has: `{"success":true,"resource_subscription":{"post_url":"` + url + `"}}`}
	}
	bad := func(url string) row {
		return row{name: "13 refused: " + url, do: "PUT " + path, body: "resource_name=sale&post_url=" + escape(url), is: invalid(url)}
	}
	always := []row{
		good("https://hooks.buyer.example/in"), good("http://hooks.buyer.example/in"), good("https://hooks.buyer.example:8443/in?key=1"), good("https://mylocalhost.buyer.example/in"), good("https://localhost.buyer.example/"), good("http://8.8.8.8/in"),
		bad("example.com"), bad("foo bar"), bad("ftp://hooks.buyer.example/in"), bad("mailto:someone@example.com"), bad("/relative"), bad("https://exa<mple.com/"), bad("http://exämple.com/"),
		bad("http://127.0.0.1/in"), bad("http://127.0.0.1:3000/in"), bad("https://localhost/in"), bad("https://localhost:8080/in"), bad("http://0.0.0.0/in"),
	}
	checkRows(t, sandbox.Options{}, append(slices.Clone(rows), always...))
	checkRows(t, sandbox.Options{Compat2025: true}, append(slices.Clone(rows), always...))
	late := []string{
		"http://10.0.0.1/in", "http://172.16.0.1/in", "http://172.31.255.254/in", "http://192.168.1.1/in", "http://127.0.0.2/in", "http://127.255.255.255/in", "http://169.254.169.254/latest", "http://100.64.0.1/in", "http://100.127.255.255/in",
		"http://192.0.2.1/in", "http://198.51.100.1/in", "http://203.0.113.1/in", "http://224.0.0.1/in", "http://239.255.255.255/in", "http://240.0.0.1/in", "http://255.255.255.255/in", "http://0.1.2.3/in",
		"http://[::1]/in", "http://[::]/in", "http://[fe80::1]/in", "http://[fc00::1]/in", "http://[fd12:3456::1]/in", "http://[ff02::1]/in", "http://[2001:db8::1]/in", "http://[::ffff:127.0.0.1]/in", "http://[::ffff:10.0.0.1]/in",
		"http://2130706433/in", "http://0x7f000001/in", "http://0177.0.0.1/in", "http://127.1/in", "http://0x7f.0.0.1/in", "http://LOCALHOST/in", "http://localhost./in", "http://./", "http:///in",
	}
	var refusedLate, acceptedEarly []row
	for _, url := range late {
		refusedLate = append(refusedLate, bad(url))
		if !slices.Contains([]string{"http:///in", "http://LOCALHOST/in", "http://localhost./in", "http://./"}, url) {
			acceptedEarly = append(acceptedEarly, good(url))
		}
	}
	checkRows(t, sandbox.Options{}, append(refusedLate,
		good("http://172.32.0.1/in"), good("http://100.128.0.1/in"), good("http://11.0.0.1/in"), good("http://192.169.0.1/in"), good("http://[2606:4700::1111]/in"),
		row{name: "13 this application's only", do: "GET /gumroad/v2" + path + "?resource_name=sale&current_oauth_application_only=true", has: `{"resource_subscriptions":[{"id":"{webhook of this application}"}]}`},
		row{name: "13 none of this application's", do: "GET " + path + "?resource_name=sale&current_oauth_application_only=true", is: `{"success":true,"resource_subscriptions":[]}`},
		row{name: "13 all applications'", do: "GET " + path + "?resource_name=sale&current_oauth_application_only=false", has: `{"resource_subscriptions":["<object>","<object>"]}`},
	))
	checkRows(t, sandbox.Options{Compat2025: true}, append(acceptedEarly,
		row{name: "13 no narrowing in 2025", do: "GET " + path + "?resource_name=sale&current_oauth_application_only=true", has: `{"resource_subscriptions":["<object>","<object>"]}`},
	))
}

func escape(url string) string {
	return strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", " ", "+", "?", "%3F", "=", "%3D").Replace(url)
}

// receiver is a webhook receiver on this machine.
type receiver struct {
	url      string
	arrived  chan ping
	mu       sync.Mutex
	statuses []int // what to answer next; then 200
}

type ping struct {
	contentType string
	header      http.Header
	method      string
	form        url.Values
	body        string
}

func listen(t *testing.T, statuses ...int) *receiver {
	t.Helper()
	r := &receiver{arrived: make(chan ping, 100), statuses: statuses}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			t.Error(err)
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		status := 200
		if len(r.statuses) > 0 {
			status, r.statuses = r.statuses[0], r.statuses[1:]
		}
		r.mu.Unlock()
		if status == 0 { // break the connection
			r.arrived <- ping{request.Header.Get("Content-Type"), request.Header, request.Method, form, string(body)}
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(status)
		r.arrived <- ping{request.Header.Get("Content-Type"), request.Header, request.Method, form, string(body)}
	}))
	t.Cleanup(server.Close)
	r.url = server.URL + "/hook"
	return r
}

// is compares members of the form; those that are absent are left out of what came.
func (p ping) is(t *testing.T, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for name := range want {
		if p.form.Has(name) {
			got[name] = p.form.Get(name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", p.form.Get("resource_name"), diff)
	}
}

// has reports names that are absent.
func (p ping) has(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if !p.form.Has(name) {
			t.Errorf("%s: no %s", p.form.Get("resource_name"), name)
		}
	}
}

func (r *receiver) next(t *testing.T) ping {
	t.Helper()
	select {
	case p := <-r.arrived:
		return p
	case <-time.After(30 * time.Second): // only a broken sandbox waits
		t.Fatal("no webhook came")
		panic("unreachable")
	}
}

// timer fires at once and remembers what it was asked for.
type timer struct {
	mu    sync.Mutex
	waits []time.Duration
}

func (tm *timer) After(d time.Duration) <-chan time.Time {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	tm.waits = append(tm.waits, d)
	fired := make(chan time.Time, 1)
	fired <- time.Time{}
	return fired
}

func (tm *timer) asked() []time.Duration {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	return slices.Clone(tm.waits)
}

// deliver serves a sandbox that delivers to r for the named events.
func deliver(t *testing.T, r *receiver, names ...string) (*service, *timer) {
	t.Helper()
	tm := &timer{}
	s := serve(t, sandbox.Options{DeliverWebhooks: true, After: tm.After})
	for _, name := range names {
		s.step("PUT /resource_subscriptions resource_name=" + name + "&post_url=" + r.url)
	}
	return s, tm
}

func (s *service) happen(e sandbox.Event) {
	s.t.Helper()
	e.ID = s.fill(e.ID)
	if err := s.Happen(e); err != nil {
		s.t.Fatal(err)
	}
}

func TestWebhookDelivery(t *testing.T) {
	t.Run("14.1 form, POST, unsigned", func(t *testing.T) {
		r := listen(t)
		s, tm := deliver(t, r, "sale")
		id := s.buy(sandbox.Purchase{Product: "{digital product}"})
		p := r.next(t)
		if diff := cmp.Diff([]string{"POST", "application/x-www-form-urlencoded"}, []string{p.method, p.contentType}); diff != "" {
			t.Error(diff)
		}
		p.is(t, map[string]string{"sale_id": id, "resource_name": "sale"})
		for name := range p.header {
			if regexp.MustCompile(`(?i)signature|secret|hmac|authorization`).MatchString(name) {
				t.Errorf("header %s", name)
			}
		}
		if p.form.Has("retry_count") {
			t.Error("the first attempt has retry_count")
		}
		if diff := cmp.Diff([]time.Duration{10 * time.Second}, tm.asked()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("14.1 other events after 5 seconds", func(t *testing.T) {
		r := listen(t)
		s, tm := deliver(t, r, "refund", "dispute", "cancellation")
		s.step("PUT /sales/{USD sale not refunded}/refund")
		r.next(t)
		s.happen(sandbox.Event{Name: "dispute", ID: "{EUR sale}"})
		r.next(t)
		s.happen(sandbox.Event{Name: "cancellation", ID: "{subscriber alive}"})
		r.next(t)
		if diff := cmp.Diff([]time.Duration{5 * time.Second, 5 * time.Second, 5 * time.Second}, tm.asked()); diff != "" {
			t.Error(diff)
		}
	})
	for _, status := range []int{499, 500, 502, 503, 504} {
		t.Run("14.1 four attempts on "+strconv.Itoa(status), func(t *testing.T) {
			r := listen(t, status, status, status, status, status, status)
			s, tm := deliver(t, r, "sale")
			id := s.buy(sandbox.Purchase{Product: "{digital product}"})
			if p := r.next(t); p.form.Has("retry_count") {
				t.Errorf("the first attempt is called %s", p.form.Get("retry_count"))
			}
			for _, retry := range []string{"1", "2", "3"} {
				r.next(t).is(t, map[string]string{"sale_id": id, "retry_count": retry})
			}
			s.buy(sandbox.Purchase{Product: "{digital product}"}) // the next event comes before any fifth attempt
			if p := r.next(t); p.form.Get("sale_id") == id {
				t.Error("a fifth attempt")
			}
			if diff := cmp.Diff([]time.Duration{10 * time.Second, 60 * time.Second, 180 * time.Second, 600 * time.Second, 10 * time.Second}, tm.asked()[:5]); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("14.1 a retry that succeeds is the last", func(t *testing.T) {
		r := listen(t, 500, 200)
		s, tm := deliver(t, r, "sale")
		first := s.buy(sandbox.Purchase{Product: "{digital product}"})
		r.next(t)
		if p := r.next(t); p.form.Get("retry_count") != "1" {
			t.Errorf("retry_count %q", p.form.Get("retry_count"))
		}
		for range 3 {
			s.buy(sandbox.Purchase{Product: "{digital product}"})
			if p := r.next(t); p.form.Get("sale_id") == first {
				t.Error("a third attempt")
			}
		}
		if slices.Contains(tm.asked(), 180*time.Second) {
			t.Error("waits for a third attempt")
		}
	})
	for name, status := range map[string]int{"404": 404, "417": 417, "400": 400, "410": 410, "429": 429, "501": 501, "301": 301, "a broken connection": 0} {
		t.Run("14.1 no retry after "+name, func(t *testing.T) {
			r := listen(t, status)
			s, tm := deliver(t, r, "sale")
			first := s.buy(sandbox.Purchase{Product: "{digital product}"})
			r.next(t)
			for range 3 {
				s.buy(sandbox.Purchase{Product: "{digital product}"})
				if p := r.next(t); p.form.Get("sale_id") == first {
					t.Error("a second attempt")
				}
			}
			if slices.Contains(tm.asked(), 60*time.Second) {
				t.Error("waits for a second attempt")
			}
		})
	}
	t.Run("14.1 each subscription of that name", func(t *testing.T) {
		one, two, other := listen(t), listen(t), listen(t)
		s, _ := deliver(t, one, "sale", "sale")
		s.step("PUT /resource_subscriptions resource_name=sale&post_url=" + two.url)
		s.step("PUT /resource_subscriptions resource_name=refund&post_url=" + other.url)
		s.buy(sandbox.Purchase{Product: "{digital product}"})
		one.next(t)
		one.next(t)
		two.next(t)
		s.step("PUT /sales/{USD sale not refunded}/refund")
		if p := other.next(t); p.form.Get("resource_name") != "refund" {
			t.Errorf("%s to the subscription of refunds", p.form.Get("resource_name"))
		}
	})
	t.Run("14.1 not to deleted subscriptions", func(t *testing.T) {
		gone, kept := listen(t), listen(t)
		s, _ := deliver(t, kept, "sale")
		s.step("PUT /resource_subscriptions resource_name=sale&post_url=" + gone.url + " => id:resource_subscription.id")
		s.step("DELETE /resource_subscriptions/{id}")
		for range 3 {
			s.buy(sandbox.Purchase{Product: "{digital product}"})
			kept.next(t)
		}
		s.Close()
		if len(gone.arrived) > 0 {
			t.Error("a deleted subscription got a webhook")
		}
	})
	t.Run("14.1 not of another store", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "sale")
		s.buy(sandbox.Purchase{Product: "{other store's product}"})
		id := s.buy(sandbox.Purchase{Product: "{digital product}"})
		if p := r.next(t); p.form.Get("sale_id") != id {
			t.Errorf("a webhook of sale %s", p.form.Get("sale_id"))
		}
	})
	t.Run("14.1 nothing when deliveries are off", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		s.expect(row{do: "PUT /resource_subscriptions", body: "resource_name=sale&post_url=http://127.0.0.1:9/in", is: refused("Invalid post URL 'http://127.0.0.1:9/in'")})
	})
}

func TestWebhookPurchase(t *testing.T) {
	const always = "seller_id product_id product_name permalink product_permalink short_product_id email price gumroad_fee currency quantity discover_fee_charged can_contact referrer card[visual] card[type] card[bin] card[expiry_month] card[expiry_year] order_number sale_id sale_timestamp is_gift_receiver_purchase refunded disputed dispute_won resource_name"
	complete := func(t *testing.T, p ping) {
		t.Helper()
		p.has(t, strings.Fields(always)...)
	}
	t.Run("14.2 plain sale", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "sale")
		id := s.buy(sandbox.Purchase{Product: "{digital product}", Email: "ann@example.com", FullName: "Ann Example", Quantity: 2})
		p := r.next(t)
		complete(t, p)
		sale := s.get("/sales/" + id)
		p.is(t, map[string]string{
			"sale_id": id, "email": "ann@example.com", "full_name": "Ann Example", "quantity": "2", "price": "2400", "currency": "usd", "product_id": s.names["digital product"], "seller_id": text(t, sale, "sale.seller_id"),
			"product_name": text(t, sale, "sale.product_name"), "short_product_id": text(t, sale, "sale.product_permalink"), "permalink": "ink-and-wash", "product_permalink": "https://pixelandpage.gumroad.com/l/ink-and-wash",
			"refunded": "false", "disputed": "false", "dispute_won": "false", "is_gift_receiver_purchase": "false", "resource_name": "sale", "sale_timestamp": text(t, sale, "sale.created_at"),
			"card[bin]": "", "card[expiry_month]": "", "card[expiry_year]": "",
		})
		for _, name := range []string{"variants", "offer_code", "license_key", "subscription_id", "recurrence", "test", "is_recurring_charge", "is_preorder_authorization", "street_address", "shipping_information[city]", "affiliate", "url_params", "custom_fields"} {
			if p.form.Has(name) {
				t.Errorf("%s is sent: %q", name, p.form.Get(name))
			}
		}
	})
	t.Run("14.2 variants, code, custom fields and URL parameters", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "sale")
		s.step("POST /products/{digital product}/variant_categories title=Paper+size => cat:variant_category.id")
		s.step("POST /products/{digital product}/variant_categories/{cat}/variants name=A4")
		s.step("POST /products/{digital product}/custom_fields name=Size+[cm]")
		s.step("POST /products/{digital product}/custom_fields name=Company")
		s.buy(sandbox.Purchase{Product: "{digital product}", Variants: []string{"A4"}, OfferCode: "BRUSH5", CustomFields: map[string]string{"Size [cm]": "42", "Company": "Acme & Co"}, URLParams: map[string]string{"source": "mail", "campaign": "spring"}})
		p := r.next(t)
		complete(t, p)
		p.is(t, map[string]string{"variants[Paper size]": "A4", "offer_code": "BRUSH5", "custom_fields[Company]": "Acme & Co", "Company": "Acme & Co", "price": "700"})
		for _, name := range []string{"Size", "custom_fields"} {
			if !regexp.MustCompile(`(^|&)` + name + `[^&=]*%5Bcm%5D[^&=]*=42(&|$)`).MatchString(p.body) {
				t.Errorf("no %s with the field's brackets encoded in %s", name, p.body)
			}
		}
		p.is(t, map[string]string{"url_params": `{"campaign":"spring","source":"mail"}`})
	})
	t.Run("14.2 physical", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "sale")
		s.buy(sandbox.Purchase{Product: "{physical product}", FullName: "Ann Example"})
		p := r.next(t)
		complete(t, p)
		for _, name := range []string{"full_name", "street_address", "country", "state", "zip_code", "city"} {
			p.has(t, name)
			p.is(t, map[string]string{"shipping_information[" + name + "]": p.form.Get(name)})
		}
		p.has(t, "shipping_rate", "sku_id", "original_sku_id")
	})
	t.Run("14.2 licence", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "sale")
		id := s.buy(sandbox.Purchase{Product: "{licensed product}"})
		p := r.next(t)
		p.is(t, map[string]string{"license_key": text(t, s.get("/sales/"+id), "sale.license_key")})
	})
	t.Run("14.2 membership", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "sale")
		id := s.buy(sandbox.Purchase{Product: "{membership}", Recurrence: "yearly", Variants: []string{"Sketch"}})
		p := r.next(t)
		complete(t, p)
		p.is(t, map[string]string{"subscription_id": text(t, s.get("/sales/"+id), "sale.subscription_id"), "recurrence": "yearly", "variants[Tier]": "Sketch", "price": "9000"})
		if p.form.Has("is_recurring_charge") {
			t.Error("the first charge is a recurring one")
		}
	})
	t.Run("14.2 JPY", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "sale")
		s.buy(sandbox.Purchase{Product: "{JPY product}"})
		r.next(t).is(t, map[string]string{"currency": "jpy"})
	})
	t.Run("14.2 test event", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "sale")
		s.buy(sandbox.Purchase{Product: "{digital product}", Email: text(t, s.get("/user"), "user.email")})
		r.next(t).is(t, map[string]string{"test": "true"})
	})
	t.Run("14.2 full refund", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "refund")
		s.step("PUT /sales/{USD sale not refunded}/refund")
		p := r.next(t)
		complete(t, p)
		p.is(t, map[string]string{"resource_name": "refund", "refunded": "true", "sale_id": s.names["USD sale not refunded"]})
	})
	t.Run("14.2 partial refund", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "refund")
		s.step("PUT /sales/{USD sale not refunded}/refund amount_cents=200")
		r.next(t).is(t, map[string]string{"resource_name": "refund", "refunded": "false"})
	})
	t.Run("14.2 no ping for a refused refund", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "refund")
		s.expect(row{do: "PUT /sales/{USD sale not refunded}/refund", body: "amount_cents=999999", has: `{"success":false}`})
		s.step("PUT /sales/{EUR sale}/refund")
		r.next(t).is(t, map[string]string{"sale_id": s.names["EUR sale"]})
	})
	t.Run("14.2 no ping for a gift sender's refund", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "refund")
		s.step("PUT /sales/{gift, sender's row}/refund")
		s.step("PUT /sales/{EUR sale}/refund")
		r.next(t).is(t, map[string]string{"sale_id": s.names["EUR sale"]})
	})
	t.Run("14.2 dispute and dispute won", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "dispute", "dispute_won")
		s.happen(sandbox.Event{Name: "dispute", ID: "{USD sale not refunded}"})
		p := r.next(t)
		complete(t, p)
		p.is(t, map[string]string{"resource_name": "dispute", "disputed": "true", "dispute_won": "false"})
		s.expect(row{do: "GET /sales/{USD sale not refunded}", has: `{"sale":{"disputed":true,"dispute_won":false,"chargedback":true}}`})
		s.happen(sandbox.Event{Name: "dispute_won", ID: "{USD sale not refunded}"})
		p = r.next(t)
		complete(t, p)
		p.is(t, map[string]string{"resource_name": "dispute_won", "disputed": "true", "dispute_won": "true"})
		s.expect(row{do: "GET /sales/{USD sale not refunded}", has: `{"sale":{"disputed":true,"dispute_won":true,"chargedback":false}}`})
	})
}

func TestWebhookSubscription(t *testing.T) {
	const always = "subscription_id product_id product_name user_id user_email created_at charge_occurrence_count recurrence free_trial_ends_at resource_name"
	event := func(t *testing.T, e sandbox.Event) (*service, ping) {
		t.Helper()
		r := listen(t)
		s, _ := deliver(t, r, e.Name)
		s.happen(e)
		p := r.next(t)
		p.has(t, append(strings.Fields(always), "purchase_ids[]")...)
		p.is(t, map[string]string{"subscription_id": s.fill(e.ID), "resource_name": e.Name})
		return s, p
	}
	t.Run("14.3 cancellation", func(t *testing.T) {
		s, p := event(t, sandbox.Event{Name: "cancellation", ID: "{subscriber alive}"})
		p.has(t, "cancelled_at")
		p.is(t, map[string]string{"cancelled": "true"})
		var reasons []string
		for _, name := range []string{"cancelled_by_admin", "cancelled_by_buyer", "cancelled_by_seller", "cancelled_due_to_payment_failures"} {
			if p.form.Has(name) {
				reasons = append(reasons, name+"="+p.form.Get(name))
			}
		}
		if diff := cmp.Diff([]string{"cancelled_by_buyer=true"}, reasons); diff != "" {
			t.Error(diff)
		}
		s.expect(row{do: "GET /subscribers/{subscriber alive}", has: `{"subscriber":{"status":"pending_cancellation"}}`})
	})
	t.Run("14.3 ended", func(t *testing.T) {
		s, p := event(t, sandbox.Event{Name: "subscription_ended", ID: "{subscriber alive}"})
		p.is(t, map[string]string{"ended_at": "2026-03-10T12:00:00Z", "ended_reason": "cancelled"})
		s.expect(row{do: "GET /subscribers/{subscriber alive}", has: `{"subscriber":{"status":"cancelled"}}`})
		if slices.Contains(ids(t, s.get("/products/{membership}/subscribers"), "subscribers"), s.names["subscriber alive"]) {
			t.Error("an ended subscriber is listed")
		}
	})
	t.Run("14.3 restarted", func(t *testing.T) {
		s, p := event(t, sandbox.Event{Name: "subscription_restarted", ID: "{subscriber cancelled}"})
		p.is(t, map[string]string{"restarted_at": "2026-03-10T12:00:00Z"})
		s.expect(row{do: "GET /subscribers/{subscriber cancelled}", has: `{"subscriber":{"status":"alive"}}`})
	})
	t.Run("14.3 updated", func(t *testing.T) {
		_, p := event(t, sandbox.Event{Name: "subscription_updated", ID: "{subscriber alive}", Tier: "Studio", Recurrence: "yearly"})
		p.has(t, "old_plan[tier][id]", "new_plan[tier][id]")
		p.is(t, map[string]string{
			"type": "upgrade", "effective_as_of": "2026-03-10T12:00:00Z",
			"old_plan[tier][name]": "Sketch", "old_plan[recurrence]": "monthly", "old_plan[price_cents]": "900", "old_plan[quantity]": "1",
			"new_plan[tier][name]": "Studio", "new_plan[recurrence]": "yearly", "new_plan[price_cents]": "24000", "new_plan[quantity]": "1",
		})
	})
	t.Run("14.3 user_email of a guest", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "cancellation")
		s.names["sale"] = s.buy(sandbox.Purchase{Product: "{membership}", Email: "guest@example.com"})
		s.step("GET /sales/{sale} => subscription:sale.subscription_id")
		s.expect(row{do: "GET /subscribers/{subscription}", has: `{"subscriber":{"user_id":null,"user_email":null,"email":"guest@example.com"}}`})
		s.happen(sandbox.Event{Name: "cancellation", ID: "{subscription}"})
		r.next(t).is(t, map[string]string{"user_email": "guest@example.com", "user_id": ""})
	})
}

func TestWebhookAddresses(t *testing.T) {
	delivering := sandbox.Options{DeliverWebhooks: true, After: new(timer).After}
	const subscribe = "PUT /resource_subscriptions"
	checkRows(t, delivering, []row{
		{name: "receivers on this machine are taken while delivering", do: subscribe, body: "resource_name=sale&post_url=http://127.0.0.1:1/in", has: `{"success":true}`},
		{name: "those of a private network are not", do: subscribe, body: "resource_name=sale&post_url=http://10.1.2.3/in", is: refused("Invalid post URL 'http://10.1.2.3/in'")},
	})
}

func TestWebhooksOfOtherSales(t *testing.T) {
	for _, c := range []struct {
		name, sale string
		want       map[string]string
	}{
		{"affiliate", "affiliate sale", map[string]string{"affiliate": "partner@affiliates.example", "affiliate_credit_amount_cents": "480"}},
		{"recurring charge", "upgrade purchase", map[string]string{"is_recurring_charge": "true", "recurrence": "monthly"}},
		{"custom field beside the others", "physical sale not shipped", map[string]string{"Wall width/height (e.g. 60.5 cm)": "80 / 120.5 cm", "sku_id": "TF-A3"}},
	} {
		t.Run("14.2 "+c.name, func(t *testing.T) {
			r := listen(t)
			s, _ := deliver(t, r, "dispute")
			s.happen(sandbox.Event{Name: "dispute", ID: "{" + c.sale + "}"})
			r.next(t).is(t, c.want)
		})
	}
	t.Run("14.2 pre-order", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "sale")
		s.buy(sandbox.Purchase{Product: "{pre-order product}"})
		r.next(t).is(t, map[string]string{"is_preorder_authorization": "true"})
	})
	t.Run("14.3 the answers of the first purchase go with its subscription", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "cancellation")
		s.names["sale"] = s.buy(sandbox.Purchase{Product: "{membership}", CustomFields: map[string]string{"Handle": "@ann"}})
		s.step("GET /sales/{sale} => subscription:sale.subscription_id")
		s.happen(sandbox.Event{Name: "cancellation", ID: "{subscription}"})
		r.next(t).is(t, map[string]string{"custom_fields[Handle]": "@ann"})
	})
	t.Run("14.3 a plan that costs less is a downgrade", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "subscription_updated")
		s.happen(sandbox.Event{Name: "subscription_updated", ID: "{yearly subscriber}", Tier: "Sketch"})
		r.next(t).is(t, map[string]string{"type": "downgrade"})
	})
	for by, flag := range map[string]string{
		"buyer": "cancelled_by_buyer", "seller": "cancelled_by_seller", "admin": "cancelled_by_admin", "payment_failures": "cancelled_due_to_payment_failures",
	} {
		t.Run("14.3 cancelled by "+by, func(t *testing.T) {
			r := listen(t)
			s, _ := deliver(t, r, "cancellation")
			s.happen(sandbox.Event{Name: "cancellation", ID: "{subscriber alive}", By: by})
			r.next(t).is(t, map[string]string{flag: "true"})
		})
	}
}

func TestEventsThatCannotBe(t *testing.T) {
	for name, e := range map[string]sandbox.Event{
		"unknown event":                  {Name: "odd", ID: "{USD sale not refunded}"},
		"dispute of an unknown sale":     {Name: "dispute", ID: "nobody"},
		"dispute twice":                  {Name: "dispute", ID: "{disputed sale}"},
		"dispute of a free sale":         {Name: "dispute", ID: "{free sale}"},
		"dispute won without one":        {Name: "dispute_won", ID: "{USD sale not refunded}"},
		"dispute won twice":              {Name: "dispute_won", ID: "{dispute won}"},
		"cancelled by nobody known":      {Name: "cancellation", ID: "{subscriber alive}", By: "cat"},
		"cancelled twice":                {Name: "cancellation", ID: "{subscriber pending cancellation}"},
		"cancelled after its end":        {Name: "cancellation", ID: "{subscriber cancelled}"},
		"ended twice":                    {Name: "subscription_ended", ID: "{subscriber cancelled}"},
		"restarted though it runs":       {Name: "subscription_restarted", ID: "{subscriber alive}"},
		"new plan without tiers":         {Name: "subscription_updated", ID: "{course subscriber}"},
		"new plan after its end":         {Name: "subscription_updated", ID: "{subscriber cancelled}", Tier: "Studio"},
		"new plan in an unknown tier":    {Name: "subscription_updated", ID: "{subscriber alive}", Tier: "Gold"},
		"new plan with an unknown price": {Name: "subscription_updated", ID: "{subscriber alive}", Recurrence: "daily"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, sandbox.Options{})
			e.ID = s.fill(e.ID)
			before := dump(s)
			if s.Happen(e) == nil {
				t.Errorf("%+v happened", e)
			}
			same(t, before, dump(s))
		})
	}
}

func TestWebhooksThatWait(t *testing.T) {
	held := func(t *testing.T, r *receiver) (s *service, release chan time.Time) {
		release = make(chan time.Time)
		s = serve(t, sandbox.Options{DeliverWebhooks: true, After: func(time.Duration) <-chan time.Time { return release }})
		for _, name := range []string{"subscription_ended", "subscription_restarted", "refund"} {
			s.step("PUT /resource_subscriptions resource_name=" + name + "&post_url=" + r.url)
		}
		return s, release
	}
	t.Run("an event that no longer holds is not sent", func(t *testing.T) {
		r := listen(t)
		s, release := held(t, r)
		s.happen(sandbox.Event{Name: "subscription_ended", ID: "{subscriber alive}"})
		s.happen(sandbox.Event{Name: "subscription_restarted", ID: "{subscriber alive}"})
		release <- time.Time{}
		release <- time.Time{}
		r.next(t).is(t, map[string]string{"resource_name": "subscription_restarted"})
		s.Close()
		if len(r.arrived) > 0 {
			t.Error("the other came too")
		}
	})
	t.Run("what waits when the sandbox closes is dropped", func(t *testing.T) {
		r := listen(t)
		s, _ := held(t, r)
		s.step("PUT /sales/{USD sale not refunded}/refund")
		s.Close()
		if len(r.arrived) > 0 {
			t.Error("it came")
		}
	})
	t.Run("what waits for its second attempt is dropped too", func(t *testing.T) {
		r := listen(t, 500)
		s, release := held(t, r)
		s.step("PUT /sales/{USD sale not refunded}/refund")
		release <- time.Time{}
		r.next(t)
		s.Close()
		if len(r.arrived) > 0 {
			t.Error("it came")
		}
	})
	t.Run("nothing is sent after the close", func(t *testing.T) {
		r := listen(t)
		s, _ := held(t, r)
		s.Close()
		s.step("PUT /sales/{USD sale not refunded}/refund")
		if len(r.arrived) > 0 {
			t.Error("it came")
		}
	})
}

// TestWebhooksOfLostMemberships: who takes the money back, or cannot pay, loses the membership at once, and each of it is
// an event.
func TestWebhooksOfLostMemberships(t *testing.T) {
	for _, c := range []struct {
		name   string
		event  sandbox.Event
		events int
		by     string
		reason string
	}{
		{"a disputed charge", sandbox.Event{Name: "dispute", ID: "{charge}"}, 3, "cancelled_by_buyer", "cancelled"},
		{"failed payments", sandbox.Event{Name: "cancellation", ID: "{subscriber alive}", By: "payment_failures"}, 2, "cancelled_due_to_payment_failures", "failed_payment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := listen(t)
			s, _ := deliver(t, r, "dispute", "cancellation", "subscription_ended")
			s.step("GET /subscribers/{subscriber alive} => charge:subscriber.purchase_ids.0")
			s.happen(c.event)
			came := map[string]ping{}
			for range c.events {
				p := r.next(t)
				came[p.form.Get("resource_name")] = p
			}
			came["cancellation"].is(t, map[string]string{c.by: "true", "cancelled_at": "2026-03-10T12:00:00Z"})
			came["subscription_ended"].is(t, map[string]string{"ended_reason": c.reason})
		})
	}
}

func TestWebhookDetails(t *testing.T) {
	for name, own := range map[string]bool{"None": true, "Oak": false} { // A3 - Oak has no SKU of the seller's own
		t.Run("the original SKU is told beside the seller's own, frame "+name, func(t *testing.T) {
			r := listen(t)
			s, _ := deliver(t, r, "sale")
			s.buy(sandbox.Purchase{Product: "{physical product}", Variants: []string{"A3", name}})
			p := r.next(t)
			p.has(t, "sku_id")
			if p.form.Has("original_sku_id") != own {
				t.Errorf("original_sku_id %q of %s", p.form.Get("original_sku_id"), p.form.Get("sku_id"))
			}
		})
	}
	t.Run("the purchases of a subscription include failed ones", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "subscription_restarted")
		s.happen(sandbox.Event{Name: "subscription_restarted", ID: "{subscriber with failed payment}"})
		told := len(r.next(t).form["purchase_ids[]"])
		shown, _ := at(s.get("/subscribers/{subscriber with failed payment}"), "subscriber.purchase_ids")
		if want := len(shown.([]any)) + 1; told != want {
			t.Errorf("%d purchases, want %d", told, want)
		}
	})
}

// TestWebhooksTellTheStateWhenTheyAreSent: what is sent, and to whom, is decided after the delay, and then stays.
func TestWebhooksTellTheStateWhenTheyAreSent(t *testing.T) {
	held := func(t *testing.T) (s *service, release chan time.Time) {
		release = make(chan time.Time)
		return serve(t, sandbox.Options{DeliverWebhooks: true, After: func(time.Duration) <-chan time.Time { return release }}), release
	}
	t.Run("15.5 a sale refunded within its delay", func(t *testing.T) {
		r := listen(t)
		s, release := held(t)
		s.step("PUT /resource_subscriptions resource_name=sale&post_url=" + r.url)
		id := s.buy(sandbox.Purchase{Product: "{digital product}"})
		s.step("PUT /sales/" + id + "/refund")
		release <- time.Time{} // of the sale or of the refund, to which nobody subscribed
		release <- time.Time{}
		r.next(t).is(t, map[string]string{"resource_name": "sale", "sale_id": id, "refunded": "true"})
	})
	t.Run("15.5 a retry repeats what was sent", func(t *testing.T) {
		r := listen(t, 500)
		s, release := held(t)
		s.step("PUT /resource_subscriptions resource_name=dispute&post_url=" + r.url)
		s.happen(sandbox.Event{Name: "dispute", ID: "{USD sale not refunded}"})
		release <- time.Time{}
		r.next(t).is(t, map[string]string{"dispute_won": "false"})
		s.happen(sandbox.Event{Name: "dispute_won", ID: "{USD sale not refunded}"})
		release <- time.Time{}
		release <- time.Time{}
		r.next(t).is(t, map[string]string{"resource_name": "dispute", "dispute_won": "false", "retry_count": "1"})
	})
	t.Run("15.2 to who subscribes by then", func(t *testing.T) {
		early, late := listen(t), listen(t)
		s, release := held(t)
		s.step("PUT /resource_subscriptions resource_name=sale&post_url=" + early.url + " => id:resource_subscription.id")
		s.buy(sandbox.Purchase{Product: "{digital product}"})
		s.step("DELETE /resource_subscriptions/{id}")
		s.step("PUT /resource_subscriptions resource_name=sale&post_url=" + late.url)
		release <- time.Time{}
		late.next(t)
		s.Close()
		if len(early.arrived) > 0 {
			t.Error("it came to who had left")
		}
	})
}

// TestWebhookFieldsOfBuyers: a checkout question takes the place of a member of its name that was there before it, and of
// no later one.
func TestWebhookFieldsOfBuyers(t *testing.T) {
	r := listen(t)
	s, _ := deliver(t, r, "sale", "refund")
	answers := map[string]string{"email": "evil@example.com", "price": "0", "shipping_information": "x",
		"refunded": "maybe", "resource_name": "refund", "license_key": "forged", "ip_country": "nowhere", "custom_fields": "x", "disputed": "x"}
	id := s.buy(sandbox.Purchase{Product: "{licensed product}", Email: "ann@example.com", CustomFields: answers})
	p := r.next(t)
	p.is(t, map[string]string{"email": "evil@example.com", "price": "0", "shipping_information": "x", "refunded": "false", "resource_name": "sale",
		"license_key": text(t, s.get("/sales/"+id), "sale.license_key"), "ip_country": "United States", "disputed": "false", "custom_fields[email]": "evil@example.com"})
	if p.form.Has("custom_fields") {
		t.Error("custom_fields is a text")
	}
	t.Run("what was answered for a membership stands in custom_fields alone", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "sale", "dispute")
		s.names["sale"] = s.buy(sandbox.Purchase{Product: "{membership}", CustomFields: map[string]string{"Handle": "@ann"}})
		r.next(t).is(t, map[string]string{"Handle": "@ann", "custom_fields[Handle]": "@ann"})
	})
}

func TestWebhooksOfWonDisputes(t *testing.T) {
	t.Run("15.3 the membership comes back", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "subscription_restarted")
		s.step("GET /subscribers/{subscriber alive} => charge:subscriber.purchase_ids.0")
		s.happen(sandbox.Event{Name: "dispute", ID: "{charge}"})
		s.happen(sandbox.Event{Name: "dispute_won", ID: "{charge}"})
		r.next(t).is(t, map[string]string{"subscription_id": s.names["subscriber alive"], "restarted_at": "2026-03-10T12:00:00Z"})
		s.expect(row{do: "GET /subscribers/{subscriber alive}", has: `{"subscriber":{"status":"alive"}}`})
	})
	t.Run("15.3 what was refunded is not won", func(t *testing.T) {
		r := listen(t)
		s, _ := deliver(t, r, "dispute_won")
		s.happen(sandbox.Event{Name: "dispute", ID: "{fully refunded sale}"})
		s.happen(sandbox.Event{Name: "dispute_won", ID: "{fully refunded sale}"})
		s.happen(sandbox.Event{Name: "dispute", ID: "{EUR sale}"})
		s.happen(sandbox.Event{Name: "dispute_won", ID: "{EUR sale}"})
		r.next(t).is(t, map[string]string{"sale_id": s.names["EUR sale"]})
	})
}
