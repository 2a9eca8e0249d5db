package cli

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
)

const (
	indent   = 2
	maxTitle = 24 // columns of the names at the left of a sheet

	nextPageKey = "next_page_key"
)

// result writes a result of no special form: a list as a table with the other members below it, and a record as a
// sheet.
func (s screen) result(members object.Object) {
	if len(members) == 0 {
		s.line("Done.")
		return
	}
	if rows, ok := rowsOf(members[0].Value); ok {
		s.list(members[0].Name, rows, currencyOf(members, ""))
		members = members[1:]
	}
	s.sheet(members, "")
}

func (s screen) list(name string, rows []object.Object, currency gumroad.Currency) {
	if len(rows) == 0 {
		s.line("No " + title(name, "") + ".")
		return
	}
	s.table(rows, currency, nil)
}

// sheet writes the members of a record below each other: those of one value, then in one line what is not so, then
// nested records and lists under their names.
func (s screen) sheet(record object.Object, outer gumroad.Currency) {
	currency := currencyOf(record, outer)
	record = told(record)
	var flat, nested object.Object
	var not []string
	for _, m := range record {
		rows, isList := rowsOf(m.Value)
		if _, err := object.Parse(m.Value); isList && len(rows) > 0 || err == nil {
			nested = append(nested, m)
			continue
		}
		flat = append(flat, m)
		if isNo(m) {
			not = append(not, title(m.Name, ""))
		}
	}
	if len(not) > 2 {
		flat = append(slices.DeleteFunc(flat, isNo), object.Member{Name: "not", Value: object.Literal(strings.Join(not, ", "))})
	}
	s.values(flat, currency)
	for _, m := range nested {
		s.section(m, currency)
	}
}

func isNo(m object.Member) bool { return string(m.Value) == "false" }

// section writes a nested record or list under its name.
func (s screen) section(m object.Member, currency gumroad.Currency) {
	s.line("")
	s.line(s.paint(bold, s.oneLine(title(m.Name, currency))))
	inner := s
	inner.width = max(s.width-indent, 20)
	inner.Writer = &indented{to: s.Writer, by: strings.Repeat(" ", indent), begins: true}
	if rows, ok := rowsOf(m.Value); ok {
		inner.table(rows, currency, nil)
		return
	}
	record, err := object.Parse(m.Value)
	if err != nil {
		record = object.Object{m}
	}
	inner.sheet(record, currency)
}

// values writes names and their values in two columns.
func (s screen) values(list object.Object, currency gumroad.Currency) {
	nextPage := s.oneLine(list.Text(nextPageKey))
	list = slices.DeleteFunc(slices.Clone(list), func(m object.Member) bool { return m.Name == nextPageKey })
	left := 0
	for _, m := range list {
		left = max(left, columns(title(m.Name, currency)))
	}
	left = min(left, maxTitle)
	for _, m := range list {
		name := s.cut(s.oneLine(title(m.Name, currency)), left)
		c := s.cellOf(m, currency)
		if _, isText := textOf(m); isText && !c.whole { // its own line breaks stay
			c.text = strings.TrimSpace(s.shown(m.Text()))
		}
		lines := strings.Split(wrap(c.text, max(s.width-left-gap, 20)), "\n")
		for i, line := range lines {
			head := strings.Repeat(" ", left+gap)
			if i == 0 {
				head = s.paint(dim, name) + head[columns(name):]
			} else if line == "" {
				head = ""
			}
			s.line(strings.TrimRight(head+s.paint(c.style, line), " "))
		}
	}
	if nextPage != "" {
		s.wrapped(dim, "There is more: add page_key="+clients.ShellLine([]string{nextPage}), 0)
	}
}

// textOf returns the text of a member, and reports whether it is one.
func textOf(m object.Member) (words string, ok bool) {
	return words, json.Unmarshal(m.Value, &words) == nil
}
