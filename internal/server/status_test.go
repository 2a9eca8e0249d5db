package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver"
)

// browser is what a browser says of itself when it opens a page.
var browser = []string{"Content-Type", "-", "Accept", "-", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}

// open asks for the status page as a browser does.
func open(t *testing.T, s *testserver.HTTP, headers ...string) testserver.Answer {
	t.Helper()
	got, err := s.Send(http.MethodGet, s.Base+"/", nil, append(browser[:len(browser):len(browser)], headers...)...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

var pre = regexp.MustCompile(`(?s)<pre>(.*?)</pre>`)

// linesToCopy are those of the page, by what stands in each.
func linesToCopy(page string) []string {
	var all []string
	for _, found := range pre.FindAllStringSubmatch(page, -1) {
		all = append(all, html.UnescapeString(found[1]))
	}
	return all
}

// TestStatusConnects: the lines of the page suit the way in which callers are let in, and hold no secret.
func TestStatusConnects(t *testing.T) {
	token, line := server.NewToken()
	oauth := func(s *testserver.Settings) {
		s.Auth = func(_ *gumroad.Client, base string) server.Authenticator {
			return &server.OAuth{Issuer: "https://issuer.example", Resource: base + "/mcp"}
		}
	}
	public := func(s *testserver.Settings) { s.HTTP.PublicURL = "https://mcp.example.com/shop/" }
	proxied := func(s *testserver.Settings) { s.HTTP.BehindProxy = true }
	for _, test := range []struct {
		name   string
		change func(*testserver.Settings)
		also   func(*testserver.Settings)
		url    string // "" for that of the server
		bearer string
	}{
		{"none", func(*testserver.Settings) {}, nil, "", ""},
		{"token", tokens(t, line), public, "https://mcp.example.com/shop/mcp", "GUMROAD_BEARER"},
		{"passthrough", passthrough, nil, "", "MATON_API_KEY"},
		{"oauth", oauth, proxied, "https", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			changes := []func(*testserver.Settings){test.change}
			if test.also != nil {
				changes = append(changes, test.also)
			}
			s := testserver.StartHTTP(t, changes...)
			switch test.url {
			case "":
				test.url = s.URL
			case "https":
				test.url = strings.Replace(s.URL, "http:", "https:", 1)
			}
			got := open(t, s)
			got.WantStatus(t, http.StatusOK)
			copied := linesToCopy(got.Body)
			if len(copied) != 6 {
				t.Fatalf("want lines for 6 clients, got %q", copied)
			}
			claude, cursor, vscode, codex, desktop, curl := copied[0], copied[1], copied[2], copied[3], copied[4], copied[5]
			for _, lines := range copied {
				if !strings.Contains(lines, test.url) {
					t.Errorf("want %s in %s", test.url, lines)
				}
				if strings.Contains(strings.ToLower(lines), "bearer") != (test.bearer != "") && lines != curl {
					t.Errorf("with the bearer %q, got %s", test.bearer, lines)
				}
			}
			for _, file := range []string{cursor, vscode, desktop} {
				var parsed map[string]any
				if err := json.Unmarshal([]byte(file), &parsed); err != nil {
					t.Errorf("%v in %s", err, file)
				}
			}
			if test.bearer != "" {
				for lines, want := range map[string]string{
					claude: "'Authorization: Bearer ${" + test.bearer + "}'",
					cursor: `"Bearer ${env:` + test.bearer + `}"`,
					vscode: `"description": "` + test.bearer + `"`,
					codex:  `bearer_token_env_var = "` + test.bearer + `"`,
					curl:   `"$` + test.bearer + `"`,
				} {
					if !strings.Contains(lines, want) {
						t.Errorf("want %s in %s", want, lines)
					}
				}
			}
			for _, secret := range []string{token, line, "sandbox"} {
				if strings.Contains(got.Body, secret) {
					t.Errorf("the page holds %q", secret)
				}
			}
		})
	}
}

// TestStatusHealth: the page says what /readyz says, what the server is, and asks upstream no more often.
func TestStatusHealth(t *testing.T) {
	s := testserver.StartHTTP(t, func(s *testserver.Settings) { s.Tools.Sandbox = true }, noKey)
	reason := strings.TrimSpace(s.Get("/readyz").Body)
	got := open(t, s)
	for _, want := range []string{reason, "made up", "<dd>test</dd>"} {
		if !strings.Contains(got.Body, want) {
			t.Errorf("want %q in %s", want, got.Body)
		}
	}

	checks := 0
	s = testserver.StartHTTP(t, func(s *testserver.Settings) {
		s.HTTP.Ready = func(context.Context) error { checks++; return nil }
	})
	for range 3 {
		got = open(t, s)
	}
	if !strings.Contains(got.Body, "alive, ready") || strings.Contains(got.Body, "made up") {
		t.Errorf("want a ready server of a real store, got %s", got.Body)
	}
	if asked := s.Sandbox.Journal(); checks != 1 || len(asked) != 0 {
		t.Errorf("want one check and nothing else upstream, got %d and %v", checks, asked)
	}
}

// noKey is a server without a key.
func noKey(s *testserver.Settings) {
	s.HTTP.Ready = server.Accepted(mustClient(gumroad.Config{}))
}

func mustClient(config gumroad.Config) *gumroad.Client {
	client, err := gumroad.New(config)
	if err != nil {
		panic(err)
	}
	return client
}

// TestStatusIsSafe: the page brings its own style and nothing else, and runs under the names of this server only.
func TestStatusIsSafe(t *testing.T) {
	s := testserver.StartHTTP(t, func(s *testserver.Settings) { s.HTTP.AllowedHosts = []string{"*"} })
	got := open(t, s)
	policy := got.Header.Get("Content-Security-Policy")
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(got.Body)[1]
	sum := sha256.Sum256([]byte(style))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
		t.Errorf("want %s in %s", want, policy)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8",
	} {
		if value := got.Header.Get(name); value != want {
			t.Errorf("want %s: %s, got %q", name, want, value)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(got.Body, "<script") {
		t.Errorf("want no script under %s: %s", policy, got.Body)
	}
	open(t, s, "Host", "$(id).example").WantStatus(t, http.StatusNotFound)
	quoted := " 'http://[::1]:80/mcp' " // or else the shell takes the brackets for a pattern
	lines := linesToCopy(open(t, s, "Host", "[::1]:80").Body)
	if claude, curl := lines[0]+" ", lines[5]; !strings.Contains(claude, quoted) || !strings.Contains(curl, quoted) {
		t.Errorf("want%sin %q and %q", quoted, claude, curl)
	}

	s = testserver.StartHTTP(t)
	open(t, s, "Host", "rebound.example").WantStatus(t, http.StatusForbidden)
	head, err := s.Send(http.MethodHead, s.Base+"/", nil, browser...)
	if err != nil {
		t.Fatal(err)
	}
	head.WantStatus(t, http.StatusOK)
	posted, err := s.Send(http.MethodPost, s.Base+"/", nil, browser...)
	if err != nil {
		t.Fatal(err)
	}
	posted.WantStatus(t, http.StatusNotFound)
}

// TestStatusStandsAside: where MCP itself is at /, there is no page.
func TestStatusStandsAside(t *testing.T) {
	s := testserver.StartHTTP(t, func(s *testserver.Settings) { s.HTTP.Path = "/" })
	open(t, s).WantStatus(t, http.StatusMethodNotAllowed)
	s.Post(testserver.ListTools).WantStatus(t, http.StatusOK)
}
