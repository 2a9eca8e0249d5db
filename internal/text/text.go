// Package text makes text that others wrote safe to show: it cleans, defuses, shortens, quotes and masks it.
package text

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQuoted bounds the length of upstream text inside a sentence, in characters.
const maxQuoted = 120

// Clean removes characters that make text look different from what it is, to a person or to a model: control characters
// (except line breaks and tabs), bidirectional overrides, and whatever shows nothing without being white space. Joiners
// stay between the characters that they join, and tags in the flags that they make. A line break is \n.
func Clean(s string) string {
	var cleaned strings.Builder
	before := rune(-1) // the last character that stayed
	runes := append([]rune(strings.ReplaceAll(s, "\r\n", "\n")), -1)
	for i := 0; i < len(runes)-1; i++ {
		r := runes[i]
		if flag := string(runes[i:min(i+flagLength, len(runes)-1)]); slices.Contains(flags, flag) {
			cleaned.WriteString(flag)
			before, i = r, i+flagLength-1
			continue
		}
		if isHidden(r) && !joins(before, r, runes[i+1]) {
			continue
		}
		cleaned.WriteRune(r)
		before = r
	}
	return cleaned.String()
}

// flags are the emoji whose tags stay: a black flag, the tags of a region, and the tag that ends them. They are all that
// Unicode recommends, of England, Scotland and Wales; text could hide in others.
var flags = []string{
	"\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
	"\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
	"\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
}

const flagLength = 7 // of each, in characters

// isHidden reports a character that shows nothing or that is none, white space aside.
func isHidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // these Arabic and Syriac signs are formats that show
		return false
	}
	return r == utf8.RuneError || r == '\u2028' || r == '\u2029' || unicode.IsControl(r) ||
		unicode.In(r, unicode.Cf, unicode.Co, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point,
			unicode.Noncharacter_Code_Point, blank)
}

// blank are the symbols and letters without ink, which Unicode has no property for.
var blank = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}}, // braille
	R32: []unicode.Range32{
		{Lo: 0x13441, Hi: 0x13442, Stride: 1}, // hieroglyphs
		{Lo: 0x16fe4, Hi: 0x16fe4, Stride: 1}, // the filler of Khitan
		{Lo: 0x1d159, Hi: 0x1d159, Stride: 1}, // the notehead of no note
	},
}

const (
	nonJoiner      = '\u200c'
	joiner         = '\u200d'
	emojiPresented = '\ufe0f'
	keycap         = '\u20e3'
)

// joins reports a hidden character that decides how its neighbours look: in a sequence of emoji, and between letters of
// the scripts that are spelled with joiners, such as Persian and Hindi.
func joins(before, r, after rune) bool {
	switch r {
	case emojiPresented:
		return isEmoji(before) || after == keycap
	case joiner:
		return (isEmoji(before) || before == emojiPresented) && isEmoji(after) || isJoined(before) && isJoined(after)
	case nonJoiner:
		return isJoined(before) && isJoined(after)
	}
	return false
}

// isEmoji is wide: every symbol counts, and the tones of skin.
func isEmoji(r rune) bool {
	return (unicode.Is(unicode.So, r) || r >= 0x1f3fb && r <= 0x1f3ff) && !isHidden(r)
}

func isJoined(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
		unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam,
		unicode.Sinhala) && !isHidden(r)
}

// breaker is what Defuse puts between two characters that together begin a link.
const breaker = "·"

// links finds those pairs: an image, the three kinds of Markdown links, HTML and autolinks, and URLs that run or hold
// what they name.
var links = regexp.MustCompile(`(?i)!\[|\][(\[:]|<[a-z/!?@#]|\b(?:javascript|vbscript|data):\S`)

// Defuse keeps a client that renders Markdown or HTML from fetching or linking what is written in the text. A person
// still reads it: "![x](https://a.example)" becomes "!·[x]·(https://a.example)".
func Defuse(s string) string {
	var defused strings.Builder
	for {
		at := links.FindStringIndex(s)
		if at == nil {
			return defused.String() + s
		}
		// The second character stays in what is looked at next, because it can begin another pair.
		_, last := utf8.DecodeLastRuneInString(s[:at[1]])
		cut := at[1] - last
		if s[cut-1] == ':' { // of a scheme
			cut--
		}
		defused.WriteString(s[:cut] + breaker)
		s = s[cut:]
	}
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

// Quote returns text defused, in quotes and on one line, so that nobody can take it for a part of the sentence around it.
func Quote(s string) string {
	return `"` + strings.ReplaceAll(Plain(Defuse(Clean(s))), `"`, "'") + `"`
}

// Block returns text defused, shortened, and with its lines indented, so that none of them can be taken for one of the
// lines around it.
func Block(s string, limit int) string {
	return strings.ReplaceAll(Shorten(Defuse(Clean(s)), limit), "\n", "\n    ")
}

// Mask hides personal data. Its kind ("email", "key" for a licence key, "url", or "text") decides how much of it stays
// visible. Other kinds are not personal and stay as they are.
func Mask(kind, s string) string {
	switch kind {
	case "email":
		return MaskEmail(s)
	case "key":
		return maskKey(s)
	case "url":
		return maskURL(s)
	case "text":
		return maskAll(s)
	}
	return s
}

// MaskEmail keeps enough of an address to recognize it: "j…@example.com".
func MaskEmail(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || !isHost(s[at+1:]) {
		return maskAll(s)
	}
	_, size := utf8.DecodeRuneInString(s)
	return s[:size] + "…" + s[at:]
}

// isHost reports text that can be the name of a host, so that nothing else hides in its place.
func isHost(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

// maskURL keeps the host: path and query can name a person.
func maskURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case s == "direct": // Gumroad's word for no referrer
		return s
	case err != nil || !isHost(u.Hostname()) || u.Scheme != "http" && u.Scheme != "https":
		return maskAll(s)
	}
	return u.Scheme + "://" + u.Hostname() + "/…"
}

var (
	emailIn = regexp.MustCompile(`[^\s@]+@[^\s@"'<>(),;:]+`)
	keyIn   = regexp.MustCompile(`(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{8}){3}\b`)
)

// MaskWithin hides what a sentence repeats of a buyer: addresses and licence keys.
func MaskWithin(s string) string {
	s = emailIn.ReplaceAllStringFunc(s, func(found string) string {
		address := strings.TrimRight(found, ".!?")
		return MaskEmail(address) + found[len(address):]
	})
	return keyIn.ReplaceAllStringFunc(s, maskKey)
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
