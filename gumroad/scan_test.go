package gumroad_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// row is a sale as the scan sees it.
type row struct {
	id int
	at time.Time
}

// seller answers GET /sales by Gumroad's documented rules, from rows a test chose: ten a page, newest first, and a
// page key that goes on with created_at <= its time and id < its id.
type seller struct {
	mu       sync.Mutex
	rows     []row
	requests int
	// meanwhile happens before the nth answer.
	meanwhile func(n int, s *seller)
	// lie changes an answer.
	lie func(query url.Values, page map[string]any)
}

const sellerPage = 10

func (s *seller) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if s.meanwhile != nil {
		s.meanwhile(s.requests, s)
	}
	page := s.page(r.URL.Query())
	if s.lie != nil {
		s.lie(r.URL.Query(), page)
	}
	body, err := json.Marshal(page)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

func (s *seller) page(query url.Values) map[string]any {
	slices.SortFunc(s.rows, func(a, b row) int {
		if c := b.at.Compare(a.at); c != 0 {
			return c
		}
		return b.id - a.id
	})
	day := func(name string) (time.Time, bool) {
		t, err := time.Parse(time.DateOnly, query.Get(name))
		return t, err == nil
	}
	after, hasAfter := day("after")
	before, hasBefore := day("before")
	stamp, id, hasKey := strings.Cut(query.Get("page_key"), "-")
	keyTime, _ := time.Parse("20060102150405", stamp)
	keyID, _ := strconv.Atoi(id)
	var found []row
	for _, r := range s.rows {
		if hasAfter && r.at.Before(after) || hasBefore && !r.at.Before(before) ||
			hasKey && (r.at.After(keyTime) || r.id >= keyID) {
			continue
		}
		found = append(found, r)
	}
	answer := map[string]any{"success": true}
	sales := []any{}
	for _, r := range found[:min(sellerPage, len(found))] {
		sales = append(sales, map[string]any{
			"id": strconv.Itoa(r.id), "created_at": r.at.Format(time.RFC3339), "price": 100})
	}
	if answer["sales"] = sales; len(found) > sellerPage {
		last := found[sellerPage-1]
		answer["next_page_key"] = fmt.Sprintf("%s-%d", last.at.Format("20060102150405"), last.id)
	}
	return answer
}

func (s *seller) client(t testing.TB) *gumroad.Client { return newClient(t, s, -1) }

func newClient(t testing.TB, transport http.RoundTripper, perSecond float64) *gumroad.Client {
	t.Helper()
	c, err := gumroad.New(gumroad.Config{
		GumroadToken: gumroad.NewCredential(sandbox.GumroadToken), Transport: transport, RequestsPerSecond: perSecond})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// scan collects the ids a scan yields, sorted.
func scan(ctx context.Context, c *gumroad.Client, in gumroad.ListSales) (ids []string, err error) {
	for sale, err := range c.ScanSales(ctx, in) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, sale.ID)
	}
	slices.Sort(ids)
	return ids, nil
}

var noon = time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)

// days draws the two ends of a scan; either may be open.
func days(t *rapid.T) (in gumroad.ListSales, within func(row) bool) {
	offset := func(name string) (time.Time, string) {
		if rapid.Bool().Draw(t, name+" open") {
			return time.Time{}, ""
		}
		day := noon.Truncate(24*time.Hour).AddDate(0, 0, -rapid.IntRange(-2, 500).Draw(t, name))
		return day, day.Format(time.DateOnly)
	}
	after, before := time.Time{}, time.Time{}
	after, in.After = offset("after")
	before, in.Before = offset("before")
	return in, func(r row) bool {
		return (in.After == "" || !r.at.Before(after)) && (in.Before == "" || r.at.Before(before))
	}
}

