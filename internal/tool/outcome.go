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

// Outcome is how a call ended, in one word: OK, InputRequired or the code of its error. The result, the log, the
// metrics and the span all use it.
type Outcome string

// The outcomes that are not errors.
const (
	OK            Outcome = "ok"
	InputRequired Outcome = "input_required" // the person was asked something; the client calls again with the answer
)

// Failed reports whether the call ended with an error.
func (o Outcome) Failed() bool { return o != OK && o != InputRequired }

// Event is a call that has ended.
type Event struct {
	Tool    string // the full name
	Effect  Effect
	Store   string // the connection it acted on; "" if it chose none, or acted on the account
	Outcome Outcome
	Took    time.Duration
}

// Recovered calls run and turns a panic into an internal_error. It logs the stack and the type of the panic's value,
// but not the value itself, which can hold a buyer's data.
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
