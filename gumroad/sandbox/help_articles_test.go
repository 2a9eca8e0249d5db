package sandbox_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad/sandbox"
)

func TestHelpArticles(t *testing.T) {
	const kept = "Cache-Control: ^max-age=3600, private$"
	checkRows(t, sandbox.Options{}, []row{
		{name: "31 every member", do: "GET /help/articles?query=profile", is: `{"success":true,"help_articles":[{"slug":"124-your-gumroad-profile-page","title":"Your profile page","description":"The page with everything you sell, and how to change its looks.","category":"Your store","audience":"creator","url":"https://gumroad.com/help/article/124-your-gumroad-profile-page"}],"count":1}`, headers: []string{kept}},
		{name: "31 nothing", do: "GET /help/articles?query=zeppelin", is: `{"success":true,"help_articles":[],"count":0}`},
		{name: "31 without a category", do: "GET /help/articles?query=library", has: `{"help_articles":[{"category":null,"audience":null}]}`},
		{name: "31 one article", do: "GET /help/articles/13-getting-paid", has: `{"success":true,"help_article":{"slug":"13-getting-paid","title":"Getting paid","category":"Money","url":"https://gumroad.com/help/article/13-getting-paid","content":"~^Payouts go out on Fridays"}}`, headers: []string{kept}},
		{name: "31 unknown", do: "GET /help/articles/no-such-article", is: refused("The help article was not found. Call the list endpoint to see the available slugs.")},
		{name: "31 any token that reads", do: "GET /help/articles", token: "sandbox:view_public", has: `{"success":true}`},
		{name: "31 account", do: "GET /help/articles/13-getting-paid", token: "sandbox:account", has: `{"success":true}`},
		{name: "31 edit_emails does not", do: "GET /help/articles", token: "sandbox:edit_emails", status: 403, is: "empty"},
		{name: "1.2 no token", do: "GET /help/articles/13-getting-paid", token: "none", status: 401, is: "empty"},
		{name: "2 not under the other name", do: "GET /help_articles", status: 404},
	})
	s := serve(t, sandbox.Options{})
	found := func(query string) (slugs []string) {
		rows, _ := at(s.get("/help/articles?query="+query), "help_articles")
		for _, row := range rows.([]any) {
			slugs = append(slugs, text(t, row, "slug"))
		}
		return slugs
	}
	everything := found("")
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"31 titles and descriptions come first":      {"refund", []string{"335-refund-policies", "190-refunding-a-sale", "13-getting-paid", "305-1099-forms", "500-glossary"}},
		"31 all words have to occur":                 {"payout+paypal+bank", []string{"13-getting-paid", "281-payout-problems"}},
		"31 in any case, whatever stands between":    {"PAYOUT,%20Fails?", []string{"281-payout-problems"}},
		"31 function words do not count":             {"how+do+I+change+the+colours+of+my+store", nil},
		"31 a question is found by its topic":        {"what+is+a+1099-K", []string{"305-1099-forms"}},
		"31 the part that is cut off is looked at":   {"zymurgy", []string{"500-glossary"}},
		"31 nothing but function words is looked up": {"how+do+i", nil},
		"31 blank is everything":                     {"+", everything},
		"31 punctuation alone is everything":         {"%3F!", everything},
	} {
		t.Run(name, func(t *testing.T) {
			got := found(c.query)
			if c.want == nil {
				if len(got) >= len(everything) {
					t.Errorf("%q", got)
				}
				return
			}
			if name == "31 all words have to occur" {
				slices.Sort(got)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("31 a long article is cut and says so", func(t *testing.T) {
		content := text(t, s.get("/help/articles/500-glossary"), "help_article.content")
		if n := utf8.RuneCountInString(content); n != 12_000 || !strings.HasSuffix(content, "\n\n[Article truncated. Read the rest at https://gumroad.com/help/article/500-glossary]") {
			t.Errorf("%d characters, ending in %q", n, content[len(content)-100:])
		}
	})
}
