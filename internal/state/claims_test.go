package state

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestClaimsAreFull: what counts is never dropped to make room, and what has expired is.
func TestClaimsAreFull(t *testing.T) {
	start := time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)
	now := start
	clock := func() time.Time { return now }
	memory := NewMemory(clock)
	file, err := OpenFile(t.TempDir(), "", clock)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	memory.most, file.most = 3, 3
	for name, s := range map[string]State{"memory": memory, "file": file} {
		t.Run(name, func(t *testing.T) {
			use := func(after time.Duration, id string, lifetime time.Duration) string {
				now = start.Add(after)
				first, err := s.Claim(t.Context(), id, now.Add(lifetime))
				return fmt.Sprint(id, " ", first, " ", err)
			}
			got := []string{
				use(0, "a", 10*time.Second),
				use(1, "b", time.Hour),
				use(2, "c", time.Hour),
				use(3, "d", time.Hour),
				use(4, "a", time.Hour),
				use(10*time.Second-1, "a", time.Hour),
				use(10*time.Second, "d", time.Hour), // now a has expired
				use(10*time.Second, "a", time.Hour),
				use(10*time.Second, "b", time.Hour),
			}
			full := " false " + errManyClaims.Error()
			want := []string{"a true <nil>", "b true <nil>", "c true <nil>", "d" + full, "a false <nil>", "a false <nil>",
				"d true <nil>", "a" + full, "b false <nil>"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if diff := cmp.Diff(3, file.held); diff != "" {
		t.Errorf("ids in the file (-want +got):\n%s", diff)
	}
}
