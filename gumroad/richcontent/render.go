package richcontent

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// blank is an empty paragraph, which sellers use as a gap.
const blank = "&nbsp;"

// render returns the Markdown of a block, or false if it has none. second gives a list the other marker.
func render(n node, second bool) (string, bool) {
	switch n.Type {
	case "paragraph":
		text, ok := inline(n.Content)
		if text == "" {
			text = blank
		}
		return text, ok
	case "heading":
		level := number(n.Attrs["level"], 1)
		text, ok := inline(n.Content)
		return strings.Repeat("#", level) + " " + text, ok && text != "" && level <= 6 && !strings.Contains(text, "\n")
	case "horizontalRule":
		return "---", true
	case "codeBlock":
		return codeBlock(n)
	case "blockquote":
		text, ok := blocks(n.Content)
		return prefixed("> ", "> ", text), ok
	case "bulletList", "orderedList":
		return list(n, second)
	case "image":
		text := "![" + escape(n.attr("alt")) + "](" + destination(n.attr("src")) + ")"
		if link := n.attr("link"); link != "" {
			text = "[" + text + "](" + destination(link) + ")"
		}
		return text, n.attr("src") != ""
	}
	return "", false
}

// number is an attribute that should be a whole number from 1.
func number(value any, otherwise int) int {
	switch v := value.(type) {
	case float64:
		if v >= 0 && v < 1e9 && v == float64(int(v)) {
			return int(v)
		}
	case int:
		return v
	}
	return otherwise
}

func blocks(content []node) (string, bool) {
	var parts []string
	before, second := "", false
	for _, n := range content {
		second = n.Type == before && isList(n.Type) && !second
		text, ok := render(n, second)
		if !ok {
			return "", false
		}
		parts, before = append(parts, text), n.Type
	}
	return strings.Join(parts, "\n\n"), len(parts) > 0
}

func list(n node, second bool) (string, bool) {
	var items []string
	for i, item := range n.Content {
		if item.Type != "listItem" {
			return "", false
		}
		marker := "- "
		if second {
			marker = "* "
		}
		if n.Type == "orderedList" {
			marker = fmt.Sprintf("%d. ", number(n.Attrs["start"], 1)+i)
			if second {
				marker = strings.Replace(marker, ".", ")", 1)
			}
		}
		text, ok := blocks(item.Content)
		if !ok {
			return "", false
		}
		items = append(items, prefixed(marker, strings.Repeat(" ", len(marker)), text))
	}
	return strings.Join(items, "\n"), len(items) > 0
}

// prefixed puts first before the first line of a text and rest before the others.
func prefixed(first, rest, text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		switch {
		case i == 0:
			lines[i] = first + line
		case line == "":
			lines[i] = strings.TrimRight(rest, " ")
		default:
			lines[i] = rest + line
		}
	}
	return strings.Join(lines, "\n")
}

var backticks = regexp.MustCompile("`+")

// fence is a run of backticks longer than any in a text.
func fence(text string, least int) string {
	for _, run := range backticks.FindAllString(text, -1) {
		least = max(least, len(run)+1)
	}
	return strings.Repeat("`", least)
}

func codeBlock(n node) (string, bool) {
	var text strings.Builder
	for _, inner := range n.Content {
		if inner.Type != "text" {
			return "", false
		}
		text.WriteString(inner.Text)
	}
	edge := fence(text.String(), 3)
	return edge + n.attr("language") + "\n" + text.String() + "\n" + edge, true
}

// Marks in the order in which they are nested. Others have no Markdown and are left out of it.
var signs = []struct{ mark, sign string }{{"bold", "**"}, {"strike", "~~"}, {"italic", "*"}}

