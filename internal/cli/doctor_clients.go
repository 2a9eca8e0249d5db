package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
)

// checkProgram tells the version, and how a newer one is had.
func (x *examination) checkProgram() {
	m := x.machine()
	path := x.programPath(m)
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = path
	}
	way := m.WayOf(real)
	x.add("program", statusOK, fmt.Sprintf("%s, %s/%s, from %s: %s. To update: %s", version(), runtime.GOOS,
		runtime.GOARCH, way.Name, cmp.Or(path, "its path is not known"), way.Update), "")
}

// checkClients checks the named clients, or those that are there and start this program.
func (x *examination) checkClients(ctx context.Context, named []string) {
	m := x.machine()
	found := false
	for _, c := range clients.All() {
		if len(named) == 0 && !c.IsPresent(m) || len(named) > 0 && !slices.Contains(named, c.Name) {
			continue
		}
		found = true
		x.checkClient(ctx, m, c)
	}
	if !found {
		x.add("clients", statusSkip, "none was found", "")
	}
}

func (x *examination) checkClient(ctx context.Context, m clients.Machine, c clients.Client) {
	install := "Run `gumroad-mcp install " + c.Name + "`."
	path := c.File(m)
	if path == "" {
		x.add(c.Name, statusSkip, "it has no file on this machine", "")
		return
	}
	file, err := c.Read(path)
	if err != nil {
		x.add(c.Name, statusFail, path+": "+err.Error(), "Correct the file; the client cannot read it either.")
		return
	}
	entry := c.Find(file.Values)
	switch {
	case entry == nil:
		x.add(c.Name, statusSkip, "this server is not in "+path, install)
		return
	case !entry.IsOurs:
		x.add(c.Name, statusWarn, fmt.Sprintf("another server has the name %s in %s: it starts %q",
			clients.EntryName, path, entry.Command),
			"`gumroad-mcp install --force "+c.Name+"` replaces it.")
		return
	}
	if detail, fix := checkKeyFile(entry.Env[clients.KeyFileVariable]); detail != "" {
		x.add(c.Name, statusFail, detail, fix)
		return
	}
	served, err := x.greet(ctx, entry)
	switch {
	case err != nil:
		x.add(c.Name, statusFail, fmt.Sprintf("%s: %s does not start: %v", path, entry.Command, err), install)
	case served != version():
		x.add(c.Name, statusWarn, fmt.Sprintf("%s starts version %s, and this is %s", path, served, version()), install)
	default:
		x.add(c.Name, statusOK, path+" starts it", "")
	}
}

// checkKeyFile returns what is wrong with the file of a key that an entry names, if it names one.
func checkKeyFile(path string) (detail, fix string) {
	if path == "" {
		return "", ""
	}
	info, err := os.Stat(path)
	switch {
	case err != nil || !info.Mode().IsRegular() || info.Size() == 0:
		return "there is no Maton key in " + path, "Run `gumroad-mcp install` again with " + clients.KeyVariable + " set."
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return "others may read the Maton key in " + path, "Make it private: chmod 600 " + clients.ShellLine([]string{path})
	}
	return "", ""
}

const greetTimeout = 30 * time.Second // npx may download the program first

// greet starts the server as the client does, and returns the version that it tells.
func (x *examination) greet(ctx context.Context, entry *clients.Entry) (served string, err error) {
	ctx, cancel := context.WithTimeout(ctx, greetTimeout)
	defer cancel()
	path := entry.Command
	if !filepath.IsAbs(path) {
		found, ok := x.machine().LookPath(path)
		if !ok {
			return "", errors.New("it is not on the PATH")
		}
		path = found
	} else if !isFile(path) {
		return "", errors.New("it is not there")
	}
	started := transport.NewStdioWithOptions(path, nil, entry.Args, transport.WithCommandFunc(
		func(_ context.Context, command string, _, args []string) (*exec.Cmd, error) {
			cmd := exec.CommandContext(ctx, command, args...)
			cmd.Env = x.environmentOf(entry)
			return cmd, nil
		}))
	session := client.NewClient(started)
	if err := session.Start(ctx); err != nil {
		return "", err
	}
	defer session.Close()
	hello := mcp.InitializeRequest{}
	hello.Params.ProtocolVersion = mcp.LATEST_LEGACY_PROTOCOL_VERSION // with which most clients begin
	hello.Params.ClientInfo = mcp.Implementation{Name: "gumroad-mcp doctor", Version: version()}
	result, err := session.Initialize(ctx, hello)
	if err != nil {
		return "", fmt.Errorf("it does not answer: %w", err)
	}
	return result.ServerInfo.Version, nil
}

// environmentOf is what a client gives the server: none of our own settings, but those of the entry.
func (x *examination) environmentOf(entry *clients.Entry) (environ []string) {
	for _, variable := range x.Environ {
		name, _, _ := strings.Cut(variable, "=")
		own := strings.HasPrefix(name, "MATON_") || strings.HasPrefix(name, "GUMROAD_")
		if !own || slices.Contains(entry.Inherit, name) {
			environ = append(environ, variable)
		}
	}
	for name, value := range entry.Env {
		environ = append(environ, name+"="+value)
	}
	return environ
}
