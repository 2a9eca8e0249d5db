package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

// upstream serves the sandbox to the person's doctor as Maton.
func (p *person) upstream(t *testing.T, options sandbox.Options,
	between ...func(http.Handler) http.Handler) *sandbox.Sandbox {
	t.Helper()
	options.Stores, options.Sales = 1, 1
	built := sandbox.New(options)
	handler := http.Handler(built)
	for _, f := range between {
		handler = f(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() { server.Close(); built.Close() })
	p.env["MATON_API_URL"], p.env["MATON_API_KEY"] = server.URL, sandbox.MatonKey
	return built
}

var (
	took    = regexp.MustCompile(`\d+ ms`)
	host    = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	program = regexp.MustCompile(`(program: ).*( from a file)`)
	uuid    = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
)

// doctor returns what doctor prints, without what differs from run to run.
func (p *person) doctor(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	got := p.run(t, append([]string{"doctor", "--rate-limit=1000"}, args...)...)
	if got.err != nil {
		t.Fatal(got.err)
	}
	equal(t, "standard error", "", got.stderr)
	said = got.stdout
	for _, r := range []struct {
		from *regexp.Regexp
		to   string
	}{{took, "1 ms"}, {host, "HOST"}, {program, "${1}VERSION,$2"}, {uuid, "ID"}} {
		said = r.from.ReplaceAllString(said, r.to)
	}
	return got.code, said
}

const healthy = `ok    program: VERSION, from a file: ~/bin/gumroad-mcp. To update: download the newer version in its place
ok    settings: there is a credential, and nothing contradicts
ok    control plane: HOST answered in 1 ms
ok    gateway: HOST answered in 1 ms
ok    clock: it agrees with HOST
ok    key: it is accepted
ok    connection: the store "Pixel & Page", through ID
ok    scopes: view_sales, view_payouts, edit_emails, view_profile, view_tax_data
skip  data directory: none is set
skip  clients: none was found
`

// but returns what doctor prints of a healthy state with other lines in the place of those of some checks.
func but(lines ...string) string {
	said := healthy
	for _, line := range lines {
		check := regexp.MustCompile(`^\w+ +([a-z ]+):`).FindStringSubmatch(line)[1]
		said = regexp.MustCompile(`(?m)^\w+ +`+check+`: .*$`).ReplaceAllLiteralString(said, line)
	}
	return said
}

const depends = ": it depends on what failed before"

func TestDoctor(t *testing.T) {
	for _, test := range []struct {
		name  string
		setUp func(t *testing.T, p *person)
		args  []string
		code  int
		says  string
	}{
		{"all is well", func(t *testing.T, p *person) { p.upstream(t, sandbox.Options{}) }, nil, 0, healthy},
		{"the sandbox", func(*testing.T, *person) {}, []string{"--sandbox"}, 0,
			but("ok    control plane: it is the sandbox, in this program", "ok    gateway: it is the sandbox, in this program",
				"ok    clock: the sandbox goes by this machine's clock, or by the one it was given")},
		{"no key", func(*testing.T, *person) {}, nil, 1,
			but("fail  settings: no credential is set\n      Get a key at https://maton.ai and set MATON_API_KEY, or run "+
				"`gumroad-mcp install`, which asks for it and keeps it; --sandbox needs none.",
				"skip  control plane"+depends, "skip  gateway"+depends, "skip  clock"+depends, "skip  key"+depends,
				"skip  connection"+depends, "skip  scopes"+depends)},
		{"the key that install keeps", func(t *testing.T, p *person) {
			p.upstream(t, sandbox.Options{})
			p.run(t, "install", "cursor").want(t, 0, "The Maton key is kept in")
			delete(p.env, "MATON_API_KEY")
			p.run(t, "call", "get_user").want(t, 0, "Pixel & Page")
		}, []string{"--client", "zed"}, 0,
			strings.Replace(healthy, "clients: none was found",
				"zed: this server is not in ~/.config/zed/settings.json\n      Run `gumroad-mcp install zed`.", 1)},
		{"a key file that is not there", func(_ *testing.T, p *person) { p.env["MATON_API_KEY_FILE"] = p.home + "/none" }, nil, 1,
			but("fail  settings: MATON_API_KEY_FILE: the file cannot be read: no such file or directory\n      Correct the setting that is named.",
				"skip  control plane"+depends, "skip  gateway"+depends, "skip  clock"+depends, "skip  key"+depends,
				"skip  connection"+depends, "skip  scopes"+depends)},
		{"a wrong key", func(t *testing.T, p *person) {
			p.upstream(t, sandbox.Options{})
			p.env["MATON_API_KEY"] = "canary"
		}, nil, 1,
			but("fail  key: it is refused\n      Copy the key again and set MATON_API_KEY. A key that was revoked stays refused.",
				"skip  connection"+depends, "skip  scopes"+depends)},
		{"the gateway is down", func(t *testing.T, p *person) {
			p.upstream(t, sandbox.Options{})
			p.env["MATON_GATEWAY_URL"] = "http://127.0.0.1:1"
		}, []string{"--timeout=1s"}, 1,
			but("fail  gateway: HOST cannot be reached: connection refused\n      Check the network, a proxy (HTTPS_PROXY) and a firewall.",
				"skip  connection"+depends, "skip  scopes"+depends)},
		{"the control plane is disturbed", func(t *testing.T, p *person) {
			p.upstream(t, sandbox.Options{})
			broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }))
			t.Cleanup(broken.Close)
			p.env["MATON_CONTROL_URL"] = broken.URL
		}, []string{"--timeout=1s"}, 1,
			but("fail  control plane: HOST answers with HTTP 502\n      The service is disturbed. Try again later.",
				"skip  key"+depends, "skip  connection"+depends, "skip  scopes"+depends)},
		{"no store is connected", func(t *testing.T, p *person) { p.disconnect(t, p.upstream(t, sandbox.Options{})) }, nil, 1,
			but("fail  connection: no store is connected\n      Run `gumroad-mcp call create_connection wait_seconds=45` and open its link.",
				"skip  scopes"+depends)},
		{"nobody finished connecting", func(t *testing.T, p *person) {
			built := p.upstream(t, sandbox.Options{})
			p.disconnect(t, built)
			p.run(t, "call", "create_connection").want(t, 0, "PENDING")
		}, nil, 1,
			but("fail  connection: nobody has finished connecting the store: ID is pending\n"+
				"      Run `gumroad-mcp call get_connection connection_id=ID` and open its link.", "skip  scopes"+depends)},
		{"another connection is set", func(t *testing.T, p *person) { p.upstream(t, sandbox.Options{}) }, []string{"--connection=none"}, 1,
			but("fail  connection: none is not among the active ones: ID\n      Leave --connection (MATON_CONNECTION) out, or name an active one.",
				"skip  scopes"+depends)},
		{"a scope is missing", func(t *testing.T, p *person) {
			p.upstream(t, sandbox.Options{}).Grant(firstStore, "view_profile", "view_payouts", "edit_emails", "view_tax_data")
		}, nil, 0,
			but("warn  scopes: the grant lacks view_sales; it has view_payouts, edit_emails, view_profile, view_tax_data\n" +
				"      Tools that need these scopes fail. If Maton grants them to you, connect the store anew.")},
		{"the clock is off by an hour", func(t *testing.T, p *person) { p.upstream(t, sandbox.Options{}, clockAhead(time.Hour)) }, nil, 1,
			but("fail  clock: this machine's clock is 60 minutes behind\n" +
				"      Set the clock, or have it set over the network: days of reports and lapsed links go by it.")},
		{"the clock is off by two minutes", func(t *testing.T, p *person) { p.upstream(t, sandbox.Options{}, clockAhead(-2*time.Minute)) }, nil, 0,
			but("warn  clock: this machine's clock is 2 minutes ahead\n      Have the clock set over the network.")},
		{"a data directory that is open to others", func(t *testing.T, p *person) {
			p.upstream(t, sandbox.Options{})
			p.mkdir(t, "data")
			p.env["GUMROAD_MCP_DATA_DIR"] = filepath.Join(p.home, "data")
		}, nil, 1,
			but("fail  data directory: ~/data is open to others\n      Make it private: chmod 700 ~/data")},
		{"a data directory that cannot be written to", func(t *testing.T, p *person) {
			p.upstream(t, sandbox.Options{})
			p.env["GUMROAD_MCP_DATA_DIR"] = "/proc/self/fd" // private, and nobody can make a file there
			if runtime.GOOS != "linux" {
				t.Skip("there is no such directory")
			}
		}, nil, 1,
			but("fail  data directory: /proc/self/fd cannot be written to\n      Give it to the user who runs the server.")},
		{"a placeholder that a client left", func(t *testing.T, p *person) {
			p.upstream(t, sandbox.Options{})
			p.env["MATON_CONNECTION"] = "${user_config.connection}"
		}, nil, 0,
			but("warn  settings: these variables hold placeholders and count as unset: MATON_CONNECTION\n" +
				"      Fill them in, in the client, or unset them.")},
		{"a data directory that is a file", func(t *testing.T, p *person) {
			p.upstream(t, sandbox.Options{})
			p.write(t, "data", "", 0o600)
			p.env["GUMROAD_MCP_DATA_DIR"] = filepath.Join(p.home, "data")
		}, nil, 1,
			but("fail  data directory: ~/data is not a directory that can be read\n      Name a directory of the server's own.")},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPerson(t)
			test.setUp(t, p)
			code, said := p.doctor(t, test.args...)
			equal(t, "output", test.says, said)
			equal(t, "exit code", test.code, code)
		})
	}
}