// drawRows draws sales that come singly, in bursts of one second, around midnights and years apart.
func drawRows(t *rapid.T) []row {
	var at []time.Time
	for range rapid.IntRange(0, 8).Draw(t, "clusters") {
		moment := noon.Add(-time.Duration(rapid.Int64Range(0, 500*86400).Draw(t, "moment")) * time.Second)
		if rapid.Bool().Draw(t, "midnight") {
			moment = moment.Truncate(24 * time.Hour)
		}
		spread := rapid.SampledFrom([]int64{0, 1, 3600, 20 * 86400, 400 * 86400}).Draw(t, "spread")
		for range rapid.IntRange(0, 60).Draw(t, "size") {
			at = append(at, moment.Add(-time.Duration(rapid.Int64Range(0, spread).Draw(t, "before"))*time.Second))
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	rows := make([]row, len(at))
	for i := range at { // ids rise with time, as upstream's do
		rows[i] = row{1000 + i, at[i]}
	}
	return rows
}

// TestScanYieldsEveryRowOnce is the promise, whatever the distribution of the sales, and although more arrive.
func TestScanYieldsEveryRowOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &seller{rows: drawRows(rt)}
		in, within := days(rt)
		want := []string{}
		for _, r := range s.rows {
			if within(r) {
				want = append(want, strconv.Itoa(r.id))
			}
		}
		slices.Sort(want)
		lastID := 1000 + len(s.rows)
		arrivals := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 12).Draw(rt, "arrivals")
		s.meanwhile = func(n int, s *seller) {
			if n > len(arrivals) {
				return
			}
			for range arrivals[n-1] {
				lastID++
				s.rows = append(s.rows, row{lastID, noon.Add(time.Duration(lastID) * time.Second)})
			}
		}
		got, err := scan(rt.Context(), s.client(t), in)
		if err != nil {
			rt.Fatal(err)
		}
		if unique := slices.Compact(slices.Clone(got)); len(unique) != len(got) {
			rt.Fatalf("%d rows, %d of them different", len(got), len(unique))
		}
		// What arrived meanwhile may be there.
		known := slices.DeleteFunc(got, func(id string) bool { _, old := slices.BinarySearch(want, id); return !old })
		if diff := cmp.Diff(want, known, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// TestScanDetectsLies: whatever would make a total wrong ends the scan with an error.
func TestScanDetectsLies(t *testing.T) {
	year := func() []row {
		var rows []row
		for i := range 200 {
			rows = append(rows, row{1000 + i, noon.AddDate(0, 0, -200+i)})
		}
		return rows
	}
	for name, lie := range map[string]func(url.Values, map[string]any){
		"the page key asked for again": func(q url.Values, page map[string]any) {
			if key := q.Get("page_key"); key != "" {
				page["next_page_key"] = key
			}
		},
		"the first page for ever": func(_ url.Values, page map[string]any) {
			page["sales"] = []any{map[string]any{"id": "1", "created_at": "2026-06-01T00:00:00Z"}}
			page["next_page_key"] = "20260601000000000000-1"
		},
		"a row from another day": func(q url.Values, page map[string]any) {
			if q.Get("after") != "2026-01-01" {
				other := map[string]any{"id": "7", "created_at": "2026-01-01T00:00:00Z"}
				page["sales"] = append(page["sales"].([]any), other)
			}
		},
		"filters ignored": func(q url.Values, page map[string]any) {
			page["sales"] = []any{map[string]any{"id": "7", "created_at": "2026-12-01T00:00:00Z"}}
		},
		"the wrong order": func(_ url.Values, page map[string]any) {
			slices.Reverse(page["sales"].([]any))
		},
		"a row without a time": func(_ url.Values, page map[string]any) {
			delete(page["sales"].([]any)[0].(map[string]any), "created_at")
		},
		"a row without an id": func(_ url.Values, page map[string]any) {
			page["sales"].([]any)[0].(map[string]any)["id"] = ""
		},
		"an empty page that goes on": func(_ url.Values, page map[string]any) {
			page["sales"], page["next_page_key"] = []any{}, "20260601000000000000-1"
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &seller{rows: year(), lie: lie}
			got, err := scan(t.Context(), s.client(t), gumroad.ListSales{After: "2026-01-01", Before: "2026-11-20"})
			if !errors.Is(err, gumroad.UpstreamUnavailable) {
				t.Fatalf("%d rows, error %v", len(got), err)
			}
		})
	}
}

// TestScanDropsRepeatedRows: a page that begins with the row the last one ended with.
func TestScanDropsRepeatedRows(t *testing.T) {
	var rows []row
	for i := range 95 {
		rows = append(rows, row{1000 + i, noon.Add(time.Duration(i/20) * time.Second)})
	}
	s := &seller{rows: rows}
	var last any
	s.lie = func(q url.Values, page map[string]any) {
		sales := page["sales"].([]any)
		if q.Get("page_key") != "" {
			padded := maps.Clone(last.(map[string]any)) // the same row from a server that pads ids
			padded["id"] = padded["id"].(string) + "=="
			page["sales"] = append([]any{last, padded}, sales...)
		}
		last = sales[len(sales)-1]
	}
	got, err := scan(t.Context(), s.client(t), gumroad.ListSales{After: "2026-11-15", Before: "2026-11-16"}) // one walk
	if err != nil || len(got) != len(rows) || len(slices.Compact(got)) != len(rows) {
		t.Fatalf("%d rows of %d, error %v", len(got), len(rows), err)
	}
}

func TestScanOfNoDaysAsksNothing(t *testing.T) {
	s := &seller{rows: []row{{1, noon}}}
	got, err := scan(t.Context(), s.client(t), gumroad.ListSales{After: "2026-11-16", Before: "2026-11-15"})
	if err != nil || len(got) != 0 || s.requests != 0 {
		t.Errorf("%v, %v after %d requests", got, err, s.requests)
	}
}

func TestScanRefusesWhatIsNotADate(t *testing.T) {
	s := &seller{rows: []row{{1, noon}}}
	_, err := scan(t.Context(), s.client(t), gumroad.ListSales{After: "November"})
	want := &gumroad.Error{Code: gumroad.InvalidArguments, Message: "after must be a date as YYYY-MM-DD."}
	if diff := diffError(want, err); diff != "" {
		t.Error(diff)
	}
}

// slow waits before every answer, as a network does, and records when requests were sent.
type slow struct {
	http.RoundTripper
	latency time.Duration

	mu   sync.Mutex
	sent []time.Time
	busy int
	peak int
}

func (s *slow) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.sent = append(s.sent, time.Now())
	s.busy++
	s.peak = max(s.peak, s.busy)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.busy--
	}()
	timer := time.NewTimer(s.latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return s.RoundTripper.RoundTrip(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func demoStore(t testing.TB, sales int) *sandbox.Sandbox {
	store := sandbox.New(sandbox.Options{Now: func() time.Time { return noon }, Sales: sales})
	t.Cleanup(func() { store.Close() })
	return store
}

// TestScanKeepsTheRate: however wide the scan, no second has more requests than the limit, on a clock that only
// waiting moves.
func TestScanKeepsTheRate(t *testing.T) {
	store := demoStore(t, 1200)
	synctest.Test(t, func(t *testing.T) {
		network := &slow{RoundTripper: store, latency: time.Second}
		const perSecond = 8
		year := gumroad.ListSales{After: "2025-11-16", Before: "2026-11-16"}
		got, err := scan(t.Context(), newClient(t, network, perSecond), year)
		if err != nil || len(got) < 900 {
			t.Fatalf("%d sales, %v", len(got), err)
		}
		first, last := network.sent[0], network.sent[len(network.sent)-1]
		for i, from := range network.sent {
			within := 0
			for _, at := range network.sent[i:] {
				if at.Sub(from) < time.Second {
					within++
				}
			}
			if within > perSecond {
				t.Fatalf("%d requests within a second, %s after the first", within, from.Sub(first))
			}
		}
		// The answers take a second each: only a wide scan comes near the limit.
		if rate := float64(len(network.sent)-1) / last.Sub(first).Seconds(); rate < 0.8*perSecond {
			t.Errorf("%.1f requests a second, of %d allowed", rate, perSecond)
		}
	})
}

// TestScanStopsWithinOneRequest: nothing is asked for after the cancellation, and nothing is left running.
func TestScanStopsWithinOneRequest(t *testing.T) {
	store := demoStore(t, 400)
	synctest.Test(t, func(t *testing.T) {
		network := &slow{RoundTripper: store, latency: time.Second}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		rows, asked := 0, 0
		var failed error
		for _, err := range newClient(t, network, -1).ScanSales(ctx, gumroad.ListSales{}) {
			if err != nil {
				failed = err
				break
			}
			if rows++; rows == 100 {
				asked = len(network.sent)
				cancel()
			}
		}
		if failed == nil || network.busy != 0 || len(network.sent) > asked+16 {
			t.Errorf("%v; %d under way; %d requests after the cancellation",
				failed, network.busy, len(network.sent)-asked)
		}
	})
}

// TestScanStopsWithItsConsumer: a consumer that has seen enough leaves nothing running.
func TestScanStopsWithItsConsumer(t *testing.T) {
	store := demoStore(t, 400)
	synctest.Test(t, func(t *testing.T) {
		network := &slow{RoundTripper: store, latency: time.Second}
		for range newClient(t, network, -1).ScanSales(t.Context(), gumroad.ListSales{}) {
			break
		}
		if network.busy != 0 {
			t.Errorf("%d requests are under way", network.busy)
		}
	})
}

// TestScanFailsWhole: the fortieth request fails for good.
func TestScanFailsWhole(t *testing.T) {
	store := demoStore(t, 600)
	store.Inject(sandbox.Fault{Path: "/sales", Kind: sandbox.FaultStatus, Status: http.StatusForbidden, After: 39})
	got, err := scan(t.Context(), newClient(t, store, -1), gumroad.ListSales{})
	if !errors.Is(err, gumroad.MissingScope) {
		t.Fatalf("%d sales and %v", len(got), err)
	}
}

// TestScanReportsProgress counts the rows up to all of them.
func TestScanReportsProgress(t *testing.T) {
	var counted []int
	ctx := gumroad.WithProgress(t.Context(), func(done, _ int, _ string) { counted = append(counted, done) })
	got, err := scan(ctx, newClient(t, demoStore(t, 300), -1), gumroad.ListSales{})
	if err != nil || !slices.IsSorted(counted) || counted[len(counted)-1] != len(got) {
		t.Errorf("%d rows, %v, reported %v", len(got), err, counted)
	}
}

// TestScanWastesFewRequests: windows end with a page that is not full; that must stay small.
func TestScanWastesFewRequests(t *testing.T) {
	for _, days := range []int{1, 7, 30, 365} {
		store := demoStore(t, 1200)
		from := noon.AddDate(0, 0, -days).Format(time.DateOnly)
		got, err := scan(t.Context(), newClient(t, store, -1), gumroad.ListSales{After: from, Before: "2026-11-16"})
		if err != nil {
			t.Fatal(err)
		}
		least, sent := (len(got)+9)/10, len(store.Journal())
		t.Logf("%d days: %d sales in %d requests, %d at the least", days, len(got), sent, least)
		if sent > least+least/4+3 {
			t.Errorf("%d days: %d requests where %d would do", days, sent, least)
		}
	}
}
