package state

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// reservePatience is how long the instances may take to agree on a turn; a request upstream takes about as long.
const reservePatience = 250 * time.Millisecond

// turns are what this instance knows of the next free turn, by key. Of each key it reserves one at a time, so that as
// many reservations meet as there are instances.
type turns struct {
	mu    sync.Mutex
	byKey map[string]*turn
}

type turn struct {
	reserving chan struct{} // holds one while it is being reserved
	users     int           // of those who reserve or wait for that; turns.mu guards it
	next      time.Time     // the next that was free when it was last seen
	revision  uint64        // of that; 0 for none
}

// maxTurnsKnown is how many keys are remembered; of those that nobody uses, the next may be known to NATS alone.
const maxTurnsKnown = 1_000

// Reserve implements Rate. What is stored is the next free turn. Whoever replaces it has the one it was.
func (n *NATS) Reserve(ctx context.Context, key string, interval time.Duration) (wait time.Duration, err error) {
	sum := sha256.Sum256([]byte(key))
	key = hex.EncodeToString(sum[:16]) // any text will do
	t, done, err := n.turns.take(ctx, key)
	if err != nil {
		return 0, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, reservePatience)
	defer cancel()
	bucket, err := n.paced(ctx)
	if err != nil {
		return 0, err
	}
	for {
		now := time.Now()
		mine := now
		if t.next.After(now) {
			mine = t.next
		}
		next := mine.Add(interval)
		revision, err := bucket.Update(ctx, key, encodeTime(next), t.revision)
		if err == nil {
			t.next, t.revision = next, revision
			return mine.Sub(now), nil
		}
		if !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			n.pace.forget()
			return 0, err
		}
		stored, err := bucket.Get(ctx, key)
		switch {
		case err == nil && len(stored.Value()) == 8:
			t.next, t.revision = decodeTime(stored.Value()), stored.Revision()
		case err == nil, errors.Is(err, jetstream.ErrKeyNotFound):
			t.next, t.revision = time.Time{}, 0
		default:
			n.pace.forget()
			return 0, err
		}
	}
}

// take returns what is known of a key once nobody else reserves a turn of it. done lets the next one do so.
func (t *turns) take(ctx context.Context, key string) (it *turn, done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	t.mu.Lock()
	if t.byKey == nil {
		t.byKey = map[string]*turn{}
	}
	if it = t.byKey[key]; it == nil {
		for other, known := range t.byKey {
			if len(t.byKey) >= maxTurnsKnown && known.users == 0 {
				delete(t.byKey, other)
			}
		}
		it = &turn{reserving: make(chan struct{}, 1)}
		t.byKey[key] = it
	}
	it.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		it.users--
	}
	select {
	case it.reserving <- struct{}{}:
		return it, func() { <-it.reserving; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, nil, ctx.Err()
	}
}

// Tell implements Signals.
func (n *NATS) Tell(topic string) {
	_ = n.conn.Publish(n.subject("signal", n.instance), []byte(topic))
}

// Hear implements Signals.
func (n *NATS) Hear(f func(topic string)) (stop func()) {
	heard, err := n.conn.Subscribe(n.subject("signal", "*"), func(m *nats.Msg) {
		if !strings.HasSuffix(m.Subject, "."+n.instance) {
			f(string(m.Data))
		}
	})
	if err != nil { // it was closed
		return func() {}
	}
	return func() { _ = heard.Unsubscribe() }
}
