// Package schemas makes the JSON schemas that clients see from the structs that the code uses.
//
// Arguments are closed objects. Their fields are required unless they have omitempty. Results are open objects, since
// upstream may add fields. Both are JSON Schema 2020-12, the dialect that MCP assumes, and have no references.
package schemas

import (
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// Of returns the schema of T as arguments.
func Of[T any]() *jsonschema.Schema { return schemaOf[T](true) }

// ResultOf returns the schema of T as a result. It has no required fields, because some clients also validate error
// results against it.
func ResultOf[T any]() *jsonschema.Schema { return schemaOf[T](false) }

func schemaOf[T any](closed bool) *jsonschema.Schema {
	reflector := jsonschema.Reflector{
		Anonymous:                  true, // no $id: it would name a Go package
		DoNotReference:             true, // hosts that translate schemas for other models cannot follow $ref
		ExpandedStruct:             true, // the root must be an object, not a reference to one
		AllowAdditionalProperties:  !closed,
		RequiredFromJSONSchemaTags: !closed, // results have no such tags
	}
	var zero T
	schema := reflector.Reflect(&zero)
	schema.Version = ""
	return schema
}

// Object returns the schema of an object with the properties of all parts, in their order. It is closed if a part is.
// If two parts have the same property, the earlier one's is taken.
func Object(parts ...*jsonschema.Schema) *jsonschema.Schema {
	whole := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties()}
	for _, part := range parts {
		if part.AdditionalProperties != nil {
			whole.AdditionalProperties = part.AdditionalProperties
		}
		for pair := part.Properties.Oldest(); pair != nil; pair = pair.Next() {
			if _, taken := whole.Properties.Get(pair.Key); !taken {
				whole.Properties.Set(pair.Key, pair.Value)
			}
		}
		for _, name := range part.Required {
			if !slices.Contains(whole.Required, name) {
				whole.Required = append(whole.Required, name)
			}
		}
	}
	return whole
}

// Property returns the schema of an object with one property.
func Property(name string, value *jsonschema.Schema) *jsonschema.Schema {
	object := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties()}
	object.Properties.Set(name, value)
	return object
}

// ConciseOf returns the schema of T in its concise form, which has the fields tagged concise. It is open, so that a
// result with every field fits it too.
func ConciseOf[T any]() *jsonschema.Schema { return concise(ResultOf[T](), reflect.TypeFor[T]()) }

func concise(full *jsonschema.Schema, of reflect.Type) *jsonschema.Schema {
	shown := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties()}
	for _, field := range reflect.VisibleFields(of) {
		if _, tagged := field.Tag.Lookup("concise"); !tagged {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		property, ok := full.Properties.Get(name)
		if !ok {
			continue
		}
		if record := indirect(field.Type); HasConcise(record) {
			property = concise(property, record)
		}
		shown.Properties.Set(name, property)
	}
	return shown
}

// Shown returns a schema as clients get it: without the keywords that some of them cannot convert for their models
// (Gemini and OpenAI's strict mode refuse them). Arguments are checked against the whole schema all the same, and
// descriptions say in words what these keywords say.
func Shown(schema *jsonschema.Schema) *jsonschema.Schema {
	shown := *schema
	shown.Format, shown.Default, shown.MaxLength, shown.Pattern = "", nil, nil, ""
	if shown.MinLength != nil && *shown.MinLength == 1 { // a required text is not empty
		shown.MinLength = nil
	}
	if shown.Minimum == "0" || shown.Minimum == "1" { // nobody tries less, and every conversation would pay for it
		shown.Minimum = ""
	}
	if schema.Items != nil {
		shown.Items = Shown(schema.Items)
	}
	if schema.Properties != nil {
		shown.Properties = jsonschema.NewProperties()
		for pair := schema.Properties.Oldest(); pair != nil; pair = pair.Next() {
			shown.Properties.Set(pair.Key, Shown(pair.Value))
		}
	}
	return &shown
}

// HasConcise reports whether records of a type have a concise form.
func HasConcise(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	return slices.ContainsFunc(reflect.VisibleFields(t), func(field reflect.StructField) bool {
		_, tagged := field.Tag.Lookup("concise")
		return tagged
	})
}

func indirect(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}
