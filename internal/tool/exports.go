package tool

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/source"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

// Exports holds the files that tools write, in a directory that only the server's user can read, until Close.
type Exports struct {
	dir  string // "" until the first export, if none is configured
	keep bool

	fetching singleflight.Group

	mu    sync.Mutex
	made  bool               // dir is a temporary directory made here, so Close removes it
	files map[string]*export // by id
	order []string           // the ids, oldest first
}

type export struct {
	path  string
	mime  string
	owner string    // the Principal it was written for; no other caller can read it
	until time.Time // when it is here no longer; zero for the server's end
	copy  bool      // another instance wrote it, or this one before a restart

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
	var errs []error
	for _, id := range slices.Clone(e.order) {
		errs = append(errs, e.removeLocked(id))
	}
	if e.made && !e.keep {
		errs = append(errs, os.Remove(e.dir))
		e.dir, e.made = "", false
	}
	return errors.Join(errs...)
}

// removeLocked removes an export. Its file stays if files are kept; a copy is not what the operator means by that.
func (e *Exports) removeLocked(id string) error {
	file := e.files[id]
	delete(e.files, id)
	e.order = slices.DeleteFunc(e.order, func(other string) bool { return other == id })
	if file == nil || e.keep && !file.copy {
		return nil
	}
	if err := os.Remove(file.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// newID returns an id that nobody guesses.
func newID() string {
	random := make([]byte, 16)
	rand.Read(random) // never fails
	return hex.EncodeToString(random)
}

var exportID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// write makes the file of an export and has fill write it, which says of what type it is. A file that fill does not
// finish is removed.
func (e *Exports) write(id, name string, written export, fill func(*os.File) (mime string, err error)) (
	path string, err error) {
	dir, err := e.directory()
	if err != nil {
		return "", err
	}
	written.path = filepath.Join(dir, name)
	file, err := os.OpenFile(written.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", cannotWrite(err)
	}
	defer func() {
		if err != nil {
			file.Close() // closing twice does no harm
			os.Remove(written.path)
		}
	}()
	if written.mime, err = fill(file); err != nil {
		return "", err
	}
	if written.written, err = file.Stat(); err != nil {
		return "", cannotWrite(err)
	}
	if err = file.Close(); err != nil {
		return "", cannotWrite(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.files[id] = &written
	e.order = append(e.order, id)
	oldest := slices.IndexFunc(e.order, func(id string) bool { return !e.keep || e.files[id].copy })
	if len(e.order) > maxExports && oldest >= 0 {
		_ = e.removeLocked(e.order[oldest]) // an old file that cannot be removed must not fail the new export
	}
	return written.path, nil
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
	Message: "There is no such export; exports are removed when kept_until says.",
	Hint:    "The tool that wrote it can write it anew."}

// find returns an export of a caller, or nil if this server does not have it.
func (e *Exports) find(id, owner string, now time.Time) (file *export, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	file = e.files[id]
	switch {
	case file == nil:
		return nil, nil
	case file.owner != owner:
		return nil, errNoExport
	case file.until.IsZero() || now.Before(file.until):
		return file, nil
	}
	_ = e.removeLocked(id)
	if file.copy { // it may still be there where it comes from
		return nil, nil
	}
	return nil, errNoExport
}

func (file *export) read(part int) (ExportPart, error) {
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

// ReadExport returns a part of a file that a tool wrote for the caller in ctx. One that another instance wrote, or this
// one before a restart, is fetched first.
func (c *Catalog) ReadExport(ctx context.Context, id string, part int) (ExportPart, error) {
	owner := c.Principal(ctx)
	file, err := c.exports.find(id, owner, c.Now())
	if err != nil {
		return ExportPart{}, err
	}
	if file == nil {
		if err := c.fetchExport(ctx, id, owner); err != nil {
			return ExportPart{}, err
		}
		if file, err = c.exports.find(id, owner, c.Now()); err != nil || file == nil {
			return ExportPart{}, errNoExport
		}
	}
	return file.read(part)
}

// copyLifetime is how long a copy is read without asking for the file again, which may be gone by then.
const copyLifetime = 10 * time.Minute

// fetchExport makes a file here of one that instances share. Callers who want the same one share the work, which must
// survive the first caller's cancellation.
func (c *Catalog) fetchExport(ctx context.Context, id, owner string) error {
	if !exportID.MatchString(id) {
		return errNoExport
	}
	shared := context.WithoutCancel(ctx)
	fetching := c.exports.fetching.DoChan(owner+" "+id, func() (any, error) {
		if file, err := c.exports.find(id, owner, c.Now()); file != nil || err != nil { // it has just been fetched
			return nil, err
		}
		copied := export{owner: owner, copy: true, until: c.Now().Add(copyLifetime)}
		_, err := c.exports.write(id, "copy-"+newID(), copied, func(file *os.File) (string, error) {
			return c.shared.Fetch(shared, ownerOf(owner), id, file)
		})
		return nil, err
	})
	select {
	case <-ctx.Done():
		return ctx.Err()
	case fetched := <-fetching:
		err := fetched.Err
		if _, ours := errors.AsType[*gumroad.Error](err); ours || err == nil {
			return err
		}
		if errors.Is(err, state.ErrNoFile) {
			return errNoExport
		}
		c.log.ErrorContext(ctx, "an export could not be fetched", "state", c.shared.String(), "error", err)
		return &gumroad.Error{Code: gumroad.StateUnavailable,
			Message: fmt.Sprintf("The export could not be read from %s.", c.shared),
			Hint:    "Try again in a minute; the server's log says what is wrong."}
	}
}

// ownerOf is what the state knows an export's owner by.
func ownerOf(principal string) string {
	sum := sha256.Sum256([]byte(principal))
	return hex.EncodeToString(sum[:16])
}

// Env is what an operation works with: the client, and what else some of them need.
type Env struct {
	*gumroad.Client // acts on the store that was chosen
	Events          *events.Events
	exports         *Exports
	shared          state.State
	log             *slog.Logger
	files           *source.Files
	caller          Caller
	renderer        renderer
	stores          *stores
}

func (c *Catalog) env(call *toolCall) Env {
	return Env{call.store, c.events, c.exports, c.shared, c.log, c.files, call.caller, c.renderer, c.stores}
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

// WriteFile makes a file for the caller, has fill write it, and shares it with the other instances. A file for which not
// all of that succeeds is removed.
func (e Env) WriteFile(ctx context.Context, name, extension, mime string, fill func(io.Writer) error) (File, error) {
	id, principal := newID(), e.caller.principal()
	out := File{Resource: "gumroad://exports/" + id, KeptUntil: "the server ends"}
	written := export{owner: principal}
	switch kept := e.shared.Kept(); {
	case e.exports.keep && (e.caller.Local || kept == 0):
		out.KeptUntil = "somebody deletes it"
	case kept > 0:
		written.until = e.Now().Add(kept).UTC().Truncate(time.Second)
		out.KeptUntil = written.until.Format(time.RFC3339)
	}
	path, err := e.exports.write(id, name+"-"+id+"."+extension, written, func(file *os.File) (string, error) {
		counted := &counter{to: file}
		err := fill(counted)
		out.Bytes = counted.n
		// A *gumroad.Error comes from reading upstream; any other error comes from writing the file.
		if _, upstream := errors.AsType[*gumroad.Error](err); err != nil && !upstream {
			return "", cannotWrite(err)
		}
		if err == nil {
			_, err = file.Seek(0, io.SeekStart)
		}
		if err != nil {
			return "", err
		}
		return mime, e.share(ctx, id, mime, file)
	})
	if e.caller.Local {
		out.Path = path
	}
	return out, err
}

// share has the other instances have a file.
func (e Env) share(ctx context.Context, id, mime string, content io.Reader) error {
	err := e.shared.Keep(ctx, ownerOf(e.caller.principal()), id, mime, content)
	if err == nil || errors.Is(ctx.Err(), context.Canceled) {
		return cmp.Or(err, ctx.Err())
	}
	e.log.ErrorContext(ctx, "an export could not be shared", "state", e.shared.String(), "error", err)
	return failure{
		Code:      gumroad.StateUnavailable,
		Message:   fmt.Sprintf("The file could not be kept in %s, from which it would be read, so there is none.", e.shared),
		Hint:      "Try again in a minute; the server's log says what is wrong.",
		Retryable: true,
		Changed:   "no",
	}
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
