package gumroad

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"golang.org/x/time/rate"
)

const (
	maxAnswer     = 10 << 20
	maxRetries    = 3
	firstDelay    = 250 * time.Millisecond
	maxDelay      = 4 * time.Second
	maxRetryAfter = 30 * time.Second
	maxLimiters   = 1024
)

// wire is what every copy of a Client shares: the HTTP client, the limiters and the log.
type wire struct {
	http    *http.Client
	timeout time.Duration
	log     *slog.Logger
	agent   string
	now     func() time.Time
	waited  func(context.Context, time.Duration)
	retry   failsafe.Executor[answer]

	rate     rate.Limit
	mu       sync.Mutex
	limiters map[string]*rate.Limiter // by credential fingerprint
}

// call is one request as the retry rules see it.
type call struct {
	method, pattern string // the pattern is what logs show: paths hold ids and names
	request         request
	to              endpoint
	isAPI           bool
	connection      string
	repeatable      bool // sending it again changes nothing
}

// answer is a complete answer: a body cut off on the way is an error instead.
type answer struct {
	call   call
	status int
	header http.Header
	body   []byte
}

func newWire(config Config) *wire {
	w := &wire{
		http: &http.Client{
			Transport: or[http.RoundTripper](config.Transport, http.DefaultTransport),
			// A redirect could carry the credential to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout:  or(config.Timeout, 60*time.Second),
		log:      config.Logger,
		agent:    or(config.UserAgent, "gumroad-mcp"),
		now:      config.Now,
		waited:   config.Waited,
		rate:     rate.Limit(or(config.RequestsPerSecond, DefaultRequestsPerSecond)),
		limiters: map[string]*rate.Limiter{},
	}
	if w.now == nil {
		w.now = time.Now
	}
	if w.waited == nil {
		w.waited = func(context.Context, time.Duration) {}
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	if w.rate < 0 {
		w.rate = rate.Inf
	}
	w.retry = failsafe.With(retrypolicy.NewBuilder[answer]().
		HandleIf(worthRepeating).
		WithMaxRetries(maxRetries).
		WithDelayFunc(delay).
		ReturnLastFailure().
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[answer]) {
			w.log.DebugContext(e.Context(), "upstream retry", "attempt", e.Attempts(), "delay", e.Delay)
			report(e.Context(), 0, 0, fmt.Sprintf("Gumroad is busy; trying again in %s", e.Delay.Round(time.Second/10)))
		}).
		Build())
	return w
}

// attemptError is a request without a complete answer.
type attemptError struct {
	call call
	err  error
}

func (e *attemptError) Error() string { return e.err.Error() }
func (e *attemptError) Unwrap() error { return e.err }

// neverSent reports positive evidence that no byte of the request reached a server. Anything else may have.
func (e *attemptError) neverSent() bool {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	if errors.As(e.err, &dns) || errors.As(e.err, &certificate) {
		return true
	}
	var op *net.OpError
	return errors.As(e.err, &op) && op.Op == "dial"
}

// worthRepeating is the whole retry rule. A refusal for its rate (429) was not carried out, and what never left
// was not either: any request may be repeated then. Otherwise only those that change nothing.
func worthRepeating(a answer, err error) bool {
	if failed := (*attemptError)(nil); errors.As(err, &failed) {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errTooLarge) {
			return false
		}
		return failed.call.repeatable || failed.neverSent()
	}
	if err != nil {
		return false
	}
	switch {
	case a.status == http.StatusTooManyRequests:
		return true
	case a.call.repeatable && (a.status == http.StatusRequestTimeout || a.status >= 500):
		_, refused := a.refusal()
		return !refused
	}
	return false
}

// delay is the server's own wish, in seconds or as a date, up to a ceiling; without one it doubles with every attempt,
// and jitter keeps callers that failed together from coming back together.
func delay(e failsafe.ExecutionAttempt[answer]) time.Duration {
	value := e.LastResult().header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(at), 0), maxRetryAfter)
	}
	backoff := min(firstDelay<<(e.Attempts()-1), maxDelay)
	return backoff*3/4 + rand.N(backoff/2)
}

// send carries a call out, repeating it where that is harmless. Its error is always an *Error.
func (w *wire) send(ctx context.Context, call call) (answer, error) {
	limited, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	var last error // what the last attempt itself met: the executor reports a context that ended instead
	a, err := w.retry.WithContext(limited).GetWithExecution(func(failsafe.Execution[answer]) (answer, error) {
		a, err := w.attempt(limited, call)
		last = err
		return a, err
	})
	if err == nil {
		return a, nil
	}
	failed := (*attemptError)(nil)
	switch {
	case !errors.As(last, &failed), failed.neverSent():
		// Stopped before or between attempts, or refused at the door: nothing was carried out.
		e := &Error{Code: UpstreamUnavailable, Message: "No connection could be made.", Hint: "Check the network, then try again.", cause: err}
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			e.Code, e.Message, e.Hint = Timeout, "It was stopped before it was sent.", "Try again."
		}
		return answer{}, e
	default:
		return answer{}, call.unusable(0, last)
	}
}

var errTooLarge = fmt.Errorf("the answer is larger than %d MB", maxAnswer>>20)

// attempt sends a call once and reads its answer to the end.
func (w *wire) attempt(ctx context.Context, call call) (answer, error) {
	arrived := time.Now()
	err := w.limiter(call.to.credential).Wait(ctx)
	w.waited(ctx, time.Since(arrived))
	if err != nil {
		return answer{}, fmt.Errorf("waiting for the rate limit: %w", or(ctx.Err(), context.DeadlineExceeded))
	}
	request, err := w.newRequest(ctx, call)
	if err != nil {
		return answer{}, err
	}
	started := time.Now()
	a, err := w.roundTrip(request)
	w.log.DebugContext(ctx, "upstream request", "method", call.method, "path", call.pattern,
		"status", a.status, "duration", time.Since(started), "failed", err != nil)
	if err != nil {
		return answer{}, &attemptError{call, err}
	}
	a.body = call.to.credential.scrub(a.body)
	a.call = call
	return a, nil
}

func (w *wire) newRequest(ctx context.Context, call call) (*http.Request, error) {
	content, contentType, err := call.request.content()
	if err != nil {
		return nil, err
	}
	target := call.to.base.String() + call.request.path
	if len(call.request.query) > 0 {
		target += "?" + call.request.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, call.method, target, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", w.agent)
	if call.connection != "" {
		request.Header.Set("Maton-Connection", call.connection)
	}
	call.to.credential.authorize(request.Header)
	return request, nil
}

func (w *wire) roundTrip(request *http.Request) (answer, error) {
	response, err := w.http.Do(request)
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

// limiter is the token bucket of a credential. Its burst is 1: requests that take longer than the interval are
// never held up, and the rate holds in every second.
func (w *wire) limiter(credential Credential) *rate.Limiter {
	key := credential.Fingerprint()
	w.mu.Lock()
	defer w.mu.Unlock()
	if limiter, ok := w.limiters[key]; ok {
		return limiter
	}
	if len(w.limiters) >= maxLimiters { // a full bucket is as good as a new one
		for other, limiter := range w.limiters {
			if limiter.Tokens() >= 1 {
				delete(w.limiters, other)
			}
		}
	}
	limiter := rate.NewLimiter(w.rate, 1)
	w.limiters[key] = limiter
	return limiter
}
