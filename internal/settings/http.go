package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
)

// HTTP is the settings of serving over HTTP.
type HTTP struct {
	Addr           string   `env:"GUMROAD_MCP_ADDR" default:"127.0.0.1:8080" help:"Address to listen on."`
	Path           string   `env:"GUMROAD_MCP_PATH" default:"/mcp" help:"Path of the MCP endpoint."`
	PublicURL      string   `name:"public-url" env:"GUMROAD_MCP_PUBLIC_URL" placeholder:"URL" help:"How clients reach this server, without the path, such as https://mcp.example.com."`
	AllowedHosts   []string `env:"GUMROAD_MCP_ALLOWED_HOSTS" placeholder:"HOST,…" help:"Names clients use for this server, beside --public-url's; * for any."`
	AllowedOrigins []string `env:"GUMROAD_MCP_ALLOWED_ORIGINS" placeholder:"ORIGIN,…" help:"Web pages that may use this server, such as https://app.example.com."`
	TLSCert        string   `name:"tls-cert" env:"GUMROAD_MCP_TLS_CERT" placeholder:"FILE" help:"Certificate, to serve HTTPS."`
	TLSKey         string   `name:"tls-key" env:"GUMROAD_MCP_TLS_KEY" placeholder:"FILE" help:"Its key."`
	BehindProxy    bool     `env:"GUMROAD_MCP_BEHIND_PROXY" help:"A proxy in front ends TLS: plain HTTP beyond this machine is meant."`

	Auth          string `env:"GUMROAD_MCP_AUTH" enum:"none,token,passthrough,oauth" default:"none" help:"Who may call: none (everyone on this machine), token, passthrough (callers bring their Maton key) or oauth."`
	TokensFile    string `env:"GUMROAD_MCP_TOKENS_FILE" placeholder:"FILE" help:"For token: the tokens' hashes and what each may do."`
	OAuthIssuer   string `name:"oauth-issuer" env:"GUMROAD_MCP_OAUTH_ISSUER" placeholder:"URL" help:"For oauth: who makes the access tokens."`
	OAuthAudience string `name:"oauth-audience" env:"GUMROAD_MCP_OAUTH_AUDIENCE" placeholder:"NAME" help:"For oauth: this server in the tokens' audience (default: --public-url with the path)."`
	OAuthKeysURL  string `name:"oauth-keys-url" env:"GUMROAD_MCP_OAUTH_KEYS_URL" placeholder:"URL" help:"For oauth: the issuer's keys, where its metadata does not say."`
	SubjectsFile  string `env:"GUMROAD_MCP_SUBJECTS_FILE" placeholder:"FILE" help:"For oauth: the tokens' subjects and what each may do."`

	CallerRate  float64       `env:"GUMROAD_MCP_CALLER_RATE" default:"20" help:"Requests a second of one caller, twice that in a burst; 0 for no limit."`
	MaxInFlight int           `env:"GUMROAD_MCP_MAX_IN_FLIGHT" default:"256" help:"Requests at once; 0 for no limit."`
	Grace       time.Duration `name:"shutdown-grace" env:"GUMROAD_MCP_SHUTDOWN_GRACE" default:"25s" help:"How long running calls may take to finish after SIGTERM."`
}

const minSealKey = 32 // bytes

// Check finds what contradicts itself. Its errors name the setting.
func (h HTTP) Check(c Config, env Environment) error {
	host, _, err := net.SplitHostPort(h.Addr)
	if err != nil {
		return fmt.Errorf("--addr (GUMROAD_MCP_ADDR): %q is not an address such as 127.0.0.1:8080", h.Addr)
	}
	local := gumroad.IsLoopback(host)
	hasKey := env.Getenv("MATON_API_KEY") != "" || env.Getenv("MATON_API_KEY_FILE") != "" || env.Getenv("GUMROAD_ACCESS_TOKEN") != ""
	switch {
	case h.Auth == "none" && !local:
		return fmt.Errorf("--auth (GUMROAD_MCP_AUTH): none lets everyone who reaches %s act on the store, so it is for an address of this machine only; choose token, passthrough or oauth", h.Addr)
	case h.Auth == "none" && slices.Contains(h.AllowedHosts, "*"):
		return errors.New("--allowed-hosts (GUMROAD_MCP_ALLOWED_HOSTS): * is not for --auth=none: any web page could give itself a name that leads here")
	case !local && h.TLSCert == "" && !h.BehindProxy:
		return fmt.Errorf("--tls-cert (GUMROAD_MCP_TLS_CERT): callers' secrets would cross the network in the clear; give a certificate, or --behind-proxy if a proxy ends TLS")
	case (h.TLSCert == "") != (h.TLSKey == ""):
		return errors.New("--tls-cert and --tls-key (GUMROAD_MCP_TLS_CERT, GUMROAD_MCP_TLS_KEY): give both")
	case !strings.HasPrefix(h.Path, "/") || strings.ContainsAny(h.Path, "{}? #") || h.Path == "/healthz" || h.Path == "/readyz":
		return fmt.Errorf("--path (GUMROAD_MCP_PATH): %q is not a free path such as /mcp", h.Path)
	case h.CallerRate < 0:
		return errors.New("--caller-rate (GUMROAD_MCP_CALLER_RATE): must not be negative")
	case h.MaxInFlight < 0:
		return errors.New("--max-in-flight (GUMROAD_MCP_MAX_IN_FLIGHT): must not be negative")
	case env.Getenv("GUMROAD_MCP_SEAL_KEY") != "" && len(env.Getenv("GUMROAD_MCP_SEAL_KEY")) < minSealKey:
		return fmt.Errorf("GUMROAD_MCP_SEAL_KEY: it is shorter than %d bytes, and whoever guesses it can give consent in a person's place", minSealKey)
	case h.Auth == "token" && h.TokensFile == "":
		return errors.New("--tokens-file (GUMROAD_MCP_TOKENS_FILE): --auth=token needs it; `gumroad-mcp token` makes a line of it")
	case h.Auth == "passthrough" && hasKey && !c.Sandbox:
		return errors.New("--auth (GUMROAD_MCP_AUTH): with passthrough callers bring their keys; unset the server's own (MATON_API_KEY, MATON_API_KEY_FILE, GUMROAD_ACCESS_TOKEN)")
	case h.Auth == "passthrough" && c.Connection != "":
		return errors.New("--connection (MATON_CONNECTION): with --auth=passthrough every caller has other connections")
	case h.Auth == "oauth" && h.OAuthIssuer == "":
		return errors.New("--oauth-issuer (GUMROAD_MCP_OAUTH_ISSUER): --auth=oauth needs it")
	case h.Auth == "oauth" && h.SubjectsFile == "":
		return errors.New("--subjects-file (GUMROAD_MCP_SUBJECTS_FILE): --auth=oauth needs it")
	}
	for _, u := range []struct{ setting, value string }{
		{"--public-url (GUMROAD_MCP_PUBLIC_URL)", h.PublicURL},
		{"--oauth-issuer (GUMROAD_MCP_OAUTH_ISSUER)", h.OAuthIssuer},
		{"--oauth-keys-url (GUMROAD_MCP_OAUTH_KEYS_URL)", h.OAuthKeysURL},
	} {
		if err := checkURL(u.value); err != nil {
			return fmt.Errorf("%s: %w", u.setting, err)
		}
	}
	for _, origin := range h.AllowedOrigins {
		if u, err := url.Parse(origin); err != nil || u.Host == "" || u.Path != "" {
			return fmt.Errorf("--allowed-origins (GUMROAD_MCP_ALLOWED_ORIGINS): %q is not an origin such as https://app.example.com", origin)
		}
	}
	return nil
}

