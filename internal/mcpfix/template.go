package mcpfix

// mcp-go: matchesTemplate (server/server.go) tests a URI with the template's Regexp, in which {?id} stands for any
// query: x://user?other=1 is taken for x://user{?id}, and the handler sees no id.
//
// Why it hurts: a read with a misspelt or a foreign parameter is answered as if it had none, with another store's data
// where the parameter was to choose the store.
//
// Upstream: no report found. Its title would be "resources/read: {?name} matches a query with other names".
//
// Delete when: mcp-go matches names; handlers then take the variables from request.Params.Arguments.

import (
	"net/url"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// Variables are the values that make template expand to uri; ok is false if there are none. Of the expressions with an
// operator it knows {?name}.
func Variables(template *mcp.URITemplate, uri string) (_ map[string]string, ok bool) {
	_, query, _ := strings.Cut(uri, "?")
	given, err := url.ParseQuery(query)
	if err != nil || !template.Regexp().MatchString(uri) {
		return nil, false
	}
	variables := map[string]string{}
	for name, value := range template.Match(uri) {
		if value.Valid() {
			variables[name] = value.String()
		}
	}
	for name, values := range given {
		if len(values) != 1 || !strings.Contains(template.Raw(), "{?"+name+"}") {
			return nil, false
		}
		variables[name] = values[0]
	}
	return variables, true
}
