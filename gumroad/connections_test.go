package gumroad_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// bareMaton is a client of a Maton that answers with bare objects and errors, which it does not document.
func bareMaton(t *testing.T) *gumroad.Client {
	t.Helper()
	box := sandbox.New(sandbox.Options{BareMatonErrors: true, Now: func() time.Time { return clock }})
	client, err := gumroad.New(gumroad.Config{
		MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: box, RequestsPerSecond: -1})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestACreatedConnectionHasItsLink(t *testing.T) {
	created, err := bareMaton(t).CreateConnection(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if created.ID == "" || created.URL == "" || created.Status != gumroad.ConnectionPending {
		t.Errorf("%+v", created)
	}
}

func TestADeletedConnectionIsGone(t *testing.T) {
	client := bareMaton(t)
	created, err := client.CreateConnection(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ref := gumroad.ConnectionRef{ConnectionID: created.ID}
	got, err := client.DeleteConnection(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	want := gumroad.Deleted[gumroad.Connection]{Message: "The connection was deleted."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := client.GetConnection(t.Context(), ref); code(err) != gumroad.NotFound {
		t.Error(err)
	}
}

func TestARefusedKeyIsMatonsRefusal(t *testing.T) {
	wrong, err := bareMaton(t).WithCredential(gumroad.NewCredential("wrong")).WithConnection("x")
	if err != nil {
		t.Fatal(err)
	}
	want := &gumroad.Error{Code: gumroad.BadCredential, Origin: gumroad.Maton, Status: 401,
		Message: "Maton refused the API key."}
	for name, act := range map[string]func() error{
		"at the control plane": func() error {
			_, err := wrong.ListConnections(t.Context(), gumroad.ListConnections{})
			return err
		},
		"at the gateway": func() error {
			_, err := wrong.GetUser(t.Context(), struct{}{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := act()
			if e, ok := got.(*gumroad.Error); ok {
				e.Said = "" // Maton's own words, whatever they are
				for _, part := range []string{"https://maton.ai", "MATON_API_KEY"} {
					if !strings.Contains(e.Hint, part) {
						t.Errorf("want %s in the hint, got %q", part, e.Hint)
					}
				}
			}
			if diff := diffError(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAConnectionWithoutItsLink: Maton made the connection and gave no link, and the read for it failed. The connection
// is there all the same, and an error would say that nothing was changed.
func TestAConnectionWithoutItsLink(t *testing.T) {
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential("key"), RequestsPerSecond: -1,
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				return reply{status: 200, body: `{"connection":{"connection_id":"c","status":"PENDING"}}`}.response(), nil
			}
			return reply{status: 404, body: `{}`}.response(), nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.CreateConnection(t.Context())
	if diff := cmp.Diff(gumroad.Connection{ID: "c", Status: "PENDING"}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// TestConnectionsThatAreNoList: only a list without rows says that nothing is connected.
func TestConnectionsThatAreNoList(t *testing.T) {
	for body, want := range map[string]gumroad.Code{
		`{"connections":[]}`: "",
		`{}`:                 gumroad.UpstreamUnavailable, `null`: gumroad.UpstreamUnavailable, ``: gumroad.UpstreamUnavailable,
		`{"error":"busy"}`: gumroad.UpstreamUnavailable, `{"connections":null}`: gumroad.UpstreamUnavailable,
		`{"connections":"x"}`: gumroad.UpstreamUnavailable, `{"connections":[],"error":"x"}`: gumroad.UpstreamUnavailable,
	} {
		t.Run(body, func(t *testing.T) {
			client := answering(t, false, reply{status: 200, body: body})
			if _, err := client.ListConnections(t.Context(), gumroad.ListConnections{}); code(err) != want {
				t.Errorf("it is %v, want %q", err, want)
			}
		})
	}
}

// TestConnectionsOfAnotherStatus: Maton gives more than was asked for.
func TestConnectionsOfAnotherStatus(t *testing.T) {
	client := answering(t, false, reply{status: 200, body: `{"connections":[{"connection_id":"a","status":"EXPIRED"},
		{"connection_id":"b","status":"ACTIVE"},{"connection_id":"c","status":"active"},{"connection_id":"d"},{}]}`})
	got, err := client.ListConnections(t.Context(), gumroad.ListConnections{Status: gumroad.ConnectionActive})
	if err != nil {
		t.Fatal(err)
	}
	want := []gumroad.Connection{{ID: "b", Status: gumroad.ConnectionActive}}
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Error(diff)
	}
}

func TestConnectionsWithoutEnd(t *testing.T) {
	requests := 0
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential("key"), RequestsPerSecond: -1,
		Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			requests++
			return reply{status: 200, body: fmt.Sprintf(`{"connections":[{"connection_id":"c%[1]d","status":"ACTIVE"}],"next_token":"t%[1]d"}`,
				requests)}.response(), nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.ListConnections(t.Context(), gumroad.ListConnections{})
	if code(err) != gumroad.UpstreamUnavailable || requests > 60 {
		t.Errorf("after %d requests: %v", requests, err)
	}
}
