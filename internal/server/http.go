package server

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path"
	"regexp"
	"slices"
	"time"

	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/telemetry"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// HTTPOptions holds the settings and the parts that were made from them. Its AllowedHosts holds every name that the
// server answers to, including those that need no configuration.
type HTTPOptions struct {
	settings.HTTP

	Version       string
	Authenticator Authenticator
	Catalog       *tool.Catalog // says which scope a call needs
	Ready         func(context.Context) error
	Events        *events.Events // takes Gumroad's webhooks; nil for none
	TLS           *tls.Config    // nil for plain HTTP
	HeaderTimeout time.Duration  // within which a request's header must arrive; 0 means arrivalTimeout
	BodyTimeout   time.Duration  // within which its body must arrive; 0 means arrivalTimeout
	Telemetry     *telemetry.Telemetry
	Logger        *slog.Logger
	Now           func() time.Time // nil means time.Now
}

// HTTP serves MCP to many callers. It keeps no sessions, so that any instance can take any request.
type HTTP struct {
	options   HTTPOptions
	mux       *http.ServeMux
	mcp       http.Handler
	listening mcpfix.Listening
	addresses addresses
	limits    *limits
	ready     *readiness
	page      statusPage
	log       *slog.Logger
	running   context.Context // ends when the calls that still run are cancelled
	cancel    context.CancelFunc
	drain     context.CancelFunc // ends the streams of changes
}

// NewHTTP returns an HTTP server whose guard stands before s.
func NewHTTP(s *mcpserver.MCPServer, o HTTPOptions) *HTTP {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.HeaderTimeout, o.BodyTimeout = cmp.Or(o.HeaderTimeout, arrivalTimeout), cmp.Or(o.BodyTimeout, arrivalTimeout)
	h := &HTTP{
		options:   o,
		mux:       http.NewServeMux(),
		addresses: addresses{hosts: o.AllowedHosts, origins: o.AllowedOrigins},
		limits:    newLimits(&o.HTTP, o.Now),
		ready:     &readiness{check: o.Ready, now: o.Now, log: o.Logger},
		page:      newStatusPage(),
		log:       o.Logger,
	}
	h.running, h.cancel = context.WithCancel(context.Background())
	streams, drain := context.WithCancel(context.Background())
	h.drain = drain
	h.listening = mcpfix.Listening{Server: s, Ending: streams.Done(), Recovered: recovering(o.Logger, "http")}
	h.mcp = mcpfix.NewHTTP(s,
		mcpserver.WithDisableLocalhostProtection(true), // the guard checks names itself, and knows of proxies
		mcpserver.WithStreamableHTTPLogger(o.Logger),
	)
	h.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	h.mux.Handle("GET /readyz", h.ready)
	h.mux.HandleFunc(o.Path, h.serveMCP)
	if o.Events != nil {
		h.mux.HandleFunc(events.HookPath, h.serveHook)
	}
	if o.Path != "/" {
		h.mux.HandleFunc("GET /{$}", h.serveStatus)
		h.mux.HandleFunc("/", h.notFound)
	}
	if oauth, ok := o.Authenticator.(*OAuth); ok {
		h.mux.Handle(mcpserver.WellKnownProtectedResourcePath, oauth.metadata())
		if path := oauth.MetadataPath(); path != mcpserver.WellKnownProtectedResourcePath {
			h.mux.Handle(path, oauth.metadata())
		}
	}
	return h
}

func (h *HTTP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := impatient{w, takingTimeout}
	if clean := path.Clean(r.URL.Path); clean != r.URL.Path && clean+"/" != r.URL.Path {
		h.notFound(answer, r) // the mux would redirect it, and no client posts again where a redirect leads
	} else {
		h.mux.ServeHTTP(answer, r)
	}
	answer.hurry() // net/http may still hold a part, and lifts the deadline after it
}

// notFound says where MCP is and how to be let in. It has the form of OAuth's errors, since it is mostly OAuth clients
// that look elsewhere: for metadata, and for where to register.
func (h *HTTP) notFound(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(map[string]string{ // the client may be gone
		"error": "not_found",
		"error_description": fmt.Sprintf("Nothing is served at this address. MCP is served at %s (streamable HTTP, POST). %s",
			h.options.Path, h.admission()),
		"mcp_endpoint": h.options.Path,
	})
}

