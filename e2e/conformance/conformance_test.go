// Package conformance runs the official MCP conformance suite against the product's own HTTP stack.
package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

// TestConformance needs the suite and its Node, which e2e/conformance/run installs and names.
func TestConformance(t *testing.T) {
	node, suite, expected := os.Getenv("CONFORMANCE_NODE"), os.Getenv("CONFORMANCE_SUITE"), os.Getenv("CONFORMANCE_EXPECTED_FAILURES")
	if suite == "" {
		t.Skip("CONFORMANCE_SUITE is not set; e2e/conformance/run sets it")
	}
	url := serve(t)
	for _, revision := range []string{"2025-11-25", "2026-07-28"} {
		t.Run(revision, func(t *testing.T) {
			arguments := []string{suite, "server", "--url", url, "--requirements", revision, "--timeout", "3000", "-o", t.TempDir()}
			if revision == "2025-11-25" {
				arguments = append(arguments, "--expected-failures", expected)
			}
			output, err := exec.Command(node, arguments...).CombinedOutput()
			t.Logf("%s", output)
			if err != nil {
				t.Errorf("the suite: %v", err)
			}
		})
	}
}

func serve(t *testing.T) (url string) {
	t.Helper()
	s := mcpserver.NewMCPServer("gumroad-mcp conformance fixtures", "test",
		mcpserver.WithToolCapabilities(false),
		mcpserver.WithPromptCapabilities(false),
		mcpserver.WithResourceCapabilities(true, false), // the suite subscribes; nothing ever changes
		mcpserver.WithLogging(),
		mcpserver.WithCompletions(),
		mcpserver.WithPromptCompletionProvider(nothingToComplete{}),
		mcpserver.WithCacheHints(1000, mcp.CacheScopePrivate),
	)
	register(s)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := gumroad.New(gumroad.Config{})
	if err != nil {
		t.Fatal(err)
	}
	stack := server.NewHTTP(s, server.HTTPOptions{
		HTTP:          settings.HTTP{Path: "/mcp", AllowedHosts: server.DefaultHosts(listener.Addr()), Grace: time.Second},
		Authenticator: server.Open(client),
		Logger:        slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	front := &http.Server{Handler: withCapabilities(stack), ReadHeaderTimeout: time.Minute}
	go func() { served <- front.Serve(listener) }()
	t.Cleanup(func() {
		stop()
		front.Shutdown(ctx)
		<-served
	})
	return "http://" + listener.Addr().String() + "/mcp"
}

type nothingToComplete struct{}

func (nothingToComplete) CompletePromptArgument(context.Context, string, mcp.CompleteArgument, mcp.CompleteContext) (*mcp.Completion, error) {
	return &mcp.Completion{Values: []string{}}, nil
}

// withCapabilities answers a call of test_missing_capability as a tool would that cannot do without sampling. A
// handler of mcp-go cannot answer with a protocol error of its own, and no tool of the product needs one.
func withCapabilities(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var call struct {
			ID     any
			Params struct {
				Name string
				Meta struct {
					Capabilities struct{ Sampling any } `json:"io.modelcontextprotocol/clientCapabilities"`
				} `json:"_meta"`
			}
		}
		if json.Unmarshal(body, &call) != nil || call.Params.Name != "test_missing_capability" || call.Params.Meta.Capabilities.Sampling != nil {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(w).Encode(object{"jsonrpc": "2.0", "id": call.ID, "error": object{
			"code": mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, "message": "This tool needs sampling.",
			"data": object{"requiredCapabilities": object{"sampling": object{}}}}})
	})
}
