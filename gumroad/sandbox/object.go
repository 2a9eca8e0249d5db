package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// object is a JSON object that keeps the order its members were set in, so that
// answers read like the real service's.
type object struct {
	names  []string
	values map[string]any
}

func newObject() *object { return &object{values: map[string]any{}} }

// with is set for chaining.
func (o *object) with(name string, value any) *object {
	o.set(name, value)
	return o
}

// set adds a member, or replaces its value in place.
func (o *object) set(name string, value any) {
	if _, ok := o.values[name]; !ok {
		o.names = append(o.names, name)
	}
	o.values[name] = value
}

// setPresent sets a member unless the value is nil, as Gumroad's sale JSON does.
func (o *object) setPresent(name string, value any) {
	if value != nil {
		o.set(name, value)
	}
}

func (o *object) get(name string) (any, bool) {
	v, ok := o.values[name]
	return v, ok
}

func (o *object) merge(other *object) {
	for _, name := range other.names {
		o.set(name, other.values[name])
	}
}

// MarshalJSON serves objects inside values that encoding/json walks.
func (o *object) MarshalJSON() ([]byte, error) { return mustJSON(o), nil }

// mustJSON encodes an answer. Answers hold plain values only, so it cannot fail.
func mustJSON(v any) []byte { return appendJSON(nil, v) }

// appendJSON walks objects itself: encoding/json would copy and check each again at every level.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case *object:
		b = append(b, '{')
		for i, name := range v.names {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, name)
			b = append(b, ':')
			b = appendJSON(b, v.values[name])
		}
		return append(b, '}')
	case []*object:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	default:
		encoded, err := json.Marshal(v)
		if err != nil {
			panic(fmt.Sprintf("sandbox: an answer has no JSON: %v", err))
		}
		return append(b, encoded...)
	}
}

// orNull turns the zero value into JSON null.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// deref turns a nil pointer into JSON null.
func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// stamp is the API's time format: UTC, whole seconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func stampOrNull(t *time.Time) any {
	if t == nil {
		return nil
	}
	return stamp(*t)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
