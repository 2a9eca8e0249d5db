package tools

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
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

type confirmArguments struct {
	ConfirmToken string `json:"confirm_token,omitempty" jsonschema_description:"From the first call."`
}

// needsConsent is whether d asks before it acts.
func (m Confirm) needsConsent(d *Tool) bool {
	return m != ConfirmNever && (d.Ask != nil || m == ConfirmAlways && d.Effect != Reads)
}

// consent returns nil when the call may act now, or the result the client gets instead: a question for the person,
// or a refusal. A client that can ask its person is asked to; for others the first call changes nothing and gives a
// token for the second.
func (c *Catalog) consent(ctx context.Context, d *Definition, client *gumroad.Client, call call, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if !c.confirm.needsConsent(&d.Tool) {
		return nil, nil
	}
	question, err := c.question(ctx, d, client, call)
	if err != nil {
		return nil, err
	}
	// The question is part of what is sealed: if the record changed since, what the person agreed to is not what
	// would happen.
	subject := []string{d.FullName, string(call.arguments), client.Connection(), c.Principal(ctx), question}

	if call.confirmToken != "" {
		if err := c.seals.redeem(call.confirmToken, subject); err != nil {
			return c.twoStep(d, question, subject, fmt.Sprintf("The confirm_token %s. ", err)), nil
		}
		return nil, nil
	}
	if answer := server.ElicitationResponse(request.Params.InputResponses, consentAnswer); answer != nil {
		if !agreed(answer) {
			return failure{Code: NotAllowed, Message: "The person was asked and did not agree.",
				Hint: "Do not try again unless they say so.", Changed: "no"}.result(), nil
		}
		if err := c.seals.redeem(request.Params.RequestState, subject); err == nil {
			return nil, nil
		}
		// Stale or not ours: ask anew, about the record as it is now.
	}
	if c.canAsk(ctx) {
		return server.NewInputRequestBuilder(c.seals.issue(subject)).Elicit(consentAnswer, mcp.ElicitationParams{
			Mode:    mcp.ElicitationModeForm,
			Message: question,
			RequestedSchema: map[string]any{
				"type": "object",
				"properties": map[string]any{
					consentAnswer: map[string]any{"type": "boolean", "title": "Yes, do it", "default": false},
				},
				"required": []string{consentAnswer},
			},
		}).ToolResult(), nil
	}
	return c.twoStep(d, question, subject, ""), nil
}

func (c *Catalog) question(ctx context.Context, d *Definition, client *gumroad.Client, call call) (string, error) {
	if d.Ask != nil {
		return d.Ask(ctx, client, call.arguments)
	}
	return fmt.Sprintf("%s, with %s?", d.Title, quote(string(call.arguments))), nil
}

func (c *Catalog) twoStep(d *Definition, question string, subject []string, before string) *mcp.CallToolResult {
	token := c.seals.issue(subject)
	return failure{
		Code:    ConfirmationRequired,
		Message: before + "This needs a person's consent: " + question,
		Hint: fmt.Sprintf("Ask them. If they agree, call %s again within 10 minutes with the same arguments and confirm_token %s.",
			d.FullName, token),
		Changed:      "no",
		ConfirmToken: token,
	}.result()
}

func agreed(answer *mcp.ElicitationResult) bool {
	if answer.Action != mcp.ElicitationResponseActionAccept {
		return false
	}
	content, _ := answer.Content.(map[string]any)
	yes, _ := content[consentAnswer].(bool)
	return yes
}

// canAsk reports that the client declared form elicitation and can be reached. A client of an earlier protocol on
// stateless HTTP cannot be: its answer would find no session to return to.
func (c *Catalog) canAsk(ctx context.Context) bool {
	capability := c.elicitation(ctx)
	return capability != nil && (capability.Form != nil || capability.URL == nil)
}

func (c *Catalog) elicitation(ctx context.Context) *mcp.ElicitationCapability {
	if server.IsModernRequest(ctx) {
		if capabilities := server.RequestProtocolInfoFromContext(ctx).ClientCapabilities; capabilities != nil {
			return capabilities.Elicitation
		}
		return nil
	}
	session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo)
	if !ok || !c.bidirectional {
		return nil
	}
	return session.GetClientCapabilities().Elicitation
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
		return fmt.Errorf("is not one of this server's")
	}
	nonce, mac := raw[:nonceSize], raw[nonceSize:]
	if !hmac.Equal(mac, s.mac(nonce, subject)) {
		return fmt.Errorf("is for other arguments, another store or an earlier state of the record")
	}
	now := s.now()
	expiry := time.Unix(int64(binary.BigEndian.Uint64(nonce)), 0)
	if now.After(expiry) {
		return fmt.Errorf("has expired")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for other, until := range s.used {
		if now.After(until) {
			delete(s.used, other)
		}
	}
	if _, replayed := s.used[string(nonce)]; replayed {
		return fmt.Errorf("was used before")
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
