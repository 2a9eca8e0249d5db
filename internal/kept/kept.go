// Package kept is a cache: it keeps values for a limited time, and a limited number of them.
package kept

import (
	"maps"
	"sync"
	"time"
)

// Map keeps values by name until they expire. It is safe for concurrent use.
type Map[V any] struct {
	now      func() time.Time
	lifetime time.Duration
	most     int

	mu     sync.Mutex
	values map[string]entry[V]
}

type entry[V any] struct {
	value V
	until time.Time
}

// New returns a Map that keeps at most that many values, each for the given lifetime.
func New[V any](most int, lifetime time.Duration, now func() time.Time) *Map[V] {
	return &Map[V]{now: now, lifetime: lifetime, most: most, values: map[string]entry[V]{}}
}

// Get returns the value of that name and true, or false if none is kept.
func (m *Map[V]) Get(name string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.values[name]
	if !ok || !m.now().Before(kept.until) {
		var none V
		return none, false
	}
	return kept.value, true
}

// Put keeps a value. If the Map is full, it drops the expired values or, if there are none, an arbitrary one.
func (m *Map[V]) Put(name string, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if len(m.values) >= m.most {
		maps.DeleteFunc(m.values, func(_ string, old entry[V]) bool { return !now.Before(old.until) })
	}
	for other := range m.values {
		if len(m.values) < m.most {
			break
		}
		delete(m.values, other)
	}
	m.values[name] = entry[V]{value, now.Add(m.lifetime)}
}

// Delete drops the value of that name.
func (m *Map[V]) Delete(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.values, name)
}
