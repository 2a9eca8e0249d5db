package state_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

func done(context.Context, string, []byte) time.Duration { return 0 }

func enqueue(t *testing.T, s state.State, tenant, message string) {
	t.Helper()
	if err := s.Enqueue(t.Context(), tenant, []byte(message)); err != nil {
		t.Fatalf("%s: %v", message, err)
	}
}

func add(t *testing.T, s state.State, tenant, id, data string) (added bool) {
	t.Helper()
	added, err := s.Append(t.Context(), tenant, id, []byte(data))
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return added
}

// entries reads all entries of a tenant after a position.
func entries(t *testing.T, s state.State, tenant string, after uint64) (all []state.Entry) {
	t.Helper()
	all, gap, err := s.Read(t.Context(), tenant, after, 100_000)
	if err != nil || gap {
		t.Fatalf("%s: gap %v, error %v", tenant, gap, err)
	}
	return all
}

func datas(entries []state.Entry) (all []string) {
	for _, entry := range entries {
		all = append(all, string(entry.Data))
	}
	return all
}

// until tries again until something holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	patience, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !holds() {
		if patience.Err() != nil {
			t.Fatal("never: " + what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// work has messages of a tenant handled until the test ends. Those of other tenants come again in an hour.
func work(t *testing.T, s state.State, tenant string, handle func(ctx context.Context, message string) time.Duration) (
	stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- s.Work(ctx, func(ctx context.Context, of string, message []byte) time.Duration {
			if of != tenant {
				return time.Hour
			}
			return handle(ctx, string(message))
		})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// handled is what was handled, and how often.
type handled struct {
	mu    sync.Mutex
	times map[string]int
	order []string
	busy  int
	most  int // handled at once
}

func (h *handled) begin(message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.times == nil {
		h.times = map[string]int{}
	}
	h.times[message]++
	h.order = append(h.order, message)
	h.busy++
	h.most = max(h.most, h.busy)
}

func (h *handled) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy--
}

func (h *handled) all() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.order)
}

func (s shared) waiting(t *testing.T, tenant string, want int) {
	t.Helper()
	for i, handle := range s.handles {
		until(t, fmt.Sprintf("instance %d has %d messages of %s", i, want, tenant), func() bool {
			got, err := handle.Waiting(t.Context(), tenant)
			return err == nil && got == want
		})
	}
}

// handledOnce has two workers on each instance.
func (s shared) handledOnce(t *testing.T) {
	const messages = 30
	want := map[string]int{}
	for n := range messages {
		message := fmt.Sprintf("m%d", n)
		want[message] = 1
		enqueue(t, s.handles[n%len(s.handles)], "once", message)
	}
	s.waiting(t, "once", messages)
	var got handled
	for _, handle := range s.handles {
		for range 2 {
			work(t, handle, "once", func(_ context.Context, message string) time.Duration {
				got.begin(message)
				defer got.end()
				return 0
			})
		}
	}
	s.waiting(t, "once", 0)
	if diff := cmp.Diff(want, got.times); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
}

