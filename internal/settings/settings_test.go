package settings_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

type all struct {
	settings.Common
	settings.HTTP
}

// read takes settings from a command line.
func read(t *testing.T, args ...string) *all {
	t.Helper()
	return readWith(t, nil, args...)
}

func readWith(t *testing.T, env settings.Environment, args ...string) *all {
	t.Helper()
	a := &all{}
	parser, err := settings.NewParser(a, env)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestCheck: an error begins with the names of the setting to change.
func TestCheck(t *testing.T) {
	type secrets = settings.Environment
	both := secrets{"MATON_API_KEY": "m", "GUMROAD_ACCESS_TOKEN": "g"}
	for _, test := range []struct {
		name    string
		args    string
		secrets secrets
		want    string // "" for no error
	}{
		{"the defaults", "", nil, ""},
		{"a negative rate", "--rate-limit=-1", nil, "--rate-limit"},
		{"no time", "--timeout=0s", nil, "--timeout"},
		{"a prefix that no tool can have", "--tool-prefix=a+b", nil, "--tool-prefix"},
		{"a long prefix", "--tool-prefix=" + strings.Repeat("x", 21), nil, "--tool-prefix"},
		{"no prefix", "--tool-prefix=", nil, ""},
		{"a short seal key", "", secrets{"GUMROAD_MCP_SEAL_KEY": "x"}, "GUMROAD_MCP_SEAL_KEY"},
		{"a seal key of spaces", "", settings.NewEnvironment([]string{"GUMROAD_MCP_SEAL_KEY=" + strings.Repeat(" ", 40)}),
			"GUMROAD_MCP_SEAL_KEY"},
		{"a seal key of one character", "", secrets{"GUMROAD_MCP_SEAL_KEY": strings.Repeat("a", 40)}, "GUMROAD_MCP_SEAL_KEY"},
		{"keys for Maton and for Gumroad", "", both, "GUMROAD_ACCESS_TOKEN"},
		{"keys that the sandbox does not use", "--sandbox", both, ""},
		{"a key file and a token", "", secrets{"MATON_API_KEY_FILE": "m", "GUMROAD_ACCESS_TOKEN": "g"}, "GUMROAD_ACCESS_TOKEN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := read(t, strings.Fields(test.args)...)
			a.Secrets.Read(test.secrets)
			names(t, errors.Join(a.Common.Check(), a.CheckCredential()), test.want)
			names(t, a.HTTP.Check(&a.Common), test.want)
		})
	}
}

