package gumroad

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// minSecret is how long a secret must be to be told from ordinary text.
const minSecret = 8

// scrub removes the secret from what upstream sent back, in the forms that an echo is likely to take: as it is, in base64
// or in hex, with the escapes of JSON, of a URL or of HTML, and with white space or hidden characters within. Of JSON the
// texts that repeat it are taken out, of anything else everything is.
func (c Credential) scrub(body []byte) []byte {
	if len(c.secret) < minSecret {
		return bytes.ReplaceAll(body, []byte("Bearer "+c.secret), []byte("Bearer "+redacted))
	}
	if !c.isIn(body) {
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

// maxCovers is how often text that holds the secret may have been escaped anew.
const maxCovers = 3

// isIn reports whether text holds the secret in some form, under whatever covers.
func (c Credential) isIn(text []byte) bool {
	forms := c.forms()
	for range maxCovers + 1 {
		for _, form := range forms {
			if bytes.Contains(text, []byte(form)) {
				return true
			}
		}
		bare := uncovered(text)
		if bytes.Equal(bare, text) {
			return false
		}
		text = bare
	}
	return false
}

// forms are the secret as it is, in a URL, in hex, without what it has of covers itself, and in base64 at each of the
// three places it can have in what was encoded.
func (c Credential) forms() []string {
	escaped := url.QueryEscape(c.secret)
	inHex := hex.EncodeToString([]byte(c.secret))
	forms := []string{c.secret, escaped, strings.ToLower(escaped), inHex, strings.ToUpper(inHex)}
	if bare := string(uncovered([]byte(c.secret))); len(bare) >= minSecret {
		forms = append(forms, bare)
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 {
			encoded := encoding.EncodeToString(append(make([]byte, offset), c.secret...))
			// The first and the last characters depend on what stands around the secret.
			forms = append(forms, encoded[(offset*8+5)/6:len(encoded)-1])
		}
	}
	return forms
}

// uncovered resolves the escapes of JSON's strings, of URLs and of HTML, wherever they stand, and drops what is in no
// secret: white space, line breaks, and everything beyond ASCII, such as characters that show nothing.
func uncovered(text []byte) []byte {
	if bytes.IndexByte(text, '&') >= 0 {
		text = []byte(html.UnescapeString(string(text)))
	}
	bare := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '%' && i+2 < len(text):
			if code, err := strconv.ParseUint(string(text[i+1:i+3]), 16, 8); err == nil {
				c, i = byte(code), i+2
			}
		case c == '\\' && i+5 < len(text) && text[i+1] == 'u':
			if code, err := strconv.ParseUint(string(text[i+2:i+6]), 16, 16); err == nil {
				c, i = byte(min(code, unicode.MaxLatin1)), i+5
			}
		case c == '\\' && i+1 < len(text) && strings.IndexByte("nrtbf", text[i+1]) >= 0:
			c, i = ' ', i+1
		case c == '\\' && i+1 < len(text):
			c, i = text[i+1], i+1
		}
		if c > ' ' && c <= '~' {
			bare = append(bare, c)
		}
	}
	return bare
}