// checkURL accepts https, http on this machine, and nothing at all.
func checkURL(raw string) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !gumroad.IsLoopback(u.Hostname())) {
		return fmt.Errorf("%q is not an address that begins with https:// (http:// is for this machine only)", raw)
	}
	return nil
}

// Options are what the settings come to on a listening address.
func (h HTTP) Options(services *Services, listening net.Addr) (server.HTTPOptions, error) {
	o := server.HTTPOptions{
		Path:           h.Path,
		Catalog:        services.Catalog,
		AllowedHosts:   append(server.DefaultHosts(listening), h.AllowedHosts...),
		AllowedOrigins: h.AllowedOrigins,
		CallsPerSecond: h.CallerRate,
		MaxInFlight:    h.MaxInFlight,
		Grace:          h.Grace,
		Telemetry:      services.Telemetry,
		Logger:         services.Logger,
	}
	public, err := url.Parse(h.publicURL(listening))
	if err != nil {
		return o, err
	}
	if h.PublicURL != "" {
		o.AllowedHosts = append(o.AllowedHosts, public.Host)
	}
	if len(o.AllowedHosts) == 0 {
		return o, fmt.Errorf("--allowed-hosts (GUMROAD_MCP_ALLOWED_HOSTS): name what clients call this server, or give --public-url: it listens on every address")
	}
	if h.TLSCert != "" {
		certificate, err := tls.LoadX509KeyPair(h.TLSCert, h.TLSKey)
		if err != nil {
			return o, fmt.Errorf("--tls-cert, --tls-key (GUMROAD_MCP_TLS_CERT, GUMROAD_MCP_TLS_KEY): %w", err)
		}
		o.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	client := services.Client
	if h.Auth == "passthrough" {
		client = client.WithCredential(gumroad.Credential{})
	}
	o.Ready = server.Reaches(client)
	o.Auth, err = h.authenticator(client, public.JoinPath(h.Path).String())
	return o, err
}

func (h HTTP) authenticator(client *gumroad.Client, resource string) (server.Authenticator, error) {
	switch h.Auth {
	case "token":
		grants, err := readGrants(h.TokensFile, client)
		if err != nil {
			return nil, fmt.Errorf("--tokens-file (GUMROAD_MCP_TOKENS_FILE): %w", err)
		}
		tokens, err := server.Tokens(grants)
		if err != nil {
			return nil, fmt.Errorf("--tokens-file (GUMROAD_MCP_TOKENS_FILE): %w", err)
		}
		return tokens, nil
	case "passthrough":
		return server.Passthrough(client), nil
	case "oauth":
		grants, err := readGrants(h.SubjectsFile, client)
		if err != nil {
			return nil, fmt.Errorf("--subjects-file (GUMROAD_MCP_SUBJECTS_FILE): %w", err)
		}
		return &server.OAuth{
			Issuer:   h.OAuthIssuer,
			Audience: first(h.OAuthAudience, resource),
			Resource: resource,
			KeysURL:  h.OAuthKeysURL,
			Subjects: grants,
			Client:   http.DefaultClient,
		}, nil
	default:
		return server.Open(client), nil
	}
}

func (h HTTP) publicURL(listening net.Addr) string {
	if h.PublicURL != "" {
		return h.PublicURL
	}
	if h.TLSCert != "" {
		return "https://" + listening.String()
	}
	return "http://" + listening.String()
}

// readGrants reads a file that says who may do what. It holds no secrets, but whoever can write it can let himself in.
func readGrants(path string, client *gumroad.Client) (map[string]server.Grant, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", errors.Unwrap(err))
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Mode().Perm()&0o022 != 0 && os.PathSeparator == '/':
		return nil, errors.New("others can write the file; take that away (chmod go-w)")
	}
	return server.ParseGrants(file, client)
}
