package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/app"
	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

// key returns the file that holds the Maton key, or "" if there is no key or all of the clients ask for it themselves.
// A key that was given, or that a person types, is kept in a file of our own, because clients' files are shared, copied
// and committed.
func (w *installation) key(c *settings.Common, chosen []clients.Client) (file string, err error) {
	if c.MatonKeyFile != "" && c.MatonKey == "" {
		return filepath.Abs(c.MatonKeyFile)
	}
	if c.GumroadToken != "" {
		return "", settings.Of(c).Wrong(&c.GumroadToken, "clients' files hold no keys, and only a Maton key can be kept "+
			"beside them, so set the variable where the client starts, or unset it")
	}
	if allAsk(chosen) {
		return "", nil
	}
	file = w.machine.KeyFile()
	key := string(c.MatonKey)
	if key == "" && !isFile(file) && w.StdinIsTerminal && !w.DryRun {
		fmt.Fprint(w.Stderr, "Maton API key, from https://maton.ai (it is not shown; leave it empty to set it later): ")
		if key, err = w.readHidden(); err != nil {
			return "", err
		}
	}
	switch {
	case key != "":
		if err := app.Usable(settings.Of(c), &c.MatonKey, gumroad.NewCredential(key)); err != nil {
			return "", err
		}
		switch {
		case file == "":
			return "", errors.New("the key cannot be kept: it is not known where your home directory is")
		case w.DryRun:
			return file, nil
		}
		if err := clients.WriteKey(file, strings.TrimSpace(key)); err != nil {
			return "", fmt.Errorf("the key cannot be kept: %w", err)
		}
		fmt.Fprintf(w.Stdout, "The Maton key is kept in %s, which only you can read.\n", file)
		return file, nil
	case isFile(file):
		return file, nil
	default:
		fmt.Fprintln(w.Stdout, settings.Of(c).Sprintf("There is no Maton key yet, so every call will say what to set. "+
			"Run this again with %s set, or with --sandbox.", &c.MatonKey))
		return "", nil
	}
}

// useKeptKey has a person's own commands use the key that `install` keeps, where no credential was given.
func (p Process) useKeptKey(c *settings.Common) {
	if c.Sandbox || c.MatonKey != "" || c.MatonKeyFile != "" || c.GumroadToken != "" {
		return
	}
	if file := p.machine().KeyFile(); isFile(file) {
		c.MatonKeyFile = file
	}
}

// allAsk reports whether every client asks for the key itself.
func allAsk(chosen []clients.Client) bool {
	return !slices.ContainsFunc(chosen, func(c clients.Client) bool { return !c.AsksForKey() })
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// readHidden reads a line that the terminal does not show.
func (p Process) readHidden() (string, error) {
	terminal, ok := p.Stdin.(*os.File)
	if !ok {
		return p.readLine()
	}
	line, err := term.ReadPassword(int(terminal.Fd()))
	fmt.Fprintln(p.Stderr)
	return strings.TrimSpace(string(line)), err
}

// readLine reads a line and nothing of the next one.
func (p Process) readLine() (string, error) {
	var line bytes.Buffer
	for one := make([]byte, 1); ; {
		n, err := p.Stdin.Read(one)
		switch {
		case n == 1 && one[0] == '\n', errors.Is(err, io.EOF):
			return strings.TrimSpace(line.String()), nil
		case err != nil:
			return "", err
		}
		line.Write(one[:n])
	}
}
