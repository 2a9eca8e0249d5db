package sandbox

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// event is one delivery.
type event struct {
	name    string
	url     string
	payload *object
}

// fanOut is an event that waits. What is sent to whom is decided when its delay is over.
type fanOut struct {
	delay      time.Duration
	deliveries func() []event
}

const (
	saleDelay  = 10 * time.Second
	otherDelay = 5 * time.Second
)

// retryDelays come before the second, third and fourth attempt.
var retryDelays = []time.Duration{60 * time.Second, 180 * time.Second, 600 * time.Second}

var retriedStatuses = []int{499, 500, 502, 503, 504}

// emit prepares an event. payload, and holds if it is not nil, are called under the store's lock when its delay is over:
// an event that does not hold any more is dropped.
func (c *call) emit(st *store, name string, payload func() *object, holds func() bool) {
	sb := c.sb
	if !sb.options.DeliverWebhooks {
		return
	}
	delay := otherDelay
	if name == "sale" {
		delay = saleDelay
	}
	c.events = append(c.events, fanOut{delay, func() (due []event) {
		sb.mu.RLock()
		defer sb.mu.RUnlock()
		if holds != nil && !holds() {
			return nil
		}
		sent := payload().with("resource_name", name)
		for _, h := range st.hooks {
			if h.name == name && !h.deleted && sb.appLives(h.app, st) && loopbackURL(h.postURL) {
				due = append(due, event{name, h.postURL, sent})
			}
		}
		return due
	}})
}

func (c *call) emitSale(st *store, name string, s *sale) {
	c.emit(st, name, func() *object {
		payload := purchasePayload(st, s)
		if name == "sale" && len(s.urlParams) > 0 {
			params := newObject()
			for _, p := range s.urlParams {
				params.set(p.name, p.value)
			}
			payload.set("url_params", string(mustJSON(params)))
		}
		return payload
	}, nil)
}

// appLives: an application without a live token gets no events. Maton's lives by its connections.
func (s *Sandbox) appLives(app string, st *store) bool {
	switch app {
	case appDirect:
		return st == s.stores[0]
	case appMaton:
		return s.connectionBy(func(c *connection) bool { return c.status == connectionActive && c.store == st }) != nil
	default:
		return false
	}
}

// loopbackURL tells whether events may be sent there at all.
func loopbackURL(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	if strings.EqualFold(u.Hostname(), "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback()
}

// webhooks deliver events in the background.
type webhooks struct {
	after  func(time.Duration) <-chan time.Time
	log    *slog.Logger
	client *http.Client
	ctx    context.Context
	stop   context.CancelFunc

	mu      sync.Mutex // guards closed against a send during close
	closed  bool
	running sync.WaitGroup
}

func newWebhooks(after func(time.Duration) <-chan time.Time, log *slog.Logger) *webhooks {
	if after == nil {
		after = time.After
	}
	ctx, stop := context.WithCancel(context.Background())
	dialer := net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		if to, err := netip.ParseAddrPort(address); err != nil || !to.Addr().IsLoopback() {
			return fmt.Errorf("webhooks go to loopback only")
		}
		return nil
	}}
	return &webhooks{after: after, log: log, ctx: ctx, stop: stop, client: &http.Client{
		Timeout:       5 * time.Second,
		Transport:     &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (w *webhooks) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.stop()
	w.running.Wait()
}

func (w *webhooks) send(events []fanOut) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	for _, f := range events {
		w.running.Go(func() {
			if !w.wait(f.delay) {
				return
			}
			for _, e := range f.deliveries() {
				w.running.Go(func() { w.deliver(e) })
			}
		})
	}
}

// deliver makes up to four attempts with one payload. Only some statuses are tried again; a broken connection is not.
func (w *webhooks) deliver(e event) {
	for attempt := 0; ; attempt++ {
		status, err := w.post(e, attempt)
		w.log.Debug("webhook", "event", e.name, "attempt", attempt+1, "status", status, "failed", err != nil)
		if err != nil || !slices.Contains(retriedStatuses, status) || attempt == len(retryDelays) {
			return
		}
		if !w.wait(retryDelays[attempt]) {
			return
		}
	}
}

func (w *webhooks) wait(d time.Duration) bool {
	select {
	case <-w.after(d):
		return true
	case <-w.ctx.Done():
		return false
	}
}

func (w *webhooks) post(e event, retry int) (int, error) {
	payload := newObject()
	payload.merge(e.payload)
	if retry > 0 {
		payload.set("retry_count", retry)
	}
	request, err := http.NewRequestWithContext(w.ctx, http.MethodPost, e.url, strings.NewReader(formEncode(payload)))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("User-Agent", "Ruby")
	response, err := w.client.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// formEncode writes nested keys as card[visual]; brackets inside a name are escaped.
func formEncode(o *object) string {
	var pairs []string
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case *object:
			for _, name := range v.names {
				child := url.QueryEscape(name)
				if key != "" {
					child = key + "[" + child + "]"
				}
				walk(child, v.values[name])
			}
		case []string:
			for _, item := range v {
				walk(key+"[]", item)
			}
		case nil:
			pairs = append(pairs, key+"=")
		default:
			pairs = append(pairs, key+"="+url.QueryEscape(fmt.Sprint(v)))
		}
	}
	walk("", o)
	return strings.Join(pairs, "&")
}
