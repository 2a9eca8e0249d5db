package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// clientFlags are what install and uninstall have in common.
type clientFlags struct {
	Clients []string `arg:"" optional:"" name:"client" help:"Clients by name, such as claude-desktop, cursor or vscode. Without one they are listed."`
	All     bool     `env:"-" help:"All clients that are found."`
	Project bool     `env:"-" help:"Only for the project in this directory, instead of for you."`
	DryRun  bool     `env:"-" help:"Show what would change, and change nothing."`
	Force   bool     `env:"-" help:"Also where another server has the name gumroad."`
}

type installCommand struct{ clientFlags }

type uninstallCommand struct{ clientFlags }

// installation is the work of install or uninstall.
type installation struct {
	clientFlags
	Process
	machine  clients.Machine
	launch   clients.Launch
	needsKey bool
	keyFile  string
	removes  bool
}

// Run adds the server to the files of clients.
func (i installCommand) Run(ctx context.Context, p Process, c *settings.Common) error {
	if err := c.Check(); err != nil {
		return err
	}
	work := &installation{clientFlags: i.clientFlags, Process: p, machine: p.machine(), needsKey: !c.Sandbox}
	chosen, err := work.choose(clients.Client.IsPresent)
	if err != nil || len(chosen) == 0 {
		return err
	}
	a, err := p.start(ctx, c)
	if err != nil { // a client could not start it with these settings either
		return err
	}
	a.Close()
	if work.launch, err = clients.Program(work.machine, p.programPath(work.machine), version()); err != nil {
		return err
	}
	arguments, err := settings.Arguments(c)
	if err != nil {
		return err
	}
	work.launch.Args = append(work.launch.Args, arguments...)
	if work.needsKey {
		if work.keyFile, err = work.key(c, chosen); err != nil {
			return err
		}
	}
	return work.each(ctx, chosen)
}

// Run takes the server out of the files of clients.
func (u uninstallCommand) Run(ctx context.Context, p Process) error {
	work := &installation{clientFlags: u.clientFlags, Process: p, machine: p.machine(), removes: true}
	chosen, err := work.choose(func(c clients.Client, m clients.Machine) bool {
		file, err := c.Read(work.path(c))
		return err == nil && c.Find(file.Values) != nil
	})
	if err != nil || len(chosen) == 0 {
		return err
	}
	err = work.each(ctx, chosen)
	if key := work.machine.KeyFile(); isFile(key) {
		fmt.Fprintf(p.Stdout, "The Maton key stays in %s; delete the file if nothing else uses it.\n", key)
	}
	return err
}

func (p Process) machine() clients.Machine {
	return clients.Machine{OS: runtime.GOOS, Getenv: settings.NewEnvironment(p.Environ).Get}
}

