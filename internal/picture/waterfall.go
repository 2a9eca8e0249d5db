package picture

// Waterfall leads from one total to another over what was added and taken away.
type Waterfall struct {
	Steps  []Step
	Format Format
}

// Step is a total, which stands on the axis, or a change, which begins where the step before ended.
type Step struct {
	Name  string
	Value int64
	Total bool
}

func (Waterfall) legend() []entry { return nil }

// ends returns where each step begins and ends.
func (w Waterfall) ends() (from, to []int64) {
	level := int64(0)
	for _, step := range w.Steps {
		begin := level
		if step.Total {
			begin, level = 0, 0
		}
		level += step.Value
		from, to = append(from, begin), append(to, level)
	}
	return from, to
}

func (w Waterfall) values() []int64 {
	from, to := w.ends()
	return append(from, to...)
}

func (w Waterfall) layout(s *scene, within area) {
	within.bottom -= lineSpace
	axis := newAxis(w.values(), 5)
	plot := s.upright(axis, within, w.Format)
	slot := (plot.right - plot.left) / float64(len(w.Steps))
	up := func(value int64) float64 { return axis.at(float64(value), plot.bottom, plot.top) }
	from, to := w.ends()
	for i, step := range w.Steps {
		x := plot.left + (float64(i)+0.5)*slot
		ink, figure := inkNow, w.Format(step.Value)
		switch {
		case step.Total:
		case step.Value > 0:
			ink, figure = inkGain, "+"+figure
		default:
			ink = inkLoss
		}
		s.bar(area{x - slot*0.36, up(from[i]), x + slot*0.36, up(to[i])}, ink)
		if i+1 < len(w.Steps) {
			begin := x + slot*0.36
			if step.Value == 0 { // there is no bar, so the line goes on
				begin = x - slot*0.36
			}
			s.fill(area{begin, up(to[i]) - 0.5, x + slot*0.64, up(to[i]) + 0.5}, inkMuted)
		}
		s.write(plain, figure, x, min(up(from[i]), up(to[i]))-5, slot-4, centre, inkText)
		s.write(plain, step.Name, x, plot.bottom+nameDrop, slot-4, centre, inkMuted)
	}
}