func TestCheckHTTP(t *testing.T) {
	type secrets = settings.Environment
	const long = "0123456789abcdef0123456789abcdef"
	for _, test := range []struct {
		name    string
		args    string
		secrets secrets
		want    string // "" for no error
	}{
		{"everyone from everywhere", "--addr=0.0.0.0:8080", nil, "--auth"},
		{"everyone on every interface", "--addr=:8080", nil, "--auth"},
		{"everyone under any name", "--allowed-hosts=*", nil, "--allowed-hosts"},
		{"everyone under a name of the network's", "--allowed-hosts=localhost,mcp.example.com:8080", nil, "--allowed-hosts"},
		{"everyone at a public address", "--public-url=https://mcp.example.com", nil, "--public-url"},
		{"everyone behind a proxy", "--behind-proxy", nil, "--behind-proxy"},
		{"everyone under names of this machine",
			"--allowed-hosts=localhost:8080,127.0.0.2,[::1]:80 --public-url=http://localhost:8080", nil, ""},
		{"tokens at a public address", "--auth=token --tokens-file=f --public-url=https://mcp.example.com --behind-proxy " +
			"--allowed-hosts=*", nil, ""},
		{"secrets in the clear", "--addr=10.0.0.1:8080 --auth=passthrough", nil, "--tls-cert"},
		{"secrets behind a proxy", "--addr=10.0.0.1:8080 --auth=passthrough --behind-proxy", nil, ""},
		{"a certificate without its key", "--tls-cert=cert.pem", nil, "--tls-key"},
		{"a key without its certificate", "--tls-key=key.pem", nil, "--tls-cert"},
		{"a port alone", "--addr=8080", nil, "--addr"},
		{"a path that is taken", "--path=/healthz", nil, "--path"},
		{"a pattern for a path", "--path=/{x}", nil, "--path"},
		{"no path", "--path=", nil, "--path"},
		{"a public URL that browsers do not open", "--public-url=ftp://mcp.example.com", nil, "--public-url"},
		{"token without tokens", "--auth=token", nil, "--tokens-file"},
		{"passthrough with a key", "--auth=passthrough", secrets{"MATON_API_KEY": "k"}, "--auth"},
		{"passthrough with a key file", "--auth=passthrough", secrets{"MATON_API_KEY_FILE": "k"}, "--auth"},
		{"passthrough with a token", "--auth=passthrough", secrets{"GUMROAD_ACCESS_TOKEN": "k"}, "--auth"},
		{"passthrough with a connection", "--auth=passthrough --connection=c", nil, "--connection"},
		{"oauth without an issuer", "--auth=oauth", nil, "--oauth-issuer"},
		{"oauth without subjects", "--auth=oauth --oauth-issuer=https://issuer.example", nil, "--subjects-file"},
		{"an issuer in the clear", "--oauth-issuer=http://issuer.example", nil, "--oauth-issuer"},
		{"an issuer's keys in the clear", "--oauth-keys-url=http://issuer.example", nil, "--oauth-keys-url"},
		{"an issuer on this machine", "--auth=oauth --subjects-file=f --oauth-issuer=http://127.0.0.1:9000", nil, ""},
		{"tokens without token", "--tokens-file=f", nil, "--tokens-file"},
		{"tokens with oauth", "--auth=oauth --oauth-issuer=https://issuer.example --subjects-file=f --tokens-file=f", nil,
			"--tokens-file"},
		{"subjects without oauth", "--subjects-file=f", nil, "--subjects-file"},
		{"an issuer without oauth", "--auth=token --tokens-file=f --oauth-issuer=https://issuer.example", nil,
			"--oauth-issuer"},
		{"an audience without oauth", "--oauth-audience=store", nil, "--oauth-audience"},
		{"an issuer's keys without oauth", "--oauth-keys-url=https://issuer.example", nil, "--oauth-keys-url"},
		{"an origin with a path", "--allowed-origins=https://a.example,https://b.example/app", nil, "--allowed-origins"},
		{"a short seal key", "", secrets{"GUMROAD_MCP_SEAL_KEY": long[1:]}, "GUMROAD_MCP_SEAL_KEY"},
		{"a seal key that is just long enough", "", secrets{"GUMROAD_MCP_SEAL_KEY": long}, ""},
		{"a directory and NATS", "--data-dir=d --nats-url=nats://127.0.0.1", secrets{"GUMROAD_MCP_SEAL_KEY": long},
			"--data-dir"},
		{"a directory", "--data-dir=d", secrets{"GUMROAD_MCP_SEAL_KEY": long}, ""},
		{"a directory without a seal key", "--data-dir=d", nil, ""},
		{"seal keys of the past", "", secrets{"GUMROAD_MCP_PREVIOUS_SEAL_KEYS": long + ", " + long}, ""},
		{"a short seal key of the past", "", secrets{"GUMROAD_MCP_PREVIOUS_SEAL_KEYS": long + ",short"},
			"GUMROAD_MCP_PREVIOUS_SEAL_KEYS"},
		{"NATS", "--nats-url=nats://a:4222,tls://b --nats-credentials=f --nats-ca=f --nats-replicas=5 --nats-prefix=shop-1 " +
			"--nats-create=never", secrets{"GUMROAD_MCP_SEAL_KEY": long}, ""},
		{"a prefix that is no name", "--nats-url=nats://a --nats-prefix=a.b", secrets{"GUMROAD_MCP_SEAL_KEY": long},
			"--nats-prefix"},
		{"a prefix for no NATS", "--nats-prefix=shop", nil, "--nats-prefix"},
		{"nothing made in no NATS", "--nats-create=never", nil, "--nats-create"},
		{"NATS without a seal key", "--nats-url=nats://127.0.0.1", nil, "GUMROAD_MCP_SEAL_KEY"},
		{"NATS at a web address", "--nats-url=https://127.0.0.1", nil, "--nats-url"},
		{"NATS with a password on the command line", "--nats-url=nats://a:b@127.0.0.1", nil, "--nats-url"},
		{"too many replicas", "--nats-url=nats://127.0.0.1 --nats-replicas=6", nil, "--nats-replicas"},
		{"credentials for no NATS", "--nats-credentials=f", nil, "--nats-credentials"},
		{"certificates for no NATS", "--nats-ca=f", nil, "--nats-ca"},
		{"replicas without NATS", "--nats-replicas=3", nil, "--nats-replicas"},
		{"a negative rate of callers", "--caller-rate=-1", nil, "--caller-rate"},
		{"a negative cap", "--max-in-flight=-1", nil, "--max-in-flight"},
		{"a negative cap of a caller", "--max-in-flight-per-caller=-1", nil, "--max-in-flight-per-caller"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := read(t, strings.Fields(test.args)...)
			a.Secrets.Read(test.secrets)
			names(t, a.HTTP.Check(&a.Common), test.want)
		})
	}
}

