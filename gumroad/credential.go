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
type Credential struct {
	secret string
	why    string // there is no secret, if that needs saying
}

// NewCredential returns secret as a Credential, without white space around it: copies and key files bring some along.
func NewCredential(secret string) Credential { return Credential{secret: strings.TrimSpace(secret)} }

// NoCredential returns a Credential without a secret, with which every operation fails and says why. It is for a server
// that starts all the same, since its client would show nothing of an error at start.
func NoCredential(why string) Credential { return Credential{why: why} }

// Missing returns the error of every operation if there is no secret, and nil if there is one.
func (c Credential) Missing() error {
	switch {
	case !c.IsZero():
		return nil
	case c.why != "":
		return &Error{Code: BadCredential, Message: "The configured credential cannot be used: " + c.why + ".",
			Hint: "Only a person can mend it: set MATON_API_KEY to a key from https://maton.ai (or GUMROAD_ACCESS_TOKEN " +
				"alone, to use Gumroad without Maton), and start the server again."}
	default:
		return &Error{Code: BadCredential, Message: "No credential is set.",
			Hint: "Set MATON_API_KEY (or GUMROAD_ACCESS_TOKEN, to use Gumroad without Maton), " +
				"or start with --sandbox to try without an account. The extension for Claude Desktop has a field for each."}
	}
}

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
