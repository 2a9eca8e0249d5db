// Package object holds JSON objects whose members keep their order, which a Go map does not.
package object

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Object is a JSON object.
type Object []Member

// Member is one member of an Object.
type Member struct {
	Name  string
	Value json.RawMessage
}

// JSON returns the object as JSON without white space.
func (o Object) JSON() json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(Literal(m.Name))
		b.WriteByte(':')
		b.Write(m.Value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// Get returns the member of that name, and reports whether there is one.
func (o Object) Get(name string) (Member, bool) {
	for _, m := range o {
		if m.Name == name {
			return m, true
		}
	}
	return Member{}, false
}

// Text returns the text of the member of that name (see Member.Text), or "" if there is none.
func (o Object) Text(name string) string {
	if m, ok := o.Get(name); ok {
		return m.Text()
	}
	return ""
}

// Text returns a string without its quotes, and any other value as JSON.
func (m Member) Text() string {
	var text string
	if json.Unmarshal(m.Value, &text) == nil {
		return text
	}
	return string(m.Value)
}

// Parse reads an object from JSON.
func Parse(raw []byte) (Object, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return nil, fmt.Errorf("the JSON is not an object")
	}
	var o Object
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		m := Member{Name: fmt.Sprint(name)}
		if err := decoder.Decode(&m.Value); err != nil {
			return nil, err
		}
		o = append(o, m)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("the JSON object has no end: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return o, nil
}

// Array returns a JSON array of objects.
func Array(items []Object) json.RawMessage {
	values := make([]json.RawMessage, len(items))
	for i, item := range items {
		values[i] = item.JSON()
	}
	return ArrayOf(values)
}

// ArrayOf returns a JSON array of values.
func ArrayOf(values []json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, value := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(value)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// Literal returns v as JSON without HTML escapes, which would only cost tokens. It panics if v has no JSON form.
func Literal(v any) json.RawMessage {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("object: %T cannot be JSON: %v", v, err))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
