package settings

import (
	"cmp"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// HTTP holds the settings of serving over HTTP.
type HTTP struct {
	Addr           string   `default:"127.0.0.1:8080" check:"address" help:"Address to listen on."`
	Path           string   `default:"/mcp" check:"path" help:"Path of the MCP endpoint."`
	PublicURL      string   `name:"public-url" placeholder:"URL" check:"url" unset:"the address" help:"How clients reach the server, without the path, such as https://mcp.example.com; oauth behind a proxy needs it."`
	AllowedHosts   []string `placeholder:"HOST" unset:"none" help:"More host names that clients reach the server by; * for any. With --auth=none only names of this machine."`
	AllowedOrigins []string `placeholder:"ORIGIN" check:"origin" unset:"none" help:"Origins of web pages that may call, such as https://app.example.com; they get CORS headers."`
	TLSCert        string   `name:"tls-cert" placeholder:"FILE" unset:"none" help:"Certificate for HTTPS, read again when it changes."`
	TLSKey         string   `name:"tls-key" placeholder:"FILE" unset:"none" help:"Key of the certificate."`
	BehindProxy    bool     `help:"A proxy terminates TLS: allow plain HTTP beyond this machine. Not with --auth=none."`

	Auth          string `enum:"none,token,passthrough,oauth" default:"none" help:"Who may call: none (everyone on this machine), token, passthrough (callers bring their Maton key) or oauth."`
	TokensFile    string `placeholder:"FILE" unset:"none" help:"For token: the tokens' hashes and what each may do."`
	OAuthIssuer   string `name:"oauth-issuer" placeholder:"URL" check:"url" unset:"none" help:"For oauth: who issues the access tokens."`
	OAuthAudience string `name:"oauth-audience" placeholder:"NAME" unset:"the public URL with the path" help:"For oauth: the audience of tokens for this server."`
	OAuthKeysURL  string `name:"oauth-keys-url" placeholder:"URL" check:"url" unset:"what its metadata says" help:"For oauth: address of the issuer's keys."`
	SubjectsFile  string `placeholder:"FILE" unset:"none" help:"For oauth: the tokens' subjects and what each may do."`

	DataDir         string   `type:"path" placeholder:"DIR" unset:"none" help:"For one server: directory of what has to survive a restart: used consents, what happened in the stores, webhooks that are not verified yet, exports. Private to its owner."`
	NATSURL         []string `name:"nats-url" placeholder:"URL" check:"nats url" unset:"none" help:"For several instances: servers of the NATS JetStream in which they share the same, and the rate of requests."`
	NATSCredentials string   `name:"nats-credentials" placeholder:"FILE" unset:"none" help:"Credentials for NATS, in a file as nsc writes it."`
	NATSCA          string   `name:"nats-ca" placeholder:"FILE" unset:"the system's, where a URL begins with tls://" help:"Certificates that have to vouch for the NATS servers."`
	NATSPrefix      string   `name:"nats-prefix" default:"gm" check:"nats prefix" help:"Prefix of the names in NATS, in capitals for streams and buckets; each deployment that shares a NATS has its own."`
	NATSCreate      string   `name:"nats-create" enum:"auto,never" default:"auto" help:"What is done where a stream or bucket is missing in NATS: make it (auto), or fail (never)."`
	NATSReplicas    int      `name:"nats-replicas" placeholder:"N" check:"replicas" unset:"3 in a cluster, or else 1" help:"How many NATS servers keep what is shared, from 1 to 5."`

	CallerRate  float64       `default:"20" check:"not negative" help:"Requests a second of one caller, twice that in a burst; 0 for no limit."`
	MaxInFlight int           `default:"256" check:"not negative" help:"Requests at once; 0 for no limit."`
	PerCaller   int           `name:"max-in-flight-per-caller" placeholder:"N" check:"not negative" unset:"a quarter of --max-in-flight" help:"Requests at once of one caller."`
	Grace       time.Duration `name:"shutdown-grace" default:"25s" help:"How long running calls may take to finish after SIGTERM."`
}

// InFlightPerCaller returns how many requests of one caller run at once, or 0 for no limit.
func (h *HTTP) InFlightPerCaller() int {
	if h.PerCaller > 0 || h.MaxInFlight == 0 {
		return h.PerCaller
	}
	return max(1, h.MaxInFlight/4)
}

// Check reports a setting whose value is wrong, or settings that contradict each other, including the common ones.
func (h *HTTP) Check(c *Common) error {
	all := Of(h, c)
	if err := cmp.Or(all.check(), c.Check(), c.CheckCredential()); err != nil {
		return err
	}
	local := isLocal(h.Addr)
	for _, only := range []struct {
		auth string
		set  *string
	}{
		{"token", &h.TokensFile}, {"oauth", &h.OAuthIssuer}, {"oauth", &h.OAuthAudience}, {"oauth", &h.OAuthKeysURL},
		{"oauth", &h.SubjectsFile},
	} {
		if *only.set != "" && h.Auth != only.auth {
			return all.Wrong(only.set, "only %s=%s uses it, and it is %s: it would protect nothing", &h.Auth, only.auth, h.Auth)
		}
	}
	for _, only := range []struct {
		setting any
		given   bool
	}{
		{&h.NATSCredentials, h.NATSCredentials != ""}, {&h.NATSCA, h.NATSCA != ""}, {&h.NATSReplicas, h.NATSReplicas != 0},
		{&h.NATSPrefix, h.NATSPrefix != "" && h.NATSPrefix != "gm"}, {&h.NATSCreate, h.NATSCreate == "never"},
	} {
		if only.given && len(h.NATSURL) == 0 {
			return all.Wrong(only.setting, "only %s uses it, and that is not given", &h.NATSURL)
		}
	}
	switch {
	case h.DataDir != "" && len(h.NATSURL) > 0:
		return all.Wrong(&h.DataDir, "%s is given as well; a directory is for one server, NATS for several, so unset the "+
			"one you do not mean", &h.NATSURL)
	case len(h.NATSURL) > 0 && c.SealKey == "":
		return all.Wrong(&c.SealKey, "%s needs it, because each instance has to accept the confirm tokens of the others; "+
			"make it with: openssl rand -base64 32", &h.NATSURL)
	case h.Auth == "none" && !local:
		return all.Wrong(&h.Auth, "none lets everyone who reaches %q act on the store, so it is only for a loopback "+
			"address; choose token, passthrough or oauth", h.Addr)
	case h.Auth == "none" && h.forOthers() != nil:
		return all.Wrong(h.forOthers(), "it is for callers on other machines, and %s=none would let every one of them act "+
			"on the store; choose %s=token, passthrough or oauth", &h.Auth, &h.Auth)
	case !local && h.TLSCert == "" && !h.BehindProxy:
		return all.Wrong(&h.TLSCert, "callers' secrets would cross the network in the clear; give a certificate, or %s if "+
			"a proxy terminates TLS", &h.BehindProxy)
	case h.TLSCert != "" && h.TLSKey == "":
		return all.Wrong(&h.TLSKey, "%s needs it", &h.TLSCert)
	case h.TLSCert == "" && h.TLSKey != "":
		return all.Wrong(&h.TLSCert, "%s needs it", &h.TLSKey)
	case h.Auth == "token" && h.TokensFile == "":
		return all.Wrong(&h.TokensFile, "%s=token needs it; `gumroad-mcp token` makes a line for it", &h.Auth)
	case h.Auth == "passthrough" && c.hasKey() && !c.Sandbox:
		return all.Wrong(&h.Auth, "with passthrough, callers bring their keys; unset the server's own (%s, %s, %s)",
			&c.MatonKey, &c.MatonKeyFile, &c.GumroadToken)
	case h.Auth == "passthrough" && c.Connection != "":
		return all.Wrong(&c.Connection, "with %s=passthrough every caller has other connections", &h.Auth)
	case h.Auth == "oauth" && h.OAuthIssuer == "":
		return all.Wrong(&h.OAuthIssuer, "%s=oauth needs it", &h.Auth)
	case h.Auth == "oauth" && h.SubjectsFile == "":
		return all.Wrong(&h.SubjectsFile, "%s=oauth needs it", &h.Auth)
	}
	return nil
}

// forOthers returns the setting that is given only where the server has callers on other machines, or nil.
func (h *HTTP) forOthers() any {
	public, err := url.Parse(h.PublicURL)
	switch {
	case h.BehindProxy:
		return &h.BehindProxy
	case h.PublicURL != "" && (err != nil || !isLocal(public.Host)):
		return &h.PublicURL
	case slices.ContainsFunc(h.AllowedHosts, func(name string) bool { return !isLocal(name) }):
		return &h.AllowedHosts
	}
	return nil
}

// isLocal reports whether a host, with a port or without one, is this machine.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return gumroad.IsLoopback(host)
}
