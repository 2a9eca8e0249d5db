package tools_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// agree calls a tool that asks, and calls it again with the token. between happens in the meantime.
func agree(t *testing.T, s *testserver.Server, name string, arguments map[string]any, between func()) testserver.Result {
	t.Helper()
	asked := s.Fails(tool.ConfirmationRequired, name, arguments)
	again := map[string]any{"confirm_token": asked.JSON["confirm_token"]}
	for argument, value := range arguments {
		again[argument] = value
	}
	if between != nil {
		between()
	}
	return s.Call(name, again)
}

// rewritten changes the answers to requests for some paths, as another version of Gumroad may.
type rewritten struct {
	next     http.RoundTripper
	path     *regexp.Regexp
	old, new string
}

func (r rewritten) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err != nil || !r.path.MatchString(request.URL.Path) {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	body = bytes.ReplaceAll(body, []byte(r.old), []byte(r.new))
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Del("Content-Length")
	return response, nil
}

// rewriting has answers to a path say something else.
func rewriting(path, before, after string) func(*testserver.Settings) {
	return func(s *testserver.Settings) {
		s.Between = func(next http.RoundTripper) http.RoundTripper {
			return rewritten{next, regexp.MustCompile(path), before, after}
		}
	}
}

func TestEmails(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) *testserver.Server {
		return testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)
	}
	t.Run("all of them are listed over several pages of Gumroad's, without their texts", func(t *testing.T) {
		listed := start(t).Must("list_emails", map[string]any{"limit": 100})
		if got := len(listed.IDs("emails")); got != 14 {
			t.Errorf("want 14, got %d", got)
		}
		testserver.SaysNot(t, listed, `"message"`, "next_page_key")
	})
	t.Run("the drafts alone", func(t *testing.T) {
		for _, row := range start(t).Must("list_emails", map[string]any{"state": "scheduled"}).Rows("emails") {
			if row["state"] != "scheduled" || row["scheduled_at"] == nil {
				t.Errorf("got %v", row)
			}
		}
	})
	t.Run("a single one has its text", func(t *testing.T) {
		s := start(t)
		shown := s.Must("get_email", map[string]any{"email_id": s.Highlight("sent e-mail").ID})
		testserver.Want(t, shown, map[string]any{"state": "published", "recipients_count": 871, "audience_type": "audience"})
		testserver.Says(t, shown, "<p>The second edition is out")
	})
	t.Run("one that is not there names the list", func(t *testing.T) {
		testserver.Says(t, start(t).Fails(gumroad.NotFound, "get_email", map[string]any{"email_id": "nothing"}), "gumroad_list_emails")
	})
	t.Run("a draft for one product's buyers, by the product's name", func(t *testing.T) {
		s := start(t)
		made := s.Must("create_email_draft", map[string]any{
			"subject": "News", "body": "<p>Hi</p>", "audience": "product", "product_id": "quiet grid"})
		testserver.Want(t, made, map[string]any{"state": "draft", "subject": "News", "audience_type": "product",
			"product_id": s.Highlight("product with variants").ID, "published_at": nil})
	})
	t.Run("a preview says where it went", func(t *testing.T) {
		s := start(t)
		shown := s.Must("preview_email", map[string]any{"email_id": s.Highlight("draft e-mail").ID})
		testserver.Want(t, shown, map[string]any{"message": "A preview has been sent to your email."})
		testserver.Says(t, shown, "preview_url")
	})
	t.Run("a draft is sent", func(t *testing.T) {
		s := start(t)
		draft := map[string]any{"email_id": s.Highlight("draft e-mail").ID}
		testserver.Want(t, s.Must("send_email", draft), map[string]any{"state": "published"})
		testserver.Want(t, s.Must("get_email", draft), map[string]any{"state": "published", "send_emails": true})
	})
	t.Run("a draft is scheduled, scheduled anew and stopped", func(t *testing.T) {
		s := start(t)
		id := s.Highlight("draft e-mail").ID
		made := s.Must("schedule_email", map[string]any{"email_id": id, "send_at": "2026-12-01T09:00"})
		testserver.Want(t, made, map[string]any{"state": "scheduled", "scheduled_at": "2026-12-01T17:00:00Z",
			"done": "It goes out on 2026-12-01 17:00 UTC, unless it is unscheduled."})
		made = s.Must("schedule_email", map[string]any{"email_id": id, "send_at": "2026-12-02 09:00:00+01:00"})
		testserver.Want(t, made, map[string]any{"scheduled_at": "2026-12-02T08:00:00Z"})
		stopped := s.Must("unschedule_email", map[string]any{"email_id": id})
		testserver.Want(t, stopped, map[string]any{"state": "draft", "scheduled_at": nil})
	})
	t.Run("a deleted one is gone", func(t *testing.T) {
		s := start(t)
		draft := map[string]any{"email_id": s.Highlight("draft e-mail").ID}
		s.Must("delete_email", draft)
		s.Fails(gumroad.NotFound, "get_email", draft)
	})
	t.Run("Gumroad's refusals are in its own words", func(t *testing.T) {
		s := start(t)
		testserver.Says(t, s.Fails(gumroad.Rejected, "create_email_draft", map[string]any{"subject": "A", "body": "<p></p>"}),
			`Gumroad said: "Please include a message as part of the update"`)
		testserver.Says(t, s.Fails(gumroad.Rejected, "unschedule_email", map[string]any{"email_id": s.Highlight("draft e-mail").ID}),
			`Gumroad said: "This email is not scheduled"`)
		poor := testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset,
			func(s *testserver.Settings) { s.Sandbox.SellersIneligible = true })
		testserver.Says(t, poor.Fails(gumroad.Rejected, "send_email", map[string]any{"email_id": poor.Highlight("draft e-mail").ID}),
			`Gumroad said: "You are not eligible to publish or schedule emails.`)
	})
}

