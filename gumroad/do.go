package gumroad

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strings"
)

// harmless marks a request that changes nothing although its method says it might, so that it is repeated like a GET.
type harmless interface{ harmless() bool }

// Record is what Gumroad wraps under its name: {"success":true,"sale":{…}} or {"success":true,"sales":[…]}.
type Record interface{ Envelope() (one, many string) }

// do sends in to path of the store's API and decodes Out from the answer's envelope: the record under its own name
// where Out has one, else the envelope itself. Every error is an *Error.
func do[Out any](ctx context.Context, c *Client, method, path string, in any) (Out, error) {
	return exchange[Out](ctx, c, c.api, method, path, in)
}

// control does the same with Maton's control plane.
func control[Out any](ctx context.Context, c *Client, method, path string, in any) (Out, error) {
	if c.direct {
		var none Out
		return none, &Error{Code: NotFound,
			Message: "There are no Maton connections: Gumroad is reached directly with its access token."}
	}
	if c.pinned {
		var none Out
		return none, errPinned()
	}
	return exchange[Out](ctx, c, c.control, method, path, in)
}

func exchange[Out any](ctx context.Context, c *Client, to endpoint, method, path string, in any) (out Out, err error) {
	if to.credential.IsZero() {
		return out, &Error{Code: BadCredential, Message: "No credential is set.",
			Hint: "Set MATON_API_KEY (or GUMROAD_ACCESS_TOKEN, to use Gumroad without Maton), or start with --sandbox to try without an account."}
	}
	r, err := encode(path, in)
	if err != nil {
		return out, err
	}
	h, marked := in.(harmless)
	call := call{
		method: method, pattern: path, request: r, to: to,
		isAPI:      to == c.api,
		repeatable: method == http.MethodGet || marked && h.harmless(),
	}
	if call.isAPI {
		call.connection = c.connection
	}
	answer, err := c.wire.send(ctx, call)
	if err == nil {
		err = answer.failure(c)
	}
	if err == nil {
		err = decode(answer.body, &out)
		if err != nil {
			c.wire.log.WarnContext(ctx, "an answer of unexpected shape", "method", method, "path", path, "error", err.Error())
			err = call.unusable(answer.status, err)
		}
	}
	if e := (*Error)(nil); errors.As(err, &e) && e.Status == http.StatusUnauthorized && !c.direct && call.isAPI {
		err = c.explainUnauthorized(ctx, e)
	}
	return out, err
}

// unmarshal passes over a field whose shape is not the documented one, as if it were absent: one odd field must not
// hide a record, nor make a change that succeeded look lost. Numbers are stricter (see Int): money does not vanish.
func unmarshal(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	if mismatch := (*json.UnmarshalTypeError)(nil); errors.As(err, &mismatch) && mismatch.Field != "" {
		return nil
	}
	return err
}

// decode reads a record from its envelope.
func decode(body []byte, out any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	switch record := out.(type) {
	case interface{ fromEnvelope([]byte) error }:
		return record.fromEnvelope(body)
	case Record:
		one, _ := record.Envelope()
		return member(body, one, out)
	default:
		return unmarshal(body, out)
	}
}

// member decodes one member of an object, and complains of its absence: an answer without the record it is about
// must not become an empty record.
func member(body []byte, name string, into any) error {
	var envelope map[string]json.RawMessage
	if err := unmarshal(body, &envelope); err != nil {
		return err
	}
	raw, ok := envelope[name]
	if !ok || bytes.Equal(raw, []byte("null")) {
		return fmt.Errorf("the answer has no %q", name)
	}
	return unmarshal(raw, into)
}

