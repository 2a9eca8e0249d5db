package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

const (
	workflowShape = `{"id":"<id>","name":"<text>","audience_type":"<text>","trigger":"<string?>","product_id":"<string?>","variant_id":"<string?>","state":"~^(published|draft)$","published_at":"<time?>","first_published_at":"<time?>","send_to_past_customers":"<bool>","emails_count":"<int>","filters":"<object>","created_at":"<time>","updated_at":"<time>"}`
	stepShape     = `{"id":"<id>","subject":"<string?>","message":"<text>","audience_type":"<text>","product_id":"<string?>","state":"~^(published|draft)$","published_at":"<time?>","send_emails":true,"delay":{"amount":"<int>","unit":"<text>"},"sent_count":"<int>","open_count":"<int?>","open_rate":"<any>","click_count":"<int?>","click_rate":"<any>","created_at":"<time>","updated_at":"<time>"}`
)

func workflow(members string) string { return `{"success":true,"workflow":{` + members + `}}` }

func TestWorkflows(t *testing.T) {
	checkRows(t, sandbox.Options{}, []row{
		{name: "23 show", do: "GET /workflows/{live workflow}", has: workflow(`"id":"{live workflow}","name":"Welcome","audience_type":"seller","trigger":null,"product_id":null,"variant_id":null,"state":"published","send_to_past_customers":true,"emails_count":3,"filters":{}`)},
		{name: "23 every member", do: "GET /workflows/{cancellation workflow}", has: `{"success":true,"workflow":` + workflowShape + `}`},
		{name: "23 steps by their delay", do: "GET /workflows/{live workflow}", has: workflow(`"emails":[{"subject":"Thank you","delay":{"amount":0,"unit":"hour"}},{"subject":"How is it going?","delay":{"amount":14,"unit":"day"}},{"subject":"A small present","delay":{"amount":1,"unit":"month"}}]`)},
		{name: "23 rates", do: "GET /workflows/{live workflow}", has: workflow(`"emails":[{"sent_count":720,"open_count":512,"open_rate":71.1,"click_count":93,"click_rate":12.9},"<any>",{"sent_count":0,"open_count":0,"open_rate":null,"click_count":0,"click_rate":null}]`)},
		{name: "23 of a product", do: "GET /workflows/{live workflow of a product}", has: workflow(`"audience_type":"product","product_id":"{digital product}","emails":[{"product_id":"{digital product}"},{"product_id":"{digital product}"}]`)},
		{name: "23 of a version", do: "GET /workflows/{workflow of a version}", has: workflow(`"audience_type":"variant","variant_id":"<id>","state":"draft"`)},
		{name: "23 trigger", do: "GET /workflows/{cancellation workflow}", has: workflow(`"trigger":"member_cancellation"`)},
		{name: "23 unpublished", do: "GET /workflows/{unpublished workflow}", has: workflow(`"state":"draft","published_at":null,"first_published_at":"<time>"`)},
		{name: "23 steps without a delay do not show", do: "GET /workflows/{abandoned cart workflow}", has: workflow(`"audience_type":"abandoned_cart","emails_count":0,"emails":[]`)},
		{name: "23 filters that are set", do: "GET /workflows/{workflow with filters}", has: workflow(`"filters":{"bought_products":["qtgrd","inkwsh"],"paid_more_than":"24","bought_from":"United States","active_customers_only":true}`), lacks: "workflow.filters.paid_less_than workflow.filters.workflow_trigger"},
		{name: "23 of a product that was sold is shown", do: "GET /workflows/{workflow of a product that was sold}", has: workflow(`"name":"Old clients"`)},
		{name: "23 unknown", do: "GET /workflows/{unknown}", is: notFound("workflow")},
		{name: "23 deleted", do: "GET /workflows/{deleted workflow}", is: notFound("workflow")},
		{name: "23 an e-mail is no workflow", do: "GET /workflows/{draft e-mail}", is: notFound("workflow")},
		{name: "23 a step is no e-mail", do: "GET /emails/{step of live workflow}", is: notFound("email")},
		{name: "23 none is made", do: "POST /workflows", body: "name=A", status: 404},
		{name: "23 none is changed", do: "PUT /workflows/{live workflow}", body: "name=A", status: 404},
		{name: "23 no step is deleted", do: "DELETE /workflows/{live workflow}/emails/{step of live workflow}", status: 404},
		{name: "23 no PATCH", do: "PATCH /workflows/{live workflow}/emails/{step of live workflow}", body: "subject=A", status: 404},
		{name: "1.3 account", do: "GET /workflows", token: "sandbox:account", has: `{"success":true}`},
		{name: "1.3 no other scope", do: "GET /workflows", token: "sandbox:edit_products+view_sales+view_public", status: 403, is: "empty", headers: []string{`WWW-Authenticate: edit_emails`}},
		{name: "1.3 no other scope writes", do: "POST /workflows/{live workflow}/emails", token: "sandbox:edit_products", status: 403, is: "empty"},
	})
	checkRows(t, sandbox.Options{Compat2025: true}, []row{
		{name: "23 not in 2025", do: "GET /workflows", status: 404},
	})
	t.Run("23 all of them, the newest first, without steps", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		list := s.get("/workflows")
		want := []string{"workflow of a product that was sold", "draft workflow", "workflow with filters", "affiliate workflow",
			"workflow of a version", "abandoned cart workflow", "cancellation workflow", "unpublished workflow",
			"live workflow of a product", "live workflow"}
		for i := range want {
			want[i] = s.names[want[i]]
		}
		got := ids(t, list, "workflows")
		slices.Sort(want) // the days of the demo decide the order, which created_at shows
		sorted := slices.Sorted(slices.Values(got))
		if diff := cmp.Diff(want, sorted); diff != "" {
			t.Error(diff)
		}
		rows, _ := at(list, "workflows")
		before := ""
		for _, row := range rows.([]any) {
			if created := text(t, row, "created_at"); before != "" && created > before {
				t.Errorf("%s comes after %s", created, before)
			} else {
				before = created
			}
			if _, ok := at(row, "emails"); ok {
				t.Errorf("a row has steps: %s", encode(row))
			}
		}
	})
	t.Run("23 every step has every member", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		steps, _ := at(s.get("/workflows/{live workflow}"), "workflow.emails")
		for _, step := range steps.([]any) {
			for _, problem := range contains("", decode(t, stepShape), step) {
				t.Error(problem)
			}
		}
	})
}

