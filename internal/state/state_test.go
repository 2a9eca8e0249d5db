package state_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver/natsnode"
)

func TestMain(m *testing.M) {
	natsnode.Run()
	writeForTest()
	os.Exit(m.Run())
}

var start = time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)

// clock is a time that a test moves.
type clock struct{ since atomic.Int64 }

func (c *clock) now() time.Time       { return start.Add(time.Duration(c.since.Load())) }
func (c *clock) pass(d time.Duration) { c.since.Add(int64(d)) }

// shared is a state as several instances see it.
type shared struct {
	clock   *clock
	handles []state.State
	// wait is called until something has expired: it lets time pass.
	wait func()
}

// kinds opens each kind of state.
var kinds = []struct {
	name string
	open func(t *testing.T) shared
}{
	{"memory", func(t *testing.T) shared {
		c := &clock{}
		return shared{c, []state.State{state.NewMemory(c.now)}, func() { c.pass(time.Second / 10) }}
	}},
	{"file", func(t *testing.T) shared {
		c := &clock{}
		return shared{c, []state.State{openFile(t, t.TempDir(), c.now)}, func() { c.pass(time.Second / 10) }}
	}},
	{"one NATS server", func(t *testing.T) shared { return sharedNATS(t, 1) }},
	{"three NATS servers", func(t *testing.T) shared { return sharedNATS(t, 3) }},
}

