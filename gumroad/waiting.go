package gumroad

import "context"

// Waiting is called when an operation begins to wait for a person. It returns what to call when the wait is over, or
// false if the operation must not wait.
type Waiting func() (over func(), ok bool)

type waitingKey struct{}

// WithWaiting returns a context whose operations tell waiting of their waits.
func WithWaiting(ctx context.Context, waiting Waiting) context.Context {
	return context.WithValue(ctx, waitingKey{}, waiting)
}

// BeginWaiting tells whoever has to know that an operation begins to wait. It returns what to call when the wait is over,
// or false if the operation must not wait.
func BeginWaiting(ctx context.Context) (over func(), ok bool) {
	if waiting, told := ctx.Value(waitingKey{}).(Waiting); told {
		return waiting()
	}
	return func() {}, true
}
