package gumroad

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"regexp"
	"strings"
)

// Record is a kind of thing the API knows. Envelope gives Gumroad's nouns for it, under which answers hold it:
// {"success":true,"sale":{…}} for one and {"success":true,"sales":[…]} for many.
type Record interface{ Envelope() (one, many string) }

// decode reads an answer's body into out, which is a record, something that reads its envelope itself, or else a struct
// of the envelope's members.
func decode(body []byte, out any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	switch record := out.(type) {
	case interface{ fromEnvelope([]byte) error }:
		return record.fromEnvelope(body)
	case Record:
		one, _ := record.Envelope()
		if err := member(body, one, out); err != nil {
			return err
		}
		return notEmpty(one, record)
	default:
		return unmarshal(body, out)
	}
}

// member decodes one member of an object. Its absence is an error: an answer without the record it is about must not
// become an empty record.
func member(body []byte, name string, into any) error {
	var members map[string]json.RawMessage
	if err := unmarshal(body, &members); err != nil {
		return err
	}
	raw, ok := members[name]
	if !ok || bytes.Equal(raw, []byte("null")) {
		return fmt.Errorf("the answer has no %q", name)
	}
	return unmarshal(raw, into)
}

// notEmpty refuses a record of which nothing could be read, or whose id is missing.
func notEmpty(name string, record any) error {
	row, isRow := record.(Row)
	if reflect.ValueOf(record).Elem().IsZero() || isRow && row.RowID() == "" {
		return fmt.Errorf("the answer's %q is empty", name)
	}
	return nil
}

// members has read decode the value of every member of the object that body is. It gives names exactly: decoding into a
// struct would take "SUCCESS" for "success".
func members(body []byte, read func(name string, value *json.Decoder) error) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := expect(decoder, '{'); err != nil {
		return err
	}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // the decoder lets nothing else stand there
		if err := read(name, decoder); err != nil {
			return err
		}
	}
	if err := expect(decoder, '}'); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the answer goes on after its end")
	}
	return nil
}

// skipped passes over a value without a copy of it.
type skipped struct{}

// UnmarshalJSON never fails.
func (*skipped) UnmarshalJSON([]byte) error { return nil }

// unmarshal treats a field of an undocumented shape as absent: one odd field must not hide a record, nor make a change
// that succeeded look lost. Numbers are stricter (see Int): money does not vanish.
func unmarshal(data []byte, into any) error { return tolerant(json.Unmarshal(data, into)) }

// tolerant passes over the error of a field whose shape is not the documented one.
func tolerant(err error) error {
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && mismatch.Field != "" {
		return nil
	}
	return err
}

// envelope is what Gumroad's answers have around a record, or instead of one.
type envelope struct {
	isObject       bool // the body is one
	Success        Bool // Unclear if it is said twice and differently
	Status         Text // of the answer, as a number; of a connection and of an upload, as a word
	Message, Error Text
}

func (e envelope) said() string { return string(cmp.Or(e.Message, e.Error)) }

// is reports whether the envelope says so, in so many letters: "true" as text is nobody's word.
func (e envelope) is(success bool) bool { return e.Success.IsKnown() && e.Success.IsTrue() == success }

func readEnvelope(body []byte) envelope {
	e, said := envelope{isObject: true}, false
	err := members(body, func(name string, value *json.Decoder) error {
		switch name {
		case "success":
			var success Bool
			err := value.Decode(&success)
			if said && success != e.Success {
				success = Unclear
			}
			e.Success, said = success, true
			return err
		case "status":
			_ = value.Decode(&e.Status) // what is no JSON fails again with the next member
			return nil
		case "message":
			return value.Decode(&e.Message)
		case "error":
			return value.Decode(&e.Error)
		}
		return value.Decode(&skipped{})
	})
	if err != nil {
		return envelope{}
	}
	return e
}

// verdict is what an answer says of what was asked.
type verdict int

const (
	unclear verdict = iota // nothing to go by
	yes
	no
)

// verdict trusts only an explicit yes and an explicit no. Gumroad says yes with success:true and nothing else: an empty
// body, a proxy's page or another API's JSON is no yes. It says no with success:false or a status from 400 to 499. An
// error of a server, and a status that says a server waited in vain, leave open whether the request was carried out, and a
// part of an answer (206) says nothing. Maton says yes without a word, but not with an error.
func (a answer) verdict() verdict {
	body := a.envelope
	switch status := a.status; {
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == statusClientClosed:
		return unclear
	case status >= 500 && a.operation.origin == Gumroad && body.is(false) && missingProductID.MatchString(body.said()):
		return no
	case status >= 400 && status < 500 && !body.is(true):
		return no
	case status < 200 || status >= 300 || status == http.StatusPartialContent:
		return unclear
	case a.operation.origin == Maton && len(bytes.TrimSpace(a.body)) == 0:
		return yes
	case !a.isJSON():
		return unclear
	case body.is(false):
		return no
	case a.operation.origin == Maton: // its control plane wraps nothing
		if body.isObject && body.Success != Unclear && body.Error == "" {
			return yes
		}
	case body.is(true), a.proves():
		return yes
	}
	return unclear
}

// proves reports whether the answer has the member that stands for success:true.
func (a answer) proves() bool {
	var proof string
	name := a.operation.proof
	return name != "" && !a.envelope.is(false) && member(a.body, name, &proof) == nil && proof != ""
}

// statusClientClosed is nginx's word for a client that did not wait for the answer.
const statusClientClosed = 499

func (a answer) isJSON() bool {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	return err != nil || strings.HasSuffix(kind, "json")
}

