package tool_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var november = map[string]any{"from": "2026-11-01"}

// exporting is a server on the client's machine, which tells the paths of files.
func exporting(t *testing.T, exports *tool.Exports) *testserver.Server {
	t.Helper()
	return testserver.Start(t, testserver.FirstStore,
		func(s *testserver.Settings) { s.Local, s.Tools.Exports = true, exports })
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func filesIn(t *testing.T, dir string) int {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func TestExportedFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		keep bool
	}{{"go with the server", false}, {"stay where they are to be kept", true}} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "exports")
			exports := tool.NewExports(dir, c.keep)
			answer := exporting(t, exports).Must("export_sales", november)
			until := "the server ends"
			if c.keep {
				until = "somebody deletes it"
			}
			testserver.Want(t, answer, map[string]any{"kept_until": until})
			path := answer.JSON["path"].(string)
			if got := filepath.Dir(path); got != dir {
				t.Errorf("want the file in %s, got it in %s", dir, got)
			}
			if !exists(t, path) {
				t.Error("the file is gone before the server is")
			}
			if err := exports.Close(); err != nil {
				t.Fatal(err)
			}
			if got := exists(t, path); got != c.keep {
				t.Errorf("after Close: want the file there %v, got %v", c.keep, got)
			}
		})
	}
	t.Run("take a directory of our own with them", func(t *testing.T) {
		exports := tool.NewExports("", false)
		dir := filepath.Dir(exporting(t, exports).Must("export_sales", november).JSON["path"].(string))
		if err := exports.Close(); err != nil {
			t.Fatal(err)
		}
		if exists(t, dir) {
			t.Errorf("%s is still there", dir)
		}
	})
	t.Run("never stay half written", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "exports")
		s := exporting(t, tool.NewExports(dir, true))
		s.Sandbox.Inject(sandbox.Fault{Path: "/sales", Kind: sandbox.FaultStatus, Status: 403, After: 3})
		s.Fails(gumroad.MissingScope, "export_sales", nil)
		if got := filesIn(t, dir); got != 0 {
			t.Errorf("want no files, got %d", got)
		}
	})
	t.Run("are open to nobody else", func(t *testing.T) {
		path := exporting(t, nil).Must("export_sales", november).JSON["path"].(string)
		got := map[string]fs.FileMode{}
		for name, path := range map[string]string{"file": path, "directory": filepath.Dir(path)} {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			got[name] = info.Mode().Perm()
		}
		if diff := cmp.Diff(map[string]fs.FileMode{"file": 0o600, "directory": 0o700}, got); diff != "" {
			t.Errorf("modes (-want +got):\n%s", diff)
		}
	})
}

// TestExportDirectoryMustBePrivate: buyers' data is not written where others can read it.
func TestExportDirectoryMustBePrivate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := exporting(t, tool.NewExports(dir, false))
	refused := s.Fails(gumroad.NotAllowed, "export_sales", november)
	t.Run("the refusal says what to do", func(t *testing.T) { testserver.Says(t, refused, "chmod 700") })
	t.Run("the path is not told", func(t *testing.T) { testserver.SaysNot(t, refused, dir) })
	t.Run("nothing is written", func(t *testing.T) {
		if got := filesIn(t, dir); got != 0 {
			t.Errorf("want no files, got %d", got)
		}
	})
}

