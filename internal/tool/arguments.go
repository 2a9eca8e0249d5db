package tool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/invopop/jsonschema"
	"github.com/mark3labs/mcp-go/mcp"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	finding "github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

type storeArguments struct {
	ConnectionID string `json:"connection_id,omitempty" jsonschema_description:"Which store."`
}

type confirmArguments struct {
	ConfirmToken string `json:"confirm_token,omitempty" jsonschema_description:"From the first call."`
}

// newCall reads and checks the arguments of a request. Every later step uses the result, so it happens once a call.
func (c *Catalog) newCall(ctx context.Context, d *Definition, request mcp.CallToolRequest) (*toolCall, error) {
	raw := request.Params.RawArguments
	if raw == nil && request.Params.Arguments != nil {
		var err error
		if raw, err = json.Marshal(request.Params.Arguments); err != nil {
			return nil, gumroad.Invalid("The arguments are not JSON.")
		}
	}
	arguments, err := d.checkArguments(raw)
	if err != nil {
		return nil, err
	}
	call := &toolCall{
		Definition: d, caller: c.Caller(ctx), answers: request.Params.InputResponses, state: request.Params.RequestState}
	call.connectionID, _ = arguments["connection_id"].(string)
	call.confirmToken, _ = arguments["confirm_token"].(string)
	call.picture, _ = arguments["picture"].(bool)
	delete(arguments, "confirm_token") // the token is sealed to the other arguments, so it cannot be one of them
	call.arguments, err = json.Marshal(arguments)
	return call, err
}

// decode reads the arguments that are fields of In. It ignores the others: one tool's arguments come from several
// structs (the operation's, the list's, the store's), each of which is decoded by whoever needs it.
func decode[In any](arguments json.RawMessage) (In, error) {
	var in In
	if err := json.Unmarshal(arguments, &in); err != nil {
		return in, gumroad.Invalid("The arguments could not be read.")
	}
	return in, nil
}

// checkArguments returns the arguments if they fit the schema, or an error that says what was wrong and what is
// allowed. It first coerces what models confuse: "5" for 5, "true" for true, 12 for "12", a single value for a list,
// null for an absent argument, and an enum's value in another case.
func (d *Definition) checkArguments(raw []byte) (map[string]any, error) {
	arguments, err := parseObject(raw)
	if err != nil {
		return nil, err
	}
	if err := d.refuseUnknown(arguments); err != nil {
		return nil, err
	}
	for name, value := range arguments {
		property, _ := d.input.Properties.Get(name)
		if value = coerce(value, property); value == nil {
			delete(arguments, name)
		} else {
			arguments[name] = value
		}
	}
	compiled, err := d.compiled()
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", d.Name, err)
	}
	if err := compiled.Validate(arguments); err != nil {
		return nil, d.explain(err)
	}
	return arguments, nil
}

func parseObject(raw []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(raw)) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return map[string]any{}, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, gumroad.Invalid("The arguments are not JSON.")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, gumroad.Invalid("The arguments must be an object of names and values.")
	}
	return object, nil
}

func (d *Definition) refuseUnknown(arguments map[string]any) error {
	var said []string
	for _, name := range slices.Sorted(maps.Keys(arguments)) {
		if _, known := d.input.Properties.Get(name); known {
			continue
		}
		sentence := fmt.Sprintf("There is no argument %s.", text.Quote(name))
		if why, ok := d.Refuses[name]; ok {
			sentence = fmt.Sprintf("%s cannot be given: %s.", text.Quote(name), why)
		} else if near := Nearest(name, d.argumentNames()); near != "" {
			sentence = fmt.Sprintf("There is no argument %s; did you mean %q?", text.Quote(name), near)
		}
		said = append(said, sentence)
	}
	if said == nil {
		return nil
	}
	return gumroad.Invalid(strings.Join(said, " "), d.validArguments())
}

func (d *Definition) argumentNames() []string {
	return slices.Collect(d.input.Properties.KeysFromOldest())
}

func (d *Definition) validArguments() string {
	names := d.argumentNames()
	if len(names) == 0 {
		return d.FullName + " takes no arguments."
	}
	for i, name := range names {
		if slices.Contains(d.input.Required, name) {
			names[i] += " (required)"
		}
	}
	return fmt.Sprintf("%s takes: %s.", d.FullName, strings.Join(names, ", "))
}

