package tool

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
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
//     state, which holds a confirm token.
//   - If it cannot, an error confirmation_required with the question and a confirm token. The model asks the person and
//     calls again with the same arguments and the token.
//
// Either way the second call acts only if its token was sealed to this very call.
func (c *Catalog) consent(ctx context.Context, call *toolCall) (instead *mcp.CallToolResult, err error) {
	if !c.confirm.needsConsent(&call.Tool) {
		return nil, nil
	}
	question, err := call.question(ctx)
	if err != nil {
		return nil, err
	}
	// The question is part of the seal, because it describes the record: if the record has changed since, the person
	// agreed to something else.
	subject := []string{call.FullName, string(call.arguments), call.store.Connection(), call.caller.principal(), question}

	if call.confirmToken != "" {
		if err := c.seals.redeem(call.confirmToken, subject); err != nil {
			return nil, c.askForToken(call, question, subject, fmt.Sprintf("The confirm_token %s. ", err))
		}
		return nil, nil
	}
	if answer := call.answerTo(consentAnswer); answer != nil {
		if !agreed(answer) {
			return nil, failure{Code: gumroad.NotAllowed, Message: "The person was asked and did not agree.",
				Hint: "Do not try again unless they say so.", Changed: "no"}
		}
		if err := c.seals.redeem(call.state, subject); err == nil {
			return nil, nil
		}
		// The token is expired, used, or sealed to something else: ask again, about the record as it is now.
	}
	if call.caller.CanBeAsked {
		return ask(c.seals.issue(subject), consentAnswer, mcp.ElicitationParams{
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
	return nil, c.askForToken(call, question, subject, "")
}

// question returns the question to put to the person. A tool without its own asks by its title and arguments.
func (call *toolCall) question(ctx context.Context) (string, error) {
	if call.Ask != nil {
		return call.Ask(ctx, call.store, call.arguments)
	}
	return fmt.Sprintf("%s, with %s?", call.Title, text.Quote(string(call.arguments))), nil
}

// askForToken returns the error confirmation_required with a new token, which the next call needs. before explains why
// an earlier token was refused.
func (c *Catalog) askForToken(call *toolCall, question string, subject []string, before string) failure {
	token := c.seals.issue(subject)
	return failure{
		Code:    ConfirmationRequired,
		Message: before + "This needs a person's consent: " + question,
		Hint: fmt.Sprintf("Ask the person. If they agree, call %s again within %d minutes with the same arguments and "+
			"confirm_token %s.", call.FullName, int(consentLifetime.Minutes()), token),
		Changed:      "no",
		ConfirmToken: token,
	}
}

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

// seals issues and redeems confirm tokens. A token stands for a person's consent to one exact call, its subject: the
// tool, arguments, store, caller and question. Nothing is stored until a token is redeemed, so that any instance with
// the same key can redeem it.
type seals struct {
	key []byte
	now func() time.Time

	mu   sync.Mutex
	used map[string]time.Time // the nonces of redeemed tokens, until the tokens expire
}

func newSeals(key []byte, now func() time.Time) *seals {
	if len(key) == 0 {
		key = make([]byte, 32)
		rand.Read(key) // never fails
	}
	return &seals{key: key, now: now, used: map[string]time.Time{}}
}

const (
	nonceSize   = 8 + 16 // expiry and randomness
	macSize     = 16
	tokenPrefix = "ct_"
)

// issue returns a token for subject. It is a nonce (expiry and random bytes) and the HMAC of nonce and subject.
func (s *seals) issue(subject []string) string {
	nonce := binary.BigEndian.AppendUint64(nil, uint64(s.now().Add(consentLifetime).Unix()))
	random := make([]byte, nonceSize-len(nonce))
	rand.Read(random)
	nonce = append(nonce, random...)
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(append(nonce, s.mac(nonce, subject)...))
}

// redeem accepts a token once, before it expires, and only for the subject it was issued for.
func (s *seals) redeem(token string, subject []string) error {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, tokenPrefix))
	if err != nil || len(raw) != nonceSize+macSize {
		return errors.New("is not one of this server's")
	}
	nonce, mac := raw[:nonceSize], raw[nonceSize:]
	if !hmac.Equal(mac, s.mac(nonce, subject)) {
		return errors.New("is for other arguments, another store or an earlier state of the record")
	}
	now := s.now()
	expiry := time.Unix(int64(binary.BigEndian.Uint64(nonce)), 0)
	if now.After(expiry) {
		return errors.New("has expired")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for other, until := range s.used {
		if now.After(until) {
			delete(s.used, other)
		}
	}
	if _, replayed := s.used[string(nonce)]; replayed {
		return errors.New("was used before")
	}
	s.used[string(nonce)] = expiry
	return nil
}

func (s *seals) mac(nonce []byte, subject []string) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(nonce)
	for _, part := range subject {
		// The length stands before each part, so that other parts with the same bytes in all give another HMAC.
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)[:macSize]
}
