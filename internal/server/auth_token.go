package server

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
)

const (
	minToken    = 32 // bytes
	hashPrefix  = "sha256:"
	tokenPrefix = "gmcp_"
)

// NewToken makes a token for a caller, and the hash that stands for it in the tokens file.
func NewToken() (token, hash string) {
	secret := make([]byte, minToken)
	rand.Read(secret) // never fails
	token = tokenPrefix + base64.RawURLEncoding.EncodeToString(secret)
	sum := sha256.Sum256([]byte(token))
	return token, hashPrefix + hex.EncodeToString(sum[:])
}

// Tokens admits the bearers of the tokens that grants name by their hash, to act with the server's own credential.
// SHA-256 is enough for that: unlike a password, a random token of this size cannot be guessed, however fast the hash
// is.
func Tokens(grants map[string]Grant) (Granting, error) {
	t := &tokens{}
	return t, t.Replace(grants)
}

type tokens struct{ known atomic.Pointer[[]tokenCaller] }

// Replace has the tokens of other grants admitted instead. After an error nothing has changed.
func (t *tokens) Replace(grants map[string]Grant) error {
	var all []tokenCaller
	for who, grant := range grants {
		sum, err := hex.DecodeString(strings.TrimPrefix(who, hashPrefix))
		if err != nil || len(sum) != sha256.Size || !strings.HasPrefix(who, hashPrefix) {
			return errors.New(
				"a line does not begin with sha256: and the 64 hex digits of a token's hash; `gumroad-mcp token` makes one")
		}
		caller := &Caller{ID: callerID("token", who), Name: grant.Name, Client: grant.Client, Scopes: grant.Scopes}
		all = append(all, tokenCaller{[sha256.Size]byte(sum), caller})
	}
	t.known.Store(&all)
	return nil
}

type tokenCaller struct {
	hash   [sha256.Size]byte
	caller *Caller
}

func (t *tokens) Authenticate(r *http.Request) (*Caller, error) {
	token, err := bearer(r)
	if err != nil {
		return nil, unauthorized("Send a token of this server: Authorization: Bearer TOKEN.", "")
	}
	// Every hash is compared to its end, so that the time taken does not tell which one came close.
	sum := sha256.Sum256([]byte(token))
	var found *Caller
	for _, known := range *t.known.Load() {
		if subtle.ConstantTimeCompare(sum[:], known.hash[:]) == 1 {
			found = known.caller
		}
	}
	if found == nil || len(token) < minToken {
		return nil, unauthorized("The token is not one of this server's.", "invalid_token")
	}
	return found, nil
}
