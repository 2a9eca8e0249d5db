package sandbox

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (c *client) roundTrip(ctx context.Context, method, target string) (*http.Response, error) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, "http://sandbox.test"+target, strings.NewReader(""))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sandbox")
	return c.s.RoundTrip(req)
}

func TestFaultStatus(t *testing.T) {
	c := newSandbox(t, Options{})
	for _, row := range []struct {
		status int
		body   string
	}{
		{0, `{"status":500,"error":"Internal Server Error"}`}, {400, `{"status":400,"error":"Bad Request"}`}, {401, ""}, {403, ""},
		{429, "Retry later\n"}, {503, `{"status":503,"error":"Service Unavailable"}`}, {201, `{"success":true}`},
	} {
		c.s.ClearFaults()
		c.s.Inject(Fault{Kind: FaultStatus, Status: row.status, RetryAfter: "7"})
		r := c.get("/v2/user.json")
		r.is(max(row.status, 200)+map[int]int{0: 300}[row.status], row.body)
		if r.header.Get("Retry-After") != "7" {
			t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
		}
	}
	c.s.ClearFaults()
	c.s.Inject(Fault{Kind: FaultStatus, Status: 429, Path: "/connections"})
	c.get("/connections").is(429, `{"error":"Too Many Requests"}`)
	c.get("/connections/x").is(404, `{"error":"Connection not found"}`)
	c.s.Inject(Fault{Kind: FaultHTML, Path: "/user"})
	if r := c.get("/gumroad/v2/user"); r.status != 503 || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
		t.Errorf("html: %d %v", r.status, r.header)
	}
}

func TestFaultSelection(t *testing.T) {
	c := newSandbox(t, Options{})
	statuses := func(method string, targets ...string) []int {
		var out []int
		for _, target := range targets {
			out = append(out, c.request(method, target, "", "").status)
		}
		return out
	}
	c.s.Inject(Fault{Method: "get", Path: "/sales/*", Kind: FaultStatus, Status: 503, After: 1, Count: 2})
	c.s.Inject(Fault{Path: "sales/*/", Kind: FaultStatus, Status: 502, Count: 1})
	got := statuses("GET", "/v2/sales/a", "/v2/sales/a.json", "/gumroad/v2/sales/a", "/v2/sales/a", "/v2/sales", "/v2/sales/a/refund")
	if diff := cmp.Diff([]int{502, 503, 503, 200, 200, 404}, got); diff != "" {
		t.Error(diff)
	}
	c.s.ClearFaults()
	c.s.Inject(Fault{Method: "PUT", Kind: FaultStatus, Status: 503})
	if diff := cmp.Diff([]int{200}, statuses("GET", "/v2/user")); diff != "" {
		t.Error(diff)
	}
}

