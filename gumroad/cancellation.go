package gumroad

import (
	"context"
	"sync"
)

// Cancellation ends the operations of a call whose caller has left. A change on its way upstream is the exception: it
// cannot be called back, so it goes on until it is known whether it was made.
type Cancellation struct {
	caller context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	sending int // changes on their way
	sent    bool
}

type cancellationKey struct{}

// WithCancellation returns a context with the values of caller. It ends once caller has ended and no change under it is
// on its way, or as soon as running ends. stop ends it, too, and frees what it holds.
func WithCancellation(caller, running context.Context) (_ context.Context, c *Cancellation, stop func()) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(caller))
	c = &Cancellation{caller: caller, cancel: cancel}
	forgetCaller := context.AfterFunc(caller, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.leave()
	})
	forgetRunning := context.AfterFunc(running, func() { cancel(context.Cause(running)) })
	return context.WithValue(ctx, cancellationKey{}, c), c, func() {
		forgetCaller()
		forgetRunning()
		cancel(nil)
	}
}

// SentChange reports whether a change was sent. Its caller is owed an answer, even one who has left.
func (c *Cancellation) SentChange() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent
}

// leave ends the context if the caller has left and no change is on its way.
func (c *Cancellation) leave() {
	if c.sending == 0 && c.caller.Err() != nil {
		c.cancel(context.Cause(c.caller))
	}
}

// beginChange is called before a change is sent, and over once it is known what became of it. The error is that of a
// caller who has left: then it must not be sent.
func beginChange(ctx context.Context) (over func(), err error) {
	c, ok := ctx.Value(cancellationKey{}).(*Cancellation)
	if !ok {
		return func() {}, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.caller.Err(); err != nil {
		return nil, err
	}
	c.sending++
	c.sent = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sending--
		c.leave()
	}, nil
}
