package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
)

// withGrants makes an authenticator from the lines of a file.
func withGrants(t *testing.T, lines string, make func(map[string]server.Grant) (server.Authenticator, error)) func(*setup) {
	return func(s *setup) {
		s.auth = func(client *gumroad.Client, _ string) server.Authenticator {
			grants, err := server.ParseGrants(strings.NewReader(lines), client)
			if err != nil {
				t.Fatal(err)
			}
			auth, err := make(grants)
			if err != nil {
				t.Fatal(err)
			}
			return auth
		}
	}
}

// stores are the sandbox's two connections.
func stores(t *testing.T) (first, second string) {
	t.Helper()
	store := sandbox.New(sandbox.Options{Now: func() time.Time { return now }})
	defer store.Close()
	client, err := gumroad.New(gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: store, RequestsPerSecond: -1})
	if err != nil {
		t.Fatal(err)
	}
	page, err := client.ListConnections(t.Context(), gumroad.ListConnections{Status: gumroad.ConnectionActive})
	if err != nil || len(page.Rows) != 2 {
		t.Fatalf("%d connections, %v", len(page.Rows), err)
	}
	return page.Rows[0].ID, page.Rows[1].ID
}

func TestTokens(t *testing.T) {
	first, second := stores(t)
	all, allLine := server.NewToken()
	reader, readerLine := server.NewToken()
	pinned, pinnedLine := server.NewToken()
	f := start(t, withGrants(t, strings.Join([]string{
		"# who may do what",
		allLine,
		"",
		readerLine + " scopes=gumroad:read",
		pinnedLine + " connection=" + second,
	}, "\n"), server.Tokens))
	user := callBody("get_user", nil)

	for name, headers := range map[string][]string{
		"nothing":          nil,
		"another token":    {"Authorization", "Bearer " + all + "x"},
		"the hash":         {"Authorization", "Bearer " + allLine},
		"Basic":            {"Authorization", "Basic " + all},
		"two":              {"Authorization", "Bearer " + all, "Authorization", "Bearer " + reader},
		"too long":         {"Authorization", "Bearer " + strings.Repeat("a", 10_000)},
		"the server's key": {"Authorization", "Bearer " + sandbox.MatonKey},
	} {
		got := f.post(user, headers...)
		if challenge := got.header.Get("WWW-Authenticate"); got.status != http.StatusUnauthorized || !strings.HasPrefix(challenge, "Bearer ") {
			t.Errorf("%s: %d, WWW-Authenticate %q", name, got.status, challenge)
		}
	}

	as := func(token string) []string { return []string{"Authorization", "bearer " + token} }
	if got := f.post(user, as(all)...); got.code(t) != "" {
		t.Errorf("a good token: %s", got.body)
	}

	listed := f.post(listTools, as(reader)...).toolNames(t)
	if !slices.Contains(listed, "list_products") || slices.Contains(listed, "create_product") || slices.Contains(listed, "refund_sale") {
		t.Errorf("a reader's tools: %v", listed)
	}
	if got := f.post(callBody("refund_sale", nil), as(reader)...); got.status != http.StatusForbidden {
		t.Errorf("a reader's write: %d %s", got.status, got.body)
	}

	listed = f.post(listTools, as(pinned)...).toolNames(t)
	if !slices.Contains(listed, "refund_sale") || slices.Contains(listed, "list_connections") {
		t.Errorf("a pinned token's tools: %v", listed)
	}
	if got := f.post(callBody("list_connections", nil), as(pinned)...); !strings.Contains(got.body, "not found") {
		t.Errorf("a pinned token listed connections: %s", got.body)
	}
	own, _ := f.post(user, as(pinned)...).result(t)
	asked, _ := f.post(callBody("get_user", map[string]any{"connection_id": second}), as(pinned)...).result(t)
	wanted, _ := f.post(callBody("get_user", map[string]any{"connection_id": second}), as(all)...).result(t)
	if own["user_id"] != wanted["user_id"] || asked["user_id"] != wanted["user_id"] {
		t.Errorf("the pinned token's store is %v, asked for by name %v; want %v", own["user_id"], asked["user_id"], wanted["user_id"])
	}
	f.sandbox.ResetJournal()
	if got := f.post(callBody("get_user", map[string]any{"connection_id": first}), as(pinned)...); got.code(t) != "not_allowed" {
		t.Errorf("another store by name: %s", got.body)
	}
	if requests := f.sandbox.Journal(); len(requests) > 0 {
		t.Errorf("%d requests went out for it", len(requests))
	}
	if log := f.log.String(); strings.Contains(log, all) || strings.Contains(log, reader) || strings.Contains(log, pinned) {
		t.Error("a token is in the log")
	}
}

