package server

import (
	"cmp"
	"context"
	"encoding/base64"
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
	Subjects map[string]Grant // by subject; "*" applies to any other. Replace changes them while serving
	Client   *http.Client
	Now      func() time.Time

	mu       sync.Mutex
	verifier *tokenVerifier
}

// tokenVerifier verifies tokens with the keys that their issuer publishes.
type tokenVerifier struct {
	*oidc.IDTokenVerifier
	keys *issuerKeys
}

const (
	issuerTimeout = 10 * time.Second
	// A token with an unknown key id makes the verifier fetch the keys again, and anyone can send such tokens.
	keyFetchEvery = 5 * time.Second
	keyFetchBurst = 5
	// A key that the issuer has withdrawn is accepted until the keys are forgotten. They are fetched again before that, so
	// that an issuer which is away for a moment stops nobody.
	keysRenewed   = 4 * time.Minute
	keysForgotten = 5 * time.Minute
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
		return nil, issuerAway(err)
	}
	var unreachable error
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), unreachableKey{}, &unreachable), issuerTimeout)
	defer cancel()
	token, err := verifier.Verify(ctx, raw)
	if unreachable != nil {
		return nil, issuerAway(unreachable)
	}
	if err == nil {
		err = checkAccessToken(raw, token)
	}
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
	grant, ok := o.grant(token.Subject)
	if !ok || token.Subject == "" {
		return nil, refuse(http.StatusForbidden, "You have no store on this server. Ask whoever runs it.")
	}
	scopes := grant.Scopes.and(Scopes(append(claims.Scope, claims.Scp...)))
	return &Caller{
		ID:         callerID("subject", token.Issuer, token.Subject),
		Name:       grant.Name,
		Client:     grant.Client,
		Scopes:     scopes,
		Obtainable: grant.Scopes.without(scopes),
	}, nil
}

// signedByNobody has the form of a token. Verifying it fetches the issuer's keys and nothing else.
const signedByNobody = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"

// reach fetches the issuer's keys, or returns why it cannot.
func (o *OAuth) reach(ctx context.Context) error {
	verifier, err := o.tokenVerifier()
	if err != nil {
		return err
	}
	var unreachable error
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, unreachableKey{}, &unreachable), issuerTimeout)
	defer cancel()
	_, _ = verifier.keys.VerifySignature(ctx, signedByNobody)
	return unreachable
}

// Replace has the subjects of other grants admitted instead.
func (o *OAuth) Replace(grants map[string]Grant) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.Subjects = grants
	return nil
}

func (o *OAuth) grant(subject string) (Grant, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if grant, ok := o.Subjects[subject]; ok {
		return grant, true
	}
	grant, ok := o.Subjects["*"]
	return grant, ok
}

func issuerAway(cause error) *Refusal {
	return refuse(http.StatusServiceUnavailable,
		"The issuer of access tokens cannot be reached, so nothing was done. Try again in a moment.").
		after(keyFetchEvery).because(cause)
}

