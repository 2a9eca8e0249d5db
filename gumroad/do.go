package gumroad

import (
	"context"
	"errors"
	"net/http"
)

// repeatable marks a request that may be sent again like a GET, although its method says that it changes something.
type repeatable interface{ repeatable() bool }

// preparing marks a request that changes nothing in the store, although sending it twice makes something twice: a step of
// an upload. Without an answer the store is as it was.
type preparing interface{ preparing() }

// proven is an answer that Gumroad sends without success:true. proof names the member that stands for it.
type proven interface{ proof() string }

// do sends in to pattern of the store's API and decodes Out from the answer's envelope. Every error is an *Error.
func do[Out any](ctx context.Context, c *Client, method, pattern string, in any) (Out, error) {
	op := operation{method: method, pattern: pattern, to: c.api, origin: Gumroad, gateway: !c.direct}
	op.connection = c.connection
	out, err := exchange[Out](ctx, c, op, in)
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusUnauthorized && !c.direct {
		c.explainUnauthorized(ctx, e)
	}
	return out, err
}

// control does the same with Maton's control plane.
func control[Out any](ctx context.Context, c *Client, method, pattern string, in any) (out Out, err error) {
	if c.direct {
		return out, &Error{Code: NotFound,
			Message: "There are no Maton connections: Gumroad is reached directly with its access token."}
	}
	if c.pinned {
		return out, errPinned()
	}
	return exchange[Out](ctx, c, operation{method: method, pattern: pattern, to: c.control, origin: Maton}, in)
}

func exchange[Out any](ctx context.Context, c *Client, op operation, in any) (out Out, err error) {
	if err := op.to.credential.Missing(); err != nil {
		return out, err
	}
	if op.request, err = encode(op.pattern, in); err != nil {
		return out, err
	}
	marked, isMarked := in.(repeatable)
	op.repeatable = op.method == http.MethodGet || isMarked && marked.repeatable()
	_, op.preparing = in.(preparing)
	if bare, ok := any(out).(proven); ok {
		op.proof = bare.proof()
	}

	a, err := c.transport.send(ctx, op)
	if err != nil {
		return out, err
	}
	defer a.done()
	if err := a.failure(); err != nil {
		return out, err
	}
	if err := decode(a.body, &out); err != nil {
		c.transport.log.WarnContext(ctx, "an answer of unexpected shape",
			"method", op.method, "path", op.pattern, "error", err.Error())
		return out, op.unusable(a.status, err)
	}
	return out, nil
}

// explainUnauthorized tells Maton's refusal of a key from a store that took its grant back. The gateway passes
// Gumroad's 401 on, so both look alike; the control plane, which Gumroad has no part in, refuses the key alone.
func (c *Client) explainUnauthorized(ctx context.Context, e *Error) {
	account := *c
	account.pinned = false
	_, err := account.ListConnections(ctx, ListConnections{})
	switch {
	case err == nil:
		e.Origin = Gumroad
		e.Message = "Gumroad refused this connection's grant; the store's owner revoked it or it expired."
		e.Hint = "Connect the store again and use the new connection."
	case errors.Is(err, BadCredential):
		e.Origin = Maton
		e.Message = refusedKey
		e.Hint = refusedKeyHint
	}
}
