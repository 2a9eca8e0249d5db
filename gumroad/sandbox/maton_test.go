package sandbox_test

import (
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

const (
	firstConnection  = "Maton-Connection: {first connection}"
	secondConnection = "Maton-Connection: {second connection}"
	connectionShape  = `{"connection_id":"<connection>","status":"~^(ACTIVE|PENDING|FAILED)$","creation_time":"<microtime>","last_updated_time":"<microtime>","url":"~session_token=.","app":"gumroad","method":"OAUTH2","metadata":{}}`
)

// connect makes a connection and returns its id and the path of its OAuth page.
func (s *service) connect() (id, page string) {
	s.t.Helper()
	body := s.send(row{do: "POST /connections", body: `{"app":"gumroad"}`}).json(s.t)
	if inner, wrapped := at(body, "connection"); wrapped {
		body = inner
	}
	link, err := url.Parse(text(s.t, body, "url"))
	if err != nil {
		s.t.Fatal(err)
	}
	return text(s.t, body, "connection_id"), link.RequestURI()
}

var (
	formTag   = regexp.MustCompile(`(?i)<form[^>]*>`)
	inputTag  = regexp.MustCompile(`(?i)<(?:input|button)[^>]*>(?:[^<]*</button>)?`)
	attribute = regexp.MustCompile(`([a-zA-Z-]+)="([^"]*)"`)
)

// press fills the OAuth page's form as a browser does, and presses the button
// whose text or value holds the word.
func (s *service) press(page, word string) answer {
	s.t.Helper()
	a := s.expect(row{do: "GET " + page, token: "none", headers: []string{"Content-Type: ^text/html", "Content-Security-Policy: ."}})
	attributes := func(tag string) map[string]string {
		found := map[string]string{}
		for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
			found[strings.ToLower(m[1])] = html.UnescapeString(m[2])
		}
		return found
	}
	form := attributes(formTag.FindString(string(a.body)))
	if !strings.EqualFold(form["method"], "post") {
		s.t.Fatalf("the page's form is sent by %q", form["method"])
	}
	values := url.Values{}
	pressed := false
	for _, tag := range inputTag.FindAllString(string(a.body), -1) {
		input := attributes(tag)
		switch kind := input["type"]; {
		case strings.HasPrefix(strings.ToLower(tag), "<button"), kind == "submit":
			if strings.Contains(strings.ToLower(tag), word) && !pressed {
				pressed = true
				if action := input["formaction"]; action != "" {
					form["action"] = action
				}
				if input["name"] != "" {
					values.Set(input["name"], input["value"])
				}
			}
		case kind == "radio" || kind == "checkbox":
			if strings.Contains(tag, "checked") {
				values.Set(input["name"], input["value"])
			}
		default:
			values.Set(input["name"], input["value"])
		}
	}
	if !pressed {
		s.t.Fatalf("no button %q on the page:\n%s", word, a.body)
	}
	target, err := url.Parse(page)
	if err != nil {
		s.t.Fatal(err)
	}
	if form["action"] != "" {
		if target, err = target.Parse(form["action"]); err != nil {
			s.t.Fatal(err)
		}
	}
	return s.send(row{do: "POST " + target.RequestURI(), body: values.Encode(), token: "none"})
}

