package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// params are a request's parameters by Rails' rules: a value is a string, a
// json.Number, a bool, nil, an []any, a map[string]any or an upload.
type params map[string]any

// upload stands for a file part of a multipart body.
type upload struct{ name string }

// maxBody is the largest request body accepted. A landing page alone can have 500,000 characters.
const maxBody = 4 << 20

// maxParamDepth is Rack's limit on nested parameter names.
const maxParamDepth = 32

var (
	errBodyTooLarge = errors.New("request body too large")
	// errBadEncoding: percent-encoding or characters that cannot be decoded.
	errBadEncoding = errors.New("undecodable parameters")
	// errBadParams: parameters that decode but contradict each other, or broken JSON.
	errBadParams = errors.New("invalid parameters")
)

func (p params) has(name string) bool {
	_, ok := p[name]
	return ok
}

// text is a scalar parameter as Ruby's to_s gives it; "" when absent or null.
// ok is false for arrays, hashes and uploads, which no text parameter accepts.
func (p params) text(name string) (text string, ok bool) { return scalar(p[name]) }

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	default:
		return "", false
	}
}

// str is text for the places where a non-scalar is simply no value.
func (p params) str(name string) string {
	s, _ := p.text(name)
	return s
}

// is tells whether the parameter is exactly this string; a JSON true is not "true".
func (p params) is(name, want string) bool {
	s, ok := p[name].(string)
	return ok && s == want
}

// blank is Rails' blank?: absent, null, false, white space, empty array or hash.
func (p params) blank(name string) bool { return blank(p[name]) }

func blank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	default:
		return false
	}
}

// boolean is Rails' boolean cast for attributes: "0", "false", "f", "off" and their like are false.
func boolean(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	default:
		s, ok := scalar(v)
		if !ok {
			return true
		}
		switch s {
		case "", "0", "f", "F", "false", "FALSE", "off", "OFF":
			return false
		}
		return true
	}
}

var leadingInt = regexp.MustCompile(`^\s*([+-]?\d+(?:_\d+)*)`)

// rubyInt is Ruby's String#to_i: the leading integer, or 0.
func rubyInt(s string) int {
	m := leadingInt.FindStringSubmatch(s)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(strings.ReplaceAll(m[1], "_", ""))
	if err != nil { // out of range: keep the sign
		if strings.HasPrefix(m[1], "-") {
			return -1 << 62
		}
		return 1 << 62
	}
	return n
}

// readParams merges query and body; the body wins. Path parameters are added by the router.
// body is the form or JSON part alone, for the journal.
func readParams(r *http.Request) (all, body params, err error) {
	all, body = params{}, params{}
	if err := parseForm(all, r.URL.RawQuery); err != nil {
		return all, body, err
	}
	if r.Body == nil || r.Body == http.NoBody {
		return all, body, nil
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return all, body, errBadParams
	}
	if len(raw) > maxBody {
		return all, body, errBodyTooLarge
	}
	if err := parseBody(body, r, raw); err != nil {
		return all, body, err
	}
	maps.Copy(all, body)
	return all, body, nil
}

func parseBody(into params, r *http.Request, raw []byte) error {
	contentType := r.Header.Get("Content-Type")
	mediaType, options, _ := mime.ParseMediaType(contentType)
	switch {
	case mediaType == "application/x-www-form-urlencoded", contentType == "" && r.Method == http.MethodPost:
		return parseForm(into, string(raw))
	case mediaType == "multipart/form-data":
		return parseMultipart(into, raw, options["boundary"])
	case mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"):
		return parseJSON(into, raw)
	default:
		return nil
	}
}

func parseJSON(into params, raw []byte) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return errBadParams
	}
	if _, err := d.Token(); err != io.EOF {
		return errBadParams
	}
	if m, ok := v.(map[string]any); ok {
		maps.Copy(into, m)
		return nil
	}
	into["_json"] = v
	return nil
}

