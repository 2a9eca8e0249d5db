// Package splice changes single values of configuration files that people write by hand. A parser tells where a value
// stands; the text is changed there, and every other byte stays as it is, comments and blank lines included.
package splice

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Format is a way to write configuration.
type Format struct {
	Name      string
	parse     func(text []byte) (any, error)
	marshal   func(value any) ([]byte, error)
	set       func(text []byte, path []string, value any) ([]byte, error)
	remove    func(text []byte, path []string) ([]byte, error)
	isMissing func(text []byte) bool // reports a text that is none yet, such as an empty file
}

// Edit sets the value at a path, or removes it if the value is nil. A step of a path is the name of a member.
// Element(id) is a step into a list.
type Edit struct {
	Path  []string
	Value any // with tags of the format, if it is a struct
}

const element = "[]"

// Element returns the step to the element of a list that has this id as its member "id".
func Element(id string) string { return element + id }

// ErrByHand is the error of a text that is laid out in a way which Apply does not change.
var ErrByHand = errors.New("the file is laid out in a way that cannot be changed without touching the rest")

var bom = []byte("\uFEFF")

// maxDepth is how many brackets may be open at once. The parsers call themselves for each list within a list, and a file of
// nothing but brackets would take more stack than there is.
const maxDepth = 10_000

var errTooDeep = fmt.Errorf("more than %d lists stand within each other", maxDepth)

// isTooDeep counts all brackets, those within texts too, of which no file of settings has so many.
func isTooDeep(text []byte) bool {
	depth := 0
	for _, c := range text {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if depth > maxDepth {
			return true
		}
	}
	return false
}

// Parse reads a text into maps, lists and plain values. An empty text is an empty map.
func (f Format) Parse(text []byte) (any, error) {
	if isTooDeep(text) {
		return nil, errTooDeep
	}
	text = bytes.TrimPrefix(text, bom)
	if f.isMissing(text) {
		return map[string]any{}, nil
	}
	return f.parse(text)
}

// Apply returns the text with the edits made. It parses what comes out, and returns ErrByHand unless that is what was
// there before with the edits and nothing else.
func (f Format) Apply(text []byte, edits ...Edit) ([]byte, error) {
	want, err := f.Parse(text)
	if err != nil {
		return nil, err
	}
	text, hasBOM := bytes.CutPrefix(text, bom)
	for _, edit := range edits {
		value, err := f.value(edit)
		if err != nil {
			return nil, err
		}
		if reflect.DeepEqual(Get(want, edit.Path), value) { // it is as it shall be
			continue
		}
		if value == nil {
			want = without(want, edit.Path)
			text, err = f.remove(text, edit.Path)
		} else if want, err = with(want, edit.Path, value); err == nil {
			text, err = f.set(text, edit.Path, edit.Value)
		}
		if err != nil {
			return nil, err
		}
	}
	got, err := f.Parse(text)
	for _, edit := range edits {
		if edit.Value == nil {
			got, want = pruned(got, edit.Path), pruned(want, edit.Path)
		}
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		return nil, ErrByHand
	}
	if hasBOM {
		text = append(bytes.Clone(bom), text...)
	}
	return text, nil
}

// value returns the value of an edit as Parse would read it.
func (f Format) value(edit Edit) (any, error) {
	if edit.Value == nil {
		return nil, nil
	}
	text, err := f.marshal(edit.Value)
	if err != nil {
		return nil, err
	}
	return f.parse(text)
}

// with returns values with one more at a path.
func with(values any, path []string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	if id, ok := strings.CutPrefix(path[0], element); ok {
		list, isList := values.([]any)
		if !isList && values != nil {
			return nil, fmt.Errorf("it holds something else than a list where %q belongs: %w", id, ErrByHand)
		}
		if at := indexOf(list, id); at >= 0 {
			list[at] = value
			return list, nil
		}
		return append(list, value), nil
	}
	members, isMap := values.(map[string]any)
	if !isMap && values != nil {
		return nil, fmt.Errorf("it holds something else than a group of settings where %q belongs: %w", path[0], ErrByHand)
	}
	if members == nil {
		members = map[string]any{}
	}
	inner, err := with(members[path[0]], path[1:], value)
	members[path[0]] = inner
	return members, err
}

// without returns values without the one at a path.
func without(values any, path []string) any {
	switch at := values.(type) {
	case map[string]any:
		inner, found := at[path[0]]
		switch {
		case !found:
		case len(path) == 1:
			delete(at, path[0])
		default:
			at[path[0]] = without(inner, path[1:])
		}
	case []any:
		if i := indexOf(at, strings.TrimPrefix(path[0], element)); i >= 0 {
			return append(at[:i], at[i+1:]...)
		}
	}
	return values
}

// pruned returns values without what is empty on a path: a group whose last member was removed may stay or go.
func pruned(values any, path []string) any {
	members, ok := values.(map[string]any)
	if !ok || len(path) == 0 {
		return values
	}
	if inner, found := members[path[0]]; found {
		if left, isMap := pruned(inner, path[1:]).(map[string]any); isMap && len(left) == 0 {
			delete(members, path[0])
		}
	}
	return members
}

// Get returns the value at a path of values that were parsed, or nil.
func Get(values any, path []string) any {
	for _, step := range path {
		switch at := values.(type) {
		case map[string]any:
			values = at[step]
		case []any:
			i := indexOf(at, strings.TrimPrefix(step, element))
			if i < 0 {
				return nil
			}
			values = at[i]
		default:
			return nil
		}
	}
	return values
}

// IsEmpty reports a group or a list with nothing in it.
func IsEmpty(value any) bool {
	switch at := value.(type) {
	case map[string]any:
		return len(at) == 0
	case []any:
		return len(at) == 0
	}
	return false
}

func indexOf(list []any, id string) int {
	for i, each := range list {
		if members, ok := each.(map[string]any); ok && members["id"] == id {
			return i
		}
	}
	return -1
}

// Snippet returns the text that a person adds to a file by hand to set a value.
func (f Format) Snippet(edits ...Edit) string {
	var text []byte
	for _, edit := range edits {
		changed, err := f.set(text, edit.Path, edit.Value)
		if err != nil {
			return ""
		}
		text = changed
	}
	return string(text)
}

// lineEnd is how the text ends its lines.
func lineEnd(text []byte) string {
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// isBlank reports a text of white space.
func isBlank(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 }

// cut is a part of a text that is replaced.
type cut struct {
	from, to int
	by       string
}

// replace makes cuts, which do not overlap and are given in their order.
func replace(text []byte, cuts ...cut) []byte {
	var b bytes.Buffer
	at := 0
	for _, c := range cuts {
		b.Write(text[at:c.from])
		b.WriteString(c.by)
		at = c.to
	}
	b.Write(text[at:])
	return b.Bytes()
}
