package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/kong"

	"github.com/gumroad-mcp/gumroad-mcp/internal/app"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

type doctorCommand struct {
	JSON    bool     `env:"-" help:"Print the checks as JSON."`
	Client  []string `env:"-" placeholder:"NAME" help:"Only these clients (default: those that are found)."`
	DataDir string   `env:"-" type:"path" placeholder:"DIR" help:"Data directory of http to check (default: that of GUMROAD_MCP_DATA_DIR)."`
}

// BeforeReset gives up on a service early, and keeps the log from standing between the checks.
func (doctorCommand) BeforeReset(parser *kong.Kong, c *settings.Common) error {
	settings.SetDefault(parser, &c.LogLevel, "error")
	settings.SetDefault(parser, &c.Timeout, "10s")
	return nil
}

// status is the outcome of a check.
type status string

const (
	statusOK   status = "ok"
	statusWarn status = "warn"
	statusFail status = "fail"
	statusSkip status = "skip" // it would say nothing after what failed before
)

// finding is what a check found.
type finding struct {
	Check  string `json:"check"`
	Status status `json:"status"`
	Detail string `json:"detail"`
	Fix    string `json:"fix"` // what to do
}

// examination holds what the checks share.
type examination struct {
	Process
	common   *settings.Common
	heard    *heard
	findings []finding
}

// Run makes the checks in their order, and prints a line for each.
func (d doctorCommand) Run(ctx context.Context, p Process, c *settings.Common) error {
	for _, name := range d.Client {
		if _, err := findClient(name); err != nil {
			return err
		}
	}
	x := &examination{Process: p, common: c, heard: &heard{last: map[string]answered{}}}
	x.checkProgram()
	if a := x.checkSettings(ctx); a != nil {
		defer a.Close()
		x.checkUpstream(ctx, a)
	} else {
		x.skip("control plane", "gateway", "clock", "key", "connection", "scopes")
	}
	x.checkDataDir(cmp.Or(d.DataDir, x.environment().Getenv("GUMROAD_MCP_DATA_DIR")))
	x.checkClients(ctx, d.Client)
	if err := x.print(d.JSON); err != nil {
		return err
	}
	if slices.ContainsFunc(x.findings, func(f finding) bool { return f.Status == statusFail }) {
		return exitCode(exitError)
	}
	return nil
}

// add adds a finding. Its words may come from files and services, and go on one line of a terminal.
func (x *examination) add(check string, s status, detail, fix string) {
	x.findings = append(x.findings, finding{check, s, text.Clean(detail), text.Clean(fix)})
}

func (x *examination) skip(checks ...string) {
	for _, check := range checks {
		x.add(check, statusSkip, "it depends on what failed before", "")
	}
}

func (x *examination) print(asJSON bool) error {
	if asJSON {
		return x.printJSON(x.findings, true)
	}
	for _, f := range x.findings {
		fmt.Fprintf(x.Stdout, "%-4s  %s: %s\n", f.Status, f.Check, oneLine(f.Detail))
		if f.Fix != "" {
			fmt.Fprintf(x.Stdout, "      %s\n", oneLine(f.Fix))
		}
	}
	return nil
}

// checkSettings starts the program as a server does. It returns nil if that fails.
func (x *examination) checkSettings(ctx context.Context) *app.App {
	x.useKeptKey(x.common)
	env := x.environment()
	env.Transport = x.heard.over
	a, err := app.Start(ctx, x.common, nil, env, oneClient)
	if err != nil {
		x.add("settings", statusFail, err.Error(), "Correct the setting that is named.")
		return nil
	}
	if err := a.Client.Credential().Missing(); err != nil {
		all := settings.Of(x.common)
		x.add("settings", statusFail, "no credential is set", all.Sprintf("Get a key at https://maton.ai and set %s, or run "+
			"`gumroad-mcp install`, which asks for it and keeps it; --sandbox needs none.", &x.common.MatonKey))
		a.Close()
		return nil
	}
	if names := settings.Unfilled(x.Environ); len(names) > 0 {
		x.add("settings", statusWarn, "these variables hold placeholders and count as unset: "+strings.Join(names, ", "),
			"Fill them in, in the client, or unset them.")
		return a
	}
	x.add("settings", statusOK, "there is a credential, and nothing contradicts", "")
	return a
}

// heard holds how each host answered last.
type heard struct {
	mu   sync.Mutex
	last map[string]answered
}

type answered struct {
	took   time.Duration
	ahead  time.Duration // how far its clock is ahead of ours
	dated  bool
	status int   // 0 if there was no answer
	err    error // of the network
}

// over listens to the answers that come through a transport.
func (h *heard) over(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		began := time.Now()
		response, err := next.RoundTrip(r)
		a := answered{took: time.Since(began), err: err}
		if err == nil {
			a.status = response.StatusCode
			if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
				a.ahead, a.dated = date.Sub(began.Add(a.took/2)), true
			}
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if r.Context().Err() == nil { // nobody gave up waiting for it
			h.last[r.URL.Host] = a
		}
		return response, err
	})
}

func (h *heard) of(host string) answered {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last[host]
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
