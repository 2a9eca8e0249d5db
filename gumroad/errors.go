package gumroad

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of failure an Error is. The set is closed; agents branch on it. A Code is an error itself, so
// that errors.Is(err, gumroad.NotFound) asks for one, through any wrapping.
type Code string

// The codes an Error can carry.
const (
	InvalidArguments    Code = "invalid_arguments"    // what was asked for cannot be right; refused here or upstream
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
	StateUnavailable    Code = "state_unavailable"    // what the instances of a server share cannot be read or changed
	InternalError       Code = "internal_error"       // a fault of this program; trying again does not help
)

// Error is the code itself.
func (c Code) Error() string { return string(c) }

// Origin is whose answer an Error reports.
type Origin string

// The origins. Through Maton's gateway, Gumroad's answers arrive unchanged and are Gumroad's.
const (
	Us      Origin = ""        // nobody upstream: refused before sending, or no answer came
	Maton   Origin = "Maton"   // the gateway or the control plane
	Gumroad Origin = "Gumroad" // the store's API
)

// Error is every failure this package returns.
type Error struct {
	Code    Code
	Origin  Origin
	Status  int    // HTTP status of the answer, 0 when there was none
	Message string // what happened, one or more sentences of ours
	Said    string // upstream's own words, untrusted, or empty
	Hint    string // what to do next, where this package knows
	// Record is the kind of record that was not found, by upstream's noun: "offer_code". Empty when upstream did not
	// say.
	Record string
	// Scope is the scope that the grant lacks, or several of which one would do. Empty when upstream did not say.
	Scope string
	// Setting is the field of Config at fault ("GatewayURL"), in errors of New.
	Setting string
	cause   error
}

// Invalid is the Error for an argument or a setting that cannot be right; the hints say what is allowed.
func Invalid(message string, hints ...string) *Error {
	return &Error{Code: InvalidArguments, Message: message, Hint: strings.Join(hints, " ")}
}

// inSetting puts the field of Config at fault to an error.
func inSetting(field string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	named := *e
	named.Setting = field
	return &named
}

// Internal is the Error for a fault of this program. The cause is for the log: people are not shown it.
func Internal(cause error) *Error {
	return &Error{Code: InternalError, Message: "An internal error occurred; the server's log has the details.", cause: cause}
}

// Error is for people reading logs. It leaves out upstream's words, which may repeat buyers' data.
func (e *Error) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("%s: %s (HTTP %d)", e.Code, e.Message, e.Status)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Is reports whether target is the error's code.
func (e *Error) Is(target error) bool { return target == e.Code }

// Unwrap returns what lies behind the error, such as the network's error or the context's.
func (e *Error) Unwrap() error { return e.cause }

// Retryable reports whether the same call may succeed later, unchanged and without doing harm.
func (e *Error) Retryable() bool {
	switch e.Code {
	case RateLimited, UpstreamUnavailable, Timeout, StateUnavailable:
		return true
	}
	return false
}

// MayHaveChanged reports whether the change may have been made although no answer said so.
func (e *Error) MayHaveChanged() bool { return e.Code == OutcomeUnknown }
