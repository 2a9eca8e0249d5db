package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
)

func TestCallerRate(t *testing.T) {
	anna, annaLine := server.NewToken()
	bert, bertLine := server.NewToken()
	var clock atomic.Pointer[time.Time]
	clock.Store(&now)
	f := start(t, withGrants(t, annaLine+"\n"+bertLine, server.Tokens), func(s *setup) {
		s.options.CallerRate = 0.5
		s.options.Now = func() time.Time { return *clock.Load() }
	})
	call := func(token string) answer { return f.post(callBody("get_user", nil), "Authorization", "Bearer "+token) }
	if got := call(anna); got.status != http.StatusOK {
		t.Fatalf("the first: %d", got.status)
	}
	got := call(anna)
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "2" {
		t.Errorf("the second at once: %d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
	if got := call(bert); got.status != http.StatusOK {
		t.Errorf("someone else: %d", got.status)
	}
	clock.Store(new(now.Add(2 * time.Second)))
	if got := call(anna); got.status != http.StatusOK {
		t.Errorf("after the wait: %d", got.status)
	}
}

func TestInFlight(t *testing.T) {
	g := newGate()
	f := start(t, g.behind, func(s *setup) { s.options.MaxInFlight = 1 })
	done := make(chan answer)
	go func() {
		a, _ := f.try(callBody("get_user", nil))
		done <- a
	}()
	<-g.arrived
	if got := f.post(callBody("get_user", nil)); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Errorf("the second: %d %s", got.status, got.body)
	}
	if got := f.get("/healthz"); got.status != http.StatusOK {
		t.Errorf("healthz of a busy server: %d", got.status)
	}
	close(g.open)
	if got := <-done; got.code(t) != "" {
		t.Errorf("the first: %s", got.body)
	}
	if got := f.post(callBody("get_user", nil)); got.status != http.StatusOK {
		t.Errorf("afterwards: %d", got.status)
	}
}

// TestShutdownLetsCallsFinish stops the server while calls are held up, and lets them go on only once nothing new is
// accepted any more.
func TestShutdownLetsCallsFinish(t *testing.T) {
	const calls = 20
	g := newGate()
	f := start(t, g.behind)
	answers := make(chan answer, calls)
	for range calls {
		go func() {
			a, err := f.try(callBody("get_user", map[string]any{"connection_id": "of-no-matter"}))
			if err != nil {
				a.body = err.Error()
			}
			answers <- a
		}()
	}
	for range calls {
		<-g.arrived
	}
	f.stop()
	for {
		connection, err := net.Dial("tcp", strings.TrimPrefix(f.base, "http://"))
		if err != nil {
			break
		}
		connection.Close()
	}
	close(g.open)
	for range calls {
		if a := <-answers; a.status != http.StatusOK {
			t.Errorf("a call in flight: %d %s", a.status, a.body)
		}
	}
	if err := <-f.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestShutdownCancelsCalls: what does not finish in time is cancelled, and still answered.
func TestShutdownCancelsCalls(t *testing.T) {
	g := newGate()
	f := start(t, g.behind, func(s *setup) { s.options.Grace = time.Nanosecond })
	done := make(chan answer)
	go func() {
		a, err := f.try(callBody("get_user", nil))
		if err != nil {
			a.body = err.Error()
		}
		done <- a
	}()
	<-g.arrived
	f.stop()
	if err := <-f.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	<-done // answered or cut off, but over
}

// TestTwoPrincipals interleaves two callers, each with a key and a store of their own, and looks for anything of the
// one in an answer to the other.
func TestTwoPrincipals(t *testing.T) {
	accounts := map[string]*sandbox.Sandbox{}
	for seed, key := range []string{"key-of-anna", "key-of-bert"} {
		accounts[key] = sandbox.New(sandbox.Options{Seed: uint64(seed + 1), Now: func() time.Time { return now }})
		defer accounts[key].Close()
	}
	f := start(t, func(s *setup) {
		s.client.MatonKey = gumroad.Credential{}
		s.client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			account, ok := accounts[key]
			if !ok {
				return nil, fmt.Errorf("an unknown key was sent")
			}
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", "Bearer "+sandbox.MatonKey)
			return account.RoundTrip(r)
		})
		s.auth = func(client *gumroad.Client, _ string) server.Authenticator { return server.Passthrough(client) }
	})
	bodies := []string{callBody("list_connections", nil), callBody("get_user", nil), callBody("list_products", map[string]any{"limit": 2})}
	want := map[string][]string{}
	for key := range accounts {
		for _, body := range bodies {
			want[key] = append(want[key], f.post(body, "Authorization", "Bearer "+key).body)
		}
	}
	for i := range bodies {
		if want["key-of-anna"][i] == want["key-of-bert"][i] {
			t.Fatalf("both accounts answer %s alike; the test would see nothing", bodies[i])
		}
	}
	const rounds = 170 // of 3 calls by 2 callers
	var workers sync.WaitGroup
	failures := make(chan string, 6*rounds)
	for key := range accounts {
		for i, body := range bodies {
			workers.Go(func() {
				for range rounds {
					got, err := f.try(body, "Authorization", "Bearer "+key)
					if err != nil || got.body != want[key][i] {
						failures <- fmt.Sprintf("%s: %.200s (%v)", key, got.body, err)
					}
				}
			})
		}
	}
	workers.Wait()
	close(failures)
	for failure := range failures {
		t.Error(failure)
	}
}