func TestInFlightPerCaller(t *testing.T) {
	for _, test := range []struct {
		name, args string
		want       int // 0 for no limit
	}{
		{"a quarter of the default", "", 64},
		{"a quarter of what is given", "--max-in-flight=40", 10},
		{"at least one", "--max-in-flight=1", 1},
		{"no limit where there is none for all", "--max-in-flight=0", 0},
		{"what is given", "--max-in-flight-per-caller=7", 7},
		{"what is given where there is no limit for all", "--max-in-flight=0 --max-in-flight-per-caller=7", 7},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := read(t, strings.Fields(test.args)...)
			if diff := cmp.Diff(test.want, a.InFlightPerCaller()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// names checks which setting an error begins with.
func names(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = regexp.MustCompile(`^[\w-]*`).FindString(err.Error())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%v", diff, err)
	}
}

func TestErrorsNameOtherSettingsToo(t *testing.T) {
	a := read(t, "--addr=10.0.0.1:8080", "--auth=token")
	want := "--tls-cert (GUMROAD_MCP_TLS_CERT): callers' secrets would cross the network in the clear; " +
		"give a certificate, or --behind-proxy if a proxy terminates TLS"
	if diff := cmp.Diff(want, a.HTTP.Check(&a.Common).Error()); diff != "" {
		t.Error(diff)
	}
}

// TestEveryoneIsForThisMachine: the error says what to choose instead.
func TestEveryoneIsForThisMachine(t *testing.T) {
	a := read(t, "--public-url=https://mcp.example.com")
	want := "--public-url (GUMROAD_MCP_PUBLIC_URL): it is for callers on other machines, and --auth=none would let every " +
		"one of them act on the store; choose --auth=token, passthrough or oauth"
	if diff := cmp.Diff(want, a.HTTP.Check(&a.Common).Error()); diff != "" {
		t.Error(diff)
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	sentence := regexp.MustCompile(`^[A-Z].*\.$`)
	flags, variables := map[string]bool{}, map[string]bool{"MATON_API_URL": true}
	for _, s := range settings.Of(&settings.Common{}, &settings.HTTP{}) {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			if !sentence.MatchString(s.Help) || strings.Contains(s.Help, "|") {
				t.Errorf("the help is not a sentence that fits a table: %q", s.Help)
			}
			if s.Default == "" && s.Unset == "" {
				t.Error("no default is documented")
			}
			if len(s.Variables) == 0 || variables[s.Variables[0]] {
				t.Errorf("no variable, or one that another setting has: %q", s.Variables)
			}
			if flags[s.Flag] {
				t.Error("another setting has the flag")
			}
			flags[s.Flag], variables[s.Variables[0]] = s.Flag != "", true
		})
	}
}

func TestVariables(t *testing.T) {
	type addresses struct{ Gateway, Control string }
	for _, test := range []struct {
		name      string
		variables map[string]string
		args      []string
		want      addresses
	}{
		{"nothing", nil, nil, addresses{"https://gateway.maton.ai", "https://ctrl.maton.ai"}},
		{"one for both", map[string]string{"MATON_API_URL": "http://localhost"}, nil,
			addresses{"http://localhost", "http://localhost"}},
		{"its own first", map[string]string{"MATON_API_URL": "http://localhost", "MATON_GATEWAY_URL": "https://own"}, nil,
			addresses{"https://own", "http://localhost"}},
		{"a flag above all", map[string]string{"MATON_GATEWAY_URL": "https://own"}, []string{"--gateway-url=https://flag"},
			addresses{"https://flag", "https://ctrl.maton.ai"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := readWith(t, test.variables, test.args...)
			if diff := cmp.Diff(test.want, addresses{a.GatewayURL, a.ControlURL}); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("of a setting that names none", func(t *testing.T) {
		env := settings.Environment{"GUMROAD_MCP_MAX_IN_FLIGHT": "7"}
		if diff := cmp.Diff(7, readWith(t, env).MaxInFlight); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSecretsAreNotPrinted(t *testing.T) {
	var c settings.Common
	c.Secrets.Read(settings.Environment{
		"MATON_API_KEY": "canary", "GUMROAD_ACCESS_TOKEN": "canary", "GUMROAD_MCP_SEAL_KEY": "canary",
		"GUMROAD_MCP_PREVIOUS_SEAL_KEYS": "canary1, canary2",
	})
	read := []string{string(c.MatonKey), string(c.GumroadToken), string(c.SealKey)}
	for _, key := range c.PreviousSealKeys {
		read = append(read, string(key))
	}
	if diff := cmp.Diff([]string{"canary", "canary", "canary", "canary1", "canary2"}, read); diff != "" {
		t.Fatal(diff)
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for form, printed := range map[string]string{
		"%v": fmt.Sprintf("%v", c), "%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", c), "JSON": string(asJSON),
	} {
		if strings.Contains(printed, "canary") {
			t.Errorf("%s: %s", form, printed)
		}
	}
}

// TestArguments: a command line gives back what differs from the defaults, whichever way it was set.
func TestArguments(t *testing.T) {
	given := []string{"--connection=abc", "--toolsets=default,emails", "--tools=a,b", "--read-only", "--confirm=always",
		`--upload-dir=/up\,load,/b`, "--rate-limit=0.5",
		"--timeout=1m30s", "--sandbox-seed=7", "--sandbox-now=2026-11-01T12:00:00Z"}
	env := settings.Environment{"GUMROAD_MCP_MASK_PII": "true", "GUMROAD_MCP_LOG_LEVEL": "info", "MATON_API_KEY": "canary"}
	var c settings.Common
	parser, err := settings.NewParser(&c, env)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(given); err != nil {
		t.Fatal(err)
	}
	c.Secrets.Read(env)
	got, err := settings.Arguments(&c)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Insert(slices.Clone(given), 5, "--mask-pii")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var again settings.Common
	if parser, err = settings.NewParser(&again, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(got); err != nil {
		t.Fatal(err)
	}
	again.Secrets = c.Secrets
	if diff := cmp.Diff(c, again); diff != "" {
		t.Errorf("parsed again (-first +again):\n%s", diff)
	}
}

func TestUnfilled(t *testing.T) {
	environ := []string{"MATON_API_KEY=${user_config.key}", "GUMROAD_MCP_READ_ONLY= ${x} ", "GUMROAD_MCP_TOOLS=", "OTHER=${y}", "MATON_CONNECTION=a${z}"}
	if diff := cmp.Diff([]string{"GUMROAD_MCP_READ_ONLY", "MATON_API_KEY"}, settings.Unfilled(environ)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := settings.Environment{"MATON_CONNECTION": "a${z}"}
	if diff := cmp.Diff(want, settings.NewEnvironment(environ)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDirectoryWithComma: the one directory that a form hands over is not taken for two, of which one would be open to
// uploads that nobody meant.
func TestDirectoryWithComma(t *testing.T) {
	parent := t.TempDir()
	one := filepath.Join(parent, "clients, old")
	if err := os.Mkdir(one, 0o700); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string][]string{one: {one}, parent + "," + one[:len(one)-5]: {parent, one[:len(one)-5]}} {
		var c settings.Common
		parser, err := settings.NewParser(&c, settings.Environment{"GUMROAD_MCP_UPLOAD_DIR": value})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c.UploadDir); diff != "" {
			t.Errorf("%s (-want +got):\n%s", value, diff)
		}
	}
}
