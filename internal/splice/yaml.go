package splice

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// YAML is changed by whole lines. A path has two steps: the group of settings, and the name in it.
var YAML = Format{
	Name:      "YAML",
	parse:     parseYAML,
	marshal:   func(value any) ([]byte, error) { return renderYAML(value, "", "\n") },
	set:       setYAML,
	remove:    removeYAML,
	isMissing: func(text []byte) bool { root, err := rootOf(text); return err == nil && root == nil },
}

func parseYAML(text []byte) (any, error) {
	var values any
	if _, err := rootOf(text); err != nil {
		return nil, err
	}
	err := yaml.Unmarshal(text, &values)
	return values, err
}

// rootOf returns the value of the only document in a text, or nil if there is none.
func rootOf(text []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one document in it")
	}
	if len(document.Content) == 0 || document.Content[0].Tag == "!!null" && document.Content[0].Value == "" {
		return nil, nil
	}
	return document.Content[0], nil
}

// renderYAML writes a value in lines of this indentation.
func renderYAML(value any, indent, end string) ([]byte, error) {
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(len(defaultUnit))
	if err := errors.Join(encoder.Encode(value), encoder.Close()); err != nil {
		return nil, err
	}
	var lines strings.Builder
	for line := range strings.Lines(b.String()) {
		lines.WriteString(indent + strings.TrimSuffix(line, "\n") + end)
	}
	return []byte(lines.String()), nil
}

// setYAML replaces the lines of the entry, or adds them below the line of the group.
func setYAML(text []byte, path []string, value any) ([]byte, error) {
	root, err := rootOf(text)
	if err != nil {
		return nil, err
	}
	l := yamlLines(text)
	key, group := child(root, path[0])
	if root != nil && !isBlock(root) {
		return nil, ErrByHand
	}
	if key == nil {
		return l.appendYAML(root, path, value)
	}
	indent := strings.Repeat(" ", key.Column-1) + defaultUnit
	below := l.start(key.Line + 1)
	at := cut{from: below, to: below}
	var cuts []cut
	switch {
	case isBlock(group):
		indent = strings.Repeat(" ", group.Content[0].Column-1)
		if name, entry := child(group, path[1]); name != nil {
			at = cut{from: l.start(name.Line), to: l.start(lastLine(name, entry) + 1)}
		}
	case group.Line == key.Line && len(group.Content) == 0 && group.Anchor == "" && group.Alias == nil:
		// What says that the group is empty goes, with the blanks before it.
		from := l.start(key.Line) + key.Column - 1 + len(path[0]) + 1
		if from > len(text) || text[from-1] != ':' {
			return nil, ErrByHand
		}
		written := len(group.Value)
		if group.Kind == yaml.MappingNode {
			written = len("{}")
		}
		to := max(from, l.start(key.Line)+group.Column-1+written)
		cuts = append(cuts, cut{from: from, to: min(to, len(text))})
	default:
		return nil, ErrByHand
	}
	written, err := renderYAML(map[string]any{path[1]: value}, indent, l.end)
	if err != nil {
		return nil, err
	}
	if at.from > 0 && text[at.from-1] != '\n' { // the last line has no end
		written = append([]byte(l.end), bytes.TrimSuffix(written, []byte(l.end))...)
	}
	at.by = string(written)
	return replace(text, append(cuts, at)...), nil
}

// appendYAML adds the group at the end.
func (l yamlText) appendYAML(root *yaml.Node, path []string, value any) ([]byte, error) {
	indent := ""
	if root != nil {
		indent = strings.Repeat(" ", root.Content[0].Column-1)
	}
	written, err := renderYAML(wrap(path, value), indent, l.end)
	if len(l.text) > 0 && l.text[len(l.text)-1] != '\n' {
		written = append([]byte(l.end), bytes.TrimSuffix(written, []byte(l.end))...)
	}
	return append(bytes.Clone(l.text), written...), err
}

// removeYAML removes the lines of the entry, or of a whole group. A group that has no other entry is left empty.
func removeYAML(text []byte, path []string) ([]byte, error) {
	root, err := rootOf(text)
	if err != nil {
		return nil, err
	}
	l := yamlLines(text)
	within := root
	var cuts []cut
	if len(path) > 1 {
		var key *yaml.Node
		key, within = child(root, path[0])
		if within != nil && len(within.Content) == 2 {
			colon := l.start(key.Line) + key.Column - 1 + len(path[0])
			cuts = append(cuts, cut{from: colon + 1, to: colon + 1, by: " {}"})
		}
	}
	name, entry := child(within, path[len(path)-1])
	if name == nil {
		return text, nil
	}
	if !isBlock(within) {
		return nil, ErrByHand
	}
	at := cut{from: l.start(name.Line), to: l.start(lastLine(name, entry) + 1)}
	if at.to == len(text) && text[len(text)-1] != '\n' {
		at.from -= lineBreaks(text[:at.from], 1)
	}
	return replace(text, append(cuts, at)...), nil
}

// child returns the key and the value of a member of a mapping.
func child(mapping *yaml.Node, name string) (key, value *yaml.Node) {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i], mapping.Content[i+1]
		}
	}
	return nil, nil
}

// isBlock reports a mapping with a line for each member.
func isBlock(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0
}

// lastLine is the last line on which one of the values or what is in them begins.
func lastLine(values ...*yaml.Node) (last int) {
	for _, v := range values {
		last = max(last, v.Line, lastLine(v.Content...))
	}
	return last
}

// yamlText is a text that is changed by lines.
type yamlText struct {
	text   []byte
	end    string
	starts []int // offset of each line
}

func yamlLines(text []byte) yamlText {
	l := yamlText{text: text, end: lineEnd(text), starts: []int{0}}
	for i, b := range text {
		if b == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// start is the offset of a line, which count from 1.
func (l yamlText) start(line int) int {
	if line > len(l.starts) {
		return len(l.text)
	}
	return l.starts[line-1]
}
