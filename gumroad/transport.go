package gumroad

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"time"

	"github.com/failsafe-go/failsafe-go"
)

const (
	maxAnswer = 10 << 20
	maxValues = 100_000
	// An answer beyond smallAnswer waits until there is room for it: however many callers ask, only largeAtOnce such
	// answers are in memory. Real pages are far smaller.
	smallAnswer = 512 << 10
	largeAtOnce = 2
)

// transport is what every copy of a Client shares: it builds requests, sends them and reads the answers.
type transport struct {
	http    *http.Client
	timeout time.Duration // of an operation, its retries included
	log     *slog.Logger
	agent   string
	limits  *limiters
	retry   failsafe.Executor[answer]
	large   chan struct{} // holds one for every large answer in memory
}

func newTransport(config Config) *transport {
	t := &transport{
		http: &http.Client{
			Transport: cmp.Or[http.RoundTripper](config.Transport, http.DefaultTransport),
			// A redirect could carry the credential to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout: cmp.Or(config.Timeout, DefaultTimeout),
		log:     config.Logger,
		agent:   cmp.Or(config.UserAgent, "gumroad-mcp"),
		limits:  newLimiters(config),
		large:   make(chan struct{}, largeAtOnce),
	}
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	t.retry = failsafe.With(t.retryPolicy())
	return t
}

// operation is one call of an endpoint, with what the sending, the retries and the reading of its answer go by.
type operation struct {
	method     string
	pattern    string // path with its parameters unfilled, for logs: real paths hold ids and names
	request    request
	to         endpoint
	origin     Origin // who answers: Maton for its control plane, Gumroad for the store's API
	gateway    bool   // the store's API is reached through Maton's gateway, which may answer in its place
	connection string
	repeatable bool   // sending it again changes nothing
	preparing  bool   // it changes nothing in the store, but is not sent again either
	proof      string // the member of an answer that says yes, where Gumroad does not send success:true
}

// answer is a complete answer: a body that was cut off on the way is an error instead.
type answer struct {
	operation operation
	status    int
	header    http.Header
	body      []byte
	envelope  envelope
	done      func() // gives back the room of a large answer
}

// attemptError is a request that was sent, or nearly so, and has no complete answer.
type attemptError struct {
	operation operation
	err       error
}

func (e *attemptError) Error() string { return e.err.Error() }
func (e *attemptError) Unwrap() error { return e.err }

var errTooLarge = fmt.Errorf("the answer is larger than %d MB or has more than %d values", maxAnswer>>20, maxValues)

// attempt sends an operation once and reads its answer to the end. It first waits for the rate limit.
func (t *transport) attempt(ctx context.Context, op operation) (answer, error) {
	if err := t.limits.wait(ctx, op.to.credential); err != nil {
		return answer{}, err
	}
	outgoing, err := t.newRequest(ctx, op)
	if err != nil {
		return answer{}, Internal(err)
	}
	if !op.repeatable && !op.preparing {
		over, err := beginChange(ctx)
		if err != nil {
			return answer{}, err
		}
		defer over()
	}
	started := time.Now()
	a, err := t.roundTrip(outgoing)
	if err == nil && values(a.body) > maxValues {
		a.done()
		err = errTooLarge
	}
	t.log.DebugContext(ctx, "upstream request", "method", op.method, "path", op.pattern,
		"status", a.status, "duration", time.Since(started), "failed", err != nil)
	if err != nil {
		return answer{}, &attemptError{op, err}
	}
	a.operation, a.body = op, op.to.credential.scrub(a.body)
	a.envelope = readEnvelope(a.body)
	return a, nil
}

type patternKey struct{}

// Pattern returns the path of a request with its parameters unfilled, such as "/gumroad/v2/sales/{sale_id}/refund". It
// is for a Config.Transport that measures requests, and reads it from the request's context; other contexts have none.
func Pattern(ctx context.Context) string {
	pattern, _ := ctx.Value(patternKey{}).(string)
	return pattern
}

func (t *transport) newRequest(ctx context.Context, op operation) (*http.Request, error) {
	content, contentType, err := op.request.content()
	if err != nil {
		return nil, err
	}
	target := op.to.base.String() + op.request.path
	if len(op.request.query) > 0 {
		target += "?" + op.request.query.Encode()
	}
	ctx = context.WithValue(ctx, patternKey{}, path.Join("/", op.to.base.Path, op.pattern))
	r, err := http.NewRequestWithContext(ctx, op.method, target, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", t.agent)
	if op.connection != "" {
		r.Header.Set("Maton-Connection", op.connection)
	}
	op.to.credential.authorize(r.Header)
	return r, nil
}

func (t *transport) roundTrip(r *http.Request) (answer, error) {
	response, err := t.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header, done: func() {}}
	var body bytes.Buffer
	if _, err := io.CopyN(&body, response.Body, smallAnswer+1); errors.Is(err, io.EOF) {
		a.body = body.Bytes()
		return a, nil
	} else if err != nil {
		return answer{}, err
	}
	if a.status >= 400 { // no error says that much
		return answer{}, errTooLarge
	}
	select {
	case t.large <- struct{}{}:
		a.done = func() { <-t.large }
	case <-r.Context().Done():
		return answer{}, r.Context().Err()
	}
	_, err = body.ReadFrom(io.LimitReader(response.Body, int64(maxAnswer+1-body.Len())))
	if err == nil && body.Len() > maxAnswer {
		err = errTooLarge
	}
	if err != nil {
		a.done()
		return answer{}, err
	}
	a.body = body.Bytes()
	return a, nil
}

// values returns how many values JSON has at most. They are counted before they are decoded, because the memory and the time
// that takes go by their number: millions of them fit into an answer.
func values(body []byte) int {
	count, inString := 1, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && (c == ',' || c == '[' || c == '{'):
			count++
		}
	}
	return count
}
