// Package schemas makes the JSON schemas clients see, from the structs the code uses.
//
// Arguments are closed objects whose fields are required unless they have omitempty. Results are open objects,
// since upstream may add fields. Neither has references, and both are JSON Schema 2020-12, the dialect MCP assumes.
package schemas

import (
	stdreflect "reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// Of is the schema of T as arguments.
func Of[T any]() *jsonschema.Schema { return reflect[T](true) }

// ResultOf is the schema of T as a result. It requires nothing: an error's structured content comes in the place of a
// result, and clients there are check it against this schema all the same.
func ResultOf[T any]() *jsonschema.Schema { return reflect[T](false) }

func reflect[T any](closed bool) *jsonschema.Schema {
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

// Object is the schema of an object with the properties of all parts, in their order. Like its parts it is closed
// or open; an earlier part's property hides a later one's.
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

// Property is the schema of an object with one property.
func Property(name string, value *jsonschema.Schema) *jsonschema.Schema {
	object := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties()}
	object.Properties.Set(name, value)
	return object
}

// ConciseOf is the schema of T in its concise form: the fields tagged concise. Being open, it allows the others.
func ConciseOf[T any]() *jsonschema.Schema { return concise(ResultOf[T](), stdreflect.TypeFor[T]()) }

func concise(full *jsonschema.Schema, of stdreflect.Type) *jsonschema.Schema {
	shown := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties()}
	for _, field := range stdreflect.VisibleFields(of) {
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

// HasConcise reports whether records of a type have a concise form.
func HasConcise(t stdreflect.Type) bool {
	return t.Kind() == stdreflect.Struct && slices.ContainsFunc(stdreflect.VisibleFields(t), func(field stdreflect.StructField) bool {
		_, tagged := field.Tag.Lookup("concise")
		return tagged
	})
}

func indirect(t stdreflect.Type) stdreflect.Type {
	if t.Kind() == stdreflect.Pointer {
		return t.Elem()
	}
	return t
}
