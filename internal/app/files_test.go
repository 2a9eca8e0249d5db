package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadSecret(t *testing.T) {
	private := write(t, "canary-key\n", 0o600)
	// Kubernetes mounts KEY -> ..data/KEY, and ..data -> a directory with a time in its name.
	mount := t.TempDir()
	link, directoryLink := filepath.Join(mount, "key"), filepath.Join(mount, "..data")
	for name, target := range map[string]string{
		directoryLink: filepath.Dir(private),
		link:          filepath.Join("..data", filepath.Base(private)),
	} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, path string
		want       string // the secret
		shared     bool
		says       string // the error
	}{
		{"a private file", private, "canary-key", false, ""},
		{"a file that nobody writes", write(t, "canary-key", 0o400), "canary-key", false, ""},
		{"a file that its group can read", write(t, "canary-key", 0o440), "canary-key", false, ""},
		{"a file that everyone can read", write(t, "canary-key", 0o444), "canary-key", true, ""},
		{"a file that everyone can read and its owner write", write(t, "canary-key", 0o644), "canary-key", true, ""},
		{"a mounted secret", link, "canary-key", false, ""},
		{"a link to a directory", directoryLink, "", false, "not a regular file"},
		{"a directory", t.TempDir(), "", false, "not a regular file"},
		{"no file", filepath.Join(t.TempDir(), "none"), "", false, "cannot be read"},
		{"an empty file", write(t, "\n", 0o600), "", false, "empty"},
		{"a file that is no key", write(t, strings.Repeat("x", maxSecret+1), 0o600), "", false, "too large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, shared, err := readSecret(test.path)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.shared, shared); diff != "" {
				t.Errorf("readable by everyone (-want +got):\n%s", diff)
			}
			if test.says == "" && err == nil {
				return
			}
			if err == nil || test.says == "" || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("want an error that says %q, got %v", test.says, err)
			}
			if strings.Contains(err.Error(), test.path) {
				t.Errorf("the error has the path: %v", err)
			}
		})
	}
}
