package reports

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
)

// SubscribersQuery holds the arguments of a subscriber report.
type SubscribersQuery struct {
	Period
	ProductID string `json:"product_id,omitempty" jsonschema_description:"Id, permalink or name."`
}

// SubscribersReport says how many members came and went in a period and who left, and what the present ones pay.
type SubscribersReport struct {
	Product string `json:"product,omitempty" jsonschema_description:"The only one counted."`
	days
	Complete bool     `json:"complete"`
	Missing  []string `json:"missing,omitempty"`
	memberCounts
	Now         membershipNow    `json:"now"`
	Memberships []membershipLine `json:"memberships,omitempty" jsonschema_description:"The same for each product, if there are several."`
	Left        []leaver         `json:"left,omitempty" jsonschema_description:"Whose access ended in the period, the latest first."`
	LeftOut     *gumroad.Int     `json:"left_out,omitempty" jsonschema_description:"More who left, and did not fit."`
	Formula     string           `json:"formula"`
}

// memberCounts are the members who came and went in the period.
type memberCounts struct {
	ActiveBefore gumroad.Int `json:"active_before" jsonschema_description:"When the period began."`
	New          gumroad.Int `json:"new"`
	Cancelled    gumroad.Int `json:"cancelled" jsonschema_description:"Access ended in the period, after a cancellation."`
	Failed       gumroad.Int `json:"failed" jsonschema_description:"Access ended in the period, after failed payments."`
	FixedEnded   gumroad.Int `json:"fixed_ended" jsonschema_description:"Paid all charges of a fixed length; not churn."`
	ActiveAfter  gumroad.Int `json:"active_after" jsonschema_description:"When the period ended."`
	Churn        string      `json:"churn,omitempty" jsonschema_description:"(cancelled + failed) / active_before."`
}

// membershipNow is the state at the time of the call. Gumroad does not tell that of an earlier day.
type membershipNow struct {
	Active   gumroad.Int   `json:"active"`
	InTrial  gumroad.Int   `json:"in_trial" jsonschema_description:"Among active: not charged yet."`
	Leaving  gumroad.Int   `json:"leaving" jsonschema_description:"Among active: cancelled, paid until later."`
	Failing  gumroad.Int   `json:"failing" jsonschema_description:"Among active: the last charge failed."`
	MRR      gumroad.Cents `json:"mrr_cents" jsonschema_description:"Of currency, a month."`
	MRRRisk  gumroad.Cents `json:"mrr_at_risk_cents" jsonschema_description:"The part of mrr from members leaving or failing."`
	Currency string        `json:"currency"`
}

// membershipLine is the counts of one product.
type membershipLine struct {
	Product      string        `json:"product"`
	Fixed        gumroad.Bool  `json:"fixed_length,omitempty" jsonschema_description:"Its members pay a set number of charges."`
	New          gumroad.Int   `json:"new"`
	Cancelled    gumroad.Int   `json:"cancelled"`
	Failed       gumroad.Int   `json:"failed"`
	FixedEnded   *gumroad.Int  `json:"fixed_ended,omitempty"`
	ActiveBefore gumroad.Int   `json:"active_before"`
	ActiveAfter  gumroad.Int   `json:"active_after"`
	Active       gumroad.Int   `json:"active_now"`
	MRR          gumroad.Cents `json:"mrr_cents"`
}

// leaver is a member whose access ended in the period.
type leaver struct {
	Name         string `json:"name,omitempty" pii:"text"`
	Email        string `json:"email,omitempty" pii:"email"`
	Product      string `json:"product,omitempty" jsonschema_description:"If there are several."`
	Reason       string `json:"reason" jsonschema:"enum=cancelled,enum=failed,enum=fixed_ended"`
	On           string `json:"on"`
	Since        string `json:"since" jsonschema_description:"The day they joined."`
	SubscriberID string `json:"subscriber_id"`
}

const memberFormula = "mrr = sum of each active member's last full charge / months it pays for; " +
	"without trials and plans of a fixed length. An upgrade counts from its next renewal."

// recurrenceMonths maps Gumroad's recurrences to the months that one charge pays for.
var recurrenceMonths = map[string]int{
	"monthly": 1, "quarterly": 3, "biannually": 6, "yearly": 12, "every_two_years": 24,
}

// leaverBytes is how long the list of those who left may be. The rest of MaxBytes is for the other members.
const leaverBytes = MaxBytes - 8_000

