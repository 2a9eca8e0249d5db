package sandbox

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
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

func (o *object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(o.values[name])
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
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
