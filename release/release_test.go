package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	registry "github.com/modelcontextprotocol/registry/pkg/api/v0"
	"github.com/modelcontextprotocol/registry/pkg/model"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestIcon(t *testing.T) {
	shown, err := png.DecodeConfig(bytes.NewReader(icon))
	if err != nil || shown.Width != 512 || shown.Height != 512 {
		t.Errorf("the icon is %d by %d: %v", shown.Width, shown.Height, err)
	}
}

// TestLauncher: wherever the bundle is unpacked and whatever the shell is told, the program gets its arguments.
func TestLauncher(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the bundle starts the program there without a shell")
	}
	directory := filepath.Join(t.TempDir(), "it's a $HOME")
	for file, contents := range map[string]string{"launch.sh": string(launcher),
		"linux-x64/gumroad-mcp": echo, "linux-arm64/gumroad-mcp": echo, "darwin/gumroad-mcp": echo} {
		file = filepath.Join(directory, "server", file)
		err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(contents), 0o644))
		if err != nil {
			t.Fatal(err)
		}
	}
	run := exec.Command("/bin/sh", "server/launch.sh", "a b", "$HOME")
	run.Dir, run.Env = directory, append(os.Environ(), "CDPATH=.:/")
	if said, err := run.CombinedOutput(); err != nil || string(said) != "a b\n$HOME\n" {
		t.Errorf("%q, %v", said, err)
	}
}

const echo = "#!/bin/sh\nprintf '%s\\n' \"$@\"\n"

// made is what the program of this machine, built at a tag of a clone, is packed into.
func made(t *testing.T) options {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	clone := filepath.Join(t.TempDir(), "clone")
	command := func(name string, args ...string) {
		t.Helper()
		c := exec.Command(name, args...)
		if name == "go" {
			c.Dir, c.Env = clone, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=true")
		}
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v: %s", name, args, err, said)
		}
	}
	command("git", "-c", "safe.directory=*", "clone", "--quiet", "..", clone)
	command("git", "-C", clone, "tag", "--force", "v1.98.7")
	o := options{programs: filepath.Join(t.TempDir(), "programs"), time: time.Unix(1790000000, 0).UTC(), partial: true}
	for _, p := range platforms {
		if p.goos == runtime.GOOS && p.goarch == runtime.GOARCH {
			command("go", "build", "-trimpath", "-o", filepath.Join(o.programs, p.file()), ".")
		}
	}
	return o
}

func TestPackages(t *testing.T) {
	o := made(t)
	t.Chdir("..")
	var packed [2]map[string]string
	for i := range packed {
		o.out = t.TempDir()
		for _, step := range steps {
			switch step.name {
			case "collect":
				continue
			case "sbom":
				program, err := o.native()
				if err != nil {
					t.Fatal(err)
				}
				o.program, o.to = program, filepath.Join(o.out, "gumroad-mcp.spdx.json")
			}
			if err := step.run(o); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
		}
		packed[i] = hashes(t, o.out)
	}
	for name, hash := range packed[0] {
		if packed[1][name] != hash {
			t.Errorf("%s differs when it is made again", name)
		}
	}
	t.Run("server.json", func(t *testing.T) { checkServer(t, o) })
	t.Run("bundle", func(t *testing.T) { checkBundle(t, o) })
	t.Run("rootfs", func(t *testing.T) { checkRootfs(t, o) })
	t.Run("notices", func(t *testing.T) {
		text, err := os.ReadFile(filepath.Join(o.out, notices))
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range []string{"The Go Authors", "github.com/mark3labs/mcp-go@", "Baekmuk License", "M+ BITMAP FONTS"} {
			if !bytes.Contains(text, []byte(said)) {
				t.Errorf("they lack %q", said)
			}
		}
	})
	t.Run("SBOM", func(t *testing.T) {
		var listed struct {
			Packages []struct{ Name, VersionInfo string }
		}
		decode(t, o.to, &listed)
		if len(listed.Packages) < 40 || listed.Packages[0].VersionInfo != "v1.98.7" {
			t.Errorf("%d packages are listed, of version %q", len(listed.Packages), listed.Packages[0].VersionInfo)
		}
	})
}

