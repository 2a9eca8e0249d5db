package tools

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var emails = tool.Set{
	Name: "emails", Doc: "E-mails to customers and followers.", Optional: true,
	Tools: []tool.Tool{
		{Name: "list_emails", Title: "List e-mails", Effect: tool.Reads,
			Doc: "List e-mails: drafts, scheduled, published; newest first.",
			Run: tool.List((*gumroad.Client).ListEmails)},
		{Name: "get_email", Title: "Show an e-mail", Effect: tool.Reads,
			Doc: "One e-mail with its text.",
			Run: tool.Run((*gumroad.Client).GetEmail)},
		{Name: "create_email_draft", Title: "Draft an e-mail", Effect: tool.Changes,
			Doc: "Draft an e-mail, which nobody gets yet. Drafts cannot be edited.",
			Refuses: map[string]string{
				"publish": sendsNothing, "send": sendsNothing, "draft": sendsNothing, "published": sendsNothing,
				"send_at": "the draft comes first; then schedule_email", "scheduled_at": "the draft comes first; then schedule_email",
				"to_be_published_at": "the draft comes first; then schedule_email",
				"message":            "the argument is body", "name": "the argument is subject",
				"variant_id": "only Gumroad's website can pick one version's buyers",
			},
			Run: tool.Concise((*gumroad.Client).CreateEmail)},
		{Name: "preview_email", Title: "Preview an e-mail", Effect: tool.Changes,
			Doc: "Mail an e-mail to the store's owner alone.",
			Run: tool.Run((*gumroad.Client).PreviewEmail)},
		{Name: "send_email", Title: "Send an e-mail to its audience", Effect: tool.Changes,
			Doc: "Mail a draft to its whole audience now, beyond recall.",
			Ask: tool.Ask(askSendEmail),
			Run: tool.Concise(sendEmail)},
		{Name: "schedule_email", Title: "Schedule an e-mail", Effect: tool.Changes,
			Doc: "Set or change when a draft is mailed.",
			Refuses: map[string]string{
				"to_be_published_at": "the argument is send_at", "scheduled_at": "the argument is send_at",
				"timezone": "write the offset into send_at", "time_zone": "write the offset into send_at",
			},
			Ask: tool.Ask(askScheduleEmail),
			Run: tool.Concise(scheduleEmail)},
		{Name: "unschedule_email", Title: "Stop a scheduled e-mail", Effect: tool.Changes,
			Doc: "Make a scheduled e-mail a draft again.",
			Run: tool.Concise((*gumroad.Client).UnscheduleEmail)},
		{Name: "delete_email", Title: "Delete an e-mail", Effect: tool.Destroys,
			Doc: "Delete an e-mail; mails already sent stay sent.",
			Ask: tool.Ask(askDeleteEmail),
			Run: tool.Run((*gumroad.Client).DeleteEmail)},
	},
}

const sendsNothing = "a draft is never sent by being made; send_email and schedule_email send it"

// mailing is an e-mail with what was done to it.
type mailing struct {
	Done string `json:"done" concise:"always"`
	gumroad.Email
}

func askSendEmail(c *gumroad.Client, ctx context.Context, in gumroad.EmailRef) (string, error) {
	email, err := sendable(c, ctx, in)
	if err != nil {
		return "", err
	}
	to, err := audience(c, ctx, email)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Mail the e-mail %s to %s now? %s It cannot be recalled. %s",
		quoteSubject(email.Subject), to, becomesPublic(email), digest(email.Message)), nil
}

// sendEmail reads the e-mail first, since a question is not always asked.
func sendEmail(c *gumroad.Client, ctx context.Context, in gumroad.EmailRef) (mailing, error) {
	if _, err := sendable(c, ctx, in); err != nil {
		return mailing{}, err
	}
	sent, err := c.SendEmail(ctx, in)
	return mailing{"Published; Gumroad mails it to the audience from now on, and recipients_count grows.", sent}, err
}