func TestFaultSlow(t *testing.T) {
	c := newSandbox(t, Options{})
	c.s.Inject(Fault{Kind: FaultSlow, Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err := c.roundTrip(ctx, "DELETE", "/v2/products/inkwsh"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a slow request out of time: %v", err)
	}
	c.s.ClearFaults()
	if _, err := c.roundTrip(ctx, "GET", "/v2/user"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an already cancelled request: %v", err)
	}
	check(t, c.get("/v2/products/inkwsh").object("product"), map[string]any{"deleted": false})
	c.s.Inject(Fault{Kind: FaultSlow, Delay: time.Millisecond})
	c.get("/v2/user").ok()

	live, cancel := context.WithCancel(t.Context())
	response, err := c.roundTrip(live, "GET", "/v2/user")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(response.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("reading after the end: %v", err)
	}
}

func TestFaultTransport(t *testing.T) {
	c := newSandbox(t, Options{})
	server := httptest.NewServer(c.s)
	defer server.Close()
	overHTTP := func(method, target string) (*http.Response, error) {
		req, err := http.NewRequest(method, server.URL+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer sandbox")
		return server.Client().Do(req)
	}
	inProcess := func(method, target string) (*http.Response, error) { return c.roundTrip(t.Context(), method, target) }

	for name, call := range map[string]func(string, string) (*http.Response, error){"http": overHTTP, "in process": inProcess} {
		c.s.ClearFaults()
		c.s.Inject(Fault{Kind: FaultCut, Count: 1})
		response, err := call("GET", "/v2/sales")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		raw, err := io.ReadAll(response.Body)
		if !errors.Is(err, io.ErrUnexpectedEOF) || len(raw) == 0 {
			t.Errorf("%s: cut off after %d bytes with %v", name, len(raw), err)
		}

		c.s.ResetJournal()
		c.s.Inject(Fault{Kind: FaultRefused, Count: 1})
		if _, err := call("PUT", "/v2/products/inkwsh/disable"); err == nil {
			t.Errorf("%s: a refused connection answered", name)
		}
		check(t, c.get("/v2/products/inkwsh").object("product"), map[string]any{"published": true})
		c.s.Inject(Fault{Kind: FaultLost, Count: 1})
		if _, err := call("PUT", "/v2/products/inkwsh/disable"); err == nil {
			t.Errorf("%s: a lost answer arrived", name)
		}
		check(t, c.get("/v2/products/inkwsh").object("product"), map[string]any{"published": false})
		journal := c.s.Journal()
		for i, want := range []Entry{{Fault: FaultRefused}, {Status: 200}, {Fault: FaultLost, Committed: true}} {
			if got := journal[i]; got.Fault != want.Fault || got.Status != want.Status || got.Committed != want.Committed {
				t.Errorf("%s: entry %d is %+v", name, i, got)
			}
		}
		c.form("PUT", "/v2/products/inkwsh/enable").ok()
	}
	c.s.Inject(Fault{Kind: FaultRefused, Count: 1})
	var dial *net.OpError
	if _, err := inProcess("GET", "/v2/user"); !errors.Is(err, syscall.ECONNREFUSED) || !errors.As(err, &dial) || dial.Op != "dial" {
		t.Errorf("refused: %v", err)
	}
	c.s.Inject(Fault{Kind: FaultLost, Count: 1})
	if _, err := inProcess("GET", "/v2/user"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("lost: %v", err)
	}
	for _, method := range []string{"GET", "HEAD"} {
		response, err := overHTTP(method, "/v2/user")
		if err != nil || response.StatusCode != 200 || response.ContentLength <= 0 {
			t.Fatalf("%s over HTTP: %v %v", method, response, err)
		}
		response.Body.Close()
	}
	c.s.Inject(Fault{Kind: FaultSlow, Delay: time.Hour, Count: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", server.URL+"/v2/user", nil)
	if _, err := server.Client().Do(req); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("slow over HTTP: %v", err)
	}
}

func TestFaultBodies(t *testing.T) {
	c := newSandbox(t, Options{})
	once := func(kind FaultKind) { c.s.Inject(Fault{Kind: kind, URL: "https://elsewhere.example/", Count: 1}) }
	once(FaultRedirect)
	if r := c.get("/v2/user"); r.status != 302 || r.header.Get("Location") != "https://elsewhere.example/" {
		t.Errorf("redirect: %d %v", r.status, r.header)
	}
	once(FaultEcho)
	if r := c.get("/v2/user"); r.status != 500 || !strings.Contains(r.body, "Bearer sandbox") {
		t.Errorf("echo: %d %s", r.status, r.body)
	}
	once(FaultBig)
	if r := c.get("/v2/user"); len(r.body) < 12<<20 || !json.Valid([]byte(r.body)) {
		t.Errorf("big: %d bytes", len(r.body))
	}
	once(FaultBomb)
	response, err := c.roundTrip(t.Context(), "GET", "/v2/user")
	if err != nil || !response.Uncompressed || response.Header.Get("Content-Encoding") != "" {
		t.Fatalf("bomb: %v %v", response, err)
	}
	if n, err := io.Copy(io.Discard, response.Body); err != nil || n < 64<<20 {
		t.Errorf("bomb: %d bytes, %v", n, err)
	}
	once(FaultBomb)
	packed := c.request("GET", "/v2/user", "", "", "Accept-Encoding", "gzip")
	if packed.header.Get("Content-Encoding") != "gzip" || len(packed.body) > 1<<20 {
		t.Errorf("packed bomb: %d bytes", len(packed.body))
	}
	if _, err := gzip.NewReader(strings.NewReader(packed.body)); err != nil {
		t.Error(err)
	}
	once(FaultBomb)
	if r := c.request("GET", "/v2/user", "", "", "Accept-Encoding", "identity"); len(r.body) < 12<<20 {
		t.Errorf("bomb without gzip: %d bytes", len(r.body))
	}
	key := c.get("/v2/sales").value("next_page_key").(string)
	c.s.Inject(Fault{Kind: FaultRepeatPage})
	for range 2 {
		if got := c.get("/v2/sales?page_key=" + key).ok().value("next_page_key"); got != key {
			t.Errorf("next_page_key %v, want the one asked for", got)
		}
	}
	if got := c.get("/v2/sales").ok().value("next_page_key"); got != key {
		t.Errorf("the first page is not the usual one: %v", got)
	}
}

func TestInjectRefusesTheImpossible(t *testing.T) {
	c := newSandbox(t, Options{})
	for _, f := range []Fault{{}, {Kind: "odd"}, {Kind: FaultRedirect}, {Kind: FaultStatus, Status: 42}, {Kind: FaultSlow, Delay: -1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was taken", f)
				}
			}()
			c.s.Inject(f)
		}()
	}
}

func TestOperator(t *testing.T) {
	c := newSandbox(t, Options{}).as("")
	c.json("POST", "/_sandbox/faults", map[string]any{"path": "/user", "kind": "slow", "delay_ms": 1, "count": 1}).
		same(200, `{"path":"/user","kind":"slow","delay_ms":1,"count":1}`)
	for _, bad := range []map[string]any{{"kind": "odd"}, {"kind": "status", "typo": 1}, {"kind": 5}} {
		if r := c.json("POST", "/_sandbox/faults", bad); r.status != 400 || r.object()["error"] == "" {
			t.Errorf("%v: %d %s", bad, r.status, r.body)
		}
	}
	c.get("/_sandbox/faults").same(200, `{"faults":[{"path":"/user","kind":"slow","delay_ms":1,"count":1}]}`)
	c.get("/v2/user?access_token=sandbox").ok()
	entries := c.get("/_sandbox/journal").list("entries")
	if len(entries) != 1 {
		t.Fatalf("entries %v", entries)
	}
	check(t, entries[0], map[string]any{"method": "GET", "path": "/v2/user", "status": 200.0, "fault": "slow", "committed": false, "time": "2026-03-10T12:00:00Z"})
	if strings.Contains(c.get("/_sandbox/journal").body, "access_token") {
		t.Error("the journal holds a token")
	}
	c.request("DELETE", "/_sandbox/journal", "", "").is(204, "")
	c.request("DELETE", "/_sandbox/faults", "", "").is(204, "")
	c.get("/_sandbox/journal").same(200, `{"entries":[]}`)
	c.get("/_sandbox/faults").same(200, `{"faults":[]}`)
	if n := len(c.get("/_sandbox/highlights").list("highlights")); n < 50 {
		t.Errorf("%d highlights", n)
	}
	sold := c.json("POST", "/_sandbox/sales", map[string]any{"product": "inkwsh", "email": "new@example.com"}).object()["sale_id"].(string)
	if got := c.as("sandbox").get("/v2/sales").list("sales")[0]["id"]; got != sold {
		t.Errorf("newest sale %v, want %s", got, sold)
	}
	c.json("POST", "/_sandbox/events", map[string]any{"name": "dispute", "id": sold}).same(200, `{"name":"dispute","id":"`+sold+`"}`)
	for _, bad := range []string{"/_sandbox/sales", "/_sandbox/events"} {
		if r := c.json("POST", bad, map[string]any{}); r.status != 400 {
			t.Errorf("%s: %d %s", bad, r.status, r.body)
		}
		if r := c.request("POST", bad, "", "{"); r.status != 400 {
			t.Errorf("%s: %d %s", bad, r.status, r.body)
		}
	}
	if r := c.get("/_sandbox/nothing"); r.status != 404 {
		t.Errorf("nothing: %d", r.status)
	}
}

func TestJournal(t *testing.T) {
	c := newSandbox(t, Options{})
	c.form("PUT", c.product("digital product")+"/disable")
	c.form("PUT", c.product("digital product")+"/disable")
	c.form("PUT", "/v2/products/a%2Fb", "name", "x")
	want := []Entry{
		{Seq: 1, Path: c.product("digital product") + "/disable", Status: 200, Committed: true},
		{Seq: 2, Path: c.product("digital product") + "/disable", Status: 200},
		{Seq: 3, Path: "/v2/products/a%2Fb", Status: 200, Params: map[string][]string{"name": {"x"}}},
	}
	for i := range want {
		want[i].Method, want[i].Time = "PUT", noon
	}
	if diff := cmp.Diff(want, c.s.Journal()); diff != "" {
		t.Error(diff)
	}
	c.s.ResetJournal()
	for range 2*journalSize + 5 {
		c.s.journal.add(Entry{})
	}
	entries := c.s.Journal()
	if len(entries) != journalSize || entries[journalSize-1].Seq != 3+2*journalSize+5 {
		t.Errorf("%d entries, last %d", len(entries), entries[len(entries)-1].Seq)
	}
}
