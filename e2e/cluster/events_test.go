package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/e2e/program"
)

// requests notes when requests to Gumroad reach the sandbox. Those to Maton are not counted: probes of readiness are among
// them, and wait for no turn.
type requests struct {
	next http.Handler

	mu    sync.Mutex
	times []time.Time
}

func (r *requests) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if strings.HasPrefix(request.URL.Path, "/gumroad/") {
		r.mu.Lock()
		r.times = append(r.times, time.Now())
		r.mu.Unlock()
	}
	r.next.ServeHTTP(w, request)
}

// since returns when requests came, from a time on.
func (r *requests) since(t time.Time) []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.times), func(at time.Time) bool { return at.Before(t) })
}

// export has one instance write a file, and reads it on each.
func (c *cluster) export(t *testing.T) {
	written, err := callAt(c.token, "http://"+c.instances[0].Addr, "export_sales",
		map[string]any{"connection_id": c.connection, "period": "last_month"})
	if err != nil || written.isError {
		t.Fatalf("export_sales: %v (%v)", written.result, err)
	}
	var first string
	for i, instance := range c.instances {
		text, err := c.read("http://"+instance.Addr, fmt.Sprint(written.result["resource"]))
		if err != nil {
			t.Fatalf("instance%d: %v", i, err)
		}
		if i == 0 {
			first = text
		}
		if text != first || strings.Count(text, "\n") < 10 {
			t.Errorf("instance%d reads %d bytes, and the first %d", i, len(text), len(first))
		}
	}
	t.Logf("%d bytes, the same on %d instances", len(first), len(c.instances))
}

