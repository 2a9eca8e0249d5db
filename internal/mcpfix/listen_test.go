package mcpfix_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

const (
	thing   = "x://thing"
	updated = mcp.MethodNotificationResourceUpdated
	tag     = `"io.modelcontextprotocol/subscriptionId":"listen"`
)

// changing is a server of which one resource changes.
type changing struct {
	*server.MCPServer
	change func() // tells everyone who is to know
	http   http.Handler
	serve  serveFunc
	drain  func() // ends the streams over HTTP
	// patience is how long something is waited for, which mcp-go may never do.
	patience time.Duration
	drops    bool // what is not written at the end of the input
}

// bareChanging is how mcp-go would have it.
func bareChanging() changing {
	s := server.NewMCPServer("test", "1", server.WithResourceCapabilities(true, false))
	h := server.NewStreamableHTTPServer(s, server.WithStateLess(true))
	return changing{s, func() { s.SendNotificationToAllClients(updated, map[string]any{"uri": thing}) }, h, serveBare,
		func() { _ = h.Shutdown(context.Background()) }, 100 * time.Millisecond, true}
}

// ourChanging watches the thing, and nothing else.
func ourChanging() changing {
	changed, watching := make(chan string), atomic.Pointer[context.Context]{}
	hooks := &server.Hooks{}
	mcpfix.WatchResources(hooks, func(ctx context.Context, uris []string) ([]string, <-chan string, error) {
		if len(uris) == 1 && uris[0] == thing {
			watching.Store(&ctx)
			return uris, changed, nil
		}
		nothing := make(chan string)
		close(nothing)
		return nil, nothing, nil
	})
	s := server.NewMCPServer("test", "1", server.WithResourceCapabilities(true, false), server.WithHooks(hooks))
	ending := make(chan struct{})
	listening := mcpfix.Listening{Server: s, Ending: ending, Recovered: recovered}
	other := mcpfix.NewHTTP(s)
	front := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var m mcpfix.Message
		if json.Unmarshal(body, &m) == nil && listening.Takes(r.Header, m) {
			listening.Serve(w, r, m, body)
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		other.ServeHTTP(w, r)
	})
	change := func() {
		if ctx := watching.Load(); ctx != nil {
			select {
			case changed <- thing:
			case <-(*ctx).Done():
			}
		}
	}
	return changing{s, change, front, serveOurs, func() { close(ending) }, tooLong, false}
}

func listenTo(uri string) string {
	return request("listen", mcp.MethodSubscriptionsListen,
		fmt.Sprintf(`"notifications":{"resourceSubscriptions":[%q]},%s`, uri, meta))
}

// listener is a client that listens over HTTP.
type listener struct {
	lines  chan string
	server *http.Server
}

// listenOver serves c on a port and listens to the thing until the test ends.
func listenOver(t *testing.T, c changing) listener {
	t.Helper()
	front := httptest.NewServer(c.http)
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
	})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, front.URL, strings.NewReader(listenTo(thing)))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Content-Type": "application/json",
		"Accept":               "application/json, text/event-stream",
		"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": string(mcp.MethodSubscriptionsListen)} {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	go func() {
		defer answer.Body.Close()
		defer close(lines)
		for scanner := bufio.NewScanner(answer.Body); scanner.Scan(); {
			if strings.HasPrefix(scanner.Text(), "data:") {
				lines <- scanner.Text()
			}
		}
	}()
	contains(t, <-lines, mcp.MethodNotificationSubscriptionsAcknowledged)
	return listener{lines, front.Config}
}

// listen listens to the thing. What comes before the acknowledgement is of mcp-go's sessions before, which are one.
func (p pipe) listen(t *testing.T) {
	t.Helper()
	p.send(listenTo(thing))
	for line := range p.lines {
		if strings.Contains(line, mcp.MethodNotificationSubscriptionsAcknowledged) {
			return
		}
	}
	t.Fatal("it was not acknowledged")
}

// soon is the next line, or "" if none comes.
func (c changing) soon(lines <-chan string) string {
	select {
	case line := <-lines:
		return line
	case <-time.After(c.patience):
		return ""
	}
}

// saysNothing ends the input, before which mcp-go gets some time: it drops what it has not written by then.
func (c changing) saysNothing(p pipe) bool {
	said := ""
	if c.drops {
		said = c.soon(p.lines)
	}
	return said+p.end() == ""
}

