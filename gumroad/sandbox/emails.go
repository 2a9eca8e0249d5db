package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// email is a post to the audience, which Gumroad calls an installment.
type email struct {
	n             int
	id            string
	subject       *string
	message       string
	audience      string // one of the audience types below
	product       *product
	productOwned  bool // belongs to a product alone, as posts made before 2016 do
	sendEmails    bool
	shownOnPage   bool
	ready         bool       // is to be published at publishAt
	publishAt     *time.Time // of the rule; nil once the rule is deleted
	publishedAt   *time.Time
	blasted       bool
	delivered     *int // nil until the mails have gone out
	slug          string
	createdAt     time.Time
	updatedAt     time.Time
	deleted       bool
	deliveredSoon int // what delivered will be
}

// Audience types. The API makes only the first four.
const (
	toAudience  = "audience"
	toCustomers = "seller"
	toFollowers = "follower"
	toProduct   = "product"
	toVariant   = "variant"
	toAffiliate = "affiliate"
)

// States of posts and workflows.
const (
	stateDraft     = "draft"
	stateScheduled = "scheduled"
	statePublished = "published"
)

func (e *email) state() string {
	switch {
	case e.publishedAt != nil:
		return statePublished
	case e.ready:
		return stateScheduled
	default:
		return stateDraft
	}
}

// What Gumroad says of e-mails and of steps of workflows.
const (
	unconfirmed = "You have to confirm your email address before you can do that."
	ineligible  = "You are not eligible to publish or schedule emails. " +
		"Please ensure you have made at least $100 in sales and received a payout."
	tooManyToMail = "<a href='/help/article/269-balance-page' target='_blank' rel='noreferrer'>Sorry, you cannot send out " +
		"more than 100 emails until you have $100 in total earnings.</a>"
	noMessage     = "Please include a message as part of the update."
	nameTooLong   = "Name is too long (maximum is 255 characters)"
	alreadySent   = "The email has already been sent."
	notInFuture   = "Please select a date and time in the future."
	noTime        = "Please provide a valid date and time."
	timeRequired  = "The to_be_published_at parameter is required."
	isScheduled   = "The email is scheduled to be sent at its scheduled time."
	isUnscheduled = "This email is not scheduled."
)

const (
	maxEmailName    = 255
	freeMailings    = 100    // how many may be mailed before anything was earned
	earnedForMore   = 100_00 // US cents
	invalidAudience = "Invalid audience. Valid values are: all, audience, customers, seller, followers, follower, product."
)

func (r *request) emailJSON(e *email) *object {
	o := newObject().with("id", e.id).with("subject", deref(e.subject)).with("message", e.message).
		with("audience_type", e.audience).with("product_id", nil).with("state", e.state()).
		with("published_at", stampOrNull(e.publishedAt)).with("scheduled_at", nil).
		with("send_emails", e.sendEmails).with("shown_on_profile", e.shownOnPage).
		with("audience_count", nil).with("recipients_count", nil).with("url", nil).
		with("created_at", stamp(e.createdAt)).with("updated_at", stamp(e.updatedAt))
	if e.product != nil {
		o.set("product_id", e.product.id)
	}
	switch e.state() {
	case stateScheduled:
		o.set("scheduled_at", stampOrNull(e.publishAt))
	case statePublished:
		o.set("recipients_count", deref(e.delivered))
		o.set("url", orNull(r.postURL(e)))
	}
	return o
}

// postURL is the public page of a post; one without a subject has none.
func (r *request) postURL(e *email) string {
	if e.slug == "" {
		return ""
	}
	return r.store.seller.profileURL() + "/p/" + e.slug
}

