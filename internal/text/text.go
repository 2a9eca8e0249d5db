// Package text makes text that others wrote safe to show: cleaned, shortened, quoted, masked.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQuoted is the length, in characters, of upstream text inside a sentence.
const maxQuoted = 120

// Clean removes what could make text look like something else to a person or a model: control characters (except
// line breaks and tabs), bidirectional overrides, zero-width and tag characters.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r),
			r == '\u2028', r == '\u2029', r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0',
			r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff:
			return -1
		}
		return r
	}, s)
}

// Shorten cuts text to a number of characters and says that it did.
func Shorten(s string, limit int) string {
	if count := utf8.RuneCountInString(s); count > limit {
		return fmt.Sprintf("%s… (cut: %d characters in all)", string([]rune(s)[:limit]), count)
	}
	return s
}

// Plain puts text that Gumroad itself wrote, such as prices and statuses, on one line.
func Plain(s string) string { return Shorten(strings.Join(strings.Fields(Clean(s)), " "), maxQuoted) }

// Label is text cleaned and cut to the length of a name.
func Label(s string) string { return Shorten(Clean(s), maxQuoted) }

// Quote makes somebody else's text safe to stand inside a sentence of ours.
func Quote(s string) string { return `"` + strings.ReplaceAll(Plain(s), `"`, "'") + `"` }

// Mask hides personal text, as its kind allows: "email", "key" (a licence key) or "text". Other kinds are not personal.
func Mask(kind, s string) string {
	switch kind {
	case "email":
		return MaskEmail(s)
	case "key":
		return maskKey(s)
	case "text":
		return maskAll(s)
	}
	return s
}

// MaskEmail keeps enough of an address to recognize it: "j…@example.com".
func MaskEmail(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return maskAll(s)
	}
	_, size := utf8.DecodeRuneInString(s)
	return s[:size] + "…" + s[at:]
}

func maskKey(s string) string {
	if len(s) <= 8 {
		return "…"
	}
	return s[:4] + "…"
}

func maskAll(s string) string {
	if s == "" {
		return ""
	}
	return "[hidden]"
}
