// Package gumroad is a client of Gumroad's API v2, reached through Maton's gateway or directly with a Gumroad
// access token. It knows HTTP and money; it knows nothing of MCP.
package gumroad

import (
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

// Config is what a Client is made from. Zero values mean the public services, the default limits and no log.
type Config struct {
	MatonKey     Credential // reaches the store through Maton's gateway
	GumroadToken Credential // reaches Gumroad without Maton; excludes MatonKey

	Connection string // Maton connection to act on, when it is fixed

	GatewayURL, ControlURL, APIURL string

	Transport         http.RoundTripper
	RequestsPerSecond float64 // per credential; negative for no limit
	Timeout           time.Duration
	Logger            *slog.Logger
	UserAgent         string
	Now               func() time.Time // the day of reports and what has passed; nil means time.Now
	// Waited is told how long a request was held back by RequestsPerSecond, for metrics. Nil tells nobody.
	Waited func(ctx context.Context, held time.Duration)
}

// Client sends requests for one credential and one store. It is immutable, safe for concurrent use and cheap to
// copy: WithCredential and WithConnection share everything but what they name.
type Client struct {
	api, control endpoint
	direct       bool
	connection   string
	pinned       bool // to connection: no other store, and not the account
	wire         *wire
}

// endpoint is a place requests go, with the credential that may go there and nowhere else.
type endpoint struct {
	base       *url.URL
	credential Credential
}

// New checks config and returns a Client. It sends nothing.
func New(config Config) (*Client, error) {
	direct := !config.GumroadToken.IsZero()
	if direct && !config.MatonKey.IsZero() {
		return nil, fmt.Errorf("a Maton key and a Gumroad token are both given; keep one")
	}
	c := &Client{direct: direct, wire: newWire(config)}
	if direct {
		base, err := parseBase(or(config.APIURL, DefaultAPIURL))
		if err != nil {
			return nil, fmt.Errorf("API URL: %w", err)
		}
		c.api = endpoint{base, config.GumroadToken}
		return c, c.api.credential.Valid()
	}
	gateway, err := parseBase(or(config.GatewayURL, DefaultGatewayURL))
	if err != nil {
		return nil, fmt.Errorf("gateway URL: %w", err)
	}
	control, err := parseBase(or(config.ControlURL, DefaultControlURL))
	if err != nil {
		return nil, fmt.Errorf("control URL: %w", err)
	}
	c.api = endpoint{gateway.JoinPath("gumroad", "v2"), config.MatonKey}
	c.control = endpoint{control, config.MatonKey}
	if config.Connection != "" {
		if c, err = c.WithConnection(config.Connection); err != nil {
			return nil, err
		}
	}
	return c, config.MatonKey.Valid()
}

// WithCredential returns a Client for another person's Maton key, or Gumroad token in direct mode.
func (c *Client) WithCredential(credential Credential) *Client {
	copied := *c
	copied.api.credential, copied.control.credential = credential, credential
	return &copied
}

// WithConnection returns a Client that acts on the store of a Maton connection.
func (c *Client) WithConnection(id string) (*Client, error) {
	if c.pinned && id != c.connection {
		return nil, errPinned()
	}
	if len(id) > 128 || !identifier.MatchString(id) {
		return nil, &Error{Code: InvalidArguments,
			Message: "The connection id is malformed: only letters, digits, '-', '_' and '=' occur in one, and at most 128."}
	}
	copied := *c
	copied.connection = id
	return &copied, nil
}

// Pin returns a Client that can reach one connection's store and nothing else of the account: no other connection,
// and no list of them. It is for a server whose callers share its key.
func (c *Client) Pin(id string) (*Client, error) {
	pinned, err := c.WithConnection(id)
	if err == nil {
		pinned.pinned = true
	}
	return pinned, err
}

// Pinned reports that the Client is for one store only.
func (c *Client) Pinned() bool { return c.pinned }

func errPinned() *Error {
	return &Error{Code: NotAllowed, Message: "Only one store may be reached with this access.",
		Hint: "Leave connection_id out; the store is fixed."}
}

// Connection is the Maton connection requests name, or "".
func (c *Client) Connection() string { return c.connection }

// Direct reports that Gumroad is reached with its own token; there are no connections then.
func (c *Client) Direct() bool { return c.direct }

// Now is the time by the configured clock.
func (c *Client) Now() time.Time { return c.wire.now() }

// Credential is what requests are authorized with.
func (c *Client) Credential() Credential { return c.api.credential }

// parseBase accepts https, and http to this machine only: a credential in the clear is a credential given away.
func parseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	switch {
	case err != nil || u.Host == "":
		return nil, fmt.Errorf("%q is not an address such as https://host", raw)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%q must hold a scheme, a host and a path only", u.Redacted())
	case u.Scheme == "https", u.Scheme == "http" && IsLoopback(u.Hostname()):
		return u, nil
	default:
		return nil, fmt.Errorf("%q must begin with https:// (http:// is for this machine only)", raw)
	}
}

// IsLoopback reports whether host names this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
