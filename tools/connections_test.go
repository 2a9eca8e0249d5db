package tools_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// matonSays answers every request to the control plane with the same JSON.
type matonSays string

func (m matonSays) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(string(m)))}, nil
}

// TestWordsOfMatonsThatAreNew: a status that nobody knows breaks no answer, least of all one of a connection that was
// made.
func TestWordsOfMatonsThatAreNew(t *testing.T) {
	t.Parallel()
	says := func(answer string) *testserver.Server {
		return testserver.Start(t, func(s *testserver.Settings) { s.Client.Transport = matonSays(answer) })
	}
	t.Run("in a list", func(t *testing.T) {
		rows := says(`{"connections":[{"connection_id":"c","status":"EXPIRED"}]}`).
			Must("list_connections", nil).Rows("connections")
		if len(rows) != 1 || rows[0]["status"] != "EXPIRED" {
			t.Errorf("the list is %v", rows)
		}
	})
	t.Run("of a new connection", func(t *testing.T) {
		testserver.Want(t, says(`{"connections":[],"connection":{"connection_id":"c","status":"INITIATED"}}`).Must("create_connection", nil),
			map[string]any{"connection_id": "c", "status": "INITIATED"})
	})
	t.Run("a new connection without its link is told, not made again", func(t *testing.T) {
		made := says(`{"connections":[],"connection":{"connection_id":"c","status":"PENDING"}}`).Must("create_connection", nil)
		testserver.Says(t, made, "Do not make another connection")
	})
}

// TestNothingIsBuiltOnWhatMatonDoesNotSay: an answer that names no connections is not taken for an account without any,
// for which a connection would be made, and a connection that is not ACTIVE is not used.
func TestNothingIsBuiltOnWhatMatonDoesNotSay(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]gumroad.Code{
		`{}`: gumroad.UpstreamUnavailable, `{"error":"busy"}`: gumroad.UpstreamUnavailable,
		`{"connections":[{"connection_id":"c","status":"EXPIRED"}]}`: gumroad.NoConnection,
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			var changes []string
			s := testserver.Start(t, testserver.Unasked, func(s *testserver.Settings) {
				s.Client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
					if r.Method != http.MethodGet {
						changes = append(changes, r.Method+" "+r.URL.Path)
						return matonSays(`{"connection":{"connection_id":"new","status":"PENDING","url":"https://connect.example"}}`).RoundTrip(r)
					}
					return matonSays(answer).RoundTrip(r)
				})
			})
			s.Fails(want, "disable_product", map[string]any{"product_id": "p"})
			for _, change := range changes {
				if want != gumroad.NoConnection || change != "POST /connections" {
					t.Errorf("%s was sent", change)
				}
			}
		})
	}
	t.Run("a deletion that was not made", func(t *testing.T) {
		t.Parallel()
		s := testserver.Start(t, testserver.Unasked, func(s *testserver.Settings) { s.Client.Transport = matonSays(`{"error":"nope"}`) })
		s.Fails(gumroad.OutcomeUnknown, "delete_connection", map[string]any{"connection_id": "c"})
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestCreateConnection: the link comes at once where nobody would see it during a wait, and the same one again.
func TestCreateConnection(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	s.Sandbox.ResetJournal()
	made := s.Must("create_connection", map[string]any{"wait_seconds": 45})
	id, link := made.JSON["connection_id"], made.JSON["url"]
	if id == nil || link == nil {
		t.Fatalf("want a connection with its link, got %s", made.Text)
	}
	testserver.Says(t, made, "wait_seconds 45")
	testserver.Want(t, s.Must("create_connection", nil), map[string]any{"connection_id": id, "url": link, "status": "PENDING"})
	posts := 0
	for _, request := range s.Requests() {
		switch {
		case strings.HasPrefix(request, "POST /connections"):
			posts++
		case strings.HasPrefix(request, fmt.Sprint("GET /connections/", id)):
			t.Errorf("it waited: %s", request)
		}
	}
	if posts != 1 {
		t.Errorf("%d connections were begun", posts)
	}
	s.Fails(gumroad.InvalidArguments, "create_connection", map[string]any{"wait_seconds": 46})
	s.Fails(gumroad.InvalidArguments, "get_connection", map[string]any{"connection_id": id, "wait_seconds": 300})
}
