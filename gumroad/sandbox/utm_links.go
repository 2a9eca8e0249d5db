package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// utmLink is a short link to a page of the store, with words that tell where a visitor came from.
type utmLink struct {
	n         int
	id        string
	code      string // the end of its short URL
	title     string
	kind      string // one of the target types below
	product   *product
	post      *email
	source    string
	medium    string
	campaign  string
	term      *string
	content   *string
	clicks    int
	visitors  int
	createdAt time.Time
	updatedAt time.Time
	disabled  bool
	deleted   bool
}

// Target types.
const (
	toProfilePage   = "profile_page"
	toSubscribePage = "subscribe_page"
	toProductPage   = "product_page"
	toPostPage      = "post_page"
)

const maxUTMValue = 200

const similarLink = "Target resource A link with similar UTM parameters already exists for this destination!"

// linkCode is eight lower-case letters and digits.
func linkCode(seed uint64, n int) string {
	const characters = "abcdefghijklmnopqrstuvwxyz0123456789"
	d := digest(seed, "utm_link code", n)
	code := make([]byte, 8)
	for i := range code {
		code[i] = characters[int(d[i])%len(characters)]
	}
	return string(code)
}

func (r *request) utmLinkJSON(l *utmLink) *object {
	var target any
	switch {
	case l.product != nil:
		target = l.product.id
	case l.post != nil:
		target = l.post.id
	}
	return newObject().with("id", l.id).with("title", l.title).with("short_url", "https://gum.co/u/"+l.code).
		with("utm_url", orNull(r.utmURL(l))).with("target_resource_type", l.kind).with("target_resource_id", target).
		with("utm_source", l.source).with("utm_medium", l.medium).with("utm_campaign", l.campaign).
		with("utm_term", deref(l.term)).with("utm_content", deref(l.content)).with("enabled", !l.disabled).
		with("total_clicks", l.clicks).with("unique_clicks", l.visitors).
		with("created_at", stamp(l.createdAt)).with("updated_at", stamp(l.updatedAt))
}

