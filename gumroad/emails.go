package gumroad

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// Email is a post to the store's audience. Message is HTML that the seller wrote. RecipientsCount counts mails that were
// delivered and grows while they go out; nobody can tell beforehand how many there will be (reference: "Emails").
type Email struct {
	Subject         string `json:"subject,omitempty" concise:"always"`
	State           string `json:"state,omitempty" concise:"always" jsonschema_description:"draft, scheduled or published."`
	AudienceType    string `json:"audience_type,omitempty" concise:"always" jsonschema_description:"audience: customers, followers and affiliates. seller: all customers. product, variant: buyers of it. follower, affiliate."`
	ScheduledAt     string `json:"scheduled_at,omitempty" concise:"always" jsonschema_description:"UTC."`
	PublishedAt     string `json:"published_at,omitempty" concise:"always" jsonschema_description:"UTC."`
	RecipientsCount *Int   `json:"recipients_count,omitempty" concise:"always" jsonschema_description:"Mails delivered so far."`
	AudienceCount   *Int   `json:"audience_count,omitempty"`
	SendEmails      Bool   `json:"send_emails,omitempty" jsonschema_description:"False: a post on the profile that is not mailed."`
	ShownOnProfile  Bool   `json:"shown_on_profile,omitempty"`
	URL             string `json:"url,omitempty" concise:"always" jsonschema_description:"Its public page."`
	Message         string `json:"message,omitempty" text:"long" jsonschema_description:"HTML."`
	CreatedAt       string `json:"created_at,omitempty"`
	UpdatedAt       string `json:"updated_at,omitempty"`
	ProductID       string `json:"product_id,omitempty" concise:"always"`
	ID              string `json:"id" concise:"always"`
}

// States of e-mails and of workflows.
const (
	Draft     = "draft"
	Scheduled = "scheduled"
	Published = "published"
)

// Envelope names the record.
func (Email) Envelope() (one, many string) { return "email", "emails" }

// RowID returns the e-mail's id.
func (e Email) RowID() string { return e.ID }

// ListEmails filters e-mails; without a state it lists all.
type ListEmails struct {
	State   string `query:"type" json:"state,omitempty" jsonschema:"enum=draft,enum=scheduled,enum=published" jsonschema_description:"Only these."`
	PageKey string `query:"page_key" json:"page_key,omitempty" jsonschema_description:"From next_page_key."`
}

// From continues at a page key.
func (in ListEmails) From(pageKey string) ListEmails {
	in.PageKey = pageKey
	return in
}

// ListEmails returns the store's e-mails, the newest first, ten a page. Posts that belong to a product alone are among
// them; steps of workflows are not (emails_controller#index).
func (c *Client) ListEmails(ctx context.Context, in ListEmails) (Page[Email], error) {
	return do[Page[Email]](ctx, c, http.MethodGet, "/emails", in)
}

// EmailRef names an e-mail.
type EmailRef struct {
	EmailID string `path:"email_id" json:"email_id" jsonschema_description:"From list_emails."`
}

// GetEmail returns an e-mail in any state. NotFound for a deleted one and for steps of workflows
// (emails_controller#show).
func (c *Client) GetEmail(ctx context.Context, in EmailRef) (Email, error) {
	return do[Email](ctx, c, http.MethodGet, "/emails/{email_id}", in)
}

// CreateEmail describes a new draft. Gumroad's parameters that publish and mail it at once are left out on purpose.
type CreateEmail struct {
	Subject   string `form:"subject" json:"subject" jsonschema:"minLength=1,maxLength=255" jsonschema_description:"Subject."`
	Body      string `form:"body" json:"body" jsonschema:"minLength=1" jsonschema_description:"HTML: <p>…</p>."`
	Audience  string `form:"audience" json:"audience,omitempty" jsonschema:"enum=all,enum=customers,enum=followers,enum=product" jsonschema_description:"Default: all."`
	ProductID string `form:"product_id" json:"product_id,omitempty" jsonschema_description:"Id, permalink or name."`
}

