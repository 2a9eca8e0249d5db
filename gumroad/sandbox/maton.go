package sandbox

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Connection states.
const (
	connectionActive  = "ACTIVE"
	connectionPending = "PENDING"
	connectionFailed  = "FAILED"
)

// OAuth applications: resource subscriptions belong to the one that made them.
const (
	appMaton  = "maton"
	appDirect = "direct"
	appZapier = "zapier"
)

type connection struct {
	id           string
	status       string
	createdAt    time.Time
	updatedAt    time.Time
	url          string
	sessionToken string
	store        *store // nil until connected
	scopes       []string
	deleted      bool
}

// matonTime is ISO-8601 with microseconds, as Maton writes times.
func matonTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func (c *connection) json() *object {
	return newObject().with("connection_id", c.id).with("status", c.status).
		with("creation_time", matonTime(c.createdAt)).with("last_updated_time", matonTime(c.updatedAt)).
		with("url", c.url).with("app", "gumroad").with("method", "OAUTH2").with("metadata", newObject())
}

func (c *call) matonError(status int, message string) reply {
	if c.sb.options.BareMatonErrors {
		return newReply(status, "text/plain; charset=utf-8", []byte(message))
	}
	return newReply(status, "application/json", mustJSON(newObject().with("error", message)))
}

func (c *call) matonOK(v any) reply { return newReply(http.StatusOK, "application/json", mustJSON(v)) }

func (c *call) matonKeyValid() bool { return bearer(c.http) == MatonKey }

const invalidMatonKey = "Invalid or missing Maton API key"

// bearer is the token of an Authorization header, or "".
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// gateway is Maton's data plane: it checks the key, picks the connection and
// passes the request to Gumroad with that connection's grant.
func (c *call) gateway(prefix, rest string) reply {
	if !c.matonKeyValid() {
		return c.matonError(http.StatusUnauthorized, invalidMatonKey)
	}
	connection, problem := c.chooseConnection(c.http.Header.Get("Maton-Connection"))
	if problem != "" {
		return c.matonError(http.StatusBadRequest, problem)
	}
	c.connectionID = connection.id
	if prefix == "" {
		return c.decorate(c.railsNotFound())
	}
	return c.gumroad(prefix, rest, func() (*store, grant, string) {
		return connection.store, grant{appMaton, connection.scopes}, ""
	})
}

// chooseConnection returns a copy, so that it can be read without the lock.
func (c *call) chooseConnection(id string) (connection, string) {
	c.sb.mu.RLock()
	defer c.sb.mu.RUnlock()
	for _, candidate := range c.sb.connections {
		switch {
		case candidate.deleted:
		case id == "" && candidate.status == connectionActive:
			return *candidate, ""
		case id != "" && candidate.id == id && candidate.status == connectionActive:
			return *candidate, ""
		case id != "" && candidate.id == id:
			return connection{}, "Connection " + id + " is not active (status " + candidate.status + ")"
		}
	}
	if id != "" {
		return connection{}, "No gumroad connection found with that id"
	}
	return connection{}, "No active gumroad connection found. Create one at POST /connections"
}

// direct is Gumroad's own host: a Gumroad token, on the first store.
func (c *call) direct(prefix, rest string) reply {
	token := bearer(c.http)
	for _, name := range []string{"access_token", "bearer_token"} {
		if token == "" {
			token = c.all.str(name)
		}
	}
	return c.gumroad(prefix, rest, func() (*store, grant, string) {
		scopes, valid := tokenScopes(token)
		if !valid {
			return c.sb.stores[0], grant{}, "The access token is invalid"
		}
		return c.sb.stores[0], grant{appDirect, scopes}, ""
	})
}

// tokenScopes: "sandbox" holds every scope, "sandbox:a+b" exactly those named.
func tokenScopes(token string) ([]string, bool) {
	if token == GumroadToken {
		return scopeNames, true
	}
	list, ok := strings.CutPrefix(token, GumroadToken+":")
	if !ok {
		return nil, false
	}
	// A + in a query string arrives as a space.
	scopes := strings.FieldsFunc(list, func(r rune) bool { return r == '+' || r == ' ' || r == ',' })
	for _, s := range scopes {
		if !slices.Contains(scopeNames, s) {
			return nil, false
		}
	}
	return scopes, len(scopes) > 0
}

// control is Maton's control plane, /connections and below.
func (c *call) control(id string) reply {
	if !c.matonKeyValid() {
		return c.matonError(http.StatusUnauthorized, invalidMatonKey)
	}
	if c.paramsErr == errBodyTooLarge {
		return c.matonError(http.StatusRequestEntityTooLarge, "Request body too large")
	}
	if c.paramsErr != nil {
		return c.matonError(http.StatusBadRequest, "Invalid request")
	}
	switch {
	case id == "" && c.http.Method == http.MethodGet:
		return c.listConnections()
	case id == "" && c.http.Method == http.MethodPost:
		return c.createConnection()
	case id != "" && c.http.Method == http.MethodGet:
		return c.showConnection(id)
	case id != "" && c.http.Method == http.MethodDelete:
		return c.deleteConnection(id)
	}
	return c.matonError(http.StatusMethodNotAllowed, "Method not allowed")
}

// maxConnections is the most rows of one page.
const maxConnections = 100

