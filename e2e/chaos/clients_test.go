package chaos

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/e2e/program"
)

const patience = 15 * time.Second // for an answer

var (
	errBroken   = errors.New("the connection broke")
	errCanceled = errors.New("the client closed the connection")
	errSilence  = errors.New("no answer came")
)

// A client sends tools/call and returns what was answered. Each has its own way to put questions to a person.
type client interface {
	call(ctx context.Context, c *call) (answer, error)
	// restart starts a new server and ends the old one, with SIGTERM or SIGKILL.
	restart(kill bool)
	stop()
}

// answer is a result of tools/call, or an error of JSON-RPC or HTTP.
type answer struct {
	Result struct {
		ResultType        string         `json:"resultType"`
		RequestState      string         `json:"requestState"`
		IsError           bool           `json:"isError"`
		StructuredContent map[string]any `json:"structuredContent"`
		InputRequests     map[string]any `json:"inputRequests"`
	} `json:"result"`
	Error  map[string]any `json:"error"`
	status int            // of HTTP
}

func (a answer) said(member string) string {
	value, _ := a.Result.StructuredContent[member].(string)
	return value
}

// agreement is the person's answer to a question.
func agreement(c *call) map[string]any {
	if c.declined {
		return map[string]any{"action": "decline"}
	}
	return map[string]any{"action": "accept", "content": map[string]any{"confirm": true}}
}

// twoStep calls, and calls again with the confirm token if it is given one.
func twoStep(ctx context.Context, c *call, send func(context.Context, map[string]any) (answer, error)) (answer, error) {
	a, err := send(ctx, c.write.arguments)
	if err != nil || a.said("confirm_token") == "" || c.declined {
		return a, err
	}
	c.confirmed = true
	arguments := map[string]any{"confirm_token": a.said("confirm_token")}
	for name, value := range c.write.arguments {
		arguments[name] = value
	}
	return send(ctx, arguments)
}

// server is when and how a process was told to end.
type server struct {
	mu      sync.Mutex
	stopped time.Time
	killed  bool
}

// signal returns the signal that ends the process.
func (s *server) signal(kill bool) os.Signal {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped, s.killed = time.Now(), kill
	if kill {
		return os.Kill
	}
	return syscall.SIGTERM
}

// broken says why a call got no answer. A server that is told to end still answers the writes that it has sent.
func (s *server) broken(c *call, p *proxy) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.stopped.IsZero() || !s.killed && !c.arrivedAt.IsZero() && c.arrivedAt.Before(s.stopped) {
		return errSilence
	}
	return errBroken
}

// overHTTP is clients of one "gumroad-mcp http".
type overHTTP struct {
	t     *testing.T
	proxy *proxy
	start func() *program.Server

	mu      sync.Mutex
	program *program.Server
	server  *server
}

func startHTTP(t *testing.T, p *proxy, binary string, env []string) *overHTTP {
	h := &overHTTP{t: t, proxy: p, server: &server{}, start: func() *program.Server {
		return program.Serve(t, binary, env, "--addr", "127.0.0.1:0", "--rate-limit", "100000", "--timeout", timeout.String())
	}}
	h.program = h.start()
	return h
}

func (h *overHTTP) restart(kill bool) {
	h.mu.Lock()
	ended := make(chan error, 1)
	go func(old *program.Server, signal os.Signal) { ended <- old.End(signal) }(h.program, h.server.signal(kill))
	h.program, h.server = h.start(), &server{}
	h.mu.Unlock()
	if err := <-ended; err != nil && !kill {
		h.t.Errorf("http ended with %v", err)
	}
}

func (h *overHTTP) stop() {
	if err := h.program.End(h.server.signal(false)); err != nil {
		h.t.Errorf("http ended with %v", err)
	}
}