func TestPassthrough(t *testing.T) {
	f := start(t, func(s *setup) {
		s.client.MatonKey = gumroad.Credential{}
		s.auth = func(client *gumroad.Client, _ string) server.Authenticator { return server.Passthrough(client) }
	})
	user := callBody("get_user", nil)
	if got := f.post(user); got.status != http.StatusUnauthorized {
		t.Errorf("without a key: %d", got.status)
	}
	if got := f.post(user, "Authorization", "Bearer k\u00e9y"); got.status != http.StatusUnauthorized {
		t.Errorf("with what is no key: %d", got.status)
	}
	if got := f.post(user, "Authorization", "Bearer "+sandbox.MatonKey); got.code(t) != "" {
		t.Errorf("with a good key: %s", got.body)
	}
	const canary = "mk_CANARY_9f3_of_a_caller"
	got := f.post(user, "Authorization", "Bearer "+canary)
	if got.code(t) != string(gumroad.BadCredential) {
		t.Errorf("with a key that Maton refuses: %s", got.body)
	}
	if strings.Contains(got.body, canary) || strings.Contains(f.log.String(), canary) {
		t.Error("the key is in the answer or the log")
	}
	if got := f.post(user); got.status != http.StatusUnauthorized {
		t.Errorf("without a key, after others had one: %d", got.status)
	}
}

// issuer is an OAuth authorization server.
type issuer struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	signer jose.Signer
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{}
	var err error
	if i.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	i.signer = signer(t, jose.ES256, i.key, "key-1")
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys",
			"authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "key-1", Algorithm: "ES256", Use: "sig"}}})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func signer(t *testing.T, algorithm jose.SignatureAlgorithm, key any, id string) jose.Signer {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", id).WithType("at+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func token(t *testing.T, s jose.Signer, claims map[string]any) string {
	t.Helper()
	raw, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestOAuth(t *testing.T) {
	first, second := stores(t)
	i := newIssuer(t)
	var resource string
	f := start(t, func(s *setup) {
		s.auth = func(client *gumroad.Client, base string) server.Authenticator {
			resource = base + "/mcp"
			subjects, err := server.ParseGrants(strings.NewReader("anna connection="+first+"\nbert connection="+second+" scopes=gumroad:read\n"), client)
			if err != nil {
				t.Fatal(err)
			}
			return &server.OAuth{Issuer: i.URL, Audience: resource, Resource: resource, Subjects: subjects,
				Client: http.DefaultClient, Now: func() time.Time { return now }}
		}
	})
	claims := func(change map[string]any) map[string]any {
		all := map[string]any{"iss": i.URL, "aud": resource, "sub": "anna", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(),
			"scope": "openid gumroad:read gumroad:write gumroad:destroy"}
		for name, value := range change {
			all[name] = value
			if value == nil {
				delete(all, name)
			}
		}
		return all
	}
	good := func(change map[string]any) string { return token(t, i.signer, claims(change)) }
	user := callBody("get_user", nil)
	as := func(token string) []string { return []string{"Authorization", "Bearer " + token} }

	// A client begins with nothing, and finds its way from the challenge.
	got := f.post(user)
	metadataURL := f.base + "/.well-known/oauth-protected-resource/mcp"
	if challenge := got.header.Get("WWW-Authenticate"); got.status != http.StatusUnauthorized ||
		!strings.Contains(challenge, `resource_metadata="`+metadataURL+`"`) || strings.Contains(challenge, "error=") {
		t.Errorf("without a token: %d, WWW-Authenticate %q", got.status, challenge)
	}
	for _, path := range []string{"/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"} {
		var metadata struct {
			Resource string   `json:"resource"`
			Servers  []string `json:"authorization_servers"`
			Scopes   []string `json:"scopes_supported"`
		}
		if err := json.Unmarshal([]byte(f.get(path).body), &metadata); err != nil {
			t.Fatal(err)
		}
		if metadata.Resource != resource || !slices.Equal(metadata.Servers, []string{i.URL}) || len(metadata.Scopes) != 3 {
			t.Errorf("%s: %+v", path, metadata)
		}
	}

	wrongKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	publicPoint, err := i.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good(nil), ".")
	for name, bad := range map[string]string{
		"another audience":      good(map[string]any{"aud": "https://elsewhere.example/mcp"}),
		"no audience":           good(map[string]any{"aud": nil}),
		"another issuer":        good(map[string]any{"iss": "https://elsewhere.example"}),
		"expired":               good(map[string]any{"exp": now.Add(-time.Second).Unix()}),
		"no expiry":             good(map[string]any{"exp": nil}),
		"not yet":               good(map[string]any{"nbf": now.Add(time.Hour).Unix()}),
		"another's key":         token(t, signer(t, jose.ES256, wrongKey, "key-1"), claims(nil)),
		"the public key as MAC": token(t, signer(t, jose.HS256, publicPoint, "key-1"), claims(nil)),
		"no signature":          "eyJhbGciOiJub25lIn0." + parts[1] + ".",
		"no JWT":                "opaque",
	} {
		got := f.post(user, as(bad)...)
		if challenge := got.header.Get("WWW-Authenticate"); got.status != http.StatusUnauthorized || !strings.Contains(challenge, `error="invalid_token"`) {
			t.Errorf("%s: %d %s, WWW-Authenticate %q", name, got.status, got.body, challenge)
		}
	}
	for _, subject := range []any{"carl", "", nil} {
		if got := f.post(user, as(good(map[string]any{"sub": subject}))...); got.status != http.StatusForbidden {
			t.Errorf("subject %v: %d", subject, got.status)
		}
	}

	anna, _ := f.post(user, as(good(nil))...).result(t)
	bert, _ := f.post(user, as(good(map[string]any{"sub": "bert"}))...).result(t)
	if anna["user_id"] == "" || anna["user_id"] == bert["user_id"] {
		t.Errorf("anna's store is %v and bert's %v", anna["user_id"], bert["user_id"])
	}

	for name, change := range map[string]map[string]any{
		"the token lacks it":   {"scope": "gumroad:read gumroad:write"},
		"the subject lacks it": {"sub": "bert"},
		"another's scopes":     {"scope": "gumroad gumroad:readonly"},
		"no scope at all":      {"scope": nil},
	} {
		got := f.post(callBody("refund_sale", nil), as(good(change))...)
		if challenge := got.header.Get("WWW-Authenticate"); got.status != http.StatusForbidden ||
			!strings.Contains(challenge, `error="insufficient_scope"`) || !strings.Contains(challenge, "gumroad:destroy") {
			t.Errorf("%s: %d, WWW-Authenticate %q", name, got.status, challenge)
		}
	}
	listed := f.post(listTools, as(good(map[string]any{"scope": nil, "scp": []string{"gumroad:read"}}))...).toolNames(t)
	if !slices.Contains(listed, "list_sales") || slices.Contains(listed, "refund_sale") {
		t.Errorf("a reader's tools: %v", listed)
	}

	for _, entry := range f.sandbox.Journal() {
		if entry.Status == http.StatusUnauthorized {
			t.Errorf("%s %s was sent with another credential than the server's", entry.Method, entry.Path)
		}
	}
}