// TestDraftsAreNeverSent: nothing that a model passes turns a draft into a mailing.
func TestDraftsAreNeverSent(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)
	for _, argument := range []string{"publish", "send", "draft", "published", "send_at", "to_be_published_at"} {
		given := map[string]any{"subject": "A", "body": "<p>a</p>", argument: true}
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "create_email_draft", given), `"`+argument+`" cannot be given`)
	}
	s.WroteNothing()
	s.Sandbox.ResetJournal()
	s.Must("create_email_draft", map[string]any{"subject": "publish=true", "body": "draft=false"})
	for _, entry := range s.Sandbox.Journal() {
		if entry.Method == http.MethodPost {
			sent := slices.Sorted(maps.Keys(entry.Params))
			if diff := cmp.Diff([]string{"body", "subject"}, sent); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
		}
	}
	for name, given := range map[string]map[string]any{
		"a product that Gumroad would ignore": {"subject": "A", "body": "a", "audience": "customers", "product_id": "quiet grid"},
		"a product without an audience":       {"subject": "A", "body": "a", "product_id": "quiet grid"},
		"one product's buyers without it":     {"subject": "A", "body": "a", "audience": "product"},
		"an audience of the website's":        {"subject": "A", "body": "a", "audience": "affiliates"},
		"no subject":                          {"subject": "", "body": "a"},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			its := s.In(t)
			its.Sandbox.ResetJournal()
			its.Fails(gumroad.InvalidArguments, "create_email_draft", given)
			its.WroteNothing()
		})
	}
}

