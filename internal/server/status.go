package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var (
	//go:embed status.html
	statusHTML string
	//go:embed status.css
	statusCSS string
)

// statusPage is how the operator's page looks, and what it may load.
type statusPage struct {
	template *template.Template
	policy   string // allows nothing but the page's own style and icon
}

func newStatusPage() statusPage {
	style := sha256.Sum256([]byte(statusCSS))
	return statusPage{
		template: template.Must(template.New("status").Parse(statusHTML)),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) + "'; img-src data:; " +
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}
}

// status is what the operator's page shows. It knows nothing of any store and holds no secret.
type status struct {
	URL       string // of the MCP endpoint
	Version   string
	Sandbox   bool
	Unready   error
	Admission string // what callers present, in words
	Bearer    string // the variable that holds what callers send, or ""
	OAuth     bool
	Style     template.CSS
	Icon      template.URL
}

// Curl is the variable that holds the bearer where no client signs in, or "".
func (s status) Curl() string {
	if s.OAuth {
		return "ACCESS_TOKEN"
	}
	return s.Bearer
}

// serveStatus answers browsers with a page about this server. Programs that look here are told where MCP is instead.
func (h *HTTP) serveStatus(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	if !wantsPage(r) {
		h.notFound(w, r)
		return
	}
	if refusal := h.addresses.check(r); refusal != nil {
		refusal.write(w)
		return
	}
	endpoint, ok := h.endpoint(r)
	if !ok {
		h.notFound(w, r)
		return
	}
	var body bytes.Buffer
	if err := h.page.template.Execute(&body, h.status(r.Context(), endpoint)); err != nil {
		panic("server: the status page does not render: " + err.Error()) // the template is ours
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", h.page.policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	_, _ = w.Write(body.Bytes()) // the browser may be gone
}

func (h *HTTP) status(ctx context.Context, endpoint string) status {
	s := status{
		URL:       endpoint,
		Version:   h.options.Version,
		Sandbox:   h.options.Catalog.Sandbox(),
		Unready:   h.ready.current(ctx),
		Admission: h.admission(),
		Style:     template.CSS(statusCSS),
		Icon:      template.URL(iconURL()),
	}
	switch h.options.Authenticator.(type) {
	case open:
	case passthrough:
		s.Bearer = "MATON_API_KEY"
	case *OAuth:
		s.OAuth = true
	default:
		s.Bearer = "GUMROAD_BEARER"
	}
	return s
}

// wantsPage reports whether the client shows HTML, as every browser says and no MCP or OAuth client does.
func wantsPage(r *http.Request) bool {
	for _, accepted := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, parameters, err := mime.ParseMediaType(accepted)
		if err == nil && kind == "text/html" && parameters["q"] != "0" {
			return true
		}
	}
	return false
}

// plainHost matches a host that can stand in a line for a shell or in a configuration file as it is.
var plainHost = regexp.MustCompile(`^[A-Za-z0-9.:_\[\]-]+$`)

// endpoint returns the URL of the MCP endpoint: the public one or, without it, that by which the browser came here.
func (h *HTTP) endpoint(r *http.Request) (_ string, ok bool) {
	if base, err := url.Parse(h.options.PublicURL); err == nil && h.options.PublicURL != "" {
		return base.JoinPath(h.options.Path).String(), true
	}
	base := url.URL{Scheme: "http", Host: r.Host}
	if h.options.TLS != nil || h.options.BehindProxy {
		base.Scheme = "https"
	}
	return base.JoinPath(h.options.Path).String(), plainHost.MatchString(r.Host)
}
