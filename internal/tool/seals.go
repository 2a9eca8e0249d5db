package tool

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

// seals issues and redeems seals. A seal stands for a person's consent to one exact call, its subject: the tool,
// arguments, store, caller and question. Nothing is stored until a seal is redeemed, so that any instance with the same
// key can redeem it. That it counts once is up to the state.
type seals struct {
	keys  [][]byte // the first one seals; the others did so before
	now   func() time.Time
	state state.State

	mu     sync.Mutex
	latest time.Time // that was ever seen: a clock that is set back must not revive what expired
}

func newSeals(key []byte, previous [][]byte, now func() time.Time, shared state.State) *seals {
	if len(key) == 0 {
		key = make([]byte, 32)
		rand.Read(key) // never fails
	}
	return &seals{keys: append([][]byte{key}, previous...), now: now, state: shared}
}

// sealKind is what a seal is good for. One of a dialog, which the model can read as well, is no confirm token.
type sealKind string

const (
	dialog  sealKind = "cd_"
	twoStep sealKind = "ct_"
)

const (
	nonceSize = 8 + 16 // expiry and randomness
	macSize   = 16
	// clockSkew is how far the clocks of instances may differ. One that is behind takes a seal for so much longer.
	clockSkew = 10 * time.Minute
)

// refusal says why a seal does not count, in words that follow its name.
type refusal string

func (r refusal) Error() string { return string(r) }

// issue returns a seal for subject. It is a nonce (expiry and random bytes) and the HMAC of kind, nonce and subject.
func (s *seals) issue(kind sealKind, subject []string) string {
	nonce := binary.BigEndian.AppendUint64(nil, uint64(s.latestTime().Add(consentLifetime).Unix()))
	random := make([]byte, nonceSize-len(nonce))
	rand.Read(random)
	nonce = append(nonce, random...)
	return string(kind) + base64.RawURLEncoding.EncodeToString(append(nonce, mac(s.keys[0], kind, nonce, subject)...))
}

// redeem accepts a seal once, before it expires, and only for the kind and the subject it was issued for. Its error is
// a refusal, or else the state's: then the seal may be used up, and still nobody may act on it.
func (s *seals) redeem(ctx context.Context, kind sealKind, seal string, subject []string) error {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(seal, string(kind)))
	if err != nil || len(raw) != nonceSize+macSize {
		return refusal("is not one of this server's")
	}
	nonce, given := raw[:nonceSize], raw[nonceSize:]
	fits := func(key []byte) bool { return hmac.Equal(given, mac(key, kind, nonce, subject)) }
	if !slices.ContainsFunc(s.keys, fits) {
		return refusal("is for other arguments, another store, another caller or an earlier state of the record")
	}
	expiry := time.Unix(int64(binary.BigEndian.Uint64(nonce)), 0)
	if s.latestTime().After(expiry) {
		return refusal("has expired")
	}
	id := sha256.Sum256(nonce)
	first, err := s.state.Claim(ctx, hex.EncodeToString(id[:16]), expiry.Add(clockSkew))
	if err == nil && !first {
		return refusal("was used before")
	}
	return err
}

func (s *seals) latestTime() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); now.After(s.latest) {
		s.latest = now
	}
	return s.latest
}

func mac(key []byte, kind sealKind, nonce []byte, subject []string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(kind))
	mac.Write(nonce)
	for _, part := range subject {
		// The length stands before each part, so that other parts with the same bytes in all give another HMAC.
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)[:macSize]
}
