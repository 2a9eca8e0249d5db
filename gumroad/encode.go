package gumroad

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// request is what a request struct is encoded to.
type request struct {
	path  string // escaped, begins with "/"
	query url.Values
	form  url.Values     // application/x-www-form-urlencoded: Gumroad compares several booleans with the string "true"
	body  map[string]any // JSON, for Maton's control plane
}

// encode fills pattern's parameters and the rest of a request from in's struct tags:
//
//	path:"product_id"   one segment of the path, an id; with ",text" any text, escaped
//	query:"after"       a query parameter
//	form:"amount_cents" a form field; a list becomes name[]
//	body:"app"          a member of a JSON body
//
// Zero values are left out, so that a field which may be sent as zero or empty is a pointer.
func encode(pattern string, in any) (request, error) {
	r := request{path: pattern, query: url.Values{}, form: url.Values{}, body: map[string]any{}}
	if in != nil {
		if err := r.add(reflect.ValueOf(in)); err != nil {
			return request{}, err
		}
	}
	if strings.ContainsAny(r.path, "{}") {
		return request{}, Internal(fmt.Errorf("%s has a path parameter that %T does not give", pattern, in))
	}
	return r, nil
}

func (r *request) add(v reflect.Value) error {
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		if field.Anonymous {
			if err := r.add(value); err != nil {
				return err
			}
			continue
		}
		if tag, ok := field.Tag.Lookup("path"); ok {
			name, kind, _ := strings.Cut(tag, ",")
			segment, err := pathSegment(name, value.String(), kind == "text")
			if err != nil {
				return err
			}
			r.path = strings.Replace(r.path, "{"+name+"}", segment, 1)
			continue
		}
		if value.IsZero() {
			continue
		}
		value = reflect.Indirect(value)
		for tag, values := range map[string]url.Values{"query": r.query, "form": r.form} {
			name, ok := field.Tag.Lookup(tag)
			switch {
			case !ok:
			case value.Kind() == reflect.Slice:
				for j := range value.Len() {
					values.Add(name+"[]", scalar(value.Index(j)))
				}
			default:
				values.Set(name, scalar(value))
			}
		}
		if name, ok := field.Tag.Lookup("body"); ok {
			r.body[name] = value.Interface()
		}
	}
	return nil
}

func scalar(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	default:
		return v.String()
	}
}

// content returns the request's body and its media type, both empty for a request without a body.
func (r request) content() ([]byte, string, error) {
	switch {
	case len(r.body) > 0:
		data, err := json.Marshal(r.body)
		return data, "application/json", err
	case len(r.form) > 0:
		return []byte(r.form.Encode()), "application/x-www-form-urlencoded", nil
	default:
		return nil, "", nil
	}
}

const maxSegment = 300

// identifier fits every kind of id: URL-safe base64 with padding, permalinks and UUIDs.
var identifier = regexp.MustCompile(`^[A-Za-z0-9_=-]+$`)

// pathSegment escapes value so that it stays one segment of the path. It refuses values that an intermediary which
// decodes paths could take for another path.
func pathSegment(name, value string, text bool) (string, error) {
	refuse := func(why string) (string, error) {
		return "", Invalid(fmt.Sprintf("%s %s.", name, why))
	}
	switch {
	case value == "":
		return refuse("is empty")
	case len(value) > maxSegment:
		return refuse(fmt.Sprintf("is longer than %d bytes", maxSegment))
	case !text && !identifier.MatchString(value):
		return refuse("is not an id: only letters, digits, '-', '_' and '=' occur in one")
	case strings.ContainsFunc(value, unicode.IsControl):
		return refuse("has a control character")
	}
	for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == "." || part == ".." {
			return refuse("has a relative path in it")
		}
	}
	// Gumroad would read a dot as the start of a format suffix (".json"), and url.PathEscape leaves dots alone.
	return strings.ReplaceAll(url.PathEscape(value), ".", "%2E"), nil
}
