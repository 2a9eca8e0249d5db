package prompts

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
)

func table() []prompt {
	return []prompt{
		{name: "connect_store", title: "Connect a store", needs: []string{"create_connection", "get_connection"},
			doc: "Connect a Gumroad store and confirm which one it is."},
		{name: "catch_up", title: "Catch up", needs: []string{"list_events"},
			doc: "What happened since I last looked: what needs me first, then the sales.",
			arguments: []argument{
				{name: "since", title: "Since",
					doc: "A day or a time in UTC, such as 2026-11-14 or 2026-11-14T18:00. Left out: a day ago.", check: isTime},
			}, prepare: prepareCatchUp},
		{name: "monthly_review", title: "Monthly review", needs: []string{"list_sales", "list_products"},
			doc: "Revenue against the month before, best products, refunds, churn, and three suggestions.",
			arguments: []argument{
				{name: "month", title: "Month",
					doc:   "A month such as 2026-10. Left out: the last whole month.",
					check: isMonth, complete: completeMonth},
			}, prepare: prepareReview},
		{name: "monthly_payout_check", title: "Monthly payout check",
			needs: []string{"list_payouts", "get_payout", "list_upcoming_payouts", "list_sales"},
			doc:   "A month's payouts against its sales and refunds, what was held back or failed, what comes next.",
			arguments: []argument{
				{name: "month", title: "Month",
					doc:   "A month such as 2026-10. Left out: the last whole month.",
					check: isMonth, complete: completeMonth},
			}, prepare: preparePayoutCheck},
		{name: "launch_discount", title: "Launch a discount",
			needs: []string{"list_products", "create_offer_code", "list_offer_codes"},
			doc:   "Create a discount code, read it back, and write the announcement.",
			arguments: []argument{
				{name: "product", title: "Product",
					doc: "The product's name or id.", required: true, complete: completeProduct},
				{name: "percent", title: "Percent off",
					doc: "A whole number from 1 to 100. Or give amount instead.", check: isBetween(1, 100)},
				{name: "amount", title: "Amount off",
					doc:   "What comes off the price, in the product's currency, such as 5 or 4.50. Or give percent instead.",
					check: isAmount},
				{name: "max_uses", title: "Uses",
					doc:   "How often the code can be used, a whole number. Left out: no limit.",
					check: isBetween(1, 10_000_000)},
			}, prepare: prepareDiscount},
		{name: "launch_product", title: "Launch a product",
			needs: []string{"list_products", "get_product", "create_product", "enable_product"},
			doc:   "From a name to a published product: price, description, files, cover, discount, announcement.",
			arguments: []argument{
				{name: "name", title: "Name", doc: "What the product is called.", required: true},
				{name: "price", title: "Price",
					doc: "In the store's currency, such as 12 or 12.50. Left out: propose one.", check: isAmount},
				{name: "about", title: "About", doc: "What it is and whom it is for, in a sentence or two."},
			}},
		{name: "refund_request", title: "Handle a refund request",
			needs: []string{"list_sales", "get_sale", "refund_sale"},
			doc:   "Find the purchase, explain what a refund means, ask, refund, confirm.",
			arguments: []argument{
				{name: "email", title: "Buyer's e-mail",
					doc: "The address the buyer used. Or give order_id instead.", check: isEmail},
				{name: "order_id", title: "Order number",
					doc: "The number on the receipt, digits only. Or give email instead.", check: isOrderNumber},
			}, prepare: prepareRefund},
		{name: "license_support", title: "Help with a licence key", needs: []string{"list_products", "check_license"},
			doc: "Check a licence key without counting a use, explain what is wrong, and put it right.",
			arguments: []argument{
				{name: "product", title: "Product",
					doc: "The product's name or id.", required: true, complete: completeProduct},
				{name: "license_key", title: "Licence key",
					doc: "As the buyer has it, such as 85DB562A-C11D4B06-A2335A6B-8C079166.", check: isOneWord},
			}},
		{name: "webhook_setup", title: "Set up webhooks", needs: []string{"create_webhook", "list_webhooks"},
			doc: "Send a store's events to an address, and check what arrives.",
			arguments: []argument{
				{name: "url", title: "Address",
					doc: "An https address on a public host.", required: true, check: isPostURL},
				{name: "events", title: "Events",
					doc: "Names of events with commas between, such as sale,refund. " +
						"Left out: sale, refund, dispute and cancellation.",
					check: areEvents, complete: completeEvents},
			}, prepare: prepareWebhooks},
		{name: "write_newsletter", title: "Write a newsletter",
			needs: []string{"create_email_draft", "get_email", "preview_email", "schedule_email", "list_emails"},
			doc:   "Draft an e-mail to the audience, preview it, and schedule it once it is approved.",
			arguments: []argument{
				{name: "about", title: "About", doc: "What it is to say, in a sentence or two.", required: true},
				{name: "audience", title: "Audience",
					doc:   "all, customers or followers. Or give product instead. Left out: all.",
					check: isOneOf("all", "customers", "followers"), complete: completeOneOf("all", "customers", "followers")},
				{name: "product", title: "Product",
					doc: "Name or id of the product whose buyers get it. Or give audience instead.", complete: completeProduct},
				{name: "send_at", title: "When",
					doc: "When it goes out, such as 2026-12-01T09:00 by the store's clock. Left out: ask."},
			}, prepare: prepareNewsletter},
		{name: "store_audit", title: "Audit the store", needs: []string{"list_products"},
			doc: "Unpublished or free products, codes that are used up, webhooks that cannot work."},
	}
}

