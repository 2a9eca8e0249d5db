package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	pretty "github.com/jedib0t/go-pretty/v6/text"

	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// screen is a terminal that a person reads. What is written for it fits its width.
type screen struct {
	io.Writer
	width   int
	colour  bool
	unicode bool      // it shows more than ASCII
	now     time.Time // in the person's time zone
}

const defaultWidth = 80

// screen returns the terminal behind a writer, with a clock.
func (p Process) screen(w io.Writer, now time.Time) screen {
	if p.Zone != nil {
		now = now.In(p.Zone)
	}
	return screen{Writer: w, width: cmp.Or(p.Width, defaultWidth), colour: p.colour(true), unicode: !p.dumb(), now: now}
}

// colour reports whether text for a stream is coloured, by the conventions of no-color.org and bixense.com/clicolors.
func (p Process) colour(isTerminal bool) bool {
	if p.getenv("NO_COLOR") != "" {
		return false
	}
	forced := cmp.Or(p.getenv("CLICOLOR_FORCE"), p.getenv("FORCE_COLOR"), "0") != "0"
	return forced || isTerminal && !p.dumb()
}

// dumb reports a terminal that can do nothing but append text, as editors have it.
func (p Process) dumb() bool { return p.getenv("TERM") == "dumb" }

// style is how text looks: the parameter of the escape sequence that begins it.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	blue   style = "36"
)

// paint gives text a style, if the terminal has any.
func (s screen) paint(how style, words string) string {
	if !s.colour || how == plain || words == "" {
		return words
	}
	return "\x1b[" + string(how) + "m" + words + "\x1b[0m"
}

// line writes one line.
func (s screen) line(words string) { fmt.Fprintln(s, words) }

// wrapped writes text in lines that fit. Those after the first are indented.
func (s screen) wrapped(how style, words string, indent int) {
	width := max(s.width-indent, 20)
	for i, line := range strings.Split(wrap(words, width), "\n") {
		if i > 0 {
			line = strings.Repeat(" ", indent) + line
		}
		s.line(s.paint(how, line))
	}
}

// wrap breaks text between words, or within a word that is wider than a line. A link or path is never broken, so
// that it can be copied.
func wrap(words string, width int) string {
	var lines []string
	for paragraph := range strings.SplitSeq(words, "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			if !strings.Contains(word, "/") {
				word = pretty.WrapHard(word, width)
			}
			switch {
			case line == "":
				line = word
			case columns(line)+1+columns(word) <= width && !strings.Contains(word, "\n"):
				line += " " + word
			default:
				lines, line = append(lines, line), word
			}
			if at := strings.LastIndexByte(line, '\n'); at >= 0 {
				lines, line = append(lines, line[:at]), line[at+1:]
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// columns is the width of text on a screen, where 紙 takes two columns and a combining mark none.
func columns(words string) int { return pretty.StringWidthWithoutEscSequences(words) }

// cut shortens text to a width.
func (s screen) cut(words string, width int) string {
	mark := "…"
	if !s.unicode {
		mark = "..."
	}
	return pretty.Snip(words, width, mark)
}

const (
	joiner  = '\u200d'
	variant = '\ufe0f'
)

// shown makes text safe for a terminal, whoever wrote it: it holds no control character but line ends. Of an emoji that
// is made of several characters only the first is kept, since terminals disagree on the width of the whole.
func (s screen) shown(words string) string {
	var b strings.Builder
	joined := false
	for _, r := range strings.ReplaceAll(text.Clean(words), "\t", " ") {
		switch {
		case r == variant, r >= 0x1f3fb && r <= 0x1f3ff, r >= 0xe0020 && r <= 0xe007f: // shapes, tones of skin, tags
		case r == joiner && b.Len() > 0:
			joined = true
			continue
		case joined && unicode.Is(unicode.So, r):
		default:
			if joined {
				b.WriteRune(joiner) // between letters
			}
			b.WriteRune(r)
		}
		joined = false
	}
	return b.String()
}

// oneLine is text that is safe for a terminal, on one line.
func (s screen) oneLine(words string) string {
	return oneLine(s.shown(words))
}

func oneLine(words string) string { return strings.Join(strings.Fields(words), " ") }