// sendable returns an e-mail that can be mailed now: a draft, or a post that was only published on the profile.
func sendable(c *gumroad.Client, ctx context.Context, in gumroad.EmailRef) (gumroad.Email, error) {
	email, err := c.GetEmail(ctx, in)
	if err != nil {
		return email, err
	}
	switch {
	case email.State == gumroad.Draft, email.State == gumroad.Published && email.SendEmails == gumroad.False:
		return email, nil
	case email.State == gumroad.Scheduled:
		return email, rejected("It is scheduled for %s.", "unschedule_email makes it a draft, which can be sent.",
			utc(email.ScheduledAt))
	case email.State == gumroad.Published:
		return email, rejected("It was sent already, at %s.", "", utc(email.PublishedAt))
	}
	return email, unknownWord("state", email.State)
}

func askScheduleEmail(c *gumroad.Client, ctx context.Context, in gumroad.ScheduleEmail) (string, error) {
	email, err := schedulable(c, ctx, in)
	if err != nil {
		return "", err
	}
	to, err := audience(c, ctx, email)
	if err != nil {
		return "", err
	}
	when, err := moment(c, ctx, in)
	if err != nil {
		return "", err
	}
	instead := ""
	if email.State == gumroad.Scheduled {
		instead = fmt.Sprintf(" That replaces %s.", utc(email.ScheduledAt))
	}
	return fmt.Sprintf("Mail the e-mail %s to %s, as the audience is then, on %s?%s %s "+
		"It can be stopped until then and not be recalled after. %s",
		quoteSubject(email.Subject), to, when, instead, becomesPublic(email), digest(email.Message)), nil
}

func scheduleEmail(c *gumroad.Client, ctx context.Context, in gumroad.ScheduleEmail) (mailing, error) {
	if _, err := schedulable(c, ctx, in); err != nil {
		return mailing{}, err
	}
	email, err := c.ScheduleEmail(ctx, in)
	return mailing{fmt.Sprintf("It goes out on %s, unless it is unscheduled.", utc(email.ScheduledAt)), email}, err
}

// schedulable returns an e-mail that can be scheduled, if the time that was asked for is not past.
func schedulable(c *gumroad.Client, ctx context.Context, in gumroad.ScheduleEmail) (gumroad.Email, error) {
	at, byStore, err := in.Time()
	if err != nil {
		return gumroad.Email{}, err
	}
	if !byStore && !at.After(c.Now()) {
		return gumroad.Email{}, pastTime(c)
	}
	email, err := c.GetEmail(ctx, in.EmailRef)
	switch {
	case err != nil, email.State == gumroad.Draft, email.State == gumroad.Scheduled:
		return email, err
	case email.State == gumroad.Published:
		return email, rejected("It was published already, at %s.", "", utc(email.PublishedAt))
	}
	return email, unknownWord("state", email.State)
}

func pastTime(c *gumroad.Client) error {
	return gumroad.Invalid("send_at is not in the future.", fmt.Sprintf("It is %s now.", c.Now().UTC().Format(inUTC)))
}

func askDeleteEmail(c *gumroad.Client, ctx context.Context, in gumroad.EmailRef) (string, error) {
	email, err := c.GetEmail(ctx, in)
	if err != nil {
		return "", err
	}
	what := fmt.Sprintf("whose state is %s", text.Quote(email.State))
	switch email.State {
	case gumroad.Draft:
		what = "a draft"
	case gumroad.Scheduled:
		what = fmt.Sprintf("which is scheduled for %s and then does not go out", utc(email.ScheduledAt))
	case gumroad.Published:
		what = "which is published: its public page goes, and mails that were sent stay sent"
	}
	return fmt.Sprintf("Delete the e-mail %s, %s? It cannot be brought back. %s",
		quoteSubject(email.Subject), what, digest(email.Message)), nil
}

// audience says who gets an e-mail, and what is known of their number.
func audience(c *gumroad.Client, ctx context.Context, email gumroad.Email) (string, error) {
	number := "Gumroad does not say how many"
	if email.AudienceCount != nil {
		number = fmt.Sprintf("%d people", *email.AudienceCount)
	}
	who := map[string]string{
		"audience": "EVERYONE: all customers, followers and affiliates", "seller": "all customers of the store",
		"follower": "all followers of the store", "affiliate": "affiliates of the store",
		"product": "the buyers of a product", "variant": "the buyers of one version of a product",
	}[email.AudienceType]
	if who == "" {
		return "", unknownWord("audience", email.AudienceType)
	}
	if email.ProductID != "" {
		product, err := c.GetProduct(ctx, gumroad.ProductRef{ProductID: email.ProductID})
		if err != nil {
			return "", err
		}
		who += " (" + text.Quote(product.Name)
		if product.SalesCount != nil {
			who += fmt.Sprintf(", sold about %d times", roughly(*product.SalesCount))
		}
		who += ")"
	}
	return fmt.Sprintf("%s (%s; filters set on Gumroad's website apply and are not shown here)", who, number), nil
}

