package gumroad

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Grant is what reads have shown of a store's grant, as names of Gumroad's scopes. A scope whose read failed for
// another reason than the grant is in neither list.
type Grant struct {
	Granted []string `json:"granted,omitempty" jsonschema_description:"Scopes that the store's grant has, as reads showed. Those that only changes need, such as edit_products and edit_sales, cannot be seen without making one."`
	Missing []string `json:"missing,omitempty" jsonschema_description:"Scopes that it lacks. A scope in neither list could not be seen."`
}

// grantReads are small reads that need one scope each. The scope account stands for any of them but view_profile.
var grantReads = []struct {
	scope string
	read  func(*Client, context.Context) error
}{
	{"view_sales", probe((*Client).ListWebhooks, ListWebhooks{ResourceName: "sale"})},
	{"view_payouts", probe((*Client).ListPayouts, ListPayouts{Before: "2011-01-01"})}, // none: Gumroad began in 2011
	{"edit_emails", probe((*Client).ListWorkflows, struct{}{})},
	{"view_profile", probe((*Client).GetProfileLayout, struct{}{})},
	{"view_tax_data", probe((*Client).ListTaxForms, struct{}{})},
}

// probe makes a read whose result does not matter.
func probe[In, Out any](
	method func(*Client, context.Context, In) (Out, error), in In) func(*Client, context.Context) error {
	return func(c *Client, ctx context.Context) error {
		_, err := method(c, ctx, in)
		return err
	}
}

// grantTimeout bounds ReadGrant, whose answer nobody should wait for: the reads are repeated while Gumroad is busy.
const grantTimeout = 5 * time.Second

// ReadGrant reads what the store's grant allows, side by side. It is settled unless a read failed that may succeed
// another time.
func (c *Client) ReadGrant(ctx context.Context) (grant Grant, settled bool) {
	ctx, cancel := context.WithTimeout(ctx, grantTimeout)
	defer cancel()
	failures := make([]error, len(grantReads))
	var reads sync.WaitGroup
	for i, one := range grantReads {
		reads.Go(func() { failures[i] = one.read(c, ctx) })
	}
	reads.Wait()
	settled = true
	for i, err := range failures {
		e, failed := errors.AsType[*Error](err)
		switch {
		case err == nil:
			grant.Granted = append(grant.Granted, grantReads[i].scope)
		case failed && e.Scope != "":
			grant.Missing = append(grant.Missing, grantReads[i].scope)
		case !errors.Is(err, Rejected) && !errors.Is(err, NotFound): // a store without a tax centre, an older Gumroad
			settled = false
		}
	}
	return grant, settled
}
