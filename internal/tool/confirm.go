package tool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/object"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// Confirm says which calls need a person's consent.
type Confirm string

// The modes of consent.
const (
	ConfirmAuto   Confirm = "auto"   // calls of tools that have a question (Tool.Ask)
	ConfirmAlways Confirm = "always" // those, and every other change
	ConfirmNever  Confirm = "never"  // none; the operator takes responsibility
)

const (
	consentLifetime = 10 * time.Minute
	consentAnswer   = "confirm" // the question's name in the protocol, and the field of its form
)

// needsConsent reports whether calls of a tool ask before they act.
func (m Confirm) needsConsent(t *Tool) bool {
	return m != ConfirmNever && (t.Ask != nil || m == ConfirmAlways && t.Effect != Reads)
}

// consent returns nil if the call may act now. Otherwise it returns what the client gets instead, in one of two forms:
//
//   - If the client can ask the person, a result that has it do so. The client calls again with the answer and with the
//     state, which holds a seal. Nothing else counts there: a model cannot answer in the person's place.
//   - If it cannot, an error confirmation_required with the question and a confirm token. The model asks the person and
//     calls again with the same arguments and the token.
//
// Either way the second call acts only if its seal is of that form and for this very call, and each seal counts once.
func (c *Catalog) consent(ctx context.Context, call *toolCall) (instead *mcp.CallToolResult, err error) {
	if !c.confirm.needsConsent(&call.Tool) {
		return nil, nil
	}
	question, err := call.question(ctx, c.env(call), c.confirm == ConfirmAlways)
	if err != nil || question == "" {
		return nil, err
	}
	call.consent = "asked"
	// The question is part of the seal, because it describes the record: if the record has changed since, the person
	// agreed to something else.
	subject := []string{call.FullName, string(call.arguments), call.store.Connection(), call.caller.principal(), question}
	if call.caller.CanBeAsked {
		return c.askPerson(ctx, call, question, subject)
	}
	if call.confirmToken == "" {
		return nil, c.askForToken(call, question, subject, "")
	}
	err = c.redeem(ctx, twoStep, call.confirmToken, subject)
	if why, refused := errors.AsType[refusal](err); refused {
		return nil, c.askForToken(call, question, subject, fmt.Sprintf("The confirm_token %s. ", why))
	}
	if err != nil {
		return nil, err
	}
	call.consent = "given"
	return nil, nil
}

