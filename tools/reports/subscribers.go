package reports

import (
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
	ProductID string `json:"product_id,omitempty" jsonschema_description:"Only this one; id or permalink."`
}

// SubscribersReport says how many members came and went in a period, and what the present ones pay.
type SubscribersReport struct {
	Product      string        `json:"product,omitempty"`
	Products     gumroad.Int   `json:"products" jsonschema_description:"Memberships looked at."`
	From         string        `json:"from" jsonschema_description:"First day."`
	To           string        `json:"to" jsonschema_description:"Last day, included."`
	TimeZone     string        `json:"time_zone" jsonschema:"enum=UTC"`
	Complete     bool          `json:"complete"`
	Missing      []string      `json:"missing,omitempty"`
	ActiveBefore gumroad.Int   `json:"active_before" jsonschema_description:"When the period began."`
	New          gumroad.Int   `json:"new"`
	Cancelled    gumroad.Int   `json:"cancelled" jsonschema_description:"Access ended in the period, after a cancellation."`
	Failed       gumroad.Int   `json:"failed" jsonschema_description:"Access ended in the period, after failed payments."`
	FixedEnded   gumroad.Int   `json:"fixed_ended" jsonschema_description:"Paid all charges of a fixed length; not churn."`
	ActiveAfter  gumroad.Int   `json:"active_after" jsonschema_description:"When the period ended."`
	Churn        string        `json:"churn,omitempty" jsonschema_description:"(cancelled + failed) / active_before."`
	Now          membershipNow `json:"now"`
	Formula      string        `json:"formula"`
}

// membershipNow is the state at the time of the call. Gumroad does not tell that of an earlier day.
type membershipNow struct {
	Active   gumroad.Int   `json:"active"`
	InTrial  gumroad.Int   `json:"in_trial" jsonschema_description:"Among active: not charged yet."`
	Leaving  gumroad.Int   `json:"leaving" jsonschema_description:"Among active: cancelled, paid until later."`
	Failing  gumroad.Int   `json:"failing" jsonschema_description:"Among active: the last charge failed."`
	MRR      gumroad.Cents `json:"mrr" jsonschema_description:"US cents a month."`
	MRRRisk  gumroad.Cents `json:"mrr_at_risk" jsonschema_description:"The part of mrr from members leaving or failing."`
	Currency string        `json:"currency"`
}

const memberFormula = "mrr = sum of each active member's last full charge / months it pays for; " +
	"without trials and plans of a fixed length. An upgrade counts from its next renewal."

// recurrenceMonths maps Gumroad's recurrences to the months that one charge pays for.
var recurrenceMonths = map[string]int{
	"monthly": 1, "quarterly": 3, "biannually": 6, "yearly": 12, "every_two_years": 24,
}

// Subscribers counts memberships. Gumroad lists only the active ones, and without prices. The ended ones and the prices
// are found in the sales, which name the membership they pay for. Sales from one recurrence before the period are
// enough: whoever was a member in the period has paid since then.
func Subscribers(c *gumroad.Client, ctx context.Context, in SubscribersQuery) (SubscribersReport, error) {
	none := SubscribersReport{}
	asked, _, err := in.resolve(c.Now(), func() (time.Time, error) { return c.Now().UTC().Truncate(oneDay), nil })
	if err != nil {
		return none, err
	}
	out := SubscribersReport{From: date(asked.from), To: date(asked.to), TimeZone: "UTC", Formula: memberFormula}
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
	out.Products = gumroad.Int(len(products))
	unpriced := 0
	for _, product := range products {
		m, err := readMembership(c, ctx, product, asked)
		if err != nil {
			return none, withConsequence(err, noSums)
		}
		unpriced += out.count(m, asked, c.Now())
	}
	if unpriced > 0 {
		out.Missing = append(out.Missing, fmt.Sprintf("the charges of %d active members, so mrr is too low", unpriced))
	}
	out.Complete = len(out.Missing) == 0
	if churned := out.Cancelled + out.Failed; out.ActiveBefore > 0 {
		out.Churn = fmt.Sprintf("%.1f%%", float64(churned)/float64(out.ActiveBefore)*100)
	}
	return out, nil
}

func isMembership(p gumroad.Product) bool {
	return p.IsTieredMembership.IsTrue() || p.SubscriptionDuration != "" || len(p.Recurrences) > 0
}

// membership holds the members of one product.
type membership struct {
	active  []gumroad.Subscriber // now
	ended   []gumroad.Subscriber // those whose membership ended since the period began
	charges map[string]charge    // each member's last full charge, by the subscriber's bare id
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
func readMembership(c *gumroad.Client, ctx context.Context, product gumroad.Product, asked span) (membership, error) {
	m := membership{charges: map[string]charge{}}
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
		id := gumroad.BareID(sale.SubscriptionID)
		if id == "" {
			continue
		}
		end, err := time.Parse(time.RFC3339, sale.SubscriptionEndDate)
		maybeDead := sale.Dead.IsTrue() || sale.Dead == gumroad.Unclear
		if maybeDead && (err != nil || !end.Before(asked.from)) {
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
	return m, nil
}

// count adds the members of one product to the report. It returns the number of active members without a known charge,
// whose part of mrr is missing.
func (out *SubscribersReport) count(m membership, asked span, now time.Time) (unpriced int) {
	after := asked.to.Add(oneDay) // the first moment after the period
	add := func(created, ended time.Time) {
		if created.Before(asked.from) && !ended.Before(asked.from) {
			out.ActiveBefore++
		}
		if !created.Before(asked.from) && created.Before(after) {
			out.New++
		}
		if created.Before(after) && !ended.Before(after) {
			out.ActiveAfter++
		}
	}
	forever := time.Unix(math.MaxInt32, 0)
	for _, s := range m.active {
		created, _ := time.Parse(time.RFC3339, s.CreatedAt)
		add(created, forever)
		out.Now.Active++
		risky := false
		switch s.Status {
		case "pending_cancellation":
			out.Now.Leaving++
			risky = true
		case "pending_failure":
			out.Now.Failing++
			risky = true
		}
		trialEnds, err := time.Parse(time.RFC3339, s.FreeTrialEndsAt)
		last, charged := m.charges[gumroad.BareID(s.ID)]
		switch {
		case err == nil && trialEnds.After(now):
			out.Now.InTrial++
		case s.ChargeOccurrenceCount != nil: // a plan of fixed length
		case !charged || last.months == 0:
			unpriced++
		default:
			monthly := gumroad.Cents(math.Round(float64(last.price) / float64(last.months)))
			out.Now.MRR += monthly
			if risky {
				out.Now.MRRRisk += monthly
			}
		}
	}
	for _, s := range m.ended {
		created, _ := time.Parse(time.RFC3339, s.CreatedAt)
		counter, stamp := &out.Cancelled, s.CancelledAt
		switch s.Status {
		case "failed_payment":
			counter, stamp = &out.Failed, s.FailedAt
		case "fixed_subscription_period_ended":
			counter, stamp = &out.FixedEnded, s.EndedAt
		}
		ended, err := time.Parse(time.RFC3339, stamp)
		if err != nil || ended.Before(asked.from) { // it ended earlier, or was restarted since its sale was read
			continue
		}
		add(created, ended)
		if ended.Before(after) {
			*counter++
		}
	}
	return unpriced
}
