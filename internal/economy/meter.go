// Command economy measures what a seller's tasks cost a model: with this server, and with Gumroad's REST API as Maton's
// documentation teaches it to agents. Both work on the same store of the sandbox, at the same time of its clock.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/tiktoken-go/tokenizer"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

// now is the time at which every task is done.
var now = time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)

func newStore() *sandbox.Sandbox {
	return sandbox.New(sandbox.Options{Seed: 1, Now: func() time.Time { return now }})
}

// cost is what a task took.
type cost struct {
	Calls    int // that the model makes
	Requests int // to Gumroad and Maton
	Bytes    int // of arguments and results
	Given    int // tokens that the model writes: the arguments
	Read     int // tokens that the model reads: the results
}

// meter adds up what the calls of a task cost, and keeps what the model reads.
type meter struct {
	cost
	read  strings.Builder
	codec tokenizer.Codec
}

func (m *meter) count(given, read string) error {
	m.Calls++
	m.Bytes += len(given) + len(read)
	m.read.WriteString(read + "\n")
	for _, part := range []struct {
		text string
		into *int
	}{{given, &m.Given}, {read, &m.Read}} {
		tokens, err := m.codec.Count(part.text)
		if err != nil {
			return err
		}
		*part.into += tokens
	}
	return nil
}

// result is a result of either kind, parsed.
type result map[string]any

func (r result) rows(name string) (rows []result) {
	all, _ := r[name].([]any)
	for _, row := range all {
		rows = append(rows, row.(map[string]any))
	}
	return rows
}

func (r result) text(name string) string {
	text, _ := r[name].(string)
	return text
}

func (r result) record(name string) result {
	record, _ := r[name].(map[string]any)
	return record
}

// byTools is a session with this server, whose client puts questions to a person. The person agrees.
type byTools struct {
	meter
	client  *client.Client
	dir     string // of exported files
	sandbox *sandbox.Sandbox
}

// store returns the books of the store, for what a seller knows before the task begins.
func (s *byTools) store() books { return books{s.sandbox} }

// requests counts those of the task; the seller's own looks go to Gumroad directly.
func (s *byTools) requests() (count int) {
	for _, entry := range s.sandbox.Journal() {
		if !strings.HasPrefix(entry.Path, "/v2/") {
			count++
		}
	}
	return count
}

func newByTools(ctx context.Context, store *sandbox.Sandbox, connection string, codec tokenizer.Codec) (*byTools, error) {
	c, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: store,
		Connection: connection, RequestsPerSecond: -1, Now: func() time.Time { return now }})
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "economy-")
	if err != nil {
		return nil, err
	}
	catalog, err := tool.New(tools.Toolsets(), tool.Config{
		Client: c, Policy: tool.Policy{Toolsets: []string{tool.AllToolsets}}, Confirm: tool.ConfirmAuto, Prefix: tool.DefaultPrefix, Exports: tool.NewExports(dir, false)})
	if err != nil {
		return nil, err
	}
	mcpServer := server.New(catalog, server.Options{Clients: server.Clients{TwoWay: true, Local: true}, Version: "economy"})
	s := &byTools{meter: meter{codec: codec}, dir: dir, sandbox: store}
	s.client = client.NewClient(
		mcpfix.NewInProcess(mcpServer, transport.WithElicitationHandler(person{})), client.WithElicitationHandler(person{}))
	if err := s.client.Start(ctx); err != nil {
		return nil, err
	}
	hello := mcp.InitializeRequest{}
	hello.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcp.Implementation{Name: "economy", Version: "1"}
	_, err = s.client.Initialize(ctx, hello)
	return s, err
}

func (s *byTools) close() error {
	if err := s.client.Close(); err != nil {
		return err
	}
	return os.RemoveAll(s.dir)
}

// person says yes to every question.
type person struct{}

func (person) Elicit(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	yes := &mcp.ElicitationResult{}
	yes.Action, yes.Content = mcp.ElicitationResponseActionAccept, map[string]any{"confirm": true}
	return yes, nil
}

var randomID = regexp.MustCompile(`[0-9a-f]{32}`)

// call calls a tool. What is random in a result is counted as if it were the same in every run.
func (s *byTools) call(ctx context.Context, name string, arguments map[string]any) (result, error) {
	request := mcp.CallToolRequest{}
	request.Params.Name, request.Params.Arguments = tool.DefaultPrefix+name, arguments
	answer, err := s.client.CallTool(ctx, request)
	if err != nil {
		return nil, err
	}
	read := answer.Content[0].(mcp.TextContent).Text
	if answer.IsError {
		return nil, fmt.Errorf("%s: %s", name, read)
	}
	given, err := json.Marshal(map[string]any{"name": request.Params.Name, "arguments": arguments})
	if err != nil {
		return nil, err
	}
	steady := randomID.ReplaceAllString(strings.ReplaceAll(read, s.dir, "/var/exports"), strings.Repeat("0a1b2c3d", 4))
	if err := s.count(string(given), steady); err != nil {
		return nil, err
	}
	var parsed result
	return parsed, json.Unmarshal([]byte(read), &parsed)
}

// byREST sends requests as Maton's documentation teaches them to agents, one command each. It is told where everything
// is, takes no wrong turn and reads bodies as they are sent, without the indentation that the documentation adds.
type byREST struct {
	meter
	store      *sandbox.Sandbox
	connection string
}

func newByREST(store *sandbox.Sandbox, codec tokenizer.Codec) (*byREST, error) {
	connection, err := firstConnection(store)
	return &byREST{meter: meter{codec: codec}, store: store, connection: connection}, err
}

func firstConnection(store *sandbox.Sandbox) (string, error) {
	connection, ok := store.Highlight("first connection")
	if !ok {
		return "", fmt.Errorf("the sandbox has no connection")
	}
	return connection.ID, nil
}

func (s *byREST) send(ctx context.Context, method, path string, values url.Values) (result, error) {
	address := "https://gateway.maton.ai/gumroad/v2" + path
	command := `curl -s -H "Authorization: Bearer $MATON_API_KEY" -H "Maton-Connection: ` + s.connection + `"`
	var body io.Reader
	if method == http.MethodGet {
		if len(values) > 0 {
			address += "?" + values.Encode()
		}
	} else {
		body = strings.NewReader(values.Encode())
		command += " -X " + method
		if len(values) > 0 {
			command += ` -d "` + values.Encode() + `"`
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+sandbox.MatonKey)
	request.Header.Set("Maton-Connection", s.connection)
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := s.store.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if err := s.count(command+` "`+address+`"`, string(read)); err != nil {
		return nil, err
	}
	var parsed result
	if err := json.Unmarshal(read, &parsed); err != nil {
		return nil, err
	}
	if parsed["success"] != true {
		return nil, fmt.Errorf("%s %s: %s", method, path, read)
	}
	return parsed, nil
}

// list reads a list to its end.
func (s *byREST) list(ctx context.Context, path, name string, values url.Values) (all []result, err error) {
	if values == nil {
		values = url.Values{}
	}
	for {
		page, err := s.send(ctx, http.MethodGet, path, values)
		if err != nil {
			return nil, err
		}
		all = append(all, page.rows(name)...)
		key := page.text("next_page_key")
		if key == "" {
			return all, nil
		}
		values.Set("page_key", key)
	}
}
