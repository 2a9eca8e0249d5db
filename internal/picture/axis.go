package picture

import (
	"math"
	"strings"
)

// axis is a scale that always includes 0, from one of its ticks to another.
type axis struct{ low, high, step float64 }

// newAxis returns an axis with about that many ticks, at round numbers.
func newAxis(values []int64, ticks int) axis {
	low, high := 0.0, 0.0
	for _, value := range values {
		low, high = min(low, float64(value)), max(high, float64(value))
	}
	least := max(1, (high-low)/float64(ticks))
	step := math.Pow(10, math.Floor(math.Log10(least)))
	for _, round := range []float64{1, 2, 5, 10} {
		if round*step >= least {
			step *= round
			break
		}
	}
	return axis{math.Floor(low/step) * step, math.Ceil(high/step) * step, step}
}

// at returns where a value lies between the two ends of the axis.
func (a axis) at(value, low, high float64) float64 {
	if a.high == a.low {
		return low
	}
	return low + (value-a.low)/(a.high-a.low)*(high-low)
}

func (a axis) ticks() (all []int64) {
	for i := range int(math.Round((a.high-a.low)/a.step)) + 1 {
		all = append(all, whole(a.low+float64(i)*a.step))
	}
	return all
}

// whole converts a number to the nearest that an int64 can hold.
func whole(f float64) int64 {
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(math.Round(f))
}

// nameDrop is how far below an axis the baseline of its names lies, clear of the figure at its end.
const nameDrop = 19

// upright lays out a vertical axis with lines across the area, and returns the area that remains for bars.
func (s *scene) upright(a axis, within area, format Format) area {
	var texts []string
	gutter := 0.0
	for _, tick := range a.ticks() {
		texts = append(texts, format(tick))
	}
	shorten(texts)
	for _, text := range texts {
		gutter = max(gutter, s.letters.width(plain, text))
	}
	plot := within
	plot.left += min(gutter, Width/2) + 8
	for i, tick := range a.ticks() {
		y := math.Round(a.at(float64(tick), plot.bottom, plot.top))
		s.line(area{plot.left, y, plot.right, y + 1})
		s.write(plain, texts[i], plot.left-8, y+4, Width/2, right, inkMuted)
	}
	return plot
}

// shorten leaves out the decimals of amounts, if all of them are zeros.
func shorten(amounts []string) {
	const zeros = ".00"
	for _, text := range amounts {
		if !strings.Contains(text, zeros) {
			return
		}
	}
	for i, text := range amounts {
		amounts[i] = strings.Replace(text, zeros, "", 1)
	}
}
