package main

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
	"github.com/gumroad-mcp/gumroad-mcp/tools"
)

func TestReadmeTools(t *testing.T) {
	var table strings.Builder
	count := 0
	for _, set := range tools.Toolsets() {
		off := ""
		if set.Optional {
			off = "; off unless `--toolsets` names it"
		}
		fmt.Fprintf(&table, "\n**%s** (%s%s)\n\n| Tool | | What it does |\n|---|---|---|\n", set.Name, strings.TrimSuffix(set.Doc, "."), off)
		for _, row := range set.Tools {
			effect := row.Effect.String()
			if row.Ask != nil {
				effect += ", asks first"
			}
			fmt.Fprintf(&table, "| `%s%s` | %s | %s |\n", tool.DefaultPrefix, row.Name, effect, row.Doc)
			count++
		}
	}
	head := fmt.Sprintf("%d tools in %d toolsets.\n", count, len(tools.Toolsets()))
	testserver.GoldenPart(t, "README.md", "tools", head+table.String())
}

func TestSettingsTables(t *testing.T) {
	for path, declared := range map[string]any{"README.md": &settings.Common{}, "docs/operating.md": &settings.HTTP{}} {
		t.Run(path, func(t *testing.T) {
			table := "| Setting | Flag | Environment | Default |\n|---|---|---|---|\n"
			for _, s := range settings.Of(declared) {
				value := s.Unset
				if s.Default != "" {
					value = code(s.Default)
				}
				table += fmt.Sprintf("| %s | %s | %s | %s |\n",
					strings.TrimSuffix(s.Help, "."), code(s.Flag), code(s.Variables...), value)
			}
			testserver.GoldenPart(t, path, "settings", table)
		})
	}
}

// TestInstallTable lists the clients that install knows, each with its files on a machine that has nothing yet.
func TestInstallTable(t *testing.T) {
	homes := map[string]string{"HOME": "~", "USERPROFILE": "~", "APPDATA": "%APPDATA%", "LOCALAPPDATA": "%LOCALAPPDATA%"}
	systems := []struct{ goos, name string }{{"linux", "Linux"}, {"darwin", "macOS"}, {"windows", "Windows"}}
	table := "| Client | Name | Your file | A project's file |\n|---|---|---|---|\n"
	for _, c := range clients.All() {
		var files []string
		for _, system := range systems {
			file := c.File(clients.Machine{OS: system.goos, Getenv: func(name string) string { return homes[name] }})
			if strings.HasPrefix(file, "%") {
				file = strings.ReplaceAll(file, "/", `\`)
			}
			if n := len(files); n > 0 && strings.HasSuffix(files[n-1], " "+code(file)) {
				files[n-1] = strings.Replace(files[n-1], " `", ", "+system.name+" `", 1)
			} else {
				files = append(files, system.name+" "+code(file))
			}
		}
		table += fmt.Sprintf("| %s | %s | %s | %s |\n", c.Title, code(c.Name),
			strings.ReplaceAll(strings.Join(files, "<br>"), "Linux, macOS, Windows ", ""), code(c.Project))
	}
	testserver.GoldenPart(t, "docs/install.md", "clients", table)
}

// code is words as they are typed.
func code(words ...string) string {
	var typed []string
	for _, word := range words {
		if word != "" {
			typed = append(typed, "`"+word+"`")
		}
	}
	return strings.Join(typed, ", ")
}

// run is what a person sees who runs a command line on a terminal.
func run(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := cli.Run(t.Context(), cli.Process{
		Args:  args,
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: io.Discard, StdoutIsTerminal: true,
	}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestReadmePicture draws the README's first command and what it prints.
func TestReadmePicture(t *testing.T) {
	const lineHeight, columns = 19, 150
	var lines []string
	for _, c := range []string{
		"call list_products limit=6",
		"call sales_report period=last_month compare=previous",
	} {
		lines = append(lines, "$ gumroad-mcp --sandbox "+c)
		out := run(t, append([]string{"--sandbox", "--sandbox-now", "2026-11-15T12:00:00Z"}, strings.Fields(c)...)...)
		lines = append(lines, strings.Split(strings.TrimRight(out, "\n"), "\n")...)
		lines = append(lines, "")
	}
	var svg strings.Builder
	height := len(lines)*lineHeight + 50
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" `+
		`font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="13">`+"\n", columns*8, height)
	fmt.Fprint(&svg, `<rect width="100%" height="100%" rx="8" fill="#16181d"/>`)
	for i, colour := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&svg, `<circle cx="%d" cy="18" r="5" fill="%s"/>`, 20+18*i, colour)
	}
	fmt.Fprintln(&svg)
	for i, line := range lines {
		colour := "#c9d1d9"
		if strings.HasPrefix(line, "$ ") {
			colour = "#7ee787"
		}
		if runes := []rune(line); len(runes) > columns-4 {
			line = string(runes[:columns-5]) + "…"
		}
		fmt.Fprintf(&svg, `<text x="16" y="%d" fill="%s" xml:space="preserve">%s</text>`+"\n",
			50+i*lineHeight, colour, html.EscapeString(line))
	}
	svg.WriteString("</svg>\n")
	testserver.Golden(t, "docs/terminal.svg", svg.String())
}
