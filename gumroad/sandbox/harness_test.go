package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// These tests hold the sandbox to what is known of the real Gumroad and Maton, over HTTP and through the exported API
// alone; internal_test.go has what cannot be seen that way. A number in a subtest's name is the topic: 1.1 transport,
// 1.2 tokens, 1.3 scopes, 1.4 envelope and failures, 1.5 identifiers, 2 routes, 3 user, 4 products, 5 offer codes,
// 6 custom fields, 7 variant categories, 8 variants, 9 SKUs, 10 sales, 11 subscribers, 12 licences, 13 resource
// subscriptions, 14 webhooks, 15 pagination, 17 repeated calls, 18.1 Maton, 20 later routes, 21 the demo data, 22 e-mails,
// 23 workflows, 24 upsells, 25 the profile, 26 pages, 27 UTM links, 28 payouts, 29 the refund policy, 30 taxes, 31 help
// articles. Tests of one rule, and those of the sandbox's own tools, have none.

// row is one request and what must come back. In do, given, body, is and has,
// {digital product} is the id of the highlight of that name, {… .product} its
// product, {… .key} its licence key, and {name} what a given step kept.
type row struct {
	name   string
	given  []string // requests before, as "PUT /path body => name:json.path"; each must succeed
	do     string   // "GET /sales"; /v2 goes before paths that name no mount
	body   string   // JSON if it starts with {, else a form
	as     string   // "multipart" sends the form as multipart/form-data
	token  string   // bearer token; "" is the one with every scope, "none" sends none
	header string   // one "Name: value" to send
	status int      // 0 is 200

	is      string   // the whole body, as JSON; "empty" for no body at all
	text    string   // the whole body, literally
	has     string   // JSON that the body must contain; see contains
	lacks   string   // dotted paths, separated by spaces, that must be absent
	headers []string // "Name: regexp"; "-Name" for a header that must be absent
}

// checkRows runs each row against a sandbox of its own.
func checkRows(t *testing.T, options sandbox.Options, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			serve(t, options).expect(r)
		})
	}
}

// refused is the body of most refusals, which come with status 200.
func refused(message string) string {
	return encode(map[string]any{"success": false, "message": message})
}

// badRequest is the body that answers a bad filter, date or page.
func badRequest(message string) string {
	return encode(map[string]any{"status": 400, "error": message})
}

func notFound(resource string) string { return refused("The " + resource + " was not found.") }

func deleted(resource string) string {
	return encode(map[string]any{"success": true, "message": "The " + resource + " was deleted successfully."})
}

func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// clock is a clock that moves only when told.
type clock struct{ unixNano atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Unix(0, c.unixNano.Load()).UTC() }
func (c *clock) Set(t time.Time)         { c.unixNano.Store(t.UnixNano()) }
func (c *clock) Advance(d time.Duration) { c.unixNano.Add(int64(d)) }

var clockStart = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func frozen() time.Time { return clockStart }

// service is a served sandbox and what the test has learned from it.
type service struct {
	*sandbox.Sandbox
	t      *testing.T
	clock  *clock
	server *httptest.Server
	names  map[string]string
}

func serve(t *testing.T, options sandbox.Options) *service {
	t.Helper()
	s := &service{t: t, clock: new(clock), names: map[string]string{"unknown": "AAAAAAAAAAAAAAAAAAAAAA=="}}
	s.clock.Set(clockStart)
	if options.Now == nil {
		options.Now = s.clock.Now
	}
	if options.Sales == 0 {
		options.Sales = 1
	}
	s.Sandbox = sandbox.New(options)
	s.server = httptest.NewServer(s.Sandbox)
	t.Cleanup(func() {
		s.server.Close()
		s.Close()
	})
	for _, h := range s.Highlights() {
		s.names[h.Name] = h.ID
		s.names[h.Name+".product"] = h.ProductID
		s.names[h.Name+".key"] = h.LicenseKey
	}
	return s
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) json(t *testing.T) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("body is not JSON: %v\n%d %.300s", err, a.status, a.body)
	}
	return v
}

var placeholder = regexp.MustCompile(`\{([a-zA-Z][^{}":]*)\}`)

func (s *service) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		value, known := s.names[found[1:len(found)-1]]
		if !known {
			s.t.Fatalf("nothing is named %s", found)
		}
		return value
	})
}

var mounts = regexp.MustCompile(`^/(v2|api|gumroad|connections|connect|_sandbox)([/?.]|$)`)

func (s *service) send(r row) answer {
	s.t.Helper()
	method, target, _ := strings.Cut(s.fill(r.do), " ")
	if !mounts.MatchString(target) {
		target = "/v2" + target
	}
	body, contentType := s.encodeBody(r)
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+target, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	switch r.token {
	case "none":
	case "":
		request.Header.Set("Authorization", "Bearer "+sandbox.GumroadToken)
	default:
		request.Header.Set("Authorization", "Bearer "+r.token)
	}
	if name, value, ok := strings.Cut(s.fill(r.header), ": "); ok {
		request.Header.Set(name, value)
	}
	response, err := s.server.Client().Transport.RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, content}
}