func TestGateway(t *testing.T) {
	for _, variant := range []struct {
		name    string
		options sandbox.Options
		failure string // what a failure of Maton's must hold
	}{
		{"JSON errors", sandbox.Options{}, `{"error":"<text>"}`},
		{"bare errors", sandbox.Options{BareMatonErrors: true}, `"<text>"`},
	} {
		matonFails := func(name string, status int, r row) row {
			r.name, r.status, r.has = "18.1 "+variant.name+": "+name, status, variant.failure
			return r
		}
		checkRows(t, variant.options, []row{
			{name: "18.1 " + variant.name + ": passes Gumroad's answer on", do: "GET /gumroad/v2/user", has: `{"success":true,"user":{"id":"<numeric>"}}`, headers: []string{"X-Revision: ."}},
			{name: "18.1 " + variant.name + ": default connection is the oldest", given: []string{"GET /user => id:user.id"}, do: "GET /gumroad/v2/user", has: `{"user":{"id":"{id}"}}`},
			{name: "18.1 " + variant.name + ": first connection", given: []string{"GET /user => id:user.id"}, do: "GET /gumroad/v2/user", header: firstConnection, has: `{"user":{"id":"{id}"}}`},
			{name: "18.1 " + variant.name + ": second connection is another store", do: "GET /gumroad/v2/products/{other store's product}", header: secondConnection, has: `{"success":true,"product":{"id":"{other store's product}"}}`},
			{name: "18.1 " + variant.name + ": stores are apart", do: "GET /gumroad/v2/products/{digital product}", header: secondConnection, is: notFound("product")},
			{name: "18.1 " + variant.name + ": query passes", do: "GET /gumroad/v2/sales?page=0", status: 400, is: badRequest("Invalid page number. Page numbers start at 1.")},
			{name: "18.1 " + variant.name + ": form passes", do: "PUT /gumroad/v2/sales/{USD sale not refunded}/refund", body: "amount_cents=200", has: `{"sale":{"amount_refundable_in_currency":"10"}}`},
			{name: "18.1 " + variant.name + ": JSON passes", do: "POST /gumroad/v2/products/{digital product}/offer_codes", body: `{"name":"A","amount_off":1}`, has: `{"success":true}`},
			{name: "18.1 " + variant.name + ": PATCH passes", do: "PATCH /gumroad/v2/products/{digital product}", body: "name=A", has: `{"success":true}`},
			{name: "18.1 " + variant.name + ": DELETE passes", do: "DELETE /gumroad/v2/products/{draft product}", is: deleted("product")},
			{name: "18.1 " + variant.name + ": .json passes", do: "GET /gumroad/v2/sales.json", has: `{"next_page_url":"~^/v2/sales\\.json\\?page_key="}`},
			{name: "18.1 " + variant.name + ": next_page_url has no prefix", do: "GET /gumroad/v2/sales", has: `{"next_page_url":"~^/v2/sales\\?page_key="}`},
			{name: "18.1 " + variant.name + ": licence failures pass", do: "POST /gumroad/v2/licenses/verify", body: "license_key=x", status: 404, is: refused("That license does not exist for the provided product.")},
			{name: "18.1 " + variant.name + ": missing routes pass", do: "GET /gumroad/v2/nonsense.json", status: 404, is: `{"status":404,"error":"Not Found"}`},
			{name: "18.1 " + variant.name + ": escaped slashes pass", given: []string{"POST /products/{digital product}/custom_fields name=w/h"}, do: "PUT /gumroad/v2/products/{digital product}/custom_fields/w%2Fh", body: "required=true", has: `{"success":true}`},
			{name: "18.1 " + variant.name + ": escaped padding passes", do: "GET /gumroad/v2/sales/{USD sale not refunded}", has: `{"success":true}`},

			matonFails("no key", 401, row{do: "GET /gumroad/v2/user", token: "none"}),
			matonFails("wrong key", 401, row{do: "GET /gumroad/v2/user", token: "wrong"}),
			matonFails("a Gumroad token is no key", 401, row{do: "GET /gumroad/v2/user", token: "sandbox:view_sales"}),
			matonFails("x-api-key is dead", 401, row{do: "GET /gumroad/v2/user", token: "none", header: "X-Api-Key: sandbox"}),
			matonFails("access_token is no key", 401, row{do: "GET /gumroad/v2/user?access_token=sandbox", token: "none"}),
			matonFails("even verify wants a key", 401, row{do: "POST /gumroad/v2/licenses/verify", token: "none"}),
			matonFails("unknown connection", 400, row{do: "GET /gumroad/v2/user", header: "Maton-Connection: 00000000-0000-4000-8000-000000000000"}),
			matonFails("control plane without a key", 401, row{do: "GET /connections", token: "none"}),
			matonFails("control plane with a wrong key", 401, row{do: "GET /connections/{first connection}", token: "wrong"}),
			matonFails("new connection with a wrong key", 401, row{do: "POST /connections", body: `{"app":"gumroad"}`, token: "wrong"}),
			matonFails("delete with a wrong key", 401, row{do: "DELETE /connections/{first connection}", token: "wrong"}),
			matonFails("unknown connection on the control plane", 404, row{do: "GET /connections/00000000-0000-4000-8000-000000000000"}),
			matonFails("delete of an unknown connection", 404, row{do: "DELETE /connections/00000000-0000-4000-8000-000000000000"}),
			matonFails("new connection without an app", 400, row{do: "POST /connections", body: `{}`}),
			matonFails("new connection without a body", 400, row{do: "POST /connections"}),
		})
		run := func(name string, test func(*testing.T, *service)) {
			t.Run("18.1 "+variant.name+": "+name, func(t *testing.T) { test(t, serve(t, variant.options)) })
		}
		gateway := func(id string, status int) row {
			return row{do: "GET /gumroad/v2/user", header: "Maton-Connection: " + id, status: status}
		}
		run("a pending connection does not serve", func(t *testing.T, s *service) {
			id, _ := s.connect()
			s.expect(matonFails("", 400, gateway(id, 0)))
		})
		run("authorize makes it ACTIVE", func(t *testing.T, s *service) {
			id, page := s.connect()
			if a := s.press(page, "authorize"); a.status >= 400 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			s.expect(row{do: "GET /connections/" + id, has: `{"connection":{"connection_id":"` + id + `","status":"ACTIVE"}}`})
			s.expect(row{do: "GET /gumroad/v2/user", header: "Maton-Connection: " + id, has: `{"success":true}`})
			a := s.send(row{do: "GET " + page, token: "none"})
			if a.status != http.StatusNotFound && a.status != http.StatusGone {
				t.Errorf("a used link answers %d", a.status)
			}
			a = s.send(row{do: "POST " + page, token: "none"})
			if a.status != http.StatusNotFound && a.status != http.StatusGone {
				t.Errorf("a used link takes a second answer: %d", a.status)
			}
		})
		run("cancel makes it FAILED", func(t *testing.T, s *service) {
			id, page := s.connect()
			s.press(page, "cancel")
			s.expect(row{do: "GET /connections/" + id, has: `{"connection":{"status":"FAILED"}}`})
			s.expect(matonFails("", 400, gateway(id, 0)))
		})
		run("a wrong link is no page", func(t *testing.T, s *service) {
			for _, do := range []string{"GET /connect?session_token=wrong", "POST /connect?session_token=wrong", "GET /connect"} {
				if a := s.send(row{do: do, token: "none"}); a.status != http.StatusNotFound && a.status != http.StatusGone && a.status != http.StatusBadRequest {
					t.Errorf("%s: %d", do, a.status)
				}
			}
		})
		run("the link alone changes nothing", func(t *testing.T, s *service) {
			id, page := s.connect()
			s.send(row{do: "GET " + page, token: "none"})
			s.expect(row{do: "GET /connections/" + id, has: `{"connection":{"status":"PENDING"}}`})
		})
		run("deleted connections are gone", func(t *testing.T, s *service) {
			want, is, has := 200, "", `{}`
			if variant.options.BareMatonErrors {
				want, is, has = 204, "empty", ""
			}
			s.expect(row{do: "DELETE /connections/{first connection}", status: want, is: is, has: has})
			s.expect(matonFails("", 404, row{do: "GET /connections/{first connection}"}))
			s.expect(matonFails("", 404, row{do: "DELETE /connections/{first connection}"}))
			s.expect(matonFails("", 400, row{do: "GET /gumroad/v2/user", header: firstConnection}))
			s.expect(row{do: "GET /gumroad/v2/products/{other store's product}", has: `{"success":true}`}) // the oldest that is left
			s.expect(row{do: "DELETE /connections/{second connection}", status: want})
			s.expect(matonFails("", 400, row{do: "GET /gumroad/v2/user"}))
			s.expect(row{do: "GET /connections", has: `{"connections":[]}`})
		})
		run("new connection", func(t *testing.T, s *service) {
			a := s.expect(row{do: "POST /connections", body: `{"app":"gumroad","method":"OAUTH2"}`})
			want := `{"connection":` + connectionShape + `}`
			if variant.options.BareMatonErrors {
				want = connectionShape
			}
			for _, problem := range contains("", decode(t, want), a.json(t)) {
				t.Error(problem)
			}
			id, _ := s.connect()
			s.expect(row{do: "GET /connections/" + id, has: `{"connection":{"status":"PENDING","url":"~session_token=."}}`})
		})
	}
}

