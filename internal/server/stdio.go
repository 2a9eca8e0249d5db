package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	mcpserver "github.com/mark3labs/mcp-go/server"
)

const (
	// finishing is how long calls in flight may go on once the client has gone or a signal came.
	finishing   = 10 * time.Second
	workers     = 16
	queuedCalls = 1000
)

// ServeStdio serves one client on in and out until in ends or ctx is done. Calls in flight then finish, within a
// limit, and their answers are still written. It is for once a process: mcp-go has one stdio session.
func ServeStdio(ctx context.Context, s *mcpserver.MCPServer, in io.Reader, out io.Writer, logger *slog.Logger) error {
	stdio := mcpserver.NewStdioServer(s)
	stdio.SetErrorLogger(slog.NewLogLogger(logger.Handler(), slog.LevelError))
	mcpserver.WithWorkerPoolSize(workers)(stdio)
	mcpserver.WithQueueSize(queuedCalls)(stdio)

	c := newConversation(ctx, in, out)
	err := stdio.Listen(context.WithoutCancel(ctx), c, c)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// conversation stands between mcp-go and the pipes, for what mcp-go does not do: it answers initialize before
// anything that follows, reads a last line without a line break, passes over blank lines, keeps the end of input back
// until the requests before it are answered, answers no request that was cancelled, and writes line by line.
type conversation struct {
	ctx   context.Context
	lines <-chan []byte
	rest  []byte // of the line being read

	mu        sync.Mutex
	out       io.Writer
	pending   map[string]bool // ids of requests without an answer
	cancelled map[string]bool // ids of those that must not get one any more
	answered  chan struct{}   // closed and replaced at every answer
	first     string          // id of an initialize that is being answered
}

func newConversation(ctx context.Context, in io.Reader, out io.Writer) *conversation {
	lines := make(chan []byte)
	go func() {
		defer close(lines)
		reader := bufio.NewReader(in)
		for {
			line, err := reader.ReadBytes('\n')
			if line = bytes.TrimSpace(line); len(line) > 0 {
				select {
				case lines <- append(line, '\n'):
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return &conversation{ctx: ctx, lines: lines, out: out, pending: map[string]bool{}, cancelled: map[string]bool{}, answered: make(chan struct{})}
}

// message is what of a JSON-RPC message tells requests, answers and notifications apart.
type message struct {
	ID     requestID `json:"id"`
	Method string    `json:"method"`
	Params struct {
		RequestID requestID `json:"requestId"`
	} `json:"params"`
}

type requestID json.RawMessage

func (id *requestID) UnmarshalJSON(raw []byte) error {
	*id = append((*id)[:0], raw...)
	return nil
}

// key is the same for every way to write the id: 1 and 1.0, "é" and its escape.
func (id requestID) key() string {
	var value any
	if json.Unmarshal(id, &value) != nil {
		return string(id)
	}
	canonical, _ := json.Marshal(value)
	return string(canonical)
}

// Read gives mcp-go the next line, when it is its turn.
func (c *conversation) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		if c.first != "" {
			c.wait(func() bool { return !c.pending[c.first] })
			c.first = ""
		}
		select {
		case <-c.ctx.Done():
			return 0, c.end()
		case line, more := <-c.lines:
			if !more {
				return 0, c.end()
			}
			c.rest = line
			c.note(line)
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *conversation) note(line []byte) {
	var m message
	if json.Unmarshal(line, &m) != nil {
		return // mcp-go answers with a parse error
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case m.Method == "notifications/cancelled":
		if id := m.Params.RequestID.key(); c.pending[id] {
			c.cancelled[id] = true
		}
	case m.Method != "" && len(m.ID) > 0:
		c.pending[m.ID.key()] = true
		if m.Method == "initialize" {
			c.first = m.ID.key()
		}
	}
}

// end reports the end of input once every request before it has its answer.
func (c *conversation) end() error {
	c.wait(func() bool { return len(c.pending) == 0 })
	return io.EOF
}

func (c *conversation) wait(until func() bool) {
	limit := time.NewTimer(finishing)
	defer limit.Stop()
	for {
		c.mu.Lock()
		done, changed := until(), c.answered
		c.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			return
		}
	}
}

// Write sends one line, unless it answers a request that was cancelled. mcp-go's own requests to the client come from other goroutines than its answers.
func (c *conversation) Write(line []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var m message
	if json.Unmarshal(line, &m) != nil || m.Method != "" || len(m.ID) == 0 {
		return c.out.Write(line)
	}
	id := m.ID.key()
	defer func() {
		delete(c.pending, id)
		close(c.answered)
		c.answered = make(chan struct{})
	}()
	if c.cancelled[id] {
		delete(c.cancelled, id)
		return len(line), nil
	}
	return c.out.Write(line)
}
