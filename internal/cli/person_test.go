package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/term"

	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
)

// TestMain makes the test program the product, where it is called by its name.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "gumroad-mcp" {
		os.Exit(m.Run())
	}
	code, err := cli.Run(context.Background(), cli.Process{Program: os.Args[0], Args: os.Args[1:], Environ: os.Environ(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, StdinIsTerminal: isTerminal(os.Stdin),
		StdoutIsTerminal: isTerminal(os.Stdout), StderrIsTerminal: isTerminal(os.Stderr)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func isTerminal(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }

// person has a home directory of their own, in which the program is.
type person struct {
	home     string
	env      map[string]string
	stdin    string
	terminal bool
	program  string
}

func newPerson(t *testing.T) *person {
	t.Helper()
	p := &person{home: t.TempDir(), terminal: false}
	p.program = filepath.Join(p.home, "bin", "gumroad-mcp")
	// Other directories for temporary files than that of the test, from which no client may start a program.
	p.env = map[string]string{"HOME": p.home, "TMPDIR": filepath.Join(p.home, "temporary"), "PATH": filepath.Join(p.home, "bin")}
	test, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p.mkdir(t, "bin")
	if err := os.Symlink(test, p.program); err != nil {
		t.Fatal(err)
	}
	return p
}

// run carries a command line out. Paths of the home directory read as ~, and the times of copies as TIME.
func (p *person) run(t *testing.T, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	var environ []string
	for name, value := range p.env {
		environ = append(environ, name+"="+value)
	}
	code, err := cli.Run(t.Context(), cli.Process{Program: p.program, Args: args, Environ: environ,
		Stdin: strings.NewReader(p.stdin), Stdout: &stdout, Stderr: &stderr, StdinIsTerminal: p.terminal})
	if err != nil {
		err = errors.New(p.plain(err.Error()))
	}
	got := outcome{code, p.plain(stdout.String()), p.plain(stderr.String()), err}
	if strings.Contains(got.stdout+got.stderr+fmt.Sprint(err), "canary") {
		t.Errorf("a key was printed: %+v", got)
	}
	return got
}

func (p *person) plain(said string) string { return strings.ReplaceAll(said, p.home, "~") }

func (p *person) mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(p.home, path), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (p *person) write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	p.mkdir(t, filepath.Dir(path))
	if err := os.WriteFile(filepath.Join(p.home, path), []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// read returns a file, or "" if it is not there.
func (p *person) read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.home, path))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return p.plain(string(text))
}

// files are the person's files below a directory, with their permissions.
func (p *person) files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(p.home, dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		name := p.plain(path)
		if base, _, isCopy := strings.Cut(name, ".bak-"); isCopy {
			name = base + ".bak-TIME"
		}
		all = append(all, fmt.Sprintf("%v %s", info.Mode().Perm(), name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
