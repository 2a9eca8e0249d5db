package testserver

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Golden compares what is generated with the file where it was committed. UPDATE_GOLDEN=1 writes the file instead;
// review the difference.
func Golden(tb testing.TB, path, now string) {
	tb.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
			tb.Fatal(err)
		}
		return
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		tb.Fatalf("%v; run the tests with UPDATE_GOLDEN=1 and review it", err)
	}
	if diff := cmp.Diff(string(committed), now); diff != "" {
		tb.Errorf("%s is out of date; run the tests with UPDATE_GOLDEN=1 (-committed +now):\n%s", path, diff)
	}
}

// OnlyGoldens fails the test for every file of a pattern that nothing generates.
func OnlyGoldens(tb testing.TB, pattern string, generated []string) {
	tb.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		tb.Fatal(err)
	}
	for _, file := range files {
		if !slices.Contains(generated, file) {
			tb.Errorf("nothing generates %s; delete it", file)
		}
	}
}
