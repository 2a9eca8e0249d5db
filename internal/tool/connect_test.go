package tool_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// unconnected is a server whose Maton account has no store. A nil person is a client that cannot be asked.
func unconnected(t *testing.T, person client.ElicitationHandler) *testserver.Server {
	t.Helper()
	s := testserver.Start(t, testserver.Unasked,
		func(s *testserver.Settings) { s.Modern, s.Elicit = person != nil, person })
	for _, name := range []string{"first connection", "second connection"} {
		s.Must("delete_connection", map[string]any{"connection_id": s.Highlight(name).ID})
	}
	s.Sandbox.ResetJournal()
	return s
}

func TestClientsThatCannotOpenLinks(t *testing.T) {
	t.Parallel()
	s := unconnected(t, nil)
	refused := s.Fails(gumroad.NoConnection, "list_products", nil)
	link, _ := refused.JSON["url"].(string)
	id, _ := refused.JSON["connection_id"].(string)
	if link == "" || id == "" {
		t.Fatalf("want a link and its connection: %s", refused.Text)
	}
	connection := map[string]any{"connection_id": id, "wait_seconds": 45}

	t.Run("are told the link and how to wait for it", func(t *testing.T) {
		testserver.Says(t, refused, link, "gumroad_get_connection with connection_id "+id, "wait_seconds 45")
	})
	t.Run("get the same link from the next call", func(t *testing.T) {
		testserver.Want(t, s.In(t).Fails(gumroad.NoConnection, "get_user", nil),
			map[string]any{"connection_id": id, "url": link})
	})
	t.Run("reach the store once the person has authorized", func(t *testing.T) {
		s := s.In(t)
		s.Authorize(link)
		testserver.Want(t, s.Must("get_connection", connection), map[string]any{"status": "ACTIVE"})
		testserver.Want(t, s.Must("get_user", nil), map[string]any{"name": "Pixel & Page", "store": nil}) // the only one
	})
	t.Run("see no link in the list of connections", func(t *testing.T) {
		rows := s.In(t).Must("list_connections", nil).Rows("connections")
		if len(rows) == 0 {
			t.Error("want the new connection in the list")
		}
		for _, row := range rows {
			if row["url"] != nil {
				t.Errorf("want no link, got %v", row)
			}
		}
	})
}

func TestClientsThatOpenLinks(t *testing.T) {
	t.Parallel()
	t.Run("a call goes on once the person has authorized", func(t *testing.T) {
		var s *testserver.Server
		s = unconnected(t, opens(func(url string) { s.Authorize(url) }))
		testserver.Want(t, s.Must("get_user", nil), map[string]any{"name": "Pixel & Page", "store": nil}) // the only one
	})
	t.Run("a person who declines is asked once", func(t *testing.T) {
		declines := &person{action: mcp.ElicitationResponseActionDecline}
		testserver.Says(t, unconnected(t, declines).Fails(gumroad.NoConnection, "list_products", nil), "did not want to")
		if len(declines.asked) != 1 {
			t.Errorf("want one question, got %q", declines.asked)
		}
	})
	t.Run("a person who cancels on the page has authorized nothing", func(t *testing.T) {
		var s *testserver.Server
		s = unconnected(t, opens(func(url string) { s.Press(url, "cancel") }))
		failed := s.Fails(gumroad.NoConnection, "list_products", nil)
		testserver.Says(t, failed, "was not authorized")
		testserver.SaysNot(t, failed, "session_token")
	})
	t.Run("a connection that failed is replaced by a new one", func(t *testing.T) {
		var s *testserver.Server
		s = unconnected(t, opens(func(url string) { s.Press(url, "cancel") }))
		s.Fails(gumroad.NoConnection, "list_products", nil)
		s.Sandbox.ResetJournal()
		s.Fails(gumroad.NoConnection, "list_products", nil)
		if writes := s.Writes(); len(writes) != 1 {
			t.Errorf("want one new connection, got %q", writes)
		}
	})
}

func TestConnectingIsSwitchedOff(t *testing.T) {
	t.Parallel()
	t.Run("by read-only", func(t *testing.T) {
		s := testserver.Start(t, func(s *testserver.Settings) {
			s.Tools.Policy.ReadOnly, s.Client.Transport = true, noConnections{}
		})
		testserver.Says(t, s.Fails(gumroad.NoConnection, "list_products", nil), "switched off here")
	})
	t.Run("for a caller who may only read", func(t *testing.T) {
		account, err := gumroad.New(gumroad.Config{
			MatonKey: gumroad.NewCredential("key"), Transport: noConnections{}, RequestsPerSecond: -1,
		})
		if err != nil {
			t.Fatal(err)
		}
		catalog, err := tool.New(tools.Toolsets(), tool.Config{Client: account})
		if err != nil {
			t.Fatal(err)
		}
		d, _ := catalog.Find("list_products")
		result := catalog.Call(tool.WithCaller(t.Context(), tool.Caller{Client: account}), d, mcp.CallToolRequest{})
		if !result.IsError {
			t.Error("want an error")
		}
		testserver.Says(t, testserver.Result{Text: result.Content[0].(mcp.TextContent).Text}, "switched off here")
	})
}

// opens is a person who opens every link.
type opens func(url string)

func (o opens) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	answer := &mcp.ElicitationResult{}
	answer.Action = mcp.ElicitationResponseActionDecline
	if request.Params.Mode == mcp.ElicitationModeURL {
		o(request.Params.URL)
		answer.Action = mcp.ElicitationResponseActionAccept
	}
	return answer, nil
}

// noConnections is a Maton account without any.
type noConnections struct{}

func (noConnections) RoundTrip(*http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	w.WriteString(`{"connections":[]}`)
	return w.Result(), nil
}