// Subscribers counts memberships. Gumroad lists only the active ones, and without prices. The ended ones and the prices
// are found in the sales, which name the membership they pay for. Sales from one recurrence before the period are
// enough: whoever was a member in the period has paid since then.
func Subscribers(c *gumroad.Client, ctx context.Context, in SubscribersQuery) (SubscribersReport, error) {
	none := SubscribersReport{}
	asked, err := in.resolve(c.Now(), func() (time.Time, error) { return storeToday(ctx, c) })
	if err != nil {
		return none, err
	}
	out := SubscribersReport{Formula: memberFormula}
	out.Now.Currency = "usd"
	products, err := productsOf(c, ctx, in.ProductID)
	if err != nil {
		return none, err
	}
	if in.ProductID != "" {
		if !isMembership(products[0]) {
			return none, gumroad.Invalid(
				fmt.Sprintf("%s is not a membership, so it has no subscribers.", text.Quote(products[0].Name)))
		}
		out.Product = products[0].Name
	}
	products = slices.DeleteFunc(products, func(p gumroad.Product) bool { return !isMembership(p) })
	var (
		clock    clock
		all      []membership
		unpriced int
	)
	for _, product := range products {
		m, err := readMembership(c, ctx, product, asked.span, &clock)
		if err != nil {
			return none, withConsequence(err, noSums)
		}
		all = append(all, m)
	}
	for _, m := range all {
		of := membershipSums{asked: asked.span, now: c.Now(), local: clock.local}
		of.count(m)
		out.add(of, m.product, len(all) > 1)
		unpriced += of.unpriced
	}
	out.days = asked.shown(clock.zone())
	slices.SortStableFunc(out.Left, func(a, b leaver) int { return cmp.Compare(b.On, a.On) })
	left, more := takeFitting(out.Left, leaverBytes)
	out.Left, out.LeftOut = left, nilIfZero(gumroad.Int(more))
	if unpriced > 0 {
		out.Missing = append(out.Missing, fmt.Sprintf("the charges of %d active members, so mrr is too low", unpriced))
	}
	out.Complete = len(out.Missing) == 0
	out.Churn = out.churn()
	return out, nil
}

// churn returns the share of members who left, or "" if there were none to leave.
func (m memberCounts) churn() string {
	if m.ActiveBefore == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f%%", float64(m.Cancelled+m.Failed)/float64(m.ActiveBefore)*100)
}

// add adds the members of one product, and its line if there are several.
func (out *SubscribersReport) add(of membershipSums, product gumroad.Product, several bool) {
	for _, sum := range []struct{ into, from *gumroad.Int }{
		{&out.ActiveBefore, &of.ActiveBefore}, {&out.New, &of.New}, {&out.Cancelled, &of.Cancelled},
		{&out.Failed, &of.Failed}, {&out.FixedEnded, &of.FixedEnded}, {&out.ActiveAfter, &of.ActiveAfter},
		{&out.Now.Active, &of.at.Active}, {&out.Now.InTrial, &of.at.InTrial}, {&out.Now.Leaving, &of.at.Leaving},
		{&out.Now.Failing, &of.at.Failing}, {&out.Now.MRR, &of.at.MRR}, {&out.Now.MRRRisk, &of.at.MRRRisk},
	} {
		*sum.into += *sum.from
	}
	for _, gone := range of.left {
		if several {
			gone.Product = product.Name
		}
		out.Left = append(out.Left, gone)
	}
	if several {
		out.Memberships = append(out.Memberships, membershipLine{Product: product.Name, Fixed: of.fixed, New: of.New,
			Cancelled: of.Cancelled, Failed: of.Failed, FixedEnded: nilIfZero(of.FixedEnded), ActiveBefore: of.ActiveBefore,
			ActiveAfter: of.ActiveAfter, Active: of.at.Active, MRR: of.at.MRR})
	}
}

func isMembership(p gumroad.Product) bool {
	return p.IsTieredMembership.IsTrue() || p.SubscriptionDuration != "" || len(p.Recurrences) > 0
}

// membership holds the members of one product.
type membership struct {
	product gumroad.Product
	active  []gumroad.Subscriber // now
	ended   []gumroad.Subscriber // those whose membership ended since the period began
	charges map[string]charge    // each member's last full charge, by the subscriber's bare id
	names   map[string]string    // of the members, by the same
}

// charge is a payment for a membership and the months that it pays for.
type charge struct {
	at     time.Time
	price  gumroad.Cents
	months int
}

// billingGrace is how much longer than one recurrence ago a member can have paid last: the retries of a failed charge
// and the days of a trial come on top.
const billingGrace = 45 * oneDay

