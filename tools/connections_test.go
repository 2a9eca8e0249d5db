package tools_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// matonSays answers every request to the control plane with the same JSON.
type matonSays string

func (m matonSays) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(string(m)))}, nil
}

// TestWordsOfMatonsThatAreNew: a status that nobody knows breaks no answer, least of all one of a connection that was
// made.
func TestWordsOfMatonsThatAreNew(t *testing.T) {
	t.Parallel()
	says := func(answer string) *testserver.Server {
		return testserver.Start(t, func(s *testserver.Settings) { s.Client.Transport = matonSays(answer) })
	}
	t.Run("in a list", func(t *testing.T) {
		rows := says(`{"connections":[{"connection_id":"c","status":"EXPIRED"}]}`).
			Must("list_connections", nil).Rows("connections")
		if len(rows) != 1 || rows[0]["status"] != "EXPIRED" {
			t.Errorf("the list is %v", rows)
		}
	})
	t.Run("of a new connection", func(t *testing.T) {
		testserver.Want(t, says(`{"connections":[],"connection":{"connection_id":"c","status":"INITIATED"}}`).Must("create_connection", nil),
			map[string]any{"connection_id": "c", "status": "INITIATED"})
	})
	t.Run("a new connection without its link is told, not made again", func(t *testing.T) {
		made := says(`{"connections":[],"connection":{"connection_id":"c","status":"PENDING"}}`).Must("create_connection", nil)
		testserver.Says(t, made, "Do not make another connection")
	})
}

