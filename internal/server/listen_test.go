package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

const (
	aSale        = "gumroad://sales/A%3D%3D"
	anotherSale  = "gumroad://sales/B%3D%3D"
	everything   = "gumroad://events"
	subscription = "io.modelcontextprotocol/subscriptionId"
	acknowledged = "notifications/subscriptions/acknowledged"
	updated      = "notifications/resources/updated"
	modernMeta   = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
)

// listenBody is a subscriptions/listen of protocol 2026-07-28.
func listenBody(id any, uris ...string) string {
	rawID, _ := json.Marshal(id)
	rawURIs, _ := json.Marshal(uris)
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"subscriptions/listen","params":{"notifications":{`+
		`"toolsListChanged":true,"resourceSubscriptions":%s},%s}}`, rawID, rawURIs, modernMeta)
}

// modern are the headers of a request of protocol 2026-07-28.
func modern(method string, more ...string) []string {
	return append([]string{"MCP-Protocol-Version", testserver.Eras[1], "Mcp-Method", method}, more...)
}

// acknowledgement is the first message of a subscription.
func acknowledgement(id any, uris ...any) testserver.Message {
	watched := map[string]any{}
	if len(uris) > 0 {
		watched["resourceSubscriptions"] = uris
	}
	return testserver.Message{Method: acknowledged,
		Params: map[string]any{"_meta": map[string]any{subscription: id}, "notifications": watched}}
}

func update(id any, uri string) testserver.Message {
	return testserver.Message{Method: updated,
		Params: map[string]any{"_meta": map[string]any{subscription: id}, "uri": uri}}
}

// completion is the last message of a subscription.
func completion(id any) testserver.Message {
	return testserver.Message{ID: id, Result: map[string]any{"resultType": "complete", "_meta": map[string]any{
		subscription:                         id,
		"io.modelcontextprotocol/serverInfo": map[string]any{"name": "gumroad-mcp", "version": "test"},
	}}}
}

func wantMessage(t *testing.T, want, got testserver.Message) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("message (-want +got):\n%s", diff)
	}
}

// watched is a server on pipes whose resources change.
type watched struct {
	*testserver.HTTP
	testserver.Watcher
	pipes pipes
}

// startWatched serves until the test stops it.
func startWatched(t *testing.T, change ...func(*testserver.Settings)) *watched {
	t.Helper()
	closed, end := context.WithCancel(t.Context())
	w := &watched{pipes: pipes{make(chan net.Conn), closed, end}}
	w.HTTP = testserver.StartHTTP(t, append([]func(*testserver.Settings){func(s *testserver.Settings) {
		s.Listener, s.Watcher, s.HTTP.AllowedHosts = w.pipes, &w.Watcher, []string{"localhost"}
	}}, change...)...)
	return w
}

// shutDown stops the server, which may not wait for the grace.
func (w *watched) shutDown(t *testing.T) {
	t.Helper()
	began := time.Now()
	w.Stop()
	if err := <-w.Served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the shutdown took %s of the clock that the test drives", took)
	}
	synctest.Wait()
	if left := w.Watching(); left > 0 {
		t.Errorf("%d watches are left", left)
	}
}

// answerReader reads the answer to one request.
type answerReader struct {
	net.Conn
	*http.Response
	t     *testing.T
	lines *bufio.Reader
}

// post sends a request on a connection of its own. Its answer is read with next, or whole.
func (w *watched) post(t *testing.T, body string, headers ...string) *answerReader {
	t.Helper()
	c := w.dial(t, body, headers...)
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &answerReader{c, answer, t, bufio.NewReader(answer.Body)}
}

// dial sends a request of which nothing is read.
func (w *watched) dial(t *testing.T, body string, headers ...string) net.Conn {
	t.Helper()
	c := w.pipes.dial()
	t.Cleanup(func() { c.Close() })
	head := "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	for i := 0; i < len(headers); i += 2 {
		head += headers[i] + ": " + headers[i+1] + "\r\n"
	}
	if _, err := fmt.Fprintf(c, head+"Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		t.Fatal(err)
	}
	return c
}

// listen opens a stream.
func (w *watched) listen(t *testing.T, id any, uris ...string) *answerReader {
	t.Helper()
	return w.post(t, listenBody(id, uris...), modern("subscriptions/listen")...)
}

// event is the next event of a stream, or its next comment.
func (r *answerReader) event() (text string, err error) {
	for {
		line, err := r.lines.ReadString('\n')
		if err != nil || line == "\n" {
			return text, err
		}
		text += line
	}
}

// next is the next message of a stream.
func (r *answerReader) next() testserver.Message {
	r.t.Helper()
	text, err := r.event()
	data, ok := strings.CutPrefix(text, "event: message\ndata: ")
	var m testserver.Message
	if err != nil || !ok || json.Unmarshal([]byte(data), &m) != nil {
		r.t.Fatalf("want a message, got %q and %v", text, err)
	}
	return m
}

// ended fails the test unless the answer is over.
func (r *answerReader) ended() {
	r.t.Helper()
	if text, err := r.event(); text != "" || err != io.EOF {
		r.t.Errorf("want the end of the stream, got %q and %v", text, err)
	}
}

// whole is all of an answer.
func (r *answerReader) whole() testserver.Answer {
	r.t.Helper()
	raw, err := io.ReadAll(r.lines)
	if err != nil {
		r.t.Error(err)
	}
	r.Conn.Close()
	return testserver.Answer{Status: r.StatusCode, Header: r.Response.Header, Body: string(raw)}
}

// TestListenOverHTTP: a stream is acknowledged, told of what changes, kept alive and ended with its result.
func TestListenOverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := startWatched(t)
		w.Allows = func(_ context.Context, uri string) bool { return uri != "gumroad://guide" }
		one := w.listen(t, "listen:0", aSale, "gumroad://guide", everything, aSale)
		header := map[string]string{}
		for _, name := range []string{"Content-Type", "Cache-Control", "X-Accel-Buffering"} {
			header[name] = one.Response.Header.Get(name)
		}
		if diff := cmp.Diff(map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store",
			"X-Accel-Buffering": "no"}, header); diff != "" {
			t.Errorf("header (-want +got):\n%s", diff)
		}
		wantMessage(t, acknowledgement("listen:0", aSale, everything), one.next())
		other := w.listen(t, 7, anotherSale)
		wantMessage(t, acknowledgement(7.0, anotherSale), other.next())

		w.Change(aSale, anotherSale)
		wantMessage(t, update("listen:0", aSale), one.next())
		wantMessage(t, update(7.0, anotherSale), other.next())

		// Every 15 seconds a comment comes instead.
		for range 2 {
			before := time.Now()
			if text, err := one.event(); text != ":\n" || err != nil {
				t.Fatalf("want a comment, got %q and %v", text, err)
			}
			if waited := time.Since(before); waited > 15*time.Second {
				t.Errorf("the comment came after %s", waited)
			}
			if text, err := other.event(); text != ":\n" || err != nil {
				t.Fatalf("want a comment, got %q and %v", text, err)
			}
		}
		shut := make(chan struct{})
		go func() {
			defer close(shut)
			w.shutDown(t)
		}()
		wantMessage(t, completion("listen:0"), one.next())
		wantMessage(t, completion(7.0), other.next())
		one.ended()
		other.ended()
		<-shut
	})
}

// TestListenersShareNothing: request ids of different clients are the same, since every client counts for itself.
func TestListenersShareNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := startWatched(t)
		leaving, staying := w.listen(t, "listen:0", aSale), w.listen(t, "listen:0", aSale)
		wantMessage(t, acknowledgement("listen:0", aSale), leaving.next())
		wantMessage(t, acknowledgement("listen:0", aSale), staying.next())
		const cancelling = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"listen:0"}}`
		w.post(t, cancelling, modern("notifications/cancelled")...).whole().WantStatus(t, http.StatusAccepted)
		leaving.Conn.Close()
		synctest.Wait()
		if left := w.Watching(); left != 1 {
			t.Errorf("want the watch of the one who stays, got %d", left)
		}
		w.Change(aSale)
		wantMessage(t, update("listen:0", aSale), staying.next())
		staying.Conn.Close()
		w.shutDown(t)
	})
}

