package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// pipes is a running stdio server. mcp-go has one stdio session a process, so these tests follow one another.
type pipes struct {
	t       *testing.T
	in      *io.PipeWriter
	lines   *bufio.Scanner
	ended   chan error
	stop    context.CancelFunc
	sandbox *sandbox.Sandbox
}

func serveStdio(t *testing.T) *pipes {
	t.Helper()
	box := sandbox.New(sandbox.Options{Sales: 300})
	t.Cleanup(func() { box.Close() })
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: box, RequestsPerSecond: -1,
		Connection: box.Highlights()[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := tool.New(tools.Toolsets(), tool.Config{Client: client, Prefix: tool.DefaultPrefix, Confirm: tool.ConfirmAuto})
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	serverIn, in := io.Pipe()
	out, serverOut := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	p := &pipes{t: t, in: in, lines: bufio.NewScanner(out), ended: make(chan error, 1), stop: stop, sandbox: box}
	p.lines.Buffer(nil, 1<<20)
	go func() {
		err := server.ServeStdio(ctx, server.New(catalog, server.Options{Version: "test", Clients: server.Clients{TwoWay: true, Local: true}, Logger: logger}), serverIn, serverOut, logger)
		serverOut.Close()
		p.ended <- err
	}()
	return p
}

func (p *pipes) send(lines ...string) {
	p.t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(p.in, line); err != nil {
			p.t.Fatal(err)
		}
	}
}

type rpc struct {
	ID     any            `json:"id"`
	Method string         `json:"method"`
	Params map[string]any `json:"params"`
	Result map[string]any `json:"result"`
	Error  map[string]any `json:"error"`
}

// next is the next line, which has to be JSON-RPC.
func (p *pipes) next() rpc {
	p.t.Helper()
	if !p.lines.Scan() {
		p.t.Fatal("the output ended")
	}
	var m rpc
	if err := json.Unmarshal(p.lines.Bytes(), &m); err != nil {
		p.t.Fatalf("not JSON-RPC: %s", p.lines.Bytes())
	}
	return m
}

// rest is every answer until the server ends, by id.
func (p *pipes) rest() map[string]rpc {
	p.t.Helper()
	answers := map[string]rpc{}
	for p.lines.Scan() {
		var m rpc
		if err := json.Unmarshal(p.lines.Bytes(), &m); err != nil {
			p.t.Fatalf("not JSON-RPC: %s", p.lines.Bytes())
		}
		answers[fmt.Sprint(m.ID)] = m
	}
	if err := <-p.ended; err != nil {
		p.t.Errorf("it ended with %v", err)
	}
	return answers
}

const hello = `{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":%s,"clientInfo":{"name":"t","version":"1"}}}` + "\n" +
	`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n"

func callLine(id any, tool string, arguments map[string]any, meta string) string {
	raw, _ := json.Marshal(arguments)
	name, _ := json.Marshal(id)
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"gumroad_%s","arguments":%s%s}}`, name, tool, raw, meta)
}

// TestPipedSession sends everything at once, as a shell pipe does, and ends the input: every answer still comes.
func TestPipedSession(t *testing.T) {
	p := serveStdio(t)
	go func() {
		p.send(fmt.Sprintf(hello, "{}"), "\n", "not json\n", `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`+"\n")
		for i := range 20 {
			p.send(callLine(fmt.Sprint("call", i), "list_sales", map[string]any{"limit": 20}, ""), "\n")
		}
		p.send(callLine(1.0, "get_user", nil, "")) // without a line break
		p.in.Close()
	}()
	if first := p.next(); first.ID != "hello" {
		t.Errorf("the first answer is %+v", first)
	}
	answers := p.rest()
	if len(answers) != 23 { // 20 calls, the list, get_user and the parse error
		t.Errorf("%d answers", len(answers))
	}
	for id, answer := range answers {
		if strings.HasPrefix(id, "call") && (answer.Result == nil || answer.Result["isError"] == true) {
			t.Errorf("%s: %+v", id, answer)
		}
	}
	if answers["<nil>"].Error == nil {
		t.Error("the malformed line was passed over")
	}
}