// roughly keeps the first two digits: an exact count would void the consent with every sale.
func roughly(count gumroad.Int) gumroad.Int {
	unit := gumroad.Int(1)
	for count/unit >= 100 {
		unit *= 10
	}
	return count / unit * unit
}

func becomesPublic(email gumroad.Email) string {
	switch {
	case email.State == gumroad.Published:
		return "So far it was only published on the profile."
	case email.ShownOnProfile.IsTrue():
		return "It also appears on the store's profile."
	}
	return "It also gets a public page."
}

const inUTC = "2006-01-02 15:04 UTC"

// utc returns a time of Gumroad's as questions show it.
func utc(stamp string) string {
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return "a time that Gumroad does not tell"
	}
	return at.UTC().Format(inUTC)
}

// moment says when an e-mail goes out, by UTC and by the store's clock. Gumroad does not tell the store's zone, but the
// local time of each sale, so the newest one gives the distance from UTC.
func moment(c *gumroad.Client, ctx context.Context, in gumroad.ScheduleEmail) (string, error) {
	at, byStore, err := in.Time()
	if err != nil {
		return "", err
	}
	const byTheStore = "2006-01-02 15:04 by the store's clock"
	offset, known, err := storeOffset(c, ctx)
	switch {
	case err != nil:
		return "", err
	case !known && byStore:
		return at.Format(byTheStore) + " (Gumroad does not tell its time zone)", nil
	case !known:
		return at.UTC().Format(inUTC), nil
	case !byStore:
		at = at.UTC().Add(offset)
	case !at.Add(-offset).After(c.Now().Add(-time.Hour)): // the clock may be an hour off for daylight saving
		return "", pastTime(c)
	}
	zone := at.Add(-offset).In(time.FixedZone("", int(offset.Seconds()))).Format("UTC-07:00")
	return fmt.Sprintf("%s, which is %s while that clock is at %s, as at the newest sale",
		at.Format(byTheStore), at.Add(-offset).Format(inUTC), zone), nil
}

// storeOffset is not known to a store without sales, nor to a grant that cannot read them.
func storeOffset(c *gumroad.Client, ctx context.Context) (offset time.Duration, known bool, err error) {
	page, err := c.ListSales(ctx, gumroad.ListSales{})
	if errors.Is(err, gumroad.MissingScope) {
		return 0, false, nil
	}
	for _, sale := range page.Rows {
		local, knowsLocal := sale.LocalTime()
		if at, knows := sale.Time(); knows && knowsLocal {
			return local.Sub(at.UTC().Truncate(time.Minute)), true, nil
		}
	}
	return 0, false, err
}

var tag = regexp.MustCompile(`<[^>]*>`)

// digest describes a text of HTML without repeating it: how long it is, how it begins, and a fingerprint, so that no
// other text has the same description.
func digest(message string) string {
	plain := strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(message, " "))), " ")
	beginning := []rune(plain)
	const shown = 60
	if len(beginning) > shown {
		beginning = beginning[:shown]
	}
	return fmt.Sprintf("Its text has %d characters and begins with %s (fingerprint %.6x).",
		utf8.RuneCountInString(plain), text.Quote(string(beginning)), sha256.Sum256([]byte(message)))
}

func quoteSubject(subject string) string {
	if strings.TrimSpace(subject) == "" {
		return "without a subject"
	}
	return text.Quote(subject)
}

// rejected is the error for what Gumroad would refuse in the record's present state.
func rejected(message, hint string, about ...any) error {
	return &gumroad.Error{Code: gumroad.Rejected, Message: fmt.Sprintf(message, about...), Hint: hint}
}

// unknownWord is the error for a word of Gumroad's that nobody here knows: what would happen cannot be said.
func unknownWord(what, word string) error {
	return rejected("Its %s is %s, a word of Gumroad's that this server does not know.", "Use Gumroad's website for it.",
		what, text.Quote(word))
}
