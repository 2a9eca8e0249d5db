package clients

import (
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// LookPath finds a program by the PATH of the machine.
func (m Machine) LookPath(name string) (string, bool) {
	for _, dir := range filepath.SplitList(m.Getenv("PATH")) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil && filepath.IsAbs(path) {
			return path, true
		}
	}
	return "", false
}

// AddCommand returns the words with which the client's own program adds the server to its list.
func (c Client) AddCommand(l Launch, needsKey bool, keyFile string) []string {
	if needsKey {
		l = c.withKey(l, keyFile)
	}
	words := []string{c.Command, "mcp", "add", "--scope", "user", EntryName}
	for _, name := range slices.Sorted(maps.Keys(l.Env)) {
		words = append(words, "-e", name+"="+l.Env[name])
	}
	return append(append(words, "--", l.Command), l.Args...)
}

// RemoveCommand returns the words with which the client's own program takes the server out of its list.
func (c Client) RemoveCommand() []string {
	return []string{c.Command, "mcp", "remove", "--scope", "user", EntryName}
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// ShellLine returns words as a person types them into a shell.
func ShellLine(words []string) string {
	var quoted []string
	for _, word := range words {
		if !plainWord.MatchString(word) {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		quoted = append(quoted, word)
	}
	return strings.Join(quoted, " ")
}
