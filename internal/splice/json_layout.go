package splice

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tailscale/hujson"
)

// jsonLayout is how a text is laid out.
type jsonLayout struct {
	text []byte
	unit string // one step of indentation
	end  string // of a line
}

const defaultUnit = "  "

func newJSONLayout(text []byte, root *hujson.Value) jsonLayout {
	l := jsonLayout{text: text, unit: defaultUnit, end: lineEnd(text)}
	if c := newContainer(root); c != nil && len(c.items) > 0 {
		if own, ok := ownLine(c.items[0].before); ok && own != "" {
			l.unit = own
		}
	}
	return l
}

// ownLine returns the indentation of what follows the white space, if it begins a line.
func ownLine(before []byte) (indent string, ok bool) {
	at := bytes.LastIndexByte(before, '\n')
	return string(before[at+1:]), at >= 0 && isBlank(before[at+1:])
}

// indentAt returns the indentation of the line of an offset.
func (l jsonLayout) indentAt(offset int) string {
	line := l.text[bytes.LastIndexByte(l.text[:offset], '\n')+1 : offset]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// render writes a value whose line has this indentation.
func (l jsonLayout) render(value any, indent string) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent(indent, l.unit)
	err := encoder.Encode(value)
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\n", l.end), err
}

// insert adds an item behind the others.
func (l jsonLayout) insert(c *container, step string, value any) ([]byte, error) {
	indent := l.indentAt(c.open) + l.unit
	if len(c.items) > 0 {
		if own, ok := ownLine(c.items[0].before); ok {
			indent = own
		} else if !bytes.Contains(l.text[c.open:c.close], []byte("\n")) {
			return l.insertInLine(c, step, value)
		}
	}
	written, err := l.render(value, indent)
	if err != nil {
		return nil, err
	}
	written = l.end + indent + name(c, step, ": ") + written
	if len(c.items) == 0 {
		inside := l.text[c.open+1 : c.close]
		if isBlank(inside) && !bytes.Contains(inside, []byte("\n")) {
			return replace(l.text, cut{c.open + 1, c.close, written + l.end + l.indentAt(c.open)}), nil
		}
		return replace(l.text, cut{c.open + 1, c.open + 1, written}), nil
	}
	return l.append(c, written), nil
}

// insertInLine adds an item to a container that stands on one line, where JSON is most often written by programs.
func (l jsonLayout) insertInLine(c *container, step string, value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	space, colon := "", ":"
	spaced := len(c.items) > 1 && len(c.items[len(c.items)-1].before) > 0
	if spaced || bytes.Contains(l.text[c.open:c.close], []byte(": ")) {
		space, colon = " ", ": "
	}
	return l.append(c, space+name(c, step, colon)+strings.TrimSuffix(b.String(), "\n")), nil
}

// append puts a text behind the last item and the comments that follow it, with the commas that this takes.
func (l jsonLayout) append(c *container, written string) []byte {
	last := c.items[len(c.items)-1]
	end := c.close - trailingSpace(l.text[last.value.EndOffset:c.close])
	if c.hasTrailingComma() {
		return replace(l.text, cut{end, end, written + ","})
	}
	return replace(l.text, cut{last.value.EndOffset, last.value.EndOffset, ","}, cut{end, end, written})
}

// name is what stands before the value of an item.
func name(c *container, step, colon string) string {
	if c.isList {
		return ""
	}
	quoted, _ := json.Marshal(step) // of a string it cannot fail
	return string(quoted) + colon
}
