package docs_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// scopes learns which of Gumroad's scopes requests need. Before each request it sends the same one with a token that
// allows next to nothing: the refusal, which changes nothing, names the scope.
type scopes struct {
	sandbox *sandbox.Sandbox
	next    http.RoundTripper

	mu    sync.Mutex
	names []string
}

// next to nothing: what anyone may see of a store.
const bareToken = sandbox.GumroadToken + ":view_public"

func (s *scopes) watch(settings *testserver.Settings) {
	settings.Between = func(next http.RoundTripper) http.RoundTripper {
		s.next = next
		return s
	}
}

func (s *scopes) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = nil
}

// seen are the scopes that requests needed since the last reset.
func (s *scopes) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.names)
	return slices.Compact(s.names)
}

var scopeNamed = regexp.MustCompile(`requires scope \\"(\w+)`)

func (s *scopes) RoundTrip(r *http.Request) (*http.Response, error) {
	path, toGumroad := strings.CutPrefix(r.URL.Path, "/gumroad/v2")
	if !toGumroad || path == "/licenses/verify" { // anyone may do that
		return s.next.RoundTrip(r)
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	bare := r.Clone(r.Context())
	bare.URL.Path, bare.URL.RawPath = "/v2"+path, strings.TrimPrefix(r.URL.RawPath, "/gumroad")
	bare.Header.Set("Authorization", "Bearer "+bareToken)
	bare.Header.Del("Maton-Connection")
	bare.Body = io.NopCloser(bytes.NewReader(body))
	answer, err := s.sandbox.RoundTrip(bare)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if named := scopeNamed.FindStringSubmatch(answer.Header.Get("WWW-Authenticate")); named != nil {
		s.mu.Lock()
		s.names = append(s.names, named[1])
		s.mu.Unlock()
	}
	return s.next.RoundTrip(r)
}
