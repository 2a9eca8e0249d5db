package tools

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths of upstream text in results, in characters.
const (
	maxText     = 500
	maxLongText = 8_000 // descriptions and receipts, which the seller wrote
	maxQuoted   = 120
)

// clean removes what could make text look like something else to a person or a model: control characters (but not
// line breaks and tabs), bidirectional overrides, zero-width and tag characters.
func clean(s string) string {
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

// shorten caps text and says that it did.
func shorten(s string, limit int) string {
	if count := utf8.RuneCountInString(s); count > limit {
		return fmt.Sprintf("%s… (cut: %d characters in all)", string([]rune(s)[:limit]), count)
	}
	return s
}

// plain is text on one line, for what Gumroad itself wrote: prices and statuses.
func plain(s string) string { return shorten(strings.Join(strings.Fields(clean(s)), " "), maxQuoted) }

// quote makes somebody else's text safe to stand inside a sentence of ours.
func quote(s string) string { return `"` + strings.ReplaceAll(plain(s), `"`, "'") + `"` }

// maskEmail keeps enough of an address to recognize it: "j…@example.com".
func maskEmail(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return maskText(s)
	}
	_, size := utf8.DecodeRuneInString(s)
	return s[:size] + "…" + s[at:]
}

// maskKey keeps the first four characters of a licence key.
func maskKey(s string) string {
	if len(s) <= 8 {
		return "…"
	}
	return s[:4] + "…"
}

func maskText(s string) string {
	if s == "" {
		return ""
	}
	return "[hidden]"
}
