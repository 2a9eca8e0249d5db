// Package source opens the files that tools upload: those of this machine, in the directories that the operator allows,
// and those of the public web. A file is read in parts from disk and is never held in memory.
package source

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// Limits of downloads where Options has none.
const (
	DefaultMaxDownload  = 2 << 30 // bytes
	DefaultDownloadTime = 10 * time.Minute
)

// maxDownloads is how many downloads are on disk at once, however many callers there are.
const maxDownloads = 2

// Options are what Files are made from. The zero value allows no directory, and the public web within the limits.
type Options struct {
	Dirs         []string // whose files may be uploaded, with those of the directories in them
	MaxDownload  int64    // bytes
	DownloadTime time.Duration

	// The rest is for tests, which cannot use the public web.
	Resolver *net.Resolver
	TLS      *tls.Config
	Public   func(netip.Addr) bool // nil means gumroad.IsPublic
}

// Files opens files. It is safe for concurrent use.
type Files struct {
	options Options
	http    *http.Client
	room    chan struct{} // holds one for every download on disk
}

// New returns Files with options. It opens nothing.
func New(options Options) *Files {
	options.MaxDownload = cmp.Or(options.MaxDownload, DefaultMaxDownload)
	options.DownloadTime = cmp.Or(options.DownloadTime, DefaultDownloadTime)
	if options.Public == nil {
		options.Public = gumroad.IsPublic
	}
	f := &Files{options: options, room: make(chan struct{}, maxDownloads)}
	f.http = f.client()
	return f
}

// File is a file to upload. It reads at any offset, from several goroutines. Close frees what it holds.
type File struct {
	gumroad.Content
	close func() error
}

// Close closes the file, and removes it if it was downloaded.
func (f *File) Close() error { return f.close() }

// head is how much of a file tells its kind, in bytes.
const head = 512

// newFile reads the kind of a file from its content. The name decides only where the content is of no known kind, or of
// one of the containers that are used for much else.
func newFile(name string, size int64, at io.ReaderAt, closing func() error) (*File, error) {
	if size == 0 {
		return nil, errors.Join(gumroad.Invalid("The file is empty."), closing())
	}
	start := make([]byte, head)
	n, err := at.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(unreadable(err), closing())
	}
	kind := http.DetectContentType(start[:n])
	if video, ok := videos[strings.ToLower(path.Ext(name))]; ok && !strings.HasPrefix(kind, "image/") {
		kind = video
	}
	kind, _, _ = strings.Cut(kind, ";")
	return &File{gumroad.Content{Name: name, Type: kind, Size: size, ReaderAt: at}, closing}, nil
}

var videos = map[string]string{".mp4": "video/mp4", ".m4v": "video/x-m4v", ".mov": "video/quicktime",
	".webm": "video/webm", ".mkv": "video/x-matroska", ".avi": "video/x-msvideo", ".mpeg": "video/mpeg", ".mpg": "video/mpeg"}

// Open opens a regular file in one of the allowed directories. The file, with every symbolic link on the way to it
// followed, has to lie there, and what is opened cannot be exchanged for something outside afterwards.
func (f *Files) Open(name string) (*File, error) {
	if len(f.options.Dirs) == 0 {
		return nil, &gumroad.Error{Code: gumroad.NotAllowed,
			Message: "No file of this machine may be uploaded: the operator allows no directory.",
			Hint:    "The person can allow one with --upload-dir (GUMROAD_MCP_UPLOAD_DIR), or give an https url instead."}
	}
	var dirs []string // as they are once every link is followed
	for _, dir := range f.options.Dirs {
		if dir, err := filepath.EvalSymlinks(dir); err == nil { // what does not exist holds no file
			dirs = append(dirs, dir)
		}
	}
	for _, base := range dirs {
		named := name
		if !filepath.IsAbs(named) {
			named = filepath.Join(base, named)
		}
		target, err := filepath.EvalSymlinks(named)
		if err != nil {
			continue
		}
		for _, dir := range dirs {
			if relative, err := filepath.Rel(dir, target); err == nil && filepath.IsLocal(relative) {
				return openIn(dir, relative)
			}
		}
	}
	// Files outside are not told from those that do not exist: what there is on the machine is nobody's to find out here.
	return nil, &gumroad.Error{Code: gumroad.NotAllowed,
		Message: "No such file is in a directory whose files may be uploaded.",
		Hint:    "These are: " + strings.Join(f.options.Dirs, ", ") + ". --upload-dir allows others."}
}

// openIn opens a regular file of a directory.
func openIn(dir, name string) (*File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, unreadable(err)
	}
	defer root.Close()
	// Opening something else than a file can have effects, or wait: a FIFO waits for a writer.
	if info, err := root.Stat(name); err != nil {
		return nil, unreadable(err)
	} else if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, unreadable(err)
	}
	info, err := file.Stat() // of what was opened, whatever stands there by now
	switch {
	case err != nil:
		err = unreadable(err)
	case !info.Mode().IsRegular():
		err = errNotRegular
	default:
		return newFile(filepath.Base(name), info.Size(), file, file.Close)
	}
	return nil, errors.Join(err, file.Close())
}

var errNotRegular = gumroad.Invalid("The path does not name a regular file.")

// unreadable leaves out the path, which the caller has given.
func unreadable(err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = failed.Err
	}
	return gumroad.Invalid("The file cannot be read: " + err.Error() + ".")
}

