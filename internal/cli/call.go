package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/app"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

type callCommand struct {
	Tool      string   `arg:"" help:"The tool's name, with or without its prefix."`
	Arguments []string `arg:"" optional:"" help:"name=value pairs, or one JSON object."`
}

// BeforeReset makes warn the default log level of this command, because a person wants to see the result and not the
// log.
func (callCommand) BeforeReset(parser *kong.Kong, c *settings.Common) error {
	settings.SetDefault(parser, &c.LogLevel, "warn")
	return nil
}

// Run calls the tool through an MCP client in this process, so that the call takes the same path as any other client's.
func (call callCommand) Run(ctx context.Context, p Process, c *settings.Common) error {
	c.KeepExports = true // the program ends with this call, and an exported file has to outlive it
	c.TextOnly = false   // what is printed comes from structured content
	a, err := p.start(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	tool, whyNot := a.Catalog.Find(call.Tool)
	if tool == nil {
		return errors.New(whyNot)
	}
	arguments, err := parseArguments(call.Arguments)
	if err != nil {
		return err
	}
	session, err := p.connect(ctx, a)
	if err != nil {
		return err
	}
	defer session.Close()

	request := mcp.CallToolRequest{}
	request.Params.Name, request.Params.Arguments = tool.FullName, arguments
	if p.StderrIsTerminal {
		request.Params.Meta = &mcp.Meta{ProgressToken: "call"}
	}
	result, err := session.CallTool(ctx, request)
	if err != nil {
		return err
	}
	return p.print(c, result)
}

// connect starts an MCP session in this process. If there is a terminal, questions are put to the person at it.
func (p Process) connect(ctx context.Context, a *app.App) (*client.Client, error) {
	var (
		options []client.ClientOption
		answers []transport.InProcessOption
	)
	if p.StdinIsTerminal && p.StderrIsTerminal {
		options = append(options, client.WithElicitationHandler(p))
		answers = append(answers, transport.WithElicitationHandler(p))
	}
	session := client.NewClient(mcpfix.NewInProcess(a.MCP(), answers...), options...)
	session.OnNotification(func(n mcp.JSONRPCNotification) {
		if text, ok := n.Params.AdditionalFields["message"].(string); ok && n.Method == "notifications/progress" {
			fmt.Fprintln(p.Stderr, text+" …")
		}
	})
	if err := session.Start(ctx); err != nil {
		return nil, err
	}
	hello := mcp.InitializeRequest{}
	hello.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcp.Implementation{Name: "gumroad-mcp call", Version: version()}
	_, err := session.Initialize(ctx, hello)
	return session, err
}

// Elicit asks the person at the terminal.
func (p Process) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	fmt.Fprintf(p.Stderr, "%s [y/N] ", request.Params.Message)
	line, err := bufio.NewReader(p.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	answer := &mcp.ElicitationResult{}
	answer.Action = mcp.ElicitationResponseActionDecline
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		answer.Action = mcp.ElicitationResponseActionAccept
		answer.Content = map[string]any{"confirm": true}
	}
	return answer, nil
}

// parseArguments reads name=value pairs or one JSON object. The values of pairs stay strings, which the tool coerces to
// the types of its schema.
func parseArguments(words []string) (any, error) {
	if len(words) == 1 && strings.HasPrefix(strings.TrimSpace(words[0]), "{") {
		var object map[string]any
		decoder := json.NewDecoder(strings.NewReader(words[0]))
		decoder.UseNumber()
		if err := decoder.Decode(&object); err != nil {
			return nil, fmt.Errorf("the arguments are not a JSON object: %w", err)
		}
		return object, nil
	}
	arguments := map[string]any{}
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not name=value", word)
		}
		switch earlier := arguments[name].(type) { // a repeated name makes a list
		case nil:
			arguments[name] = value
		case string:
			arguments[name] = []any{earlier, value}
		case []any:
			arguments[name] = append(earlier, value)
		}
	}
	return arguments, nil
}

// print writes a result: formatted for a person on a terminal, and unchanged into a pipe.
func (p Process) print(c *settings.Common, result *mcp.CallToolResult) error {
	var text string
	for _, content := range result.Content {
		if block, ok := content.(mcp.TextContent); ok {
			text += block.Text
		}
	}
	switch {
	case result.IsError && p.StdoutIsTerminal:
		fmt.Fprintln(p.Stderr, text)
	case result.IsError:
		structured, err := json.Marshal(result.StructuredContent)
		if err != nil {
			return err
		}
		fmt.Fprintln(p.Stderr, text)
		if strings.Contains(string(structured), `"confirm_token"`) {
			fmt.Fprintln(p.Stderr, settings.Of(c).Sprintf("To agree from a shell, run this on a terminal, or with %s=never. "+
				"A confirm_token is valid only in the process that gave it, unless %s is set.", &c.Confirm, &c.SealKey))
		}
		fmt.Fprintln(p.Stdout, string(structured))
	case p.StdoutIsTerminal:
		if err := writeReadably(p.Stdout, []byte(text)); err != nil {
			return err
		}
	default:
		fmt.Fprintln(p.Stdout, text)
	}
	if result.IsError {
		return exitCode(exitError)
	}
	return nil
}

// indent returns JSON with line breaks, for people.
func indent(raw []byte) []byte {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return raw
	}
	return b.Bytes()
}