// TestListenIsOver: a stream ends by itself, and nothing is lost before its result.
func TestListenIsOver(t *testing.T) {
	t.Run("at once if nothing can be watched", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := startWatched(t)
			w.Allows = func(context.Context, string) bool { return false }
			for _, uris := range [][]string{{aSale}, nil} {
				stream := w.listen(t, 1, uris...)
				wantMessage(t, acknowledgement(1.0), stream.next())
				wantMessage(t, completion(1.0), stream.next())
				stream.ended()
				stream.Conn.Close()
			}
			w.shutDown(t)
		})
	})
	t.Run("after an hour", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := startWatched(t)
			began, stream := time.Now(), w.listen(t, 1, aSale)
			wantMessage(t, acknowledgement(1.0, aSale), stream.next())
			text := ":\n"
			for text == ":\n" {
				text, _ = stream.event()
			}
			if took := time.Since(began); took != time.Hour || !strings.Contains(text, `"result"`) {
				t.Errorf("after %s came %q", took, text)
			}
			stream.ended()
			stream.Conn.Close()
			w.shutDown(t)
		})
	})
	t.Run("with the watch", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := startWatched(t)
			stream := w.listen(t, 1, aSale)
			wantMessage(t, acknowledgement(1.0, aSale), stream.next())
			w.Change(aSale)
			w.Watcher.Close()
			wantMessage(t, update(1.0, aSale), stream.next())
			wantMessage(t, completion(1.0), stream.next())
			stream.ended()
			stream.Conn.Close()
			w.shutDown(t)
		})
	})
}

