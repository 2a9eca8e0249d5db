package server

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

const (
	maxBody    = 1 << 20
	maxNesting = 64
)

// addresses are the names under which the server answers, and the web pages that may use it. A page that made its own
// name point here (DNS rebinding) sends that name as Host; any other page sends its own as Origin.
type addresses struct {
	hosts   []string // with a port or for any port; "*" for every name
	origins []string // beside the server's own
}

// DefaultHosts are the names that need no configuration: the address itself, and this machine's where that is it.
func DefaultHosts(listening net.Addr) []string {
	host, _, err := net.SplitHostPort(listening.String())
	if err != nil {
		return nil
	}
	if gumroad.IsLoopback(host) {
		return []string{"localhost", "127.0.0.1", "::1", host}
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		return nil
	}
	return []string{host}
}

func (a addresses) check(r *http.Request) *Refusal {
	if !a.knows(r.Host) {
		return refuse(http.StatusForbidden, "This server is not known under that Host.")
	}
	if origin := r.Header.Get("Origin"); origin != "" && !a.trusts(origin, r.Host) {
		return refuse(http.StatusForbidden, "Pages of that Origin may not use this server.")
	}
	return nil
}

func (a addresses) knows(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	return slices.ContainsFunc(a.hosts, func(allowed string) bool {
		return allowed == "*" || strings.EqualFold(allowed, name) || strings.EqualFold(allowed, host)
	})
}

func (a addresses) trusts(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host) || slices.Contains(a.origins, origin)
}

// share lets pages of the listed origins read answers; a preflight is answered whole.
func (a addresses) share(w http.ResponseWriter, r *http.Request) (answered bool) {
	if origin := r.Header.Get("Origin"); slices.Contains(a.origins, origin) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After, X-Request-Id")
		h.Add("Vary", "Origin")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", http.MethodPost)
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Mcp-Protocol-Version, Mcp-Method, Mcp-Name, X-Request-Id, Traceparent, Tracestate")
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return true
		}
	}
	return false
}

// checkForm refuses what is no JSON posted in the clear: there are no streams to get and no sessions to delete.
func checkForm(r *http.Request) *Refusal {
	if r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, "Only POST is served here: there are no sessions and no standing streams.").
			with("Allow", http.MethodPost)
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "The Content-Type must be application/json.")
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return refuse(http.StatusUnsupportedMediaType, "The body must not be compressed.")
	}
	return nil
}

// readBody reads a body that is neither too long nor too slow.
func readBody(w http.ResponseWriter, r *http.Request, within time.Duration) ([]byte, *Refusal) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "The body is larger than 1 MiB.")
	if r.ContentLength > maxBody {
		return nil, tooLarge.with("Connection", "close")
	}
	connection := http.NewResponseController(w)
	// A recorder in a test has no deadline to set; every real connection does.
	_ = connection.SetReadDeadline(time.Now().Add(within))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
			return nil, tooLarge
		}
		return nil, refuse(http.StatusRequestTimeout, "The body did not arrive.").with("Connection", "close").because(err)
	}
	// From here on a read is how the server notices that the client has gone; that may take as long as it likes.
	_ = connection.SetReadDeadline(time.Time{})
	return body, nil
}

// toolName is the tool of a tools/call.
func toolName(m mcpfix.Message) string {
	var params struct {
		Name string `json:"name"`
	}
	_ = json.Unmarshal(m.Params, &params) // params that are not an object name no tool
	return params.Name
}

func parseMessage(body []byte) (mcpfix.Message, *Refusal) {
	var m mcpfix.Message
	if nesting(body) > maxNesting {
		return m, refuse(http.StatusBadRequest, "The JSON is nested too deeply.").parseError()
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, refuse(http.StatusBadRequest, "The body is not one JSON-RPC message.").parseError()
	}
	if m.Method == "" {
		return m, refuse(http.StatusBadRequest, "A message without a method: this server asks its clients nothing that could be answered.")
	}
	return m, nil
}

func (r *Refusal) parseError() *Refusal {
	r.Code = mcp.PARSE_ERROR
	return r
}

// nesting is how deep JSON goes. Decoders recurse; this does not.
func nesting(body []byte) int {
	depth, deepest, inString := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString:
			switch c {
			case '\\':
				i++
			case '"':
				inString = false
			}
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}
