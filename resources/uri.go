package resources

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gumroad-mcp/gumroad-mcp/internal/mcpfix"
)

const (
	scheme       = "gumroad://"
	connectionID = "connection_id"
	maxURI       = 1024
)

func hasVariable(template, name string) bool {
	return strings.Contains(template, "{"+name+"}") || strings.Contains(template, "{?"+name+"}")
}

func (row *resource) hasVariables() bool { return strings.Contains(row.uri, "{") }

// template is the row's URI template as clients see it.
func (r *Resources) template(row *resource) string {
	if r.takesStore(row) {
		return row.uri + "{?" + connectionID + "}"
	}
	return row.uri
}

// knows reports whether a URI in expanded form belongs to a row.
func (r *Resources) knows(uri string) bool {
	return slices.ContainsFunc(r.rows, func(row *resource) bool {
		_, ok := row.variables(uri)
		return ok || uri == row.uri
	})
}

// variables are the values of the template's variables in uri. What cannot be an id, permalink or topic is refused.
func (row *resource) variables(uri string) (_ map[string]string, ok bool) {
	if row.matcher == nil || len(uri) > maxURI {
		return nil, false
	}
	values, ok := mcpfix.Variables(row.matcher, uri)
	for _, value := range values {
		ok = ok && isName(value)
	}
	return values, ok
}

// isName reports whether s can be an id, permalink or topic, whatever decodes it next.
func isName(s string) bool {
	return s != "" && s != "." && s != ".." && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r == '/' || r == '\\' || !unicode.IsGraphic(r) })
}
