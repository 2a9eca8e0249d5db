package cli_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestUploadDir: the command line runs on the person's machine, and uploads what the setting allows.
func TestUploadDir(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(path, []byte("Read me."), 0o600); err != nil {
		t.Fatal(err)
	}
	add := []string{"--sandbox", frozen, "--confirm=never", "--toolsets=product_files", "call", "add_product_file", "product_id=tpgwbk", "path=" + path}
	t.Run("a file in a directory that is allowed", func(t *testing.T) {
		run(t, nil, false, "", append([]string{"--upload-dir", dir}, add...)...).want(t, 0, "notes")
	})
	t.Run("by the variable as well", func(t *testing.T) {
		run(t, map[string]string{"GUMROAD_MCP_UPLOAD_DIR": t.TempDir() + "," + dir}, false, "", add...).want(t, 0, "notes")
	})
	t.Run("without it none", func(t *testing.T) {
		run(t, nil, false, "", add...).want(t, 1, "--upload-dir")
	})
}
