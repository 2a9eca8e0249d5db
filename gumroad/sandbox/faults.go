package sandbox

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// FaultKind is a way in which the sandbox misbehaves on request.
type FaultKind string

const (
	FaultStatus     FaultKind = "status"      // Status, with the body the service sends for it
	FaultHTML       FaultKind = "html"        // an HTML error page with Status
	FaultSlow       FaultKind = "slow"        // Delay, then the normal answer
	FaultCut        FaultKind = "cut"         // the normal answer, its body cut half way
	FaultLost       FaultKind = "lost"        // the handler commits, the connection breaks before any answer
	FaultRefused    FaultKind = "refused"     // the connection breaks before the handler runs
	FaultRedirect   FaultKind = "redirect"    // 302 to URL
	FaultEcho       FaultKind = "echo"        // 500 whose body repeats the Authorization header
	FaultBig        FaultKind = "big"         // a JSON body of 12 MB
	FaultBomb       FaultKind = "bomb"        // a small gzip body of 64 MB, or big where gzip is not accepted
	FaultRepeatPage FaultKind = "repeat_page" // a page whose next_page_key is the page_key asked for
)

var faultKinds = []FaultKind{
	FaultStatus, FaultHTML, FaultSlow, FaultCut, FaultLost, FaultRefused,
	FaultRedirect, FaultEcho, FaultBig, FaultBomb, FaultRepeatPage,
}

// Fault makes matching requests to Gumroad or Maton misbehave. The first
// injected fault that matches and is not used up acts.
type Fault struct {
	// Method is the HTTP method; empty is any.
	Method string `json:"method,omitempty"`
	// Path is the path without its mount, * standing for one segment:
	// "/sales/*/refund", "/connections". Empty is any.
	Path string    `json:"path,omitempty"`
	Kind FaultKind `json:"kind"`
	// Status is for status and html; 0 is 500 for status and 503 for html.
	Status int `json:"status,omitempty"`
	// RetryAfter is sent as Retry-After where not empty.
	RetryAfter string `json:"retry_after,omitempty"`
	// URL is where redirect leads.
	URL string `json:"url,omitempty"`
	// Delay comes before any kind.
	Delay time.Duration `json:"-"`
	// After skips this many matches first.
	After int `json:"after,omitempty"`
	// Count is the number of matches that misbehave; 0 is every one.
	Count int `json:"count,omitempty"`
}

type plainFault Fault

type faultJSON struct {
	plainFault
	DelayMS int64 `json:"delay_ms,omitempty"`
}

// MarshalJSON writes Delay as delay_ms.
func (f Fault) MarshalJSON() ([]byte, error) {
	return json.Marshal(faultJSON{plainFault(f), f.Delay.Milliseconds()})
}

// UnmarshalJSON reads Delay from delay_ms and refuses unknown kinds and members.
func (f *Fault) UnmarshalJSON(data []byte) error {
	var in faultJSON
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return err
	}
	*f = Fault(in.plainFault)
	f.Delay = time.Duration(in.DelayMS) * time.Millisecond
	return f.check()
}

func (f Fault) check() error {
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("unknown fault kind %q; the kinds are %v", f.Kind, faultKinds)
	case f.Kind == FaultRedirect && f.URL == "":
		return fmt.Errorf("a redirect fault needs a url")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("fault status %d is not between 200 and 599", f.Status)
	case f.Delay < 0 || f.After < 0 || f.Count < 0:
		return fmt.Errorf("a fault's delay, after and count cannot be negative")
	}
	return nil
}

// Inject adds a fault. It panics on one that cannot be, which is a mistake in a test.
func (s *Sandbox) Inject(f Fault) {
	if err := f.check(); err != nil {
		panic("sandbox: " + err.Error())
	}
	s.faults.add(f)
}

// ClearFaults removes every fault.
func (s *Sandbox) ClearFaults() { s.faults.clear() }

type faultList struct {
	mu     sync.Mutex
	faults []*activeFault
}

type activeFault struct {
	Fault
	matched int
}

func (l *faultList) add(f Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, &activeFault{Fault: f})
}

func (l *faultList) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = nil
}

func (l *faultList) list() []Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []Fault{}
	for _, f := range l.faults {
		out = append(out, f.Fault)
	}
	return out
}

// take finds the fault that acts on a request, if any.
func (l *faultList) take(method, path string) (Fault, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.faults {
		if !f.matches(method, path) || f.Count > 0 && f.matched >= f.After+f.Count {
			continue
		}
		f.matched++
		if f.matched > f.After {
			return f.Fault, true
		}
	}
	return Fault{}, false
}

