package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// snapshot is everything two sandboxes should agree on.
func snapshot(c *client) []string {
	var out []string
	for _, target := range []string{"/v2/user", "/v2/products", "/connections", "/gumroad/v2/resource_subscriptions?resource_name=sale", c.product("membership") + "/subscribers", c.product("digital product") + "/offer_codes"} {
		out = append(out, c.get(target).body)
	}
	for _, row := range c.walk("/v2/sales", "sales") {
		out = append(out, fmt.Sprint(row))
	}
	return append(out, fmt.Sprint(c.s.Highlights()))
}

func TestDeterminism(t *testing.T) {
	first, again := snapshot(newSandbox(t, Options{})), snapshot(newSandbox(t, Options{Seed: 1}))
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("equal seeds differ:\n%s", diff)
	}
	if other := snapshot(newSandbox(t, Options{Seed: 2})); cmp.Equal(first, other) {
		t.Error("another seed gives the same data")
	}
	later := newSandbox(t, Options{Now: func() time.Time { return noon.AddDate(0, 1, 3) }})
	if cmp.Equal(first, snapshot(later)) {
		t.Error("another day gives the same data")
	}
}

// TestAnyClock: the demo holds together whenever it is made.
func TestAnyClock(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		now := time.Unix(rapid.Int64Range(1_600_000_000, 2_000_000_000).Draw(rt, "now"), 0)
		s := New(Options{Now: func() time.Time { return now }, Seed: rapid.Uint64Range(1, 99).Draw(rt, "seed"), Sales: 300})
		st := s.stores[0]
		if len(st.listed) < 300 || len(st.listed) > 330 {
			rt.Fatalf("%d sales listed", len(st.listed))
		}
		for i, row := range st.listed {
			if row.createdAt.After(now) || i > 0 && (saleOrder(st.listed[i-1], row) >= 0 || st.listed[i-1].n >= row.n) {
				rt.Fatalf("row %d of %s, made %s, is out of order", i, now, row.createdAt)
			}
			if row.createdAt.Before(row.product.createdAt) {
				rt.Fatalf("%s sold before it was made", row.product.name)
			}
			if row.refundedTotal > row.total || row.refundedUSD > row.usdCents {
				rt.Fatalf("more refunded than paid: %+v", row)
			}
		}
		for _, h := range s.Highlights() {
			if !decodableID(h.ID) && !strings.Contains(h.Name, "connection") {
				rt.Fatalf("highlight %+v", h)
			}
		}
	})
}

// TestParallel is for the race detector: readers, writers and webhooks at once.
func TestParallel(t *testing.T) {
	c := newSandbox(t, Options{DeliverWebhooks: true, After: (&timer{}).after})
	r := newReceiver(t)
	subscribeTo(c, r.URL, "sale", "refund", "subscription_ended", "subscription_restarted")
	working := c.highlight("working licence key")
	requests := []func(i int){
		func(int) { c.get("/v2/sales?name=a").ok() },
		func(int) { c.get("/gumroad/v2/products").ok() },
		func(int) { c.get("/v2/sales/summary?group_by=day").ok() },
		func(int) { c.get(c.product("membership") + "/subscribers").ok() },
		func(i int) { c.form("PUT", c.product("digital product"), "name", fmt.Sprint("name ", i)).ok() },
		func(int) {
			c.form("POST", "/v2/licenses/verify", "product_id", working.ProductID, "license_key", working.LicenseKey).ok()
		},
		func(i int) {
			c.form("PUT", c.sale("USD sale not refunded")+"/refund", "amount_cents", "1")
			c.form("PUT", c.sale("physical sale not shipped")+"/mark_as_shipped", "tracking_url", fmt.Sprint(i)).ok()
		},
		func(int) {
			if _, err := c.s.Buy(Purchase{Product: "inkwsh"}); err != nil {
				t.Error(err)
			}
		},
		func(int) {
			created := c.json("POST", "/connections", map[string]any{"app": "gumroad"}).object("connection")
			c.request("DELETE", "/connections/"+created["connection_id"].(string), "", "").answered()
			c.get("/connections").answered()
		},
		func(int) {
			c.s.Inject(Fault{Kind: FaultStatus, Path: "/nothing", Count: 1})
			c.s.Journal()
			c.get("/_sandbox/faults").answered()
		},
		func(i int) {
			name := []string{"subscription_ended", "subscription_restarted"}[i%2]
			_ = c.s.Happen(Event{Name: name, ID: c.id("subscriber alive")}) // refused where it has happened
		},
	}
	before := c.get(c.product("digital product")).object("product")["sales_count"].(float64)
	uses := c.form("PUT", "/v2/licenses/enable", "product_id", working.ProductID, "license_key", working.LicenseKey).value("uses").(float64)
	const times = 12
	var wg sync.WaitGroup
	for _, run := range requests {
		wg.Go(func() {
			for i := range times {
				run(i)
			}
		})
	}
	wg.Wait()
	if got := c.get(c.product("digital product")).object("product")["sales_count"].(float64); got != before+times {
		t.Errorf("%v sales, want %v", got, before+times)
	}
	if got := c.form("PUT", "/v2/licenses/enable", "product_id", working.ProductID, "license_key", working.LicenseKey).value("uses"); got != uses+times {
		t.Errorf("%v uses, want %v", got, uses+times)
	}
}

