package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// request is a call as a Gumroad controller sees it.
type request struct {
	*call
	store  *store
	grant  grant
	params params
	url    string // the path requested, for next_page_url
}

// grant is what a token may do, and whose it is.
type grant struct {
	app    string // OAuth application
	scopes []string
}

func (g grant) has(scope string) bool { return slices.Contains(g.scopes, scope) }

func (g grant) hasAny(scopes ...string) bool { return slices.ContainsFunc(scopes, g.has) }

// scopeNames are all a token can hold, in the order the documentation lists them.
var scopeNames = []string{
	"view_public", "view_profile", "edit_products", "view_sales", "mark_sales_as_shipped", "refund_sales",
	"edit_sales", "view_payouts", "edit_emails", "edit_profile", "view_tax_data", "account", "revenue_share", "ifttt",
	"mobile_api", "creator_api", "unfurl", "helper_api",
}

// access is who may call a route.
type access int

const (
	anyone access = iota
	publicRead
	editProducts
	viewSales
	shipSales
	refundSales
	editSales
	editEmails
	editProfile
	viewPayouts
	viewTaxData
)

// accepts lists the scopes; one of them suffices.
func (a access) accepts(compat2025 bool) []string {
	var scopes []string
	switch a {
	case publicRead:
		if compat2025 {
			return []string{
				"edit_products", "view_sales", "mark_sales_as_shipped", "refund_sales",
				"revenue_share", "ifttt", "view_profile", "view_public",
			}
		}
		scopes = []string{
			"edit_products", "view_sales", "mark_sales_as_shipped", "edit_sales", "view_payouts", "view_tax_data",
			"revenue_share", "ifttt", "view_profile", "view_public",
		}
	case editProducts:
		scopes = []string{"edit_products"}
	case viewSales:
		scopes = []string{"view_sales"}
	case shipSales:
		scopes = []string{"mark_sales_as_shipped"}
	case refundSales:
		scopes = []string{"refund_sales"}
		if !compat2025 {
			scopes = append(scopes, "edit_sales")
		}
	case editSales:
		scopes = []string{"edit_sales"}
	case editEmails:
		scopes = []string{"edit_emails"}
	case editProfile:
		scopes = []string{"edit_profile"}
	case viewPayouts:
		scopes = []string{"view_payouts"}
	case viewTaxData:
		scopes = []string{"view_tax_data"}
	}
	if !compat2025 {
		scopes = append(scopes, "account")
	}
	return scopes
}

// answer is what a controller renders.
type answer struct {
	status int
	body   any // nil for an empty body
	cache  string
}

func render(status int, body any) answer { return answer{status: status, body: body} }

func success() *object { return newObject().with("success", true) }

// ok answers {"success":true,"<name>":value}.
func ok(name string, value any) answer { return render(http.StatusOK, success().with(name, value)) }

// with adds a member beside the one that ok has.
func (a answer) with(name string, value any) answer {
	a.body.(*object).set(name, value)
	return a
}

// refuse answers 200 with success:false, Gumroad's way of saying no.
func refuse(message string) answer {
	return render(http.StatusOK, newObject().with("success", false).with("message", message))
}

func notFound(name string) answer { return refuse("The " + name + " was not found.") }

func unableToModify(name string) answer {
	return refuse("The " + name + " was unable to be modified.")
}

func unableToCreate(name string) answer {
	return refuse("The " + name + " was unable to be created.")
}

func deleted(name string) answer {
	return render(http.StatusOK, success().with("message", "The "+name+" was deleted successfully."))
}

// invalid joins validation messages into the sentence Rails makes of them.
func invalid(messages []string) answer { return refuse(sentence(messages)) }

func sentence(parts []string) string {
	switch len(parts) {
	case 0:
		return ""
	case 1:
		return parts[0]
	case 2:
		return parts[0] + " and " + parts[1]
	default:
		return strings.Join(parts[:len(parts)-1], ", ") + ", and " + parts[len(parts)-1]
	}
}

