package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	mcpserver "github.com/mark3labs/mcp-go/server"
	"golang.org/x/time/rate"
)

// OAuth is an OAuth 2.1 resource server: it admits the bearers of access tokens that an issuer made for this server.
type OAuth struct {
	Issuer   string
	Audience string           // what tokens for this server name as their audience
	Resource string           // the URL of this server's MCP endpoint, as clients know it
	KeysURL  string           // where the issuer publishes its keys; "" to look it up in the issuer's metadata
	Subjects map[string]Grant // by subject; "*" applies to any other
	Client   *http.Client
	Now      func() time.Time

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
}

const (
	issuerTimeout = 10 * time.Second
	// A token with an unknown key id makes the verifier fetch the keys again, and anyone can send such tokens.
	keyFetchEvery = 5 * time.Second
	keyFetchBurst = 5
)

// algorithms are the signature algorithms with public verification keys. With any other, whoever can verify a token can
// also make one.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA,
}

// Authenticate verifies the token's signature, issuer, audience and expiry. The token is not passed on.
func (o *OAuth) Authenticate(r *http.Request) (*Caller, error) {
	raw, err := bearer(r)
	if err != nil {
		return nil, o.challenge("Authorize first; the header WWW-Authenticate says where.", "")
	}
	verifier, err := o.tokenVerifier()
	if err != nil {
		return nil, refuse(http.StatusServiceUnavailable,
			"The issuer of access tokens cannot be reached, so nothing was done. Try again in a moment.").
			after(keyFetchEvery).because(err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), issuerTimeout)
	defer cancel()
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return nil, o.challenge("The access token is not valid for this server, or has expired.", "invalid_token").
			because(err)
	}
	var claims struct {
		Scope scopeClaim `json:"scope"` // RFC 9068
		Scp   scopeClaim `json:"scp"`   // what some issuers send instead
	}
	if err := token.Claims(&claims); err != nil {
		return nil, o.challenge("The access token's claims cannot be read.", "invalid_token").because(err)
	}
	grant, ok := o.Subjects[token.Subject]
	if !ok {
		grant, ok = o.Subjects["*"]
	}
	if !ok || token.Subject == "" {
		return nil, refuse(http.StatusForbidden, "You have no store on this server. Ask whoever runs it.")
	}
	return &Caller{
		ID:     callerID("subject", token.Issuer, token.Subject),
		Client: grant.Client,
		Scopes: grant.Scopes.and(Scopes(append(claims.Scope, claims.Scp...))),
	}, nil
}

// scopeClaim is a claim that issuers send as one string of words or as a list of them.
type scopeClaim []string

func (s *scopeClaim) UnmarshalJSON(raw []byte) error {
	var words string
	if json.Unmarshal(raw, &words) == nil {
		*s = strings.Fields(words)
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(s))
}

// tokenVerifier returns the verifier with the issuer's keys. It makes it on the first request and not at start, because
// the issuer may start later than this server.
func (o *OAuth) tokenVerifier() (*oidc.IDTokenVerifier, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.verifier != nil {
		return o.verifier, nil
	}
	client := *o.Client
	client.Timeout = issuerTimeout
	client.Transport = paced{client.Transport, rate.NewLimiter(rate.Every(keyFetchEvery), keyFetchBurst)}
	ctx := oidc.ClientContext(context.Background(), &client)
	keysURL := o.KeysURL
	if keysURL == "" {
		provider, err := oidc.NewProvider(ctx, o.Issuer)
		if err != nil {
			return nil, fmt.Errorf("issuer's metadata: %w", err)
		}
		var metadata struct {
			KeysURL string `json:"jwks_uri"`
		}
		if err := provider.Claims(&metadata); err != nil {
			return nil, fmt.Errorf("issuer's metadata: %w", err)
		}
		keysURL = metadata.KeysURL
	}
	o.verifier = oidc.NewVerifier(o.Issuer, oidc.NewRemoteKeySet(ctx, keysURL),
		&oidc.Config{ClientID: o.Audience, SupportedSigningAlgs: algorithms, Now: o.Now})
	return o.verifier, nil
}

// paced limits requests to the issuer, so that nobody can make this server flood it.
type paced struct {
	next  http.RoundTripper
	limit *rate.Limiter
}

var errPaced = errors.New("the issuer's keys were fetched too often in the last seconds")

func (p paced) RoundTrip(r *http.Request) (*http.Response, error) {
	if !p.limit.Allow() {
		return nil, errPaced
	}
	if p.next == nil {
		return http.DefaultTransport.RoundTrip(r)
	}
	return p.next.RoundTrip(r)
}

// challenge refuses a request and tells the client where to get a token.
func (o *OAuth) challenge(message, code string) *Refusal {
	return unauthorized(message, code, o.metadataParameter(), `scope="`+strings.Join(allScopes, " ")+`"`)
}

// insufficient refuses a request that needs one more scope. The client can ask the issuer for the scopes it names.
func (o *OAuth) insufficient(scope string, has Scopes) *Refusal {
	wanted := strings.Join(append(slices.Clone(has), scope), " ")
	return refuse(http.StatusForbidden, "The access token lacks the scope "+scope+".").
		with("WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+wanted+`", `+o.metadataParameter())
}

func (o *OAuth) metadataParameter() string {
	return `resource_metadata="` + o.metadataURL() + `"`
}

func (o *OAuth) metadataURL() string {
	path := o.MetadataPath()
	return strings.TrimSuffix(o.Resource, strings.TrimPrefix(path, mcpserver.WellKnownProtectedResourcePath)) + path
}

// MetadataPath returns the path at which RFC 9728 has clients look for the metadata.
func (o *OAuth) MetadataPath() string { return mcpserver.ProtectedResourceMetadataPath(o.Resource) }

func (o *OAuth) metadata() http.Handler {
	return mcpserver.NewProtectedResourceMetadataHandler(mcpserver.ProtectedResourceMetadataConfig{
		Resource:               o.Resource,
		AuthorizationServers:   []string{o.Issuer},
		ScopesSupported:        allScopes,
		BearerMethodsSupported: []string{"header"},
		ResourceName:           "Gumroad",
	})
}
