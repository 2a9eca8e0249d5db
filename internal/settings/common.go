// Package settings declares each setting once, as a field of a struct. The flag, the variable, --help, the errors and
// the tables in the documentation follow from the field and its tags. Two tags are this package's own: `check` names a
// rule of check.go, and `unset` says in words what applies while nothing is given. The others are kong's.
package settings

import (
	"reflect"
	"strings"
	"time"
)

// Common holds the settings of every command.
type Common struct {
	Secrets `kong:"-"`

	Connection string `env:"MATON_CONNECTION" placeholder:"ID" unset:"the only one connected" help:"Store to act on, by the id of its Maton connection."`

	Toolsets     []string `placeholder:"NAME" unset:"default" help:"Only these toolsets: names, default, all, or default with others such as default,emails."`
	Tools        []string `placeholder:"NAME" unset:"those of the toolsets" help:"Only these tools, or these besides the toolsets."`
	ExcludeTools []string `placeholder:"NAME" unset:"none" help:"Never these tools."`
	ReadOnly     bool     `help:"No tool that changes anything, whatever the three settings above say."`
	Confirm      string   `enum:"auto,always,never" default:"auto" help:"When a person is asked: before what cannot be undone or sends buyers' data elsewhere (auto), before every change (always), or never."`
	MaskPII      bool     `name:"mask-pii" help:"Mask buyers' e-mails, names, addresses, answers, referrers, tracking links and licence keys."`
	TextOnly     bool     `help:"Results as text alone, without output schemas and structured content, for clients that send a model both."`
	Views        string   `enum:"on,off" default:"on" help:"Pages that show some results to people, in hosts that support MCP Apps: on or off."`
	ToolPrefix   string   `default:"${tool_prefix}" check:"tool prefix" help:"Prefix of tool names."`

	ExportDir   string `type:"path" placeholder:"DIR" unset:"a temporary one" help:"Directory for exported files, private to its owner."`
	KeepExports bool   `help:"Keep exported files, which hold buyers' data, when the server ends."`

	UploadDir []string `type:"path" placeholder:"DIR,..." unset:"none" help:"Directories whose files may be uploaded, by clients on this machine alone."`

	RateLimit float64       `placeholder:"N" check:"not negative" unset:"${requests_per_second}, or no limit for the sandbox" help:"Requests a second to Maton or Gumroad, per credential."`
	Timeout   time.Duration `default:"${timeout}" check:"positive" help:"Time for one operation at Maton or Gumroad, including retries."`

	GatewayURL string `env:"MATON_GATEWAY_URL,MATON_API_URL" default:"${gateway_url}" help:"Maton's gateway."`
	ControlURL string `env:"MATON_CONTROL_URL,MATON_API_URL" default:"${control_url}" help:"Maton's control plane."`
	APIURL     string `name:"api-url" env:"GUMROAD_API_BASE_URL" default:"${api_url}" help:"Gumroad's API, for a Gumroad token."`

	LogLevel  string `enum:"debug,info,warn,error" default:"info" help:"Log lines of this level and above, on stderr: debug, info, warn or error."`
	LogFormat string `enum:"auto,text,json" default:"auto" help:"Form of the log: text, json, or text on a terminal and JSON elsewhere (auto)."`

	Sandbox       bool      `help:"Use the built-in Gumroad: no account, no key, no network. Its data is in memory and gone on exit."`
	SandboxSeed   uint64    `default:"1" help:"Seed of the sandbox's data."`
	SandboxStores int       `default:"1" enum:"1,2" help:"Stores of the sandbox that are connected at the start: 1 or 2. A new connection gives the other."`
	SandboxLive   bool      `help:"Have things happen in the sandbox: sales, refunds, disputes and cancellations, every 5 to 15 seconds, with webhooks to this machine."`
	SandboxNow    time.Time `placeholder:"TIME" unset:"the clock runs" help:"Time at which the sandbox's clock stands still, such as 2026-11-01T12:00:00Z."`
}

// Secrets holds the settings without a flag, because every process of the machine can see a command line.
type Secrets struct {
	MatonKey     Secret `env:"MATON_API_KEY" unset:"none" help:"Maton key."`
	MatonKeyFile string `env:"MATON_API_KEY_FILE" unset:"none" help:"Maton key, in a file such as a mounted secret; the log warns if everyone can read it."`
	GumroadToken Secret `env:"GUMROAD_ACCESS_TOKEN" unset:"none" help:"Gumroad token, to use Gumroad without Maton."`
	SealKey      Secret `unset:"random, or that of --data-dir" help:"Key that seals confirm tokens: 32 random bytes or more, the same on all instances."`

	PreviousSealKeys []Secret `unset:"none" help:"Seal keys of the past, separated by commas; what they sealed is still accepted."`
}

// Secret is a text that every printed form hides.
type Secret string

const redacted = "[redacted]"

func (Secret) String() string { return redacted }

// GoString hides the text from %#v.
func (Secret) GoString() string { return redacted }

// MarshalText hides the text from encoders and logs.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Read sets the secrets from the environment. Kong cannot, because it would add a flag for each.
func (s *Secrets) Read(env Environment) {
	for _, secret := range Of(s) {
		if _, value := env.first(secret.Variables); value != "" {
			if secret.field.Kind() == reflect.String {
				secret.field.SetString(value)
				continue
			}
			for part := range strings.SplitSeq(value, ",") {
				if part = strings.TrimSpace(part); part != "" {
					secret.field.Set(reflect.Append(secret.field, reflect.ValueOf(Secret(part))))
				}
			}
		}
	}
}

// hasKey reports whether the server has a key of its own to act with.
func (s *Secrets) hasKey() bool { return s.hasMatonKey() || s.GumroadToken != "" }

func (s *Secrets) hasMatonKey() bool { return s.MatonKey != "" || s.MatonKeyFile != "" }

const minSealKey = 32 // bytes

// Check reports a setting whose value is wrong, or settings that contradict each other, apart from the credential.
func (c *Common) Check() error {
	all := Of(c)
	if err := all.check(); err != nil {
		return err
	}
	if c.SealKey != "" {
		if err := checkSealKey(all, &c.SealKey, c.SealKey); err != nil {
			return err
		}
	}
	for _, key := range c.PreviousSealKeys {
		if err := checkSealKey(all, &c.PreviousSealKeys, key); err != nil {
			return err
		}
	}
	return nil
}

// checkSealKey refuses a key that somebody could guess.
func checkSealKey(all List, setting any, key Secret) error {
	if len(key) < minSealKey {
		return all.Wrong(setting, "it is shorter than %d bytes; whoever guesses it can give consent in a person's place",
			minSealKey)
	}
	if strings.Trim(string(key), string(key[:1])) == "" {
		return all.Wrong(setting, "it is one character again and again; whoever guesses it can give consent in a person's "+
			"place: `openssl rand -hex 32` makes one that nobody guesses")
	}
	return nil
}

// CheckCredential reports two credentials, of which the server cannot know the one that is meant.
func (c *Common) CheckCredential() error {
	all := Of(c)
	if c.hasMatonKey() && c.GumroadToken != "" && !c.Sandbox {
		return all.Wrong(&c.GumroadToken, "a Maton key is set as well, by %s or %s; unset the one you do not mean",
			&c.MatonKey, &c.MatonKeyFile)
	}
	return nil
}
