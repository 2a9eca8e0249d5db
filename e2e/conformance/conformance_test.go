// Package conformance runs the official MCP conformance suite.
package conformance

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/e2e/program"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

const (
	legacy = "2025-11-25"
	modern = "2026-07-28"
)

// TestFixtures runs every required scenario against the suite's fixtures, which are served by the product's HTTP stack.
func TestFixtures(t *testing.T) {
	suite := installed(t)
	url := serveFixtures(t)
	t.Run(legacy, func(t *testing.T) {
		suite.run(t, url, "--requirements", legacy, "--timeout", "3000", "--expected-failures", "expected-failures.yml")
	})
	t.Run(modern, func(t *testing.T) { suite.run(t, url, "--requirements", modern, "--timeout", "3000") })
}

// TestProgram runs the scenarios that need no fixture against the program itself.
func TestProgram(t *testing.T) {
	suite := installed(t)
	url := "http://" + program.Serve(t, program.Build(t), nil, "--sandbox", "--addr", "127.0.0.1:0").Addr + "/mcp"
	for revision, scenarios := range map[string][]string{
		legacy: {"server-initialize", "ping", "tools-list", "resources-list", "prompts-list", "completion-complete",
			"dns-rebinding-protection"},
		modern: {"tools-list", "resources-list", "prompts-list", "completion-complete", "dns-rebinding-protection", "caching",
			"sep-2164-resource-not-found", "http-header-validation", "server-sse-multiple-streams",
			"input-required-result-unsupported-methods"},
	} {
		for _, scenario := range scenarios {
			t.Run(revision+"/"+scenario, func(t *testing.T) {
				suite.run(t, url, "--spec-version", revision, "--scenario", scenario)
			})
		}
	}
}

// suite is the directory in which the suite and its Node are installed.
type suite string

func installed(t *testing.T) suite {
	t.Helper()
	directory := os.Getenv("CONFORMANCE_DIRECTORY")
	if directory == "" {
		t.Skip("CONFORMANCE_DIRECTORY is not set; e2e/conformance/run sets it")
	}
	return suite(filepath.Join(directory, "node_modules"))
}

func (s suite) run(t *testing.T, url string, flags ...string) {
	t.Helper()
	node := filepath.Join(string(s), ".bin", "node")
	script := filepath.Join(string(s), "@modelcontextprotocol", "conformance", "dist", "index.js")
	results := t.TempDir()
	arguments := append([]string{script, "server", "--url", url, "-o", results}, flags...)
	command := exec.CommandContext(t.Context(), node, arguments...)
	command.Stdout, command.Stderr = t.Output(), t.Output()
	if err := command.Run(); err != nil {
		t.Errorf("the suite: %v", err)
		logFailures(t, results)
	}
}

// logFailures logs the checks that failed, which the suite only counts when it runs many scenarios.
func logFailures(t *testing.T, results string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(results, "*", "checks.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var checks []struct{ ID, Status, ErrorMessage string }
		if err := json.Unmarshal(raw, &checks); err != nil {
			t.Fatal(err)
		}
		for _, check := range checks {
			if check.Status == "FAILURE" {
				t.Logf("%s: %s: %s", filepath.Base(filepath.Dir(file)), check.ID, check.ErrorMessage)
			}
		}
	}
}

// serveFixtures serves the fixtures until the test ends and returns their URL.
func serveFixtures(t *testing.T) string {
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
	client, err := gumroad.New(gumroad.Config{})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := tool.New(nil, tool.Config{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewUnstartedServer(nil)
	front.Config.Handler = server.NewHTTP(s, server.HTTPOptions{
		HTTP:          settings.HTTP{Path: "/mcp", AllowedHosts: server.DefaultHosts(front.Listener.Addr())},
		Authenticator: server.Open(client),
		Catalog:       catalog,
		Logger:        slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	front.Start()
	t.Cleanup(func() {
		front.CloseClientConnections() // a stream never ends by itself
		front.Close()
	})
	return front.URL + "/mcp"
}

type nothingToComplete struct{}

func (nothingToComplete) CompletePromptArgument(
	context.Context, string, mcp.CompleteArgument, mcp.CompleteContext,
) (*mcp.Completion, error) {
	return &mcp.Completion{Values: []string{}}, nil
}
