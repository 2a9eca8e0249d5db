package tools_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

func TestWhichStore(t *testing.T) {
	s := testserver.Start(t)
	first, second := s.Highlight("first connection").ID, s.Highlight("second connection").ID
	product := s.Highlight("digital product").ID

	t.Run("a read takes the oldest and names it", func(t *testing.T) {
		if got := s.Must("list_products", nil).JSON["store"]; got != "Pixel & Page" {
			t.Errorf("store is %v", got)
		}
	})
	t.Run("a named store is not named back", func(t *testing.T) {
		answer := s.Must("get_user", map[string]any{"connection_id": second})
		if answer.JSON["store"] != nil || answer.JSON["name"] != "Fjord Type Foundry" {
			t.Error(answer.Text)
		}
	})
	t.Run("a write refuses and names the choices", func(t *testing.T) {
		s.Sandbox.ResetJournal()
		refused := s.Fails(gumroad.InvalidArguments, "disable_product", map[string]any{"product_id": product})
		for _, part := range []string{first, second, "Pixel & Page", "Fjord Type Foundry", "Nothing was changed."} {
			if !strings.Contains(refused.Text, part) {
				t.Errorf("no %q in %q", part, refused.Text)
			}
		}
		if writes := s.Writes(); len(writes) > 0 {
			t.Errorf("it wrote: %q", writes)
		}
	})
	t.Run("every request names the connection", func(t *testing.T) {
		s.Sandbox.ResetJournal()
		s.Must("list_sales", map[string]any{"limit": 25})
		s.Must("disable_product", map[string]any{"product_id": product, "connection_id": first})
		for _, entry := range s.Sandbox.Journal() {
			if strings.HasPrefix(entry.Path, "/gumroad/") && entry.ConnectionID != first {
				t.Errorf("%s %s went to %q", entry.Method, entry.Path, entry.ConnectionID)
			}
		}
	})
	t.Run("a malformed connection never becomes a header", func(t *testing.T) {
		s.Sandbox.ResetJournal()
		s.Fails(gumroad.InvalidArguments, "get_user", map[string]any{"connection_id": "x\r\nAuthorization: y"})
		if len(s.Requests()) > 0 {
			t.Error("it was sent")
		}
	})
	t.Run("an unknown connection is no connection", func(t *testing.T) {
		s.Fails(gumroad.NoConnection, "get_user", map[string]any{"connection_id": "00000000-0000-4000-8000-000000000000"})
	})
}

func TestNoConnection(t *testing.T) {
	s := testserver.Start(t, func(s *testserver.Settings) { s.Tools.Confirm = "never" })
	for _, name := range []string{"first connection", "second connection"} {
		s.Must("delete_connection", map[string]any{"connection_id": s.Highlight(name).ID})
	}
	refused := s.Fails(gumroad.NoConnection, "list_products", nil)
	link, _ := refused.JSON["url"].(string)
	id, _ := refused.JSON["connection_id"].(string)
	if !strings.Contains(refused.Text, link) || !strings.Contains(refused.Text, "gumroad_get_connection with connection_id "+id) {
		t.Error(refused.Text)
	}
	if again := s.Fails(gumroad.NoConnection, "get_user", nil); again.JSON["connection_id"] != id {
		t.Error("a second call began a second connection")
	}
	s.Authorize(link)
	s.Must("get_connection", map[string]any{"connection_id": id, "wait_seconds": 60})
	if store := s.Must("list_products", nil).JSON["store"]; store != "Pixel & Page" {
		t.Errorf("store %v", store)
	}
	for _, row := range s.Must("list_connections", nil).JSON["connections"].([]any) {
		if row.(map[string]any)["url"] != nil {
			t.Error("a link in the list")
		}
	}
}

// browser opens the links it is asked to open and authorizes.
type browser struct{ s **testserver.Server }

func (b browser) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	answer := &mcp.ElicitationResult{}
	answer.Action = mcp.ElicitationResponseActionDecline
	if request.Params.Mode == mcp.ElicitationModeURL {
		(*b.s).Authorize(request.Params.URL)
		answer.Action = mcp.ElicitationResponseActionAccept
	}
	return answer, nil
}

