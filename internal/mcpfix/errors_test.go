package mcpfix_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

// coded is an error as mcp-go could recognise it: URLElicitationRequiredError has the same method.
type coded struct{ mcp.JSONRPCErrorDetails }

func (c coded) Error() string                  { return c.Message }
func (c coded) JSONRPCError() mcp.JSONRPCError { return mcp.JSONRPCError{Error: c.JSONRPCErrorDetails} }

var wanted = mcp.NewJSONRPCErrorDetails(mcp.INVALID_PARAMS, "There is no such thing.", map[string]any{"uri": "x://thing"})

const readThing = `"uri":"x://thing"`

// withResource is a server whose resource x://thing cannot be read.
func withResource(handler func(context.Context) error) *server.MCPServer {
	s := server.NewMCPServer("test", "1")
	s.AddResource(mcp.NewResource("x://thing", "thing"), func(ctx context.Context, _ mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		return nil, handler(ctx)
	})
	return s
}

func TestStillNeededErrors(t *testing.T) {
	s := withResource(func(context.Context) error { return coded{wanted} })
	contains(t, answer(t, s, request(1, mcp.MethodResourcesRead, readThing)), `"code":-32603,"message":"There is no such thing."}`)
	unknown := answer(t, s, request(1, mcp.MethodResourcesRead, `"uri":"x://unknown"`))
	if strings.Contains(unknown, `"data"`) {
		t.Errorf("an unknown resource is answered with data: %s", unknown)
	}
}

func TestChooseError(t *testing.T) {
	s := withResource(func(ctx context.Context) error {
		mcpfix.ChooseError(ctx, wanted)
		return coded{wanted}
	})
	legacy, modern := request(1, mcp.MethodResourcesRead, readThing), request(1, mcp.MethodResourcesRead, readThing+","+meta)
	chosen := func(t *testing.T, body []byte) {
		t.Helper()
		var got struct {
			ID    int
			Error mcp.JSONRPCErrorDetails
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if diff := cmp.Diff(wanted, got.Error); diff != "" || got.ID != 1 {
			t.Errorf("the answer to %d: %s", got.ID, diff)
		}
	}
	t.Run("HTTP", func(t *testing.T) {
		w := post(t, mcpfix.NewHTTP(s), legacy)
		chosen(t, w.Body.Bytes())
		if w.Code != http.StatusOK {
			t.Errorf("status %d", w.Code)
		}
	})
	t.Run("HTTP of 2026-07-28", func(t *testing.T) {
		w := post(t, mcpfix.NewHTTP(s), modern, "MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "resources/read", "Mcp-Name", "x://thing")
		chosen(t, w.Body.Bytes())
		if w.Code != http.StatusBadRequest {
			t.Errorf("status %d", w.Code)
		}
	})
	t.Run("stdio", func(t *testing.T) {
		var out bytes.Buffer
		stdio := mcpfix.Stdio{Server: s, Calls: 1, Grace: tooLong, Logger: slog.New(slog.DiscardHandler)}
		if err := stdio.Serve(t.Context(), strings.NewReader(legacy), &out); err != nil {
			t.Fatal(err)
		}
		chosen(t, out.Bytes())
	})
	t.Run("in process", func(t *testing.T) {
		wire := mcpfix.NewInProcess(s)
		answer, err := wire.SendRequest(t.Context(), transport.JSONRPCRequest{JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(1),
			Method: string(mcp.MethodResourcesRead), Params: map[string]any{"uri": "x://thing"}})
		if err != nil {
			t.Fatal(err)
		}
		body, _ := json.Marshal(map[string]any{"id": 1, "error": answer.Error})
		chosen(t, body)
	})
	t.Run("a result stays a result", func(t *testing.T) {
		lucky := withResource(func(ctx context.Context) error {
			mcpfix.ChooseError(ctx, wanted)
			return nil
		})
		contains(t, post(t, mcpfix.NewHTTP(lucky), legacy).Body.String(), `"result":{"contents":[]}`)
	})
	t.Run("another transport gives mcp-go's code", func(t *testing.T) {
		contains(t, answer(t, s, legacy), `"code":-32603,"message":"There is no such thing."`)
	})
}