// TestSlowListener: however much changes, a client that does not read costs what it watches, and not for long.
func TestSlowListener(t *testing.T) {
	const bursts = 500
	synctest.Test(t, func(t *testing.T) {
		w := startWatched(t)
		slow := w.listen(t, 1, aSale, anotherSale)
		wantMessage(t, acknowledgement(1.0, aSale, anotherSale), slow.next())
		w.Change(aSale)
		synctest.Wait() // until this is being written
		for range bursts {
			w.Change(anotherSale, aSale)
		}
		wantMessage(t, update(1.0, aSale), slow.next())
		wantMessage(t, update(1.0, aSale), slow.next())
		wantMessage(t, update(1.0, anotherSale), slow.next())
		w.Change(aSale)
		synctest.Wait()
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if left := w.Watching(); left > 0 {
			t.Errorf("%d watches are left of a client that takes nothing", left)
		}
		if rest, err := io.ReadAll(slow.lines); err == nil {
			t.Errorf("the connection was not cut; it had %q", rest)
		}
		w.shutDown(t)
	})
}

// TestListenFails: what is wrong is said before a stream begins.
func TestListenFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := startWatched(t)
		for _, test := range []struct {
			name, body string
			fails      error
			headers    []string
			status     int
			says       string
		}{
			{"nothing is known of the store", listenBody(1, aSale),
				&gumroad.Error{Code: gumroad.UpstreamUnavailable, Message: "Gumroad does not answer."},
				modern("subscriptions/listen"), 200, `"code":-32603,"message":"Gumroad does not answer.`},
			{"the store does not exist", listenBody(1, aSale), &gumroad.Error{Code: gumroad.NotFound, Message: "No such store."},
				modern("subscriptions/listen"), 400, `"code":-32602,"message":"No such store.`},
			{"another method in the header", listenBody(1, aSale), nil, modern("tools/list"), 400, "-32020"},
			{"no method in the header", listenBody(1, aSale), nil, modern("subscriptions/listen")[:2], 400, "-32020"},
			{"another version in the header", listenBody(1, aSale), nil,
				[]string{"MCP-Protocol-Version", "2025-11-25", "Mcp-Method", "subscriptions/listen"}, 400, "-32020"},
			{"a version that does not exist", strings.Replace(listenBody(1, aSale), "2026-07-28", "2099-01-01", 1), nil,
				[]string{"MCP-Protocol-Version", "2099-01-01", "Mcp-Method", "subscriptions/listen"}, 400, "-32022"},
			{"an event to resume at", listenBody(1, aSale), nil, modern("subscriptions/listen", "Last-Event-ID", "1"), 400, "-32020"},
			{"the earlier protocol", strings.Replace(listenBody(1, aSale), modernMeta, `"_meta":{}`, 1), nil, nil, 200, "-32601"},
			{"another JSON-RPC", strings.Replace(listenBody(1, aSale), `"2.0"`, `"1.0"`, 1), nil, modern("subscriptions/listen"),
				400, "-32600"},
			{"no list", strings.Replace(listenBody(1), "null", `"all"`, 1), nil, modern("subscriptions/listen"), 400, "-32600"},
			{"no id", strings.Replace(listenBody(1, aSale), `"id":1,`, "", 1), nil, modern("subscriptions/listen"), 202, ""},
			{"too much", listenBody(1, strings.Repeat("x", 64<<10)), nil, modern("subscriptions/listen"), 413, "64 KiB"},
		} {
			w.Fails = test.fails
			got := w.post(t, test.body, test.headers...).whole()
			if got.Status != test.status || !strings.Contains(got.Body, test.says) {
				t.Errorf("%s: want HTTP %d and %s, got HTTP %d: %s", test.name, test.status, test.says, got.Status, got.Body)
			}
		}
		w.shutDown(t)
	})
}

