package main

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

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
