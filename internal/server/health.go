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
	readyFor     = 15 * time.Second // how long a good answer is believed
	unreadyFor   = 2 * time.Second  // how long a bad one is
	readyTimeout = 5 * time.Second
)

// readiness remembers for a short time whether calls can be served: probes come often, and upstream counts requests.
type readiness struct {
	check func(context.Context) error
	now   func() time.Time
	log   *slog.Logger

	mu    sync.Mutex // held while checking: others wait for the same answer
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
	// The answer is for everyone who asks, so it does not end with the one who asked first.
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

// Reaches checks that upstream answers. A server with a key of its own wants it accepted; one without, whose callers
// bring theirs, takes any answer, a refusal included.
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