// CreateEmail creates a draft, which nobody gets. Without an audience it is for all: customers, followers and affiliates.
// The same call twice makes two. Rejected for a body without text and, while the store has earned less than $100, for an
// audience of more than a hundred (emails_controller#create).
func (c *Client) CreateEmail(ctx context.Context, in CreateEmail) (Email, error) {
	if err := in.Check(); err != nil {
		return Email{}, err
	}
	return do[Email](ctx, c, http.MethodPost, "/emails", in)
}

// Check refuses a product that Gumroad would silently ignore, and a draft for one product without it.
func (in CreateEmail) Check() error {
	if (in.Audience == "product") == (in.ProductID != "") {
		return nil
	}
	return Invalid("product_id and audience product go together.",
		"Give both to reach the buyers of one product, or neither.")
}

// EmailPreview is an e-mail of which a preview went out.
type EmailPreview struct {
	Message    string `json:"message,omitempty"`
	PreviewURL string `json:"preview_url,omitempty" jsonschema_description:"Its page, or where it is edited."`
}

// PreviewEmail mails the e-mail to the store's owner, and to nobody else, each time it is called. Rejected while the
// owner's address is unconfirmed (emails_controller#preview).
func (c *Client) PreviewEmail(ctx context.Context, in EmailRef) (EmailPreview, error) {
	return do[EmailPreview](ctx, c, http.MethodPost, "/emails/{email_id}/preview", in)
}

// SendEmail publishes an e-mail and mails it to its whole audience, which cannot be undone. It also mails a post that was
// only published on the profile. Rejected for one that was mailed or is scheduled, and for a store that may not mail yet
// (emails_controller#send_email).
func (c *Client) SendEmail(ctx context.Context, in EmailRef) (Email, error) {
	return do[Email](ctx, c, http.MethodPost, "/emails/{email_id}/send", in)
}

// ScheduleEmail names an e-mail and when it goes out.
type ScheduleEmail struct {
	EmailRef
	SendAt string `form:"to_be_published_at" json:"send_at" jsonschema_description:"2026-12-01T09:00 (store's clock), or with +01:00."`
}

// ScheduleEmail sets or changes the time at which a draft is published and mailed to the audience that it has then. A
// time without an offset is by the clock of the store's zone. Rejected for a time that is not in the future, and for what
// was published (emails_controller#schedule).
func (c *Client) ScheduleEmail(ctx context.Context, in ScheduleEmail) (Email, error) {
	if _, _, err := in.Time(); err != nil {
		return Email{}, err
	}
	return do[Email](ctx, c, http.MethodPost, "/emails/{email_id}/schedule", in)
}

// Time reads SendAt and reports whether it is by the store's clock, in which case it is labelled as UTC. Gumroad guesses
// what other texts mean, so they are InvalidArguments.
func (in ScheduleEmail) Time() (at time.Time, byStore bool, err error) {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04"} {
		text := strings.Replace(strings.TrimSpace(in.SendAt), " ", "T", 1)
		if at, err := time.Parse(layout+"Z07:00", text); err == nil {
			return at, false, nil
		}
		if at, err := time.Parse(layout, text); err == nil {
			return at, true, nil
		}
	}
	return time.Time{}, false, Invalid("send_at is no time.",
		"Write 2026-12-01T09:00 for the store's own clock, or 2026-12-01T09:00Z or 2026-12-01T09:00+01:00.")
}

// UnscheduleEmail makes a scheduled e-mail a draft again. A yes means that it will not go out. Rejected for drafts and
// for what was published meanwhile (emails_controller#unschedule).
func (c *Client) UnscheduleEmail(ctx context.Context, in EmailRef) (Email, error) {
	return do[Email](ctx, c, http.MethodPost, "/emails/{email_id}/unschedule", in)
}

// DeleteEmail deletes an e-mail in any state, with its public page. A scheduled one does not go out; mails that were
// sent stay sent (emails_controller#destroy).
func (c *Client) DeleteEmail(ctx context.Context, in EmailRef) (Deleted[Email], error) {
	return do[Deleted[Email]](ctx, c, http.MethodDelete, "/emails/{email_id}", in)
}
