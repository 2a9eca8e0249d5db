package server_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

func TestCallerRate(t *testing.T) {
	anna, annaLine := server.NewToken()
	bert, bertLine := server.NewToken()
	var clock clock
	s := testserver.StartHTTP(t, tokens(t, annaLine, bertLine), clock.drives, func(s *testserver.Settings) {
		s.HTTP.CallerRate = 0.5
	})
	s.Post(getUser, bearer(anna)...).WantStatus(t, http.StatusOK)
	t.Run("who is too fast is told when to come back", func(t *testing.T) {
		got := s.In(t).Post(getUser, bearer(anna)...)
		got.WantStatus(t, http.StatusTooManyRequests)
		if diff := cmp.Diff("2", got.Header.Get("Retry-After")); diff != "" {
			t.Errorf("Retry-After (-want +got):\n%s", diff)
		}
	})
	t.Run("another caller is not held up", func(t *testing.T) {
		s.In(t).Post(getUser, bearer(bert)...).WantStatus(t, http.StatusOK)
	})
	t.Run("after the wait it is served", func(t *testing.T) {
		clock.pass(2 * time.Second)
		s.In(t).Post(getUser, bearer(anna)...).WantStatus(t, http.StatusOK)
	})
}

// TestManyCallers: only so many callers' rates are remembered, and those who have waited are forgotten first.
func TestManyCallers(t *testing.T) {
	const remembered = 4096
	var clock clock
	s := testserver.StartHTTP(t, passthrough, clock.drives, func(s *testserver.Settings) { s.HTTP.CallerRate = 0.5 })
	notJSON := func(caller string) testserver.Answer { return s.Post("not JSON", bearer(caller)...) }
	for n := range remembered - 1 {
		notJSON(fmt.Sprint("caller-", n)).WantStatus(t, http.StatusBadRequest)
	}
	clock.pass(2 * time.Second)
	notJSON("anna").WantStatus(t, http.StatusBadRequest)
	notJSON("one-too-many").WantStatus(t, http.StatusBadRequest)
	notJSON("anna").WantStatus(t, http.StatusTooManyRequests)
}

func TestInFlight(t *testing.T) {
	g := newGate()
	s := testserver.StartHTTP(t, g.stands, func(s *testserver.Settings) { s.HTTP.MaxInFlight, s.HTTP.PerCaller = 1, 2 })
	first := s.PostAside(getUser)
	<-g.arrived
	t.Run("one call too many is told to come back", func(t *testing.T) {
		got := s.In(t).Post(getUser)
		got.WantStatus(t, http.StatusServiceUnavailable)
		if diff := cmp.Diff("1", got.Header.Get("Retry-After")); diff != "" {
			t.Errorf("Retry-After (-want +got):\n%s", diff)
		}
	})
	t.Run("a busy server is alive", func(t *testing.T) {
		s.In(t).Get("/healthz").WantStatus(t, http.StatusOK)
	})
	t.Run("a call that ends leaves its place", func(t *testing.T) {
		close(g.open)
		(<-first).WantCode(t, "")
		s.In(t).Post(getUser).WantStatus(t, http.StatusOK)
	})
}

