package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// notices is the file with the licences of what the program is made of, which have to go with every copy of it.
const notices = "THIRD_PARTY_NOTICES.txt"

var license = regexp.MustCompile(`(?i)^(licen[cs]e|copying|copyright|notice|patents|ofl)\b[^/]*$`)

// elsewhere are files with licences that are not named so: here those of the fonts.
var elsewhere = map[string]string{"github.com/hajimehoshi/bitmapfont/v3": "README.md"}

// writeNotices gathers the licences of the modules that the program is made of on any of the platforms, and Go's.
func writeNotices(o options) error {
	modules := map[string]string{} // the directory of each
	for _, goos := range []string{"linux", "darwin", "windows"} {
		list := exec.Command("go", "list", "-deps", "-f", `{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}} {{.Dir}}{{end}}{{end}}`, ".")
		list.Env, list.Stderr = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos), os.Stderr
		listed, err := list.Output()
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(listed)) {
			if name, directory, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
				modules[name] = directory
			}
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	modules["Go, its standard library"] = strings.TrimSpace(string(root))
	var text bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		found, err := licensesBelow(modules[name], name)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("%s has no licence", name)
		}
		for _, contents := range found {
			fmt.Fprintf(&text, "%s\n%s\n\n%s\n\n", name, strings.Repeat("=", len(name)), strings.TrimSpace(string(contents)))
		}
	}
	return o.writeFile(notices, text.Bytes(), 0o644)
}

// licensesBelow returns the different licences in a directory: those of fonts and other parts stand in directories below
// the module's. Of Go there is one.
func licensesBelow(directory, name string) (found [][]byte, err error) {
	err = filepath.WalkDir(directory, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if file != directory && (entry.Name() == "testdata" || !strings.Contains(name, "@")) {
				return fs.SkipDir
			}
			return nil
		}
		module, _, _ := strings.Cut(name, "@")
		named := license.MatchString(entry.Name()) || elsewhere[module] == entry.Name()
		if !named || filepath.Ext(entry.Name()) == ".go" {
			return nil
		}
		contents, err := os.ReadFile(file)
		if !slices.ContainsFunc(found, func(other []byte) bool { return bytes.Equal(other, contents) }) {
			found = append(found, contents)
		}
		return err
	})
	return found, err
}
