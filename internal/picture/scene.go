package picture

import (
	"image"
	"image/color"
	"math"
)

// area is a rectangle, in units of the picture.
type area struct{ left, top, right, bottom float64 }

// scene is what is painted, in this order: lines, bars, then labels. Bars and labels never cover each other.
type scene struct {
	letters *letters
	lines   []filled // of the grid
	bars    []filled
	samples []filled // of the legend, and ticks
	labels  []label
}

type filled struct {
	area
	ink ink
}

type label struct {
	text     string // as it is drawn: shaped, cut, without what no font has
	style    style
	ink      ink
	x        float64 // its left end
	baseline float64
	width    float64
}

func (l label) area() area {
	rise, fall := l.style.extent()
	return area{l.x, l.baseline - rise, l.x + l.width, l.baseline + fall}
}

func (s *scene) bar(at area, ink ink)  { s.bars = append(s.bars, filled{at.upright(), ink}) }
func (s *scene) line(at area)          { s.lines = append(s.lines, filled{at, inkGrid}) }
func (s *scene) fill(at area, ink ink) { s.samples = append(s.samples, filled{at, ink}) }

// upright is the area with its edges in order, whichever way its ends were given.
func (a area) upright() area {
	return area{min(a.left, a.right), min(a.top, a.bottom), max(a.left, a.right), max(a.top, a.bottom)}
}

// align says which point of a label is given.
type align int

const (
	left align = iota
	centre
	right
)

// write puts a text at a place, cut to the room that it has, and returns its width.
func (s *scene) write(style style, text string, x, baseline, room float64, at align, ink ink) float64 {
	shown, width := s.letters.fit(style, text, room)
	if shown == "" {
		return 0
	}
	switch at {
	case centre:
		x -= width / 2
	case right:
		x -= width
	}
	x = max(0, min(x, Width-width))
	s.labels = append(s.labels, label{shown, style, ink, x, baseline, width})
	return width
}

// ink is a colour. On paper it has levels, from almost white to its full strength.
type ink int

const (
	inkText ink = iota
	inkMuted
	inkGrid
	inkNow  // the period asked for, and totals
	inkWas  // the period that it is compared with
	inkGain // what a waterfall adds
	inkLoss // what a waterfall takes away
	inkWarning
)

const levels = 16

// inks are what each ink looks like at its full strength. All but those of the grid and of bars have a contrast to white
// of at least 4.5 to 1.
func inks() [8]color.RGBA {
	return [...]color.RGBA{
		inkText:    {0x1f, 0x23, 0x28, 0xff},
		inkMuted:   {0x5c, 0x66, 0x73, 0xff},
		inkGrid:    {0xe3, 0xe6, 0xea, 0xff},
		inkNow:     {0x3b, 0x6f, 0xd4, 0xff},
		inkWas:     {0xb4, 0xbf, 0xcf, 0xff},
		inkGain:    {0x2e, 0x93, 0x65, 0xff},
		inkLoss:    {0xd0, 0x4a, 0x45, 0xff},
		inkWarning: {0xa3, 0x4a, 0x08, 0xff},
	}
}

// canvas is white paper and the inks on it. A palette makes the file a third as large as full colours would.
type canvas struct{ *image.Paletted }

func newCanvas() canvas {
	palette := color.Palette{color.White}
	for _, full := range inks() {
		for level := 1; level <= levels; level++ {
			mix := func(c uint8) uint8 { return uint8(255 - (255-int(c))*level/levels) }
			palette = append(palette, color.RGBA{mix(full.R), mix(full.G), mix(full.B), 0xff})
		}
	}
	return canvas{image.NewPaletted(image.Rect(0, 0, Width, Height), palette)}
}

// dab adds ink to a pixel, of which it covers a part. The same ink adds up; of two inks the stronger one stays.
func (c canvas) dab(x, y int, ink ink, part float64) {
	level := int(math.Round(part * levels))
	if level <= 0 || !(image.Pt(x, y).In(c.Rect)) {
		return
	}
	base := uint8(ink) * levels
	at := &c.Pix[c.PixOffset(x, y)]
	there := 0
	if *at > 0 {
		there = int(*at-1)%levels + 1
	}
	switch {
	case *at > base && *at <= base+levels:
		level = min(levels, level+there)
	case ink != inkGrid && *at > inkGridBase && *at <= inkGridBase+levels: // everything covers the grid
	case there > level:
		return
	}
	*at = base + uint8(level)
}

const inkGridBase = uint8(inkGrid) * levels

// fill paints a rectangle. Its edges may lie within pixels.
func (c canvas) fill(f filled) {
	for y := int(math.Floor(f.top)); y < int(math.Ceil(f.bottom)); y++ {
		tall := min(float64(y+1), f.bottom) - max(float64(y), f.top)
		for x := int(math.Floor(f.left)); x < int(math.Ceil(f.right)); x++ {
			wide := min(float64(x+1), f.right) - max(float64(x), f.left)
			c.dab(x, y, f.ink, tall*wide)
		}
	}
}

func (s *scene) paint() *image.Paletted {
	c := newCanvas()
	for _, layer := range [][]filled{s.lines, s.bars, s.samples} {
		for _, one := range layer {
			c.fill(one)
		}
	}
	for _, one := range s.labels {
		s.letters.draw(c, one)
	}
	return c.Paletted
}
