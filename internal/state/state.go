// Package state keeps what the instances of this program have to agree on: which consents have been used, who does a
// job, what happened in the stores, exported files, and the rate of requests upstream.
//
// There are three kinds of it. Memory serves a process as long as it runs, File also after a restart, and NATS serves
// several instances at once. Only internal/app knows which of them the program has. A tenant, an id and an owner consist
// of letters and digits, and tell nothing about whose they are.
package state

import (
	"context"
	"errors"
	"io"
	"time"
)

// State is what the instances that use it share. It is safe for concurrent use. Its errors come within a few seconds,
// and mean that nobody knows whether anything happened.
type State interface {
	Claims
	Queue
	Journal
	Files
	Rate
	Signals
	// Sizes returns how much is kept, for those who watch over it.
	Sizes(ctx context.Context) (Sizes, error)
	// String names the state for people, with the setting that chose it.
	String() string
	// Close gives up what the state holds open. Work ends, and so do the channels of Changed.
	Close() error
}

// Sizes is how much a state keeps.
type Sizes struct {
	Claims   int // remembered, those that have expired but were not dropped yet among them
	Messages int // that are not done
	Entries  int // of the journal
}

// Claims are things that one alone may have: a consent counts once, and a job is done by one instance.
type Claims interface {
	// Claim reports whether nobody had claimed the id before. It is remembered until a time, by the clock that the state
	// was made with; then it can be claimed anew. After an error the caller must act as if another had it.
	Claim(ctx context.Context, id string, until time.Time) (first bool, err error)
}

// Queue holds messages until they have been handled. A message is handled at least once.
type Queue interface {
	// Enqueue keeps a message, for 72 hours at most. Where the state survives a restart, so does the message once
	// Enqueue has returned. A full queue refuses it with an error instead of dropping another.
	Enqueue(ctx context.Context, tenant string, message []byte) error
	// Work hands out messages until ctx ends, each to one of the instances at a time and on this one to one handle at a
	// time. A message is done when handle returns 0, and otherwise comes again after as long as it returns. One whose
	// instance ends meanwhile comes again to another. The error is nil if ctx ended, and otherwise says that the state was
	// closed.
	Work(ctx context.Context, handle func(ctx context.Context, tenant string, message []byte) (again time.Duration)) error
	// Waiting returns how many messages of a tenant are not done.
	Waiting(ctx context.Context, tenant string) (int, error)
}

// Entry is a record of the journal.
type Entry struct {
	Position uint64 // greater than those of all entries before it; those of other tenants lie between
	Appended time.Time
	Data     []byte
}

// Journal holds what happened, in the order in which it became known, for 90 days at most.
type Journal interface {
	// Append adds an entry unless the tenant has one of the same id.
	Append(ctx context.Context, tenant, id string, data []byte) (added bool, err error)
	// Read returns at most limit entries of a tenant that stand after a position, oldest first. It shows all that Append
	// has returned for. gap reports that entries after the position may have been dropped.
	Read(ctx context.Context, tenant string, after uint64, limit int) (entries []Entry, gap bool, err error)
	// Seek returns a position before every entry of a tenant that was appended at a time or later, as near as it can.
	Seek(ctx context.Context, tenant string, t time.Time) (after uint64, err error)
	// Incarnation returns a word for this journal. Positions of a journal with another word mean nothing here.
	Incarnation(ctx context.Context) (string, error)
	// Changed returns a channel that gets a value after entries of a tenant were appended by any instance; several can be
	// one. stop ends that.
	Changed(tenant string) (changed <-chan struct{}, stop func())
}

// ErrNoFile says that there is no such file, or not of this owner.
var ErrNoFile = errors.New("there is no such file")

// Files are files that every instance can read, for 24 hours at most.
type Files interface {
	// Keep shares a file. One that cannot be kept whole leaves nothing. Memory, which has nobody to share with, keeps none.
	Keep(ctx context.Context, owner, id, mime string, content io.Reader) error
	// Fetch writes the content of a file to a writer. It fails if that is not what was kept, or with ErrNoFile.
	Fetch(ctx context.Context, owner, id string, to io.Writer) (mime string, err error)
	// Kept returns how long files are kept, or 0 if none are.
	Kept() time.Duration
}

// Rate spaces out what is done under a key, over all instances.
type Rate interface {
	// Reserve returns how long the caller has to wait for its turn, of which there is one each interval. It has an error if
	// the instances cannot agree; the caller then goes at the share of one of several.
	Reserve(ctx context.Context, key string, interval time.Duration) (wait time.Duration, err error)
}

// Signals are messages to the other instances that may be lost.
type Signals interface {
	// Tell sends a topic to whoever hears, on every instance but this one.
	Tell(topic string)
	// Hear has a function called with each topic that another instance tells. stop ends that.
	Hear(f func(topic string)) (stop func())
}