// Fetch downloads a file from an https address on the public internet. Which host a name stands for is checked when the
// connection is made, so that it cannot stand for another one by then; the same goes for every redirect.
func (f *Files) Fetch(ctx context.Context, address string) (*File, error) {
	if fault := gumroad.PostURLFault(address); fault != "" {
		return nil, gumroad.Invalid("url "+fault+".", "Give an https:// address on a public host.")
	}
	select {
	case f.room <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	file, err := f.fetch(ctx, address)
	if err != nil {
		<-f.room
		return nil, err
	}
	closing := file.close
	file.close = func() error {
		defer func() { <-f.room }()
		return closing()
	}
	return file, nil
}

func (f *Files) fetch(ctx context.Context, address string) (*File, error) {
	ctx, cancel := context.WithTimeout(ctx, f.options.DownloadTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, gumroad.Invalid("url is not a well-formed address.")
	}
	request.Header.Set("User-Agent", "gumroad-mcp")
	response, err := f.http.Do(request)
	if err != nil {
		return nil, notFetched(err)
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode != http.StatusOK:
		return nil, &gumroad.Error{Code: gumroad.Rejected,
			Message: "The file could not be downloaded: its host answered " + response.Status + "."}
	case response.ContentLength > f.options.MaxDownload:
		return nil, f.tooLarge()
	}
	spooled, size, err := f.spool(response.Body)
	if err != nil {
		return nil, notFetched(err)
	}
	return newFile(nameOf(response), size, spooled, spooled.close)
}

// notFetched says why a download failed. Errors of this package say it themselves.
func notFetched(err error) error {
	if e, ok := errors.AsType[*gumroad.Error](err); ok {
		return e
	}
	e := &gumroad.Error{Code: gumroad.UpstreamUnavailable, Message: "The file could not be downloaded.",
		Hint: "Check the address, then try again."}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Code, e.Message = gumroad.Timeout, "The download took too long."
	} else if errors.Is(err, context.Canceled) {
		e.Code, e.Message, e.Hint = gumroad.Timeout, "The call was cancelled.", ""
	}
	return e
}

func (f *Files) tooLarge() error {
	return gumroad.Invalid("The file at url is larger than "+gumroad.FormatBytes(f.options.MaxDownload)+".",
		"The person can upload it from their machine instead, with path.")
}

// spooled is a downloaded file that no other program finds by its name.
type spooled struct {
	*os.File
	remove bool // it still has one
}

func (s spooled) close() error {
	err := s.Close()
	if s.remove {
		err = errors.Join(err, os.Remove(s.Name()))
	}
	return err
}

// spool writes a download to a temporary file. Where the system allows it, the file loses its name at once, so that it
// is gone with this process, however that ends.
func (f *Files) spool(from io.Reader) (to spooled, size int64, err error) {
	file, err := os.CreateTemp("", "gumroad-mcp-upload-") // mode 0600
	if err != nil {
		return to, 0, gumroad.Internal(err)
	}
	to = spooled{file, os.Remove(file.Name()) != nil}
	size, err = io.Copy(file, io.LimitReader(from, f.options.MaxDownload+1))
	if err == nil && size > f.options.MaxDownload {
		err = f.tooLarge()
	} else if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = gumroad.Internal(failed)
	}
	if err != nil {
		return spooled{}, 0, errors.Join(err, to.close())
	}
	return to, size, nil
}

// nameOf returns the name of a downloaded file: the end of the address it came from.
func nameOf(response *http.Response) string {
	name := path.Base(response.Request.URL.Path)
	if name == "." || name == "/" {
		return "file"
	}
	return name
}

const (
	maxRedirects = 5
	dialTimeout  = 10 * time.Second
	stallTimeout = 30 * time.Second // until the answer begins
)

// client returns the HTTP client of downloads. It uses no proxy, because a proxy would resolve the names.
func (f *Files) client() *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout, Resolver: f.options.Resolver, Control: f.control}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        f.options.TLS,
			TLSHandshakeTimeout:    dialTimeout,
			ResponseHeaderTimeout:  stallTimeout,
			MaxResponseHeaderBytes: 64 << 10,
			DisableKeepAlives:      true,
			DisableCompression:     true, // what is stored is what the host has
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(next *http.Request, before []*http.Request) error {
			if len(before) > maxRedirects {
				return &gumroad.Error{Code: gumroad.Rejected, Message: "The file could not be downloaded: too many redirects."}
			}
			if fault := gumroad.PostURLFault(next.URL.String()); fault != "" {
				return gumroad.Invalid("url leads to an address that " + fault + ".")
			}
			next.Header.Del("Referer")
			return nil
		},
	}
}

var errPrivate = gumroad.Invalid("url leads to a host that is not on the public internet.",
	"Give an https:// address on a public host.")

// control refuses a connection to an address that is not public. It sees the address itself, after the name has been
// resolved.
func (f *Files) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !f.options.Public(to.Addr()) {
		return errPrivate
	}
	return nil
}

// HasKind reports whether the content of a file is of one of the kinds: "image/png", or "video/" for any video.
func (f *File) HasKind(kinds ...string) bool {
	return slices.ContainsFunc(kinds, func(kind string) bool {
		return f.Type == kind || strings.HasSuffix(kind, "/") && strings.HasPrefix(f.Type, kind)
	})
}
