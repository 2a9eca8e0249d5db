package tools_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// newStep is a step for a workflow, and steps are the ids that a change of one takes.
func newStep(s *testserver.Server, workflow string) map[string]any {
	return map[string]any{"workflow_id": s.Highlight(workflow).ID, "subject": "Week four", "body": "<p>Go on.</p>",
		"delay_amount": 4, "delay_unit": "week"}
}

func change(s *testserver.Server, workflow string, changes map[string]any) map[string]any {
	given := map[string]any{"workflow_id": s.Highlight(workflow).ID, "email_id": s.Highlight("step of " + workflow).ID}
	maps.Copy(given, changes)
	return given
}

func TestWorkflows(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) *testserver.Server {
		return testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)
	}
	t.Run("all of them are listed without their steps", func(t *testing.T) {
		listed := start(t).Must("list_workflows", nil)
		if got := len(listed.IDs("workflows")); got != 10 {
			t.Errorf("want 10, got %d", got)
		}
		testserver.SaysNot(t, listed, `"message"`, `"filters"`)
	})
	t.Run("one has its steps by their delay, with opens and clicks", func(t *testing.T) {
		s := start(t)
		shown := s.Must("get_workflow", map[string]any{"workflow_id": s.Highlight("live workflow").ID})
		testserver.Want(t, shown, map[string]any{"name": "Welcome", "state": "published", "send_to_past_customers": true, "emails_count": 3})
		testserver.Says(t, shown, `"subject":"Thank you","delay":{"amount":0,"unit":"hour"}`, `"open_rate":71.1`, "<p>Two weeks in")
	})
	t.Run("filters are shown as they are set", func(t *testing.T) {
		s := start(t)
		shown := s.Must("get_workflow", map[string]any{"workflow_id": s.Highlight("workflow with filters").ID})
		testserver.Says(t, shown, `"paid_more_than":"24"`, `"bought_products":["qtgrd","inkwsh"]`)
	})
	t.Run("a step is added", func(t *testing.T) {
		s := start(t)
		made := s.Must("add_workflow_email", newStep(s, "draft workflow"))
		testserver.Want(t, made, map[string]any{"workflow": "New followers", "live": false, "state": "draft", "subject": "Week four"})
		testserver.Says(t, made, `"delay":{"amount":4,"unit":"week"}`)
		testserver.Says(t, s.Must("get_workflow", map[string]any{"workflow_id": s.Highlight("draft workflow").ID}), "Week four", "<p>Go on.</p>")
	})
	t.Run("one can come at once", func(t *testing.T) {
		s := start(t)
		step := newStep(s, "live workflow")
		step["delay_amount"], step["delay_unit"] = 0, "HOUR"
		testserver.Says(t, s.Must("add_workflow_email", step), `"delay":{"amount":0,"unit":"hour"}`, `"live":true`, `"state":"published"`)
	})
	t.Run("what is omitted stays", func(t *testing.T) {
		s := start(t)
		made := s.Must("update_workflow_email", change(s, "live workflow", map[string]any{"subject": "Thanks!"}))
		testserver.Want(t, made, map[string]any{"subject": "Thanks!", "sent_count": 720})
		testserver.Says(t, s.Must("get_workflow", map[string]any{"workflow_id": s.Highlight("live workflow").ID}),
			"Thanks!", "<p>Thank you for buying from us.</p>")
	})
	t.Run("what Gumroad refuses is in its own words", func(t *testing.T) {
		s := start(t)
		empty := change(s, "draft workflow", map[string]any{"body": "<p><br></p>"})
		testserver.Says(t, s.Fails(gumroad.InvalidArguments, "update_workflow_email", empty),
			`Gumroad said: "Please include a message as part of the update"`)
		sold := newStep(s, "workflow of a product that was sold")
		testserver.Says(t, s.Fails(gumroad.NotFound, "add_workflow_email", sold), "gumroad_list_workflows")
	})
}

// TestWorkflowGuards: what cannot be right is not sent.
func TestWorkflowGuards(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)
	with := func(given map[string]any, name string, value any) map[string]any {
		given[name] = value
		return given
	}
	for name, c := range map[string]struct {
		tool      string
		arguments map[string]any
		code      gumroad.Code
		says      string
	}{
		"a step for an abandoned cart": {"add_workflow_email", newStep(all, "abandoned cart workflow"), gumroad.Rejected, "has one e-mail"},
		"the step of an abandoned cart, which is not shown": {"update_workflow_email",
			change(all, "abandoned cart workflow", map[string]any{"body": "a"}), gumroad.NotFound, "website"},
		"a step of another workflow": {"update_workflow_email", map[string]any{"workflow_id": all.Highlight("live workflow").ID,
			"email_id": all.Highlight("step of draft workflow").ID, "subject": "A"}, gumroad.NotFound, "no such e-mail"},
		"a workflow that is not there": {"get_workflow", map[string]any{"workflow_id": "nothing"}, gumroad.NotFound, "gumroad_list_workflows"},
		"nothing to change":            {"update_workflow_email", change(all, "live workflow", nil), gumroad.InvalidArguments, "Nothing to change"},
		"half a delay":                 {"update_workflow_email", change(all, "live workflow", map[string]any{"delay_amount": 2}), gumroad.InvalidArguments, "go together"},
		"the other half":               {"update_workflow_email", change(all, "live workflow", map[string]any{"delay_unit": "day"}), gumroad.InvalidArguments, "go together"},
		"another unit":                 {"add_workflow_email", with(newStep(all, "draft workflow"), "delay_unit", "year"), gumroad.InvalidArguments, "hour, day, week, month"},
		"a negative delay":             {"add_workflow_email", with(newStep(all, "draft workflow"), "delay_amount", -1), gumroad.InvalidArguments, "at least 0"},
		"publishing":                   {"add_workflow_email", with(newStep(all, "draft workflow"), "publish", true), gumroad.InvalidArguments, "only Gumroad's website publishes"},
		"past customers":               {"update_workflow_email", change(all, "live workflow", map[string]any{"subject": "A", "send_to_past_customers": false}), gumroad.InvalidArguments, "only Gumroad's website"},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(c.code, c.tool, c.arguments), c.says, "Nothing was changed.")
			s.WroteNothing()
		})
	}
	t.Run("a workflow in an unknown state is left alone", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset,
			rewriting("/workflows/", `"send_to_past_customers":false,"emails_count":1`, `"state":"paused","emails_count":1`))
		testserver.Says(t, s.Fails(gumroad.Rejected, "add_workflow_email", newStep(s, "draft workflow")), `"paused"`)
		s.Fails(gumroad.Rejected, "update_workflow_email", change(s, "draft workflow", map[string]any{"subject": "A"}))
		s.WroteNothing()
	})
}