func TestBuy(t *testing.T) {
	c := newSandbox(t, Options{})
	get := func(p Purchase) map[string]any {
		t.Helper()
		id, err := c.s.Buy(p)
		if err != nil {
			t.Fatal(err)
		}
		return c.get("/v2/sales/" + id).ok().object("sale")
	}
	licensed := get(Purchase{Product: "grdsmt", Email: "a@example.com"})
	key := licensed["license_key"].(string)
	check(t, c.form("POST", "/v2/licenses/verify", "product_id", licensed["product_id"].(string), "license_key", key).ok().object(), map[string]any{"uses": 1.0})
	member := get(Purchase{Product: "pxlclb", Variants: []string{"Studio"}, Recurrence: "yearly"})
	check(t, member, map[string]any{"price": 24000.0, "formatted_display_price": "$240 a year", "recurring_charge": false})
	check(t, c.get("/v2/subscribers/"+member["subscription_id"].(string)).ok().object("subscriber"), map[string]any{"status": "alive", "purchase_ids": []any{member["id"]}})
	if got := c.get(c.product("membership") + "/subscribers").list("subscribers")[0]["id"]; got != member["subscription_id"] {
		t.Errorf("newest subscriber %v", got)
	}
	check(t, get(Purchase{Product: "tdlfrm", Variants: []string{"Oak", "A3"}}), map[string]any{"price": 9900.0, "variants_and_quantity": "(A3, Oak)"})
	check(t, get(Purchase{Product: "ltrcrs"}), map[string]any{"formatted_display_price": "$39 a month"})
	check(t, get(Purchase{Product: "strtbn", FullName: "B"}), map[string]any{"is_bundle_purchase": true, "full_name": "B"})
	preorder := get(Purchase{Product: "fldnts"})
	check(t, preorder, map[string]any{"is_preorder_authorization": true})
	if c.get("/v2/sales").list("sales")[0]["id"] == preorder["id"] {
		t.Error("a pre-order is listed")
	}
	own := get(Purchase{Product: "pxlclb", Email: "hello@pixelandpage.example"})
	if c.get("/v2/sales").list("sales")[0]["id"] == own["id"] {
		t.Error("a test purchase is listed")
	}
	if got := c.get(c.product("membership") + "/subscribers").list("subscribers")[0]["id"]; got == own["subscription_id"] {
		t.Error("a test subscription is listed")
	}
	if _, err := c.s.Buy(Purchase{Product: c.id("other store's product")}); err != nil {
		t.Error(err)
	}
	code := c.form("POST", "/v2/products/inkwsh/offer_codes", "name", "once", "amount_off", "100", "max_purchase_count", "1").ok().object("offer_code")["id"].(string)
	check(t, get(Purchase{Product: "inkwsh", OfferCode: "ONCE"}), map[string]any{"price": 1100.0})
	check(t, c.get("/v2/products/inkwsh/offer_codes/"+code).object("offer_code"), map[string]any{"times_used": 1.0})
	c.form("PUT", "/v2/products/clrmix", "max_purchase_count", "1").ok()
	c.form("POST", "/v2/products/wllppr/variant_categories").ok()
	for _, p := range []Purchase{
		{}, {Product: "nobody"}, {Product: "tpgwbk"}, {Product: "inkwsh", Quantity: -1}, {Product: "clrmix"}, {Product: "inkwsh", OfferCode: "once"}, {Product: "inkwsh", OfferCode: "SPRING"},
		{Product: "inkwsh", OfferCode: "DREI"}, {Product: "qtgrd", Variants: []string{"Scroll"}}, {Product: "pxlclb", Recurrence: "daily"}, {Product: "wllppr"}, {Product: "qtgrd", Variants: []string{"Studio licence"}, Quantity: 501},
	} {
		if id, err := c.s.Buy(p); err == nil {
			t.Errorf("%+v sold as %s", p, id)
		}
	}
}

