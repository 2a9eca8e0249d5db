package testserver

import (
	"context"
	"slices"
	"sync"

	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
)

// Watcher has resources change when the test says so. Every URI can be watched, unless Allows is set.
type Watcher struct {
	Allows func(ctx context.Context, uri string) bool
	Fails  error // what watching fails with

	mu      sync.Mutex
	watches map[*watch]bool
}

type watch struct {
	context context.Context
	uris    []string
	changed chan string
}

// Watch implements events.Watcher.
func (w *Watcher) Watch(ctx context.Context, uris []string) (events.Watch, error) {
	if w.Fails != nil {
		return events.Watch{}, w.Fails
	}
	began := &watch{context: ctx, changed: make(chan string, 1)}
	for _, uri := range uris {
		if w.Allows == nil || w.Allows(ctx, uri) {
			began.uris = append(began.uris, uri)
		}
	}
	if len(began.uris) == 0 {
		close(began.changed)
		return events.Watch{Changed: began.changed}, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watches == nil {
		w.watches = map[*watch]bool{}
	}
	w.watches[began] = true
	context.AfterFunc(ctx, func() { w.end(began) })
	return events.Watch{URIs: began.uris, Changed: began.changed}, nil
}

func (w *Watcher) end(ended *watch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watches[ended] {
		delete(w.watches, ended)
		close(ended.changed)
	}
}

// Change tells of changes, each of which everyone who watches the resource is told of.
func (w *Watcher) Change(uris ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, uri := range uris {
		for watch := range w.watches {
			if !slices.Contains(watch.uris, uri) {
				continue
			}
			select {
			case watch.changed <- uri:
			case <-watch.context.Done():
			}
		}
	}
}

// Watching is how many watches there are.
func (w *Watcher) Watching() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.watches)
}

// Close ends every watch, as the end of the program does.
func (w *Watcher) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for watch := range w.watches {
		delete(w.watches, watch)
		close(watch.changed)
	}
}
