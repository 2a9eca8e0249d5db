package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCustomHTML is counted in characters, before cleaning.
const maxCustomHTML = 500_000

const (
	noCustomHTML     = "You do not have access to custom HTML pages."
	pageRequired     = "custom_html is required."
	pageModerated    = "This page can’t be saved because it looks like it contains %s. Please update the content to follow our content guidelines."
	noSnippet        = "find is required and must be a non-empty string copied exactly from the current custom HTML."
	noReplacement    = `replace is required and must be a string (use "" to delete the snippet).`
	nothingToEdit    = "There is no custom HTML page to edit. Publish one first with the full custom_html update."
	snippetNotFound  = "find does not appear in the current custom HTML. Re-read the page and copy the snippet exactly, including whitespace."
	snippetAmbiguous = "find matches %d places in the current custom HTML. Include more surrounding context so it matches exactly once."
)

// previewPage answers what a page would be, and says what it would lack; it stores nothing.
func previewPage(r *request, lacks func(page *string) string) answer {
	if !r.params.has("custom_html") {
		return refuse(pageRequired)
	}
	if message := pageShapeMessage(r.params); message != "" {
		return refuse(message)
	}
	page, report := cleanPage(r.params.str("custom_html"))
	if message := r.pageModeration(page); message != "" {
		return refuse(message).with("sanitization_report", report.json())
	}
	body := success().with("custom_html", deref(page)).with("sanitization_report", report.json())
	if warning := lacks(page); warning != "" {
		body.set("warning", warning)
	}
	return render(http.StatusOK, body)
}

// pageMessage checks the page of a change.
func (r *request) pageMessage() string {
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
	case utf8.RuneCountInString(text) > maxCustomHTML:
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

// pageChange is what became of a page.
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

// putPage stores a page that has been checked in the place of another.
func putPage(at **string, html string) pageChange {
	page, report := cleanPage(html)
	change := pageChange{true, page, *at, report}
	*at = page
	return change
}

// editPage replaces one place of a page; the whole page is cleaned again.
func (r *request) editPage(at **string) (change pageChange, message string) {
	find, isText := r.params["find"].(string)
	if !isText || blank(find) {
		return change, noSnippet
	}
	replace, isText := r.params["replace"].(string)
	if !isText {
		return change, noReplacement
	}
	if *at == nil {
		return change, nothingToEdit
	}
	places := snippetPlaces(**at, find)
	switch {
	case len(places) == 0:
		return change, snippetNotFound
	case len(places) > 1:
		return change, fmt.Sprintf(snippetAmbiguous, len(places))
	}
	edited := (**at)[:places[0][0]] + replace + (**at)[places[0][1]:]
	if utf8.RuneCountInString(edited) > maxCustomHTML {
		return change, "The edited custom_html would be too long (maximum is 500000 characters)."
	}
	page, _ := cleanPage(edited)
	if message := r.pageModeration(page); message != "" {
		return change, message
	}
	change = putPage(at, edited)
	r.commit()
	return change, ""
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

// withoutControls is a value as a report captures it.
func withoutControls(value string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return -1
		}
		return c
	}, value)
}
