package gumroad

import (
	"fmt"
)

// Code says what kind of failure an Error is. The set is closed; agents branch on it.
type Code string

// The codes an Error can carry.
const (
	InvalidArguments    Code = "invalid_arguments"    // refused before or by upstream for what was asked
	NotFound            Code = "not_found"            // no such record in this store
	Rejected            Code = "rejected"             // upstream understood and said no
	NoConnection        Code = "no_connection"        // no store is connected, or none was chosen
	BadCredential       Code = "bad_credential"       // the Maton key or the store's grant is missing or refused
	MissingScope        Code = "missing_scope"        // the grant does not cover this operation
	RateLimited         Code = "rate_limited"         // still refused for its rate after waiting
	UpstreamUnavailable Code = "upstream_unavailable" // no usable answer to a read
	Timeout             Code = "timeout"              // no answer to a read in time
	OutcomeUnknown      Code = "outcome_unknown"      // a write was sent and its answer lost
	NotAllowed          Code = "not_allowed"          // outside what the caller may reach
)

// Error is every failure this package returns.
type Error struct {
	Code    Code
	Status  int    // HTTP status of the answer, 0 when there was none
	Message string // what happened, a sentence of ours
	Said    string // upstream's own words, untrusted, or empty
	Hint    string // what to do next, where this package knows
	cause   error
}

// Error is for people reading logs: it has no upstream words, which may repeat buyers' data.
func (e *Error) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("%s: %s (HTTP %d)", e.Code, e.Message, e.Status)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Unwrap gives the transport's or the context's error.
func (e *Error) Unwrap() error { return e.cause }

// Retryable reports whether the same call may succeed later, unchanged and harmlessly.
func (e *Error) Retryable() bool {
	switch e.Code {
	case RateLimited, UpstreamUnavailable, Timeout:
		return true
	}
	return false
}

// MayHaveChanged reports whether upstream may hold the change although no answer said so.
func (e *Error) MayHaveChanged() bool { return e.Code == OutcomeUnknown }
