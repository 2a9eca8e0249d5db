package state

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// schedule says which message of a queue comes next. Messages come in the order in which they are due, and tenants with
// messages that are due take turns.
type schedule struct {
	now       func() time.Time // by which messages grow too old; when they are due goes by the real time
	most      int
	mostOfOne int // of one tenant
	mostBytes int64
	closed    chan struct{}

	mu     sync.Mutex
	byID   map[uint64]*task // those that are not done
	counts map[string]int   // how many those of each tenant are
	held   int              // how many they are, with those that are just being stored
	bytes  int64            // of the same
	oldest uint64           // no task that is not done has a lower id
	newest uint64
	later  tasks             // those that were not due when that was last looked at
	ready  map[string]*tasks // those that are due, by tenant
	turns  []string          // the tenants with some, the next first
	wake   chan struct{}     // closed when another message was added
}

type task struct {
	id       uint64 // greater than those of all before it
	tenant   string
	enqueued time.Time
	due      time.Time
	bytes    int64
	message  []byte // nil if it is kept elsewhere
}

func newTask(tenant string, message []byte, now time.Time) *task {
	return &task{tenant: tenant, enqueued: now, due: time.Now(), bytes: int64(len(message))}
}

// tasks is a heap, the one that is due first on top.
type tasks []*task

func (t tasks) Len() int      { return len(t) }
func (t tasks) Swap(i, j int) { t[i], t[j] = t[j], t[i] }
func (t *tasks) Push(x any)   { *t = append(*t, x.(*task)) }

func (t tasks) Less(i, j int) bool {
	if !t[i].due.Equal(t[j].due) {
		return t[i].due.Before(t[j].due)
	}
	return t[i].id < t[j].id
}

func (t *tasks) Pop() any {
	last := len(*t) - 1
	popped := (*t)[last]
	(*t)[last] = nil
	*t = (*t)[:last]
	return popped
}

func newSchedule(most int, mostBytes int64, now func() time.Time) *schedule {
	return &schedule{now: now, most: most, mostOfOne: most / tenantShare, mostBytes: mostBytes, closed: make(chan struct{}), byID: map[uint64]*task{},
		counts: map[string]int{}, ready: map[string]*tasks{}, wake: make(chan struct{})}
}

// add admits a message, which store then keeps and gives an id. A full queue does not.
func (s *schedule) add(t *task, store func() (id uint64, err error)) error {
	if err := s.admit(t); err != nil {
		return err
	}
	id, err := store()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.held, s.bytes = s.held-1, s.bytes-t.bytes
		return err
	}
	t.id = id
	s.put(t)
	return nil
}

func (s *schedule) admit(t *task) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	if s.held >= s.most || s.bytes+t.bytes > s.mostBytes || s.counts[t.tenant] >= s.mostOfOne {
		return errManyWait
	}
	s.held, s.bytes = s.held+1, s.bytes+t.bytes
	return nil
}

// put adds a message that was admitted and is kept.
func (s *schedule) put(t *task) {
	s.byID[t.id] = t
	s.counts[t.tenant]++
	if s.oldest == 0 || t.id < s.oldest {
		s.oldest = t.id
	}
	s.newest = max(s.newest, t.id)
	heap.Push(&s.later, t)
	close(s.wake)
	s.wake = make(chan struct{})
}

// remove takes a message out that is done, or too old.
func (s *schedule) remove(id uint64) {
	t := s.byID[id]
	if t == nil {
		return
	}
	delete(s.byID, id)
	s.held, s.bytes = s.held-1, s.bytes-t.bytes
	if s.counts[t.tenant]--; s.counts[t.tenant] == 0 {
		delete(s.counts, t.tenant)
	}
}

// expire takes out what is too old. The real messages are for their keeper to drop.
func (s *schedule) expire() {
	horizon := s.now().Add(-queueAge)
	for ; s.oldest <= s.newest; s.oldest++ {
		if t := s.byID[s.oldest]; t != nil && t.enqueued.After(horizon) {
			return
		}
		s.remove(s.oldest)
	}
}

// next returns the message whose turn it is, and otherwise how long there will be none unless another is added.
func (s *schedule) next() (t *task, wait time.Duration, added <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	now := time.Now()
	for len(s.later) > 0 && !s.later[0].due.After(now) {
		due := heap.Pop(&s.later).(*task)
		if s.ready[due.tenant] == nil {
			s.ready[due.tenant] = &tasks{}
			s.turns = append(s.turns, due.tenant)
		}
		heap.Push(s.ready[due.tenant], due)
	}
	for len(s.turns) > 0 {
		tenant := s.turns[0]
		s.turns = s.turns[1:]
		first := heap.Pop(s.ready[tenant]).(*task)
		if s.ready[tenant].Len() > 0 {
			s.turns = append(s.turns, tenant)
		} else {
			delete(s.ready, tenant)
		}
		if s.byID[first.id] != nil {
			return first, 0, nil
		}
	}
	wait = time.Hour
	if len(s.later) > 0 {
		wait = s.later[0].due.Sub(now)
	}
	return nil, wait, s.wake
}

// again has a message come again when it is due.
func (s *schedule) again(t *task, due time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[t.id] != nil {
		t.due = due
		heap.Push(&s.later, t)
		close(s.wake)
		s.wake = make(chan struct{})
	}
}

func (s *schedule) done(t *task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(t.id)
}

func (s *schedule) waiting(tenant string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	return s.counts[tenant]
}

// work hands out messages until ctx ends.
func (s *schedule) work(ctx context.Context, handle func(*task)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.closed:
			return errClosed
		default:
		}
		t, wait, added := s.next()
		if t != nil {
			handle(t)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-added:
		case <-ctx.Done():
		case <-s.closed:
		}
		timer.Stop()
	}
}

// size returns how many messages are not done.
func (s *schedule) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byID)
}
