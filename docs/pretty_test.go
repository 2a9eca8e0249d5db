package docs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
)

// How much of an answer a page shows.
const (
	shownRows   = 2
	shownValues = 6
	shownText   = 200 // characters
)

// pretty returns JSON on several lines, cut to what tells a reader its form. It is still JSON.
func pretty(raw json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, shorten(raw), "", "  "); err != nil {
		panic(err) // a tool's answer is JSON
	}
	return b.String()
}

// shorten leaves out rows of long lists and the ends of long texts, and says so in their place.
func shorten(raw json.RawMessage) json.RawMessage {
	switch raw[0] {
	case '{':
		members, err := object.Parse(raw)
		if err != nil {
			panic(err)
		}
		for i := range members {
			members[i].Value = shorten(members[i].Value)
		}
		return members.JSON()
	case '[':
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			panic(err)
		}
		most := shownValues
		if len(items) > 0 && items[0][0] == '{' {
			most = shownRows
		}
		left := len(items) - most
		items = items[:min(len(items), most)]
		for i := range items {
			items[i] = shorten(items[i])
		}
		if left > 0 {
			items = append(items, object.Literal(fmt.Sprintf("… and %d more", left)))
		}
		return object.ArrayOf(items)
	case '"':
		var text string
		if err := json.Unmarshal(raw, &text); err == nil && utf8.RuneCountInString(text) > shownText {
			return object.Literal(string([]rune(text)[:shownText]) + " …")
		}
	}
	return raw
}
