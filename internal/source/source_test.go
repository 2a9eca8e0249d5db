//go:build unix

package source_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/source"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// wantCode fails the test unless an error has a code.
func wantCode(t *testing.T, err error, code gumroad.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Errorf("want %s, got %v", code, err)
	}
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func link(t *testing.T, to, at string) string {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
	return at
}

func TestOpen(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	allowed, outside := filepath.Join(base, "allowed"), filepath.Join(base, "outside")
	inner := write(t, filepath.Join(allowed, "deep", "a.txt"), "inner")
	write(t, filepath.Join(allowed, "empty.txt"), "")
	write(t, filepath.Join(base, "allowed-not", "a.txt"), "a neighbour")
	secret := write(t, filepath.Join(outside, "secret.txt"), "secret")
	second := write(t, filepath.Join(base, "second", "b.txt"), "second")
	link(t, secret, filepath.Join(allowed, "leads-out.txt"))
	link(t, outside, filepath.Join(allowed, "leads-out"))
	link(t, inner, filepath.Join(allowed, "leads-in.txt"))
	link(t, second, filepath.Join(allowed, "leads-to-second.txt"))
	link(t, filepath.Join(allowed, "loop"), filepath.Join(allowed, "loop"))
	alias := link(t, allowed, filepath.Join(base, "alias"))
	if err := syscall.Mkfifo(filepath.Join(allowed, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", filepath.Join(allowed, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	files := source.New(source.Options{Dirs: []string{filepath.Join(base, "missing"), allowed, filepath.Join(base, "second")}})

	for name, path := range map[string]string{
		"an absolute path":                        inner,
		"a path within the directory":             "deep/a.txt",
		"a path that goes up and comes back":      filepath.Join(allowed, "deep") + "/../deep/a.txt",
		"a link that stays within":                "leads-in.txt",
		"a path through a link to the directory":  filepath.Join(alias, "deep/a.txt"),
		"a link into another allowed directory":   "leads-to-second.txt",
		"a path within another allowed directory": "b.txt",
	} {
		t.Run(name, func(t *testing.T) {
			file, err := files.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			content, err := io.ReadAll(io.NewSectionReader(file, 0, file.Size))
			if err != nil || string(content) != "inner" && string(content) != "second" {
				t.Errorf("it holds %q, %v", content, err)
			}
		})
	}
	for name, c := range map[string]struct {
		path string
		code gumroad.Code
	}{
		"an absolute path outside":             {secret, gumroad.NotAllowed},
		"a path up":                            {"../outside/secret.txt", gumroad.NotAllowed},
		"a path up from deep":                  {"deep/../../outside/secret.txt", gumroad.NotAllowed},
		"a directory whose name begins alike":  {filepath.Join(base, "allowed-not", "a.txt"), gumroad.NotAllowed},
		"a link out":                           {"leads-out.txt", gumroad.NotAllowed},
		"a path through a link out":            {"leads-out/secret.txt", gumroad.NotAllowed},
		"a link in a circle":                   {"loop", gumroad.NotAllowed},
		"a file that is not there":             {"nothing.txt", gumroad.NotAllowed},
		"a path with a zero byte":              {"deep/a.txt\x00.png", gumroad.NotAllowed},
		"nothing":                              {"", gumroad.InvalidArguments},
		"a directory":                          {"deep", gumroad.InvalidArguments},
		"a FIFO, which nobody writes to":       {"fifo", gumroad.InvalidArguments},
		"a socket":                             {"s", gumroad.InvalidArguments},
		"an empty file":                        {"empty.txt", gumroad.InvalidArguments},
		"a device":                             {"/dev/zero", gumroad.NotAllowed},
		"the memory of this process":           {"/proc/self/environ", gumroad.NotAllowed},
		"a file of the web by another address": {"file://" + inner, gumroad.NotAllowed},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			file, err := files.Open(c.path)
			if err == nil {
				file.Close()
			}
			wantCode(t, err, c.code)
		})
	}
	t.Run("without a directory nothing is opened", func(t *testing.T) {
		_, err := source.New(source.Options{}).Open(inner)
		wantCode(t, err, gumroad.NotAllowed)
	})
}