// TestListenThatHasNotBegun: what is still being looked up when the server stops is given up.
func TestListenThatHasNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := startWatched(t)
		w.Allows = func(ctx context.Context, _ string) bool { <-ctx.Done(); return false }
		c := w.dial(t, listenBody(1, aSale), modern("subscriptions/listen")...)
		synctest.Wait() // until it is looked up
		shut := make(chan struct{})
		go func() {
			defer close(shut)
			w.shutDown(t)
		}()
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		stream := &answerReader{c, answer, t, bufio.NewReader(answer.Body)}
		wantMessage(t, acknowledgement(1.0), stream.next())
		wantMessage(t, completion(1.0), stream.next())
		stream.ended()
		<-shut
	})
}

// TestListenSurvivesAPanic: what goes wrong for one client is told to that client.
func TestListenSurvivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := startWatched(t)
		w.Allows = func(context.Context, string) bool { panic("secret") }
		got := w.post(t, listenBody(1, aSale), modern("subscriptions/listen")...).whole()
		if !strings.Contains(got.Body, `"id":1,"error":{"code":-32603`) || strings.Contains(got.Body, "secret") {
			t.Errorf("want an error without the panic's value, got HTTP %d: %s", got.Status, got.Body)
		}
		w.Allows = nil
		stream := w.listen(t, 1, aSale)
		wantMessage(t, acknowledgement(1.0, aSale), stream.next())
		stream.Conn.Close()
		w.shutDown(t)
	})
}

// TestListenIsBounded: one request watches only so much.
func TestListenIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := startWatched(t)
		uris := []string{strings.Repeat("x", 2049)}
		var want []any
		for i := range 120 {
			uris = append(uris, fmt.Sprint("gumroad://sales/", i))
			if i < 100 {
				want = append(want, uris[i+1])
			}
		}
		stream := w.listen(t, 1, uris...)
		wantMessage(t, acknowledgement(1.0, want...), stream.next())
		stream.Conn.Close()
		w.shutDown(t)
	})
}

// TestStreamsHoldNoSlot: streams leave the slots to calls, and have a bound of their own, which waits share.
func TestStreamsHoldNoSlot(t *testing.T) {
	const all, perCaller = 1000, 20
	var names, lines []string
	for range all/perCaller + 1 {
		token, line := server.NewToken()
		names, lines = append(names, token), append(lines, line)
	}
	synctest.Test(t, func(t *testing.T) {
		w := startWatched(t, tokens(t, lines...), func(s *testserver.Settings) { s.HTTP.MaxInFlight = 1 })
		listen := func(token string) *answerReader {
			return w.post(t, listenBody(1, aSale), modern("subscriptions/listen", bearer(token)...)...)
		}
		refused := func(token string) {
			t.Helper()
			got := listen(token).whole()
			if got.Status != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" ||
				!strings.Contains(got.Body, "1000, 20 of one caller") {
				t.Errorf("want to be told to come back, got HTTP %d, %v: %s", got.Status, got.Header, got.Body)
			}
		}
		first, last := names[0], names[len(names)-1]
		var open []*answerReader
		for range perCaller {
			open = append(open, listen(first))
			wantMessage(t, acknowledgement(1.0, aSale), open[len(open)-1].next())
		}
		refused(first)
		w.post(t, testserver.ListTools, bearer(first)...).whole().WantStatus(t, http.StatusOK)
		made, _ := w.post(t, testserver.CallBody("create_connection", nil), bearer(first)...).whole().Result(t)
		waiting := testserver.CallBody("get_connection",
			map[string]any{"connection_id": made["connection_id"], "wait_seconds": 45})
		before := time.Now()
		w.post(t, waiting, bearer(first)...).whole().WantCode(t, "")
		if waited := time.Since(before); waited > time.Second {
			t.Errorf("a call waited for %s beside 20 streams", waited)
		}
		for _, token := range names[1 : len(names)-1] {
			for range perCaller {
				open = append(open, listen(token))
			}
		}
		synctest.Wait()
		refused(last)
		open[0].Conn.Close()
		synctest.Wait()
		stream := listen(last)
		wantMessage(t, acknowledgement(1.0, aSale), stream.next())
		for _, stream := range append(open, stream) {
			stream.Conn.Close()
		}
		w.shutDown(t)
	})
}

