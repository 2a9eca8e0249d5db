// Package events knows what happens in stores: sales, refunds, disputes, cancellations. It learns of them by Gumroad's
// webhooks where they can reach it, and otherwise by looking.
//
// A webhook is a hint: what the journal keeps is read again from Gumroad, and holds no buyer's data. What webhooks did
// not bring is found by looking at the sales, under the same ids, so that nothing is in the journal twice.
package events

import (
	"context"
	"crypto/aes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/kept"
	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
)

// Event is something that happened in a store. It tells nothing about the buyer; the record of its id does.
type Event struct {
	Kind        string         `json:"kind" jsonschema:"enum=sale,enum=refund,enum=dispute,enum=dispute_won,enum=cancellation,enum=subscription_updated,enum=subscription_ended,enum=subscription_restarted"`
	At          string         `json:"at" jsonschema_description:"UTC; of refunds and disputes, when they were noticed."`
	ProductName string         `json:"product_name,omitempty" pii:"other"`
	Price       *gumroad.Cents `json:"price_usd_cents,omitempty"`
	Currency    string         `json:"currency,omitempty"`
	Refundable  *gumroad.Cents `json:"refundable_cents,omitempty" jsonschema_description:"Left to refund, in currency."`
	Quantity    gumroad.Int    `json:"quantity,omitempty"`
	Status      string         `json:"status,omitempty" jsonschema_description:"Of the sale or subscriber when this was noticed."`
	EffectiveAt string         `json:"effective_at,omitempty" jsonschema_description:"When access ends, or the plan changes."`
	NewPlan     string         `json:"new_plan,omitempty" pii:"other" jsonschema_description:"As the webhook said; not verified."`
	Source      string         `json:"source" jsonschema:"enum=webhook,enum=polling"`
	Test        gumroad.Bool   `json:"test,omitempty" jsonschema_description:"A test purchase."`
	SeenAt      string         `json:"seen_at"`
	ProductID   string         `json:"product_id,omitempty"`
	SaleID      string         `json:"sale_id,omitempty"`
	Subscriber  string         `json:"subscriber_id,omitempty"`
	ID          string         `json:"id" jsonschema_description:"The same whenever it is listed again."`
}

// The sources of an event.
const (
	byWebhook = "webhook"
	byPolling = "polling"
)

// Options says what Events is made of.
type Options struct {
	Client *gumroad.Client // the operator's; verifies what webhooks say
	State  state.State
	// Keys seal addresses of webhooks and cursors. The first is in use, the others are of the past. Without any, a random
	// one is used.
	Keys [][]byte
	// PublicURL is where Gumroad reaches this server, without the path, or "" if it cannot.
	PublicURL string
	// BorrowedKeys says that Client has no credential: only the caller who asks for events can verify webhooks.
	BorrowedKeys bool
	// Poll is how often stores are looked at while somebody waits. 0 means 15 seconds.
	Poll    time.Duration
	Logger  *slog.Logger
	Metrics Metrics // nil measures nothing
}

// Events knows what happens in stores. It does nothing before it is asked.
type Events struct {
	options Options
	log     *slog.Logger
	keys    []keys
	sellers *kept.Map[seller]   // by credential and connection
	hooked  *kept.Map[[]string] // the kinds of webhooks of a store that come here, by tenant
	paces   *kept.Map[*rate.Limiter]
	pace    *rate.Limiter // of webhooks on this instance

	drain    sync.Once
	draining chan struct{} // closed when the server ends

	mu      sync.Mutex
	stores  map[string]*watched          // by tenant
	looked  map[string]time.Time         // when a store was last looked at, by tenant
	lenders map[string][]*gumroad.Client // callers whose credentials verify their webhooks, by tenant
	pinged  map[string]time.Time         // when the last webhook of a store came, by tenant
}

const (
	maxStores   = 4096
	defaultPoll = 15 * time.Second
)

// New returns Events.
func New(o Options) *Events {
	if o.Poll == 0 {
		o.Poll = defaultPoll
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = unmeasured{}
	}
	if len(o.Keys) == 0 {
		random := make([]byte, 32)
		rand.Read(random) // never fails
		o.Keys = [][]byte{random}
	}
	o.PublicURL = strings.TrimSuffix(o.PublicURL, "/")
	e := &Events{
		options:  o,
		log:      o.Logger,
		sellers:  kept.New[seller](maxStores, 10*time.Minute, time.Now),
		hooked:   kept.New[[]string](maxStores, 10*time.Minute, time.Now),
		paces:    kept.New[*rate.Limiter](maxStores, time.Minute, time.Now),
		pace:     rate.NewLimiter(perInstance, perInstance),
		draining: make(chan struct{}),
		stores:   map[string]*watched{},
		lenders:  map[string][]*gumroad.Client{},
		looked:   map[string]time.Time{},
		pinged:   map[string]time.Time{},
	}
	for _, key := range o.Keys {
		e.keys = append(e.keys, derive(key))
	}
	o.State.Hear(e.hear)
	return e
}

