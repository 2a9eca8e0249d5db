package clients

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/internal/identity"
)

// Package is the program's name at npm.
const Package = "@gumroad-mcp/server"

// Way is how the program came onto a machine.
type Way struct {
	Name   string
	marks  []string // directories, of which one is in the program's path
	Update string   // what brings a newer version
	avoid  string   // why clients must not start it from there
}

// ways are tried in their order.
var ways = []Way{
	{Name: "npx", marks: []string{"_npx"}, Update: "npx -y " + Package + "@latest install"},
	{Name: "npm", marks: []string{"node_modules"}, Update: "npm install -g " + Package + "@latest"},
	{Name: "Homebrew", marks: []string{"homebrew", "linuxbrew", "Cellar", "Caskroom"}, Update: "brew upgrade gumroad-mcp"},
	{Name: "Scoop", marks: []string{"scoop"}, Update: "scoop update gumroad-mcp"},
	{Name: "WinGet", marks: []string{"WinGet"}, Update: "winget upgrade gumroad-mcp"},
	{Name: "a Claude Desktop extension", marks: []string{"Claude Extensions"}, Update: "open the new .mcpb file with Claude Desktop"},
	{Name: "go run", marks: []string{"go-build"}, Update: "name the newer version to go run",
		avoid: "it stands in the build cache of Go, which is emptied now and then"},
	{Name: "a temporary file", Update: "download the newer version",
		avoid: "it stands in a directory for temporary files"},
	{Name: "go install", marks: []string{"go/bin"}, Update: "go install " + identity.Module() + "@latest"},
	{Name: "a package of the system", marks: []string{"usr/bin"}, Update: "update it with the system's package manager"},
	{Name: "a file", Update: "download the newer version in its place"},
}

// WayOf tells from its path how a program came onto the machine.
func (m Machine) WayOf(path string) Way {
	slashed := strings.ReplaceAll(path, `\`, "/")
	for _, w := range ways {
		found := slices.ContainsFunc(w.marks, func(mark string) bool { return strings.Contains(slashed, "/"+mark+"/") })
		switch w.Name {
		case "a temporary file":
			found = strings.HasPrefix(path, filepath.Clean(m.temporary())+string(filepath.Separator))
		case "go install":
			found = found || m.Getenv("GOBIN") != "" && filepath.Dir(path) == filepath.Clean(m.Getenv("GOBIN"))
		}
		if found {
			return w
		}
	}
	return ways[len(ways)-1]
}

// temporary is the directory for temporary files, as os.TempDir has it.
func (m Machine) temporary() string {
	if m.OS == "windows" {
		return cmp.Or(m.Getenv("TMP"), m.Getenv("TEMP"), `C:\Windows\Temp`)
	}
	return cmp.Or(m.Getenv("TMPDIR"), "/tmp")
}

// Program returns how clients start the program at a path, of a version. Graphical clients do not have a shell's PATH,
// so the path is absolute. Links in it stay, because what they lead to may be gone after an update.
func Program(m Machine, path, version string) (Launch, error) {
	way := m.WayOf(path)
	if way.Name == "npx" || way.Name == "npm" && m.Getenv("npm_command") == "exec" {
		return Published(m.OS, version), nil
	}
	if !filepath.IsAbs(path) {
		return Launch{}, fmt.Errorf("where the program stands is not known: %q", path)
	}
	if way.avoid != "" {
		return Launch{}, fmt.Errorf("clients cannot start the program at %s: %s. Install it where it stays, such as with "+
			"go install, npm or Homebrew, and run that one", path, way.avoid)
	}
	if _, err := os.Stat(path); err != nil {
		return Launch{}, fmt.Errorf("the program is not there any more: %w", err)
	}
	return Launch{Command: path}, nil
}

// Published returns how the published program is started, through npx; version is "" for the newest.
func Published(goos, version string) Launch {
	name := Package
	if version = strings.TrimPrefix(version, "v"); version != "" {
		name += "@" + version
	}
	if goos == "windows" { // npx is a script there, which a client cannot start
		return Launch{Command: "cmd", Args: []string{"/c", "npx", "-y", name}}
	}
	return Launch{Command: "npx", Args: []string{"-y", name}}
}