// liveEmails are the seller's posts and those of visible products, the newest first. What is due has been published
// before they are looked at, and what was sent by an earlier request has been delivered.
func (r *request) liveEmails() []*email {
	var live []*email
	for _, e := range r.store.emails {
		if e.deleted || e.productOwned && e.product.deletedAt != nil {
			continue
		}
		if e.publishedAt == nil && e.ready && e.publishAt != nil && !e.publishAt.After(r.now) {
			r.store.publishEmail(e, *e.publishAt)
		}
		if e.blasted && e.delivered == nil {
			e.delivered = new(e.deliveredSoon)
		}
		live = append(live, e)
	}
	slices.SortFunc(live, func(a, b *email) int {
		return cmpDescending(a.createdAt, b.createdAt, a.n, b.n)
	})
	return live
}

// cmpDescending orders by time, then number, the newest first.
func cmpDescending(at, bt time.Time, an, bn int) int {
	if c := bt.Compare(at); c != 0 {
		return c
	}
	return bn - an
}

func listEmails(r *request) answer {
	rows := r.liveEmails()
	if !r.params.blank("type") {
		kind, _ := r.params.text("type")
		if !slices.Contains([]string{statePublished, stateScheduled, stateDraft}, kind) {
			return badRequest("Invalid type. Valid values are: published, scheduled, draft.")
		}
		rows = slices.DeleteFunc(rows, func(e *email) bool { return e.state() != kind })
	}
	after, given, problem := r.cursorParam()
	if problem != nil {
		return *problem
	}
	if given {
		rows = slices.DeleteFunc(rows, func(e *email) bool {
			return !after.known || cmpDescending(after.at, e.createdAt, after.n, e.n) >= 0
		})
	}
	page := make([]*object, 0, pageSize)
	for _, e := range rows[:min(len(rows), pageSize)] {
		page = append(page, r.emailJSON(e))
	}
	list := success().with("emails", page)
	if len(rows) > pageSize {
		last := rows[pageSize-1]
		r.nextPage(list, pageKey(last.createdAt, last.n))
	}
	return render(http.StatusOK, list)
}

func withEmail(run func(*request, *email) answer) func(*request) answer {
	return func(r *request) answer {
		for _, e := range r.liveEmails() {
			if sameID(e.id, r.params.str("id")) {
				return run(r, e)
			}
		}
		return notFound("email")
	}
}

func showEmail(r *request, e *email) answer { return ok("email", r.emailJSON(e)) }

// audienceTypes are the words that the audience parameter takes, in any case.
var audienceTypes = map[string]string{
	"all": toAudience, "audience": toAudience, "customers": toCustomers, "seller": toCustomers,
	"followers": toFollowers, "follower": toFollowers, "product": toProduct,
}

// createEmail publishes and mails at once if publish is cast to true, or draft to false.
func createEmail(r *request) answer {
	r.liveEmails()
	word := toAudience
	if !r.params.blank("audience") {
		word, _ = r.params.text("audience")
	}
	kind, known := audienceTypes[strings.ToLower(word)]
	if !known {
		return refuse(invalidAudience)
	}
	e := &email{audience: kind, sendEmails: true, message: r.params.str("body"), createdAt: r.now, updatedAt: r.now}
	if subject, isText := r.params.text("subject"); isText && r.params["subject"] != nil {
		e.subject = &subject
	}
	if kind == toProduct {
		named := "product_id"
		if r.params.blank(named) {
			named = "link_id"
		}
		if r.params.blank(named) {
			return refuse("Product audience requires a product_id or link_id.")
		}
		p := r.store.product(r.params.str(named))
		if p == nil || p.deletedAt != nil {
			return refuse("Product not found.")
		}
		e.product = p
	}
	draft := r.params["draft"]
	publish := boolean(r.params["publish"]) || draft != nil && draft != "" && !boolean(draft)
	if publish && r.sb.options.SellersIneligible {
		return refuse(ineligible)
	}
	if problem := r.emailProblem(e); problem != "" {
		return refuse(problem)
	}
	if publish && r.sb.options.SellersUnconfirmed {
		return refuse(unconfirmed) // and nothing of the draft stays
	}
	e.n, e.id = r.sb.numbered("email")
	e.slug = r.slugOf(e)
	r.store.emails = append(r.store.emails, e)
	if publish {
		r.store.publishEmail(e, r.now)
	}
	r.commit()
	return ok("email", r.emailJSON(e))
}

