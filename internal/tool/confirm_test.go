package tool_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// refund is a refund of one dollar from one of two stores, which has to be confirmed.
type refund struct {
	*testserver.Server
	clock     *clock
	arguments map[string]any
}

func startRefund(t *testing.T) refund {
	t.Helper()
	now := &clock{now: testserver.Now}
	s := testserver.Start(t, func(s *testserver.Settings) { s.Client.Now = now.Now })
	return refund{s, now, map[string]any{"sale_id": s.Highlight("USD sale not refunded").ID, "amount_cents": 100,
		"connection_id": s.Highlight("first connection").ID}}
}

// with is the call with some other arguments.
func (r refund) with(more map[string]any) map[string]any {
	all := maps.Clone(r.arguments)
	maps.Copy(all, more)
	return all
}

// ask makes the first call, and returns its answer and the token for the second.
func (r refund) ask(t *testing.T) (testserver.Result, string) {
	t.Helper()
	asked := r.Fails(tool.ConfirmationRequired, "refund_sale", r.arguments)
	token, _ := asked.JSON["confirm_token"].(string)
	if token == "" {
		t.Fatalf("want a token: %s", asked.Text)
	}
	r.Sandbox.ResetJournal()
	return asked, token
}

func TestTwoStepConsent(t *testing.T) {
	t.Parallel()
	t.Run("the first call asks and writes nothing", func(t *testing.T) {
		r := startRefund(t)
		asked := r.Fails(tool.ConfirmationRequired, "refund_sale", r.arguments)
		testserver.Says(t, asked, "Refund $1.00 of the $", "cannot be undone")
		testserver.Want(t, asked, map[string]any{"changed": "no"})
		r.WroteNothing()
	})
	t.Run("the token is in the text, which is all that some models see", func(t *testing.T) {
		asked, token := startRefund(t).ask(t)
		testserver.Says(t, asked, "confirm_token "+token+".")
	})
	t.Run("the second call acts", func(t *testing.T) {
		r := startRefund(t)
		_, token := r.ask(t)
		done := r.Must("refund_sale", r.with(map[string]any{"confirm_token": token}))
		testserver.Want(t, done, map[string]any{"refunded_now_cents": 100, "refunded": false})
	})
	for _, c := range []struct {
		name, why string
		second    func(refund, string) map[string]any
	}{
		{"a forged token is refused", "is for other arguments", func(r refund, token string) map[string]any {
			return map[string]any{"confirm_token": flipped(token)}
		}},
		{"a word that is no token is refused", "is not one of this server's", func(refund, string) map[string]any {
			return map[string]any{"confirm_token": "ct_garbage"}
		}},
		{"a token for another amount is refused", "is for other arguments", func(_ refund, token string) map[string]any {
			return map[string]any{"confirm_token": token, "amount_cents": 200}
		}},
		{"a token is refused after its record has changed", "an earlier state", func(r refund, token string) map[string]any {
			r.Must("refund_sale", r.with(map[string]any{"confirm_token": token}))
			r.Sandbox.ResetJournal()
			return map[string]any{"confirm_token": token}
		}},
		{"a token is refused after ten minutes", "has expired", func(r refund, token string) map[string]any {
			r.clock.pass(10*time.Minute + time.Second)
			return map[string]any{"confirm_token": token}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := startRefund(t)
			_, token := r.ask(t)
			second := r.with(c.second(r, token))
			testserver.Says(t, r.Fails(tool.ConfirmationRequired, "refund_sale", second), c.why)
			r.WroteNothing()
		})
	}
	t.Run("a token is good for ten minutes", func(t *testing.T) {
		r := startRefund(t)
		_, token := r.ask(t)
		r.clock.pass(10 * time.Minute)
		r.Must("refund_sale", r.with(map[string]any{"confirm_token": token}))
	})
	t.Run("a token for another store is refused", func(t *testing.T) {
		s := testserver.Start(t)
		first, second := s.Highlight("first connection").ID, s.Highlight("second connection").ID
		webhook := map[string]any{"resource_name": "sale", "post_url": "https://hooks.example.org/in", "connection_id": first}
		asked := s.Fails(tool.ConfirmationRequired, "create_webhook", webhook)
		webhook["connection_id"], webhook["confirm_token"] = second, asked.JSON["confirm_token"]
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "create_webhook", webhook), "another store")
		s.WroteNothing()
	})
	t.Run("a token is good once", func(t *testing.T) { // of a question that stays the same
		s := testserver.Start(t, testserver.FirstStore)
		webhook := map[string]any{"resource_name": "sale", "post_url": "https://hooks.example.org/in"}
		webhook["confirm_token"] = s.Fails(tool.ConfirmationRequired, "create_webhook", webhook).JSON["confirm_token"]
		s.Must("create_webhook", webhook)
		s.Sandbox.ResetJournal()
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "create_webhook", webhook), "was used before")
		s.WroteNothing()
	})
}

