package main

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"
	"testing"

	prettytext "github.com/jedib0t/go-pretty/v6/text"

	"github.com/gumroad-mcp/gumroad-mcp/internal/cli"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// run is what a person sees who runs a command line on a terminal of that many columns.
func run(t *testing.T, columns int, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := cli.Run(t.Context(), cli.Process{
		Args: args, Environ: []string{"TERM=xterm-256color"}, Width: columns,
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: io.Discard, StdoutIsTerminal: true,
	}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestPictures draws what commands print on terminals of several widths.
func TestPictures(t *testing.T) {
	for path, picture := range map[string]struct {
		columns  int
		commands []string
	}{
		"docs/terminal.svg": {80, []string{
			"call sales_report period=last_month compare=previous group_by=product top=6",
			"call list_products limit=6",
		}},
		"docs/terminal-60.svg":  {60, []string{"call list_sales limit=5", "call subscriber_report period=last_month"}},
		"docs/terminal-200.svg": {200, []string{"call list_sales limit=5", "call list_discounts", "call get_product product_id=gridsmith"}},
	} {
		t.Run(path, func(t *testing.T) {
			var lines []string
			for _, c := range picture.commands {
				lines = append(lines, typed("$ gumroad-mcp --sandbox "+c, picture.columns)...)
				args := append([]string{"--sandbox", "--sandbox-now", "2026-11-15T12:00:00Z"}, strings.Fields(c)...)
				lines = append(lines, strings.Split(strings.TrimRight(run(t, picture.columns, args...), "\n"), "\n")...)
				lines = append(lines, "")
			}
			testserver.Golden(t, path, terminal(picture.columns, lines))
		})
	}
}

// typed is a command line as a person types it who breaks lines that are too long.
func typed(command string, columns int) (lines []string) {
	for len(command) > columns {
		at := strings.LastIndexByte(command[:columns-2], ' ')
		lines = append(lines, "\x1b[32m"+command[:at]+" \\\x1b[0m")
		command = "    " + command[at+1:]
	}
	return append(lines, "\x1b[32m"+command+"\x1b[0m")
}

// looks are what escape sequences do to text, in a picture.
var looks = map[string]string{
	"": `fill="#c9d1d9"`, "0": `fill="#c9d1d9"`, "1": `fill="#f0f6fc" font-weight="bold"`, "2": `fill="#8b949e"`,
	"31": `fill="#ff7b72"`, "32": `fill="#7ee787"`, "33": `fill="#e3b341"`, "36": `fill="#79c0ff"`,
}

// terminal draws lines with escape sequences as SVG.
func terminal(columns int, lines []string) string {
	const lineHeight, columnWidth, margin = 19, 8, 16
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" `+
		`font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13">`+"\n",
		columns*columnWidth+2*margin, len(lines)*lineHeight+50)
	fmt.Fprint(&svg, `<rect width="100%" height="100%" rx="8" fill="#16181d"/>`)
	for i, colour := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&svg, `<circle cx="%d" cy="18" r="5" fill="%s"/>`, 20+18*i, colour)
	}
	fmt.Fprintln(&svg)
	for i, line := range lines {
		column := 0
		for _, run := range strings.Split("\x1b[0m"+line, "\x1b[")[1:] {
			code, words, _ := strings.Cut(run, "m")
			// Each cell gets its place and length, because fonts differ in the width of their characters.
			for _, cell := range strings.SplitAfter(words, "  ") {
				width := prettytext.StringWidthWithoutEscSequences(cell)
				shown := strings.TrimLeft(cell, " ")
				at := column + len(cell) - len(shown)
				if shown = strings.TrimRight(shown, " "); shown != "" {
					fmt.Fprintf(&svg, `<text x="%d" y="%d" %s textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text>`,
						margin+at*columnWidth, 50+i*lineHeight, looks[code],
						prettytext.StringWidthWithoutEscSequences(shown)*columnWidth, html.EscapeString(shown))
				}
				column += width
			}
		}
		svg.WriteByte('\n')
	}
	svg.WriteString("</svg>\n")
	return svg.String()
}
