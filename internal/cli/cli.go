// Package cli is the command line: it parses it, and runs the command.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/gumroad-mcp/gumroad-mcp/internal/app"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

// Process holds what a program gets from the operating system.
type Process struct {
	Program                                             string // as it was called: a path, or a name to be looked up
	Args                                                []string
	Environ                                             []string // as NAME=value
	Stdin                                               io.Reader
	Stdout, Stderr                                      io.Writer
	StdinIsTerminal, StdoutIsTerminal, StderrIsTerminal bool
	Width                                               int            // of the terminal, in columns; 0 for 80
	Zone                                                *time.Location // of the person; nil for UTC
}

func (p Process) getenv(name string) string { return settings.NewEnvironment(p.Environ).Get(name) }

// commands is the grammar of the command line.
type commands struct {
	settings.Common

	Stdio stdioCommand `cmd:"" default:"1" help:"Serve MCP on standard input and output (the default)."`
	HTTP  httpCommand  `cmd:"" name:"http" help:"Serve MCP over streamable HTTP, to many callers."`
	Token tokenCommand `cmd:"" help:"Make a token for a caller of http --auth=token."`
	Call  callCommand  `cmd:"" help:"Call one tool as a client does, and print its result."`
	Tools toolsCommand `cmd:"" help:"List the tools."`

	Install   installCommand   `cmd:"" help:"Have Claude, Cursor, VS Code and other clients start this server."`
	Uninstall uninstallCommand `cmd:"" help:"Take this server out of clients."`
	Doctor    doctorCommand    `cmd:"" help:"Check the credential, the store, and the clients."`

	Sandbox sandboxCommand `cmd:"" help:"Serve the built-in Gumroad and Maton to other programs."`
	Help    helpCommand    `cmd:"" help:"Explain a command or a tool."`
	Version versionCommand `cmd:"" help:"Print the version."`

	Completion completionCommand `cmd:"" help:"Print what makes a shell complete commands, tools and arguments."`

	ShowVersion kong.VersionFlag `name:"version" env:"-" help:"Print the version."`
}

// Exit codes.
const (
	exitOK    = 0
	exitError = 1 // the tool was called and its result is an error
	exitUsage = 2 // the command could not be carried out

	exitInterrupted = 130 // a signal ended a question, as shells have it
)

// exitCode is the error of a command that has already printed what was wrong.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Run carries out a command line. It returns the exit code and an error for its caller to print, if there is one.
func Run(ctx context.Context, p Process) (int, error) {
	var c commands
	exited := false
	env := settings.NewEnvironment(p.Environ)
	parser, err := c.parser(env,
		kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(int) { exited = true }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p, &c.Common),
	)
	if err != nil {
		return exitUsage, err
	}
	if len(p.Args) > 0 && p.Args[0] == completeCommand {
		return exitOK, p.complete(ctx, parser, p.Args[1:])
	}
	line := takeApart(p.Args, parser.Model)
	parsed, err := parser.Parse(line.forParser(parser.Model))
	if exited { // --help
		return exitOK, nil
	}
	if err != nil {
		if strings.Contains(line.command, "_") { // as in the names of tools, and in no command
			err = fmt.Errorf("%w; gumroad-mcp call %s calls the tool of that name", err, line.command)
		}
		if line.command == "call" && len(line.words) == 0 {
			err = fmt.Errorf("%w; gumroad-mcp tools lists them", err)
		}
		return exitUsage, err
	}
	if err := env.Check(); err != nil {
		return exitUsage, err
	}
	c.Secrets.Read(env)
	p.warnOfUnfilled(&c.Common)
	err = parsed.Run()
	var code exitCode
	switch {
	case err == nil:
		return exitOK, nil
	case errors.As(err, &code):
		return int(code), nil
	default:
		return exitUsage, err
	}
}

