package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// issuer is an OAuth authorization server.
type issuer struct {
	*httptest.Server
	key     *ecdsa.PrivateKey
	signer  jose.Signer
	fetches atomic.Int64 // of its keys

	away      atomic.Bool // its answers are errors
	withdrawn atomic.Bool // its keys are another's
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{key: newKey(t)}
	i.signer = signer(t, jose.ES256, i.key, "key-1")
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys",
			"authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		i.fetches.Add(1)
		if i.away.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		key := jose.JSONWebKey{Key: i.key.Public(), KeyID: "key-1", Algorithm: "ES256", Use: "sig"}
		if i.withdrawn.Load() {
			key.KeyID = "key-2"
		}
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signer(t *testing.T, algorithm jose.SignatureAlgorithm, key any, id string) jose.Signer {
	t.Helper()
	return typedSigner(t, algorithm, key, id, "at+jwt")
}

func typedSigner(
	t *testing.T, algorithm jose.SignatureAlgorithm, key any, id string, kind jose.ContentType,
) jose.Signer {
	t.Helper()
	options := (&jose.SignerOptions{}).WithHeader("kid", id)
	if kind != "" {
		options.WithType(kind)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// startOAuth runs a server that admits anna to the first store, and bert to read the second.
func startOAuth(t *testing.T, i *issuer) (s *testserver.HTTP, resource string) {
	t.Helper()
	return startOAuthAt(t, i, func() time.Time { return testserver.Now })
}

func startOAuthAt(t *testing.T, i *issuer, now func() time.Time) (s *testserver.HTTP, resource string) {
	t.Helper()
	first, second := testserver.Connections()
	s = testserver.StartHTTP(t, func(s *testserver.Settings) {
		s.Auth = func(client *gumroad.Client, base string) server.Authenticator {
			resource = base + "/mcp"
			return &server.OAuth{
				Issuer: i.URL, Audience: resource, Resource: resource, Client: http.DefaultClient,
				Now:      now,
				Subjects: grants(t, client, "anna connection="+first, "bert connection="+second+" scopes=gumroad:read"),
			}
		}
	})
	return s, resource
}

// claims are a change to the claims of a good token; a nil takes a claim away.
type claims map[string]any

// TestLookForTheIssuer: what would keep everybody out is in the log at start.
func TestLookForTheIssuer(t *testing.T) {
	const warning = `msg="the issuer of access tokens cannot be reached"`
	for _, test := range []struct {
		name   string
		change func(*issuer)
		warns  bool
	}{
		{"it is there", func(*issuer) {}, false},
		{"its keys are not", func(i *issuer) { i.away.Store(true) }, true},
		{"it is not", func(i *issuer) { i.Close() }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newIssuer(t)
			s, _ := startOAuth(t, i)
			test.change(i)
			s.Look(t.Context())
			if said := s.Log.String(); strings.Contains(said, warning) != test.warns {
				t.Errorf("warned: %t, want %t; the log:\n%s", !test.warns, test.warns, said)
			}
		})
	}
}

// token is one of anna's for everything, with changed claims and signed by signer.
func (i *issuer) token(t *testing.T, signer jose.Signer, resource string, change claims) string {
	t.Helper()
	all := claims{"iss": i.URL, "aud": resource, "sub": "anna", "iat": testserver.Now.Unix(),
		"exp": testserver.Now.Add(time.Hour).Unix(), "scope": "openid gumroad:read gumroad:write gumroad:destroy"}
	for name, value := range change {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	raw, err := jwt.Signed(signer).Claims(map[string]any(all)).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestOAuthDiscovery(t *testing.T) {
	i := newIssuer(t)
	s, resource := startOAuth(t, i)
	t.Run("a request without a token is told where to begin", func(t *testing.T) {
		got := s.In(t).Post(getUser)
		got.WantStatus(t, http.StatusUnauthorized)
		want := `Bearer realm="gumroad-mcp", resource_metadata="` + s.Base + `/.well-known/oauth-protected-resource/mcp", ` +
			`scope="gumroad:read gumroad:write gumroad:destroy"`
		if diff := cmp.Diff(want, got.Header.Get("WWW-Authenticate")); diff != "" {
			t.Errorf("WWW-Authenticate (-want +got):\n%s", diff)
		}
	})
	for _, path := range []string{"/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"} {
		t.Run(path+" names the issuer and the scopes", func(t *testing.T) {
			var got map[string]any
			if err := json.Unmarshal([]byte(s.In(t).Get(path).Body), &got); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{
				"resource": resource, "resource_name": "Gumroad", "authorization_servers": []any{i.URL},
				"scopes_supported":         []any{"gumroad:read", "gumroad:write", "gumroad:destroy"},
				"bearer_methods_supported": []any{"header"},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("metadata (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOAuthTokens(t *testing.T) {
	i := newIssuer(t)
	s, resource := startOAuth(t, i)
	good := func(change claims) string { return i.token(t, i.signer, resource, change) }

	publicPoint, err := i.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	unsigned := "eyJhbGciOiJub25lIn0." + strings.Split(good(nil), ".")[1] + "."
	for name, token := range map[string]string{
		"for another audience":              good(claims{"aud": "https://elsewhere.example/mcp"}),
		"for no audience":                   good(claims{"aud": nil}),
		"of another issuer":                 good(claims{"iss": "https://elsewhere.example"}),
		"that has expired":                  good(claims{"exp": testserver.Now.Add(-time.Second).Unix()}),
		"that never expires":                good(claims{"exp": nil}),
		"that is not valid yet":             good(claims{"nbf": testserver.Now.Add(time.Hour).Unix()}),
		"whose scope cannot be read":        good(claims{"scope": 5}),
		"signed with another's key":         i.token(t, signer(t, jose.ES256, newKey(t), "key-1"), resource, nil),
		"signed with the public key as MAC": i.token(t, signer(t, jose.HS256, publicPoint, "key-1"), resource, nil),
		"that is not signed":                unsigned,
		"that is opaque":                    "opaque",
	} {
		t.Run("a token "+name+" is refused", func(t *testing.T) {
			got := s.In(t).Post(getUser, bearer(token)...)
			got.WantStatus(t, http.StatusUnauthorized)
			if challenge := got.Header.Get("WWW-Authenticate"); !strings.Contains(challenge, `error="invalid_token"`) {
				t.Errorf("want invalid_token in WWW-Authenticate, got %q", challenge)
			}
		})
	}
	for _, subject := range []any{"carl", "", nil} {
		t.Run(fmt.Sprintf("the subject %v, who has no store, is forbidden", subject), func(t *testing.T) {
			s.In(t).Post(getUser, bearer(good(claims{"sub": subject}))...).WantStatus(t, http.StatusForbidden)
		})
	}
	t.Run("every subject acts on their own store", func(t *testing.T) {
		s := s.In(t)
		got := []any{storeOf(t, s.Post(getUser, bearer(good(nil))...)),
			storeOf(t, s.Post(getUser, bearer(good(claims{"sub": "bert"}))...))}
		if diff := cmp.Diff([]any{"Pixel & Page", "Fjord Type Foundry"}, got); diff != "" {
			t.Errorf("anna's and bert's store (-want +got):\n%s", diff)
		}
	})
	for name, change := range map[string]claims{
		"that the token lacks":               {"scope": "gumroad:read gumroad:write"},
		"of which the token has only a part": {"scope": "gumroad gumroad:destroyer"},
		"where the token has none":           {"scope": nil},
	} {
		t.Run("a scope "+name+" is asked for", func(t *testing.T) {
			got := s.In(t).Post(testserver.CallBody("refund_sale", nil), bearer(good(change))...)
			got.WantStatus(t, http.StatusForbidden)
			challenge := got.Header.Get("WWW-Authenticate")
			for _, part := range []string{`error="insufficient_scope"`, `gumroad:destroy"`, "resource_metadata="} {
				if !strings.Contains(challenge, part) {
					t.Errorf("want %s in WWW-Authenticate, got %q", part, challenge)
				}
			}
		})
	}
	t.Run("a subject whose line lacks a scope is told so, and not sent to the issuer", func(t *testing.T) {
		got := s.In(t).Post(testserver.CallBody("refund_sale", nil), bearer(good(claims{"sub": "bert"}))...)
		got.WantStatus(t, http.StatusForbidden)
		if !strings.Contains(got.Body, "Your access on this server does not include gumroad:destroy.") {
			t.Errorf("want what bert may not do, got %s", got.Body)
		}
		if diff := cmp.Diff("", got.Header.Get("WWW-Authenticate")); diff != "" {
			t.Errorf("WWW-Authenticate (-want +got):\n%s", diff)
		}
	})
	for _, test := range []struct {
		name   string
		kind   jose.ContentType
		change claims
		status int
	}{
		{"an access token by its type", "at+jwt", claims{"nonce": "n"}, http.StatusOK},
		{"an access token by its long type", "application/at+jwt", nil, http.StatusOK},
		{"a plain JWT", "JWT", nil, http.StatusOK},
		{"an ID token with a nonce", "JWT", claims{"nonce": "n"}, http.StatusUnauthorized},
		{"an ID token with an access token's hash", "JWT", claims{"at_hash": "h"}, http.StatusUnauthorized},
		{"an ID token with a code's hash", "JWT", claims{"c_hash": "h"}, http.StatusUnauthorized},
		{"a logout token", "logout+jwt", nil, http.StatusUnauthorized},
		{"a token of no type", "", nil, http.StatusUnauthorized},
	} {
		t.Run(fmt.Sprint(test.name, " gets ", test.status), func(t *testing.T) {
			token := i.token(t, typedSigner(t, jose.ES256, i.key, "key-1", test.kind), resource, test.change)
			s.In(t).Post(getUser, bearer(token)...).WantStatus(t, test.status)
		})
	}
	t.Run("scopes may stand in a list named scp", func(t *testing.T) {
		token := good(claims{"scope": nil, "scp": []string{"gumroad:read"}})
		want := toolNames(func(set tool.Set, row tool.Tool) bool { return row.Effect == tool.Reads && !set.Account })
		if diff := cmp.Diff(want, s.In(t).Post(testserver.ListTools, bearer(token)...).ToolNames(t)); diff != "" {
			t.Errorf("a reader's tools (-want +got):\n%s", diff)
		}
	})
	t.Run("only the server's own credential went upstream", func(t *testing.T) {
		journal := s.Sandbox.Journal()
		if len(journal) == 0 {
			t.Fatal("nothing went upstream")
		}
		for _, entry := range journal {
			if entry.Status == http.StatusUnauthorized {
				t.Errorf("%s %s had another", entry.Method, entry.Path)
			}
		}
	})
}

// TestOAuthIssuer is what becomes of the issuer, which strangers have this server ask.
func TestOAuthIssuer(t *testing.T) {
	t.Run("unknown keys do not make the server flood it", func(t *testing.T) {
		const requests = 100
		i := newIssuer(t)
		s, resource := startOAuth(t, i)
		for n := range requests {
			stranger := i.token(t, signer(t, jose.ES256, i.key, fmt.Sprint("key of nobody ", n)), resource, nil)
			s.Post(getUser, bearer(stranger)...).WantStatus(t, http.StatusUnauthorized)
		}
		if asked := i.fetches.Load(); asked < 1 || asked > requests/2 {
			t.Errorf("%d requests had the keys fetched %d times; want a few", requests, asked)
		}
	})
	t.Run("while it is away nobody is let in, nor sent to authorize again", func(t *testing.T) {
		i := newIssuer(t)
		i.Close()
		s, _ := startOAuth(t, i)
		got := s.Post(getUser, bearer("a.b.c")...)
		got.WantStatus(t, http.StatusServiceUnavailable)
		headers := []string{got.Header.Get("Retry-After"), got.Header.Get("WWW-Authenticate")}
		if diff := cmp.Diff([]string{"5", ""}, headers); diff != "" {
			t.Errorf("Retry-After and WWW-Authenticate (-want +got):\n%s", diff)
		}
	})
	t.Run("a key that it has withdrawn is refused within five minutes", func(t *testing.T) {
		i := newIssuer(t)
		var later atomic.Int64
		s, resource := startOAuthAt(t, i, func() time.Time { return testserver.Now.Add(time.Duration(later.Load())) })
		token := i.token(t, i.signer, resource, nil)
		s.Post(getUser, bearer(token)...).WantStatus(t, http.StatusOK)
		i.withdrawn.Store(true)
		later.Store(int64(5 * time.Minute))
		s.Post(getUser, bearer(token)...).WantStatus(t, http.StatusUnauthorized)
	})
	t.Run("away for a moment, it stops nobody; away for longer, its tokens are not known to be wrong", func(t *testing.T) {
		i := newIssuer(t)
		var later atomic.Int64
		s, resource := startOAuthAt(t, i, func() time.Time { return testserver.Now.Add(time.Duration(later.Load())) })
		token := i.token(t, i.signer, resource, nil)
		s.Post(getUser, bearer(token)...).WantStatus(t, http.StatusOK)
		i.away.Store(true)
		later.Store(int64(4*time.Minute + 30*time.Second))
		s.Post(getUser, bearer(token)...).WantStatus(t, http.StatusOK)
		unknown := i.token(t, signer(t, jose.ES256, i.key, "key-3"), resource, nil)
		s.Post(getUser, bearer(unknown)...).WantStatus(t, http.StatusServiceUnavailable)
		later.Store(int64(5 * time.Minute))
		for range 10 { // more than it is asked at once
			got := s.Post(getUser, bearer(token)...)
			got.WantStatus(t, http.StatusServiceUnavailable)
			if diff := cmp.Diff("5", got.Header.Get("Retry-After")); diff != "" {
				t.Errorf("Retry-After (-want +got):\n%s", diff)
			}
		}
	})
}
