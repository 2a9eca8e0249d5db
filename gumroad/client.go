// Package gumroad is a client of Gumroad's API v2, reached through Maton's gateway or directly with a Gumroad access
// token. It knows HTTP and money, and nothing of MCP.
//
// An operation is a request struct, a method of Client that takes it, and the record that comes back. Tags of the
// struct say where each field travels (see encode.go) and describe it to people. Money is in minor units, dates are
// YYYY-MM-DD and times RFC 3339, all as Gumroad sends them. Every error is an *Error.
//
// Upstream behaviour is documented in Gumroad's API reference (https://gumroad.com/api). What the reference leaves out
// or has wrong comes from Gumroad's published source; comments then name the controller in app/controllers/api/v2.
package gumroad

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The public services.
const (
	DefaultGatewayURL = "https://gateway.maton.ai"
	DefaultControlURL = "https://ctrl.maton.ai"
	DefaultAPIURL     = "https://api.gumroad.com/v2"
)

// DefaultRequestsPerSecond stays below the 10 a second that Maton allows an account.
const DefaultRequestsPerSecond = 8

// DefaultTimeout is the time for one operation, repeats included.
const DefaultTimeout = 60 * time.Second

// Config is what a Client is made from. Zero values mean the public services, the default limits and no log.
type Config struct {
	MatonKey     Credential // reaches the store through Maton's gateway
	GumroadToken Credential // reaches Gumroad without Maton; excludes MatonKey

	Connection string // Maton connection to act on, when it is fixed

	GatewayURL, ControlURL string // of Maton
	APIURL                 string // of Gumroad, for GumroadToken

	Transport         http.RoundTripper // nil means http.DefaultTransport; Pattern tells it the request's path template
	RequestsPerSecond float64           // per credential; negative for no limit
	Timeout           time.Duration     // of an operation with its retries; zero means a minute
	Logger            *slog.Logger
	UserAgent         string
	Now               func() time.Time // the clock that days and lapsed dates go by; nil means time.Now
	// Reserve returns how long to wait for the next turn under a key, where instances share the rate. Nil is for one that is
	// alone. While it fails, requests go at a quarter of the rate.
	Reserve func(ctx context.Context, key string, interval time.Duration) (time.Duration, error)
	// Waited is told how long a request was held back by RequestsPerSecond, for metrics. Nil tells nobody.
	Waited func(ctx context.Context, held time.Duration)
}

// Client sends requests for one credential and one store. It is immutable, safe for concurrent use and cheap to copy:
// the copies that WithCredential, WithConnection and Pin make share the HTTP client, the rate limits and the log.
type Client struct {
	api, control endpoint
	direct       bool
	connection   string
	pinned       bool // to connection: no other store, and not the account
	now          func() time.Time
	transport    *transport
}

// endpoint is a place requests go, with the credential that may go there and nowhere else.
type endpoint struct {
	base       *url.URL
	credential Credential
}

// New checks config and returns a Client. It sends nothing. Its errors have code InvalidArguments, and in Setting the
// field of config at fault.
func New(config Config) (*Client, error) {
	c := &Client{direct: !config.GumroadToken.IsZero(), now: config.Now, transport: newTransport(config)}
	if c.now == nil {
		c.now = time.Now
	}
	if !c.direct {
		return c.throughMaton(config)
	}
	if !config.MatonKey.IsZero() {
		return nil, inSetting("GumroadToken", Invalid("A Maton key and a Gumroad token are both given; keep one."))
	}
	base, err := parseBase(cmp.Or(config.APIURL, DefaultAPIURL))
	if err != nil {
		return nil, inSetting("APIURL", err)
	}
	if err := config.GumroadToken.Valid(); err != nil {
		return nil, inSetting("GumroadToken", err)
	}
	c.api = endpoint{base, config.GumroadToken}
	return c, nil
}

func (c *Client) throughMaton(config Config) (*Client, error) {
	gateway, err := parseBase(cmp.Or(config.GatewayURL, DefaultGatewayURL))
	if err != nil {
		return nil, inSetting("GatewayURL", err)
	}
	control, err := parseBase(cmp.Or(config.ControlURL, DefaultControlURL))
	if err != nil {
		return nil, inSetting("ControlURL", err)
	}
	if err := config.MatonKey.Valid(); err != nil {
		return nil, inSetting("MatonKey", err)
	}
	c.api = endpoint{gateway.JoinPath("gumroad", "v2"), config.MatonKey}
	c.control = endpoint{control, config.MatonKey}
	if config.Connection == "" {
		return c, nil
	}
	c, err = c.WithConnection(config.Connection)
	return c, inSetting("Connection", err)
}

// WithCredential returns a Client for another person's Maton key, or Gumroad token in direct mode. It does not check
// the credential; see Credential.Valid.
func (c *Client) WithCredential(credential Credential) *Client {
	copied := *c
	copied.api.credential, copied.control.credential = credential, credential
	return &copied
}

// WithConnection returns a Client that acts on the store of a Maton connection. A malformed id is InvalidArguments, and
// any other id than a pinned Client's own is NotAllowed.
func (c *Client) WithConnection(id string) (*Client, error) {
	if c.pinned && id != c.connection {
		return nil, errPinned()
	}
	if len(id) > 128 || !identifier.MatchString(id) {
		return nil, Invalid("The connection id is malformed: " +
			"only letters, digits, '-', '_' and '=' occur in one, and at most 128.")
	}
	copied := *c
	copied.connection = id
	return &copied, nil
}

// Pin returns a Client that can reach the store of one connection and nothing else of the account: no other connection,
// and no list of them. It is for a server whose callers share its key.
func (c *Client) Pin(id string) (*Client, error) {
	pinned, err := c.WithConnection(id)
	if err == nil {
		pinned.pinned = true
	}
	return pinned, err
}

// Pinned reports whether the Client is for one store only.
func (c *Client) Pinned() bool { return c.pinned }

func errPinned() *Error {
	return &Error{Code: NotAllowed, Message: "Only one store may be reached with this access.",
		Hint: "Leave connection_id out; the store is fixed."}
}

// Connection returns the id of the Maton connection that requests name, or "".
func (c *Client) Connection() string { return c.connection }

// Direct reports whether Gumroad is reached with its own token; there are no connections then.
func (c *Client) Direct() bool { return c.direct }

// Now returns the time by the configured clock.
func (c *Client) Now() time.Time { return c.now() }

// Credential returns what requests are authorized with.
func (c *Client) Credential() Credential { return c.api.credential }

// parseBase accepts https, and http to this machine only: a credential sent in the clear is a credential given away.
func parseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	switch {
	case err != nil || u.Host == "":
		return nil, Invalid(fmt.Sprintf("%q is not an address such as https://host.", raw))
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, Invalid(fmt.Sprintf("%q must hold a scheme, a host and a path only.", u.Redacted()))
	case u.Scheme == "https", u.Scheme == "http" && IsLoopback(u.Hostname()):
		return u, nil
	default:
		return nil, Invalid(fmt.Sprintf("%q must begin with https:// (http:// is for this machine only).", raw))
	}
}

// IsLoopback reports whether host, a name or an address with or without brackets, is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
