package sandbox

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestConnections(t *testing.T) {
	c := newSandbox(t, Options{})
	for _, key := range []string{"", "wrong", "sandbox:view_sales"} {
		for _, target := range []string{"/connections", "/connections/x", "/gumroad/v2/user"} {
			r := c.as(key).get(target)
			if r.status != http.StatusUnauthorized || r.object()["error"] == "" {
				t.Errorf("%s with %q: %d %s", target, key, r.status, r.body)
			}
		}
	}
	all := c.get("/connections").list("connections")
	if len(all) != 2 || all[0]["connection_id"] != c.id("first connection") || all[1]["connection_id"] != c.id("second connection") {
		t.Fatalf("connections %v", all)
	}
	for _, row := range all {
		check(t, row, map[string]any{"status": "ACTIVE", "app": "gumroad", "method": "OAUTH2", "metadata": map[string]any{}})
		if !uuidForm.MatchString(row["connection_id"].(string)) {
			t.Errorf("id %v", row["connection_id"])
		}
		if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`).MatchString(row["creation_time"].(string)) {
			t.Errorf("creation_time %v", row["creation_time"])
		}
		if !strings.Contains(row["url"].(string), "session_token=") {
			t.Errorf("url %v", row["url"])
		}
	}
	created := c.json("POST", "/connections", map[string]any{"app": "gumroad", "method": "OAUTH2"}).object("connection")
	check(t, created, map[string]any{"status": "PENDING", "creation_time": "2026-03-10T12:00:00.000000Z"})
	if !strings.HasPrefix(created["url"].(string), "http://sandbox.test/connect?session_token=") {
		t.Errorf("url %v", created["url"])
	}
	counts := map[string]int{
		"": 3, "?app=gumroad": 3, "?app=slack": 0, "?status=ACTIVE": 2, "?status=PENDING": 1, "?status=FAILED": 0, "?method=OAUTH2": 3, "?method=API_KEY": 0,
		"?app=gumroad&status=ACTIVE&method=OAUTH2&limit=1000": 2,
	}
	for query, want := range counts {
		if got := len(c.get("/connections" + query).list("connections")); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	ids, target := 0, "/connections?limit=2"
	for {
		page := c.get(target)
		ids += len(page.list("connections"))
		token, more := page.object()["next_token"].(string)
		if !more {
			break
		}
		target = "/connections?limit=2&next_token=" + url.QueryEscape(token)
	}
	if ids != 3 {
		t.Errorf("%d connections by pages", ids)
	}
	for _, bad := range []string{"?status=ODD", "?method=ODD", "?limit=0", "?limit=x", "?next_token=!", "?next_token=eA", "?a=%zz"} {
		if r := c.get("/connections" + bad); r.status != http.StatusBadRequest || r.object()["error"] == nil {
			t.Errorf("%s: %d %s", bad, r.status, r.body)
		}
	}
	for _, bad := range []map[string]any{{}, {"app": "slack"}, {"app": "gumroad", "method": "API_KEY"}, {"app": 5}} {
		if r := c.json("POST", "/connections", bad); r.status != http.StatusBadRequest {
			t.Errorf("%v: %d %s", bad, r.status, r.body)
		}
	}
	if r := c.request("POST", "/connections", "application/json", strings.Repeat("x", maxBody+1)); r.status != http.StatusRequestEntityTooLarge {
		t.Errorf("large body: %d", r.status)
	}
	if r := c.json("PUT", "/connections", nil); r.status != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", r.status)
	}
	one := "/connections/" + created["connection_id"].(string)
	check(t, c.get(one).object("connection"), created)
	c.request("DELETE", one, "", "").is(200, "{}")
	c.get(one).is(404, `{"error":"Connection not found"}`)
	c.request("DELETE", one, "", "").is(404, `{"error":"Connection not found"}`)
	if r := c.get(strings.TrimPrefix(created["url"].(string), "http://sandbox.test")); r.status != http.StatusNotFound {
		t.Errorf("page of a deleted connection: %d", r.status)
	}
}

func TestGateway(t *testing.T) {
	c := newSandbox(t, Options{})
	user := func(connection string) received {
		t.Helper()
		if connection == "" {
			return c.get("/gumroad/v2/user")
		}
		return c.request("GET", "/gumroad/v2/user", "", "", "Maton-Connection", connection)
	}
	first, second := c.id("first connection"), c.id("second connection")
	check(t, user("").ok().object("user"), map[string]any{"name": "Pixel & Page"})
	check(t, user(first).ok().object("user"), map[string]any{"name": "Pixel & Page"})
	check(t, user(second).ok().object("user"), map[string]any{"name": "Fjord Type Foundry"})
	if r := user("nobody"); r.status != http.StatusBadRequest || r.object()["error"] == nil {
		t.Errorf("unknown connection: %d %s", r.status, r.body)
	}
	pending := c.json("POST", "/connections", map[string]any{"app": "gumroad"}).object("connection")["connection_id"].(string)
	if r := user(pending); r.status != http.StatusBadRequest || !strings.Contains(r.body, "PENDING") {
		t.Errorf("pending connection: %d %s", r.status, r.body)
	}
	c.get("/gumroad/v1/user.json").is(404, `{"status":404,"error":"Not Found"}`)
	// The gateway's grant is its own, whatever token the query names.
	c.get("/gumroad/v2/sales?access_token=wrong").ok()
	c.request("DELETE", "/connections/"+first, "", "").answered()
	check(t, user("").ok().object("user"), map[string]any{"name": "Fjord Type Foundry"})
	c.request("DELETE", "/connections/"+second, "", "").answered()
	if r := user(""); r.status != http.StatusBadRequest || !strings.Contains(r.body, "connection") {
		t.Errorf("no connection: %d %s", r.status, r.body)
	}
	journal := c.s.Journal()
	if journal[0].ConnectionID != first || journal[2].ConnectionID != second {
		t.Errorf("journal names %q and %q", journal[0].ConnectionID, journal[2].ConnectionID)
	}
}

func (r received) answered() {
	r.t.Helper()
	if r.status != http.StatusOK {
		r.t.Errorf("%d %s", r.status, r.body)
	}
}

func TestBareMaton(t *testing.T) {
	c := newSandbox(t, Options{BareMatonErrors: true})
	c.as("x").get("/connections").is(401, "Invalid or missing Maton API key")
	created := c.json("POST", "/connections", map[string]any{"app": "gumroad"}).object()
	check(t, created, map[string]any{"status": "PENDING"})
	c.request("DELETE", "/connections/"+created["connection_id"].(string), "", "").is(204, "")
	c.get("/connections/x").is(404, "Connection not found")
}

func TestPublicURL(t *testing.T) {
	link := func(c *client) string {
		return c.json("POST", "/connections", map[string]any{"app": "gumroad"}).object("connection")["url"].(string)
	}
	given := newSandbox(t, Options{PublicURL: func() (string, error) { return "http://127.0.0.1:4711/", nil }})
	if got := link(given); !strings.HasPrefix(got, "http://127.0.0.1:4711/connect?session_token=") {
		t.Errorf("url %s", got)
	}
	empty := newSandbox(t, Options{PublicURL: func() (string, error) { return "", nil }})
	if got := link(empty); !strings.HasPrefix(got, "http://sandbox.test/connect?") {
		t.Errorf("url %s", got)
	}
	broken := newSandbox(t, Options{PublicURL: func() (string, error) { return "", errors.New("no port") }})
	broken.json("POST", "/connections", map[string]any{"app": "gumroad"}).is(500, `{"error":"Internal Server Error"}`)
	if n := len(broken.get("/connections").list("connections")); n != 2 {
		t.Errorf("%d connections", n)
	}
}

func TestConnectPage(t *testing.T) {
	c := newSandbox(t, Options{})
	anyone := c.as("")
	start := func() (id, page, token string) {
		t.Helper()
		created := c.json("POST", "/connections", map[string]any{"app": "gumroad"}).object("connection")
		u, err := url.Parse(created["url"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return created["connection_id"].(string), u.RequestURI(), u.Query().Get("session_token")
	}
	status := func(id string) any { return c.get("/connections/" + id).object("connection")["status"] }

	id, page, token := start()
	asked := anyone.get(page)
	if asked.status != 200 || asked.header.Get("Content-Security-Policy") == "" || asked.header.Get("Cache-Control") != "no-store" {
		t.Errorf("page: %d %v", asked.status, asked.header)
	}
	for _, part := range []string{"Maton", "Pixel &amp; Page", "Fjord Type Foundry", ">Authorize<", ">Cancel<", `value="0" checked`, `<html lang="en">`} {
		if !strings.Contains(asked.body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if strings.Contains(asked.body, "<script") {
		t.Error("the page has a script")
	}
	if status(id) != "PENDING" {
		t.Errorf("reading the page made it %v", status(id))
	}
	if r := anyone.form("PUT", "/connect", "session_token", token); r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") == "" {
		t.Errorf("PUT: %d", r.status)
	}
	for _, bad := range [][]string{{"decision", "perhaps"}, {"decision", "authorize", "store", "7"}, {"decision", "authorize", "store", "x"}} {
		if r := anyone.form("POST", "/connect", append(bad, "session_token", token)...); r.status != http.StatusBadRequest {
			t.Errorf("%v: %d", bad, r.status)
		}
	}
	if r := anyone.request("POST", "/connect", "application/x-www-form-urlencoded", "%zz"); r.status != http.StatusBadRequest {
		t.Errorf("broken form: %d", r.status)
	}
	if r := anyone.form("POST", "/connect", "session_token", token, "decision", "authorize", "store", "1"); r.status != 200 || !strings.Contains(r.body, "Fjord Type Foundry is connected") {
		t.Errorf("authorize: %d %s", r.status, r.body)
	}
	if status(id) != "ACTIVE" {
		t.Errorf("authorized is %v", status(id))
	}
	check(t, c.request("GET", "/gumroad/v2/user", "", "", "Maton-Connection", id).ok().object("user"), map[string]any{"name": "Fjord Type Foundry"})
	for _, method := range []string{"GET", "POST"} {
		if r := anyone.form(method, page, "decision", "cancel"); r.status != http.StatusGone {
			t.Errorf("%s of a used link: %d", method, r.status)
		}
	}
	id, _, token = start()
	if r := anyone.form("POST", "/connect", "session_token", token, "decision", "cancel"); r.status != 200 {
		t.Errorf("cancel: %d", r.status)
	}
	if status(id) != "FAILED" {
		t.Errorf("cancelled is %v", status(id))
	}
	for _, unknown := range []string{"/connect", "/connect?session_token=", "/connect?session_token=x"} {
		if r := anyone.get(unknown); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", unknown, r.status)
		}
	}
}
