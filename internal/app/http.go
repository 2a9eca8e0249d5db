package app

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/server"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
)

// HTTP returns the HTTP server that the settings describe. listening is the address that it will serve on.
func (a *App) HTTP(h *settings.HTTP, listening net.Addr) (*server.HTTP, error) {
	options, err := a.httpOptions(h, listening)
	if err != nil {
		return nil, err
	}
	return server.NewHTTP(a.MCP(), options), nil
}

func (a *App) httpOptions(h *settings.HTTP, listening net.Addr) (server.HTTPOptions, error) {
	o := server.HTTPOptions{HTTP: *h, Version: a.mcp.Version, Catalog: a.Catalog, Events: a.Events,
		Telemetry: a.Telemetry, Logger: a.Logger}
	all := settings.Of(h)
	public, err := url.Parse(publicURL(h, listening))
	if err != nil {
		return o, all.Wrong(&h.PublicURL, "%w", err)
	}
	o.AllowedHosts = append(server.DefaultHosts(listening), h.AllowedHosts...)
	if h.PublicURL != "" {
		o.AllowedHosts = append(o.AllowedHosts, public.Host)
	}
	if len(o.AllowedHosts) == 0 {
		return o, all.Wrong(&h.AllowedHosts, "the server listens on every address, so name the hosts that clients "+
			"reach it by, or give %s", &h.PublicURL)
	}
	if h.TLSCert != "" {
		var current atomic.Pointer[tls.Certificate]
		if err := a.reread(func() error {
			certificate, err := tls.LoadX509KeyPair(h.TLSCert, h.TLSKey)
			if err != nil {
				return all.Wrong(&h.TLSCert, "with %s: %w", &h.TLSKey, err)
			}
			current.Store(&certificate)
			return nil
		}, h.TLSCert, h.TLSKey); err != nil {
			return o, err
		}
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12,
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return current.Load(), nil }}
	}
	client := a.Client
	o.Ready = server.Accepted(client)
	if h.Auth == "passthrough" {
		client = client.WithCredential(gumroad.Credential{})
		o.Ready = server.Reached(client)
	}
	o.Authenticator, err = a.authenticator(h, client, public.JoinPath(h.Path).String())
	return o, err
}

func (a *App) authenticator(h *settings.HTTP, client *gumroad.Client, resource string) (server.Authenticator, error) {
	switch h.Auth {
	case "token":
		tokens, _ := server.Tokens(nil)
		return tokens, a.grant(h, &h.TokensFile, client, tokens)
	case "passthrough":
		return server.Passthrough(client), nil
	case "oauth":
		oauth := &server.OAuth{
			Issuer:   h.OAuthIssuer,
			Audience: cmp.Or(h.OAuthAudience, resource),
			Resource: resource,
			KeysURL:  h.OAuthKeysURL,
			Client:   http.DefaultClient,
		}
		return oauth, a.grant(h, &h.SubjectsFile, client, oauth)
	default:
		return server.Open(client), nil
	}
}

// grant admits whom the file names that the setting at path names, now and whenever the file changes.
func (a *App) grant(h *settings.HTTP, path *string, client *gumroad.Client, to server.Granting) error {
	return a.reread(func() error {
		grants, err := readGrants(h, path, client)
		if err != nil {
			return err
		}
		if err := to.Replace(grants); err != nil {
			return settings.Of(h).Wrong(path, "%w", err)
		}
		return nil
	}, *path)
}

// readGrants reads the file that the setting at path names.
func readGrants(h *settings.HTTP, path *string, client *gumroad.Client) (map[string]server.Grant, error) {
	file, err := openTrusted(*path)
	if err != nil {
		return nil, settings.Of(h).Wrong(path, "%w", err)
	}
	defer file.Close()
	grants, err := server.ParseGrants(file, client)
	if err != nil {
		return nil, settings.Of(h).Wrong(path, "%w", err)
	}
	return grants, nil
}

func publicURL(h *settings.HTTP, listening net.Addr) string {
	switch {
	case h.PublicURL != "":
		return h.PublicURL
	case h.TLSCert != "":
		return "https://" + listening.String()
	default:
		return "http://" + listening.String()
	}
}
