package sandbox

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options configure a [Sandbox]; the zero value is the demo store on the real clock.
type Options struct {
	// Seed decides data, ids and keys, together with the clock at New; 0 means 1.
	Seed uint64
	// Stores is the number of stores with a connection at the start, 1 or 2; 0 means 2. A new connection gives the other.
	Stores int
	// Now is the clock; nil means time.Now. Times are kept in whole seconds.
	Now func() time.Time
	// Compat2025 answers as Gumroad's server of early 2025 where that differed:
	// products unpaginated and not writable, later routes missing, a 500 for an
	// unknown variant category, yen refunds scaled by 100, refunds and custom
	// fields refused without a reason, only the simple post_url check, no account
	// scope.
	Compat2025 bool
	// Sales is the number of sales the first store lists; 0 means 1200. The
	// hand-written rows are always there, so fewer than about 100 gives those.
	Sales int
	// PublicURL gives the base URL under which a browser reaches the sandbox, for
	// the OAuth link of a new connection. Nil or "" takes the request's own host.
	PublicURL func() (string, error)
	// DeliverWebhooks posts events to resource subscriptions, to loopback
	// receivers only. With it on, loopback post_urls are accepted although
	// Gumroad refuses them: otherwise nothing could ever be delivered.
	DeliverWebhooks bool
	// After is the timer between webhook deliveries; nil means time.After.
	After func(time.Duration) <-chan time.Time
	// Lives has things happen in the first store as time passes: sales, refunds, disputes, cancellations.
	Lives bool
	// Logger never sees bodies, keys or e-mail addresses; nil discards.
	Logger *slog.Logger
	// Unthrottled takes the limits off how often products are made, changed and compared.
	Unthrottled bool
	// SellersUnconfirmed leaves the sellers' own e-mail addresses unconfirmed, so that they may not mail anyone.
	SellersUnconfirmed bool
	// SellersIneligible has sellers who have not yet earned enough to mail their audience.
	SellersIneligible bool
	// PoliciesPerProduct takes the sellers' own refund policies out of effect, as Gumroad does for those whose products
	// have policies. Without it both can be changed, which Gumroad allows nobody.
	PoliciesPerProduct bool
	// BareMatonErrors switches to Maton's undocumented alternatives: plain-text
	// errors, a bare connection object on POST, 204 on DELETE.
	BareMatonErrors bool
}

// Sandbox is a Gumroad with two stores, and a Maton with a connection to each or to the first.
// It is safe for concurrent use.
type Sandbox struct {
	options Options
	seed    uint64
	log     *slog.Logger

	mu          sync.RWMutex // guards stores, connections and lastN
	stores      []*store
	connections []*connection // oldest first
	lastN       map[string]int
	highlights  []Highlight

	// Licenses of products made after this time are found by product_id only.
	productIDCutover time.Time

	throttle throttle
	journal  journal
	faults   faultList
	webhooks *webhooks
	life     *life // nil if the store does not live
	storage  storage
}