// listConnections is oldest first; next_token names where the next page starts.
func (c *call) listConnections() reply {
	status, method, app := c.all.str("status"), c.all.str("method"), c.all.str("app")
	if status != "" && !slices.Contains([]string{connectionActive, connectionPending, connectionFailed}, status) {
		return c.matonError(http.StatusBadRequest, "Invalid status: must be ACTIVE, PENDING or FAILED")
	}
	if method != "" && !slices.Contains([]string{"API_KEY", "BASIC", "OAUTH1", "OAUTH2", "MCP", "JWT"}, method) {
		return c.matonError(http.StatusBadRequest, "Invalid method")
	}
	limit := maxConnections
	if text := c.all.str("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return c.matonError(http.StatusBadRequest, "Invalid limit")
		}
		limit = min(n, maxConnections)
	}
	from := ""
	if token := c.all.str("next_token"); token != "" {
		decoded, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return c.matonError(http.StatusBadRequest, "Invalid next_token")
		}
		from = string(decoded)
	}
	c.sb.mu.RLock()
	defer c.sb.mu.RUnlock()
	rows, next, started := []*object{}, "", from == ""
	for _, candidate := range c.sb.connections {
		if candidate.id == from {
			started = true
		}
		if !started || candidate.deleted || status != "" && candidate.status != status ||
			app != "" && app != "gumroad" || method != "" && method != "OAUTH2" {
			continue
		}
		if len(rows) == limit {
			next = base64.RawURLEncoding.EncodeToString([]byte(candidate.id))
			break
		}
		rows = append(rows, candidate.json())
	}
	if !started {
		return c.matonError(http.StatusBadRequest, "Invalid next_token")
	}
	list := newObject().with("connections", rows)
	if next != "" {
		list.set("next_token", next)
	}
	return c.matonOK(list)
}

func (c *call) createConnection() reply {
	app, _ := c.body["app"].(string)
	method, hasMethod := c.body["method"]
	switch {
	case app == "":
		return c.matonError(http.StatusBadRequest, "app is required")
	case app != "gumroad":
		return c.matonError(http.StatusBadRequest, "Unsupported app: this sandbox has gumroad only")
	case hasMethod && method != nil && method != "OAUTH2":
		return c.matonError(http.StatusBadRequest, "Unsupported method: gumroad connects with OAUTH2")
	}
	base, err := c.publicURL()
	if err != nil {
		c.sb.log.ErrorContext(c.http.Context(), "no address for the OAuth page", "error", err)
		return c.matonError(http.StatusInternalServerError, "Internal Server Error")
	}
	c.sb.mu.Lock()
	defer c.sb.mu.Unlock()
	created := c.sb.newConnection(c.now)
	created.url = strings.TrimRight(base, "/") + "/connect?session_token=" + created.sessionToken
	c.connectionID = created.id
	c.commit()
	if c.sb.options.BareMatonErrors {
		return c.matonOK(created.json())
	}
	return c.matonOK(newObject().with("connection", created.json()))
}

// publicURL is where a browser reaches the OAuth page.
func (c *call) publicURL() (string, error) {
	if c.sb.options.PublicURL != nil {
		if base, err := c.sb.options.PublicURL(); err != nil || base != "" {
			return base, err
		}
	}
	scheme := "http"
	if c.http.TLS != nil || c.http.URL.Scheme == "https" {
		scheme = "https"
	}
	return scheme + "://" + cmp.Or(c.http.Host, c.http.URL.Host), nil
}

// newConnection adds a pending one; the caller holds the lock.
func (s *Sandbox) newConnection(now time.Time) *connection {
	n := s.next("connection")
	token := digest(s.seed, "session", n)
	created := &connection{
		id:           connectionID(s.seed, n),
		status:       connectionPending,
		createdAt:    now,
		updatedAt:    now,
		sessionToken: base64.RawURLEncoding.EncodeToString(token[:]),
		scopes:       scopeNames,
	}
	s.connections = append(s.connections, created)
	return created
}

// Grant leaves a connection exactly these scopes, as if its owner had authorized it anew. It panics on a connection or a
// scope that is unknown, which is a mistake in a test.
func (s *Sandbox) Grant(connectionID string, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.connectionBy(func(c *connection) bool { return c.id == connectionID })
	if found == nil {
		panic("sandbox: there is no connection " + connectionID)
	}
	for _, scope := range scopes {
		if !slices.Contains(scopeNames, scope) {
			panic("sandbox: there is no scope " + scope)
		}
	}
	found.scopes, found.updatedAt = slices.Clone(scopes), s.now()
}

func connectionID(seed uint64, n int) string { return uuid(seed, "connection", n) }

// connectionBy finds one that is not deleted; the caller holds the lock.
func (s *Sandbox) connectionBy(matches func(*connection) bool) *connection {
	i := slices.IndexFunc(s.connections, func(c *connection) bool { return !c.deleted && matches(c) })
	if i < 0 {
		return nil
	}
	return s.connections[i]
}

const noSuchConnection = "Connection not found"

func (c *call) showConnection(id string) reply {
	c.sb.mu.RLock()
	defer c.sb.mu.RUnlock()
	found := c.sb.connectionBy(func(k *connection) bool { return k.id == id })
	if found == nil {
		return c.matonError(http.StatusNotFound, noSuchConnection)
	}
	c.connectionID = found.id
	return c.matonOK(newObject().with("connection", found.json()))
}

func (c *call) deleteConnection(id string) reply {
	c.sb.mu.Lock()
	defer c.sb.mu.Unlock()
	found := c.sb.connectionBy(func(k *connection) bool { return k.id == id })
	if found == nil {
		return c.matonError(http.StatusNotFound, noSuchConnection)
	}
	found.deleted = true
	c.connectionID = found.id
	c.commit()
	if c.sb.options.BareMatonErrors {
		return newReply(http.StatusNoContent, "", nil)
	}
	return c.matonOK(newObject())
}
