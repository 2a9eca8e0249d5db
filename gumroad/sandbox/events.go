package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Event is something that happens to a sale or a subscription without the API:
// the buyer's bank disputes, the subscriber cancels.
type Event struct {
	// Name is the webhook's resource_name: dispute, dispute_won, cancellation,
	// subscription_ended, subscription_restarted or subscription_updated.
	Name string `json:"name"`
	// ID is the sale's for disputes, else the subscriber's.
	ID string `json:"id"`
	// By is who cancelled: buyer (the default), seller, admin or payment_failures.
	By string `json:"by,omitempty"`
	// Tier and Recurrence are the new plan of subscription_updated; empty keeps the old.
	Tier       string `json:"tier,omitempty"`
	Recurrence string `json:"recurrence,omitempty"`
}

// Happen changes the store as the event says, and sends its webhook.
func (s *Sandbox) Happen(e Event) error {
	c := &call{sb: s, now: s.now()}
	err := c.happen(e)
	s.webhooks.send(c.events)
	return err
}

func (c *call) happen(e Event) error {
	c.sb.mu.Lock()
	defer c.sb.mu.Unlock()
	for _, st := range c.sb.stores {
		switch e.Name {
		case "dispute", "dispute_won":
			if s := st.sale(e.ID); s != nil {
				return c.dispute(st, s, e.Name)
			}
		case "cancellation", "subscription_ended", "subscription_restarted", "subscription_updated":
			if sub := st.subscription(e.ID); sub != nil {
				return c.changeSubscription(st, sub, e)
			}
		default:
			return fmt.Errorf("unknown event %q", e.Name)
		}
	}
	return fmt.Errorf("%s: there is no row %q", e.Name, e.ID)
}

func (c *call) dispute(st *store, s *sale, name string) error {
	switch {
	case name == "dispute" && (s.disputed || s.state != stateSuccessful || s.usdCents == 0):
		return errors.New("the sale cannot be disputed")
	case name == "dispute_won" && !s.chargedBack():
		return errors.New("the sale is not disputed")
	}
	s.disputed, s.disputeWon = true, name == "dispute_won"
	sub := s.subscription
	switch {
	case name == "dispute":
		c.emitSale(st, name, s)
		if sub != nil && sub.deactivatedAt == nil {
			sub.requestedAt = new(c.now)
			sub.end(c.now)
			c.emitCancelled(st, sub, c.now, byBuyer)
			c.emitEnded(st, sub)
		}
	case !s.fullyRefunded(): // who was refunded meanwhile won nothing back
		c.emitSale(st, name, s)
		if sub != nil && sub.deactivatedAt != nil {
			c.restart(st, sub)
		}
	}
	return nil
}

// restart brings a subscription back that had ended.
func (c *call) restart(st *store, sub *subscription) {
	sub.requestedAt, sub.cancelledAt, sub.endedAt, sub.failedAt, sub.deactivatedAt = nil, nil, nil, nil, nil
	at := stamp(c.now)
	c.emit(st, "subscription_restarted", func() *object { return subscriptionPayload(sub).with("restarted_at", at) },
		func() bool { return sub.deactivatedAt == nil })
}

func (c *call) emitCancelled(st *store, sub *subscription, end time.Time, by string) {
	c.emit(st, "cancellation", func() *object {
		return subscriptionPayload(sub).with("cancelled", true).with("cancelled_at", stamp(end)).with(by, true)
	}, nil)
}

// cancellers map who cancelled to the payload's flag.
var cancellers = map[string]string{
	"buyer": byBuyer, "seller": bySeller, "admin": byAdmin, "payment_failures": byFailed,
}

func (c *call) changeSubscription(st *store, sub *subscription, e Event) error {
	live := sub.deactivatedAt == nil
	switch e.Name {
	case "cancellation":
		by, known := cancellers[cmp.Or(e.By, "buyer")]
		switch {
		case !known:
			return fmt.Errorf("nobody called %q can cancel", e.By)
		case !live || sub.cancelledAt != nil:
			return errors.New("the subscription is not alive")
		}
		if by == byFailed { // it ends at once, and counts as failed instead of cancelled
			sub.failedAt, sub.deactivatedAt = new(c.now), new(c.now)
			c.emitCancelled(st, sub, c.now, by)
			c.emitEnded(st, sub)
			return nil
		}
		end := sub.createdAt
		for !end.After(c.now) {
			end = addMonths(end, recurrenceMonths[sub.recurrence])
		}
		sub.requestedAt, sub.cancelledAt = new(c.now), &end
		c.emitCancelled(st, sub, end, by)
	case "subscription_ended":
		if !live {
			return errors.New("the subscription has ended")
		}
		sub.end(c.now)
		c.emitEnded(st, sub)
	case "subscription_restarted":
		if live {
			return errors.New("the subscription has not ended")
		}
		c.restart(st, sub)
	case "subscription_updated":
		return c.changePlan(st, sub, e)
	}
	return nil
}

// changePlan moves a membership to another tier or period from now on.
func (c *call) changePlan(st *store, sub *subscription, e Event) error {
	if sub.tier == nil || sub.deactivatedAt != nil {
		return errors.New("only a live membership can change its plan")
	}
	tier, period := sub.tier, sub.recurrence
	if e.Tier != "" {
		tiers := sub.product.liveVariants()
		i := slices.IndexFunc(tiers, func(v *variant) bool { return v.name == e.Tier })
		if i < 0 {
			return fmt.Errorf("there is no tier %q", e.Tier)
		}
		tier = tiers[i]
	}
	if e.Recurrence != "" {
		period = e.Recurrence
	}
	if _, on := tier.recurrence[period]; !on {
		return fmt.Errorf("tier %q has no %q price", tier.name, period)
	}
	plan := func(v *variant, period string) *object {
		return newObject().with("tier", newObject().with("id", v.id).with("name", v.name)).with("recurrence", period).
			with("price_cents", v.recurrence[period].cents).with("quantity", sub.original.quantity)
	}
	old := sub.tier
	kind := "upgrade"
	if tier.recurrence[period].cents < old.recurrence[sub.recurrence].cents {
		kind = "downgrade"
	}
	told := newObject().with("type", kind).with("effective_as_of", stamp(c.now)).
		with("old_plan", plan(old, sub.recurrence)).with("new_plan", plan(tier, period))
	sub.tier, sub.recurrence = tier, period
	c.emit(st, e.Name, func() *object {
		payload := subscriptionPayload(sub)
		payload.merge(told)
		return payload
	}, nil)
	return nil
}

// end deactivates at once.
func (s *subscription) end(now time.Time) {
	s.cancelledAt = &now
	s.deactivatedAt = &now
}

func (c *call) emitEnded(st *store, sub *subscription) {
	c.emit(st, "subscription_ended", func() *object {
		at := *sub.deactivatedAt
		return subscriptionPayload(sub).with("ended_at", stamp(at)).with("ended_reason", sub.status(at))
	}, func() bool { return sub.deactivatedAt != nil })
}