// parser returns the parser of the command line.
func (c *commands) parser(env settings.Environment, options ...kong.Option) (*kong.Kong, error) {
	about := description
	for _, secret := range settings.Of(&c.Secrets) {
		about += fmt.Sprintf("  %-32s %s\n", secret, secret.Help)
	}
	return settings.NewParser(c, env, slices.Concat([]kong.Option{
		kong.Name("gumroad-mcp"),
		kong.Description(about),
		kong.ShortUsageOnError(),
		kong.Vars{"version": "gumroad-mcp " + version()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Help(printHelp),
	}, options)...)
}

// printHelp prints the help of a command without the settings that every command takes, which would be most of it, apart
// from those to which the command gives another default.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	if ctx.Selected() == nil {
		return kong.DefaultHelpPrinter(options, ctx)
	}
	declared := map[string]string{}
	for _, s := range settings.Of(&settings.Common{}) {
		declared[s.Flag] = s.Default
	}
	for _, flag := range ctx.Model.Flags {
		usual, isSetting := declared["--"+flag.Name]
		flag.Hidden = flag.Name != "help" && (!isSetting || flag.Default == usual)
	}
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	_, err := fmt.Fprint(ctx.Stdout, "\nIt also takes the settings that gumroad-mcp --help lists, such as --sandbox.\n")
	return err
}

const description = `An MCP server for running a Gumroad store: Claude, Cursor, VS Code and agents manage products,
sales, refunds, licences and more.

Keys come from the environment alone:

`

func (p Process) environment() app.Environment {
	return app.Environment{Getenv: settings.NewEnvironment(p.Environ).Get,
		Stderr: p.Stderr, IsTerminal: p.StderrIsTerminal, Colour: p.colour(p.StderrIsTerminal), Version: version()}
}

// warnOfUnfilled logs which variables hold a placeholder that a client did not replace.
func (p Process) warnOfUnfilled(c *settings.Common) {
	if names := settings.Unfilled(p.Environ); len(names) > 0 {
		app.NewLogger(c, p.environment()).Warn("a client did not replace the placeholders in these variables; they count as unset",
			"variables", names)
	}
}

// oneClient is what stdio and call know of their client.
var oneClient = server.Clients{TwoWay: true, Local: true}

// start makes the app for a person at a command line.
func (p Process) start(ctx context.Context, c *settings.Common) (*app.App, error) {
	return app.Start(ctx, c, nil, p.environment(), oneClient)
}

type stdioCommand struct{}

const howToBegin = `gumroad-mcp speaks MCP on standard input and output. A client such as Claude Desktop starts it.

To try it here, without an account:
  gumroad-mcp --sandbox call list_products
  gumroad-mcp --sandbox call list_sales limit=5
  gumroad-mcp tools

To use your own store, get a key at https://maton.ai, then:
  export MATON_API_KEY=…
  gumroad-mcp call create_connection wait_seconds=45
`

// Run serves MCP to one client until its input ends or ctx is done. A client shows its person little of a server that
// does not start, so a credential that cannot be used is told by the calls.
func (stdioCommand) Run(ctx context.Context, p Process, c *settings.Common) error {
	signal.Ignore(syscall.SIGHUP) // the end of the input ends the server, and lets its calls finish
	env := p.environment()
	env.Patient = !p.StdinIsTerminal
	a, err := app.Start(ctx, c, nil, env, oneClient)
	if err != nil {
		return err
	}
	defer a.Close()
	if p.StdinIsTerminal {
		if a.Client.Credential().IsZero() {
			fmt.Fprint(p.Stderr, howToBegin)
			return exitCode(exitUsage)
		}
		fmt.Fprintln(p.Stderr, "Waiting for an MCP client's messages on standard input. Press Ctrl-C to stop. "+
			"To call a tool from a shell, use `gumroad-mcp call TOOL`.")
	}
	a.WarnOfCredential()
	return server.ServeStdio(ctx, a.MCP(), p.Stdin, p.Stdout, a.Events.Drain, a.Logger)
}

type versionCommand struct{}

func (versionCommand) Run(p Process) error {
	_, err := fmt.Fprintln(p.Stdout, "gumroad-mcp", version())
	return err
}

// version is that of the module the program was built from, which Go puts into it: a tag's, or one made of a commit.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
