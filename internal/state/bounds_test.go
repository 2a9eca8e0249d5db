package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bounded opens Memory and File with a clock that the test moves.
func bounded(t *testing.T, run func(t *testing.T, s State, queue *schedule, mostEntries int, pass func(time.Duration))) {
	now := time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	pass := func(d time.Duration) { now = now.Add(d) }
	t.Run("memory", func(t *testing.T) {
		m := NewMemory(clock)
		run(t, m, m.queue, maxEntriesInMemory, pass)
	})
	t.Run("file", func(t *testing.T) {
		f := openBounded(t, t.TempDir(), clock)
		f.mostEntries = 20
		run(t, f, f.queue, 20, pass)
	})
}

func openBounded(t *testing.T, dir string, clock func() time.Time) *File {
	t.Helper()
	f, err := OpenFile(dir, "", clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestJournalIsBounded: the oldest entries go, and those are told who have lost some.
func TestJournalIsBounded(t *testing.T) {
	bounded(t, func(t *testing.T, s State, _ *schedule, most int, pass func(time.Duration)) {
		began := time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)
		add := func(tenant string, n int) bool {
			pass(time.Second)
			added, err := s.Append(t.Context(), tenant, fmt.Sprintf("id%d", n), nil)
			if err != nil {
				t.Fatal(err)
			}
			return added
		}
		read := func(tenant string, after uint64) (entries []Entry, got string) {
			t.Helper()
			entries, gap, err := s.Read(t.Context(), tenant, after, 2*most)
			return entries, fmt.Sprint(len(entries), " ", gap, " ", err)
		}
		for n := range most + 5 {
			add("busy", n)
		}
		add("quiet", 0)
		entries, got := read("busy", 0)
		gots := []string{got}
		want := []string{fmt.Sprint(most-1, " true <nil>")}
		see := func(what string, after uint64, say string) {
			t.Helper()
			_, got := read(what, after)
			gots, want = append(gots, got), append(want, say)
		}
		see("busy", entries[0].Position-1, fmt.Sprint(most-1, " false <nil>"))
		see("quiet", 0, "1 false <nil>")
		seek := func(at time.Time) uint64 {
			after, err := s.Seek(t.Context(), "busy", at)
			if err != nil {
				t.Fatal(err)
			}
			return after
		}
		see("busy", seek(began), fmt.Sprint(most-1, " true <nil>"))
		see("busy", seek(entries[0].Appended), fmt.Sprint(most-1, " false <nil>"))
		if add("busy", most+4) {
			t.Error("an entry that is there was appended")
		}
		if !add("busy", 0) {
			t.Error("an entry that was dropped cannot be appended")
		}
		last, _ := read("busy", 0)
		pass(journalAge + time.Hour)
		see("busy", 0, "0 true <nil>")
		see("busy", last[len(last)-1].Position, "0 false <nil>")
		see("quiet", 0, "0 true <nil>")
		add("quiet", 0)
		see("quiet", 0, "1 true <nil>")
		if diff := cmp.Diff(want, gots); diff != "" {
			t.Error(diff)
		}
	})
}

// TestTenantsShare: one tenant cannot fill the queue of all.
func TestTenantsShare(t *testing.T) {
	bounded(t, func(t *testing.T, s State, queue *schedule, _ int, _ func(time.Duration)) {
		queue.most, queue.mostOfOne = 4, 2
		var got []string
		for _, tenant := range []string{"busy", "busy", "busy", "quiet"} {
			got = append(got, fmt.Sprint(s.Enqueue(t.Context(), tenant, []byte("message"))))
		}
		if diff := cmp.Diff([]string{"<nil>", "<nil>", errManyWait.Error(), "<nil>"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestQueueIsBounded: a full queue refuses, and what is too old makes room.
func TestQueueIsBounded(t *testing.T) {
	bounded(t, func(t *testing.T, s State, queue *schedule, _ int, pass func(time.Duration)) {
		queue.most, queue.mostBytes = 3, 100
		enqueue := func(bytes int) string {
			return fmt.Sprint(s.Enqueue(t.Context(), "tenant", make([]byte, bytes)))
		}
		got := []string{enqueue(40), enqueue(61), enqueue(40), enqueue(1), enqueue(1)}
		pass(queueAge - time.Second)
		got = append(got, enqueue(1))
		pass(2 * time.Second)
		waiting, err := s.Waiting(t.Context(), "tenant")
		got = append(got, enqueue(100), fmt.Sprint(waiting, " ", err))
		full := errManyWait.Error()
		want := []string{"<nil>", full, "<nil>", "<nil>", full, full, "<nil>", "0 <nil>"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		handled := 0
		ctx, cancel := context.WithCancel(t.Context())
		if err := s.Work(ctx, func(_ context.Context, _ string, message []byte) time.Duration {
			handled++
			cancel()
			return 0
		}); err != nil || handled != 1 {
			t.Errorf("%d were handled, error %v", handled, err)
		}
	})
}

// TestTenantsTakeTurns: one with many messages does not hold up another.
func TestTenantsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(time.Now)
		for n := range 9 {
			m.Enqueue(t.Context(), "many", fmt.Append(nil, "m", n))
		}
		m.Enqueue(t.Context(), "few", []byte("f0"))
		m.Enqueue(t.Context(), "few", []byte("f1"))
		var got []string
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		m.Work(ctx, func(_ context.Context, _ string, message []byte) time.Duration {
			if got = append(got, string(message)); len(got) == 2 {
				return time.Minute // and only then again
			}
			return 0
		})
		if diff := cmp.Diff("m0 f0 m1 f1 m2 m3 m4 m5 m6 m7 m8 f0", strings.Join(got, " ")); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSharedFilesAreBounded: what is too old, too much, or left over by a crash is not there.
func TestSharedFilesAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	dir := t.TempDir()
	f := openBounded(t, dir, clock)
	f.mostBytes = 100
	contents := func() (names []string) {
		t.Helper()
		entries, err := os.ReadDir(filepath.Join(dir, "files"))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: mode %v, error %v", entry.Name(), info.Mode(), err)
			}
			names = append(names, entry.Name())
		}
		return names
	}
	keep := func(id string, bytes int) error {
		return f.Keep(t.Context(), "owner", id, "", strings.NewReader(strings.Repeat("x", bytes)))
	}
	fetch := func(id string) error {
		_, err := f.Fetch(t.Context(), "owner", id, io.Discard)
		return err
	}
	check := func(what string, got, want error, files int) {
		t.Helper()
		if !errors.Is(got, want) || len(contents()) != files {
			t.Errorf("%s: error %v, %d files; want error %v, %d files", what, got, len(contents()), want, files)
		}
	}
	check("a file that is too large", keep("a", 101), errFilesFull, 0)
	check("a file", keep("a", 60), nil, 1)
	check("one that does not fit beside it", keep("b", 60), errFilesFull, 1)
	check("one in its place", keep("a", 40), nil, 1)
	check("one that fits beside it", keep("b", 60), nil, 2)
	now = now.Add(filesAge - time.Second)
	check("until it is too old", fetch("a"), nil, 2)
	now = now.Add(time.Second)
	check("when it is too old", fetch("a"), ErrNoFile, 2)
	f.clean()
	check("once it was cleaned away", fetch("a"), ErrNoFile, 0)
	check("there is room again", keep("c", 100), nil, 1)
	content := filepath.Join(dir, "files", contents()[0])
	if err := os.WriteFile(content, []byte(strings.Repeat("y", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	check("content that was changed", fetch("c"), errChanged, 1)
	if err := os.Remove(content); err != nil {
		t.Fatal(err)
	}
	check("content that is gone", fetch("c"), fs.ErrNotExist, 0)
	if err := os.WriteFile(filepath.Join(dir, "files", "LEFTOVER"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = openBounded(t, dir, clock)
	check("what a crash left", nil, nil, 0)
}
