package gumroad

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strings"
)

const redacted = "[redacted]"

// Credential is a Maton key or a Gumroad access token. Every printed form of it is "[redacted]"; the secret itself
// leaves only through authorize.
type Credential struct{ secret string }

// NewCredential returns secret as a Credential, without white space around it: copies and key files bring some along.
func NewCredential(secret string) Credential { return Credential{strings.TrimSpace(secret)} }

// IsZero reports whether there is no secret.
func (c Credential) IsZero() bool { return c.secret == "" }

// Valid returns an InvalidArguments error for a secret that could not be sent in a header.
func (c Credential) Valid() error {
	for _, r := range c.secret {
		if r <= ' ' || r > '~' {
			return Invalid("It holds a character that no key has (white space or not ASCII).")
		}
	}
	return nil
}

// Fingerprint returns 16 hex digits of a hash, which tell credentials apart without giving them away.
func (c Credential) Fingerprint() string {
	sum := sha256.Sum256([]byte("gumroad-mcp credential\x00" + c.secret))
	return hex.EncodeToString(sum[:8])
}

// String returns "[redacted]", or "" for no credential.
func (c Credential) String() string {
	if c.IsZero() {
		return ""
	}
	return redacted
}

// GoString keeps %#v from printing the field.
func (c Credential) GoString() string { return c.String() }

// MarshalText covers JSON, YAML and every other encoder that asks.
func (c Credential) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// LogValue covers slog.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.String()) }

func (c Credential) authorize(h http.Header) { h.Set("Authorization", "Bearer "+c.secret) }