func TestKinds(t *testing.T) {
	dir := t.TempDir()
	files := source.New(source.Options{Dirs: []string{dir}})
	for name, c := range map[string]struct{ content, want string }{
		"a.png":    {"\x89PNG\r\n\x1a\n", "image/png"},
		"b.png":    {"<!DOCTYPE html>", "text/html"},
		"c.mov":    {"\x00\x00\x00\x14ftypqt  ", "video/quicktime"},
		"d.mp4":    {"\x89PNG\r\n\x1a\n", "image/png"},
		"e.pdf":    {"%PDF-1.7", "application/pdf"},
		"f.bin":    {"\x01\x02\x03", "application/octet-stream"},
		"g.notype": {"plain", "text/plain"},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := files.Open(write(t, filepath.Join(dir, name), c.content))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if file.Type != c.want {
				t.Errorf("it is %s, want %s", file.Type, c.want)
			}
		})
	}
}

const publicName = "files.pixelandpage.com"

func TestFetch(t *testing.T) {
	w := testserver.StartWeb(t, func(out http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/book.pdf":
			_, _ = io.WriteString(out, "%PDF-1.7 a book")
		case "/moved":
			http.Redirect(out, r, "/book.pdf", http.StatusFound)
		case "/around":
			http.Redirect(out, r, "/around", http.StatusFound)
		case "/large":
			_, _ = out.Write(make([]byte, 2000))
		case "/large-and-quiet":
			for range 20 {
				_, _ = out.Write(make([]byte, 100))
				_ = http.NewResponseController(out).Flush()
			}
		case "/empty":
		default:
			http.NotFound(out, r)
		}
	})
	w.Options.MaxDownload = 1000
	files := source.New(w.Options)
	for _, path := range []string{"/book.pdf", "/moved"} {
		t.Run("it is read where it was written, from "+path, func(t *testing.T) {
			file, err := files.Fetch(t.Context(), w.Address(path))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			content, err := io.ReadAll(io.NewSectionReader(file, 0, file.Size))
			if err != nil || string(content) != "%PDF-1.7 a book" || file.Name != "book.pdf" || file.Type != "application/pdf" {
				t.Errorf("it is %q, %q of %s, %v", file.Name, content, file.Type, err)
			}
		})
	}
	for path, code := range map[string]gumroad.Code{
		"/nothing": gumroad.Rejected, "/around": gumroad.Rejected, "/large": gumroad.InvalidArguments,
		"/large-and-quiet": gumroad.InvalidArguments, "/empty": gumroad.InvalidArguments,
	} {
		t.Run(path+" is refused", func(t *testing.T) {
			_, err := files.Fetch(t.Context(), w.Address(path))
			wantCode(t, err, code)
		})
	}
	t.Run("refused files leave room for others", func(t *testing.T) {
		for range 5 {
			if _, err := files.Fetch(t.Context(), w.Address("/nothing")); err == nil {
				t.Fatal("want an error")
			}
		}
		file, err := files.Fetch(t.Context(), w.Address("/book.pdf"))
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
	})
	t.Run("a caller who has left waits no longer", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := files.Fetch(ctx, w.Address("/book.pdf")); err == nil {
			t.Error("want an error")
		}
	})
	t.Run("nothing is left on disk", func(t *testing.T) {
		t.Setenv("TMPDIR", t.TempDir())
		file, err := source.New(w.Options).Fetch(t.Context(), w.Address("/book.pdf"))
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
		if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
			t.Errorf("there are %v, %v", left, err)
		}
	})
}