// coerce converts a value to the type that the schema asks for, if the value can mean nothing else. It returns any
// other value unchanged, for validation to refuse.
func coerce(value any, schema *jsonschema.Schema) any {
	given, isText := value.(string)
	switch schema.Type {
	case "integer":
		if isText {
			value = json.Number(strings.TrimSpace(given))
		}
		// 7.0 is accepted as 7.
		if number, ok := value.(json.Number); ok {
			var whole gumroad.Int
			if number == "" || whole.UnmarshalJSON([]byte(number)) != nil {
				if isText {
					return given
				}
				return value
			}
			return json.Number(strconv.FormatInt(int64(whole), 10))
		}
	case "boolean":
		if truth, err := strconv.ParseBool(strings.ToLower(given)); isText && err == nil {
			return truth
		}
	case "string":
		if list, ok := value.([]any); ok && len(list) == 1 {
			value = list[0]
			given, isText = value.(string)
		}
		if number, ok := value.(json.Number); ok {
			value = number.String()
		}
		for _, allowed := range schema.Enum {
			if name, ok := allowed.(string); ok && isText && strings.EqualFold(name, strings.TrimSpace(given)) {
				return name
			}
		}
	case "array":
		if list, ok := listIn(given); ok {
			return list
		}
		if isText && schema.Items != nil && len(schema.Items.Enum) > 0 { // no word of an enum has a comma
			var words []any
			for word := range strings.SplitSeq(given, ",") {
				words = append(words, coerce(strings.TrimSpace(word), schema.Items))
			}
			return words
		}
		if _, isList := value.([]any); !isList && value != nil {
			return []any{value}
		}
	}
	return value
}

// listIn returns the list that a text holds as JSON.
func listIn(text string) (list []any, ok bool) {
	if !strings.HasPrefix(strings.TrimSpace(text), "[") {
		return nil, false
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(&list)
	return list, err == nil && !decoder.More()
}

// compile makes the validator of a schema. It asserts formats such as date, which validators skip by default.
func compile(schema *jsonschema.Schema) (*validator.Schema, error) {
	data, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	document, err := validator.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	compiler := validator.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", document); err != nil {
		return nil, err
	}
	return compiler.Compile("schema.json")
}

// explain turns the validator's findings into an error whose sentences a model can act on.
func (d *Definition) explain(err error) error {
	var findings *validator.ValidationError
	if !errors.As(err, &findings) {
		return gumroad.Invalid("The arguments do not fit the schema.", d.validArguments())
	}
	var said []string
	for _, leaf := range leaves(findings) {
		said = append(said, explanation(leaf))
	}
	slices.Sort(said)
	return gumroad.Invalid(strings.Join(slices.Compact(said), " "), d.validArguments())
}

// leaves returns the findings at the ends of the validator's tree. Those above only say that something below is wrong.
func leaves(e *validator.ValidationError) []*validator.ValidationError {
	if len(e.Causes) == 0 {
		return []*validator.ValidationError{e}
	}
	var all []*validator.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

func explanation(e *validator.ValidationError) string {
	name := strings.Join(e.InstanceLocation[:min(1, len(e.InstanceLocation))], "") // without the place within a list
	switch k := e.ErrorKind.(type) {
	case *finding.Required:
		if len(k.Missing) > 1 {
			return fmt.Sprintf("%s are required.", strings.Join(k.Missing, ", "))
		}
		return k.Missing[0] + " is required."
	case *finding.Type:
		wanted := strings.Join(k.Want, " or ")
		if wanted == "integer" {
			wanted = "whole number (money: minor units, 1250 for $12.50)"
			if !strings.Contains(name, "price") && !strings.Contains(name, "cents") && !strings.Contains(name, "amount") {
				wanted = "whole number"
			}
		}
		return fmt.Sprintf("%s must be a %s.", name, wanted)
	case *finding.Enum:
		allowed := make([]string, len(k.Want))
		for i, value := range k.Want {
			allowed[i] = fmt.Sprint(value)
		}
		return fmt.Sprintf("%s must be one of %s.", name, strings.Join(allowed, ", "))
	case *finding.Minimum:
		return fmt.Sprintf("%s must be at least %s.", name, k.Want.RatString())
	case *finding.Maximum:
		return fmt.Sprintf("%s must be at most %s.", name, k.Want.RatString())
	case *finding.MaxLength:
		return fmt.Sprintf("%s must have at most %d characters.", name, k.Want)
	case *finding.MinLength:
		return fmt.Sprintf("%s must not be empty.", name)
	case *finding.Format:
		if k.Want == "date" {
			return fmt.Sprintf("%s must be a date as YYYY-MM-DD.", name)
		}
		return fmt.Sprintf("%s must be a valid %s.", name, k.Want)
	case *finding.Pattern:
		return fmt.Sprintf("%s has characters that are not allowed there (allowed: %s).", name, k.Want)
	default:
		return fmt.Sprintf("%s: %s.", name, e.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
	}
}

// maxName is the length of a name, in bytes, up to which Nearest looks for a known one.
const maxName = 100

// Nearest returns the known name that a misspelt one most likely means, or "" if none is close.
func Nearest(name string, known []string) string {
	if len(name) > maxName {
		return ""
	}
	best, least := "", math.MaxInt
	for _, candidate := range known {
		distance := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(candidate))
		isPart := strings.Contains(candidate, name) && len(name) > 3 || strings.Contains(name, candidate) && len(candidate) > 3
		if (isPart || distance <= max(len(name)/3, 1)) && distance < least {
			best, least = candidate, distance
		}
	}
	return best
}