// admission says in words what callers have to present.
func (h *HTTP) admission() string {
	switch auth := h.options.Authenticator.(type) {
	case open:
		return "It needs no authentication and serves no OAuth."
	case passthrough:
		return "It takes Maton keys, not OAuth: Authorization: Bearer KEY."
	case *OAuth:
		return "Its authorization server is another, which " + auth.MetadataPath() + " names."
	default:
		return "This server takes tokens, not OAuth: Authorization: Bearer TOKEN."
	}
}

// serveHook takes a webhook, which needs no authentication: what it says is read again from Gumroad.
func (h *HTTP) serveHook(w http.ResponseWriter, r *http.Request) {
	if !h.addresses.knows(r.Host) {
		h.notFound(w, r)
		return
	}
	h.options.Events.ServeHTTP(w, r)
}

func (h *HTTP) serveMCP(w http.ResponseWriter, r *http.Request) {
	id := requestIDOf(r)
	w.Header().Set("X-Request-Id", id)
	r = r.WithContext(telemetry.WithLogAttrs(r.Context(), slog.String("request_id", id)))
	refusal, err := tool.Recovered(r.Context(), h.log, "http", func() (*Refusal, error) { return h.guard(w, r), nil })
	if e, ok := errors.AsType[*gumroad.Error](err); ok { // after a panic; if an answer has begun, this cannot be sent
		refusal = refuse(http.StatusInternalServerError, e.Message)
	}
	if refusal != nil {
		why := []any{"status", refusal.Status, "reason", refusal.Message}
		if refusal.cause != nil {
			why = append(why, "cause", refusal.cause)
		}
		h.log.InfoContext(r.Context(), "request refused", why...)
		h.options.Telemetry.Refused(r.Context(), refusal.Status)
		refusal.write(w)
	}
}

