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

// Confirm is when a call needs a person's consent.
type Confirm string

// The modes of consent.
const (
	ConfirmAuto   Confirm = "auto"   // for what cannot be undone
	ConfirmAlways Confirm = "always" // for every change
	ConfirmNever  Confirm = "never"  // for nothing; the operator answers for it
)

const (
	consentLifetime = 10 * time.Minute
	consentAnswer   = "confirm"
)

// needsConsent is whether a tool asks before it acts.
func (m Confirm) needsConsent(t *Tool) bool {
	return m != ConfirmNever && (t.Ask != nil || m == ConfirmAlways && t.Effect != Reads)
}

// consent returns nil when the call may act now, or a question for the person, which the client gets instead. A client
// that can ask its person is asked to; for others the first call changes nothing and gives a token for the second.
func (c *Catalog) consent(ctx context.Context, call *call) (instead *mcp.CallToolResult, err error) {
	if !c.confirm.needsConsent(&call.Tool) {
		return nil, nil
	}
	question, err := call.question(ctx)
	if err != nil {
		return nil, err
	}
	// The question is sealed too: if the record has changed since, the person agreed to something else.
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
		// The seal is stale or not ours: ask again, about the record as it is now.
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

func (call *call) question(ctx context.Context) (string, error) {
	if call.Ask != nil {
		return call.Ask(ctx, call.store, call.arguments)
	}
	return fmt.Sprintf("%s, with %s?", call.Title, text.Quote(string(call.arguments))), nil
}

// askForToken is the first step of two: nothing is done, and the second call needs the token.
func (c *Catalog) askForToken(call *call, question string, subject []string, before string) failure {
	token := c.seals.issue(subject)
	return failure{
		Code:    ConfirmationRequired,
		Message: before + "This needs a person's consent: " + question,
		Hint: fmt.Sprintf("Ask them. If they agree, call %s again within 10 minutes with the same arguments and confirm_token %s.",
			call.FullName, token),
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

// ask is the result that has the client ask its person; the client then calls again with the answer and the state.
func ask(state, name string, params mcp.ElicitationParams) *mcp.CallToolResult {
	result := &mcp.CallToolResult{}
	result.ResultType = mcp.ResultTypeInputRequired
	result.InputRequests = mcp.InputRequests{name: mcp.NewElicitationInputRequest(params)}
	result.RequestState = state
	return result
}

// answerTo is the person's answer to a question of that name, or nil.
func (call *call) answerTo(name string) *mcp.ElicitationResult {
	answer, ok := call.answers[name]
	if !ok || answer.Elicitation == nil && answer.DecodeFor(mcp.MethodElicitationCreate) != nil {
		return nil
	}
	return answer.Elicitation
}

// seals issues and redeems tokens that stand for a person's consent to one exact call.
type seals struct {
	key []byte
	now func() time.Time

	mu   sync.Mutex
	used map[string]time.Time // by nonce, until it expires
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

// issue returns a token for subject: expiry, randomness and their HMAC with the subject.
func (s *seals) issue(subject []string) string {
	nonce := binary.BigEndian.AppendUint64(nil, uint64(s.now().Add(consentLifetime).Unix()))
	random := make([]byte, nonceSize-len(nonce))
	rand.Read(random)
	nonce = append(nonce, random...)
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(append(nonce, s.mac(nonce, subject)...))
}

// redeem accepts a token once, in time, for the very subject it was issued for.
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
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part)))) // so that parts cannot flow into each other
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)[:macSize]
}