// flipped is a token with one bit of its seal changed.
func flipped(token string) string {
	middle := len(token) - 4
	other := "A"
	if token[middle] == 'A' {
		other = "B"
	}
	return token[:middle] + other + token[middle+1:]
}

// person answers elicitations as told and remembers the questions.
type person struct {
	action mcp.ElicitationResponseAction
	yes    bool
	asked  []string
}

func (p *person) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	p.asked = append(p.asked, request.Params.Message)
	answer := &mcp.ElicitationResult{}
	answer.Action = p.action
	if p.action == mcp.ElicitationResponseActionAccept {
		answer.Content = map[string]any{"confirm": p.yes}
	}
	return answer, nil
}

func TestThePersonIsAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		person person
		acts   bool
	}{
		{"and agrees: it is done", person{action: mcp.ElicitationResponseActionAccept, yes: true}, true},
		{"and accepts without agreeing: nothing is done", person{action: mcp.ElicitationResponseActionAccept}, false},
		{"and declines: nothing is done", person{action: mcp.ElicitationResponseActionDecline}, false},
		{"and cancels: nothing is done", person{action: mcp.ElicitationResponseActionCancel}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			person := c.person
			s := testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Modern, s.Elicit = true, &person })
			sale := map[string]any{"sale_id": s.Highlight("JPY sale not refunded").ID}
			if c.acts {
				testserver.Want(t, s.Must("refund_sale", sale), map[string]any{"refunded": true})
			} else {
				s.Fails(gumroad.NotAllowed, "refund_sale", sale)
				s.WroteNothing()
			}
			if len(person.asked) != 1 {
				t.Fatalf("want one question, got %q", person.asked)
			}
			for _, part := range []string{"¥", "…@"} { // the amount, and the buyer masked
				if !strings.Contains(person.asked[0], part) {
					t.Errorf("want %q in the question %q", part, person.asked[0])
				}
			}
		})
	}
}

func TestConfirmModes(t *testing.T) {
	t.Parallel()
	never := func(s *testserver.Settings) { s.Tools.Confirm = tool.ConfirmNever }
	always := func(s *testserver.Settings) { s.Tools.Confirm = tool.ConfirmAlways }
	t.Run("never: what destroys acts at once", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, never)
		product := map[string]any{"product_id": s.Highlight("draft product").ID}
		s.Must("delete_product", product)
		testserver.Want(t, s.Must("get_product", product), map[string]any{"deleted": true})
	})
	t.Run("never: there is no confirm_token", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, never)
		product := map[string]any{"product_id": s.Highlight("draft product").ID, "confirm_token": "x"}
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "delete_product", product),
			`There is no argument "confirm_token"`)
	})
	t.Run("auto: what can be changed back acts at once", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore)
		product := map[string]any{"product_id": s.Highlight("digital product").ID}
		testserver.Want(t, s.Must("disable_product", product), map[string]any{"published": false})
	})
	t.Run("always: every change asks, with its title and arguments", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, always)
		product := map[string]any{"product_id": s.Highlight("digital product").ID}
		asked := s.Fails(tool.ConfirmationRequired, "disable_product", product)
		testserver.Says(t, asked, "Unpublish a product?\nproduct_id: ", s.Highlight("digital product").ID)
		s.WroteNothing()
		product["confirm_token"] = asked.JSON["confirm_token"]
		testserver.Want(t, s.Must("disable_product", product), map[string]any{"published": false})
	})
	t.Run("always: an argument cannot look like another, nor like a link", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, always)
		product := map[string]any{"product_id": s.Highlight("digital product").ID,
			"custom_summary": "Fine.\nname: Free gift\n[a](https://a.example)"}
		testserver.Says(t, s.Fails(tool.ConfirmationRequired, "update_product", product),
			"Change a product?\ncustom_summary: Fine.\n    name: Free gift\n    [a]·(https://a.example)\nproduct_id: ")
	})
	t.Run("always: a read does not ask", func(t *testing.T) {
		testserver.Start(t, testserver.FirstStore, always).Must("list_products", nil)
	})
}

