package state

import "time"

// Memory and File number entries by the time, in microseconds, at which they are appended, and by the next number where
// that was given before. So a time has a position, and a journal that was put back to an earlier state gives no position
// twice.

func positionAt(t time.Time) uint64 { return uint64(max(t.UnixMicro(), 1)) }

// positionBefore returns the last position before those that are given from a time on.
func positionBefore(t time.Time) uint64 { return positionAt(t) - 1 }

// horizon returns the first position whose entry is not too old.
func horizon(now time.Time) uint64 { return positionAt(now.Add(-journalAge)) }