func parseMultipart(into params, raw []byte, boundary string) error {
	if boundary == "" {
		return errBadParams
	}
	reader := multipart.NewReader(bytes.NewReader(raw), boundary)
	for {
		part, err := reader.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return errBadParams
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return errBadParams
		}
		var value any = string(content)
		if part.FileName() != "" {
			value = upload{part.FileName()}
		} else if !utf8.Valid(content) {
			return errBadEncoding
		}
		if err := nest(into, part.FormName(), value, 0); err != nil {
			return err
		}
	}
}

func parseForm(into params, raw string) error {
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, hasValue := strings.Cut(pair, "=")
		name, err := unescapeForm(rawName)
		if err != nil {
			return err
		}
		var value any
		if hasValue {
			text, err := unescapeForm(rawValue)
			if err != nil {
				return err
			}
			value = text
		}
		if err := nest(into, name, value, 0); err != nil {
			return err
		}
	}
	return nil
}

func unescapeForm(s string) (string, error) {
	out, err := url.QueryUnescape(s)
	if err != nil || !utf8.ValidString(out) {
		return "", errBadEncoding
	}
	return out, nil
}

var (
	nameHead  = regexp.MustCompile(`^[\[\]]*([^\[\]]+)\]*`)
	childHash = regexp.MustCompile(`^\[\]\[([^\[\]]+)\]$`)
)

// nest puts a value under a name such as a, a[], a[b] or a[][b], by Rack's rules.
func nest(into map[string]any, name string, value any, depth int) error {
	if depth >= maxParamDepth {
		return errBadParams
	}
	head := nameHead.FindStringSubmatch(name)
	if head == nil {
		return nil
	}
	key, rest := head[1], name[len(head[0]):]
	switch {
	case rest == "":
		into[key] = value
	case rest == "[":
		into[name] = value
	case rest == "[]":
		list, ok := into[key].([]any)
		if !ok && into[key] != nil {
			return errBadParams
		}
		into[key] = append(list, value)
	case strings.HasPrefix(rest, "[]"):
		list, ok := into[key].([]any)
		if !ok && into[key] != nil {
			return errBadParams
		}
		child := rest[2:]
		if m := childHash.FindStringSubmatch(rest); m != nil {
			child = m[1]
		}
		if len(list) > 0 {
			if last, ok := list[len(list)-1].(map[string]any); ok && !holds(last, child) {
				return nest(last, child, value, depth+1)
			}
		}
		item := map[string]any{}
		if err := nest(item, child, value, depth+1); err != nil {
			return err
		}
		into[key] = append(list, item)
	default:
		hash, ok := into[key].(map[string]any)
		if !ok {
			if into[key] != nil {
				return errBadParams
			}
			hash = map[string]any{}
		}
		if err := nest(hash, rest, value, depth+1); err != nil {
			return err
		}
		into[key] = hash
	}
	return nil
}

// holds reports whether a hash of a list has the parameter b or [b][c], so that the next hash begins.
// A name with a list inside, such as [b][], never ends one.
func holds(hash map[string]any, name string) bool {
	if strings.Contains(name, "[]") {
		return false
	}
	var at any = hash
	for part := range strings.FieldsFuncSeq(name, func(c rune) bool { return c == '[' || c == ']' }) {
		inner, ok := at.(map[string]any)
		if !ok {
			return false
		}
		if at, ok = inner[part]; !ok {
			return false
		}
	}
	return true
}

// secretParams never reach the journal.
var secretParams = map[string]bool{"access_token": true, "bearer_token": true, "session_token": true}

// flatten turns nested parameters back into a[b]=c form, without secrets.
func (p params) flatten() url.Values {
	if len(p) == 0 {
		return nil
	}
	out := url.Values{}
	for name, value := range p {
		if !secretParams[name] {
			flattenInto(out, name, value)
		}
	}
	return out
}

func flattenInto(out url.Values, name string, value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			flattenInto(out, name+"[]", item)
		}
	case map[string]any:
		for _, k := range sortedKeys(v) {
			flattenInto(out, name+"["+k+"]", v[k])
		}
	case upload:
		out.Add(name, "@"+v.name)
	default:
		s, _ := scalar(v)
		out.Add(name, s)
	}
}
