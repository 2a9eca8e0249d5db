package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	pretty "github.com/jedib0t/go-pretty/v6/table"
	prettytext "github.com/jedib0t/go-pretty/v6/text"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
)

const (
	gap       = 2  // columns between two of a table
	minText   = 10 // what a column of text may be cut to
	maxText   = 60
	minLink   = 24
	wholeLink = 80
)

// column is one column of a table.
type column struct {
	title string
	cells []cell
	width int
	min   int                         // what the column may be cut to
	keep  bool                        // it is the last to be left out
	draw  func(row, width int) string // makes the cells of a column of bars
}

// table writes rows as a table that fits the terminal. Columns that have no room are left out, and named below.
func (s screen) table(rows []object.Object, currency gumroad.Currency, bars *bars) {
	kept, out := s.fit(s.columnsOf(rows, currency, bars))
	s.drawTable(kept)
	if len(out) > 0 {
		s.wrapped(dim, fmt.Sprintf("Left out: %s. A wider terminal shows more, and a pipe gets everything.",
			strings.Join(out, ", ")), 0)
	}
}

// columnsOf returns the columns of rows. One that only later rows have goes behind the one that it follows there.
func (s screen) columnsOf(rows []object.Object, currency gumroad.Currency, bars *bars) []column {
	var names []string
	for _, row := range rows {
		at := 0
		for _, m := range told(row) {
			if i := slices.Index(names, m.Name); i >= 0 {
				at = i + 1
			} else {
				names = slices.Insert(names, at, m.Name)
				at++
			}
		}
	}
	list, hasMoney := make([]column, 0, len(names)+1), false
	for i, name := range names {
		c := column{title: s.oneLine(title(name, sharedCurrency(rows, name, currency))), cells: make([]cell, len(rows))}
		for j, row := range rows {
			if m, ok := row.Get(name); ok {
				c.cells[j] = s.cellOf(m, currencyOf(row, currency))
			}
		}
		isMoney := slices.ContainsFunc(c.cells, func(c cell) bool { return c.style == bold })
		isFull := !slices.ContainsFunc(c.cells, func(c cell) bool { return c.text == "" })
		isID := name == "id" || name == "connection_id" // by which other calls are told what to act on
		c.keep = i == 0 || isFull && (isID || isMoney && !hasMoney) || bars != nil && name == bars.length
		hasMoney = hasMoney || isMoney && isFull
		c.measure()
		list = append(list, c)
	}
	if bars == nil {
		return list
	}
	if names[0] == "key" { // which says nothing about what is in it
		list[0].title = ""
	}
	if at := slices.Index(names, bars.length); at > 0 { // what the bars mean stands beside them
		length := list[at]
		list = slices.Insert(slices.Delete(list, at, at+1), 1, length)
	}
	return slices.Insert(list, 1, s.barColumn(rows, bars))
}

// sharedCurrency returns a currency if all of the rows that have an amount say its currency, and "" otherwise.
func sharedCurrency(rows []object.Object, name string, outer gumroad.Currency) (shared gumroad.Currency) {
	for _, row := range rows {
		if row.Text(name) == "" {
			continue
		}
		if shared = currencyOf(row, outer); shared == "" {
			return ""
		}
	}
	return shared
}

func (c *column) measure() {
	natural, whole, link := 0, true, false
	for _, cell := range c.cells {
		natural = max(natural, columns(cell.text))
		whole = whole && (cell.whole || cell.text == "")
		link = link || cell.style == blue
	}
	c.width = max(natural, columns(c.title))
	switch {
	case whole:
		c.min = c.width
	case link:
		c.width = max(min(natural, wholeLink), columns(c.title))
		c.min = min(c.width, minLink)
	default:
		c.width = max(min(natural, maxText), columns(c.title))
		c.min = min(c.width, minText)
	}
}

// fit leaves out columns, the last first, until the others have room, and then narrows the widest. It returns the
// titles of what it left out.
func (s screen) fit(all []column) (kept []column, out []string) {
	kept = all
	for len(kept) > 1 && sum(kept, func(c column) int { return c.min }) > s.width {
		at := len(kept) - 1
		for at > 0 && kept[at].keep {
			at--
		}
		if at == 0 { // only those that are to be kept are left
			at = len(kept) - 1
		}
		out = slices.Insert(out, 0, kept[at].title)
		kept = slices.Delete(slices.Clone(kept), at, at+1)
	}
	for over := sum(kept, func(c column) int { return c.width }) - s.width; over > 0; over-- {
		widest, most := -1, 0
		for i, c := range kept {
			width := c.width
			if c.draw != nil {
				width *= 2 // words say more than bars
			}
			if c.width > c.min && width > most {
				widest, most = i, width
			}
		}
		if widest < 0 { // one column that is wider than the terminal
			kept[0].width = min(kept[0].width, max(s.width, 1))
			break
		}
		kept[widest].width--
	}
	return kept, out
}

func sum(all []column, of func(column) int) int {
	total := (len(all) - 1) * gap
	for _, c := range all {
		total += of(c)
	}
	return total
}

// drawTable draws columns at their widths.
func (s screen) drawTable(list []column) {
	if len(list) == 0 {
		return
	}
	writer := s.newTable()
	head, settings := pretty.Row{}, make([]pretty.ColumnConfig, 0, len(list))
	for i, c := range list {
		head = append(head, s.paint(dim, s.cut(c.title, c.width)))
		config := pretty.ColumnConfig{Number: i + 1}
		if slices.ContainsFunc(c.cells, func(c cell) bool { return c.right }) {
			config.Align, config.AlignHeader = prettytext.AlignRight, prettytext.AlignRight
		}
		settings = append(settings, config)
	}
	writer.SetColumnConfigs(settings)
	writer.AppendHeader(head)
	for row := range list[0].cells {
		line := pretty.Row{}
		for _, c := range list {
			if c.draw != nil {
				line = append(line, s.paint(blue, c.draw(row, c.width)))
				continue
			}
			line = append(line, s.paint(c.cells[row].style, s.cut(c.cells[row].text, c.width)))
		}
		writer.AppendRow(line)
	}
	s.line(writer.Render())
}

// newTable returns a table without lines around its cells.
func (s screen) newTable() pretty.Writer {
	writer := pretty.NewWriter()
	style := pretty.StyleDefault
	style.Options = pretty.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", strings.Repeat(" ", gap)
	style.Format = pretty.FormatOptions{}
	writer.SetStyle(style)
	writer.SuppressTrailingSpaces()
	return writer
}

// rowsOf returns the rows of a value that is a list of records, or a table of columns and rows, and reports whether it
// is one.
func rowsOf(raw json.RawMessage) ([]object.Object, bool) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return tabulated(raw)
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

// tabulated returns the rows of a table whose columns are named once.
func tabulated(raw json.RawMessage) (rows []object.Object, ok bool) {
	var table struct {
		Columns []string
		Rows    [][]json.RawMessage
	}
	if members, err := object.Parse(raw); err != nil || len(members) != 2 || json.Unmarshal(raw, &table) != nil ||
		table.Columns == nil {
		return nil, false
	}
	for _, values := range table.Rows {
		row := object.Object{}
		for i, value := range values {
			name := fmt.Sprint(i + 1)
			if i < len(table.Columns) {
				name = table.Columns[i]
			}
			row = append(row, object.Member{Name: name, Value: value})
		}
		rows = append(rows, row)
	}
	return rows, true
}