func TestSealKey(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef0123456789abcdef"
	with := func(t *testing.T, key string) *testserver.Server {
		return testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Tools.SealKey = []byte(key) })
	}
	issued := with(t, key)
	product := map[string]any{"product_id": issued.Highlight("draft product").ID}
	product["confirm_token"] = issued.Fails(tool.ConfirmationRequired, "delete_product", product).JSON["confirm_token"]
	t.Run("an instance with the same key accepts the token", func(t *testing.T) {
		with(t, key).Must("delete_product", product)
	})
	t.Run("an instance that had the key in the past accepts the token", func(t *testing.T) {
		testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) {
			s.Tools.SealKey = []byte("another key of thirty-two bytes!")
			s.Tools.PreviousSealKeys = [][]byte{[]byte("an older key of thirty-two bytes"), []byte(key)}
		}).Must("delete_product", product)
	})
	t.Run("an instance with another key refuses it", func(t *testing.T) {
		s := with(t, "another key of thirty-two bytes!")
		s.Fails(tool.ConfirmationRequired, "delete_product", product)
		s.WroteNothing()
	})
}

// instances are two servers of one store that share a seal key and a state.
func instances(t *testing.T, shared state.State) (a, b *testserver.Server) {
	share := func(s *testserver.Settings) { s.Tools.SealKey, s.Tools.State = sealKey, shared }
	a = testserver.Start(t, testserver.FirstStore, share)
	b = testserver.Start(t, testserver.FirstStore, share, func(s *testserver.Settings) { s.Client.Transport = a.Sandbox })
	return a, b
}

var sealKey = []byte("0123456789abcdef0123456789abcdef")

// TestInstancesShareConsents: one consent acts once, whichever instances are told of it.
func TestInstancesShareConsents(t *testing.T) {
	t.Parallel()
	memory := state.NewMemory(func() time.Time { return testserver.Now })
	t.Run("what one has carried out, another refuses", func(t *testing.T) {
		a, b := instances(t, memory)
		webhook := map[string]any{"resource_name": "sale", "post_url": "https://hooks.example.org/in"}
		webhook["confirm_token"] = a.Fails(tool.ConfirmationRequired, "create_webhook", webhook).JSON["confirm_token"]
		b.Must("create_webhook", webhook)
		a.Sandbox.ResetJournal()
		testserver.Says(t, a.Fails(tool.ConfirmationRequired, "create_webhook", webhook), "was used before")
		a.WroteNothing()
	})
	t.Run("at once, too", func(t *testing.T) {
		a, b := instances(t, memory)
		sale := map[string]any{"sale_id": a.Highlight("USD sale not refunded").ID, "amount_cents": 100}
		sale["confirm_token"] = a.Fails(tool.ConfirmationRequired, "refund_sale", sale).JSON["confirm_token"]
		a.Sandbox.ResetJournal()
		var group sync.WaitGroup
		for range 5 {
			for _, s := range []*testserver.Server{a, b} {
				group.Go(func() { s.Call("refund_sale", sale) })
			}
		}
		group.Wait()
		if writes := a.Writes(); len(writes) != 1 {
			t.Errorf("want one refund, got %q", writes)
		}
	})
	t.Run("a no to one is a no to all", func(t *testing.T) {
		share := func(c *tool.Config) { c.SealKey, c.State = sealKey, memory }
		say := func(action mcp.ElicitationResponseAction, state string) *mcp.CallToolResult {
			catalog, client := catalogOfFirstStore(t, share) // another instance each time
			d, _ := catalog.Find("delete_product")
			answer := &mcp.ElicitationResult{}
			answer.Action, answer.Content = action, map[string]any{"confirm": true}
			request := mcp.CallToolRequest{}
			request.Params.Arguments = map[string]any{"product_id": draftProduct(t)}
			if state != "" {
				request.Params.RequestState = state
				request.Params.InputResponses = mcp.InputResponses{"confirm": {Elicitation: answer}}
			}
			return catalog.Call(tool.WithCaller(t.Context(), tool.Caller{Client: client, CanBeAsked: true}), d, request)
		}
		question := say("", "").RequestState
		if result := say(mcp.ElicitationResponseActionDecline, question); !result.IsError {
			t.Errorf("after a no: %v", result.StructuredContent)
		}
		if result := say(mcp.ElicitationResponseActionAccept, question); !result.NeedsInput() {
			t.Errorf("after a no, a yes to the same question: %v", result.StructuredContent)
		}
		another := say("", "").RequestState
		if result := say(mcp.ElicitationResponseActionAccept, another); result.IsError || result.NeedsInput() {
			t.Errorf("after a yes to another question: %v", result.StructuredContent)
		}
	})
}