func (s shared) inOrder(t *testing.T) {
	var want []string
	for n := range 20 {
		want = append(want, fmt.Sprintf("m%d", n))
		enqueue(t, s.handles[0], "order", want[n])
	}
	var got handled
	work(t, s.handles[0], "order", func(_ context.Context, message string) time.Duration {
		got.begin(message)
		defer got.end()
		return 0
	})
	s.waiting(t, "order", 0)
	if diff := cmp.Diff(want, got.order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if got.most != 1 {
		t.Errorf("%d were handled at once", got.most)
	}
}

func (s shared) again(t *testing.T) {
	const after = 60 * time.Millisecond
	enqueue(t, s.handles[0], "again", "m")
	times := make(chan time.Time, 10)
	work(t, s.handles[len(s.handles)-1], "again", func(context.Context, string) time.Duration {
		times <- time.Now()
		if len(times) < 3 {
			return after
		}
		return 0
	})
	s.waiting(t, "again", 0)
	if len(times) != 3 {
		t.Fatalf("it came %d times", len(times))
	}
	for last := <-times; len(times) > 0; {
		next := <-times
		if next.Sub(last) < after/2 { // NATS counts from when it hears of it
			t.Errorf("it came again after %v", next.Sub(last))
		}
		last = next
	}
}

func (s shared) later(t *testing.T) {
	const postponed = 80
	var got handled
	work(t, s.handles[0], "later", func(_ context.Context, message string) time.Duration {
		got.begin(message)
		defer got.end()
		if message == "now" {
			return 0
		}
		return time.Hour
	})
	for n := range postponed {
		enqueue(t, s.handles[0], "later", fmt.Sprintf("later%d", n))
	}
	until(t, "all are handled", func() bool { return got.all() == postponed })
	enqueue(t, s.handles[0], "later", "now")
	s.waiting(t, "later", postponed)
	if got.all() != postponed+1 {
		t.Errorf("%d were handled, not %d", got.all(), postponed+1)
	}
}

func (s shared) brokenOff(t *testing.T) {
	begun := make(chan struct{})
	stop := work(t, s.handles[0], "broken", func(ctx context.Context, _ string) time.Duration {
		close(begun)
		<-ctx.Done()
		return time.Millisecond
	})
	enqueue(t, s.handles[0], "broken", "m")
	<-begun
	stop()
	s.waiting(t, "broken", 1)
	work(t, s.handles[len(s.handles)-1], "broken", func(context.Context, string) time.Duration { return 0 })
	s.waiting(t, "broken", 0)
}

// appendedOnce has every instance append the same entries at once.
func (s shared) appendedOnce(t *testing.T) {
	const ids = 40
	var group sync.WaitGroup
	var mu sync.Mutex
	added := map[string]int{}
	for range 2 {
		for _, handle := range s.handles {
			group.Go(func() {
				for n := range ids {
					id := fmt.Sprintf("id%d", n)
					if ok, err := handle.Append(t.Context(), "append", id, []byte(id)); err != nil {
						t.Error(err)
					} else if ok {
						mu.Lock()
						added[id]++
						mu.Unlock()
					}
				}
			})
		}
	}
	group.Wait()
	want := map[string]int{}
	for n := range ids {
		want[fmt.Sprintf("id%d", n)] = 1
	}
	if diff := cmp.Diff(want, added); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	for _, handle := range s.handles {
		kept := datas(entries(t, handle, "append", 0))
		if slices.Sort(kept); len(kept) != ids || len(slices.Compact(kept)) != ids {
			t.Errorf("%d entries were kept: %q", len(kept), kept)
		}
	}
	if !add(t, s.handles[0], "append2", "id0", "") {
		t.Error("another tenant cannot have an entry of that id")
	}
}

func (s shared) read(t *testing.T) {
	var want []string
	for n := range 30 {
		message := fmt.Sprintf("e%d", n)
		want = append(want, message)
		add(t, s.handles[n%len(s.handles)], "readA", message, message)
		add(t, s.handles[n%len(s.handles)], "readB", message, "foreign")
	}
	for i, handle := range s.handles {
		var got []string
		var after uint64
		for {
			part, gap, err := handle.Read(t.Context(), "readA", after, 7)
			if err != nil || gap {
				t.Fatalf("instance %d: gap %v, error %v", i, gap, err)
			}
			if len(part) == 0 {
				break
			}
			for _, entry := range part {
				if entry.Position <= after || entry.Appended.IsZero() {
					t.Errorf("%+v after %d", entry, after)
				}
				after = entry.Position
			}
			got = append(got, datas(part)...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("instance %d (-want +got):\n%s", i, diff)
		}
		if rest := entries(t, handle, "nobody", 0); len(rest) > 0 {
			t.Errorf("a tenant without entries has %d", len(rest))
		}
	}
	word, err := s.handles[0].Incarnation(t.Context())
	if err != nil || word == "" {
		t.Errorf("incarnation %q, error %v", word, err)
	}
	for _, handle := range s.handles {
		if other, err := handle.Incarnation(t.Context()); err != nil || other != word {
			t.Errorf("incarnation %q, error %v; another instance has %q", other, err, word)
		}
	}
}

func (s shared) seek(t *testing.T) {
	for n := range 9 {
		s.clock.pass(time.Second)
		add(t, s.handles[0], "seek", fmt.Sprintf("e%d", n), fmt.Sprintf("e%d", n))
		add(t, s.handles[0], "seek2", fmt.Sprintf("e%d", n), "foreign")
	}
	all := entries(t, s.handles[0], "seek", 0)
	after := func(at time.Time) uint64 {
		t.Helper()
		after, err := s.handles[len(s.handles)-1].Seek(t.Context(), "seek", at)
		if err != nil {
			t.Fatal(err)
		}
		return after
	}
	for n, entry := range all {
		for moved, want := range map[time.Duration]int{-time.Microsecond: n, 0: n, time.Microsecond: n + 1} {
			got := datas(entries(t, s.handles[0], "seek", after(entry.Appended.Add(moved))))
			if diff := cmp.Diff(datas(all[want:]), got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("entry %d, moved by %v (-want +got):\n%s", n, moved, diff)
			}
		}
	}
	if got := entries(t, s.handles[0], "seek", after(all[8].Appended.Add(time.Hour))); len(got) > 0 {
		t.Errorf("an hour later: %q", datas(got))
	}
	if got := datas(entries(t, s.handles[0], "seek", after(all[0].Appended.Add(-time.Hour)))); len(got) != 9 {
		t.Errorf("an hour before: %q", got)
	}
}

func (s shared) changed(t *testing.T) {
	for i, handle := range s.handles {
		changed, stop := handle.Changed("changed")
		unstopped, alsoStop := handle.Changed("changed")
		// The value at the beginning, which some kinds give, can be another's; so it takes as many as are needed.
		for n := range 3 {
			add(t, s.handles[n%len(s.handles)], "changed", fmt.Sprintf("i%dn%d", i, n), "")
			<-changed
		}
		stop()
		for len(changed) > 0 {
			<-changed
		}
		for len(unstopped) > 0 {
			<-unstopped
		}
		add(t, s.handles[0], "changed", fmt.Sprintf("i%dlast", i), "")
		<-unstopped
		if len(changed) > 0 {
			t.Error("a watch that was stopped is told")
		}
		alsoStop()
	}
}

func (s shared) files(t *testing.T) {
	large := make([]byte, 1<<20+7)
	rand.Read(large)
	_, isMemory := s.handles[0].(*state.Memory)
	for id, content := range map[string][]byte{"large": large, "small": []byte("a,b\n"), "empty": {}} {
		if err := s.handles[0].Keep(t.Context(), "anna", id, "text/csv", bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		for i, handle := range s.handles {
			var got bytes.Buffer
			mime, err := handle.Fetch(t.Context(), "anna", id, &got)
			if isMemory {
				if !errors.Is(err, state.ErrNoFile) {
					t.Errorf("memory has a file: %v", err)
				}
				continue
			}
			if err != nil || mime != "text/csv" || !bytes.Equal(got.Bytes(), content) {
				t.Errorf("instance %d, %s: %d bytes of type %q, error %v", i, id, got.Len(), mime, err)
			}
			for _, stranger := range []string{"ben", "ann", "annalarge", "../anna", ""} {
				if _, err := handle.Fetch(t.Context(), stranger, id, io.Discard); !errors.Is(err, state.ErrNoFile) {
					t.Errorf("%q fetches %s: %v", stranger, id, err)
				}
			}
		}
	}
	if isMemory {
		return
	}
	if err := s.handles[0].Keep(t.Context(), "anna", "small", "text/plain", strings.NewReader("new")); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if mime, err := s.handles[0].Fetch(t.Context(), "anna", "small", &got); err != nil || mime+got.String() != "text/plainnew" {
		t.Errorf("a file that was kept again is %q of type %q, error %v", got.String(), mime, err)
	}
	if _, err := s.handles[0].Fetch(t.Context(), "anna", "large", failing{}); err == nil {
		t.Error("a writer's error is lost")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }

func (s shared) brokenFile(t *testing.T) {
	if _, ok := s.handles[0].(*state.Memory); ok {
		t.Skip("memory keeps no files")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	half := io.MultiReader(bytes.NewReader(make([]byte, 300<<10)), iotest.ErrReader(errors.New("cut off")))
	for id, err := range map[string]error{
		"half":  s.handles[0].Keep(t.Context(), "anna", "half", "", half),
		"ended": s.handles[0].Keep(ended, "anna", "ended", "", strings.NewReader("x")),
	} {
		if err == nil {
			t.Errorf("%s: it was kept", id)
		}
		for _, handle := range s.handles {
			if _, err := handle.Fetch(t.Context(), "anna", id, io.Discard); !errors.Is(err, state.ErrNoFile) {
				t.Errorf("%s: %v", id, err)
			}
		}
	}
}

// rate: the turns of many reach from the first over as many intervals as there are.
func (s shared) rate(t *testing.T) {
	const interval, each, atOnce = 10 * time.Millisecond, 5, 3
	var (
		group       sync.WaitGroup
		mu          sync.Mutex
		first, last time.Time
		reserved    int
	)
	for _, handle := range s.handles {
		for range atOnce {
			group.Go(func() {
				for n := 0; n < each; {
					before := time.Now()
					wait, err := handle.Reserve(t.Context(), "key of anna", interval)
					after := time.Now()
					if err != nil { // a machine that is busy is slower than that allows
						continue
					}
					n++
					mu.Lock()
					reserved++
					if turn := before.Add(wait); first.IsZero() || turn.Before(first) {
						first = turn
					}
					if turn := after.Add(wait); turn.After(last) {
						last = turn
					}
					mu.Unlock()
				}
			})
		}
	}
	group.Wait()
	if least := time.Duration(reserved-1) * interval; last.Sub(first) < least {
		t.Errorf("%d turns within %v, not %v", reserved, last.Sub(first), least)
	}
	until(t, "another key has its turn at once", func() bool {
		wait, err := s.handles[0].Reserve(t.Context(), fmt.Sprint("key ", rand.Text()), time.Hour)
		return err == nil && wait == 0
	})
}

func (s shared) signals(t *testing.T) {
	heard := make([]chan string, len(s.handles))
	var stops []func()
	for i, handle := range s.handles {
		heard[i] = make(chan string, 1000)
		stops = append(stops, handle.Hear(func(topic string) { heard[i] <- topic }))
	}
	until(t, "all others have heard", func() bool {
		s.handles[0].Tell("drop x")
		return !slices.ContainsFunc(heard[1:], func(c chan string) bool { return len(c) == 0 })
	})
	for _, c := range heard[1:] {
		if got := <-c; got != "drop x" {
			t.Errorf("heard %q", got)
		}
	}
	if len(heard[0]) > 0 {
		t.Error("the sender heard itself")
	}
	for _, stop := range stops {
		stop()
	}
}

func (s shared) names(t *testing.T) {
	for _, name := range []string{"", "a.b", "a*", "a/b", "..", "ä", strings.Repeat("x", 200)} {
		_, appended := s.handles[0].Append(t.Context(), "tenant", name, nil)
		_, appendedTo := s.handles[0].Append(t.Context(), name, "id", nil)
		if err := s.handles[0].Enqueue(t.Context(), name, nil); err == nil || appended == nil || appendedTo == nil {
			t.Errorf("%q: %v, %v, %v", name, err, appended, appendedTo)
		}
	}
}

func (s shared) sizes(t *testing.T) {
	of := func() state.Sizes {
		t.Helper()
		sizes, err := s.handles[0].Sizes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return sizes
	}
	before := of()
	claim(t, s.handles[0], "sizes", s.clock.now().Add(time.Hour))
	if err := s.handles[0].Enqueue(t.Context(), "sizes", []byte("message")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.handles[0].Append(t.Context(), "sizes", "one", []byte("entry")); err != nil {
		t.Fatal(err)
	}
	want := state.Sizes{Claims: before.Claims + 1, Messages: before.Messages + 1, Entries: before.Entries + 1}
	if diff := cmp.Diff(want, of()); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}