// TestExportResource: the file is read back as a resource.
func TestExportResource(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.FirstStore)
	answer := s.Must("export_sales", november)
	t.Run("a client elsewhere is told no path", func(t *testing.T) {
		testserver.Want(t, answer, map[string]any{"path": nil})
	})
	t.Run("the result links to it", func(t *testing.T) {
		if diff := cmp.Diff([]string{answer.JSON["resource"].(string)}, answer.Links); diff != "" {
			t.Errorf("links (-want +got):\n%s", diff)
		}
	})
	for _, era := range testserver.Eras {
		t.Run("it is read whole in "+era, func(t *testing.T) {
			var read struct {
				Contents []struct{ MIMEType, Text string }
			}
			if err := s.RPC(era, "resources/read", map[string]any{"uri": answer.JSON["resource"]}, &read); err != nil {
				t.Fatal(err)
			}
			if len(read.Contents) != 1 {
				t.Fatalf("want one content, got %d", len(read.Contents))
			}
			got := map[string]any{"type": read.Contents[0].MIMEType, "bytes": float64(len(read.Contents[0].Text))}
			if diff := cmp.Diff(map[string]any{"type": "text/csv", "bytes": answer.JSON["bytes"]}, got); diff != "" {
				t.Errorf("content (-want +got):\n%s", diff)
			}
		})
		t.Run("an export that is not there is an error in "+era, func(t *testing.T) {
			nothing := map[string]any{"uri": "gumroad://exports/0123456789abcdef"}
			if err := s.RPC(era, "resources/read", nothing, nil); err == nil {
				t.Error("want an error")
			}
		})
	}
}

// TestExportsInParts: a file of any size is read in parts, whose lines are whole and which are the file when joined.
func TestExportsInParts(t *testing.T) {
	t.Parallel()
	s := exporting(t, tool.NewExports(filepath.Join(t.TempDir(), "exports"), false))
	answer := s.Must("export_sales", map[string]any{"format": "jsonl"})
	written, err := os.ReadFile(answer.JSON["path"].(string))
	if err != nil {
		t.Fatal(err)
	}
	type contents struct {
		Contents []struct{ URI, Text string }
	}
	t.Run("the parts are the file", func(t *testing.T) {
		var joined string
		parts := 0
		for uri := answer.JSON["resource"].(string); uri != ""; parts++ {
			var read contents
			if err := s.RPC(testserver.Eras[parts%2], "resources/read", map[string]any{"uri": uri}, &read); err != nil {
				t.Fatal(err)
			}
			text := read.Contents[0].Text
			if !strings.HasSuffix(text, "\n") {
				t.Errorf("part %d ends in the middle of a line", parts+1)
			}
			joined += text
			if uri = ""; len(read.Contents) == 2 {
				uri = read.Contents[1].URI
			}
		}
		if parts < 2 || joined != string(written) {
			t.Errorf("%d parts of %d bytes are a file of %d bytes", parts, len(joined), len(written))
		}
	})
	t.Run("a part that is not there is an error", func(t *testing.T) {
		for _, part := range []string{"0", "-1", "99", "x"} {
			uri := answer.JSON["resource"].(string) + "?part=" + part
			if err := s.RPC(testserver.Eras[0], "resources/read", map[string]any{"uri": uri}, nil); err == nil {
				t.Errorf("part %s was read", part)
			}
		}
	})
	t.Run("what stands in the file's place is not read", func(t *testing.T) {
		path := answer.JSON["path"].(string)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/etc/hostname", path); err != nil {
			t.Fatal(err)
		}
		if err := s.RPC(testserver.Eras[0], "resources/read", map[string]any{"uri": answer.JSON["resource"]}, nil); err == nil {
			t.Error("a link was followed")
		}
	})
}

// TestExportsAreTheCallers: with one key and one store, too.
func TestExportsAreTheCallers(t *testing.T) {
	t.Parallel()
	catalog, client := catalogOfFirstStore(t)
	d, _ := catalog.Find("export_sales")
	as := func(caller string) context.Context {
		return tool.WithCaller(t.Context(), tool.Caller{ID: caller, Client: client})
	}
	var exported struct{ Resource string }
	result := catalog.Call(as("anna"), d, mcp.CallToolRequest{})
	if err := json.Unmarshal(result.StructuredContent.(json.RawMessage), &exported); err != nil {
		t.Fatal(err)
	}
	id := strings.TrimPrefix(exported.Resource, "gumroad://exports/")
	if _, err := catalog.ReadExport(as("ben"), id, 1); !errors.Is(err, gumroad.NotFound) {
		t.Errorf("ben reads anna's export: %v", err)
	}
	if _, err := catalog.ReadExport(as("anna"), id, 1); err != nil {
		t.Error(err)
	}
}

