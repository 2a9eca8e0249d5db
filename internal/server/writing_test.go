package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// pipes is a listener whose connections hold nothing back: a write waits until it is read.
type pipes struct {
	dialled chan net.Conn
	closed  context.Context
	close   context.CancelFunc
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error { p.close(); return nil }

func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

func (p pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.dialled <- theirs
	return ours
}

// startOnPipes serves one tool, whose answer is of that size, with one slot for all callers.
func startOnPipes(t *testing.T, size int) (pipes, func()) {
	t.Helper()
	tools := mcpserver.NewMCPServer("test", "1", mcpserver.WithToolCapabilities(false))
	tools.AddTool(mcp.NewTool(tool.DefaultPrefix+"long"),
		func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText(strings.Repeat("x", size)), nil
		})
	client, err := gumroad.New(gumroad.Config{})
	if err != nil {
		t.Fatal(err)
	}
	b := testserver.New(t)
	front := server.NewHTTP(tools, server.HTTPOptions{
		HTTP:          settings.HTTP{Path: "/mcp", AllowedHosts: []string{"localhost"}, MaxInFlight: 1},
		Authenticator: server.Open(client), Catalog: b.Catalog, Logger: slog.New(slog.DiscardHandler)})
	closed, end := context.WithCancel(t.Context())
	listener := pipes{make(chan net.Conn), closed, end}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- front.Serve(ctx, listener) }()
	return listener, func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
}

func send(t *testing.T, c net.Conn, body string) {
	t.Helper()
	const head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
	if _, err := fmt.Fprintf(c, head+"%s", len(body), body); err != nil {
		t.Fatal(err)
	}
}

func TestAnswersAreTaken(t *testing.T) {
	const size = 1 << 20
	call := testserver.CallBody("long", nil)
	t.Run("a client that never reads loses its slot", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			listener, stop := startOnPipes(t, size)
			defer stop()
			unread := listener.dial()
			defer unread.Close()
			send(t, unread, call)
			time.Sleep(time.Minute)
			other := listener.dial()
			defer other.Close()
			send(t, other, `{"jsonrpc":"2.0","id":1,"method":"ping"}`)
			answer, err := http.ReadResponse(bufio.NewReader(other), nil)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("another call got HTTP %d", answer.StatusCode)
			}
			rest, err := io.ReadAll(unread)
			if len(rest) >= size || err != nil && !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("want a closed connection, got %d more bytes and %v", len(rest), err)
			}
		})
	})
	t.Run("one that reads slowly gets all of it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			listener, stop := startOnPipes(t, size)
			defer stop()
			slow := listener.dial()
			defer slow.Close()
			started := time.Now()
			send(t, slow, call)
			answer, err := http.ReadResponse(bufio.NewReaderSize(slowly{slow}, 32<<10), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil || len(body) < size || time.Since(started) < time.Minute {
				t.Errorf("got %d bytes after %s and %v", len(body), time.Since(started), err)
			}
		})
	})
}

// slowly reads 32 KiB in two seconds.
type slowly struct{ io.Reader }

func (s slowly) Read(p []byte) (int, error) {
	time.Sleep(2 * time.Second)
	return s.Reader.Read(p[:min(len(p), 32<<10)])
}