func (s *service) encodeBody(r row) (body, contentType string) {
	body = s.fill(r.body)
	switch {
	case r.as == "multipart":
		form, err := url.ParseQuery(body)
		if err != nil {
			s.t.Fatal(err)
		}
		var b strings.Builder
		w := multipart.NewWriter(&b)
		for name, values := range form {
			for _, value := range values {
				w.WriteField(name, value)
			}
		}
		w.Close()
		return b.String(), w.FormDataContentType()
	case strings.HasPrefix(body, "{"):
		return body, "application/json"
	case body != "":
		return body, "application/x-www-form-urlencoded"
	}
	return "", ""
}

// step makes a request that must succeed: "PUT /path body => name:json.path".
func (s *service) step(text string) any {
	s.t.Helper()
	request, keep, _ := strings.Cut(text, " => ")
	fields := strings.SplitN(s.fill(request), " ", 3)
	r := row{do: fields[0] + " " + fields[1]}
	if len(fields) == 3 {
		r.body = fields[2]
	}
	a := s.send(r)
	body := a.json(s.t)
	if success, _ := at(body, "success"); a.status != 200 || success != true {
		s.t.Fatalf("%s: %d %s", request, a.status, a.body)
	}
	for _, pair := range strings.Fields(keep) {
		name, path, _ := strings.Cut(pair, ":")
		value, ok := at(body, path)
		if !ok {
			s.t.Fatalf("%s: no %s in %s", request, path, a.body)
		}
		switch value := value.(type) {
		case float64:
			s.names[name] = strconv.FormatFloat(value, 'f', -1, 64)
		default:
			s.names[name] = fmt.Sprint(value)
		}
	}
	return body
}

// expect sends the row's requests and reports what differs.
func (s *service) expect(r row) answer {
	s.t.Helper()
	for _, given := range r.given {
		s.step(given)
	}
	a := s.send(r)
	want := r.status
	if want == 0 {
		want = http.StatusOK
	}
	fault := func(format string, args ...any) {
		s.t.Helper()
		s.t.Errorf("%s %s\nstatus %d, %.2000s\n%s", s.fill(r.do), s.fill(r.body), a.status, a.body, fmt.Sprintf(format, args...))
	}
	if a.status != want {
		fault("want status %d", want)
	}
	if r.is == "empty" {
		if len(a.body) > 0 {
			fault("want an empty body")
		}
	} else if r.is != "" {
		if diff := cmp.Diff(decode(s.t, s.fill(r.is)), any(lenient(a.body))); diff != "" {
			fault("body (-want +got):\n%s", diff)
		}
	}
	if r.text != "" && string(a.body) != r.text {
		fault("want the body %q", r.text)
	}
	if r.has != "" {
		for _, problem := range contains("", decode(s.t, s.fill(r.has)), lenient(a.body)) {
			fault("%s", problem)
		}
	}
	for path := range strings.FieldsSeq(r.lacks) {
		if value, ok := at(lenient(a.body), path); ok {
			fault("%s must be absent, is %s", path, encode(value))
		}
	}
	for _, header := range r.headers {
		if name, absent := strings.CutPrefix(header, "-"); absent {
			if values := a.header.Values(name); len(values) > 0 {
				fault("header %s must be absent, is %q", name, values)
			}
			continue
		}
		name, pattern, _ := strings.Cut(header, ": ")
		if !regexp.MustCompile(pattern).MatchString(a.header.Get(name)) {
			fault("header %s is %q, want %s", name, a.header.Values(name), pattern)
		}
	}
	return a
}

func decode(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("the test's own JSON: %v\n%s", err, text)
	}
	return v
}

// lenient decodes a body, or returns its text where that is not JSON.
func lenient(body []byte) any {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return string(body)
	}
	return v
}