func TestConnections(t *testing.T) {
	checkRows(t, sandbox.Options{}, []row{
		{name: "18.1 list", do: "GET /connections", has: `{"connections":[` + connectionShape + `,` + connectionShape + `]}`},
		{name: "18.1 list of the app", do: "GET /connections?app=gumroad", has: `{"connections":["<object>","<object>"]}`},
		{name: "18.1 list of another app", do: "GET /connections?app=slack", has: `{"connections":[]}`},
		{name: "18.1 list of active ones", do: "GET /connections?app=gumroad&status=ACTIVE", has: `{"connections":[{"status":"ACTIVE"},{"status":"ACTIVE"}]}`},
		{name: "18.1 list of pending ones", do: "GET /connections?status=PENDING", has: `{"connections":[]}`},
		{name: "18.1 list of failed ones", do: "GET /connections?status=FAILED", has: `{"connections":[]}`},
		{name: "18.1 list by method", do: "GET /connections?method=OAUTH2", has: `{"connections":["<object>","<object>"]}`},
		{name: "18.1 list by another method", do: "GET /connections?method=API_KEY", has: `{"connections":[]}`},
		{name: "18.1 one", do: "GET /connections/{first connection}", has: `{"connection":` + connectionShape + `}`},
		{name: "18.1 content type", do: "GET /connections", headers: []string{"Content-Type: ^application/json"}},
	})
	t.Run("18.1 keys", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		const keys = "connection_id status creation_time last_updated_time url app method metadata"
		if diff := cmp.Diff(sortedWords(keys), keysOf(t, s.get("/connections"), "connections.0")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(sortedWords(keys), keysOf(t, s.get("/connections/{first connection}"), "connection")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("18.1 pages by limit and next_token", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		for range 3 {
			s.connect()
		}
		all := members(func() any { v, _ := at(s.get("/connections"), "connections"); return v }(), "connection_id")
		if len(all) != 5 {
			t.Fatalf("%d connections", len(all))
		}
		var walked []string
		for path := "/connections?limit=2"; ; {
			body := s.get(path)
			v, _ := at(body, "connections")
			part := members(v, "connection_id")
			if len(part) > 2 {
				t.Errorf("%d on a page of 2", len(part))
			}
			walked = append(walked, part...)
			token, more := at(body, "next_token")
			if !more || token == nil || token == "" || len(walked) > 10 {
				break
			}
			path = "/connections?limit=2&next_token=" + url.QueryEscape(token.(string))
		}
		if diff := cmp.Diff(all, walked); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("18.1 a new connection comes into the list", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		id, _ := s.connect()
		v, _ := at(s.get("/connections?status=PENDING"), "connections")
		if diff := cmp.Diff([]string{id}, members(v, "connection_id")); diff != "" {
			t.Error(diff)
		}
		v, _ = at(s.get("/connections?status=ACTIVE"), "connections")
		if slices.Contains(members(v, "connection_id"), id) {
			t.Error("a pending connection is listed as ACTIVE")
		}
	})
	t.Run("18.1 the link's host is the public URL", func(t *testing.T) {
		s := serve(t, sandbox.Options{PublicURL: func() (string, error) { return "http://127.0.0.1:4321", nil }})
		body := s.send(row{do: "POST /connections", body: `{"app":"gumroad"}`}).json(t)
		if link := text(t, body, "connection.url"); !strings.HasPrefix(link, "http://127.0.0.1:4321/connect?session_token=") {
			t.Errorf("link %s", link)
		}
	})
	t.Run("14.1 deleting the connection silences its webhooks, which stay listed", func(t *testing.T) {
		mine, other := listen(t), listen(t)
		s, _ := deliver(t, other, "sale")
		s.expect(row{do: "PUT /gumroad/v2/resource_subscriptions", body: "resource_name=sale&post_url=" + mine.url, has: `{"success":true}`})
		s.buy(sandbox.Purchase{Product: "{digital product}"})
		mine.next(t)
		other.next(t)
		s.expect(row{do: "DELETE /connections/{first connection}"})
		for range 3 {
			s.buy(sandbox.Purchase{Product: "{digital product}"})
			other.next(t)
		}
		s.Close()
		if len(mine.arrived) > 0 {
			t.Error("a webhook of an application without a grant")
		}
		v, _ := at(s.get("/resource_subscriptions?resource_name=sale"), "resource_subscriptions")
		if !slices.Contains(members(v, "post_url"), mine.url) {
			t.Error("it is not listed any more")
		}
	})
}

func TestConnectionRefusals(t *testing.T) {
	rows := []row{
		{name: "18.1 list, four filters", do: "GET /connections?app=gumroad&status=ACTIVE&method=OAUTH2&limit=1000", has: `{"connections":["<object>","<object>"]}`},
		{name: "18.1 more than four megabytes", do: "POST /connections", body: `{"app":"` + strings.Repeat("x", 4<<20) + `"}`, status: 413, has: `{"error":"<text>"}`},
		{name: "18.1 another method", do: "PUT /connections", status: 405, has: `{"error":"<text>"}`},
		{name: "18.1 another scheme", do: "GET /connections", token: "none", header: "Authorization: Basic sandbox", status: 401, has: `{"error":"<text>"}`},
	}
	for _, query := range []string{"status=ODD", "method=ODD", "limit=0", "limit=x", "next_token=!", "next_token=eA", "a=%zz"} {
		rows = append(rows, row{name: "18.1 list with " + query, do: "GET /connections?" + query, status: 400, has: `{"error":"<text>"}`})
	}
	for _, body := range []string{`{"app":"slack"}`, `{"app":"gumroad","method":"API_KEY"}`, `{"app":5}`} {
		rows = append(rows, row{name: "18.1 new connection of " + body, do: "POST /connections", body: body, status: 400, has: `{"error":"<text>"}`})
	}
	checkRows(t, sandbox.Options{}, rows)
	t.Run("18.1 the page of a deleted connection", func(t *testing.T) {
		s := serve(t, sandbox.Options{})
		id, page := s.connect()
		s.expect(row{do: "DELETE /connections/" + id})
		s.expect(row{do: "GET " + page, token: "none", status: 404})
	})
	for name, url := range map[string]func() (string, error){
		"no public URL":       nil,
		"an empty public URL": func() (string, error) { return "", nil },
	} {
		t.Run("18.1 the link's host is the request's with "+name, func(t *testing.T) {
			s := serve(t, sandbox.Options{PublicURL: url})
			body := s.send(row{do: "POST /connections", body: `{"app":"gumroad"}`}).json(t)
			if link := text(t, body, "connection.url"); !strings.HasPrefix(link, s.server.URL+"/connect?session_token=") {
				t.Errorf("link %s", link)
			}
		})
	}
	t.Run("18.1 no connection without a public URL", func(t *testing.T) {
		s := serve(t, sandbox.Options{PublicURL: func() (string, error) { return "", errors.New("no port") }})
		s.expect(row{do: "POST /connections", body: `{"app":"gumroad"}`, status: 500, is: `{"error":"Internal Server Error"}`})
		s.expect(row{do: "GET /connections", has: `{"connections":["<object>","<object>"]}`})
	})
}

func TestConnectPage(t *testing.T) {
	s := serve(t, sandbox.Options{})
	id, page := s.connect()
	for _, c := range []row{
		{name: "another method", do: "PUT " + page, status: 405, headers: []string{"Allow: ^GET, POST$"}},
		{name: "no decision", do: "POST " + page, status: 400},
		{name: "an unknown decision", do: "POST " + page, body: "decision=perhaps", status: 400},
		{name: "an unknown store", do: "POST " + page, body: "decision=authorize&store=7", status: 400},
		{name: "a store that is no number", do: "POST " + page, body: "decision=authorize&store=x", status: 400},
		{name: "an undecodable form", do: "POST " + page, body: "decision=%zz", status: 400},
	} {
		t.Run("refused: "+c.name, func(t *testing.T) {
			s.t, c.token = t, "none"
			s.expect(c)
			s.expect(row{do: "GET /connections/" + id, has: `{"connection":{"status":"PENDING"}}`})
		})
	}
	t.Run("it shows both stores and runs no script", func(t *testing.T) {
		s.t = t
		shown := string(s.expect(row{do: "GET " + page, token: "none", headers: []string{"Cache-Control: ^no-store$"}}).body)
		for _, part := range []string{"Pixel &amp; Page", "Fjord Type Foundry", `<html lang="en">`} {
			if !strings.Contains(shown, part) {
				t.Errorf("no %q in %s", part, shown)
			}
		}
		if strings.Contains(shown, "<script") {
			t.Error("a script")
		}
	})
	t.Run("it connects the store chosen", func(t *testing.T) {
		s.t = t
		s.expect(row{do: "POST " + page, body: "decision=authorize&store=1", token: "none"})
		s.expect(row{do: "GET /gumroad/v2/user", header: "Maton-Connection: " + id, has: `{"user":{"name":"Fjord Type Foundry","twitter_handle":null}}`})
	})
}

// TestGrant: Maton's grant of a connection can lack scopes, and another connection's is not touched by that.
func TestGrant(t *testing.T) {
	s := serve(t, sandbox.Options{})
	s.clock.Advance(time.Minute)
	s.Grant(s.fill("{first connection}"), "edit_products", "view_sales")
	for _, r := range []row{
		{do: "GET /gumroad/v2/sales"},
		{do: "GET /gumroad/v2/payouts", status: 403, is: "empty", headers: []string{"WWW-Authenticate: view_payouts"}},
		{do: "GET /gumroad/v2/workflows", status: 403, is: "empty", headers: []string{"WWW-Authenticate: edit_emails"}},
		{do: "GET /gumroad/v2/user/profile_layout", status: 403, is: "empty",
			headers: []string{"WWW-Authenticate: view_profile"}},
	} {
		r.header = firstConnection
		s.expect(r)
	}
	s.expect(row{do: "GET /gumroad/v2/payouts", header: secondConnection})
	changed := text(t, s.get("/connections/{first connection}"), "connection.last_updated_time")
	if want := clockStart.Add(time.Minute).Format("2006-01-02T15:04:05.000000Z"); changed != want {
		t.Errorf("the connection changed at %s, want %s", changed, want)
	}
}
