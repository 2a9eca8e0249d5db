package picture

import (
	"fmt"
	"image"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func count(n int64) string { return fmt.Sprint(n) }

func dollars(n int64) string { return fmt.Sprintf("$%.2f", float64(n)/100) }

// TestProportions compares the lengths of bars with their values, which begin at 0.
func TestProportions(t *testing.T) {
	layout := func(t *testing.T, chart Chart) []filled {
		s, err := compose(Frame{Title: "Title"}, chart)
		if err != nil {
			t.Fatal(err)
		}
		checkPlaces(t, s)
		return s.bars
	}
	inProportion := func(t *testing.T, lengths []float64, values []int64) {
		t.Helper()
		if len(lengths) != len(values) {
			t.Fatalf("%d bars of %d values", len(lengths), len(values))
		}
		scale := lengths[0] / math.Abs(float64(values[0]))
		for i, value := range values {
			if want := math.Abs(float64(value)) * scale; math.Abs(lengths[i]-want) > 0.001 {
				t.Errorf("the bar of %d has a length of %v instead of %v", value, lengths[i], want)
			}
		}
	}
	tall := func(bars []filled) (all []float64) {
		for _, bar := range bars {
			all = append(all, bar.bottom-bar.top)
		}
		return all
	}
	t.Run("columns stand on one line, and hang below it where a value is negative", func(t *testing.T) {
		values := []int64{1000, 250, 0, -500, 12345}
		bars := layout(t, Columns{Labels: make([]string, 5), Now: values, Format: count})
		inProportion(t, tall(bars), values)
		for i, bar := range bars {
			end := bar.bottom
			if values[i] < 0 {
				end = bar.top
			}
			if end != bars[0].bottom {
				t.Errorf("the bar of %d begins at %v instead of %v", values[i], end, bars[0].bottom)
			}
		}
	})
	t.Run("two periods have one scale", func(t *testing.T) {
		bars := layout(t, Columns{Labels: make([]string, 2), Now: []int64{100, 300}, Was: []int64{50, 700, 20}, Format: count})
		inProportion(t, tall(bars), []int64{50, 100, 700, 300, 20})
	})
	t.Run("a ranking begins at 0, although all values are close to each other", func(t *testing.T) {
		var wide []float64
		bars := layout(t, Ranking{Kind: "Product", Format: count, Rows: []Row{{"a", 1010, nil}, {"b", 1005, nil}, {"c", 1000, nil}}})
		for _, bar := range bars {
			wide = append(wide, bar.right-bar.left)
		}
		inProportion(t, wide, []int64{1010, 1005, 1000})
	})
	t.Run("each step of a waterfall begins where the one before ended", func(t *testing.T) {
		steps := []Step{{"Before", 29, true}, {"New", 7, false}, {"Cancelled", -2, false}, {"After", 34, true}}
		bars := layout(t, Waterfall{steps, count})
		inProportion(t, tall(bars), []int64{29, 7, 2, 34})
		if bars[1].bottom != bars[0].top || bars[2].top != bars[1].top || bars[2].bottom != bars[3].top {
			t.Errorf("%v", bars)
		}
	})
}

// TestColumns: names stand below their columns at equal distances, and figures are whole or left out.
func TestColumns(t *testing.T) {
	for _, n := range []int{1, 2, 6, 12, 13, 30, 31, 62, 122, 366} {
		for _, compared := range []bool{false, true} {
			chart := Columns{Format: dollars, NowIs: "now", WasIs: "before"}
			for i := range n {
				chart.Labels = append(chart.Labels, fmt.Sprintf("Oct %d", 1000+i))
				chart.Now = append(chart.Now, int64(123_456+i))
				if compared {
					chart.Was = append(chart.Was, 100)
				}
			}
			s, err := compose(Frame{Title: "Sales"}, chart)
			if err != nil {
				t.Fatal(err)
			}
			checkPlaces(t, s)
			var named []int
			for _, one := range s.labels {
				if strings.HasSuffix(one.text, "…") {
					t.Errorf("%d columns: %q is cut", n, one.text)
				}
				var year int
				if _, err := fmt.Sscanf(one.text, "Oct %d", &year); err != nil {
					continue
				}
				i := year - 1000
				named = append(named, i)
				sets := len(s.bars) / n
				from, to := s.bars[i*sets], s.bars[i*sets+sets-1]
				if off := one.x + one.width/2 - (from.left+to.right)/2; math.Abs(off) > 0.5 && one.x+one.width < Width-0.5 {
					t.Errorf("%d columns: the name of column %d is %v beside it", n, i, off)
				}
			}
			if len(named) == 0 || named[0] != 0 || n <= 6 && len(named) != n {
				t.Errorf("%d columns: names of %v", n, named)
			}
			for i := 2; i < len(named); i++ {
				if named[i]-named[i-1] != named[1] {
					t.Errorf("%d columns: names of %v", n, named)
				}
			}
		}
	}
}

// TestPaint looks at the pixels: bars as high as they are laid out, and no letter beyond what its label takes.
func TestPaint(t *testing.T) {
	s, err := compose(Frame{Title: "Åg日", Facts: "Qjyg$ 日한دورة", Note: "Ågj한"},
		Columns{Labels: []string{"1 Oct", "2 Oct"}, Now: []int64{100, 50}, Format: count})
	if err != nil {
		t.Fatal(err)
	}
	painted := s.paint()
	full := func(x, y int) bool { return painted.ColorIndexAt(x, y) == uint8(inkNow)*levels+levels }
	for _, bar := range s.bars {
		middle, high := int(bar.left+bar.right)/2, 0
		for y := range Height {
			if full(middle, y) {
				high++
			}
		}
		if math.Abs(float64(high)-(bar.bottom-bar.top)) > 1 {
			t.Errorf("a bar of %v is %d pixels high", bar.bottom-bar.top, high)
		}
	}
	for _, one := range s.labels {
		only := scene{letters: s.letters, labels: []label{one}}
		paper, inked := only.paint(), image.Rectangle{}
		for i, index := range paper.Pix {
			if index != 0 {
				x, y := i%paper.Stride, i/paper.Stride
				inked = inked.Union(image.Rect(x, y, x+1, y+1))
			}
		}
		at := one.area()
		within := image.Rect(int(at.left)-1, int(at.top), int(math.Ceil(at.right))+1, int(math.Ceil(at.bottom)))
		if inked.Empty() || !inked.In(within) {
			t.Errorf("the label %q is painted at %v, and takes %v", one.text, inked, within)
		}
	}
}

func TestRanking(t *testing.T) {
	rows := []Row{{"🔥🔥🔥", 300, nil}, {"A name that is much too long for the room that names have beside the bars", 200, nil}}
	for range 20 {
		rows = append(rows, Row{"x", 100, nil})
	}
	s, err := compose(Frame{}, Ranking{Kind: "Product", Rows: rows, Rest: "12 more: 1200", Format: count})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, one := range s.labels {
		said = append(said, one.text)
	}
	want := []string{"12 more: 1200", "Product 1", "300", "A name that is much too long for the roo…", "200"}
	if diff := cmp.Diff(want, said[:len(want)]); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if len(s.bars) != MaxRows {
		t.Errorf("%d bars", len(s.bars))
	}
}

func TestAxis(t *testing.T) {
	for _, c := range []struct {
		values []int64
		want   []int64
	}{
		{[]int64{1}, []int64{0, 1}},
		{[]int64{29, 36}, []int64{0, 10, 20, 30, 40}},
		{[]int64{99_999}, []int64{0, 20_000, 40_000, 60_000, 80_000, 100_000}},
		{[]int64{-30, 70}, []int64{-40, -20, 0, 20, 40, 60, 80}},
		{[]int64{-5}, []int64{-5, -4, -3, -2, -1, 0}},
	} {
		if diff := cmp.Diff(c.want, newAxis(c.values, 5).ticks()); diff != "" {
			t.Errorf("ticks of %v (-want +got):\n%s", c.values, diff)
		}
	}
}

// TestEmpty: what has nothing but zeros is said in words.
func TestEmpty(t *testing.T) {
	for _, chart := range []Chart{
		Columns{Labels: []string{"1 Oct"}, Now: []int64{0}, Format: count}, Columns{Format: count},
		Ranking{Format: count}, Waterfall{Steps: []Step{{"Before", 0, true}}, Format: count},
	} {
		s, err := compose(Frame{Title: "Sales", Empty: "No sales."}, chart)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.bars) > 0 || s.labels[len(s.labels)-1].text != "No sales." {
			t.Errorf("%T: %d bars, %v", chart, len(s.bars), s.labels)
		}
	}
}

func BenchmarkPNG(b *testing.B) {
	months := Columns{Labels: make([]string, 6), Now: []int64{1, 2, 3, 4, 5, 6}, Was: []int64{6, 5, 4, 3, 2, 1}, Format: dollars}
	days := Columns{Labels: make([]string, 366), Now: make([]int64, 366), Format: dollars}
	for i := range days.Now {
		days.Labels[i], days.Now[i] = "2 Jan", int64(i*7919%50_000)
	}
	var rows []Row
	for i := range MaxRows {
		rows = append(rows, Row{fmt.Sprintf("日本語の水彩ブラシ %d", i), int64(1000 - i), nil})
	}
	for name, chart := range map[string]Chart{
		"months": months, "days": days, "ranking": Ranking{Kind: "Product", Rows: rows, Format: dollars},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				file, err := PNG(Frame{Title: "Sales by month, 1 May to 31 Oct 2026", Facts: "Gross $16,332.89"}, chart)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(file)), "B/picture")
			}
		})
	}
}