// hashes returns the hash of every file below a directory.
func hashes(t *testing.T, directory string) map[string]string {
	t.Helper()
	all := map[string]string{}
	if err := filepath.WalkDir(directory, func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		contents, err := os.ReadFile(file)
		name, _ := filepath.Rel(directory, file)
		hash := sha256.Sum256(contents)
		all[name] = hex.EncodeToString(hash[:])
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func decode(t *testing.T, file string, into any) []byte {
	t.Helper()
	contents, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(contents))
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return contents
}

// checkServer checks server.json by the registry's schema, and by its types, because the schema lets misspelt names pass.
func checkServer(t *testing.T, o options) {
	file := filepath.Join(o.out, "server.json")
	var value any
	contents := decode(t, file, &value)
	var listed registry.ServerJSON
	strict := json.NewDecoder(bytes.NewReader(contents))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&listed); err != nil {
		t.Fatal(err)
	}
	directory, err := exec.Command("go", "-C", "release", "list", "-m", "-f", "{{.Dir}}", "github.com/modelcontextprotocol/registry").Output()
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiled, err := compiler.Compile(filepath.Join(strings.TrimSpace(string(directory)),
		"internal/validators/schemas", model.CurrentSchemaVersion+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(value); err != nil {
		t.Error(err)
	}
	if listed.Version != "1.98.7" || len(listed.Packages) != 3 || !strings.Contains(listed.Schema, model.CurrentSchemaVersion) {
		t.Errorf("it is of version %q and schema %s, with %d packages", listed.Version, listed.Schema, len(listed.Packages))
	}
	if hash := hashes(t, o.out)["gumroad-mcp.mcpb"]; listed.Packages[0].FileSHA256 != hash {
		t.Errorf("the bundle's hash is %s, and it says %s", hash, listed.Packages[0].FileSHA256)
	}
	dockerfile, err := os.ReadFile("release/Dockerfile")
	if err != nil || !bytes.Contains(dockerfile, []byte(`io.modelcontextprotocol.server.name="`+listed.Name+`"`)) {
		t.Errorf("the image is not labelled %s (%v)", listed.Name, err)
	}
}

func checkBundle(t *testing.T, o options) {
	archive, err := zip.OpenReader(filepath.Join(o.out, "gumroad-mcp.mcpb"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	inBundle := map[string]bool{}
	for _, file := range archive.File {
		inBundle[file.Name] = true
		if executable := file.Mode()&0o111 != 0; executable != strings.HasPrefix(file.Name, "server/") {
			t.Errorf("%s has mode %v", file.Name, file.Mode())
		}
	}
	for _, p := range platforms {
		if _, err := os.Stat(filepath.Join(o.programs, p.file())); err == nil && p.bundled != inBundle["server/"+p.file()] {
			t.Errorf("%s: bundled is %v", p.node, !p.bundled)
		}
		if p.bundled && p.goos != "windows" && !bytes.Contains(launcher, []byte("$here/"+p.file())) {
			t.Errorf("the launcher does not start the program of %s", p.node)
		}
	}
	for _, s := range settings {
		if s.Default == nil || s.Title == "" || s.Description == "" {
			t.Errorf("%s has no default, title or description", s.Name)
		}
	}
	described := manifest(about{}, platforms)
	run := described["server"].(object)["mcp_config"].(object)
	windows := run["platform_overrides"].(object)["win32"].(object)["command"]
	if windows != "${__dirname}/server/win32-x64/gumroad-mcp.exe" {
		t.Errorf("Windows starts %v", windows)
	}
}

func checkRootfs(t *testing.T, o options) {
	file, err := os.Open(filepath.Join(o.out, "rootfs.tar"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	modes := map[string]int64{}
	for archive := tar.NewReader(file); ; {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !header.ModTime.Equal(o.time) {
			t.Fatalf("%s is of %v", header.Name, header.ModTime)
		}
		modes[header.Name] = header.Mode
	}
	for name, mode := range map[string]int64{"tmp/": 0o1777, "etc/ssl/certs/ca-certificates.crt": 0o644,
		"usr/share/zoneinfo/Europe/Berlin": 0o644, "home/nonroot/": 0o700} {
		if modes[name] != mode {
			t.Errorf("%s has mode %o", name, modes[name])
		}
	}
}