// utmURL is where the link leads: "" if its target is gone, or is a post without a page of its own.
func (r *request) utmURL(l *utmLink) string {
	page := ""
	switch seller := r.store.seller; {
	case l.kind == toProfilePage:
		page = seller.profileURL()
	case l.kind == toSubscribePage:
		page = seller.profileURL() + "/subscribe"
	case l.product != nil:
		page = l.product.url(seller)
	case l.post != nil:
		page = r.postURL(l.post)
	}
	if page == "" {
		return ""
	}
	query := url.Values{"utm_source": {l.source}, "utm_medium": {l.medium}, "utm_campaign": {l.campaign}}
	for name, value := range map[string]*string{"utm_term": l.term, "utm_content": l.content} {
		if value != nil && strings.TrimSpace(*value) != "" {
			query.Set(name, *value)
		}
	}
	return page + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// liveUTMLinks are those that are not deleted, the newest first; disabled ones are among them.
func (st *store) liveUTMLinks() []*utmLink {
	live := slices.DeleteFunc(slices.Clone(st.utmLinks), func(l *utmLink) bool { return l.deleted })
	slices.SortFunc(live, func(a, b *utmLink) int { return cmpDescending(a.createdAt, b.createdAt, a.n, b.n) })
	return live
}

func listUTMLinks(r *request) answer {
	rows := []*object{}
	for _, l := range r.store.liveUTMLinks() {
		rows = append(rows, r.utmLinkJSON(l))
	}
	return ok("utm_links", rows)
}

func withUTMLink(run func(*request, *utmLink) answer) func(*request) answer {
	return func(r *request) answer {
		for _, l := range r.store.liveUTMLinks() {
			if sameID(l.id, r.params.str("id")) {
				return run(r, l)
			}
		}
		return notFound("utm_link")
	}
}

func showUTMLink(r *request, l *utmLink) answer { return ok("utm_link", r.utmLinkJSON(l)) }

func createUTMLink(r *request) answer {
	l := &utmLink{createdAt: r.now, updatedAt: r.now}
	l.kind = r.params.str("target_resource_type")
	if id := r.params.str("target_resource_id"); strings.TrimSpace(id) != "" {
		switch l.kind {
		case toProductPage:
			l.product = r.store.productByID(id)
		case toPostPage:
			l.post = r.store.emailByID(id)
		}
	}
	l.take(r.params)
	if errors := r.store.utmLinkErrors(l, true); len(errors) > 0 {
		return invalid(errors)
	}
	l.n, l.id = r.sb.numbered("utm_link")
	l.code = linkCode(r.sb.seed, l.n)
	r.store.utmLinks = append(r.store.utmLinks, l)
	r.commit()
	return ok("utm_link", r.utmLinkJSON(l))
}

// updateUTMLink passes over the target.
func updateUTMLink(r *request, l *utmLink) answer {
	changed := *l
	changed.take(r.params)
	moved := !changed.spellsLike(l)
	if errors := r.store.utmLinkErrors(&changed, moved); len(errors) > 0 {
		return invalid(errors)
	}
	if moved || changed.title != l.title {
		changed.updatedAt = r.now
	}
	*l = changed
	r.commit()
	return ok("utm_link", r.utmLinkJSON(l))
}

func deleteUTMLink(r *request, l *utmLink) answer {
	l.deleted = true
	r.commit()
	return deleted("utm_link")
}

func disableUTMLink(r *request, l *utmLink) answer {
	l.disabled, l.updatedAt = true, r.now // anew each time
	r.commit()
	return ok("utm_link", r.utmLinkJSON(l))
}

func enableUTMLink(r *request, l *utmLink) answer {
	if l.disabled {
		l.disabled, l.updatedAt = false, r.now
		r.commit()
	}
	return ok("utm_link", r.utmLinkJSON(l))
}

// take puts the scalar parameters into a link.
func (l *utmLink) take(p params) {
	for name, to := range map[string]*string{
		"title": &l.title, "utm_source": &l.source, "utm_medium": &l.medium, "utm_campaign": &l.campaign,
	} {
		if text, isText := p.text(name); p.has(name) && isText {
			*to = text
		}
	}
	for name, to := range map[string]**string{"utm_term": &l.term, "utm_content": &l.content} {
		if text, isText := p.text(name); p.has(name) && isText {
			*to = nil
			if p[name] != nil {
				*to = &text
			}
		}
	}
}

// utmLinkErrors come in the order in which Gumroad validates. Only a link whose values are new must be unlike the others.
func (st *store) utmLinkErrors(l *utmLink, newValues bool) (errors []string) {
	missing := func(text string) bool { return strings.TrimSpace(text) == "" }
	if !slices.Contains([]string{toProfilePage, toSubscribePage, toProductPage, toPostPage}, l.kind) {
		errors = append(errors, "Target resource type is not included in the list")
	}
	if missing(l.title) {
		errors = append(errors, "Title can't be blank")
	}
	if l.id == "" && (l.kind == toProductPage && l.product == nil || l.kind == toPostPage && l.post == nil) {
		errors = append(errors, "Target resource can't be blank")
	}
	optional := func(text *string) string {
		if text == nil {
			return ""
		}
		return *text
	}
	for _, value := range []struct {
		name, text string
		required   bool
	}{
		{"campaign", l.campaign, true}, {"medium", l.medium, true}, {"source", l.source, true},
		{"term", optional(l.term), false}, {"content", optional(l.content), false},
	} {
		if value.required && missing(value.text) {
			errors = append(errors, "Utm "+value.name+" can't be blank")
		}
		if utf8.RuneCountInString(value.text) > maxUTMValue {
			errors = append(errors, fmt.Sprintf("Utm %s is too long (maximum is %d characters)", value.name, maxUTMValue))
		}
	}
	similar := func(other *utmLink) bool { return !other.deleted && other.n != l.n && l.isLike(other) }
	if newValues && slices.ContainsFunc(st.utmLinks, similar) {
		errors = append(errors, similarLink)
	}
	return errors
}

// isLike tells whether two links have one target and the same UTM values, as the database compares texts.
func (l *utmLink) isLike(other *utmLink) bool {
	return l.sameAs(other, func(a, b string) bool { return strings.EqualFold(strings.TrimRight(a, " "), strings.TrimRight(b, " ")) })
}

func (l *utmLink) spellsLike(other *utmLink) bool {
	return l.sameAs(other, func(a, b string) bool { return a == b })
}

func (l *utmLink) sameAs(other *utmLink, same func(a, b string) bool) bool {
	optional := func(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && same(*a, *b) }
	return l.kind == other.kind && l.product == other.product && l.post == other.post && same(l.source, other.source) &&
		same(l.medium, other.medium) && same(l.campaign, other.campaign) && optional(l.term, other.term) &&
		optional(l.content, other.content)
}

// productByID finds by external id alone, deleted ones too.
func (st *store) productByID(id string) *product {
	i := slices.IndexFunc(st.products, func(p *product) bool { return sameID(p.id, id) })
	if i < 0 {
		return nil
	}
	return st.products[i]
}

func (st *store) emailByID(id string) *email {
	i := slices.IndexFunc(st.emails, func(e *email) bool { return sameID(e.id, id) })
	if i < 0 {
		return nil
	}
	return st.emails[i]
}
