package tool

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/source"
)

// Exports holds the files that tools write, in a directory that only the server's user can read, until Close.
type Exports struct {
	dir  string // "" until the first export, if none is configured
	keep bool

	mu    sync.Mutex
	made  bool               // dir is a temporary directory made here, so Close removes it
	files map[string]*export // by id
	order []string           // the ids, oldest first
}

type export struct {
	path  string
	mime  string
	owner string // the Principal it was written for; no other caller can read it

	written fs.FileInfo // tells the file from another in its place
}

// maxExports is how many files there can be; the next export removes the oldest. It does not apply to kept files.
const maxExports = 100

// NewExports returns exports in dir, or in a new temporary directory if dir is "". Nothing is written before the first
// export. keep makes Close leave the files.
func NewExports(dir string, keep bool) *Exports {
	return &Exports{dir: dir, keep: keep, files: map[string]*export{}}
}

// Close removes the files, unless they are kept, and the temporary directory.
func (e *Exports) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.keep {
		return nil
	}
	var errs []error
	for _, id := range e.order {
		errs = append(errs, e.removeLocked(id))
	}
	e.order = nil
	if e.made {
		errs = append(errs, os.Remove(e.dir))
		e.dir, e.made = "", false
	}
	return errors.Join(errs...)
}

func (e *Exports) removeLocked(id string) error {
	file := e.files[id]
	delete(e.files, id)
	if file == nil {
		return nil
	}
	if err := os.Remove(file.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// write makes a file and has fill write it. A file that fill does not finish is removed.
func (e *Exports) write(name, extension, mime, owner string, fill func(io.Writer) error) (id, path string, err error) {
	dir, err := e.directory()
	if err != nil {
		return "", "", err
	}
	random := make([]byte, 16)
	rand.Read(random) // never fails
	id = hex.EncodeToString(random)
	target := filepath.Join(dir, name+"-"+id+"."+extension)
	file, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", "", cannotWrite(err)
	}
	defer func() {
		if err != nil {
			file.Close() // closing twice does no harm
			os.Remove(target)
		}
	}()
	if err = fill(file); err != nil {
		return "", "", err
	}
	written, err := file.Stat()
	if err != nil {
		return "", "", cannotWrite(err)
	}
	if err = file.Close(); err != nil {
		return "", "", cannotWrite(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.files[id] = &export{path: target, mime: mime, owner: owner, written: written}
	if e.order = append(e.order, id); len(e.order) > maxExports && !e.keep {
		_ = e.removeLocked(e.order[0]) // an old file that cannot be removed must not fail the new export
		e.order = e.order[1:]
	}
	return id, target, nil
}

// directory makes the directory, or checks that the one there is private: other users of the machine must not read
// buyers' data.
func (e *Exports) directory() (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.dir == "" {
		made, err := os.MkdirTemp("", "gumroad-mcp-exports-") // mode 0700
		if err != nil {
			return "", cannotWrite(err)
		}
		e.dir, e.made = made, true
		return made, nil
	}
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return "", cannotWrite(err)
	}
	info, err := os.Stat(e.dir)
	if err != nil {
		return "", cannotWrite(err)
	}
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return "", &gumroad.Error{Code: gumroad.NotAllowed,
			Message: "The directory for exports is open to other users of the machine, so no file was written.",
			Hint:    "Its owner can make it private (chmod 700), or start the server with another --export-dir."}
	}
	return e.dir, nil
}

// cannotWrite returns the error for a failed write. It leaves out the path, which callers of a server must not learn.
func cannotWrite(err error) error {
	reason := err
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		reason = path.Err
	}
	return &gumroad.Error{Code: gumroad.InternalError, Message: fmt.Sprintf("The file could not be written: %v.", reason),
		Hint: "The directory is set with --export-dir."}
}

// exportPart is how much of a file is sent in one message, in bytes. A line is never cut.
const exportPart = 512 << 10

// ExportPart is a part of an exported file; the parts in their order are the file.
type ExportPart struct {
	Text, MIME  string
	Part, Parts int // counted from 1
}

var errNoExport = &gumroad.Error{Code: gumroad.NotFound,
	Message: "There is no such export; exports are removed when the server ends.", Hint: "The tool that wrote it can write it anew."}

