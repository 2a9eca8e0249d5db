package gumroad

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

const (
	maxRetries    = 3
	firstDelay    = 250 * time.Millisecond
	maxDelay      = 4 * time.Second
	maxRetryAfter = 30 * time.Second
)

// send carries an operation out and repeats it where that does no harm. Its error is always an *Error.
func (t *transport) send(ctx context.Context, op operation) (answer, error) {
	limited, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	// When the context ends, the executor reports that alone; what the last attempt met says what was done.
	var (
		met  answer
		last error
	)
	a, err := t.retry.WithContext(limited).GetWithExecution(func(failsafe.Execution[answer]) (answer, error) {
		met, last = t.attempt(limited, op)
		return met, last
	})
	if err == nil {
		return a, nil
	}
	if met.status != 0 && !worthRepeating(met, nil) { // the context ended while this came
		return met, nil
	}
	if failed, ok := errors.AsType[*attemptError](last); ok && !failed.neverSent() {
		return answer{}, op.unusable(0, last)
	}
	// Stopped before or between attempts, or turned away at the door: nothing was carried out.
	internal, isInternal := errors.AsType[*Error](err)
	switch {
	case isInternal:
		return answer{}, internal
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return answer{}, &Error{Code: Timeout, Message: "It was stopped before it was sent.",
			Hint: "Try again.", cause: err}
	default:
		cause := err
		if failed, ok := errors.AsType[*url.Error](err); ok {
			cause = failed.Err // without the address, which can hold a buyer's e-mail
		}
		t.log.WarnContext(ctx, "no connection", "host", op.to.base.Host, "cause", cause.Error())
		return answer{}, noConnection(op.to.base.Host, err)
	}
}

// noConnection says in which of the ways that people can do something about a host was not reached.
func noConnection(host string, cause error) *Error {
	e := &Error{Code: UpstreamUnavailable, cause: cause,
		Message: fmt.Sprintf("No connection to %s could be made.", host), Hint: "Check the network, then try again."}
	if _, unknown := errors.AsType[*net.DNSError](cause); unknown {
		e.Message = fmt.Sprintf("The name %s could not be resolved.", host)
		e.Hint = "Check the network's DNS and the configured address, then try again."
	} else if _, untrusted := errors.AsType[*tls.CertificateVerificationError](cause); untrusted {
		e.Message = fmt.Sprintf("The certificate of %s is not trusted.", host)
		e.Hint = "Check the clock and the certificates of the machine, and whether a proxy reads its traffic."
	} else if errors.Is(cause, syscall.ECONNREFUSED) {
		e.Message = fmt.Sprintf("%s refused the connection.", host)
		e.Hint = "Check the configured address and whether a firewall stands between, then try again."
	}
	return e
}

func (t *transport) retryPolicy() retrypolicy.RetryPolicy[answer] {
	return retrypolicy.NewBuilder[answer]().
		HandleIf(worthRepeating).
		WithMaxRetries(maxRetries).
		WithDelayFunc(delay).
		ReturnLastFailure().
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[answer]) {
			t.log.DebugContext(e.Context(), "upstream retry", "attempt", e.Attempts(), "delay", e.Delay)
			Report(e.Context(), 0, 0, fmt.Sprintf("No answer yet; trying again in %s", e.Delay.Round(time.Second/10)))
		}).
		Build()
}

// worthRepeating is the whole retry rule. Any request may be repeated that certainly was not carried out: one refused
// for its rate (429) and one that never left. Others are repeated only if they change nothing.
func worthRepeating(a answer, err error) bool {
	if failed, ok := errors.AsType[*attemptError](err); ok {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errTooLarge) {
			return false
		}
		return failed.operation.repeatable || failed.neverSent()
	}
	if err != nil {
		return false
	}
	switch {
	case a.status == http.StatusTooManyRequests:
		wait, given := retryAfter(a.header)
		return !given || wait <= maxRetryAfter // nobody waits for hours in a call
	case a.operation.repeatable && (a.status >= 400):
		return a.verdict() == unclear
	}
	return false
}

// neverSent reports positive evidence that no byte of the request reached a server. In every other case some may have.
func (e *attemptError) neverSent() bool {
	if _, ok := errors.AsType[*net.DNSError](e.err); ok {
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](e.err); ok {
		return true
	}
	op, ok := errors.AsType[*net.OpError](e.err)
	return ok && op.Op == "dial"
}

// delay is how long to wait before the next attempt. The server's Retry-After is obeyed up to a ceiling. Without one the
// delay doubles with every attempt, and jitter keeps callers that failed together from coming back together.
func delay(e failsafe.ExecutionAttempt[answer]) time.Duration {
	if wait, given := retryAfter(e.LastResult().header); given {
		return min(wait, maxRetryAfter)
	}
	backoff := min(firstDelay<<(e.Attempts()-1), maxDelay)
	return backoff*3/4 + rand.N(backoff/2)
}

// retryAfter reads how long a server asks to wait, which it says in seconds or as a date.
func retryAfter(header http.Header) (wait time.Duration, given bool) {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, math.MaxInt32)) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0), true
	}
	return 0, false
}

// inWords is a wait as people say it, rounded up so that nobody comes back too early.
func inWords(wait time.Duration) string {
	switch minutes := int((wait + time.Minute - 1) / time.Minute); {
	case minutes <= 1:
		return "a minute"
	case minutes < 120:
		return fmt.Sprintf("%d minutes", minutes)
	default:
		return fmt.Sprintf("%d hours", (minutes+59)/60)
	}
}
