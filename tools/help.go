package tools

import (
	"context"
	"errors"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var help = tool.Set{
	Name: "help", Doc: "Gumroad's help centre.", Optional: true,
	Tools: []tool.Tool{
		{Name: "search_help_articles", Title: "Search the help centre", Effect: tool.Reads,
			Doc: "Search Gumroad's help.",
			Run: tool.Run(searchHelpArticles)},
		{Name: "get_help_article", Title: "Read a help article", Effect: tool.Reads,
			Doc: "One help article.",
			Run: tool.Run(getHelpArticle)},
	},
}

// foundArticles are as many as a reader looks through.
type foundArticles struct {
	Articles []foundArticle `json:"help_articles,omitempty"`
	Count    gumroad.Int    `json:"count" jsonschema_description:"Of all that fit."`
	LeftOut  *gumroad.Int   `json:"left_out,omitempty" jsonschema_description:"More words in query leave fewer."`
}

type foundArticle struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Slug        string `json:"slug"`
}

const maxArticles = 20

func searchHelpArticles(c *gumroad.Client, ctx context.Context, in gumroad.SearchHelpArticles) (foundArticles, error) {
	page, err := c.SearchHelpArticles(ctx, in)
	found := foundArticles{Count: gumroad.Int(len(page.Rows))}
	for _, article := range page.Rows[:min(len(page.Rows), maxArticles)] {
		found.Articles = append(found.Articles, foundArticle{article.Title, article.Description, article.Slug})
	}
	if left := len(page.Rows) - len(found.Articles); left > 0 {
		found.LeftOut = new(gumroad.Int(left))
	}
	return found, err
}

// shownArticle has its content in pieces, since a text that is longer than 8,000 characters would be cut.
type shownArticle struct {
	gumroad.HelpArticle
	Content []string `json:"content,omitempty" text:"long" jsonschema_description:"Its text, in pieces."`
}

const articlePiece = 6_000

func getHelpArticle(c *gumroad.Client, ctx context.Context, in gumroad.HelpArticleRef) (shownArticle, error) {
	article, err := c.GetHelpArticle(ctx, in)
	if e, ok := errors.AsType[*gumroad.Error](err); ok && e.Code == gumroad.NotFound {
		told := *e
		told.Hint = "search_help_articles finds the slugs."
		return shownArticle{}, &told
	}
	shown := shownArticle{HelpArticle: article}
	for rest := []rune(article.Content); len(rest) > 0; {
		end := min(articlePiece, len(rest))
		if end < len(rest) { // pieces end with a paragraph, if they can
			if at := strings.LastIndex(string(rest[:end]), "\n"); at > 0 {
				end = len([]rune(string(rest[:end])[:at]))
			}
		}
		shown.Content = append(shown.Content, strings.TrimSpace(string(rest[:end])))
		rest = rest[end:]
	}
	shown.HelpArticle.Content = ""
	return shown, err
}
