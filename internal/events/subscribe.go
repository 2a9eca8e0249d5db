package events

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

// Subscription is which of a store's webhooks come to this server.
type Subscription struct {
	Host    string   `json:"host" jsonschema_description:"Where they are sent."`
	Kinds   []string `json:"kinds" jsonschema_description:"That come here now."`
	Started []string `json:"started,omitempty" jsonschema_description:"Just now."`
	Stopped []string `json:"stopped,omitempty" jsonschema_description:"Just now."`
	Failed  []string `json:"failed,omitempty" jsonschema_description:"That could not be; call again."`
	Why     string   `json:"why,omitempty"`
}

// Envelope names the kind of record that is made and deleted: a webhook.
func (Subscription) Envelope() (one, many string) { return gumroad.Webhook{}.Envelope() }

// CanSubscribe returns an error that says why webhooks cannot come here, or nil.
func (e *Events) CanSubscribe() error {
	if e.options.PublicURL != "" {
		return nil
	}
	return &gumroad.Error{Code: gumroad.NotAllowed, Message: "Gumroad cannot send webhooks to this server: it has no public address, or keeps nothing over a restart.",
		Hint: "list_events and wait_for_event work without, by looking at the sales. Who runs the server can give it --public-url, and --data-dir or --nats-url."}
}

// Host is where webhooks are sent.
func (e *Events) Host() string {
	u, err := url.Parse(e.options.PublicURL)
	if err != nil {
		return ""
	}
	return u.Host
}

// ours returns the webhooks of a store that come here, through whatever connection.
func (e *Events) ours(ctx context.Context, c *gumroad.Client, s seller) ([]gumroad.Webhook, error) {
	page, err := c.ListWebhooks(ctx, gumroad.ListWebhooks{})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(page.Rows, func(w gumroad.Webhook) bool { return !e.isOurs(w.PostURL, s.id) }), nil
}

func kindsOf(webhooks []gumroad.Webhook) []string {
	kinds := []string{}
	for _, kind := range gumroad.WebhookEvents() {
		if slices.ContainsFunc(webhooks, func(w gumroad.Webhook) bool { return w.ResourceName == kind }) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// arriving returns the kinds of events whose webhooks come here and can be verified through the client's connection.
func (e *Events) arriving(ctx context.Context, c *gumroad.Client, s seller) ([]string, error) {
	webhooks, err := e.ours(ctx, c, s)
	if err != nil {
		return nil, err
	}
	return kindsOf(slices.DeleteFunc(webhooks, func(w gumroad.Webhook) bool { return e.connectionOf(w.PostURL) != c.Connection() })), nil
}

// told returns the kinds of events of a store that Gumroad tells this server by webhooks, as far as that is known.
func (e *Events) told(ctx context.Context, c *gumroad.Client, s seller) []string {
	if e.options.PublicURL == "" {
		return nil
	}
	key := s.tenant + " " + c.Connection()
	if kinds, ok := e.hooked.Get(key); ok {
		return kinds
	}
	kinds, err := e.arriving(ctx, c, s)
	if err != nil {
		e.log.Info("the webhooks of a store could not be listed", "error", err)
		return nil
	}
	e.hooked.Put(key, kinds)
	return kinds
}

// forgetTold is for those who change a store's webhooks; somebody may be listing them meanwhile, so it is done afterwards.
func (e *Events) forgetTold(c *gumroad.Client, s seller) {
	e.hooked.Delete(s.tenant + " " + c.Connection())
}

// Missing returns the kinds of events that Gumroad does not send here.
func (e *Events) Missing(ctx context.Context, c *gumroad.Client) ([]string, error) {
	if err := e.CanSubscribe(); err != nil {
		return nil, err
	}
	s, err := e.sellerOf(ctx, c)
	if err != nil {
		return nil, err
	}
	kinds, err := e.arriving(ctx, c, s)
	if err != nil {
		return nil, err
	}
	return without(gumroad.WebhookEvents(), kinds), nil
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(some, name) })
}