func TestASignalLetsCallsFinish(t *testing.T) {
	p := serveStdio(t)
	p.send(fmt.Sprintf(hello, "{}"))
	p.next()
	p.sandbox.Inject(sandbox.Fault{Path: "/user", Kind: sandbox.FaultSlow, Delay: 50 * time.Millisecond})
	p.send(callLine("slow", "get_user", nil, ""), "\n")
	for len(p.sandbox.Journal()) == 0 { // until it is upstream
		time.Sleep(time.Millisecond)
	}
	p.stop()
	if answer := p.rest()["slow"]; answer.Result == nil || answer.Result["isError"] == true {
		t.Errorf("%+v", answer)
	}
}

func TestCancelledCallStopsUpstreamWork(t *testing.T) {
	p := serveStdio(t)
	p.send(fmt.Sprintf(hello, "{}"))
	p.next()
	p.sandbox.Inject(sandbox.Fault{Path: "/sales", Kind: sandbox.FaultSlow, Delay: time.Hour, After: 2})
	p.send(callLine("long", "list_sales", map[string]any{"limit": 100}, ""), "\n")
	for len(p.sandbox.Journal()) < 2 {
		time.Sleep(time.Millisecond)
	}
	p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"long"}}`+"\n", `{"jsonrpc":"2.0","id":"ping","method":"ping"}`+"\n")
	if answer := p.next(); answer.ID != "ping" {
		t.Errorf("after cancelling came %+v", answer)
	}
	p.in.Close()
	if answers := p.rest(); len(answers) > 0 {
		t.Errorf("a cancelled call was answered: %+v", answers)
	}
	if asked := len(p.sandbox.Journal()); asked > 3 {
		t.Errorf("%d requests upstream", asked)
	}
}

func TestWaitsReportProgress(t *testing.T) {
	p := serveStdio(t)
	p.send(fmt.Sprintf(hello, "{}"))
	p.next()
	p.send(callLine("make", "create_connection", nil, ""), "\n")
	made := p.next().Result["structuredContent"].(map[string]any)
	p.send(callLine("wait", "get_connection", map[string]any{"connection_id": made["connection_id"], "wait_seconds": 1}, `,"_meta":{"progressToken":"t"}`), "\n")
	progress := p.next()
	if progress.Method != "notifications/progress" || progress.Params["progressToken"] != "t" || progress.Params["progress"] == nil {
		t.Errorf("%+v", progress)
	}
	answer := p.next()
	if status := answer.Result["structuredContent"].(map[string]any)["status"]; answer.ID != "wait" || status != "PENDING" {
		t.Errorf("%+v", answer)
	}
	p.in.Close()
	p.rest()
}

// TestQuestionsOnStdio asks a client of the earlier protocol, which stdio can reach.
func TestQuestionsOnStdio(t *testing.T) {
	p := serveStdio(t)
	p.send(fmt.Sprintf(hello, `{"elicitation":{}}`))
	p.next()
	sale := ""
	for _, h := range p.sandbox.Highlights() {
		if h.Name == "EUR sale" {
			sale = h.ID
		}
	}
	for _, agreed := range []bool{false, true} {
		p.send(callLine(fmt.Sprint(agreed), "refund_sale", map[string]any{"sale_id": sale}, ""), "\n")
		question := p.next()
		if question.Method != "elicitation/create" || !strings.Contains(fmt.Sprint(question.Params["message"]), "€") {
			t.Fatalf("%+v", question)
		}
		id, _ := json.Marshal(question.ID)
		p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{"confirm":%v}}}`+"\n", id, agreed))
		if answer := p.next(); (answer.Result["isError"] == true) == agreed {
			t.Errorf("%v: %+v", agreed, answer)
		}
	}
	p.in.Close()
	p.rest()
}

// TestModernStdio has no handshake.
func TestModernStdio(t *testing.T) {
	p := serveStdio(t)
	meta := `,"_meta":{"progressToken":7,"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	p.send(callLine(1, "get_user", nil, meta), "\n")
	if answer := p.next(); answer.Result["resultType"] != "complete" || answer.Result["isError"] == true {
		t.Errorf("%+v", answer)
	}
	p.in.Close()
	p.rest()
}