// TestInFlightOfOneCaller: a quarter of the slots is one caller's, and the answer says whose slots are taken.
func TestInFlightOfOneCaller(t *testing.T) {
	anna, annaLine := server.NewToken()
	bert, bertLine := server.NewToken()
	cora, coraLine := server.NewToken()
	g := newGate()
	s := testserver.StartHTTP(t, testserver.FirstStore, tokens(t, annaLine, bertLine, coraLine), g.stands,
		func(s *testserver.Settings) { s.HTTP.MaxInFlight, s.HTTP.PerCaller = 5, 3 })
	var calls []<-chan testserver.Answer
	fill := func(token string, slots int) {
		for range slots {
			calls = append(calls, s.PostAside(getUser, bearer(token)...))
		}
		for range slots {
			<-g.arrived
		}
	}
	fill(anna, 3)
	refused := func(t *testing.T, token string, status int, setting string) {
		t.Helper()
		got := s.In(t).Post(testserver.ListTools, bearer(token)...)
		got.WantStatus(t, status)
		if !strings.Contains(got.Body, setting+")") || got.Header.Get("Retry-After") == "" {
			t.Errorf("want %s and Retry-After, got %v %s", setting, got.Header, got.Body)
		}
	}
	t.Run("a caller who has taken theirs gets no more", func(t *testing.T) {
		refused(t, anna, http.StatusTooManyRequests, "--max-in-flight-per-caller")
	})
	t.Run("another caller does", func(t *testing.T) {
		s.In(t).Post(testserver.ListTools, bearer(bert)...).WantStatus(t, http.StatusOK)
	})
	t.Run("nobody does once all are taken", func(t *testing.T) {
		fill(bert, 2)
		refused(t, cora, http.StatusServiceUnavailable, "--max-in-flight")
	})
	t.Run("calls that end leave their slots", func(t *testing.T) {
		close(g.open)
		for _, call := range calls {
			(<-call).WantCode(t, "")
		}
		for _, token := range []string{anna, bert, cora} {
			s.In(t).Post(testserver.ListTools, bearer(token)...).WantStatus(t, http.StatusOK)
		}
	})
}

// TestEveryoneIsOneCaller: without authentication too, calls leave slots.
func TestEveryoneIsOneCaller(t *testing.T) {
	g := newGate()
	s := testserver.StartHTTP(t, testserver.FirstStore, g.stands, func(s *testserver.Settings) { s.HTTP.MaxInFlight = 8 })
	calls := []<-chan testserver.Answer{s.PostAside(getUser), s.PostAside(getUser)}
	<-g.arrived
	<-g.arrived
	s.Post(testserver.ListTools).WantStatus(t, http.StatusTooManyRequests)
	close(g.open)
	for _, call := range calls {
		(<-call).WantCode(t, "")
	}
}

// TestWaitsHoldNoSlot: calls that wait for a person leave the slots to others, and only a few may wait.
func TestWaitsHoldNoSlot(t *testing.T) {
	const waits = 20
	s := testserver.StartHTTP(t, func(s *testserver.Settings) { s.HTTP.MaxInFlight = 1 })
	made, _ := s.Post(testserver.CallBody("create_connection", nil)).Result(t)
	wait := func(seconds int) string {
		return testserver.CallBody("get_connection",
			map[string]any{"connection_id": made["connection_id"], "wait_seconds": seconds})
	}
	t.Run("a wait that is over leaves one slot", func(t *testing.T) {
		for range 2 {
			s.In(t).Post(wait(1)).WantCode(t, "")
		}
	})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	for range waits {
		body := strings.Replace(wait(45), `"params":{`, `"params":{"_meta":{"progressToken":"p"},`, 1)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		// Its progress tells that the call waits.
		first := make([]byte, 256)
		if n, _ := response.Body.Read(first); !strings.Contains(string(first[:n]), "notifications/progress") {
			t.Fatalf("want progress, got HTTP %d: %s", response.StatusCode, first[:n])
		}
	}
	t.Run("others are served meanwhile", func(t *testing.T) {
		s.In(t).Post(testserver.ListTools).WantStatus(t, http.StatusOK)
	})
	t.Run("one wait too many is answered at once", func(t *testing.T) {
		got, _ := s.In(t).Post(wait(45)).Result(t)
		if diff := cmp.Diff("PENDING", got["status"]); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
	})
}

