package gumroad

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// minSecret is how long a secret must be to be told from ordinary text.
const minSecret = 8

// scrub removes the secret from what upstream sent back, whatever form the echo takes: as it is, with JSON's escapes or
// a URL's, in base64 or in hex. Of JSON the texts that repeat it are taken out, of anything else everything is.
func (c Credential) scrub(body []byte) []byte {
	if len(c.secret) < minSecret {
		return bytes.ReplaceAll(body, []byte("Bearer "+c.secret), []byte("Bearer "+redacted))
	}
	if !c.isIn(body) && !c.isIn(unescaped(body)) {
		return body
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return []byte(redacted)
	}
	clean, err := json.Marshal(c.redact(value))
	if err != nil {
		return []byte(redacted)
	}
	return clean
}

// redact takes the secret out of every text, names of members among them. Of a disguise that cannot be cut out, the
// whole text goes.
func (c Credential) redact(value any) any {
	switch value := value.(type) {
	case string:
		for _, form := range c.forms() {
			value = strings.ReplaceAll(value, form, redacted)
		}
		if c.isIn([]byte(value)) {
			return redacted
		}
		return value
	case []any:
		for i := range value {
			value[i] = c.redact(value[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(value))
		for name, of := range value {
			clean[c.redact(name).(string)] = c.redact(of)
		}
		return clean
	}
	return value
}

// isIn reports whether text holds the secret in some form. Answers can be large, so it copies only what has escapes.
func (c Credential) isIn(text []byte) bool {
	for _, form := range c.forms() {
		if bytes.Contains(text, []byte(form)) {
			return true
		}
	}
	if bytes.IndexByte(text, '%') < 0 {
		return false
	}
	return bytes.Contains(percent.ReplaceAllFunc(text, func(escape []byte) []byte {
		plain, _ := hex.DecodeString(string(escape[1:])) // the pattern has two digits
		return plain
	}), []byte(c.secret))
}

var percent = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// forms are the secret as it is, in a URL, in hex, and in base64 at each of the three
// places it can have in what was encoded.
func (c Credential) forms() []string {
	escaped := url.QueryEscape(c.secret)
	inHex := hex.EncodeToString([]byte(c.secret))
	forms := []string{c.secret, escaped, strings.ToLower(escaped), inHex, strings.ToUpper(inHex)}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 {
			encoded := encoding.EncodeToString(append(make([]byte, offset), c.secret...))
			// The first and the last characters depend on what stands around the secret.
			forms = append(forms, encoded[(offset*8+5)/6:len(encoded)-1])
		}
	}
	return forms
}

// unescaped is text with the escapes of JSON's strings resolved, wherever they stand.
func unescaped(body []byte) []byte {
	if !bytes.ContainsRune(body, '\\') {
		return nil
	}
	var plain bytes.Buffer
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' || i+1 == len(body) {
			plain.WriteByte(body[i])
			continue
		}
		i++
		if body[i] != 'u' || i+4 >= len(body) {
			plain.WriteByte(body[i])
			continue
		}
		if r, err := strconv.ParseUint(string(body[i+1:i+5]), 16, 32); err == nil {
			plain.WriteRune(rune(r))
			i += 4
		}
	}
	return plain.Bytes()
}