func TestWorkflowSteps(t *testing.T) {
	const (
		live  = "/workflows/{live workflow}/emails"
		draft = "/workflows/{draft workflow}/emails"
		step  = live + "/{step of live workflow}"
		cart  = "/workflows/{abandoned cart workflow}/emails"
		whole = "subject=Week+four&body=<p>Go+on.</p>&delay_amount=4&delay_unit=week"

		notAString = "subject must be a non-empty string."
		notWhole   = "delay_amount must be a non-negative integer."
		badUnit    = "delay_unit must be one of: hour, day, week, month."
		together   = "delay_amount and delay_unit must be provided together."
		noMessage  = "Please include a message as part of the update."
	)
	bad := func(name, do, body, says string) row {
		return row{name: "23 " + name, do: do, body: body, status: 400, is: badRequest(says)}
	}
	rows := []row{
		{name: "23 add to a draft", do: "POST " + draft, body: whole, has: `{"success":true,"email":` + stepShape + `}`},
		{name: "23 it is a draft", do: "POST " + draft, body: whole, has: email(`"state":"draft","published_at":null,"subject":"Week four","message":"<p>Go on.</p>","delay":{"amount":4,"unit":"week"},"audience_type":"follower","sent_count":0,"open_count":null,"open_rate":null,"click_count":null,"click_rate":null`)},
		{name: "23 added to a live one it is live", do: "POST " + live, body: whole, has: email(`"state":"published","published_at":"2026-03-10T12:00:00Z"`)},
		{name: "23 it is listed and counted", given: []string{"POST " + draft + " " + whole}, do: "GET /workflows/{draft workflow}", has: workflow(`"emails_count":2,"emails":[{"subject":"Hello"},{"subject":"Week four","open_count":0}]`)},
		{name: "17 twice is two", given: []string{"POST " + draft + " " + whole, "POST " + draft + " " + whole}, do: "GET /workflows/{draft workflow}", has: workflow(`"emails_count":3`)},
		{name: "23 JSON", do: "POST " + draft, body: `{"subject":"A","body":"B","delay_amount":0,"delay_unit":"hour"}`, has: email(`"delay":{"amount":0,"unit":"hour"}`)},
		{name: "23 leading zeros", do: "POST " + draft, body: "subject=A&body=B&delay_amount=007&delay_unit=day", has: email(`"delay":{"amount":7,"unit":"day"}`)},
		{name: "23 a month is a month", do: "POST " + draft, body: "subject=A&body=B&delay_amount=2&delay_unit=month", has: email(`"delay":{"amount":2,"unit":"month"}`)},

		{name: "23 change the subject", do: "PUT " + step, body: "subject=New", has: email(`"subject":"New","message":"<p>Thank you for buying from us.</p>","delay":{"amount":0,"unit":"hour"},"state":"published","sent_count":720,"open_count":null`)},
		{name: "23 change the text", do: "PUT " + step, body: "body=New", has: email(`"subject":"Thank you","message":"New"`)},
		{name: "23 change the delay", do: "PUT " + step, body: "delay_amount=2&delay_unit=week", has: email(`"delay":{"amount":2,"unit":"week"},"updated_at":"2026-03-10T12:00:00Z"`)},
		{name: "23 what was live stays live since then", given: []string{"GET /workflows/{live workflow} => at:workflow.published_at"}, do: "PUT " + step, body: "body=New", has: email(`"published_at":"{at}"`)},
		{name: "23 the order follows the delay", given: []string{"PUT " + step + " delay_amount=2&delay_unit=month"}, do: "GET /workflows/{live workflow}", has: workflow(`"emails":["<any>","<any>",{"id":"{step of live workflow}"}]`)},

		{name: "23 unknown workflow", do: "POST /workflows/{unknown}/emails", body: "x=1", is: notFound("workflow")},
		{name: "23 deleted workflow", do: "POST /workflows/{deleted workflow}/emails", body: whole, is: notFound("workflow")},
		{name: "23 a workflow whose product was sold", do: "POST /workflows/{workflow of a product that was sold}/emails", body: whole, is: notFound("workflow")},
		{name: "23 a step of it", do: "PUT /workflows/{workflow of a product that was sold}/emails/{step of workflow of a product that was sold}", body: "subject=A", is: notFound("workflow")},
		{name: "23 unknown step", do: "PUT " + live + "/{unknown}", body: "subject=A", is: notFound("email")},
		{name: "23 unknown step before bad parameters", do: "PUT " + live + "/{unknown}", body: "publish=1", is: notFound("email")},
		{name: "23 a step of another workflow", do: "PUT " + live + "/{step of draft workflow}", body: "subject=A", is: notFound("email")},

		bad("an abandoned cart first", "POST "+cart, "publish=true", "Emails cannot be added to abandoned cart workflows."),
		bad("states beat what is missing", "POST "+live, "send_to_past_customers=false", "send_to_past_customers cannot be changed through this endpoint."),
		bad("the first of several states", "POST "+live, whole+"&state=x&unpublish=", "unpublish cannot be changed through this endpoint."),
		{name: "23 a state that is null", do: "PUT " + step, body: `{"subject":"A","published_at":null}`, status: 400, is: badRequest("published_at cannot be changed through this endpoint.")},
		bad("a delay for an abandoned cart", "PUT "+cart+"/{step of abandoned cart workflow}", "delay_amount=1&delay_unit=day", "delay cannot be changed for abandoned cart workflows."),
		bad("the subject before that", "PUT "+cart+"/{step of abandoned cart workflow}", "subject=&delay_amount=1", notAString),
		bad("that before the pair", "PUT "+cart+"/{step of abandoned cart workflow}", "delay_amount=1", "delay cannot be changed for abandoned cart workflows."),
		{name: "23 the text for an abandoned cart", do: "PUT " + cart + "/{step of abandoned cart workflow}", body: "body=New", has: email(`"message":"New","audience_type":"abandoned_cart"`)},
		bad("missing subject", "POST "+live, "body=B&delay_amount=1&delay_unit=day", "subject is required."),
		bad("missing body", "POST "+live, "subject=A&delay_amount=1&delay_unit=day", "body is required."),
		bad("missing amount", "POST "+live, "subject=A&body=B&delay_unit=day", "delay_amount is required."),
		bad("missing unit", "POST "+live, "subject=A&body=B&delay_amount=1", "delay_unit is required."),
		bad("missing all", "POST "+live, "", "subject is required."),
		bad("nothing to change", "PUT "+step, "x=1", "Provide at least one of: subject, body, delay_amount, or delay_unit."),
		bad("blank subject", "PUT "+step, "subject=++", notAString),
		bad("a list as subject", "PUT "+step, "subject[]=A", notAString),
		{name: "23 a number as subject", do: "PUT " + step, body: `{"subject":7}`, status: 400, is: badRequest(notAString)},
		bad("an object as body", "PUT "+step, "body[html]=A", "body must be a string."),
		{name: "23 null as body", do: "PUT " + step, body: `{"body":null}`, status: 400, is: badRequest("body must be a string.")},
		bad("amount alone", "PUT "+step, "delay_amount=1", together),
		bad("unit alone", "PUT "+step, "delay_unit=day", together),
		bad("subject before the pair", "PUT "+step, "subject=&delay_unit=day", notAString),
		bad("negative", "PUT "+step, "delay_amount=-1&delay_unit=day", notWhole),
		bad("a fraction", "PUT "+step, "delay_amount=1.5&delay_unit=day", notWhole),
		{name: "23 a fraction in JSON", do: "PUT " + step, body: `{"delay_amount":1.5,"delay_unit":"day"}`, status: 400, is: badRequest(notWhole)},
		bad("no digits", "PUT "+step, "delay_amount=two&delay_unit=day", notWhole),
		bad("amount before unit", "PUT "+step, "delay_amount=x&delay_unit=x", notWhole),
		bad("another unit", "PUT "+step, "delay_amount=1&delay_unit=year", badUnit),
		bad("a unit in capitals", "PUT "+step, "delay_amount=1&delay_unit=Day", badUnit),
		bad("units in the plural", "PUT "+step, "delay_amount=2&delay_unit=days", badUnit),
		{name: "23 the longest delay", do: "PUT " + step, body: "delay_amount=596523&delay_unit=hour", has: email(`"delay":{"amount":596523,"unit":"hour"}`)},
		{name: "23 longer", do: "PUT " + step, body: "delay_amount=596524&delay_unit=hour", status: 400, has: `{"status":400,"error":"<text>"}`},
		{name: "23 far longer", do: "PUT " + step, body: "delay_amount=99999999999999999999&delay_unit=hour", status: 400, has: `{"status":400,"error":"<text>"}`},
		bad("an empty body", "PUT "+step, "body=<p><br></p>", noMessage),
		bad("an empty body that is added", "POST "+live, "subject=A&body=&delay_amount=1&delay_unit=day", noMessage),
		bad("subject too long", "PUT "+step, "subject="+strings.Repeat("a", 256), "Name is too long (maximum is 255 characters)"),
	}
	checkRows(t, sandbox.Options{}, rows)
	t.Run("23 a refused change changes nothing", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		before := s.get("/workflows/{live workflow}")
		for _, body := range []string{"subject=New&delay_amount=1&delay_unit=year", "body=New&delay_unit=day", "subject=New&body=", "subject=New&publish=1"} {
			s.expect(row{do: "PUT " + step, body: body, status: 400})
		}
		s.expect(row{do: "POST " + live, body: "subject=New&body=&delay_amount=1&delay_unit=day", status: 400})
		if diff := cmp.Diff(before, s.get("/workflows/{live workflow}")); diff != "" {
			t.Error(diff)
		}
	})
}
