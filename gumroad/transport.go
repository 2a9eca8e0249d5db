package gumroad

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"time"

	"github.com/failsafe-go/failsafe-go"
)

const maxAnswer = 10 << 20

// transport is what every copy of a Client shares: it builds requests, sends them and reads the answers.
type transport struct {
	http    *http.Client
	timeout time.Duration // of an operation, its retries included
	log     *slog.Logger
	agent   string
	limits  *limiters
	retry   failsafe.Executor[answer]
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
		limits:  newLimiters(config.RequestsPerSecond, config.Waited),
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
	repeatable bool // sending it again changes nothing
}

// answer is a complete answer: a body that was cut off on the way is an error instead.
type answer struct {
	operation operation
	status    int
	header    http.Header
	body      []byte
}

// attemptError is a request that was sent, or nearly so, and has no complete answer.
type attemptError struct {
	operation operation
	err       error
}

func (e *attemptError) Error() string { return e.err.Error() }
func (e *attemptError) Unwrap() error { return e.err }

var errTooLarge = fmt.Errorf("the answer is larger than %d MB", maxAnswer>>20)

// attempt sends an operation once and reads its answer to the end. It first waits for the rate limit.
func (t *transport) attempt(ctx context.Context, op operation) (answer, error) {
	if err := t.limits.wait(ctx, op.to.credential); err != nil {
		return answer{}, err
	}
	outgoing, err := t.newRequest(ctx, op)
	if err != nil {
		return answer{}, Internal(err)
	}
	started := time.Now()
	a, err := t.roundTrip(outgoing)
	t.log.DebugContext(ctx, "upstream request", "method", op.method, "path", op.pattern,
		"status", a.status, "duration", time.Since(started), "failed", err != nil)
	if err != nil {
		return answer{}, &attemptError{op, err}
	}
	a.operation, a.body = op, op.to.credential.scrub(a.body)
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
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return answer{}, err
	}
	if len(body) > maxAnswer {
		return answer{}, errTooLarge
	}
	return answer{status: response.StatusCode, header: response.Header, body: body}, nil
}
