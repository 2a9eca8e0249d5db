package server

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// Refusal is a request that was turned away before it reached MCP.
type Refusal struct {
	Status  int
	Code    int    // JSON-RPC's; 0 to use Status, which is outside the range that JSON-RPC reserves
	Message string // for the client
	Header  map[string]string
	cause   error // for the log
}

func (r *Refusal) Error() string { return r.Message }

func refuse(status int, message string) *Refusal { return &Refusal{Status: status, Message: message} }

func (r *Refusal) because(cause error) *Refusal {
	r.cause = cause
	return r
}

func (r *Refusal) with(header, value string) *Refusal {
	if r.Header == nil {
		r.Header = map[string]string{}
	}
	r.Header[header] = value
	return r
}

func (r *Refusal) after(wait time.Duration) *Refusal {
	seconds := max(1, int((wait+time.Second-1)/time.Second))
	return r.with("Retry-After", strconv.Itoa(seconds))
}

// write sends the refusal as a JSON-RPC error. Its id is null, since the request may not have been read yet.
func (r *Refusal) write(w http.ResponseWriter) {
	for name, value := range r.Header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.Status)
	code := r.Code
	if code == 0 {
		code = r.Status
	}
	answer := mcp.JSONRPCError{JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(nil)}
	answer.Error = mcp.JSONRPCErrorDetails{Code: code, Message: r.Message}
	_ = json.NewEncoder(w).Encode(answer) // the client may be gone
}
