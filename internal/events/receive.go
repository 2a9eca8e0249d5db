package events

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Limits of the receiver. A store has a few webhooks a second at most.
const (
	maxPing     = 256 << 10 // bytes
	maxValue    = 256       // characters of one value
	perStore    = 50        // webhooks a second
	perInstance = 200
	// receiveTimeout leaves time to answer: Gumroad waits five seconds, and repeats a 503 but not what timed out.
	receiveTimeout = 3 * time.Second
)

// ping is what is kept of a webhook: which record to read, and what only the webhook says.
type ping struct {
	Seller     string    `json:"seller"`
	Connection string    `json:"connection,omitempty"`
	Received   time.Time `json:"received"`

	Name         string `json:"name"`
	SaleID       string `json:"sale_id,omitempty"`
	Subscription string `json:"subscription_id,omitempty"`
	SaysSeller   string `json:"seller_id,omitempty"`
	RestartedAt  string `json:"restarted_at,omitempty"`
	EffectiveAt  string `json:"effective_as_of,omitempty"`
	Recurrence   string `json:"new_recurrence,omitempty"`
	Tier         string `json:"new_tier,omitempty"`
	Test         bool   `json:"test,omitempty"`
}

// ServeHTTP takes a webhook. It answers 200 only when the webhook is kept, and 503 otherwise, which Gumroad repeats.
func (e *Events) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, outcome := e.receive(w, r)
	e.options.Metrics.Received(r.Context(), outcome)
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	w.WriteHeader(status)
}

func (e *Events) receive(w http.ResponseWriter, r *http.Request) (status int, outcome string) {
	o, err := e.originOf(strings.TrimPrefix(r.URL.Path, HookPath))
	switch {
	case err != nil:
		return http.StatusNotFound, "unknown"
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, "refused"
	}
	tenant := e.tenant(o.seller)
	if !e.paceOf(tenant).Allow() || !e.pace.Allow() { // that of the store first, which takes nothing from others
		return http.StatusServiceUnavailable, "refused"
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), receiveTimeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	// The error is for recorders in tests, which have no deadline.
	_ = http.NewResponseController(w).SetReadDeadline(deadline)
	values, err := readPing(http.MaxBytesReader(w, r.Body, maxPing), r.Header.Get("Content-Type"))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge, "refused"
	}
	if errors.Is(err, errUnread) {
		return http.StatusServiceUnavailable, "unavailable"
	}
	if err != nil {
		return http.StatusBadRequest, "refused"
	}
	p, ok := newPing(o, values, e.now())
	if !ok {
		return http.StatusOK, "refused" // a kind that Gumroad added, or its test of the address
	}
	message, err := json.Marshal(p)
	if err != nil {
		return http.StatusBadRequest, "refused"
	}
	if err := e.options.State.Enqueue(ctx, tenant, message); err != nil {
		e.log.Warn("a webhook could not be kept; Gumroad repeats it", "state", e.options.State.String(), "error", err)
		return http.StatusServiceUnavailable, "unavailable"
	}
	e.noticePing(tenant, p.Received)
	return http.StatusOK, "accepted"
}

func (e *Events) paceOf(tenant string) *rate.Limiter {
	e.mu.Lock()
	defer e.mu.Unlock()
	if pace, ok := e.paces.Get(tenant); ok {
		return pace
	}
	pace := rate.NewLimiter(perStore, perStore)
	e.paces.Put(tenant, pace)
	return pace
}

// errUnread says that a body did not arrive whole, and not that it is wrong.
var errUnread = errors.New("the body did not arrive")

// readPing reads a body by its names, in form encoding as Gumroad sends it, or in JSON. Names of nested values are
// written as in a form: new_plan[recurrence].
func readPing(body io.Reader, contentType string) (func(name string) string, error) {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, err
	}
	read, err := io.ReadAll(body)
	if err != nil {
		return nil, errors.Join(errUnread, err)
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(read))
		return form.Get, err
	case "application/json":
		var object map[string]any
		if err := json.Unmarshal(read, &object); err != nil {
			return nil, err
		}
		return func(name string) string {
			var value any = object
			for part := range strings.SplitSeq(strings.ReplaceAll(name, "]", ""), "[") {
				within, _ := value.(map[string]any)
				value = within[part]
			}
			switch value := value.(type) {
			case string:
				return value
			case bool:
				return map[bool]string{true: "true", false: "false"}[value]
			}
			return ""
		}, nil
	}
	return nil, errors.New("an unknown type of body")
}

// newPing keeps what is needed of a webhook. It reports false for one of an unknown kind or without an id.
func newPing(o origin, values func(string) string, now time.Time) (ping, bool) {
	get := func(name string) string {
		if value := values(name); len(value) <= maxValue {
			return value
		}
		return ""
	}
	p := ping{
		Seller: o.seller, Connection: o.connection, Received: now.UTC(),
		Name: get("resource_name"), SaleID: get("sale_id"), Subscription: get("subscription_id"), SaysSeller: get("seller_id"),
		RestartedAt: get("restarted_at"), EffectiveAt: get("effective_as_of"), Recurrence: get("new_plan[recurrence]"), Tier: get("new_plan[tier][name]"),
		Test: get("test") == "true",
	}
	prove, ok := proofs[p.Name]
	return p, ok && prove.id(p) != ""
}

// noticePing remembers when the last webhook of a store came, and tells the other instances.
func (e *Events) noticePing(tenant string, at time.Time) {
	e.mu.Lock()
	before, known := e.pinged[tenant]
	if !known && len(e.pinged) >= maxStores {
		clear(e.pinged)
	}
	e.pinged[tenant] = at
	e.mu.Unlock()
	if at.Sub(before) >= time.Minute {
		e.options.State.Tell(pingTopic + tenant + " " + at.Format(time.RFC3339))
	}
}

// pingTopic begins what instances tell each other of webhooks that came.
const pingTopic = "ping "

func (e *Events) hear(topic string) {
	rest, ok := strings.CutPrefix(topic, pingTopic)
	if !ok {
		return
	}
	tenant, at, _ := strings.Cut(rest, " ")
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if t.After(e.pinged[tenant]) && (len(e.pinged) < maxStores || !e.pinged[tenant].IsZero()) {
		e.pinged[tenant] = t
	}
}
