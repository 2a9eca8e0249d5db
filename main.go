// Command gumroad-mcp is an MCP server for running a Gumroad store.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
)

func main() {
	if os.Getenv("GOGC") == "" {
		// The heap is a few megabytes, and at the default the collector would run several times before the first
		// answer.
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		// Memory is bounded by what is held at once. The collector works harder before it lets the heap grow past this.
		debug.SetMemoryLimit(96 << 20)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() { // so that a second signal ends the program at once
		<-ctx.Done()
		stop()
	}()
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil { // it is no terminal; what is asked on stderr still is
		width, _, _ = term.GetSize(int(os.Stderr.Fd()))
	}
	process := cli.Process{
		Program: os.Args[0],
		Args:    os.Args[1:],
		Environ: os.Environ(),
		Stdin:   os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		StdinIsTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		StdoutIsTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		StderrIsTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Width:            width,
		Zone:             time.Local,
	}
	code, err := cli.Run(ctx, process)
	if err != nil {
		process.Complain(err)
	}
	os.Exit(code)
}
