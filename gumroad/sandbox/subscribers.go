package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

func (r *request) subscriberJSON(s *subscription) *object {
	o := newObject()
	o.set("id", s.id)
	if s.account != nil {
		o.set("email", s.account.email)
	} else {
		o.set("email", s.email)
	}
	o.set("product_id", s.product.id)
	o.set("product_name", s.product.name)
	o.set("user_id", nil)
	o.set("user_email", nil)
	if s.account != nil {
		o.set("user_id", s.account.id)
		o.set("user_email", s.account.email)
	}
	o.set("purchase_ids", s.purchaseIDs())
	o.set("created_at", stamp(s.createdAt))
	o.set("user_requested_cancellation_at", stampOrNull(s.requestedAt))
	o.set("charge_occurrence_count", deref(s.product.chargeCount))
	o.set("recurrence", s.recurrence)
	o.set("cancelled_at", stampOrNull(s.cancelledAt))
	o.set("ended_at", stampOrNull(s.endedAt))
	o.set("failed_at", stampOrNull(s.failedAt))
	o.set("free_trial_ends_at", stampOrNull(s.freeTrialEndsAt))
	o.set("status", s.status(r.now))
	return o
}

// listSubscribers is everything at once, unless pages are asked for.
func listSubscribers(r *request, p *product) answer {
	after, byCursor, problem := r.cursorParam()
	if problem != nil {
		return *problem
	}
	email, isText := r.params.text("email")
	if !isText && !r.params.blank("email") {
		return crash() // the server strips it without asking what it is
	}
	email = strings.TrimSpace(email)
	if email != "" && byCursor && r.sb.options.Compat2025 {
		return crash() // two tables, one unqualified created_at
	}
	rows := []*subscription{}
	for _, s := range p.subs {
		if s.active(r.now) && (email == "" || strings.EqualFold(s.email, email)) {
			rows = append(rows, s)
		}
	}
	slices.SortStableFunc(rows, func(a, b *subscription) int {
		return cmp.Or(b.createdAt.Compare(a.createdAt), b.n-a.n)
	})
	if byCursor {
		rows = slices.DeleteFunc(rows, func(s *subscription) bool {
			return !after.known || s.createdAt.After(after.at) || s.n >= after.n
		})
	}
	more := false
	if paginated := r.params.str("paginated"); byCursor || paginated == "1" || paginated == "true" {
		if more = len(rows) > subscribersPageSize; more {
			rows = rows[:subscribersPageSize]
		}
	}
	page := make([]*object, 0, len(rows))
	for _, s := range rows {
		page = append(page, r.subscriberJSON(s))
	}
	list := success().with("subscribers", page)
	if more {
		last := rows[len(rows)-1]
		r.nextPage(list, pageKey(last.createdAt, last.n))
	}
	return render(http.StatusOK, list)
}

func showSubscriber(r *request) answer {
	s := r.store.subscription(r.params.str("id"))
	if s == nil {
		return notFound("subscriber")
	}
	return ok("subscriber", r.subscriberJSON(s))
}