// TestListenNeedsAScope: who may not read is told nothing of what changes.
func TestListenNeedsAScope(t *testing.T) {
	reading, readingLine := server.NewToken()
	writing, writingLine := server.NewToken()
	synctest.Test(t, func(t *testing.T) {
		w := startWatched(t, tokens(t, readingLine+" scopes=gumroad:read", writingLine+" scopes=gumroad:write"))
		got := w.post(t, listenBody(1, aSale), modern("subscriptions/listen", bearer(writing)...)...).whole()
		if got.Status != http.StatusForbidden || !strings.Contains(got.Body, "gumroad:read") || w.Watching() > 0 {
			t.Errorf("want the missing scope, got HTTP %d: %s", got.Status, got.Body)
		}
		stream := w.post(t, listenBody(1, aSale), modern("subscriptions/listen", bearer(reading)...)...)
		wantMessage(t, acknowledgement(1.0, aSale), stream.next())
		stream.Conn.Close()
		w.shutDown(t)
	})
}

// offersSubscriptions reports whether an answer to initialize or server/discover does.
func offersSubscriptions(t *testing.T, result map[string]any) bool {
	t.Helper()
	capabilities, _ := result["capabilities"].(map[string]any)
	resources, ok := capabilities["resources"].(map[string]any)
	if !ok {
		t.Fatalf("want resources among the capabilities, got %v", result)
	}
	return resources["subscribe"] == true
}

