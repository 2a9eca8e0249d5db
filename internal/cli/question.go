package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// person is who sits at the terminal, and is asked.
type person struct {
	Process
	ctx   context.Context // of the command, which a signal ends
	bar   *progressBar
	asked atomic.Bool // and has not answered yet
}

// errorScreen is the terminal of stderr.
func (p Process) errorScreen() screen { return p.screen(p.Stderr, time.Time{}) }

// Elicit asks the person. Only "y" and "yes" agree: the end of the input does not, and neither does Ctrl-C, which ends
// the question at once, or a line that was typed or pasted before the question could be read.
func (p *person) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	p.bar.clear()
	if _, isTerminal := p.Stdin.(*os.File); isTerminal {
		discardTyped()
	}
	s := p.errorScreen()
	s.wrapped(plain, s.shown(request.Params.Message), 0)
	if request.Params.URL != "" {
		s.line(s.paint(blue, s.oneLine(request.Params.URL)))
	}
	fmt.Fprint(s, s.paint(bold, "[y/N] "))
	p.asked.Store(true)
	typed := make(chan string, 1)
	go func() { // a read cannot be interrupted; the program ends without it
		line, _ := bufio.NewReader(p.Stdin).ReadString('\n')
		typed <- line
	}()
	answer := &mcp.ElicitationResult{}
	answer.Action = mcp.ElicitationResponseActionDecline
	select {
	case <-p.ctx.Done():
		answer.Action = mcp.ElicitationResponseActionCancel
	case line := <-typed:
		p.asked.Store(false)
		if !strings.HasSuffix(line, "\n") {
			fmt.Fprintln(s) // the input has ended in the line of the question
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			answer.Action = mcp.ElicitationResponseActionAccept
			answer.Content = map[string]any{"confirm": true}
		}
	}
	return answer, nil
}