func (h *overHTTP) post(ctx context.Context, c *call, headers map[string]string, params map[string]any) (a answer, err error) {
	h.mu.Lock()
	url, server := "http://"+h.program.Addr+"/mcp", h.server
	h.mu.Unlock()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": c.number, "method": "tools/call", "params": params})
	if err != nil {
		return a, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if c.canceled {
		go func() {
			select {
			case <-c.arrived:
				time.Sleep(slow / 2)
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	var raw []byte
	if err == nil {
		defer response.Body.Close()
		raw, err = io.ReadAll(response.Body)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return a, errCanceled
	case err != nil:
		return a, server.broken(c, h.proxy)
	}
	a.status = response.StatusCode
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		for line := range strings.Lines(string(raw)) {
			if data, ok := strings.CutPrefix(line, "data:"); ok {
				raw = []byte(data) // the last is the answer
			}
		}
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		return a, fmt.Errorf("HTTP %d: %s", response.StatusCode, raw)
	}
	return a, nil
}

// http2025 cannot be asked.
type http2025 struct{ *overHTTP }

func (h http2025) call(ctx context.Context, c *call) (answer, error) {
	return twoStep(ctx, c, func(ctx context.Context, arguments map[string]any) (answer, error) {
		return h.post(ctx, c, map[string]string{"MCP-Protocol-Version": "2025-11-25"},
			map[string]any{"name": "gumroad_" + c.write.tool, "arguments": arguments})
	})
}

// http2026 is asked, or confirms by a second call.
type http2026 struct {
	*overHTTP
	asked bool
}

func (h http2026) call(ctx context.Context, c *call) (answer, error) {
	const version = "2026-07-28"
	capabilities := map[string]any{}
	if h.asked {
		capabilities["elicitation"] = map[string]any{"form": map[string]any{}}
	}
	headers := map[string]string{"MCP-Protocol-Version": version, "Mcp-Method": "tools/call", "Mcp-Name": "gumroad_" + c.write.tool}
	send := func(ctx context.Context, arguments, responses map[string]any, state string) (answer, error) {
		params := map[string]any{"name": "gumroad_" + c.write.tool, "arguments": arguments, "_meta": map[string]any{
			"io.modelcontextprotocol/protocolVersion":    version,
			"io.modelcontextprotocol/clientCapabilities": capabilities,
			"io.modelcontextprotocol/clientInfo":         map[string]any{"name": "chaos", "version": "1"},
		}}
		if responses != nil {
			params["inputResponses"], params["requestState"] = responses, state
		}
		return h.post(ctx, c, headers, params)
	}
	if !h.asked {
		return twoStep(ctx, c, func(ctx context.Context, arguments map[string]any) (answer, error) {
			return send(ctx, arguments, nil, "")
		})
	}
	a, err := send(ctx, c.write.arguments, nil, "")
	if err != nil || a.Result.ResultType != "input_required" {
		return a, err
	}
	c.confirmed = true
	responses := map[string]any{}
	for name := range a.Result.InputRequests {
		responses[name] = agreement(c)
	}
	return send(ctx, c.write.arguments, responses, a.Result.RequestState)
}

// stdio is a client with a server of its own.
type stdio struct {
	t      *testing.T
	proxy  *proxy
	binary string
	env    []string
	asked  bool

	asking sync.Mutex // held by a call that may ask, since a question does not say which call it is about
	mu     sync.Mutex
	pipe   *pipe
}

// pipe is a running server.
type pipe struct {
	server
	command *exec.Cmd
	ended   chan struct{} // closed when the output has ended

	mu      sync.Mutex
	in      io.WriteCloser
	next    int
	waiting map[string]chan answer
	person  *call // that may be asked
}

func startStdio(t *testing.T, p *proxy, binary string, env []string, asked bool) *stdio {
	s := &stdio{t: t, proxy: p, binary: binary, env: env, asked: asked}
	s.pipe = s.start()
	return s
}

func (s *stdio) start() *pipe {
	p := &pipe{ended: make(chan struct{}), waiting: map[string]chan answer{}}
	p.command = exec.CommandContext(s.t.Context(), s.binary, "--rate-limit", "100000", "--timeout", timeout.String())
	p.command.Env = s.env
	in, err := p.command.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	p.in = in
	go p.read(s.t, out)
	capabilities := map[string]any{}
	if s.asked {
		capabilities["elicitation"] = map[string]any{}
	}
	hello, _ := p.request("initialize", map[string]any{"protocolVersion": "2025-11-25", "capabilities": capabilities,
		"clientInfo": map[string]any{"name": "chaos", "version": "1"}})
	select {
	case <-hello:
	case <-p.ended:
		s.t.Fatal("stdio ended before it said hello")
	}
	p.send(map[string]any{"jsonrpc": "2.0", "method": "notifications/initialized"})
	return p
}

func (p *pipe) send(message map[string]any) {
	raw, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.in.Write(append(raw, '\n')) // if it fails the output ends, too
}

func (p *pipe) request(method string, params map[string]any) (answered chan answer, id string) {
	answered = make(chan answer, 1)
	p.mu.Lock()
	p.next++
	id = fmt.Sprintf("c%d", p.next)
	p.waiting[id] = answered
	p.mu.Unlock()
	p.send(map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params})
	return answered, id
}

func (p *pipe) read(t *testing.T, out io.Reader) {
	defer close(p.ended)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var message struct {
			ID     any    `json:"id"`
			Method string `json:"method"`
		}
		if err := json.Unmarshal(lines.Bytes(), &message); err != nil {
			t.Errorf("not JSON-RPC: %s", lines.Bytes())
			continue
		}
		switch {
		case message.Method == "elicitation/create":
			p.mu.Lock()
			c := p.person
			p.mu.Unlock()
			if c == nil {
				t.Errorf("a question about no call: %s", lines.Bytes())
				continue
			}
			c.confirmed = true
			p.send(map[string]any{"jsonrpc": "2.0", "id": message.ID, "result": agreement(c)})
		case message.Method != "":
		default:
			var a answer
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				t.Errorf("no result: %s", lines.Bytes())
			}
			p.mu.Lock()
			answered := p.waiting[fmt.Sprint(message.ID)]
			delete(p.waiting, fmt.Sprint(message.ID))
			p.mu.Unlock()
			if answered == nil {
				t.Errorf("an answer to no call, or a second one: %s", lines.Bytes())
				continue
			}
			answered <- a
		}
	}
}

