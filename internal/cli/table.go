package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"golang.org/x/text/width"
)

const maxCell = 44

// writeReadably writes a result for a person: a list as a table, with the other members below it, and anything else as
// indented JSON.
func writeReadably(w io.Writer, raw []byte) error {
	members, err := object.Parse(raw)
	if err != nil {
		return err
	}
	for i, m := range members {
		rows, ok := tableRows(m.Value)
		if !ok {
			continue
		}
		if len(rows) == 0 {
			fmt.Fprintf(w, "No %s.\n", strings.ReplaceAll(m.Name, "_", " "))
		} else if err := writeTable(w, rows); err != nil {
			return err
		}
		for _, other := range slices.Delete(slices.Clone(members), i, i+1) {
			fmt.Fprintf(w, "%s: %s\n", other.Name, cell(other, 500))
		}
		return nil
	}
	_, err = fmt.Fprintln(w, string(indent(raw)))
	return err
}

// tableRows returns the rows of a member that is a list of objects, and reports whether it is one.
func tableRows(raw json.RawMessage) ([]object.Object, bool) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil, false
	}
	rows := make([]object.Object, 0, len(items))
	for _, item := range items {
		row, err := object.Parse(item)
		if err != nil {
			return nil, false
		}
		rows = append(rows, row)
	}
	return rows, true
}

func writeTable(w io.Writer, rows []object.Object) error {
	var columns []string
	for _, row := range rows {
		at := 0
		for _, m := range row { // a column that only later rows have goes behind the one that it follows there
			if i := slices.Index(columns, m.Name); i >= 0 {
				at = i + 1
			} else {
				columns = slices.Insert(columns, at, m.Name)
				at++
			}
		}
	}
	lines := [][]string{columns}
	for _, row := range rows {
		cells := make([]string, len(columns))
		for _, m := range row {
			limit := maxCell
			if strings.HasSuffix(m.Name, "id") || strings.HasSuffix(m.Name, "url") {
				limit = 200 // to be copied whole
			}
			cells[slices.Index(columns, m.Name)] = cell(m, limit)
		}
		lines = append(lines, cells)
	}
	return writeColumns(w, lines)
}

// writeColumns aligns cells by their width on a screen, where a character such as 紙 takes two columns. text/tabwriter
// counts characters instead.
func writeColumns(w io.Writer, lines [][]string) error {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, text := range line {
			widths[i] = max(widths[i], displayWidth(text))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		for i, text := range line {
			b.WriteString(text)
			if i < len(line)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-displayWidth(text)+2))
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func displayWidth(text string) int {
	columns := 0
	for _, r := range text {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			columns++
		}
		columns++
	}
	return columns
}

// cell returns a value on one line of at most limit characters.
func cell(m object.Member, limit int) string {
	text := strings.Join(strings.Fields(m.Text()), " ")
	if utf8.RuneCountInString(text) > limit {
		text = string([]rune(text)[:limit-1]) + "…"
	}
	return text
}