// TestOnlyPublicHosts: whatever an address says, no connection is made to a host that is not on the public internet.
func TestOnlyPublicHosts(t *testing.T) {
	reached := func(http.ResponseWriter, *http.Request) { t.Error("a private host was reached") }
	w := testserver.StartWeb(t, reached)
	w.Options.Public = nil // the real rule
	files := source.New(w.Options)
	port := w.Address("")[strings.LastIndex(w.Address(""), ":"):]
	for _, host := range []string{
		"127.0.0.1", "localhost", "localhost.", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0.0.0.0",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[fe80::1]", "[fe80::1%25lo]",
		"[fc00::1]", "[fd12:3456::1]", "[fec0::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001::1]",
		"10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[::ffff:169.254.169.254]",
		"intranet", "printer.local", "service.internal", "metadata.google.internal", "127.0.0.1.",
	} {
		t.Run(host, func(t *testing.T) {
			_, err := files.Fetch(t.Context(), "https://"+host+port+"/")
			wantCode(t, err, gumroad.InvalidArguments)
		})
	}
	for name, ip := range map[string][4]byte{
		"this machine": {127, 0, 0, 1}, "a private network": {10, 1, 2, 3}, "the cloud's metadata": {169, 254, 169, 254},
		"carrier-grade NAT": {100, 64, 0, 1}, "no host": {0, 0, 0, 0},
	} {
		t.Run("a public name that resolves to "+name, func(t *testing.T) {
			options := w.Options
			options.Resolver = testserver.ResolvesTo(ip)
			_, err := source.New(options).Fetch(t.Context(), w.Address("/"))
			wantCode(t, err, gumroad.InvalidArguments)
		})
	}
	for _, address := range []string{
		"http://" + publicName + "/", "ftp://" + publicName + "/", "file:///etc/passwd", "https://user@" + publicName + "/",
		"https:///", "//" + publicName, "https://" + publicName + "/a b", "javascript:alert(1)", "",
	} {
		t.Run("the address "+address, func(t *testing.T) {
			_, err := files.Fetch(t.Context(), address)
			wantCode(t, err, gumroad.InvalidArguments)
		})
	}
}

// TestRedirectsAreCheckedAgain: a public host cannot send the download on to a private one.
func TestRedirectsAreCheckedAgain(t *testing.T) {
	private := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a private host was reached")
	}))
	defer private.Close()
	for name, to := range map[string]string{
		"to this machine":        private.URL,
		"to this machine, plain": "http://127.0.0.1:" + private.URL[strings.LastIndex(private.URL, ":")+1:],
		"to this machine, IPv6":  "https://[::1]" + private.URL[strings.LastIndex(private.URL, ":"):],
		"to plain HTTP":          "http://" + publicName + "/",
		"to a file":              "file:///etc/passwd",
	} {
		t.Run(name, func(t *testing.T) {
			w := testserver.StartWeb(t, func(out http.ResponseWriter, r *http.Request) { http.Redirect(out, r, to, http.StatusFound) })
			_, err := source.New(w.Options).Fetch(t.Context(), w.Address("/"))
			wantCode(t, err, gumroad.InvalidArguments)
		})
	}
	t.Run("to a name that resolves to this machine", func(t *testing.T) {
		// Only the first connection counts as public: the second name is judged by its address like any other.
		connections := 0
		w := testserver.StartWeb(t, func(out http.ResponseWriter, r *http.Request) {
			http.Redirect(out, r, "https://other.pixelandpage.com"+private.URL[strings.LastIndex(private.URL, ":"):], http.StatusFound)
		})
		w.Options.Public = func(ip netip.Addr) bool {
			connections++
			return connections == 1 || gumroad.IsPublic(ip)
		}
		_, err := source.New(w.Options).Fetch(t.Context(), w.Address("/"))
		wantCode(t, err, gumroad.InvalidArguments)
		if connections < 2 {
			t.Errorf("it was asked %d times whether an address is public, want at least 2", connections)
		}
	})
}
