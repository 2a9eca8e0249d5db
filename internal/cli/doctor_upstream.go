package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/app"
	"github.com/gumroad-mcp/gumroad-mcp/internal/settings"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// checkUpstream asks Maton and Gumroad, with reads that change nothing.
func (x *examination) checkUpstream(ctx context.Context, a *app.App) {
	if a.Client.Direct() {
		_, err := a.Client.GetUser(ctx, struct{}{})
		x.checkReached("Gumroad", x.common.APIURL, err)
		x.checkClock(x.common.APIURL)
		if x.checkKey(err, &x.common.GumroadToken) {
			x.checkScopes(ctx, a.Client)
		} else {
			x.skip("scopes")
		}
		return
	}
	all, err := a.Client.ListConnections(ctx, gumroad.ListConnections{})
	controls := x.checkReached("control plane", x.common.ControlURL, err)
	_, gatewayErr := a.Client.GetUser(ctx, struct{}{}) // without a connection, any answer shows that it is there
	passes := x.checkReached("gateway", x.common.GatewayURL, gatewayErr)
	x.checkClock(x.common.ControlURL, x.common.GatewayURL)
	switch {
	case !controls:
		x.skip("key", "connection", "scopes")
	case !x.checkKey(err, &x.common.MatonKey) || !passes:
		x.skip("connection", "scopes")
	default:
		x.checkConnections(ctx, a.Client, all.Rows)
	}
}

// checkReached reports whether a service answered, whatever it said.
func (x *examination) checkReached(name, address string, err error) bool {
	answer := x.heard.of(hostOf(address))
	switch {
	case x.common.Sandbox:
		x.add(name, statusOK, "it is the sandbox, in this program", "")
		return true
	case answer.status != 0 && answer.status < 500:
		x.add(name, statusOK, fmt.Sprintf("%s answered in %d ms", hostOf(address), answer.took.Milliseconds()), "")
		return true
	case answer.status != 0:
		x.add(name, statusFail, fmt.Sprintf("%s answers with HTTP %d", hostOf(address), answer.status),
			"The service is disturbed. Try again later.")
	default:
		x.add(name, statusFail, hostOf(address)+" cannot be reached: "+cause(cmp.Or(answer.err, err)),
			"Check the network, a proxy (HTTPS_PROXY) and a firewall.")
	}
	return false
}