// guard checks a request, the cheapest checks first, and passes it to MCP. It returns a refusal to answer with, or nil
// if the request was answered.
func (h *HTTP) guard(w http.ResponseWriter, r *http.Request) *Refusal {
	if refusal := h.addresses.check(r); refusal != nil {
		return refusal
	}
	if h.addresses.share(w, r) {
		return nil
	}
	caller, err := h.options.Authenticator.Authenticate(r)
	if err != nil {
		refusal := (*Refusal)(nil)
		if !errors.As(err, &refusal) {
			refusal = refuse(http.StatusUnauthorized, "The request could not be authenticated.").because(err)
		}
		return refusal
	}
	r.Header.Del("Authorization") // nothing behind the guard needs it
	ctx := telemetry.WithLogAttrs(withCaller(r.Context(), caller), slog.String("caller", caller.ID))
	if caller.Name != "" {
		ctx = telemetry.WithLogAttrs(ctx, slog.String("caller_name", caller.Name))
	}
	*r = *r.WithContext(ctx) // in place, so that a refusal's line has them too
	if refusal := checkForm(r); refusal != nil {
		return refusal
	}
	if refusal := h.limits.pace(caller.ID); refusal != nil {
		return refusal
	}
	leave, refusal := h.limits.enter(caller.ID)
	if refusal != nil {
		return refusal
	}
	defer leave()
	ctx = context.WithValue(ctx, runningKey{}, h.running)
	ctx = gumroad.WithWaiting(ctx, func() (over func(), ok bool) { return h.limits.wait(caller.ID) })
	body, refusal := readBody(w, r, h.options.BodyTimeout)
	if refusal != nil {
		return refusal
	}
	m, refusal := parseMessage(body)
	if refusal != nil {
		return refusal
	}
	if m.Method == "notifications/cancelled" {
		// mcp-go could cancel another caller's call (mcpfix/cancelled.go). Over HTTP a client cancels by closing the
		// connection of the call.
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	if scope := scopeFor(m, h.options.Catalog); scope != "" && !slices.Contains(caller.Scopes, scope) {
		if oauth, ok := h.options.Authenticator.(*OAuth); ok && slices.Contains(caller.Obtainable, scope) {
			return oauth.insufficient(scope, caller.Scopes)
		}
		return refuse(http.StatusForbidden, "Your access on this server does not include "+scope+".")
	}
	w.Header().Set("X-Accel-Buffering", "no") // mcpfix/buffering.go
	w.Header().Set("Cache-Control", "no-store")
	r = r.WithContext(ctx)
	if h.listening.Takes(r.Header, m) {
		return h.listen(w, r, caller.ID, m, body)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	h.mcp.ServeHTTP(w, r)
	return nil
}

const (
	maxListen     = 64 << 10         // bytes of the request, which are kept while the stream is open
	updateTimeout = 10 * time.Second // within which a client must take an update
)

// listen streams changes to a caller, outside the slots of running calls.
func (h *HTTP) listen(w http.ResponseWriter, r *http.Request, caller string, m mcpfix.Message, body []byte) *Refusal {
	if len(body) > maxListen {
		return refuse(http.StatusRequestEntityTooLarge,
			"A request to listen may have at most 64 KiB. Nothing was subscribed.")
	}
	over, ok := h.limits.wait(caller)
	if !ok {
		return refuse(http.StatusServiceUnavailable, fmt.Sprintf("As many streams are open and calls waiting as there "+
			"may be (%d, %d of one caller), so nothing was subscribed. Close one of them, or try again later.",
			maxWaits, maxWaitsPerCaller)).after(time.Minute)
	}
	defer over()
	if t := h.options.Telemetry; t != nil { // mcp-go reads the client's trace only from requests that it serves itself
		r = r.WithContext(headerPropagator{t.Propagator}.Extract(r.Context(), r.Header))
	}
	h.listening.Serve(moreImpatient(w, updateTimeout), r, m, body)
	return nil
}

type runningKey struct{}

// cancellable returns the context of a call: it ends when the client has left, but not before it is known what became
// of a change that was sent, and when the server cancels its calls. The request's own context goes on then, since
// mcp-go answers nothing once it has ended (mcpfix/ended.go).
func cancellable(ctx context.Context) (_ context.Context, end func()) {
	running, ok := ctx.Value(runningKey{}).(context.Context)
	if !ok {
		if running, ok = mcpfix.Running(ctx); !ok {
			running = context.Background()
		}
	}
	call, cancellation, stop := gumroad.WithCancellation(ctx, running)
	return call, func() {
		if stop(); cancellation.SentChange() {
			mcpfix.AnswerAnyway(ctx)
		}
	}
}

// requestIDOf returns the id that a proxy gave the request, or a new one.
func requestIDOf(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); plainID.MatchString(id) {
		return id
	}
	random := make([]byte, 8)
	rand.Read(random) // never fails
	return hex.EncodeToString(random)
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

const (
	arrivalTimeout = 10 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeader      = 32 << 10
	cancelledGrace = 2 * time.Second // in which cancelled calls can still answer
)

// Serve serves on listener until ctx is done. It then accepts no more requests, lets running calls finish within the
// grace period, and cancels those that do not.
func (h *HTTP) Serve(ctx context.Context, listener net.Listener) error {
	defer h.cancel()
	defer h.drain()
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: h.options.HeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		TLSConfig:         h.options.TLS,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ErrorLog:          slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
	}
	s.RegisterOnShutdown(h.drain)
	if h.options.Events != nil {
		s.RegisterOnShutdown(h.options.Events.Drain)
	}
	served := make(chan error, 1)
	go func() {
		if h.options.TLS != nil {
			served <- s.ServeTLS(listener, "", "")
		} else {
			served <- s.Serve(listener)
		}
	}()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	h.log.Info("shutting down", "grace", h.options.Grace)
	if shutdown(s, h.options.Grace) == nil {
		return nil
	}
	h.log.Warn("cancelling the calls that are still running")
	h.cancel()
	if shutdown(s, cancelledGrace) == nil {
		return nil
	}
	return s.Close()
}

// Look logs whether calls can be served, and what would make every one of them fail.
func (h *HTTP) Look(ctx context.Context) {
	if h.ready.current(ctx) == nil {
		h.log.InfoContext(ctx, "ready")
	}
	if oauth, ok := h.options.Authenticator.(*OAuth); ok {
		if err := oauth.reach(ctx); err != nil {
			h.log.WarnContext(ctx, "the issuer of access tokens cannot be reached", "issuer", oauth.Issuer, "cause", err)
		}
	}
}

func shutdown(s *http.Server, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return s.Shutdown(ctx)
}
