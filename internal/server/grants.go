package server

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// Grant is a line of the tokens file or the subjects file, such as
//
//	auth0|7b3 name=anna connection=21fd90f9 scopes=gumroad:read
//
// The name is for the log. Without connection it is for every store of the account, and without scopes for everything that tools can do.
type Grant struct {
	Who    string // a token's hash or an OAuth subject
	Name   string // "" if the line gives none
	Client *gumroad.Client
	Scopes Scopes
}

// ParseGrants reads a file of grants, by Who. It restricts client to each grant's connection. Empty lines and lines
// that begin with # are ignored.
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
			err = errors.New("it repeats an earlier line")
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
		return nil, errors.New("the file has no lines, so nobody could call")
	}
	return grants, nil
}

var grantName = regexp.MustCompile(`^[A-Za-z0-9._@-]{1,64}$`)

func parseGrant(words []string, client *gumroad.Client) (Grant, error) {
	grant := Grant{Who: words[0], Client: client, Scopes: AllScopes()}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		var err error
		switch {
		case name == "name" && !grantName.MatchString(value):
			err = fmt.Errorf("name: %q is not 1 to 64 letters, digits, '.', '_', '-' and '@'", value)
		case name == "name":
			grant.Name = value
		case name == "connection" && client.Direct():
			err = errors.New("connection: Gumroad is used without Maton; there are no Maton connections")
		case name == "connection":
			grant.Client, err = client.Pin(value)
		case name == "scopes":
			grant.Scopes, err = ParseScopes(strings.Split(value, ","))
		default:
			err = fmt.Errorf("%q is none of name=NAME, connection=ID and scopes=NAME,…", word)
		}
		if err != nil {
			return grant, err
		}
	}
	return grant, nil
}
