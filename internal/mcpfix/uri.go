package mcpfix

// mcp-go: matchesTemplate (server/server.go) finds a template only by a URI in the very form that RFC 6570 expands
// the template to: {id} matches A%3D%3D and not A==.
//
// Why it hurts: "=" may stand in a URI's path as it is, Gumroad's ids end in "==", and people and models write them
// so.
//
// Upstream: no report found. https://github.com/mark3labs/mcp-go/pull/54 brought the matching by regular expression.
// The title would be "resources/read: match templates by URIs that are equivalent, not only by expanded ones".
//
// Delete when: a read of A== finds the template.

import (
	"context"
	"net/url"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// ExpandURIs has reads find the templates of a server that was made with hooks by every spelling of a URI. A URI that
// known does not accept in its expanded form stays as it is.
func ExpandURIs(hooks *server.Hooks, known func(uri string) bool) {
	hooks.AddBeforeReadResource(func(_ context.Context, _ any, request *mcp.ReadResourceRequest) {
		if expanded := expandURI(request.Params.URI); known(expanded) {
			request.Params.URI = expanded
		}
	})
}

// expandURI writes every segment of a URI's path and every value of its query as RFC 6570 expands a variable. What is
// malformed stays as it is.
func expandURI(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok || strings.Contains(rest, "#") {
		return uri
	}
	path, query, _ := strings.Cut(rest, "?")
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		value, err := url.PathUnescape(segment)
		if err != nil {
			return uri
		}
		segments[i] = escape(value)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return uri
	}
	expanded := scheme + "://" + strings.Join(segments, "/")
	if len(values) > 0 {
		expanded += "?" + strings.ReplaceAll(values.Encode(), "+", "%20")
	}
	return expanded
}

// escape encodes all that RFC 6570 encodes: url.PathEscape would leave "=" and others.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