func (s *stdio) restart(kill bool) {
	s.mu.Lock()
	old := s.pipe
	if err := old.command.Process.Signal(old.signal(kill)); err != nil {
		s.t.Error(err)
	}
	s.pipe = s.start()
	s.mu.Unlock()
	old.wait(s.t)
}

func (s *stdio) stop() {
	if err := s.pipe.command.Process.Signal(s.pipe.signal(false)); err != nil {
		s.t.Error(err)
	}
	s.pipe.wait(s.t)
}

func (p *pipe) wait(t *testing.T) {
	<-p.ended
	if err := p.command.Wait(); err != nil && !p.killed {
		t.Errorf("stdio ended with %v", err)
	}
}

func (s *stdio) call(ctx context.Context, c *call) (answer, error) {
	if s.asked && c.kind.asks() {
		s.asking.Lock()
		defer s.asking.Unlock()
	}
	s.mu.Lock()
	p := s.pipe
	s.mu.Unlock()
	send := func(ctx context.Context, arguments map[string]any) (answer, error) {
		answered, id := p.request("tools/call", map[string]any{"name": "gumroad_" + c.write.tool, "arguments": arguments})
		silence, arrived := time.After(patience), c.arrived
		if !c.canceled {
			arrived = nil
		}
		for {
			select {
			case a := <-answered:
				return a, nil
			case <-p.ended:
				select {
				case a := <-answered: // it came just before the end
					return a, nil
				default:
				}
				return answer{}, p.broken(c, s.proxy)
			case <-arrived: // a change on its way cannot be cancelled: it is answered all the same
				time.Sleep(slow / 2)
				p.send(map[string]any{"jsonrpc": "2.0", "method": "notifications/cancelled",
					"params": map[string]any{"requestId": id, "reason": "the person changed their mind"}})
				arrived = nil
			case <-silence:
				return answer{}, errSilence
			}
		}
	}
	if !s.asked {
		return twoStep(ctx, c, send)
	}
	if c.kind.asks() {
		ask := func(person *call) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.person = person
		}
		ask(c)
		defer ask(nil)
	}
	return send(ctx, c.write.arguments)
}
