package mcpfix

// mcp-go: StdioServer (server/stdio.go)
//   - runs initialize side by side with the requests behind it, which may be answered first (processMessage);
//   - drops a last line without a line break (processInputStream) and answers a blank one with a parse error;
//   - cancels running calls when the input ends (Listen);
//   - answers requests that were cancelled (toolCallWorker);
//   - writes a call's last notifications after its answer, and its own requests beside the lock (RequestElicitation);
//   - keeps its one session in a package variable.
//
// Why it hurts: a shell pipe loses answers, a cancelled call is answered against the protocol, and a client drops
// progress that comes late.
//
// Upstream: no report found that covers these. https://github.com/mark3labs/mcp-go/pull/977 is where requests other
// than tool calls began to run side by side. The title would be "stdio: keep the order of initialize and
// notifications, finish running calls at end of input, do not answer cancelled requests".
//
// Delete when: every part of TestStillNeededStdio fails, and errors.go is gone; StdioServer then does.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Stdio serves MCP to one client over a pair of pipes.
type Stdio struct {
	Server *server.MCPServer
	Calls  int           // tool calls that run at a time; the others wait
	Grace  time.Duration // for running requests once the client has gone or the context is done
	Logger *slog.Logger
	// Recovered runs a function and returns its panic as the error that the client is told; nil recovers nothing.
	Recovered func(ctx context.Context, run func()) error
	// Ending is called when nothing more is read, before running requests are waited for. It may be nil.
	Ending func()
}

// Serve reads requests until in ends or ctx is done. Running requests then finish, within the grace, and are answered.
func (o Stdio) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	c := &connection{
		Stdio:     o,
		slots:     make(chan struct{}, o.Calls),
		outgoing:  make(chan any),
		running:   map[string]*request{},
		questions: map[string]chan<- Message{},
		deaf:      make(chan struct{}),
	}
	c.session = newPipeSession(c)
	requests, cancelRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRequests()
	c.session.watching = requests
	if err := o.Server.RegisterSession(requests, c.session); err != nil {
		return err
	}
	defer o.Server.UnregisterSession(requests, c.session.SessionID())
	requests = o.Server.WithContext(requests, c.session)

	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write(out)
	}()
	var updates sync.WaitGroup
	updates.Go(c.update)
	for read, reading := lines(ctx, in), true; reading; {
		select {
		case line, more := <-read:
			if reading = more; more {
				c.receive(requests, line)
			}
		case <-ctx.Done():
			reading = false
		}
	}
	close(c.deaf)
	if o.Ending != nil {
		o.Ending()
	}
	overdue := time.AfterFunc(o.Grace, cancelRequests)
	defer overdue.Stop()
	c.requests.Wait()
	c.session.unsubscribe()
	updates.Wait()
	close(c.outgoing)
	<-written
	return nil
}

