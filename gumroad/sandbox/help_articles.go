package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// helpArticle is one of the help centre's, in plain text.
type helpArticle struct {
	slug, title, description string
	category, audience       string // "": none
	content                  string
}

const (
	maxArticle  = 12_000 // characters, with what says that there are more
	hourPrivate = "max-age=3600, private"
)

func (a helpArticle) url() string { return "https://gumroad.com/help/article/" + a.slug }

func (a helpArticle) summary() *object {
	return newObject().with("slug", a.slug).with("title", a.title).with("description", a.description).
		with("category", orNull(a.category)).with("audience", orNull(a.audience)).with("url", a.url())
}

// text is cut to what is handed out of an article.
func (a helpArticle) text() string {
	all := []rune(a.content)
	if len(all) <= maxArticle {
		return a.content
	}
	rest := "\n\n[Article truncated. Read the rest at " + a.url() + "]"
	return string(all[:maxArticle-len([]rune(rest))]) + rest
}

var (
	helpWord = regexp.MustCompile(`[\p{L}\p{N}]+`)
	// functionWords say nothing about a topic, so that a question is searched for by the other ones.
	functionWords = strings.Fields(`
		a an the and or if so that this these those
		i me my we us our you your it its they them their
		is are was were be been am do does did can could will would should have has had get
		in into on at by for from of to as with about
		how what when where which who why any there then`)
)

// searchArticles finds those that have all words, also as parts of others, and puts first those that have them in title
// and description.
func searchArticles(query string) []helpArticle {
	words := helpWord.FindAllString(strings.ToLower(query), -1)
	isFunctionWord := func(w string) bool { return slices.Contains(functionWords, w) }
	if topical := slices.DeleteFunc(slices.Clone(words), isFunctionWord); len(topical) > 0 {
		words = topical
	}
	var first, then []helpArticle
	for _, a := range helpArticles {
		lacks := func(text string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
		}
		heading := strings.ToLower(a.title + " " + a.description)
		switch {
		case !lacks(heading):
			first = append(first, a)
		case !lacks(heading + " " + strings.ToLower(a.content)):
			then = append(then, a)
		}
	}
	return append(first, then...)
}

func listHelpArticles(r *request) answer {
	query := ""
	if !r.params.blank("query") {
		query = r.params.str("query")
	}
	rows := []*object{}
	for _, a := range searchArticles(query) {
		rows = append(rows, a.summary())
	}
	out := render(http.StatusOK, success().with("help_articles", rows).with("count", len(rows)))
	out.cache = hourPrivate
	return out
}

func showHelpArticle(r *request) answer {
	for _, a := range helpArticles {
		if a.slug == r.params.str("slug") {
			out := ok("help_article", a.summary().with("content", a.text()))
			out.cache = hourPrivate
			return out
		}
	}
	return refuse("The help article was not found. Call the list endpoint to see the available slugs.")
}
