package server

import (
	"net/http"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// maxBearer is longer than any key or token that is meant.
const maxBearer = 8 << 10

// Open admits everyone, who then act with the server's own credential. It is for this machine only.
func Open(client *gumroad.Client) Authenticator {
	return open{&Caller{ID: "local", Client: client, Scopes: AllScopes()}}
}

type open struct{ everyone *Caller }

func (o open) Authenticate(*http.Request) (*Caller, error) { return o.everyone, nil }

// Passthrough takes the bearer for the caller's own Maton key. It is good for that request and goes to Maton alone.
func Passthrough(client *gumroad.Client) Authenticator { return passthrough{client} }

type passthrough struct{ client *gumroad.Client }

func (p passthrough) Authenticate(r *http.Request) (*Caller, error) {
	key, err := bearer(r)
	if err != nil {
		return nil, unauthorized("Send your Maton key: Authorization: Bearer KEY.", "")
	}
	credential := gumroad.NewCredential(key)
	if credential.Valid() != nil {
		return nil, unauthorized("That is no Maton key.", "invalid_token")
	}
	return &Caller{ID: callerID("key", key), Client: p.client.WithCredential(credential), Scopes: AllScopes()}, nil
}

type noBearer struct{}

func (noBearer) Error() string { return "no bearer" }

func bearer(r *http.Request) (string, error) {
	given := r.Header.Values("Authorization")
	if len(given) != 1 || len(given[0]) > maxBearer {
		return "", noBearer{}
	}
	scheme, token, _ := strings.Cut(given[0], " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", noBearer{}
	}
	return token, nil
}

// unauthorized asks for a bearer. A request without one gets no error code (RFC 6750, section 3.1).
func unauthorized(message, code string, parameters ...string) *Refusal {
	parameters = append([]string{`realm="gumroad-mcp"`}, parameters...)
	if code != "" {
		parameters = append(parameters, `error="`+code+`"`)
	}
	return refuse(http.StatusUnauthorized, message).with("WWW-Authenticate", "Bearer "+strings.Join(parameters, ", "))
}