// listening is what bare mcp-go gets wrong, as questions whose answer should be yes.
var listening = map[string]func(*testing.T, changing) bool{
	"updates a stream over HTTP": func(t *testing.T, c changing) bool {
		l := listenOver(t, c)
		c.change()
		line := c.soon(l.lines)
		return strings.Contains(line, updated) && strings.Contains(line, tag)
	},
	"ends a stream over HTTP with the server": func(t *testing.T, c changing) bool {
		l := listenOver(t, c)
		l.server.RegisterOnShutdown(c.drain)
		ctx, cancel := context.WithTimeout(t.Context(), 10*c.patience)
		defer cancel()
		return l.server.Shutdown(ctx) == nil && hasAnswer(strings.TrimPrefix(c.soon(l.lines), "data: "), "listen")
	},
	"tags updates on stdio": func(t *testing.T, c changing) bool {
		p := start(t, c.serve, c.MCPServer)
		defer p.end()
		p.listen(t)
		c.change()
		return strings.Contains(c.soon(p.lines), tag)
	},
	"sends nothing more on stdio once it is cancelled": func(t *testing.T, c changing) bool {
		p := start(t, c.serve, c.MCPServer)
		p.listen(t)
		p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"listen"}}`, ping)
		for line := range p.lines {
			if hasAnswer(line, "ping") {
				break
			}
		}
		c.change()
		return c.saysNothing(p)
	},
	"acknowledges a stream that ends at once": func(t *testing.T, c changing) bool {
		nothing := request(1, mcp.MethodSubscriptionsListen, `"notifications":{"toolsListChanged":true},`+meta)
		for range attempts {
			answer := post(t, c.http, nothing, "MCP-Protocol-Version", "2026-07-28", "Mcp-Method",
				string(mcp.MethodSubscriptionsListen), "Accept", "application/json, text/event-stream").Body.String()
			first, _, answered := strings.Cut(answer, `"result"`)
			if !answered {
				t.Fatalf("no answer: %s", answer)
			}
			if !strings.Contains(first, mcp.MethodNotificationSubscriptionsAcknowledged) {
				return false
			}
		}
		return true
	},
}

// subscribing is what bare mcp-go gets wrong for clients of the earlier protocol.
var subscribing = map[string]func(*testing.T, changing) bool{
	"refuses on stdio what does not exist": func(t *testing.T, c changing) bool {
		p := start(t, c.serve, c.MCPServer)
		defer p.end()
		p.send(hello, request(1, mcp.MethodResourcesSubscribe, `"uri":"x://nonsense"`))
		<-p.lines
		return strings.Contains(<-p.lines, `"error"`)
	},
	"updates nobody who did not subscribe": func(t *testing.T, c changing) bool {
		p := start(t, c.serve, c.MCPServer)
		p.send(hello, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, ping)
		<-p.lines
		<-p.lines
		c.change()
		return c.saysNothing(p)
	},
	"offers nothing over HTTP without a session": func(t *testing.T, c changing) bool {
		return !strings.Contains(post(t, c.http, hello).Body.String(), `"subscribe":true`)
	},
	"refuses it over HTTP without a session": func(t *testing.T, c changing) bool {
		subscribe := request(1, mcp.MethodResourcesSubscribe, `"uri":"`+thing+`"`)
		return strings.Contains(post(t, c.http, subscribe).Body.String(), `"code":-32601`)
	},
}

func testStillNeeded(t *testing.T, parts map[string]func(*testing.T, changing) bool) {
	for name, holds := range parts {
		t.Run(name, func(t *testing.T) {
			if holds(t, bareChanging()) {
				t.Errorf("mcp-go %s", name)
			}
		})
	}
}

func testMended(t *testing.T, parts map[string]func(*testing.T, changing) bool) {
	for name, holds := range parts {
		t.Run(name, func(t *testing.T) {
			if !holds(t, ourChanging()) {
				t.Errorf("it is not so that it %s", name)
			}
		})
	}
}

func TestStillNeededListen(t *testing.T) { testStillNeeded(t, listening) }

func TestListen(t *testing.T) { testMended(t, listening) }

func TestStillNeededSubscribe(t *testing.T) { testStillNeeded(t, subscribing) }

func TestSubscribe(t *testing.T) { testMended(t, subscribing) }