// emptyParts are the tags that do not count as a message.
var emptyParts = regexp.MustCompile(`(?i)</?(p|br)(\s[^>]*)?/?>`)

// emailProblem is the first of the model's complaints, or "".
func (r *request) emailProblem(e *email) string {
	switch {
	case e.subject != nil && utf8.RuneCountInString(*e.subject) > maxEmailName:
		return nameTooLong
	case lacksMessage(e.message):
		return noMessage
	case e.sendEmails && r.store.audienceSize(e) > freeMailings && r.store.earnedUSDCents() < earnedForMore:
		return tooManyToMail
	}
	return ""
}

func lacksMessage(html string) bool {
	return strings.TrimSpace(emptyParts.ReplaceAllString(html, "")) == ""
}

// slugOf is the subject as a part of an address, unlike that of any other post.
func (r *request) slugOf(e *email) string {
	if e.subject == nil {
		return ""
	}
	slug := parameterized(*e.subject)
	taken := slices.ContainsFunc(r.store.emails, func(other *email) bool { return other != e && other.slug == slug })
	if slug == "" || taken {
		return strings.Trim(fmt.Sprintf("%s-%d", slug, obfuscate(e.n)), "-")
	}
	return slug
}

// parameterized is a text as a part of an address: its letters without accents and its digits.
func parameterized(text string) string {
	plain := strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Mn, c) {
			return -1
		}
		return unicode.ToLower(c)
	}, norm.NFD.String(text))
	return strings.Join(strings.FieldsFunc(plain, func(c rune) bool {
		return c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c)
	}), "-")
}

// audienceSize is how many addresses a post goes to.
func (st *store) audienceSize(e *email) int {
	reached := map[string]bool{}
	for _, s := range st.listed {
		bought := e.audience != toProduct && e.audience != toVariant || s.product == e.product
		if s.canContact && bought {
			reached[strings.ToLower(s.email)] = true
		}
	}
	partners := map[string]bool{}
	for _, s := range st.listed {
		if s.affiliate != nil {
			partners[s.affiliate.email] = true
		}
	}
	switch e.audience {
	case toFollowers:
		return st.seller.followers
	case toAffiliate:
		return len(partners)
	case toAudience:
		return len(reached) + st.seller.followers + len(partners)
	default:
		return len(reached)
	}
}

func (st *store) earnedUSDCents() (sum int) {
	for _, p := range st.products {
		sum += p.salesUSDCents()
	}
	return sum
}

// publishEmail publishes a post and hands it to be mailed, unless it was mailed before.
func (st *store) publishEmail(e *email, at time.Time) {
	if e.publishedAt == nil {
		e.publishedAt = &at
	}
	e.publishAt, e.updatedAt = nil, at
	if e.sendEmails && !e.blasted {
		e.blasted, e.deliveredSoon = true, st.audienceSize(e)
	}
}

// previewEmail mails the post to the seller alone.
func previewEmail(r *request, e *email) answer {
	if r.sb.options.SellersUnconfirmed {
		return refuse(unconfirmed)
	}
	preview := "https://app.gumroad.com/emails/" + e.id + "/edit?preview_post=true"
	if e.publishedAt != nil {
		preview = r.postURL(e)
	}
	r.commit() // a mail went out
	return render(http.StatusOK, success().with("email", r.emailJSON(e)).with("preview_url", orNull(preview)).
		with("message", "A preview has been sent to your email."))
}

// mailed is the e-mail as one that goes to its audience, or why it or its seller may not do so.
func (r *request) mailed(e *email) (email, string) {
	changed := *e
	changed.sendEmails = true
	if r.sb.options.SellersIneligible {
		return changed, ineligible
	}
	if problem := r.emailProblem(&changed); problem != "" {
		return changed, problem
	}
	if r.sb.options.SellersUnconfirmed {
		return changed, unconfirmed
	}
	return changed, ""
}