// New builds a sandbox with its demo data.
func New(options Options) *Sandbox {
	s := &Sandbox{options: options, seed: options.Seed, log: options.Logger, lastN: map[string]int{}}
	if s.seed == 0 {
		s.seed = 1
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.options.Now == nil {
		s.options.Now = time.Now
	}
	if s.options.Sales == 0 {
		s.options.Sales = 1200
	}
	if s.options.Stores == 0 {
		s.options.Stores = 2
	}
	s.webhooks = newWebhooks(options.After, s.log)
	s.fillDemo()
	if options.Lives {
		s.life = s.live()
	}
	return s
}

// Close stops what happens by itself and webhook deliveries, and waits for those under way to end.
func (s *Sandbox) Close() error {
	s.life.close()
	s.webhooks.close()
	return nil
}

func (s *Sandbox) now() time.Time { return s.options.Now().UTC().Truncate(time.Second) }

// next numbers the rows of a kind.
func (s *Sandbox) next(kind string) int {
	s.lastN[kind]++
	return s.lastN[kind]
}

// made tells whether an id is one that was ever given. Others fail to decrypt, since nobody else can make one.
func (s *Sandbox) made(id string) bool {
	return slices.ContainsFunc(s.stores, func(st *store) bool {
		return st.product(id) != nil || st.sale(id) != nil || st.subscription(id) != nil
	})
}

// numbered gives a new row of a kind its number and external id.
func (s *Sandbox) numbered(kind string) (n int, id string) {
	n = s.next(kind)
	return n, externalID(s.seed, kind, n)
}

// reply is a whole answer, or the way it is broken.
type reply struct {
	status  int
	header  http.Header
	body    []byte
	breakAs FaultKind // FaultCut, FaultLost or FaultRefused
}

func newReply(status int, contentType string, body []byte) reply {
	r := reply{status: status, header: http.Header{}, body: body}
	if contentType != "" {
		r.header.Set("Content-Type", contentType)
	}
	return r
}

// ServeHTTP answers every mount; see the package comment.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, err := s.answer(r)
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away while it waited
	}
	switch out.breakAs {
	case FaultLost, FaultRefused:
		panic(http.ErrAbortHandler)
	}
	for name, values := range out.header {
		w.Header()[name] = values
	}
	if out.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(out.body)))
	}
	w.WriteHeader(out.status)
	if r.Method == http.MethodHead {
		return
	}
	if out.breakAs == FaultCut {
		_, _ = w.Write(out.body[:len(out.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(out.body)
}

// RoundTrip answers a request in process. Broken connections come back as the
// errors a TCP transport gives, and gzip is undone as [http.Transport] undoes it.
func (s *Sandbox) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	sent := r
	transparentGzip := r.Method != http.MethodHead && r.Header.Get("Accept-Encoding") == "" && r.Header.Get("Range") == ""
	if transparentGzip {
		sent = r.Clone(r.Context())
		sent.Header.Set("Accept-Encoding", "gzip")
	}
	out, err := s.answer(sent)
	if err != nil {
		return nil, err
	}
	switch out.breakAs {
	case FaultLost:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case FaultRefused:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	response := &http.Response{
		Status:        strconv.Itoa(out.status) + " " + http.StatusText(out.status),
		StatusCode:    out.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        out.header,
		ContentLength: int64(len(out.body)),
		Request:       r,
	}
	var body io.Reader = bytes.NewReader(out.body)
	switch {
	case r.Method == http.MethodHead:
		body = http.NoBody
	case out.breakAs == FaultCut:
		body = io.MultiReader(bytes.NewReader(out.body[:len(out.body)/2]), failingReader{io.ErrUnexpectedEOF})
	}
	if transparentGzip && out.header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = unzipped
		response.Header.Del("Content-Encoding")
		response.ContentLength = -1
		response.Uncompressed = true
	} else if r.Method != http.MethodHead {
		response.Header.Set("Content-Length", strconv.Itoa(len(out.body)))
	}
	response.Body = io.NopCloser(contextReader{r.Context(), body})
	return response, nil
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// contextReader stops a body when its request is cancelled, as a connection would.
type contextReader struct {
	ctx  context.Context
	body io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.body.Read(p)
}

// call is one request on its way through the sandbox.
type call struct {
	sb        *Sandbox
	http      *http.Request
	now       time.Time
	path      string // without mount prefix: what fault patterns match
	all       params
	body      params
	paramsErr error

	connectionID string
	committed    bool
	events       []fanOut
}

// commit marks the store as changed.
func (c *call) commit() { c.committed = true }

// answer runs a request; it fails only when the request's context ends first.
func (s *Sandbox) answer(r *http.Request) (reply, error) {
	if path, ok := strings.CutPrefix(r.URL.EscapedPath(), storageMount+"/"); ok {
		return s.storageReply(r, "/"+path)
	}
	mount, path, serve := s.mount(r.URL.EscapedPath())
	if mount == mountPlain {
		return serve(&call{sb: s, http: r, now: s.now(), path: path}), nil
	}
	c := &call{sb: s, http: r, now: s.now(), path: path}
	c.all, c.body, c.paramsErr = readParams(r)
	return s.serveCall(c, mount, serve)
}

// serveCall runs a request whose parameters are known, with the fault that acts on it.
func (s *Sandbox) serveCall(c *call, mount mountKind, serve func(*call) reply) (reply, error) {
	r := c.http
	fault, faulty := s.faults.take(r.Method, c.path)
	if faulty && fault.Delay > 0 {
		timer := time.NewTimer(fault.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			s.journal.add(c.entry(0, fault.Kind))
			return reply{}, r.Context().Err()
		}
	}
	var out reply
	if faulty {
		out = fault.serve(c, mount, serve)
	} else {
		out = serve(c)
	}
	status := out.status
	if out.breakAs == FaultLost || out.breakAs == FaultRefused {
		status = 0
	}
	entry := c.entry(status, fault.Kind)
	s.journal.add(entry)
	s.log.DebugContext(r.Context(), "sandbox request",
		"method", r.Method, "path", entry.Path, "status", status, "fault", string(fault.Kind))
	s.webhooks.send(c.events)
	return out, nil
}

type mountKind int

const (
	mountPlain mountKind = iota // outside journal and faults
	mountMaton
	mountGumroad
	mountStorage
)

// mount finds who answers a path, and the path as that one sees it.
func (s *Sandbox) mount(path string) (mountKind, string, func(*call) reply) {
	under := func(prefix string) (string, bool) {
		rest, ok := strings.CutPrefix(path, prefix)
		return rest, ok && (rest == "" || rest[0] == '/')
	}
	if rest, ok := under("/gumroad/v2"); ok {
		return mountGumroad, rest, func(c *call) reply { return c.gateway("/v2", rest) }
	}
	if rest, ok := under("/api/v2"); ok {
		return mountGumroad, rest, func(c *call) reply { return c.direct("/api/v2", rest) }
	}
	if rest, ok := under("/v2"); ok {
		return mountGumroad, rest, func(c *call) reply { return c.direct("/v2", rest) }
	}
	if rest, ok := under("/gumroad"); ok { // Maton forwards it, Gumroad has no such route
		return mountGumroad, rest, func(c *call) reply { return c.gateway("", rest) }
	}
	if rest, ok := under("/connections"); ok {
		return mountMaton, path, func(c *call) reply { return c.control(strings.Trim(rest, "/")) }
	}
	if path == "/connect" {
		return mountPlain, path, (*call).connectPage
	}
	if rest, ok := under("/_sandbox"); ok {
		return mountPlain, path, func(c *call) reply { return c.operator(rest) }
	}
	if path == "/" || path == "" {
		return mountPlain, path, (*call).frontPage
	}
	return mountPlain, path, (*call).railsNotFound
}

func (c *call) frontPage() reply {
	return newReply(http.StatusOK, "text/plain; charset=utf-8", []byte(
		"A Gumroad and Maton sandbox. All data is made up, held in memory and gone on exit.\n\n"+
			"Gumroad   /v2/…            token: sandbox\n"+
			"Gateway   /gumroad/v2/…    key: sandbox\n"+
			"Control   /connections     key: sandbox\n"+
			"Operator  /_sandbox/journal, /_sandbox/faults, /_sandbox/sales, /_sandbox/events, /_sandbox/highlights\n"))
}
