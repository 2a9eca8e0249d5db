package sandbox

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// storePage is a page of the storefront, beside the profile itself. It has content, or custom HTML, or nothing.
type storePage struct {
	n                    int
	slug, title          string
	content, customHTML  *string
	createdAt, updatedAt time.Time
}

const (
	maxPageTitle   = 255
	maxPageSlug    = 100
	maxPageContent = 500_000
)

// reservedSlugs are paths that the storefront has already.
var reservedSlugs = strings.Fields(`affiliate_requests affiliates braintree checkout coffee confirm confirm-redirect
	consumption_analytics d edit follow integrations l landing library media_locations p pages posts posts_paginated
	product_reviews products purchases r read s save_to_library signup subscribe subscribe_preview updates wishlists zip`)

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (r *request) pageJSON(p *storePage, withBody bool) *object {
	o := newObject().with("slug", p.slug).with("title", p.title)
	if withBody {
		o.with("content", deref(p.content)).set("custom_html", deref(p.customHTML))
	}
	return o.with("url", r.store.seller.profileURL()+"/"+p.slug).with("created_at", stamp(p.createdAt)).
		with("updated_at", stamp(p.updatedAt))
}

func listPages(r *request) answer {
	rows := []*object{}
	for _, p := range r.store.pages {
		rows = append(rows, r.pageJSON(p, !boolean(r.params["metadata_only"])))
	}
	return ok("pages", rows)
}

func (st *store) page(slug string) *storePage {
	for _, p := range st.pages {
		if p.slug == slug {
			return p
		}
	}
	return nil
}

func showPage(r *request) answer {
	p := r.store.page(r.params.str("id"))
	if p == nil {
		return notFound("page")
	}
	out := ok("page", r.pageJSON(p, true))
	if boolean(r.params["source_only"]) {
		return out
	}
	if p.customHTML != nil {
		return out.with("rendered_html", *p.customHTML)
	}
	content := ""
	if p.content != nil {
		content = *p.content
	}
	return out.with("rendered_html", document(p.title, content))
}

// withPage is for changes, which want a confirmed address before anything else.
func withPage(run func(*request, *storePage) answer) func(*request) answer {
	return func(r *request) answer {
		if r.store.seller.unconfirmed {
			return refuse(unconfirmed)
		}
		p := r.store.page(r.params.str("id"))
		if p == nil {
			return notFound("page")
		}
		return run(r, p)
	}
}

func createPage(r *request) answer {
	if r.store.seller.unconfirmed {
		return refuse(unconfirmed)
	}
	title, isText := r.params["title"].(string)
	if !isText || blank(title) {
		return refuse("title is required.")
	}
	p := storePage{title: strings.TrimSpace(title), createdAt: r.now}
	if slug, isText := r.params["slug"].(string); isText && !blank(slug) {
		p.slug = slug
	} else {
		p.slug = r.store.freeSlug(p.title)
	}
	if message := r.savePage(&p); message != "" {
		return refuse(message)
	}
	p.n = r.sb.next("page")
	r.store.pages = append(r.store.pages, &p)
	return ok("page", r.pageJSON(&p, true))
}

func updatePage(r *request, old *storePage) answer {
	changed := *old
	if title, isText := r.params["title"].(string); isText && !blank(title) {
		changed.title = strings.TrimSpace(title)
	}
	if message := r.savePage(&changed); message != "" {
		return refuse(message)
	}
	if changed.title == old.title && deref(changed.content) == deref(old.content) &&
		deref(changed.customHTML) == deref(old.customHTML) {
		changed.updatedAt = old.updatedAt
	}
	*old = changed
	return ok("page", r.pageJSON(old, true))
}

func deletePage(r *request, p *storePage) answer {
	r.store.pages = slices.DeleteFunc(slices.Clone(r.store.pages), func(other *storePage) bool { return other == p })
	r.commit()
	return deleted("page")
}

