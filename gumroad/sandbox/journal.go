package sandbox

import (
	"net/url"
	"slices"
	"sync"
	"time"
)

// journalSize bounds the journal; older entries are dropped.
const journalSize = 10_000

// Entry is one request the sandbox saw. Credentials are never recorded.
type Entry struct {
	Seq          int        `json:"seq"`
	Time         time.Time  `json:"time"`
	Method       string     `json:"method"`
	Path         string     `json:"path"` // as sent, escaped, with its mount
	Query        url.Values `json:"query,omitempty"`
	Params       url.Values `json:"params,omitempty"` // form or JSON body, nested names as a[b]
	ConnectionID string     `json:"connection_id,omitempty"`
	Status       int        `json:"status"` // 0 when no answer was sent
	Fault        FaultKind  `json:"fault,omitempty"`
	Committed    bool       `json:"committed"` // the store was changed
}

type journal struct {
	mu      sync.Mutex
	entries []Entry
	seq     int
}

func (j *journal) add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	e.Seq = j.seq
	if len(j.entries) >= 2*journalSize { // drop in bulk, so that adding stays cheap
		j.entries = append([]Entry(nil), j.entries[len(j.entries)-journalSize+1:]...)
	}
	j.entries = append(j.entries, e)
}

func (j *journal) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.seq
}

func (j *journal) list() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.entries[max(0, len(j.entries)-journalSize):])
}

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

// Journal returns the last 10,000 requests, oldest first.
func (s *Sandbox) Journal() []Entry { return s.journal.list() }

// ResetJournal forgets them; numbering goes on.
func (s *Sandbox) ResetJournal() { s.journal.reset() }

func (c *call) entry(status int, fault FaultKind) Entry {
	query := params{}
	_ = parseForm(query, c.http.URL.RawQuery) // what cannot be decoded is left out
	return Entry{
		Time:         c.now,
		Method:       c.http.Method,
		Path:         c.http.URL.EscapedPath(),
		Query:        query.flatten(),
		Params:       c.body.flatten(),
		ConnectionID: c.connectionID,
		Status:       status,
		Fault:        fault,
		Committed:    c.committed,
	}
}
