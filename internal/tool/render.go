package tool

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/schemas"
)

// MaxResult is how long the JSON of a result may be, in bytes. Clients cut longer results in the middle of a row.
const MaxResult = 20_000

// Lengths of upstream text in results, in characters.
const (
	maxText     = 500
	maxLongText = 8_000 // of fields tagged text:"long": descriptions and receipts, which the seller wrote
)

// concise marks a record of which only the fields tagged concise are rendered.
type concise struct{ record any }

// selection says which fields of a record are rendered. The zero value selects all that are not shown only by name.
type selection struct {
	concise bool
	named   []string // if any, only these and the id
}

// selects reports whether a field is rendered, as far as its name and tags decide.
func (s selection) selects(name string, tag reflect.StructTag, value reflect.Value) bool {
	switch {
	case len(s.named) > 0:
		return slices.Contains(s.named, name) || isID(name)
	case tag.Get("detail") == "named":
		return false
	case !s.concise:
		return true
	}
	shown := tag.Get("concise")
	return shown != "" && !(shown == "nonzero" && isZero(reflect.Indirect(value)))
}

// renderer turns the structs that operations return into the JSON that clients get. All text from upstream passes here.
// It drops nulls and empty values, cleans and shortens text, defuses what buyers wrote and, if the operator wants that,
// masks buyers' data.
//
// encoding/json cannot do this, because what happens to a value depends on tags of its field:
//
//	concise:"always"    the field is part of a concise record
//	concise:"nonzero"   the same, but only when it is not false or zero
//	detail:"named"      the field is shown only to those who name it
//	text:"long"         the text may be long
//	pii:"email"         the text is an e-mail address; "key": a licence key; "url": an address that can name a person;
//	                    "text": any other text that a buyer wrote, or that is about one; "other": text of strangers
//	                    that is not personal, which is defused and never masked
type renderer struct {
	mask    bool
	cleaned *bool // set once text of the record being rendered was cleaned or defused
}

// cleanedNote is the last member of a record.
type cleanedNote struct {
	Cleaned bool `json:"cleaned,omitempty" jsonschema_description:"Hidden characters were removed from its text, or links in a buyer's text defused with a ·."`
}

// record renders a row, or the record that is the whole result, and says in it whether its text was changed.
func (r renderer) record(value any, fields selection) object.Object {
	var note cleanedNote
	r.cleaned = &note.Cleaned
	members := r.members(reflect.ValueOf(value), fields)
	if note.Cleaned {
		members = append(members, r.members(reflect.ValueOf(note), selection{})...)
	}
	return members
}

// render renders the result of an operation: a listing, a concise record or any other struct. tail is put at its end.
func (r renderer) render(value any, tail object.Object) Reading {
	var members object.Object
	switch value := value.(type) {
	case *listing:
		return r.list(value, tail)
	case concise:
		members = r.record(value.record, selection{concise: true})
	default:
		members = r.record(value, selection{})
	}
	whole := append(members, tail...)
	// A single record can only be too long because of its texts: shorten them until it fits.
	for limit := maxLongText / 2; len(whole.JSON()) > MaxResult && limit >= 100; limit /= 2 {
		for i := range members {
			whole[i].Value = capStrings(whole[i].Value, limit)
		}
	}
	return Reading{Object: whole}
}

// list renders as many rows as fit into a result. It never cuts a row: the rows that do not fit are counted in
// left_out, and next_page_key continues with them. The first row is always shown, or the list could never be continued.
func (r renderer) list(l *listing, tail object.Object) Reading {
	rows := make([]object.Object, 0, len(l.rows))
	const forTheRest = 200 // brackets, next_page_key and left_out
	size := len(tail.JSON()) + len(l.name) + forTheRest
	for _, row := range l.rows {
		rendered := r.record(row, l.fields)
		if size += len(rendered.JSON()) + 1; size > MaxResult && len(rows) > 0 {
			break
		}
		rows = append(rows, rendered)
	}
	end := listTail{NextPageKey: l.rest}
	if len(rows) > 0 && (l.rest == "" || len(rows) < len(l.rows)) {
		end.NextPageKey = l.resume[len(rows)-1]
	}
	if l.rest != "" {
		end.Searched = &l.searched
	}
	left := len(l.rows) - len(rows)
	if left > 0 {
		end.LeftOut = &left
	}
	members := object.Object{{Name: l.name, Value: object.Array(rows)}}
	members = append(members, r.members(reflect.ValueOf(end), selection{})...)
	return Reading{Object: append(members, tail...), RowsName: l.name, Rows: rows, LeftOut: left, NextPageKey: end.NextPageKey}
}