// TestNothingIsBuiltOnWhatMatonDoesNotSay: an answer that names no connections is not taken for an account without any,
// for which a connection would be made, and a connection that is not ACTIVE is not used.
func TestNothingIsBuiltOnWhatMatonDoesNotSay(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]gumroad.Code{
		`{}`: gumroad.UpstreamUnavailable, `{"error":"busy"}`: gumroad.UpstreamUnavailable,
		`{"connections":[{"connection_id":"c","status":"EXPIRED"}]}`: gumroad.NoConnection,
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			var changes []string
			s := testserver.Start(t, testserver.Unasked, func(s *testserver.Settings) {
				s.Client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
					if r.Method != http.MethodGet {
						changes = append(changes, r.Method+" "+r.URL.Path)
						return matonSays(`{"connection":{"connection_id":"new","status":"PENDING","url":"https://connect.example"}}`).RoundTrip(r)
					}
					return matonSays(answer).RoundTrip(r)
				})
			})
			s.Fails(want, "disable_product", map[string]any{"product_id": "p"})
			for _, change := range changes {
				if want != gumroad.NoConnection || change != "POST /connections" {
					t.Errorf("%s was sent", change)
				}
			}
		})
	}
	t.Run("a deletion that was not made", func(t *testing.T) {
		t.Parallel()
		s := testserver.Start(t, testserver.Unasked, func(s *testserver.Settings) { s.Client.Transport = matonSays(`{"error":"nope"}`) })
		s.Fails(gumroad.OutcomeUnknown, "delete_connection", map[string]any{"connection_id": "c"})
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestCreateConnection: the link comes at once where nobody would see it during a wait, and the same one again.
func TestCreateConnection(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	s.Sandbox.ResetJournal()
	made := s.Must("create_connection", map[string]any{"wait_seconds": 45})
	id, link := made.JSON["connection_id"], made.JSON["url"]
	if id == nil || link == nil {
		t.Fatalf("want a connection with its link, got %s", made.Text)
	}
	testserver.Says(t, made, "wait_seconds 45")
	testserver.Want(t, s.Must("create_connection", nil), map[string]any{"connection_id": id, "url": link, "status": "PENDING"})
	posts := 0
	for _, request := range s.Requests() {
		switch {
		case strings.HasPrefix(request, "POST /connections"):
			posts++
		case strings.HasPrefix(request, fmt.Sprint("GET /connections/", id)):
			t.Errorf("it waited: %s", request)
		}
	}
	if posts != 1 {
		t.Errorf("%d connections were begun", posts)
	}
	s.Fails(gumroad.InvalidArguments, "create_connection", map[string]any{"wait_seconds": 46})
	s.Fails(gumroad.InvalidArguments, "get_connection", map[string]any{"connection_id": id, "wait_seconds": 300})
}

// grantRequests are the requests that look at a grant.
var grantRequests = []string{
	"GET /gumroad/v2/payouts", "GET /gumroad/v2/resource_subscriptions", "GET /gumroad/v2/tax_forms",
	"GET /gumroad/v2/user/profile_layout", "GET /gumroad/v2/workflows",
}

// withEverything switches every toolset on, and has the clocks go by now.
func withEverything(now *atomic.Int64) func(*testserver.Settings) {
	now.Store(testserver.Now.UnixNano())
	clock := func() time.Time { return time.Unix(0, now.Load()).UTC() }
	return func(s *testserver.Settings) {
		s.Tools.Policy.Toolsets = []string{tool.AllToolsets}
		s.Sandbox.Now, s.Client.Now = clock, clock
	}
}

// TestGrantOfAConnection: an ACTIVE connection tells which scopes its grant has and lacks, and what that means.
func TestGrantOfAConnection(t *testing.T) {
	t.Parallel()
	everyScope := []any{"view_sales", "view_payouts", "edit_emails", "view_profile", "view_tax_data"}
	for _, c := range []struct {
		name             string
		scopes           []string
		granted, missing any
		next             string // of what is missing
	}{
		{"every scope", []string{"view_sales", "view_payouts", "edit_emails", "view_profile", "view_tax_data", "edit_products"},
			everyScope, nil, ""},
		{"a poorer grant", []string{"view_public", "edit_products", "view_sales"},
			[]any{"view_sales"}, everyScope[1:], "lacks view_payouts (for payouts), edit_emails (for emails, workflows), " +
				"view_profile (for media, get_profile_layout), view_tax_data (for taxes):"},
		{"only what nobody sees", []string{"view_public", "edit_sales"}, nil, everyScope,
			"lacks view_sales (for sales, reports, subscribers, webhooks), view_payouts"},
		{"account, which stands for all but one", []string{"account"},
			[]any{"view_sales", "view_payouts", "edit_emails", "view_tax_data"}, []any{"view_profile"},
			"lacks view_profile (for media, get_profile_layout):"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := testserver.Start(t, withEverything(new(atomic.Int64)))
			first := s.Highlight("first connection").ID
			s.Sandbox.Grant(first, c.scopes...)
			s.Sandbox.ResetJournal()
			got := s.Must("get_connection", map[string]any{"connection_id": first})
			testserver.Want(t, got, map[string]any{"status": "ACTIVE", "granted": c.granted, "missing": c.missing})
			s.WroteNothing()
			next := fmt.Sprint(got.JSON["next"])
			if c.missing == nil {
				if strings.Contains(next, "lacks") {
					t.Errorf("next is %q", next)
				}
				return
			}
			for _, part := range []string{c.next, "delete this connection", "create_connection"} {
				if !strings.Contains(next, part) {
					t.Errorf("next is %q, without %q", next, part)
				}
			}
			named := map[string]bool{}
			for _, set := range tools.Toolsets() {
				named[set.Name] = true
				for _, one := range set.Tools {
					named[one.Name] = true
				}
			}
			for _, words := range regexp.MustCompile(`\(for ([^)]+)\)`).FindAllStringSubmatch(next, -1) {
				for name := range strings.SplitSeq(words[1], ", ") {
					if !named[name] {
						t.Errorf("next names %q, which is no toolset or tool", name)
					}
				}
			}
			// A tool of what is missing fails for that very scope.
			for scope, name := range map[string]string{"view_sales": "list_sales", "view_payouts": "list_payouts",
				"edit_emails": "list_emails", "view_profile": "list_media", "view_tax_data": "list_tax_forms"} {
				if slices.Contains(c.missing.([]any), any(scope)) {
					testserver.Says(t, s.Fails(gumroad.MissingScope, name, map[string]any{"connection_id": first}), `"`+scope+`"`)
				} else {
					s.Must(name, map[string]any{"connection_id": first})
				}
			}
		})
	}
}

// TestGrantIsRemembered: for ten minutes, of one connection, until it changes.
func TestGrantIsRemembered(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	s := testserver.Start(t, withEverything(&now))
	first, second := s.Highlight("first connection").ID, s.Highlight("second connection").ID
	look := func(connection string, reads bool) testserver.Result {
		t.Helper()
		s.Sandbox.ResetJournal()
		got := s.Must("get_connection", map[string]any{"connection_id": connection})
		want := []string{"GET /connections/" + connection}
		if reads {
			want = append(want, grantRequests...)
		}
		sent := s.Requests()
		for i := range sent {
			sent[i], _, _ = strings.Cut(sent[i], "?")
		}
		slices.Sort(sent)
		if diff := cmp.Diff(want, sent); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		return got
	}
	look(first, true)
	look(first, false)
	look(second, true)
	now.Add(int64(10*time.Minute - time.Second))
	look(first, false)
	now.Add(int64(time.Second))
	look(first, true)
	s.Sandbox.Grant(first, "view_public")
	testserver.Want(t, look(first, true), map[string]any{"granted": nil})
	testserver.Want(t, look(first, false), map[string]any{"granted": nil})
	look(second, true)
}

// TestGrantThatCannotBeSeen: a read that fails for another reason says nothing about its scope and fails no call, and
// is tried again.
func TestGrantThatCannotBeSeen(t *testing.T) {
	t.Parallel()
	rest := []any{"view_sales", "edit_emails", "view_profile", "view_tax_data"}
	for name, fault := range map[string]sandbox.Fault{
		"a refusal of another kind":         {Path: "/payouts", Kind: sandbox.FaultStatus, Status: 400},
		"a page that forbids, but no scope": {Path: "/payouts", Kind: sandbox.FaultHTML, Status: 403},
		"no credential":                     {Path: "/payouts", Kind: sandbox.FaultStatus, Status: 401},
		"no end of errors":                  {Path: "/payouts", Kind: sandbox.FaultStatus, Status: 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testserver.Start(t)
			connection := map[string]any{"connection_id": s.Highlight("first connection").ID}
			s.Sandbox.Inject(fault)
			testserver.Want(t, s.Must("get_connection", connection),
				map[string]any{"status": "ACTIVE", "granted": rest, "missing": nil})
			s.Sandbox.ClearFaults()
			testserver.Want(t, s.Must("get_connection", connection), map[string]any{
				"granted": []any{"view_sales", "view_payouts", "edit_emails", "view_profile", "view_tax_data"}})
		})
	}
	t.Run("a store without a tax centre", func(t *testing.T) {
		t.Parallel()
		s := testserver.Start(t)
		connection := map[string]any{"connection_id": s.Highlight("second connection").ID}
		without := map[string]any{"granted": []any{"view_sales", "view_payouts", "edit_emails", "view_profile"}, "missing": nil}
		testserver.Want(t, s.Must("get_connection", connection), without)
		s.Sandbox.ResetJournal()
		testserver.Want(t, s.Must("get_connection", connection), without)
		if sent := s.Requests(); len(sent) != 1 {
			t.Errorf("it was not remembered: %q", sent)
		}
	})
	t.Run("a connection that is not ACTIVE", func(t *testing.T) {
		t.Parallel()
		s := testserver.Start(t)
		made := s.Must("create_connection", nil)
		s.Sandbox.ResetJournal()
		id := made.JSON["connection_id"]
		testserver.Want(t, s.Must("get_connection", map[string]any{"connection_id": id}),
			map[string]any{"status": "PENDING", "granted": nil, "missing": nil})
		if diff := cmp.Diff([]string{fmt.Sprint("GET /connections/", id)}, s.Requests()); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}