// readMembership reads the members of a product: the active ones from Gumroad's list, the last charge of each from the
// sales, and then one by one those whom the sales show as ended.
func readMembership(c *gumroad.Client, ctx context.Context, product gumroad.Product, asked span, clock *clock) (
	membership, error) {
	m := membership{product: product, charges: map[string]charge{}, names: map[string]string{}}
	var err error
	list := gumroad.ListSubscribers{ProductRef: gumroad.ProductRef{ProductID: product.ID}}
	if m.active, err = readAll(ctx, list, c.ListSubscribers); err != nil {
		return m, err
	}
	longest := 1
	for _, recurrence := range append(product.Recurrences, product.SubscriptionDuration) {
		longest = max(longest, recurrenceMonths[recurrence])
	}
	since := asked.from.AddDate(0, -longest, 0).Add(-billingGrace)
	gone := map[string]bool{} // ids of the memberships that ended since the period began
	for sale, err := range c.ScanSales(ctx, gumroad.ListSales{ProductID: product.ID, After: date(since)}) {
		if err != nil {
			return m, err
		}
		clock.learn(sale)
		id := gumroad.BareID(sale.SubscriptionID)
		if id == "" {
			continue
		}
		if sale.FullName != "" {
			m.names[id] = sale.FullName
		}
		end, err := time.Parse(time.DateOnly, sale.SubscriptionEndDate)
		if err != nil {
			end, err = time.Parse(time.RFC3339, sale.SubscriptionEndDate)
		}
		maybeDead := sale.Dead.IsTrue() || sale.Dead == gumroad.Unclear
		if maybeDead && (err != nil || !end.Before(asked.from.Add(-2*oneDay))) { // a day has passed by its end
			gone[id] = true
		}
		at, _ := sale.Time() // ScanSales yields only sales with a time
		// An upgrade charges only the difference, which is no price for a month.
		full := sale.IsCharge() && !sale.IsUpgradePurchase.IsTrue() && sale.Price != nil
		if full && at.After(m.charges[id].at) {
			m.charges[id] = charge{at, *sale.Price, recurrenceMonths[sale.SubscriptionDuration]}
		}
	}
	ids := make([]string, 0, len(gone))
	for id := range gone {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var missing []string
	m.ended, missing, err = gather(ctx, ids, func(id string) string { return id },
		func(ctx context.Context, id string) (gumroad.Subscriber, error) {
			return c.GetSubscriber(ctx, gumroad.SubscriberRef{SubscriberID: id})
		})
	if err != nil {
		return m, err
	}
	if len(missing) > 0 {
		return m, &gumroad.Error{Code: gumroad.UpstreamUnavailable,
			Message: fmt.Sprintf("%d of the ended memberships could not be read.", len(missing))}
	}
	if slices.ContainsFunc(slices.Concat(m.active, m.ended), gumroad.Subscriber.IsUnclear) {
		return m, &gumroad.Error{Code: gumroad.UpstreamUnavailable,
			Message: "Gumroad does not say clearly when a membership began or ended."}
	}
	return m, nil
}

// membershipSums are the counts of one product.
type membershipSums struct {
	asked span
	now   time.Time
	local func(time.Time) time.Time // by the store's clock

	memberCounts
	at       membershipNow
	left     []leaver
	fixed    gumroad.Bool // its members pay a set number of charges
	unpriced int          // active members without a known charge, whose part of mrr is missing
}

// count counts the members of a product.
func (of *membershipSums) count(m membership) {
	for _, s := range m.active {
		of.pass(of.day(s.CreatedAt), forever)
		of.at.Active++
		risky := false
		switch s.Status {
		case "pending_cancellation":
			of.at.Leaving++
			risky = true
		case "pending_failure":
			of.at.Failing++
			risky = true
		}
		last, charged := m.charges[gumroad.BareID(s.ID)]
		switch {
		case s.FreeTrialEndsAt.At().After(of.now):
			of.at.InTrial++
		case s.ChargeOccurrenceCount != nil:
			of.fixed = gumroad.True
		case !charged || last.months == 0:
			of.unpriced++
		default:
			monthly := gumroad.Cents(math.Round(float64(last.price) / float64(last.months)))
			of.at.MRR += monthly
			if risky {
				of.at.MRRRisk += monthly
			}
		}
	}
	for _, s := range m.ended {
		if s.ChargeOccurrenceCount != nil {
			of.fixed = gumroad.True
		}
		reason, counter, stamp := "cancelled", &of.Cancelled, s.CancelledAt
		switch s.Status {
		case "failed_payment":
			reason, counter, stamp = "failed", &of.Failed, s.FailedAt
		case "fixed_subscription_period_ended":
			reason, counter, stamp = "fixed_ended", &of.FixedEnded, s.EndedAt
		}
		ended := of.day(stamp)
		if ended.Before(of.asked.from) { // it ended earlier, or was restarted since its sale was read
			continue
		}
		created := of.day(s.CreatedAt)
		of.pass(created, ended)
		if !ended.After(of.asked.to) {
			*counter++
			of.left = append(of.left, leaver{Name: m.names[gumroad.BareID(s.ID)], Email: s.Email, Reason: reason,
				On: date(ended), Since: date(created), SubscriberID: s.ID})
		}
	}
}

// forever is the day on which an active membership ends.
var forever = time.Unix(math.MaxInt32, 0)

// day returns the store's day of a time, or the zero time if there is none.
func (of *membershipSums) day(stamp gumroad.Time) time.Time {
	at := stamp.At()
	if at.IsZero() {
		return at
	}
	return of.local(at).Truncate(oneDay)
}

// pass counts a member who came and went on these days.
func (of *membershipSums) pass(created, ended time.Time) {
	if created.Before(of.asked.from) && !ended.Before(of.asked.from) {
		of.ActiveBefore++
	}
	if of.asked.includes(created) {
		of.New++
	}
	if !created.After(of.asked.to) && ended.After(of.asked.to) {
		of.ActiveAfter++
	}
}
