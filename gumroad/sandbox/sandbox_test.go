package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// noon is the tests' clock: a Tuesday.
var noon = time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)

func frozen() time.Time { return noon }

func newSandbox(t *testing.T, options Options) *client {
	t.Helper()
	if options.Now == nil {
		options.Now = frozen
	}
	if options.Sales == 0 {
		options.Sales = 400
	}
	s := New(options)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &client{t: t, s: s, token: "sandbox"}
}

// client calls a sandbox in process with a Gumroad token.
type client struct {
	t     *testing.T
	s     *Sandbox
	token string
}

func (c *client) as(token string) *client { return &client{c.t, c.s, token} }

// received is an answer as it came.
type received struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// request sends a body as it is; contentType "" sends none.
func (c *client) request(method, target, contentType, body string, headers ...string) received {
	c.t.Helper()
	req, err := http.NewRequest(method, "http://sandbox.test"+target, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.s.RoundTrip(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, target, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, target, err)
	}
	return received{c.t, res.StatusCode, res.Header, string(raw)}
}

func (c *client) get(target string) received {
	c.t.Helper()
	return c.request(http.MethodGet, target, "", "")
}

// form sends name, value pairs as a form.
func (c *client) form(method, target string, pairs ...string) received {
	c.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return c.request(method, target, "application/x-www-form-urlencoded", values.Encode())
}

func (c *client) json(method, target string, body any) received {
	c.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.request(method, target, "application/json", string(raw))
}

// is checks status and the whole body, which is JSON unless it is empty.
func (r received) is(status int, body string) {
	r.t.Helper()
	if r.status != status || r.body != body {
		r.t.Errorf("got %d %s\nwant %d %s", r.status, r.body, status, body)
	}
}

func (r received) refused(message string) {
	r.t.Helper()
	want, _ := json.Marshal(map[string]any{"success": false, "message": message})
	r.same(http.StatusOK, string(want))
}

func (r received) bad(text string) {
	r.t.Helper()
	want, _ := json.Marshal(map[string]any{"status": 400, "error": text})
	r.same(http.StatusBadRequest, string(want))
}

// same compares JSON without regard to the order of members.
func (r received) same(status int, body string) {
	r.t.Helper()
	var got, want any
	if err := json.Unmarshal([]byte(r.body), &got); err != nil {
		r.t.Fatalf("status %d, body %q: %v", r.status, r.body, err)
	}
	if err := json.Unmarshal([]byte(body), &want); err != nil {
		r.t.Fatal(err)
	}
	if r.status != status {
		r.t.Errorf("status %d, want %d", r.status, status)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("body (-want +got):\n%s", diff)
	}
}

// object decodes the answer, or the member at a path of it.
func (r received) object(path ...string) map[string]any {
	r.t.Helper()
	v, ok := r.value(path...).(map[string]any)
	if !ok {
		r.t.Fatalf("%v is no object in %d %s", path, r.status, r.body)
	}
	return v
}

func (r received) list(path ...string) []map[string]any {
	r.t.Helper()
	v, ok := r.value(path...).([]any)
	if !ok {
		r.t.Fatalf("%v is no list in %d %s", path, r.status, r.body)
	}
	out := []map[string]any{}
	for _, item := range v {
		out = append(out, item.(map[string]any))
	}
	return out
}

func (r received) value(path ...string) any {
	r.t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(r.body)))
	var v any
	if err := d.Decode(&v); err != nil {
		r.t.Fatalf("status %d, body %q: %v", r.status, r.body, err)
	}
	for _, name := range path {
		o, ok := v.(map[string]any)
		if !ok {
			r.t.Fatalf("no %q in %s", name, r.body)
		}
		v = o[name]
	}
	return v
}

func (r received) ok() received {
	r.t.Helper()
	if r.status != http.StatusOK || r.value("success") != true {
		r.t.Fatalf("not a success: %d %s", r.status, r.body)
	}
	return r
}

// check compares some members of an object.
func check(t *testing.T, got map[string]any, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if diff := cmp.Diff(value, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// lacks checks that members are absent, not null.
func lacks(t *testing.T, got map[string]any, names ...string) {
	t.Helper()
	for _, name := range names {
		if v, there := got[name]; there {
			t.Errorf("%s is there: %v", name, v)
		}
	}
}

// highlight finds a notable row by name.
func (c *client) highlight(name string) Highlight {
	c.t.Helper()
	for _, h := range c.s.Highlights() {
		if h.Name == name {
			return h
		}
	}
	c.t.Fatalf("no highlight %q", name)
	return Highlight{}
}

func (c *client) id(name string) string {
	c.t.Helper()
	return c.highlight(name).ID
}

func (c *client) product(name string) string {
	c.t.Helper()
	return "/v2/products/" + url.PathEscape(c.id(name))
}

func (c *client) sale(name string) string {
	c.t.Helper()
	return "/v2/sales/" + url.PathEscape(c.id(name))
}
