package state

import "sync"

// watchers are the channels of Changed. Each holds one value at most, since several changes can be one.
type watchers struct {
	mu       sync.Mutex
	byTenant map[string]map[chan struct{}]bool
	closed   bool
}

func (w *watchers) add(tenant string) (changed <-chan struct{}, stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := make(chan struct{}, 1)
	if w.closed {
		close(c)
		return c, func() {}
	}
	if w.byTenant == nil {
		w.byTenant = map[string]map[chan struct{}]bool{}
	}
	if w.byTenant[tenant] == nil {
		w.byTenant[tenant] = map[chan struct{}]bool{}
	}
	w.byTenant[tenant][c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if delete(w.byTenant[tenant], c); len(w.byTenant[tenant]) == 0 {
			delete(w.byTenant, tenant)
		}
	}
}

func (w *watchers) tell(tenant string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	tellEach(w.byTenant[tenant])
}

func (w *watchers) tellAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, channels := range w.byTenant {
		tellEach(channels)
	}
}

func tellEach(channels map[chan struct{}]bool) {
	for c := range channels {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (w *watchers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, channels := range w.byTenant {
		for c := range channels {
			close(c)
		}
	}
	w.byTenant = nil
}
