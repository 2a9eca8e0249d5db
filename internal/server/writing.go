package server

import (
	"net/http"
	"time"
)

const (
	takingTimeout = 20 * time.Second // within which a client must take the next part of its answer
	writtenAtOnce = 128 << 10        // bytes of such a part
)

// impatient is a response whose writes fail once the client no longer takes them. The deadline moves with every part,
// so that slow clients get long answers. Between writes there is none, since calls may take their time.
type impatient struct {
	http.ResponseWriter
	within time.Duration
}

// moreImpatient returns w with less time for a part.
func moreImpatient(w http.ResponseWriter, within time.Duration) http.ResponseWriter {
	if answer, ok := w.(impatient); ok {
		w = answer.ResponseWriter
	}
	return impatient{w, within}
}

func (w impatient) Write(p []byte) (written int, err error) {
	defer w.relax()
	for {
		w.hurry()
		n, err := w.ResponseWriter.Write(p[written:min(written+writtenAtOnce, len(p))])
		if written += n; err != nil || written == len(p) {
			return written, err
		}
	}
}

func (w impatient) FlushError() error {
	w.hurry()
	defer w.relax()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w impatient) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w impatient) hurry() { w.setDeadline(time.Now().Add(w.within)) }

func (w impatient) relax() { w.setDeadline(time.Time{}) }

func (w impatient) setDeadline(deadline time.Time) {
	// The error is for recorders in tests, which have no deadline; every real connection has.
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(deadline)
}
