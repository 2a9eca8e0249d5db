package state

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"maps"
	"sync"
	"time"
)

// Memory is a state that ends with the process.
type Memory struct {
	alone
	now         func() time.Time
	most        int // claims at once
	incarnation string
	queue       *schedule
	watchers    watchers
	close       func()

	mu       sync.Mutex
	claimed  map[string]time.Time // until when each claim is remembered
	sweep    time.Time            // when the expired ones are dropped next
	messages uint64               // that were enqueued so far
	entries  []memoryEntry
	ids      map[[2]string]bool // of the entries, by tenant and id
	last     uint64             // position that was given
	dropped  map[string]uint64  // position of the last entry that a tenant lost
}

type memoryEntry struct {
	Entry
	tenant, id string
}

// NewMemory returns an empty Memory.
func NewMemory(now func() time.Time) *Memory {
	m := &Memory{now: now, most: maxClaims, incarnation: rand.Text(),
		queue:   newSchedule(maxMessagesInMemory, maxQueueBytes, now),
		claimed: map[string]time.Time{}, ids: map[[2]string]bool{}, dropped: map[string]uint64{}}
	m.close = sync.OnceFunc(func() {
		close(m.queue.closed)
		m.watchers.close()
	})
	return m
}

// Claim implements Claims.
func (m *Memory) Claim(ctx context.Context, id string, until time.Time) (first bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if !now.Before(m.sweep) || len(m.claimed) >= m.most {
		maps.DeleteFunc(m.claimed, func(_ string, until time.Time) bool { return !now.Before(until) })
		m.sweep = now.Add(sweepEvery)
	}
	if !now.Before(until) {
		return false, errPast
	}
	if now.Before(m.claimed[id]) {
		return false, nil
	}
	if len(m.claimed) >= m.most {
		return false, errManyClaims
	}
	m.claimed[id] = until
	return true, nil
}

// Enqueue implements Queue.
func (m *Memory) Enqueue(ctx context.Context, tenant string, message []byte) error {
	if err := cmp.Or(ctx.Err(), checkNames(tenant)); err != nil {
		return err
	}
	t := newTask(tenant, message, m.now())
	t.message = bytes.Clone(message)
	return m.queue.add(t, func() (uint64, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.messages++
		return m.messages, nil
	})
}

// Work implements Queue.
func (m *Memory) Work(ctx context.Context,
	handle func(ctx context.Context, tenant string, message []byte) (again time.Duration)) error {
	return m.queue.work(ctx, func(t *task) {
		if again := handle(ctx, t.tenant, bytes.Clone(t.message)); again != 0 {
			m.queue.again(t, time.Now().Add(again))
		} else {
			m.queue.done(t)
		}
	})
}

// Waiting implements Queue.
func (m *Memory) Waiting(ctx context.Context, tenant string) (int, error) {
	return m.queue.waiting(tenant), ctx.Err()
}

// Append implements Journal.
func (m *Memory) Append(ctx context.Context, tenant, id string, data []byte) (added bool, err error) {
	if err := cmp.Or(ctx.Err(), checkNames(tenant, id)); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	for len(m.entries) > 0 && (len(m.entries) >= maxEntriesInMemory || m.entries[0].Position < horizon(now)) {
		oldest := m.entries[0]
		m.entries = m.entries[1:]
		delete(m.ids, [2]string{oldest.tenant, oldest.id})
		m.dropped[oldest.tenant] = oldest.Position
	}
	if m.ids[[2]string{tenant, id}] {
		return false, nil
	}
	m.last = max(m.last+1, positionAt(now))
	m.ids[[2]string{tenant, id}] = true
	m.entries = append(m.entries, memoryEntry{Entry{m.last, now, bytes.Clone(data)}, tenant, id})
	m.watchers.tell(tenant)
	return true, nil
}

// Read implements Journal.
func (m *Memory) Read(ctx context.Context, tenant string, after uint64, limit int) (entries []Entry, gap bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	gap = after < m.dropped[tenant]
	oldest := horizon(m.now())
	for _, entry := range m.entries {
		switch {
		case entry.tenant != tenant || entry.Position <= after:
		case entry.Position < oldest:
			gap = true
		case len(entries) < limit:
			entry.Data = bytes.Clone(entry.Data)
			entries = append(entries, entry.Entry)
		}
	}
	return entries, gap, nil
}

// Seek implements Journal.
func (m *Memory) Seek(ctx context.Context, _ string, t time.Time) (after uint64, err error) {
	return positionBefore(t), ctx.Err()
}

// Incarnation implements Journal.
func (m *Memory) Incarnation(ctx context.Context) (string, error) { return m.incarnation, ctx.Err() }

// Changed implements Journal.
func (m *Memory) Changed(tenant string) (changed <-chan struct{}, stop func()) {
	return m.watchers.add(tenant)
}

// Keep implements Files.
func (m *Memory) Keep(ctx context.Context, _, _, _ string, _ io.Reader) error { return ctx.Err() }

// Fetch implements Files.
func (m *Memory) Fetch(context.Context, string, string, io.Writer) (mime string, err error) {
	return "", ErrNoFile
}

// Kept implements Files.
func (*Memory) Kept() time.Duration { return 0 }

// String implements State.
func (m *Memory) String() string { return "this server's memory" }

// Close implements State.
func (m *Memory) Close() error {
	m.close()
	return nil
}

// Sizes implements State.
func (m *Memory) Sizes(ctx context.Context) (Sizes, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Sizes{len(m.claimed), m.queue.size(), len(m.entries)}, ctx.Err()
}
