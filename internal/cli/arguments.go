package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// argument is one argument of a tool, as its schema has it.
type argument struct {
	Name        string `json:"-"`
	Required    bool   `json:"-"`
	Type        string
	Description string
	Format      string
	Enum        []string
	Default     json.RawMessage
	Minimum     json.Number
	Maximum     json.Number
	Items       *argument
}

// allowed returns the values that an argument, or an element of its list, can have. It is nil if they are not counted.
func (a argument) allowed() []string {
	switch {
	case a.Items != nil:
		return a.Items.allowed()
	case a.Type == "boolean":
		return []string{"true", "false"}
	}
	return a.Enum
}

// argumentsOf returns the arguments of a tool, in the order of its schema.
func argumentsOf(d *tool.Definition) []argument {
	var schema struct {
		Properties json.RawMessage
		Required   []string
	}
	if json.Unmarshal(d.Spec().RawInputSchema, &schema) != nil {
		return nil
	}
	properties, err := object.Parse(schema.Properties)
	if err != nil {
		return nil // a tool without arguments
	}
	list := make([]argument, len(properties))
	for i, m := range properties {
		if err := json.Unmarshal(m.Value, &list[i]); err != nil {
			list[i].Enum = nil // its values are no texts; the tool itself checks them
		}
		list[i].Name, list[i].Required = m.Name, slices.Contains(schema.Required, m.Name)
	}
	return list
}

// named returns the argument of that name, in which dashes are underscores.
func named(list []argument, name string) (argument, bool) {
	for _, a := range list {
		if a.Name == strings.ReplaceAll(name, "-", "_") {
			return a, true
		}
	}
	return argument{}, false
}

// scalars are the types of arguments that have one value.
var scalars = []string{"string", "integer", "number", "boolean"}

// parseArguments reads name=value pairs, --name value pairs, or one JSON object. The values of pairs stay strings,
// which the tool coerces to the types of its schema.
func parseArguments(words []string, known []argument) (any, error) {
	if len(words) == 1 && strings.HasPrefix(strings.TrimSpace(words[0]), "{") {
		var object map[string]any
		decoder := json.NewDecoder(strings.NewReader(words[0]))
		decoder.UseNumber()
		if err := decoder.Decode(&object); err != nil {
			return nil, fmt.Errorf("the arguments are not a JSON object: %w", err)
		}
		return object, nil
	}
	arguments := map[string]any{}
	for len(words) > 0 {
		name, value, rest, err := parsePair(words, known)
		if err != nil {
			return nil, err
		}
		words = rest
		if a, _ := named(known, name); arguments[name] != nil && slices.Contains(scalars, a.Type) {
			return nil, fmt.Errorf("%s is given twice, and has one value", name)
		}
		switch earlier := arguments[name].(type) { // a repeated name makes a list
		case nil:
			arguments[name] = value
		case string:
			arguments[name] = []any{earlier, value}
		case []any:
			arguments[name] = append(earlier, value)
		}
	}
	return arguments, nil
}

// parsePair reads the first argument of words. A name that the tool does not know is left to the tool, whose error
// lists the valid ones.
func parsePair(words []string, known []argument) (name, value string, rest []string, err error) {
	word, rest := words[0], words[1:]
	flag, isFlag := strings.CutPrefix(word, "--")
	name, value, hasValue := strings.Cut(flag, "=")
	switch {
	case name == "" || !hasValue && !isFlag:
		return "", "", nil, fmt.Errorf("%q is not name=value", word)
	case !isFlag && strings.HasPrefix(word, "-"):
		return "", "", nil, fmt.Errorf("%q is not name=value or --name=value", word)
	}
	a, isKnown := named(known, name)
	if isKnown {
		name = a.Name
	}
	if hasValue {
		return name, value, rest, nil
	}
	next := ""
	if len(rest) > 0 {
		next = rest[0]
	}
	switch isTruth := slices.Contains([]string{"true", "false"}, strings.ToLower(next)); {
	case a.Type == "boolean" && !isTruth:
		return name, "true", rest, nil
	case len(rest) == 0 || strings.HasPrefix(next, "--"):
		if !isKnown {
			return name, "true", rest, nil
		}
		return "", "", nil, fmt.Errorf("--%s needs a value, as in --%s=VALUE", flag, flag)
	}
	return name, next, rest[1:], nil
}