var (
	// Gumroad names the kind of record: "The offer_code was not found." Of an article it adds how to find another.
	notFound = regexp.MustCompile(`^The (\w+(?: \w+)?) was not found\.(?: Call the list endpoint .*)?$`)
	// Such a licence exists; "not found" would send support looking for a typing error.
	revoked = regexp.MustCompile(`has been disabled|has expired`)
	// The one 500 that is an answer: a licence of a product that wants its id (licenses_controller#verify).
	missingProductID = regexp.MustCompile(`^The 'product_id' parameter is required`)
	// Gumroad names the scope in a 403's WWW-Authenticate, with and without escaping the quotation marks.
	requiredScope = regexp.MustCompile(`requires scope \\?"([a-z_]+(?:[ ,]+[a-z_]+)*)\\?"`)
)

const (
	refusedKey     = "Maton refused the API key."
	refusedKeyHint = "Only a person can mend it: get a key at https://maton.ai and set it as MATON_API_KEY (or in the file " +
		"that MATON_API_KEY_FILE names); who calls with a key of their own sends that one."
)

// narrowScope is in the text by which Gumroad asks for a scope that account does not stand for.
var narrowScope = regexp.MustCompile(`^This endpoint requires the ([a-z_]+) scope\.$`)

// inactive is what Gumroad says to sellers whose account is suspended or closed.
const inactive = "Your account is not active."

// noTaxCentre is what Gumroad says to sellers who do not pay taxes in the US.
const noTaxCentre = "Tax center is not enabled for this account."

// failure turns an answer that says no into an *Error, and returns nil for one that says yes.
//
// Gumroad says no with 200 and success:false, with 400 and {status,error}, with 401 and 403 and an empty body, and with
// 404 and either message or error.
func (a answer) failure() error {
	op := a.operation
	switch a.verdict() {
	case yes:
		return nil
	case unclear:
		e := op.unusable(a.status, nil)
		if a.status >= 300 && a.status < 400 {
			e.Message = "The answer was a redirect, which is never followed with a credential."
			e.Hint = "Check the configured addresses."
		}
		return e
	}
	body := a.envelope
	refused, said := body.is(false), body.said()
	missing := notFound.FindStringSubmatch(said)
	e := &Error{Status: a.status, Origin: op.origin, Said: said}

	switch {
	case a.status == http.StatusUnauthorized:
		e.Code, e.Message = BadCredential, "The credential was refused."
		switch {
		case op.origin == Maton, op.gateway && said != "": // Gumroad's own 401 has no body
			e.Origin, e.Message, e.Hint = Maton, refusedKey, refusedKeyHint
		case op.gateway:
			e.Origin = Us // not known yet: see explainUnauthorized
		}
	case a.status == http.StatusForbidden && op.origin == Gumroad && (said == inactive || said == noTaxCentre):
		e.Code, e.Message = Rejected, fmt.Sprintf("%s refused.", op.origin)
	case a.status == http.StatusForbidden && op.origin == Gumroad:
		lacking := "a permission"
		found := narrowScope.FindStringSubmatch(said)
		if found == nil {
			found = requiredScope.FindStringSubmatch(a.header.Get("WWW-Authenticate"))
		}
		if found != nil {
			e.Scope = found[1]
			lacking = fmt.Sprintf("the scope %q", e.Scope)
		}
		e.Code, e.Message = MissingScope, fmt.Sprintf("The store's grant lacks %s, which this needs.", lacking)
		e.Hint = "Connect the store again with that permission, or use a token that has it."
	case a.status == http.StatusTooManyRequests:
		e.Code, e.Message = RateLimited, "Too many requests; it was refused each time it was tried."
		e.Hint = "Wait a minute, then try again."
		if wait, given := retryAfter(a.header); given && wait > maxRetryAfter {
			e.Message = fmt.Sprintf("Too many requests; %s takes the next in %s.", op.origin, inWords(wait))
			e.Hint = fmt.Sprintf("Try again in %s, not before.", inWords(wait))
		}
	case a.status == http.StatusBadRequest && op.gateway && body.Status == "" && !refused:
		// Gumroad's own 400 repeats the status in its body; this one is the gateway's.
		e.Code, e.Origin = NoConnection, Maton
		e.Message = "Maton has no usable connection to a Gumroad store for this request."
	case refused && missing != nil, a.status == http.StatusNotFound && !revoked.MatchString(said):
		e.Code, e.Message = NotFound, fmt.Sprintf("%s did not find it.", op.origin)
		switch {
		case op.origin == Maton:
			e.Record, _ = Connection{}.Envelope()
		case missing != nil:
			e.Record = strings.ReplaceAll(missing[1], " ", "_")
		case !refused && !strings.HasPrefix(op.pattern, "/licenses"): // a missing record is a 200
			e.Message = "Gumroad does not offer this operation here; its server may be older."
		}
	default:
		e.Code, e.Message = Rejected, fmt.Sprintf("%s refused.", op.origin)
		if a.status == http.StatusBadRequest {
			e.Code = InvalidArguments
		}
	}
	return e
}

// unusable is the failure of an operation without an answer to go by. A read can simply be tried again; of a write
// nobody knows whether it was carried out.
func (op operation) unusable(status int, cause error) *Error {
	if !op.repeatable && !op.preparing {
		return &Error{Code: OutcomeUnknown, Status: status, cause: cause,
			Message: "The change was sent, but no usable answer came back. " +
				"It may or may not have been made; it was not sent again."}
	}
	e := &Error{Code: UpstreamUnavailable, Status: status, cause: cause,
		Message: "No usable answer came back.", Hint: "Try again in a moment."}
	if errors.Is(cause, context.DeadlineExceeded) {
		e.Code, e.Message = Timeout, "No answer came back in time."
	} else if errors.Is(cause, context.Canceled) {
		e.Code, e.Message = Timeout, "The call was cancelled."
	}
	return e
}