// members renders the selected fields of a struct, including those of embedded structs.
func (r renderer) members(v reflect.Value, fields selection) object.Object {
	v = reflect.Indirect(v)
	if v.Kind() == reflect.Interface {
		v = reflect.Indirect(v.Elem())
	}
	var all object.Object
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			all = append(all, r.members(value, fields)...)
			continue
		}
		if name == "" || name == "-" || !fields.selects(name, field.Tag, value) {
			continue
		}
		if rendered, ok := r.field(value, field.Tag, fields.concise); ok {
			all = append(all, object.Member{Name: name, Value: rendered})
		}
	}
	// The id stands last, behind what people recognize the record by, wherever the struct has it.
	slices.SortStableFunc(all, func(a, b object.Member) int { return rank(a.Name) - rank(b.Name) })
	return all
}

// isZero reports a value that says nothing in a concise record: false, 0 or an empty text.
func isZero(v reflect.Value) bool {
	if !v.IsValid() {
		return false // absent, which drops it in any case
	}
	truth, ok := v.Interface().(gumroad.Bool)
	return v.IsZero() || ok && !truth.IsTrue()
}

// field renders one field. A record inside a concise record is concise as well, if its type has a concise form.
func (r renderer) field(v reflect.Value, tag reflect.StructTag, conciseOnly bool) (json.RawMessage, bool) {
	if record := reflect.Indirect(v); conciseOnly && record.Kind() == reflect.Struct && schemas.HasConcise(record.Type()) {
		members := r.members(record, selection{concise: true})
		return members.JSON(), len(members) > 0
	}
	return r.value(v, tag)
}

// rank orders members: ids after everything else.
func rank(name string) int {
	if isID(name) {
		return 1
	}
	return 0
}

func isID(name string) bool { return name == "id" || name == "connection_id" }

// value renders any value by its kind. It reports false if the value is null or empty, so that its member is dropped. An
// empty list without omitempty says something: that there is nothing.
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
		shown := r.text(v.String(), tag)
		return object.Literal(shown), shown != ""
	case reflect.Struct:
		members := r.members(v, selection{})
		return members.JSON(), len(members) > 0
	case reflect.Map:
		return r.mapping(v, tag)
	case reflect.Slice:
		var items []json.RawMessage
		for i := range v.Len() {
			if item, ok := r.value(v.Index(i), tag); ok {
				items = append(items, item)
			}
		}
		return object.ArrayOf(items), len(items) > 0 || !strings.HasSuffix(tag.Get("json"), ",omitempty")
	case reflect.Int8:
		truth := v.Interface().(gumroad.Bool)
		return object.Literal(truth), truth.IsKnown()
	default:
		if pii := tag.Get("pii"); r.mask && pii != "" { // a buyer's answer can be a number
			return object.Literal(text.Mask(pii, fmt.Sprint(v.Interface()))), true
		}
		return object.Literal(v.Interface()), true
	}
}

func (r renderer) mapping(v reflect.Value, tag reflect.StructTag) (json.RawMessage, bool) {
	byName := map[string]reflect.Value{}
	for _, key := range v.MapKeys() {
		byName[key.String()] = v.MapIndex(key)
	}
	var members object.Object
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if item, ok := r.value(byName[name], tag); ok {
			members = append(members, object.Member{Name: text.Label(r.clean("", name)), Value: item})
		}
	}
	return members.JSON(), len(members) > 0
}

// text returns a string as it is shown: cleaned, masked if the operator wants that, and shortened.
func (r renderer) text(s string, tag reflect.StructTag) string {
	limit := maxText
	if tag.Get("text") == "long" {
		limit = maxLongText
	}
	return text.Shorten(r.clean(tag.Get("pii"), s), limit)
}

// clean masks before it cleans, since masking is decided by the text that upstream sent. Text with a kind of personal
// data is a buyer's, and is defused as well.
func (r renderer) clean(pii, s string) string {
	if r.mask {
		s = text.Mask(pii, s)
	}
	safe := text.Clean(s)
	if pii != "" {
		safe = text.Defuse(safe)
	}
	if r.cleaned != nil && safe != strings.ReplaceAll(s, "\r\n", "\n") {
		*r.cleaned = true
	}
	return safe
}

// capStrings shortens every string inside a JSON value.
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
			return text.Shorten(value, limit)
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
	return object.Literal(walk(value))
}