// programPath is the absolute path of this program, in which links stay as they are.
func (p Process) programPath(m clients.Machine) string {
	if !strings.ContainsAny(p.Program, `/\`) {
		path, _ := m.LookPath(p.Program)
		return path
	}
	path, err := filepath.Abs(p.Program)
	if err != nil {
		return ""
	}
	return path
}

// path is the file to change.
func (w *installation) path(c clients.Client) string {
	if w.Project {
		return c.ProjectFile(w.machine)
	}
	return c.File(w.machine)
}

// each carries the work out for every client. What fails for one does not keep the others from it.
func (w *installation) each(ctx context.Context, chosen []clients.Client) error {
	var changed []string
	failed := false
	for _, c := range chosen {
		did, err := w.one(ctx, c)
		if err != nil {
			failed = true
			fmt.Fprintf(w.Stdout, "%s: %v\n", c.Title, err)
		}
		if did {
			changed = append(changed, c.Title)
		}
	}
	if len(changed) > 0 {
		fmt.Fprintf(w.Stdout, "Restart %s for the change to take effect.\n", strings.Join(changed, ", "))
		if w.needsKey {
			fmt.Fprintln(w.Stdout, "Then ask there to connect your Gumroad store.")
		}
	}
	if failed {
		return exitCode(exitError)
	}
	return nil
}

// one changes the file of one client, and reports whether it did.
func (w *installation) one(ctx context.Context, c clients.Client) (changed bool, err error) {
	path := w.path(c)
	if path == "" {
		return false, errors.New("it has no file on this machine")
	}
	if w.Project && c.LeavesProject(w.machine) {
		return false, fmt.Errorf("%s leads out of the project, so it was not touched", path)
	}
	file, err := c.Read(path)
	if err != nil {
		return false, w.byHand(c, path, err)
	}
	entry := c.Find(file.Values)
	switch {
	case entry == nil && w.removes:
		fmt.Fprintf(w.Stdout, "%s: there is nothing to remove in %s.\n", c.Title, path)
		return false, nil
	case entry != nil && !entry.IsOurs && !w.Force:
		return false, fmt.Errorf("another server has the name %s in %s: it starts %q. Only --force changes it",
			clients.EntryName, path, entry.Command)
	case c.Command != "" && !w.Project:
		return w.byCommand(ctx, c, file, entry != nil)
	}
	edits := c.Uninstall()
	if !w.removes {
		edits = c.Install(w.launch, w.needsKey, w.keyFile)
	}
	changedText, err := c.Apply(file, edits)
	if err != nil {
		return false, w.byHand(c, path, err)
	}
	if w.removes {
		changedText = c.Restored(file, changedText)
	}
	if string(changedText) == string(file.Text) && file.Exists() {
		fmt.Fprintf(w.Stdout, "%s: it is in %s already.\n", c.Title, path)
		return false, nil
	}
	if w.DryRun {
		fmt.Fprint(w.Stdout, text.Clean(difference(c.Format, path, file.Text, changedText)))
		return false, nil
	}
	backup, err := file.Write(changedText, time.Now())
	if err != nil {
		return false, err
	}
	w.report(c, path, backup, entry != nil)
	return true, nil
}

func (w *installation) report(c clients.Client, path, backup string, wasThere bool) {
	verb := "added to"
	switch {
	case w.removes:
		verb = "removed from"
	case wasThere:
		verb = "changed in"
	}
	fmt.Fprintf(w.Stdout, "%s: %s %s", c.Title, verb, path)
	if backup != "" {
		fmt.Fprintf(w.Stdout, " (as it was: %s)", backup)
	}
	fmt.Fprintln(w.Stdout, ".")
	if w.needsKey && !w.removes && c.AsksForKey() {
		fmt.Fprintf(w.Stdout, "%s asks for the Maton key when it starts the server for the first time.\n", c.Title)
	}
}

// byHand says what a person has to write into a file that cannot be changed here.
func (w *installation) byHand(c clients.Client, path string, err error) error {
	if w.removes {
		return fmt.Errorf("%s: %w. Remove %s from it by hand", path, err, clients.EntryName)
	}
	edits := c.Install(w.launch, w.needsKey, w.keyFile)
	return fmt.Errorf("%s: %w. Nothing was changed. Add this by hand:\n\n%s", path, err,
		strings.TrimRight(c.Format.Snippet(edits...), "\r\n"))
}

// byCommand has the client's own program change its file, which it writes all the time. Without the program it prints
// the commands.
func (w *installation) byCommand(ctx context.Context, c clients.Client, file *clients.File, isThere bool) (
	changed bool, err error) {
	var lines [][]string
	if isThere {
		lines = append(lines, c.RemoveCommand())
	}
	if !w.removes {
		lines = append(lines, c.AddCommand(w.launch, w.needsKey, w.keyFile))
	}
	program, found := w.machine.LookPath(c.Command)
	if !found || w.DryRun {
		fmt.Fprintf(w.Stdout, "%s: run this:\n", c.Title)
		for _, words := range lines {
			fmt.Fprintln(w.Stdout, "  "+clients.ShellLine(words))
		}
		return false, nil
	}
	asItWas := ""
	if isThere { // the first command removes it, and the second may fail
		backup, err := file.Copy(time.Now())
		if err != nil {
			return false, err
		}
		asItWas = fmt.Sprintf(" (%s as it was: %s)", file.Path, backup)
	}
	for _, words := range lines {
		command := exec.CommandContext(ctx, program, words[1:]...)
		command.Env = w.Environ
		if output, err := command.CombinedOutput(); err != nil {
			return false, fmt.Errorf("`%s` failed: %w\n%s%s", clients.ShellLine(words), err, text.Clean(string(output)), asItWas)
		}
	}
	fmt.Fprintf(w.Stdout, "%s: done by `%s`%s.\n", c.Title, clients.ShellLine(lines[len(lines)-1]), asItWas)
	return true, nil
}
