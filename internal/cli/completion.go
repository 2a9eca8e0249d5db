package cli

import (
	"context"
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// completeCommand is what the scripts call back, with the words that were typed; the last is the one to complete.
const completeCommand = "__complete"

//go:embed completion
var completionScripts embed.FS

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints the script of a shell.
func (c completionCommand) Run(p Process) error {
	script, err := completionScripts.ReadFile("completion/gumroad-mcp." + c.Shell)
	if err != nil {
		return err
	}
	_, err = p.Stdout.Write(script)
	return err
}

// candidate is a word that can stand where the cursor is. One that ends in "=" wants a value behind it.
type candidate struct{ word, about string }

// complete prints a candidate a line, with what it is about behind a tab.
func (p Process) complete(ctx context.Context, parser *kong.Kong, words []string) error {
	if len(words) == 0 {
		return nil
	}
	typed := words[len(words)-1]
	for _, c := range p.candidates(ctx, parser, words[:len(words)-1], typed) {
		if strings.HasPrefix(c.word, typed) {
			fmt.Fprintf(p.Stdout, "%s\t%s\n", c.word, oneLine(c.about))
		}
	}
	return nil
}

func (p Process) candidates(ctx context.Context, parser *kong.Kong, before []string, typed string) []candidate {
	line := takeApart(before, parser.Model)
	flags := flagsOf(parser.Model, line.command)
	if len(before) > 0 && line.wants(flags, before[len(before)-1]) {
		if before[len(before)-1] == "--client" {
			return clientNames()
		}
		return values("", allowedBy(flags, before[len(before)-1]))
	}
	name, _, hasValue := strings.Cut(typed, "=")
	ofTool := line.command == "call" && len(line.words) > 0
	switch {
	case hasValue && !ofTool:
		return values(name+"=", allowedBy(flags, name))
	case strings.HasPrefix(typed, "-") && !ofTool:
		return asFlags(flags)
	case line.command == "":
		return commandNames(parser.Model)
	case len(line.words) == 0 && len(firstWords(parser.Model, line.command)) > 0:
		return values("", firstWords(parser.Model, line.command))
	case line.command == "install", line.command == "uninstall":
		return clientNames()
	case line.command == "call" && len(line.words) == 0:
		return toolNames(p.definitions(ctx, parser, line))
	case line.command == "help" && len(line.words) == 0:
		return append(commandNames(parser.Model), toolNames(p.definitions(ctx, parser, line))...)
	case ofTool:
		return p.ofTool(ctx, parser, line, flags, typed)
	}
	return nil
}

func clientNames() (list []candidate) {
	for _, c := range clients.All() {
		list = append(list, candidate{c.Name, c.Title})
	}
	return list
}

// ofTool returns the arguments of a tool, or the values that one can have.
func (p Process) ofTool(ctx context.Context, parser *kong.Kong, line commandLine, flags []*kong.Flag, typed string) (
	list []candidate) {
	var known []argument
	for _, d := range p.definitions(ctx, parser, line) {
		if line.words[0] == d.Name || line.words[0] == d.FullName {
			known = argumentsOf(d)
		}
	}
	name, _, hasValue := strings.Cut(typed, "=")
	a, _ := named(known, strings.TrimPrefix(name, "--"))
	if hasValue {
		return append(values(name+"=", a.allowed()), values(name+"=", allowedBy(flags, name))...)
	}
	given := line.words[1:]
	if len(given) > 0 && strings.HasPrefix(given[len(given)-1], "--") && !strings.Contains(given[len(given)-1], "=") {
		if a, ok := named(known, given[len(given)-1][2:]); ok && a.Type != "boolean" {
			return values("", a.allowed())
		}
	}
	for _, a := range known {
		word := a.Name + "="
		if strings.HasPrefix(typed, "-") {
			word = "--" + strings.ReplaceAll(a.Name, "_", "-")
		}
		list = append(list, candidate{word, a.Description})
	}
	if strings.HasPrefix(typed, "-") {
		list = append(list, asFlags(flags)...)
	}
	return list
}

// definitions returns the tools that are on with the settings that were typed.
func (p Process) definitions(ctx context.Context, typed *kong.Kong, line commandLine) []*tool.Definition {
	c, ok := typed.Model.Target.Addr().Interface().(*commands)
	if !ok {
		return nil
	}
	if _, err := typed.Parse(append([]string{"tools"}, line.flags...)); err != nil {
		return nil // what was typed is wrong
	}
	p.Stderr = io.Discard
	c.LogLevel = "error"
	c.Secrets.MatonKeyFile = "" // no key is needed to know the tools
	a, err := p.start(ctx, &c.Common)
	if err != nil {
		return nil
	}
	defer a.Close()
	return a.Catalog.Definitions()
}

// wants reports whether a word is a flag whose value comes next.
func (l commandLine) wants(flags []*kong.Flag, word string) bool {
	return slices.ContainsFunc(flags, func(f *kong.Flag) bool { return "--"+f.Name == word && !f.IsBool() }) &&
		(len(l.flags) > 0 && l.flags[len(l.flags)-1] == word)
}

func flagsOf(model *kong.Application, command string) []*kong.Flag {
	flags := slices.Clone(model.Flags)
	for _, node := range model.Children {
		if node.Name == command {
			flags = append(flags, node.Flags...)
		}
	}
	return slices.DeleteFunc(flags, func(f *kong.Flag) bool { return f.Hidden })
}

// firstWords returns what can stand first behind a command, where its grammar counts that.
func firstWords(model *kong.Application, command string) []string {
	for _, node := range model.Children {
		if node.Name == command && len(node.Positional) > 0 && node.Positional[0].Enum != "" {
			return node.Positional[0].EnumSlice()
		}
	}
	return nil
}

func asFlags(flags []*kong.Flag) (list []candidate) {
	for _, f := range flags {
		list = append(list, candidate{"--" + f.Name, f.Help})
	}
	return list
}

func allowedBy(flags []*kong.Flag, word string) []string {
	for _, f := range flags {
		if "--"+f.Name == word && f.Enum != "" {
			return f.EnumSlice()
		}
	}
	return nil
}

func commandNames(model *kong.Application) (list []candidate) {
	for _, node := range model.Children {
		if !node.Hidden {
			list = append(list, candidate{node.Name, node.Help})
		}
	}
	return list
}

func toolNames(definitions []*tool.Definition) (list []candidate) {
	for _, d := range definitions {
		list = append(list, candidate{d.Name, d.Doc})
	}
	return list
}

func values(before string, allowed []string) (list []candidate) {
	for _, value := range allowed {
		list = append(list, candidate{before + value, ""})
	}
	return list
}
