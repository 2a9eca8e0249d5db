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
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(private, link); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path string
		want       string // the secret
		says       string // the error
	}{
		{"a private file", private, "canary-key", ""},
		{"a file that others can read", write(t, "canary-key", 0o644), "", "others can read"},
		{"a symbolic link", link, "", "symbolic link"},
		{"a directory", t.TempDir(), "", "not a regular file"},
		{"no file", filepath.Join(t.TempDir(), "none"), "", "cannot be read"},
		{"an empty file", write(t, "\n", 0o600), "", "empty"},
		{"a file that is no key", write(t, strings.Repeat("x", maxSecret+1), 0o600), "", "too large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := readSecret(test.path)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
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