// TestConsentIsOnesOwn: a consent token is of no use to another caller, though both ask for the very same.
func TestConsentIsOnesOwn(t *testing.T) {
	store := sandbox.New(sandbox.Options{Now: func() time.Time { return now }})
	defer store.Close()
	f := start(t, func(s *setup) {
		s.client.MatonKey = gumroad.Credential{}
		s.client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", "Bearer "+sandbox.MatonKey) // both keys are of one account
			return store.RoundTrip(r)
		})
		s.auth = func(client *gumroad.Client, _ string) server.Authenticator { return server.Passthrough(client) }
	})
	first, _ := stores(t)
	listed, _ := f.post(callBody("list_products", map[string]any{"connection_id": first}), "Authorization", "Bearer anna").result(t)
	product := listed["products"].([]any)[0].(map[string]any)["id"]
	arguments := map[string]any{"connection_id": first, "product_id": product}
	asked, _ := f.post(callBody("delete_product", arguments), "Authorization", "Bearer anna").result(t)
	consent, _ := asked["confirm_token"].(string)
	if consent == "" {
		t.Fatalf("no confirm_token in %v", asked)
	}
	arguments["confirm_token"] = consent
	if got := f.post(callBody("delete_product", arguments), "Authorization", "Bearer bert"); got.code(t) != "confirmation_required" {
		t.Errorf("another caller's consent was taken: %s", got.body)
	}
	if got := f.post(callBody("delete_product", arguments), "Authorization", "Bearer anna"); got.code(t) != "" {
		t.Errorf("the caller's own was not: %s", got.body)
	}
	if got := f.post(callBody("delete_product", arguments), "Authorization", "Bearer anna"); got.code(t) == "" {
		t.Errorf("it was taken twice: %s", got.body)
	}
}

// TestProgressOverHTTP: notifications come on the answer's own stream, the last one included, before the answer.
func TestProgressOverHTTP(t *testing.T) {
	f := start(t)
	f.sandbox.Inject(sandbox.Fault{Path: "/user", Kind: sandbox.FaultStatus, Status: http.StatusServiceUnavailable, Count: 1})
	body := strings.Replace(callBody("get_user", nil), `"params":{`, `"params":{"_meta":{"progressToken":"p"},`, 1)
	got := f.post(body)
	progress := strings.Index(got.body, "notifications/progress")
	result := strings.Index(got.body, "structuredContent")
	if progress < 0 || result < progress || got.header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("%v %s", got.header, got.body)
	}
}

func TestTLS(t *testing.T) {
	certificate, pool := selfSigned(t)
	f := start(t, func(s *setup) { s.options.TLS = certificate })
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: pool}}
	defer client.CloseIdleConnections()
	response, err := client.Post(f.url, "application/json", strings.NewReader(callBody("get_user", nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var message map[string]any
	if err := errors.Join(json.NewDecoder(response.Body).Decode(&message)); err != nil || message["result"] == nil {
		t.Errorf("%d %v (%v)", response.StatusCode, message, err)
	}
}
