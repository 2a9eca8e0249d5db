package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

const (
	readyFor     = 15 * time.Second // how long a good answer is remembered
	unreadyFor   = 2 * time.Second  // how long a bad one is
	readyTimeout = 5 * time.Second
)

// readiness tells probes whether calls can be served. It remembers the answer for a short time, since probes come often
// and every check takes a request of the rate that Maton allows.
type readiness struct {
	check func(context.Context) error
	now   func() time.Time
	log   *slog.Logger

	mu    sync.Mutex // held during a check, so that other probes wait for its answer instead of checking too
	err   error
	until time.Time
}

func (r *readiness) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := r.current(request.Context()); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, err)
		return
	}
	fmt.Fprintln(w, "ready")
}

// unready says why calls cannot be served, in words for everyone.
type unready string

func (u unready) Error() string { return "not ready: " + string(u) }

const (
	noKey       unready = "no key is set, neither a Maton key nor a Gumroad token"
	keyRefused  unready = "upstream refuses this server's key"
	unreachable unready = "upstream does not answer"
)

func (r *readiness) current(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.check == nil || r.now().Before(r.until) {
		return r.err
	}
	// Other probes share this check, so it must survive the first probe's cancellation.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
	defer cancel()
	err := r.check(ctx)
	r.err, r.until = nil, r.now().Add(readyFor)
	if err != nil {
		r.log.WarnContext(ctx, "not ready", "error", err)
		r.until = r.now().Add(unreadyFor)
		if why, ok := errors.AsType[unready](err); ok {
			r.err = why
		} else {
			r.err = unreachable
		}
	}
	return r.err
}

// Accepted returns a check that upstream accepts the server's own key.
func Accepted(client *gumroad.Client) func(context.Context) error {
	if client.Credential().IsZero() {
		return func(context.Context) error { return noKey }
	}
	return func(ctx context.Context) error {
		code, err := probe(ctx, client)
		if code == gumroad.BadCredential {
			return keyRefused
		}
		return err
	}
}

// Reached returns a check that upstream answers. It is for servers whose callers bring their keys: the check sends a
// made-up one, whose refusal is an answer.
func Reached(client *gumroad.Client) func(context.Context) error {
	client = client.WithCredential(gumroad.NewCredential("readiness"))
	return func(ctx context.Context) error {
		_, err := probe(ctx, client)
		return err
	}
}

// probe sends one small request, which does not wait behind those of callers. If upstream answers with a client error,
// probe returns its code instead of an error.
func probe(ctx context.Context, client *gumroad.Client) (refused gumroad.Code, err error) {
	ctx = gumroad.WithoutQueue(ctx)
	if client.Direct() {
		_, err = client.GetUser(ctx, struct{}{})
	} else {
		_, err = client.ListConnections(ctx, gumroad.ListConnections{})
	}
	if e, ok := errors.AsType[*gumroad.Error](err); ok && e.Status >= 400 && e.Status < 500 {
		return e.Code, nil
	}
	return "", err
}
