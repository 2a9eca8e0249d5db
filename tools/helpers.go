package tools

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// somethingToChange refuses an update that names a record and no change.
func somethingToChange[In any](in, reference In) error {
	if reflect.DeepEqual(in, reference) {
		return invalid("Nothing to change was given.")
	}
	return nil
}

func isTrue(b *bool) bool { return b != nil && *b }

// hasPassed reports whether upstream's time is there and in the past: a cancellation can lie ahead.
func hasPassed(timestamp string, now time.Time) bool {
	at, err := time.Parse(time.RFC3339, timestamp)
	return err == nil && at.Before(now)
}

// isOutage reports a failure that says nothing about what was asked for.
func isOutage(err error) bool {
	var e *gumroad.Error
	return errors.As(err, &e) && (e.Code == gumroad.UpstreamUnavailable || e.Code == gumroad.Timeout && !errors.Is(err, context.Canceled))
}
