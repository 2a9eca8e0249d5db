package server_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// BenchmarkHTTP compares calls a second:
//
//	bare     mcp-go alone, with as many echo tools as the product has tools
//	guarded  the same echo tools behind the guard
//	product  get_user of the product, answered by the sandbox in process
//
// 100 clients call at once for every CPU. With GUMROAD_MCP_BENCH_URL, product calls the server that runs there.
func BenchmarkHTTP(b *testing.B) {
	f := start(b, func(s *setup) {
		quiet := slog.New(slog.DiscardHandler)
		s.client.Logger, s.tools.Logger, s.options.Logger = quiet, quiet, quiet
	})
	count := len(f.post(listTools).toolNames(b))
	echoes := mcpserver.NewMCPServer("echo", "1", mcpserver.WithToolCapabilities(false))
	for i := range count {
		tool := mcp.NewToolWithRawSchema("echo_"+string(rune('a'+i%26))+strings.Repeat("x", i/26), "Echoes.", []byte(`{"type":"object","properties":{"text":{"type":"string"}}}`))
		echoes.AddTool(tool, func(_ context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText(request.GetString("text", "")), nil
		})
	}
	echo := strings.Replace(callBody("", map[string]any{"text": strings.Repeat("x", 256)}), tool.DefaultPrefix, "echo_a", 1)

	bare := httptest.NewServer(mcpserver.NewStreamableHTTPServer(echoes, mcpserver.WithStateLess(true), mcpserver.WithDisableStreaming(true)))
	defer bare.Close()
	client, err := gumroad.New(gumroad.Config{})
	if err != nil {
		b.Fatal(err)
	}
	catalog, err := tool.New(nil, tool.Config{Client: client}) // no tool of it is called, so no scope is needed
	if err != nil {
		b.Fatal(err)
	}
	guarded := httptest.NewServer(server.NewHTTP(echoes, server.HTTPOptions{
		Catalog:       catalog,
		HTTP:          settings.HTTP{Path: "/", AllowedHosts: []string{"127.0.0.1"}, MaxInFlight: 1000},
		Authenticator: server.Open(client), Logger: slog.New(slog.DiscardHandler)}))
	defer guarded.Close()
	product := f.url
	if url := os.Getenv("GUMROAD_MCP_BENCH_URL"); url != "" {
		product = url
	}
	store := sandbox.New(sandbox.Options{})
	defer store.Close()
	user := callBody("get_user", map[string]any{"connection_id": store.Highlights()[0].ID})

	b.Run("bare", func(b *testing.B) { load(b, bare.URL, echo) })
	b.Run("guarded", func(b *testing.B) { load(b, guarded.URL+"/", echo) })
	b.Run("product", func(b *testing.B) { load(b, product, user) })
}

func load(b *testing.B, url, body string) {
	transport := &http.Transport{MaxIdleConnsPerHost: 1000}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var (
		mu    sync.Mutex
		times []time.Duration
		fails int
	)
	b.SetParallelism(100)
	b.RunParallel(func(p *testing.PB) {
		var own []time.Duration
		failed := 0
		for p.Next() {
			started := time.Now()
			response, err := client.Post(url, "application/json", strings.NewReader(body))
			if err != nil {
				failed++
				continue
			}
			raw, err := io.ReadAll(response.Body)
			response.Body.Close()
			own = append(own, time.Since(started))
			if err != nil || response.StatusCode != http.StatusOK || strings.Contains(string(raw), `"isError":true`) {
				failed++
			}
		}
		mu.Lock()
		defer mu.Unlock()
		times, fails = append(times, own...), fails+failed
	})
	if fails > 0 {
		b.Errorf("%d of %d calls failed", fails, b.N)
	}
	slices.Sort(times)
	at := func(share float64) float64 { return times[int(share*float64(len(times)-1))].Seconds() * 1000 }
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	b.ReportMetric(at(0.50), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
}