// disconnect ends the sandbox's only connection.
func (p *person) disconnect(t *testing.T, _ *sandbox.Sandbox) {
	t.Helper()
	p.run(t, "--confirm=never", "call", "delete_connection", "connection_id="+firstStore).want(t, 0, "was deleted")
}

// clockAhead has a service tell another time than ours.
func clockAhead(by time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(by).UTC().Format(http.TimeFormat))
			next.ServeHTTP(w, r)
		})
	}
}

// TestDoctorDirect: with a Gumroad token there is no Maton to ask.
func TestDoctorDirect(t *testing.T) {
	p := newPerson(t)
	p.upstream(t, sandbox.Options{})
	p.env["GUMROAD_API_BASE_URL"], p.env["GUMROAD_ACCESS_TOKEN"] = p.env["MATON_API_URL"]+"/v2", "sandbox"
	delete(p.env, "MATON_API_KEY")
	code, said := p.doctor(t)
	lines := strings.SplitAfter(healthy, "\n")
	equal(t, "output", lines[0]+lines[1]+"ok    Gumroad: HOST answered in 1 ms\n"+lines[4]+lines[5]+strings.Join(lines[7:], ""), said)
	equal(t, "exit code", 0, code)

	p.env["GUMROAD_ACCESS_TOKEN"] = "sandbox:view_sales"
	p.run(t, "doctor").want(t, 0, "it has view_sales\n      Tools that need these scopes fail. Make a token that has them.\n")

	p.env["GUMROAD_ACCESS_TOKEN"] = "canary"
	code, said = p.doctor(t)
	if code != 1 || !strings.Contains(said, "fail  key: it is refused\n") || !strings.Contains(said, "skip  scopes"+depends) {
		t.Errorf("%d\n%s", code, said)
	}
}

func TestDoctorJSON(t *testing.T) {
	p := newPerson(t)
	got := p.run(t, "doctor", "--json")
	equal(t, "exit code", 1, got.code)
	var findings []map[string]string
	if err := json.Unmarshal([]byte(got.stdout), &findings); err != nil {
		t.Fatal(err)
	}
	equal(t, "checks", 10, len(findings))
	equal(t, "connection", map[string]string{"check": "connection", "status": "skip", "detail": "it depends on what failed before", "fix": ""},
		findings[6])
}