func (e *Exports) read(id, owner string, part int) (ExportPart, error) {
	e.mu.Lock()
	file := e.files[id]
	e.mu.Unlock()
	if file == nil || file.owner != owner {
		return ExportPart{}, errNoExport
	}
	// Whatever stands in the file's place by now, such as a link or a pipe, is not the file that was written.
	info, err := os.Lstat(file.path)
	if err != nil || !info.Mode().IsRegular() || !os.SameFile(info, file.written) {
		return ExportPart{}, &gumroad.Error{Code: gumroad.NotFound, Message: "The file is no longer there."}
	}
	parts := max(1, int((info.Size()+exportPart-1)/exportPart))
	if part < 1 || part > parts {
		return ExportPart{}, &gumroad.Error{Code: gumroad.NotFound,
			Message: fmt.Sprintf("The file has the parts 1 to %d.", parts)}
	}
	text, err := linesOf(file.path, int64(part-1)*exportPart)
	if err != nil {
		return ExportPart{}, &gumroad.Error{Code: gumroad.InternalError, Message: "The file could not be read."}
	}
	return ExportPart{Text: text, MIME: file.mime, Part: part, Parts: parts}, nil
}

// linesOf returns the lines that begin within exportPart bytes from an offset on.
func linesOf(path string, from int64) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	// The line in which the range begins is of the part before, unless it begins there.
	at := max(from-1, 0)
	if _, err := file.Seek(at, io.SeekStart); err != nil {
		return "", err
	}
	lines := bufio.NewReader(file)
	if from > 0 {
		skipped, err := lines.ReadString('\n')
		if at += int64(len(skipped)); err != nil {
			return "", ignoreEOF(err)
		}
	}
	var text strings.Builder
	for at < from+exportPart {
		line, err := lines.ReadString('\n')
		text.WriteString(line)
		if at += int64(len(line)); err != nil {
			return text.String(), ignoreEOF(err)
		}
	}
	return text.String(), nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// ReadExport returns a part of a file that a tool wrote for the caller in ctx.
func (c *Catalog) ReadExport(ctx context.Context, id string, part int) (ExportPart, error) {
	return c.exports.read(id, c.Principal(ctx), part)
}

// Env is what an operation works with: the client, what reading and writing files takes, and what is remembered of
// stores.
type Env struct {
	*gumroad.Client // acts on the store that was chosen
	exports         *Exports
	files           *source.Files
	caller          Caller
	renderer        renderer
	stores          *stores
}

func (c *Catalog) env(call *toolCall) Env {
	return Env{call.store, c.exports, c.files, call.caller, c.renderer, c.stores}
}

// Clean makes upstream text safe to write to a file: it removes deceptive characters and, if the operator wants that,
// masks personal data. pii is the kind of personal data ("email", "key" or "text"), or "".
func (e Env) Clean(pii, s string) string { return e.renderer.clean(pii, s) }

// File is a file that a tool wrote.
type File struct {
	Resource  string      `json:"resource" jsonschema_description:"Where the file can be read; it holds buyers' data."`
	Path      string      `json:"path,omitempty" jsonschema_description:"Path of the file on this machine."`
	Bytes     gumroad.Int `json:"bytes"`
	KeptUntil string      `json:"kept_until" jsonschema_description:"Copy the file before."`
}

// WriteFile makes a file for the caller and has fill write it. A file that fill does not finish is removed.
func (e Env) WriteFile(name, extension, mime string, fill func(io.Writer) error) (File, error) {
	out := File{KeptUntil: "the server ends"}
	if e.exports.keep {
		out.KeptUntil = "somebody deletes it"
	}
	id, path, err := e.exports.write(name, extension, mime, e.caller.principal(), func(file io.Writer) error {
		counted := &counter{to: file}
		err := fill(counted)
		out.Bytes = counted.n
		// A *gumroad.Error comes from reading upstream; any other error comes from writing the file.
		if _, upstream := errors.AsType[*gumroad.Error](err); err != nil && !upstream {
			return cannotWrite(err)
		}
		return err
	})
	if out.Resource = "gumroad://exports/" + id; e.caller.Local {
		out.Path = path
	}
	return out, err
}

type counter struct {
	to io.Writer
	n  gumroad.Int
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += gumroad.Int(n)
	return n, err
}
