package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/app"
	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

type callCommand struct {
	Tool      string   `arg:"" help:"The tool's name, with or without its prefix."`
	Arguments []string `arg:"" optional:"" help:"name=value pairs, --name value pairs, or one JSON object."`
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
	p.useKeptKey(c)
	bar := &progressBar{p: p, to: p.Stderr}
	p.Stderr = bar
	a, err := p.start(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	definition, whyNot := a.Catalog.Find(call.Tool)
	if definition == nil {
		return errors.New(whyNot)
	}
	arguments, err := parseArguments(call.Arguments, argumentsOf(definition))
	if err != nil {
		return err
	}
	person := &person{Process: p, ctx: ctx, bar: bar}
	session, err := person.connect(ctx, a)
	if err != nil {
		return err
	}
	defer session.Close()
	request := mcp.CallToolRequest{}
	request.Params.Name, request.Params.Arguments = definition.FullName, arguments
	if p.StderrIsTerminal {
		request.Params.Meta = &mcp.Meta{ProgressToken: "call"}
	}
	result, err := session.CallTool(ctx, request)
	bar.clear()
	if ctx.Err() != nil && person.asked.Load() {
		fmt.Fprintln(p.Stderr, "\nNothing was changed.")
		return exitCode(exitInterrupted)
	}
	if err != nil {
		return err
	}
	return p.print(c, a, definition, result)
}

// connect starts an MCP session in this process. If there is a terminal, questions are put to the person at it.
func (p *person) connect(ctx context.Context, a *app.App) (*client.Client, error) {
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
		if n.Method == "notifications/progress" {
			p.bar.show(n.Params.AdditionalFields)
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

// print writes a result: formatted for a person on a terminal, and unchanged into a pipe.
func (p Process) print(c *settings.Common, a *app.App, d *tool.Definition, result *mcp.CallToolResult) error {
	var text string
	for _, content := range slices.Backward(result.Content) {
		switch block := content.(type) {
		case mcp.TextContent:
			text = block.Text // the first is the answer; what follows is about a picture
		case mcp.ImageContent:
			fmt.Fprintln(p.Stderr, "A picture was drawn as well; only clients show it.")
		}
	}
	now := a.Catalog.Now()
	switch {
	case result.IsError:
		if err := p.printError(c, result.StructuredContent, text); err != nil {
			return err
		}
		return exitCode(exitError)
	case p.StdoutIsTerminal:
		members, err := object.Parse([]byte(text))
		if err != nil {
			return err
		}
		screen := p.screen(p.Stdout, now)
		if report, ok := reports[d.Name]; ok {
			screen.report(report, members)
		} else {
			screen.result(members)
		}
	default:
		fmt.Fprintln(p.Stdout, text)
	}
	return nil
}

// printError writes why a tool failed: in words on stderr, and into a pipe the structured error as well.
func (p Process) printError(c *settings.Common, structured any, text string) error {
	raw, err := json.Marshal(structured)
	if err != nil {
		return err
	}
	if p.StderrIsTerminal {
		p.explain(raw, text)
	} else {
		fmt.Fprintln(p.Stderr, text)
	}
	if p.StdoutIsTerminal {
		return nil
	}
	if strings.Contains(string(raw), `"confirm_token"`) {
		fmt.Fprintln(p.Stderr, settings.Of(c).Sprintf("To agree from a shell, run this on a terminal, or with %s=never. "+
			"A confirm_token is valid only in the process that gave it, unless %s is set.", &c.Confirm, &c.SealKey))
	}
	fmt.Fprintln(p.Stdout, string(raw))
	return nil
}

// Complain writes the error of a command that could not be carried out to stderr.
func (p Process) Complain(err error) {
	if !p.StderrIsTerminal {
		fmt.Fprintln(p.Stderr, "gumroad-mcp:", err)
		return
	}
	s := p.errorScreen()
	s.wrapped(red, "gumroad-mcp: "+s.shown(err.Error()), indent)
}

// explain writes an error to a terminal: the message, then what to do, then the rest of its text.
func (p Process) explain(raw []byte, text string) {
	var said struct{ Code, Message, Hint string }
	if json.Unmarshal(raw, &said) != nil || said.Message == "" {
		said.Message = text
	}
	rest := strings.TrimSpace(strings.TrimPrefix(text, said.Code+":"))
	for _, part := range []string{said.Message, said.Hint} {
		rest = strings.TrimSpace(strings.TrimPrefix(rest, part))
	}
	s := p.errorScreen()
	s.wrapped(red, s.shown(said.Message), indent)
	if said.Hint != "" {
		s.wrapped(plain, s.shown(said.Hint), indent)
	}
	if rest != "" {
		s.wrapped(dim, s.shown(rest), indent)
	}
}
