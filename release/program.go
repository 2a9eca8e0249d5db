package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// platform is one that the program is built for.
type platform struct {
	goos, goarch string
	node         string // as npm writes it, and as the directory of its program is called
	bundled      bool   // in the MCPB bundle
}

// universal is macOS's program for both architectures, which the bundle has in place of two.
const universal = "darwin"

// platforms are those of every artefact. MCPB knows no architecture on Windows, where the x64 program runs on both.
var platforms = []platform{
	{"linux", "amd64", "linux-x64", true},
	{"linux", "arm64", "linux-arm64", true},
	{"darwin", "amd64", "darwin-x64", false},
	{"darwin", "arm64", "darwin-arm64", false},
	{"darwin", "all", universal, true},
	{"windows", "amd64", "win32-x64", true},
	{"windows", "arm64", "win32-arm64", false},
}

// file is the path of the platform's program below a directory of programs.
func (p platform) file() string {
	name := "gumroad-mcp"
	if p.goos == "windows" {
		name += ".exe"
	}
	return path.Join(p.node, name)
}

// os is the system as npm and MCPB call it.
func (p platform) os() string { return strings.Split(p.node, "-")[0] }

// present returns the platforms whose program is in the directory. All have to be, unless the release is partial.
func (o options) present() ([]platform, error) {
	var there []platform
	for _, p := range platforms {
		_, err := os.Stat(filepath.Join(o.programs, p.file()))
		switch {
		case err == nil:
			there = append(there, p)
		case !o.partial || !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	if len(there) == 0 {
		return nil, fmt.Errorf("%s has no program", o.programs)
	}
	return there, nil
}

// about is what the program of this machine says of itself.
type about struct {
	Module  string // such as github.com/OWNER/NAME
	Version string // without the v
	Tools   []struct{ Name, Description string }
}

// ask returns what the program says of itself.
func (o options) ask() (a about, err error) {
	program, err := o.native()
	if err != nil {
		return a, err
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return a, err
	}
	a.Module = info.Main.Path
	version, ok := strings.CutPrefix(info.Main.Version, "v")
	if !ok {
		return a, fmt.Errorf("%s carries no version (%s): build it with -buildvcs=true in a clone", program, info.Main.Version)
	}
	a.Version, _, _ = strings.Cut(version, "+") // npm knows no build metadata
	listed, err := exec.Command(program, "--sandbox", "tools", "--json").Output()
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(listed, &a)
}

// inspect returns what the program says of itself, and the platforms that it is there for.
func (o options) inspect() (a about, there []platform, err error) {
	if there, err = o.present(); err == nil {
		a, err = o.ask()
	}
	return a, there, err
}

func (o options) native() (string, error) {
	for _, p := range platforms {
		if p.goos == runtime.GOOS && p.goarch == runtime.GOARCH {
			return filepath.Abs(filepath.Join(o.programs, p.file()))
		}
	}
	return "", fmt.Errorf("nothing is built for %s/%s", runtime.GOOS, runtime.GOARCH)
}

// website is where the project lives; owner and name are the parts of its address.
func (a about) website() string { return "https://" + a.Module }

func (a about) owner() string { return path.Base(path.Dir(a.Module)) }

func (a about) name() string { return path.Base(a.Module) }

// registered is the project's name in the registry of MCP servers.
func (a about) registered() string { return "io.github." + a.owner() + "/" + a.name() }

// npmName is the name of the npm package, or of a platform's.
func (a about) npmName(suffix string) string { return "@" + a.owner() + "/server" + suffix }

// collect copies the programs that goreleaser built, by its own list of them.
func collect(o options) error {
	listed, err := os.ReadFile(filepath.Join(o.dist, "artifacts.json"))
	if err != nil {
		return err
	}
	var artifacts []struct{ Path, Goos, Goarch, Type string }
	if err := json.Unmarshal(listed, &artifacts); err != nil {
		return err
	}
	for _, a := range artifacts {
		if a.Type != "Binary" && a.Type != "Universal Binary" {
			continue
		}
		for _, p := range platforms {
			if p.goos == a.Goos && p.goarch == a.Goarch {
				// goreleaser's paths start at the directory that it ran in, which holds dist.
				from := filepath.Join(filepath.Dir(filepath.Clean(o.dist)), filepath.FromSlash(a.Path))
				if err := copyFile(from, filepath.Join(o.programs, p.file()), 0o755); err != nil {
					return err
				}
			}
		}
	}
	_, err = o.present()
	return err
}

func copyFile(from, to string, mode fs.FileMode) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return cmp.Or(err, target.Close(), os.Chmod(to, mode))
}
