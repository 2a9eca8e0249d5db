package sandbox

import (
	"cmp"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// workflow is a sequence of mails that starts by itself.
type workflow struct {
	n                int
	id               string
	name             string
	audience         string // an audience type, or toAbandonedCart
	trigger          string
	product          *product
	variant          *variant
	filters          *object
	toPast           bool
	publishedAt      *time.Time
	firstPublishedAt *time.Time
	createdAt        time.Time
	updatedAt        time.Time
	deleted          bool
	steps            []*step // by number
}

const (
	toAbandonedCart       = "abandoned_cart"
	onMembersCancellation = "member_cancellation"
)

// step is a mail of a workflow. One without a delay is neither listed nor counted.
type step struct {
	n           int
	id          string
	subject     *string
	message     string
	delay       *delay
	publishedAt *time.Time
	sent        int
	opened      int
	clicked     int
	createdAt   time.Time
	updatedAt   time.Time
	deleted     bool
}

type delay struct {
	seconds int
	unit    string
}

// delayUnits are in seconds, in the order in which Gumroad names them.
var delayUnits = []struct {
	name    string
	seconds int
}{{"hour", 3600}, {"day", 86_400}, {"week", 604_800}, {"month", 2_629_746}}

func unitSeconds(unit string) int {
	for _, u := range delayUnits {
		if u.name == unit {
			return u.seconds
		}
	}
	return 0
}

// listedSteps are those with a delay, by it.
func (w *workflow) listedSteps() []*step {
	var listed []*step
	for _, s := range w.steps {
		if !s.deleted && s.delay != nil {
			listed = append(listed, s)
		}
	}
	slices.SortStableFunc(listed, func(a, b *step) int {
		return cmp.Or(cmp.Compare(a.delay.seconds, b.delay.seconds), cmp.Compare(a.n, b.n))
	})
	return listed
}

func publishedState(at *time.Time) string {
	if at != nil {
		return statePublished
	}
	return stateDraft
}

func (r *request) workflowJSON(w *workflow) *object {
	o := newObject().with("id", w.id).with("name", w.name).with("audience_type", w.audience).
		with("trigger", orNull(w.trigger)).with("product_id", nil).with("variant_id", nil).
		with("state", publishedState(w.publishedAt)).with("published_at", stampOrNull(w.publishedAt)).
		with("first_published_at", stampOrNull(w.firstPublishedAt)).with("send_to_past_customers", w.toPast).
		with("emails_count", len(w.listedSteps())).with("filters", newObject()).
		with("created_at", stamp(w.createdAt)).with("updated_at", stamp(w.updatedAt))
	if w.product != nil {
		o.set("product_id", w.product.id)
	}
	if w.variant != nil {
		o.set("variant_id", w.variant.id)
	}
	if w.filters != nil {
		o.set("filters", w.filters)
	}
	return o
}

func (w *workflow) stepJSON(s *step, analytics bool) *object {
	o := newObject().with("id", s.id).with("subject", deref(s.subject)).with("message", s.message).
		with("audience_type", w.audience).with("product_id", nil).with("state", publishedState(s.publishedAt)).
		with("published_at", stampOrNull(s.publishedAt)).with("send_emails", true).with("delay", nil).
		with("sent_count", s.sent).with("open_count", nil).with("open_rate", nil).with("click_count", nil).with("click_rate", nil).
		with("created_at", stamp(s.createdAt)).with("updated_at", stamp(s.updatedAt))
	if w.product != nil {
		o.set("product_id", w.product.id)
	}
	if s.delay != nil {
		o.set("delay", newObject().with("amount", s.delay.seconds/unitSeconds(s.delay.unit)).with("unit", s.delay.unit))
	}
	if analytics {
		o.set("open_count", s.opened)
		o.set("open_rate", rate(s.opened, s.sent))
		o.set("click_count", s.clicked)
		o.set("click_rate", rate(s.clicked, s.sent))
	}
	return o
}

// rate is a percentage with one decimal, and none of nothing.
func rate(count, of int) any {
	if of == 0 {
		return nil
	}
	return json.Number(strconv.FormatFloat(math.Round(float64(count)/float64(of)*1000)/10, 'f', 1, 64))
}

func (r *request) workflow(id string) *workflow {
	for _, w := range r.store.workflows {
		if !w.deleted && sameID(w.id, id) {
			return w
		}
	}
	return nil
}

func listWorkflows(r *request) answer {
	live := slices.DeleteFunc(slices.Clone(r.store.workflows), func(w *workflow) bool { return w.deleted })
	slices.SortFunc(live, func(a, b *workflow) int { return cmpDescending(a.createdAt, b.createdAt, a.n, b.n) })
	rows := []*object{}
	for _, w := range live {
		rows = append(rows, r.workflowJSON(w))
	}
	return ok("workflows", rows)
}

func showWorkflow(r *request) answer {
	w := r.workflow(r.params.str("id"))
	if w == nil {
		return notFound("workflow")
	}
	steps := []*object{}
	for _, s := range w.listedSteps() {
		steps = append(steps, w.stepJSON(s, true))
	}
	return ok("workflow", r.workflowJSON(w).with("emails", steps))
}

// withOwnWorkflow does not find the workflow of a product that another seller has by now.
func withOwnWorkflow(run func(*request, *workflow) answer) func(*request) answer {
	return func(r *request) answer {
		w := r.workflow(r.params.str("workflow_id"))
		if w == nil || w.product != nil && r.store.product(w.product.id) == nil {
			return notFound("workflow")
		}
		return run(r, w)
	}
}

func addStep(r *request, w *workflow) answer {
	if w.audience == toAbandonedCart {
		return badRequest("Emails cannot be added to abandoned cart workflows.")
	}
	s := &step{createdAt: r.now, publishedAt: nil}
	if w.publishedAt != nil {
		s.publishedAt = new(r.now)
	}
	if problem := r.writeStep(w, s, true); problem != nil {
		return *problem
	}
	s.n, s.id = r.sb.numbered("step")
	w.steps = append(w.steps, s)
	r.commit()
	return ok("email", w.stepJSON(s, false))
}

func updateStep(r *request, w *workflow) answer {
	for _, s := range w.steps {
		if s.deleted || !sameID(s.id, r.params.str("email_id")) {
			continue
		}
		changed := *s
		if problem := r.writeStep(w, &changed, false); problem != nil {
			return *problem
		}
		*s = changed
		r.commit()
		return ok("email", w.stepJSON(s, false))
	}
	return notFound("email")
}

// statesOfWorkflows cannot be written, whatever their values are.
var statesOfWorkflows = []string{
	"publish", "unpublish", "draft", "state", "published_at", "save_action_name", "send_to_past_customers",
}

var wholeDelay = regexp.MustCompile(`^-?\d+$`)

const (
	maxDelaySeconds = 1<<31 - 1
	delayTooLong    = "The delay is too long." // the server's own words are not known
)

// writeStep puts the parameters into a step, or says what is wrong with them: 400 in every case.
func (r *request) writeStep(w *workflow, s *step, all bool) *answer {
	refuse := func(message string) *answer { return new(badRequest(message)) }
	p := r.params
	for _, name := range statesOfWorkflows {
		if p.has(name) {
			return refuse(name + " cannot be changed through this endpoint.")
		}
	}
	given := 0
	for _, name := range []string{"subject", "body", "delay_amount", "delay_unit"} {
		switch {
		case p.has(name):
			given++
		case all:
			return refuse(name + " is required.")
		}
	}
	if given == 0 {
		return refuse("Provide at least one of: subject, body, delay_amount, or delay_unit.")
	}
	if p.has("subject") {
		subject, isText := p["subject"].(string)
		if !isText || strings.TrimSpace(subject) == "" {
			return refuse("subject must be a non-empty string.")
		}
		s.subject = &subject
	}
	if p.has("body") {
		body, isText := p["body"].(string)
		if !isText {
			return refuse("body must be a string.")
		}
		s.message = body
	}
	if p.has("delay_amount") || p.has("delay_unit") {
		if problem := r.writeDelay(w, s); problem != "" {
			return refuse(problem)
		}
	}
	switch post := (&email{audience: w.audience, product: w.product, sendEmails: true}); {
	case s.subject != nil && utf8.RuneCountInString(*s.subject) > maxEmailName:
		return refuse(nameTooLong)
	case lacksMessage(s.message):
		return refuse(noMessage)
	case w.audience != toAbandonedCart && r.store.audienceSize(post) > freeMailings && r.store.earnedUSDCents() < earnedForMore:
		return refuse(tooManyToMail)
	}
	s.updatedAt = r.now
	return nil
}

func (r *request) writeDelay(w *workflow, s *step) (problem string) {
	p := r.params
	switch {
	case w.audience == toAbandonedCart:
		return "delay cannot be changed for abandoned cart workflows."
	case !p.has("delay_amount") || !p.has("delay_unit"):
		return "delay_amount and delay_unit must be provided together."
	}
	var text string
	switch amount := p["delay_amount"].(type) {
	case string:
		text = amount
	case json.Number:
		text = amount.String()
	}
	if !wholeDelay.MatchString(text) || text[0] == '-' && strings.Trim(text, "-0") != "" {
		return "delay_amount must be a non-negative integer."
	}
	unit, _ := p["delay_unit"].(string)
	seconds := unitSeconds(unit)
	if seconds == 0 {
		return "delay_unit must be one of: hour, day, week, month."
	}
	amount, err := strconv.Atoi(strings.TrimPrefix(text, "-"))
	if err != nil || amount > maxDelaySeconds/seconds {
		return delayTooLong
	}
	s.delay = &delay{amount * seconds, unit}
	return ""
}