// TestWorkflowQuestions: a change to what goes out by itself asks, and one to a draft does not.
func TestWorkflowQuestions(t *testing.T) {
	t.Parallel()
	all := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
	for name, c := range map[string]struct {
		tool      string
		arguments map[string]any
		says      []string
	}{
		"a step for customers, past ones too": {"add_workflow_email", newStep(all, "live workflow"),
			[]string{`"Week four"`, `live workflow "Welcome"`, "everyone who buys anything", "a delay of 4 weeks", "PAST customers get it, too", "cannot delete it",
				"body: <·p>Go on."}},
		"a step for a product's buyers": {"add_workflow_email", newStep(all, "live workflow of a product"),
			[]string{`everyone who buys a product ("Ink & Wash: 48 Brushes for Procreate")`, "Past customers do not get it"}},
		"a step for members who cancel": {"add_workflow_email", newStep(all, "cancellation workflow"),
			[]string{`everyone who cancels a membership ("Pixel & Page Club")`}},
		"a step for affiliates": {"add_workflow_email", newStep(all, "affiliate workflow"), []string{"everyone who becomes an affiliate"}},
		"a step within filters": {"add_workflow_email", newStep(all, "workflow with filters"), []string{"within its filters"}},
		"another text": {"update_workflow_email", change(all, "live workflow", map[string]any{"body": "<p>New</p>"}),
			[]string{`"Thank you" of the live workflow "Welcome"`, "has not had it yet gets the new text", "So far: Its text has 29 characters"}},
		"another delay": {"update_workflow_email", change(all, "live workflow of a product", map[string]any{"delay_amount": 1, "delay_unit": "month"}),
			[]string{"becomes 1 month instead of 2 days", "mails that wait move"}},
	} {
		t.Run(name+" says what it does", func(t *testing.T) {
			s := all.In(t)
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(tool.ConfirmationRequired, c.tool, c.arguments), c.says...)
			s.WroteNothing()
		})
	}
	t.Run("a draft workflow does not ask", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		s.Must("add_workflow_email", newStep(s, "draft workflow"))
		s.Must("update_workflow_email", change(s, "draft workflow", map[string]any{"subject": "A"}))
	})
	for name, change := range map[string]func(*testserver.Settings){
		"an unknown trigger":  rewriting("/workflows/", `"member_cancellation"`, `"moonrise"`),
		"an unknown audience": rewriting("/workflows/", `"audience_type":"product"`, `"audience_type":"world"`),
	} {
		t.Run(name+" is not added to", func(t *testing.T) {
			s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset, change)
			testserver.Says(t, s.Fails(gumroad.Rejected, "add_workflow_email", newStep(s, "cancellation workflow")), "does not know")
			s.WroteNothing()
		})
	}
	t.Run("a step that changed meanwhile voids the consent", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		answer := agree(t, s, "update_workflow_email", change(s, "live workflow", map[string]any{"delay_amount": 2, "delay_unit": "day"}), func() {
			if err := s.Sandbox.EditEmail(s.Highlight("step of live workflow").ID, "Thank you", "<p>Buy more.</p>"); err != nil {
				t.Fatal(err)
			}
		})
		if answer.JSON["code"] != "confirmation_required" {
			t.Errorf("want another question, got %s", answer.Text)
		}
		s.WroteNothing()
	})
	t.Run("a yes acts, once", func(t *testing.T) {
		s := testserver.Start(t, testserver.FirstStore, testserver.EveryToolset)
		testserver.Want(t, agree(t, s, "add_workflow_email", newStep(s, "live workflow"), nil), map[string]any{"live": true, "state": "published"})
		if writes := s.Writes(); len(writes) != 1 {
			t.Errorf("want one step, got %q", writes)
		}
	})
}

func TestLostWorkflowAnswers(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]func(*testserver.Server) map[string]any{
		"add_workflow_email": func(s *testserver.Server) map[string]any { return newStep(s, "draft workflow") },
		"update_workflow_email": func(s *testserver.Server) map[string]any {
			return change(s, "draft workflow", map[string]any{"subject": "A"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := testserver.Start(t, testserver.FirstStore, testserver.Unasked, testserver.EveryToolset)
			for _, method := range []string{http.MethodPost, http.MethodPut} {
				s.Sandbox.Inject(sandbox.Fault{Method: method, Kind: sandbox.FaultLost})
			}
			s.Sandbox.ResetJournal()
			testserver.Says(t, s.Fails(gumroad.OutcomeUnknown, name, arguments(s)), "Whether anything changed is unknown", "gumroad_get_workflow")
			if writes := s.Writes(); len(writes) != 1 || !strings.Contains(writes[0], "/emails") {
				t.Errorf("want it sent once, got %q", writes)
			}
		})
	}
}
