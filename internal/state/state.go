// Package state keeps what the instances of this program have to agree on: which consents have been used.
//
// There are three kinds of it. Memory serves a process as long as it runs, File also after a restart, and NATS serves
// several instances at once. Only internal/app knows which of them the program has.
package state

import (
	"context"
	"time"
)

// State is what the instances that use it share. It is safe for concurrent use.
type State interface {
	// Spend uses up the consent of an id, and reports whether nobody had used it up before. It is remembered until a time,
	// by the clock that the state was made with. After an error nobody knows whether it is used up, so that the caller
	// must not act on it; the error comes within a few seconds. An id consists of letters and digits, and tells nothing.
	Spend(ctx context.Context, id string, until time.Time) (first bool, err error)
	// String names the state for people, with the setting that chose it.
	String() string
	// Close gives up what the state holds open.
	Close() error
}

// What Memory and File hold at most, and how often they drop what has expired. A consent takes a person ten seconds and
// a few requests upstream, so that only an attack comes near the limit.
const (
	maxSpent   = 100_000
	sweepEvery = time.Minute
)