// lost is a state that does not answer.
type lost struct{ state.State }

func (lost) Claim(context.Context, string, time.Time) (bool, error) {
	return false, errors.New("nobody at nats.internal")
}

func (lost) Keep(context.Context, string, string, string, io.Reader) error {
	return errors.New("nobody at nats.internal")
}

func (lost) Hear(func(string)) (stop func()) { return func() {} }

func (lost) Kept() time.Duration { return 24 * time.Hour }

func (lost) String() string { return "NATS (--nats-url)" }

// TestLostState: without the state nothing acts that needs a consent, and all else goes on.
func TestLostState(t *testing.T) {
	t.Parallel()
	failed := map[string]any{"changed": "no", "retryable": true, "confirm_token": nil}
	without := func(s *testserver.Settings) { s.Tools.State = lost{} }
	asking := func(who *person) func(*testserver.Settings) {
		return func(s *testserver.Settings) { s.Modern, s.Elicit = true, who }
	}
	t.Run("a confirmed call says that it did nothing, and why", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, without)
		product := map[string]any{"product_id": s.Highlight("draft product").ID}
		product["confirm_token"] = s.Fails(tool.ConfirmationRequired, "delete_product", product).JSON["confirm_token"]
		got := s.Fails(gumroad.StateUnavailable, "delete_product", product)
		testserver.Want(t, got, failed)
		testserver.Says(t, got, "NATS (--nats-url)", "Nothing was changed.")
		testserver.SaysNot(t, got, "nats.internal")
		s.WroteNothing()
	})
	t.Run("a person's yes does nothing", func(t *testing.T) {
		yes := &person{action: mcp.ElicitationResponseActionAccept, yes: true}
		s := testserver.Start(t, testserver.FirstStore, without, asking(yes))
		product := map[string]any{"product_id": s.Highlight("draft product").ID}
		testserver.Want(t, s.Fails(gumroad.StateUnavailable, "delete_product", product), failed)
		s.WroteNothing()
	})
	t.Run("a person's no is a no", func(t *testing.T) {
		no := &person{action: mcp.ElicitationResponseActionDecline}
		s := testserver.Start(t, testserver.FirstStore, without, asking(no))
		s.Fails(gumroad.NotAllowed, "delete_product", map[string]any{"product_id": s.Highlight("draft product").ID})
		s.WroteNothing()
	})
	t.Run("what needs no consent goes on", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, without)
		s.Must("list_products", nil)
		s.Must("disable_product", map[string]any{"product_id": s.Highlight("digital product").ID})
	})
}

