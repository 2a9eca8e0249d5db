package picture

import "fmt"

// Ranking is a bar for each name, the highest first, with ticks at what they were in another period.
type Ranking struct {
	Kind   string // what is ranked, such as "Product"; a name that cannot be drawn is this and its rank
	Rows   []Row  // at most MaxRows are drawn
	Rest   string // what is said of those that are not drawn
	NowIs  string
	WasIs  string // "" if nothing is compared
	Format Format
}

// Row is a name and its value.
type Row struct {
	Name string
	Now  int64
	Was  *int64
}

// MaxRows is how many rows a ranking has room for.
const MaxRows = 10

func (r Ranking) shown() []Row { return r.Rows[:min(len(r.Rows), MaxRows)] }

func (r Ranking) values() (all []int64) {
	for _, row := range r.shown() {
		all = append(all, row.Now)
		if row.Was != nil {
			all = append(all, *row.Was)
		}
	}
	return all
}

func (r Ranking) legend() []entry {
	if r.WasIs == "" {
		return nil
	}
	return []entry{{ink: inkNow, text: r.NowIs}, {ink: inkText, tick: true, text: r.WasIs}}
}

func (r Ranking) layout(s *scene, within area) {
	rows := r.shown()
	if r.Rest != "" {
		s.write(plain, r.Rest, within.left, within.bottom-3, within.right-within.left, left, inkMuted)
		within.bottom -= lineSpace
	}
	const most = 230 // for names
	names, figures := 0.0, 0.0
	for i, row := range rows {
		_, width := s.letters.fit(plain, r.name(s, i), most)
		names, figures = max(names, width), max(figures, s.letters.width(plain, r.Format(row.Now)))
	}
	plot := area{within.left + names + 10, within.top, within.right - figures - 8, within.bottom}
	axis := newAxis(r.values(), 4)
	across := func(value int64) float64 { return axis.at(float64(value), plot.left, plot.right) }
	tall := min((plot.bottom-plot.top)/float64(len(rows)), 34)
	for i, row := range rows {
		y := plot.top + (float64(i)+0.5)*tall
		s.write(plain, r.name(s, i), plot.left-10, y+4, most, right, inkText)
		s.bar(area{across(0), y - tall*0.33, across(row.Now), y + tall*0.33}, inkNow)
		end := max(across(row.Now), across(0))
		if row.Was != nil {
			s.fill(area{across(*row.Was) - 1, y - tall*0.44, across(*row.Was) + 1, y + tall*0.44}, inkText)
			end = max(end, across(*row.Was)+1)
		}
		s.write(plain, r.Format(row.Now), end+6, y+4, Width/2, left, inkText)
	}
	s.line(area{across(0) - 1, plot.top, across(0), plot.top + tall*float64(len(rows))})
}

func (r Ranking) name(s *scene, i int) string {
	if name, ok := s.letters.legible(plain, r.Rows[i].Name); ok {
		return name
	}
	return fmt.Sprintf("%s %d", r.Kind, i+1)
}