// inline returns the Markdown of what stands in a line.
func inline(content []node) (string, bool) {
	var out strings.Builder
	var open []string // the signs of the marks that are open, outermost first
	href := ""        // of the link that is open
	closeTo := func(n int) {
		for len(open) > n {
			out.WriteString(open[len(open)-1])
			open = open[:len(open)-1]
		}
	}
	closeLink := func() {
		if href != "" {
			closeTo(0)
			out.WriteString("](" + destination(href) + ")")
			href = ""
		}
	}
	for _, n := range apart(content) {
		switch n.Type {
		case "hardBreak":
			closeLink()
			closeTo(0)
			out.WriteString("\\\n")
			continue
		case "tiptap-link":
			closeLink()
			closeTo(0)
			text, ok := inline(n.Content)
			if !ok || text == "" || n.attr("href") == "" {
				return "", false
			}
			out.WriteString("[" + text + "](" + destination(n.attr("href")) + ")")
			continue
		case "text":
		default:
			return "", false
		}
		to, code := "", false
		var wanted []string
		for _, sign := range signs {
			if slices.ContainsFunc(n.Marks, func(m mark) bool { return m.Type == sign.mark }) {
				wanted = append(wanted, sign.sign)
			}
		}
		for _, m := range n.Marks {
			switch m.Type {
			case "code":
				code = true
			case "link":
				to, _ = m.Attrs["href"].(string)
			}
		}
		if to != href {
			closeLink()
			closeTo(0)
			if href = to; href != "" {
				out.WriteString("[")
			}
		}
		same := 0
		for same < len(open) && same < len(wanted) && open[same] == wanted[same] {
			same++
		}
		closeTo(same)
		for _, sign := range wanted[same:] {
			out.WriteString(sign)
			open = append(open, sign)
		}
		if code {
			out.WriteString(codeSpan(n.Text))
		} else {
			out.WriteString(escape(n.Text))
		}
	}
	closeLink()
	closeTo(0)
	return lineStarts(strings.TrimSpace(out.String())), true
}

// apart takes the spaces at the edges of emphasized text out of the emphasis, where Markdown would not see it.
func apart(content []node) (out []node) {
	for _, n := range content {
		core := strings.TrimSpace(n.Text)
		emphasized := slices.ContainsFunc(n.Marks, func(m mark) bool {
			return slices.ContainsFunc(signs, func(s struct{ mark, sign string }) bool { return s.mark == m.Type })
		})
		if n.Type != "text" || !emphasized || core == n.Text {
			out = append(out, n)
			continue
		}
		before, after, _ := strings.Cut(n.Text, core)
		for _, part := range []node{{Type: "text", Text: before}, {Type: "text", Text: core, Marks: n.Marks}, {Type: "text", Text: after}} {
			if part.Text != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

func codeSpan(text string) string {
	edge, pad := fence(text, 1), ""
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		pad = " "
	}
	return edge + pad + strings.ReplaceAll(text, "\n", " ") + pad + edge
}

var (
	special = regexp.MustCompile("[\\\\`*_\\[\\]<>~{}]|&[#A-Za-z0-9]|!$")
	starts  = regexp.MustCompile(`^(\s*)(#|>|[-+=](?:[-+=\s]|$)|\d{1,9}[.)](?:\s|$))`)
)

// escape takes the meaning of Markdown's characters away.
func escape(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	text = special.ReplaceAllStringFunc(text, func(found string) string {
		if rest, ok := strings.CutPrefix(found, "&"); ok {
			return "&amp;" + rest
		}
		return `\` + found
	})
	return strings.ReplaceAll(text, "\u00a0", "&nbsp;")
}

// lineStarts takes the meaning of what begins a block away from the beginnings of lines.
func lineStarts(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.TrimLeft(line, " \t")
		if m := starts.FindStringSubmatch(line); m != nil {
			if m[2][0] >= '0' && m[2][0] <= '9' { // the sign behind the number
				at := strings.IndexAny(line, ".)")
				line = line[:at] + `\` + line[at:]
			} else {
				line = `\` + line
			}
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

var plainAddress = regexp.MustCompile(`^[A-Za-z0-9/:?=#%._~+,;@!$'-]+$`)

// destination is an address as a link has it.
func destination(address string) string {
	if plainAddress.MatchString(address) {
		return address
	}
	return "<" + strings.NewReplacer("<", `\<`, ">", `\>`, `\`, `\\`, "\n", "").Replace(address) + ">"
}

// shown are the attributes that Markdown shows, or that follow from what it shows.
var shown = map[string]string{"heading": "level", "orderedList": "start", "codeBlock": "language", "image": "src link alt",
	"tiptap-link": "href", "link": "href target rel class"}

// isLossy reports whether a block has something that its Markdown leaves out.
func isLossy(n node) (lossy bool) {
	unknown := func(kind string, attrs map[string]any) bool {
		for name, value := range attrs {
			if value != nil && !slices.Contains(strings.Fields(shown[kind]), name) {
				return true
			}
		}
		return false
	}
	walk(n, func(n node) {
		lossy = lossy || unknown(n.Type, n.Attrs)
		for _, m := range n.Marks {
			switch m.Type {
			case "bold", "italic", "strike", "code", "link":
				lossy = lossy || unknown(m.Type, m.Attrs)
			default:
				lossy = true
			}
		}
	})
	return lossy
}