// sendEmail also mails what was only published on the profile.
func sendEmail(r *request, e *email) answer {
	switch {
	case e.blasted:
		return refuse(alreadySent)
	case e.publishedAt == nil && e.ready:
		return refuse(isScheduled)
	}
	changed, problem := r.mailed(e)
	if problem != "" {
		return refuse(problem)
	}
	*e = changed
	r.store.publishEmail(e, r.now)
	r.commit()
	return ok("email", r.emailJSON(e))
}

func scheduleEmail(r *request, e *email) answer {
	switch {
	case e.blasted || e.publishedAt != nil:
		return refuse(alreadySent)
	case r.params.blank("to_be_published_at"):
		return refuse(timeRequired)
	}
	changed, problem := r.mailed(e)
	if problem != "" {
		return refuse(problem)
	}
	text, _ := r.params.text("to_be_published_at")
	at, valid := parseZoned(text, r.store.seller.zone, r.now)
	switch {
	case !valid:
		return refuse(noTime)
	case !at.After(r.now):
		return refuse(notInFuture)
	}
	changed.ready, changed.publishAt, changed.updatedAt = true, &at, r.now
	*e = changed
	r.commit()
	return ok("email", r.emailJSON(e))
}

// unscheduleEmail asks nothing of the content: to stop a mailing is no mailing.
func unscheduleEmail(r *request, e *email) answer {
	switch {
	case !e.ready:
		return refuse(isUnscheduled)
	case e.blasted || e.publishedAt != nil:
		return refuse(alreadySent)
	}
	e.ready, e.publishAt, e.updatedAt = false, nil, r.now
	r.commit()
	return ok("email", r.emailJSON(e))
}

func deleteEmail(r *request, e *email) answer {
	e.deleted = true
	r.commit()
	return deleted("email")
}

// timeLayouts are the forms of times that sellers and programs write. Gumroad reads many more.
var timeLayouts = []string{
	time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04 Z07:00",
	"2006-01-02 15:04:05 -0700", "2006-01-02 15:04 -0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04Z07:00",
	"2006-01-02 15:04:05 UTC", "2006-01-02 15:04 UTC",
	time.RFC1123Z, time.RFC1123, "Jan 2, 2006 15:04 -0700",
	"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02 3:04 PM", "2006-01-02",
	"Jan 2, 2006 15:04", "Jan 2, 2006 3:04 PM", "January 2, 2006 3:04 PM", "January 2, 2006 15:04", "January 2, 2006", "2 Jan 2006 15:04",
	"15:04",
}

// parseZoned reads a time; one without an offset is the seller's, and one without a day is of today.
func parseZoned(text string, zone *time.Location, now time.Time) (time.Time, bool) {
	text = strings.TrimSpace(text)
	for _, layout := range timeLayouts {
		in := zone
		if strings.HasSuffix(layout, " UTC") {
			in = time.UTC
		}
		at, err := time.ParseInLocation(layout, text, in)
		if err != nil {
			continue
		}
		if layout == "15:04" {
			today := now.In(zone)
			at = time.Date(today.Year(), today.Month(), today.Day(), at.Hour(), at.Minute(), 0, 0, zone)
		}
		return at.UTC(), true
	}
	return time.Time{}, false
}

// EditEmail changes the subject and the text of an e-mail, or of a workflow's step, as the seller does on the website.
func (s *Sandbox) EditEmail(id, subject, message string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.stores {
		for _, e := range st.emails {
			if sameID(e.id, id) {
				e.subject, e.message, e.updatedAt = &subject, message, s.now()
				return nil
			}
		}
		for _, w := range st.workflows {
			for _, mail := range w.steps {
				if sameID(mail.id, id) {
					mail.subject, mail.message, mail.updatedAt = &subject, message, s.now()
					return nil
				}
			}
		}
	}
	return fmt.Errorf("there is no e-mail %q", id)
}
