// Package settings declares every setting once, as one field. The field's tags are kong's (name, env, default, enum,
// placeholder, help) and two of its own: `check` names a rule of check.go, and `unset` says in words what counts
// while nothing is given. Flag, variable, --help, error texts and the documentation's tables follow from the field.
package settings

import "time"

// Common is the settings of every command.
type Common struct {
	Secrets `kong:"-"`

	Connection string `env:"MATON_CONNECTION" placeholder:"ID" unset:"the only one connected" help:"Store to act on, by the id of its Maton connection."`

	Toolsets     []string `placeholder:"NAME,…" unset:"all" help:"Only these toolsets."`
	Tools        []string `placeholder:"NAME,…" unset:"all" help:"Only these tools, or these besides the toolsets."`
	ExcludeTools []string `placeholder:"NAME,…" unset:"none" help:"Never these tools."`
	ReadOnly     bool     `help:"No tool that changes anything, whatever the three above say."`
	Confirm      string   `enum:"auto,always,never" default:"auto" help:"When a person is asked: before what cannot be undone (auto), before every change (always), or never."`
	MaskPII      bool     `name:"mask-pii" help:"Mask buyers' e-mails, names, addresses and licence keys."`
	ToolPrefix   string   `default:"${tool_prefix}" check:"tool prefix" help:"Prefix of tool names."`

	ExportDir   string `type:"path" placeholder:"DIR" unset:"a temporary one" help:"Directory for exported files, private to its owner."`
	KeepExports bool   `help:"Keep exported files, which hold buyers' data, when the server ends."`

	RateLimit float64       `placeholder:"N" check:"not negative" unset:"${requests_per_second}, or no limit for the sandbox" help:"Requests a second to Maton or Gumroad, per credential."`
	Timeout   time.Duration `default:"${timeout}" check:"positive" help:"Time for one operation at Maton or Gumroad, repeats included."`

	GatewayURL string `env:"MATON_GATEWAY_URL,MATON_API_URL" default:"${gateway_url}" help:"Maton's gateway."`
	ControlURL string `env:"MATON_CONTROL_URL,MATON_API_URL" default:"${control_url}" help:"Maton's control plane."`
	APIURL     string `name:"api-url" env:"GUMROAD_API_BASE_URL" default:"${api_url}" help:"Gumroad's API, for a Gumroad token."`

	LogLevel  string `enum:"debug,info,warn,error" default:"info" help:"Log lines of this level and above, on stderr: debug, info, warn or error."`
	LogFormat string `enum:"auto,text,json" default:"auto" help:"Form of the log: text, json, or text on a terminal and JSON elsewhere (auto)."`

	Sandbox     bool      `help:"Use the built-in Gumroad: no account, no key, no network. Its data is in memory and gone on exit."`
	SandboxSeed uint64    `default:"1" help:"Seed of the sandbox's data."`
	SandboxNow  time.Time `placeholder:"TIME" unset:"the clock runs" help:"Time at which the sandbox's clock stands still, such as 2026-11-01T12:00:00Z."`
}

// Secrets are settings without a flag: a command line is visible to every process of the machine.
type Secrets struct {
	MatonKey     Secret `env:"MATON_API_KEY" unset:"none" help:"Maton key."`
	MatonKeyFile string `env:"MATON_API_KEY_FILE" unset:"none" help:"Maton key, in a file that only its owner can read."`
	GumroadToken Secret `env:"GUMROAD_ACCESS_TOKEN" unset:"none" help:"Gumroad token, to use Gumroad without Maton."`
	SealKey      Secret `unset:"random" help:"Key that seals consent; several instances need the same, 32 random bytes or more."`
}

// Secret is a text that no printed form shows.
type Secret string

const redacted = "[redacted]"

func (Secret) String() string { return redacted }

// GoString covers %#v.
func (Secret) GoString() string { return redacted }

// MarshalText covers encoders and logs.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Read takes the secrets from the environment.
func (s *Secrets) Read(getenv func(string) string) {
	for _, secret := range Of(s) {
		for _, variable := range secret.Variables {
			if value := getenv(variable); value != "" {
				secret.field.SetString(value)
				break
			}
		}
	}
}

// hasKey reports that calls can act with a key of the server's own.
func (s *Secrets) hasKey() bool { return s.hasMatonKey() || s.GumroadToken != "" }

func (s *Secrets) hasMatonKey() bool { return s.MatonKey != "" || s.MatonKeyFile != "" }

// Check finds what cannot be meant. Its errors name the setting.
func (c *Common) Check() error {
	all := Of(c)
	if err := all.check(); err != nil {
		return err
	}
	if c.hasMatonKey() && c.GumroadToken != "" && !c.Sandbox {
		return all.Wrong(&c.GumroadToken, "a Maton key is set as well, by %s or %s; unset the one you do not mean",
			&c.MatonKey, &c.MatonKeyFile)
	}
	return nil
}
