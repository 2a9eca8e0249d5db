package picture

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// amounts are of every size, and often extreme.
var amounts = rapid.OneOf(rapid.Int64(), rapid.Int64Range(-100, 100_000), rapid.Just(int64(0)),
	rapid.Just(int64(math.MaxInt64)), rapid.Just(int64(math.MinInt64)))

// names are of letters of many scripts, and of what is none.
var names = rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("aW é日한دשה🔥\u202e\u0301\n\x00١1 ,…")), 0, 80, -1))

// charts draws a chart of any kind with any values.
func charts() *rapid.Generator[Chart] {
	return rapid.Custom(func(t *rapid.T) Chart {
		format := rapid.SampledFrom([]Format{count, dollars}).Draw(t, "format")
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			now := rapid.SliceOfN(amounts, 0, 400).Draw(t, "now")
			labels := rapid.SliceOfN(rapid.SampledFrom([]string{"2 Jan", "Oct 2026", "2026", ""}), len(now), len(now)).Draw(t, "labels")
			chart := Columns{Labels: labels, Now: now, NowIs: names.Draw(t, "now is"), WasIs: names.Draw(t, "was is"), Format: format}
			if rapid.Bool().Draw(t, "compared") {
				chart.Was = rapid.SliceOfN(amounts, 0, 130).Draw(t, "was")
			}
			return chart
		case 1:
			rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Row {
				return Row{names.Draw(t, "name"), amounts.Draw(t, "now"), rapid.Ptr(amounts, true).Draw(t, "was")}
			}), 0, 20).Draw(t, "rows")
			return Ranking{"Product", rows, names.Draw(t, "rest"), names.Draw(t, "now is"), names.Draw(t, "was is"), format}
		}
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Step {
			return Step{names.Draw(t, "name"), rapid.Int64Range(-1e15, 1e15).Draw(t, "value"), rapid.Bool().Draw(t, "total")}
		}), 0, 8).Draw(t, "steps")
		return Waterfall{steps, format}
	})
}

func frames() *rapid.Generator[Frame] {
	return rapid.Custom(func(t *rapid.T) Frame {
		return Frame{names.Draw(t, "title"), names.Draw(t, "facts"), names.Draw(t, "note"), "Nothing."}
	})
}

// TestAnyChart checks the layout and the file of any chart.
func TestAnyChart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frame, chart := frames().Draw(t, "frame"), charts().Draw(t, "chart")
		s, err := compose(frame, chart)
		if err != nil {
			t.Fatal(err)
		}
		checkPlaces(t, s)
		if rapid.IntRange(0, 4).Draw(t, "painted") > 0 { // painting takes most of the time
			return
		}
		file, err := PNG(frame, chart)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := PNG(frame, chart)
		if !bytes.Equal(file, again) {
			t.Error("the same chart is another file")
		}
		read, err := png.Decode(bytes.NewReader(file))
		if err != nil || read.Bounds() != image.Rect(0, 0, Width, Height) {
			t.Errorf("%v, %v", read.Bounds(), err)
		}
		if len(file) > 40_000 {
			t.Errorf("%d bytes", len(file))
		}
	})
}

// checkPlaces fails if anything leaves the picture, or if a label covers another or a bar.
func checkPlaces(t interface{ Errorf(string, ...any) }, s *scene) {
	const slack = 0.01
	overlap := func(a, b area) bool {
		return min(a.right, b.right)-max(a.left, b.left) > slack && min(a.bottom, b.bottom)-max(a.top, b.top) > slack
	}
	inside := func(a area) bool {
		return a.left >= -slack && a.top >= -slack && a.right <= Width+slack && a.bottom <= Height+slack
	}
	for _, one := range slices.Concat(s.bars, s.lines, s.samples) {
		if !inside(one.area) {
			t.Errorf("%v lies outside", one)
		}
	}
	for i, one := range s.labels {
		if !inside(one.area()) {
			t.Errorf("the label %q lies outside: %v", one.text, one.area())
		}
		for _, other := range s.labels[:i] {
			if overlap(one.area(), other.area()) {
				t.Errorf("the labels %q %v and %q %v overlap", one.text, one.area(), other.text, other.area())
			}
		}
		for _, bar := range s.bars {
			if overlap(one.area(), bar.area) {
				t.Errorf("the label %q %v covers a bar %v", one.text, one.area(), bar.area)
			}
		}
	}
}
