package tools

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var policy = tool.Set{
	Name: "policy", Doc: "The store's refund policy.",
	Tools: []tool.Tool{
		{Name: "get_refund_policy", Title: "Show the refund policy", Effect: tool.Reads,
			Doc: "The refund policy.",
			Run: tool.Run((*gumroad.Client).GetRefundPolicy)},
		{Name: "update_refund_policy", Title: "Change the refund policy", Effect: tool.Changes,
			Doc: "Change every product's refund terms.",
			Refuses: map[string]string{
				"title": "Gumroad makes it of the period", "refund_fine_print": "the argument is fine_print",
				"product_id": "it is for every product", "in_effect": "only Gumroad's website can switch it",
			},
			Ask: tool.Ask(askUpdateRefundPolicy),
			Run: tool.Run(updateRefundPolicy)},
	},
}

// changedPolicy is the refund policy with what was done to it, and what it was.
type changedPolicy struct {
	Done string `json:"done"`
	gumroad.StorePolicy
	OldPeriod    gumroad.Text `json:"old_refund_period,omitempty"`
	OldFinePrint string       `json:"old_fine_print,omitempty" text:"long" jsonschema_description:"To go back to."`
}

// maxFinePrint is Gumroad's limit, in characters.
const maxFinePrint = 3_000

func askUpdateRefundPolicy(c *gumroad.Client, ctx context.Context, in gumroad.UpdateRefundPolicy) (string, error) {
	before, changes, err := changeablePolicy(c, ctx, in)
	if err != nil || !changes {
		return "", err
	}
	question := "Change the refund terms of EVERY product, for everyone who buys from now on? Refunds: " +
		refundTerms(in.RefundPeriod)
	if in.RefundPeriod == string(before.RefundPeriod) {
		question += ", as so far."
	} else {
		question += fmt.Sprintf(" instead of %s.", refundTerms(string(before.RefundPeriod)))
	}
	switch {
	case in.FinePrint == nil || *in.FinePrint == before.FinePrint:
		if before.FinePrint != "" {
			question += " The fine print stays."
		}
		return question, nil
	case before.FinePrint != "":
		question += " Fine print so far: " + text.Block(before.FinePrint, maxFinePrint)
	}
	if *in.FinePrint == "" {
		return question + " From now on: none.", nil
	}
	return question + " Fine print from now on: " + text.Block(*in.FinePrint, maxFinePrint), nil
}

// updateRefundPolicy reads the policy first, since nobody else keeps what it replaces.
func updateRefundPolicy(c *gumroad.Client, ctx context.Context, in gumroad.UpdateRefundPolicy) (changedPolicy, error) {
	before, changes, err := changeablePolicy(c, ctx, in)
	if err != nil {
		return changedPolicy{}, err
	}
	if !changes {
		return changedPolicy{Done: asItWas, StorePolicy: before}, nil
	}
	after, err := c.UpdateRefundPolicy(ctx, in)
	out := changedPolicy{Done: "It is shown with every product from now on; earlier buyers keep what they were promised.",
		StorePolicy: after, OldPeriod: before.RefundPeriod}
	replaced := before.FinePrint != "" && in.FinePrint != nil && *in.FinePrint != before.FinePrint
	if replaced {
		out.OldFinePrint = before.FinePrint
	}
	if e, ok := errors.AsType[*gumroad.Error](err); ok && e.Code == gumroad.OutcomeUnknown {
		told := *e
		told.Hint = fmt.Sprintf("Before, refund_period was %s.", text.Quote(string(before.RefundPeriod)))
		if replaced {
			told.Hint += " The fine print was: " + text.Block(before.FinePrint, maxFinePrint)
		}
		return changedPolicy{}, &told
	}
	return out, err
}

// changeablePolicy returns the policy as it is, and whether in changes anything. Rejected while it is not in effect.
func changeablePolicy(c *gumroad.Client, ctx context.Context, in gumroad.UpdateRefundPolicy) (
	before gumroad.StorePolicy, changes bool, err error) {
	if before, err = c.GetRefundPolicy(ctx, struct{}{}); err != nil {
		return before, false, err
	}
	if before.InEffect == gumroad.False {
		return before, false, rejected("The store-wide refund policy is not in effect: each product has a policy of its own.",
			"update_product changes a product's; only Gumroad's website makes the store-wide one take effect.")
	}
	sameText := in.FinePrint == nil || strings.TrimSpace(*in.FinePrint) == before.FinePrint
	return before, !sameText || in.RefundPeriod != string(before.RefundPeriod), nil
}