// redeem uses up a seal. Where the state cannot tell whether that is its first use, the call fails.
func (c *Catalog) redeem(ctx context.Context, kind sealKind, seal string, subject []string) error {
	err := c.seals.redeem(ctx, kind, seal, subject)
	if _, refused := errors.AsType[refusal](err); refused || err == nil {
		return err
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	c.log.ErrorContext(ctx, "a consent could not be recorded as used", "state", c.seals.state.String(), "error", err)
	return failure{
		Code: gumroad.StateUnavailable,
		Message: fmt.Sprintf("The consent could not be recorded as used in %s, and without that it might count twice.",
			c.seals.state),
		Hint:      "Try again in a minute; the server's log says what is wrong.",
		Retryable: true,
		Changed:   "no",
	}
}

// askPerson returns nil if the person has just agreed, or the question for them. An answer uses the seal up, a no too.
func (c *Catalog) askPerson(ctx context.Context, call *toolCall, question string, subject []string) (
	instead *mcp.CallToolResult, err error) {
	if answer := call.answerTo(consentAnswer); answer != nil {
		err := c.redeem(ctx, dialog, call.state, subject)
		if !wasAsked(answer) {
			return nil, errNotAsked
		}
		if !agreed(answer) { // a no is a no, recorded or not
			call.consent = "declined"
			return nil, failure{Code: gumroad.NotAllowed, Message: "The person was asked and did not agree.",
				Hint: "Do not try again unless they say so.", Changed: "no"}
		}
		if err == nil {
			call.consent = "given"
			return nil, nil
		}
		if _, refused := errors.AsType[refusal](err); !refused {
			return nil, err
		}
		// The seal is expired, used, or for something else: ask again, about the record as it is now.
	}
	return ask(c.seals.issue(dialog, subject), consentAnswer, mcp.ElicitationParams{
		Mode:    mcp.ElicitationModeForm,
		Message: question,
		RequestedSchema: map[string]any{
			"type": "object",
			"properties": map[string]any{
				consentAnswer: map[string]any{"type": "boolean", "title": "Yes, do it", "default": false},
			},
			"required": []string{consentAnswer},
		},
	}), nil
}

// maxShown is how much of an argument a question shows, in characters: more than Gumroad takes of most.
const maxShown = 2_000

// question returns the question to put to the person, or "" if this call needs no consent. A tool without a question of
// its own asks by its title; so does one that has nothing to ask where always is set. Below the question stands every
// argument on a line, so that a person sees all that the call does. A question of a tool's own says what ids stand for.
func (call *toolCall) question(ctx context.Context, env Env, always bool) (question string, err error) {
	if call.Ask != nil {
		question, err = call.Ask(ctx, env, call.arguments)
	}
	if err != nil {
		return "", err
	}
	own := question != ""
	if !own {
		if call.Ask != nil && !(always && call.Effect != Reads) {
			return "", nil
		}
		question = call.Title + "?"
	}
	given, _ := object.Parse(call.arguments) // they were checked
	for _, argument := range given {
		if own && strings.HasSuffix(argument.Name, "_id") {
			continue
		}
		question += fmt.Sprintf("\n%s: %s", argument.Name, text.Block(argument.Text(), maxShown))
	}
	return question, nil
}

// askForToken returns the error confirmation_required with a new token, which the next call needs. before explains why
// an earlier token was refused.
func (c *Catalog) askForToken(call *toolCall, question string, subject []string, before string) failure {
	token := c.seals.issue(twoStep, subject)
	return failure{
		Code:    ConfirmationRequired,
		Message: before + "This needs a person's consent: " + question,
		Hint: fmt.Sprintf("Ask the person. If they agree, call %s again within %d minutes with the same arguments and "+
			"confirm_token %s.", call.FullName, int(consentLifetime.Minutes()), token),
		Changed:      "no",
		ConfirmToken: token,
	}
}

// wasAsked reports whether an answer is the person's. A client that could not ask gives one without a known action.
func wasAsked(answer *mcp.ElicitationResult) bool {
	switch answer.Action {
	case mcp.ElicitationResponseActionAccept, mcp.ElicitationResponseActionDecline, mcp.ElicitationResponseActionCancel:
		return true
	}
	return false
}

var errNotAsked = failure{Code: gumroad.NotAllowed, Changed: "no",
	Message: "This needs the person's answer, and their client could not ask them.",
	Hint:    "Tell them so, and do not try again unless they say so."}

func agreed(answer *mcp.ElicitationResult) bool {
	if answer.Action != mcp.ElicitationResponseActionAccept {
		return false
	}
	content, _ := answer.Content.(map[string]any)
	yes, _ := content[consentAnswer].(bool)
	return yes
}

// ask returns a result that has the client ask the person. The client then repeats the call with the answer and state.
func ask(state, name string, params mcp.ElicitationParams) *mcp.CallToolResult {
	result := &mcp.CallToolResult{}
	result.ResultType = mcp.ResultTypeInputRequired
	result.InputRequests = mcp.InputRequests{name: mcp.NewElicitationInputRequest(params)}
	result.RequestState = state
	return result
}

// answerTo returns the person's answer to the question of that name, or nil.
func (call *toolCall) answerTo(name string) *mcp.ElicitationResult {
	answer, ok := call.answers[name]
	if !ok || answer.Elicitation == nil && answer.DecodeFor(mcp.MethodElicitationCreate) != nil {
		return nil
	}
	return answer.Elicitation
}
