package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// These tests are of what no request shows, or shows only after years or thousands of calls.

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
			if row.refundedUSD > row.usdCents {
				rt.Fatalf("more refunded than paid: %+v", row)
			}
		}
		for _, h := range s.Highlights() {
			if !isExternalID(h.ID) && !slugForm.MatchString(h.ID) && !strings.Contains(h.Name, "connection") {
				rt.Fatalf("highlight %+v", h)
			}
		}
	})
}

func TestTimeAgo(t *testing.T) {
	for ago, want := range map[time.Duration]string{
		10 * time.Second: "less than a minute ago", time.Minute: "1 minute ago", 30 * time.Minute: "30 minutes ago",
		time.Hour: "about 1 hour ago", 5 * time.Hour: "about 5 hours ago", 30 * time.Hour: "1 day ago", 9 * day: "9 days ago",
		35 * day: "about 1 month ago", 50 * day: "about 2 months ago", 100 * day: "3 months ago",
		370 * day: "about 1 year ago", 500 * day: "over 1 year ago", 700 * day: "almost 2 years ago",
	} {
		t.Run(ago.String(), func(t *testing.T) {
			if got := timeAgo(ago); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestDaystamp(t *testing.T) {
	for want, at := range map[string]time.Time{
		" 5 Jan 2021 11:38 AM": time.Date(2021, 1, 5, 11, 38, 0, 0, time.UTC),
		"15 Dec 2021 12:05 AM": time.Date(2021, 12, 15, 0, 5, 0, 0, time.UTC),
		" 5 Jan 2021  1:07 PM": time.Date(2021, 1, 5, 13, 7, 0, 0, time.UTC),
	} {
		t.Run(want, func(t *testing.T) {
			if got := daystamp(at); got != want {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestPrice(t *testing.T) {
	for _, c := range []struct {
		currency string
		minor    int
		want     string
	}{
		{"usd", 0, "$0"}, {"usd", 99, "99¢"}, {"usd", 500, "$5"}, {"usd", 550, "$5.50"}, {"usd", 123456789, "$1,234,567.89"},
		{"eur", 79, "€0.79"}, {"jpy", 1500, "¥1,500"},
	} {
		t.Run(fmt.Sprint(c.minor, " ", c.currency), func(t *testing.T) {
			if got := currencies[c.currency].price(c.minor); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestNumericIDs: numbers hide row numbers without losing them, in orders and in page keys.
func TestNumericIDs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, numericMask).Draw(rt, "n")
		hidden := obfuscate(n)
		if got := deobfuscate(hidden); got != n || hidden < 0 || hidden > numericMask {
			rt.Fatalf("%d became %d and came back as %d", n, hidden, got)
		}
		at := time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(rt, "at"), 123_456_000).UTC()
		c, valid := parsePageKey(pageKey(at, n))
		if hidden == 0 {
			return // such a key is refused
		}
		if diff := cmp.Diff(cursor{at: at, n: n, known: true}, c, cmp.AllowUnexported(cursor{})); !valid || diff != "" {
			rt.Fatalf("%s is valid: %v, %s", pageKey(at, n), valid, diff)
		}
	})
}

func TestJournalIsBounded(t *testing.T) {
	var j journal
	for range 2*journalSize + 5 {
		j.add(Entry{})
	}
	entries := j.list()
	if got := []int{len(entries), entries[0].Seq, entries[len(entries)-1].Seq}; !cmp.Equal(got, []int{journalSize, journalSize + 6, 2*journalSize + 5}) {
		t.Errorf("%d entries, from %d to %d", got[0], got[1], got[2])
	}
}

// TestWebhooksStayOnLoopback: whatever stands in the store, a delivery never leaves this machine.
func TestWebhooksStayOnLoopback(t *testing.T) {
	s := New(Options{Sales: 1})
	defer s.Close()
	t.Run("the dialer refuses other addresses", func(t *testing.T) {
		_, err := s.webhooks.post(event{url: "http://192.0.2.1:9/", payload: newObject()}, 0)
		if err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("a delivery left the machine: %v", err)
		}
	})
	t.Run("a receiver that cannot be reached gets nothing", func(t *testing.T) {
		for _, url := range []string{"http://%zz", "http://127.0.0.1:1/"} {
			if _, err := s.webhooks.post(event{url: url, payload: newObject()}, 0); err == nil {
				t.Errorf("%s took a delivery", url)
			}
		}
	})
	for url, want := range map[string]bool{
		"http://localhost:1": true, "http://[::1]:1": true, "http://127.9.9.9": true, "http://example.com": false, "http://%zz": false,
	} {
		t.Run(url, func(t *testing.T) {
			if loopbackURL(url) != want {
				t.Errorf("not %v", want)
			}
		})
	}
}

// TestAddressesInPayloads: a part of an address that the buyer left out is empty, not null. A form does not show it.
func TestAddressesInPayloads(t *testing.T) {
	st := New(Options{Sales: 400}).stores[0]
	for _, s := range st.listed {
		if !s.product.physical || s.region != "" {
			continue
		}
		if state, _ := purchasePayload(st, s).get("state"); state != "" {
			t.Errorf("the state is %v", state)
		}
		return
	}
	t.Fatal("every buyer has a state")
}

// TestPayloadsThatNoRequestMakes: the API makes neither licensed memberships nor shipped products without SKUs.
func TestPayloadsThatNoRequestMakes(t *testing.T) {
	s := New(Options{Sales: 1})
	st := s.stores[0]
	sub := st.product(pixelClub).subs[0]
	sub.product.licensed = true
	sub.original.license = s.newLicense(sub.product)
	told := subscriptionPayload(sub)
	if key, _ := told.get("license_key"); key != sub.original.license.key {
		t.Errorf("the subscription's licence is %v", key)
	}
	charge := sub.charges[len(sub.charges)-1]
	if key, _ := purchasePayload(st, charge).get("license_key"); charge == sub.original || key != sub.original.license.key {
		t.Errorf("the charge's licence is %v", key)
	}
	if seats, known := purchasePayload(st, charge).get("is_multiseat_license"); !known || seats != false {
		t.Errorf("is_multiseat_license is %v", seats)
	}
	if _, known := purchasePayload(st, st.product(gridsmith).sales[0]).get("is_multiseat_license"); known {
		t.Error("a licence without a subscription tells whether it has seats")
	}
	row := &sale{product: st.product(harbourPrint)}
	if got := row.skuID(); got != "pid_"+row.product.id {
		t.Errorf("the SKU of a product without any is %s", got)
	}
	row.variants = []chosenVariant{{variant: &variant{id: "a variant"}}}
	if got := row.skuID(); got != "a variant" {
		t.Errorf("the SKU of a version is %s", got)
	}
}
