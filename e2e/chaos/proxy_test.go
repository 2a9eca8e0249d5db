package chaos

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

const (
	timeout = 1500 * time.Millisecond // of the server for an operation upstream
	tooLate = 2 * time.Second
	slow    = 200 * time.Millisecond
)

// A lie is what the proxy does with a write.
type lie struct {
	name   string
	weight int
	blind  bool // no client can see through it
	always bool // every time that the write is sent, not only the first

	before  time.Duration // before the write is forwarded
	forward bool
	after   time.Duration // before the answer
	answer  func(w http.ResponseWriter, real *httptest.ResponseRecorder)
}

const honest = "none"

// lies are all that the proxy does, in an order that seeds rely on.
var lies = func() []lie {
	all := []lie{
		{name: honest, weight: 50, forward: true, answer: pass},
		{name: "slow", weight: 6, forward: true, after: slow, answer: pass},
		{name: "dropped", weight: 3, answer: hangUp},
		{name: "carried out, answer lost", weight: 3, forward: true, answer: hangUp},
		{name: "carried out, body cut", weight: 3, forward: true, answer: cutBody},
		{name: "carried out, header cut", weight: 2, forward: true, answer: cutHeader},
		{name: "carried out, answer too late", weight: 2, forward: true, after: tooLate, answer: pass},
		{name: "carried out too late", weight: 2, before: tooLate, forward: true, answer: pass},
		{name: "429 once", weight: 2, answer: say(429, "text/plain", "Retry later\n")},
		{name: "429 always", weight: 2, always: true, answer: say(429, "text/plain", "Retry later\n")},
		{name: "carried out, yes without the record", weight: 1, forward: true, answer: say(200, jsonType, `{"success":true}`)},
	}
	for _, forward := range []bool{false, true} {
		prefix := ""
		if forward {
			prefix = "carried out, "
		}
		for _, said := range []struct {
			name   string
			status int
			kind   string
			body   string
		}{
			{"502", 502, "text/html", page}, {"503", 503, "text/html", page}, {"504", 504, "text/html", page},
			{"200 with a page", 200, "text/html", page}, {"200 with a page as JSON", 200, jsonType, page},
			{"200 without a body", 200, jsonType, ""}, {"204", 204, "", ""},
			{"{}", 200, jsonType, "{}"}, {"null", 200, jsonType, "null"}, {"[]", 200, jsonType, "[]"},
			{"200 with an error", 200, jsonType, `{"error":"upstream"}`},
			{`success "true"`, 200, jsonType, `{"success":"true"}`}, {"success 1", 200, jsonType, `{"success":1}`},
			{"500 with success false", 500, jsonType, `{"success":false,"message":"An error occurred."}`},
			{"503 with success true", 503, jsonType, `{"success":true}`},
			{"408", 408, "text/html", page}, {"425", 425, "text/html", page}, {"499", 499, "text/html", page},
			{"302", 302, "text/html", page},
		} {
			all = append(all, lie{name: prefix + said.name, weight: 1, forward: forward,
				answer: say(said.status, said.kind, said.body)})
		}
	}
	const no = `{"success":false,"message":"It was refused."}`
	return append(all,
		lie{name: "success true", weight: 1, blind: true, answer: say(200, jsonType, yes)},
		lie{name: "carried out, 429 once", weight: 1, blind: true, forward: true, answer: say(429, "text/plain", "Retry later\n")},
		lie{name: "carried out, success false", weight: 1, blind: true, forward: true, answer: say(200, jsonType, no)},
		lie{name: "carried out, 400", weight: 1, blind: true, forward: true, answer: say(400, jsonType, no)},
		lie{name: "carried out, 404", weight: 1, blind: true, forward: true, answer: say(404, "text/html", page)},
		lie{name: "carried out, 422", weight: 1, blind: true, forward: true, answer: say(422, jsonType, no)},
	)
}()

