package state

import (
	"context"
	"maps"
	"sync"
	"time"
)

// alone is what a state needs that has one instance: there is nobody to agree with, and nobody to tell.
type alone struct {
	mu    sync.Mutex
	turns map[string]time.Time // the next that is free, by key
}

// maxTurns is when the keys are dropped whose next turn is free.
const maxTurns = 1_000

// Reserve implements Rate.
func (a *alone) Reserve(ctx context.Context, key string, interval time.Duration) (wait time.Duration, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if len(a.turns) >= maxTurns {
		maps.DeleteFunc(a.turns, func(_ string, next time.Time) bool { return !now.Before(next) })
	}
	if a.turns == nil {
		a.turns = map[string]time.Time{}
	}
	turn := a.turns[key]
	if turn.Before(now) {
		turn = now
	}
	a.turns[key] = turn.Add(interval)
	return turn.Sub(now), nil
}

// Tell implements Signals.
func (*alone) Tell(string) {}

// Hear implements Signals.
func (*alone) Hear(func(topic string)) (stop func()) { return func() {} }