func TestTexts(t *testing.T) {
	for _, row := range []struct {
		ago  time.Duration
		want string
	}{
		{10 * time.Second, "less than a minute ago"}, {time.Minute, "1 minute ago"}, {30 * time.Minute, "30 minutes ago"}, {time.Hour, "about 1 hour ago"},
		{5 * time.Hour, "about 5 hours ago"}, {30 * time.Hour, "1 day ago"}, {9 * day, "9 days ago"}, {35 * day, "about 1 month ago"}, {50 * day, "about 2 months ago"},
		{100 * day, "3 months ago"}, {370 * day, "about 1 year ago"}, {500 * day, "over 1 year ago"}, {700 * day, "almost 2 years ago"},
	} {
		if got := timeAgo(row.ago); got != row.want {
			t.Errorf("%s: %q, want %q", row.ago, got, row.want)
		}
	}
	for at, want := range map[time.Time]string{
		time.Date(2021, 1, 5, 11, 38, 0, 0, time.UTC): " 5 Jan 2021 11:38 AM", time.Date(2021, 12, 15, 0, 5, 0, 0, time.UTC): "15 Dec 2021 12:05 AM",
		time.Date(2021, 1, 5, 13, 7, 0, 0, time.UTC): " 5 Jan 2021  1:07 PM",
	} {
		if got := daystamp(at); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, row := range []struct {
		currency string
		minor    int
		want     string
	}{{"usd", 99, "99¢"}, {"usd", 500, "$5"}, {"usd", 550, "$5.50"}, {"usd", 0, "$0"}, {"usd", 123456789, "$1,234,567.89"}, {"eur", 79, "€0.79"}, {"jpy", 1500, "¥1,500"}} {
		if got := currencies[row.currency].price(row.minor); got != row.want {
			t.Errorf("%s %d: %q, want %q", row.currency, row.minor, got, row.want)
		}
	}
	if got := sentence(nil) + sentence([]string{"a", "b", "c"}); got != "a, b, and c" {
		t.Errorf("sentence %q", got)
	}
}

func TestIDs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, numericMask).Draw(rt, "n")
		if got := deobfuscate(obfuscate(n)); got != n || obfuscate(n) < 0 || obfuscate(n) > numericMask {
			rt.Fatalf("%d came back as %d", n, got)
		}
		at := time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(rt, "at"), 123_456_000).UTC()
		c, valid := parsePageKey(pageKey(at, n))
		if obfuscate(n) != 0 && (!valid || !c.known || !c.at.Equal(at) || c.n != n) {
			rt.Fatalf("%s became %+v", pageKey(at, n), c)
		}
	})
	for key, want := range map[string]bool{"20230119081040000000-123456": true, "20230119-5": false, "2023011908104012x-5": false, "20231319081040000000-5": false} {
		if c, valid := parsePageKey(key); !valid || c.known != want {
			t.Errorf("%s: %+v %v", key, c, valid)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("GET", "/v2/sales?after=2026-01-01", "", "")
	f.Add("POST", "/v2/licenses/verify", "application/json", `{"license_key":{"a":[1]}}`)
	f.Add("PUT", "/v2/products/inkwsh", "application/x-www-form-urlencoded", "tags[]=a&files[][url]=x&rich_content[][description][content][]=1")
	f.Add("POST", "/v2/products/inkwsh/offer_codes", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--b--\r\n")
	s := New(Options{Now: frozen, Sales: 1})
	f.Fuzz(func(t *testing.T, method, target, contentType, body string) {
		req, err := http.NewRequest(method, "http://sandbox.test/", strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		if req.URL, err = req.URL.Parse(target); err != nil {
			t.Skip()
		}
		req.Header.Set("Authorization", "Bearer sandbox")
		req.Header.Set("Content-Type", contentType)
		res, err := s.RoundTrip(req)
		if err != nil || res.StatusCode < 200 || res.StatusCode > 599 {
			t.Fatalf("%v %v", res, err)
		}
	})
}

func BenchmarkListSales(b *testing.B) {
	s := New(Options{Now: frozen, Sales: 100_000})
	for b.Loop() {
		req, _ := http.NewRequest(http.MethodGet, "http://sandbox.test/v2/sales?after=2026-01-01", nil)
		req.Header.Set("Authorization", "Bearer sandbox")
		if res, err := s.RoundTrip(req); err != nil || res.StatusCode != http.StatusOK {
			b.Fatal(res, err)
		}
	}
}
