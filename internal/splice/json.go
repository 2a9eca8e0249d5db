package splice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// The kinds of JSON differ in what their readers accept.
var (
	JSON             = jsonFormat("JSON", json.Valid)
	JSONWithComments = jsonFormat("JSON with comments", withoutTrailingCommas)
	JSONC            = jsonFormat("JSON with comments and trailing commas", func([]byte) bool { return true })
)

func jsonFormat(name string, accepted func([]byte) bool) Format {
	return Format{
		Name: name,
		parse: func(text []byte) (any, error) {
			root, err := parseJSON(text)
			if err != nil {
				return nil, err
			}
			if !accepted(text) {
				return nil, fmt.Errorf("it is not %s: there is a comment or a trailing comma", name)
			}
			root.Standardize()
			decoder := json.NewDecoder(bytes.NewReader(root.Pack()))
			decoder.UseNumber()
			var values any
			err = decoder.Decode(&values)
			return values, err
		},
		marshal:   json.Marshal,
		set:       setJSON,
		remove:    removeJSON,
		isMissing: isBlank,
	}
}

// parseJSON accepts a comment on a last line without an end, which hujson does not.
func parseJSON(text []byte) (hujson.Value, error) {
	return hujson.Parse(append(bytes.Clone(text), '\n'))
}

func withoutTrailingCommas(text []byte) bool {
	root, err := parseJSON(text)
	if err != nil {
		return false
	}
	for v := range root.All() {
		if c := newContainer(v); c != nil && c.hasTrailingComma() {
			return false
		}
	}
	return true
}

// container is an object or a list, with what its members have in common.
type container struct {
	open, close int // offsets of the brackets
	isList      bool
	items       []item
}

type item struct {
	name   string // "" in a list
	start  int    // of the name, or of an element
	before []byte // white space and comments before it
	value  *hujson.Value
}

// newContainer returns nil for a value that is neither an object nor a list.
func newContainer(v *hujson.Value) *container {
	c := &container{open: v.StartOffset, close: v.EndOffset - 1}
	switch at := v.Value.(type) {
	case *hujson.Object:
		for i := range at.Members {
			m := &at.Members[i]
			name := m.Name.Value.(hujson.Literal).String()
			c.items = append(c.items, item{name, m.Name.StartOffset, m.Name.BeforeExtra, &m.Value})
		}
	case *hujson.Array:
		c.isList = true
		for i := range at.Elements {
			e := &at.Elements[i]
			c.items = append(c.items, item{"", e.StartOffset, e.BeforeExtra, e})
		}
	default:
		return nil
	}
	return c
}

// find returns the index of a step. Of equal names the last counts, as it does for readers.
func (c *container) find(step string) int {
	id, isElement := strings.CutPrefix(step, element)
	for i, each := range slices.Backward(c.items) {
		if c.isList && isElement {
			inner := newContainer(each.value)
			if inner == nil || inner.isList {
				continue
			}
			at := inner.find("id")
			if at >= 0 && inner.items[at].value.Value.Kind() == '"' && inner.items[at].text() == id {
				return i
			}
		} else if !c.isList && !isElement && each.name == step {
			return i
		}
	}
	return -1
}

func (i item) text() string { return i.value.Value.(hujson.Literal).String() }

// hasTrailingComma reports a comma behind the last item.
func (c *container) hasTrailingComma() bool {
	return len(c.items) > 0 && c.items[len(c.items)-1].value.AfterExtra != nil
}

// comma is the offset of the comma behind an item that has one.
func (i item) comma() int { return i.value.EndOffset + len(i.value.AfterExtra) }

// setJSON replaces the value at the path, or adds it behind the others, with the containers that are missing.
func setJSON(text []byte, path []string, value any) ([]byte, error) {
	if isBlank(text) {
		text = []byte("{}" + lineEnd(text))
	}
	root, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	layout := newJSONLayout(text, &root)
	at := &root
	for i, step := range path {
		c := newContainer(at)
		if c == nil || c.isList != strings.HasPrefix(step, element) {
			return nil, ErrByHand
		}
		found := c.find(step)
		if found < 0 {
			return layout.insert(c, step, wrap(path[i+1:], value))
		}
		at = c.items[found].value
	}
	written, err := layout.render(value, layout.indentAt(at.StartOffset))
	return replace(text, cut{at.StartOffset, at.EndOffset, written}), err
}

// wrap puts a value into the containers of a path.
func wrap(path []string, value any) any {
	for _, step := range slices.Backward(path) {
		if strings.HasPrefix(step, element) {
			value = []any{value}
		} else {
			value = map[string]any{step: value}
		}
	}
	return value
}

// removeJSON removes what is at the path, as often as its name occurs. Comments stay.
func removeJSON(text []byte, path []string) ([]byte, error) {
	for {
		root, err := parseJSON(text)
		if err != nil {
			return nil, err
		}
		at := &root
		var c *container
		found := 0
		for _, step := range path {
			if c = newContainer(at); c == nil {
				return text, nil
			}
			if found = c.find(step); found < 0 {
				return text, nil
			}
			at = c.items[found].value
		}
		text = c.remove(text, found)
	}
}

// remove removes an item, with the white space before it and one comma.
func (c *container) remove(text []byte, at int) []byte {
	each := c.items[at]
	cuts := []cut{{from: each.start - trailingSpace(each.before), to: each.value.EndOffset}}
	rest := each.value.EndOffset
	switch last := at == len(c.items)-1; {
	case !last || c.hasTrailingComma():
		cuts = append(cuts, cut{from: each.comma(), to: each.comma() + 1})
		if len(each.value.AfterExtra) == 0 {
			rest++
		}
	case at > 0:
		comma := c.items[at-1].comma()
		cuts = slices.Insert(cuts, 0, cut{from: comma, to: comma + 1})
	}
	// A comment to the end of a line must not run on into what follows.
	i := slices.IndexFunc(cuts, func(c cut) bool { return c.to == each.value.EndOffset })
	lineEnds := bytes.HasPrefix(bytes.TrimLeft(text[rest:], " \t\r"), []byte("\n"))
	if endsInLineComment(each.before) && !lineEnds {
		cuts[i].by = lineEnd(text)
	}
	if len(c.items) == 1 && isBlank(text[c.open+1:cuts[i].from]) && isBlank(text[rest:c.close]) {
		return replace(text, cut{from: c.open + 1, to: c.close})
	}
	return replace(text, cuts...)
}

func trailingSpace(text []byte) int { return len(text) - len(bytes.TrimRight(text, " \t\r\n")) }

// endsInLineComment reports white space and comments of which the last is one to the end of its line.
func endsInLineComment(extra []byte) bool {
	for {
		extra = bytes.TrimLeft(extra, " \t\r\n")
		switch {
		case bytes.HasPrefix(extra, []byte("//")):
			end := bytes.IndexByte(extra, '\n')
			if end < 0 || isBlank(extra[end:]) {
				return true
			}
			extra = extra[end:]
		case bytes.HasPrefix(extra, []byte("/*")):
			extra = extra[bytes.Index(extra, []byte("*/"))+2:]
		default:
			return false
		}
	}
}