// Subscribe has Gumroad send a store's webhooks here. It makes only those that are missing, because Gumroad would
// deliver twice to an address that it has twice.
func (e *Events) Subscribe(ctx context.Context, c *gumroad.Client) (Subscription, error) {
	out := Subscription{Host: e.Host()}
	missing, err := e.Missing(ctx, c)
	if err != nil {
		return out, err
	}
	s, err := e.sellerOf(ctx, c)
	if err != nil {
		return out, err
	}
	defer e.forgetTold(c, s)
	out.Kinds = without(gumroad.WebhookEvents(), missing)
	address := e.address(origin{s.id, c.Connection()})
	for i, kind := range missing {
		if _, err := c.CreateWebhook(ctx, gumroad.CreateWebhook{ResourceName: kind, PostURL: address, Own: true}); err != nil {
			return out.failed(missing[i:], err)
		}
		out.Started = append(out.Started, kind)
		out.Kinds = append(out.Kinds, kind)
	}
	return out, nil
}

// Unsubscribe deletes a store's webhooks that come here.
func (e *Events) Unsubscribe(ctx context.Context, c *gumroad.Client) (Subscription, error) {
	out := Subscription{Host: e.Host(), Kinds: []string{}}
	if err := e.CanSubscribe(); err != nil {
		return out, err
	}
	s, err := e.sellerOf(ctx, c)
	if err != nil {
		return out, err
	}
	webhooks, err := e.ours(ctx, c, s)
	if err != nil {
		return out, err
	}
	defer e.forgetTold(c, s)
	for i, webhook := range webhooks {
		if _, err := c.DeleteWebhook(ctx, gumroad.WebhookRef{ResourceSubscriptionID: webhook.ID}); err != nil {
			out.Kinds = kindsOf(webhooks[i:])
			return out.failed(out.Kinds, err)
		}
		out.Stopped = append(out.Stopped, webhook.ResourceName)
	}
	return out, nil
}

// failed is the result of a change that stopped midway, or its error if nothing had been changed.
func (s Subscription) failed(kinds []string, err error) (Subscription, error) {
	if len(s.Started)+len(s.Stopped) == 0 {
		return s, err
	}
	s.Failed, s.Why = kinds, err.Error()
	return s, nil
}

// Run verifies webhooks and reconciles stores until ctx ends, where webhooks can come here.
func (e *Events) Run(ctx context.Context) {
	if e.options.PublicURL == "" {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { e.Reconcile(ctx) })
	both.Go(func() {
		if err := e.Verify(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("webhooks are not read any more", "error", err)
		}
	})
	both.Wait()
}

const reconcileEvery = 15 * time.Minute

// Reconcile looks, now and every so often, at the stores whose webhooks come here: what Gumroad could not deliver is
// found then. It returns when ctx ends.
func (e *Events) Reconcile(ctx context.Context) {
	if e.options.BorrowedKeys {
		return // there is no credential to look with
	}
	ctx = gumroad.WithCaller(gumroad.WithBulk(ctx), "events")
	tick := time.NewTicker(reconcileEvery)
	defer tick.Stop()
	for {
		if err := e.reconcile(ctx); err != nil && ctx.Err() == nil {
			e.log.Info("the stores could not be looked at", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (e *Events) reconcile(ctx context.Context) error {
	clients, err := stores(ctx, e.options.Client)
	if err != nil {
		return err
	}
	for _, c := range clients {
		if err := e.reconcileStore(ctx, c); err != nil && ctx.Err() == nil { // those of the others are looked at all the same
			e.log.Info("a store could not be looked at", "error", err)
		}
	}
	return nil
}

func (e *Events) reconcileStore(ctx context.Context, c *gumroad.Client) error {
	s, err := e.sellerOf(ctx, c)
	if err != nil {
		return err
	}
	if len(e.told(ctx, c, s)) == 0 || !e.isMyTurn(ctx, "reconcile", s.tenant, reconcileEvery) {
		return nil
	}
	_, err = e.look(ctx, c, s, e.now().Add(-keptFor), true)
	return err
}

// stores returns a client for each store that is connected.
func stores(ctx context.Context, c *gumroad.Client) ([]*gumroad.Client, error) {
	if c.Credential().Missing() != nil {
		return nil, nil
	}
	if c.Direct() || c.Connection() != "" {
		return []*gumroad.Client{c}, nil
	}
	page, err := c.ListConnections(ctx, gumroad.ListConnections{Status: gumroad.ConnectionActive})
	if err != nil {
		return nil, err
	}
	var all []*gumroad.Client
	for _, connection := range page.Rows {
		store, err := c.WithConnection(connection.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, store)
	}
	return all, nil
}
