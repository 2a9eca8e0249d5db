package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/schemas"
)

// MaxResult bounds a result's JSON, in bytes; clients cut longer ones, and not where rows end.
const MaxResult = 20_000

// concise shows only the fields of a record that are tagged concise.
type concise struct{ record any }

// renderer turns results into the JSON clients get. It is the one place where everything from upstream passes: nulls
// and empty values are dropped, text is cleaned and capped, buyers' data is masked where the operator wants that.
//
// It obeys the tags of the structs:
//
//	concise:"yes"   part of a concise row; "true" only when it is not false or zero
//	text:"long"     may be long
//	pii:"email"     an e-mail address; "key" a licence key; "text" any other personal text
type renderer struct{ mask bool }

// render returns the JSON object of a result, with extra members at its end.
func (r renderer) render(value any, tail ...member) json.RawMessage {
	var members []member
	switch value := value.(type) {
	case *listing:
		return r.list(value, tail)
	case concise:
		members = r.members(reflect.ValueOf(value.record), true)
	default:
		members = r.members(reflect.ValueOf(value), false)
	}
	whole := object(append(members, tail...))
	if len(whole) <= MaxResult {
		return whole
	}
	// One record that is too long: its longest texts are why.
	for limit := maxLongText / 2; limit >= 100; limit /= 2 {
		for i := range members {
			members[i].value = capStrings(members[i].value, limit)
		}
		if whole = object(append(members, tail...)); len(whole) <= MaxResult {
			break
		}
	}
	return whole
}

// list renders whole rows up to the bound.
func (r renderer) list(l *listing, tail []member) json.RawMessage {
	rows := make([]json.RawMessage, 0, len(l.rows))
	size := len(object(tail)) + len(l.name) + 200
	for _, row := range l.rows {
		rendered := object(r.members(reflect.ValueOf(row), !l.full))
		if size += len(rendered) + 1; size > MaxResult && len(rows) > 0 {
			break
		}
		rows = append(rows, rendered)
	}
	var end listTail
	if len(rows) > 0 {
		end.NextPageKey = l.resume[len(rows)-1]
	}
	if left := len(l.rows) - len(rows); left > 0 {
		end.LeftOut = &left
	}
	members := append([]member{{l.name, array(rows)}}, r.members(reflect.ValueOf(end), false)...)
	return object(append(members, tail...))
}

type member struct {
	name  string
	value json.RawMessage
}

func object(members []member) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(literal(m.name))
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func array(items []json.RawMessage) json.RawMessage {
	return slices.Concat([]byte("["), bytes.Join(rawBytes(items), []byte(",")), []byte("]"))
}

func rawBytes(items []json.RawMessage) [][]byte {
	plain := make([][]byte, len(items))
	for i, item := range items {
		plain[i] = item
	}
	return plain
}

// literal is v as JSON without HTML escaping, which only costs tokens.
func literal(v any) json.RawMessage {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("tools: %T cannot be JSON: %v", v, err))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// members renders the fields of a struct, those of embedded structs among them.
func (r renderer) members(v reflect.Value, conciseOnly bool) []member {
	v = reflect.Indirect(v)
	if v.Kind() == reflect.Interface {
		v = reflect.Indirect(v.Elem())
	}
	var all []member
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			all = append(all, r.members(value, conciseOnly)...)
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		shown := field.Tag.Get("concise")
		if conciseOnly && (shown == "" || shown == "true" && reflect.Indirect(value).IsValid() && reflect.Indirect(value).IsZero()) {
			continue
		}
		if rendered, ok := r.field(value, field.Tag, conciseOnly); ok {
			all = append(all, member{name, rendered})
		}
	}
	// The id stands last, whatever is embedded where.
	slices.SortStableFunc(all, func(a, b member) int { return rank(a.name) - rank(b.name) })
	return all
}

// field renders one field; a record in a concise record is concise as well, if its kind has a concise form.
func (r renderer) field(v reflect.Value, tag reflect.StructTag, conciseOnly bool) (json.RawMessage, bool) {
	if record := reflect.Indirect(v); conciseOnly && record.Kind() == reflect.Struct && schemas.HasRow(record.Type()) {
		members := r.members(record, true)
		return object(members), len(members) > 0
	}
	return r.value(v, tag)
}

func rank(name string) int {
	if name == "id" || name == "connection_id" {
		return 1
	}
	return 0
}

// value renders anything but a record's outside, and reports whether there is anything to show.
func (r renderer) value(v reflect.Value, tag reflect.StructTag) (json.RawMessage, bool) {
	switch v.Kind() {
	case reflect.Invalid:
		return nil, false
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil, false
		}
		return r.value(v.Elem(), tag)
	case reflect.String:
		text := r.text(v.String(), tag)
		return literal(text), text != ""
	case reflect.Struct:
		members := r.members(v, false)
		return object(members), len(members) > 0
	case reflect.Map:
		return r.mapping(v, tag)
	case reflect.Slice:
		var items []json.RawMessage
		for i := range v.Len() {
			if item, ok := r.value(v.Index(i), tag); ok {
				items = append(items, item)
			}
		}
		return array(items), len(items) > 0
	default:
		return literal(v.Interface()), true
	}
}

func (r renderer) mapping(v reflect.Value, tag reflect.StructTag) (json.RawMessage, bool) {
	byName := map[string]reflect.Value{}
	for _, key := range v.MapKeys() {
		byName[key.String()] = v.MapIndex(key)
	}
	var members []member
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if item, ok := r.value(byName[name], tag); ok {
			members = append(members, member{shorten(clean(name), maxQuoted), item})
		}
	}
	return object(members), len(members) > 0
}

func (r renderer) text(s string, tag reflect.StructTag) string {
	limit := maxText
	if tag.Get("text") == "long" {
		limit = maxLongText
	}
	return shorten(clean(r.masked(s, tag.Get("pii"))), limit)
}

func (r renderer) masked(s, pii string) string {
	switch {
	case !r.mask:
		return s
	case pii == "email":
		return maskEmail(s)
	case pii == "key":
		return maskKey(s)
	case pii == "text":
		return maskText(s)
	}
	return s
}

// capStrings shortens every string within a JSON value.
func capStrings(raw json.RawMessage, limit int) json.RawMessage {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return raw
	}
	var walk func(any) any
	walk = func(value any) any {
		switch value := value.(type) {
		case string:
			return shorten(value, limit)
		case []any:
			for i := range value {
				value[i] = walk(value[i])
			}
		case map[string]any:
			for name := range value {
				value[name] = walk(value[name])
			}
		}
		return value
	}
	return literal(walk(value))
}