// TestShutdownLetsCallsFinish stops the server while calls are held up, and lets them go on only once nothing new is
// accepted any more.
func TestShutdownLetsCallsFinish(t *testing.T) {
	const calls = 20
	g := newGate()
	s := testserver.StartHTTP(t, testserver.FirstStore, g.stands)
	var answers []<-chan testserver.Answer
	for range calls {
		answers = append(answers, s.PostAside(getUser))
	}
	for range calls {
		<-g.arrived
	}
	s.Stop()
	for {
		connection, err := net.Dial("tcp", strings.TrimPrefix(s.Base, "http://"))
		if err != nil {
			break
		}
		connection.Close()
	}
	close(g.open)
	for _, answer := range answers {
		(<-answer).WantCode(t, "")
	}
	if err := <-s.Served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestShutdownCancelsCalls: what does not finish in time is cancelled, and still answered.
func TestShutdownCancelsCalls(t *testing.T) {
	for _, test := range []struct {
		name, body string
		says       []string
	}{
		{"a read changed nothing", getUser, []string{`"code":"timeout"`, "Nothing was changed."}},
		{"a change may have been made", testserver.CallBody("mark_sale_shipped", map[string]any{"sale_id": "s"}),
			[]string{`"code":"outcome_unknown"`, "Whether anything changed is unknown."}},
		{"a resource could not be read",
			`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"gumroad://user"}}`,
			[]string{`"error":{`, `"code":"timeout"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			arrived, cancelled := make(chan struct{}), make(chan struct{})
			s := testserver.StartHTTP(t, testserver.FirstStore, testserver.Unasked, hanging(arrived, cancelled),
				func(s *testserver.Settings) { s.HTTP.Grace = time.Nanosecond })
			call := s.PostAside(test.body)
			<-arrived
			s.Stop()
			<-cancelled
			if err := <-s.Served; err != nil {
				t.Errorf("Serve: %v", err)
			}
			got := <-call
			for _, part := range test.says {
				if !strings.Contains(got.Body, part) {
					t.Errorf("want %s, got HTTP %d: %q", part, got.Status, got.Body)
				}
			}
		})
	}
}

// asAccounts has a key of each account for the sandbox's one.
func asAccounts(accounts map[string]*sandbox.Sandbox) func(*testserver.Settings) {
	return func(s *testserver.Settings) {
		s.Client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			account, ok := accounts[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
			if !ok {
				return nil, fmt.Errorf("an unknown key was sent")
			}
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", "Bearer "+sandbox.MatonKey)
			return account.RoundTrip(r)
		})
	}
}

func account(t *testing.T, seed uint64) *sandbox.Sandbox {
	account := sandbox.New(sandbox.Options{Seed: seed, Sales: 50, Now: func() time.Time { return testserver.Now }})
	t.Cleanup(func() { account.Close() })
	return account
}

// TestTwoPrincipals interleaves two callers, each with a key and a store of their own, and looks for anything of the
// one in an answer to the other.
func TestTwoPrincipals(t *testing.T) {
	accounts := map[string]*sandbox.Sandbox{"anna": account(t, 1), "bert": account(t, 2)}
	s := testserver.StartHTTP(t, passthrough, asAccounts(accounts))
	bodies := []string{testserver.CallBody("list_connections", nil), getUser,
		testserver.CallBody("list_products", map[string]any{"limit": 2})}
	want := map[string][]string{}
	for key := range accounts {
		for _, body := range bodies {
			want[key] = append(want[key], s.Post(body, bearer(key)...).Body)
		}
	}
	for i := range bodies {
		if want["anna"][i] == want["bert"][i] {
			t.Fatalf("both accounts answer %s alike; the test would see nothing", bodies[i])
		}
	}
	const rounds = 170 // of 3 calls by 2 callers
	var callers sync.WaitGroup
	for key := range maps.Keys(accounts) {
		for i, body := range bodies {
			callers.Go(func() {
				for range rounds {
					got := <-s.PostAside(body, bearer(key)...)
					if diff := cmp.Diff(want[key][i], got.Body); diff != "" {
						t.Errorf("%s got something else than alone (-alone +now):\n%s", key, diff)
						return
					}
				}
			})
		}
	}
	callers.Wait()
}

// TestConsentIsOnesOwn: two keys of one account ask for the very same.
func TestConsentIsOnesOwn(t *testing.T) {
	one := account(t, 1)
	s := testserver.StartHTTP(t, passthrough, asAccounts(map[string]*sandbox.Sandbox{"anna": one, "bert": one}))
	highlights := one.Highlights()
	isProduct := func(h sandbox.Highlight) bool { return h.Name == "digital product" }
	product := highlights[slices.IndexFunc(highlights, isProduct)]
	arguments := map[string]any{"connection_id": product.ConnectionID, "product_id": product.ID}
	asked, _ := s.Post(testserver.CallBody("delete_product", arguments), bearer("anna")...).Result(t)
	consent, ok := asked["confirm_token"]
	if !ok {
		t.Fatalf("want a confirm_token, got %v", asked)
	}
	arguments["confirm_token"] = consent
	deletion := testserver.CallBody("delete_product", arguments)
	t.Run("another caller's is not taken", func(t *testing.T) {
		s.In(t).Post(deletion, bearer("bert")...).WantCode(t, "confirmation_required")
	})
	t.Run("the caller's own is", func(t *testing.T) {
		s.In(t).Post(deletion, bearer("anna")...).WantCode(t, "")
	})
	t.Run("but not twice", func(t *testing.T) {
		s.In(t).Post(deletion, bearer("anna")...).WantCode(t, "confirmation_required")
	})
}

// TestProgressOverHTTP: notifications come on the answer's own stream, the last one included, before the answer.
func TestProgressOverHTTP(t *testing.T) {
	s := testserver.StartHTTP(t)
	s.Sandbox.Inject(sandbox.Fault{Path: "/user", Kind: sandbox.FaultStatus, Status: 503, Count: 1})
	got := s.Post(strings.Replace(getUser, `"params":{`, `"params":{"_meta":{"progressToken":"p"},`, 1))
	progress := strings.LastIndex(got.Body, "notifications/progress")
	result := strings.Index(got.Body, "structuredContent")
	if progress < 0 || result < progress {
		t.Errorf("want progress before the result, got %s", got.Body)
	}
	if diff := cmp.Diff("no", got.Header.Get("X-Accel-Buffering")); diff != "" {
		t.Errorf("X-Accel-Buffering (-want +got):\n%s", diff)
	}
}

func withToken(body, token string) string {
	return strings.Replace(body, `"params":{`, `"params":{"_meta":{"progressToken":`+token+`},`, 1)
}

// TestProgressToken: every notification repeats the token, so only small ones are taken.
func TestProgressToken(t *testing.T) {
	s := testserver.StartHTTP(t, testserver.FirstStore)
	long := strings.Repeat("x", 256)
	for _, test := range []struct{ name, token, says string }{
		{"a string", `"p"`, "Pixel"},
		{"a string of 256 bytes", `"` + long + `"`, "Pixel"},
		{"a longer string", `"` + long + `x"`, "-32602"},
		{"a megabyte", `"` + strings.Repeat("x", 1<<19) + `"`, "-32602"},
		{"an integer", `7`, "Pixel"},
		{"an integer that JSON does not keep", `9007199254740993`, "-32602"},
		{"a fraction", `7.5`, "-32602"},
		{"an object", `{"a":1}`, "-32602"},
		{"a list", `["p"]`, "-32602"},
		{"a boolean", `true`, "-32602"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.Sandbox.ResetJournal()
			got := s.In(t).Post(withToken(getUser, test.token))
			if !strings.Contains(got.Body, test.says) || len(got.Body) > 4<<10 {
				t.Errorf("want %s, got %d bytes: %.300s", test.says, len(got.Body), got.Body)
			}
			if refused := test.says == "-32602"; refused && len(s.Requests()) > 0 {
				t.Errorf("it was called: %v", s.Requests())
			}
		})
	}
}

// TestProgressIsBounded: a call reports only so often, by the clock of the tools, which stands still here.
func TestProgressIsBounded(t *testing.T) {
	s := testserver.StartHTTP(t, testserver.FirstStore)
	got := s.Post(withToken(testserver.CallBody("sales_report", map[string]any{"from": "2024-01-01", "to": "2026-11-15",
		"group_by": "product"}), `"p"`))
	if sent := strings.Count(got.Body, "notifications/progress"); sent != 10 {
		t.Errorf("want the first 10 notifications, got %d: %.1000s", sent, got.Body)
	}
}

func TestTLS(t *testing.T) {
	certificate, trusting := selfSigned(t)
	s := testserver.StartHTTP(t, func(s *testserver.Settings) { s.HTTP.TLS = certificate })
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting}}
	defer client.CloseIdleConnections()
	response, err := client.Post(s.URL, "application/json", strings.NewReader(getUser))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if diff := cmp.Diff(http.StatusOK, response.StatusCode); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}
