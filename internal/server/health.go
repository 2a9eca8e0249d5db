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

var errUnreachable = errors.New("not ready: upstream does not answer, or refuses this server's key")

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
		r.err, r.until = errUnreachable, r.now().Add(unreadyFor)
	}
	return r.err
}

// Reaches returns a check that upstream can be reached. If the server has a key of its own, the key must be accepted.
// If callers bring theirs, the check sends a made-up key, and the refusal shows that upstream answers.
func Reaches(client *gumroad.Client) func(context.Context) error {
	own := !client.Credential().IsZero()
	if !own {
		client = client.WithCredential(gumroad.NewCredential("readiness"))
	}
	return func(ctx context.Context) error {
		var err error
		if client.Direct() {
			_, err = client.GetUser(ctx, struct{}{})
		} else {
			_, err = client.ListConnections(ctx, gumroad.ListConnections{})
		}
		e := (*gumroad.Error)(nil)
		if errors.As(err, &e) && e.Status >= 400 && e.Status < 500 && !(own && e.Code == gumroad.BadCredential) {
			return nil
		}
		return err
	}
}
