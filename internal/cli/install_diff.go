package cli

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/gumroad-mcp/gumroad-mcp/internal/splice"
)

// hidden stands in a difference for the value of a variable or of a header: other servers keep their keys there.
const hidden = "HIDDEN"

// difference returns what changes in a file, as a unified diff without values of variables.
func difference(format splice.Format, path string, before, after []byte) string {
	masked, err := mask(format, before)
	maskedAfter, errAfter := mask(format, after)
	if err != nil || errAfter != nil {
		return "It is left out what changes in " + path + ", because the file holds values that could not be hidden.\n"
	}
	return udiff.Unified(path, path, masked, maskedAfter)
}

// mask returns a text without the values that may be secrets.
func mask(format splice.Format, text []byte) (string, error) {
	values, err := format.Parse(text)
	if err != nil {
		return "", err
	}
	secrets := secretsIn(values, false)
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, secret := range secrets {
		quoted, _ := json.Marshal(secret) // of a string it cannot fail
		pairs = append(pairs, string(quoted), `"`+hidden+`"`, `"`+secret+`"`, `"`+hidden+`"`, `'`+secret+`'`, `'`+hidden+`'`)
		if format.Name == splice.YAML.Name {
			pairs = append(pairs, ": "+secret, ": "+hidden)
		}
	}
	masked := strings.NewReplacer(pairs...).Replace(string(text))
	if values, err = format.Parse([]byte(masked)); err != nil {
		return "", err
	}
	for _, left := range secretsIn(values, false) {
		if left != hidden { // it was written in another way than it reads
			return "", splice.ErrByHand
		}
	}
	return masked, nil
}

// secretsIn returns the texts within members that hold variables or headers.
func secretsIn(values any, secret bool) (found []string) {
	switch at := values.(type) {
	case string:
		if secret && at != "" {
			return []string{at}
		}
	case []any:
		for _, each := range at {
			found = append(found, secretsIn(each, secret)...)
		}
	case map[string]any:
		for name, each := range at {
			switch name {
			case "env", "envs", "environment", "headers", "http_headers", "requestInit":
				found = append(found, secretsIn(each, true)...)
			default:
				found = append(found, secretsIn(each, secret)...)
			}
		}
	}
	return found
}