func openFile(t *testing.T, dir string, now func() time.Time) *state.File {
	t.Helper()
	f, err := state.OpenFile(dir, "the test's file", now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// sharedNATS is three instances, whose clock stands still, with a NATS, whose clock runs.
func sharedNATS(t *testing.T, nodes int) shared {
	s := shared{clock: &clock{}, wait: func() { time.Sleep(50 * time.Millisecond) }}
	cluster := natsnode.Start(t, nodes, "")
	for range 3 {
		s.handles = append(s.handles, openNATS(t, cluster.URLs(), s.clock.now))
	}
	await(t, s.handles...)
	// What is missing is made before the tests, because that may take longer than a call has.
	stop := work(t, s.handles[0], "used", func(context.Context, string) time.Duration { return 0 })
	until(t, "everything is there", func() bool {
		for _, handle := range s.handles {
			for _, err := range uses(t, handle) {
				if err != nil {
					return false
				}
			}
		}
		return true
	})
	s.waiting(t, "used", 0)
	stop()
	return s
}

func openNATS(t *testing.T, urls []string, now func() time.Time) *state.NATS {
	t.Helper()
	n, err := state.OpenNATS(state.NATSOptions{Name: "the test's NATS", URLs: urls, Now: now,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// await asks states until they answer.
func await(t *testing.T, states ...state.State) {
	t.Helper()
	patience, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i, s := range states {
		for {
			_, err := s.Claim(t.Context(), fmt.Sprintf("await%d", i), start.Add(time.Second))
			if err == nil {
				break
			}
			if patience.Err() != nil {
				t.Fatalf("%s never became available: %v", s, err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func claim(t *testing.T, s state.State, id string, until time.Time) (first bool) {
	t.Helper()
	first, err := s.Claim(t.Context(), id, until)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return first
}

func TestState(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			s := kind.open(t)
			t.Run("only the first claim is the first", s.once)
			t.Run("of many claims at once one is the first", s.race)
			t.Run("a claim is forgotten after its time, and not before", s.expiry)
			t.Run("a call that has ended claims nothing", s.ended)
			t.Run("what would be forgotten at once is not claimed", s.past)
			t.Run("every message is handled once", s.handledOnce)
			t.Run("one after the other, in order", s.inOrder)
			t.Run("a message that was not done comes again, after its time", s.again)
			t.Run("messages that come again later do not hold up others", s.later)
			t.Run("a message whose handling was broken off comes again", s.brokenOff)
			t.Run("an entry is appended once", s.appendedOnce)
			t.Run("entries are read in their order, and those of the tenant alone", s.read)
			t.Run("a time has a position", s.seek)
			t.Run("whoever watches is told", s.changed)
			t.Run("a file is fetched as it was kept, by its owner", s.files)
			t.Run("a file that was not kept whole leaves nothing", s.brokenFile)
			t.Run("turns are apart", s.rate)
			t.Run("signals reach the others", s.signals)
			t.Run("its sizes tell what it keeps", s.sizes)
			t.Run("names that cannot be part of a subject or a path are refused", s.names)
			t.Run("a state that was closed answers with an error", s.closed)
		})
	}
}

func (s shared) once(t *testing.T) {
	until := s.clock.now().Add(time.Hour)
	if !claim(t, s.handles[0], "once", until) {
		t.Error("the first use was refused")
	}
	for i, handle := range s.handles {
		if claim(t, handle, "once", until.Add(time.Hour)) {
			t.Errorf("instance %d took it for the first use", i)
		}
	}
	if !claim(t, s.handles[0], "other", until) {
		t.Error("the first use of another was refused")
	}
}

// race has every instance spend each id four times at once.
func (s shared) race(t *testing.T) {
	const ids, each = 100, 4
	until := s.clock.now().Add(time.Hour)
	for n := range ids {
		var group sync.WaitGroup
		var winners atomic.Int32
		id := fmt.Sprintf("race%d", n)
		for _, handle := range s.handles {
			for range each {
				group.Go(func() {
					if first, err := handle.Claim(t.Context(), id, until); err != nil {
						t.Errorf("%s: %v", id, err)
					} else if first {
						winners.Add(1)
					}
				})
			}
		}
		group.Wait()
		if winners.Load() != 1 {
			t.Errorf("%s: %d were the first", id, winners.Load())
		}
	}
}

func (s shared) expiry(t *testing.T) {
	soon := func() time.Time { return s.clock.now().Add(time.Second) }
	long := s.clock.now().Add(time.Hour)
	if !claim(t, s.handles[0], "long", long) || !claim(t, s.handles[0], "short", soon()) {
		t.Fatal("a first use was refused")
	}
	if claim(t, s.handles[0], "short", soon()) {
		t.Error("it was forgotten at once")
	}
	for range 2 { // what was forgotten can be spent, and forgotten, again
		for !claim(t, s.handles[0], "short", soon()) {
			s.wait()
		}
	}
	if claim(t, s.handles[0], "long", long) {
		t.Error("what has not expired was forgotten")
	}
}

func (s shared) ended(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	until := s.clock.now().Add(time.Hour)
	if first, err := s.handles[0].Claim(ctx, "ended", until); err == nil || first {
		t.Errorf("want an error, got %t", first)
	}
	if !claim(t, s.handles[0], "ended", until) {
		t.Error("the ended call spent it")
	}
}

func (s shared) past(t *testing.T) {
	for _, ago := range []time.Duration{0, time.Hour} {
		if first, err := s.handles[0].Claim(t.Context(), "past", s.clock.now().Add(-ago)); err == nil || first {
			t.Errorf("want an error, got %t", first)
		}
	}
}

func (s shared) closed(t *testing.T) {
	handle := s.handles[0]
	changed, _ := handle.Changed("closed")
	worked := make(chan error)
	go func() { worked <- handle.Work(t.Context(), done) }()
	if err := handle.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-worked; err == nil {
		t.Error("work ended without an error")
	}
	for range changed { // until it is closed
	}
	if _, ok := handle.(*state.Memory); ok {
		return // it has nothing to close
	}
	until := s.clock.now().Add(time.Hour)
	_, claimed := handle.Claim(t.Context(), "closed", until)
	_, appended := handle.Append(t.Context(), "closed", "id", nil)
	for what, err := range map[string]error{"Claim": claimed, "Append": appended,
		"Enqueue": handle.Enqueue(t.Context(), "closed", nil),
		"Keep":    handle.Keep(t.Context(), "closed", "id", "", strings.NewReader(""))} {
		if err == nil {
			t.Errorf("%s gave no error", what)
		}
	}
}
