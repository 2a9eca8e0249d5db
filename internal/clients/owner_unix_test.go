//go:build unix

package clients_test

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestWriteKeepsGroup: who shares a file with a group goes on sharing it, and its copy.
func TestWriteKeepsGroup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mcp.json")
	if err := os.WriteFile(path, []byte("{}"), 0o660); err != nil {
		t.Fatal(err)
	}
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		groups = append(groups, os.Getgid()+1) // the superuser may give any
	}
	i := slices.IndexFunc(groups, func(id int) bool { return id != os.Getgid() })
	if i < 0 {
		t.Skip("this user has no second group")
	}
	if err := os.Chown(path, -1, groups[i]); err != nil {
		t.Fatal(err)
	}
	file, err := client(t, "cursor").Read(path)
	if err != nil {
		t.Fatal(err)
	}
	backup, err := file.Write([]byte(`{"a":1}`), time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range []string{path, backup} {
		info, err := os.Stat(each)
		if err != nil {
			t.Fatal(err)
		}
		if got := int(info.Sys().(*syscall.Stat_t).Gid); got != groups[i] {
			t.Errorf("%s: want group %d, got %d", each, groups[i], got)
		}
	}
}
