package gumroad_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

func TestErrorIsItsCode(t *testing.T) {
	missing := &gumroad.Error{Code: gumroad.NotFound, Message: "Gumroad did not find it."}
	for _, c := range []struct {
		name   string
		err    error
		target error
		want   bool
	}{
		{"its own code", missing, gumroad.NotFound, true},
		{"its code through wrapping", fmt.Errorf("get_sale: %w", missing), gumroad.NotFound, true},
		{"its code among joined errors", errors.Join(io.EOF, missing), gumroad.NotFound, true},
		{"another code", missing, gumroad.Rejected, false},
		{"an equal text", missing, errors.New("not_found"), false},
		{"an error without a code", io.EOF, gumroad.NotFound, false},
		{"no error", nil, gumroad.NotFound, false},
		{"itself", missing, missing, true},
		{"its cause", gumroad.Internal(io.EOF), io.EOF, true},
		{"its code beside a cause", gumroad.Internal(io.EOF), gumroad.InternalError, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := errors.Is(c.err, c.target); got != c.want {
				t.Errorf("errors.Is(%v, %v) is %v", c.err, c.target, got)
			}
		})
	}
}

func TestRetryableCodes(t *testing.T) {
	for code, want := range map[gumroad.Code]bool{
		gumroad.RateLimited: true, gumroad.UpstreamUnavailable: true, gumroad.Timeout: true,
		gumroad.OutcomeUnknown: false, gumroad.InternalError: false, gumroad.Rejected: false, gumroad.NotAllowed: false,
	} {
		if got := (&gumroad.Error{Code: code}).Retryable(); got != want {
			t.Errorf("%s: %v", code, got)
		}
	}
}

func TestInternalErrorsHideTheirCause(t *testing.T) {
	const want = "internal_error: An internal error occurred; the server's log has the details."
	if got := gumroad.Internal(errors.New("a buyer's data")).Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
