package resources

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	scheme       = "gumroad://"
	connectionID = "connection_id"
	maxURI       = 1024
)

// variable is the name in a segment such as {product_id}.
func variable(segment string) (name string, ok bool) {
	name, ok = strings.CutPrefix(segment, "{")
	return strings.TrimSuffix(name, "}"), ok
}

func (row *resource) segments() []string {
	return strings.Split(strings.TrimPrefix(row.uri, scheme), "/")
}

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

// route finds the row a URI belongs to, and what stands for its variables and the connection. There is one way to
// read a URI: what is malformed belongs to no row.
func (r *Resources) route(uri string) (_ *resource, variables map[string]string, ok bool) {
	segments, connection, ok := parse(uri)
	if !ok {
		return nil, nil, false
	}
	for i := range r.rows {
		row := &r.rows[i]
		variables, ok := row.match(segments)
		if !ok {
			continue
		}
		if connection != "" {
			variables[connectionID] = connection
		}
		return row, variables, connection == "" || r.takesStore(row)
	}
	return nil, nil, false
}

func (row *resource) match(segments []string) (variables map[string]string, ok bool) {
	pattern := row.segments()
	if len(pattern) != len(segments) {
		return nil, false
	}
	variables = map[string]string{}
	for i, segment := range pattern {
		if name, ok := variable(segment); ok {
			variables[name] = segments[i]
		} else if segment != segments[i] {
			return nil, false
		}
	}
	return variables, true
}

// parse takes a URI apart into its decoded segments and its connection_id.
func parse(uri string) (segments []string, connection string, ok bool) {
	rest, ok := strings.CutPrefix(uri, scheme)
	if !ok || len(uri) > maxURI || strings.Contains(rest, "#") {
		return nil, "", false
	}
	path, query, _ := strings.Cut(rest, "?")
	for _, escaped := range strings.Split(path, "/") {
		segment, err := url.PathUnescape(escaped)
		if err != nil || !isName(segment) {
			return nil, "", false
		}
		segments = append(segments, segment)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, "", false
	}
	for name, given := range values {
		if name != connectionID || len(given) != 1 || !isName(given[0]) {
			return nil, "", false
		}
		connection = given[0]
	}
	return segments, connection, true
}

// isName refuses what can be no id, permalink or topic, whatever decodes it next.
func isName(s string) bool {
	return s != "" && s != "." && s != ".." && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r == '/' || r == '\\' || !unicode.IsGraphic(r) })
}

// Canonical is the form of a URI in which mcp-go finds its template: people and models leave the "==" at the end of ids
// as it is, which a URI may have there and an expanded template has not. An unknown URI stays what it is.
func (r *Resources) Canonical(uri string) string {
	row, variables, ok := r.route(uri)
	if !ok {
		return uri
	}
	segments := row.segments()
	for i, segment := range segments {
		if name, ok := variable(segment); ok {
			segments[i] = escape(variables[name])
		}
	}
	uri = scheme + strings.Join(segments, "/")
	if connection := variables[connectionID]; connection != "" {
		uri += "?" + connectionID + "=" + escape(connection)
	}
	return uri
}

// escape encodes all that RFC 6570 encodes: url.PathEscape would leave "=" and others.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
