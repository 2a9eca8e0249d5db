package state

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"
)

// Memory is a state that ends with the process.
type Memory struct {
	now  func() time.Time
	most int // ids at once

	mu    sync.Mutex
	spent map[string]time.Time // until when each id is remembered
	sweep time.Time            // when the expired ones are dropped next
}

// NewMemory returns an empty Memory.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, most: maxSpent, spent: map[string]time.Time{}}
}

// Spend implements State.
func (m *Memory) Spend(ctx context.Context, id string, until time.Time) (first bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if !now.Before(m.sweep) || len(m.spent) >= m.most {
		maps.DeleteFunc(m.spent, func(_ string, until time.Time) bool { return !now.Before(until) })
		m.sweep = now.Add(sweepEvery)
	}
	if !now.Before(until) {
		return false, errPast
	}
	if now.Before(m.spent[id]) {
		return false, nil
	}
	if len(m.spent) >= m.most {
		return false, errFull
	}
	m.spent[id] = until
	return true, nil
}

// What cannot be remembered must not be acted on.
var (
	errFull = errors.New("so many used consents are remembered that no more fit until some expire")
	errPast = errors.New("the time until which the consent has to be remembered is past")
)

// String implements State.
func (m *Memory) String() string { return "this server's memory" }

// Close implements State.
func (m *Memory) Close() error { return nil }
