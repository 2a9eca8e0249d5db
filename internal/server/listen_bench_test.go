package server_test

import (
	"bufio"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// BenchmarkListen holds 2,000 streams open, as many as two instances serve, and measures what one of them takes, how
// long it is until one change has reached all, and until all are closed with their result once the servers stop.
func BenchmarkListen(b *testing.B) {
	const instances, callers, perCaller = 2, 50, 20
	var watcher testserver.Watcher
	var servers []*testserver.HTTP
	var tokens, lines []string
	for range callers {
		token, line := server.NewToken()
		tokens, lines = append(tokens, token), append(lines, line)
	}
	for range instances {
		servers = append(servers, startForLoad(b, 1, -1, &watcher, lines...))
	}
	var streams []*bufio.Reader
	before := inUse()
	for _, s := range servers {
		for _, token := range tokens {
			for range perCaller {
				c, err := net.Dial("tcp", strings.TrimPrefix(s.Base, "http://"))
				if err != nil {
					b.Fatal(err)
				}
				defer c.Close()
				body := listenBody("listen:0", everything)
				fmt.Fprintf(c, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
					"MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\nContent-Length: %d\r\n\r\n%s", token, len(body), body)
				stream := bufio.NewReaderSize(c, 1<<10)
				if err := skipTo(stream, acknowledged); err != nil {
					b.Fatal(err)
				}
				streams = append(streams, stream)
			}
		}
	}
	perStream := float64(inUse()-before) / float64(len(streams))
	all := func(text string) {
		var reached sync.WaitGroup
		for _, stream := range streams {
			reached.Go(func() {
				if err := skipTo(stream, text); err != nil {
					b.Error(err)
				}
			})
		}
		reached.Wait()
	}
	for b.Loop() {
		watcher.Change(everything)
		all(updated)
	}
	began := time.Now()
	for _, s := range servers {
		s.Stop()
	}
	all(`"result"`)
	for _, s := range servers {
		if err := <-s.Served; err != nil {
			b.Error(err)
		}
	}
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms-to-shutdown")
	b.ReportMetric(perStream/1024, "KiB/stream")
	b.ReportMetric(float64(len(streams)), "streams")
}

// skipTo reads lines until one has the text.
func skipTo(stream *bufio.Reader, text string) error {
	for {
		line, err := stream.ReadString('\n')
		if strings.Contains(line, text) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("before %s: %w", text, err)
		}
	}
}

// inUse is the memory of the heap and of the stacks.
func inUse() uint64 {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapInuse + memory.StackInuse
}
