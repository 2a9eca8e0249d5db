package testserver

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// Stdio is the server on a pair of pipes. It runs in a synctest bubble as it does outside.
type Stdio struct {
	Backend
	Stop context.CancelFunc // as a signal does

	in    *io.PipeWriter
	out   *bufio.Scanner
	ended chan error
}

// StartStdio serves one client until its input ends or it is stopped; the test has to do one of them.
func StartStdio(tb testing.TB, change ...func(*Settings)) *Stdio {
	tb.Helper()
	b := New(tb, change...)
	serverIn, in := io.Pipe()
	out, serverOut := io.Pipe()
	ctx, stop := context.WithCancel(tb.Context())
	s := &Stdio{Backend: *b, Stop: stop, in: in, out: bufio.NewScanner(out), ended: make(chan error, 1)}
	s.out.Buffer(nil, 1<<20)
	go func() {
		mcp := b.MCP(server.Clients{TwoWay: true, Local: true})
		err := server.ServeStdio(ctx, mcp, serverIn, serverOut, b.events.Drain, b.settings.Logger)
		s.ended <- errors.Join(err, serverIn.Close(), serverOut.Close())
	}()
	return s
}

// Message is JSON-RPC in either direction.
type Message struct {
	ID     any            `json:"id"`
	Method string         `json:"method"`
	Params map[string]any `json:"params"`
	Result map[string]any `json:"result"`
	Error  map[string]any `json:"error"`
}

// Structured is the structured content of a tool's result.
func (m Message) Structured() map[string]any {
	structured, _ := m.Result["structuredContent"].(map[string]any)
	return structured
}

// Send writes to the server's input.
func (s *Stdio) Send(texts ...string) {
	s.tb.Helper()
	for _, text := range texts {
		if _, err := io.WriteString(s.in, text); err != nil {
			s.tb.Error(err)
		}
	}
}

// Greet shakes hands as a client of protocol 2025-11-25 with capabilities.
func (s *Stdio) Greet(capabilities string) {
	s.tb.Helper()
	s.Send(Hello(capabilities))
	if first := s.Next(); first.ID != "hello" || first.Result == nil {
		s.tb.Fatalf("want the answer to initialize, got %+v", first)
	}
}

// Hello is the lines with which a client of protocol 2025-11-25 shakes hands.
func Hello(capabilities string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-11-25",`+
		`"capabilities":%s,"clientInfo":{"name":"test","version":"1"}}}`+"\n", capabilities) +
		`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n"
}

// CallLine is a tools/call without its line break, of a tool by its name without the prefix.
func CallLine(id, name string, arguments, meta map[string]any) string {
	params := map[string]any{"name": tool.DefaultPrefix + name, "arguments": arguments}
	if meta != nil {
		params["_meta"] = meta
	}
	raw, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// Next is the server's next line, which has to be JSON-RPC.
func (s *Stdio) Next() Message {
	s.tb.Helper()
	m, more := s.next()
	if !more {
		s.tb.Fatal("the output ended")
	}
	return m
}

func (s *Stdio) next() (m Message, more bool) {
	s.tb.Helper()
	if more = s.out.Scan(); more {
		if err := json.Unmarshal(s.out.Bytes(), &m); err != nil {
			s.tb.Fatalf("not JSON-RPC: %s", s.out.Bytes())
		}
	}
	return m, more
}

// EndInput is the end of the input.
func (s *Stdio) EndInput() { s.in.Close() }

// Rest is every message until the server ends, by id.
func (s *Stdio) Rest() map[string]Message {
	s.tb.Helper()
	rest := map[string]Message{}
	for {
		m, more := s.next()
		if !more {
			break
		}
		rest[fmt.Sprint(m.ID)] = m
	}
	if err := <-s.ended; err != nil {
		s.tb.Errorf("the server ended with %v", err)
	}
	return rest
}
