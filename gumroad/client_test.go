package gumroad_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

var clock = time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)

// store is a sandbox with a client of its first store.
type store struct {
	*gumroad.Client
	*sandbox.Sandbox
}

func open(t testing.TB, change ...func(*gumroad.Config)) store {
	t.Helper()
	box := sandbox.New(sandbox.Options{Now: func() time.Time { return clock }, Sales: 260})
	config := gumroad.Config{MatonKey: gumroad.NewCredential(sandbox.MatonKey), Transport: box, RequestsPerSecond: -1,
		Connection: box.Highlights()[0].ID}
	for _, f := range change {
		f(&config)
	}
	client, err := gumroad.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return store{client, box}
}

func (s store) highlight(t testing.TB, name string) sandbox.Highlight {
	t.Helper()
	for _, h := range s.Highlights() {
		if h.Name == name {
			return h
		}
	}
	t.Fatalf("no highlight %q", name)
	return sandbox.Highlight{}
}

// roundTripper is a transport that a test scripts.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reply is a scripted answer: JSON, unless its header says otherwise.
type reply struct {
	status int
	header map[string]string
	body   string
}

func (r reply) response() *http.Response {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	for name, value := range r.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(r.status)
	w.WriteString(r.body)
	return w.Result()
}

// answering returns a client of Gumroad through Maton, or directly, whose every request is answered with r.
func answering(t testing.TB, direct bool, r reply) *gumroad.Client {
	t.Helper()
	config := gumroad.Config{RequestsPerSecond: -1,
		Transport: roundTripper(func(*http.Request) (*http.Response, error) { return r.response(), nil })}
	if direct {
		config.GumroadToken = gumroad.NewCredential("token")
	} else {
		config.MatonKey, config.Connection = gumroad.NewCredential("key"), "x"
	}
	client, err := gumroad.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// code is the code of an error, "" for none and for one that has none.
func code(err error) gumroad.Code {
	if e, ok := errors.AsType[*gumroad.Error](err); ok {
		return e.Code
	}
	return ""
}

// diffError compares an error with the facts of an *Error; sentences only where want has them.
func diffError(want *gumroad.Error, err error) string {
	got, _ := errors.AsType[*gumroad.Error](err)
	ignored := []string{"Hint"}
	if want != nil && want.Message == "" {
		ignored = append(ignored, "Message")
	}
	return cmp.Diff(want, got,
		cmpopts.IgnoreUnexported(gumroad.Error{}), cmpopts.IgnoreFields(gumroad.Error{}, ignored...))
}

func TestNewNamesTheSettingAtFault(t *testing.T) {
	key, token := gumroad.NewCredential("key"), gumroad.NewCredential("token")
	unsendable := gumroad.NewCredential("a\r\nb")
	for _, c := range []struct {
		name, setting string
		config        gumroad.Config
	}{
		{"gateway in the clear", "GatewayURL", gumroad.Config{GatewayURL: "http://gateway.maton.ai"}},
		{"gateway without a scheme", "GatewayURL", gumroad.Config{GatewayURL: "//evil"}},
		{"password in an address", "ControlURL", gumroad.Config{ControlURL: "https://user:pass@ctrl.maton.ai"}},
		{"query in an address", "ControlURL", gumroad.Config{ControlURL: "https://ctrl.maton.ai?x=1"}},
		{"another scheme", "APIURL", gumroad.Config{GumroadToken: token, APIURL: "ftp://x"}},
		{"two credentials", "GumroadToken", gumroad.Config{MatonKey: key, GumroadToken: token}},
		{"key with a line break", "MatonKey", gumroad.Config{MatonKey: unsendable}},
		{"token with a line break", "GumroadToken", gumroad.Config{GumroadToken: unsendable}},
		{"connection with a space", "Connection", gumroad.Config{Connection: "a b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, err := gumroad.New(c.config)
			if client != nil {
				t.Error("there is a client in spite of the error")
			}
			if diff := diffError(&gumroad.Error{Code: gumroad.InvalidArguments, Setting: c.setting}, err); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNewAcceptsPlainHTTPToThisMachine(t *testing.T) {
	for _, config := range []gumroad.Config{
		{GatewayURL: "http://127.0.0.1:8787", ControlURL: "http://[::1]:8787/"},
		{GatewayURL: "http://localhost:1"},
	} {
		if _, err := gumroad.New(config); err != nil {
			t.Errorf("%s, %s: %v", config.GatewayURL, config.ControlURL, err)
		}
	}
}

func TestNewAcceptsNoSettings(t *testing.T) {
	if _, err := gumroad.New(gumroad.Config{}); err != nil {
		t.Error(err)
	}
}