// badRequest is the other error shape: 400 without success.
func badRequest(text string) answer {
	return render(http.StatusBadRequest, newObject().with("status", 400).with("error", text))
}

// crash is an unhandled exception on the server.
func crash() answer { return render(http.StatusInternalServerError, errorPage{}) }

// errorPage asks for Rails' own error page of the answer's status.
type errorPage struct{}

const jsonType = "application/json; charset=utf-8"

func (c *call) wantsJSON() bool {
	return strings.HasSuffix(c.path, ".json") || strings.Contains(c.http.Header.Get("Accept"), "application/json")
}

// railsError is Rails' default error page: JSON for those who ask for it.
func (c *call) railsError(status int) reply {
	text := http.StatusText(status)
	if c.wantsJSON() {
		return newReply(status, jsonType, mustJSON(newObject().with("status", status).with("error", text)))
	}
	return newReply(status, "text/html; charset=utf-8", fmt.Appendf(nil, "<!DOCTYPE html>\n<html>\n"+
		"<head><title>%s (%d)</title></head>\n<body><h1>%[1]s (%[2]d)</h1></body>\n</html>\n", text, status))
}

func (c *call) railsNotFound() reply { return c.railsError(http.StatusNotFound) }

// gumroad answers a Gumroad route: rate, undecodable parameters, route, token, scope,
// action, in that order. prefix is the mount as Gumroad sees it.
func (c *call) gumroad(prefix, rest string, token func() (*store, grant, string)) reply {
	if out, over := c.throttled(prefix+rest, rest, cmp.Or(c.connectionID, bearer(c.http))); over {
		return out
	}
	return c.decorate(c.controller(prefix, rest, token))
}

func (c *call) controller(prefix, rest string, token func() (*store, grant, string)) reply {
	if c.paramsErr == errBodyTooLarge {
		return c.railsError(http.StatusRequestEntityTooLarge)
	}
	if c.paramsErr == errBadEncoding {
		if strings.Contains(c.http.Header.Get("Accept"), "application/json") {
			return newReply(http.StatusBadRequest, jsonType, []byte(`{"success":false}`))
		}
		return newReply(http.StatusBadRequest, "", nil)
	}
	if c.paramsErr != nil {
		return c.railsError(http.StatusBadRequest)
	}
	route, captured, found := c.sb.match(c.http.Method, rest)
	if !found {
		return c.railsNotFound()
	}
	r := &request{call: c, params: c.all, url: prefix + rest}
	for name, value := range captured {
		r.params[name] = value
	}
	if route.write {
		c.sb.mu.Lock()
		defer c.sb.mu.Unlock()
	} else {
		c.sb.mu.RLock()
		defer c.sb.mu.RUnlock()
	}
	store, grant, problem := token()
	r.store, r.grant = store, grant
	if route.access != anyone {
		if problem != "" {
			return unauthorized(problem)
		}
		if route.narrow != nil {
			if scope := route.narrow(r); scope != "" && !r.grant.has(scope) {
				return r.narrowlyForbidden(scope)
			} else if scope != "" {
				return c.rendered(route.run(r))
			}
		}
		if scopes := route.access.accepts(c.sb.options.Compat2025); !r.grant.hasAny(scopes...) {
			return forbidden(scopes[0])
		}
	}
	return c.rendered(route.run(r))
}

// rendered is a controller's answer on its way out.
func (c *call) rendered(out answer) reply {
	switch body := out.body.(type) {
	case nil:
		return newReply(out.status, "", nil)
	case errorPage:
		return c.railsError(out.status)
	case attachment:
		return body.reply(out.status)
	}
	sent := newReply(out.status, jsonType, mustJSON(out.body))
	if out.cache != "" {
		sent.header.Set("Cache-Control", out.cache)
	}
	return sent
}

