package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

type helpCommand struct {
	Topic string `arg:"" help:"A command, or a tool's name with or without its prefix."`
}

// Run explains a tool. The parser itself explains the commands.
func (h helpCommand) Run(ctx context.Context, p Process, c *settings.Common, parser *kong.Kong) error {
	var names []string
	for _, node := range parser.Model.Children {
		names = append(names, node.Name)
	}
	a, err := p.start(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	d, whyNot := a.Catalog.Find(h.Topic)
	if d == nil {
		if near := tool.Nearest(h.Topic, names); near != "" {
			whyNot += fmt.Sprintf(" There is a command %q.", near)
		}
		return errors.New(whyNot)
	}
	examples, err := p.newExampler(ctx)
	if err != nil {
		return err
	}
	defer examples.app.Close()
	s := p.screen(p.Stdout, a.Catalog.Now())
	s.colour = s.colour && p.colour(p.StdoutIsTerminal)
	s.explain(d, parser, examples.command(ctx, d))
	return nil
}

// explain writes what a tool does and takes.
func (s screen) explain(d *tool.Definition, parser *kong.Kong, example string) {
	s.wrapped(bold, fmt.Sprintf("%s (%s)", d.Title, d.Name), 0)
	s.wrapped(plain, d.Doc, 0)
	effect := map[tool.Effect]string{tool.Reads: "It changes nothing.", tool.Changes: "It changes the store or account.",
		tool.Destroys: "It cannot be undone."}[d.Effect]
	if d.Ask != nil {
		effect += " It asks first."
	}
	s.wrapped(effects[d.Effect], effect, 0)
	s.line("")
	s.line(s.paint(bold, "Usage"))
	s.line("  gumroad-mcp call " + d.Name + " [name=value …]")
	arguments := argumentsOf(d)
	if len(arguments) > 0 {
		s.line("")
		s.line(s.paint(bold, "Arguments"))
	}
	for _, a := range arguments {
		s.argument(a, settingNamed(parser, a.Name))
	}
	s.line("")
	s.line(s.paint(bold, "Example, in the sandbox"))
	s.line("  " + example)
}

const describedAt = 6 // columns from the left

func (s screen) argument(a argument, setting string) {
	facts := []string{a.kind()}
	if a.Required {
		facts = append(facts, "required")
	}
	if len(a.Default) > 0 {
		facts = append(facts, "default "+strings.Trim(string(a.Default), `"`))
	}
	line := "  " + s.paint(blue, a.Name) + "  "
	fmt.Fprint(s, line)
	s.wrapped(dim, strings.Join(facts, ", "), describedAt)
	description := a.Description
	if setting != "" {
		description += fmt.Sprintf(" Write %s=…, because %s is a setting.", a.Name, setting)
	}
	fmt.Fprint(s, strings.Repeat(" ", describedAt))
	s.wrapped(plain, strings.TrimSpace(description), describedAt)
}

// kind says in words which values an argument takes.
func (a argument) kind() string {
	kind := map[string]string{"integer": "whole number", "boolean": "true or false", "string": "text",
		"array": "list", "object": "JSON object"}[a.Type]
	switch {
	case a.Items != nil && len(a.Items.Enum) > 0:
		kind = "one or more of " + strings.Join(a.Items.Enum, ", ")
	case a.Items != nil:
		kind = "list, by repeating the name"
		if a.Items.Type == "object" {
			kind = "list of JSON objects"
		}
	case len(a.Enum) > 0:
		kind = "one of " + strings.Join(a.Enum, ", ")
	case a.Format == "date":
		kind = "day as YYYY-MM-DD"
	}
	switch {
	case a.Minimum != "" && a.Maximum != "":
		kind += fmt.Sprintf(" from %s to %s", a.Minimum, a.Maximum)
	case a.Minimum != "":
		kind += fmt.Sprintf(" of at least %s", a.Minimum)
	case a.Maximum != "":
		kind += fmt.Sprintf(" of at most %s", a.Maximum)
	}
	return cmp.Or(kind, "any value")
}

// settingNamed returns the flag of a setting that has the name of an argument, or "".
func settingNamed(parser *kong.Kong, argument string) string {
	for _, flag := range parser.Model.Flags {
		if flag.Name == strings.ReplaceAll(argument, "_", "-") {
			return "--" + flag.Name
		}
	}
	return ""
}