// TestOnlyThePersonsAnswerCounts: a client that can ask its person has no other way to an act.
func TestOnlyThePersonsAnswerCounts(t *testing.T) {
	t.Parallel()
	asking := func(t *testing.T, who *person) *testserver.Server {
		return testserver.Start(t, testserver.FirstStore, func(s *testserver.Settings) { s.Modern, s.Elicit = true, who })
	}
	t.Run("after a no, a confirm_token has the person asked again", func(t *testing.T) {
		who := &person{action: mcp.ElicitationResponseActionDecline}
		s := asking(t, who)
		product := map[string]any{"product_id": s.Highlight("draft product").ID}
		s.Fails(gumroad.NotAllowed, "delete_product", product)
		for _, token := range []string{"x", "ct_x"} {
			product["confirm_token"] = token
			refused := s.Fails(gumroad.NotAllowed, "delete_product", product)
			testserver.Want(t, refused, map[string]any{"confirm_token": nil})
		}
		if len(who.asked) != 3 {
			t.Errorf("the person was asked %d times, want 3", len(who.asked))
		}
		s.WroteNothing()
	})
	t.Run("a token of the two-step form does not count where the person can be asked", func(t *testing.T) {
		key := func(s *testserver.Settings) { s.Tools.SealKey = []byte("0123456789abcdef0123456789abcdef") }
		two := testserver.Start(t, testserver.FirstStore, key)
		product := map[string]any{"product_id": two.Highlight("draft product").ID}
		product["confirm_token"] = two.Fails(tool.ConfirmationRequired, "delete_product", product).JSON["confirm_token"]
		who := &person{action: mcp.ElicitationResponseActionDecline}
		s := testserver.Start(t, testserver.FirstStore, key, func(s *testserver.Settings) { s.Modern, s.Elicit = true, who })
		s.Fails(gumroad.NotAllowed, "delete_product", product)
		s.WroteNothing()
	})
}

// TestConsentIsTheCallers: what one caller was told or has agreed to is nobody else's, with one key and one store.
func TestConsentIsTheCallers(t *testing.T) {
	t.Parallel()
	catalog, client := catalogOfFirstStore(t)
	d, _ := catalog.Find("delete_product")
	call := func(caller, token string) *mcp.CallToolResult {
		request := mcp.CallToolRequest{}
		arguments := map[string]any{"product_id": draftProduct(t)}
		if token != "" {
			arguments["confirm_token"] = token
		}
		request.Params.Arguments = arguments
		ctx := tool.WithCaller(t.Context(), tool.Caller{ID: caller, Client: client})
		return catalog.Call(ctx, d, request)
	}
	var asked struct {
		Token string `json:"confirm_token"`
	}
	if err := json.Unmarshal(call("anna", "").StructuredContent.(json.RawMessage), &asked); err != nil || asked.Token == "" {
		t.Fatal(err, asked)
	}
	if result := call("ben", asked.Token); !result.IsError {
		t.Error("ben used anna's token")
	}
	if result := call("anna", asked.Token); result.IsError {
		t.Errorf("anna could not use her token: %v", result.Content)
	}
}

// catalogOfFirstStore is for calls without a transport, whose callers the test chooses.
func catalogOfFirstStore(t *testing.T, change ...func(*tool.Config)) (*tool.Catalog, *gumroad.Client) {
	t.Helper()
	box := sandbox.New(sandbox.Options{Sales: 1})
	t.Cleanup(func() { box.Close() })
	store, _ := box.Highlight("first connection")
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: box,
		RequestsPerSecond: -1, Connection: store.ID})
	if err != nil {
		t.Fatal(err)
	}
	exports := tool.NewExports(t.TempDir()+"/exports", false)
	t.Cleanup(func() { exports.Close() })
	config := tool.Config{Client: client, Confirm: tool.ConfirmAuto, Exports: exports}
	for _, c := range change {
		c(&config)
	}
	catalog, err := tool.New(tools.Toolsets(), config)
	if err != nil {
		t.Fatal(err)
	}
	return catalog, client
}

// draftProduct is the same in every sandbox of the default seed.
func draftProduct(t *testing.T) string {
	t.Helper()
	box := sandbox.New(sandbox.Options{Sales: 1})
	defer box.Close()
	draft, ok := box.Highlight("draft product")
	if !ok {
		t.Fatal("the sandbox has no draft product")
	}
	return draft.ID
}
