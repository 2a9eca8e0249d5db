// Package picture draws charts as PNG: columns over time, a ranking of names, and a waterfall. It knows numbers, names
// and dates as text, and nothing of stores or of MCP.
//
// A chart is first laid out as a scene, which is bars, lines and labels at their places, and the scene is then painted.
package picture

import (
	"bytes"
	"image/png"
)

// The size of a picture. It is drawn at one pixel a unit, since clients that show a picture to a model bill its pixels:
// 720×360 is about 350 tokens, and twice as sharp would be 1,400.
const (
	Width  = 720
	Height = 360
)

// Frame is what stands around a chart. Longer texts than fit are cut.
type Frame struct {
	Title string // what the chart shows
	Facts string // the totals, below the title
	Note  string // a warning at the bottom, for example that the figures are incomplete
	Empty string // is written in place of a chart that has nothing but zeros
}

// Format writes a value, for example as an amount of money.
type Format func(value int64) string

// Chart is a Columns, a Ranking or a Waterfall.
type Chart interface {
	// legend says what colours mean. It is empty if there is nothing to tell apart.
	legend() []entry
	// values are all that the axis has to reach.
	values() []int64
	// layout puts the chart into an area of the scene.
	layout(s *scene, within area)
}

// entry is a line of a legend.
type entry struct {
	ink  ink
	tick bool // it is a tick instead of a bar
	text string
}

// PNG draws a chart in its frame.
func PNG(frame Frame, chart Chart) ([]byte, error) {
	s, err := compose(frame, chart)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = png.Encode(&out, s.paint())
	return out.Bytes(), err
}

// Distances from the edges of the picture.
const (
	margin    = 16
	titleLine = 28
	factsLine = 48
	legendTop = 58
	lineSpace = 18
	noteLine  = Height - 10
)

func compose(frame Frame, chart Chart) (*scene, error) {
	letters, err := newLetters()
	if err != nil {
		return nil, err
	}
	s := &scene{letters: letters}
	const room = Width - 2*margin
	s.write(heading, frame.Title, margin, titleLine, room, left, inkText)
	s.write(plain, frame.Facts, margin, factsLine, room, left, inkMuted)
	within := area{margin, legendTop, Width - margin, Height - margin}
	if frame.Note != "" {
		s.write(plain, frame.Note, margin, noteLine, room, left, inkWarning)
		within.bottom = noteLine - lineSpace
	}
	for _, value := range chart.values() {
		if value != 0 {
			s.explain(chart.legend())
			within.top += lineSpace
			chart.layout(s, within)
			return s, nil
		}
	}
	s.write(plain, frame.Empty, Width/2, Height/2, room, centre, inkMuted)
	return s, nil
}

// explain writes the legend, on one line.
func (s *scene) explain(legend []entry) {
	x := float64(margin)
	for _, one := range legend {
		const sample = 10
		box := area{x, legendTop + 1, x + sample, legendTop + 1 + sample}
		if one.tick {
			box.left, box.right = x+sample/2-1, x+sample/2+1
		}
		s.fill(box, one.ink)
		x += sample + 6
		x += s.write(plain, one.text, x, legendTop+sample, (Width-2*margin)/float64(len(legend))-32, left, inkText) + 18
	}
}
