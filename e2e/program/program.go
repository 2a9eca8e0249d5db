// Package program builds and starts gumroad-mcp as its users do, for the end-to-end tests.
package program

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/identity"
)

// Build builds the program and returns its path.
func Build(tb testing.TB) string {
	tb.Helper()
	binary := filepath.Join(tb.TempDir(), "gumroad-mcp")
	build := exec.CommandContext(tb.Context(), "go", "build", "-o", binary, identity.Module())
	if output, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("%v: %s", err, output)
	}
	return binary
}

// Server is a running "gumroad-mcp http".
type Server struct {
	Addr string // host and port

	command *exec.Cmd
	logged  chan struct{} // closed when its log has been read to the end
}

// Serve runs "gumroad-mcp http" and returns once it listens. The environment is env alone. What it logs above level
// info goes into the test's log. It is killed when the test ends.
func Serve(tb testing.TB, binary string, env []string, flags ...string) *Server {
	tb.Helper()
	arguments := append([]string{"http", "--caller-rate", "0", "--log-format", "json"}, flags...)
	s := &Server{command: exec.CommandContext(tb.Context(), binary, arguments...), logged: make(chan struct{})}
	s.command.Env = append([]string{}, env...) // nil would inherit the test's
	stderr, err := s.command.StderrPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.wait() })
	listening := make(chan string, 1)
	go func() {
		defer close(s.logged)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			var entry struct{ Level, Msg, Addr string }
			if err := json.Unmarshal(lines.Bytes(), &entry); err != nil || entry.Level != "INFO" {
				fmt.Fprintf(tb.Output(), "%s\n", lines.Bytes())
			}
			if entry.Msg == "listening" {
				listening <- entry.Addr
			}
		}
	}()
	select {
	case s.Addr = <-listening:
	case <-s.logged:
		tb.Fatalf("the server ended before it listened: %v", s.wait())
	}
	return s
}

// End sends the server a signal and returns how it exited.
func (s *Server) End(signal os.Signal) error {
	if err := s.command.Process.Signal(signal); err != nil {
		return err
	}
	return s.wait()
}

func (s *Server) wait() error {
	<-s.logged
	return s.command.Wait()
}
