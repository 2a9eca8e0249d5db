package state_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

// spendingIn has this process spend consents in the directory that it names, until it is killed.
const spendingIn = "GUMROAD_TEST_SPENDING_IN"

// writeForTest prints every consent that it has spent.
func writeForTest() {
	dir := os.Getenv(spendingIn)
	if dir == "" {
		return
	}
	f, err := state.OpenFile(dir, "", time.Now)
	if err != nil {
		panic(err)
	}
	for n := 0; ; n++ {
		id := fmt.Sprintf("id%d", n)
		if first, err := f.Claim(context.Background(), id, time.Now().Add(time.Hour)); err != nil || !first {
			panic(fmt.Sprint(first, err))
		}
		fmt.Println(id)
	}
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
	run.Env = append(os.Environ(), spendingIn+"="+dir)
	stdout, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []string
	for lines := bufio.NewScanner(stdout); lines.Scan(); acknowledged = append(acknowledged, lines.Text()) {
		if len(acknowledged) == 20 {
			run.Process.Kill()
		}
	}
	run.Wait() // says that it was killed
	if len(acknowledged) < 20 {
		t.Fatalf("it ended after %d", len(acknowledged))
	}
	f := openFile(t, dir, time.Now)
	for _, id := range acknowledged {
		if claim(t, f, id, time.Now().Add(time.Hour)) {
			t.Errorf("%s was forgotten", id)
		}
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
		for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "state.db"): 0o600} {
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