func TestConnectFromAnyCall(t *testing.T) {
	var s *testserver.Server
	s = testserver.Start(t, func(settings *testserver.Settings) {
		settings.Modern, settings.Elicit, settings.Tools.Confirm = true, browser{&s}, "never"
	})
	for _, name := range []string{"first connection", "second connection"} {
		s.Must("delete_connection", map[string]any{"connection_id": s.Highlight(name).ID})
	}
	if store := s.Must("list_products", nil).JSON["store"]; store != "Pixel & Page" {
		t.Errorf("store %v", store)
	}
}

// TestConnectingFails has a person who does not want to, one who cancels on the page, and links that are of no use.
func TestConnectingFails(t *testing.T) {
	start := func(elicit client.ElicitationHandler) *testserver.Server {
		s := testserver.Start(t, func(settings *testserver.Settings) {
			settings.Modern, settings.Elicit, settings.Tools.Confirm = true, elicit, "never"
		})
		for _, name := range []string{"first connection", "second connection"} {
			s.Must("delete_connection", map[string]any{"connection_id": s.Highlight(name).ID})
		}
		return s
	}
	declines := &person{action: mcp.ElicitationResponseActionDecline}
	refused := start(declines).Fails(gumroad.NoConnection, "list_products", nil)
	if !strings.Contains(refused.Text, "did not want to") || len(declines.asked) != 1 {
		t.Errorf("%q after %q", refused.Text, declines.asked)
	}
	var s *testserver.Server
	s = start(opens(func(url string) { s.Press(url, "cancel") }))
	failed := s.Fails(gumroad.NoConnection, "list_products", nil)
	if !strings.Contains(failed.Text, "was not authorized") || strings.Contains(failed.Text, "session_token") {
		t.Error(failed.Text)
	}
	s.Sandbox.ResetJournal()
	s.Fails(gumroad.NoConnection, "list_products", nil)
	if writes := s.Writes(); len(writes) != 1 {
		t.Errorf("a failed connection is not replaced by a new one: %q", writes)
	}
	readOnly := testserver.Start(t, func(settings *testserver.Settings) {
		settings.Tools.Policy.ReadOnly = true
		settings.Client.Transport = noConnections{}
	})
	if text := readOnly.Fails(gumroad.NoConnection, "list_products", nil).Text; !strings.Contains(text, "switched off here") {
		t.Error(text)
	}
}

// opens is a person who opens every link.
type opens func(url string)

func (o opens) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	o(request.Params.URL)
	answer := &mcp.ElicitationResult{}
	answer.Action = mcp.ElicitationResponseActionAccept
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

func TestFixedConnectionHidesTheArgument(t *testing.T) {
	s := testserver.Start(t, testserver.FirstStore)
	if answer := s.Must("get_user", nil); answer.JSON["store"] != nil {
		t.Error("a configured store is named as if it had been chosen")
	}
	s.Fails(gumroad.InvalidArguments, "get_user", map[string]any{"connection_id": s.Highlight("second connection").ID})
}

func TestDirectMode(t *testing.T) {
	s := testserver.Start(t, func(s *testserver.Settings) {
		s.Client.MatonKey = gumroad.Credential{}
		s.Client.GumroadToken = gumroad.NewCredential("sandbox:view_profile")
	})
	s.Must("get_user", nil)
	refused := s.Fails(gumroad.MissingScope, "list_sales", nil)
	if !strings.Contains(refused.Text, "view_sales") {
		t.Error(refused.Text)
	}
	for _, entry := range s.Sandbox.Journal() {
		if !strings.HasPrefix(entry.Path, "/v2/") {
			t.Errorf("%s is not Gumroad's own path", entry.Path)
		}
	}
}

// TestOnlyReadsConnectNothing has a caller who may only read, on an account without a store.
func TestOnlyReadsConnectNothing(t *testing.T) {
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential("key"), Transport: noConnections{}, RequestsPerSecond: -1})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := tool.New(tools.Toolsets(), tool.Config{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	d, _ := catalog.Find("list_products")
	result := catalog.Call(tool.WithCaller(t.Context(), tool.Caller{Client: client}), d, mcp.CallToolRequest{})
	if text := result.Content[0].(mcp.TextContent).Text; !result.IsError || !strings.Contains(text, "switched off here") {
		t.Error(text)
	}
}