// exportsIn is how an instance of a shared store is set up in tests of exports: with a directory of its own.
func exportsIn(t *testing.T, shared state.State) (dir string, set func(*testserver.Settings)) {
	dir = filepath.Join(t.TempDir(), "exports")
	return dir, func(s *testserver.Settings) { s.Tools.State, s.Tools.Exports = shared, tool.NewExports(dir, false) }
}

// TestInstancesShareExports: what one instance has written, another reads, for the same caller alone.
func TestInstancesShareExports(t *testing.T) {
	t.Parallel()
	now := testserver.Now
	clock := func() time.Time { return now }
	file, err := state.OpenFile(t.TempDir(), "the data directory", clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	read := func(s *testserver.Server, uri string) (text string, err *testserver.RPCError) {
		var read struct{ Contents []struct{ Text string } }
		if err := s.RPC(testserver.Eras[0], "resources/read", map[string]any{"uri": uri}, &read); err != nil {
			return "", err
		}
		return read.Contents[0].Text, nil
	}
	dirA, setA := exportsIn(t, file)
	a := testserver.Start(t, testserver.FirstStore, setA, func(s *testserver.Settings) { s.Local = true })
	answer := a.Must("export_sales", november)
	uri := answer.JSON["resource"].(string)
	testserver.Want(t, answer, map[string]any{"kept_until": "2026-11-16T12:00:00Z"})
	dirB, setB := exportsIn(t, file)
	behind := func(s *testserver.Settings) { s.Client.Transport = a.Sandbox }
	b := testserver.Start(t, testserver.FirstStore, setB, behind)
	t.Run("another instance reads it", func(t *testing.T) {
		written, err := os.ReadFile(answer.JSON["path"].(string))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if text, err := read(b, uri); err != nil || text != string(written) {
				t.Errorf("read %d bytes of %d: %v", len(text), len(written), err)
			}
		}
		if got := filesIn(t, dirB); got != 1 {
			t.Errorf("%d copies", got)
		}
	})
	t.Run("another caller does not", func(t *testing.T) {
		catalog, client := catalogOfFirstStore(t, func(c *tool.Config) { c.State = file })
		id := strings.TrimPrefix(uri, "gumroad://exports/")
		ctx := tool.WithCaller(t.Context(), tool.Caller{ID: "ben", Client: client})
		if _, err := catalog.ReadExport(ctx, id, 1); !errors.Is(err, gumroad.NotFound) {
			t.Errorf("ben reads it: %v", err)
		}
	})
	t.Run("ids that nobody gave are not looked for", func(t *testing.T) {
		for _, id := range []string{"..%2Fx", "0123456789abcdef", strings.Repeat("0", 32)} {
			if _, err := read(b, "gumroad://exports/"+id); err == nil {
				t.Errorf("%s was read", id)
			}
		}
		if got := filesIn(t, dirB); got != 1 {
			t.Errorf("%d files", got)
		}
	})
	t.Run("one that cannot be kept is none", func(t *testing.T) {
		dir, set := exportsIn(t, lost{})
		s := testserver.Start(t, testserver.FirstStore, set)
		failed := s.Fails(gumroad.StateUnavailable, "export_sales", november)
		testserver.Says(t, failed, "NATS (--nats-url)", "Nothing was changed.")
		testserver.SaysNot(t, failed, "nats.internal")
		if got := filesIn(t, dir); got != 0 {
			t.Errorf("%d files were left", got)
		}
	})
	t.Run("one that is too old is none", func(t *testing.T) {
		now = now.Add(24 * time.Hour)
		_, set := exportsIn(t, file)
		c := testserver.Start(t, testserver.FirstStore, set, behind)
		if _, err := read(c, uri); err == nil {
			t.Error("it was read after 24 hours")
		}
		if got := filesIn(t, dirA); got != 1 {
			t.Errorf("%d files where it was written", got)
		}
	})
}
