package cli

import (
	"math"
	"strconv"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
)

const (
	minBar = 10 // columns
	maxBar = 40
)

// bars says which members of the rows of a table are drawn as bars.
type bars struct{ length, was string }

// barColumn draws bars as wide as a third of the terminal. The longest fills its column.
func (s screen) barColumn(rows []object.Object, b *bars) column {
	number := func(row object.Object, name string) float64 {
		n, err := strconv.ParseFloat(row.Text(name), 64)
		if err != nil {
			return -1
		}
		return n
	}
	longest := 0.0
	for _, row := range rows {
		longest = max(longest, number(row, b.length), number(row, b.was))
	}
	width := min(max(s.width/4, minBar), maxBar)
	c := column{cells: make([]cell, len(rows)), width: width, min: width}
	for i, row := range rows {
		if longest > 0 {
			c.cells[i] = cell{text: s.bar(number(row, b.length)/longest, number(row, b.was)/longest, width), style: blue}
		}
	}
	return c
}

// bar draws a share of a width, with a tick at another share if that is not negative.
func (s screen) bar(share, tick float64, width int) string {
	full, part, mark := "█", []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}, "┃"
	if !s.unicode {
		full, part, mark = "#", []string{"", "", "", "", "", "", "", ""}, "|"
	}
	eighths := int(math.Round(max(share, 0) * float64(width) * 8))
	if share > 0 {
		eighths = max(eighths, 1)
	}
	drawn := strings.Repeat(full, eighths/8) + part[eighths%8]
	if !s.unicode && share > 0 && drawn == "" {
		drawn = full
	}
	if tick < 0 {
		return drawn
	}
	line := []rune(drawn + strings.Repeat(" ", max(width-len([]rune(drawn)), 0)))
	line[min(int(tick*float64(width)), width-1)] = []rune(mark)[0]
	return strings.TrimRight(string(line), " ")
}