// freeSlug makes a slug of a title.
func (st *store) freeSlug(title string) string {
	base := parameterized(title)
	if base == "" {
		base = "page"
	}
	base = strings.Trim(base[:min(len(base), maxPageSlug-len("-99"))], "-")
	slug := base
	for i := 2; st.page(slug) != nil || slices.Contains(reservedSlugs, slug); i++ {
		slug = fmt.Sprintf("%s-%d", base, i)
	}
	return slug
}

// savePage takes the body over from the parameters, or says why it does not. Either body takes the other's place, even
// if it is blank.
func (r *request) savePage(p *storePage) string {
	sent := r.params
	content, isText := sent["content"].(string)
	switch {
	case sent.has("content") && sent.has("custom_html"):
		return "Send either content or custom_html, not both."
	case !isText && sent["content"] != nil:
		return "content must be a string."
	}
	if sent.has("custom_html") {
		_, isText := sent["custom_html"].(string)
		if (isText || sent["custom_html"] == nil) && !r.store.seller.customPages {
			return noCustomHTML
		}
		if message := pageShapeMessage(sent); message != "" {
			return message
		}
		p.content = nil
		p.customHTML, _ = cleanPage(sent.str("custom_html"))
	} else if sent.has("content") {
		p.content, p.customHTML = nil, nil
		if !blank(content) {
			p.content = &content
		}
	}
	if problems := r.pageErrors(p); len(problems) > 0 {
		return sentence(problems)
	}
	if sent.has("content") && p.content != nil {
		p.content = cleanContent(*p.content)
	}
	p.updatedAt = r.now
	r.commit()
	return ""
}

func (r *request) pageErrors(p *storePage) (problems []string) {
	add := func(is bool, message string) {
		if is {
			problems = append(problems, message)
		}
	}
	add(p.content != nil && utf8.RuneCountInString(*p.content) > maxPageContent,
		"Content is too long (maximum is 500000 characters)")
	add(utf8.RuneCountInString(p.title) > maxPageTitle, "Title is too long (maximum is 255 characters)")
	add(utf8.RuneCountInString(p.slug) > maxPageSlug, "Slug is too long (maximum is 100 characters)")
	add(!slugForm.MatchString(p.slug), "Slug can only contain lowercase letters, numbers, and hyphens")
	add(slices.Contains(reservedSlugs, p.slug), "Slug is reserved")
	taken := r.store.page(p.slug)
	add(taken != nil && p.n != taken.n, "Slug has already been taken")
	for _, body := range []*string{&p.title, p.content, p.customHTML} {
		if message := r.pageModeration(body); message != "" {
			return append(problems, message)
		}
	}
	return problems
}

var (
	contentTags = wordSet(`p h1 h2 h3 h4 h5 h6 ul ol li a strong b em i u s del blockquote hr br code pre img figure
		figcaption span div table thead tbody tr th td`)
	contentAttrs = wordSet("href src alt title target rel class colspan rowspan")
	voidTags     = wordSet("br hr img")
	escapedText  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\u00a0", "&nbsp;")
	escapedValue = strings.NewReplacer("&", "&amp;", `"`, "&quot;", "\u00a0", "&nbsp;")
)

// cleanContent is rich text with what the editor on the web can make, and of the rest the text alone.
func cleanContent(content string) *string {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(content), body)
	if err != nil {
		return nil // a string has no error
	}
	var out strings.Builder
	var write func(*html.Node)
	write = func(n *html.Node) {
		kept := n.Type == html.ElementNode && contentTags[n.Data]
		if n.Type == html.TextNode {
			out.WriteString(escapedText.Replace(n.Data))
		}
		if kept {
			out.WriteString("<" + n.Data)
			for _, a := range n.Attr {
				if contentAttrs[a.Key] && addressProblem(a.Key, a.Val) == "" {
					out.WriteString(" " + a.Key + `="` + escapedValue.Replace(a.Val) + `"`)
				}
			}
			out.WriteString(">")
		}
		for child := range n.ChildNodes() {
			write(child)
		}
		if kept && !voidTags[n.Data] {
			out.WriteString("</" + n.Data + ">")
		}
	}
	for _, n := range nodes {
		write(n)
	}
	if out.Len() == 0 {
		return nil
	}
	return new(out.String())
}
