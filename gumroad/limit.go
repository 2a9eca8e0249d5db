package gumroad

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const maxLimiters = 1024

// limiters keeps the rate of requests, for every credential separately: Maton counts requests by account.
type limiters struct {
	rate   rate.Limit
	waited func(ctx context.Context, held time.Duration)

	mu            sync.Mutex
	byFingerprint map[string]*rate.Limiter
}

func newLimiters(perSecond float64, waited func(context.Context, time.Duration)) *limiters {
	limit := rate.Limit(cmp.Or(perSecond, DefaultRequestsPerSecond))
	if limit < 0 {
		limit = rate.Inf
	}
	if waited == nil {
		waited = func(context.Context, time.Duration) {}
	}
	return &limiters{rate: limit, waited: waited, byFingerprint: map[string]*rate.Limiter{}}
}

// wait returns when a request with credential may be sent, or with the context's error when that would be too late.
func (l *limiters) wait(ctx context.Context, credential Credential) error {
	arrived := time.Now()
	err := l.of(credential).Wait(ctx)
	l.waited(ctx, time.Since(arrived))
	if err != nil {
		// The limiter also refuses a wait that would end after the deadline; no context has ended then.
		return fmt.Errorf("waiting for the rate limit: %w", cmp.Or(ctx.Err(), context.DeadlineExceeded))
	}
	return nil
}

// of returns the token bucket of a credential. Its burst is 1, which keeps the rate in every second; a request that
// takes longer than the interval never has to wait.
func (l *limiters) of(credential Credential) *rate.Limiter {
	key := credential.Fingerprint()
	l.mu.Lock()
	defer l.mu.Unlock()
	if limiter, ok := l.byFingerprint[key]; ok {
		return limiter
	}
	if len(l.byFingerprint) >= maxLimiters { // a full bucket is as good as a new one
		for other, limiter := range l.byFingerprint {
			if limiter.Tokens() >= 1 {
				delete(l.byFingerprint, other)
			}
		}
	}
	limiter := rate.NewLimiter(l.rate, 1)
	l.byFingerprint[key] = limiter
	return limiter
}