// keys are what one secret is used for, each for one purpose.
type keys struct{ hook, tenant, cursor []byte }

func derive(secret []byte) keys {
	of := func(purpose string) []byte {
		key, err := hkdf.Key(sha256.New, secret, nil, "gumroad-mcp "+purpose, 32)
		if err != nil {
			panic(err) // only for a length that no hash allows
		}
		return key
	}
	return keys{hook: of("hook"), tenant: of("tenant"), cursor: of("cursor")[:aes.BlockSize]}
}

// seller is whose store it is: user_id of the owner, and seller_id in webhooks.
type seller struct {
	id     string
	tenant string // the name of the seller in the state, which tells nothing
}

// sellerOf asks whose store the client acts on. Nobody reads a journal without a credential that answers this.
func (e *Events) sellerOf(ctx context.Context, c *gumroad.Client) (seller, error) {
	key := c.Credential().Fingerprint() + " " + c.Connection()
	if s, ok := e.sellers.Get(key); ok {
		return s, nil
	}
	user, err := c.GetUser(ctx, struct{}{})
	if err != nil {
		return seller{}, err
	}
	if user.UserID == "" {
		return seller{}, &gumroad.Error{Code: gumroad.UpstreamUnavailable, Message: "Gumroad did not say whose store it is."}
	}
	s := seller{user.UserID, e.tenant(user.UserID)}
	e.sellers.Put(key, s)
	return s, nil
}

var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

// tenant returns the name of a seller in the state. All instances have the same first key, and those of the past name
// nobody: the journal begins anew with a new key, and what is still on sale is found again.
func (e *Events) tenant(sellerID string) string {
	mac := hmac.New(sha256.New, e.keys[0].tenant)
	mac.Write([]byte(sellerID))
	return strings.ToLower(letters.EncodeToString(mac.Sum(nil))[:16])
}

// nameOf is the id of an event as the state takes it.
func nameOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return strings.ToLower(letters.EncodeToString(sum[:])[:16])
}

// append puts an event into the journal, unless it is there.
func (e *Events) append(ctx context.Context, tenant string, event Event) (added bool, err error) {
	data, err := json.Marshal(event)
	if err != nil {
		return false, gumroad.Internal(err)
	}
	added, err = e.options.State.Append(ctx, tenant, nameOf(event.ID), data)
	if err != nil {
		return false, e.unavailable(err)
	}
	if added {
		e.options.Metrics.Journaled(ctx, event.Kind, event.Source, e.lag(event))
	}
	return added, nil
}

// lag is how long it took until an event was known, or 0 where only that is known.
func (e *Events) lag(event Event) time.Duration {
	at, err := time.Parse(time.RFC3339, event.At)
	if err != nil || event.Kind != "sale" {
		return 0
	}
	return max(0, e.now().Sub(at))
}

func (e *Events) unavailable(err error) error {
	e.log.Warn("the journal of events is not available", "state", e.options.State.String(), "error", err)
	return &gumroad.Error{Code: gumroad.StateUnavailable, Message: fmt.Sprintf("What happened is not known for now: %s does not answer.", e.options.State),
		Hint: "Try again in a minute; list_sales works meanwhile."}
}

func (e *Events) now() time.Time { return e.options.Client.Now() }

// stamp writes a time as results have it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Metrics counts what events cost.
type Metrics interface {
	// Journaled counts an event that is new in the journal, and how long ago it happened; 0 is unknown.
	Journaled(ctx context.Context, kind, source string, lag time.Duration)
	// Received counts a webhook by what became of it: accepted, refused, unknown or unavailable.
	Received(ctx context.Context, outcome string)
	// Judged counts a webhook that was read again, by verdict: new, known, unproven, foreign, old or later.
	Judged(ctx context.Context, verdict string)
}

type unmeasured struct{}

func (unmeasured) Journaled(context.Context, string, string, time.Duration) {}
func (unmeasured) Received(context.Context, string)                         {}
func (unmeasured) Judged(context.Context, string)                           {}
