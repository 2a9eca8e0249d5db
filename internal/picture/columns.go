package picture

// Columns are bars over time, each beside that of another period if there is one.
type Columns struct {
	Labels   []string // below the bars; those without room are left out
	Now, Was []int64  // Was is nil if nothing is compared
	NowIs    string   // says what Now is, in the legend
	WasIs    string
	Format   Format
}

func (c Columns) values() []int64 { return append(append([]int64{}, c.Now...), c.Was...) }

func (c Columns) legend() []entry {
	if c.Was == nil {
		return nil
	}
	return []entry{{ink: inkNow, text: c.NowIs}, {ink: inkWas, text: c.WasIs}}
}

func (c Columns) layout(s *scene, within area) {
	within.top += lineSpace // for the figure on the highest bar
	within.bottom -= lineSpace
	axis := newAxis(c.values(), 5)
	plot := s.upright(axis, within, c.Format)
	count := max(len(c.Now), len(c.Was))
	slot := (plot.right - plot.left) / float64(count)
	wide := min(slot*0.72, 96) // of the bars in a slot together
	if slot < 3 {
		wide = slot // gaps of less than a pixel would only be a pattern
	}
	zero := axis.at(0, plot.bottom, plot.top)
	sets := [][]int64{c.Now}
	if c.Was != nil {
		sets = [][]int64{c.Was, c.Now}
	}
	each := wide / float64(len(sets))
	for i := range count {
		x := plot.left + (float64(i)+0.5)*slot - wide/2
		for n, set := range sets {
			if i < len(set) {
				ink := inkNow
				if n < len(sets)-1 {
					ink = inkWas
				}
				y := axis.at(float64(set[i]), plot.bottom, plot.top)
				s.bar(area{x + float64(n)*each, y, x + float64(n+1)*each, zero}, ink)
			}
		}
	}
	c.name(s, plot, slot)
	c.figures(s, plot, axis, slot)
}

// name writes labels below the bars: each, or as many as fit at equal distances.
func (c Columns) name(s *scene, plot area, slot float64) {
	widest := 0.0
	for _, text := range c.Labels {
		widest = max(widest, s.letters.width(plain, text))
	}
	free := 0.0 // where the next label may begin
	for i, text := range c.Labels {
		x := plot.left + (float64(i)+0.5)*slot
		if begin := min(x-widest/2, Width-widest); begin >= free {
			s.write(plain, text, x, plot.bottom+nameDrop, Width, centre, inkMuted)
			free = begin + widest + 8
		}
	}
}

// figures writes values on the bars, if each has room.
func (c Columns) figures(s *scene, plot area, axis axis, slot float64) {
	for _, value := range c.Now {
		if s.letters.width(plain, c.Format(value))+4 > slot {
			return
		}
	}
	for i, value := range c.Now {
		top := max(value, 0)
		if i < len(c.Was) {
			top = max(top, c.Was[i])
		}
		y := axis.at(float64(top), plot.bottom, plot.top)
		s.write(plain, c.Format(value), plot.left+(float64(i)+0.5)*slot, y-5, slot, centre, inkText)
	}
}
