package state_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

// writingIn has this process write to the directory that it names, until it is killed.
const writingIn = "GUMROAD_TEST_WRITING_IN"

// writeForTest claims, appends, enqueues and keeps, several at once, and prints all that was acknowledged.
func writeForTest() {
	dir := os.Getenv(writingIn)
	if dir == "" {
		return
	}
	f, err := state.OpenFile(dir, "", time.Now)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	write := map[string]func(id string) error{
		"claim": func(id string) error {
			_, err := f.Claim(ctx, id, time.Now().Add(time.Hour))
			return err
		},
		"append": func(id string) error {
			_, err := f.Append(ctx, "tenant", id, []byte(id))
			return err
		},
		"enqueue": func(id string) error { return f.Enqueue(ctx, "tenant", []byte(id)) },
		"keep":    func(id string) error { return f.Keep(ctx, "owner", id, "", strings.NewReader(id)) },
	}
	for what, write := range write {
		for worker := range 4 {
			go func() {
				for n := 0; ; n++ {
					id := fmt.Sprintf("id%dx%d", worker, n)
					if err := write(id); err != nil {
						panic(err)
					}
					fmt.Println(what, id)
				}
			}()
		}
	}
	select {}
}

// TestFileSurvivesAKill kills a process amid its writes.
func TestFileSurvivesAKill(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run := exec.CommandContext(t.Context(), self)
	run.Env = append(os.Environ(), writingIn+"="+dir)
	stdout, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string][]string{}
	for lines, n := bufio.NewScanner(stdout), 0; lines.Scan(); n++ {
		what, id, _ := strings.Cut(lines.Text(), " ")
		acknowledged[what] = append(acknowledged[what], id)
		if n == 400 {
			run.Process.Kill()
		}
	}
	run.Wait() // says that it was killed
	if len(acknowledged) < 4 {
		t.Fatalf("it ended with %v", acknowledged)
	}
	f := openFile(t, dir, time.Now)
	for _, id := range acknowledged["claim"] {
		if claim(t, f, id, time.Now().Add(time.Hour)) {
			t.Errorf("the claim %s was forgotten", id)
		}
	}
	for _, id := range acknowledged["append"] {
		if add(t, f, "tenant", id, "") {
			t.Errorf("the entry %s was forgotten", id)
		}
	}
	for _, id := range acknowledged["keep"] {
		var got strings.Builder
		if _, err := f.Fetch(t.Context(), "owner", id, &got); err != nil || got.String() != id {
			t.Errorf("the file %s is %q, error %v", id, got.String(), err)
		}
	}
	var got handled
	work(t, f, "tenant", func(_ context.Context, id string) time.Duration {
		got.begin(id)
		defer got.end()
		return 0
	})
	until(t, "all messages are handled", func() bool {
		waiting, err := f.Waiting(t.Context(), "tenant")
		return err == nil && waiting == 0
	})
	for _, id := range acknowledged["enqueue"] {
		if got.times[id] != 1 {
			t.Errorf("the message %s was handled %d times", id, got.times[id])
		}
	}
	t.Logf("%d claims, %d entries, %d messages, %d files", len(acknowledged["claim"]), len(acknowledged["append"]),
		len(acknowledged["enqueue"]), len(acknowledged["keep"]))
}

// TestFileSurvivesARestart: with it go on what a restart must not change.
func TestFileSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{}
	reopen := func(old *state.File) *state.File {
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
		return openFile(t, dir, c.now)
	}
	f := openFile(t, dir, c.now)
	secret := f.Secret()
	word, _ := f.Incarnation(t.Context())
	add(t, f, "tenant", "a", "a")
	enqueue(t, f, "tenant", "later")
	postponed := make(chan struct{})
	stop := work(t, f, "tenant", func(context.Context, string) time.Duration { close(postponed); return time.Hour })
	<-postponed
	stop()
	c.pass(-time.Minute) // as a clock is put right
	f = reopen(f)
	if len(secret) != 32 || !bytes.Equal(f.Secret(), secret) {
		t.Error("the secret has changed")
	}
	if now, err := f.Incarnation(t.Context()); err != nil || now != word {
		t.Errorf("the journal was %s and is %s (%v)", word, now, err)
	}
	add(t, f, "tenant", "b", "b")
	if got := datas(entries(t, f, "tenant", 0)); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("entries %q", got)
	}
	enqueue(t, f, "tenant", "now")
	var got handled
	work(t, f, "tenant", func(_ context.Context, message string) time.Duration {
		got.begin(message)
		defer got.end()
		return 0
	})
	until(t, "the other is handled", func() bool {
		waiting, err := f.Waiting(t.Context(), "tenant")
		return err == nil && waiting == 1
	})
	if !slices.Equal(got.order, []string{"now"}) {
		t.Errorf("handled %q", got.order)
	}
}

func TestFileIsForOneServer(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made")
	first := openFile(t, dir, time.Now)
	_, err := state.OpenFile(dir, "", time.Now)
	if err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("want an error about another process, got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openFile(t, dir, time.Now)
	t.Run("and for its owner alone", func(t *testing.T) {
		for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "state.db"): 0o600,
			filepath.Join(dir, "files"): 0o700} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: want %o, got %v (%v)", path, want, info.Mode(), err)
			}
		}
	})
	t.Run("a file that is something else is left alone", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "state.db"), make([]byte, 1<<14), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := state.OpenFile(dir, "", time.Now); err == nil {
			t.Error("it was opened")
		}
	})
}
