package testserver

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// GoldenPart compares the generated part of a file, between markers of its name, with the committed one.
func GoldenPart(tb testing.TB, path, name, now string) {
	tb.Helper()
	before, _, after := part(tb, path, name)
	begin, end := "<!-- "+name+" -->", "<!-- /"+name+" -->"
	Golden(tb, path, before+begin+"\n"+now+"\n"+end+after)
}

// Part returns the generated part of a file.
func Part(tb testing.TB, path, name string) string {
	tb.Helper()
	_, within, _ := part(tb, path, name)
	return strings.Trim(within, "\n")
}

func part(tb testing.TB, path, name string) (before, within, after string) {
	tb.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->", "<!-- /"+name+" -->"
	before, rest, begins := strings.Cut(string(file), begin)
	within, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		tb.Fatalf("%s has no %s … %s", path, begin, end)
	}
	return before, within, after
}
