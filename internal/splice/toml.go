package splice

import (
	"bytes"
	"slices"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// TOML is changed by whole tables, each under a header of its own. A path leads to a table.
var TOML = Format{
	Name: "TOML",
	parse: func(text []byte) (any, error) {
		values := map[string]any{}
		err := toml.Unmarshal(text, &values)
		return values, err
	},
	marshal:   toml.Marshal,
	set:       setTOML,
	remove:    func(text []byte, path []string) ([]byte, error) { return replaceTOML(text, path, "") },
	isMissing: isBlank,
}

// setTOML puts the table in the place of the one at the path, or at the end.
func setTOML(text []byte, path []string, value any) ([]byte, error) {
	written, err := toml.Marshal(wrap(path, value))
	if err != nil {
		return nil, err
	}
	// The headers of the tables around it are left out: they may stand there already, and are not needed.
	if at := bytes.Index(written, header(path)); at >= 0 {
		written = written[at:]
	}
	end := lineEnd(text)
	table := string(bytes.ReplaceAll(written, []byte("\n"), []byte(end)))
	spans, err := tables(text, path)
	switch {
	case err != nil:
		return nil, err
	case len(spans) > 0:
		return replaceTOML(text, path, table)
	case len(text) == 0:
		return []byte(table), nil
	case text[len(text)-1] != '\n': // its last line has no end, and so it stays
		return append(bytes.Clone(text), end+end+table[:len(table)-len(end)]...), nil
	}
	return append(bytes.Clone(text), end+table...), nil
}

func header(path []string) []byte {
	return append(append([]byte("["), bytes.Join(stepsOf(path), []byte("."))...), ']')
}

func stepsOf(path []string) (steps [][]byte) {
	for _, step := range path {
		steps = append(steps, []byte(step))
	}
	return steps
}

// replaceTOML puts a text in the place of the tables at the path; "" takes them away, with the blank line before them
// if they are the last.
func replaceTOML(text []byte, path []string, by string) ([]byte, error) {
	spans, err := tables(text, path)
	if err != nil {
		return nil, err
	}
	for i := range spans {
		last := spans[i].to == len(text)
		switch {
		case i == 0 && by != "":
			blank := trailingSpace(text[spans[i].from:spans[i].to])
			kept := text[spans[i].to-blank : spans[i].to]
			if at := bytes.IndexByte(kept, '\n'); at >= 0 {
				kept = kept[at+1:] // the end of the last line, which the text brings along
			}
			spans[i].by = by + string(kept)
		case last && text[len(text)-1] != '\n':
			spans[i].from -= lineBreaks(text[:spans[i].from], 2)
		case last && spans[i].from > 1 && text[spans[i].from-2] == '\n':
			spans[i].from -= 1
		case last && bytes.HasSuffix(text[:spans[i].from], []byte("\n\r\n")):
			spans[i].from -= 2
		}
	}
	return replace(text, spans...), nil
}

// lineBreaks returns the length of at most this many line breaks at the end of a text.
func lineBreaks(text []byte, most int) (length int) {
	before := text
	for range most {
		before = bytes.TrimSuffix(bytes.TrimSuffix(before, []byte("\n")), []byte("\r"))
	}
	return len(text) - len(before)
}

// tables returns where the tables at and below a path stand, each from its header to the next one. Comments directly
// above a header belong to it.
func tables(text []byte, path []string) (spans []cut, err error) {
	var parser unstable.Parser
	parser.Reset(text)
	open := false // the last span has no end yet
	for parser.NextExpression() {
		expression := parser.Expression()
		if expression.Kind != unstable.Table && expression.Kind != unstable.ArrayTable {
			continue
		}
		var names []string
		start := 0
		keys := expression.Key()
		for keys.Next() {
			if names == nil {
				start = bytes.LastIndexByte(text[:keys.Node().Raw.Offset], '\n') + 1
			}
			names = append(names, string(keys.Node().Data))
		}
		ours := len(names) >= len(path) && slices.Equal(names[:len(path)], path)
		switch {
		case ours && !open:
			spans = append(spans, cut{from: start})
		case !ours && open:
			spans[len(spans)-1].to = start - commentsAbove(text[:start])
		}
		open = ours
	}
	if open {
		spans[len(spans)-1].to = len(text) - commentsAbove(text)
	}
	return spans, parser.Error()
}

// commentsAbove returns the length of the lines at the end of a text that are comments.
func commentsAbove(text []byte) int {
	above := text
	for {
		line := above[bytes.LastIndexByte(bytes.TrimSuffix(above, []byte("\n")), '\n')+1:]
		if !bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#")) {
			return len(text) - len(above)
		}
		above = above[:len(above)-len(line)]
	}
}
