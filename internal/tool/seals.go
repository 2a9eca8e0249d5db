package tool

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"time"
)

// seals issues and redeems seals. A seal stands for a person's consent to one exact call, its subject: the tool,
// arguments, store, caller and question. Nothing is stored until a seal is redeemed, so that any instance with the same
// key can redeem it.
type seals struct {
	key []byte
	now func() time.Time

	mu     sync.Mutex
	used   map[string]time.Time // the nonces of redeemed seals, until the seals expire
	latest time.Time            // that was ever seen: a clock that is set back must not revive what expired
}

func newSeals(key []byte, now func() time.Time) *seals {
	if len(key) == 0 {
		key = make([]byte, 32)
		rand.Read(key) // never fails
	}
	return &seals{key: key, now: now, used: map[string]time.Time{}}
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
)

// issue returns a seal for subject. It is a nonce (expiry and random bytes) and the HMAC of kind, nonce and subject.
func (s *seals) issue(kind sealKind, subject []string) string {
	nonce := binary.BigEndian.AppendUint64(nil, uint64(s.now().Add(consentLifetime).Unix()))
	random := make([]byte, nonceSize-len(nonce))
	rand.Read(random)
	nonce = append(nonce, random...)
	return string(kind) + base64.RawURLEncoding.EncodeToString(append(nonce, s.mac(kind, nonce, subject)...))
}

// redeem accepts a seal once, before it expires, and only for the kind and the subject it was issued for.
func (s *seals) redeem(kind sealKind, seal string, subject []string) error {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(seal, string(kind)))
	if err != nil || len(raw) != nonceSize+macSize {
		return errors.New("is not one of this server's")
	}
	nonce, mac := raw[:nonceSize], raw[nonceSize:]
	if !hmac.Equal(mac, s.mac(kind, nonce, subject)) {
		return errors.New("is for other arguments, another store, another caller or an earlier state of the record")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); now.After(s.latest) {
		s.latest = now
	}
	expiry := time.Unix(int64(binary.BigEndian.Uint64(nonce)), 0)
	if s.latest.After(expiry) {
		return errors.New("has expired")
	}
	for other, until := range s.used {
		if s.latest.After(until) {
			delete(s.used, other)
		}
	}
	if _, replayed := s.used[string(nonce)]; replayed {
		return errors.New("was used before")
	}
	s.used[string(nonce)] = expiry
	return nil
}

func (s *seals) mac(kind sealKind, nonce []byte, subject []string) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(kind))
	mac.Write(nonce)
	for _, part := range subject {
		// The length stands before each part, so that other parts with the same bytes in all give another HMAC.
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)[:macSize]
}
