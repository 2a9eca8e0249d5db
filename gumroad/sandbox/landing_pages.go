package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLandingPage is counted in characters, before cleaning.
const maxLandingPage = 500_000

const (
	noLandingPages   = "You do not have access to custom HTML pages."
	pageModerated    = "This page can’t be saved because it looks like it contains %s. Please update the content to follow our content guidelines."
	pageWithoutABuy  = `The custom landing page does not include a buy element, so buyers may not be able to purchase this product. Add an element with data-gumroad-action="buy" or post a gumroad:checkout message.`
	noSnippet        = "find is required and must be a non-empty string copied exactly from the current custom HTML."
	noReplacement    = `replace is required and must be a string (use "" to delete the snippet).`
	nothingToEdit    = "There is no custom HTML page to edit. Publish one first with the full custom_html update."
	snippetNotFound  = "find does not appear in the current custom HTML. Re-read the page and copy the snippet exactly, including whitespace."
	snippetAmbiguous = "find matches %d places in the current custom HTML. Include more surrounding context so it matches exactly once."
)

// withLandingPages is withProduct for sellers who may have such pages.
func withLandingPages(run func(*request, *product) answer) func(*request) answer {
	return withProduct(func(r *request, p *product) answer {
		if !r.store.seller.landingPages {
			return refuse(noLandingPages)
		}
		return run(r, p)
	})
}

func showLandingPage(r *request, p *product) answer {
	return render(http.StatusOK, success().with("custom_html", deref(p.customHTML)).
		with("has_landing_page", p.customHTML != nil).with("landing_url", p.url(r.store.seller)))
}

func previewLandingPage(r *request, p *product) answer {
	if !r.params.has("custom_html") {
		return refuse("custom_html is required.")
	}
	if message := pageShapeMessage(r.params); message != "" {
		return refuse(message)
	}
	page, report := cleanPage(r.params.str("custom_html"))
	if message := r.pageModeration(page); message != "" {
		return render(http.StatusOK, newObject().with("success", false).with("message", message).
			with("sanitization_report", report.json()))
	}
	body := success().with("custom_html", deref(page)).with("sanitization_report", report.json())
	if warning := buyWarning(page); warning != "" {
		body.set("warning", warning)
	}
	return render(http.StatusOK, body)
}

// landingPageMessage checks the page of an update.
func (r *request) landingPageMessage() string {
	if !r.store.seller.landingPages {
		return noLandingPages
	}
	if message := pageShapeMessage(r.params); message != "" {
		return message
	}
	page, _ := cleanPage(r.params.str("custom_html"))
	return r.pageModeration(page)
}

func pageShapeMessage(p params) string {
	text, isText := p["custom_html"].(string)
	switch {
	case !isText && p["custom_html"] != nil:
		return "custom_html must be a string."
	case utf8.RuneCountInString(text) > maxLandingPage:
		return "custom_html is too long (maximum is 500000 characters)."
	}
	return ""
}

// pageModeration is what the service says against a page.
func (r *request) pageModeration(page *string) string {
	if page == nil || r.store.seller.verified {
		return ""
	}
	for _, m := range moderated {
		if hasWord(&product{description: page}, []string{m.word}) {
			return fmt.Sprintf(pageModerated, m.phrase)
		}
	}
	return ""
}

// pageChange is what became of a product's page.
type pageChange struct {
	made     bool
	page     *string
	previous *string
	report   *cleaning
}

func (c pageChange) json() *object {
	if !c.made {
		return newObject()
	}
	return newObject().with("previous_custom_html", deref(c.previous)).with("sanitization_report", c.report.json())
}

func (c pageChange) warning() string { return buyWarning(c.page) }

// replaceLandingPage stores the page of an update, which has been checked.
func (r *request) replaceLandingPage(p *product) pageChange {
	if !r.params.has("custom_html") {
		return pageChange{}
	}
	return p.putPage(r.params.str("custom_html"))
}

func (p *product) putPage(html string) pageChange {
	page, report := cleanPage(html)
	change := pageChange{true, page, p.customHTML, report}
	p.customHTML = page
	return change
}

// editLandingPage replaces one place of the page; the whole page is cleaned again.
func editLandingPage(r *request, p *product) answer {
	find, isText := r.params["find"].(string)
	if !isText || find == "" {
		return refuse(noSnippet)
	}
	replace, isText := r.params["replace"].(string)
	if !isText {
		return refuse(noReplacement)
	}
	if p.customHTML == nil {
		return refuse(nothingToEdit)
	}
	places := snippetPlaces(*p.customHTML, find)
	switch {
	case len(places) == 0:
		return refuse(snippetNotFound)
	case len(places) > 1:
		return refuse(fmt.Sprintf(snippetAmbiguous, len(places)))
	}
	edited := (*p.customHTML)[:places[0][0]] + replace + (*p.customHTML)[places[0][1]:]
	if utf8.RuneCountInString(edited) > maxLandingPage {
		return refuse("The edited custom_html would be too long (maximum is 500000 characters).")
	}
	page, _ := cleanPage(edited)
	if message := r.pageModeration(page); message != "" {
		return refuse(message)
	}
	change := p.putPage(edited)
	r.commit()
	body := success().with("custom_html", deref(change.page))
	body.merge(change.json())
	body.set("landing_url", p.url(r.store.seller))
	if warning := change.warning(); warning != "" {
		body.set("warning", warning)
	}
	return render(http.StatusOK, body)
}

// snippetPlaces finds where a page has a snippet: exactly, or else with other white space.
func snippetPlaces(page, find string) (places [][]int) {
	for from := 0; ; {
		at := strings.Index(page[from:], find)
		if at < 0 {
			break
		}
		places = append(places, []int{from + at, from + at + len(find)})
		from += at + len(find)
	}
	if len(places) > 0 {
		return places
	}
	return looseSnippet(find).FindAllStringIndex(page, -1)
}

var spaces = regexp.MustCompile(`(?:&nbsp;|[\s\p{Z}])+`)

// looseSnippet is the snippet with any white space where it has some.
func looseSnippet(find string) *regexp.Regexp {
	var pattern strings.Builder
	from := 0
	for _, gap := range spaces.FindAllStringIndex(find, -1) {
		pattern.WriteString(regexp.QuoteMeta(find[from:gap[0]]) + spaces.String())
		from = gap[1]
	}
	return regexp.MustCompile(pattern.String() + regexp.QuoteMeta(find[from:]))
}

var buyElement = regexp.MustCompile(`data-gumroad-action\s*=\s*["']?buy\b|gumroad:checkout`)

// buyWarning says that a page has nothing to buy with.
func buyWarning(page *string) string {
	if page == nil || buyElement.MatchString(*page) {
		return ""
	}
	return pageWithoutABuy
}

// withoutControls is a value as a report captures it.
func withoutControls(value string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return -1
		}
		return c
	}, value)
}
