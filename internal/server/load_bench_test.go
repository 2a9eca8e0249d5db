package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/events"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// startForLoad serves as many callers as there are lines, with the limits that apply by default.
func startForLoad(b *testing.B, sales int, perSecond float64, watcher events.Watcher, lines ...string) *testserver.HTTP {
	b.Helper()
	return testserver.StartHTTP(b, testserver.FirstStore, func(s *testserver.Settings) {
		s.Sandbox.Sales = sales
		s.Client.RequestsPerSecond = perSecond
		s.HTTP.MaxInFlight = 256
		s.Watcher = watcher
		s.Logger = slog.New(slog.DiscardHandler)
		s.Auth = func(client *gumroad.Client, _ string) server.Authenticator {
			grants, err := server.ParseGrants(strings.NewReader(strings.Join(lines, "\n")), client)
			if err != nil {
				b.Fatal(err)
			}
			auth, err := server.Tokens(grants)
			if err != nil {
				b.Fatal(err)
			}
			return auth
		}
	})
}

// BenchmarkNeighbour measures one caller's get_user, alone and while another caller runs 40 exports, at the rate that
// applies upstream by default.
func BenchmarkNeighbour(b *testing.B) {
	anna, annaLine := server.NewToken()
	bert, bertLine := server.NewToken()
	s := startForLoad(b, 20_000, gumroad.DefaultRequestsPerSecond, nil, annaLine, bertLine)
	get := func(b *testing.B) {
		var times []time.Duration
		for b.Loop() {
			started := time.Now()
			s.In(b).Post(getUser, bearer(bert)...).WantStatus(b, http.StatusOK)
			times = append(times, time.Since(started))
		}
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Milliseconds()), "p50-ms")
		b.ReportMetric(float64(times[len(times)-1].Milliseconds()), "max-ms")
	}
	b.Run("alone", get)
	ctx, end := context.WithCancel(b.Context())
	var exports sync.WaitGroup
	for range 40 {
		exports.Go(func() {
			body := strings.NewReader(testserver.CallBody("export_sales", nil))
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, body)
			if err != nil {
				b.Error(err)
				return
			}
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Authorization", "Bearer "+anna)
			if answer, err := http.DefaultClient.Do(request); err == nil { // otherwise it was cancelled in the end
				answer.Body.Close()
				b.Errorf("an export ended early: HTTP %d", answer.StatusCode)
			}
		})
	}
	b.Run("beside 40 exports", get)
	end()
	exports.Wait()
}

// BenchmarkUnread measures the memory that 256 readers of an export of 6 MB take who never read, 64 of each caller.
func BenchmarkUnread(b *testing.B) {
	const callers, readers = 4, 64
	var tokens, lines []string
	for range callers {
		token, line := server.NewToken()
		tokens, lines = append(tokens, token), append(lines, line)
	}
	s := startForLoad(b, 20_000, -1, nil, lines...)
	var bodies []string
	for _, token := range tokens {
		made, failed := s.Post(testserver.CallBody("export_sales", nil), bearer(token)...).Result(b)
		if failed {
			b.Fatal(made)
		}
		bodies = append(bodies, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":%q}}`,
			made["resource"]))
	}
	size := len(s.Post(bodies[0], bearer(tokens[0])...).Body)
	for b.Loop() {
		runtime.GC()
		var connections []net.Conn
		for i, token := range tokens {
			for range readers {
				c, err := net.Dial("tcp", strings.TrimPrefix(s.Base, "http://"))
				if err != nil {
					b.Fatal(err)
				}
				_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
				connections = append(connections, c)
				fmt.Fprintf(c, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"+
					"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", token, len(bodies[i]))
				io.WriteString(c, bodies[i])
			}
		}
		var highest uint64
		for range 50 {
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			highest = max(highest, memory.HeapInuse)
			time.Sleep(100 * time.Millisecond)
		}
		for _, c := range connections {
			c.Close()
		}
		b.ReportMetric(float64(highest>>20), "MiB")
		b.ReportMetric(float64(size>>10), "answer-KiB")
	}
}
