package sandbox

import (
	"bytes"
	"cmp"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
)

//go:embed connect.html
var connectHTML string

var connectTemplate = template.Must(template.New("connect").Parse(connectHTML))

type connectView struct {
	Title  string
	Text   []string
	Token  string // set when there is something to decide
	Stores []string
	Chosen int // index of the store that is chosen unless the person chooses another
}

func (v connectView) reply(status int) reply {
	var b bytes.Buffer
	if err := connectTemplate.Execute(&b, v); err != nil {
		panic("sandbox: the connect page does not render: " + err.Error()) // the template is ours
	}
	out := newReply(status, "text/html; charset=utf-8", b.Bytes())
	out.header.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	out.header.Set("Referrer-Policy", "no-referrer")
	out.header.Set("X-Content-Type-Options", "nosniff")
	out.header.Set("Cache-Control", "no-store")
	return out
}

// notice is a page with nothing to decide.
func notice(status int, title, text string) reply {
	return connectView{Title: title, Text: []string{text}}.reply(status)
}

// nextStore returns the index of the first store without a connection, or 0. The caller holds the lock.
func (s *Sandbox) nextStore() int {
	return max(0, slices.IndexFunc(s.stores, func(st *store) bool {
		return s.connectionBy(func(c *connection) bool { return c.store == st }) == nil
	}))
}

// connectPage is the OAuth page: GET asks, POST decides. Knowing the session
// token is the permission; it is good for one decision.
func (c *call) connectPage() reply {
	if c.http.Method != http.MethodGet && c.http.Method != http.MethodHead && c.http.Method != http.MethodPost {
		out := connectView{Title: "Method not allowed"}.reply(http.StatusMethodNotAllowed)
		out.header.Set("Allow", "GET, POST")
		return out
	}
	all, body, err := readParams(c.http)
	if err != nil {
		return notice(http.StatusBadRequest, "Bad request", "This form could not be read.")
	}
	c.sb.mu.Lock()
	defer c.sb.mu.Unlock()
	token := all.str("session_token")
	found := c.sb.connectionBy(func(k *connection) bool { return token != "" && k.sessionToken == token })
	if found == nil {
		return notice(http.StatusNotFound, "Unknown link",
			"This authorization link is not known here. Ask for a new one.")
	}
	if found.status != connectionPending {
		return notice(http.StatusGone, "Link already used",
			"This authorization link has been used. Ask for a new one if the store is not connected.")
	}
	if c.http.Method != http.MethodPost {
		view := connectView{
			Title: "Connect Gumroad to Maton",
			Text: []string{"Maton asks to view and manage a Gumroad store on your behalf. " +
				"This is a sandbox: the stores are made up, and no account is involved."},
			Token:  found.sessionToken,
			Chosen: c.sb.nextStore(),
		}
		for _, st := range c.sb.stores {
			view.Stores = append(view.Stores, st.seller.name)
		}
		return view.reply(http.StatusOK)
	}
	switch body.str("decision") {
	case "authorize":
		index, err := strconv.Atoi(cmp.Or(body.str("store"), strconv.Itoa(c.sb.nextStore())))
		if err != nil || index < 0 || index >= len(c.sb.stores) {
			return notice(http.StatusBadRequest, "Bad request", "There is no such store.")
		}
		found.store, found.status, found.updatedAt = c.sb.stores[index], connectionActive, c.now
		return notice(http.StatusOK, "Store connected", found.store.seller.name+" is connected. You can close this page.")
	case "cancel":
		found.status, found.updatedAt = connectionFailed, c.now
		return notice(http.StatusOK, "Not connected", "Nothing was connected. You can close this page.")
	}
	return notice(http.StatusBadRequest, "Bad request", "Choose Authorize or Cancel.")
}