// checkAccessToken refuses what the issuer signed for another purpose, such as an ID token (RFC 9068, section 4).
func checkAccessToken(raw string, token *oidc.IDToken) error {
	var header struct {
		Type string `json:"typ"`
	}
	encoded, _, _ := strings.Cut(raw, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	if err == nil {
		err = json.Unmarshal(decoded, &header)
	}
	if err != nil {
		return fmt.Errorf("token's header: %w", err)
	}
	switch kind := strings.TrimPrefix(strings.ToLower(header.Type), "application/"); kind {
	case "at+jwt":
		return nil
	case "jwt": // what issuers send that do not follow RFC 9068, in ID tokens too
		var claims map[string]json.RawMessage
		if err := token.Claims(&claims); err != nil {
			return err
		}
		for _, name := range []string{"nonce", "at_hash", "c_hash"} {
			if _, ok := claims[name]; ok {
				return fmt.Errorf("it is an ID token: it has the claim %s", name)
			}
		}
		return nil
	default:
		return errors.New("its type (typ) is neither at+jwt nor JWT")
	}
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
func (o *OAuth) tokenVerifier() (*tokenVerifier, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.verifier != nil {
		return o.verifier, nil
	}
	client := *o.Client
	client.Timeout = issuerTimeout
	client.Transport = &paced{next: client.Transport, limit: rate.NewLimiter(rate.Every(keyFetchEvery), keyFetchBurst)}
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
	now := o.Now
	if now == nil {
		now = time.Now
	}
	keys := &issuerKeys{fetch: func() oidc.KeySet { return oidc.NewRemoteKeySet(ctx, keysURL) }, now: now}
	o.verifier = &tokenVerifier{keys: keys, IDTokenVerifier: oidc.NewVerifier(o.Issuer, keys,
		&oidc.Config{ClientID: o.Audience, SupportedSigningAlgs: algorithms, Now: o.Now})}
	return o.verifier, nil
}

// issuerKeys verifies with the issuer's published keys, and forgets them in time. go-oidc's own key set keeps a key until
// a token names one that it does not have.
type issuerKeys struct {
	fetch func() oidc.KeySet // makes a set that fetches the keys on its first use
	now   func() time.Time

	mu      sync.Mutex
	current oidc.KeySet // nil before the first fetch
	next    oidc.KeySet // nil unless the keys are to be fetched again
	fetched time.Time   // when those of current were
}

type unreachableKey struct{}

// VerifySignature tells the caller through the context that the keys could not be fetched, since the verifier does not
// pass errors on.
func (k *issuerKeys) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	now := k.now()
	k.mu.Lock()
	current, age := k.current, now.Sub(k.fetched)
	if k.next == nil && (current == nil || age >= keysRenewed) {
		k.next = k.fetch()
	}
	next := k.next
	k.mu.Unlock()
	if next != nil {
		payload, err := next.VerifySignature(ctx, jwt)
		if !notFetched(err) {
			k.renew(next, now)
			return payload, err
		}
		if current == nil || age >= keysForgotten {
			return nil, notReached(ctx, err)
		}
	}
	payload, err := current.VerifySignature(ctx, jwt)
	if notFetched(err) && !errors.Is(err, errPaced) { // when paced, the keys are recent and the token's is not among them
		return nil, notReached(ctx, err)
	}
	return payload, err
}

func (k *issuerKeys) renew(fetched oidc.KeySet, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.next == fetched {
		k.current, k.next, k.fetched = fetched, nil, at
	}
}

// notFetched reports that a key set could not fetch its keys. It wraps only that error; a signature that does not match
// has none inside.
func notFetched(err error) bool {
	return errors.Unwrap(err) != nil || errors.Is(err, context.DeadlineExceeded)
}

func notReached(ctx context.Context, err error) error {
	if tell, ok := ctx.Value(unreachableKey{}).(*error); ok {
		*tell = err
	}
	return err
}

// paced limits requests to the issuer, so that nobody can make this server flood it.
type paced struct {
	next  http.RoundTripper
	limit *rate.Limiter

	mu     sync.Mutex
	failed error // of the last request, or nil
}

var errPaced = errors.New("the issuer's keys were fetched too often in the last seconds")

// RoundTrip fails as the last request did if it is too early for another.
func (p *paced) RoundTrip(r *http.Request) (*http.Response, error) {
	if !p.limit.Allow() {
		p.mu.Lock()
		defer p.mu.Unlock()
		return nil, cmp.Or(p.failed, errPaced)
	}
	next := p.next
	if next == nil {
		next = http.DefaultTransport
	}
	response, err := next.RoundTrip(r)
	if err == nil && response.StatusCode != http.StatusOK {
		response.Body.Close()
		err = fmt.Errorf("the issuer answered HTTP %d", response.StatusCode)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed = err; err != nil {
		return nil, err
	}
	return response, nil
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