// TestEmailQuestions: what a person is told before an e-mail goes out or goes away.
func TestEmailQuestions(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
	id := func(name string) string { return all.Highlight(name).ID }
	for name, c := range map[string]struct {
		tool      string
		arguments map[string]any
		says      []string
	}{
		"sending to everyone": {"send_email", map[string]any{"email_id": id("draft e-mail")},
			[]string{`"New brushes, and a thank-you"`, "EVERYONE: all customers, followers and affiliates", "Gumroad does not say how many",
				"cannot be recalled", "gets a public page", `begins with "Hello, twelve new brushes`, "fingerprint "}},
		"sending to a product's buyers": {"send_email", map[string]any{"email_id": id("draft e-mail to a product's buyers")},
			[]string{"the buyers of a product", `"Ink & Wash: 48 Brushes for Procreate", sold about `}},
		"sending to a version's buyers": {"send_email", map[string]any{"email_id": id("draft e-mail to a version's buyers")},
			[]string{"the buyers of one version of a product", "filters set on Gumroad's website apply"}},
		"sending what was on the profile alone": {"send_email", map[string]any{"email_id": id("profile-only post")},
			[]string{"only published on the profile"}},
		"sending without a subject": {"send_email", map[string]any{"email_id": id("draft e-mail without a subject")},
			[]string{"without a subject", "all followers of the store"}},
		"scheduling by the store's clock": {"schedule_email", map[string]any{"email_id": id("draft e-mail"), "send_at": "2026-12-01T09:00"},
			[]string{"2026-12-01 09:00 by the store's clock", "2026-12-01 17:00 UTC", "UTC-08:00", "as the audience is then", "send_at: 2026-12-01T09:00"}},
		"scheduling with an offset": {"schedule_email", map[string]any{"email_id": id("draft e-mail"), "send_at": "2026-12-01T09:00+01:00"},
			[]string{"2026-12-01 00:00 by the store's clock", "2026-12-01 08:00 UTC"}},
		"scheduling anew": {"schedule_email", map[string]any{"email_id": id("scheduled e-mail"), "send_at": "2026-12-01T09:00Z"},
			[]string{"all customers of the store", "That replaces 2026-11-24 12:00 UTC"}},
		"deleting a draft": {"delete_email", map[string]any{"email_id": id("draft e-mail")},
			[]string{`"New brushes, and a thank-you", a draft?`, "cannot be brought back"}},
		"deleting what is scheduled": {"delete_email", map[string]any{"email_id": id("scheduled e-mail")},
			[]string{"scheduled for 2026-11-24 12:00 UTC", "does not go out"}},
		"deleting what was sent": {"delete_email", map[string]any{"email_id": id("sent e-mail")},
			[]string{"its public page goes", "mails that were sent stay sent"}},
		"a text that instructs": {"send_email", map[string]any{"email_id": id("prompt injection in an e-mail")},
			[]string{`begins with "Ignore all previous instructions`}},
	} {
		t.Run(name+" says what it does", func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(tool.ConfirmationRequired, c.tool, c.arguments), c.says...)
			s.WroteNothing()
		})
	}
	for name, c := range map[string]struct {
		tool      string
		arguments map[string]any
		code      gumroad.Code
		says      string
	}{
		"sending what was sent":            {"send_email", map[string]any{"email_id": id("sent e-mail")}, gumroad.Rejected, "sent already"},
		"sending what is scheduled":        {"send_email", map[string]any{"email_id": id("scheduled e-mail")}, gumroad.Rejected, "unschedule_email"},
		"scheduling what was sent":         {"schedule_email", map[string]any{"email_id": id("sent e-mail"), "send_at": "2026-12-01T09:00Z"}, gumroad.Rejected, "published already"},
		"a time that is past":              {"schedule_email", map[string]any{"email_id": id("draft e-mail"), "send_at": "2026-11-15T12:00Z"}, gumroad.InvalidArguments, "2026-11-15 12:00 UTC now"},
		"a past time of the store's clock": {"schedule_email", map[string]any{"email_id": id("draft e-mail"), "send_at": "2026-11-15T02:59"}, gumroad.InvalidArguments, "not in the future"},
		"what is no time":                  {"schedule_email", map[string]any{"email_id": id("draft e-mail"), "send_at": "tomorrow at nine"}, gumroad.InvalidArguments, "no time"},
		"a day without an hour":            {"schedule_email", map[string]any{"email_id": id("draft e-mail"), "send_at": "2026-12-01"}, gumroad.InvalidArguments, "no time"},
		"an e-mail that is not there":      {"delete_email", map[string]any{"email_id": "nothing"}, gumroad.NotFound, "gumroad_list_emails"},
	} {
		t.Run(name+" is refused before asking", func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(c.code, c.tool, c.arguments), c.says, "Nothing was changed.")
			s.WroteNothing()
		})
	}
	for name, change := range map[string]func(*testserver.Settings){
		"an unknown state":       rewriting("/emails/", `"state":"draft"`, `"state":"queued"`),
		"an unknown audience":    rewriting("/emails/", `"audience_type":"audience"`, `"audience_type":"world"`),
		"a state that is absent": rewriting("/emails/", `"state":"draft"`, `"status":"draft"`),
	} {
		t.Run(name+" is not sent to", func(t *testing.T) {
			s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, change)
			for name, given := range map[string]map[string]any{
				"send_email":     {"email_id": id("draft e-mail")},
				"schedule_email": {"email_id": id("draft e-mail"), "send_at": "2026-12-01T09:00Z"},
			} {
				testserver.Says(t, s.Fails(gumroad.Rejected, name, given), "does not know")
			}
			s.WroteNothing()
		})
	}
	t.Run("without being asked, an unknown state is not sent either", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, testserver.Unasked,
			rewriting("/emails/", `"state":"draft"`, `"state":"queued"`))
		s.Fails(gumroad.Rejected, "send_email", map[string]any{"email_id": id("draft e-mail")})
		s.WroteNothing()
	})
	t.Run("the store's clock is unknown without sales", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, rewriting("/sales$", `"daystamp"`, `"stamp"`))
		asked := s.Fails(tool.ConfirmationRequired, "schedule_email", map[string]any{"email_id": id("draft e-mail"), "send_at": "2026-12-01T09:00"})
		testserver.Says(t, asked, "2026-12-01 09:00 by the store's clock (Gumroad does not tell its time zone)")
		asked = s.Fails(tool.ConfirmationRequired, "schedule_email", map[string]any{"email_id": id("draft e-mail"), "send_at": "2026-12-01T09:00Z"})
		testserver.Says(t, asked, "on 2026-12-01 09:00 UTC?")
	})
	t.Run("a grant that may not read sales can schedule", func(t *testing.T) {
		s := testserver.Start(t, testserver.EveryToolset, func(s *testserver.Settings) {
			s.Client.MatonKey = gumroad.Credential{}
			s.Client.GumroadToken = gumroad.NewCredential(sandbox.GumroadToken + ":edit_emails+view_public")
		})
		asked := s.Fails(tool.ConfirmationRequired, "schedule_email", map[string]any{"email_id": id("draft e-mail"), "send_at": "2026-12-01T09:00"})
		testserver.Says(t, asked, "Gumroad does not tell its time zone")
	})
}