const (
	jsonType = "application/json"
	page     = "<!DOCTYPE html><html><body>It works!</body></html>"
	// yes has a record of every kind.
	yes = `{"success":true,"message":"Done.","uses":1,"purchase":{},"sale":{"id":"x"},"offer_code":{"id":"x"},` +
		`"variant":{"id":"x"},"custom_field":{"id":"x"},"product":{"id":"x"},"resource_subscription":{"id":"x"}}`
)

// liesAboutReads are names of lies that a read meets, too.
var liesAboutReads = []string{"dropped", "503", "429 once", "200 with a page", "carried out, body cut", "{}"}

func lieNamed(name string) *lie {
	for i := range lies {
		if lies[i].name == name {
			return &lies[i]
		}
	}
	panic("no lie " + name)
}

func say(status int, kind, body string) func(http.ResponseWriter, *httptest.ResponseRecorder) {
	return func(w http.ResponseWriter, _ *httptest.ResponseRecorder) {
		if kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "0")
		}
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func pass(w http.ResponseWriter, real *httptest.ResponseRecorder) {
	for name, values := range real.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(real.Code)
	w.Write(real.Body.Bytes())
}

func hangUp(http.ResponseWriter, *httptest.ResponseRecorder) { panic(http.ErrAbortHandler) }

func cutBody(w http.ResponseWriter, real *httptest.ResponseRecorder) {
	body := real.Body.Bytes()
	raw(w, fmt.Sprintf("HTTP/1.1 %d OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		real.Code, real.Header().Get("Content-Type"), len(body), body[:len(body)/2]))
}

func cutHeader(w http.ResponseWriter, real *httptest.ResponseRecorder) {
	raw(w, fmt.Sprintf("HTTP/1.1 %d OK\r\nContent-Ty", real.Code))
}

// raw writes bytes in place of an answer and closes the connection.
func raw(w http.ResponseWriter, text string) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	io.WriteString(connection, text)
}

// proxy stands between the server and the sandbox. It knows which call a request belongs to, and marks it in the
// sandbox's journal with the call's number.
type proxy struct {
	t     *testing.T
	store *sandbox.Sandbox

	mu       sync.Mutex
	calls    []*call // of this round
	requests sync.WaitGroup
}

// numberParam carries a call's number in the query.
const numberParam = "chaos_call"

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.requests.Add(1)
	defer p.requests.Done()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	sent, err := url.QueryUnescape(string(body))
	if err != nil {
		sent = string(body)
	}
	c, act := p.plan(r.Method != http.MethodGet, r.URL.Path+" "+sent)
	if c == nil && r.Method != http.MethodGet {
		p.t.Errorf("no call explains %s %s %s", r.Method, r.URL.Path, sent)
	}
	time.Sleep(act.before)
	real := httptest.NewRecorder()
	if act.forward {
		again := r.Clone(context.WithoutCancel(r.Context()))
		again.Body = io.NopCloser(bytes.NewReader(body))
		if c != nil {
			query := again.URL.Query()
			query.Set(numberParam, strconv.Itoa(c.number))
			again.URL.RawQuery = query.Encode()
		}
		p.store.ServeHTTP(real, again)
	}
	time.Sleep(act.after)
	act.answer(w, real)
}

// plan returns the call that sent a request, and what to do with the request.
func (p *proxy) plan(write bool, sent string) (*call, *lie) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		switch {
		case c.write == nil || !strings.Contains(sent, c.write.marker):
		case !write:
			if act := c.readLie; act != nil {
				c.readLie = nil
				return c, act
			}
			return c, &lies[0]
		default:
			c.sent++
			if c.sent == 1 {
				c.arrivedAt = time.Now()
				close(c.arrived)
			}
			if c.sent == 1 || c.lie.always {
				return c, c.lie
			}
			return c, &lies[0]
		}
	}
	return nil, &lies[0]
}

// use gives a call its write, from which its requests are known.
func (p *proxy) use(c *call, w *write) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.write = w
}

func (p *proxy) begin(calls []*call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = calls
}
