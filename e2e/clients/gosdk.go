// Command clients runs the official Go SDK's client against the server, over stdio and HTTP, in both protocol eras.
// Its arguments are BINARY SALE, where SALE is the id of a sale of the sandbox that can be refunded.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	patience             = time.Minute // for one check, many times what it takes
	codeInvalidParams    = -32602
	codeResourceNotFound = -32002 // before 2026-07-28
)

// The sandbox's clock stands still, so that every run meets the same data. harness.mjs has the same flags.
var sandbox = []string{"--sandbox", "--sandbox-now", "2026-11-15T12:00:00Z", "--sandbox-stores", "2",
	"--log-format", "json"}

func main() {
	binary, sale := os.Args[1], os.Args[2]
	var runs []*run
	var running sync.WaitGroup
	for _, transport := range []string{"stdio", "http"} {
		for _, version := range []string{"2025-11-25", "2026-07-28"} {
			for _, askable := range []bool{true, false} {
				r := &run{binary: binary, sale: sale, transport: transport, version: version, askable: askable}
				runs = append(runs, r)
				running.Go(r.all)
			}
		}
	}
	running.Wait()
	failed := 0
	for _, r := range runs {
		os.Stdout.WriteString(r.report.String())
		failed += r.failed
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// run is one client with one server.
type run struct {
	binary, sale, transport, version string
	askable                          bool

	report strings.Builder
	failed int

	session *mcp.ClientSession
	stop    func() error // ends the server
	log     *serverLog

	mu       sync.Mutex
	asked    []string // the questions to the person
	answer   mcp.ElicitResult
	progress map[any]listener
}

func (r *run) modern() bool { return r.version >= "2026-07-28" }

// asks reports whether the server can ask this client's person. On HTTP the earlier protocol needs a session to ask,
// and this server keeps none.
func (r *run) asks() bool { return r.askable && (r.modern() || r.transport == "stdio") }

func (r *run) all() {
	name := fmt.Sprintf("Go SDK, %s, %s", r.version, r.transport)
	if !r.askable {
		name += ", a client that cannot be asked"
	}
	fmt.Fprintln(&r.report, "--", name)
	lifetime, end := context.WithCancel(context.Background())
	defer end() // kills a server that did not end by itself
	checks := []struct {
		name string
		run  func(context.Context) error
	}{
		{"connect", func(ctx context.Context) error { return r.connect(ctx, lifetime) }},
		{"the tools are listed, and every schema resolves", r.tools},
		{"get_user", r.user},
		{"list_products, page by page", r.products},
		{"list_sales of a month", r.sales},
		{"an unknown argument is a result, of every tool", r.unknownArgument},
		{"an unknown tool is a protocol error", r.unknownTool},
		{"consent", r.consent},
		{"resources", r.resources},
		{"prompts", r.prompts},
		{"completion", r.completion},
		{"progress", r.progresses},
		{"a cancelled call ends, here and on the server", r.cancelled},
		{"the server ends well", func(context.Context) error { return r.stop() }},
	}
	for _, c := range checks {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		err := c.run(ctx)
		cancel()
		if err != nil {
			r.failed++
			fmt.Fprintf(&r.report, "   FAILED  %s: %v\n", c.name, err)
			if r.session == nil {
				break
			}
			continue
		}
		fmt.Fprintln(&r.report, "   ok     ", c.name)
	}
	fmt.Fprintf(&r.report, "   %s: %d checks, %d failed\n", name, len(checks), r.failed)
}

func (r *run) connect(ctx, lifetime context.Context) error {
	r.progress = map[any]listener{}
	options := &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{},
		ProgressNotificationHandler: func(_ context.Context, request *mcp.ProgressNotificationClientRequest) {
			r.mu.Lock()
			heard := r.progress[request.Params.ProgressToken]
			r.mu.Unlock()
			if heard != nil {
				heard(request.Params)
			}
		},
	}
	if r.askable {
		options.ElicitationHandler = func(_ context.Context, request *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.asked = append(r.asked, request.Params.Message)
			return new(r.answer), nil
		}
	}
	transport, err := r.start(ctx, lifetime)
	if err != nil {
		return err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "end-to-end", Version: "1"}, options)
	r.session, err = client.Connect(ctx, transport, &mcp.ClientSessionOptions{ProtocolVersion: r.version})
	if err != nil {
		return err
	}
	server := r.session.InitializeResult()
	if server.ProtocolVersion != r.version || server.ServerInfo.Name != "gumroad-mcp" || server.Instructions == "" {
		return fmt.Errorf("the server said %+v", server)
	}
	return nil
}

