package clients

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Machine is where clients are looked for.
type Machine struct {
	OS     string // as runtime.GOOS
	Getenv func(string) string
	Dir    string // of the project
}

// home is the person's directory.
func (m Machine) home() string {
	if m.OS == "windows" {
		return m.Getenv("USERPROFILE")
	}
	return m.Getenv("HOME")
}

// lookup returns a variable of a path in the table, or "" if it is not set and has no default.
func (m Machine) lookup(name string) string {
	if name == "APPS" {
		switch m.OS {
		case "darwin":
			return m.below("/Library/Application Support")
		case "windows":
			name = "APPDATA"
		default:
			name = "XDG"
		}
	}
	if name == "XDG" {
		name = "XDG_CONFIG_HOME"
	}
	if value := m.Getenv(name); value != "" {
		return value
	}
	defaults := map[string]string{
		"XDG_CONFIG_HOME": "/.config",
		"APPDATA":         "/AppData/Roaming",
		"LOCALAPPDATA":    "/AppData/Local",
		"CODEX_HOME":      "/.codex",
		"COPILOT_HOME":    "/.copilot",
	}
	return m.below(defaults[name])
}

// below returns a path below the person's directory, or "" if one of them is not known.
func (m Machine) below(path string) string {
	if m.home() == "" || path == "" {
		return ""
	}
	return m.home() + path
}

// path returns a path of the table on this machine, or "" if one of its variables is not set.
func (m Machine) path(pattern string) string {
	unset := false
	if below, ok := strings.CutPrefix(pattern, "~"); ok {
		pattern = "$HOME" + below
	}
	path := os.Expand(pattern, func(name string) string {
		value := m.home()
		if name != "HOME" {
			value = m.lookup(name)
		}
		unset = unset || value == ""
		return value
	})
	if unset {
		return ""
	}
	return filepath.FromSlash(path)
}

// KeyFile is where the Maton key is kept for those clients that cannot keep one.
func (m Machine) KeyFile() string { return m.path("$APPS/gumroad-mcp/maton-api-key") }

// File returns the client's file, or "" if there is none for it on this machine.
func (c Client) File(m Machine) string {
	files := c.Files
	if m.OS == "windows" && c.Windows != nil {
		files = c.Windows
	}
	for _, each := range files {
		pattern, condition, conditional := strings.Cut(each, " if ")
		if path := m.path(pattern); path != "" && (!conditional || exists(m.path(condition))) {
			return path
		}
	}
	return ""
}

// ProjectFile returns the client's file for the project, or "" if it has none.
func (c Client) ProjectFile(m Machine) string {
	if c.Project == "" {
		return ""
	}
	return filepath.Join(m.Dir, filepath.FromSlash(c.Project))
}

// LeavesProject reports a file for the project that a link would lead out of it. What a project holds can be a
// stranger's, while a person's own files may be links to wherever they keep them.
func (c Client) LeavesProject(m Machine) bool {
	project, err := os.OpenRoot(cmp.Or(m.Dir, "."))
	if err != nil {
		return true
	}
	defer project.Close()
	_, err = project.Stat(filepath.FromSlash(c.Project))
	return err != nil && !errors.Is(err, fs.ErrNotExist)
}

// IsPresent reports whether the client is on this machine.
func (c Client) IsPresent(m Machine) bool {
	if c.Sign != "" {
		return exists(m.path(c.Sign))
	}
	file := c.File(m)
	return file != "" && exists(filepath.Dir(file))
}

func exists(path string) bool {
	if path == "" {
		return false
	}
	_, err := os.Stat(path)
	return err == nil
}
