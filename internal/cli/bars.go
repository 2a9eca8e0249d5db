package cli

import (
	"math"
	"strconv"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
)

const (
	minBar = 8 // columns
	maxBar = 40
)

// bars says which members of the rows of a table are drawn as bars.
type bars struct{ length, was string }

// barColumn is a column of bars, at most a third of the terminal wide. The longest fills it.
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
	return column{
		cells: make([]cell, len(rows)), width: min(max(s.width/3, minBar), maxBar), min: minBar, keep: true,
		draw: func(row, width int) string {
			if longest == 0 {
				return ""
			}
			return s.bar(number(rows[row], b.length)/longest, number(rows[row], b.was)/longest, width)
		},
	}
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