// at finds a dotted path such as sales.0.id.
func at(v any, path string) (any, bool) {
	for name := range strings.SplitSeq(path, ".") {
		switch node := v.(type) {
		case map[string]any:
			member, ok := node[name]
			if !ok {
				return nil, false
			}
			v = member
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(node) {
				return nil, false
			}
			v = node[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// kinds are the values that contains accepts for a name in angle brackets; they
// match the JSON text of the value.
var kinds = map[string]*regexp.Regexp{
	"<any>":        regexp.MustCompile(``),
	"<bool>":       regexp.MustCompile(`^(true|false)$`),
	"<int>":        regexp.MustCompile(`^-?\d+$`),
	"<int?>":       regexp.MustCompile(`^(-?\d+|null)$`),
	"<string>":     regexp.MustCompile(`^".*"$`),
	"<string?>":    regexp.MustCompile(`^(".*"|null)$`),
	"<text>":       regexp.MustCompile(`^".+"$`),
	"<list>":       regexp.MustCompile(`^\[.*\]$`),
	"<object>":     regexp.MustCompile(`^\{.*\}$`),
	"<id>":         regexp.MustCompile(`^"[A-Za-z0-9_-]{22}=="$`),
	"<numeric>":    regexp.MustCompile(`^"\d{1,13}"$`),
	"<order>":      regexp.MustCompile(`^\d{1,10}$`),
	"<time>":       regexp.MustCompile(`^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"$`),
	"<time?>":      regexp.MustCompile(`^("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"|null)$`),
	"<microtime>":  regexp.MustCompile(`^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"$`),
	"<license>":    regexp.MustCompile(`^"[0-9A-F]{8}-[0-9A-F]{8}-[0-9A-F]{8}-[0-9A-F]{8}"$`),
	"<permalink>":  regexp.MustCompile(`^"[a-zA-Z_]+"$`),
	"<page key>":   regexp.MustCompile(`^"\d{20}-\d+"$`),
	"<daystamp>":   regexp.MustCompile(`^"( \d|\d\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} ( \d|\d\d):\d\d (AM|PM)"$`),
	"<ruby time>":  regexp.MustCompile(`^"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"$`),
	"<duration?>":  regexp.MustCompile(`^("(monthly|quarterly|biannually|yearly|every_two_years)"|null)$`),
	"<file info>":  regexp.MustCompile(`^\{("(Size|Duration|Length|Resolution)":"[^"]*",?)*\}$`),
	"<connection>": regexp.MustCompile(`^"[A-Za-z0-9_-]{1,200}"$`),
}

// contains compares got with want: objects may hold more than wanted, lists
// must be as long; "<kind>" stands for any value of that kind, "~…" for a string that
// matches the regular expression.
func contains(path string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %s, want an object", path, encode(got))}
		}
		var problems []string
		for _, name := range sortedKeys(want) {
			member, ok := object[name]
			if !ok {
				problems = append(problems, fmt.Sprintf("%s.%s is absent, want %s", path, name, encode(want[name])))
				continue
			}
			problems = append(problems, contains(path+"."+name, want[name], member)...)
		}
		return problems
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return []string{fmt.Sprintf("%s is %.1000s, want a list of %d", path, encode(got), len(want))}
		}
		var problems []string
		for i := range want {
			problems = append(problems, contains(fmt.Sprintf("%s[%d]", path, i), want[i], list[i])...)
		}
		return problems
	case string:
		if kind, ok := kinds[want]; ok {
			if !kind.MatchString(encode(got)) {
				return []string{fmt.Sprintf("%s is %s, want %s", path, encode(got), want)}
			}
			return nil
		}
		if pattern, ok := strings.CutPrefix(want, "~"); ok {
			text, isString := got.(string)
			if !isString || !regexp.MustCompile(pattern).MatchString(text) {
				return []string{fmt.Sprintf("%s is %s, want a string matching %s", path, encode(got), pattern)}
			}
			return nil
		}
	}
	if !cmp.Equal(want, got) {
		return []string{fmt.Sprintf("%s is %s, want %s", path, encode(got), encode(want))}
	}
	return nil
}

func sortedKeys(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }

// keysOf returns the sorted member names of the object at path.
func keysOf(t *testing.T, body any, path string) []string {
	t.Helper()
	v, _ := at(body, path)
	object, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("%s is no object: %.300s", path, encode(body))
	}
	return sortedKeys(object)
}

// sortedWords splits and sorts, for comparison with keysOf.
func sortedWords(text string) []string {
	words := strings.Fields(text)
	slices.Sort(words)
	return words
}

// get reads a path that must answer 200.
func (s *service) get(path string) any {
	s.t.Helper()
	a := s.send(row{do: "GET " + path})
	if a.status != http.StatusOK {
		s.t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	return a.json(s.t)
}

// ids lists the id of each object of a list.
func ids(t *testing.T, body any, list string) []string {
	t.Helper()
	v, _ := at(body, list)
	rows, ok := v.([]any)
	if !ok {
		t.Fatalf("%s is no list: %.300s", list, encode(body))
	}
	found := make([]string, len(rows))
	for i := range rows {
		id, _ := at(rows[i], "id")
		found[i], _ = id.(string)
	}
	return found
}

// text returns the string at path.
func text(t *testing.T, body any, path string) string {
	t.Helper()
	v, _ := at(body, path)
	s, ok := v.(string)
	if !ok {
		t.Fatalf("%s is no string: %.300s", path, encode(body))
	}
	return s
}

// number returns the number at path.
func number(t *testing.T, body any, path string) int {
	t.Helper()
	v, _ := at(body, path)
	n, ok := v.(float64)
	if !ok {
		t.Fatalf("%s is no number: %.300s", path, encode(body))
	}
	return int(n)
}

// buy makes a sale as a buyer would and returns its id.
func (s *service) buy(p sandbox.Purchase) string {
	s.t.Helper()
	p.Product = s.fill(p.Product)
	id, err := s.Buy(p)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}