// TestIssuerAway: an issuer that is down is no reason to let anyone in, nor to send clients to authorize again.
func TestIssuerAway(t *testing.T) {
	i := newIssuer(t)
	i.Close()
	f := start(t, func(s *setup) {
		s.auth = func(client *gumroad.Client, base string) server.Authenticator {
			return &server.OAuth{Issuer: i.URL, Audience: "x", Resource: base + "/mcp", Client: http.DefaultClient,
				Subjects: map[string]server.Grant{"*": {Client: client, Scopes: server.AllScopes()}}}
		}
	})
	got := f.post(callBody("get_user", nil), "Authorization", "Bearer a.b.c")
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestGrantsFile(t *testing.T) {
	client, err := gumroad.New(gumroad.Config{})
	if err != nil {
		t.Fatal(err)
	}
	direct, err := gumroad.New(gumroad.Config{GumroadToken: gumroad.NewCredential("x")})
	if err != nil {
		t.Fatal(err)
	}
	_, line := server.NewToken()
	for _, test := range []struct {
		name, lines, says string
		client            *gumroad.Client
	}{
		{"nobody", "# nobody\n", "nobody", client},
		{"an unknown scope", line + " scopes=gumroad:fly", "line 1: there is no scope", client},
		{"an unknown word", "\n" + line + " admin", "line 2: \"admin\"", client},
		{"twice", line + "\n" + line, "line 2: it repeats", client},
		{"a malformed connection", line + " connection=a/b", "malformed", client},
		{"a connection without Maton", line + " connection=a", "no Maton connections", direct},
	} {
		if _, err := server.ParseGrants(strings.NewReader(test.lines), test.client); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	grants, err := server.ParseGrants(strings.NewReader("plain-token connection=a"), client)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Tokens(grants); err == nil {
		t.Error("a token that is not hashed was accepted")
	}
}
