package server

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// Grant is a line of the file that says who may do what: a token's hash or an OAuth subject, then
// connection=ID for one store (otherwise all of the account) and scopes=NAME,… (otherwise all).
type Grant struct {
	Who    string
	Client *gumroad.Client
	Scopes Scopes
}

// ParseGrants reads such a file; client is what the grants restrict. Empty lines and those that begin with # are
// passed over.
func ParseGrants(r io.Reader, client *gumroad.Client) (map[string]Grant, error) {
	grants := map[string]Grant{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		grant, err := parseGrant(words, client)
		if err == nil && grants[grant.Who].Who != "" {
			err = fmt.Errorf("it repeats an earlier line")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		grants[grant.Who] = grant
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(grants) == 0 {
		return nil, fmt.Errorf("the file lets nobody in")
	}
	return grants, nil
}

func parseGrant(words []string, client *gumroad.Client) (Grant, error) {
	grant := Grant{Who: words[0], Client: client, Scopes: AllScopes()}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		var err error
		switch {
		case name == "connection" && client.Direct():
			err = fmt.Errorf("connection: Gumroad is reached directly; there are no Maton connections")
		case name == "connection":
			grant.Client, err = client.Pin(value)
		case name == "scopes":
			grant.Scopes, err = ParseScopes(strings.Split(value, ","))
		default:
			err = fmt.Errorf("%q is neither connection=ID nor scopes=NAME,…", word)
		}
		if err != nil {
			return grant, err
		}
	}
	return grant, nil
}
