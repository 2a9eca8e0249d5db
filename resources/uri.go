package resources

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	scheme       = "gumroad://"
	connectionID = "connection_id"
	maxURI       = 1024
)

func (r *Resource) hasVariables() bool { return strings.Contains(r.uri, "{") }

// template returns the URI template as clients see it. It has an optional connection_id if the tools take one, which
// they do unless a store is configured.
func (r *Resource) template() string {
	if len(r.from) == 0 || r.open != nil {
		return r.uri
	}
	if d, _ := r.catalog.Find(r.from[0]); !d.Takes(connectionID) {
		return r.uri
	}
	return r.uri + "{?" + connectionID + "}"
}

func hasVariable(template, name string) bool {
	return strings.Contains(template, "{"+name+"}") || strings.Contains(template, "{?"+name+"}")
}

// isName reports whether s can be an id, permalink or topic. It refuses whatever could become another path when it is
// decoded once more.
func isName(s string) bool {
	return s != "" && s != "." && s != ".." && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r == '/' || r == '\\' || !unicode.IsGraphic(r) })
}
