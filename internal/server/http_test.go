package server_test

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

var getUser = testserver.CallBody("get_user", nil)

func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// passthrough has callers bring their keys.
func passthrough(s *testserver.Settings) {
	s.Client.MatonKey = gumroad.Credential{}
	s.Auth = func(client *gumroad.Client, _ string) server.Authenticator { return server.Passthrough(client) }
}

// toolNames are the names of the tools of the default toolsets that are wanted, in the order of a list.
func toolNames(wanted func(tool.Set, tool.Tool) bool) []string {
	var names []string
	for _, set := range tools.Toolsets() {
		for _, row := range set.Tools {
			if !set.Optional && wanted(set, row) {
				names = append(names, row.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// storeOf is the name of the store that a get_user acted on.
func storeOf(t *testing.T, a testserver.Answer) any {
	t.Helper()
	user, isError := a.Result(t)
	if isError {
		t.Fatalf("want a store, got %s", a.Body)
	}
	return user["name"]
}

// clock is a server's clock that a test sets forward.
type clock struct{ past atomic.Int64 }

func (c *clock) now() time.Time                { return testserver.Now.Add(time.Duration(c.past.Load())) }
func (c *clock) pass(d time.Duration)          { c.past.Add(int64(d)) }
func (c *clock) drives(s *testserver.Settings) { s.HTTP.Now = c.now }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// gate holds every request upstream until it is opened, and tells of each that arrives.
type gate struct {
	arrived chan struct{}
	open    chan struct{}
}

func newGate() *gate { return &gate{arrived: make(chan struct{}, 1000), open: make(chan struct{})} }

func (g *gate) stands(s *testserver.Settings) {
	s.Between = func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			g.arrived <- struct{}{}
			select {
			case <-g.open:
				return next.RoundTrip(r)
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		})
	}
}

// hanging has the one request upstream wait until it is cancelled, and tells when it arrives and when it is.
func hanging(arrived, cancelled chan<- struct{}) func(*testserver.Settings) {
	return func(s *testserver.Settings) {
		s.Client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			close(arrived)
			<-r.Context().Done()
			close(cancelled)
			return nil, r.Context().Err()
		})
	}
}
