package cli

import (
	"bytes"
	"io"
)

// indented is a writer whose lines begin further to the right.
type indented struct {
	to     io.Writer
	by     string
	begins bool // the next byte begins a line
}

func (w *indented) Write(p []byte) (int, error) {
	var b bytes.Buffer
	for _, c := range p {
		if w.begins && c != '\n' {
			b.WriteString(w.by)
		}
		b.WriteByte(c)
		w.begins = c == '\n'
	}
	if _, err := w.to.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}
