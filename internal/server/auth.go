package server

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// maxBearer is the length of the longest bearer that is looked at, in bytes.
const maxBearer = 8 << 10

// Open admits everyone, to act with the server's own credential. It is only for servers that no other machine reaches.
func Open(client *gumroad.Client) Authenticator {
	return open{&Caller{ID: "local", Client: client, Scopes: AllScopes()}}
}

type open struct{ everyone *Caller }

// forwarded matches the headers in which proxies, load balancers and content networks say whom they forward for.
var forwarded = regexp.MustCompile(`^(X-)?(Original-)?Forwarded(-.*)?$|^X-Original-|^Via$|` +
	`^(X-)?(Real|Client|True-Client|Cluster-Client)-Ip$|^(Cf|Fly|X-Envoy|X-Amzn|X-Azure)-`)

// Authenticate refuses a request that came through a proxy: the proxy is on this machine, and its clients need not be.
func (o open) Authenticate(r *http.Request) (*Caller, error) {
	for name := range r.Header {
		if forwarded.MatchString(name) {
			return nil, refuse(http.StatusForbidden, "This server answers only programs on its own machine, and the request "+
				"came through a proxy ("+name+"). Its operator can choose with --auth who may call.")
		}
	}
	return o.everyone, nil
}

// Passthrough uses the bearer as the caller's own Maton key. The key serves that request only and goes to Maton only.
func Passthrough(client *gumroad.Client) Authenticator { return passthrough{client} }

type passthrough struct{ client *gumroad.Client }

func (p passthrough) Authenticate(r *http.Request) (*Caller, error) {
	key, err := bearer(r)
	if err != nil {
		return nil, unauthorized("Send your Maton key: Authorization: Bearer KEY.", "")
	}
	credential := gumroad.NewCredential(key)
	if credential.Valid() != nil {
		return nil, unauthorized("The bearer cannot be a Maton key.", "invalid_token")
	}
	return &Caller{ID: callerID("key", key), Client: p.client.WithCredential(credential), Scopes: AllScopes()}, nil
}

var errNoBearer = errors.New("no bearer")

// bearer returns the token of a request's Authorization header.
func bearer(r *http.Request) (string, error) {
	given := r.Header.Values("Authorization")
	if len(given) != 1 || len(given[0]) > maxBearer {
		return "", errNoBearer
	}
	scheme, token, _ := strings.Cut(given[0], " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", errNoBearer
	}
	return token, nil
}

// unauthorized refuses a request and asks for a bearer. code is OAuth's error code, which is left out if the request
// had no bearer at all (RFC 6750, section 3.1).
func unauthorized(message, code string, parameters ...string) *Refusal {
	parameters = append([]string{`realm="gumroad-mcp"`}, parameters...)
	if code != "" {
		parameters = append(parameters, `error="`+code+`"`)
	}
	return refuse(http.StatusUnauthorized, message).with("WWW-Authenticate", "Bearer "+strings.Join(parameters, ", "))
}
