// Package kept remembers values for a short time, and never more than a number of them.
package kept

import (
	"maps"
	"sync"
	"time"
)

// Map keeps values by name until they are too old. It is safe for concurrent use.
type Map[V any] struct {
	now      func() time.Time
	lifetime time.Duration
	most     int

	mu     sync.Mutex
	values map[string]value[V]
}

type value[V any] struct {
	is    V
	until time.Time
}

// New makes a Map that keeps at most so many values, each for a lifetime.
func New[V any](most int, lifetime time.Duration, now func() time.Time) *Map[V] {
	return &Map[V]{now: now, lifetime: lifetime, most: most, values: map[string]value[V]{}}
}

// Get returns the value of that name, if one is kept.
func (m *Map[V]) Get(name string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.values[name]
	if !ok || !m.now().Before(kept.until) {
		var none V
		return none, false
	}
	return kept.is, true
}

// Put keeps a value. Where there is no room it drops those that are too old, and failing that, any other.
func (m *Map[V]) Put(name string, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if len(m.values) >= m.most {
		maps.DeleteFunc(m.values, func(_ string, old value[V]) bool { return !now.Before(old.until) })
	}
	for other := range m.values {
		if len(m.values) < m.most {
			break
		}
		delete(m.values, other)
	}
	m.values[name] = value[V]{v, now.Add(m.lifetime)}
}

// Delete forgets a value.
func (m *Map[V]) Delete(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.values, name)
}
