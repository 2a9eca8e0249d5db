package cli

import (
	"fmt"
	"io"
	"math/bits"
	"strings"
	"sync"
	"time"
)

// progressBar is one line on stderr, which each report of progress writes anew. What else is written to stderr goes
// through it, so that the line never gets between. It is gone at the end.
type progressBar struct {
	p     Process
	to    io.Writer
	mu    sync.Mutex
	drawn bool
	count uint // of reports
}

const (
	barWidth  = 20
	clearLine = "\r\x1b[K"
)

// show draws what a notification of progress says. A link is for the person to open, so it gets a line that stays.
func (b *progressBar) show(fields map[string]any) {
	message, _ := fields["message"].(string)
	if message == "" || !b.p.StderrIsTerminal {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.p.screen(b.to, time.Time{})
	message = s.oneLine(message)
	b.count++
	switch {
	case strings.Contains(message, "://"):
		b.erase()
		s.wrapped(plain, message, 0)
	case b.p.dumb(): // which cannot go back in a line; the reports 1, 2, 4, 8, … have to do
		if bits.OnesCount(b.count) == 1 {
			s.line(message + " ...")
		}
	default:
		b.drawn = true
		line := message + " …"
		done, _ := fields["progress"].(float64)
		if total, ok := fields["total"].(float64); ok && total > 0 {
			bar := s.bar(min(done/total, 1), -1, barWidth)
			line = s.paint(blue, bar) + s.paint(dim, strings.Repeat("░", barWidth-columns(bar))) + " " + line
		}
		fmt.Fprint(b.to, clearLine, s.cut(line, max(s.width-1, 1)))
	}
}

// Write writes to stderr in place of the line.
func (b *progressBar) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.erase()
	return b.to.Write(p)
}

// clear removes the line.
func (b *progressBar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.erase()
}

func (b *progressBar) erase() {
	if b.drawn {
		fmt.Fprint(b.to, clearLine)
		b.drawn = false
	}
}