// TestWhereSubscriptionsAreOffered: only where updates can arrive, and only if there are any.
func TestWhereSubscriptionsAreOffered(t *testing.T) {
	for _, test := range []struct {
		watcher bool
		want    map[string]bool
	}{
		{true, map[string]bool{"2025-11-25 http": false, "2026-07-28 http": true, "2025-11-25 stdio": true, "2026-07-28 stdio": true}},
		{false, map[string]bool{"2025-11-25 http": false, "2026-07-28 http": false, "2025-11-25 stdio": false, "2026-07-28 stdio": false}},
	} {
		t.Run(fmt.Sprintf("with a watcher: %t", test.watcher), func(t *testing.T) {
			watcher := func(s *testserver.Settings) {
				s.Watcher = &testserver.Watcher{}
				if !test.watcher {
					unwatched(s)
				}
			}
			got := map[string]bool{}
			web, pipe := testserver.StartHTTP(t, watcher), testserver.StartStdio(t, watcher)
			hello, _, _ := strings.Cut(testserver.Hello("{}"), "\n")
			discover := `{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{` + modernMeta + `}}`
			for name, answer := range map[string]testserver.Answer{
				"2025-11-25 http": web.Post(hello), "2026-07-28 http": web.Post(discover, modern("server/discover")...),
			} {
				var m testserver.Message
				if err := json.Unmarshal([]byte(answer.Body), &m); err != nil {
					t.Fatal(err)
				}
				got[name] = offersSubscriptions(t, m.Result)
			}
			pipe.Send(hello, "\n")
			got["2025-11-25 stdio"] = offersSubscriptions(t, pipe.Next().Result)
			pipe.Send(discover, "\n")
			got["2026-07-28 stdio"] = offersSubscriptions(t, pipe.Next().Result)
			pipe.EndInput()
			pipe.Rest()
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("offered (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNoSubscribingOverHTTP: the earlier protocol has no stream there, which is said instead of {}.
func TestNoSubscribingOverHTTP(t *testing.T) {
	s := testserver.StartHTTP(t, func(s *testserver.Settings) { s.Watcher = &testserver.Watcher{} })
	for _, method := range []string{"resources/subscribe", "resources/unsubscribe"} {
		t.Run(method, func(t *testing.T) {
			s := s.In(t)
			failed := s.RPC(testserver.Eras[0], method, map[string]any{"uri": aSale}, nil)
			if failed == nil || failed.Code != -32601 || !strings.Contains(failed.Message, "subscriptions/listen") {
				t.Errorf("want to be told of subscriptions/listen, got %+v", failed)
			}
			failed = s.RPC(testserver.Eras[1], method, map[string]any{"uri": aSale}, nil)
			if failed == nil || failed.Code != -32601 {
				t.Errorf("of protocol 2026-07-28 it is no method, got %+v", failed)
			}
		})
	}
}

// unwatched switches off the tool without which nobody knows what changes.
func unwatched(s *testserver.Settings) {
	s.Watcher, s.Tools.Policy.Exclude = nil, []string{"list_events"}
}

// TestNothingToWatch: without a watcher a client that listens is acknowledged nothing and answered at once.
func TestNothingToWatch(t *testing.T) {
	web, pipe := testserver.StartHTTP(t, unwatched), testserver.StartStdio(t, unwatched)
	subscribe := fmt.Sprintf(`{"jsonrpc":"2.0","id":2,"method":"resources/subscribe","params":{"uri":%q}}`, aSale)
	t.Run("over HTTP", func(t *testing.T) {
		got := web.In(t).Post(listenBody("l", aSale), modern("subscriptions/listen")...)
		first, last, _ := strings.Cut(got.Body, `"result"`)
		if got.Status != http.StatusOK || !strings.Contains(first, acknowledged) || strings.Contains(first, aSale) ||
			!strings.Contains(last, "complete") {
			t.Errorf("got HTTP %d: %s", got.Status, got.Body)
		}
		if got := web.In(t).Post(subscribe); !strings.Contains(got.Body, "-32601") {
			t.Errorf("subscribed: %s", got.Body)
		}
	})
	t.Run("on stdio", func(t *testing.T) {
		pipe.Send(listenBody("l", aSale), "\n")
		wantMessage(t, acknowledgement("l"), pipe.Next())
		wantMessage(t, completion("l"), pipe.Next())
		pipe.Greet("{}")
		pipe.Send(subscribe, "\n")
		if got := pipe.Next(); got.Error["code"] != -32601.0 {
			t.Errorf("subscribed: %+v", got)
		}
		pipe.EndInput()
		pipe.Rest()
	})
}

// startWatchedPipe serves one client of stdio, for which resources change.
func startWatchedPipe(t *testing.T) (*testserver.Stdio, *testserver.Watcher) {
	t.Helper()
	watcher := &testserver.Watcher{}
	return testserver.StartStdio(t, func(s *testserver.Settings) { s.Watcher = watcher }), watcher
}

// wantEnd ends the input, or stops the server, which has to answer what is open without waiting for anything.
func wantEnd(t *testing.T, end func(), s *testserver.Stdio, w *testserver.Watcher, want map[string]testserver.Message) {
	t.Helper()
	began := time.Now()
	end()
	if diff := cmp.Diff(want, s.Rest()); diff != "" {
		t.Errorf("last messages (-want +got):\n%s", diff)
	}
	if took := time.Since(began); took > 0 {
		t.Errorf("the end took %s of the clock that the test drives", took)
	}
	synctest.Wait() // watches end a moment after what they are for
	if left := w.Watching(); left > 0 {
		t.Errorf("%d watches are left", left)
	}
}

// unreadUpdates is how many updates a client that did not read meanwhile finds: one that was being written, one that
// waited to be, and one for all changes since then.
const unreadUpdates = 3

// changeUnread changes a resource many times while the client does not read.
func changeUnread(w *testserver.Watcher, uri string) {
	for range 500 {
		w.Change(uri)
		synctest.Wait()
	}
}

// TestListenOnStdio: several subscriptions of one client, each told of its own.
func TestListenOnStdio(t *testing.T) {
	for name, end := range map[string]func(*testserver.Stdio) func(){
		"until the input ends": func(s *testserver.Stdio) func() { return s.EndInput },
		"until a signal comes": func(s *testserver.Stdio) func() { return s.Stop },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, w := startWatchedPipe(t)
				w.Allows = func(_ context.Context, uri string) bool { return uri != "gumroad://guide" }
				s.Send(listenBody("a", aSale, "gumroad://guide"), "\n")
				wantMessage(t, acknowledgement("a", aSale), s.Next())
				s.Send(listenBody("b", anotherSale, everything), "\n")
				wantMessage(t, acknowledgement("b", anotherSale, everything), s.Next())
				changeUnread(w, aSale)
				for range unreadUpdates {
					wantMessage(t, update("a", aSale), s.Next())
				}
				w.Change(everything)
				wantMessage(t, update("b", everything), s.Next())
				s.Send(listenBody("b", aSale), "\n")
				if refused := s.Next(); refused.ID != "b" || refused.Error["code"] != -32600.0 {
					t.Errorf("want the id refused, which is in use, got %+v", refused)
				}
				wantEnd(t, end(s), s, w, map[string]testserver.Message{"a": completion("a"), "b": completion("b")})
			})
		})
	}
}

// TestCancelledListen is not answered, told nothing more, and leaves its id.
func TestCancelledListen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := startWatchedPipe(t)
		s.Send(listenBody("long", aSale), "\n")
		wantMessage(t, acknowledgement("long", aSale), s.Next())
		s.Send(listenBody("other", aSale), "\n")
		wantMessage(t, acknowledgement("other", aSale), s.Next())
		s.Send(cancelLong)
		synctest.Wait()
		w.Change(aSale)
		wantMessage(t, update("other", aSale), s.Next())
		s.Send(listenBody("long", everything), "\n")
		wantMessage(t, acknowledgement("long", everything), s.Next())
		wantEnd(t, s.EndInput, s, w, map[string]testserver.Message{"long": completion("long"), "other": completion("other")})
	})
}

func TestListenOnStdioIsOverAfterAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := startWatchedPipe(t)
		began := time.Now()
		s.Send(listenBody("a", aSale), "\n")
		wantMessage(t, acknowledgement("a", aSale), s.Next())
		wantMessage(t, completion("a"), s.Next())
		if took := time.Since(began); took != time.Hour {
			t.Errorf("it was over after %s", took)
		}
		w.Fails = &gumroad.Error{Code: gumroad.UpstreamUnavailable, Message: "Gumroad does not answer."}
		s.Send(listenBody("b", aSale), "\n")
		if failed := s.Next(); failed.ID != "b" || failed.Error["code"] != -32603.0 {
			t.Errorf("want the failure, got %+v", failed)
		}
		wantEnd(t, s.EndInput, s, w, map[string]testserver.Message{})
	})
}

// TestSubscribeOnStdio: a client of the earlier protocol subscribes to resources one by one.
func TestSubscribeOnStdio(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := startWatchedPipe(t)
		w.Allows = func(_ context.Context, uri string) bool { return uri != "gumroad://guide" }
		s.Greet("{}")
		ask := func(method, uri string) testserver.Message {
			t.Helper()
			s.Send(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"resources/%s","params":{"uri":%q}}`, method, uri), "\n")
			return s.Next()
		}
		done := testserver.Message{ID: 1.0, Result: map[string]any{}}
		legacyUpdate := func(uri string) testserver.Message {
			return testserver.Message{Method: updated, Params: map[string]any{"uri": uri}}
		}
		w.Change(aSale) // nobody has subscribed
		wantMessage(t, done, ask("subscribe", aSale))
		wantMessage(t, done, ask("subscribe", aSale))
		wantMessage(t, done, ask("subscribe", anotherSale))
		if refused := ask("subscribe", "gumroad://guide"); refused.Error["code"] != -32002.0 {
			t.Errorf("want what does not change refused, got %+v", refused)
		}
		changeUnread(w, aSale)
		for range unreadUpdates {
			wantMessage(t, legacyUpdate(aSale), s.Next())
		}
		wantMessage(t, done, ask("unsubscribe", aSale))
		wantMessage(t, done, ask("unsubscribe", aSale))
		w.Change(aSale, anotherSale)
		wantMessage(t, legacyUpdate(anotherSale), s.Next())
		wantMessage(t, done, ask("subscribe", aSale))
		w.Change(aSale)
		wantMessage(t, legacyUpdate(aSale), s.Next())
		w.Fails = &gumroad.Error{Code: gumroad.UpstreamUnavailable, Message: "Gumroad does not answer."}
		if failed := ask("subscribe", everything); failed.Error["code"] != -32603.0 || failed.Error["message"] != "Gumroad does not answer." {
			t.Errorf("want the failure, got %+v", failed)
		}
		w.Fails = nil
		for i := range 98 {
			wantMessage(t, done, ask("subscribe", fmt.Sprint("gumroad://sales/", i)))
		}
		if refused := ask("subscribe", everything); refused.Error == nil {
			t.Error("want only so many, got one more")
		}
		w.Change(aSale)
		synctest.Wait() // until it is being written
		wantEnd(t, s.EndInput, s, w, map[string]testserver.Message{"<nil>": legacyUpdate(aSale)})
	})
}