// failure turns an answer that says no into an *Error, and nil for one that says yes.
//
// Gumroad says no with 200 and success:false, with 400 and {status,error}, with 401 and 403 and an empty body, with
// 404 and either message or error. A 5xx with an envelope is an answer as well: licence verification without a
// product_id gives one.
func (a answer) failure(c *Client) error {
	call := a.call
	envelope, refused := a.refusal()
	said := envelope.said()
	e := &Error{Status: a.status, Said: said}

	switch {
	case a.status >= 300 && a.status < 400:
		e.Code, e.Message = UpstreamUnavailable, "The answer was a redirect, which is never followed with a credential."
		e.Hint = "Check the configured addresses."
		if !call.repeatable {
			e.Code = OutcomeUnknown
		}
	case a.status == http.StatusUnauthorized:
		e.Code, e.Message = BadCredential, "The credential was refused."
		if !c.direct && said != "" { // Gumroad's own 401 has no body
			e.Message = "Maton refused the API key."
		}
	case a.status == http.StatusForbidden:
		scope := requiredScope(call.method, call.pattern)
		e.Code, e.Message = MissingScope, fmt.Sprintf("The store's grant lacks the scope %s, which this needs.", scope)
		e.Hint = "Connect the store again with that permission, or use a token that has it."
	case a.status == http.StatusTooManyRequests:
		e.Code, e.Message = RateLimited, "Too many requests; it was refused each time it was tried."
		e.Hint = "Wait a minute, then try again."
	case a.status == http.StatusBadRequest && call.isAPI && !c.direct && envelope.Status == 0 && !refused:
		// Gumroad's own 400 repeats the status in its body; this one is the gateway's.
		e.Code, e.Message = NoConnection, "Maton has no usable connection to a Gumroad store for this request."
	case refused && notFound.MatchString(said), a.status == http.StatusNotFound && !revoked.MatchString(said):
		e.Code, e.Message = NotFound, "Gumroad did not find it."
		switch {
		case !call.isAPI:
			e.Message = "Maton did not find it."
		case !refused && !strings.HasPrefix(call.pattern, "/licenses"): // a missing record is a 200
			e.Message = "Gumroad does not offer this operation here; its server may be older."
		}
	case refused, a.status >= 400 && a.status < 500:
		e.Code, e.Message = Rejected, "Gumroad refused."
		if !call.isAPI {
			e.Message = "Maton refused."
		}
		if a.status == http.StatusBadRequest {
			e.Code = InvalidArguments
		}
	case a.status >= 500:
		return call.unusable(a.status, nil)
	case len(bytes.TrimSpace(a.body)) > 0 && (!a.isJSON() || !json.Valid(a.body)):
		return call.unusable(a.status, errors.New("the answer is not JSON"))
	default:
		return nil
	}
	return e
}

// envelope is what Gumroad's answers have around a record, or instead of one.
type envelope struct {
	Success *bool `json:"success"`
	Status  Int   `json:"status"`
	Message Text  `json:"message"`
	Error   Text  `json:"error"`
}

func (e envelope) said() string { return string(or(e.Message, e.Error)) }

// refusal reads the envelope and reports whether it is Gumroad's deliberate no.
func (a answer) refusal() (envelope, bool) {
	var e envelope
	if unmarshal(a.body, &e) != nil {
		return envelope{}, false
	}
	return e, e.Success != nil && !*e.Success
}

var (
	notFound = regexp.MustCompile(`^The \w+ was not found\.$`)
	// The licence exists; being told otherwise would send support looking for a typing error.
	revoked = regexp.MustCompile(`has been disabled|has expired`)
)

func (a answer) isJSON() bool {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	return err != nil || strings.HasSuffix(kind, "json")
}

// unusable is the failure of a call that got no answer to go by: for a read another try is harmless, for a write
// nobody knows.
func (call call) unusable(status int, cause error) *Error {
	if !call.repeatable {
		return &Error{Code: OutcomeUnknown, Status: status, cause: cause,
			Message: "The change was sent, but no usable answer came back. It may or may not have been made; it was not sent again."}
	}
	e := &Error{Code: UpstreamUnavailable, Status: status, cause: cause,
		Message: "No usable answer came back.", Hint: "Try again in a moment."}
	if errors.Is(cause, context.DeadlineExceeded) {
		e.Code, e.Message = Timeout, "No answer came back in time."
	}
	return e
}

// requiredScope names the OAuth scope Gumroad wants for a request.
func requiredScope(method, pattern string) string {
	switch {
	case strings.HasSuffix(pattern, "/refund"):
		return "edit_sales"
	case strings.HasSuffix(pattern, "/mark_as_shipped"):
		return "mark_sales_as_shipped"
	case strings.HasPrefix(pattern, "/sales"), strings.Contains(pattern, "/subscribers"),
		strings.HasPrefix(pattern, "/resource_subscriptions"):
		return "view_sales"
	case method == http.MethodGet:
		return "view_public"
	default:
		return "edit_products"
	}
}

// explainUnauthorized tells a refused Maton key from a store that took its grant back: the gateway passes
// Gumroad's 401 through, and both look alike. Only the control plane, which Gumroad has no part in, can tell.
func (c *Client) explainUnauthorized(ctx context.Context, e *Error) error {
	account := *c
	account.pinned = false
	_, err := account.ListConnections(ctx, ListConnections{})
	if other := (*Error)(nil); errors.As(err, &other) && other.Status == http.StatusUnauthorized {
		e.Message = "Maton refused the API key."
		e.Hint = "Set a valid MATON_API_KEY."
		return e
	}
	if err == nil {
		e.Message = "Gumroad refused this connection's grant; the store's owner revoked it or it expired."
		e.Hint = "Connect the store again and use the new connection."
	}
	return e
}
