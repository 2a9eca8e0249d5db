package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// tokens lets callers in by the lines of a file of tokens.
func tokens(t *testing.T, lines ...string) func(*testserver.Settings) {
	return func(s *testserver.Settings) {
		s.Auth = func(client *gumroad.Client, _ string) server.Authenticator {
			auth, err := server.Tokens(grants(t, client, lines...))
			if err != nil {
				t.Fatal(err)
			}
			return auth
		}
	}
}

func grants(t *testing.T, client *gumroad.Client, lines ...string) map[string]server.Grant {
	t.Helper()
	grants, err := server.ParseGrants(strings.NewReader(strings.Join(lines, "\n")), client)
	if err != nil {
		t.Fatal(err)
	}
	return grants
}

func TestTokens(t *testing.T) {
	_, second := testserver.Connections()
	all, allLine := server.NewToken()
	reader, readerLine := server.NewToken()
	pinned, pinnedLine := server.NewToken()
	s := testserver.StartHTTP(t, tokens(t, "# who may do what", allLine, "",
		readerLine+" scopes=gumroad:read", pinnedLine+" connection="+second))

	const unauthorized, invalid = `Bearer realm="gumroad-mcp"`, `Bearer realm="gumroad-mcp", error="invalid_token"`
	for _, test := range []struct {
		name      string
		headers   []string
		challenge string
	}{
		{"no token", nil, unauthorized},
		{"Basic authentication", []string{"Authorization", "Basic " + all}, unauthorized},
		{"an empty token", bearer(" "), unauthorized},
		{"two tokens", append(bearer(all), bearer(reader)...), unauthorized},
		{"a token that is too long", bearer(strings.Repeat("a", 10_000)), unauthorized},
		{"another token", bearer(all + "x"), invalid},
		{"a token's hash", bearer(allLine), invalid},
		{"the server's own key", bearer(sandbox.MatonKey), invalid},
	} {
		t.Run(test.name+" is refused", func(t *testing.T) {
			got := s.In(t).Post(getUser, test.headers...)
			got.WantStatus(t, http.StatusUnauthorized)
			if diff := cmp.Diff(test.challenge, got.Header.Get("WWW-Authenticate")); diff != "" {
				t.Errorf("WWW-Authenticate (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a granted token is admitted", func(t *testing.T) {
		s.In(t).Post(getUser, bearer(all)...).WantCode(t, "")
	})
	t.Run("the word Bearer may be written small", func(t *testing.T) {
		s.In(t).Post(getUser, "Authorization", "bearer "+all).WantCode(t, "")
	})
	t.Run("a reader sees the tools that read and no others", func(t *testing.T) {
		want := toolNames(func(_ tool.Set, row tool.Tool) bool { return row.Effect == tool.Reads })
		if diff := cmp.Diff(want, s.In(t).Post(testserver.ListTools, bearer(reader)...).ToolNames(t)); diff != "" {
			t.Errorf("tools (-want +got):\n%s", diff)
		}
	})
	t.Run("a reader's write is forbidden", func(t *testing.T) {
		s := s.In(t)
		s.Post(testserver.CallBody("refund_sale", nil), bearer(reader)...).WantStatus(t, http.StatusForbidden)
		s.Post(testserver.CallBody("disable_product", nil), bearer(reader)...).WantStatus(t, http.StatusForbidden)
	})
	t.Run("a token held to a store sees no tools of the account", func(t *testing.T) {
		want := toolNames(func(set tool.Set, _ tool.Tool) bool { return !set.Account })
		if diff := cmp.Diff(want, s.In(t).Post(testserver.ListTools, bearer(pinned)...).ToolNames(t)); diff != "" {
			t.Errorf("tools (-want +got):\n%s", diff)
		}
	})
	t.Run("a token held to a store cannot call them either", func(t *testing.T) {
		got := s.In(t).Post(testserver.CallBody("list_connections", nil), bearer(pinned)...)
		if !strings.Contains(got.Body, "is not for this caller") {
			t.Errorf("want no such tool for the caller, got %s", got.Body)
		}
	})
	t.Run("a token held to a store acts on it", func(t *testing.T) {
		s := s.In(t)
		named := testserver.CallBody("get_user", map[string]any{"connection_id": second})
		want := storeOf(t, s.Post(named, bearer(all)...))
		got := []any{storeOf(t, s.Post(getUser, bearer(pinned)...)), storeOf(t, s.Post(named, bearer(pinned)...))}
		if diff := cmp.Diff([]any{want, want}, got); diff != "" {
			t.Errorf("stores, unnamed and named (-want +got):\n%s", diff)
		}
	})
	t.Run("a token held to a store reaches no other by naming it", func(t *testing.T) {
		s := s.In(t)
		first, _ := testserver.Connections()
		s.Sandbox.ResetJournal()
		s.Post(testserver.CallBody("get_user", map[string]any{"connection_id": first}), bearer(pinned)...).
			WantCode(t, "not_allowed")
		if requests := s.Requests(); len(requests) > 0 {
			t.Errorf("want no request upstream, got %q", requests)
		}
	})
	t.Run("no token is in the log", func(t *testing.T) {
		log := s.Log.String()
		if !strings.Contains(log, "request refused") {
			t.Fatalf("the log tells nothing of this test: %s", log)
		}
		for _, token := range []string{all, reader, pinned} {
			if strings.Contains(log, token) {
				t.Errorf("%s is in the log", token)
			}
		}
	})
}

func TestOpen(t *testing.T) {
	s := testserver.StartHTTP(t)
	for _, header := range []string{"Forwarded", "X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Anything", "Via",
		"X-Real-IP", "X-Forwarded", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Fly-Client-IP",
		"X-Original-Forwarded-For", "X-Original-Host", "X-Envoy-External-Address", "X-Amzn-Trace-Id"} {
		t.Run("a request that a proxy forwarded with "+header+" is refused", func(t *testing.T) {
			got := s.In(t).Post(getUser, header, "")
			got.WantStatus(t, http.StatusForbidden)
			if !strings.Contains(got.Body, "--auth") {
				t.Errorf("want the setting named, got %s", got.Body)
			}
		})
	}
	t.Run("a token's bearer may come through a proxy", func(t *testing.T) {
		token, line := server.NewToken()
		s := testserver.StartHTTP(t, tokens(t, line))
		s.Post(getUser, append(bearer(token), "X-Forwarded-For", "192.0.2.1")...).WantCode(t, "")
	})
}

func TestPassthrough(t *testing.T) {
	s := testserver.StartHTTP(t, passthrough)
	const canary = "mk_CANARY_9f3_of_a_caller"
	t.Run("the caller's key is the one that Maton gets", func(t *testing.T) {
		s := s.In(t)
		s.Post(getUser, bearer(sandbox.MatonKey)...).WantCode(t, "")
		s.Post(getUser, bearer(canary)...).WantCode(t, string(gumroad.BadCredential))
	})
	t.Run("a caller without a key is refused, whoever came before", func(t *testing.T) {
		s.In(t).Post(getUser).WantStatus(t, http.StatusUnauthorized)
	})
	t.Run("what cannot be a key is refused", func(t *testing.T) {
		s.In(t).Post(getUser, bearer("k\u00e9y")...).WantStatus(t, http.StatusUnauthorized)
	})
	t.Run("a key is neither answered nor logged", func(t *testing.T) {
		got := s.In(t).Post(getUser, bearer(canary)...)
		if said := got.Body + s.Log.String(); !strings.Contains(said, "bad_credential") || strings.Contains(said, canary) {
			t.Errorf("want bad_credential and not the key in the answer and the log: %s", said)
		}
	})
}

func TestParseGrants(t *testing.T) {
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
		{"a file for nobody", "# nobody\n", "nobody", client},
		{"a name with other characters", line + " name=a:b", "line 1: name:", client},
		{"an empty name", line + " name=", "line 1: name:", client},
		{"an unknown scope", line + " scopes=gumroad:fly", "line 1: there is no scope", client},
		{"an unknown word", "\n" + line + " admin", "line 2: \"admin\"", client},
		{"a token twice", line + "\n" + line, "line 2: it repeats", client},
		{"a malformed connection", line + " connection=a/b", "malformed", client},
		{"a connection without Maton", line + " connection=a", "no Maton connections", direct},
		{"a line without end", strings.Repeat("a", 100_000), "too long", client},
	} {
		t.Run(test.name+" is refused", func(t *testing.T) {
			_, err := server.ParseGrants(strings.NewReader(test.lines), test.client)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("want an error with %q, got %v", test.says, err)
			}
		})
	}
	t.Run("a token in the clear is refused", func(t *testing.T) {
		_, err := server.Tokens(grants(t, client, "plain-token connection=a"))
		if err == nil || !strings.Contains(err.Error(), "sha256:") {
			t.Errorf("want an error that asks for the hash, got %v", err)
		}
	})
}