func unauthorized(description string) reply {
	return doorkeeper(http.StatusUnauthorized, "invalid_token", description)
}

func forbidden(scope string) reply {
	return doorkeeper(http.StatusForbidden, "insufficient_scope",
		`Access to this resource requires scope \"`+scope+`\".`)
}

// scope makes a route need a scope by itself.
func scope(name string) func(*request) string { return func(*request) string { return name } }

// narrowlyForbidden refuses a token without a scope that is needed by itself. Only holders of account are told which.
func (r *request) narrowlyForbidden(scope string) reply {
	if r.grant.has("account") {
		return newReply(http.StatusForbidden, jsonType, mustJSON(refuse("This endpoint requires the "+scope+" scope.").body))
	}
	return forbidden(scope)
}

// doorkeeper refuses as Rails' Doorkeeper does, in a header alone.
func doorkeeper(status int, problem, description string) reply {
	out := newReply(status, "", nil)
	out.header.Set("WWW-Authenticate",
		`Bearer realm="Doorkeeper", error="`+problem+`", error_description="`+description+`"`)
	out.header.Set("Cache-Control", "no-store, no-cache")
	return out
}

// decorate adds the headers every Gumroad answer has.
func (c *call) decorate(out reply) reply {
	out.header.Set("X-Revision", "sandbox")
	out.header.Set("X-GR", "sandbox")
	if _, err := c.http.Cookie("_gumroad_guid"); err != nil {
		guid := uuid(c.sb.seed, "guid", c.sb.journal.count())
		out.header.Add("Set-Cookie", "_gumroad_guid="+guid+"; path=/; HttpOnly; SameSite=Lax")
	}
	return out
}

// nextPage adds the cursor to a list that has another page.
func (r *request) nextPage(list *object, key string) {
	list.set("next_page_key", key)
	query := url.Values{}
	for pair := range strings.SplitSeq(r.http.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, _ = url.QueryUnescape(name)
		value, _ = url.QueryUnescape(value)
		switch name {
		case "", "access_token", "page", "page_key":
		default:
			query.Set(name, value)
		}
	}
	query.Set("page_key", key)
	list.set("next_page_url", r.url+"?"+strings.ReplaceAll(query.Encode(), "+", "%20"))
}

// route is one line of the API.
type route struct {
	methods string // separated by |
	pattern string
	access  access
	run     func(*request) answer
	write   bool // holds the store exclusively
	since26 bool // missing from the server of 2025
	// narrow is the scope that a request needs by itself, so that account does not stand for it; "" is none.
	narrow func(*request) string
}

// match finds the route by Rails' rules: duplicate and trailing slashes do not
// count, an unescaped dot ends a segment, and the last one starts the format.
func (s *Sandbox) match(method, path string) (route, map[string]string, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	segments := strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
	if len(segments) == 0 {
		return route{}, nil, false
	}
	last := len(segments) - 1
	segments[last], _, _ = strings.Cut(segments[last], ".")
	if slices.ContainsFunc(segments, func(s string) bool { return s == "" || strings.Contains(s, ".") }) ||
		strings.Count(path[strings.LastIndexByte(strings.TrimRight(path, "/"), '/')+1:], ".") > 1 {
		return route{}, nil, false
	}
	for _, candidate := range routes {
		missing := candidate.since26 && s.options.Compat2025
		if missing || !slices.Contains(strings.Split(candidate.methods, "|"), method) {
			continue
		}
		if captured, ok := capture(candidate.pattern, segments); ok {
			return candidate, captured, true
		}
	}
	return route{}, nil, false
}

func capture(pattern string, segments []string) (map[string]string, bool) {
	wanted := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	if len(wanted) != len(segments) {
		return nil, false
	}
	captured := map[string]string{}
	for i, want := range wanted {
		name, isParam := strings.CutPrefix(want, ":")
		if !isParam {
			if want != segments[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil {
			return nil, false
		}
		captured[name] = value
	}
	return captured, true
}
