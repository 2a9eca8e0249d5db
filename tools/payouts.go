package tools

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var payouts = tool.Set{
	Name: "payouts", Doc: "Money that Gumroad sends to the store's owner.",
	Tools: []tool.Tool{
		{Name: "list_payouts", Title: "List payouts", Effect: tool.Reads,
			Doc:  "List payouts, upcoming first.",
			View: "payouts",
			Run:  tool.List((*gumroad.Client).ListPayouts)},
		{Name: "get_payout", Title: "Show a payout", Effect: tool.Reads,
			Doc: "One payout.",
			Refuses: map[string]string{
				"transactions": "the argument is include_transactions", "sales": "the argument is include_sales",
				"page_key": "pass next_payout_id as payout_id",
			},
			Run: tool.Run(getPayout)},
		{Name: "list_upcoming_payouts", Title: "List the next payouts", Effect: tool.Reads,
			Doc: "The next payouts.",
			Refuses: map[string]string{
				"include_transactions": "what is in it are the sales since the last payout: list_sales",
				"include_sales":        "what is in it are the sales since the last payout: list_sales",
			},
			Run: tool.Run(listUpcomingPayouts)},
	},
}

// payoutPart is how many lines of a payout, and how many ids of its sales, one answer has.
const payoutPart = 40

// shownPayout is a payout with a part of its lines and ids.
type shownPayout struct {
	gumroad.Payout
	Missing string `json:"missing,omitempty"`
	Next    string `json:"next_payout_id,omitempty" jsonschema_description:"Pass as payout_id, with the other arguments unchanged, for the lines and ids that follow."`
}

// getPayout takes "ID~40" for the part that begins behind the fortieth line.
func getPayout(c *gumroad.Client, ctx context.Context, in gumroad.GetPayout) (shownPayout, error) {
	id, behind, continues := strings.Cut(in.PayoutID, "~")
	from, err := strconv.Atoi(behind)
	if continues && (err != nil || from < 0) {
		return shownPayout{}, gumroad.Invalid("payout_id is none, nor what next_payout_id gave.", "Take it from list_payouts.")
	}
	in.PayoutID = id
	payout, err := c.GetPayout(ctx, in)
	if err != nil {
		return shownPayout{}, err
	}
	shown := shownPayout{Payout: payout}
	shown.Transactions = part(&shown, payout.Transactions, from)
	shown.Sales = part(&shown, payout.Sales, from)
	shown.RefundedSales = part(&shown, payout.RefundedSales, from)
	shown.DisputedSales = part(&shown, payout.DisputedSales, from)
	if in.Sales != nil && *in.Sales && payout.Sales == nil && payout.RefundedSales == nil && payout.DisputedSales == nil {
		shown.Missing = `The ids of its sales: the store's grant lacks the scope "view_sales".`
	}
	return shown, nil
}

func part[T any](of *shownPayout, all []T, from int) []T {
	from = min(from, len(all))
	to := min(from+payoutPart, len(all))
	if to < len(all) {
		of.Next = fmt.Sprintf("%s~%d", of.ID, to)
	}
	return all[from:to]
}

// upcomingPayouts says how many there are, since an empty list is not shown.
type upcomingPayouts struct {
	Count   gumroad.Int      `json:"count" jsonschema_description:"0: less has been earned than Gumroad pays out."`
	Payouts []gumroad.Payout `json:"payouts,omitempty"`
}

// Envelope names the record.
func (upcomingPayouts) Envelope() (one, many string) { return gumroad.Payout{}.Envelope() }

func listUpcomingPayouts(c *gumroad.Client, ctx context.Context, in struct{}) (upcomingPayouts, error) {
	page, err := c.ListUpcomingPayouts(ctx, in)
	return upcomingPayouts{Count: gumroad.Int(len(page.Rows)), Payouts: page.Rows}, err
}