// read reads a resource on an instance.
func (c *cluster) read(base, uri string) (string, error) {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": map[string]any{"uri": uri}})
	if err != nil {
		return "", err
	}
	request, err := http.NewRequest(http.MethodPost, base+"/mcp", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	var message struct {
		Result struct{ Contents []struct{ Text string } }
	}
	if err := json.Unmarshal(raw, &message); err != nil || len(message.Result.Contents) == 0 {
		return "", fmt.Errorf("no contents: %s", raw)
	}
	return message.Result.Contents[0].Text, nil
}

// rate has three more instances, which keep to the usual rate, flooded with calls.
func (c *cluster) rate(t *testing.T) {
	const perSecond, lasting = 8, 6 * time.Second
	var limited []string
	for range instances {
		limited = append(limited, "http://"+c.serve("127.0.0.1:0").Addr)
	}
	arguments := map[string]any{"connection_id": c.connection, "product_id": c.products(t)[0]}
	for _, base := range limited { // what they remember afterwards needs no request
		if _, err := callAt(c.token, base, "get_product", arguments); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	var group sync.WaitGroup
	for n := range 8 * instances {
		group.Go(func() {
			for time.Since(began) < lasting {
				if _, err := callAt(c.token, limited[n%instances], "get_product", arguments); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	times := c.requests.since(began)
	worst := 0
	for i, at := range times {
		within := 0
		for _, later := range times[i:] {
			if later.Sub(at) < time.Second {
				within++
			}
		}
		worst = max(worst, within)
	}
	mean := float64(len(times)) / time.Since(began).Seconds()
	t.Logf("%d requests of %d instances: %.1f a second, %d in the worst second", len(times), instances, mean, worst)
	// Each instance may take one turn by itself before it has heard of the others.
	if most := perSecond*time.Since(began).Seconds() + instances; float64(len(times)) > most {
		t.Errorf("want at most %.0f requests, %d a second", most, perSecond)
	}
}

// events loses an instance and a NATS server while webhooks come.
func (c *cluster) events(t *testing.T) {
	c.webhooks(t, 240, func() {
		addr := c.instances[2].Addr
		c.instances[2].End(os.Kill)
		c.nats.Kill(0)
		c.instances[2] = c.serve(addr, unlimited...)
		c.nats.Restart(0)
	})
}

// TestOneServer kills the one server of a directory while webhooks come.
func TestOneServer(t *testing.T) {
	if os.Getenv("CLUSTER_HAPROXY") == "" {
		t.Skip("it is run with the cluster")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String() // which the server has to know before it listens
	listener.Close()
	c := alone(t, "http://"+addr, []string{"--data-dir", t.TempDir()})
	c.instances = []*program.Server{c.serve(addr, unlimited...)}
	await(t, c.proxy+"/readyz")
	c.webhooks(t, 120, func() {
		c.instances[0].End(os.Kill)
		c.instances[0] = c.serve(addr, unlimited...)
	})
}

// webhooks sends webhooks of refunds as Gumroad does, while something is killed, and counts what is in the journal.
// Refunds of old sales are found by no look at the store, so only webhooks can bring them.
func (c *cluster) webhooks(t *testing.T, pings int64, kill func()) {
	began := time.Now()
	if got, err := c.confirmed("watch_store", map[string]any{"connection_id": c.connection}); err != nil || got.isError {
		t.Fatalf("watch_store: %v (%v)", got.result, err)
	}
	address := c.hook(t)
	var (
		next, acknowledged, again atomic.Int64
		group                     sync.WaitGroup
		slowest                   atomic.Int64
	)
	sales := c.refunded(t, int(pings))
	aThird, killed := make(chan struct{}), make(chan struct{})
	for range workers {
		group.Go(func() {
			for n := next.Add(1); n <= pings; n = next.Add(1) {
				switch n {
				case pings / 3:
					close(aThird)
				case 2 * pings / 3:
					<-killed
				}
				form := url.Values{"resource_name": {"refund"}, "sale_id": {sales[n-1]}, "refunded": {"true"}}.Encode()
				for { // Gumroad repeats a 503; here a broken connection is repeated, too
					sent := time.Now()
					response, err := http.Post(address, "application/x-www-form-urlencoded", strings.NewReader(form))
					if err == nil {
						response.Body.Close()
						slowest.Store(max(slowest.Load(), int64(time.Since(sent))))
						if response.StatusCode == http.StatusOK {
							break
						}
					}
					again.Add(1)
					time.Sleep(100 * time.Millisecond)
				}
				acknowledged.Add(1)
			}
		})
	}
	<-aThird
	kill()
	for _, instance := range c.instances {
		await(t, "http://"+instance.Addr+"/readyz")
	}
	close(killed)
	group.Wait()

	var before map[string]int
	for i, instance := range c.instances {
		told, err := c.journal("http://"+instance.Addr, began, int(pings))
		if err != nil {
			t.Fatalf("instance%d: %v", i, err)
		}
		lost, twice := 0, 0
		for _, id := range sales {
			switch told[id] {
			case 1:
			case 0:
				lost++
			default:
				twice++
			}
		}
		if lost+twice > 0 || len(told) != int(pings) {
			t.Errorf("instance%d: %d of %d events, %d lost, %d twice", i, len(told), pings, lost, twice)
		}
		if i > 0 && !maps.Equal(told, before) {
			t.Errorf("instance%d tells other events than the one before", i)
		}
		before = told
	}
	t.Logf("%d webhooks acknowledged, %d sent again, the slowest answer after %v; %d events on each instance, 0 lost, 0 twice",
		acknowledged.Load(), again.Load(), time.Duration(slowest.Load()).Round(time.Millisecond), len(before))
}

// confirmed calls a tool and agrees to its question.
func (c *cluster) confirmed(tool string, arguments map[string]any) (answer, error) {
	got, err := c.call(tool, arguments)
	if err != nil || got.result["confirm_token"] == nil {
		return got, err
	}
	arguments["confirm_token"] = got.result["confirm_token"]
	return c.call(tool, arguments)
}

// hook is the address to which Gumroad sends refunds.
func (c *cluster) hook(t *testing.T) string {
	t.Helper()
	listed, err := c.call("list_webhooks", map[string]any{"connection_id": c.connection, "resource_name": "refund"})
	if err != nil || listed.isError {
		t.Fatalf("list_webhooks: %v (%v)", listed.result, err)
	}
	for _, row := range listed.result["resource_subscriptions"].([]any) {
		if address := fmt.Sprint(row.(map[string]any)["post_url"]); strings.HasPrefix(address, c.proxy) {
			return address
		}
	}
	t.Fatalf("no webhook comes here: %v", listed.result)
	return ""
}

// refunded are old sales that are refunded, more or less.
func (c *cluster) refunded(t *testing.T, n int) (ids []string) {
	t.Helper()
	arguments := map[string]any{"connection_id": c.connection, "limit": 100, "before": time.Now().AddDate(0, -6, 0).Format(time.DateOnly)}
	for len(ids) < n {
		page, err := c.call("list_sales", arguments)
		if err != nil || page.isError {
			t.Fatalf("list_sales: %v (%v)", page.result, err)
		}
		for _, row := range page.result["sales"].([]any) {
			sale := row.(map[string]any)
			if sale["refunded"] == true || sale["partially_refunded"] == true || len(ids) == n {
				continue
			}
			got, err := c.confirmed("refund_sale", map[string]any{"connection_id": c.connection, "sale_id": sale["id"]})
			if err == nil && !got.isError {
				ids = append(ids, fmt.Sprint(sale["id"]))
			}
		}
		if page.result["next_page_key"] == nil {
			t.Fatalf("only %d sales can be refunded", len(ids))
		}
		arguments["page_key"] = page.result["next_page_key"]
	}
	return ids
}

// journal reads the refunds on an instance until there are as many as are wanted, and returns how often each sale is
// among them.
func (c *cluster) journal(base string, since time.Time, want int) (map[string]int, error) {
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		told, busy, err := c.refundsAt(base, since)
		late := time.Now().After(deadline)
		switch {
		case err != nil:
			return nil, err
		case busy != nil && late: // until NATS has a leader again
			return nil, errors.New(fmt.Sprint(busy))
		case busy == nil && (len(told) >= want || late): // until the webhooks have been read again
			return told, nil
		}
	}
}

// refundsAt reads the refunds that an instance tells of. busy is its answer if that says to try again.
func (c *cluster) refundsAt(base string, since time.Time) (told map[string]int, busy map[string]any, err error) {
	told = map[string]int{}
	arguments := map[string]any{"connection_id": c.connection, "since": since.UTC().Format(time.RFC3339), "kinds": []string{"refund"}, "limit": 50}
	for {
		page, err := callAt(c.token, base, "list_events", arguments)
		switch {
		case err != nil:
			return nil, nil, err
		case page.isError && page.result["retryable"] == true:
			return nil, page.result, nil
		case page.isError:
			return nil, nil, errors.New(fmt.Sprint(page.result))
		}
		for _, row := range page.result["events"].([]any) {
			told[fmt.Sprint(row.(map[string]any)["sale_id"])]++
		}
		if page.result["more"] != true {
			return told, nil, nil
		}
		arguments["since"] = page.result["next"]
	}
}