func (f Fault) matches(method, path string) bool {
	if f.Method != "" && !strings.EqualFold(f.Method, method) {
		return false
	}
	if f.Path == "" {
		return true
	}
	want := strings.Split(strings.Trim(f.Path, "/"), "/")
	got := strings.Split(strings.TrimSuffix(strings.Trim(path, "/"), ".json"), "/")
	return slices.EqualFunc(want, got, func(pattern, segment string) bool {
		return pattern == "*" || pattern == segment
	})
}

const (
	bigBody  = 12 << 20
	bombBody = 64 << 20
)

// serve answers in the fault's way; normal is the undisturbed answer.
func (f Fault) serve(c *call, mount mountKind, normal func(*call) reply) reply {
	var out reply
	switch f.Kind {
	case FaultSlow:
		out = normal(c)
	case FaultCut, FaultLost:
		out = normal(c)
		out.breakAs = f.Kind
	case FaultRefused:
		out = newReply(0, "", nil)
		out.breakAs = f.Kind
	case FaultStatus:
		out = c.plainError(f.statusOr(http.StatusInternalServerError), mount)
	case FaultHTML:
		status := f.statusOr(http.StatusServiceUnavailable)
		out = newReply(status, "text/html; charset=utf-8", fmt.Appendf(nil, "<!DOCTYPE html><html><head><title>%d %s</title>"+
			"</head><body><center><h1>%[1]d %[2]s</h1></center></body></html>", status, http.StatusText(status)))
	case FaultRedirect:
		out = newReply(http.StatusFound, "text/html; charset=utf-8", nil)
		out.header.Set("Location", f.URL)
	case FaultEcho:
		headers := newObject().with("Authorization", c.http.Header.Get("Authorization"))
		out = newReply(http.StatusInternalServerError, "application/json",
			mustJSON(newObject().with("error", "Internal Server Error").with("request_headers", headers)))
	case FaultBig:
		out = newReply(http.StatusOK, jsonType, filler(bigBody))
	case FaultBomb:
		out = bomb(strings.Contains(c.http.Header.Get("Accept-Encoding"), "gzip"))
	case FaultRepeatPage:
		out = repeatPage(normal(c), c.all.str("page_key"))
	}
	if f.RetryAfter != "" {
		out.header.Set("Retry-After", f.RetryAfter)
	}
	return out
}

func (f Fault) statusOr(usual int) int {
	if f.Status == 0 {
		return usual
	}
	return f.Status
}

// plainError is a status as the service itself would send it.
func (c *call) plainError(status int, mount mountKind) reply {
	switch {
	case mount == mountMaton:
		return c.matonError(status, http.StatusText(status))
	case status == http.StatusUnauthorized:
		return unauthorized("The access token is invalid")
	case status == http.StatusForbidden:
		return forbidden("account")
	case status == http.StatusTooManyRequests:
		return newReply(status, "text/plain", []byte("Retry later\n"))
	case status < 300:
		return newReply(status, jsonType, mustJSON(success()))
	}
	return c.railsError(status)
}

// filler is a valid JSON object of about the given size.
func filler(size int) []byte {
	var b bytes.Buffer
	b.Grow(size + 64)
	b.WriteString(`{"success":true,"filler":"`)
	b.Write(bytes.Repeat([]byte("0123456789abcdef"), size/16))
	b.WriteString(`"}`)
	return b.Bytes()
}

func bomb(gzipped bool) reply {
	if !gzipped {
		return newReply(http.StatusOK, jsonType, filler(bigBody))
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(`{"success":true,"filler":"`)) // a bytes.Buffer takes everything
	block := bytes.Repeat([]byte("0"), 1<<20)
	for range bombBody / len(block) {
		_, _ = z.Write(block)
	}
	_, _ = z.Write([]byte(`"}`))
	_ = z.Close()
	out := newReply(http.StatusOK, jsonType, b.Bytes())
	out.header.Set("Content-Encoding", "gzip")
	return out
}

// repeatPage makes a list name the page just asked for as its next one.
func repeatPage(out reply, key string) reply {
	var list map[string]any
	if key == "" || json.Unmarshal(out.body, &list) != nil || list["success"] != true {
		return out
	}
	list["next_page_key"] = key
	list["next_page_url"] = "/v2/?page_key=" + key
	out.body = mustJSON(list)
	return out
}