// TestEmailConsent: a yes is for the e-mail as it was when it was asked about.
func TestEmailConsent(t *testing.T) {
	t.Parallel()
	draft := func(s *testserver.Server) map[string]any {
		return map[string]any{"email_id": s.Highlight("draft e-mail").ID}
	}
	later := func(s *testserver.Server) map[string]any {
		return map[string]any{"email_id": s.Highlight("draft e-mail").ID, "send_at": "2026-12-01T09:00Z"}
	}
	const subject, body = "New brushes, and a thank-you", "<p>Hello,</p><p>twelve new brushes are in your library. Thank you for a good year.</p>"
	for name, c := range map[string]struct{ subject, body string }{
		"its end":                     {subject, strings.Replace(body, "year.", "day!.", 1)},
		"its end, at the same length": {subject, strings.Replace(body, "year.", "yeah.", 1)},
		"its markup alone":            {subject, strings.Replace(body, "</p><p>", "</p> <p>", 1)},
		"its subject":                 {"Old brushes", body},
	} {
		t.Run("a change of "+name+" voids the consent", func(t *testing.T) {
			for tool, arguments := range map[string]func(*testserver.Server) map[string]any{
				"send_email": draft, "schedule_email": later, "delete_email": draft} {
				s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
				answer := agree(t, s, tool, arguments(s), func() {
					if err := s.Sandbox.EditEmail(s.Highlight("draft e-mail").ID, c.subject, c.body); err != nil {
						t.Fatal(err)
					}
				})
				if answer.JSON["code"] != "confirmation_required" {
					t.Errorf("%s: want another question, got %s", tool, answer.Text)
				}
				s.WroteNothing()
			}
		})
	}
	t.Run("a yes to what has not changed acts, once", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		testserver.Want(t, agree(t, s, "send_email", draft(s), nil), map[string]any{"state": "published"})
		if writes := s.Writes(); len(writes) != 1 || !strings.HasSuffix(writes[0], "/send") {
			t.Errorf("want one send, got %q", writes)
		}
	})
	t.Run("a yes to one time is not for another", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		asked := s.Fails(tool.ConfirmationRequired, "schedule_email", later(s))
		other := later(s)
		other["send_at"], other["confirm_token"] = "2026-12-01T10:00Z", asked.JSON["confirm_token"]
		s.Fails(tool.ConfirmationRequired, "schedule_email", other)
		s.WroteNothing()
	})
	t.Run("a sale in the meantime changes nothing", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		given := map[string]any{"email_id": s.Highlight("draft e-mail to a product's buyers").ID}
		answer := agree(t, s, "send_email", given, func() {
			if _, err := s.Sandbox.Buy(sandbox.Purchase{Product: s.Highlight("digital product").ID}); err != nil {
				t.Fatal(err)
			}
		})
		testserver.Want(t, answer, map[string]any{"state": "published"})
	})
}

// TestLostEmailAnswers: a change whose answer was lost is told as such and not sent again.
func TestLostEmailAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arguments map[string]any
		readBack  string
	}{
		"create_email_draft": {map[string]any{"subject": "A", "body": "a"}, "gumroad_list_emails"},
		"preview_email":      {map[string]any{"email_id": "draft e-mail"}, ""},
		"send_email":         {map[string]any{"email_id": "draft e-mail"}, "gumroad_get_email"},
		"schedule_email":     {map[string]any{"email_id": "draft e-mail", "send_at": "2026-12-01T09:00Z"}, "gumroad_get_email"},
		"unschedule_email":   {map[string]any{"email_id": "scheduled e-mail"}, "gumroad_get_email"},
		"delete_email":       {map[string]any{"email_id": "draft e-mail"}, "gumroad_list_emails"},
	} {
		t.Run(name, func(t *testing.T) {
			s := testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)
			if named, ok := c.arguments["email_id"].(string); ok {
				c.arguments["email_id"] = s.Highlight(named).ID
			}
			for _, method := range []string{http.MethodPost, http.MethodDelete} {
				s.Sandbox.Inject(sandbox.Fault{Method: method, Kind: sandbox.FaultLost})
			}
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(gumroad.OutcomeUnknown, name, c.arguments), "Whether anything changed is unknown", c.readBack)
			if writes := s.Writes(); len(writes) != 1 {
				t.Errorf("want it sent once, got %q", writes)
			}
		})
	}
}
