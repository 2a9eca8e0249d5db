package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

const (
	maxBody    = 1 << 20 // bytes
	maxNesting = 64
)

// addresses says under which names the server answers, and which web pages may use it. Checking both keeps other pages
// out: a page that made its own name point at this server (DNS rebinding) sends that name as Host, and any other page
// sends its own address as Origin.
type addresses struct {
	hosts   []string // with a port or for any port; "*" for every name
	origins []string // besides the server's own
}

// DefaultHosts returns the names that need no configuration: the address itself or, on a loopback address, every name
// of this machine. A server that listens on every address has none.
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
		return refuse(http.StatusForbidden, fmt.Sprintf("This server does not answer to the Host %s. "+
			"Its operator can allow it with --allowed-hosts or --public-url.", quoted(r.Host)))
	}
	if origin := r.Header.Get("Origin"); origin != "" && !a.trusts(origin, r.Host) {
		return refuse(http.StatusForbidden, fmt.Sprintf("Pages of the Origin %s may not use this server. "+
			"Its operator can allow it with --allowed-origins.", quoted(origin)))
	}
	return nil
}

// quoted returns a name that came from outside, for people. It keeps the end of a long one, which says whose it is.
func quoted(name string) string {
	const longest = 253 // characters of a DNS name
	return strconv.Quote(name[max(0, len(name)-longest):])
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

// share adds the CORS headers that let pages of the allowed origins read answers. It answers a preflight itself.
func (a addresses) share(w http.ResponseWriter, r *http.Request) (answered bool) {
	if origin := r.Header.Get("Origin"); slices.Contains(a.origins, origin) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After, X-Request-Id")
		h.Add("Vary", "Origin")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", http.MethodPost)
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, "+
				"Mcp-Protocol-Version, Mcp-Method, Mcp-Name, X-Request-Id, Traceparent, Tracestate")
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return true
		}
	}
	return false
}

// checkForm accepts only uncompressed JSON in a POST. MCP's GET and DELETE are for streams and sessions, and this
// server has neither.
func checkForm(r *http.Request) *Refusal {
	if r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, "Only POST is served here: there are no sessions and no streams to open.").
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

// readBody reads the body. It refuses one that is too long or takes too long to arrive.
func readBody(w http.ResponseWriter, r *http.Request, within time.Duration) ([]byte, *Refusal) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "The body is larger than 1 MiB.").with("Connection", "close")
	if r.ContentLength > maxBody {
		return nil, tooLarge
	}
	connection := http.NewResponseController(w)
	// The error is for recorders in tests, which have no deadline; every real connection has.
	_ = connection.SetReadDeadline(time.Now().Add(within))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
			return nil, tooLarge
		}
		return nil, refuse(http.StatusRequestTimeout, "The body did not arrive in time.").
			with("Connection", "close").because(err)
	}
	// From here on the server reads only to notice that the client is gone, which has no deadline.
	_ = connection.SetReadDeadline(time.Time{})
	return body, nil
}

// toolName returns the name of the tool in a tools/call.
func toolName(m mcpfix.Message) string {
	var params struct {
		Name string `json:"name"`
	}
	_ = json.Unmarshal(m.Params, &params) // malformed params name no tool
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
		return m, refuse(http.StatusBadRequest,
			"The message has no method. It cannot be an answer, since this server sends its clients no requests.")
	}
	return m, nil
}

func (r *Refusal) parseError() *Refusal {
	r.Code = mcp.PARSE_ERROR
	return r
}

// nesting returns how deep JSON is nested. It is checked before decoding, because decoders recurse and this does not.
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