// prepareReview adds the first day and the day after the last, as the tools' filters take them, of the month and of the
// month before. If the month is not over, it ends with today, and the month before is cut after as many days.
func prepareReview(given values, now time.Time) error {
	now = now.UTC()
	thisMonth := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	month := thisMonth.AddDate(0, -1, 0)
	if given["month"] != "" {
		month, _ = time.Parse(monthForm, given["month"]) // it was checked
	}
	if month.After(thisMonth) {
		return errors.New("month is in the future")
	}
	before := month.AddDate(0, -1, 0)
	given["month"], given["month_before"] = month.Format(monthForm), before.Format(monthForm)
	given["first_day"], given["day_after"] = month.Format(time.DateOnly), month.AddDate(0, 1, 0).Format(time.DateOnly)
	given["first_day_before"], given["day_after_before"] = before.Format(time.DateOnly), month.Format(time.DateOnly)
	if month.Equal(thisMonth) {
		given["unfinished"] = now.Format(time.DateOnly)
		given["day_after"] = now.AddDate(0, 0, 1).Format(time.DateOnly)
		if end := before.AddDate(0, 0, now.Day()); end.Before(month) { // the month before can have fewer days
			given["day_after_before"] = end.Format(time.DateOnly)
		}
	}
	return nil
}

func prepareCatchUp(given values, now time.Time) error {
	if given["since"] == "" {
		given["since"] = now.UTC().AddDate(0, 0, -1).Truncate(time.Minute).Format(time.RFC3339)
	}
	return nil
}

// preparePayoutCheck adds the last year besides, which is the latest that Gumroad has sums of.
func preparePayoutCheck(given values, now time.Time) error {
	given["last_year"] = strconv.Itoa(now.UTC().Year() - 1)
	return prepareReview(given, now)
}

// prepareDiscount adds the amount in minor units: hundredths for a currency with cents and, if it is a whole number,
// whole for one without.
func prepareDiscount(given values, _ time.Time) error {
	if (given["percent"] == "") == (given["amount"] == "") {
		return errors.New("give either percent (30 for 30% off) or amount (5 or 4.50 off the price)")
	}
	if given["amount"] != "" {
		units, fraction, _ := strings.Cut(given["amount"], ".")
		fraction = (fraction + "00")[:2]
		given["hundredths"] = strings.TrimLeft(units+fraction, "0")
		if fraction == "00" {
			given["whole"] = units
		}
	}
	return nil
}

func prepareRefund(given values, _ time.Time) error {
	if given["email"] == "" && given["order_id"] == "" {
		return errors.New("give email (the address the buyer used) or order_id (the number on the receipt)")
	}
	return nil
}

func prepareNewsletter(given values, _ time.Time) error {
	if given["audience"] != "" && given["product"] != "" {
		return errors.New("give either audience (all, customers or followers) or product, whose buyers get it")
	}
	if given["product"] == "" && given["audience"] == "" {
		given["audience"] = "all"
	}
	if given["send_at"] == "" {
		return nil
	}
	_, _, err := gumroad.ScheduleEmail{SendAt: given["send_at"]}.Time()
	if err != nil {
		return errors.New("send_at is no time; write 2026-12-01T09:00 for the store's own clock, or add Z or +01:00")
	}
	return nil
}

func prepareWebhooks(given values, _ time.Time) error {
	if given["events"] == "" {
		given["events"] = "sale,refund,dispute,cancellation"
	}
	return nil
}