// lines are the lines of in that are not blank.
func lines(ctx context.Context, in io.Reader) <-chan []byte {
	read := make(chan []byte)
	go func() {
		defer close(read)
		for reader, err := bufio.NewReader(in), error(nil); err == nil; {
			var line []byte
			line, err = reader.ReadBytes('\n')
			if line = bytes.TrimSpace(line); len(line) > 0 {
				select {
				case read <- line:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return read
}

// connection is the state of one Serve.
type connection struct {
	Stdio
	session  *pipeSession
	requests sync.WaitGroup
	slots    chan struct{} // one for every tool call that runs
	outgoing chan any
	deaf     chan struct{} // closed when nothing more is read
	lastID   atomic.Int64  // of our own requests

	mu        sync.Mutex
	running   map[string]*request       // requests without an answer, by id
	questions map[string]chan<- Message // our own requests without an answer, by id
}

// request is a request of the client that runs.
type request struct {
	cancel   context.CancelCauseFunc
	running  context.Context
	answered atomic.Bool   // even if the client has cancelled it
	slots    chan struct{} // where it holds a slot, or nil
}

type requestKey struct{}

func requestOf(ctx context.Context) (*request, bool) {
	r, ok := ctx.Value(requestKey{}).(*request)
	return r, ok
}

// Running returns the context whose end stops the requests of a stdio client, whatever the client wants. ok is false
// on other transports.
func Running(ctx context.Context) (running context.Context, ok bool) {
	if r, ok := requestOf(ctx); ok {
		return r.running, true
	}
	return nil, false
}

// AnswerAnyway has the request of ctx answered although its client cancelled it. The protocol lets a server ignore the
// cancellation of what can no longer be cancelled.
func AnswerAnyway(ctx context.Context) {
	if r, ok := requestOf(ctx); ok {
		r.answered.Store(true)
	}
}

// Rest gives the slot of a stdio client's call back while it waits for a person, so that other calls run meanwhile. The
// call takes a slot again with over. Elsewhere neither does anything.
func Rest(ctx context.Context) (over func()) {
	r, ok := requestOf(ctx)
	if !ok || r.slots == nil {
		return func() {}
	}
	<-r.slots
	return func() { r.slots <- struct{}{} }
}

var errCancelledByClient = errors.New("the client cancelled the request")

// receive handles one line. Only requests other than initialize run on after it.
func (c *connection) receive(ctx context.Context, line []byte) {
	var m Message
	switch err := json.Unmarshal(line, &m); {
	case err != nil: // mcp-go answers with a parse error
		c.send(c.handle(ctx, m, line))
	case m.IsResponse():
		c.mu.Lock()
		question := c.questions[m.ID.key()]
		delete(c.questions, m.ID.key())
		c.mu.Unlock()
		if question != nil {
			question <- m
		}
	case m.IsRequest() && m.Method != string(mcp.MethodInitialize):
		r := &request{running: ctx}
		ctx, r.cancel = context.WithCancelCause(context.WithValue(ctx, requestKey{}, r))
		c.mu.Lock()
		_, taken := c.running[m.ID.key()]
		if !taken {
			c.running[m.ID.key()] = r
		}
		c.mu.Unlock()
		if taken {
			r.cancel(nil)
			c.send(refusal(m, mcp.INVALID_REQUEST, "Another request with this id has no answer yet. Nothing was done."))
			return
		}
		c.requests.Go(func() {
			defer r.cancel(nil)
			answer := c.run(ctx, r, m, line)
			c.mu.Lock()
			delete(c.running, m.ID.key())
			c.mu.Unlock()
			if r.answered.Load() || !errors.Is(context.Cause(ctx), errCancelledByClient) {
				c.send(answer)
			}
		})
	default:
		if m.Method == "notifications/cancelled" {
			c.cancel(m)
		}
		c.send(c.handle(ctx, m, line))
	}
}

// run handles a request once it is its turn.
func (c *connection) run(ctx context.Context, r *request, m Message, line []byte) mcp.JSONRPCMessage {
	switch mcp.MCPMethod(m.Method) {
	case mcp.MethodSubscriptionsListen:
		return c.listen(ctx, m, line)
	case mcp.MethodToolsCall:
		select {
		case c.slots <- struct{}{}:
			r.slots = c.slots
			defer func() { <-c.slots }()
		case <-ctx.Done(): // mcp-go answers all the same
		}
	}
	return c.handle(ctx, m, line)
}

// listen sends the messages of a subscription until it ends; its answer is still to be sent.
func (c *connection) listen(ctx context.Context, m Message, line []byte) mcp.JSONRPCMessage {
	send := func(messages ...any) error {
		for _, message := range messages {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			select {
			case c.outgoing <- message:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
	return listen(ctx, c.Server, stream{send: send, ending: c.deaf}, func(ctx context.Context) mcp.JSONRPCMessage {
		return c.handle(ctx, m, line)
	})
}

// update tells the client what changed of all that it is subscribed to, until nothing more is read.
func (c *connection) update() {
	for {
		select {
		case <-c.session.changes.wake:
		case <-c.deaf:
			return
		}
		for _, update := range c.session.changes.updates(nil) {
			select {
			case c.outgoing <- update:
			case <-c.deaf:
				return
			}
		}
	}
}

func (c *connection) handle(ctx context.Context, m Message, line []byte) mcp.JSONRPCMessage {
	return handle(ctx, c.Server, c.Recovered, m, line)
}

// handle has mcp-go handle a message. A request whose handling fails outside the handlers, which have their own
// recovery, is answered all the same.
func handle(
	ctx context.Context, s *server.MCPServer, recovered func(context.Context, func()) error, m Message, raw []byte,
) (answer mcp.JSONRPCMessage) {
	if recovered == nil {
		return handleMessage(ctx, s, raw)
	}
	err := recovered(ctx, func() { answer = handleMessage(ctx, s, raw) })
	if err == nil {
		return answer
	}
	if !m.IsRequest() {
		return nil
	}
	return refusal(m, mcp.INTERNAL_ERROR, err.Error())
}

// refusal answers a request with an error.
func refusal(m Message, code int, message string) mcp.JSONRPCMessage {
	return mcp.JSONRPCError{JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(json.RawMessage(m.ID)),
		Error: mcp.NewJSONRPCErrorDetails(code, message, nil)}
}

func (c *connection) cancel(m Message) {
	var params struct {
		RequestID ID `json:"requestId"`
	}
	if json.Unmarshal(m.Params, &params) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.running[params.RequestID.key()]; r != nil {
		r.cancel(errCancelledByClient)
	}
}

// Elicit asks the client a question. mcp-go calls it for clients of protocols before 2026-07-28. The call holds no slot
// meanwhile. A question whose answer can no longer be read counts as one that the person closed, and where the client
// answers with an error, or with what is no answer, the result has no action: an error would hide that nothing was changed.
func (c *connection) Elicit(ctx context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	id, answered := c.lastID.Add(1), make(chan Message, 1)
	key := strconv.FormatInt(id, 10)
	c.mu.Lock()
	c.questions[key] = answered
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.questions, key)
	}()
	c.send(struct {
		JSONRPC string                `json:"jsonrpc"`
		ID      int64                 `json:"id"`
		Method  mcp.MCPMethod         `json:"method"`
		Params  mcp.ElicitationParams `json:"params"`
	}{mcp.JSONRPC_VERSION, id, mcp.MethodElicitationCreate, request.Params})
	defer Rest(ctx)()
	result := &mcp.ElicitationResult{}
	var m Message
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case m = <-answered:
	case <-c.deaf:
		select {
		case m = <-answered: // the last that was read
		default:
			result.Action = mcp.ElicitationResponseActionCancel
			return result, nil
		}
	}
	if err := json.Unmarshal(m.Result, result); err != nil || m.Error != nil {
		c.Logger.WarnContext(ctx, "the client did not put a question to the person", "error", string(m.Error))
		return &mcp.ElicitationResult{}, nil
	}
	return result, nil
}

func (c *connection) send(message any) {
	if message != nil {
		c.outgoing <- message
	}
}

// write is the only writer. It puts the notifications that a handler has sent before the answer that follows them.
func (c *connection) write(out io.Writer) {
	line := func(message any) {
		raw, err := json.Marshal(message)
		if err == nil {
			_, err = out.Write(append(raw, '\n'))
		}
		if err != nil {
			c.Logger.Error("a message could not be written", "error", err)
		}
	}
	notifications := c.session.ClientNotifications()
	for {
		select {
		case notification := <-notifications:
			line(notification)
		case message, more := <-c.outgoing:
			for len(notifications) > 0 {
				line(<-notifications)
			}
			if !more {
				return
			}
			line(message)
		}
	}
}
