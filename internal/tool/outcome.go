package tool

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// Outcome is how a call ended, in one word: OK, InputRequired or the code of its error. Results, logs, metrics and
// spans all say the same.
type Outcome string

// The outcomes that are not errors.
const (
	OK            Outcome = "ok"
	InputRequired Outcome = "input_required" // the client was asked for more and calls again
)

// Failed reports an error.
func (o Outcome) Failed() bool { return o != OK && o != InputRequired }

// Event is a call that has ended.
type Event struct {
	Tool    string // its full name
	Effect  Effect
	Outcome Outcome
	Took    time.Duration
}

// Recovered runs a function and turns its panic into an internal_error. The log gets the type of the panic and the
// stack, but not its words, which can hold a buyer's data.
func Recovered[T any](ctx context.Context, log *slog.Logger, where string, run func() (T, error)) (out T, err error) {
	defer func() {
		if r := recover(); r == http.ErrAbortHandler {
			panic(r) // net/http's own way to end a connection
		} else if r != nil {
			log.ErrorContext(ctx, "panic", "in", where, "panic", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
			err = gumroad.Internal(nil)
		}
	}()
	return run()
}