// cause is the innermost reason of an error.
func cause(err error) string {
	if err == nil {
		return "there is no answer"
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

const (
	clockWarns = time.Minute
	clockFails = 5 * time.Minute
)

// checkClock compares this machine's clock with that of the first service that tells its own.
func (x *examination) checkClock(addresses ...string) {
	if x.common.Sandbox {
		x.add("clock", statusOK, "the sandbox goes by this machine's clock, or by the one it was given", "")
		return
	}
	for _, address := range addresses {
		answer := x.heard.of(hostOf(address))
		if !answer.dated {
			continue
		}
		off, where := answer.ahead.Abs(), "behind"
		if answer.ahead < 0 {
			where = "ahead"
		}
		detail := fmt.Sprintf("this machine's clock is %.0f minutes %s", off.Minutes(), where)
		switch {
		case off >= clockFails:
			x.add("clock", statusFail, detail,
				"Set the clock, or have it set over the network: days of reports and lapsed links go by it.")
		case off >= clockWarns:
			x.add("clock", statusWarn, detail, "Have the clock set over the network.")
		default:
			x.add("clock", statusOK, "it agrees with "+hostOf(address), "")
		}
		return
	}
	x.skip("clock")
}

// checkKey reports whether upstream accepts the credential of a setting.
func (x *examination) checkKey(err error, setting *settings.Secret) bool {
	switch {
	case err == nil, errors.Is(err, gumroad.MissingScope):
		x.add("key", statusOK, "it is accepted", "")
		return true
	case errors.Is(err, gumroad.BadCredential):
		x.add("key", statusFail, "it is refused", settings.Of(x.common).Sprintf("Copy the key again and set %s. "+
			"A key that was revoked stays refused.", setting))
	default:
		x.add("key", statusFail, "it could not be checked: "+message(err), "Try again later.")
	}
	return false
}

// message is what an error says to people.
func message(err error) string {
	if e, ok := errors.AsType[*gumroad.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// checkConnections tells the stores that are connected, and what may be done in the one that is used.
func (x *examination) checkConnections(ctx context.Context, client *gumroad.Client, all []gumroad.Connection) {
	var active, pending []string
	for _, each := range all {
		switch each.Status {
		case gumroad.ConnectionActive:
			active = append(active, each.ID)
		case gumroad.ConnectionPending:
			pending = append(pending, each.ID)
		}
	}
	id := x.common.Connection
	switch {
	case id != "" && !slices.Contains(active, id):
		x.add("connection", statusFail,
			id+" is not among the active ones: "+cmp.Or(strings.Join(active, ", "), "there is none"),
			"Leave --connection (MATON_CONNECTION) out, or name an active one.")
	case id == "" && len(active) == 0 && len(pending) > 0:
		x.add("connection", statusFail,
			"nobody has finished connecting the store: "+strings.Join(pending, ", ")+" is pending",
			"Run `gumroad-mcp call get_connection connection_id="+pending[0]+"` and open its link.")
	case id == "" && len(active) == 0:
		x.add("connection", statusFail, "no store is connected",
			"Run `gumroad-mcp call create_connection wait_seconds=45` and open its link.")
	default:
		x.checkStore(ctx, client, cmp.Or(id, active[0]), len(active))
		return
	}
	x.skip("scopes")
}

func (x *examination) checkStore(ctx context.Context, client *gumroad.Client, id string, active int) {
	store, err := client.WithConnection(id)
	var user gumroad.User
	if err == nil {
		user, err = store.GetUser(ctx, struct{}{})
	}
	switch {
	case err != nil:
		x.add("connection", statusFail, id+" does not lead to the store: "+message(err),
			whatIfUnread(err))
		x.skip("scopes")
		return
	case active > 1 && x.common.Connection == "":
		x.add("connection", statusWarn,
			fmt.Sprintf("%d stores are connected; the oldest is %s", active, text.Quote(user.Name)),
			"Changes have to name a store. --connection (MATON_CONNECTION) chooses one for good.")
	default:
		x.add("connection", statusOK, "the store "+text.Quote(user.Name)+", through "+id, "")
	}
	x.checkScopes(ctx, store)
}

// whatIfUnread says what to do about a store that cannot be read.
func whatIfUnread(err error) string {
	if errors.Is(err, gumroad.BadCredential) || errors.Is(err, gumroad.NoConnection) {
		return "Its grant was revoked: disconnect it (delete_connection), and connect the store anew (create_connection)."
	}
	return "Try again later."
}

// checkScopes tells which scopes reads show the grant to have.
func (x *examination) checkScopes(ctx context.Context, store *gumroad.Client) {
	grant, settled := store.ReadGrant(ctx)
	granted := cmp.Or(strings.Join(grant.Granted, ", "), "none that a read shows")
	switch {
	case len(grant.Missing) > 0:
		fix := "If Maton grants them to you, connect the store anew."
		if store.Direct() {
			fix = "Make a token that has them."
		}
		x.add("scopes", statusWarn, "the grant lacks "+strings.Join(grant.Missing, ", ")+"; it has "+granted,
			"Tools that need these scopes fail. "+fix)
	case !settled:
		x.add("scopes", statusWarn, "not all could be seen; the grant has "+granted, "Try again later.")
	default:
		x.add("scopes", statusOK, granted, "")
	}
}

// checkDataDir checks the directory in which a server of HTTP keeps what has to survive.
func (x *examination) checkDataDir(dir string) {
	const check = "data directory"
	if dir == "" {
		x.add(check, statusSkip, "none is set", "")
		return
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		x.add(check, statusWarn, dir+" is not there yet", "The server makes it when it starts, if it may.")
		return
	case err != nil || !info.IsDir():
		x.add(check, statusFail, dir+" is not a directory that can be read", "Name a directory of the server's own.")
		return
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		x.add(check, statusFail, dir+" is open to others", "Make it private: chmod 700 "+dir)
		return
	}
	probe, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		x.add(check, statusFail, dir+" cannot be written to", "Give it to the user who runs the server.")
		return
	}
	err = errors.Join(probe.Close(), os.Remove(filepath.Clean(probe.Name())))
	if err != nil {
		x.add(check, statusWarn, "a file could not be removed from "+dir, "Give it to the user who runs the server.")
		return
	}
	x.add(check, statusOK, dir+" is private and can be written to", "")
}
