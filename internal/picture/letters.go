package picture

import (
	"image"
	"math"
	"sort"
	"strings"
	"unicode"

	"github.com/hajimehoshi/bitmapfont/v3"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// style is how a label is written.
type style int

const (
	plain style = iota
	heading
)

func (s style) size() float64 { return [...]float64{12, 16}[s] }

// extent is how far letters reach above and below the baseline.
func (s style) extent() (rise, fall float64) { return s.size(), s.size() / 4 }

// letters measures and draws text. The Go fonts draw Latin, Greek and Cyrillic letters. What they lack is drawn with
// bitmaps, which have Chinese, Japanese, Korean, Arabic and Hebrew. What neither has, such as emoji, is left out.
// It serves one picture: faces of opentype cannot be shared.
type letters struct {
	fonts  [2]*opentype.Font
	faces  [2]font.Face
	bitmap font.Face
	inked  map[rune]bool // whether the bitmap of a character shows anything
}

func newLetters() (*letters, error) {
	l := &letters{bitmap: bitmapfont.Face, inked: map[rune]bool{}}
	for style, data := range [][]byte{plain: goregular.TTF, heading: gobold.TTF} {
		parsed, err := opentype.Parse(data)
		if err != nil {
			return nil, err
		}
		l.fonts[style] = parsed
		options := opentype.FaceOptions{Size: [...]float64{plain: plain.size(), heading: heading.size()}[style], DPI: 72}
		if l.faces[style], err = opentype.NewFace(parsed, &options); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// face returns the face that has a character, or nil.
func (l *letters) face(style style, r rune) font.Face {
	if index, err := l.fonts[style].GlyphIndex(nil, r); err == nil && index != 0 {
		return l.faces[style]
	}
	shows, known := l.inked[r]
	if !known {
		shows = l.showsInBitmap(r)
		l.inked[r] = shows
	}
	if shows {
		return l.bitmap
	}
	return nil
}

// showsInBitmap reports whether the bitmap font has a character: where it has none, its bitmap is blank.
func (l *letters) showsInBitmap(r rune) bool {
	at, mask, from, _, ok := l.bitmap.Glyph(fixed.Point26_6{}, r)
	if !ok || unicode.IsSpace(r) {
		return false
	}
	for y := range at.Dy() {
		for x := range at.Dx() {
			if _, _, _, alpha := mask.At(from.X+x, from.Y+y).RGBA(); alpha > 0 {
				return true
			}
		}
	}
	return false
}

// longest is how many characters of a text are looked at, more than any room has.
const longest = 500

// legible returns the part of a text that can be drawn, on one line. ok is false if what remains is too little to
// recognize the text by: less than half of its letters.
func (l *letters) legible(style style, text string) (shown string, ok bool) {
	var kept strings.Builder
	all, drawn, lost := 0, 0, false
	runes := []rune(strings.Join(strings.Fields(text), " "))
	for _, r := range norm.NFC.String(string(runes[:min(len(runes), longest)])) {
		counts := unicode.IsLetter(r) || unicode.IsDigit(r)
		if counts {
			all++
		}
		switch {
		case unicode.IsControl(r), unicode.IsMark(r), l.face(style, r) == nil:
			lost = true
			continue
		case counts:
			drawn++
		}
		kept.WriteRune(r)
	}
	shown = strings.Join(strings.Fields(kept.String()), " ")
	return shown, shown != "" && (!lost || drawn > 0 && 2*drawn >= all)
}

// fit returns a text as it is drawn, cut to a width, and how wide it is.
func (l *letters) fit(style style, text string, room float64) (shown string, width float64) {
	text, _ = l.legible(style, text)
	shown = l.shape(style, text)
	if width = l.width(style, shown); width <= room {
		return shown, width
	}
	runes := []rune(text)
	cut := func(n int) string { return l.shape(style, strings.TrimSpace(string(runes[:n]))+"…") }
	n := sort.Search(len(runes), func(n int) bool { return l.width(style, cut(n+1)) > room })
	if n == 0 {
		return "", 0
	}
	return cut(n), l.width(style, cut(n))
}

// shape puts text that is written from right to left into the order in which it is drawn, and joins Arabic letters.
func (l *letters) shape(style style, text string) string {
	for _, r := range text {
		properties, _ := bidi.LookupRune(r)
		switch properties.Class() {
		case bidi.L:
			return l.shaped(style, text, bitmapfont.DirectionLeftToRight)
		case bidi.R, bidi.AL:
			return l.shaped(style, text, bitmapfont.DirectionRightToLeft)
		}
	}
	return text
}

// shaped leaves a text as it is if a joined letter is one that cannot be drawn.
func (l *letters) shaped(style style, text string, direction bitmapfont.Direction) string {
	shaped := bitmapfont.PresentationForms(text, direction, language.Arabic)
	for _, r := range shaped {
		if l.face(style, r) == nil {
			return text
		}
	}
	return shaped
}

func (l *letters) width(style style, text string) float64 {
	var sum fixed.Int26_6
	for _, r := range text {
		if face := l.face(style, r); face != nil {
			advance, _ := face.GlyphAdvance(r)
			sum += advance
		}
	}
	return float64(sum) / 64
}

// draw paints a label. Outlines have shades of their ink at their edges; bitmaps are on whole pixels.
func (l *letters) draw(c canvas, text label) {
	dot := fixed.Point26_6{X: fixed.Int26_6(text.x * 64), Y: fixed.I(int(math.Round(text.baseline)))}
	for _, r := range text.text {
		face := l.face(text.style, r)
		if face == nil {
			continue
		}
		from := dot
		if face == l.bitmap {
			from.X = fixed.I(dot.X.Round())
		}
		at, mask, start, advance, ok := face.Glyph(from, r)
		if ok {
			paint(c, at, mask, start, text.ink)
		}
		dot.X += advance
	}
}

func paint(c canvas, at image.Rectangle, mask image.Image, start image.Point, ink ink) {
	for y := range at.Dy() {
		for x := range at.Dx() {
			_, _, _, alpha := mask.At(start.X+x, start.Y+y).RGBA()
			c.dab(at.Min.X+x, at.Min.Y+y, ink, float64(alpha)/0xffff)
		}
	}
}
