package cli

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// commandLine is what was typed, taken apart as far as its parser does not do it itself.
type commandLine struct {
	flags   []string // settings and the flags of the command, with their values
	command string   // "" if none was typed
	words   []string // behind the command, in their order
	raw     bool     // words holds names and values of a tool's arguments
}

// takeApart separates a command line's flags from its words. Behind the name of a tool, what is no flag of the
// command's own is an argument of the tool.
func takeApart(args []string, model *kong.Application) (line commandLine) {
	known := map[string]*kong.Flag{}
	for _, flag := range model.Flags {
		known[flag.Name] = flag
	}
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		name, isFlag := strings.CutPrefix(word, "--")
		name, _, hasValue := strings.Cut(name, "=")
		flag := known[name]
		ofTool := line.command == "call" && len(line.words) > 0
		switch {
		case word == "--":
			line.raw = true
			line.words = append(line.words, args...)
			return line
		case word == "-h":
			line.flags = append(line.flags, "--help")
		case isFlag && (flag != nil || !ofTool):
			line.flags = append(line.flags, word)
			if flag != nil && !hasValue && !flag.IsBool() && len(args) > 0 {
				line.flags = append(line.flags, args[0])
				args = args[1:]
			} else if flag == nil && !hasValue && ownFlag(model, line.command, name) && len(args) > 0 {
				line.flags = append(line.flags, args[0])
				args = args[1:]
			}
		case line.command == "":
			line.command = word
			for _, node := range model.Children {
				if node.Name != word {
					continue
				}
				for _, flag := range node.Flags {
					known[flag.Name] = flag
				}
			}
		default:
			line.raw = line.raw || ofTool
			line.words = append(line.words, word)
		}
	}
	return line
}

// ownFlag reports whether a flag that stands before its command takes a value.
func ownFlag(model *kong.Application, command, name string) bool {
	if command != "" {
		return false
	}
	for _, node := range model.Children {
		if slices.ContainsFunc(node.Flags, func(f *kong.Flag) bool { return f.Name == name && !f.IsBool() }) {
			return true
		}
	}
	return false
}

// forParser returns the command line as the parser takes it. What is asked with help or --help is the same.
func (l commandLine) forParser(model *kong.Application) []string {
	isCommand := func(name string) bool {
		return slices.ContainsFunc(model.Children, func(n *kong.Node) bool { return n.Name == name && !n.Hidden })
	}
	switch {
	case l.command == "":
		return l.flags
	case l.command == "help" && len(l.words) == 0:
		return append(l.flags, "--help")
	case l.command == "help" && isCommand(l.words[0]):
		return append([]string{l.words[0], "--help"}, l.flags...)
	case l.command == "call" && len(l.words) > 0 && slices.Contains(l.flags, "--help"):
		flags := slices.DeleteFunc(slices.Clone(l.flags), func(f string) bool { return f == "--help" })
		return slices.Concat([]string{"help"}, flags, []string{"--", l.words[0]})
	}
	args := append([]string{l.command}, l.flags...)
	if l.raw {
		args = append(args, "--")
	}
	return append(args, l.words...)
}
