// Package text makes text that others wrote safe to show: it cleans, shortens, quotes and masks it.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQuoted bounds the length of upstream text inside a sentence, in characters.
const maxQuoted = 120

// Clean removes characters that make text look different from what it is, to a person or to a model: control characters
// (except line breaks and tabs), bidirectional overrides, zero-width and tag characters.
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

// Shorten cuts text that has more than limit characters, and says in it that it was cut.
func Shorten(s string, limit int) string {
	if count := utf8.RuneCountInString(s); count > limit {
		return fmt.Sprintf("%s… (cut: %d characters in all)", string([]rune(s)[:limit]), count)
	}
	return s
}

// Plain returns text on one line. Without quotes it is only for text that Gumroad itself wrote, such as a price.
func Plain(s string) string { return Shorten(strings.Join(strings.Fields(Clean(s)), " "), maxQuoted) }

// Label returns text cleaned and cut to the length of a name.
func Label(s string) string { return Shorten(Clean(s), maxQuoted) }

// Quote returns text in quotes and on one line, so that nobody can take it for a part of the sentence around it.
func Quote(s string) string { return `"` + strings.ReplaceAll(Plain(s), `"`, "'") + `"` }

// Mask hides personal data. Its kind ("email", "key" for a licence key, or "text") decides how much of it stays
// visible. Other kinds are not personal and stay as they are.
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