// start starts a server that is killed when lifetime ends.
func (r *run) start(ctx, lifetime context.Context) (mcp.Transport, error) {
	args := sandbox
	if r.transport == "http" {
		args = append([]string{"http", "--addr", "127.0.0.1:0", "--caller-rate", "0"}, sandbox...)
	}
	command := exec.CommandContext(lifetime, r.binary, args...)
	stderr, err := command.StderrPipe()
	if err != nil {
		return nil, err
	}
	r.log = newServerLog()
	if r.transport == "stdio" {
		go r.log.read(stderr)
		r.stop = func() error { return r.session.Close() } // ends the process
		return &mcp.CommandTransport{Command: command}, nil
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	go r.log.read(stderr)
	r.stop = func() error {
		return errors.Join(r.session.Close(), command.Process.Signal(syscall.SIGTERM), command.Wait())
	}
	listening, err := r.log.entry(ctx, func(e logEntry) bool { return e.Message == "listening" })
	if err != nil {
		return nil, err
	}
	return &mcp.StreamableClientTransport{Endpoint: "http://" + listening.Addr + listening.Path}, nil
}

func (r *run) tools(ctx context.Context) error {
	count := 0
	for tool, err := range r.session.Tools(ctx, nil) {
		if err != nil {
			return err
		}
		count++
		hints := tool.Annotations
		if hints == nil || hints.DestructiveHint == nil || hints.OpenWorldHint == nil {
			return fmt.Errorf("%s: not every hint is given", tool.Name)
		}
		for _, raw := range []any{tool.InputSchema, tool.OutputSchema} {
			encoded, err := json.Marshal(raw)
			if err != nil {
				return err
			}
			schema := &jsonschema.Schema{}
			if err := json.Unmarshal(encoded, schema); err != nil {
				return fmt.Errorf("%s: %w", tool.Name, err)
			}
			if _, err := schema.Resolve(nil); err != nil || schema.Type != "object" {
				return fmt.Errorf("%s: a schema of type %q: %v", tool.Name, schema.Type, err)
			}
		}
	}
	if count < 40 {
		return fmt.Errorf("%d tools", count)
	}
	return nil
}

// object is a result's structured content.
type object = map[string]any

// listener hears the progress of a call.
type listener = func(*mcp.ProgressNotificationParams)

// call calls a tool by its name without the prefix.
func (r *run) call(
	ctx context.Context, name string, arguments object, heard ...listener,
) (*mcp.CallToolResult, object, error) {
	params := &mcp.CallToolParams{Name: "gumroad_" + name, Arguments: arguments}
	for _, hear := range heard {
		r.mu.Lock()
		token := fmt.Sprint("call ", len(r.progress))
		r.progress[token] = hear
		r.mu.Unlock()
		params.SetProgressToken(token)
	}
	result, err := r.session.CallTool(ctx, params)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	structured, _ := result.StructuredContent.(object)
	return result, structured, nil
}

func text(result *mcp.CallToolResult) string {
	if len(result.Content) == 1 {
		if block, ok := result.Content[0].(*mcp.TextContent); ok {
			return block.Text
		}
	}
	return ""
}

// ok makes a call that has to succeed, and whose text has to be its structured content.
func (r *run) ok(ctx context.Context, name string, arguments object, heard ...listener) (object, error) {
	result, structured, err := r.call(ctx, name, arguments, heard...)
	if err != nil {
		return nil, err
	}
	if result.IsError {
		return nil, fmt.Errorf("%s: %s", name, text(result))
	}
	var same object
	if err := json.Unmarshal([]byte(text(result)), &same); err != nil || !reflect.DeepEqual(same, structured) {
		return nil, fmt.Errorf("%s: the text %q is not the structured content %v", name, text(result), structured)
	}
	return structured, nil
}

// refused makes a call that has to end in an error result with a code.
func (r *run) refused(ctx context.Context, code, name string, arguments object) (object, error) {
	result, structured, err := r.call(ctx, name, arguments)
	if err != nil {
		return nil, err
	}
	if !result.IsError || !strings.Contains(text(result), "Nothing was changed.") {
		return nil, fmt.Errorf("%s: not refused: %s", name, text(result))
	}
	if structured != nil && structured["code"] != code {
		return nil, fmt.Errorf("%s: the code is %v, not %s: %s", name, structured["code"], code, text(result))
	}
	return structured, nil
}

func rejected(code int64, err error) error {
	var wire *jsonrpc.Error
	if !errors.As(err, &wire) || wire.Code != code {
		return fmt.Errorf("a protocol error %d was due, not %v", code, err)
	}
	return nil
}

func (r *run) user(ctx context.Context) error {
	_, err := r.ok(ctx, "get_user", nil)
	return err
}

func (r *run) products(ctx context.Context) error {
	seen := map[any]bool{}
	arguments := object{"limit": 3}
	for range 2 {
		page, err := r.ok(ctx, "list_products", arguments)
		if err != nil {
			return err
		}
		for _, product := range page["products"].([]any) {
			seen[product.(object)["id"]] = true
		}
		arguments["page_key"] = page["next_page_key"]
	}
	if len(seen) != 6 {
		return fmt.Errorf("two pages of 3 hold %d products", len(seen))
	}
	return nil
}

func (r *run) sales(ctx context.Context) error {
	page, err := r.ok(ctx, "list_sales", object{"after": "2026-10-01", "before": "2026-11-01", "limit": 100})
	if err != nil {
		return err
	}
	rows := page["sales"].([]any)
	for _, sale := range rows {
		if created := sale.(object)["created_at"].(string); !strings.HasPrefix(created, "2026-10-") {
			return fmt.Errorf("a sale of %s", created)
		}
	}
	if len(rows) < 10 {
		return fmt.Errorf("%d sales", len(rows))
	}
	return nil
}

func (r *run) unknownArgument(ctx context.Context) error {
	var errs []error
	for tool, err := range r.session.Tools(ctx, nil) {
		if err == nil {
			name := strings.TrimPrefix(tool.Name, "gumroad_")
			_, err = r.refused(ctx, "invalid_arguments", name, object{"no_such_argument": 1})
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (r *run) unknownTool(ctx context.Context) error {
	_, _, err := r.call(ctx, "nothing", nil)
	return rejected(codeInvalidParams, err)
}

// remaining is what can still be refunded of the sale, in cents.
func (r *run) remaining(ctx context.Context, refund object) (int, error) {
	sale, err := r.ok(ctx, "get_sale", object{"sale_id": refund["sale_id"], "connection_id": refund["connection_id"]})
	if err != nil {
		return 0, err
	}
	amount, ok := sale["refundable_cents"].(float64)
	if !ok {
		return 0, fmt.Errorf("refundable_cents is %v", sale["refundable_cents"])
	}
	return int(amount), nil
}

func (r *run) consent(ctx context.Context) error {
	connections, err := r.ok(ctx, "list_connections", nil)
	if err != nil {
		return err
	}
	main := connections["connections"].([]any)[0].(object)["connection_id"]
	refund := object{"sale_id": r.sale, "connection_id": main, "amount_cents": 100}
	before, err := r.remaining(ctx, refund)
	if err != nil {
		return err
	}
	if r.asks() {
		err = r.askedConsent(ctx, refund)
	} else {
		err = r.twoSteps(ctx, refund)
	}
	if err != nil {
		return err
	}
	if after, err := r.remaining(ctx, refund); err != nil || after != before-100 {
		return fmt.Errorf("of %d, %d can still be refunded: %v", before, after, err)
	}
	return nil
}

// say is the person's answer from now on.
func (r *run) say(answer mcp.ElicitResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *run) askedConsent(ctx context.Context, refund object) error {
	r.say(mcp.ElicitResult{Action: "decline"})
	if _, err := r.refused(ctx, "not_allowed", "refund_sale", refund); err != nil {
		return err
	}
	r.say(mcp.ElicitResult{Action: "accept", Content: object{"confirm": true}})
	if _, err := r.ok(ctx, "refund_sale", refund); err != nil {
		return err
	}
	if len(r.asked) != 2 || !strings.HasPrefix(r.asked[0], "Refund $1.00 of the $") {
		return fmt.Errorf("the person was asked %q", r.asked)
	}
	return nil
}

var confirmToken = regexp.MustCompile(`\bct_[\w-]+`)

func (r *run) twoSteps(ctx context.Context, refund object) error {
	step := func(amount int, token any) object {
		arguments := object{"amount_cents": amount}
		for name, value := range refund {
			if name != "amount_cents" {
				arguments[name] = value
			}
		}
		if token != nil {
			arguments["confirm_token"] = token
		}
		return arguments
	}
	result, structured, err := r.call(ctx, "refund_sale", step(100, nil))
	if err != nil {
		return err
	}
	token := structured["confirm_token"]
	if token == nil {
		token = confirmToken.FindString(text(result))
	}
	if !result.IsError || token == "" {
		return fmt.Errorf("the first step gave %s", text(result))
	}
	if _, err := r.refused(ctx, "confirmation_required", "refund_sale", step(200, token)); err != nil {
		return err
	}
	if _, err := r.ok(ctx, "refund_sale", step(100, token)); err != nil {
		return err
	}
	if _, err := r.refused(ctx, "confirmation_required", "refund_sale", step(100, token)); err != nil {
		return err
	}
	if len(r.asked) > 0 {
		return fmt.Errorf("the person was asked %q", r.asked)
	}
	return nil
}

func (r *run) resources(ctx context.Context) error {
	count := 0
	for resource, err := range r.session.Resources(ctx, nil) {
		if err != nil {
			return err
		}
		count++
		read, err := r.session.ReadResource(ctx, &mcp.ReadResourceParams{URI: resource.URI})
		if err != nil {
			return fmt.Errorf("%s: %w", resource.URI, err)
		}
		if len(read.Contents) != 1 || read.Contents[0].Text == "" || read.Contents[0].MIMEType != resource.MIMEType {
			return fmt.Errorf("%s: %+v", resource.URI, read.Contents)
		}
	}
	templates, err := r.session.ListResourceTemplates(ctx, nil)
	if err != nil {
		return err
	}
	if count < 5 || len(templates.ResourceTemplates) < 5 {
		return fmt.Errorf("%d resources and %d templates", count, len(templates.ResourceTemplates))
	}
	_, err = r.session.ReadResource(ctx, &mcp.ReadResourceParams{URI: "gumroad://nothing"})
	if r.modern() {
		return rejected(codeInvalidParams, err)
	}
	return rejected(codeResourceNotFound, err)
}

func (r *run) prompts(ctx context.Context) error {
	count := 0
	for _, err := range r.session.Prompts(ctx, nil) {
		if err != nil {
			return err
		}
		count++
	}
	review := &mcp.GetPromptParams{Name: "monthly_review", Arguments: map[string]string{"month": "2026-10"}}
	got, err := r.session.GetPrompt(ctx, review)
	if err != nil {
		return err
	}
	said, ok := got.Messages[0].Content.(*mcp.TextContent)
	if count < 5 || !ok || !strings.Contains(said.Text, "2026-10") {
		return fmt.Errorf("%d prompts; monthly_review says %v", count, got.Messages[0].Content)
	}
	_, err = r.session.GetPrompt(ctx, &mcp.GetPromptParams{Name: "launch_discount"})
	return rejected(codeInvalidParams, err)
}

func (r *run) completion(ctx context.Context) error {
	for argument, ref := range map[string]*mcp.CompleteReference{
		"month":      {Type: "ref/prompt", Name: "monthly_review"},
		"product_id": {Type: "ref/resource", URI: "gumroad://products/{product_id}{?connection_id}"},
	} {
		params := &mcp.CompleteParams{Ref: ref, Argument: mcp.CompleteParamsArgument{Name: argument}}
		got, err := r.session.Complete(ctx, params)
		if err != nil {
			return err
		}
		if n := len(got.Completion.Values); n < 5 || n > 100 {
			return fmt.Errorf("%s: %d values", argument, n)
		}
	}
	return nil
}

// pending makes a connection that waits for its person.
func (r *run) pending(ctx context.Context) (any, error) {
	made, err := r.ok(ctx, "create_connection", nil)
	return made["connection_id"], err
}

func (r *run) progresses(ctx context.Context) error {
	id, err := r.pending(ctx)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var steps []float64
	waiting := object{"connection_id": id, "wait_seconds": 3}
	_, err = r.ok(ctx, "get_connection", waiting, func(p *mcp.ProgressNotificationParams) {
		mu.Lock()
		defer mu.Unlock()
		steps = append(steps, p.Progress)
	})
	if err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	if len(steps) < 2 || steps[0] >= steps[1] {
		return fmt.Errorf("the progress was %v", steps)
	}
	return nil
}

func (r *run) cancelled(ctx context.Context) error {
	id, err := r.pending(ctx)
	if err != nil {
		return err
	}
	calling, cancel := context.WithCancel(ctx)
	defer cancel()
	waiting := object{"connection_id": id, "wait_seconds": 45}
	_, _, err = r.call(calling, "get_connection", waiting, func(*mcp.ProgressNotificationParams) { cancel() })
	if !errors.Is(err, context.Canceled) {
		return fmt.Errorf("a cancelled call gave %v", err)
	}
	if err := r.user(ctx); err != nil {
		return err
	}
	_, err = r.log.entry(ctx, func(e logEntry) bool {
		return e.Message == "tool call" && e.Tool == "get_connection" && e.Outcome == "timeout"
	})
	return err
}

// logEntry holds the members of a log line that the checks look at.
type logEntry struct {
	Message string `json:"msg"`
	Addr    string `json:"addr"`
	Path    string `json:"path"`
	Tool    string `json:"tool"`
	Outcome string `json:"outcome"`
}

// serverLog is the server's log, as far as it has been written.
type serverLog struct {
	mu      sync.Mutex
	entries []logEntry
	more    chan struct{} // closed and replaced at every entry
}

func newServerLog() *serverLog { return &serverLog{more: make(chan struct{})} }

func (l *serverLog) read(stderr io.Reader) {
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		var e logEntry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Println("   the server wrote to stderr:", lines.Text())
			continue
		}
		l.mu.Lock()
		l.entries = append(l.entries, e)
		close(l.more)
		l.more = make(chan struct{})
		l.mu.Unlock()
	}
}

// entry waits for the first entry that matches.
func (l *serverLog) entry(ctx context.Context, matches func(logEntry) bool) (logEntry, error) {
	for {
		l.mu.Lock()
		entries, more := l.entries, l.more
		l.mu.Unlock()
		for _, e := range entries {
			if matches(e) {
				return e, nil
			}
		}
		select {
		case <-more:
		case <-ctx.Done():
			return logEntry{}, errors.New("the server's log does not say so")
		}
	}
}
