package testserver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// Eras are the protocol versions whose wire differs.
var Eras = []string{"2025-11-25", "2026-07-28"}

// RPCError is a JSON-RPC error as it stands on the wire.
type RPCError struct {
	Code    int            `json:"code"`
	Message string         `json:"message"`
	Data    map[string]any `json:"data"`
}

// RPC sends one request as a client of that era writes it, and returns what came back, decoded into result if it is
// no error.
func (s *HTTP) RPC(era, method string, params map[string]any, result any) *RPCError {
	s.tb.Helper()
	modern := mcp.IsModernProtocol(era)
	sent := map[string]any{}
	for name, value := range params {
		sent[name] = value
	}
	if modern {
		sent["_meta"] = map[string]any{
			"io.modelcontextprotocol/protocolVersion":    era,
			"io.modelcontextprotocol/clientCapabilities": map[string]any{},
			"io.modelcontextprotocol/clientInfo":         map[string]any{"name": "test", "version": "1"},
		}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": sent})
	if err != nil {
		s.tb.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.tb.Context(), http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		s.tb.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	request.Header.Set("MCP-Protocol-Version", era)
	if modern {
		request.Header.Set("Mcp-Method", method)
		for _, field := range []string{"name", "uri"} {
			if name, ok := params[field].(string); ok {
				request.Header.Set("Mcp-Name", headerValue(name))
			}
		}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *RPCError       `json:"error"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		s.tb.Fatalf("%s: %s: %v", method, response.Status, err)
	}
	if answer.Error != nil {
		return answer.Error
	}
	if err := json.Unmarshal(answer.Result, result); err != nil {
		s.tb.Fatalf("%s: %s: %v", method, answer.Result, err)
	}
	return nil
}

// headerValue encodes what a header cannot carry as it is.
func headerValue(name string) string {
	if name == strings.TrimSpace(name) && !strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return name
	}
	return "=?base64?" + base64.StdEncoding.EncodeToString([]byte(name)) + "?="
}
